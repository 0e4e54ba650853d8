//! Drives the book and checks every view against the exact one.

use super::pace::{ADD_BYTES, CANCEL_BYTES, DELETE_BYTES, Pace, REPLACE_BYTES};
use super::traffic::Mood;
use contract::record::{Level, flag};
use gateware::types::{Ahead, Best, BookOp, BookView, KeyedLevel};
use std::collections::VecDeque;
use std::sync::Arc;
use testbench::{Bench, Bundle, Layout, Verdict};
use twin::{Book, LevelOp, Side};
use verilated::PortId;

/// Cycles from an operation to its view.
pub(crate) const LATENCY: u64 = 10;
/// Cycles by which the best level is ahead of the view.
const AHEAD: u64 = 5;
/// Cycles within which the store must come to rest.
const REST_CYCLES: u64 = 400_000;

/// A live order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Order {
    pub(crate) side: Side,
    pub(crate) px: u32,
    pub(crate) qty: u32,
}

/// What a view must say.
struct Expected {
    due: u64,
    op: Bundle,
    bids: [Level; 10],
    asks: [Level; 10],
    crossed: bool,
}

/// Counts of a run.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) views: u64,
    pub(crate) degraded: u64,
    /// Views of slots of which the store has lost an operation, and those of them that are degraded.
    pub(crate) lost_views: u64,
    pub(crate) lost_degraded: u64,
    pub(crate) overflows: u64,
    pub(crate) refills: u64,
    pub(crate) scans: u64,
}

struct Ports {
    ahead_valid: PortId,
    ahead: PortId,
    op_valid: PortId,
    op: PortId,
    view_valid: PortId,
    view: PortId,
    coming: [PortId; 2],
    best_valid: PortId,
    best: PortId,
    best_own: PortId,
    best_exact: PortId,
    sweep: [PortId; 4],
    sweep_done: PortId,
    busy: PortId,
    store_count: PortId,
    count: PortId,
    stale_valid: PortId,
    stale_slot: PortId,
}

/// A best level, in the pieces in which it comes ahead of its view.
struct Sooner {
    best: Bundle,
    own: Option<Bundle>,
    exact: Option<bool>,
}

/// The block, the exact book and what is under way between them.
pub(crate) struct Driver {
    ports: Ports,
    ahead_layout: Arc<Layout>,
    op_layout: Arc<Layout>,
    view_layout: Arc<Layout>,
    best_layout: Arc<Layout>,
    half_layout: Arc<Layout>,
    /// Best levels whose views are to come; slot and side that were announced.
    best: VecDeque<Sooner>,
    coming: [u64; 2],
    golden: Book,
    pub(crate) slots: u16,
    pub(crate) ticks: Vec<u32>,
    pub(crate) orders: Vec<Vec<Order>>,
    pub(crate) pace: Pace,
    expected: VecDeque<Expected>,
    /// The store has lost an operation of the slot.
    pub(crate) lost: Vec<bool>,
    pub(crate) tally: Tally,
    counted_degraded: u64,
    sweep_done: bool,
    sequence: u64,
}

impl Driver {
    pub(crate) fn new(bench: &Bench) -> Self {
        let port = |name| bench.port(name);
        let slots = u16::try_from(bench.size().contract().slots).expect("at most 64");
        Self {
            ports: Ports {
                ahead_valid: port("ahead_valid"),
                ahead: port("ahead"),
                op_valid: port("op_valid"),
                op: port("op"),
                view_valid: port("view_valid"),
                view: port("view"),
                coming: ["coming_slot", "coming_bid"].map(port),
                best_valid: port("best_valid"),
                best: port("best"),
                best_own: port("best_own"),
                best_exact: port("best_exact"),
                sweep: ["sweep_valid", "sweep_slot", "sweep_tick", "sweep_reciprocal"].map(port),
                sweep_done: port("sweep_done"),
                busy: port("store_busy"),
                store_count: port("store_count"),
                count: port("count"),
                stale_valid: port("stale_valid"),
                stale_slot: port("stale_slot"),
            },
            ahead_layout: Arc::new(Layout::of::<Ahead>()),
            op_layout: Arc::new(Layout::of::<BookOp>()),
            view_layout: Arc::new(Layout::of::<BookView>()),
            best_layout: Arc::new(Layout::of::<Best>()),
            half_layout: Arc::new(Layout::of::<KeyedLevel>()),
            best: VecDeque::new(),
            coming: [0; 2],
            golden: Book::new(slots),
            slots,
            ticks: vec![100; usize::from(slots)],
            orders: vec![Vec::new(); usize::from(slots)],
            pace: Pace::Every(2),
            expected: VecDeque::new(),
            lost: vec![false; usize::from(slots)],
            tally: Tally::default(),
            counted_degraded: 0,
            sweep_done: false,
            sequence: 0,
        }
    }

    /// One cycle: checks what the block shows now, then clocks it.
    pub(crate) fn cycle(&mut self, bench: &mut Bench) -> Verdict {
        bench.eval();
        let due = self.expected.front().is_some_and(|e| e.due == bench.cycles());
        bench.eq("view valid", bench.is(self.ports.view_valid), due)?;
        if due && let Some(expected) = self.expected.pop_front() {
            self.view(bench, &expected)?;
        }
        self.ahead(bench)?;
        self.counted_degraded += bench.get(self.ports.count);
        let counts = bench.get(self.ports.store_count);
        self.tally.overflows += counts & 1;
        self.tally.refills += counts >> 1 & 1;
        self.tally.scans += counts >> 2 & 1;
        bench.eq(
            "an overflow makes a slot stale",
            bench.get(self.ports.stale_valid),
            counts & 1,
        )?;
        if bench.is(self.ports.stale_valid) {
            self.lost[slot_index(bench.get(self.ports.stale_slot))] = true;
        }
        self.sweep_done = bench.is(self.ports.sweep_done);
        bench.tick();
        bench.set(self.ports.op_valid, 0);
        bench.set(self.ports.ahead_valid, 0);
        let noise = bench.rng.wide(self.ahead_layout.width());
        bench.set_wide(self.ports.ahead, &noise);
        Ok(())
    }

    /// A cycle that says what is known of the operation of the next one: a replacement may add to either side, and what may add
    /// need not.
    fn announce(&mut self, bench: &mut Bench, op: &LevelOp, changed: bool) -> Verdict {
        let mut ahead = Bundle::zero(&self.ahead_layout);
        let (px, _) = op.add.unwrap_or_else(|| random_pair(bench));
        let adds = changed && op.add.is_some();
        let vague = op.remove.is_some() && adds || !adds && bench.rng.percent(20);
        let bid = op.side == Side::Bid;
        ahead
            .set("slot", u64::from(op.slot))
            .set("price", u64::from(px))
            .set("bid", u64::from(vague || adds && bid))
            .set("ask", u64::from(vague || adds && !bid));
        bench.set(self.ports.ahead_valid, 1);
        bench.set_wide(self.ports.ahead, ahead.words());
        self.cycle(bench)
    }

    /// The best level comes when it is to, behind its slot and side; its view will say whether it is right.
    fn ahead(&mut self, bench: &mut Bench) -> Verdict {
        let now = bench.cycles();
        let due = |ahead: u64| self.expected.iter().any(|e| e.due == now + ahead);
        let [mate, own, exact] = [AHEAD, AHEAD - 1, AHEAD - 2].map(due);
        bench.eq("best valid", bench.is(self.ports.best_valid), mate)?;
        if mate {
            let best = Bundle::from_words(&self.best_layout, bench.get_wide(self.ports.best));
            let announced = [best.get("slot"), best.get("bid")];
            bench.eq("slot and side announced", self.coming, announced)?;
            self.best.push_back(Sooner {
                best,
                own: None,
                exact: None,
            });
        }
        if own && let Some(sooner) = self.best.iter_mut().find(|sooner| sooner.own.is_none()) {
            let words = bench.get_wide(self.ports.best_own);
            sooner.own = Some(Bundle::from_words(&self.half_layout, words));
        }
        if exact && let Some(sooner) = self.best.iter_mut().find(|sooner| sooner.exact.is_none()) {
            sooner.exact = Some(bench.is(self.ports.best_exact));
        }
        self.coming = self.ports.coming.map(|port| bench.get(port));
        Ok(())
    }

    /// What came ahead of a view is what the view says.
    fn same_best(&mut self, bench: &mut Bench, view: &Bundle) -> Verdict {
        let whole = self
            .best
            .pop_front()
            .and_then(|s| Some((s.best, s.own?, s.exact?)));
        let Some((best, own, exact)) = whole else {
            return bench.check(false, || "a view without a best level ahead of it".into());
        };
        for (field, of_view) in [
            ("slot", "meta.slot"),
            ("changed", "changed"),
            ("bid", "buy"),
            ("ts", "meta.ts"),
            ("seq", "meta.seq"),
            ("stamp", "meta.stamp"),
        ] {
            bench.eq(field, best.get(field), view.get(of_view))?;
        }
        let (own, mate) = (
            (own.get("key"), own.get("sz")),
            (best.get("mate_key"), best.get("mate_sz")),
        );
        let (bid, ask) = if best.get("bid") == 1 {
            (own, mate)
        } else {
            (mate, own)
        };
        for (side, shown) in [("bid", bid), ("ask", ask)] {
            let (px, sz) = (
                word(&view.get_bytes(&format!("{side}_px")), 0),
                word(&view.get_bytes(&format!("{side}_sz")), 0),
            );
            let key = match (sz, side) {
                (0, _) => u32::MAX,
                (_, "bid") => !px,
                _ => px,
            };
            bench.eq(side, shown, (key.into(), sz.into()))?;
        }
        let degraded = view.get("meta.flags") & u64::from(flag::DEGRADED) != 0;
        bench.eq("exact", exact, !degraded)
    }

    fn view(&mut self, bench: &mut Bench, expected: &Expected) -> Verdict {
        let view = Bundle::from_words(&self.view_layout, bench.get_wide(self.ports.view));
        self.tally.views += 1;
        self.same_best(bench, &view)?;
        for field in [
            "changed",
            "buy",
            "trade",
            "trade_qty",
            "meta.seq",
            "meta.stamp",
            "meta.ts",
            "meta.slot",
            "meta.event",
        ] {
            bench.eq(field, view.get(field), expected.op.get(field))?;
        }
        let flags = view.get("meta.flags");
        let degraded = flags & u64::from(flag::DEGRADED) != 0;
        let both = u64::from(flag::DEGRADED | flag::CROSSED);
        bench.eq("earlier flags", flags & !both, expected.op.get("meta.flags"))?;
        for (side, exact) in [("bid", &expected.bids), ("ask", &expected.asks)] {
            let prices = view.get_bytes(&format!("{side}_px"));
            let sizes = view.get_bytes(&format!("{side}_sz"));
            let shown: [Level; 10] = std::array::from_fn(|i| Level {
                px: word(&prices, i),
                sz: word(&sizes, i),
            });
            if !degraded {
                bench.check(shown == *exact, || {
                    format!(
                        "unflagged {side} of slot {}: {shown:?}, exact {exact:?}",
                        expected.op.get("meta.slot")
                    )
                })?;
            }
            for depth in [3, 5, 10] {
                let sum: u64 = shown[..depth].iter().map(|l| u64::from(l.sz)).sum();
                bench.eq(
                    &format!("{side}_{depth}"),
                    view.get(&format!("{side}_{depth}")),
                    sum,
                )?;
            }
        }
        let lost = self.lost[slot_index(view.get("meta.slot"))];
        self.tally.lost_views += u64::from(lost);
        if degraded {
            self.tally.degraded += 1;
            self.tally.lost_degraded += u64::from(lost);
        } else {
            bench.eq("crossed", flags & u64::from(flag::CROSSED) != 0, expected.crossed)?;
        }
        Ok(())
    }

    pub(crate) fn idle(&mut self, bench: &mut Bench, cycles: u64) -> Verdict {
        for _ in 0..cycles {
            self.cycle(bench)?;
        }
        Ok(())
    }

    /// Waits until the pace allows an operation whose message has that many bytes, then presents it.
    pub(crate) fn issue(&mut self, bench: &mut Bench, op: &LevelOp, changed: bool, bytes: u64) -> Verdict {
        let due = self.pace.due(&mut bench.rng, bench.model.cycles(), bytes);
        while bench.cycles() + 1 < due {
            self.cycle(bench)?;
        }
        if changed {
            self.golden.apply(op);
        }
        self.sequence += 1;
        let mut words = Bundle::zero(&self.op_layout);
        let flags = bench.rng.bits(3);
        words
            .set("meta.slot", u64::from(op.slot))
            .set("meta.seq", self.sequence)
            .set("meta.flags", flags)
            .set("meta.event", bench.rng.between(1, 9))
            .set("meta.ts", bench.rng.bits(48))
            .set("meta.stamp", bench.rng.bits(64))
            .set("changed", u64::from(changed))
            .set("buy", u64::from(op.side == Side::Bid))
            .set("trade", bench.rng.bits(1))
            .set("trade_qty", bench.rng.bits(32))
            .set("rem_valid", u64::from(op.remove.is_some()))
            .set("add_valid", u64::from(op.add.is_some()));
        let (rem_px, rem_qty) = op.remove.unwrap_or_else(|| random_pair(bench));
        let (add_px, add_qty) = op.add.unwrap_or_else(|| random_pair(bench));
        words
            .set("rem_px", u64::from(rem_px))
            .set("rem_qty", u64::from(rem_qty))
            .set("add_px", u64::from(add_px))
            .set("add_qty", u64::from(add_qty));
        self.announce(bench, op, changed)?;
        bench.set(self.ports.op_valid, 1);
        bench.set_wide(self.ports.op, words.words());
        self.expected.push_back(Expected {
            due: bench.cycles() + LATENCY,
            op: words,
            bids: self.golden.top(op.slot, Side::Bid),
            asks: self.golden.top(op.slot, Side::Ask),
            crossed: self.golden.is_crossed(op.slot),
        });
        self.cycle(bench)
    }

    pub(crate) fn add(&mut self, bench: &mut Bench, slot: u16, order: Order) -> Verdict {
        self.orders[usize::from(slot)].push(order);
        let op = LevelOp {
            slot,
            side: order.side,
            remove: None,
            add: Some((order.px, order.qty)),
        };
        self.issue(bench, &op, true, ADD_BYTES)
    }

    /// Takes some or all of an order; replaces it if a new one is given.
    pub(crate) fn take(
        &mut self,
        bench: &mut Bench,
        slot: u16,
        index: usize,
        part: bool,
        new: Option<(u32, u32)>,
    ) -> Verdict {
        let orders = &mut self.orders[usize::from(slot)];
        let order = orders[index];
        let taken = if part && order.qty > 1 {
            order.qty / 2
        } else {
            order.qty
        };
        if taken == order.qty {
            orders.swap_remove(index);
        } else {
            orders[index].qty -= taken;
        }
        if let Some((px, qty)) = new {
            orders.push(Order {
                side: order.side,
                px,
                qty,
            });
        }
        let op = LevelOp {
            slot,
            side: order.side,
            remove: Some((order.px, taken)),
            add: new,
        };
        let bytes = match (new, part) {
            (Some(_), _) => REPLACE_BYTES,
            (None, true) => CANCEL_BYTES,
            (None, false) => DELETE_BYTES,
        };
        self.issue(bench, &op, true, bytes)
    }

    /// Waits until the store is at rest, then looks at every slot: nothing may be degraded.
    pub(crate) fn settle(&mut self, bench: &mut Bench, exact: bool) -> Verdict {
        self.rest(bench)?;
        let before = self.tally.degraded;
        for slot in 0..self.slots {
            let op = LevelOp {
                slot,
                side: Side::Ask,
                remove: None,
                add: None,
            };
            self.issue(bench, &op, false, DELETE_BYTES)?;
        }
        self.idle(bench, LATENCY + 1)?;
        let degraded = self.tally.degraded - before;
        bench.check(!exact || degraded == 0, || {
            format!("{degraded} slots degraded at rest")
        })
    }

    pub(crate) fn rest(&mut self, bench: &mut Bench) -> Verdict {
        let mut waited = 0;
        bench.eval();
        while bench.is(self.ports.busy) {
            self.cycle(bench)?;
            waited += 1;
            bench.check(waited < REST_CYCLES, || "the store never rests".into())?;
        }
        Ok(())
    }

    /// Empties a slot and gives it a tick; other slots go on meanwhile if `traffic`.
    pub(crate) fn sweep(&mut self, bench: &mut Bench, slot: u16, tick: u32, traffic: bool) -> Verdict {
        self.idle(bench, 2)?;
        self.golden.clear_slot(slot);
        self.orders[usize::from(slot)].clear();
        self.ticks[usize::from(slot)] = tick;
        let [valid, slot_port, tick_port, reciprocal] = self.ports.sweep;
        // A bad reciprocal may only move prices off the grid.
        let recip = if bench.rng.percent(90) {
            contract::feature::grid_recip(tick)
        } else {
            12_345
        };
        for (port, value) in [
            (valid, 1),
            (slot_port, u64::from(slot)),
            (tick_port, u64::from(tick)),
            (reciprocal, u64::from(recip)),
        ] {
            bench.set(port, value);
        }
        let mut waited = 0;
        self.sweep_done = false;
        while !self.sweep_done {
            let other = u16::try_from(bench.rng.below(u64::from(self.slots))).expect("a slot");
            if traffic && other != slot && bench.rng.percent(30) {
                self.random_event(bench, other, Mood::Walk)?;
            }
            self.idle(bench, 1)?;
            waited += 1;
            bench.check(waited < REST_CYCLES, || "the sweep never ends".into())?;
        }
        bench.set(valid, 0);
        self.lost[usize::from(slot)] = false;
        self.idle(bench, 1)
    }

    /// Per 10,000 of the views of slots that have lost nothing.
    pub(crate) fn degraded_share(&self) -> u64 {
        let tally = &self.tally;
        (tally.degraded - tally.lost_degraded) * 10_000 / (tally.views - tally.lost_views).max(1)
    }

    /// The counters agree with what was seen.
    pub(crate) fn finish(&self, bench: &mut Bench) -> Verdict {
        bench.eq("degraded counted", self.counted_degraded, self.tally.degraded)?;
        println!("{} per 10,000 degraded, {:?}", self.degraded_share(), self.tally);
        Ok(())
    }
}

fn random_pair(bench: &mut Bench) -> (u32, u32) {
    let word = |bench: &mut Bench| u32::try_from(bench.rng.bits(32)).expect("32 bits");
    (word(bench), word(bench))
}

fn word(bytes: &[u8], index: usize) -> u32 {
    let at = 4 * index;
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn slot_index(slot: u64) -> usize {
    usize::try_from(slot).expect("a slot")
}
