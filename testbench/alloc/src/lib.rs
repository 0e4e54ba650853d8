//! A global allocator that counts what the calling thread allocates, for tests that forbid it.
//!
//! ```
//! #[global_allocator]
//! static ALLOCATOR: alloc_count::Counting = alloc_count::Counting;
//!
//! assert_eq!(alloc_count::during(|| 1 + 1), (2, 0));
//! assert_eq!(alloc_count::during(|| Box::new([0u8; 64])).1, 1);
//! ```

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    // Const-initialised and without a destructor: touching it allocates nothing.
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

/// The system's allocator, with a count of allocations and reallocations for each thread.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counting;

fn count() {
    // A thread that is ending has no count any more; nobody can ask for it either.
    let _ = COUNT.try_with(|c| c.set(c.get().saturating_add(1)));
}

// SAFETY: every call goes to `System` with the arguments it came with, so that `System` keeps the contract; counting
// neither allocates nor unwinds.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's promise for `alloc`, handed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: `pointer` came from `System` with this layout, as all of ours do.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's promise for `alloc_zeroed`, handed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: `pointer` came from `System` with this layout; the caller's promise for `size`, handed on.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// Allocations and reallocations of this thread so far; 0 for ever unless [`Counting`] is the global allocator.
pub fn so_far() -> u64 {
    COUNT.with(Cell::get)
}

/// What `act` gives, and how often this thread allocated in it.
pub fn during<R>(act: impl FnOnce() -> R) -> (R, u64) {
    let before = so_far();
    let result = act();
    (result, so_far() - before)
}
