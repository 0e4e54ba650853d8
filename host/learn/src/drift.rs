//! Has the world changed? Two tests on a sequence of losses, each within 0 to 1: Page–Hinkley, and ADWIN. Both take them for independent.

use crate::settings::{AdwinSettings, Drift, PageHinkleySettings, Settings};

/// What watches the loss.
#[derive(Debug, Clone)]
pub enum Detector {
    /// Nothing does.
    None,
    /// Page–Hinkley.
    PageHinkley(PageHinkley),
    /// ADWIN.
    Adwin(Box<Adwin>),
}

impl Detector {
    /// As the settings say.
    pub fn new(settings: &Settings) -> Self {
        match settings.drift {
            Drift::None => Self::None,
            Drift::PageHinkley => Self::PageHinkley(PageHinkley::new(settings.page_hinkley)),
            Drift::Adwin => Self::Adwin(Box::new(Adwin::new(settings.adwin))),
        }
    }

    /// Takes a loss; whether it has grown for good. The test then starts anew.
    pub fn push(&mut self, loss: f64) -> bool {
        match self {
            Self::None => false,
            Self::PageHinkley(test) => test.push(loss),
            Self::Adwin(test) => {
                let out = test.push(loss);
                if out {
                    // What is left of the time before would only be found again.
                    **test = Adwin::new(test.settings);
                }
                out
            }
        }
    }
}

/// Page's cumulative sum of how far the loss is above its own mean (Page 1954; Hinkley 1971).
#[derive(Debug, Clone)]
pub struct PageHinkley {
    settings: PageHinkleySettings,
    count: u64,
    mean: f64,
    sum: f64,
    least: f64,
}

impl PageHinkley {
    /// Without a loss.
    pub const fn new(settings: PageHinkleySettings) -> Self {
        Self {
            settings,
            count: 0,
            mean: 0.0,
            sum: 0.0,
            least: 0.0,
        }
    }

    /// Takes a loss; whether the test has come out.
    pub fn push(&mut self, loss: f64) -> bool {
        self.count += 1;
        self.mean += (loss - self.mean) / self.count as f64;
        if self.count <= self.settings.samples_min {
            return false;
        }
        self.sum += loss - self.mean - self.settings.tolerance;
        self.least = self.least.min(self.sum);
        let out = self.sum - self.least > self.settings.threshold;
        if out {
            *self = Self::new(self.settings);
        }
        out
    }
}

/// Buckets of a size before two of them become one.
const BUCKETS: usize = 5;
/// Sizes of buckets: powers of two. The oldest are dropped when there are more.
const SIZES: usize = 24;
/// Samples between two looks for a cut.
const LOOK: u64 = 16;
/// Samples on either side of a cut.
const SIDE_MIN: f64 = 16.0;

#[derive(Debug, Clone, Copy, Default)]
struct Bucket {
    sum: f64,
    /// Sum of squares less count × mean².
    spread: f64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Row {
    /// The oldest first.
    buckets: [Bucket; BUCKETS + 1],
    filled: usize,
}

/// A window that drops its older part when the means of two parts differ by more than chance allows (Bifet, Gavaldà 2007,
/// *Learning from Time-Changing Data with Adaptive Windowing*, the variance bound of §3.2 on an exponential histogram).
#[derive(Debug, Clone)]
pub struct Adwin {
    settings: AdwinSettings,
    rows: [Row; SIZES],
    count: f64,
    sum: f64,
    spread: f64,
    pushed: u64,
}

/// The spread of two parts together.
fn together(a: (f64, Bucket), b: (f64, Bucket)) -> f64 {
    let ((n, a), (m, b)) = (a, b);
    let apart = a.sum / n - b.sum / m;
    a.spread + b.spread + apart * apart * n * m / (n + m)
}

impl Adwin {
    /// An empty window.
    pub fn new(settings: AdwinSettings) -> Self {
        Self {
            settings,
            rows: [Row::default(); SIZES],
            count: 0.0,
            sum: 0.0,
            spread: 0.0,
            pushed: 0,
        }
    }

    /// Losses in the window.
    pub const fn width(&self) -> f64 {
        self.count
    }

    /// Mean of the window.
    pub fn mean(&self) -> f64 {
        self.sum / self.count.max(1.0)
    }

    /// Takes a loss; whether the window was cut and its newer part is the worse one.
    pub fn push(&mut self, loss: f64) -> bool {
        if self.count > 0.0 {
            let apart = loss - self.mean();
            self.spread += apart * apart * self.count / (self.count + 1.0);
        }
        self.count += 1.0;
        self.sum += loss;
        self.pushed += 1;
        self.add(Bucket {
            sum: loss,
            spread: 0.0,
        });
        if !self.pushed.is_multiple_of(LOOK) {
            return false;
        }
        let mut worse = false;
        // Each cut drops a bucket, of which there are so many at most.
        for _ in 0..SIZES * (BUCKETS + 1) {
            match self.cut() {
                Some(newer_is_worse) => worse |= newer_is_worse,
                None => break,
            }
            self.drop_oldest();
        }
        worse
    }

    fn add(&mut self, bucket: Bucket) {
        let mut carried = bucket;
        let mut size = 1.0;
        for at in 0..SIZES {
            let row = &mut self.rows[at];
            row.buckets[row.filled] = carried;
            row.filled += 1;
            if row.filled <= BUCKETS {
                return;
            }
            let (a, b) = (row.buckets[0], row.buckets[1]);
            carried = Bucket {
                sum: a.sum + b.sum,
                spread: together((size, a), (size, b)),
            };
            row.buckets.copy_within(2.., 0);
            row.filled -= 2;
            size *= 2.0;
        }
        self.forget(size, carried);
    }

    fn forget(&mut self, size: f64, bucket: Bucket) {
        let left = self.count - size;
        if left < 1.0 {
            return;
        }
        let apart = bucket.sum / size - (self.sum - bucket.sum) / left;
        self.spread = (self.spread - bucket.spread - apart * apart * size * left / (size + left)).max(0.0);
        self.count = left;
        self.sum -= bucket.sum;
    }

    fn drop_oldest(&mut self) {
        let Some(at) = (0..SIZES).rev().find(|at| self.rows[*at].filled > 0) else {
            return;
        };
        let row = &mut self.rows[at];
        let oldest = row.buckets[0];
        row.buckets.copy_within(1.., 0);
        row.filled -= 1;
        self.forget((0..at).fold(1.0, |size, _| 2.0 * size), oldest);
    }

    /// Looks for two parts that differ; whether the newer has the larger mean.
    fn cut(&self) -> Option<bool> {
        let variance = self.spread / self.count;
        // ln(2 ln n / δ); the looks taken so far share the chance of a false alarm.
        let chance = (2.0 * self.count.max(3.0).ln() / self.settings.chance).ln();
        let (mut older, mut sum) = (0.0, 0.0);
        for at in (0..SIZES).rev() {
            let size = (0..at).fold(1.0, |size, _| 2.0 * size);
            let row = &self.rows[at];
            for bucket in &row.buckets[..row.filled] {
                older += size;
                sum += bucket.sum;
                let newer = self.count - older;
                if newer < SIDE_MIN {
                    return None;
                }
                if older < SIDE_MIN {
                    continue;
                }
                let apart = (self.sum - sum) / newer - sum / older;
                let inverse = 1.0 / older + 1.0 / newer;
                let allowed = (2.0 * inverse * variance * chance).sqrt() + 2.0 / 3.0 * inverse * chance;
                if apart.abs() > allowed {
                    return Some(apart > 0.0);
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Dice;

    /// A loss within 0 to 1 of this mean.
    fn loss(mean: f64, dice: &mut Dice) -> f64 {
        (mean + 0.15 * dice.normal()).clamp(0.0, 1.0)
    }

    fn detectors() -> [(&'static str, Detector); 2] {
        let of = |drift| {
            Detector::new(&Settings {
                drift,
                ..Settings::default()
            })
        };
        [
            ("Page-Hinkley", of(Drift::PageHinkley)),
            ("ADWIN", of(Drift::Adwin)),
        ]
    }

    #[test]
    fn noise_that_stays_as_it_is_is_no_drift() {
        for (name, fresh) in detectors() {
            for seed in 0..20 {
                let (mut test, mut dice) = (fresh.clone(), Dice(seed));
                for n in 0..20_000 {
                    assert!(!test.push(loss(0.4, &mut dice)), "{name}, seed {seed}, loss {n}");
                }
            }
        }
    }

    #[test]
    fn a_change_is_found_soon_and_once() {
        for (name, fresh) in detectors() {
            for seed in 0..20 {
                let (mut test, mut dice) = (fresh.clone(), Dice(seed));
                let mut found = Vec::new();
                for n in 0..12_000 {
                    let mean = if n < 5_000 { 0.3 } else { 0.5 };
                    if test.push(loss(mean, &mut dice)) {
                        found.push(n);
                    }
                }
                assert!(
                    matches!(found[..], [at] if (5_000..5_600).contains(&at)),
                    "{name}, seed {seed}: {found:?}"
                );
            }
        }
    }

    #[test]
    fn what_becomes_better_is_no_drift() {
        for (name, mut test) in detectors() {
            let mut dice = Dice(3);
            for n in 0..10_000 {
                let mean = if n < 5_000 { 0.5 } else { 0.2 };
                assert!(!test.push(loss(mean, &mut dice)), "{name}: {n}");
            }
        }
    }

    #[test]
    fn the_window_is_what_its_buckets_hold() {
        let mut adwin = Adwin::new(AdwinSettings::default());
        let mut dice = Dice(8);
        let mut all = Vec::new();
        for n in 0..3_000 {
            let x = loss(if n < 2_000 { 0.2 } else { 0.7 }, &mut dice);
            all.push(x);
            adwin.push(x);
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
            let last = &all[all.len() - adwin.width() as usize..];
            let mean = last.iter().sum::<f64>() / last.len() as f64;
            let spread: f64 = last.iter().map(|x| (x - mean) * (x - mean)).sum();
            assert!((adwin.mean() - mean).abs() < 1e-9, "{n}");
            assert!(
                (adwin.spread - spread).abs() < 1e-6 * (1.0 + spread),
                "{n}: {} {spread}",
                adwin.spread
            );
        }
        assert!(
            adwin.width() < 1_400.0,
            "the older part is gone: {}",
            adwin.width()
        );
        assert!((adwin.mean() - 0.7).abs() < 0.05);
    }
}
