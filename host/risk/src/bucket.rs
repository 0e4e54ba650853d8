//! Message rate as a token bucket in integers.

/// Holds up to `tokens_max` tokens; one comes back every `refill_ns`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenBucket {
    tokens: u16,
    tokens_max: u16,
    refill_ns: u32,
    credited_ns: u64,
}

impl TokenBucket {
    /// A full bucket at time `now_ns`; `refill_ns` 0 never refills.
    pub const fn new(tokens_max: u16, refill_ns: u32, now_ns: u64) -> Self {
        Self {
            tokens: tokens_max,
            tokens_max,
            refill_ns,
            credited_ns: now_ns,
        }
    }

    /// Tokens at `now_ns`. Time that went backwards credits nothing.
    pub fn available(&mut self, now_ns: u64) -> u16 {
        if self.refill_ns > 0 && now_ns > self.credited_ns {
            let refill = u64::from(self.refill_ns);
            let due = (now_ns - self.credited_ns) / refill;
            let room = u64::from(self.tokens_max - self.tokens);
            if due >= room {
                // A full bucket does not save up: the next token counts from now.
                self.tokens = self.tokens_max;
                self.credited_ns = now_ns;
            } else {
                self.tokens += u16::try_from(due).unwrap_or(u16::MAX);
                self.credited_ns += due * refill;
            }
        }
        self.tokens
    }

    /// Takes one token if there is one.
    pub fn take(&mut self, now_ns: u64) -> bool {
        let any = self.available(now_ns) > 0;
        if any {
            self.tokens -= 1;
        }
        any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn burst_then_steady_rate() {
        let mut b = TokenBucket::new(3, 100, 1_000);
        assert_eq!(
            (0..5).map(|_| b.take(1_000)).collect::<Vec<_>>(),
            [true, true, true, false, false]
        );
        assert!(!b.take(1_099));
        assert!(b.take(1_100));
        assert!(!b.take(1_199));
        assert!(
            b.take(1_205),
            "the credit counts from 1,100, not from the last look"
        );
        assert!(b.take(1_300));
    }

    #[test]
    fn a_bucket_just_full_saves_nothing_up() {
        let mut b = TokenBucket::new(1, 10, 0);
        assert!(b.take(0) && b.take(19));
        assert!(!b.take(28), "the next one counts from 19, when it was full");
        assert!(b.take(29));
    }

    #[test]
    fn no_refill_and_time_backwards() {
        let mut b = TokenBucket::new(1, 0, 500);
        assert!(b.take(500) && !b.take(u64::MAX));
        let mut b = TokenBucket::new(1, 10, 500);
        assert!(b.take(500) && !b.take(400));
        assert!(b.take(510));
    }

    #[test]
    fn never_more_than_the_bucket_holds() {
        let mut b = TokenBucket::new(2, 1, 0);
        assert_eq!(b.available(u64::MAX), 2);
        assert!(b.take(u64::MAX) && b.take(u64::MAX) && !b.take(u64::MAX));
    }
}
