//! Frames of the order connection, made to measure, and what may be wrong with one.

use testbench::Rng;
use testbench::frames::Frame;
use testbench::golden::seg_rx::Ends;

/// The connection of a bench.
pub(crate) fn ends(rng: &mut Rng) -> Ends {
    let mut address = || u32::try_from(rng.bits(32)).expect("32 bits").to_be_bytes();
    let [peer, own] = [address(), address()];
    let mut port = || u16::try_from(rng.bits(16)).expect("16 bits");
    let [peer_port, own_port] = [port(), port()];
    Ends {
        peer,
        own,
        peer_port,
        own_port,
    }
}

/// A segment by what is special of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Segment {
    /// Words of TCP options.
    pub(crate) options: usize,
    /// Bytes of payload.
    pub(crate) length: usize,
    /// Bytes of it that were taken before; below 0 it begins beyond the expected byte.
    pub(crate) known: i64,
    /// TCP flags.
    pub(crate) flags: u8,
    /// Bytes behind the packet.
    pub(crate) padding: usize,
}

impl Default for Segment {
    fn default() -> Self {
        Self {
            options: 0,
            length: 1,
            known: 0,
            flags: 0x18,
            padding: 0,
        }
    }
}

/// Any segment, most of them in order.
pub(crate) fn any(rng: &mut Rng) -> Segment {
    let length = match rng.below(6) {
        0 => rng.below(4),
        1 => rng.between(1, 1_468),
        _ => rng.between(1, 120),
    };
    let known = match rng.below(8) {
        0 => rng.below(length + 3).cast_signed(),
        1 => rng.below(5).cast_signed(),
        2 => -(rng.between(1, 300).cast_signed()),
        3 => rng.edgy(32).cast_signed(),
        _ => 0,
    };
    Segment {
        options: usize::try_from(rng.pick(&[0, 0, 0, 1, 3, 10]).to_owned()).expect("small"),
        length: usize::try_from(length).expect("small"),
        known,
        flags: *rng.pick(&[0x18, 0x10, 0x11, 0x18, 0x18, 0x12, 0x30]),
        padding: usize::try_from(rng.pick(&[0, 0, 1, 6, 40]).to_owned()).expect("small"),
    }
}

fn folded(bytes: &[u8]) -> u16 {
    let mut sum: u32 = bytes
        .chunks(2)
        .map(|w| u32::from(w[0]) << 8 | u32::from(*w.get(1).unwrap_or(&0)))
        .sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    u16::try_from(sum).expect("folded")
}

/// Makes both checksums good.
pub(crate) fn seal(bytes: &mut [u8]) {
    let total = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
    bytes[24..26].fill(0);
    let sum = !folded(&bytes[14..34]);
    bytes[24..26].copy_from_slice(&sum.to_be_bytes());
    let Some(length) = total
        .checked_sub(20)
        .filter(|_| bytes.len() >= 14 + total && total >= 40)
    else {
        return;
    };
    bytes[50..52].fill(0);
    let mut all = bytes[26..34].to_vec();
    all.extend([0, bytes[23]]);
    all.extend(u16::try_from(length).expect("16 bits").to_be_bytes());
    all.extend(&bytes[34..14 + total]);
    let sum = !folded(&all);
    bytes[50..52].copy_from_slice(&sum.to_be_bytes());
}

/// The frame of a segment whose payload begins at `sequence`.
pub(crate) fn frame(rng: &mut Rng, ends: &Ends, segment: Segment, sequence: u32) -> Frame {
    let Segment {
        options,
        length,
        flags,
        padding,
        ..
    } = segment;
    let byte = |rng: &mut Rng| u8::try_from(rng.bits(8)).expect("8 bits");
    let mut bytes: Vec<u8> = (0..12).map(|_| byte(rng)).collect();
    bytes.extend([8, 0, 0x45, byte(rng)]);
    let total = u16::try_from(40 + 4 * options + length).expect("16 bits");
    bytes.extend(total.to_be_bytes());
    bytes.extend([byte(rng), byte(rng), if rng.percent(50) { 0x40 } else { 0 }, 0]);
    bytes.extend([byte(rng), 6, 0, 0]);
    bytes.extend(ends.peer);
    bytes.extend(ends.own);
    bytes.extend(ends.peer_port.to_be_bytes());
    bytes.extend(ends.own_port.to_be_bytes());
    bytes.extend(sequence.to_be_bytes());
    bytes.extend((0..4).map(|_| byte(rng)));
    let offset = u8::try_from(5 + options).expect("4 bits");
    bytes.extend([offset << 4, flags]);
    bytes.extend((0..6 + 4 * options + length + padding).map(|_| byte(rng)));
    seal(&mut bytes);
    Frame { bytes, bad: false }
}

/// Something that is wrong with it, in four of ten.
pub(crate) fn spoil(rng: &mut Rng, mut frame: Frame) -> Frame {
    let long = frame.bytes.len();
    let within = |rng: &mut Rng, end: usize| usize::try_from(rng.below(end as u64)).expect("small");
    match rng.below(24) {
        0 => frame.spoiled(),
        1 => {
            let bit = within(rng, 8 * long);
            frame.flipped(bit)
        }
        // A header field that is another, with checksums that say so.
        2 | 3 => {
            let bit = 8 * 12 + within(rng, 8 * 42);
            let mut frame = frame.flipped(bit);
            seal(&mut frame.bytes);
            frame
        }
        4 => {
            let length = 1 + within(rng, long);
            frame.truncated(length)
        }
        // A packet that says to be longer or shorter than it is.
        5 => {
            let total = u16::try_from(rng.edgy(16)).expect("16 bits");
            frame.bytes[16..18].copy_from_slice(&total.to_be_bytes());
            seal(&mut frame.bytes);
            frame
        }
        6 => {
            let at = *rng.pick(&[14, 12, 13, 20, 21, 23, 46]);
            frame.bytes[at] = u8::try_from(rng.bits(8)).expect("8 bits");
            seal(&mut frame.bytes);
            frame
        }
        // Sums near their ends: a word of the payload makes up for all others.
        7 | 8 => {
            frame.bytes[50..52].copy_from_slice(&rng.pick(&[0_u16, 0xffff, 1, 0xfffe]).to_be_bytes());
            frame
        }
        9 => {
            let at = *rng.pick(&[24, 25, 50, 51]);
            frame.bytes[at] ^= 1 << rng.below(8);
            frame
        }
        _ => frame,
    }
}
