//! Weather: how often what happens.

use crate::world::World;
use contract::trigger::{COMPARES, Condition, arm_word};
use testbench::golden::trigger::{Level, Words};
use testbench::{Rng, Verdict};

/// Slots that are used: few, so that they meet.
const BUSY: usize = 4;

#[derive(Debug, Clone, Copy)]
struct Weather {
    /// Percent of cycles.
    levels: u64,
    arms: u64,
    disarms: u64,
    request_ready: u64,
    entry_ready: u64,
    rivals: u64,
    frames: u64,
    /// Per 1,000 cycles.
    trouble: u64,
    huge: bool,
}

fn weather(rng: &mut Rng) -> Weather {
    Weather {
        levels: *rng.pick(&[50, 50, 20, 90]),
        arms: *rng.pick(&[10, 30, 3]),
        disarms: *rng.pick(&[0, 1, 5]),
        request_ready: *rng.pick(&[100, 25, 5]),
        entry_ready: *rng.pick(&[100, 50, 5]),
        rivals: *rng.pick(&[0, 50]),
        frames: *rng.pick(&[0, 60, 95]),
        trouble: *rng.pick(&[0, 0, 5, 30]),
        huge: rng.percent(30),
    }
}

/// Sizes near each other, or anything.
fn size(rng: &mut Rng, huge: bool) -> u32 {
    let value = if huge {
        rng.edgy(32)
    } else {
        *rng.pick(&[0, 1, 2, 3, 3, 100, 300])
    };
    u32::try_from(value).expect("32 bits")
}

fn level(world: &mut World<'_>, slot: usize, huge: bool) -> Level {
    let now = world.inputs.now;
    let rng = &mut world.bench.rng;
    let price = |rng: &mut Rng, base: u64| u32::try_from(base + rng.below(3)).expect("small");
    let (bid, ask) = (price(rng, 1_000), price(rng, 1_002));
    let stamp = if rng.percent(70) {
        world.stamps[usize::from(rng.percent(50))]
    } else {
        rng.next_u64()
    };
    let rng = &mut world.bench.rng;
    Level {
        slot,
        changed: rng.percent(85),
        exact: rng.percent(90),
        ts: 1_000_000 + (now & 0xffff),
        seq: rng.next_u64(),
        stamp,
        bid: [bid, size(rng, huge)],
        ask: [ask, size(rng, huge)],
    }
}

/// Words that mostly are right.
pub(crate) fn words(rng: &mut Rng, now: u64, huge: bool) -> Words {
    let condition = Condition {
        compare: *rng.pick(&COMPARES),
        threshold: if huge {
            i16::try_from(rng.edgy(15)).expect("15 bits") * if rng.percent(50) { 1 } else { -1 }
        } else {
            *rng.pick(&[
                0, 1, -1, 5, -5, 200, -200, 16_384, -16_384, 32_767, -32_767, -32_768,
            ])
        },
    };
    let shift = u32::try_from(rng.below(if huge { 32 } else { 3 })).expect("small");
    let mut constants = condition.constants(shift);
    match rng.below(40) {
        0 => constants[0] ^= 1 << rng.below(32),
        1 => constants[1] ^= 1 << rng.below(17),
        2 => constants.swap(0, 1),
        _ => {}
    }
    constants[1] &= 0x1_ffff;
    let side = *rng.pick(b"BBSSTTEEBSX");
    let mut cl_ord_id = [0; 14];
    cl_ord_id
        .iter_mut()
        .for_each(|byte| *byte = rng.next_u64().to_le_bytes()[0]);
    let number = |rng: &mut Rng| u32::try_from(rng.bits(32)).expect("32 bits");
    let far = rng.percent(60);
    Words {
        letters: number(rng) & !0xff | u32::from(side),
        routing: u16::try_from(rng.bits(16)).expect("16 bits"),
        qty: u32::try_from(rng.edgy(32)).expect("32 bits"),
        price: u32::try_from(rng.edgy(32)).expect("32 bits"),
        token: number(rng),
        cl_ord_id,
        compare: condition.compare as u8,
        threshold: condition.threshold,
        constants,
        itch_expiry: 1_000_000
            + (now & 0xffff)
            + if far {
                1 << rng.between(18, 46)
            } else {
                rng.below(2_000)
            },
        expiry: if rng.percent(60) {
            u64::MAX
        } else {
            now + rng.below(3_000)
        },
        arm_seq: number(rng),
    }
}

impl World<'_> {
    /// Frames on both ports.
    fn frames(&mut self, weather: Weather) {
        for line in 0..2 {
            let rng = &mut self.bench.rng;
            let valid = rng.percent(weather.frames);
            let (last, user) = (rng.percent(8), rng.percent(40));
            if valid && !self.inside[line] {
                self.stamps[line] = self.inputs.now | rng.bits(4) << 40;
            }
            if valid {
                self.inside[line] = !last;
            }
            self.inputs.rx[line] = [valid, last, user];
        }
    }

    fn host(&mut self, weather: Weather) {
        let now = self.inputs.now;
        let rng = &mut self.bench.rng;
        let slot = rng.below(BUSY as u64);
        if rng.percent(weather.disarms) {
            self.inputs.pulses[1] = true;
            self.inputs.data = u32::try_from(slot).expect("small");
        }
        if rng.percent(weather.arms) {
            self.inputs.words = words(rng, now, weather.huge);
            let any = if rng.percent(5) { rng.below(64) } else { slot };
            let off = u16::from(rng.percent(3));
            let epoch = self.inputs.epoch.wrapping_add(off);
            self.inputs.pulses[0] = true;
            self.inputs.data = arm_word(u8::try_from(any).expect("small"), epoch);
        }
    }

    fn trouble(&mut self, per_1000: u64) {
        let rng = &mut self.bench.rng;
        let mut now = || rng.below(1_000) < per_1000;
        let [stale, halted, ready, killed, disarmed, cold, lost, epoch, clear] =
            std::array::from_fn(|_| now());
        let slot = rng.below(BUSY as u64);
        let bit = |bad: bool| u64::from(bad) << slot;
        self.inputs.flags = [!bit(ready), bit(stale), bit(halted)];
        self.inputs.killed = killed;
        self.inputs.gate_armed = !disarmed;
        self.inputs.fresh = !cold;
        self.inputs.session_lost = lost;
        if epoch {
            self.inputs.epoch = self.inputs.epoch.wrapping_add(1);
        }
        if clear || rng.percent(1) {
            self.inputs.clear = Some(usize::try_from(slot).expect("small"));
        }
    }
}

/// Some hundred cycles of one weather.
pub(crate) fn round(world: &mut World<'_>) -> Verdict {
    let weather = weather(&mut world.bench.rng);
    world.inputs.wait_fcs = world.bench.rng.percent(40);
    for _ in 0..world.bench.rng.between(100, 300) {
        if world.inputs.best.is_none() && world.bench.rng.percent(weather.levels) {
            let slot = usize::try_from(world.bench.rng.below(BUSY as u64)).expect("small");
            world.coming = Some(level(world, slot, weather.huge));
        }
        world.frames(weather);
        world.host(weather);
        world.trouble(weather.trouble);
        let rng = &mut world.bench.rng;
        world.inputs.request_ready = rng.percent(weather.request_ready);
        world.inputs.entry_ready = rng.percent(weather.entry_ready);
        world.inputs.rival = rng.percent(weather.rivals);
        world.cycle()?;
    }
    Ok(())
}
