//! How a case is measured: by the clock, by counted instructions, or (in `bin/memory.rs`) by the allocator.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

/// Something that looks at one run of a case.
pub trait Instrument {
    /// Runs `run` with what `prepare` makes. Neither making the input nor dropping the result is looked at.
    fn measure<I, O>(&mut self, prepare: impl Fn() -> I, run: impl Fn(I) -> O);
}

/// The shortest of all runs: what else the machine does can only make a run longer.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch {
    best: Duration,
}

impl Default for Stopwatch {
    fn default() -> Self {
        Self { best: Duration::MAX }
    }
}

impl Stopwatch {
    /// The shortest run so far.
    #[must_use]
    pub const fn best(&self) -> Duration {
        self.best
    }
}

impl Instrument for Stopwatch {
    fn measure<I, O>(&mut self, prepare: impl Fn() -> I, run: impl Fn(I) -> O) {
        let input = black_box(prepare());
        let start = Instant::now();
        let output = black_box(run(input));
        self.best = self.best.min(start.elapsed());
        drop(output);
    }
}

/// One run under callgrind, which counts between the entry of `counted_region` and its end.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counted;

impl Instrument for Counted {
    fn measure<I, O>(&mut self, prepare: impl Fn() -> I, run: impl Fn(I) -> O) {
        // The first run binds the C library's functions and fills the allocator; it is not counted.
        drop(black_box(run(black_box(prepare()))));
        let input = black_box(prepare());
        drop(black_box(counted_region(run, input)));
    }
}

/// The name that `--toggle-collect` asks for; it must survive as a function of its own.
#[inline(never)]
fn counted_region<I, O>(run: impl Fn(I) -> O, input: I) -> O {
    run(input)
}
