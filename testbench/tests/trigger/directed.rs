//! One trigger at a time: what an arming is, and is not, told by.

use crate::world::World;
use contract::event::{Code, TRIGGER_BODY, TriggerCause};
use contract::layout::{get_bits, lsb, width};
use contract::trigger::{COMPARES, Compare, Condition, arm_word};
use testbench::Verdict;
use testbench::golden::trigger::{Level, Words};

const SLOT: usize = 1;

/// A buy when the bid is three times the ask.
const HALF: Condition = Condition {
    compare: Compare::ObiAtLeast,
    threshold: 16_384,
};

fn book(bid: u32, ask: u32) -> Level {
    Level {
        slot: SLOT,
        changed: true,
        exact: true,
        ts: 5_000,
        seq: 77,
        stamp: 1 << 45 | 99,
        bid: [10_000, bid],
        ask: [10_100, ask],
    }
}

impl World<'_> {
    fn arm(&mut self, condition: Condition) -> Verdict {
        self.inputs.words = Words {
            letters: u32::from_le_bytes(*b"B3YP"),
            routing: u16::from_le_bytes(*b"NN"),
            qty: 100,
            price: 10_100,
            token: 4_711,
            cl_ord_id: *b"TRIGGER0000001",
            compare: condition.compare as u8,
            threshold: condition.threshold,
            constants: condition.constants(0),
            itch_expiry: 6_000,
            expiry: self.inputs.now + 1_000_000,
            arm_seq: 12,
        };
        self.inputs.pulses = [true, false];
        self.inputs.data = arm_word(u8::try_from(SLOT).expect("small"), self.inputs.epoch);
        self.idle(8)
    }

    /// A level, and the verdict of the block on it: whether an order came.
    fn show(&mut self, level: Level) -> Result<bool, testbench::Failure> {
        self.coming = Some(level);
        self.idle(2)?;
        let mut came = false;
        for _ in 0..6 {
            came |= self.golden.request().is_some();
            self.cycle()?;
        }
        Ok(came)
    }

    fn expect(&mut self, what: &str, got: bool, wanted: bool) -> Verdict {
        self.bench.eq(what, got, wanted)
    }

    /// The cause of the entry that comes.
    fn told(&mut self) -> Result<Option<(u8, u8)>, testbench::Failure> {
        for _ in 0..40 {
            if let Some(entry) = self.golden.entry() {
                self.cycle()?;
                let cause = get_bits(
                    &entry[8..],
                    lsb(TRIGGER_BODY, "cause"),
                    width(TRIGGER_BODY, "cause"),
                );
                return Ok(Some((entry[7], cause.to_le_bytes()[0])));
            }
            self.cycle()?;
        }
        Ok(None)
    }
}

/// Level, not edge; never by arming; once.
fn once(world: &mut World<'_>) -> Verdict {
    // The condition holds before it is armed: arming alone does nothing, the next event fires.
    world.show(book(300, 100))?;
    world.arm(HALF)?;
    let quiet = world.golden.request().is_none() && world.golden.armed() == 1 << SLOT;
    world.expect("arming alone does nothing", quiet, true)?;
    let other = Level {
        changed: false,
        ..book(300, 100)
    };
    let fired = world.show(other)?;
    world.expect("what changes no book does nothing", fired, false)?;
    let vague = Level {
        exact: false,
        ..book(300, 100)
    };
    let fired = world.show(vague)?;
    world.expect("a degraded book does nothing", fired, false)?;
    let fired = world.show(book(299, 100))?;
    world.expect("below", fired, false)?;
    world.inputs.entry_ready = false;
    let fired = world.show(book(300, 100))?;
    world.expect("at the threshold", fired, true)?;
    world.inputs.entry_ready = true;
    let told = world.told()?;
    world
        .bench
        .eq("told", told, Some((Code::TriggerFired as u8, 0)))?;
    let fired = world.show(book(900, 100))?;
    world.expect("once", fired, false)
}

/// The least threshold, whose first constant has all its bits: only a book without a bid is that low.
fn least(world: &mut World<'_>) -> Verdict {
    world.inputs.clear = Some(SLOT);
    world.arm(Condition {
        compare: Compare::ObiAtMost,
        threshold: i16::MIN,
    })?;
    let fired = world.show(book(1, 1_000_000))?;
    world.expect("a bid of one share", fired, false)?;
    let fired = world.show(Level {
        bid: [0, 0],
        ..book(0, 100)
    })?;
    world.expect("no bid", fired, true)
}

/// Both sides of every comparator.
fn boundaries(world: &mut World<'_>) -> Verdict {
    for compare in COMPARES {
        for threshold in [-16_384, 0, 100] {
            for off in [-2_i64, -1, 0, 1, 2] {
                world.inputs.clear = Some(SLOT);
                let quiet = match compare {
                    Compare::ObiAtLeast => book(1, 1_000_000_000),
                    Compare::ObiAtMost => book(1_000_000_000, 1),
                    _ => book(1_000_000, 1),
                };
                world.show(quiet)?;
                world.arm(Condition { compare, threshold })?;
                let t = i64::from(threshold);
                let level = match compare {
                    Compare::ObiAtLeast | Compare::ObiAtMost => book(
                        u32::try_from((32_768 + t) * 1_000 + off).expect("positive"),
                        u32::try_from((32_768 - t) * 1_000).expect("positive"),
                    ),
                    _ => book(u32::try_from(1_000_000 + t + off).expect("positive"), 1),
                };
                let holds = match compare {
                    Compare::ObiAtLeast | Compare::OfiAtLeast => off >= 0,
                    _ => off <= 0,
                };
                let fired = world.show(level)?;
                world.expect(&format!("{compare:?} {threshold} off {off}"), fired, holds)?;
                world.inputs.pulses = [false, true];
                world.inputs.data = u32::try_from(SLOT).expect("small");
                world.idle(12)?;
            }
        }
    }
    Ok(())
}

/// Causes, each alone, and in the cycle of a firing.
fn causes(world: &mut World<'_>) -> Verdict {
    for cause in [
        TriggerCause::Killed,
        TriggerCause::NotArmed,
        TriggerCause::Heartbeat,
        TriggerCause::Session,
        TriggerCause::Epoch,
        TriggerCause::Stale,
        TriggerCause::Halted,
        TriggerCause::Host,
    ] {
        // From two cycles before the firing to its cycle.
        for early in [2_u32, 1, 0] {
            world.calm();
            world.idle(12)?;
            world.arm(HALF)?;
            world.coming = Some(book(300, 100));
            world.idle(3 - early)?;
            strike(world, cause);
            world.inputs.entry_ready = false;
            world.cycle()?;
            world.calm();
            world.inputs.entry_ready = false;
            let mut came = false;
            for _ in 0..8 {
                came |= world.golden.request().is_some();
                world.inputs.request_ready = false;
                world.cycle()?;
            }
            // Whoever fires in that very cycle wins.
            world.expect(&format!("{cause:?} {early} cycles before"), came, early == 0)?;
            world.inputs.request_ready = true;
            world.inputs.entry_ready = true;
            let told = world.told()?;
            let code = if early == 0 {
                Code::TriggerFired
            } else {
                Code::TriggerDisarmed
            };
            world.bench.eq("told", told, Some((code as u8, cause as u8)))?;
        }
    }
    world.calm();
    world.idle(12)
}

fn strike(world: &mut World<'_>, cause: TriggerCause) {
    let inputs = &mut world.inputs;
    match cause {
        TriggerCause::Killed => inputs.killed = true,
        TriggerCause::NotArmed => inputs.gate_armed = false,
        TriggerCause::Heartbeat => inputs.fresh = false,
        TriggerCause::Session => inputs.session_lost = true,
        TriggerCause::Epoch => inputs.epoch = inputs.epoch.wrapping_add(1),
        TriggerCause::Stale => inputs.flags[1] = 1 << SLOT,
        TriggerCause::Halted => inputs.flags[2] = 1 << SLOT,
        _ => {
            inputs.pulses = [false, true];
            inputs.data = u32::try_from(SLOT).expect("small");
        }
    }
}

/// Both expiries, to the nanosecond of the event, and without one.
fn expiries(world: &mut World<'_>) -> Verdict {
    for (ts, fires) in [(5_999, true), (6_000, false), (6_001, false)] {
        world.arm(HALF)?;
        let fired = world.show(Level { ts, ..book(300, 100) })?;
        world.expect(&format!("ITCH time {ts}"), fired, fires)?;
        world.idle(12)?;
    }
    world.arm(HALF)?;
    world.inputs.now += 2_000_000;
    let told = world.told()?;
    let wanted = (Code::TriggerDisarmed as u8, TriggerCause::Expired as u8);
    world.bench.eq("card time", told, Some(wanted))
}

/// An order that waits for a frame of either line, both begun in one cycle: the first that ends badly lets it go, to a gate that sees the slot stale.
fn frames_of_both_lines(world: &mut World<'_>) -> Verdict {
    world.calm();
    world.inputs.wait_fcs = true;
    world.arm(HALF)?;
    let stamp = world.inputs.now;
    world.inputs.rx = [[true, false, false]; 2];
    world.idle(12)?;
    let fired = world.show(Level {
        stamp,
        ..book(300, 100)
    })?;
    world.expect("an order waits for its frame", fired, false)?;
    world.inputs.rx[0] = [true, true, true];
    world.cycle()?;
    world.inputs.rx[0] = [false; 3];
    let mut came = false;
    for _ in 0..16 {
        came |= world.golden.request().is_some();
        world.cycle()?;
    }
    world.expect("a bad frame ends the wait for the other", came, true)?;
    world.inputs.rx[1] = [true, true, false];
    world.cycle()?;
    world.calm();
    world.idle(20)
}

/// Everything here.
pub(crate) fn all(world: &mut World<'_>) -> Verdict {
    world.calm();
    world.idle(20)?;
    once(world)?;
    world.idle(20)?;
    boundaries(world)?;
    least(world)?;
    world.idle(20)?;
    causes(world)?;
    frames_of_both_lines(world)?;
    expiries(world)
}
