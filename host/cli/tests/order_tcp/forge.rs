//! What a host that is wrong, or means harm, writes into the frame TX window.

use crate::peer::{ADDRESS, OUR_ADDRESS, OUR_MAC, PORT};
use wire::ouch50::EnterOrder;
use wire::soupbintcp::Packet;
use wire::tcp::flag;
use wire::{ethernet, ipv4, tcp};

/// What becomes of a forged frame: the counter that tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Unread,
    Withheld,
}

/// An order no gate has seen, in its packet.
fn order() -> Vec<u8> {
    let mut message = vec![0; 64];
    let enter = EnterOrder {
        user_ref: 1_000_000,
        side: b'B',
        quantity: 999_999,
        symbol: *b"TEST    ",
        price: 2_000_000,
        time_in_force: b'3',
        display: b'Y',
        capacity: b'A',
        iso: b'N',
        cross_type: b'N',
        cl_ord_id: *b"forged        ",
    };
    let length = enter.emit(&mut message);
    Packet::Unsequenced(&message[..length]).to_vec()
}

/// A frame around a segment; checksums are right, so that the peer would take it.
fn frame(
    port: u16,
    peer_port: u16,
    sequence: u32,
    acknowledgement: u32,
    flags: u8,
    payload: &[u8],
) -> Vec<u8> {
    let header = tcp::Repr {
        source_port: port,
        destination_port: peer_port,
        sequence,
        acknowledgement,
        flags,
        window: 60_000,
    };
    let mut segment = vec![0; tcp::HEADER_LEN];
    segment.extend_from_slice(payload);
    header.emit(OUR_ADDRESS, ADDRESS, &mut segment);
    packet(ipv4::PROTOCOL_TCP, &segment)
}

/// A frame around the payload of a packet.
fn packet(protocol: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![0; ethernet::HEADER_LEN + ipv4::HEADER_LEN];
    ethernet::Repr {
        destination: [0xff; 6],
        source: OUR_MAC,
        vlan: None,
        ethertype: ethernet::ETHERTYPE_IPV4,
    }
    .emit(&mut out);
    ipv4::Repr {
        source: OUR_ADDRESS,
        destination: ADDRESS,
        protocol,
        ttl: 64,
        identification: 0,
        payload_len: u16::try_from(payload.len()).expect("a frame"),
    }
    .emit(&mut out[ethernet::HEADER_LEN..]);
    out.extend_from_slice(payload);
    out
}

/// Orders the connection at `port` might take: `next` is the sequence of its next byte, `old` bytes were sent before it.
pub(crate) fn frames(port: u16, next: u32, old: u32, acknowledgement: u32) -> Vec<(Vec<u8>, Outcome)> {
    use Outcome::{Unread, Withheld};
    let ack = flag::ACK | flag::PSH;
    let order = order();
    let new = frame(port, PORT, next, acknowledgement, ack, &order);
    let mut tagged = new.clone();
    tagged.splice(12..12, [0x81, 0, 0, 1]);
    let mut fragment = new.clone();
    fragment[20] = 0x20;
    let mut options = new.clone();
    options[14] = 0x46;
    let mut short = new.clone();
    short[17] -= 1;
    vec![
        (new.clone(), Withheld),
        (
            frame(port, PORT, next.wrapping_sub(old), acknowledgement, ack, &order),
            Withheld,
        ),
        (
            frame(port, PORT, next.wrapping_add(50), acknowledgement, ack, &order),
            Withheld,
        ),
        (
            frame(port + 1, PORT, next, acknowledgement, ack, &order),
            Withheld,
        ),
        (
            frame(port, PORT + 1, next, acknowledgement, ack, &order),
            Withheld,
        ),
        (
            frame(port, PORT, next.wrapping_sub(1), 0, flag::SYN, &order),
            Unread,
        ),
        (
            frame(port, PORT, next, acknowledgement, ack | flag::RST, &order),
            Unread,
        ),
        (
            frame(port, PORT, next, acknowledgement, ack | 0x20, &order),
            Unread,
        ),
        (packet(17, &order), Unread),
        (tagged, Unread),
        (fragment, Unread),
        (options, Unread),
        (short, Unread),
    ]
}
