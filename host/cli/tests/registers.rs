//! Every register of the whole card over its bus: value after reset, behaviour, reserved bits.
#![cfg(feature = "sim")]

mod common;

use std::collections::BTreeMap;

use contract::port::BAR0_BYTES;
use contract::reg::{self, Access, Register, capability};
use contract::{CONTRACT_HASH, config};
use device::regs::Regs;

type Area = Vec<(u32, String, Register)>;

/// A card that has come to rest: after reset it clears its order table.
fn fresh() -> (Regs, Area) {
    let card = common::card();
    card.with(|card| card.run(2 * u64::from(config::SIM.order_cells)));
    (common::registers(&card), reg::all(&config::SIM))
}

/// Registers whose value after reset is no constant of the table.
fn special(name: &str) -> bool {
    matches!(
        name,
        "CONTRACT_HASH" | "BUILD" | "CONFIG" | "CAPABILITIES" | "TIME_LO" | "TIME_HI"
    )
}

#[test]
fn values_after_reset() {
    if !common::card_is_there() {
        return;
    }
    let (mut regs, all) = fresh();
    for (at, area, register) in all.iter().filter(|(_, _, register)| !special(register.name)) {
        assert_eq!(
            regs.read(*at).unwrap(),
            register.reset,
            "{area} {} at {at:#x}",
            register.name
        );
    }
    let mut global = |name| regs.read(reg::global(name)).unwrap();
    assert_eq!((global("CONTRACT_HASH"), global("BUILD")), (CONTRACT_HASH, 0));
    assert_eq!(global("CONFIG"), config::SIM.word());
    let feed = capability::CORE | capability::LEVELS | capability::EVENTS;
    assert_eq!(global("CAPABILITIES") & feed, feed);
    let earlier = global("TIME_LO");
    assert!(global("TIME_LO") > earlier, "the card time runs");
}

/// A value of its own for each register, so that two that share storage are seen.
fn pattern(at: u32, round: u32) -> u32 {
    (at ^ round.wrapping_mul(0x5bd1_e995)).wrapping_mul(0x9e37_79b1) ^ (at << 16)
}

#[test]
fn writable_registers_keep_their_own_bits_and_nothing_else() {
    if !common::card_is_there() {
        return;
    }
    let (mut regs, all) = fresh();
    let writable: Area = all
        .into_iter()
        // No order is sent meanwhile, so the card moves none of the Live ones.
        .filter(|(_, _, r)| matches!(r.access, Access::Rw | Access::Live))
        .collect();
    for (at, area, register) in &writable {
        for value in [u32::MAX, 0, register.reset] {
            regs.write(*at, value).unwrap();
            let expected = value & register.mask;
            assert_eq!(
                regs.read(*at).unwrap(),
                expected,
                "{area} {} at {at:#x}",
                register.name
            );
        }
    }
    for round in 0..2 {
        for (at, _, _) in &writable {
            regs.write(*at, pattern(*at, round)).unwrap();
        }
        for (at, area, register) in &writable {
            let expected = pattern(*at, round) & register.mask;
            assert_eq!(
                regs.read(*at).unwrap(),
                expected,
                "{area} {} at {at:#x}",
                register.name
            );
        }
    }
}

#[test]
fn read_only_registers_ignore_writes() {
    if !common::card_is_there() {
        return;
    }
    let (mut regs, all) = fresh();
    let moving = |name: &str| matches!(name, "TIME_LO" | "TIME_HI");
    let fixed = |(_, _, r): &&(u32, String, Register)| r.access == Access::Ro && !moving(r.name);
    for (at, area, register) in all.iter().filter(fixed) {
        let before = regs.read(*at).unwrap();
        regs.write(*at, !before).unwrap();
        assert_eq!(
            regs.read(*at).unwrap(),
            before,
            "{area} {} at {at:#x}",
            register.name
        );
    }
}

#[test]
fn write_only_registers_read_nothing() {
    if !common::card_is_there() {
        return;
    }
    let (mut regs, all) = fresh();
    for (at, area, register) in all.iter().filter(|(_, _, r)| r.access == Access::Wo) {
        for value in [0, u32::MAX, 0] {
            regs.write(*at, value).unwrap();
            assert_eq!(regs.read(*at).unwrap(), 0, "{area} {} at {at:#x}", register.name);
        }
    }
}

#[test]
fn addresses_without_a_register_read_nothing_and_change_nothing() {
    if !common::card_is_there() {
        return;
    }
    let (mut regs, all) = fresh();
    let known: BTreeMap<u32, &Register> = all.iter().map(|(at, _, r)| (*at, r)).collect();
    // Where an area ends, where a block ends inside its stride, slots this card lacks, the end of the BAR.
    let mut holes: Vec<u32> = known.keys().map(|at| at + 4).collect();
    holes.extend([
        reg::SLOT_BASE + config::SIM.slots * reg::SLOT_STRIDE,
        BAR0_BYTES / 2 - 4,
        BAR0_BYTES - 4,
    ]);
    holes.extend((0..BAR0_BYTES).step_by(0x3f4));
    holes.retain(|at| *at < BAR0_BYTES && !known.contains_key(at));
    assert!(holes.len() > 60, "{} holes", holes.len());
    let stable = |r: &Register| r.access == Access::Rw;
    let read = |regs: &mut Regs| -> Vec<u32> {
        known
            .iter()
            .filter(|(_, r)| stable(r))
            .map(|(at, _)| regs.read(*at).unwrap())
            .collect()
    };
    let before = read(&mut regs);
    for at in &holes {
        regs.write(*at, u32::MAX).unwrap();
        assert_eq!(regs.read(*at).unwrap(), 0, "{at:#x}");
    }
    assert_eq!(read(&mut regs), before);
}

#[test]
fn the_card_time_is_set_and_read_as_one() {
    if !common::card_is_there() {
        return;
    }
    let (mut regs, _) = fresh();
    let at = reg::global;
    let ns = 0x0000_0001_ffff_ff80;
    regs.write_pair(at("TIME_SET_LO"), at("TIME_SET_HI"), ns).unwrap();
    let mut last = ns;
    // Across the carry into the high word: the pair must never tear.
    for _ in 0..64 {
        let now = regs.read_pair(at("TIME_LO"), at("TIME_HI")).unwrap();
        assert!(now >= last && now < ns + 100_000, "{now:#x} after {last:#x}");
        last = now;
    }
    assert!(last > 0x0000_0002_0000_0000);
}

#[test]
fn arming_and_killing_show_in_the_status() {
    use contract::reg::{ARM_KEY, DISARM_KEY, status};
    if !common::card_is_there() {
        return;
    }
    let (mut regs, _) = fresh();
    if regs.read(reg::global("CAPABILITIES")).unwrap() & capability::ORDERS == 0 {
        println!("pending: this card has no order path");
        return;
    }
    let mut after = |name, value| {
        regs.write(reg::global(name), value).unwrap();
        let state = regs.status().unwrap();
        (state & status::ARMED != 0, state & status::KILLED != 0)
    };
    assert_eq!(after("ARM", ARM_KEY), (true, false));
    assert_eq!(after("ARM", DISARM_KEY), (false, false));
    assert_eq!(after("ARM", ARM_KEY), (true, false));
    assert_eq!(after("ARM", ARM_KEY ^ 1), (false, false), "a wrong key disarms");
    assert!(after("KILL", 1).1);
    assert!(after("ARM", DISARM_KEY).1, "only the key clears the latch");
    assert_eq!(after("ARM", ARM_KEY), (true, false));
}
