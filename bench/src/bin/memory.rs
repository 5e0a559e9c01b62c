//! `memory` prints for each case its allocations, the most octets at any moment and the octets kept afterwards.
//!
//! A binary of its own, so that the counting allocator is in nobody's way when time and instructions are measured.

#![allow(unsafe_code)]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    hint::black_box,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

use dlms_bench::{Case, Instrument, octets};

/// The system's allocator, counted.
struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);
static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: every call is handed to the system's allocator as it came; the counters touch no memory of the caller.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Relaxed);
        let live = LIVE.fetch_add(layout.size(), Relaxed) + layout.size();
        PEAK.fetch_max(live, Relaxed);
        // SAFETY: the caller keeps the contract of `GlobalAlloc::alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller keeps the contract of `GlobalAlloc::dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// The figures of one run. The received octets count as kept memory from the beginning.
#[derive(Default)]
struct Memory {
    allocations: usize,
    peak: usize,
    kept: usize,
}

impl Instrument for Memory {
    fn measure<I, O>(&mut self, prepare: impl Fn() -> I, run: impl Fn(I) -> O) {
        let before = LIVE.load(Relaxed);
        let input = black_box(prepare());
        PEAK.store(LIVE.load(Relaxed), Relaxed);
        let allocations = ALLOCATIONS.load(Relaxed);
        let output = black_box(run(input));
        self.allocations = ALLOCATIONS.load(Relaxed) - allocations;
        self.peak = PEAK.load(Relaxed) - before;
        self.kept = LIVE.load(Relaxed).saturating_sub(before);
        drop(output);
    }
}

fn main() {
    let octets = octets();
    for case in Case::ALL {
        let mut memory = Memory::default();
        case.measure(&octets, &mut memory);
        let Memory { allocations, peak, kept } = memory;
        println!("{}\t{allocations}\t{peak}\t{kept}", case.name);
    }
}
