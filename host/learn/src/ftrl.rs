//! FTRL-proximal for two logistic heads (McMahan et al. 2013, *Ad Click Prediction: a View from the Trenches*, algorithm 1).
//!
//! A weight is the minimum of `z w + ½ D w² + l1 |w|` with `D = (β + √n) / α + l2`: steps shrink coordinate by coordinate as gradients add
//! up, and a weight that earns less than `l1` is exactly 0.

use crate::learner::{HEADS, WEIGHTS, bounded};
use crate::maths::sigmoid;
use crate::rls::dot;
use crate::{FtrlSettings, INPUTS, Inputs};

/// The state of both heads.
#[derive(Debug, Clone)]
pub struct Ftrl {
    settings: FtrlSettings,
    z: [f64; WEIGHTS],
    /// Sums of squared gradients.
    n: [f64; WEIGHTS],
    pub(crate) weights: [f64; WEIGHTS],
}

impl Ftrl {
    /// Without a sample.
    pub const fn new(settings: FtrlSettings) -> Self {
        Self {
            settings,
            z: [0.0; WEIGHTS],
            n: [0.0; WEIGHTS],
            weights: [0.0; WEIGHTS],
        }
    }

    /// The weights, head by head.
    pub const fn weights(&self) -> &[f64; WEIGHTS] {
        &self.weights
    }

    /// Steps are as large again as for the first sample, from the weights at hand.
    pub(crate) fn widen(&mut self) {
        self.n = [0.0; WEIGHTS];
        for at in 0..WEIGHTS {
            self.hold(at);
        }
    }

    /// Takes a sample; no weight moves by more than `step_max`. The largest step.
    pub fn update(&mut self, x: &Inputs, target: &[f64; HEADS], step_max: f64) -> f64 {
        let mut largest = 0f64;
        for (head, target) in target.iter().enumerate() {
            let first = head * INPUTS;
            let mut weights = [0.0; INPUTS];
            weights.copy_from_slice(&self.weights[first..first + INPUTS]);
            let error = sigmoid(dot(&weights, x)) - target;
            for (i, x) in x.iter().enumerate() {
                if *x != 0.0 {
                    largest = largest.max(self.learn(first + i, error * x, step_max));
                }
            }
        }
        largest
    }

    fn learn(&mut self, at: usize, gradient: f64, step_max: f64) -> f64 {
        let before = self.weights[at];
        let n = self.n[at] + gradient * gradient;
        let sigma = (n.sqrt() - self.n[at].sqrt()) / self.settings.alpha;
        self.z[at] += gradient - sigma * before;
        self.n[at] = n;
        let wanted = self.minimum(at);
        let step = bounded(&mut self.weights[at], wanted, step_max);
        if self.weights[at] != wanted {
            self.hold(at);
        }
        step
    }

    /// `D`.
    fn curvature(&self, at: usize) -> f64 {
        (self.settings.beta + self.n[at].sqrt()) / self.settings.alpha + self.settings.l2
    }

    fn minimum(&self, at: usize) -> f64 {
        let (z, l1) = (self.z[at], self.settings.l1);
        if z.abs() <= l1 {
            return 0.0;
        }
        (l1.copysign(z) - z) / self.curvature(at)
    }

    /// Sets `z` to what gives the weight at hand.
    fn hold(&mut self, at: usize) {
        let w = self.weights[at];
        let kink = if w == 0.0 {
            0.0
        } else {
            self.settings.l1.copysign(w)
        };
        self.z[at] = -w * self.curvature(at) - kink;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Dice, solve};

    const SETTINGS: FtrlSettings = FtrlSettings {
        alpha: 0.3,
        beta: 1.0,
        l1: 0.5,
        l2: 0.1,
    };

    fn sample(truth: &Inputs, dice: &mut Dice) -> (Inputs, [f64; HEADS]) {
        let x = dice.inputs();
        let up = f64::from(u8::from(dice.unit() < sigmoid(dot(truth, &x))));
        (x, [1.0 - up, up])
    }

    /// The definition: the minimum of all that was lost, linearised, and of the distances to each weight there was.
    #[test]
    fn each_weight_is_the_minimum_of_what_defines_it() {
        let mut dice = Dice(5);
        let truth = dice.inputs();
        let mut ftrl = Ftrl::new(SETTINGS);
        let (mut gradients, mut pull, mut sigmas) = ([0.0; INPUTS], [0.0; INPUTS], [0.0; INPUTS]);
        let mut squares = [0f64; INPUTS];
        for _ in 0..400 {
            let (x, y) = sample(&truth, &mut dice);
            let mut before = [0.0; INPUTS];
            before.copy_from_slice(&ftrl.weights[INPUTS..]);
            let error = sigmoid(dot(&before, &x)) - y[1];
            for i in 0..INPUTS {
                let g = error * x[i];
                let sigma = ((squares[i] + g * g).sqrt() - squares[i].sqrt()) / SETTINGS.alpha;
                squares[i] += g * g;
                gradients[i] += g;
                pull[i] += sigma * before[i];
                sigmas[i] += sigma;
            }
            ftrl.update(&x, &y, f64::INFINITY);
        }
        for i in 0..INPUTS {
            let objective = |w: f64| {
                let ridge = SETTINGS.beta / SETTINGS.alpha + SETTINGS.l2 + sigmas[i];
                (gradients[i] - pull[i]) * w + 0.5 * ridge * w * w + SETTINGS.l1 * w.abs()
            };
            let w = ftrl.weights[INPUTS + i];
            for step in [1e-3, 1e-4] {
                assert!(
                    objective(w) < objective(w + step) && objective(w) < objective(w - step),
                    "{i}: {w}"
                );
            }
        }
    }

    /// The best weights of all samples, by Newton's method.
    fn best(samples: &[(Inputs, [f64; HEADS])]) -> Inputs {
        let mut w = [0.0; INPUTS];
        for _ in 0..12 {
            let (mut a, mut b) = (vec![vec![0.0; INPUTS]; INPUTS], vec![0.0; INPUTS]);
            for (x, y) in samples {
                let p = sigmoid(dot(&w, x));
                for i in 0..INPUTS {
                    b[i] += (y[1] - p) * x[i];
                    for j in 0..INPUTS {
                        a[i][j] += p * (1.0 - p) * x[i] * x[j];
                    }
                }
            }
            for (w, step) in w.iter_mut().zip(solve(a, b)) {
                *w += step;
            }
        }
        w
    }

    fn loss(weights: &Inputs, samples: &[(Inputs, [f64; HEADS])]) -> f64 {
        let one = |(x, y): &(Inputs, [f64; HEADS])| {
            let p = sigmoid(dot(weights, x));
            -(y[1] * p.ln() + (1.0 - y[1]) * (1.0 - p).ln())
        };
        samples.iter().map(one).sum::<f64>() / samples.len() as f64
    }

    #[test]
    fn it_comes_to_the_best_weights_there_are() {
        let mut dice = Dice(6);
        let truth = dice.inputs();
        let samples: Vec<_> = (0..4_000).map(|_| sample(&truth, &mut dice)).collect();
        let mut ftrl = Ftrl::new(FtrlSettings {
            l1: 0.0,
            l2: 0.0,
            ..SETTINGS
        });
        for _ in 0..5 {
            for (x, y) in &samples {
                ftrl.update(x, y, f64::INFINITY);
            }
        }
        let mut own = [0.0; INPUTS];
        own.copy_from_slice(&ftrl.weights[INPUTS..]);
        let (own, best, none) = (
            loss(&own, &samples),
            loss(&best(&samples), &samples),
            loss(&[0.0; INPUTS], &samples),
        );
        assert!(
            own - best < 0.01 * (none - best),
            "{own} against {best}, {none} without"
        );
    }

    #[test]
    fn bounds_and_penalties_hold() {
        let mut dice = Dice(7);
        let truth = dice.inputs();
        let mut ftrl = Ftrl::new(FtrlSettings {
            alpha: 10.0,
            ..SETTINGS
        });
        for n in 0..500 {
            let before = ftrl.weights;
            let (x, y) = sample(&truth, &mut dice);
            let step = ftrl.update(&x, &y, 0.02);
            let seen = before
                .iter()
                .zip(&ftrl.weights)
                .map(|(a, b)| (a - b).abs())
                .fold(0.0, f64::max);
            assert!(
                step <= 0.02 + 1e-12 && (seen - step).abs() < 1e-12,
                "{n}: {step}, {seen}"
            );
            if n == 250 {
                ftrl.widen();
                for at in 0..WEIGHTS {
                    assert!(
                        (ftrl.minimum(at) - ftrl.weights[at]).abs() < 1e-12,
                        "the weights are kept"
                    );
                }
            }
        }
        let mut heavy = Ftrl::new(FtrlSettings { l1: 1e6, ..SETTINGS });
        heavy.update(&[1.0; INPUTS], &[1.0, 0.0], 1.0);
        assert_eq!(heavy.weights, [0.0; WEIGHTS]);
    }
}
