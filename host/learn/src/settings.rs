//! `[learning]` of a configuration.

use serde::Deserialize;

/// How the weights are learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Recursive least squares on the two events "down" and "up".
    Rls,
    /// FTRL-proximal, logistic, on the same.
    Ftrl,
}

/// Where updates are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// Between records, at most one a record.
    Inline,
    /// In a thread of their own, behind a ring.
    Thread,
}

/// What watches the loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Drift {
    /// Nothing.
    None,
    /// The Page–Hinkley test.
    PageHinkley,
    /// Adaptive windowing.
    Adwin,
}

/// What a drift brings about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnDrift {
    /// It is counted.
    Note,
    /// The weights stay, and what comes next counts as much as the first samples did.
    Widen,
    /// All is learned anew, and has no say until it is warm again.
    Restart,
}

/// Recursive least squares.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RlsSettings {
    /// What a sample's weight is multiplied by at every later one.
    pub forgetting: f64,
    /// Weight of the penalty on large weights at the start.
    pub ridge: f64,
}

impl Default for RlsSettings {
    fn default() -> Self {
        Self {
            forgetting: 0.9999,
            ridge: 100.0,
        }
    }
}

/// FTRL-proximal.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FtrlSettings {
    /// Size of steps.
    pub alpha: f64,
    /// How long steps keep the size they start with.
    pub beta: f64,
    /// Penalty that makes small weights 0.
    pub l1: f64,
    /// Penalty on squares.
    pub l2: f64,
}

impl Default for FtrlSettings {
    fn default() -> Self {
        Self {
            alpha: 0.02,
            beta: 1.0,
            l1: 0.1,
            l2: 0.1,
        }
    }
}

/// The Page–Hinkley test on means of losses, within 0 to 1, over `horizon` samples each.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PageHinkleySettings {
    /// How far above their mean one of them may be without counting.
    pub tolerance: f64,
    /// What the excess has to add up to.
    pub threshold: f64,
    /// How many come before it starts.
    pub samples_min: u64,
}

impl Default for PageHinkleySettings {
    fn default() -> Self {
        Self {
            tolerance: 0.05,
            threshold: 5.0,
            samples_min: 30,
        }
    }
}

/// Adaptive windowing.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AdwinSettings {
    /// Chance of a cut where nothing has changed.
    pub chance: f64,
}

impl Default for AdwinSettings {
    fn default() -> Self {
        Self { chance: 1e-5 }
    }
}

/// The section.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// How.
    pub method: Method,
    /// Where updates are computed.
    pub place: Place,
    /// Share of the learned score beside the model's; 1 is the learned score alone.
    pub share: f64,
    /// Records of its slot that a label looks ahead.
    pub horizon: u32,
    /// Largest absolute value of an input.
    pub input_max: f64,
    /// Samples between two versions.
    pub publish_every: u32,
    /// Samples before a score counts.
    pub warm_up: u32,
    /// Most that a sample may move a weight.
    pub step_max: f64,
    /// What watches the loss.
    pub drift: Drift,
    /// What a drift brings about.
    pub on_drift: OnDrift,
    /// Samples that may wait for the thread.
    pub ring: u32,
    /// Recursive least squares.
    pub rls: RlsSettings,
    /// FTRL-proximal.
    pub ftrl: FtrlSettings,
    /// The Page–Hinkley test.
    pub page_hinkley: PageHinkleySettings,
    /// Adaptive windowing.
    pub adwin: AdwinSettings,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            method: Method::Rls,
            place: Place::Inline,
            share: 1.0,
            horizon: 20,
            input_max: 8.0,
            publish_every: 32,
            warm_up: 1_000,
            step_max: 0.05,
            drift: Drift::PageHinkley,
            on_drift: OnDrift::Widen,
            ring: 4_096,
            rls: RlsSettings::default(),
            ftrl: FtrlSettings::default(),
            page_hinkley: PageHinkleySettings::default(),
            adwin: AdwinSettings::default(),
        }
    }
}

impl Settings {
    /// The first field that is out of its range, and why; `modelled` when there is a model beside it.
    pub fn wrong(&self, modelled: bool) -> Option<(&'static str, String)> {
        let counts = [
            ("horizon", self.horizon, 1, 100_000),
            ("publish_every", self.publish_every, 1, 1_000_000),
            ("warm_up", self.warm_up, 0, 100_000_000),
            ("ring", self.ring, 1, 1 << 20),
        ];
        let counts = counts
            .into_iter()
            .find(|(_, value, low, high)| !(low..=high).contains(&value));
        if let Some((field, value, low, high)) = counts {
            return Some((field, format!("{value} is not within {low} to {high}")));
        }
        let (rls, ftrl, test) = (self.rls, self.ftrl, self.page_hinkley);
        let reals = [
            ("share", self.share, 0.0, 1.0),
            ("input_max", self.input_max, 0.1, 1e3),
            ("step_max", self.step_max, 1e-9, 1e3),
            ("rls.forgetting", rls.forgetting, 0.9, 1.0),
            ("rls.ridge", rls.ridge, 1e-4, 1e6),
            ("ftrl.alpha", ftrl.alpha, 1e-6, 1e3),
            ("ftrl.beta", ftrl.beta, 1e-6, 1e6),
            ("ftrl.l1", ftrl.l1, 0.0, 1e6),
            ("ftrl.l2", ftrl.l2, 0.0, 1e6),
            ("page_hinkley.tolerance", test.tolerance, 0.0, 1.0),
            ("page_hinkley.threshold", test.threshold, 1e-3, 1e9),
            ("adwin.chance", self.adwin.chance, 1e-12, 0.5),
        ];
        // A NaN is within nothing.
        let reals = reals
            .into_iter()
            .find(|(_, value, low, high)| !(low..=high).contains(&value));
        if let Some((field, value, low, high)) = reals {
            return Some((field, format!("{value} is not within {low} to {high}")));
        }
        (!modelled && self.share < 1.0).then(|| {
            let why = format!(
                "{} leaves a share to a model, and there is no [model]",
                self.share
            );
            ("share", why)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_out_of_range_is_named_with_its_value() {
        assert_eq!(Settings::default().wrong(false), None);
        for (text, field, said) in [
            ("horizon = 0", "horizon", "0 is not within 1 to 100000"),
            ("share = 1.5", "share", "1.5 is not within 0 to 1"),
            ("step_max = nan", "step_max", "NaN is not within"),
            (
                "[rls]\nforgetting = 0.5",
                "rls.forgetting",
                "0.5 is not within 0.9 to 1",
            ),
            ("[ftrl]\nalpha = -1.0", "ftrl.alpha", "-1 is not within"),
            ("[adwin]\nchance = 0.9", "adwin.chance", "0.9 is not within"),
            ("share = 0.25", "share", "0.25 leaves a share to a model"),
        ] {
            let settings: Settings = toml::from_str(text).expect(text);
            let (at, why) = settings.wrong(false).expect(text);
            assert!(at == field && why.contains(said), "{text}: {at}: {why}");
        }
        let shared = Settings {
            share: 0.25,
            ..Settings::default()
        };
        assert_eq!(shared.wrong(true), None);
        for text in [
            "method = \"sgd\"",
            "metod = \"rls\"",
            "drift = \"page\"",
            "[rls]\nlambda = 1.0",
        ] {
            assert!(toml::from_str::<Settings>(text).is_err(), "{text}");
        }
    }
}
