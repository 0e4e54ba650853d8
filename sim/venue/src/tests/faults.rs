use std::collections::BTreeSet;

use wire::glimpse;
use wire::moldudp64::{Kind, Packet, Request};
use wire::soupbintcp::{Client, ClientConfig, ClientEvent, LoginRequest, ServerConfig};

use super::*;
use crate::{Door, DoorEvent, Frame, Line, snapshot};

/// Sequences per line of a run of 400 messages.
fn run(faults: Faults) -> (Exchange, Vec<Frame>) {
    let mut e = exchange_with(faults);
    for reference in 100..300 {
        market(&mut e, &add(reference, b'B', 10, 90_000));
        market(&mut e, &delete(reference));
    }
    e.feed_mut().end();
    let frames = e.feed_mut().take_frames();
    (e, frames)
}

fn sequences(frames: &[Frame], line: Line) -> Vec<u64> {
    let of = frames.iter().filter(|frame| frame.line == line);
    of.flat_map(|frame| {
        let packet = Packet::new_checked(frame.payload()).unwrap();
        match packet.kind() {
            Kind::Data(count) => packet.sequence()..packet.sequence() + u64::from(count),
            _ => 0..0,
        }
    })
    .collect()
}

#[test]
fn without_faults_both_lines_carry_everything_in_order() {
    let (_, frames) = run(Faults::default());
    let all: Vec<u64> = (1..=405).collect();
    assert_eq!(sequences(&frames, Line::A), all);
    assert_eq!(sequences(&frames, Line::B), all);
    let last = Packet::new_checked(frames[frames.len() - 1].payload()).unwrap();
    assert_eq!((last.kind(), last.sequence()), (Kind::EndOfSession, 406));
}

#[test]
fn each_line_has_its_own_loss_duplicates_and_reorder() {
    let faults = Faults {
        seed: 7,
        loss: [100_000, 0],
        duplicate: [0, 100_000],
        reorder: [0, 100_000],
        ..Faults::default()
    };
    let (_, frames) = run(faults);
    let (a, b) = (sequences(&frames, Line::A), sequences(&frames, Line::B));
    assert!((300..400).contains(&a.len()) && a.is_sorted(), "{}", a.len());
    assert!(b.len() > 420 && !b.is_sorted());
    assert_eq!(b.iter().collect::<BTreeSet<_>>().len(), 405);
    assert_eq!(frames, run(faults).1, "the same seed, the same run");
    assert_ne!(frames, run(Faults { seed: 8, ..faults }).1);
}

#[test]
fn a_gap_on_both_lines_is_filled_by_re_request() {
    let (e, frames) = run(Faults {
        gap_every: 50,
        ..Faults::default()
    });
    let mut seen: BTreeSet<u64> = sequences(&frames, Line::A).into_iter().collect();
    seen.extend(sequences(&frames, Line::B));
    let missing: Vec<u64> = (1..=405).filter(|sequence| !seen.contains(sequence)).collect();
    assert_eq!(missing, [50, 100, 150, 200, 250, 300, 350, 400]);
    let ask = |session, sequence, count| {
        e.feed()
            .reply_to(
                &Request {
                    session,
                    sequence,
                    count,
                }
                .emit(),
            )
            .map(|bytes| {
                let packet = Packet::new_checked(bytes).unwrap();
                let blocks = packet.blocks().map(|block| block.unwrap().message.to_vec());
                (packet.sequence(), blocks.collect::<Vec<_>>())
            })
    };
    let session = e.feed().session();
    let (sequence, messages) = ask(session, 50, 2).unwrap();
    assert_eq!((sequence, messages.len()), (50, 2));
    assert_eq!(Some(&messages[0][..]), e.feed().message(50));
    // As many as a packet holds, as many as there are; nothing of what is not there.
    assert!((30..60).contains(&ask(session, 1, 500).unwrap().1.len()));
    assert_eq!(ask(session, 404, 500).unwrap().1.len(), 2);
    assert_eq!(ask(session, 406, 1), None);
    assert_eq!(ask(*b"0000000009", 1, 1), None);
    assert_eq!(e.feed().reply_to(&[0; 19]), None);
}

#[test]
fn a_session_change_starts_at_1_again() {
    let (e, frames) = run(Faults {
        session_change_after: 105,
        ..Faults::default()
    });
    let a = sequences(&frames, Line::A);
    assert_eq!(a, (1..=105).chain(1..=300).collect::<Vec<u64>>());
    assert_eq!(e.feed().session(), *b"0000000002");
    assert_eq!(e.feed().next_sequence(), 301);
}

#[test]
fn a_halt_lasts_its_messages() {
    let mut e = exchange_with(Faults {
        halt_after: 5,
        halt_messages: 2,
        ..Faults::default()
    });
    assert_eq!(send(&mut e, order(1, b'B', 10, 99_000), &[]), ["J1 0x7"]);
    market(&mut e, &add(6, b'B', 10, 90_000));
    assert_eq!(send(&mut e, order(2, b'B', 10, 99_000), &[]), ["J2 0x7"]);
    market(&mut e, &add(7, b'B', 10, 90_000));
    assert_eq!(send(&mut e, order(3, b'B', 10, 99_000), &[]), ["A3 10"]);
    assert_eq!(feed_since(&e, 6), ["H", "A6 10", "A7 10", "H", "Ao0 10"]);
}

#[test]
fn requests_taken_twice_or_late_change_nothing() {
    let mut e = exchange_with(Faults {
        duplicate_request: 1_000_000,
        stale_request: 1_000_000,
        ..Faults::default()
    });
    assert_eq!(send(&mut e, order(1, b'B', 10, 99_000), &[]), ["A1 10"]);
    assert_eq!(send(&mut e, order(2, b'B', 10, 99_000), &[]), ["A2 10"]);
    assert_eq!((e.counters().requests, e.counters().retransmitted), (5, 3));
}

#[test]
fn every_execution_may_be_broken() {
    let mut e = exchange_with(Faults {
        bust: 1_000_000,
        ..Faults::default()
    });
    assert_eq!(
        send(&mut e, order(1, b'B', 10, 100_200), &[]),
        ["A1 10", "E1 10 @100200 R", "B1"]
    );
}

const LOGIN: LoginRequest = LoginRequest {
    username: *b"FORGE ",
    password: *b"secret    ",
    session: [b' '; 10],
    sequence: 1,
    heartbeat_timeout_ms: None,
};

#[test]
fn a_cut_connection_is_resumed_without_loss() {
    let config = ServerConfig::new(LOGIN.username, LOGIN.password, *b"0000000001");
    let (mut e, mut door) = (exchange(), Door::new(config, 1_000, 60));
    let mut client = Client::new(ClientConfig::new(LOGIN), 0);
    door.connect(0);
    door.receive(&client.take_output(), 0);
    client.receive(&door.poll(0).0, 0);
    assert!(client.send(&order(1, b'B', 10, 99_000).to_vec(&Appendage::new()), 0));
    let events = door.receive(&client.take_output(), 0);
    let [DoorEvent::Request(request)] = &events[..] else {
        panic!("{events:?}");
    };
    e.request(request, 0).unwrap();
    door.respond(e.take_responses(), 0);
    // Late: nothing yet. Then the cable is cut inside the Accepted.
    assert_eq!(door.poll(999), (vec![], false));
    let (bytes, over) = door.poll(1_000);
    assert_eq!((bytes.len(), over, door.is_open()), (27, true, false));
    assert!(client.receive(&bytes, 1_000).is_empty());
    let login = LoginRequest {
        sequence: client.next_sequence(),
        ..LOGIN
    };
    let mut client = Client::new(ClientConfig::new(login), 2_000);
    door.connect(2_000);
    door.receive(&client.take_output(), 2_000);
    let heard = client.receive(&door.poll(2_000).0, 2_000);
    assert!(
        matches!(&heard[..], [ClientEvent::Accepted { sequence: 1, .. }, ClientEvent::Message { sequence: 1, bytes }] if bytes[0] == b'A')
    );
    assert_eq!(client.receive(&door.end(3_000), 3_000), [ClientEvent::Ended]);
}

#[test]
fn a_snapshot_is_the_book() {
    let mut e = exchange();
    send(&mut e, order(1, b'B', 30, 100_000), &[]);
    send(&mut e, order(2, b'B', 40, 100_200), &[]);
    let picture = snapshot(&e);
    let mut copy = Exchange::new(Config::default());
    let mut end = None;
    for message in &picture {
        match glimpse::Message::parse(message).unwrap() {
            glimpse::Message::Itch(bytes) => copy.market(bytes).unwrap(),
            glimpse::Message::End(sequence) => end = Some(sequence),
        }
    }
    assert_eq!(end, Some(e.feed().next_sequence()));
    for side in [itch50::Side::Bid, itch50::Side::Ask] {
        let queue = e.book().queue(1, side);
        assert_eq!(copy.book().queue(1, side), queue);
        for reference in queue {
            assert_eq!(
                copy.book().get(reference).map(|order| order.open),
                e.book().get(reference).map(|order| order.open)
            );
        }
    }
}
