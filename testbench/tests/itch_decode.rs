//! Decoder: every message type with any content and length, every way a slot changes, against `twin::decode`.

#[path = "itch_decode/stimulus.rs"]
mod stimulus;
#[path = "itch_decode/world.rs"]
mod world;

use contract::record::EventCode;
use contract::reg;
use gateware::emit::Size;
use std::path::Path;
use stimulus::{message, symbol, write};
use testbench::{Bench, Verdict};
use twin::decode::{BODY_BYTES, Write};
use world::{Inputs, World};

pub(crate) fn body_code(body: &[u8]) -> u64 {
    EventCode::from_itch_type(body[0]).map_or(0, |code| code as u64)
}

impl World<'_> {
    /// The order table is asked in the message's own cycle, for every book and trade message, of whomever and whatever length.
    pub(crate) fn check_ask(&mut self, inputs: &Inputs) -> Verdict {
        let kind = inputs.message.as_ref().map(|(body, _)| body[0]);
        let asks = kind.is_some_and(|kind| EventCode::from_itch_type(kind).is_some());
        let got = self.get("ask_valid") == 1;
        self.bench.eq("ask_valid", got, asks)?;
        let Some((body, _)) = inputs.message.as_ref().filter(|_| asks) else {
            return Ok(());
        };
        let replaces = body[0] == b'U';
        let got = self.get("ask_replaces") == 1;
        self.bench.eq("ask_replaces", got, replaces)?;
        for (name, at) in [("ask_oref", 11), ("ask_new_ref", 19)] {
            let reference = u64::from_be_bytes(body[at..at + 8].try_into().expect("8 bytes"));
            let got = self.get(name);
            self.bench.eq(name, got, reference)?;
        }
        Ok(())
    }
}

/// Subscribes every slot and lets it get ready, with its symbol and locate known; `busy` percent of the wait has messages.
fn subscribe_all(world: &mut World<'_>, busy: u64) -> Verdict {
    let slots = world.slots as u64;
    for slot in 0..world.slots {
        let name = symbol(slot as u64);
        let half = |at: usize| u32::from_le_bytes(name[at..at + 4].try_into().expect("4 bytes"));
        let locate = 0x1_0000 | u32::try_from(100 + slot).expect("small");
        let words = [
            ("SYMBOL_LO", half(0)),
            ("SYMBOL_HI", half(4)),
            ("LOCATE", locate),
            ("SLOT_CTRL", 1),
        ];
        for (register, data) in words {
            let register = reg::index(reg::SLOT, register);
            let write = Some(Write { slot, register, data });
            world.cycle(&Inputs {
                write,
                ..Inputs::default()
            })?;
        }
    }
    // Notices that wait meet each other.
    world.stalls_percent = if busy > 0 { 97 } else { 0 };
    for _ in 0..world.slots * 70 {
        let rng = &mut world.bench.rng;
        let message = rng.percent(busy).then(|| message(rng, slots));
        world.cycle(&Inputs {
            message,
            ..Inputs::default()
        })?;
    }
    // Every slot has told that it is ready, before anything closes one.
    world.drain()
}

/// `SLOT_SYNC` of a slot for the next expected sequence, now and then for another one, with a spoiler beside it.
fn synchronise(world: &mut World<'_>) -> Verdict {
    let slot = world.some_slot();
    let wrong = u64::from(world.bench.rng.percent(20)) << world.bench.rng.below(64);
    let seq = (world.next_seq ^ wrong).to_le_bytes();
    for (name, at) in [("SYNC_SEQ_LO", 0), ("SYNC_SEQ_HI", 4)] {
        let register = reg::index(reg::SLOT, name);
        let data = u32::from_le_bytes(seq[at..at + 4].try_into().expect("4 bytes"));
        let write = Some(Write { slot, register, data });
        world.cycle(&Inputs {
            write,
            ..Inputs::default()
        })?;
    }
    let beside = world.bench.rng.below(12);
    world.cycle(&Inputs {
        stale_all: (beside == 0).then_some(true),
        table: (beside == 1).then_some((slot, 6)),
        store: (beside == 2).then_some((slot, 7)),
        ..Inputs::default()
    })
}

/// One word of the next expected sequence, from this byte on, to every slot.
fn sync_words(world: &mut World<'_>, name: &str, at: usize) -> Verdict {
    let register = reg::index(reg::SLOT, name);
    let seq = world.next_seq.to_le_bytes();
    let data = u32::from_le_bytes(seq[at..at + 4].try_into().expect("4 bytes"));
    for slot in 0..world.slots {
        let write = Some(Write { slot, register, data });
        world.cycle(&Inputs {
            write,
            ..Inputs::default()
        })?;
    }
    world.cycle(&Inputs::default())
}

fn random(bench: &mut Bench, cycles: u64) -> Verdict {
    let mut world = World::new(bench);
    let slots = world.slots as u64;
    subscribe_all(&mut world, 80)?;
    let (mut busy, mut writes) = (50, 3);
    for cycle in 0..cycles {
        let rng = &mut world.bench.rng;
        if rng.below(500) == 0 {
            world.focus = usize::try_from(rng.below(slots)).expect("small");
            busy = *rng.pick(&[5, 50, 100]);
            writes = *rng.pick(&[0, 1, 10]);
            world.stalls_percent = *rng.pick(&[0, 0, 50, 97]);
        }
        let mut inputs = Inputs::default();
        if rng.percent(busy) {
            inputs.message = Some(message(rng, slots));
        }
        if rng.percent(writes) {
            inputs.write = Some(write(rng, slots, world.next_seq));
        }
        inputs.stale_all = (rng.below(400) == 0).then(|| rng.percent(50));
        let (table, store) = (rng.below(300) == 0, rng.below(300) == 0);
        let cause = *rng.pick(&[4, 5, 6]);
        inputs.table = table.then(|| (world.some_slot(), cause));
        inputs.store = store.then(|| (world.some_slot(), 7));
        world.cycle(&inputs)?;
        if world.bench.rng.below(60) == 0 {
            synchronise(&mut world)?;
        }
        if cycle % 5_000 == 4_999 {
            world.drain()?;
            let resets = cycle % 10_000 == 4_999;
            if resets {
                sync_words(&mut world, "SYNC_SEQ_LO", 0)?;
                world.reset();
            }
            subscribe_all(&mut world, if resets { 0 } else { 80 })?;
            if resets {
                // The low word was written before the reset: the sequence is the high one alone.
                sync_words(&mut world, "SYNC_SEQ_HI", 4)?;
            }
        }
    }
    world.drain()?;
    let seen = &world.seen;
    let counts = [
        seen.unknown,
        seen.bad_length,
        seen.other_locate,
        seen.admin,
        seen.lost,
        seen.ready,
        seen.bound,
        seen.accepted,
        seen.refused,
    ];
    let enough = counts
        .iter()
        .chain(&seen.types)
        .chain(&seen.causes[1..])
        .all(|count| *count > 0)
        && [0, 1, 3, 4, 5].iter().all(|flags| seen.flags[*flags] > 0);
    let text = format!("the stimulus misses cases: {seen:?}");
    world.bench.check(enough, || text)
}

/// A real file, message after message: those of one locate are events, all types are known.
fn real(bench: &mut Bench, file: &Path, locate: u16) -> Verdict {
    let mut world = World::new(bench);
    subscribe_all(&mut world, 0)?;
    let register = reg::index(reg::SLOT, "LOCATE");
    let write = Some(Write {
        slot: 2,
        register,
        data: 0x1_0000 | u32::from(locate),
    });
    world.cycle(&Inputs {
        write,
        ..Inputs::default()
    })?;
    let mut feed = wire::feed::open(file).unwrap_or_else(|error| panic!("{error}"));
    while let Some(message) = feed.next_message().unwrap_or_else(|error| panic!("{error}")) {
        let mut body = [0xa5; BODY_BYTES];
        body[..message.bytes.len()].copy_from_slice(message.bytes);
        let len = u16::try_from(message.bytes.len()).expect("at most 50 bytes");
        world.cycle(&Inputs {
            message: Some((body, len)),
            ..Inputs::default()
        })?;
    }
    world.drain()?;
    let bad = world.seen.unknown + world.seen.bad_length;
    world.bench.eq("messages not understood", bad, 0)
}

#[test]
fn small_against_golden() {
    testbench::run_seeds("itch_decode", Size::Small, 1..=4, |bench| random(bench, 30_000));
}

#[test]
fn sim_against_golden() {
    testbench::run("itch_decode", Size::Sim, |bench| random(bench, 30_000));
}

#[test]
fn alveo_against_golden() {
    testbench::run("itch_decode", Size::Alveo, |bench| random(bench, 30_000));
}

#[test]
fn real_messages() {
    let Some(folder) = std::env::var_os("TICKFORGE_DATA") else {
        println!("skipped: TICKFORGE_DATA not set (see docs/data.md)");
        return;
    };
    let folder = Path::new(&folder);
    let files = [
        ("goog10.itch.gz", 1),
        ("itch50-20191230-open/open_000_499.itch", 13),
        ("itch50-20191230-directory/first1000.itch", 1),
        ("ritch-test-itch50/ex20101224.repaired.itch.gz", 1),
    ];
    for (file, locate) in files {
        let file = folder.join(file);
        testbench::run("itch_decode", Size::Small, |bench| real(bench, &file, locate));
    }
}

testbench::mutants!("itch_decode", Size::Small, 40, 1, |bench| random(bench, 40_000));
