//! Hosts that do not read, rings that are switched, and long lives.

use crate::{BASES, RECORDS_BASE, Rig};
use gateware::emit::Size;
use testbench::{Bench, Verdict};

/// A host that does not read: events stop at the ring's size and none is lost; records lap.
pub(crate) fn unread(bench: &mut Bench, rig: &mut Rig) -> Verdict {
    let size = rig.golden.rings[1].size();
    let start = rig.golden.rings[1].granted;
    rig.post_tail(bench, 1, start);
    rig.event_percent = 100;
    rig.frame_percent = 100;
    for cycle in 0..40 * size {
        let slot = rig.random_slot(bench);
        rig.cycle(bench, (cycle % 8 == 0).then_some(slot))?;
    }
    bench.eq(
        "events in an unread ring",
        rig.golden.rings[1].granted - start,
        size,
    )?;
    bench.eq("events_full", bench.get(rig.ports.events_full), 1)?;
    let blocked = rig.blocked;
    rig.cycle(bench, None)?;
    bench.eq("cycles blocked", rig.blocked, blocked + 1)?;
    // one entry read lets one event in
    let tail = start + 1;
    rig.post_tail(bench, 1, tail);
    for _ in 0..40 {
        rig.cycle(bench, None)?;
    }
    bench.eq(
        "events after one was read",
        rig.golden.rings[1].granted - start,
        size + 1,
    )?;
    rig.drain_events(bench)?;
    bench.check(rig.golden.rings[0].lapped, || {
        "the records ring was not lapped".into()
    })?;
    bench.check(rig.golden.rings[2].lapped, || {
        "the frames ring was not lapped".into()
    })
}

/// Rings switched off and on in the middle of traffic: nothing of the old life reaches the new one.
pub(crate) fn switching(bench: &mut Bench, rig: &mut Rig) -> Verdict {
    for round in 0..15u32 {
        rig.sink.ready_percent = *bench.rng.pick(&[20, 100]);
        for cycle in 0..40 {
            let slot = (cycle % 2 == 0).then(|| rig.random_slot(bench));
            rig.cycle(bench, slot)?;
        }
        let ring = usize::try_from(round % 3).expect("0 to 2");
        rig.event_percent = 0;
        rig.frame_percent = 0;
        rig.turn_off(bench, ring)?;
        // turned on again at once, a ring waits until what was under way is dropped
        let hasty = bench.rng.percent(50);
        if !hasty {
            // a ring that is off refuses
            for cycle in 0..20 {
                let slot = (cycle % 2 == 0).then(|| rig.random_slot(bench));
                rig.golden.totals.refused += u64::from(ring == 0 && slot.is_some());
                rig.cycle(bench, slot)?;
            }
            rig.settle_one_off(bench)?;
        }
        let base = BASES[ring];
        let size_log2 = *bench.rng.pick(&[0, 3, 4, 5]);
        rig.turn_on(bench, ring, base + 0x1000 * u64::from(round), size_log2)?;
        if hasty {
            rig.settle_one_off(bench)?;
        }
        let head = rig.golden.rings[ring].head;
        rig.post_tail(bench, ring, head);
        rig.event_percent = 10;
        rig.frame_percent = 10;
        for _ in 0..30 {
            rig.cycle(bench, None)?;
        }
        rig.drain_events(bench)?;
    }
    Ok(())
}

/// So many entries that more bits of the sequence than the ring's index are in use.
pub(crate) fn many(bench: &mut Bench, rig: &mut Rig) -> Verdict {
    let gap = if bench.size() == Size::Small { 4 } else { 2 };
    rig.turn_off(bench, 0)?;
    rig.settle_one_off(bench)?;
    rig.turn_on(bench, 0, RECORDS_BASE, 13)?;
    rig.sink.ready_percent = 100;
    for cycle in 0..8_400 * gap {
        rig.cycle(bench, (cycle % gap == 0).then_some(0))?;
    }
    rig.settle(bench)
}
