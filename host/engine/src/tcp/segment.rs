//! A TCP segment inside its frame, as far as the split has to look at it.

use wire::{ethernet, ipv4, tcp};

/// Kinds of TCP options that are looked at.
const OPTION_END: u8 = 0;
const OPTION_NONE: u8 = 1;
const OPTION_WINDOW_SCALE: u8 = 3;
/// The largest shift there is (RFC 7323, 2.3).
const SHIFT_MAX: u8 = 14;

/// What one segment says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) link: ethernet::Repr,
    pub(crate) packet: ipv4::Repr,
    pub(crate) header: tcp::Repr,
    pub(crate) payload: Vec<u8>,
    /// Window scale of a SYN.
    pub(crate) shift: Option<u8>,
}

impl Seen {
    /// Reads a frame; `None` when it is no whole TCP segment over IPv4.
    pub(crate) fn parse(frame: &[u8]) -> Option<Self> {
        let link = ethernet::Frame::new_checked(frame).ok()?;
        if link.ethertype() != ethernet::ETHERTYPE_IPV4 {
            return None;
        }
        let packet = ipv4::Packet::new_checked(link.payload()).ok()?;
        if packet.protocol() != ipv4::PROTOCOL_TCP || packet.is_fragment() || !packet.checksum_is_good() {
            return None;
        }
        let segment = tcp::Segment::new_checked(packet.payload()).ok()?;
        if !segment.checksum_is_good(packet.source(), packet.destination()) {
            return None;
        }
        let options = &packet.payload()[tcp::HEADER_LEN..segment.header_len()];
        Some(Self {
            link: ethernet::Repr::parse(&link),
            packet: ipv4::Repr::parse(&packet),
            header: tcp::Repr::parse(&segment),
            payload: segment.payload().to_vec(),
            shift: window_shift(options),
        })
    }

    /// Sequence numbers it takes up: payload, SYN and FIN.
    pub(crate) fn length(&self) -> u32 {
        let payload = u32::try_from(self.payload.len()).unwrap_or(u32::MAX);
        payload + u32::from(self.has(tcp::flag::SYN)) + u32::from(self.has(tcp::flag::FIN))
    }

    /// Sequence number behind it.
    pub(crate) fn end(&self) -> u32 {
        self.header.sequence.wrapping_add(self.length())
    }

    pub(crate) const fn has(&self, flag: u8) -> bool {
        self.header.flags & flag != 0
    }

    /// The frame again, without options.
    pub(crate) fn emit(&self) -> Vec<u8> {
        let mut segment = vec![0; tcp::HEADER_LEN];
        segment.extend_from_slice(&self.payload);
        self.header
            .emit(self.packet.source, self.packet.destination, &mut segment);
        let header = ethernet::HEADER_LEN + ipv4::HEADER_LEN;
        let mut frame = vec![0; header];
        let link = ethernet::Repr {
            vlan: None,
            ..self.link
        };
        link.emit(&mut frame);
        let packet = ipv4::Repr {
            payload_len: u16::try_from(segment.len()).unwrap_or(u16::MAX),
            ..self.packet
        };
        packet.emit(&mut frame[ethernet::HEADER_LEN..]);
        frame.extend_from_slice(&segment);
        frame
    }

    /// The same without payload, PSH and FIN: a pure acknowledgement.
    pub(crate) fn bare(&self) -> Self {
        let mut bare = self.clone();
        bare.payload.clear();
        bare.header.flags &= !(tcp::flag::PSH | tcp::flag::FIN);
        bare
    }
}

fn window_shift(mut options: &[u8]) -> Option<u8> {
    while let [kind, rest @ ..] = options {
        match *kind {
            OPTION_END => return None,
            OPTION_NONE => options = rest,
            _ => {
                let length = usize::from(*rest.first()?);
                if *kind == OPTION_WINDOW_SCALE && length == 3 {
                    return rest.get(1).map(|shift| (*shift).min(SHIFT_MAX));
                }
                options = options.get(length.max(2)..)?;
            }
        }
    }
    None
}

/// Whether `a` comes before `b` in sequence space.
pub(crate) const fn before(a: u32, b: u32) -> bool {
    a.wrapping_sub(b).cast_signed() < 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_walked_and_bounded() {
        assert_eq!(window_shift(&[2, 4, 5, 180, 1, 3, 3, 7]), Some(7));
        assert_eq!(window_shift(&[3, 3, 200]), Some(14));
        assert_eq!(window_shift(&[0, 3, 3, 7]), None);
        assert_eq!(window_shift(&[8, 0]), None);
        assert_eq!(window_shift(&[4]), None);
        assert_eq!(window_shift(&[2, 40, 1]), None);
    }

    #[test]
    fn order_goes_round() {
        assert!(before(u32::MAX, 3) && !before(3, u32::MAX) && !before(5, 5));
    }
}
