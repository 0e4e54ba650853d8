//! Sorted rows: random events at every spacing, both rows of each result against the golden model.
//!
//! `TICKFORGE_SOAK_EVENTS` sets the events of the soak run; the default slice is checked in every run.

use gateware::emit::Size;
use std::collections::VecDeque;
use testbench::golden::level_row::{Action, Effect, LEVELS, LevelRows, Row};
use testbench::{Bench, Rng, Verdict};
use verilated::PortId;

/// Cycles from an event to its result.
const LATENCY: u64 = 7;
/// Cycles from an event to the mate's best level and to the own one.
const LEADS: [u64; 2] = [5, 6];
/// Quantity bits of the sizes, as `gateware::level_row::build` sets them.
const QUANTITY_BITS_SMALL: u32 = 44;

struct Side {
    more_text: &'static str,
    levels_text: &'static str,
    more: PortId,
    valid: Vec<PortId>,
    price: Vec<PortId>,
    quantity: Vec<PortId>,
}

impl Side {
    fn new(bench: &Bench, name: &str, more_text: &'static str, levels_text: &'static str) -> Self {
        let levels = |what: &str| {
            (0..LEVELS)
                .map(|k| bench.port(&format!("{name}_{what}_{k}")))
                .collect()
        };
        Self {
            more_text,
            levels_text,
            more: bench.port(&format!("{name}_more")),
            valid: levels("valid"),
            price: levels("price"),
            quantity: levels("quantity"),
        }
    }

    /// Every level, the empty ones too, which must read zero.
    fn check(&self, bench: &mut Bench, row: &Row) -> Verdict {
        bench.eq(self.more_text, bench.is(self.more), row.more)?;
        let mut shown = [(0, 0, 0); LEVELS];
        let mut expected = [(0, 0, 0); LEVELS];
        for (k, level) in shown.iter_mut().enumerate() {
            *level = (
                bench.get(self.valid[k]),
                bench.get(self.price[k]),
                bench.get(self.quantity[k]),
            );
        }
        for (slot, level) in expected.iter_mut().zip(&row.levels) {
            *slot = (1, u64::from(level.price), u64::from(level.shown()));
        }
        bench.eq(self.levels_text, shown, expected)
    }
}

struct Ports {
    reset: PortId,
    valid: PortId,
    row: PortId,
    kind: PortId,
    removes: PortId,
    remove_price: PortId,
    remove_quantity: PortId,
    adds: PortId,
    add_price: PortId,
    add_quantity: PortId,
    tag: PortId,
    result_valid: PortId,
    result_row: PortId,
    result_tag: PortId,
    lead_mate: [PortId; 2],
    lead_own: [PortId; 2],
}

impl Ports {
    fn new(bench: &Bench) -> Self {
        Self {
            reset: bench.port("reset"),
            valid: bench.port("event_valid"),
            row: bench.port("event_row"),
            kind: bench.port("event_kind"),
            removes: bench.port("event_removes"),
            remove_price: bench.port("event_remove_price"),
            remove_quantity: bench.port("event_remove_quantity"),
            adds: bench.port("event_adds"),
            add_price: bench.port("event_add_price"),
            add_quantity: bench.port("event_add_quantity"),
            tag: bench.port("event_tag"),
            result_valid: bench.port("result_valid"),
            result_row: bench.port("result_row"),
            result_tag: bench.port("result_tag"),
            lead_mate: ["first_mate_key", "first_mate_quantity"].map(|name| bench.port(name)),
            lead_own: ["first_own_key", "first_own_quantity"].map(|name| bench.port(name)),
        }
    }

    /// The best levels that are ahead of the result.
    fn leads(&self, bench: &mut Bench, expected: &Expected) -> Verdict {
        let cycle = bench.cycles();
        let rows = [
            (
                "best of the mate",
                self.lead_mate,
                &expected.mate,
                expected.index ^ 1,
            ),
            (
                "best of the own row",
                self.lead_own,
                &expected.own,
                expected.index,
            ),
        ];
        for ((what, ports, row, index), lead) in rows.into_iter().zip(LEADS) {
            if cycle + LATENCY - lead == expected.cycle {
                let best = row.levels.first().map_or((u64::from(u32::MAX), 0), |level| {
                    (
                        u64::from(LevelRows::key(index, level.price)),
                        u64::from(level.shown()),
                    )
                });
                bench.eq(what, (bench.get(ports[0]), bench.get(ports[1])), best)?;
            }
        }
        Ok(())
    }

    /// No event; the other inputs are noise, half of it such as could be meant: what is not used must not matter.
    fn noise(&self, bench: &mut Bench, row_bits: u32, mood: &Mood) {
        let mut rng = bench.rng.fork();
        let plausible = rng.percent(50);
        let mut number = |width: u32, likely: u64| if plausible { likely } else { rng.bits(width) };
        let (remove_price, add_price) = (mood.price(&mut bench.rng), mood.price(&mut bench.rng));
        bench.set(self.remove_price, number(32, u64::from(remove_price)));
        bench.set(self.remove_quantity, number(32, 1));
        bench.set(self.add_price, number(32, u64::from(add_price)));
        bench.set(self.add_quantity, number(QUANTITY_BITS_SMALL, 1));
        bench.set(self.row, rng.bits(row_bits));
        bench.set(self.kind, rng.bits(2));
        bench.set(self.removes, rng.bits(1));
        bench.set(self.adds, rng.bits(1));
        bench.set(self.tag, rng.next_u64());
        bench.set(self.valid, 0);
    }

    fn drive(&self, bench: &mut Bench, row: usize, action: Action, tag: u64) {
        bench.set(self.valid, 1);
        bench.set(self.row, row as u64);
        bench.set(self.tag, tag);
        let kind = match action {
            Action::Normal { remove, add } => {
                bench.set(self.removes, u64::from(remove.is_some()));
                bench.set(self.adds, u64::from(add.is_some()));
                if let Some((price, quantity)) = remove {
                    bench.set(self.remove_price, u64::from(price));
                    bench.set(self.remove_quantity, u64::from(quantity));
                }
                if let Some((price, quantity)) = add {
                    bench.set(self.add_price, u64::from(price));
                    bench.set(self.add_quantity, quantity);
                }
                0
            }
            Action::RefillAppend { price, quantity } => {
                bench.set(self.add_price, u64::from(price));
                bench.set(self.add_quantity, quantity);
                1
            }
            Action::RefillDone => 2,
            Action::Clear => 3,
        };
        bench.set(self.kind, kind);
    }
}

/// What the stimulus favours; drawn anew every few hundred events.
#[derive(Debug, Clone, Copy)]
struct Mood {
    base: u32,
    span: u64,
    remove_percent: u64,
    add_percent: u64,
    spacing: u64,
    rows: u64,
    last_rows: bool,
    huge: bool,
    /// Without refills rows drain while more levels lie beyond.
    refills: bool,
    echo_percent: u64,
    /// Prices of the event in front.
    recent: [u32; 2],
    /// The event in front removed a level of a full row and added its tail.
    chase: bool,
}

impl Mood {
    fn draw(rng: &mut Rng) -> Self {
        let span = *rng.pick(&[3, 12, 24, 60]);
        let (remove_percent, add_percent) = *rng.pick(&[(62, 62), (25, 88), (88, 25), (75, 75)]);
        Self {
            base: *rng.pick(&[0, 1_000, 0x7fff_fff0, u32::MAX - 70]),
            span,
            remove_percent,
            add_percent,
            spacing: rng.below(4),
            rows: rng.below(3),
            last_rows: rng.percent(50),
            huge: rng.percent(30),
            refills: rng.percent(50),
            echo_percent: *rng.pick(&[5, 15, 60]),
            recent: [0; 2],
            chase: false,
        }
    }

    fn gap(&self, rng: &mut Rng) -> u64 {
        match self.spacing {
            0 => 2,
            1 => rng.between(2, 3),
            2 => rng.between(2, 6),
            _ if rng.percent(25) => rng.between(2, 12),
            _ => 2,
        }
    }

    fn row(&self, rng: &mut Rng, rows: usize, last: usize) -> usize {
        // Eight rows at either end: enough to meet, few enough to fill.
        let first = if self.last_rows { rows - 8 } else { 0 };
        let any = first + usize::try_from(rng.below(8)).expect("a row");
        match self.rows {
            0 if rng.percent(85) => last,
            1 if rng.percent(95) => (last & !1) | (any & 1),
            _ => any,
        }
    }

    fn price(&self, rng: &mut Rng) -> u32 {
        let offset = u32::try_from(rng.below(self.span)).expect("a small span");
        self.base + offset
    }

    fn action(&mut self, rng: &mut Rng, index: usize, row: &Row) -> Action {
        let chased = std::mem::take(&mut self.chase);
        if let (true, Some(tail)) = (
            chased,
            row.levels.last().filter(|tail| tail.price == self.recent[1]),
        ) {
            let remove = Some((tail.price, tail.shown()));
            return Action::Normal { remove, add: None };
        }
        match rng.below(512) {
            0 => return Action::Clear,
            117..=130 if row.levels.len() == LEVELS && !row.more => {
                if let Some(action) = self.new_tail(rng, index, row) {
                    return action;
                }
            }
            1..=16 if self.refills => return Action::RefillDone,
            17..=116 if self.refills && row.more => {
                if let Some(append) = self.append(rng, index, row) {
                    return append;
                }
            }
            _ => {}
        }
        let mut remove = rng.percent(self.remove_percent).then(|| self.removal(rng, row));
        let mut add = rng
            .percent(self.add_percent)
            .then(|| self.addition(rng, index, row));
        if let (Some(taken), Some(added)) = (&mut remove, &mut add)
            && rng.percent(16)
        {
            added.0 = taken.0;
            if row.levels.iter().all(|level| level.price != taken.0) {
                taken.1 = 1;
            }
        }
        if let Some(added) = &mut add {
            let total = row
                .levels
                .iter()
                .find(|level| level.price == added.0)
                .map_or(0, |level| level.quantity);
            if total + added.1 >= 1 << (QUANTITY_BITS_SMALL - 1) {
                added.1 = 1;
            }
        }
        self.recent = [
            remove.map_or(self.recent[0], |taken| taken.0),
            add.map_or(self.recent[1], |added| added.0),
        ];
        Action::Normal { remove, add }
    }

    /// A level of a full row vanishes, and the one added is the last.
    fn new_tail(&mut self, rng: &mut Rng, index: usize, row: &Row) -> Option<Action> {
        let tail = row.levels.last()?.price;
        let price = if index & 1 == 1 {
            tail.checked_sub(1)?
        } else {
            tail.checked_add(1)?
        };
        let level = rng.pick(&row.levels);
        if level.quantity > u64::from(u32::MAX) {
            return None;
        }
        self.chase = true;
        self.recent = [level.price, price];
        let remove = Some((level.price, level.shown()));
        let add = Some((price, rng.between(1, 3)));
        Some(Action::Normal { remove, add })
    }

    fn append(&self, rng: &mut Rng, index: usize, row: &Row) -> Option<Action> {
        let recent = self.recent[1];
        let beyond = row
            .levels
            .iter()
            .all(|level| LevelRows::better(index, level.price, recent));
        let price = match row.levels.last() {
            // What has just been refused comes back from the store.
            _ if beyond && rng.percent(60) => recent,
            None => self.price(rng),
            Some(tail) => {
                let step = u32::try_from(rng.between(1, 3)).expect("a small step");
                if index & 1 == 1 {
                    tail.price.checked_sub(step)?
                } else {
                    tail.price.checked_add(step)?
                }
            }
        };
        let quantity = if self.huge {
            rng.between(1, 1 << 40)
        } else {
            rng.between(1, 3)
        };
        Some(Action::RefillAppend { price, quantity })
    }

    /// Mostly a level of the row, often all of it; never more than it holds. Now and then nothing at all.
    fn removal(&self, rng: &mut Rng, row: &Row) -> (u32, u32) {
        let added = row.levels.iter().find(|level| level.price == self.recent[1]);
        if let Some(level) = added.filter(|_| rng.percent(8)) {
            return (level.price, level.shown());
        }
        if row.levels.is_empty() || rng.percent(12 + self.echo_percent / 2) {
            let price = if rng.percent(50) {
                self.price(rng)
            } else {
                *rng.pick(&self.recent)
            };
            let held = row.levels.iter().find(|level| level.price == price);
            let most = if rng.percent(30) { 0 } else { 7 };
            return (price, held.map_or(most, |level| level.shown().min(most)));
        }
        let edge = *rng.pick(&[0, row.levels.len() - 1]);
        let level = if rng.percent(33) {
            row.levels[edge]
        } else {
            *rng.pick(&row.levels)
        };
        let all = level.shown();
        let part = u32::try_from(rng.between(1, 3)).expect("a small part");
        (level.price, if rng.percent(60) { all } else { all.min(part) })
    }

    fn addition(&self, rng: &mut Rng, index: usize, row: &Row) -> (u32, u64) {
        let price = if rng.percent(self.echo_percent) {
            *rng.pick(&self.recent)
        } else if !row.levels.is_empty() && rng.percent(20) {
            rng.pick(&row.levels).price
        } else if let Some(tail) = row.levels.last()
            && rng.percent(20)
        {
            // Just in front of the tail, or at it.
            if index & 1 == 1 {
                tail.price.saturating_add(1)
            } else {
                tail.price.saturating_sub(1)
            }
        } else {
            self.price(rng)
        };
        let quantity = match rng.below(16) {
            // One high bit alone: losing it shows.
            0..=2 if self.huge => (1 << rng.between(32, 41)) + rng.below(3),
            3..=5 if self.huge => u64::from(u32::MAX) - rng.below(2),
            // Any bits, of which all can be taken again when a little has come to them.
            6..=9 if self.huge => rng.between(1, (1 << 31) - 1),
            _ => rng.between(1, 3),
        };
        (price, quantity)
    }
}

/// How often the cases that matter came up.
#[derive(Debug, Default)]
struct Coverage {
    vanished: u64,
    aggregated: u64,
    pushed: u64,
    refused: u64,
    replaced: u64,
    full: u64,
    appended: u64,
    refilled: u64,
    cleared: u64,
    saturated: u64,
    same_row_run: u64,
    mate_run: u64,
    odd_spacing: u64,
}

impl Coverage {
    fn note(&mut self, action: Action, effect: Effect, row: &Row) {
        self.vanished += u64::from(effect.vanished);
        self.aggregated += u64::from(effect.aggregated);
        self.pushed += u64::from(effect.pushed);
        self.refused += u64::from(effect.refused);
        self.replaced += u64::from(effect.vanished && effect.inserted);
        self.full += u64::from(row.levels.len() == LEVELS);
        self.appended += u64::from(matches!(action, Action::RefillAppend { .. }));
        self.refilled += u64::from(action == Action::RefillDone);
        self.cleared += u64::from(action == Action::Clear);
        self.saturated += u64::from(
            row.levels
                .iter()
                .any(|level| level.quantity > u64::from(u32::MAX)),
        );
    }

    fn check(&self, bench: &mut Bench) -> Verdict {
        let counts = [
            self.vanished,
            self.aggregated,
            self.pushed,
            self.refused,
            self.replaced,
            self.full,
            self.appended,
            self.refilled,
            self.cleared,
            self.saturated,
            self.same_row_run,
            self.mate_run,
            self.odd_spacing,
        ];
        bench.check(counts.iter().all(|&count| count >= 10), || {
            format!("the stimulus misses cases: {self:?}")
        })
    }
}

struct Expected {
    cycle: u64,
    index: usize,
    tag: u64,
    own: Row,
    mate: Row,
}

fn scenario(bench: &mut Bench, events: u64) -> Verdict {
    let ports = Ports::new(bench);
    let own = Side::new(bench, "own", "own more", "own levels");
    let mate = Side::new(bench, "mate", "mate more", "mate levels");
    let row_bits = bench.model.describe(ports.row).width;
    let rows = 1_usize << row_bits;
    let mut golden = LevelRows::new(rows);
    let mut pending: VecDeque<Expected> = VecDeque::new();
    let mut coverage = Coverage::default();
    let mut mood = Mood::draw(&mut bench.rng);
    let (mut sent, mut last, mut next_cycle) = (0, 0, 0);
    bench.reset();
    while sent < events || !pending.is_empty() {
        if bench.rng.below(4_000) == 0 {
            ports.noise(bench, row_bits, &mood);
            bench.set(ports.valid, 1);
            bench.set(ports.reset, 1);
            for _ in 0..bench.rng.between(1, 3) {
                bench.tick();
            }
            bench.set(ports.reset, 0);
            golden.reset();
            pending.clear();
        }
        ports.noise(bench, row_bits, &mood);
        let cycle = bench.cycles();
        if sent < events && cycle >= next_cycle {
            if bench.rng.below(300) == 0 {
                mood = Mood::draw(&mut bench.rng);
            }
            let index = mood.row(&mut bench.rng, rows, last);
            let action = mood.action(&mut bench.rng, index, golden.row(index));
            let tag = bench.rng.next_u64();
            ports.drive(bench, index, action, tag);
            let effect = golden.apply(index, action);
            coverage.note(action, effect, golden.row(index));
            if cycle == next_cycle {
                coverage.same_row_run += u64::from(index == last);
                coverage.mate_run += u64::from(index == last ^ 1);
            }
            pending.push_back(Expected {
                cycle: cycle + LATENCY,
                index,
                tag,
                own: golden.row(index).clone(),
                mate: golden.mate(index).clone(),
            });
            let gap = mood.gap(&mut bench.rng);
            coverage.odd_spacing += gap & 1;
            next_cycle = cycle + gap;
            last = index;
            sent += 1;
        }
        bench.eval();
        for expected in &pending {
            ports.leads(bench, expected)?;
        }
        let due = pending.front().is_some_and(|expected| expected.cycle == cycle);
        bench.eq("result in this cycle", bench.is(ports.result_valid), due)?;
        if due && let Some(expected) = pending.pop_front() {
            bench.eq("row", bench.get(ports.result_row), expected.index as u64)?;
            bench.eq("tag", bench.get(ports.result_tag), expected.tag)?;
            own.check(bench, &expected.own)?;
            mate.check(bench, &expected.mate)?;
        }
        bench.tick();
    }
    coverage.check(bench)?;
    bench.eq("reset is released", bench.is(ports.reset), false)
}

#[test]
fn small_against_golden() {
    testbench::run_seeds("level_row", Size::Small, 1..=4, |bench| scenario(bench, 25_000));
}

#[test]
fn sim_against_golden() {
    testbench::run("level_row", Size::Sim, |bench| scenario(bench, 20_000));
}

#[test]
fn alveo_against_golden() {
    testbench::run("level_row", Size::Alveo, |bench| scenario(bench, 20_000));
}

/// A million events; `cargo test -p testbench --test level_row -- --ignored`.
#[test]
#[ignore = "soak: minutes"]
fn soak() {
    let events = std::env::var("TICKFORGE_SOAK_EVENTS").map_or(1_000_000, |text| {
        text.parse().expect("TICKFORGE_SOAK_EVENTS is a number")
    });
    testbench::run("level_row", Size::Small, |bench| scenario(bench, events));
}

testbench::mutants!("level_row", Size::Small, 150, 9, |bench| scenario(bench, 80_000));
