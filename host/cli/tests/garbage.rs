//! Garbage on the wire into the whole card: it never hangs, counts each case under its own counter, decodes the next
//! good frame, and shows no wrong record without a flag.
#![cfg(feature = "sim")]

mod common;

use common::{REST_CYCLES, Rig, card_is_there, soak};
use contract::counter::LINE_COUNTERS;
use contract::event::Code;
use contract::record::flag;
use contract::reg::slot_state::{GAP, STALE};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use sim_card::{Line, RxFrame};
use twin::records::{RecordTwin, TwinRecord};
use twin::subscription::Target;
use twin::udp::{self, LineCounts, Subscription};
use twin::{Subscriptions, mold};
use wire::itch50::{AddOrder, Header, Message, OrderCancel, symbol};
use wire::packetizer::Config;

/// Frames on the wire are at least this long, without FCS.
const FRAME_MIN: usize = 60;
/// Where headers begin in an untagged frame.
const IP: usize = 14;
const UDP: usize = 34;
const MOLD: usize = 42;
const BLOCK: usize = 62;

fn header(locate: u16, time: u64) -> Header {
    Header {
        locate,
        tracking: 0,
        timestamp_ns: 34_200_000_000_000 + time,
    }
}

fn add(locate: u16, reference: u64) -> Vec<u8> {
    let side = if reference.is_multiple_of(2) { b'B' } else { b'S' };
    let price = 1_000_000 + u32::from(side == b'S') * 100;
    Message::from(AddOrder {
        header: header(locate, reference),
        reference,
        side,
        shares: 100,
        stock: *b"ONE     ",
        price,
    })
    .to_vec()
}

/// Overwrites the IPv4 header checksum with the right one.
fn fix_checksum(frame: &mut [u8]) {
    frame[IP + 10..IP + 12].fill(0);
    let words = frame[IP..IP + 20].chunks_exact(2);
    let mut sum: u32 = words.map(|w| u32::from(w[0]) << 8 | u32::from(w[1])).sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    let sum = !u16::try_from(sum).unwrap();
    frame[IP + 10..IP + 12].copy_from_slice(&sum.to_be_bytes());
}

fn put(frame: &mut [u8], at: usize, value: u16) {
    frame[at..at + 2].copy_from_slice(&value.to_be_bytes());
}

/// What the golden models count of a frame on one line.
fn expected(frame: &[u8], bad: bool, counts: &mut LineCounts) {
    let mut frame = frame.to_vec();
    frame.resize(frame.len().max(FRAME_MIN), 0);
    let config = Config::default();
    let subscription = Subscription {
        group: config.group,
        port: config.port,
    };
    let end = udp::end(&frame, bad, &subscription, counts);
    if let Ok(payload) = udp::headers(&frame, &subscription) {
        let packet = mold::packet(&frame, &payload);
        let session_ok = packet.as_ref().is_some_and(|p| p.session == config.session);
        if session_ok && let Some(packet) = &packet {
            counts.add("messages", packet.messages.len() as u64);
        }
        mold::count(packet.as_ref(), end, session_ok, counts);
    }
}

/// Checks line A's own counters (those in front of the merge) against the golden models.
fn assert_line_a(rig: &mut Rig, before: &[u32], counts: &LineCounts, what: &str) {
    let now = rig.counters();
    for (index, counter) in LINE_COUNTERS
        .iter()
        .enumerate()
        .filter(|(_, c)| c.block != "line_merge")
    {
        let got = u64::from(now[index] - before[index]);
        assert_eq!(got, counts.0[index], "{what}: A.{}", counter.name);
    }
}

/// A good frame on both lines is decoded: exactly one record an Add, exact unless it says otherwise.
fn assert_decodes(rig: &mut Rig, reference: u64, what: &str) {
    let frame = rig.frame(&[add(1, reference)]);
    rig.receive_both(&frame);
    rig.rest();
    let records = rig.take_records();
    assert_eq!(records.len(), 1, "{what}: records of the next good frame");
}

/// A fault of line A, made of a good frame, and the counter it is to be found under.
type Fault = (&'static str, fn(&mut Vec<u8>));

const FAULTS: &[Fault] = &[
    ("not_ipv4", |f| put(f, 12, 0x86dd)),
    ("not_ipv4", |f| f.splice(0.., [0xa5; 60]).for_each(drop)),
    ("ip_header", |f| f[IP + 10] ^= 1),
    ("ip_header", |f| {
        f[IP] = 0x65;
        fix_checksum(f);
    }),
    ("ip_header", |f| {
        f[IP] = 0x46;
        fix_checksum(f);
    }),
    ("ip_header", |f| {
        put(f, IP + 2, 19);
        fix_checksum(f);
    }),
    ("ip_header", |f| f.truncate(30)),
    ("fragment", |f| {
        f[IP + 6] |= 0x20;
        fix_checksum(f);
    }),
    ("fragment", |f| {
        f[IP + 7] = 1;
        fix_checksum(f);
    }),
    ("not_udp", |f| {
        f[IP + 9] = 6;
        fix_checksum(f);
    }),
    ("not_subscribed", |f| {
        f[IP + 19] ^= 1;
        fix_checksum(f);
    }),
    ("not_subscribed", |f| put(f, UDP + 2, 9)),
    ("udp_length", |f| put(f, UDP + 4, 7)),
    ("udp_length", |f| put(f, UDP + 4, 2_000)),
    ("mold_short", |f| put(f, UDP + 4, 8 + 19)),
    ("other_session", |f| f[MOLD] ^= 1),
    ("block_length", |f| put(f, BLOCK, 11)),
    ("block_length", |f| put(f, BLOCK, 0)),
    ("block_length", |f| put(f, BLOCK, 0xffff)),
    ("block_length", |f| put(f, MOLD + 18, 2)),
];

#[test]
fn the_golden_models_count_each_fault_as_meant() {
    let mut packets = wire::packetizer::Packetizer::new(Config::default());
    for (index, (name, spoil)) in FAULTS.iter().enumerate() {
        let mut frame = packets.push(&add(1, 2)).unwrap().expect("one message a packet");
        spoil(&mut frame);
        let mut counts = LineCounts::default();
        expected(&frame, false, &mut counts);
        assert_eq!(counts.get(name), 1, "case {index} {name}: {counts:?}");
        assert_eq!(counts.get("frames"), 1, "case {index} {name}: {counts:?}");
    }
}

#[test]
fn each_fault_has_its_counter_and_the_next_frame_decodes() {
    if !card_is_there() {
        return;
    }
    let mut rig = Rig::new(&["ONE"]);
    for (reference, (name, spoil)) in (0..).zip(FAULTS) {
        let good = rig.frame(&[add(1, 2 * reference)]);
        let mut spoiled = good.clone();
        spoil(&mut spoiled);
        let mut counts = LineCounts::default();
        expected(&spoiled, false, &mut counts);
        let before = rig.counters();
        rig.receive(Line::A, spoiled);
        rig.receive(Line::B, good);
        rig.rest();
        assert_line_a(&mut rig, &before, &counts, &format!("case {reference} {name}"));
        let records = rig.take_records();
        assert_eq!(
            records.len(),
            1,
            "case {reference} {name}: line B supplies the message"
        );
        assert_eq!(
            records[0].core.flags & (flag::STALE | flag::GAP),
            0,
            "case {reference} {name}"
        );
        assert_decodes(&mut rig, 2 * reference + 1, name);
    }
}

#[test]
fn messages_nobody_understands_are_counted_and_skipped() {
    if !card_is_there() {
        return;
    }
    let mut rig = Rig::new(&["ONE"]);
    let short_add = add(1, 2)[..35].to_vec();
    let mut long_event = vec![b'S'; 13];
    long_event[1..3].copy_from_slice(&1u16.to_be_bytes());
    let cases = [
        ("itch_unknown_type", vec![b'z'; 20], false),
        ("itch_unknown_type", vec![0; 12], false),
        ("itch_bad_length", long_event, false),
        ("itch_other_locate", add(9, 4), false),
        (
            "dangling",
            Message::from(OrderCancel {
                header: header(1, 1),
                reference: 999,
                shares: 1,
            })
            .to_vec(),
            false,
        ),
        ("itch_bad_length", short_add, true),
    ];
    for (index, (name, message, stale)) in (0..).zip(cases) {
        let before = rig.counters();
        let frame = rig.frame(&[message]);
        rig.receive_both(&frame);
        rig.rest();
        let counted = rig.counted_since(&before);
        assert!(
            counted.contains(&(name.to_owned(), 1)),
            "case {index} {name}: {counted:?}"
        );
        assert!(
            counted.contains(&("accepted".to_owned(), 1)),
            "case {index} {name}: {counted:?}"
        );
        assert!(rig.take_records().is_empty(), "case {index} {name}");
        let state = rig.device.slot_state(0).unwrap();
        assert_eq!(state & STALE != 0, stale, "case {index} {name}: {state:#x}");
        assert_decodes(&mut rig, 100 + index, name);
    }
}

/// Sends Adds in frames that follow a lost one, and waits until the merge gives up on it.
fn lose_a_frame(rig: &mut Rig, messages: u64, reference: u64) {
    let lost: Vec<_> = (0..messages).map(|_| vec![b'z'; 12]).collect();
    for part in lost.chunks(60) {
        drop(rig.frame(part));
    }
    let next = rig.frame(&[add(1, reference)]);
    rig.receive_both(&next);
    rig.rest();
    // Two microseconds of waiting for the gap are 313 cycles.
    rig.sim.with(|card| card.run(REST_CYCLES));
}

#[test]
fn gaps_make_slots_stale_until_they_are_synchronised() {
    if !card_is_there() {
        return;
    }
    let mut rig = Rig::new(&["ONE", "TWO"]);
    for (index, (lost, beyond)) in (0..).zip([(1, false), (200, false), (300, true)]) {
        let before = rig.counters();
        lose_a_frame(&mut rig, lost, 2 * index);
        let counted = rig.counted_since(&before);
        assert!(
            counted.contains(&("gaps".to_owned(), 1)),
            "{lost} lost: {counted:?}"
        );
        let overflow = counted.iter().any(|(name, _)| name == "window_overflow");
        assert_eq!(overflow, beyond, "{lost} lost: {counted:?}");
        assert!(
            rig.take_events().iter().any(|e| e.code == Some(Code::Gap)),
            "{lost} lost"
        );
        for slot in 0..2 {
            let state = rig.device.slot_state(slot).unwrap();
            assert_eq!(state & (STALE | GAP), STALE | GAP, "slot {slot}");
        }
        let records = rig.take_records();
        assert!(
            records.iter().all(|r| r.core.flags & flag::STALE != 0),
            "{records:?}"
        );
        let next = rig.device.next_seq().unwrap();
        assert_eq!(
            next,
            rig.packets.next_sequence(),
            "the merge goes on behind the gap"
        );
        rig.device
            .sync_slot(0, next + 1)
            .expect_err("a wrong sequence is refused");
        rig.device.sync_slot(0, next).unwrap();
        assert_eq!(rig.device.slot_state(0).unwrap() & (STALE | GAP), 0);
        assert_ne!(
            rig.device.slot_state(1).unwrap() & STALE,
            0,
            "the other slot is still stale"
        );
        rig.device.sync_slot(1, next).unwrap();
        let frame = rig.frame(&[add(1, 2 * index + 1)]);
        rig.receive_both(&frame);
        rig.rest();
        let records = rig.take_records();
        assert_eq!(records.len(), 1);
        assert_eq!(records[0].core.flags & (flag::STALE | flag::GAP), 0);
    }
}

#[test]
fn a_bad_fcs_behind_accepted_messages_makes_everything_stale() {
    if !card_is_there() {
        return;
    }
    let mut rig = Rig::new(&["ONE", "TWO"]);
    let frame = rig.frame(&[add(1, 2), add(1, 3)]);
    let before = rig.counters();
    rig.sim.with(|card| {
        card.receive(
            Line::A,
            RxFrame {
                bad: true,
                ..RxFrame::new(frame)
            },
        );
    });
    rig.rest();
    let counted = rig.counted_since(&before);
    for name in ["A.bad_frame", "bad_frame_accepted"] {
        assert!(counted.contains(&(name.to_owned(), 1)), "{name}: {counted:?}");
    }
    assert!(rig.take_events().iter().any(|e| e.code == Some(Code::BadFrame)));
    for slot in 0..2 {
        assert_ne!(
            rig.device.slot_state(slot).unwrap() & STALE,
            0,
            "slot {slot}: the locate may be wrong too"
        );
    }
    let next = rig.device.next_seq().unwrap();
    assert_eq!(
        next,
        rig.packets.next_sequence(),
        "the expected sequence does not move back"
    );
    rig.device.sync_slot(0, next).unwrap();
    let frame = rig.frame(&[add(1, 5)]);
    rig.receive_both(&frame);
    rig.rest();
    assert_eq!(
        rig.take_records().last().map(|r| r.core.flags & flag::STALE),
        Some(0)
    );
}

#[test]
fn another_session_is_dropped_until_it_is_accepted() {
    if !card_is_there() {
        return;
    }
    let mut rig = Rig::new(&["ONE"]);
    let mut other = wire::packetizer::Packetizer::new(Config {
        session: *b"0000000002",
        ..Config::default()
    });
    let mut frame = |reference| {
        other
            .push(&add(1, reference))
            .unwrap()
            .expect("one message a packet")
    };
    let first = frame(2);
    rig.receive_both(&first);
    rig.rest();
    assert!(rig.take_records().is_empty());
    assert!(
        rig.take_events()
            .iter()
            .any(|e| e.code == Some(Code::SessionChange))
    );
    rig.device.accept_session(b"0000000002", 2).unwrap();
    let second = frame(4);
    rig.receive_both(&second);
    rig.rest();
    assert_eq!(rig.take_records().len(), 1);
}

#[test]
fn random_bytes_on_both_lines_hang_nothing_and_are_counted() {
    if !card_is_there() {
        return;
    }
    let (seed, frames) = (1, if soak() { 20_000 } else { 400 });
    let mut rng = SmallRng::seed_from_u64(seed);
    let mut rig = Rig::new(&["ONE"]);
    let template = rig.frame(&[add(1, 0), add(1, 2)]);
    rig.receive_both(&template);
    rig.rest();
    rig.take_records();
    let (before, mut counts) = (rig.counters(), LineCounts::default());
    for _ in 0..frames {
        // Half of it noise, half good headers with noise behind; FCS wrong as often as not, as noise has it.
        let mut frame: Vec<u8> = (0..rng.random_range(1..400)).map(|_| rng.random()).collect();
        if rng.random() {
            let keep = rng.random_range(12..=template.len());
            frame.resize(frame.len().max(keep), 0);
            frame[..keep].copy_from_slice(&template[..keep]);
        }
        let bad = rng.random();
        expected(&frame, bad, &mut counts);
        rig.sim.with(|card| {
            card.receive(
                Line::A,
                RxFrame {
                    bad,
                    ..RxFrame::new(frame)
                },
            )
        });
    }
    rig.rest();
    rig.take_events();
    rig.take_records();
    assert_line_a(&mut rig, &before, &counts, &format!("seed {seed}"));
    let next = rig.device.next_seq().unwrap();
    rig.packets = wire::packetizer::Packetizer::new(Config {
        first_sequence: next,
        messages_per_packet: u16::MAX..=u16::MAX,
        ..Config::default()
    });
    assert_decodes(&mut rig, 1_000_000, "after the noise");
}

/// What the twin makes of the messages of a frame that follows nothing.
fn twin_of(messages: &[Vec<u8>]) -> Vec<TwinRecord> {
    let subscriptions = Subscriptions::new(&[Target::Symbol(symbol("ONE").unwrap())]);
    let mut twin = RecordTwin::new(subscriptions, &[Default::default()]);
    (1..)
        .zip(messages)
        .filter_map(|(seq, message)| twin.apply(message, seq))
        .collect()
}

#[test]
fn no_flipped_bit_gives_a_wrong_record_without_a_flag() {
    if !card_is_there() {
        return;
    }
    let cancel = Message::from(OrderCancel {
        header: header(1, 9),
        reference: 2,
        shares: 30,
    })
    .to_vec();
    let messages = [add(1, 2), add(1, 3), cancel];
    let golden = twin_of(&messages);
    assert_eq!(golden.len(), messages.len());
    let sim = common::card();
    let mut rig = Rig::on(sim.clone(), &["ONE"]);
    let good = rig.frame(&messages);
    let step = if soak() { 1 } else { 41 };
    let (mut exact, mut flagged) = (0, 0);
    for bit in (0..good.len() * 8).step_by(step) {
        rig = Rig::on(sim.clone(), &["ONE"]);
        let mut spoiled = good.clone();
        spoiled[bit / 8] ^= 1 << (bit % 8);
        sim.with(|card| {
            card.receive(
                Line::A,
                RxFrame {
                    bad: true,
                    ..RxFrame::new(spoiled)
                },
            )
        });
        // Line B is later, as it may be: line A's messages are accepted before its FCS is known bad.
        sim.with(|card| card.run(4));
        rig.receive(Line::B, good.clone());
        rig.rest();
        let stale = rig.device.slot_state(0).unwrap() & STALE != 0;
        for record in rig.take_records() {
            let levels = record.levels.expect("levels");
            let twin = golden.iter().find(|g| g.msg_seq == levels.msg_seq);
            if twin.is_some_and(|twin| twin.shows(&record.core, Some(&levels))) {
                exact += 1;
            } else {
                // Cut-through: the flag comes with the end of the frame, in the slot's state and on later records.
                assert!(
                    stale,
                    "bit {bit}: a wrong record, and the slot is not stale: {record:?}"
                );
                flagged += 1;
            }
        }
    }
    println!("card flipped bits: {exact} records exact, {flagged} of slots called stale");
    assert!(exact > 0);
}
