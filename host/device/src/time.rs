//! Card time against a clock of the host: a reading of the one between two of the other, the narrowest of several.

use crate::{DeviceError, bringup::Device};

/// One moment on both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Correlation {
    /// Card time, ns.
    pub card_ns: u64,
    /// Host time, ns: the middle of the two readings around it.
    pub host_ns: u64,
    /// How far the host time may be off, ns: half the distance of the two readings.
    pub uncertainty_ns: u64,
}

impl Correlation {
    /// Host time of a moment in card time, by this correlation alone; saturates.
    pub const fn host_time(&self, card_ns: u64) -> u64 {
        if card_ns >= self.card_ns {
            self.host_ns.saturating_add(card_ns - self.card_ns)
        } else {
            self.host_ns.saturating_sub(self.card_ns - card_ns)
        }
    }

    /// How much faster the card's clock runs than the host's, parts per billion, between this moment and a `later` one;
    /// `None` when no host time has passed.
    pub fn rate_ppb(&self, later: &Self) -> Option<i64> {
        let host = i128::from(later.host_ns.checked_sub(self.host_ns)?);
        let card = i128::from(later.card_ns) - i128::from(self.card_ns);
        i64::try_from((card - host).checked_mul(1_000_000_000)?.checked_div(host)?).ok()
    }
}

impl Device {
    /// Reads card time `samples` times between two readings of `host_ns`, keeps the narrowest pair.
    ///
    /// # Errors
    /// What the transport says.
    ///
    /// # Panics
    /// When `samples` is 0.
    pub fn correlate(
        &mut self,
        samples: u32,
        mut host_ns: impl FnMut() -> u64,
    ) -> Result<Correlation, DeviceError> {
        assert!(samples > 0, "a correlation without a sample");
        let mut best: Option<Correlation> = None;
        for _ in 0..samples {
            let before = host_ns();
            // The low word latches the high one: the moment is that of the first read.
            let card_ns = self.time_ns()?;
            let width = host_ns().saturating_sub(before);
            let seen = Correlation {
                card_ns,
                host_ns: before + width / 2,
                uncertainty_ns: width.div_ceil(2),
            };
            if best.is_none_or(|b| seen.uncertainty_ns < b.uncertainty_ns) {
                best = Some(seen);
            }
        }
        Ok(best.expect("a sample"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Correlation = Correlation {
        card_ns: 1_000,
        host_ns: 5_000,
        uncertainty_ns: 10,
    };

    #[test]
    fn times_are_carried_over() {
        assert_eq!((AT.host_time(1_500), AT.host_time(400)), (5_500, 4_400));
        assert_eq!((AT.host_time(u64::MAX), AT.host_time(0)), (u64::MAX, 4_000));
    }

    #[test]
    fn rates_are_signed() {
        let later = |card_ns, host_ns| Correlation {
            card_ns,
            host_ns,
            ..AT
        };
        let second = 1_000_000_000;
        assert_eq!(AT.rate_ppb(&later(1_000 + second + 20, 5_000 + second)), Some(20));
        assert_eq!(AT.rate_ppb(&later(1_000 + second - 7, 5_000 + second)), Some(-7));
        assert_eq!((AT.rate_ppb(&AT), AT.rate_ppb(&later(0, 0))), (None, None));
    }
}
