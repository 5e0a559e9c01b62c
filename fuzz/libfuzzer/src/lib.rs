//! What the programs share: the counting allocator, and the figures at their end.

use std::ffi::c_int;
use std::sync::atomic::{AtomicU64, Ordering};

use targets::Outcome;

#[doc(hidden)]
pub use {counting_allocator, libfuzzer_sys};

static RUN: AtomicU64 = AtomicU64::new(0);
static PASSED: AtomicU64 = AtomicU64::new(0);

/// The whole program of one target.
#[macro_export]
macro_rules! program {
    ($target:path) => {
        #[global_allocator]
        static ALLOCATOR: $crate::counting_allocator::Counting =
            $crate::counting_allocator::Counting;

        $crate::libfuzzer_sys::fuzz_target!(init: $crate::print_figures_at_exit(), |input: &[u8]| {
            $crate::count($target(input));
        });
    };
}

/// Counts one run of a target.
pub fn count(outcome: Outcome) {
    RUN.fetch_add(1, Ordering::Relaxed);
    if outcome == Outcome::Passed {
        PASSED.fetch_add(1, Ordering::Relaxed);
    }
}

/// Makes the program print, when it ends by itself, how many inputs it has run and how many of them
/// its outermost layer has accepted, in libFuzzer's own form of a figure.
pub fn print_figures_at_exit() {
    // SAFETY: the function exists in every C library and may be called at any time.
    let refused = unsafe { atexit(print_figures) };
    if refused != 0 {
        eprintln!("the figures cannot be printed at the end");
    }
}

extern "C" fn print_figures() {
    eprintln!("stat::inputs_run: {}", RUN.load(Ordering::Relaxed));
    eprintln!("stat::inputs_passed_outermost_layer: {}", PASSED.load(Ordering::Relaxed));
}

unsafe extern "C" {
    fn atexit(callback: extern "C" fn()) -> c_int;
}
