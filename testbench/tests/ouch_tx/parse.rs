//! Reads a frame as its receiver would: every length and checksum, and the message.

use contract::slot::Kind;
use testbench::{Bench, Failure, Verdict};
use wire::ouch50::Request;
use wire::{WireError, ethernet, ipv4, tcp, udp};

/// The OUCH message, or the raw payload, and whether all checksums are good.
fn message(bytes: &[u8], is_tcp: bool, raw: bool) -> Result<(Vec<u8>, bool), WireError> {
    let frame = ethernet::Frame::new_checked(bytes)?;
    let packet = ipv4::Packet::new_checked(frame.payload())?;
    let (source, destination) = (packet.source(), packet.destination());
    let header = packet.checksum_is_good() && frame.ethertype() == ethernet::ETHERTYPE_IPV4;
    let behind = bytes.len() - ethernet::HEADER_LEN - packet.total_len();
    let padded = behind == 0 || bytes.len() == 60;
    if is_tcp {
        let segment = tcp::Segment::new_checked(packet.payload())?;
        let payload = segment.payload();
        let good = segment.checksum_is_good(source, destination) && packet.protocol() == ipv4::PROTOCOL_TCP;
        if raw {
            return Ok((payload.to_vec(), header && padded && good));
        }
        let length = usize::from(u16::from_be_bytes([payload[0], payload[1]]));
        let soup = length + 2 == payload.len() && payload[2] == b'U';
        return Ok((payload[3..].to_vec(), header && padded && good && soup));
    }
    let datagram = udp::Packet::new_checked(packet.payload())?;
    // A checksum of 0 would pass as "none".
    let there = packet.payload()[6..8] != [0, 0];
    let good = datagram.checksum_is_good(source, destination) && packet.protocol() == ipv4::PROTOCOL_UDP;
    Ok((datagram.payload().to_vec(), header && padded && good && there))
}

/// Checks a whole frame.
pub(crate) fn check(bench: &mut Bench, bytes: &[u8], is_tcp: bool, kind: Kind) -> Verdict {
    let wire = |error: WireError| Failure(format!("a frame that does not parse: {error}"));
    let (message, good) = message(bytes, is_tcp, kind == Kind::Raw).map_err(wire)?;
    bench.check(good, || format!("a checksum or length is wrong in {bytes:02x?}"))?;
    if kind == Kind::Raw {
        return bench.check((3..=14).contains(&message.len()), || {
            format!("a raw payload of {} bytes", message.len())
        });
    }
    let (request, mut options) = Request::parse(&message).map_err(wire)?;
    let letter = match kind {
        Kind::Enter | Kind::Trigger | Kind::Raw => b'O',
        Kind::Cancel => b'X',
        Kind::Replace => b'U',
        Kind::Modify => b'M',
        Kind::MassCancel | Kind::Watchdog => b'C',
        Kind::DisableEntry => b'D',
        Kind::EnableEntry => b'E',
    };
    bench.eq("message type", request.kind(), letter)?;
    bench.eq("options", options.next().is_none(), true)
}
