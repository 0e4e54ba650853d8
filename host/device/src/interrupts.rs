//! Interrupts of the events ring against the events that were read: the card raises one an event, so what is beyond them
//! nothing has caused.
//!
//! The hot path polls and never waits for an interrupt; this is looked at now and then. All that came since the last look
//! are taken at once, however many: a storm costs what one interrupt costs.

use contract::port::Interrupt;

/// Interrupts without a cause in one look from which on they are a storm.
pub const STORM_MIN: u64 = 64;

/// Counts; all saturate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InterruptStats {
    /// Interrupts taken.
    pub taken: u64,
    /// Interrupts without a cause that came singly or few.
    pub spurious: u64,
    /// Looks that met a storm.
    pub storms: u64,
    /// Interrupts without a cause that were part of one.
    pub storm_interrupts: u64,
}

/// The interrupt of the events ring, accounted for.
#[derive(Debug)]
pub struct EventInterrupts {
    line: Box<dyn Interrupt>,
    tail: u32,
    /// Events whose interrupt has not been taken.
    owed: u64,
    stats: InterruptStats,
}

impl EventInterrupts {
    /// From now on; `tail` is that of the events ring. What has come before does not count.
    pub fn new(mut line: Box<dyn Interrupt>, tail: u32) -> Self {
        line.take();
        Self {
            line,
            tail,
            owed: 0,
            stats: InterruptStats::default(),
        }
    }

    /// Takes the interrupts that have come. Read all events before accounting for them: an event is in memory before its
    /// interrupt.
    pub fn take(&mut self) -> u64 {
        self.line.take()
    }

    /// Holds `taken` interrupts against the events read up to `tail`. Interrupts that a platform merges into one leave
    /// events without an interrupt, which is no fault; as many spurious ones are not seen then.
    pub fn account(&mut self, taken: u64, tail: u32) {
        let events = u64::from(tail.wrapping_sub(self.tail));
        self.tail = tail;
        let owed = self.owed.saturating_add(events);
        let excess = taken.saturating_sub(owed);
        self.owed = owed.saturating_sub(taken);
        let stats = &mut self.stats;
        stats.taken = stats.taken.saturating_add(taken);
        if excess >= STORM_MIN {
            stats.storms = stats.storms.saturating_add(1);
            stats.storm_interrupts = stats.storm_interrupts.saturating_add(excess);
        } else {
            stats.spurious = stats.spurious.saturating_add(excess);
        }
    }

    /// Counts so far.
    pub const fn stats(&self) -> InterruptStats {
        self.stats
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Line(Vec<u64>);

    impl Interrupt for Line {
        fn take(&mut self) -> u64 {
            self.0.pop().unwrap_or(0)
        }
    }

    fn after(looks: &[(u64, u32)]) -> InterruptStats {
        let mut watch = EventInterrupts::new(Box::new(Line(vec![7])), u32::MAX - 1);
        assert_eq!(watch.take(), 0, "what came before was taken");
        for (taken, tail) in looks {
            watch.account(*taken, (u32::MAX - 1).wrapping_add(*tail));
        }
        watch.stats()
    }

    #[test]
    fn one_an_event_is_as_it_must_be_whichever_is_seen_first() {
        // Four events, across the wrap of their numbers; the interrupt of the third comes a look later.
        let stats = after(&[(2, 2), (0, 3), (2, 4)]);
        assert_eq!((stats.taken, stats.spurious, stats.storms), (4, 0, 0));
        // Merged into one.
        assert_eq!(after(&[(1, 5), (0, 5)]).spurious, 0);
    }

    #[test]
    fn what_nothing_has_caused_is_spurious_or_a_storm() {
        let stats = after(&[(2, 1), (0, 2), (1, 2)]);
        assert_eq!((stats.taken, stats.spurious), (3, 1));
        let stats = after(&[(STORM_MIN - 1, 0), (STORM_MIN + 3, 3), (1_000_000, 3)]);
        assert_eq!(
            (stats.spurious, stats.storms, stats.storm_interrupts),
            (STORM_MIN - 1, 2, STORM_MIN + 1_000_000)
        );
    }
}
