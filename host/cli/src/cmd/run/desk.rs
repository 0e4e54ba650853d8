//! The host's side of a record: model, policy, market rules, risk, each timed.

use std::collections::BTreeMap;

use contract::event::REASONS;
use contract::feature::CORE_COUNT;
use contract::record::Core;
use contract::slot;
use device::feed::Subscription;
use engine::clock::Clock;
use engine::config::Config;
use engine::hops::{Hop, HopSummary, Label};
use engine::ledger::{Effect, Entry};
use engine::market_rules::MarketRules;
use engine::order::{Terms, enter, marking, replace};
use engine::policy::{EdgePolicy, Intent, Policy};
use model::{Model, ModelError, Score};
use risk::{
    Gate, Holding, Locates, Market, Order, RULES, RuledOrder, Rules, Sale, Side, TokenBucket, Verdict, rule,
};

use super::learning::{Learning, LearningReport};
use crate::error::CliError;

/// An order that passed market rules and host risk.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Admission {
    /// As the card takes it.
    pub(crate) slot: slot::Order,
    /// What the books keep of it.
    pub(crate) entry: Entry,
}

impl Admission {
    /// All of it is executed: what is taken of an order that left, where there is no venue to say so.
    pub(crate) const fn executed(&self) -> Effect {
        Effect::Executed {
            entry: self.entry,
            shares: self.entry.qty,
            done: true,
        }
    }

    /// The value it has more than the order it replaces, 1/10000 dollar.
    pub(crate) fn added(&self, replaced: &slot::Order) -> i64 {
        let old = Some((replaced.qty, replaced.price));
        i64::try_from(risk::added(self.entry.qty, self.entry.price, old)).unwrap_or(i64::MAX)
    }

    /// All of it is no longer open.
    pub(crate) fn released(&self) -> Effect {
        Effect::Released {
            entry: self.entry,
            shares: self.entry.qty,
            value: self.entry.worth(self.entry.qty),
            done: true,
        }
    }
}

/// An order that rests at the exchange.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resting<'a> {
    /// Its number.
    pub(crate) user_ref: u32,
    /// As it left.
    pub(crate) request: &'a slot::Order,
    /// Shares open.
    pub(crate) open: u32,
}

/// Up to two orders that passed host risk.
pub(crate) type Admitted = [Option<Admission>; 2];

/// Everything between a record and an order.
#[derive(Debug)]
pub(crate) struct Desk {
    model: Option<Model>,
    learning: Option<Learning>,
    policies: Vec<Box<dyn Policy>>,
    /// Policies that decide without a score.
    unscored: bool,
    gate: Gate,
    market_rules: MarketRules,
    rules: Rules,
    locates: Vec<Locates>,
    /// Market of each slot's last record.
    markets: Vec<Market>,
    token: u32,
    hop_record: Hop,
    hop_poll: Hop,
    hop_model: Hop,
    hop_policy: Hop,
    hop_risk: Hop,
    hop_learn: Hop,
    /// Records scored.
    pub(crate) decisions: u64,
    /// Records whose score was not a number: no order rests on one.
    pub(crate) not_a_number: u64,
    /// Orders that passed the host's risk layer.
    pub(crate) admitted: u64,
    /// Orders refused, by lowest failing check.
    rejected: [u64; REASONS.len()],
    /// Orders that would have broken a market rule, by the lowest one.
    ruled: [u64; RULES.len()],
}

impl Desk {
    /// Loads the model and sets the limits; the gate is armed.
    pub(crate) fn new(config: &Config, slots: &[Subscription]) -> Result<Self, CliError> {
        let model = config
            .model
            .as_ref()
            .map(|m| Model::load(&m.path, CORE_COUNT, m.backend))
            .transpose()
            .map_err(|e| CliError::Input(e.to_string()))?;
        let limits: Vec<risk::Limits> = (0..slots.len()).map(|i| config.limits(i).to_risk()).collect();
        let mut gate = Gate::new(
            &limits,
            TokenBucket::new(config.orders.rate_tokens, config.orders.rate_refill_ns, 0),
            0,
        )
        .with_throttle_ns(config.orders.throttle_ns, 0)
        .with_gross_max(config.orders.gross_max());
        gate.arm();
        let market_rules = config.rules.unwrap_or_else(MarketRules::unbound);
        let policy = |_| Box::new(EdgePolicy::new(config.policy)) as Box<dyn Policy>;
        Ok(Self {
            model,
            learning: None,
            policies: slots.iter().map(policy).collect(),
            unscored: false,
            gate,
            rules: market_rules.to_risk(),
            locates: vec![Locates::new(market_rules.located); slots.len()],
            markets: vec![Market::default(); slots.len()],
            market_rules,
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
            hop_learn: Hop::new("learning, between records", "ns", Label::Measured),
            decisions: 0,
            not_a_number: 0,
            admitted: 0,
            rejected: [0; REASONS.len()],
            ruled: [0; RULES.len()],
        })
    }

    /// These policies decide, one a slot, and without a score.
    pub(crate) fn with_policies(mut self, policies: Vec<Box<dyn Policy>>) -> Self {
        self.policies = policies;
        self.unscored = true;
        self
    }

    /// Weights that follow the feed score beside the model, or without one.
    pub(crate) fn with_learning(mut self, learning: Learning) -> Self {
        self.learning = Some(learning);
        self
    }

    /// A poll that gave a record took this long.
    pub(crate) fn polled(&mut self, ns: u64) {
        self.hop_poll.record(ns);
    }

    /// A record reached host memory so many cycles after its frame's first beat.
    pub(crate) fn arrived(&mut self, cycles: u64) {
        self.hop_record.record(cycles);
    }

    /// Scores a record, lets the policy decide, market rules and host risk judge; `now_ns` is the time that rates count in.
    pub(crate) fn decide(&mut self, record: &Core, now_ns: u64) -> Result<Admitted, CliError> {
        if let Some(market) = self.markets.get_mut(usize::from(record.slot)) {
            *market = Market {
                flags: record.flags,
                bid: record.bid,
                ask: record.ask,
            };
        }
        let Some(score) = self.score(record)? else {
            return Ok([None, None]);
        };
        self.decisions += 1;
        Ok(self.trade(record, &score, now_ns))
    }

    /// None when nobody scores, or nothing can rest on what they say.
    fn score(&mut self, record: &Core) -> Result<Option<Score>, CliError> {
        let clock = Clock::start();
        if let Some(learning) = &mut self.learning {
            learning.begin(record);
        }
        if self.unscored {
            return Ok(Some(Score {
                down: 0.0,
                flat: 1.0,
                up: 0.0,
            }));
        }
        // With an order on its way nobody knows the position: what it becomes decides first.
        let waits = self.gate.position(record.slot).open_orders() > 0;
        let score = match (&self.learning, &mut self.model) {
            (None, None) => return Ok(None),
            _ if waits => return Ok(None),
            (Some(learning), model) => learning.score(model.as_mut(), record),
            (None, Some(model)) => model.score(&record.features.map(f32::from)),
        };
        self.hop_model.record(clock.ns());
        match score {
            Err(ModelError::NotANumber(_)) => {
                self.not_a_number += 1;
                Ok(None)
            }
            other => other.map(Some).map_err(|e| CliError::Check(e.to_string())),
        }
    }

    /// A record's orders are away, and what they became is told: there is time to learn.
    pub(crate) fn after(&mut self) -> Result<(), CliError> {
        if let Some(learning) = &mut self.learning {
            let clock = Clock::start();
            learning.after()?;
            self.hop_learn.record(clock.ns());
        }
        Ok(())
    }

    /// No record will come any more: what was learned.
    pub(crate) fn learned(&mut self) -> Result<Option<LearningReport>, CliError> {
        self.learning.take().map(Learning::finish).transpose()
    }

    fn trade(&mut self, record: &Core, score: &Score, now_ns: u64) -> Admitted {
        let position = self.gate.position(record.slot).net();
        let clock = Clock::start();
        let Some(policy) = self.policies.get_mut(usize::from(record.slot)) else {
            return [None, None];
        };
        let intents = policy.decide(record, score, position);
        self.hop_policy.record(clock.ns());
        intents.map(|intent| self.admit(record, &intent?, now_ns))
    }

    fn admit(&mut self, record: &Core, intent: &Intent, now_ns: u64) -> Option<Admission> {
        let position = self.gate.position(record.slot);
        let holding = Holding {
            net: position.net(),
            open_sell: position.open(Side::Sell),
            located: self.locates.get(usize::from(record.slot))?.left(),
        };
        let free = holding.net.saturating_sub_unsigned(holding.open_sell);
        let order = Order {
            slot: record.slot,
            side: intent.side,
            sale: marking(intent.qty, free),
            qty: intent.qty,
            price: intent.price,
            token: self.token + 1,
        };
        let market = *self.markets.get(usize::from(record.slot))?;
        let terms = Terms {
            immediate: intent.immediate,
        };
        let clock = Clock::start();
        self.obeys_rules(&order, terms, &holding, &market, now_ns)?;
        let verdict = self.gate.admit(&order, &market, now_ns);
        self.hop_risk.record(clock.ns());
        self.passed(verdict)?;
        let short = order.side == Side::Sell && order.sale != Sale::Long;
        if short && let Some(locates) = self.locates.get_mut(usize::from(order.slot)) {
            // The rule has just seen that there are enough.
            locates.take(order.qty);
        }
        let entered = enter(&order, terms);
        if let Some(learning) = &mut self.learning {
            learning.admitted(&entered);
        }
        Some(Admission {
            slot: entered,
            entry: Entry {
                slot: order.slot,
                side: order.side,
                short,
                qty: order.qty,
                price: order.price,
                sent_ns: now_ns,
            },
        })
    }

    /// None of an order that would break a market rule; it is counted.
    fn obeys_rules(
        &mut self,
        order: &Order,
        terms: Terms,
        holding: &Holding,
        market: &Market,
        now_ns: u64,
    ) -> Option<()> {
        let ruled = RuledOrder {
            side: order.side,
            sale: order.sale,
            qty: order.qty,
            price: order.price,
            immediate: terms.immediate,
            sweep: None,
        };
        let quotes = self.market_rules.quotes(market.bid, market.ask, now_ns);
        let ruling = rule(&ruled, &quotes, holding, &self.rules, now_ns);
        let Some(rule) = ruling.rule() else {
            return Some(());
        };
        self.ruled[rule as usize] += 1;
        None
    }

    /// None of an order that host risk refused; both outcomes are counted.
    fn passed(&mut self, verdict: Verdict) -> Option<()> {
        if let Some(reason) = verdict.reason() {
            self.rejected[reason as usize] += 1;
            return None;
        }
        self.token += 1;
        self.admitted += 1;
        Some(())
    }

    /// Puts an order of `qty` shares at `price` in the place of a resting one; both quantities count what has executed. Judged as any order, by the
    /// market of the slot's last record. A sale that is, or would have to be, marked short is left alone.
    pub(crate) fn replace(
        &mut self,
        resting: &Resting<'_>,
        (qty, price): (u32, u32),
        now_ns: u64,
    ) -> Option<Admission> {
        let old = resting.request;
        let market = *self.markets.get(usize::from(old.symbol_slot))?;
        let side = if old.side == b'B' { Side::Buy } else { Side::Sell };
        let position = self.gate.position(old.symbol_slot);
        let holding = Holding {
            net: position.net(),
            open_sell: position.open(Side::Sell).saturating_sub(resting.open.into()),
            located: 0,
        };
        let free = holding.net.saturating_sub_unsigned(holding.open_sell);
        if side == Side::Sell && (old.side != b'S' || marking(qty, free) != Sale::Long) {
            return None;
        }
        let order = Order {
            slot: old.symbol_slot,
            side,
            sale: Sale::Long,
            qty,
            price,
            token: self.token + 1,
        };
        let terms = Terms { immediate: false };
        let clock = Clock::start();
        self.obeys_rules(&order, terms, &holding, &market, now_ns)?;
        let verdict = self
            .gate
            .admit_replace(&order, (old.qty, old.price), &market, now_ns);
        self.hop_risk.record(clock.ns());
        self.passed(verdict)?;
        Some(Admission {
            slot: replace(&order, terms, resting.user_ref, old.qty),
            entry: Entry {
                slot: order.slot,
                side,
                short: false,
                qty,
                price,
                sent_ns: now_ns,
            },
        })
    }

    /// The next token, for a request that needs no admission.
    pub(crate) fn draw_token(&mut self) -> u32 {
        self.token += 1;
        self.token
    }

    /// Without a card that sends orders, an admitted one is taken as executed at its limit.
    pub(crate) fn executed(&mut self, admission: &Admission) {
        self.told(&admission.executed());
    }

    /// An admitted order did not leave.
    pub(crate) fn refused(&mut self, entry: &Entry) {
        self.told(&Effect::Released {
            entry: *entry,
            shares: entry.qty,
            value: entry.worth(entry.qty),
            done: true,
        });
    }

    /// What a response brings about. Gives what the gross notional has changed by, 1/10000 dollar.
    pub(crate) fn told(&mut self, effect: &Effect) -> i64 {
        match *effect {
            Effect::Executed { entry, shares, done } => {
                self.gate
                    .executed(entry.slot, entry.side, (shares, entry.price), done)
            }
            Effect::Broken { entry, shares } => {
                self.gate.broken(entry.slot, entry.side, (shares, entry.price))
            }
            Effect::Released {
                entry,
                shares,
                value,
                done,
            } => {
                if entry.short
                    && let Some(locates) = self.locates.get_mut(usize::from(entry.slot))
                {
                    locates.give_back(shares);
                }
                self.gate.released(entry.slot, entry.side, (shares, value), done)
            }
            Effect::Missing(_) => 0,
        }
    }

    /// Latches the host's kill: nothing is admitted any more.
    pub(crate) fn kill(&mut self) {
        self.gate.kill();
    }

    /// What runs the model.
    pub(crate) fn model(&self) -> Option<String> {
        self.model.as_ref().map(Model::runs_on)
    }

    /// The host's gate.
    pub(crate) const fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Orders refused by market rules and host risk, by the lowest that failed.
    pub(crate) fn rejected(&self) -> BTreeMap<String, u64> {
        let checks = REASONS.into_iter().map(|reason| format!("{reason:?}"));
        let rules = RULES.into_iter().map(|rule| format!("rule: {rule:?}"));
        let counts = self.rejected.into_iter().chain(self.ruled);
        checks
            .chain(rules)
            .zip(counts)
            .filter(|(_, count)| *count > 0)
            .collect()
    }

    /// All hops that have values.
    pub(crate) fn hops(&self) -> Vec<HopSummary> {
        [
            &self.hop_record,
            &self.hop_poll,
            &self.hop_model,
            &self.hop_policy,
            &self.hop_risk,
            &self.hop_learn,
        ]
        .into_iter()
        .map(Hop::summary)
        .filter(|s| s.count > 0)
        .collect()
    }
}
