//! The gate between order slots, transmitter, feed and events ring, with the golden model beside it, cycle by cycle.

use contract::event::REASONS;
use contract::reg::{ARM_KEY, SLOT, index};
use contract::slot::Kind;
use gateware::types::{BookView, OrderRequest};
use std::collections::BTreeMap;
use std::sync::Arc;
use testbench::golden::risk_gate::{Best, Inputs, Outcome, Request, RiskGate};
use testbench::{Bench, Bundle, Layout, Verdict};
use verilated::PortId;

/// Cycles from a request that is taken to its outcome.
pub(crate) const LATENCY: u64 = gateware::risk_gate::LATENCY as u64;

/// What the stimulus brought about.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) granted: u32,
    pub(crate) cancels: u32,
    /// Messages of the watchdog refused.
    pub(crate) quiet: u32,
    pub(crate) kills: u32,
    /// Refusals with this check alone.
    pub(crate) alone: BTreeMap<u32, u32>,
}

pub(crate) struct World<'a> {
    pub(crate) bench: &'a mut Bench,
    pub(crate) golden: RiskGate,
    pub(crate) slots: usize,
    /// Inputs of the next cycle; pulses, writes and views are cleared behind it.
    pub(crate) inputs: Inputs,
    pub(crate) seen: Seen,
    /// Last token of an order that asked for the next one.
    pub(crate) token: u32,
    /// Outcome of the request decided in the last cycle.
    pub(crate) outcome: Option<Outcome>,
    ports: BTreeMap<&'static str, PortId>,
    layouts: [Arc<Layout>; 2],
    offered: Vec<u32>,
    /// The request under way and the cycle in which its outcome shows.
    under_way: Option<(Vec<u32>, u64)>,
}

const PORTS: [&str; 58] = [
    "reset",
    "now",
    "request_valid",
    "request",
    "request_ready",
    "grant",
    "grant_request",
    "grant_added",
    "user_ref_next",
    "do_user_ref_next",
    "tx_ready",
    "entry_valid",
    "entry_ready",
    "entry",
    "view_valid",
    "view",
    "slot_clear",
    "slot_clear_slot",
    "now_ready",
    "now_stale",
    "now_gap",
    "now_halted",
    "events_full",
    "slot_write",
    "slot",
    "slot_register",
    "slot_data",
    "do_arm",
    "do_kill",
    "do_heartbeat",
    "do_limits_commit",
    "do_order_seq_reset",
    "do_throttle_clear",
    "ctrl_data",
    "cfg_heartbeat_timeout_ns",
    "cfg_epoch",
    "cfg_rate_tokens",
    "cfg_rate_refill_ns",
    "cfg_throttle_ns",
    "cfg_gross_max_lo",
    "cfg_gross_max_hi",
    "do_gross_add",
    "cfg_gross_add_hi",
    "now_gross",
    "tcp",
    "tcp_seq_next",
    "cfg_tcp_peer_ack",
    "cfg_tcp_peer_window",
    "read_slot",
    "now_position",
    "now_open_buy",
    "now_open_sell",
    "armed",
    "killed",
    "heartbeat_fresh",
    "kill_pulse",
    "count",
    "clock",
];

impl<'a> World<'a> {
    pub(crate) fn new(bench: &'a mut Bench) -> Self {
        let slots = bench.size().contract().slots as usize;
        let ports = PORTS
            .into_iter()
            .filter(|name| *name != "clock")
            .map(|name| (name, bench.port(name)))
            .collect();
        let now = bench.rng.bits(40);
        let layouts = [
            Arc::new(Layout::of::<OrderRequest>()),
            Arc::new(Layout::of::<BookView>()),
        ];
        let mut world = Self {
            golden: RiskGate::new(slots, now),
            slots,
            inputs: Inputs {
                now,
                tx_ready: true,
                entry_ready: true,
                ..Inputs::default()
            },
            seen: Seen::default(),
            token: 0,
            outcome: None,
            ports,
            offered: Bundle::zero(&layouts[0]).words().to_vec(),
            layouts,
            under_way: None,
            bench,
        };
        world.reset();
        world
    }

    fn set(&mut self, name: &str, value: u64) {
        self.bench.set(self.ports[name], value);
    }

    fn get(&self, name: &str) -> u64 {
        self.bench.get(self.ports[name])
    }

    fn eq(&mut self, name: &str, expected: u64) -> Verdict {
        let got = self.get(name);
        self.bench.eq(name, got, expected)
    }

    /// A reset of one cycle, in the middle of everything: what comes in it is lost.
    pub(crate) fn reset(&mut self) {
        let now = self.inputs.now;
        self.set("now", now);
        let noise = self.bench.rng.next_u64();
        let registers = [
            "MAX_QTY",
            "OPEN_MAX",
            "POSITION_ADD",
            "POSITION_LOAD",
            "OPEN_RELEASE_BUY",
        ];
        let register = *self.bench.rng.pick(&registers);
        let slot = noise >> 8 & 1;
        self.reset_with(noise, slot, register);
    }

    /// A reset in the cycle of these pulses and of a write of this slot's register.
    pub(crate) fn reset_with(&mut self, noise: u64, slot: u64, register: &str) {
        let now = self.inputs.now;
        self.set("slot", slot);
        self.set("slot_register", index(SLOT, register) as u64);
        self.set("slot_data", noise >> 32 | 1);
        self.set("ctrl_data", u64::from(ARM_KEY) | 1);
        for (at, name) in [
            "slot_write",
            "do_arm",
            "do_kill",
            "do_heartbeat",
            "do_limits_commit",
            "do_order_seq_reset",
            "do_throttle_clear",
            "request_valid",
            "do_user_ref_next",
        ]
        .into_iter()
        .enumerate()
        {
            self.set(name, noise >> at & 1);
        }
        self.set("reset", 1);
        self.bench.tick();
        self.set("reset", 0);
        self.golden.reset(now);
        self.token = 0;
        self.under_way = None;
        self.withdraw();
    }

    /// Offers a request until it is taken.
    pub(crate) fn offer(&mut self, request: Request) {
        let layout = &self.layouts[0];
        let mut bundle = Bundle::from_words(layout, self.bench.rng.wide(layout.width()));
        bundle
            .set("kind", request.kind.into())
            .set("slot", request.slot as u64)
            .set("buy", request.buy.into())
            .set("side", request.side().into())
            .set("qty", request.qty.into())
            .set("price", request.price.into())
            .set("token", request.token.into())
            .set("notional", request.notional)
            .set("order_seq", request.order_seq.into())
            .set("epoch", request.epoch.into())
            .set("target_ref", request.target_ref.into())
            .set("orig_qty", request.orig_qty.into())
            .set("malformed", request.malformed.into())
            .set("out_of_sequence", request.out_of_sequence.into())
            .set("stamp", request.stamp);
        self.offered = bundle.words().to_vec();
        self.bench.set_wide(self.ports["request"], &self.offered.clone());
        self.inputs.request = Some(request);
    }

    /// Offers nothing more.
    pub(crate) fn withdraw(&mut self) {
        self.inputs.request = None;
    }

    /// Makes the next cycle show this view.
    pub(crate) fn show(&mut self, slot: usize, best: Best) {
        let layout = &self.layouts[1];
        let mut bundle = Bundle::from_words(layout, self.bench.rng.wide(layout.width()));
        let lowest = |[price, size]: [u32; 2]| (price.to_le_bytes(), size.to_le_bytes());
        let ((bid_px, bid_sz), (ask_px, ask_sz)) = (lowest(best.bid), lowest(best.ask));
        bundle
            .set("meta.slot", slot as u64)
            .set_bytes("bid_px", &bid_px)
            .set_bytes("bid_sz", &bid_sz)
            .set_bytes("ask_px", &ask_px)
            .set_bytes("ask_sz", &ask_sz);
        self.bench.set_wide(self.ports["view"], bundle.words());
        self.inputs.view = Some((slot, best));
    }

    fn drive(&mut self) {
        let inputs = self.inputs.clone();
        let noise = self.bench.rng.next_u64();
        let of_slot = noise % self.slots as u64;
        self.set("now", inputs.now);
        self.set("request_valid", inputs.request.is_some().into());
        self.set("tx_ready", inputs.tx_ready.into());
        self.set("entry_ready", inputs.entry_ready.into());
        self.set("view_valid", inputs.view.is_some().into());
        self.set("slot_clear", inputs.clear.is_some().into());
        self.set(
            "slot_clear_slot",
            inputs.clear.map_or(of_slot, |slot| slot as u64),
        );
        for (name, flags) in ["now_ready", "now_stale", "now_gap", "now_halted"]
            .into_iter()
            .zip(inputs.flags)
        {
            self.set(name, flags & u64::MAX >> (64 - self.slots));
        }
        self.set("events_full", inputs.events_full.into());
        self.set("slot_write", inputs.write.is_some().into());
        let (slot, register, word) = inputs.write.map_or((of_slot, noise >> 8 & 31, noise >> 32), |w| {
            (w.0 as u64, w.1 as u64, w.2.into())
        });
        self.set("slot", slot);
        self.set("slot_register", register);
        self.set("slot_data", word);
        for (name, pulse) in ["do_arm", "do_kill", "do_heartbeat", "do_limits_commit"]
            .into_iter()
            .zip(inputs.pulses)
        {
            self.set(name, pulse.into());
        }
        self.set("ctrl_data", inputs.word.into());
        self.set("cfg_heartbeat_timeout_ns", inputs.timeout.into());
        self.set("cfg_epoch", inputs.epoch.into());
        self.set("cfg_rate_tokens", inputs.rate.0.into());
        self.set("cfg_rate_refill_ns", inputs.rate.1.into());
        for (name, pulse) in ["do_order_seq_reset", "do_throttle_clear"]
            .into_iter()
            .zip(inputs.more_pulses)
        {
            self.set(name, pulse.into());
        }
        self.set("cfg_throttle_ns", inputs.throttle_ns.into());
        self.set("cfg_gross_max_lo", inputs.gross_max & 0xffff_ffff);
        self.set("cfg_gross_max_hi", inputs.gross_max >> 32);
        self.set("do_gross_add", inputs.gross_add.into());
        self.set("cfg_gross_add_hi", inputs.gross_add_hi.into());
        self.set("tcp", inputs.tcp.is_some().into());
        let [next, ack, window] = inputs
            .tcp
            .unwrap_or([0, u32::try_from(noise >> 32).unwrap_or(0), 0]);
        self.set("tcp_seq_next", next.into());
        self.set("cfg_tcp_peer_ack", ack.into());
        self.set("cfg_tcp_peer_window", window.into());
        self.set("user_ref_next", inputs.next_ref.into());
        self.set("do_user_ref_next", inputs.renumber.into());
        self.set("read_slot", inputs.read as u64);
        self.bench.eval();
    }

    pub(crate) fn cycle(&mut self) -> Verdict {
        self.drive();
        self.compare()?;
        self.compare_outcome()?;
        let ready = self.golden.ready(&self.inputs);
        if ready && self.inputs.request.is_some() {
            self.under_way = Some((self.offered.clone(), self.bench.cycles() + LATENCY));
        }
        let granted = self.golden.granted();
        self.outcome = self.golden.tick(&self.inputs);
        // The transmitter gives the next number; the host may write another one.
        let numbered = granted.is_some_and(|r| Kind::from_number(r.kind).is_none_or(Kind::is_numbered));
        self.inputs.next_ref = self.inputs.next_ref.wrapping_add(numbered.into());
        if self.inputs.renumber {
            self.inputs.next_ref = self.inputs.word;
        }
        self.note();
        self.bench.tick();
        if ready {
            self.withdraw();
        }
        self.inputs.now = self.inputs.now.wrapping_add(6 + self.bench.cycles() % 2);
        self.inputs.view = None;
        self.inputs.clear = None;
        self.inputs.write = None;
        self.inputs.pulses = [false; 4];
        self.inputs.more_pulses = [false; 2];
        self.inputs.renumber = false;
        self.inputs.gross_add = false;
        Ok(())
    }

    fn compare(&mut self) -> Verdict {
        let ready = self.golden.ready(&self.inputs);
        self.eq("request_ready", ready.into())?;
        let [count, armed, killed, kill_pulse, fresh] = self.golden.status();
        self.eq("count", count.into())?;
        self.eq("armed", armed.into())?;
        self.eq("killed", killed.into())?;
        self.eq("kill_pulse", kill_pulse.into())?;
        self.eq("heartbeat_fresh", fresh.into())?;
        let [counted, _] = self.golden.gross();
        self.eq("now_gross", counted)?;
        let [position, open_buy, open_sell] = self.golden.read();
        self.eq("now_position", position.into())?;
        self.eq("now_open_buy", open_buy.into())?;
        self.eq("now_open_sell", open_sell.into())?;
        let granted = self.golden.granted().is_some();
        self.eq("grant", granted.into())?;
        if granted {
            let added = self.golden.added();
            self.eq("grant_added", added.into())?;
        }
        let entry = self.golden.entry();
        self.eq("entry_valid", entry.is_some().into())?;
        if let Some(entry) = entry {
            let words = self.bench.get_wide(self.ports["entry"]);
            let got: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
            self.bench.eq("entry", got, entry.to_vec())?;
        }
        Ok(())
    }

    /// Two cycles after it was taken a request is granted, as it was, or refused.
    fn compare_outcome(&mut self) -> Verdict {
        let due = self.under_way.take_if(|(_, at)| *at == self.bench.cycles());
        let granted = self.get("grant") == 1;
        let refused = self.get("count") == 1;
        // The watchdog's message, refused: nobody is told.
        let kind = |words: &[u32]| Bundle::from_words(&self.layouts[0], words.to_vec()).get("kind");
        let quiet = !granted && matches!(&due, Some((words, _)) if kind(words) == Kind::Watchdog as u64);
        self.seen.quiet += u32::from(quiet);
        let told = due.is_some() && !quiet;
        self.bench.eq("an outcome of two", granted != refused, told)?;
        if let Some((words, _)) = due
            && granted
        {
            let got = Bundle::from_words(&self.layouts[0], self.bench.get_wide(self.ports["grant_request"]));
            let wanted = Bundle::from_words(&self.layouts[0], words);
            let differences = got.differences(&wanted);
            self.bench.check(differences.is_empty(), || {
                format!("grant_request: {differences:?}")
            })?;
        }
        Ok(())
    }

    /// Position, open buys, open sells of the slot being read.
    pub(crate) fn read_back(&self) -> [u32; 3] {
        ["now_position", "now_open_buy", "now_open_sell"]
            .map(|name| u32::try_from(self.get(name)).expect("32 bits"))
    }

    fn note(&mut self) {
        let granted = self.golden.granted();
        self.seen.granted += u32::from(granted.is_some());
        let cancel = Kind::Cancel as u8;
        self.seen.cancels += u32::from(granted.is_some_and(|request| request.kind == cancel));
        let [_, _, _, kill_pulse, _] = self.golden.status();
        self.seen.kills += u32::from(kill_pulse);
        if let Some(outcome) = self.outcome
            && outcome.checks.count_ones() == 1
        {
            *self
                .seen
                .alone
                .entry(outcome.checks.trailing_zeros())
                .or_default() += 1;
        }
    }

    /// Checks of this card that were never the only one to fail.
    pub(crate) fn never_alone(&self) -> Vec<String> {
        REASONS
            .iter()
            .filter(|reason| !self.seen.alone.contains_key(&(**reason as u32)))
            .map(|reason| format!("{reason:?}"))
            .collect()
    }
}
