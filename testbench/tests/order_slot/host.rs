//! What hosts write: good orders in every order and width, and everything that can be wrong with one.

use crate::bus::Burst;
use contract::layout::{lsb, put_bits, width};
use contract::slot::{Kind, LAYOUT, Order, SLOT_BYTES, SLOTS, xor8};
use testbench::Rng;

/// What is done to a good order before it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spoil {
    Nothing,
    Bit,
    Field(&'static str),
    Notional,
    Sequence,
    Index,
    Missing,
}

/// Fields of which some values are refused.
const CHECKED: [&str; 7] = [
    "kind",
    "side",
    "reserved_0",
    "reserved_1",
    "reserved_2",
    "orig_qty",
    "symbol_slot",
];

fn small(value: u64) -> u32 {
    u32::try_from(value & 0xffff_ffff).expect("32 bits")
}

fn byte(value: u64) -> u8 {
    u8::try_from(value & 0xff).expect("8 bits")
}

/// A good order.
pub(crate) fn order(rng: &mut Rng, symbols: u32) -> Order {
    Order {
        symbol_slot: byte(rng.below(symbols.into())),
        side: *rng.pick(b"BSTE"),
        time_in_force: byte(rng.bits(8)),
        display: byte(rng.bits(8)),
        capacity: byte(rng.bits(8)),
        iso: byte(rng.bits(8)),
        cross_type: byte(rng.bits(8)),
        qty: small(rng.edgy(32)),
        price: small(rng.edgy(32)),
        token: small(rng.bits(32)),
        target_ref: small(rng.bits(32)),
        orig_qty: 0,
        cl_ord_id: std::array::from_fn(|_| byte(rng.bits(8))),
    }
}

/// Makes a raw payload of an order's fields: mostly one whole packet, else one that is nearly so.
fn packet(rng: &mut Rng, order: &mut Order) {
    let length = usize::try_from(rng.between(3, 14)).expect("small");
    order.cl_ord_id[length..].fill(0);
    order.cl_ord_id[0] = 0;
    order.cl_ord_id[1] = byte(length as u64 - 2);
    order.target_ref = small(length as u64);
    if rng.percent(60) {
        return;
    }
    let any = usize::try_from(rng.below(14)).expect("small");
    match rng.below(5) {
        0 => {
            order.target_ref =
                small(*rng.pick(&[0, 1, 2, 3, 14, 15, 16, length as u64 + 1, length as u64 - 1]))
        }
        1 => order.target_ref ^= 1 << rng.below(32),
        2 => order.cl_ord_id[any] ^= 1 << rng.below(8),
        3 => {
            // The length field agrees, but there is no such packet.
            let length = *rng.pick(&[1_u64, 2, 15, 16, 18]);
            order.target_ref = small(length);
            order.cl_ord_id[1] = byte(length.wrapping_sub(2));
        }
        _ => order.cl_ord_id[1] = byte(rng.bits(8)),
    }
}

pub(crate) fn spoil(rng: &mut Rng) -> Spoil {
    match rng.below(22) {
        0 => Spoil::Bit,
        1 => Spoil::Notional,
        2 => Spoil::Sequence,
        4 => Spoil::Index,
        5 | 6 => Spoil::Missing,
        7..=10 => {
            let at = rng.below(CHECKED.len() as u64);
            Spoil::Field(CHECKED[usize::try_from(at).expect("small")])
        }
        _ => Spoil::Nothing,
    }
}

/// The 64 bytes and the slot they are written into.
pub(crate) fn slot(rng: &mut Rng, symbols: u32, seq: u32, what: Spoil) -> (usize, [u8; SLOT_BYTES]) {
    let kind = *rng.pick(&[
        Kind::Enter,
        Kind::Cancel,
        Kind::Raw,
        Kind::Replace,
        Kind::Replace,
        Kind::Modify,
        Kind::MassCancel,
        Kind::DisableEntry,
        Kind::EnableEntry,
    ]);
    let number = match what {
        Spoil::Sequence => {
            let near = seq.wrapping_add(small(rng.below(4))).wrapping_sub(2);
            let flipped = seq ^ 1 << rng.below(32);
            *rng.pick(&[near, flipped, seq.wrapping_sub(64), seq.wrapping_add(64)])
        }
        _ => seq,
    };
    let epoch = u16::try_from(rng.bits(16)).expect("16 bits");
    let mut order = order(rng, symbols);
    if kind == Kind::Replace {
        order.orig_qty = small(rng.edgy(32));
    }
    if kind == Kind::Raw {
        packet(rng, &mut order);
    }
    let mut bytes = order.encode(kind, number, epoch);
    let mut index = number as usize % SLOTS;
    let at = |name: &str| (lsb(LAYOUT, name), width(LAYOUT, name));
    match what {
        Spoil::Field(name) => {
            let (low, wide) = at(name);
            let edge = match name {
                "symbol_slot" => u64::from(symbols) - rng.below(2),
                "side" => u64::from(*rng.pick(b"BSTEACDbste\0")),
                "kind" => rng.below(11),
                _ => 1 << rng.below(wide.min(64).into()),
            };
            let value = if rng.percent(50) {
                edge
            } else {
                rng.bits(wide.min(64))
            };
            // Of a field longer than a word, its lowest or its highest bits.
            let shift = if wide > 64 && rng.percent(50) {
                wide - 64
            } else {
                0
            };
            let value = if wide > 64 && rng.percent(50) {
                1 << rng.below(16)
            } else {
                value
            };
            put_bits(&mut bytes, low + shift, wide.min(64), value);
        }
        Spoil::Notional => bytes[24 + usize::try_from(rng.below(8)).expect("small")] ^= 1 << rng.below(8),
        Spoil::Index => index ^= 1 << rng.below(6),
        _ => {}
    }
    bytes[SLOT_BYTES - 1] = xor8(&bytes);
    if what == Spoil::Bit {
        bytes[usize::try_from(rng.below(64)).expect("small")] ^= 1 << rng.below(8);
    }
    (index, bytes)
}

/// One store of `strobes` of the eight bytes at `at`.
fn store(at: usize, bytes: &[u8], strobes: u8, size: u64, rng: &mut Rng) -> Burst {
    let word = u64::from_le_bytes(bytes.try_into().expect("8 bytes"));
    // Lanes without a strobe are noise.
    let mask = (0..8)
        .filter(|l| strobes >> l & 1 == 1)
        .fold(0, |m, l| m | 0xff_u64 << (8 * l));
    let data = word & mask | rng.next_u64() & !mask;
    Burst {
        address: u16::try_from(at).expect("in BAR2"),
        size,
        kind: 1,
        beats: vec![(data, strobes)],
    }
}

/// The stores of one word.
fn word(at: usize, bytes: &[u8], rng: &mut Rng) -> Vec<Burst> {
    match rng.below(4) {
        0 => {
            // Two halves, in any order, the upper one at its own address or with strobes only.
            let high = if rng.percent(50) { (at + 4, 2) } else { (at, 3) };
            let mut halves = vec![
                store(at, bytes, 0x0f, 2, rng),
                store(high.0, bytes, 0xf0, high.1, rng),
            ];
            if rng.percent(50) {
                halves.swap(0, 1);
            }
            halves
        }
        1 => {
            // Three stores, each of other bytes.
            let (some, more) = (byte(rng.bits(8)), byte(rng.bits(8)));
            let parts = [some, !some & more, !some & !more];
            parts.map(|strobes| store(at, bytes, strobes, 3, rng)).to_vec()
        }
        _ => vec![store(at, bytes, 0xff, 3, rng)],
    }
}

/// The bursts that write a slot.
pub(crate) fn bursts(rng: &mut Rng, index: usize, bytes: &[u8; SLOT_BYTES], missing: bool) -> Vec<Burst> {
    let base = index * SLOT_BYTES;
    let whole = |size: u64, rng: &mut Rng| {
        let step = 1_usize << size;
        let beats = (0..SLOT_BYTES).step_by(step).map(|at| {
            let strobes = if step == 8 { 0xff } else { 0x0f << (at % 8) };
            store(base, &bytes[at / 8 * 8..at / 8 * 8 + 8], strobes, size, rng).beats[0]
        });
        let beats = beats.collect();
        vec![Burst {
            address: u16::try_from(base).expect("in BAR2"),
            size,
            kind: 1,
            beats,
        }]
    };
    if !missing && rng.percent(50) {
        let size = *rng.pick(&[3, 3, 2]);
        return whole(size, rng);
    }
    let mut order: Vec<usize> = (0..7).collect();
    if rng.percent(50) {
        for i in (1..7).rev() {
            order.swap(i, usize::try_from(rng.below(i as u64 + 1)).expect("small"));
        }
    }
    let mut out = Vec::new();
    for at in order.into_iter().chain([7]) {
        out.extend(word(base + 8 * at, &bytes[8 * at..8 * at + 8], rng));
    }
    if missing {
        let lost = usize::try_from(rng.below(out.len() as u64)).expect("small");
        match rng.below(3) {
            0 => out[lost].beats[0].1 &= !(1 << rng.below(8)),
            1 => out.truncate(lost),
            _ => drop(out.remove(lost)),
        }
    }
    out
}

/// A slot in ascending stores of 8 bytes, bit `n` of `strobes` for byte `n`.
pub(crate) fn stores(index: usize, bytes: &[u8; SLOT_BYTES], strobes: u64) -> Vec<Burst> {
    let words = bytes.chunks_exact(8).zip(strobes.to_le_bytes()).enumerate();
    words
        .map(|(at, (word, strobes))| Burst {
            address: u16::try_from(index * SLOT_BYTES + 8 * at).expect("in BAR2"),
            size: 3,
            kind: 1,
            beats: vec![(u64::from_le_bytes(word.try_into().expect("8 bytes")), strobes)],
        })
        .collect()
}

/// A write that has nothing to do with an order: other windows, refused bursts, no strobes, a lone doorbell.
pub(crate) fn stray(rng: &mut Rng) -> Burst {
    let beats = usize::try_from(rng.between(1, 4)).expect("small");
    let beats = (0..beats).map(|_| (rng.next_u64(), byte(rng.edgy(8)))).collect();
    let kind = *rng.pick(&[0, 1, 1, 1, 2]);
    let address = match rng.below(4) {
        0 => rng.bits(12) | 1 << rng.between(12, 15),
        1 => rng.below(64) * 64 + 56,
        _ => rng.bits(16),
    };
    Burst {
        address: u16::try_from(address & 0xffe0 | address & 0x1f).expect("16 bits"),
        size: *rng.pick(&[0, 1, 2, 3, 3, 3]),
        kind,
        beats,
    }
}
