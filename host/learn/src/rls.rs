//! Recursive least squares with exponential forgetting (Haykin, *Adaptive Filter Theory*, ch. 10), one covariance for all heads.
//!
//! After `t` samples the weights are the minimum of `Σ λ^(t-i) (y_i − w·x_i)² + λ^t ridge |w|²`. The covariance stays symmetric by
//! construction, and forgetting rests while it is large: where the inputs say nothing new it would grow without end.

use crate::learner::{HEADS, WEIGHTS, bounded};
use crate::{INPUTS, Inputs, RlsSettings};

/// Trace of the covariance from which on nothing is forgotten.
const TRACE_MAX: f64 = 1e6;

/// The state of the filter.
#[derive(Debug, Clone)]
pub struct Rls {
    settings: RlsSettings,
    covariance: [[f64; INPUTS]; INPUTS],
    pub(crate) weights: [f64; WEIGHTS],
    /// Times the covariance had lost its sign to rounding and was begun anew.
    pub(crate) restarts: u64,
}

impl Rls {
    /// Without a sample.
    pub fn new(settings: RlsSettings) -> Self {
        let mut made = Self {
            settings,
            covariance: [[0.0; INPUTS]; INPUTS],
            weights: [0.0; WEIGHTS],
            restarts: 0,
        };
        made.widen();
        made
    }

    /// The weights, head by head.
    pub const fn weights(&self) -> &[f64; WEIGHTS] {
        &self.weights
    }

    /// The covariance of before the first sample: what comes next counts as much as it did then.
    pub(crate) fn widen(&mut self) {
        for (i, row) in self.covariance.iter_mut().enumerate() {
            row.fill(0.0);
            row[i] = 1.0 / self.settings.ridge;
        }
    }

    /// Takes a sample; no weight moves by more than `step_max`. The largest step.
    pub fn update(&mut self, x: &Inputs, target: &[f64; HEADS], step_max: f64) -> f64 {
        let forgetting = self.settings.forgetting;
        let mut gain = self.gain(x);
        let power = forgetting + dot(&gain, x);
        if !(power.is_finite() && power > 0.0) {
            self.restarts += 1;
            self.widen();
            return 0.0;
        }
        let along = gain;
        for g in &mut gain {
            *g /= power;
        }
        let mut largest = 0f64;
        for (weights, target) in self.weights.chunks_exact_mut(INPUTS).zip(target) {
            let error = target - weights.iter().zip(x).fold(0.0, |sum, (w, x)| sum + w * x);
            for (w, g) in weights.iter_mut().zip(&gain) {
                largest = largest.max(bounded(w, *w + g * error, step_max));
            }
        }
        let trace = (0..INPUTS).fold(0.0, |sum, i| sum + self.covariance[i][i]);
        let forget = if trace > TRACE_MAX { 1.0 } else { forgetting };
        #[allow(
            clippy::needless_range_loop,
            reason = "one triangle, mirrored: indices say it best"
        )]
        for i in 0..INPUTS {
            for j in i..INPUTS {
                let value = (self.covariance[i][j] - gain[i] * along[j]) / forget;
                self.covariance[i][j] = value;
                self.covariance[j][i] = value;
            }
        }
        largest
    }

    fn gain(&self, x: &Inputs) -> Inputs {
        let mut gain = [0.0; INPUTS];
        for (g, row) in gain.iter_mut().zip(&self.covariance) {
            *g = dot(row, x);
        }
        gain
    }
}

pub(crate) fn dot(a: &Inputs, b: &Inputs) -> f64 {
    a.iter().zip(b).fold(0.0, |sum, (a, b)| sum + a * b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Dice, solve};

    const FREE: f64 = f64::INFINITY;

    /// The minimum in closed form: the normal equations of all samples at once.
    fn closed(samples: &[(Inputs, [f64; HEADS])], settings: RlsSettings) -> Vec<f64> {
        let mut weights = Vec::new();
        for head in 0..HEADS {
            let (mut a, mut b) = (vec![vec![0.0; INPUTS]; INPUTS], vec![0.0; INPUTS]);
            let mut share = 1.0;
            for (x, y) in samples.iter().rev() {
                for i in 0..INPUTS {
                    b[i] += share * x[i] * y[head];
                    for j in 0..INPUTS {
                        a[i][j] += share * x[i] * x[j];
                    }
                }
                share *= settings.forgetting;
            }
            for (i, row) in a.iter_mut().enumerate() {
                row[i] += share * settings.ridge;
            }
            weights.extend(solve(a, b));
        }
        weights
    }

    fn samples(count: usize, truth: &[f64; INPUTS], dice: &mut Dice) -> Vec<(Inputs, [f64; HEADS])> {
        let one = |_| {
            let x = dice.inputs();
            let y = dot(&x, truth) + 0.1 * dice.normal();
            (x, [y, 0.5 - y])
        };
        (0..count).map(one).collect()
    }

    fn largest_difference(a: &[f64], b: &[f64]) -> f64 {
        a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    }

    #[test]
    fn it_is_the_closed_form() {
        for (seed, forgetting) in [(1, 1.0), (2, 0.999), (3, 0.95)] {
            let settings = RlsSettings {
                forgetting,
                ridge: 0.5,
            };
            let mut dice = Dice(seed);
            let truth: Inputs = dice.inputs();
            let samples = samples(700, &truth, &mut dice);
            let mut rls = Rls::new(settings);
            for (n, (x, y)) in samples.iter().enumerate() {
                rls.update(x, y, FREE);
                if [1, 10, 100, 700].contains(&(n + 1)) {
                    let off = largest_difference(&rls.weights, &closed(&samples[..=n], settings));
                    assert!(off < 1e-8, "λ {forgetting}, {} samples: {off:e}", n + 1);
                }
            }
        }
    }

    #[test]
    fn what_is_forgotten_no_longer_counts() {
        let run = |forgetting| {
            let mut dice = Dice(9);
            let (before, after): (Inputs, Inputs) = (dice.inputs(), dice.inputs());
            let mut rls = Rls::new(RlsSettings {
                forgetting,
                ridge: 1.0,
            });
            for (x, y) in samples(2_000, &before, &mut dice)
                .iter()
                .chain(&samples(1_000, &after, &mut dice))
            {
                rls.update(x, y, FREE);
            }
            largest_difference(&rls.weights[..INPUTS], &after)
        };
        let (forgets, keeps) = (run(0.99), run(1.0));
        assert!(forgets < 0.08, "{forgets}");
        assert!(keeps > 5.0 * forgets, "{keeps} against {forgets}");
    }

    #[test]
    fn inputs_that_say_nothing_new_do_not_blow_it_up() {
        let mut rls = Rls::new(RlsSettings {
            forgetting: 0.95,
            ridge: 1e-3,
        });
        let mut x = [0.0; INPUTS];
        x[INPUTS - 1] = 1.0;
        for n in 0..200_000u32 {
            if n % 50_000 == 49_999 {
                x[3] = 8.0;
            }
            let step = rls.update(&x, &[f64::from(n % 2), 0.0], 0.25);
            assert!(step.is_finite() && step <= 0.25, "{n}: {step}");
            x[3] = 0.0;
        }
        assert!(
            rls.weights.iter().all(|w| w.is_finite() && w.abs() < 10.0),
            "{:?}",
            rls.weights
        );
    }

    #[test]
    fn no_step_passes_its_bound() {
        let mut dice = Dice(4);
        let truth = dice.inputs().map(|w| 100.0 * w);
        let mut rls = Rls::new(RlsSettings {
            forgetting: 0.99,
            ridge: 1e-6,
        });
        let mut bound = false;
        for (x, y) in samples(300, &truth, &mut dice) {
            let before = rls.weights;
            let step = rls.update(&x, &y, 0.01);
            assert!(largest_difference(&before, &rls.weights) <= 0.01 + 1e-12);
            bound |= step > 0.0099;
        }
        assert!(bound, "the bound was met");
    }
}
