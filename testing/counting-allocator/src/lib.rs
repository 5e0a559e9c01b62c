//! A global allocator that counts: the oracle for *memory linear in the input*.
//!
//! Each thread has a ledger of its own, so tests that run side by side do not see each other.
//!
//! ```
//! #[global_allocator]
//! static ALLOCATOR: counting_allocator::Counting = counting_allocator::Counting;
//!
//! let (vector, usage) = counting_allocator::measure(|| vec![0_u8; 1000]);
//! assert_eq!((usage.peak, usage.allocations), (1000, 1));
//! drop(vector);
//! ```

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fmt;

/// The system's allocator with a ledger for each thread.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counting;

/// What a piece of work has taken from the allocator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// The most octets that were in use at once, beyond what was in use before.
    pub peak: usize,
    /// How often memory was asked for; an enlargement counts as one.
    pub allocations: usize,
}

/// Does some work and says what it has taken. The result is still alive at the end, so it counts.
///
/// In a program whose global allocator is not [`Counting`] everything is 0.
pub fn measure<T>(work: impl FnOnce() -> T) -> (T, Usage) {
    let outer = LEDGER.replace(Ledger::EMPTY);
    let result = work();
    let inner = LEDGER.get();
    LEDGER.set(Ledger {
        in_use: outer.in_use + inner.in_use,
        peak: outer.peak.max(outer.in_use + inner.peak),
        allocations: outer.allocations + inner.allocations,
    });
    let peak = usize::try_from(inner.peak).unwrap_or_default();
    (result, Usage { peak, allocations: inner.allocations })
}

impl Usage {
    /// The bounds of a decoder that was given so many octets: 64 KiB and 48 octets for each octet
    /// of input, 16 allocations and 2 for each octet.
    #[must_use]
    pub const fn allowed(octets: usize) -> Self {
        Self { peak: 64 * 1024 + 48 * octets, allocations: 16 + 2 * octets }
    }

    /// Whether neither figure is above that of `bounds`.
    #[must_use]
    pub const fn is_within(&self, bounds: Self) -> bool {
        self.peak <= bounds.peak && self.allocations <= bounds.allocations
    }

    /// Asserts that a decoder that was given so many octets has kept its bounds.
    ///
    /// # Panics
    /// When it has not.
    #[track_caller]
    pub fn assert_allowed(&self, octets: usize) {
        let bounds = Self::allowed(octets);
        assert!(self.is_within(bounds), "{octets} octets cost {self}; allowed are {bounds}");
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} octets in {} allocations", self.peak, self.allocations)
    }
}

#[derive(Clone, Copy)]
struct Ledger {
    /// May be negative: what was allocated before can be freed now.
    in_use: isize,
    peak: isize,
    allocations: usize,
}

impl Ledger {
    const EMPTY: Self = Self { in_use: 0, peak: 0, allocations: 0 };
}

thread_local! {
    static LEDGER: Cell<Ledger> = const { Cell::new(Ledger::EMPTY) };
}

fn allocated(octets: usize) {
    // A thread that is ending has no ledger any more; nobody measures it.
    let _ = LEDGER.try_with(|ledger| {
        let Ledger { in_use, peak, allocations } = ledger.get();
        let in_use = in_use + octets.cast_signed();
        ledger.set(Ledger { in_use, peak: peak.max(in_use), allocations: allocations + 1 });
    });
}

fn freed(octets: usize) {
    let _ = LEDGER.try_with(|ledger| {
        let now = ledger.get();
        ledger.set(Ledger { in_use: now.in_use - octets.cast_signed(), ..now });
    });
}

// SAFETY: every request goes to the system's allocator unchanged, and so does its answer; the
// ledger is plain numbers in thread-local cells and allocates nothing itself.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the conditions of `GlobalAlloc::alloc`.
        let pointer = unsafe { System.alloc(layout) };
        if !pointer.is_null() {
            allocated(layout.size());
        }
        pointer
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the pointer comes from `alloc` or `realloc` above, which is the system's.
        unsafe { System.dealloc(pointer, layout) };
        freed(layout.size());
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as for `dealloc`.
        let moved = unsafe { System.realloc(pointer, layout, size) };
        if !moved.is_null() {
            // Counted as if it were always moved: both places are in use while it is copied.
            allocated(size);
            freed(layout.size());
        }
        moved
    }
}
