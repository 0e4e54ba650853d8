//! `[learning]` of a configuration.

schema::choice! {
    /// How the weights are learned.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Method {
        /// Recursive least squares on the two events "down" and "up".
        Rls = "rls",
        /// FTRL-proximal, logistic, on the same.
        Ftrl = "ftrl",
    }
}

schema::choice! {
    /// Where updates are computed.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Place {
        /// Between records, at most one a record.
        Inline = "inline",
        /// In a thread of their own, behind a ring.
        Thread = "thread",
    }
}

schema::choice! {
    /// What watches the loss.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Drift {
        /// Nothing.
        None = "none",
        /// The Page–Hinkley test.
        PageHinkley = "page-hinkley",
        /// Adaptive windowing.
        Adwin = "adwin",
    }
}

schema::choice! {
    /// What a drift brings about.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum OnDrift {
        /// It is counted.
        Note = "note",
        /// The weights stay, and what comes next counts as much as the first samples did.
        Widen = "widen",
        /// All is learned anew, and has no say until it is warm again.
        Restart = "restart",
    }
}

schema::section! {
    /// Recursive least squares.
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct RlsSettings {
        /// What a sample's weight is multiplied by at every later one.
        pub forgetting: f64 = 0.9999, "" => [] "host/learn/src/rls.rs";
        /// Weight of the penalty on large weights at the start.
        pub ridge: f64 = 100.0, "" => [] "host/learn/src/rls.rs";
    }
}

schema::section! {
    /// FTRL-proximal.
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct FtrlSettings {
        /// Size of steps.
        pub alpha: f64 = 0.02, "" => [] "host/learn/src/ftrl.rs";
        /// How long steps keep the size they start with.
        pub beta: f64 = 1.0, "" => [] "host/learn/src/ftrl.rs";
        /// Penalty that makes small weights 0.
        pub l1: f64 = 0.1, "" => [] "host/learn/src/ftrl.rs";
        /// Penalty on squares.
        pub l2: f64 = 0.1, "" => [] "host/learn/src/ftrl.rs";
    }
}

schema::section! {
    /// The Page–Hinkley test on means of losses, within 0 to 1, over `horizon` samples each.
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct PageHinkleySettings {
        /// How far above their mean one of them may be without counting.
        pub tolerance: f64 = 0.05, "loss" => [] "host/learn/src/drift.rs";
        /// What the excess has to add up to.
        pub threshold: f64 = 5.0, "loss" => [] "host/learn/src/drift.rs";
        /// How many come before it starts.
        pub samples_min: u64 = 30, "means" => [] "host/learn/src/drift.rs";
    }
}

schema::section! {
    /// Adaptive windowing.
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct AdwinSettings {
        /// Chance of a cut where nothing has changed.
        pub chance: f64 = 1e-5, "" => [] "host/learn/src/drift.rs";
    }
}

schema::section! {
    /// The section.
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct Settings {
        /// How.
        pub method: Method = Method::Rls, "" => [] "host/learn/src/learner.rs";
        /// Where updates are computed.
        pub place: Place = Place::Inline, "" => [] "host/learn/src/online.rs";
        /// Share of the learned score beside the model's; 1 is the learned score alone.
        pub share: f64 = 1.0, "" => [] "host/learn/src/online.rs";
        /// Records of its slot that a label looks ahead.
        pub horizon: u32 = 20, "records" => [] "host/learn/src/labels.rs";
        /// Largest absolute value of an input.
        pub input_max: f64 = 8.0, "" => [] "host/learn/src/inputs.rs";
        /// Samples between two versions.
        pub publish_every: u32 = 32, "samples" => [] "host/learn/src/learner.rs";
        /// Samples before a score counts.
        pub warm_up: u32 = 1_000, "samples" => [] "host/learn/src/learner.rs";
        /// Most that a sample may move a weight.
        pub step_max: f64 = 0.05, "" => [] "host/learn/src/learner.rs";
        /// What watches the loss.
        pub drift: Drift = Drift::PageHinkley, "" => [] "host/learn/src/drift.rs";
        /// What a drift brings about.
        pub on_drift: OnDrift = OnDrift::Widen, "" => [] "host/learn/src/learner.rs";
        /// Samples that may wait for the thread.
        pub ring: u32 = 4_096, "samples" => [] "host/learn/src/online.rs";
        /// Recursive least squares.
        pub rls: RlsSettings = RlsSettings::default();
        /// FTRL-proximal.
        pub ftrl: FtrlSettings = FtrlSettings::default();
        /// The Page–Hinkley test.
        pub page_hinkley: PageHinkleySettings = PageHinkleySettings::default();
        /// Adaptive windowing.
        pub adwin: AdwinSettings = AdwinSettings::default();
    }
}

impl Settings {
    /// Every field that is out of its range, and why; `modelled` when there is a model beside it.
    pub fn wrong(&self, modelled: bool) -> Vec<(&'static str, String)> {
        let counts = [
            ("horizon", self.horizon, 1, 100_000),
            ("publish_every", self.publish_every, 1, 1_000_000),
            ("warm_up", self.warm_up, 0, 100_000_000),
            ("ring", self.ring, 1, 1 << 20),
        ];
        let counts = counts
            .into_iter()
            .filter(|(_, value, low, high)| !(low..=high).contains(&value))
            .map(|(field, value, low, high)| (field, format!("{value} is not within {low} to {high}")));
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
            .filter(|(_, value, low, high)| !(low..=high).contains(&value))
            .map(|(field, value, low, high)| (field, format!("{value} is not within {low} to {high}")));
        let alone = !modelled && (0.0..1.0).contains(&self.share);
        let alone = alone.then(|| {
            let why = format!(
                "{} leaves a share to a model, and there is no [model]",
                self.share
            );
            ("share", why)
        });
        counts.chain(reals).chain(alone).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_out_of_range_is_named_with_its_value() {
        assert_eq!(Settings::default().wrong(false), []);
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
            let wrong = settings.wrong(false);
            let [(at, why)] = &wrong[..] else {
                panic!("{text}: {wrong:?}")
            };
            assert!(*at == field && why.contains(said), "{text}: {at}: {why}");
        }
        let shared = Settings {
            share: 0.25,
            ..Settings::default()
        };
        assert_eq!(shared.wrong(true), []);
        let both = Settings {
            horizon: 0,
            ring: 0,
            ..shared
        };
        assert_eq!(both.wrong(false).len(), 3);
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
