//! Frames as a host's stack, an exchange and a card write them, and what can be wrong with one.

use contract::frame::{FRAME_MAX, FRAME_MIN};
use testbench::Rng;

pub(crate) const FIN: u16 = 1;
pub(crate) const SYN: u16 = 2;
pub(crate) const RST: u16 = 4;
pub(crate) const PSH: u16 = 8;
pub(crate) const ACK: u16 = 16;
pub(crate) const URG: u16 = 32;

/// Addresses and ports in the order of the wire, source first.
pub(crate) type Ends = [u8; 12];
/// A connection to the exchange, and one to another port of it.
pub(crate) const CONNECTION: Ends = [10, 0, 0, 2, 10, 0, 0, 9, 0x9c, 0x41, 0x3a, 0x99];
pub(crate) const OTHER: Ends = [10, 0, 0, 2, 10, 0, 0, 9, 0x9c, 0x42, 0x3a, 0x9a];

/// The other direction.
pub(crate) const fn crossed(e: Ends) -> Ends {
    [
        e[4], e[5], e[6], e[7], e[0], e[1], e[2], e[3], e[10], e[11], e[8], e[9],
    ]
}

/// A segment: whose, its sequence, acknowledgement, flags, words of options, payload.
#[derive(Debug, Clone)]
pub(crate) struct Segment<'a> {
    pub(crate) ends: Ends,
    pub(crate) sequence: u32,
    pub(crate) acknowledgement: u32,
    pub(crate) flags: u16,
    pub(crate) options: usize,
    pub(crate) payload: &'a [u8],
}

impl Default for Segment<'_> {
    fn default() -> Self {
        Self {
            ends: CONNECTION,
            sequence: 0,
            acknowledgement: 7,
            flags: ACK | PSH,
            options: 0,
            payload: &[],
        }
    }
}

impl Segment<'_> {
    /// Its frame, padded.
    pub(crate) fn frame(&self, rng: &mut Rng) -> Vec<u8> {
        let noise = |rng: &mut Rng, n: usize| -> Vec<u8> {
            (0..n)
                .map(|_| u8::try_from(rng.bits(8)).expect("8 bits"))
                .collect()
        };
        let offset = 5 + self.options;
        let total = 20 + 4 * offset + self.payload.len();
        let mut out = noise(rng, 12);
        out.extend([8, 0, 0x45, 0]);
        out.extend(u16::try_from(total).expect("a frame").to_be_bytes());
        out.extend(noise(rng, 2));
        out.extend([if rng.percent(50) { 0x40 } else { 0 }, 0, 64, 6]);
        out.extend(noise(rng, 2));
        out.extend(&self.ends[..12]);
        out.extend(self.sequence.to_be_bytes());
        out.extend(self.acknowledgement.to_be_bytes());
        out.extend((u16::try_from(offset).expect("4 bits") << 12 | self.flags).to_be_bytes());
        out.extend(noise(rng, 6 + 4 * self.options));
        out.extend(self.payload);
        let padding = FRAME_MIN.saturating_sub(out.len());
        out.extend(noise(rng, padding));
        out
    }
}

/// An ARP frame.
pub(crate) fn arp(rng: &mut Rng) -> Vec<u8> {
    let mut frame = Segment::default().frame(rng);
    frame[12..14].copy_from_slice(&[8, 6]);
    frame
}

/// A login of 49 bytes.
pub(crate) fn login(rng: &mut Rng) -> Vec<u8> {
    let mut payload = vec![0, 47, b'L'];
    payload.extend((0..46).map(|_| u8::try_from(rng.between(0x20, 0x7e)).expect("ASCII")));
    payload
}

/// An Enter Order in its packet, of any content.
pub(crate) fn order(rng: &mut Rng) -> Vec<u8> {
    let mut payload = vec![0, 48, b'U', b'O'];
    payload.extend((0..46).map(|_| u8::try_from(rng.bits(8)).expect("8 bits")));
    payload
}

/// One thing is changed that a filter may look at, or not.
pub(crate) fn spoil(rng: &mut Rng, frame: &mut Vec<u8>) {
    let header = [
        12, 13, 14, 16, 17, 20, 21, 23, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 46,
        47,
    ];
    let bit = |rng: &mut Rng| 1_u8 << rng.below(8);
    match rng.below(12) {
        0..=4 => {
            let at = *rng.pick(&header);
            frame[at] ^= bit(rng);
        }
        5 => {
            let types: [[u8; 2]; 6] = [[0x81, 0], [0x86, 0xdd], [8, 6], [0x88, 0xa8], [0, 46], [8, 0]];
            let ethertype = *rng.pick(&types);
            frame[12..14].copy_from_slice(&ethertype);
        }
        6 => frame[23] = *rng.pick(&[17, 1, 4, 47, 41, 6]),
        7 => {
            let by = *rng.pick(&[1, 0xffff, 8, 0xfff8, 4, 0xfffc]);
            let total = u16::from_be_bytes([frame[16], frame[17]]).wrapping_add(by);
            frame[16..18].copy_from_slice(&total.to_be_bytes());
        }
        8 => frame[46] = *rng.pick(&[0, 0x40, 0x50, 0x60, 0xf0, 0x51, 0x58]),
        9 => {
            let flags = [
                0,
                FIN,
                SYN,
                RST,
                ACK,
                URG,
                SYN | ACK,
                SYN | RST,
                FIN | ACK,
                SYN | FIN,
                RST | ACK,
                ACK | URG,
                PSH,
            ];
            frame[47] = u8::try_from(*rng.pick(&flags)).expect("8 bits");
        }
        10 => {
            let by = *rng.pick(&[1_usize, 2, 8, 40]);
            if rng.percent(50) {
                frame.truncate((frame.len() - by.min(frame.len())).max(FRAME_MIN));
            } else {
                frame.resize((frame.len() + by).min(FRAME_MAX), 0x5a);
            }
        }
        _ => {
            let last = frame.len() as u64;
            let at = usize::try_from(rng.below(last)).expect("small");
            frame[at] ^= bit(rng);
        }
    }
}
