//! The CPU's time stamp counter: the host clock that a correlation with card time brackets.

/// The counter now: all loads before it are done, and none behind it has begun. On a CPU without one, monotonic
/// nanoseconds.
#[cfg(target_arch = "x86_64")]
pub fn ticks() -> u64 {
    use std::arch::x86_64::{_mm_lfence, _rdtsc};
    // SAFETY: SSE2 and RDTSC belong to every x86-64 CPU; Linux lets user space read the counter.
    unsafe {
        _mm_lfence();
        let ticks = _rdtsc();
        _mm_lfence();
        ticks
    }
}

/// Monotonic nanoseconds: this CPU has no such counter.
#[cfg(not(target_arch = "x86_64"))]
pub fn ticks() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    u64::try_from(now.tv_sec).unwrap_or(0) * 1_000_000_000 + u64::try_from(now.tv_nsec).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    #[cfg_attr(miri, ignore = "Miri has no time stamp counter")]
    #[test]
    fn it_goes_on() {
        let first = super::ticks();
        assert!((0..1_000).map(|_| super::ticks()).is_sorted() && super::ticks() > first);
    }
}
