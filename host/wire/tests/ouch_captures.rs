//! Real OUCH 5.0 packets, found by `TICKFORGE_DATA` (docs/data.md): every layer is read, and written again byte for byte.

use std::path::Path;
use wire::ouch50::{Appendage, Opt, Options, Request, Response};
use wire::soupbintcp::{Decoder, kind};
use wire::{ethernet, ipv4, pcap, tcp};

/// Addresses and segment of the first packet of a capture.
fn segment(file: &Path) -> ([u8; 4], [u8; 4], Vec<u8>) {
    let bytes = std::fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let mut reader = pcap::Reader::new(&bytes[..]).unwrap();
    let packet = reader.next_record().unwrap().expect("a packet");
    let frame = ethernet::Frame::new_checked(packet.frame).unwrap();
    assert_eq!(frame.ethertype(), ethernet::ETHERTYPE_IPV4);
    let packet = ipv4::Packet::new_checked(frame.payload()).unwrap();
    assert_eq!(packet.protocol(), ipv4::PROTOCOL_TCP);
    assert!(packet.checksum_is_good());
    (packet.source(), packet.destination(), packet.payload().to_vec())
}

/// The payload of the first packet; the segment's header comes out the same again.
fn payload(file: &Path) -> Vec<u8> {
    let (source, destination, mut bytes) = segment(file);
    let view = tcp::Segment::new_checked(&bytes[..]).unwrap();
    let payload = view.payload().to_vec();
    let (repr, good) = (
        tcp::Repr::parse(&view),
        view.checksum_is_good(source, destination),
    );
    let before = bytes.clone();
    repr.emit(source, destination, &mut bytes);
    if good {
        assert_eq!(bytes, before);
    }
    assert!(
        tcp::Segment::new_checked(&bytes[..])
            .unwrap()
            .checksum_is_good(source, destination)
    );
    payload
}

/// The one packet in a stream that comes byte by byte; it is written again as it came.
fn packet(stream: &[u8]) -> (u8, Vec<u8>) {
    let mut decoder = Decoder::new();
    let (last, before) = stream.split_last().expect("a packet");
    for byte in before {
        decoder.push(&[*byte]);
        assert_eq!(decoder.next_packet(), Ok(None));
    }
    decoder.push(&[*last]);
    let packet = decoder.next_packet().unwrap().expect("whole");
    assert_eq!(packet.to_vec(), stream);
    (packet.kind(), stream[3..].to_vec())
}

fn appendage(options: Options<'_>) -> Appendage {
    options.fold(Appendage::new(), |all, option| {
        all.with(option.expect("a known option"))
    })
}

#[cfg_attr(miri, ignore = "reads a capture file")]
#[test]
fn captured_messages() {
    let Some(folder) = std::env::var_os("TICKFORGE_DATA") else {
        println!("skipped: TICKFORGE_DATA not set (see docs/data.md)");
        return;
    };
    let folder = Path::new(&folder).join("omi-pcap/Nasdaq/Nasdaq.Nsm.Ouch.v5.0");

    let heartbeat = payload(&folder.join("ClientHeartbeatPacket.pcap"));
    assert_eq!(packet(&heartbeat), (kind::CLIENT_HEARTBEAT, Vec::new()));

    let (soup, bytes) = packet(&payload(&folder.join("EnterOrderMessage.pcap")));
    assert_eq!(soup, kind::UNSEQUENCED);
    let (Request::EnterOrder(order), options) = Request::parse(&bytes).unwrap() else {
        panic!("another request");
    };
    assert_eq!(
        (order.side, &order.symbol, order.quantity),
        (b'T', b"CVLT    ", 225)
    );
    assert_eq!(
        (order.user_ref, order.price, &order.cl_ord_id),
        (113, 630_200, b"H8FUB8IV      ")
    );
    let options = appendage(options);
    assert_eq!(options, Appendage::new().with(Opt::Firm(*b"LIME")));
    assert_eq!(order.to_vec(&options), bytes);

    let (soup, bytes) = packet(&payload(&folder.join("OrderAcceptedMessage.pcap")));
    assert_eq!(soup, kind::SEQUENCED);
    let (Response::Accepted(accepted), options) = Response::parse(&bytes).unwrap() else {
        panic!("another response");
    };
    assert_eq!(
        (accepted.side, &accepted.symbol, accepted.quantity),
        (b'B', b"ADBE    ", 40)
    );
    assert_eq!((accepted.state, &accepted.cl_ord_id), (b'L', b"7682701       "));
    let options = appendage(options);
    let told = Appendage::new()
        .with(Opt::Firm(*b"MLRO"))
        .with(Opt::BboWeight(b'0'));
    assert_eq!(options, told);
    assert_eq!(Response::from(accepted).to_vec(&options), bytes);
}
