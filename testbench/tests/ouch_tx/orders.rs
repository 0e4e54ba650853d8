//! Connections and orders, with checksums at their edges.

use contract::layout::{lsb, width};
use contract::slot::{KINDS, Kind};
use contract::template::{LAYOUT, Mode, words};
use testbench::Rng;
use testbench::golden::ouch_tx::{Connection, Order, OuchTx};

fn small(value: u64) -> u32 {
    u32::try_from(value & 0xffff_ffff).expect("32 bits")
}

fn half(value: u64) -> u16 {
    u16::try_from(value & 0xffff).expect("16 bits")
}

fn byte(value: u64) -> u8 {
    u8::try_from(value & 0xff).expect("8 bits")
}

fn bytes<const N: usize>(rng: &mut Rng) -> [u8; N] {
    std::array::from_fn(|_| byte(rng.edgy(8)))
}

/// EtherType, version and header length, fragment word, protocol; TCP: data offset, flags, urgent pointer.
const PLAIN: [usize; 10] = [12, 13, 14, 20, 21, 23, 46, 47, 52, 53];

/// The words for the table; what the card fills in is noise, and now and then so is what it sets itself: a host that is wrong or means harm.
pub(crate) fn table(rng: &mut Rng, connection: &Connection) -> [u32; 16] {
    let mut headers = connection.headers();
    let filled: &[usize] = match connection.mode {
        Mode::Udp => &[16, 17, 24, 25, 38, 39, 40, 41],
        Mode::Tcp => &[16, 17, 24, 25, 38, 39, 40, 41, 42, 43, 44, 45, 50, 51],
    };
    for at in filled {
        headers[*at] = byte(rng.bits(8));
    }
    let mut out = words(connection.mode, &headers);
    if rng.percent(60) {
        for at in PLAIN.into_iter().filter(|at| *at < headers.len()) {
            out[at / 4] ^= small(rng.edgy(8)) << (8 * (at % 4));
        }
    }
    out
}

/// A field of the table.
fn field(words: &[u32; 16], name: &str) -> u16 {
    let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
    half(contract::layout::get_bits(
        &bytes,
        lsb(LAYOUT, name),
        width(LAYOUT, name),
    ))
}

/// The number that brings a one's complement sum from `sum` to `wanted`, added to what `now` was.
fn shifted(now: u16, sum: u16, wanted: u16) -> u16 {
    half((u64::from(now) + u64::from(wanted) + u64::from(!sum)) % 0xffff)
}

/// A connection; now and then with sums just below the carry.
pub(crate) fn connection(rng: &mut Rng) -> Connection {
    let mut out = Connection {
        mode: *rng.pick(&[Mode::Udp, Mode::Tcp]),
        ethernet: [bytes(rng), bytes(rng)],
        addresses: [bytes(rng), bytes(rng)],
        ttl: byte(rng.bits(8)),
        identification: half(rng.edgy(16)),
        ports: [half(rng.edgy(16)), half(rng.edgy(16))],
        window: half(rng.edgy(16)),
    };
    if rng.percent(50) {
        let sums = table(rng, &out);
        let near = |rng: &mut Rng| half(0xffff - rng.below(100));
        let (ip, l4) = (near(rng), near(rng));
        out.identification = shifted(out.identification, field(&sums, "ip_sum"), ip);
        out.ports[0] = shifted(out.ports[0], field(&sums, "l4_sum"), l4);
    }
    out
}

/// Where the bytes of the ClOrdID stand in a message; nowhere in a cancel and a modify.
fn id_at(kind: Kind) -> Option<usize> {
    match kind {
        Kind::Enter | Kind::Trigger => Some(31),
        Kind::Replace => Some(24),
        Kind::MassCancel | Kind::Watchdog | Kind::DisableEntry | Kind::EnableEntry => Some(5),
        Kind::Raw => Some(0),
        Kind::Cancel | Kind::Modify => None,
    }
}

/// An order; now and then one whose transport checksum comes out as 0.
pub(crate) fn order(rng: &mut Rng, golden: &OuchTx, acknowledgement: u32) -> Order {
    let mut out = Order {
        kind: *rng.pick(&KINDS),
        slot: usize::try_from(rng.below(golden.symbols.len() as u64)).expect("small"),
        letters: bytes(rng),
        qty: small(rng.edgy(32)),
        price: small(rng.edgy(32)),
        token: small(rng.bits(32)),
        added: small(rng.edgy(32)),
        target_ref: small(rng.edgy(32)),
        cl_ord_id: bytes(rng),
        order_seq: small(rng.bits(32)),
        stamp: rng.next_u64(),
    };
    if out.kind == Kind::Raw {
        let length = usize::try_from(rng.between(3, 14)).expect("small");
        out.target_ref = small(length as u64);
        out.cl_ord_id[length..].fill(0);
    }
    let Some(connection) = &golden.connection else {
        return out;
    };
    if rng.percent(20)
        && let Some(place) = id_at(out.kind)
    {
        // A word of the ClOrdID that is one of the checksum's words, too.
        let (start, field) = match connection.mode {
            Mode::Udp => (42 + place, 40),
            Mode::Tcp => (54 + if out.kind == Kind::Raw { 0 } else { 3 } + place, 50),
        };
        let at = start % 2;
        out.cl_ord_id[at..at + 2].fill(0);
        let frame = golden.clone().grant(&out, acknowledgement).bytes;
        out.cl_ord_id[at..at + 2].copy_from_slice(&frame[field..field + 2]);
    }
    out
}
