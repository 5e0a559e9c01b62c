//! `memory` prints for each case its allocations and the most octets in use at once, what it was given included.
//!
//! A program of its own, so that the counting allocator is in nobody's way when time and instructions are measured.

use std::hint::black_box;

use counting_allocator::{Counting, Usage, measure};
use dlms_bench::{Case, Instrument, octets};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What one run has taken.
struct Memory(Usage);

impl Instrument for Memory {
    fn measure<I, O>(&mut self, prepare: impl Fn() -> I, run: impl Fn(I) -> O) {
        let (output, usage) = measure(|| black_box(run(black_box(prepare()))));
        self.0 = usage;
        drop(output);
    }
}

fn main() {
    let octets = octets();
    for case in Case::ALL {
        let mut memory = Memory(Usage { peak: 0, allocations: 0 });
        case.measure(&octets, &mut memory);
        println!("{}\t{}\t{}", case.name, memory.0.allocations, memory.0.peak);
    }
}
