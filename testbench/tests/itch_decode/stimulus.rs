//! Messages, the entries they make, register writes.

use crate::world::Body;
use contract::event::{ADMIN_BODY, Code, HEAD};
use contract::layout::{lsb, width};
use contract::reg;
use testbench::Rng;
use twin::decode::Write;

pub(crate) const TYPES: &[u8] = b"SRHYLVWKJhAFECXDUPQBINO";
/// Registers that the decoder listens to, `SLOT_CTRL` and the synchronising ones most of all.
pub(crate) const REGISTERS: [&str; 8] = [
    "SYMBOL_LO",
    "SYMBOL_HI",
    "LOCATE",
    "SLOT_CTRL",
    "HALT_SET",
    "SYNC_SEQ_LO",
    "SYNC_SEQ_HI",
    "GRID_TICK",
];

pub(crate) fn symbol(slot: u64) -> [u8; 8] {
    let mut symbol = *b"SYM     ";
    symbol[3] = b'A' + u8::try_from(slot % 26).expect("a letter");
    symbol[7] = if slot >= 26 { b'2' } else { b' ' };
    symbol
}

/// Mostly well-formed, mostly of a locate some slot follows.
pub(crate) fn message(rng: &mut Rng, slots: u64) -> (Body, u16) {
    let mut body: Body = std::array::from_fn(|_| u8::try_from(rng.bits(8)).expect("a byte"));
    let kind = match rng.below(40) {
        0 => u8::try_from(rng.bits(8)).expect("a byte"),
        1..=8 => *rng.pick(b"RHRHH"),
        9..=25 => *rng.pick(b"AFECXDUPQ"),
        _ => *rng.pick(TYPES),
    };
    body[0] = kind;
    let about = rng.below(slots);
    let locate = if rng.percent(85) {
        u16::try_from(100 + about + 7 * rng.below(2)).expect("small")
    } else {
        u16::try_from(rng.edgy(16)).expect("16 bits")
    };
    body[1..3].copy_from_slice(&locate.to_be_bytes());
    if kind == b'R' && rng.percent(90) {
        body[11..19].copy_from_slice(&symbol(about));
        if rng.percent(15) {
            let at = usize::try_from(rng.between(11, 18)).expect("small");
            body[at] ^= 1 << rng.below(8);
        }
    }
    match kind {
        b'H' => body[19] = *rng.pick(b"TTTHPQ"),
        b'A' | b'F' | b'P' => body[19] = *rng.pick(b"BBSS?"),
        b'C' => body[31] = *rng.pick(b"YYN "),
        _ => {}
    }
    let right = wire::itch50::length_of(kind).map_or(30, |len| u16::try_from(len).expect("small"));
    let len = match rng.below(60) {
        0 => u16::try_from(rng.below(60)).expect("small"),
        1 => right + 1,
        2 => right - 1,
        3 => right | 0x100,
        _ => right,
    };
    (body, len)
}

pub(crate) fn write(rng: &mut Rng, slots: u64, next_seq: u64) -> Write {
    let name = *rng.pick(&REGISTERS);
    let slot = rng.below(slots);
    let half = |bytes: &[u8]| u32::from_le_bytes(bytes.try_into().expect("4 bytes"));
    let low = u32::try_from(next_seq & 0xffff_ffff).expect("32 bits");
    let data = match name {
        "SYMBOL_LO" => half(&symbol(slot)[..4]),
        "SYMBOL_HI" => half(&symbol(slot)[4..]),
        "LOCATE" => u32::try_from(100 + slot).expect("small") | u32::from(rng.percent(80)) << 16,
        "SLOT_CTRL" => u32::from(rng.percent(85)) | u32::try_from(rng.bits(2)).expect("2 bits") << 1,
        "HALT_SET" => u32::try_from(rng.bits(2)).expect("2 bits"),
        "SYNC_SEQ_LO" => low.wrapping_add(u32::try_from(rng.between(0, 3)).expect("small")),
        "SYNC_SEQ_HI" => u32::from(rng.percent(10)),
        _ => u32::try_from(rng.bits(32)).expect("32 bits"),
    };
    Write {
        slot: usize::try_from(slot).expect("small"),
        register: reg::index(reg::SLOT, name),
        data,
    }
}

/// The entry that an administrative message makes.
pub(crate) fn admin_entry(now: u64, slot: usize, line: u64, seq: u64, body: &Body, len: u16) -> Vec<u8> {
    let mut entry = vec![0; 56];
    let mut put = |at: u32, bits: u32, value: u64| {
        contract::layout::put_bits(&mut entry, at, bits, value & verilated::bits::mask(bits));
    };
    put(lsb(HEAD, "time"), width(HEAD, "time"), now);
    put(lsb(HEAD, "slot"), width(HEAD, "slot"), slot as u64);
    put(lsb(HEAD, "line"), width(HEAD, "line"), line);
    put(lsb(HEAD, "code"), width(HEAD, "code"), Code::Admin as u64);
    put(64 + lsb(ADMIN_BODY, "seq"), 64, seq);
    let start = 8 + lsb(ADMIN_BODY, "message") as usize / 8;
    let shown = usize::from(len).min(40);
    entry[start..start + shown].copy_from_slice(&body[..shown]);
    entry
}
