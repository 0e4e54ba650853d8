//! Bulk table 0, `tx_template`: the headers of the card's order frames.
//!
//! The host writes the frame up to its payload (Ethernet, IPv4 without options, TCP without options or UDP; no 802.1Q tag) and two
//! sums over what never changes. The card fills in the total length and both checksums; with TCP sequence and acknowledgement
//! too, with UDP its length. What says where the payload begins and that it is plain new data ([`forced`]) the card sets itself, whatever the
//! table says: no template moves the bytes of an order in the stream. Everything else goes out as written. The payload
//! is an OUCH 5.0 message, behind a SoupBinTCP header of an unsequenced data packet with TCP, alone with UDP.

use crate::layout::{Field, field, lsb, put_bits, total_bits};

/// Words of the table.
pub const WORDS: usize = 16;
/// Bytes of the headers with TCP.
pub const TCP_HEADERS: usize = 54;
/// Bytes of the headers with UDP.
pub const UDP_HEADERS: usize = 42;
/// Bytes before the OUCH message in the payload, TCP only: SoupBinTCP length and type.
pub const SOUP_BYTES: usize = 3;
/// Bytes of an OUCH 5.0 Enter Order without appendage.
pub const ENTER_BYTES: usize = 47;
/// Bytes of an OUCH 5.0 Cancel Order.
pub const CANCEL_BYTES: usize = 9;
/// Bytes of an OUCH 5.0 Replace Order without appendage.
pub const REPLACE_BYTES: usize = 40;
/// Bytes of an OUCH 5.0 Modify Order.
pub const MODIFY_BYTES: usize = 10;
/// Bytes of an OUCH 5.0 Mass Cancel without appendage.
pub const MASS_CANCEL_BYTES: usize = 19;
/// Bytes of an OUCH 5.0 Disable or Enable Order Entry without appendage.
pub const ENTRY_BYTES: usize = 11;
/// Bytes of the messages the card makes, by `contract::slot::Kind::message`.
pub const MESSAGES: [usize; 6] = [
    ENTER_BYTES,
    CANCEL_BYTES,
    REPLACE_BYTES,
    MODIFY_BYTES,
    MASS_CANCEL_BYTES,
    ENTRY_BYTES,
];
/// Least bytes of a frame without its FCS; shorter ones are padded with 0.
pub const FRAME_MIN: usize = 60;

/// Bytes of either transport the card sets itself (offset in the frame, value): EtherType IPv4 and so no tag, version 4 and five words of header and so
/// no options, "do not fragment" alone and so no fragment.
const FORCED_IP: [(usize, u8); 5] = [(12, 0x08), (13, 0x00), (14, 0x45), (20, 0x40), (21, 0x00)];
/// TCP (RFC 9293, 3.1): protocol 6, data offset 5 and so no options, reserved bits 0, PSH and ACK alone, urgent pointer 0.
const FORCED_TCP: [(usize, u8); 5] = [(PROTOCOL, 6), (46, 0x50), (47, 0x18), (52, 0), (53, 0)];
/// UDP: protocol 17.
const FORCED_UDP: [(usize, u8); 1] = [(PROTOCOL, 17)];

/// The value the card itself gives the byte at this offset of a frame of this mode; `None` where the table's goes out or a field is filled in.
pub fn forced(mode: Mode, offset: usize) -> Option<u8> {
    let of_mode: &[(usize, u8)] = match mode {
        Mode::Udp => &FORCED_UDP,
        Mode::Tcp => &FORCED_TCP,
    };
    let mut all = FORCED_IP.iter().chain(of_mode);
    all.find(|(at, _)| *at == offset).map(|(_, value)| *value)
}

/// Byte offsets in the frame.
const ETHERNET: usize = 14;
const TOTAL_LENGTH: usize = 16;
const IP_CHECKSUM: usize = 24;
const PROTOCOL: usize = 23;
const ADDRESSES: usize = 26;
const L4: usize = 34;

/// Transport of the orders (`mode`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Mode {
    /// One message a datagram.
    Udp = 0,
    /// SoupBinTCP.
    Tcp = 1,
}

impl Mode {
    /// Bytes of the frame before the payload.
    pub const fn headers(self) -> usize {
        match self {
            Self::Udp => UDP_HEADERS,
            Self::Tcp => TCP_HEADERS,
        }
    }

    /// Bytes of the payload before the OUCH message.
    pub const fn prefix(self) -> usize {
        match self {
            Self::Udp => 0,
            Self::Tcp => SOUP_BYTES,
        }
    }
}

/// The table as one bit string; word *n* holds bits 32*n* and up.
pub const LAYOUT: &[Field] = &[
    field(
        "headers",
        8 * TCP_HEADERS as u32,
        "frame up to the payload, first byte lowest; behind the UDP header 0; the bytes the card sets itself are not looked at",
    ),
    field("reserved_0", 16, "0"),
    field(
        "ip_sum",
        16,
        "one's complement sum of the IPv4 header with total length and checksum 0",
    ),
    field(
        "l4_sum",
        16,
        "one's complement sum of both addresses, the protocol and both ports",
    ),
    field("mode", 1, "0 UDP, 1 TCP"),
    field("reserved_1", 31, "0"),
];
const _: () = assert!(total_bits(LAYOUT) as usize == 32 * WORDS);

/// One's complement sum of big-endian 16-bit words, folded.
fn sum(bytes: &[u8]) -> u16 {
    let mut total = bytes.chunks(2).fold(0_u32, |t, w| {
        t + (u32::from(w[0]) << 8) + w.get(1).map_or(0, |b| u32::from(*b))
    });
    while total > 0xffff {
        total = (total & 0xffff) + (total >> 16);
    }
    total as u16
}

/// The words to write into the table, from word 0 on. What the card fills in or sets itself may hold anything in `headers`: the sums are
/// those of what the card sends.
///
/// # Panics
/// When `headers` has not [`Mode::headers`] bytes.
pub fn words(mode: Mode, headers: &[u8]) -> [u32; WORDS] {
    assert_eq!(headers.len(), mode.headers(), "header bytes");
    let mut sent = [0; TCP_HEADERS];
    for (at, (to, from)) in sent.iter_mut().zip(headers).enumerate() {
        *to = forced(mode, at).unwrap_or(*from);
    }
    let headers = &sent[..headers.len()];
    let mut ip = [0; L4 - ETHERNET];
    ip.copy_from_slice(&headers[ETHERNET..L4]);
    for at in [TOTAL_LENGTH, IP_CHECKSUM] {
        ip[at - ETHERNET..at - ETHERNET + 2].fill(0);
    }
    // Addresses and ports stand one behind the other; the protocol is a word of the pseudo header.
    let mut constant = [0; 14];
    constant[..12].copy_from_slice(&headers[ADDRESSES..L4 + 4]);
    constant[13] = headers[PROTOCOL];
    let mut bytes = [0; 4 * WORDS];
    bytes[..headers.len()].copy_from_slice(headers);
    let mut put = |name: &str, wide, value| put_bits(&mut bytes, lsb(LAYOUT, name), wide, value);
    put("ip_sum", 16, sum(&ip).into());
    put("l4_sum", 16, sum(&constant).into());
    put("mode", 1, mode as u64);
    core::array::from_fn(|i| {
        let at = 4 * i;
        u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_leave_out_what_the_card_fills_in() {
        let mut headers: [u8; TCP_HEADERS] = core::array::from_fn(|i| 3 * i as u8 + 1);
        let before = words(Mode::Tcp, &headers);
        headers[TOTAL_LENGTH] ^= 0x55;
        headers[IP_CHECKSUM + 1] ^= 0x55;
        let after = words(Mode::Tcp, &headers);
        assert_eq!(before[14..], after[14..]);
        headers[ADDRESSES] ^= 1;
        let other = words(Mode::Tcp, &headers);
        assert_ne!(other[14] & 0xffff, after[14] & 0xffff, "IPv4 header");
        assert_ne!(other[14] >> 16, after[14] >> 16, "pseudo header");
        assert_eq!((other[15], words(Mode::Udp, &headers[..UDP_HEADERS])[15]), (1, 0));
    }

    #[test]
    fn what_the_card_sets_itself_is_in_the_words_and_their_sums() {
        let plain: [u8; TCP_HEADERS] =
            core::array::from_fn(|i| forced(Mode::Tcp, i).unwrap_or((7 * i) as u8));
        let mut wrong = plain;
        for (at, byte) in wrong.iter_mut().enumerate() {
            *byte ^= forced(Mode::Tcp, at).map_or(0, |_| 0xff);
        }
        assert_eq!(words(Mode::Tcp, &plain), words(Mode::Tcp, &wrong));
        assert_eq!((0..64).filter(|at| forced(Mode::Tcp, *at).is_some()).count(), 10);
        assert_eq!((0..64).filter(|at| forced(Mode::Udp, *at).is_some()).count(), 6);
    }

    #[test]
    fn a_carry_comes_round() {
        assert_eq!(sum(&[0xff, 0xff, 0x00, 0x02, 0x80]), 0x8002);
    }
}
