//! The learner of one slot: samples in, versions out.

use crate::drift::Detector;
use crate::maths::sigmoid;
use crate::{Ftrl, INPUTS, Inputs, Method, OnDrift, Rls, Settings};

/// Events that are learned: the price goes down, the price goes up.
pub const HEADS: usize = 2;
/// Weights of a version: one an input, head by head.
pub const WEIGHTS: usize = HEADS * INPUTS;
/// Largest absolute weight.
const WEIGHT_MAX: f64 = 1e6;
/// Classes a loss is taken over.
const CLASSES: usize = 3;

/// A row whose label has become known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Number of the record the row is of, from 1 over all slots.
    pub record: u64,
    /// Its slot.
    pub slot: u8,
    /// Inputs.
    pub inputs: Inputs,
    /// 1 for the event that came about.
    pub target: [f64; HEADS],
    /// P(down) and P(up) as they were when the record came, before anything of what followed was known; none by weights that were not warm.
    pub scored: Option<[f64; HEADS]>,
}

/// Weights as they were at a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Version {
    /// Number in its slot, from 1; 0 is none.
    pub number: u64,
    /// Enough samples stand behind it for its scores to count.
    pub warm: bool,
    /// Weights, head by head.
    pub weights: [f64; WEIGHTS],
}

impl Default for Version {
    fn default() -> Self {
        Self {
            number: 0,
            warm: false,
            weights: [0.0; WEIGHTS],
        }
    }
}

impl Version {
    /// The weights' bits, big-endian.
    pub fn to_bytes(&self) -> [u8; 8 * WEIGHTS] {
        let mut bytes = [0; 8 * WEIGHTS];
        for (to, weight) in bytes.chunks_exact_mut(8).zip(&self.weights) {
            to.copy_from_slice(&weight.to_be_bytes());
        }
        bytes
    }

    /// The version of such bits; none for another number of them.
    pub fn from_bytes(number: u64, warm: bool, bytes: &[u8]) -> Option<Self> {
        if bytes.len() != 8 * WEIGHTS {
            return None;
        }
        let mut made = Self {
            number,
            warm,
            ..Self::default()
        };
        for (weight, from) in made.weights.iter_mut().zip(bytes.chunks_exact(8)) {
            *weight = f64::from_be_bytes(from.try_into().ok()?);
        }
        Some(made)
    }

    /// Whether all bits are the same.
    pub fn same(&self, other: &Self) -> bool {
        self.number == other.number && self.warm == other.warm && self.to_bytes() == other.to_bytes()
    }
}

/// P(down) and P(up) by these weights.
pub(crate) fn probabilities(method: Method, weights: &[f64; WEIGHTS], inputs: &Inputs) -> [f64; HEADS] {
    let mut p = [0.0; HEADS];
    for (p, weights) in p.iter_mut().zip(weights.chunks_exact(INPUTS)) {
        let sum = weights.iter().zip(inputs).fold(0.0, |sum, (w, x)| sum + w * x);
        *p = match method {
            Method::Rls => sum.clamp(0.0, 1.0),
            Method::Ftrl => sigmoid(sum),
        };
    }
    let both = p[0] + p[1];
    if both > 1.0 { p.map(|p| p / both) } else { p }
}

/// Moves a weight to where it is wanted, by no more than `step_max`; the step.
pub(crate) fn bounded(weight: &mut f64, wanted: f64, step_max: f64) -> f64 {
    if !wanted.is_finite() {
        return 0.0;
    }
    let before = *weight;
    let step = wanted - before;
    let to = if step.abs() <= step_max {
        wanted
    } else {
        before + step_max.copysign(step)
    };
    *weight = to.clamp(-WEIGHT_MAX, WEIGHT_MAX);
    (*weight - before).abs()
}

/// What a learner has done.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Statistics {
    /// Samples learned from.
    pub updates: u64,
    /// Samples refused: an input was not a number.
    pub refused: u64,
    /// Versions put up.
    pub versions: u64,
    /// Drifts found.
    pub drifts: u64,
    /// Times a covariance was begun anew after rounding had spoilt it.
    pub restarts: u64,
    /// Largest step of a weight.
    pub step_max: f64,
    /// Samples whose record was scored by warm weights.
    pub scored: u64,
    /// Mean loss of those scores, half the squared distance of probabilities and outcome: 0 to 1.
    pub loss: f64,
    /// The same of the classes' frequencies so far.
    pub loss_prior: f64,
}

#[derive(Debug, Clone)]
enum State {
    Rls(Box<Rls>),
    Ftrl(Box<Ftrl>),
}

impl State {
    fn new(settings: &Settings) -> Self {
        match settings.method {
            Method::Rls => Self::Rls(Box::new(Rls::new(settings.rls))),
            Method::Ftrl => Self::Ftrl(Box::new(Ftrl::new(settings.ftrl))),
        }
    }

    fn weights(&self) -> &[f64; WEIGHTS] {
        match self {
            Self::Rls(rls) => rls.weights(),
            Self::Ftrl(ftrl) => ftrl.weights(),
        }
    }

    fn update(&mut self, sample: &Sample, step_max: f64) -> f64 {
        match self {
            Self::Rls(rls) => rls.update(&sample.inputs, &sample.target, step_max),
            Self::Ftrl(ftrl) => ftrl.update(&sample.inputs, &sample.target, step_max),
        }
    }

    fn widen(&mut self) {
        match self {
            Self::Rls(rls) => rls.widen(),
            Self::Ftrl(ftrl) => ftrl.widen(),
        }
    }

    fn restart(&mut self, settings: &Settings) {
        // In place: there is room for it already.
        match self {
            Self::Rls(rls) => **rls = Rls::new(settings.rls),
            Self::Ftrl(ftrl) => **ftrl = Ftrl::new(settings.ftrl),
        }
    }
}

/// Learns one slot.
#[derive(Debug, Clone)]
pub struct Learner {
    settings: Settings,
    state: State,
    detector: Detector,
    /// How often each class came: down, flat, up.
    classes: [u64; CLASSES],
    /// Samples since the start, or since all was learned anew.
    age: u32,
    /// Samples since the last version.
    unpublished: u32,
    /// Sum of the losses since the test for drift last saw their mean, and how many.
    losses: (f64, u32),
    statistics: Statistics,
}

/// Half the squared distance.
fn loss(p: [f64; HEADS], target: &[f64; HEADS]) -> f64 {
    let (down, up) = (p[0] - target[0], p[1] - target[1]);
    let flat = down + up;
    0.5 * (down * down + up * up + flat * flat)
}

impl Learner {
    /// Without a sample.
    pub fn new(settings: &Settings) -> Self {
        Self {
            settings: *settings,
            state: State::new(settings),
            detector: Detector::new(settings),
            classes: [0; CLASSES],
            age: 0,
            unpublished: 0,
            losses: (0.0, 0),
            statistics: Statistics::default(),
        }
    }

    /// What it has done.
    pub const fn statistics(&self) -> Statistics {
        self.statistics
    }

    /// Takes a sample; a new version when one is due. So many operations, whatever comes, and no allocation.
    pub fn take(&mut self, sample: &Sample) -> Option<Version> {
        let numbers = sample.inputs.iter().chain(&sample.target).all(|v| v.is_finite());
        if !numbers {
            self.statistics.refused += 1;
            return None;
        }
        let drift = sample.scored.is_some_and(|p| self.watch(p, &sample.target));
        let step = self.state.update(sample, self.settings.step_max);
        self.statistics.updates += 1;
        self.statistics.step_max = self.statistics.step_max.max(step);
        if let State::Rls(rls) = &self.state {
            self.statistics.restarts = rls.restarts;
        }
        let class = if sample.target[0] > 0.0 {
            0
        } else if sample.target[1] > 0.0 {
            2
        } else {
            1
        };
        self.classes[class] += 1;
        self.age = self.age.saturating_add(1);
        self.unpublished += 1;
        if drift {
            self.drifted();
        }
        (drift || self.unpublished >= self.settings.publish_every).then(|| self.publish())
    }

    const fn is_warm(&self) -> bool {
        self.age >= self.settings.warm_up
    }

    /// Takes the loss of a score; whether it has drifted.
    fn watch(&mut self, p: [f64; HEADS], target: &[f64; HEADS]) -> bool {
        let count = |class: usize| (self.classes[class] + 1) as f64;
        let all = count(0) + count(1) + count(2);
        let prior = [count(0) / all, count(2) / all];
        let (own, naive) = (loss(p, target), loss(prior, target));
        let s = &mut self.statistics;
        s.scored += 1;
        s.loss += (own - s.loss) / s.scored as f64;
        s.loss_prior += (naive - s.loss_prior) / s.scored as f64;
        // Labels overlap over the horizon: their losses are near one another, and would look like a drift.
        self.losses.0 += own;
        self.losses.1 += 1;
        if self.losses.1 < self.settings.horizon {
            return false;
        }
        let mean = self.losses.0 / f64::from(self.losses.1);
        self.losses = (0.0, 0);
        self.detector.push(mean)
    }

    fn drifted(&mut self) {
        self.statistics.drifts += 1;
        match self.settings.on_drift {
            OnDrift::Note => {}
            OnDrift::Widen => self.state.widen(),
            OnDrift::Restart => {
                self.state.restart(&self.settings);
                self.age = 0;
            }
        }
    }

    fn publish(&mut self) -> Version {
        self.unpublished = 0;
        self.statistics.versions += 1;
        Version {
            number: self.statistics.versions,
            warm: self.is_warm(),
            weights: *self.state.weights(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Drift;
    use crate::testing::Dice;

    /// A sample whose direction the first input tells, the other way round when `turned`.
    fn sample(record: u64, turned: bool, dice: &mut Dice) -> Sample {
        let inputs = dice.inputs();
        let up = (inputs[0] + 0.5 * dice.normal() > 0.0) != turned;
        let target = [f64::from(u8::from(!up)), f64::from(u8::from(up))];
        Sample {
            record,
            slot: 0,
            inputs,
            target,
            scored: None,
        }
    }

    /// Takes a sample as if it had just been scored.
    fn take(learner: &mut Learner, sample: &Sample) -> Option<Version> {
        let p = probabilities(learner.settings.method, learner.state.weights(), &sample.inputs);
        let scored = learner.is_warm().then_some(p);
        learner.take(&Sample { scored, ..*sample })
    }

    fn settings(method: Method) -> Settings {
        Settings {
            method,
            // Samples here do not overlap.
            horizon: 1,
            warm_up: 200,
            rls: crate::RlsSettings {
                forgetting: 0.999,
                ..Default::default()
            },
            ftrl: crate::FtrlSettings {
                alpha: 0.2,
                ..Default::default()
            },
            ..Settings::default()
        }
    }

    #[test]
    fn both_methods_beat_the_prior_and_publish_in_step() {
        for method in [Method::Rls, Method::Ftrl] {
            let mut learner = Learner::new(&settings(method));
            let mut dice = Dice(1);
            let mut numbers = Vec::new();
            for record in 0..3_200 {
                if let Some(version) = take(&mut learner, &sample(record, false, &mut dice)) {
                    assert_eq!(version.warm, record + 1 >= 200);
                    numbers.push(version.number);
                }
            }
            assert_eq!(numbers, (1..=100).collect::<Vec<u64>>());
            let s = learner.statistics();
            assert!(s.loss < 0.75 * s.loss_prior, "{method:?}: {s:?}");
            assert!(
                (s.updates, s.scored, s.drifts, s.refused) == (3_200, 3_000, 0, 0),
                "{s:?}"
            );
        }
    }

    #[test]
    fn a_turn_is_a_drift_and_is_learned() {
        for method in [Method::Rls, Method::Ftrl] {
            for on_drift in [OnDrift::Note, OnDrift::Widen, OnDrift::Restart] {
                for drift in [Drift::PageHinkley, Drift::Adwin] {
                    let mut learner = Learner::new(&Settings {
                        drift,
                        on_drift,
                        ..settings(method)
                    });
                    let mut dice = Dice(2);
                    let mut drifted_at = None;
                    let mut cold = 0;
                    for record in 0..8_000u64 {
                        let version = take(&mut learner, &sample(record, record >= 4_000, &mut dice));
                        if learner.statistics().drifts > 0 {
                            drifted_at.get_or_insert(record);
                            cold += u64::from(version.is_some_and(|v| !v.warm));
                        }
                    }
                    let at = drifted_at.unwrap_or_else(|| panic!("{method:?} {on_drift:?} {drift:?}"));
                    assert!(
                        (4_000..5_200).contains(&at),
                        "{method:?} {on_drift:?} {drift:?}: {at}"
                    );
                    assert_eq!(cold > 0, on_drift == OnDrift::Restart);
                    // Of a drift that is only noted FTRL's steps, which have shrunk, make less.
                    if on_drift != OnDrift::Note {
                        let right = |_| {
                            let s = sample(0, true, &mut dice);
                            let p = probabilities(method, learner.state.weights(), &s.inputs);
                            (p[1] > p[0]) == (s.target[1] > 0.0)
                        };
                        let count = (0..1_000).map(right).filter(|right| *right).count();
                        assert!(count > 780, "{method:?} {on_drift:?} {drift:?}: {count} of 1000");
                    }
                }
            }
        }
    }

    #[test]
    fn no_number_is_no_update() {
        for method in [Method::Rls, Method::Ftrl] {
            let mut learner = Learner::new(&settings(method));
            let mut dice = Dice(3);
            for record in 0..300 {
                take(&mut learner, &sample(record, false, &mut dice));
            }
            let before = learner.clone();
            for bad in [f64::NAN, f64::INFINITY] {
                let mut sample = sample(300, false, &mut dice);
                sample.inputs[5] = bad;
                assert_eq!(take(&mut learner, &sample), None);
            }
            assert_eq!(learner.statistics().refused, 2);
            assert_eq!(learner.state.weights(), before.state.weights());
            assert_eq!(learner.age, before.age);
        }
    }

    #[test]
    fn the_same_samples_give_the_same_bits() {
        let run = || {
            let mut learner = Learner::new(&settings(Method::Rls));
            let mut dice = Dice(4);
            let versions = (0..2_000).filter_map(|r| take(&mut learner, &sample(r, r > 1_000, &mut dice)));
            versions.collect::<Vec<_>>()
        };
        let (a, b) = (run(), run());
        assert!(a.len() > 50 && a.iter().zip(&b).all(|(a, b)| a.same(b)));
        let back = Version::from_bytes(a[9].number, a[9].warm, &a[9].to_bytes());
        assert!(back.is_some_and(|v| v.same(&a[9])));
        assert_eq!(Version::from_bytes(1, true, &[0; 8]), None);
    }
}
