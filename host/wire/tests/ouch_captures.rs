//! Real OUCH 5.0 packets, found by `TICKFORGE_DATA` (docs/data.md): every layer is read, and written again byte for byte.

use std::path::Path;
use wire::ouch50::{Accepted, AcceptedView, EnterOrder, EnterOrderView};
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

/// The message in a SoupBinTCP packet of this type; the segment's header comes out the same again.
fn message(file: &Path, soup: u8) -> Vec<u8> {
    let (source, destination, mut bytes) = segment(file);
    let view = tcp::Segment::new_checked(&bytes[..]).unwrap();
    let payload = view.payload().to_vec();
    let (repr, good) = (
        tcp::Repr::parse(&view),
        view.checksum_is_good(source, destination),
    );
    assert_eq!(
        usize::from(u16::from_be_bytes([payload[0], payload[1]])) + 2,
        payload.len()
    );
    assert_eq!(payload[2], soup);
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
    payload[3..].to_vec()
}

#[cfg_attr(miri, ignore = "reads a capture file")]
#[test]
fn captured_messages() {
    let Some(folder) = std::env::var_os("TICKFORGE_DATA") else {
        println!("skipped: TICKFORGE_DATA not set (see docs/data.md)");
        return;
    };
    let folder = Path::new(&folder).join("omi-pcap/Nasdaq/Nasdaq.Nsm.Ouch.v5.0");

    let bytes = message(&folder.join("EnterOrderMessage.pcap"), b'U');
    let view = EnterOrderView::new_checked(&bytes[..]).unwrap();
    let order = EnterOrder::parse(&view);
    assert_eq!(
        (order.side, &order.symbol, order.quantity),
        (b'T', b"CVLT    ", 225)
    );
    assert_eq!(
        (order.user_ref, order.price, &order.cl_ord_id),
        (113, 630_200, b"H8FUB8IV      ")
    );
    let options = view.appendage();
    assert_eq!(options, b"\x05\x02LIME");
    let mut again = vec![0; EnterOrder::LEN];
    order.emit(&mut again);
    assert_eq!(again[..45], bytes[..45]);

    let bytes = message(&folder.join("OrderAcceptedMessage.pcap"), b'S');
    let view = AcceptedView::new_checked(&bytes[..]).unwrap();
    let accepted = Accepted::parse(&view);
    assert_eq!(
        (accepted.side, &accepted.symbol, accepted.quantity),
        (b'B', b"ADBE    ", 40)
    );
    assert_eq!((accepted.state, &accepted.cl_ord_id), (b'L', b"7682701       "));
    let mut again = vec![0; Accepted::LEN];
    accepted.emit(&mut again);
    assert_eq!(again[..62], bytes[..62]);
}
