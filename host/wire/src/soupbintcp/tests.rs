use super::*;
use proptest::prelude::*;

const LOGIN: LoginRequest = LoginRequest {
    username: *b"FORGE ",
    password: *b"secret    ",
    session: [b' '; 10],
    sequence: 1,
    heartbeat_timeout_ms: None,
};
const SESSION: [u8; 10] = *b"    SESS01";

fn server() -> Server {
    Server::new(ServerConfig::new(LOGIN.username, *b"SECRET    ", SESSION), 0)
}

fn client(sequence: u64) -> Client {
    Client::new(ClientConfig::new(LoginRequest { sequence, ..LOGIN }), 0)
}

#[test]
fn packets_on_the_wire() {
    let accepted = Packet::LoginAccepted {
        session: SESSION,
        sequence: 42,
    };
    let cases: [(Packet<'_>, &[u8]); 11] = [
        (
            Packet::LoginRequest(LOGIN),
            b"\0\x2fLFORGE secret              \x20                  1",
        ),
        (
            Packet::LoginRequest(LoginRequest {
                heartbeat_timeout_ms: Some(15_000),
                ..LOGIN
            }),
            b"\0\x34LFORGE secret              \x20                  115000",
        ),
        (accepted, b"\0\x1fA    SESS01                  42"),
        (Packet::LoginRejected(b'A'), b"\0\x02JA"),
        (Packet::Sequenced(b"hello"), b"\0\x06Shello"),
        (Packet::Unsequenced(b"world"), b"\0\x06Uworld"),
        (Packet::ServerHeartbeat, b"\0\x01H"),
        (Packet::ClientHeartbeat, b"\0\x01R"),
        (Packet::EndOfSession, b"\0\x01Z"),
        (Packet::Logout, b"\0\x01O"),
        (Packet::Debug(b"dbg"), b"\0\x04+dbg"),
    ];
    for (packet, expected) in cases {
        assert_eq!(
            packet.to_vec().escape_ascii().to_string(),
            expected.escape_ascii().to_string()
        );
        assert_eq!(Packet::parse(&expected[2..]), Ok(packet));
    }
}

#[test]
fn numbers() {
    assert_eq!(digits(u64::MAX), *b"18446744073709551615");
    assert_eq!(number(b"  18446744073709551615"), Ok(u64::MAX));
    assert_eq!((number(b"     "), number(b"7   ")), (Ok(0), Ok(7)));
    assert!(number(b"18446744073709551616").is_err() && number(b"1x").is_err());
    assert_eq!((padded("AB"), padded::<1>("AB")), (Some(*b"AB  "), None));
}

/// Carries all output of one side to the other until both are quiet.
fn settle(
    client: &mut Client,
    server: &mut Server,
    log: &[Vec<u8>],
    now: u64,
) -> (Vec<ClientEvent>, Vec<ServerEvent>) {
    let (mut heard, mut asked) = (Vec::new(), Vec::new());
    loop {
        let up = client.take_output();
        asked.extend(server.receive(&up, log.len() as u64, now));
        server.pump(log, now);
        let down = server.take_output();
        heard.extend(client.receive(&down, now));
        if up.is_empty() && down.is_empty() {
            return (heard, asked);
        }
    }
}

fn log(count: u8) -> Vec<Vec<u8>> {
    (1..=count).map(|n| vec![n]).collect()
}

#[test]
fn a_session_is_resumed_where_it_was_left() {
    let (mut first, mut end) = (client(1), server());
    let (heard, asked) = settle(&mut first, &mut end, &log(3), 0);
    assert_eq!(asked, [ServerEvent::LoggedIn(1)]);
    assert_eq!(heard.len(), 4);
    assert!(first.send(b"order", 5) && end.is_logged_in());
    assert_eq!(
        settle(&mut first, &mut end, &log(3), 5).1,
        [ServerEvent::Message(b"order".to_vec())]
    );
    // The connection breaks; two more messages are made meanwhile.
    let (mut second, mut end) = (client(first.next_sequence()), server());
    let (heard, _) = settle(&mut second, &mut end, &log(5), 9);
    let message = |sequence, byte| ClientEvent::Message {
        sequence,
        bytes: vec![byte],
    };
    assert_eq!(
        heard,
        [
            ClientEvent::Accepted {
                session: SESSION,
                sequence: 4
            },
            message(4, 4),
            message(5, 5)
        ]
    );
    end.end_session(10);
    assert_eq!(second.receive(&end.take_output(), 10), [ClientEvent::Ended]);
    assert!(second.is_closed() && end.is_closed());
}

#[test]
fn sequence_0_waits_for_the_next_message() {
    let (mut late, mut end) = (client(0), server());
    let (heard, _) = settle(&mut late, &mut end, &log(7), 0);
    assert_eq!(
        heard,
        [ClientEvent::Accepted {
            session: SESSION,
            sequence: 8
        }]
    );
}

#[test]
fn logins_are_refused_with_their_reason() {
    let cases = [
        (
            LoginRequest {
                password: *b"other     ",
                ..LOGIN
            },
            reject::NOT_AUTHORIZED,
        ),
        (
            LoginRequest {
                username: *b"OTHER ",
                ..LOGIN
            },
            reject::NOT_AUTHORIZED,
        ),
        (
            LoginRequest {
                session: *b"    SESS02",
                ..LOGIN
            },
            reject::SESSION,
        ),
        (LoginRequest { sequence: 5, ..LOGIN }, reject::SESSION),
    ];
    for (login, reason) in cases {
        let (mut one, mut end) = (Client::new(ClientConfig::new(login), 0), server());
        let (heard, asked) = settle(&mut one, &mut end, &log(3), 0);
        assert_eq!(
            (heard, asked),
            (
                vec![ClientEvent::Rejected(reason)],
                vec![ServerEvent::Refused(reason)]
            )
        );
        assert!(one.is_closed() && end.is_closed() && !one.send(b"x", 1));
    }
}

#[test]
fn heartbeats_and_silence() {
    let (mut one, mut end) = (client(1), server());
    assert_eq!(one.tick(HEARTBEAT_NS), None);
    settle(&mut one, &mut end, &[], 0);
    assert_eq!((one.tick(HEARTBEAT_NS - 1), one.take_output()), (None, vec![]));
    assert_eq!((one.tick(HEARTBEAT_NS), end.tick(HEARTBEAT_NS)), (None, None));
    assert_eq!(one.take_output(), Packet::ClientHeartbeat.to_vec());
    assert_eq!(end.take_output(), Packet::ServerHeartbeat.to_vec());
    // Whoever looks and finds nothing has heard nothing.
    assert_eq!(one.receive(&[], TIMEOUT_NS - 1), vec![]);
    assert_eq!(end.receive(&[], 0, TIMEOUT_NS - 1), vec![]);
    assert_eq!(one.tick(TIMEOUT_NS - 1), None);
    assert_eq!(one.tick(TIMEOUT_NS), Some(ClientEvent::Lost(None)));
    assert_eq!(end.tick(TIMEOUT_NS), Some(ServerEvent::Lost(None)));
    assert_eq!((one.tick(u64::MAX), end.tick(u64::MAX)), (None, None));
    // A client of 4.x says how long it may be silent.
    let login = LoginRequest {
        heartbeat_timeout_ms: Some(2_000),
        ..LOGIN
    };
    let (mut one, mut end) = (Client::new(ClientConfig::new(login), 0), server());
    settle(&mut one, &mut end, &[], 0);
    assert_eq!(end.tick(1_999_999_999), None);
    assert_eq!(end.tick(2_000_000_000), Some(ServerEvent::Lost(None)));
}

#[test]
fn what_does_not_belong_loses_the_connection() {
    let early = Packet::Unsequenced(b"order").to_vec();
    assert!(matches!(
        server().receive(&early, 0, 0)[..],
        [ServerEvent::Lost(Some(_))]
    ));
    let twice = [
        Packet::LoginRequest(LOGIN).to_vec(),
        Packet::LoginRequest(LOGIN).to_vec(),
    ]
    .concat();
    assert!(matches!(
        server().receive(&twice, 0, 0)[..],
        [ServerEvent::LoggedIn(1), ServerEvent::Lost(Some(_))]
    ));
    let early = Packet::Sequenced(b"fill").to_vec();
    assert!(matches!(
        client(1).receive(&early, 0)[..],
        [ClientEvent::Lost(Some(_))]
    ));
    assert!(matches!(
        server().receive(&[0, 0], 0, 0)[..],
        [ServerEvent::Lost(Some(_))]
    ));
    let mut end = server();
    assert_eq!(
        end.receive(&Packet::Logout.to_vec(), 0, 0),
        [ServerEvent::LoggedOut]
    );
    let mut one = client(1);
    one.take_output();
    one.logout(0);
    assert_eq!(one.take_output(), Packet::Logout.to_vec());
}

proptest! {
    #[test]
    fn any_split_gives_the_same_packets(bodies in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..20), cuts in proptest::collection::vec(1..30_usize, 1..60)) {
        let stream: Vec<u8> = bodies.iter().flat_map(|body| Packet::Sequenced(body).to_vec()).collect();
        let (mut decoder, mut read, mut rest) = (Decoder::new(), Vec::new(), &stream[..]);
        for cut in cuts.iter().cycle() {
            let (now, later) = rest.split_at((*cut).min(rest.len()));
            decoder.push(now);
            while let Some(packet) = decoder.next_packet().unwrap() {
                match packet {
                    Packet::Sequenced(body) => read.push(body.to_vec()),
                    other => prop_assert!(false, "{:?}", other),
                }
            }
            rest = later;
            if rest.is_empty() {
                break;
            }
        }
        prop_assert_eq!((read, decoder.pending()), (bodies, 0));
    }

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), cut in 0..300_usize) {
        let cut = cut.min(bytes.len());
        let (mut one, mut end) = (client(1), server());
        end.receive(&Packet::LoginRequest(LOGIN).to_vec(), 0, 0);
        for part in [&bytes[..cut], &bytes[cut..]] {
            one.receive(part, 1);
            end.receive(part, 3, 1);
        }
        if let Ok(packet) = Packet::parse(&bytes) {
            prop_assert_eq!(packet.kind(), bytes[0]);
        }
    }
}
