//! Order frames: the headers the card is given, and every frame that left it held against the order behind it.

use std::fmt::Debug;

use contract::template::{FRAME_MIN, Mode, SOUP_BYTES};
use engine::order_path::{Orders, Transport};
use engine::tcp::Endpoints;
use sim_card::TxFrame;
use wire::ouch50::REQUEST_FIELDS;
use wire::{ethernet, ipv4, tcp, udp};

/// Hops an order frame may take.
const TTL: u8 = 64;
/// Receive window the card announces where no stack stands behind it, bytes.
const WINDOW: u16 = u16::MAX;
/// SoupBinTCP, unsequenced data packet (3.2.3).
const SOUP_UNSEQUENCED: u8 = b'U';

/// TCP numbers a frame carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TcpNumbers {
    /// Sequence of the first payload byte.
    pub(crate) sequence: u32,
    /// Acknowledgement.
    pub(crate) acknowledgement: u32,
}

/// What every order frame of a run has in common.
#[derive(Debug, Clone)]
pub(crate) struct OrderFrames {
    mode: Mode,
    ethernet: ethernet::Repr,
    source: [u8; 4],
    destination: [u8; 4],
    ports: udp::Repr,
    /// Receive window the frames announce, bytes.
    window: u16,
}

impl OrderFrames {
    pub(crate) fn new(orders: &Orders) -> Self {
        Self {
            mode: match orders.mode {
                Transport::Udp => Mode::Udp,
                Transport::Tcp => Mode::Tcp,
            },
            ethernet: ethernet::Repr {
                destination: orders.destination_mac.0,
                source: orders.source_mac.0,
                vlan: None,
                ethertype: ethernet::ETHERTYPE_IPV4,
            },
            source: orders.source_ip.octets(),
            destination: orders.destination_ip.octets(),
            ports: udp::Repr {
                source_port: orders.source_port,
                destination_port: orders.destination_port,
            },
            window: WINDOW,
        }
    }

    /// Those of a connection that the host's own stack has made; `window` is what it announces.
    pub(crate) const fn of_connection(ends: &Endpoints, peer_ethernet: [u8; 6], window: u16) -> Self {
        Self {
            mode: Mode::Tcp,
            ethernet: ethernet::Repr {
                destination: peer_ethernet,
                source: ends.ethernet,
                vlan: None,
                ethertype: ethernet::ETHERTYPE_IPV4,
            },
            source: ends.address,
            destination: ends.peer,
            ports: udp::Repr {
                source_port: ends.port,
                destination_port: ends.peer_port,
            },
            window,
        }
    }

    /// Transport.
    pub(crate) const fn mode(&self) -> Mode {
        self.mode
    }

    /// Bytes of the payload that carries `message`: what the TCP sequence advances by.
    pub(crate) const fn payload_len(&self, message: &[u8]) -> usize {
        self.mode.prefix() + message.len()
    }

    /// The headers alone, as the card takes them for its template.
    pub(crate) fn headers(&self) -> Vec<u8> {
        let numbers = TcpNumbers {
            sequence: 0,
            acknowledgement: 0,
        };
        let mut frame = self.frame(&[0; 47], numbers);
        frame.truncate(self.mode.headers());
        frame
    }

    fn tcp(&self, numbers: TcpNumbers) -> tcp::Repr {
        tcp::Repr {
            source_port: self.ports.source_port,
            destination_port: self.ports.destination_port,
            sequence: numbers.sequence,
            acknowledgement: numbers.acknowledgement,
            flags: tcp::flag::ACK | tcp::flag::PSH,
            window: self.window,
        }
    }

    fn ipv4(&self, payload_len: usize) -> ipv4::Repr {
        ipv4::Repr {
            source: self.source,
            destination: self.destination,
            protocol: match self.mode {
                Mode::Udp => ipv4::PROTOCOL_UDP,
                Mode::Tcp => ipv4::PROTOCOL_TCP,
            },
            ttl: TTL,
            identification: 0,
            payload_len: u16::try_from(payload_len).unwrap_or(u16::MAX),
        }
    }

    /// The frame that carries `message`, an OUCH request.
    fn frame(&self, message: &[u8], numbers: TcpNumbers) -> Vec<u8> {
        let headers = self.mode.headers();
        let mut bytes = vec![0; headers + self.payload_len(message)];
        if self.mode == Mode::Tcp {
            let soup = u16::try_from(message.len() + 1).unwrap_or(u16::MAX);
            bytes[headers..headers + 2].copy_from_slice(&soup.to_be_bytes());
            bytes[headers + 2] = SOUP_UNSEQUENCED;
        }
        bytes[headers + self.mode.prefix()..].copy_from_slice(message);
        let (link, network) = bytes.split_at_mut(ethernet::HEADER_LEN);
        self.ethernet.emit(link);
        let (internet, transport) = network.split_at_mut(ipv4::HEADER_LEN);
        self.ipv4(transport.len()).emit(internet);
        match self.mode {
            Mode::Udp => self.ports.emit(self.source, self.destination, transport),
            Mode::Tcp => self.tcp(numbers).emit(self.source, self.destination, transport),
        }
        bytes
    }

    /// Checks a frame that has to carry `expected`, an OUCH request; says what is wrong with it.
    pub(crate) fn check(&self, frame: &TxFrame, expected: &[u8], numbers: TcpNumbers) -> Result<(), String> {
        let payload = self.opened(frame, self.payload_len(expected))?;
        let message = match self.mode {
            Mode::Udp => self.datagram(payload)?,
            Mode::Tcp => unwrapped(self.segment(payload, numbers)?)?,
        };
        message_equals(message, expected)
    }

    /// The same of a frame whose payload is `expected` as it stands.
    pub(crate) fn check_raw(
        &self,
        frame: &TxFrame,
        expected: &[u8],
        numbers: TcpNumbers,
    ) -> Result<(), String> {
        equal("mode", &self.mode, &Mode::Tcp)?;
        let payload = self.opened(frame, expected.len())?;
        equal("payload", &self.segment(payload, numbers)?, &expected)
    }

    /// What the IPv4 packet of a frame carries, whose own payload has to be so long.
    fn opened<'a>(&self, frame: &'a TxFrame, payload_len: usize) -> Result<&'a [u8], String> {
        equal("underrun", &frame.underrun, &false)?;
        let link = ethernet::Frame::new_checked(&frame.bytes[..]).map_err(|e| e.to_string())?;
        equal("ethernet", &ethernet::Repr::parse(&link), &self.ethernet)?;
        let packet = frame
            .bytes
            .get(ethernet::HEADER_LEN..)
            .map(ipv4::Packet::new_checked)
            .ok_or("no IPv4 packet")?
            .map_err(|e| e.to_string())?;
        equal("IPv4 checksum good", &packet.checksum_is_good(), &true)?;
        equal("IPv4 fragment", &packet.is_fragment(), &false)?;
        let length = self.mode.headers() - ethernet::HEADER_LEN - ipv4::HEADER_LEN + payload_len;
        equal("IPv4", &ipv4::Repr::parse(&packet), &self.ipv4(length))?;
        let whole = (ethernet::HEADER_LEN + packet.total_len()).max(FRAME_MIN);
        equal("bytes", &frame.bytes.len(), &whole)?;
        let at = ethernet::HEADER_LEN + ipv4::HEADER_LEN;
        frame
            .bytes
            .get(at..at + length)
            .ok_or_else(|| "cut off".to_owned())
    }

    fn datagram<'a>(&self, payload: &'a [u8]) -> Result<&'a [u8], String> {
        let packet = udp::Packet::new_checked(payload).map_err(|e| e.to_string())?;
        let good = packet.checksum_is_good(self.source, self.destination);
        equal("UDP checksum good", &good, &true)?;
        equal("UDP", &udp::Repr::parse(&packet), &self.ports)?;
        equal("UDP length", &packet.length(), &payload.len())?;
        Ok(&payload[udp::HEADER_LEN..])
    }

    fn segment<'a>(&self, payload: &'a [u8], numbers: TcpNumbers) -> Result<&'a [u8], String> {
        let segment = tcp::Segment::new_checked(payload).map_err(|e| e.to_string())?;
        let good = segment.checksum_is_good(self.source, self.destination);
        equal("TCP checksum good", &good, &true)?;
        equal("TCP header", &segment.header_len(), &tcp::HEADER_LEN)?;
        equal("TCP", &tcp::Repr::parse(&segment), &self.tcp(numbers))?;
        Ok(&payload[tcp::HEADER_LEN..])
    }
}

/// The message in a SoupBinTCP packet.
fn unwrapped(packet: &[u8]) -> Result<&[u8], String> {
    let (soup, message) = packet
        .split_at_checked(SOUP_BYTES)
        .ok_or("no SoupBinTCP header")?;
    let announced = usize::from(u16::from_be_bytes([soup[0], soup[1]]));
    equal("SoupBinTCP length", &announced, &(message.len() + 1))?;
    equal("SoupBinTCP type", &soup[2], &SOUP_UNSEQUENCED)?;
    Ok(message)
}

fn equal<T: PartialEq + Debug>(what: &str, seen: &T, expected: &T) -> Result<(), String> {
    if seen == expected {
        Ok(())
    } else {
        Err(format!("{what} {seen:?}, expected {expected:?}"))
    }
}

/// Compares a request field by field; names the first that differs.
fn message_equals(message: &[u8], expected: &[u8]) -> Result<(), String> {
    equal("message length", &message.len(), &expected.len())?;
    let (_, fixed, fields) = REQUEST_FIELDS
        .iter()
        .find(|(kind, ..)| expected.first() == Some(kind))
        .ok_or("no such request in the tables")?;
    let parts = [("type", 0, 1)]
        .into_iter()
        .chain(fields.iter().copied())
        .chain([("appendage", *fixed, expected.len() - fixed)]);
    for (name, at, width) in parts {
        let (seen, expected) = (&message[at..at + width], &expected[at..at + width]);
        equal(
            name,
            &seen.escape_ascii().to_string(),
            &expected.escape_ascii().to_string(),
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::ouch50::{Appendage, CancelOrder, EnterOrder};

    const ORDER: EnterOrder = EnterOrder {
        user_ref: 5,
        side: b'B',
        quantity: 100,
        symbol: *b"GOOG    ",
        price: 1_234_500,
        time_in_force: b'3',
        display: b'Y',
        capacity: b'P',
        iso: b'N',
        cross_type: b'N',
        cl_ord_id: *b"TF000000000001",
    };
    const NUMBERS: TcpNumbers = TcpNumbers {
        sequence: 77,
        acknowledgement: 88,
    };

    fn frames(mode: Transport) -> OrderFrames {
        OrderFrames::new(&Orders {
            mode,
            ..Orders::default()
        })
    }

    fn sent(bytes: Vec<u8>) -> TxFrame {
        TxFrame {
            bytes,
            cycle: 0,
            aborted: false,
            underrun: false,
        }
    }

    #[test]
    fn every_flipped_bit_of_a_frame_is_seen() {
        for mode in [Transport::Udp, Transport::Tcp] {
            let frames = frames(mode);
            let order = ORDER.to_vec(&Appendage::new());
            let good = frames.frame(&order, NUMBERS);
            assert_eq!(frames.check(&sent(good.clone()), &order, NUMBERS), Ok(()));
            for bit in 0..good.len() * 8 {
                let mut bytes = good.clone();
                bytes[bit / 8] ^= 1 << (bit % 8);
                let seen = frames.check(&sent(bytes), &order, NUMBERS);
                assert!(seen.is_err(), "{mode:?}, bit {bit}");
            }
            for length in 0..good.len() {
                let seen = frames.check(&sent(good[..length].to_vec()), &order, NUMBERS);
                assert!(seen.is_err(), "{mode:?}, {length} bytes");
            }
        }
    }

    #[test]
    fn another_order_is_seen_though_its_checksums_are_right() {
        let frames = frames(Transport::Udp);
        let bytes = |order: EnterOrder| order.to_vec(&Appendage::new());
        let order = bytes(ORDER);
        let other = bytes(EnterOrder {
            price: 1_234_501,
            ..ORDER
        });
        let seen = frames.check(&sent(frames.frame(&other, NUMBERS)), &order, NUMBERS);
        assert!(seen.is_err_and(|why| why.starts_with("price")));
        let late = TxFrame {
            underrun: true,
            ..sent(frames.frame(&order, NUMBERS))
        };
        assert!(frames.check(&late, &order, NUMBERS).is_err());
    }

    #[test]
    fn a_cancel_is_padded_to_the_least_frame() {
        let cancel = |user_ref| {
            CancelOrder {
                user_ref,
                quantity: 0,
            }
            .to_vec(&Appendage::new())
        };
        let frames = frames(Transport::Udp);
        let mut bytes = frames.frame(&cancel(7), NUMBERS);
        bytes.resize(FRAME_MIN, 0);
        assert_eq!(frames.check(&sent(bytes.clone()), &cancel(7), NUMBERS), Ok(()));
        assert!(frames.check(&sent(bytes), &cancel(8), NUMBERS).is_err());
    }
}
