//! The host's side of a record: model, policy, risk, each timed.

use std::collections::BTreeMap;

use contract::feature::CORE_COUNT;
use contract::record::Core;
use device::feed::Subscription;
use engine::clock::Clock;
use engine::config::Config;
use engine::hops::{Hop, HopSummary, Label};
use engine::policy::{EdgePolicy, Intent, Policy};
use model::{OnnxModel, Score};
use risk::{Gate, Market, Order, TokenBucket};

use crate::error::CliError;

/// Tokens of the port's bucket: more than all slots together may use.
const PORT_TOKENS: u16 = u16::MAX;
/// Time for a port token to come back, ns.
const PORT_REFILL_NS: u32 = 1_000;

/// Everything between a record and an order.
#[derive(Debug)]
pub(crate) struct Desk {
    model: Option<OnnxModel>,
    policies: Vec<EdgePolicy>,
    gate: Gate,
    token: u32,
    hop_record: Hop,
    hop_poll: Hop,
    hop_model: Hop,
    hop_policy: Hop,
    hop_risk: Hop,
    /// Records scored.
    pub(crate) decisions: u64,
    /// Orders that passed the host's risk layer.
    pub(crate) admitted: u64,
    /// Orders refused, by lowest failing check.
    pub(crate) rejected: BTreeMap<String, u64>,
}

impl Desk {
    /// Loads the model and sets the limits; the gate is armed.
    pub(crate) fn new(config: &Config, slots: &[Subscription]) -> Result<Self, CliError> {
        let model = config
            .model
            .as_ref()
            .map(|m| OnnxModel::load(&m.path, CORE_COUNT))
            .transpose()
            .map_err(|e| CliError::Input(e.to_string()))?;
        let limits: Vec<risk::Limits> = (0..slots.len()).map(|i| config.limits(i).to_risk()).collect();
        let mut gate = Gate::new(&limits, TokenBucket::new(PORT_TOKENS, PORT_REFILL_NS, 0), 0);
        gate.arm();
        Ok(Self {
            model,
            policies: slots.iter().map(|_| EdgePolicy::new(config.policy)).collect(),
            gate,
            token: 0,
            hop_record: Hop::new(
                "wire (first beat of the frame) to record",
                "cycles",
                Label::Simulated,
            ),
            hop_poll: Hop::new("record to features", "ns", Label::Measured),
            hop_model: Hop::new("model", "ns", Label::Measured),
            hop_policy: Hop::new("policy", "ns", Label::Measured),
            hop_risk: Hop::new("risk", "ns", Label::Measured),
            decisions: 0,
            admitted: 0,
            rejected: BTreeMap::new(),
        })
    }

    /// A poll that gave a record took this long.
    pub(crate) fn polled(&mut self, ns: u64) {
        self.hop_poll.record(ns);
    }

    /// A record reached host memory so many cycles after its frame's first beat.
    pub(crate) fn arrived(&mut self, cycles: u64) {
        self.hop_record.record(cycles);
    }

    /// Scores a record and lets the policy decide.
    pub(crate) fn decide(&mut self, record: &Core) -> Result<(), CliError> {
        let Some(model) = &mut self.model else {
            return Ok(());
        };
        let row = record.features.map(f32::from);
        let clock = Clock::start();
        let score = model.score(&row).map_err(|e| CliError::Check(e.to_string()))?;
        self.hop_model.record(clock.ns());
        self.decisions += 1;
        self.trade(record, &score);
        Ok(())
    }

    fn trade(&mut self, record: &Core, score: &Score) {
        let position = self.gate.position(record.slot).net();
        let clock = Clock::start();
        let Some(policy) = self.policies.get_mut(usize::from(record.slot)) else {
            return;
        };
        let intents = policy.decide(record, score, position);
        self.hop_policy.record(clock.ns());
        for intent in intents.into_iter().flatten() {
            self.admit(record, &intent);
        }
    }

    fn admit(&mut self, record: &Core, intent: &Intent) {
        let order = Order {
            slot: record.slot,
            side: intent.side,
            qty: intent.qty,
            price: intent.price,
            token: self.token + 1,
        };
        let market = Market {
            flags: record.flags,
            bid: record.bid,
            ask: record.ask,
        };
        let clock = Clock::start();
        let verdict = self.gate.admit(&order, &market, record.ts_ns);
        self.hop_risk.record(clock.ns());
        if let Some(reason) = verdict.reason() {
            *self.rejected.entry(format!("{reason:?}")).or_default() += 1;
            return;
        }
        self.token += 1;
        self.admitted += 1;
        // There is no venue in this run: a marketable order is taken as executed at its limit.
        if let Some(position) = self.gate.position_mut(record.slot) {
            position.executed(intent.side, intent.qty, true);
        }
    }

    /// All hops that have values.
    pub(crate) fn hops(&self) -> Vec<HopSummary> {
        [
            &self.hop_record,
            &self.hop_poll,
            &self.hop_model,
            &self.hop_policy,
            &self.hop_risk,
        ]
        .into_iter()
        .map(Hop::summary)
        .filter(|s| s.count > 0)
        .collect()
    }
}
