//! Turns a sequence of messages into MoldUDP64 multicast frames, as the exchange sends them.

use std::ops::RangeInclusive;

use crate::moldudp64::Builder;
use crate::{WireError, ethernet, ipv4, udp};

/// How frames are made.
#[derive(Debug, Clone)]
pub struct Config {
    /// MoldUDP64 session, ten characters.
    pub session: [u8; 10],
    /// Sequence of the first message.
    pub first_sequence: u64,
    /// Ethernet source address.
    pub source_mac: [u8; 6],
    /// IPv4 source address.
    pub source_ip: [u8; 4],
    /// IPv4 multicast group; the Ethernet destination follows from it.
    pub group: [u8; 4],
    /// UDP source port.
    pub source_port: u16,
    /// UDP destination port.
    pub port: u16,
    /// Tag control information of an 802.1Q tag.
    pub vlan: Option<u16>,
    /// Messages a packet; each packet draws its number from this range by `seed`.
    pub messages_per_packet: RangeInclusive<u16>,
    /// Largest IPv4 packet in bytes.
    pub mtu: usize,
    /// Seed of the number of messages a packet.
    pub seed: u64,
}

impl Default for Config {
    /// Session `0000000001` from sequence 1 to 233.54.12.1:18001, one message a packet, 1,500 byte packets.
    fn default() -> Self {
        Self {
            session: *b"0000000001",
            first_sequence: 1,
            source_mac: [0x02, 0, 0, 0, 0, 0x01],
            source_ip: [10, 0, 0, 1],
            group: [233, 54, 12, 1],
            source_port: 18_000,
            port: 18_001,
            vlan: None,
            messages_per_packet: 1..=1,
            mtu: 1_500,
            seed: 1,
        }
    }
}

/// Makes frames without frame check sequence; see [`ethernet::append_fcs`].
#[derive(Debug, Clone)]
pub struct Packetizer {
    config: Config,
    builder: Builder,
    target: u16,
    random: u64,
    identification: u16,
}

impl Packetizer {
    /// A packetizer at the start of its session.
    pub fn new(config: Config) -> Self {
        let payload_max = config
            .mtu
            .min(65_535)
            .saturating_sub(ipv4::HEADER_LEN + udp::HEADER_LEN);
        let builder = Builder::new(config.session, config.first_sequence, payload_max);
        let random = config.seed;
        let mut packetizer = Self {
            config,
            builder,
            target: 1,
            random,
            identification: 0,
        };
        packetizer.target = packetizer.draw();
        packetizer
    }

    /// Sequence of the next message to be pushed.
    pub fn next_sequence(&self) -> u64 {
        self.builder.next_sequence()
    }

    /// Adds a message; returns the frame it completed, if any.
    ///
    /// # Errors
    /// [`WireError::MoldFull`] when the message alone passes the MTU.
    pub fn push(&mut self, message: &[u8]) -> Result<Option<Vec<u8>>, WireError> {
        let early = if self.builder.fits(message.len()) {
            None
        } else {
            self.flush()
        };
        self.builder.push(message)?;
        if early.is_none() && self.builder.count() >= self.target {
            return Ok(self.flush());
        }
        Ok(early)
    }

    /// The frame with all messages not sent yet, `None` when there are none.
    pub fn flush(&mut self) -> Option<Vec<u8>> {
        if self.builder.count() == 0 {
            return None;
        }
        self.target = self.draw();
        let packet = self.builder.take();
        Some(self.datagram(&packet))
    }

    /// A heartbeat frame; flush first, a pending message would turn it into data.
    pub fn heartbeat(&mut self) -> Vec<u8> {
        let packet = self.builder.take();
        self.datagram(&packet)
    }

    /// An end-of-session frame.
    ///
    /// # Panics
    /// When messages are pending: flush first.
    pub fn end_of_session(&mut self) -> Vec<u8> {
        let packet = self.builder.end_of_session();
        self.datagram(&packet)
    }

    /// A frame with any payload, addressed as the packets are.
    ///
    /// # Panics
    /// When the payload is longer than a UDP datagram can be.
    pub fn datagram(&mut self, packet: &[u8]) -> Vec<u8> {
        let config = &self.config;
        let ethernet = ethernet::Repr {
            destination: ethernet::multicast_address(config.group),
            source: config.source_mac,
            vlan: config.vlan,
            ethertype: ethernet::ETHERTYPE_IPV4,
        };
        let udp_len = udp::HEADER_LEN + packet.len();
        let ip = ipv4::Repr {
            source: config.source_ip,
            destination: config.group,
            protocol: ipv4::PROTOCOL_UDP,
            ttl: 16,
            identification: self.identification,
            payload_len: u16::try_from(udp_len).expect("no longer than a datagram"),
        };
        self.identification = self.identification.wrapping_add(1);
        let ip_start = ethernet.header_len();
        let udp_start = ip_start + ipv4::HEADER_LEN;
        let mut frame = vec![0; udp_start + udp_len];
        ethernet.emit(&mut frame);
        ip.emit(&mut frame[ip_start..]);
        frame[udp_start + udp::HEADER_LEN..].copy_from_slice(packet);
        let ports = udp::Repr {
            source_port: config.source_port,
            destination_port: config.port,
        };
        ports.emit(config.source_ip, config.group, &mut frame[udp_start..]);
        frame
    }

    /// Next number of messages a packet (splitmix64 over the seed).
    fn draw(&mut self) -> u16 {
        let (low, high) = (
            *self.config.messages_per_packet.start(),
            *self.config.messages_per_packet.end(),
        );
        let span = u64::from(high.saturating_sub(low)) + 1;
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let offset = u16::try_from((z ^ (z >> 31)) % span).expect("a span of u16 values");
        low.max(1).saturating_add(offset).min(high.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::moldudp64::{Kind, Packet};
    use proptest::prelude::*;

    fn mold(frame: &[u8], vlan: Option<u16>) -> Vec<u8> {
        let ethernet = ethernet::Frame::new_checked(frame).unwrap();
        assert_eq!(
            (ethernet.vlan(), ethernet.destination()),
            (vlan, [1, 0, 0x5e, 54, 12, 1])
        );
        let ip = ipv4::Packet::new_checked(ethernet.payload()).unwrap();
        assert!(ip.checksum_is_good() && ip.total_len() <= 1_500);
        let datagram = udp::Packet::new_checked(ip.payload()).unwrap();
        assert!(datagram.checksum_is_good(ip.source(), ip.destination()));
        datagram.payload().to_vec()
    }

    proptest! {
        #[cfg_attr(miri, ignore = "minutes under Miri; no unsafe code is in it")]
        #[test]
        fn every_message_once_in_order_with_its_sequence(
            messages in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..400), 0..40),
            seed: u64, high in 1_u16..9, vlan in proptest::option::of(any::<u16>()),
        ) {
            let config = Config { seed, vlan, messages_per_packet: 1..=high, first_sequence: 7, ..Config::default() };
            let mut packetizer = Packetizer::new(config);
            let mut frames = Vec::new();
            for message in &messages {
                frames.extend(packetizer.push(message).unwrap());
            }
            frames.extend(packetizer.flush());
            let mut next = 7;
            let mut read = Vec::new();
            for frame in &frames {
                let bytes = mold(frame, vlan);
                let packet = Packet::new_checked(&bytes[..]).unwrap();
                prop_assert_eq!(packet.sequence(), next);
                prop_assert!(packet.count() >= 1 && packet.count() <= high);
                next += u64::from(packet.count());
                read.extend(packet.blocks().map(|block| block.unwrap().message.to_vec()));
            }
            prop_assert_eq!(read, messages);
            let bytes = mold(&packetizer.end_of_session(), vlan);
            let end = Packet::new_checked(&bytes[..]).unwrap();
            prop_assert_eq!((end.kind(), end.sequence()), (Kind::EndOfSession, next));
        }
    }

    #[test]
    fn a_message_beyond_the_mtu_is_refused() {
        let mut packetizer = Packetizer::new(Config {
            mtu: 100,
            ..Config::default()
        });
        assert!(matches!(
            packetizer.push(&[0; 60]),
            Err(WireError::MoldFull {
                length: 60,
                limit: 72
            })
        ));
        assert!(packetizer.push(&[0; 50]).unwrap().is_some());
    }
}
