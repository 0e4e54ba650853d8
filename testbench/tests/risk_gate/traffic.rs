//! Random traffic on the edges of every limit, register writes in every cycle, the feed and the host turning bad at any time.

use crate::world::World;
use contract::reg::{ARM_KEY, DISARM_KEY, RELEASE_DONE, SLOT, THROTTLE_KEY, index};
use contract::slot::Kind;
use testbench::golden::risk_gate::{Best, Request};
use testbench::{Rng, Verdict};

/// Slots that get traffic.
const BUSY: usize = 4;
/// Price around which the books stand.
const PRICE: u64 = 10_000;

/// The weather of a round.
#[derive(Debug, Clone, Copy)]
struct Weather {
    /// Per cent of cycles with such an event.
    writes: u64,
    views: u64,
    requests: u64,
    /// Per mille.
    trouble: u64,
    tx_ready: u64,
    entry_ready: u64,
    /// Quantities of all 32 bits, limits to match.
    huge: bool,
}

fn weather(rng: &mut Rng) -> Weather {
    Weather {
        writes: *rng.pick(&[2, 20, 50, 100]),
        views: *rng.pick(&[5, 30, 100]),
        requests: *rng.pick(&[30, 100, 100]),
        trouble: *rng.pick(&[0, 2, 20, 100]),
        tx_ready: *rng.pick(&[50, 100, 100]),
        entry_ready: *rng.pick(&[5, 50, 100, 100]),
        huge: rng.percent(25),
    }
}

fn word(value: u64) -> u32 {
    u32::try_from(value & 0xffff_ffff).expect("32 bits")
}

fn register(name: &str) -> usize {
    index(SLOT, name)
}

/// A limit register and a word for it.
fn limit(rng: &mut Rng, huge: bool) -> (usize, u32) {
    let max = u64::from(u32::MAX);
    let (name, value) = match rng.below(12) {
        0 => (
            "MAX_QTY",
            if huge {
                max - rng.below(2)
            } else {
                rng.between(60, 100)
            },
        ),
        1 => ("COLLAR", *rng.pick(&[0, 1, 10, 40, max - 1, max])),
        2 if huge => ("POSITION_MAX", max - rng.below(2)),
        2 => ("POSITION_MAX", rng.between(150, 400)),
        3 => ("OPEN_MAX", *rng.pick(&[1, 1, 2, 3, 8, 0xffff])),
        4 => ("NOTIONAL_MAX_LO", *rng.pick(&[max, 800_000, 0])),
        5 => ("NOTIONAL_MAX_HI", *rng.pick(&[0, 0, 1, max])),
        6 => ("SLOT_RATE_TOKENS", *rng.pick(&[2, 5, 0xffff, 0xffff])),
        7 => (
            "PERMIT",
            *rng.pick(&[0, 1, 2, 7, 15, 15, 15, 15, 15, 15, 31, 31, 31, max]),
        ),
        8 => ("BAND_LOW", *rng.pick(&[0, 0, 0, PRICE - 20, PRICE - 5, PRICE])),
        9 => (
            "BAND_HIGH",
            *rng.pick(&[PRICE, PRICE + 5, PRICE + 20, max, max, max]),
        ),
        10 => (
            "THROTTLE",
            *rng.pick(&[0, 3, 20, 200, 0xffff, 0xffff, 0xffff, 0xffff]),
        ),
        _ => ("SLOT_RATE_REFILL_NS", *rng.pick(&[0, 1, 13, 60, 300, max])),
    };
    (register(name), word(value))
}

fn best(rng: &mut Rng, huge: bool) -> Best {
    let max = u64::from(u32::MAX);
    let (mut bid, mut ask) = (rng.between(PRICE - 5, PRICE), rng.between(PRICE, PRICE + 5));
    if huge && rng.percent(30) {
        (bid, ask) = (rng.edgy(32), max - rng.below(3));
    }
    if rng.below(24) == 0 {
        let side = if rng.percent(50) { &mut bid } else { &mut ask };
        *side = 0;
    }
    let size = |rng: &mut Rng| word(if rng.below(12) == 0 { 0 } else { 1 + rng.below(max) });
    Best {
        bid: [word(bid), size(rng)],
        ask: [word(ask), size(rng)],
    }
}

/// One below, at, or one above.
fn around(rng: &mut Rng, edge: i128) -> i128 {
    edge + i128::from(rng.below(3)) - 1
}

fn clamped(value: i128) -> u32 {
    u32::try_from(value.clamp(0, u32::MAX.into())).expect("clamped")
}

impl World<'_> {
    /// An order that would do now, or misses by little.
    fn order(&mut self, huge: bool) -> Request {
        let slot = usize::try_from(self.bench.rng.below(BUSY as u64)).expect("small");
        let mut like = Request {
            kind: self.kind(),
            slot,
            buy: self.bench.rng.percent(50),
            ..Request::default()
        };
        let base = self.meant(&mut like);
        let slot = like.slot;
        let (limits, account) = (self.golden.limits[slot], self.golden.accounts[slot]);
        let best = self.golden.best(slot).unwrap_or_default();
        let gross = self.golden.gross();
        let facing = self.golden.facing(&like).unwrap_or(word(PRICE));
        let rng = &mut self.bench.rng;
        let buy = like.buy;
        let net = if buy { account.net } else { -account.net };
        let room = i128::from(limits.position) - net - account.open[usize::from(buy)] + i128::from(base);
        let mut qty = if huge {
            word(rng.edgy(31))
        } else {
            word(rng.between(1, 20))
        };
        if rng.percent(30) {
            let edge = *rng.pick(&[room, room, limits.qty.into(), 1]);
            qty = clamped(around(rng, edge));
        }
        let bounds = [
            i128::from(best.bid[0]) - i128::from(limits.collar),
            i128::from(best.ask[0]) + i128::from(limits.collar),
        ];
        let usual = if buy == rng.percent(90) {
            best.bid
        } else {
            best.ask
        };
        let mut price = usual[0];
        if rng.percent(40) {
            let bands = limits.bands.map(i128::from);
            let edges = [
                bounds[0],
                bounds[1],
                bands[0],
                bands[1],
                bands[0],
                bands[1],
                facing.into(),
                facing.into(),
                facing.into(),
                facing.into(),
            ];
            let edge = *rng.pick(&edges);
            price = clamped(around(rng, edge));
        }
        let mut notional = u64::from(qty) * u64::from(price);
        let [counted, most] = gross;
        if most < u64::MAX && rng.percent(10) {
            let edge = i128::from(most) - i128::from(counted);
            notional = u64::try_from(around(rng, edge).clamp(0, u64::MAX.into())).unwrap_or(0);
        } else if rng.percent(20) {
            notional =
                u64::try_from(around(rng, limits.notional.into()).clamp(0, u64::MAX.into())).unwrap_or(0);
        }
        (like.qty, like.price, like.notional) = (qty, price, notional);
        self.named(like)
    }

    /// The order it names, mostly one of the last and of its own slot and side; gives the shares of it that count.
    fn meant(&mut self, like: &mut Request) -> u32 {
        let next = self.inputs.next_ref;
        let rng = &mut self.bench.rng;
        let back = match rng.below(40) {
            0 => rng.between(254, 258),
            1 => rng.next_u64(),
            2 => 0,
            _ => rng.between(1, 6),
        };
        like.target_ref = next.wrapping_sub(word(back));
        let Some((slot, buy, qty)) = self.golden.original(like.target_ref, next) else {
            return 0;
        };
        let rng = &mut self.bench.rng;
        if like.kind != Kind::Replace as u8 {
            return 0;
        }
        if rng.percent(90) {
            (like.slot, like.buy) = (slot, buy);
        }
        if rng.below(30) == 0 {
            like.slot = usize::try_from(rng.below(BUSY as u64)).expect("small");
        }
        let edge = *rng.pick(&[qty, qty, 0]);
        like.orig_qty = clamped(around(rng, edge.into()));
        qty.min(like.orig_qty)
    }

    /// The order with a side, a token and numbers that would do, most of them.
    fn named(&mut self, order: Request) -> Request {
        let (last, epoch) = (self.golden.last_token(&order), self.inputs.epoch);
        let rng = &mut self.bench.rng;
        Request {
            sale: *rng.pick(b"SSSSSTE\0"),
            token: match rng.below(60) {
                0 => word(rng.edgy(20)),
                1..4 => clamped(around(rng, last.into())),
                _ => last.saturating_add(word(rng.between(1, 3))),
            },
            order_seq: word(rng.next_u64()),
            epoch: if rng.below(60) == 0 {
                epoch ^ 1 << rng.below(16)
            } else {
                epoch
            },
            malformed: rng.below(60) == 0,
            out_of_sequence: rng.below(60) == 0,
            target_ref: if order.kind == Kind::Raw as u8 {
                word(rng.next_u64() << 4 | rng.between(3, 14))
            } else {
                order.target_ref
            },
            stamp: rng.next_u64(),
            ..order
        }
    }

    fn kind(&mut self) -> u8 {
        let kinds = [
            Kind::Enter,
            Kind::Enter,
            Kind::Enter,
            Kind::Cancel,
            Kind::Replace,
            Kind::Replace,
            Kind::Modify,
            Kind::MassCancel,
            Kind::Watchdog,
            Kind::DisableEntry,
            Kind::EnableEntry,
            Kind::Raw,
            Kind::Trigger,
        ];
        // A kind that is none is held to what an order is.
        if self.bench.rng.below(25) == 0 {
            return *self.bench.rng.pick(&[0, 11, 0x12, 0x23, 0x46, 0x87]);
        }
        *self.bench.rng.pick(&kinds) as u8
    }

    /// A register write by the host, most of them about positions.
    fn write(&mut self, huge: bool) -> (usize, usize, u32) {
        let rng = &mut self.bench.rng;
        let slot = usize::try_from(rng.below(BUSY as u64)).expect("small");
        let account = self.golden.accounts[slot];
        let (at, word) = match rng.below(12) {
            0 => limit(rng, huge),
            1..=3 => {
                let side = usize::from(rng.percent(50));
                let name = ["OPEN_RELEASE_SELL", "OPEN_RELEASE_BUY"][side];
                let edge = *rng.pick(&[account.open[side], 10, 1]);
                let shares = clamped(around(rng, edge)) & !RELEASE_DONE;
                (
                    register(name),
                    if rng.percent(60) {
                        shares | RELEASE_DONE
                    } else {
                        shares
                    },
                )
            }
            4..=6 if huge => (register("POSITION_ADD"), word(rng.edgy(32))),
            4..=6 => {
                let home = account.net.clamp(-100, 100);
                let shares = i128::from(rng.between(0, 30)) - 15 - home / 8;
                (
                    register("POSITION_ADD"),
                    i32::try_from(shares).unwrap_or(0).cast_unsigned(),
                )
            }
            7 => (register("POSITION_LOAD"), word(rng.below(4))),
            8 if huge => (register("POSITION_SET"), word(rng.edgy(32))),
            8 => (register("POSITION_SET"), word(rng.below(100))),
            _ => {
                let others: [&str; 4] = ["GRID_TICK", "LOCATE", "QTY_SHIFT", "HALT_SET"];
                (register(rng.pick::<&str>(&others)), word(rng.next_u64()))
            }
        };
        (slot, at, word)
    }

    /// Host and feed: what goes wrong, what is put right again.
    fn trouble(&mut self, per_mille: u64) {
        let rng = &mut self.bench.rng;
        let [_, armed, killed, _, fresh] = self.golden.status();
        let bad = rng.below(1000) < per_mille;
        for flag in 0..4 {
            let good = if flag == 0 { u64::MAX } else { 0 };
            if self.inputs.flags[flag] == good {
                if rng.below(300) < per_mille {
                    self.inputs.flags[flag] ^= rng.next_u64() & rng.next_u64();
                }
            } else if rng.percent(10) {
                self.inputs.flags[flag] = good;
            }
        }
        self.inputs.events_full = if self.inputs.events_full {
            rng.percent(80)
        } else {
            rng.below(4000) < per_mille
        };
        self.inputs.word = word(rng.next_u64());
        self.inputs.pulses[1] = bad && rng.percent(30);
        if (!armed || killed) && rng.percent(15) || rng.below(3000) < per_mille {
            self.inputs.pulses[0] = true;
            self.inputs.word = *rng.pick(&[ARM_KEY, ARM_KEY, ARM_KEY, DISARM_KEY, ARM_KEY ^ 1]);
        }
        if rng.below(100) == 0 {
            self.inputs.word = *rng.pick(&[u32::MAX, 1, ARM_KEY | 1]);
            self.inputs.pulses[3] = true;
        }
        if !self.inputs.pulses.contains(&true) {
            self.more_trouble();
        }
        let rng = &mut self.bench.rng;
        let usual = if fresh { 2 } else { 15 };
        self.inputs.pulses[2] = rng.percent(usual);
        if rng.below(150) == 0 {
            let now = self.inputs.now;
            self.inputs.timeout = *rng.pick(&[1_000, 600, 13, 1, u32::MAX]);
            self.inputs.epoch = u16::try_from(rng.below(3)).expect("below 3");
            self.inputs.rate = (*rng.pick(&[3, 40, 0xffff, 0xffff]), *rng.pick(&[0, 1, 30, 200]));
            if bad {
                self.inputs.timeout = 0;
                self.inputs.rate.0 = 0;
                self.inputs.now = *rng.pick(&[
                    now.wrapping_add(1_020),
                    now.wrapping_add(5_000),
                    now.wrapping_sub(300),
                    now.wrapping_neg(),
                    u64::MAX - 9,
                ]);
            }
        }
    }

    /// Numberings begin anew, throttles are cleared, the connection moves.
    fn more_trouble(&mut self) {
        let rng = &mut self.bench.rng;
        match rng.below(400) {
            0 => {
                self.inputs.more_pulses[0] = true;
                self.inputs.word = word(rng.next_u64());
            }
            1..16 => {
                self.inputs.more_pulses[1] = true;
                let key = THROTTLE_KEY ^ u32::from(rng.percent(20)) << rng.between(6, 31);
                self.inputs.word = key + word(rng.below(6));
            }
            16..20 => {
                let some = rng.below(1_000);
                let flight = *rng.pick(&[0, 1, 100, u64::from(u32::MAX) - 20, some]);
                let room = *rng.pick(&[0, 3, 12, 13, 14, 21, 22, 42, 43, 49, 50, 51, 1_000, 1_000, 1_000]);
                let ack = word(rng.edgy(32));
                let window = word((flight + room).min(u32::MAX.into()));
                let next = ack.wrapping_add(word(flight));
                self.inputs.tcp = Some([next, ack, window]).filter(|_| rng.percent(25));
                self.inputs.throttle_ns = *rng.pick(&[0, 20, 200]);
            }
            21..26 => {
                self.inputs.gross_add = true;
                let [counted, most] = self.golden.gross();
                let edge = *rng.pick(&[most, counted, u64::MAX, 1 << 20]);
                let value = *rng.pick(&[0, edge / 2, edge, edge.wrapping_neg(), counted.wrapping_neg()]);
                self.inputs.word = word(value);
                self.inputs.gross_add_hi = word(value >> 32);
            }
            26..29 => {
                let [counted, _] = self.golden.gross();
                let some = rng.below(8_000_000);
                let above = counted.saturating_add(some);
                self.inputs.gross_max = *rng.pick(&[u64::MAX, u64::MAX, u64::MAX, above, above, some]);
            }
            20 => {
                self.inputs.renumber = true;
                self.inputs.word = word(rng.edgy(32));
            }
            _ => {}
        }
    }

    fn act(&mut self, weather: Weather) {
        if self.inputs.request.is_none() && self.bench.rng.percent(weather.requests) {
            let order = self.order(weather.huge);
            self.offer(order);
        }
        if self.bench.rng.percent(weather.writes) {
            self.inputs.write = Some(self.write(weather.huge));
        }
        if self.bench.rng.percent(weather.views) {
            let slot = usize::try_from(self.bench.rng.below(BUSY as u64)).expect("small");
            let best = best(&mut self.bench.rng, weather.huge);
            self.show(slot, best);
        }
        if self.bench.rng.below(300) == 0 {
            self.inputs.clear = Some(usize::try_from(self.bench.rng.below(BUSY as u64)).expect("small"));
        }
        self.inputs.tx_ready = self.bench.rng.percent(weather.tx_ready);
        self.inputs.entry_ready = self.bench.rng.percent(weather.entry_ready);
        self.inputs.read = usize::try_from(self.bench.rng.below(self.slots as u64)).expect("small");
        self.trouble(weather.trouble);
    }

    /// Limits for every busy slot, a commit, an armed gate.
    fn set_up(&mut self, huge: bool) -> Verdict {
        self.withdraw();
        // Whatever the last weather has counted, there is room.
        self.inputs.gross_max = u64::MAX;
        for slot in 0..BUSY {
            for _ in 0..60 {
                let (at, word) = limit(&mut self.bench.rng, huge);
                self.inputs.write = Some((slot, at, word));
                self.cycle()?;
            }
            self.inputs.write = Some((slot, register("POSITION_LOAD"), 1));
            self.cycle()?;
        }
        self.inputs.flags = [u64::MAX, 0, 0, 0];
        self.inputs.word = ARM_KEY | 1;
        self.inputs.pulses = [false, false, true, true];
        self.cycle()?;
        self.inputs.word = ARM_KEY;
        self.inputs.pulses = [true, false, true, false];
        self.cycle()
    }
}

/// Rounds of traffic, each with another weather.
pub(crate) fn random(world: &mut World<'_>, rounds: u32) -> Verdict {
    world.inputs.timeout = 1_000;
    world.inputs.rate = (0xffff, 30);
    world.inputs.gross_max = u64::MAX;
    for round in 0..rounds {
        let weather = weather(&mut world.bench.rng);
        if round % 3 == 0 {
            world.set_up(weather.huge)?;
        }
        for _ in 0..world.bench.rng.between(200, 600) {
            world.act(weather);
            world.cycle()?;
        }
        if round % 16 == 15 {
            world.reset();
        }
    }
    Ok(())
}
