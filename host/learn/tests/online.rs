//! The loop's side: what it refuses, that a run can be had again to the bit, and that nothing is allocated.

use contract::feature::CORE_COUNT;
use learn::{Event, Method, Online, Place, Recorded, Seen, Settings};
use model::Score;

#[global_allocator]
static ALLOCATOR: alloc_count::Counting = alloc_count::Counting;

/// Records of two slots, whose first feature tells where the price goes.
fn records(count: usize, seed: u64) -> Vec<Seen> {
    let mut state = seed;
    let mut draw = move || {
        state = state
            .wrapping_mul(0x5851_f42d_4c95_7f2d)
            .wrapping_add(0x1405_7b7e_f767_814f);
        i64::try_from(state >> 48).expect("16 bits") - 32_768
    };
    let mut mids = [2_000_000i64; 2];
    let mut signals = [0i64; 2];
    let one = |i: usize| {
        let slot = usize::from(i.is_multiple_of(3));
        // The signal of before moves the price now, and there is noise.
        mids[slot] += 100 * (signals[slot] + draw() / 4).signum() * i64::from(draw() > -20_000);
        signals[slot] = draw();
        let mut row = [0f32; CORE_COUNT];
        row[0] = signals[slot] as f32;
        row[5] = 1.0;
        row[13] = 3_000.0 + (draw() / 100) as f32;
        Seen {
            slot: u8::try_from(slot).expect("0 or 1"),
            row,
            mid2: (!i.is_multiple_of(97)).then_some(mids[slot]),
            broken: i % 501 == 500,
        }
    };
    (0..count).map(one).collect()
}

fn settings(method: Method, place: Place) -> Settings {
    Settings {
        method,
        place,
        horizon: 1,
        warm_up: 100,
        publish_every: 8,
        ring: 64,
        ..Settings::default()
    }
}

/// Scores by record, and events.
fn through(online: &mut Online, records: &[Seen]) -> (Vec<Option<Score>>, Vec<Event>) {
    let (mut scores, mut events) = (Vec::new(), Vec::new());
    for seen in records {
        online.begin(seen);
        scores.push(online.score(seen.slot).expect("numbers"));
        online.learn(seen);
        events.extend(online.events());
    }
    (scores, events)
}

/// The same over and over, until a thread that may have to wait for its turn has put up some versions.
fn until_adopted(online: &mut Online, records: &[Seen]) -> (Vec<Seen>, Vec<Option<Score>>, Vec<Event>) {
    const ROUNDS: usize = 500;
    let (mut all, mut scores, mut events) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (s, e) = through(online, records);
        all.extend(records);
        scores.extend(s);
        events.extend(e);
        if online.adopted > 30 {
            break;
        }
        std::thread::yield_now();
    }
    (all, scores, events)
}

fn recorded(events: &[Event]) -> Recorded {
    let mut recorded = Recorded::default();
    for event in events {
        match *event {
            Event::Adopted {
                record,
                slot,
                version,
            } => recorded.adopted.push_back((record, slot, version)),
            Event::Skipped { record } => recorded.skipped.push_back(record),
        }
    }
    recorded
}

#[test]
fn a_run_is_had_again_to_the_bit() {
    let records = records(20_000, 1);
    for method in [Method::Rls, Method::Ftrl] {
        for place in [Place::Inline, Place::Thread] {
            let settings = settings(method, place);
            let mut first = Online::new(&settings, 2, true).expect("started");
            let (records, scores, events) = until_adopted(&mut first, &records);
            let statistics = first.finish();
            assert!(statistics.iter().all(|s| s.updates > 50), "{statistics:?}");
            let scored = scores.iter().flatten().count();
            assert!(place == Place::Thread || scored > 15_000, "{scored}");

            let mut again = Online::replay(&settings, 2, recorded(&events)).expect("started");
            let (replayed, _) = through(&mut again, &records);
            let learned = again.finish();
            let adopted = events
                .iter()
                .filter(|e| matches!(e, Event::Adopted { .. }))
                .count();
            assert_eq!(
                again.compared(),
                Some((adopted as u64, None)),
                "{method:?} {place:?}"
            );
            assert!(adopted > 0, "{method:?} {place:?}");
            assert_eq!(scores, replayed);
            assert_eq!(statistics, learned);
            if place == Place::Inline {
                assert!(statistics.iter().all(|s| s.loss < s.loss_prior), "{statistics:?}");
            }
        }
    }
}

#[test]
fn another_version_or_another_feed_is_seen() {
    let records = records(3_000, 2);
    let settings = settings(Method::Rls, Place::Inline);
    let mut first = Online::new(&settings, 2, true).expect("started");
    let (_, events) = through(&mut first, &records);
    let differs = |recorded: Recorded, records: &[Seen]| {
        let mut again = Online::replay(&settings, 2, recorded).expect("started");
        through(&mut again, records);
        again.finish();
        again.compared().and_then(|(_, what)| what.map(str::to_owned))
    };
    assert_eq!(differs(recorded(&events), &records), None);
    let mut bent = recorded(&events);
    bent.adopted[40].2.weights[3] += 1e-15;
    let what = differs(bent, &records).expect("seen");
    assert!(what.contains("other weights"), "{what}");
    let mut other = records.clone();
    other[1_100].row[0] += 1.0;
    assert!(differs(recorded(&events), &other).is_some());
    assert!(differs(recorded(&events), &records[..1_000]).is_some_and(|w| w.contains("no such record")));
}

#[test]
fn a_full_ring_skips_counts_and_replays() {
    let records = records(20_000, 3);
    let settings = Settings {
        ring: 1,
        ..settings(Method::Rls, Place::Thread)
    };
    let mut first = Online::new(&settings, 2, true).expect("started");
    let (records, scores, events) = until_adopted(&mut first, &records);
    let statistics = first.finish();
    let updates: u64 = statistics.iter().map(|s| s.updates).sum();
    assert!(
        first.skipped > 0 && updates > 0,
        "{} skipped, {updates} learned",
        first.skipped
    );
    let mut again = Online::replay(&settings, 2, recorded(&events)).expect("started");
    let (replayed, _) = through(&mut again, &records);
    assert_eq!((again.finish(), replayed), (statistics, scores));
    assert!(
        matches!(again.compared(), Some((_, None))),
        "{:?}",
        again.compared()
    );
}

#[test]
fn what_is_no_number_has_no_score_and_is_not_learned() {
    let records = records(2_000, 4);
    let settings = settings(Method::Rls, Place::Inline);
    let run = |bad: bool| {
        let mut online = Online::new(&settings, 2, false).expect("started");
        let (scores, _) = through(&mut online, &records);
        assert!(scores[1_999].is_some());
        for _ in 0..10 {
            let mut seen = records[7];
            if bad {
                seen.row[2] = f32::NAN;
            }
            online.begin(&seen);
            assert_eq!(online.score(seen.slot).is_err(), bad);
            online.learn(&seen);
        }
        let updates: u64 = online.finish().iter().map(|s| s.updates).sum();
        (online.refused, updates)
    };
    let (good, bad) = (run(false), run(true));
    assert_eq!((good.0, bad.0), (0, 10));
    // Only the record before the first bad one has a label from it: prices are numbers.
    assert_eq!(bad.1 + 9, good.1);
}

#[test]
fn nothing_is_allocated_between_start_and_end() {
    let records = records(4_000, 5);
    for method in [Method::Rls, Method::Ftrl] {
        for place in [Place::Inline, Place::Thread] {
            for drift in [learn::Drift::PageHinkley, learn::Drift::Adwin] {
                let settings = Settings {
                    drift,
                    ..settings(method, place)
                };
                let mut online = Online::new(&settings, 2, true).expect("started");
                let mut taken = 0;
                let ((), count) = alloc_count::during(|| {
                    for seen in &records {
                        online.begin(seen);
                        let learned = online.score(seen.slot).unwrap_or_default();
                        taken += usize::from(online.together(None, learned).edge() != 0.0);
                        online.learn(seen);
                        taken += online.events().count();
                    }
                });
                assert_eq!(count, 0, "{method:?} {place:?}");
                assert!(taken > 0 || place == Place::Thread);
                online.finish();
            }
        }
    }
}
