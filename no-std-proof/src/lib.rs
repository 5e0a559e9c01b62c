//! A static library for a machine without an operating system: it links `cosem` and `dlms` and nothing of std.
#![no_std]

#[cfg(feature = "with-std")]
extern crate std;

use core::{
    alloc::{GlobalAlloc, Layout},
    panic::PanicInfo,
    ptr,
};

use cosem as _;
use dlms as _;

/// An allocator that never has any memory: the proof is linked, not run.
struct Empty;

// SAFETY: a null pointer is the allowed answer of an allocator that has no memory, and nothing that was never
// given out can be given back.
unsafe impl GlobalAlloc for Empty {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        ptr::null_mut()
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static ALLOCATOR: Empty = Empty;

#[panic_handler]
fn halt(_: &PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
