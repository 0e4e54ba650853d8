//! The wide record: schema and integer reference formulas of its 192 values and 64 ranks.
#![doc = include_str!("wide.md")]

mod table;

use crate::feature::{CORE_COUNT, CORE_FEATURES, Feature};
use crate::layout::{Field, field, get_bits, lsb, put_bits, same, total_bits, width};
use crate::record::{KIND_WIDE, RecordError, kind};
use crate::ring::{ENTRY_BYTES, PAYLOAD_BYTES};

pub use table::{EMAS, GROUPS, RANKED};

/// Entries of a wide part; they follow core and levels.
pub const ENTRIES: usize = 8;
/// Signed values.
pub const VALUES: usize = 192;
/// Ranks, u8.
pub const RANKS: usize = 64;
/// Values of an entry.
pub const ENTRY_VALUES: usize = VALUES / ENTRIES;
/// Ranks of an entry.
pub const ENTRY_RANKS: usize = RANKS / ENTRIES;
/// Averaged signals.
pub const EMA_COUNT: usize = 12;
/// `k` of the averages: half-lives of 2.4, 10.7, 88, 355, 1,419 and 5,678 updates. Core features have 3, 5 and 6.
pub const EMA_SHIFTS: [u32; 6] = [2, 4, 7, 9, 11, 13];
/// `k` of fast and slow relative strength.
pub const RSI_SHIFTS: [u32; 2] = [4, 7];
/// `k` of MACD: fast, slow, signal.
pub const MACD_SHIFTS: [u32; 3] = [6, 7, 5];
/// `k` of fast and slow bands, VWAP, effective spread and variance of trade prices.
pub const PACE_SHIFTS: [u32; 2] = [5, 8];
/// `k` of semivariances, bipower and Roll's covariance, and of the spread that `spread_excess` is beyond.
pub const VARIANT_SHIFT: u32 = 7;
/// Side inputs of a slot.
pub const SIDE_INPUTS: usize = 8;
/// Edges of a rank.
pub const EDGES: usize = 255;
/// Value of an edge not used, of a price without a level and of an age without an event.
pub const NONE: i16 = 32_767;
/// Age of a side input never written.
pub const NEVER: i16 = 2_047;
/// `vwap_session` stops below so many shares >> `QTY_SHIFT`.
pub const SESSION_MAX: i64 = 1 << 40;

/// What computes a value in the fabric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fabric {
    /// Adders, shifts by constants, comparisons; averages among them.
    Logic,
    /// A priority encoder and a shifter.
    Log,
    /// A time-shared multiplier.
    Multiplier,
    /// A time-shared divider of 15 quotient bits.
    Divider,
    /// A time-shared square root of 19 bits, then a divider.
    Root,
    /// A word the host writes.
    Host,
}

/// All classes, cheapest first.
pub const FABRICS: [Fabric; 6] = [
    Fabric::Logic,
    Fabric::Log,
    Fabric::Host,
    Fabric::Multiplier,
    Fabric::Divider,
    Fabric::Root,
];

impl Fabric {
    /// As the documentation names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Logic => "add, shift, compare",
            Self::Log => "priority encoder",
            Self::Multiplier => "multiplier",
            Self::Divider => "divider",
            Self::Root => "root and divider",
            Self::Host => "host",
        }
    }
}

/// A value of the wide record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WideFeature {
    /// Name, scale, formula and source.
    pub feature: Feature,
    /// Bits it takes in the record: 16, or 12 for values of that range, which stand beside an entry's kind.
    pub bits: u32,
    /// What computes it.
    pub fabric: Fabric,
    /// Which events update what it holds.
    pub on: &'static str,
}

/// Values that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    /// What they are.
    pub title: &'static str,
    /// In record order.
    pub features: &'static [WideFeature],
}

/// A signal that is averaged at each of [`EMA_SHIFTS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ema {
    /// Name of the signal.
    pub name: &'static str,
    /// Fraction bits of the input.
    pub input_fraction: u32,
    /// Shift from accumulator to value, by [`EMA_SHIFTS`]: less than 16 keeps bits that the average has gained.
    pub out_shifts: [u32; 6],
}

/// All values, in record order.
pub static WIDE: [WideFeature; VALUES] = {
    let mut all = [GROUPS[0].features[0]; VALUES];
    let (mut at, mut g) = (0, 0);
    while g < GROUPS.len() {
        let mut i = 0;
        while i < GROUPS[g].features.len() {
            all[at] = GROUPS[g].features[i];
            (at, i) = (at + 1, i + 1);
        }
        g += 1;
    }
    assert!(at == VALUES, "as many values as the record has room for");
    all
};

/// Index of a value by name; a const panic when there is none.
pub const fn index(name: &str) -> usize {
    let mut i = 0;
    while i < VALUES {
        if same(WIDE[i].feature.name, name) {
            return i;
        }
        i += 1;
    }
    panic!("no wide feature of that name")
}

/// A feature that is ranked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ranked {
    /// Index of a core feature.
    Core(u8),
    /// Index of a wide value.
    Wide(u8),
}

/// What each rank is of.
pub const RANK_OF: [Ranked; RANKS] = {
    let mut all = [Ranked::Core(0); RANKS];
    let mut i = 0;
    while i < RANKS {
        let mut core = 0;
        while core < CORE_COUNT && !same(CORE_FEATURES[core].name, RANKED[i]) {
            core += 1;
        }
        all[i] = if core < CORE_COUNT {
            Ranked::Core(core as u8)
        } else {
            Ranked::Wide(index(RANKED[i]) as u8)
        };
        i += 1;
    }
    all
};

/// Real value of a raw one.
pub fn real(value: usize, raw: i16) -> f64 {
    f64::from(raw) / f64::from(1_u32 << WIDE[value].feature.fraction)
}

/// A wide entry.
pub const ENTRY: &[Field] = &[
    field("head", 48, "3 values, i16 each"),
    field(
        "narrow",
        12,
        "a value of 12 bits, unsigned: the entry's own of those, in order",
    ),
    field("kind", 4, "15"),
    field(
        "values",
        320,
        "20 values more, i16 each: those of 16 bits, in order over the entries",
    ),
    field("ranks", 64, "8 ranks, u8 each, in order over the entries"),
];
const _: () = assert!(total_bits(ENTRY) as usize == PAYLOAD_BYTES * 8);
const HEAD_VALUES: usize = (width(ENTRY, "head") / 16) as usize;

/// A side input as table `side_inputs` takes it, at words `16*slot + 2*input` and the next; what was written takes effect between two
/// events, with the table's commit.
pub const SIDE: &[Field] = &[
    field(
        "ts_lo",
        32,
        "time of the input, ns since midnight as ITCH counts it, low word",
    ),
    field("ts_hi", 16, "high half word"),
    field("value", 16, "i16"),
];
/// Two edges as table `rank_edges` takes them, at word `128*rank + pair`; edge 255 is not looked at.
pub const EDGE_PAIR: &[Field] = &[
    field("even", 16, "edge 2*pair, i16"),
    field("odd", 16, "edge 2*pair+1, i16"),
];

/// Words of table `rank_edges` a rank.
pub const EDGE_WORDS: usize = EDGES.div_ceil(2);

/// The words of a rank in table `rank_edges`. Edges not given are [`NONE`]; more than [`EDGES`] are left out.
pub fn edge_words(edges: &[i16]) -> [u32; EDGE_WORDS] {
    let mut words = [0; EDGE_WORDS];
    for (pair, word) in words.iter_mut().enumerate() {
        let mut bytes = [0; 4];
        for (name, at) in [("even", 2 * pair), ("odd", 2 * pair + 1)] {
            let edge = if at < EDGES { edges.get(at) } else { None };
            let bits = edge.copied().unwrap_or(NONE).cast_unsigned();
            put_bits(
                &mut bytes,
                lsb(EDGE_PAIR, name),
                width(EDGE_PAIR, name),
                u64::from(bits),
            );
        }
        *word = u32::from_le_bytes(bytes);
    }
    words
}

/// Index of the value at each place of the entries: 23 of 16 bits, then that of 12 bits, entry by entry.
const PLACES: [u8; VALUES] = {
    let mut places = [0; VALUES];
    let (mut sixteen, mut twelve, mut i) = (0, 0, 0);
    while i < VALUES {
        if WIDE[i].bits == 12 {
            places[ENTRY_VALUES * twelve + ENTRY_VALUES - 1] = i as u8;
            twelve += 1;
        } else {
            places[sixteen + sixteen / (ENTRY_VALUES - 1)] = i as u8;
            sixteen += 1;
        }
        i += 1;
    }
    assert!(twelve == ENTRIES, "one value of 12 bits an entry");
    places
};

/// A decoded wide part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wide {
    /// Values in schema order.
    pub values: [i16; VALUES],
    /// Ranks in the order of [`RANKED`].
    pub ranks: [u8; RANKS],
}

impl Default for Wide {
    fn default() -> Self {
        Self {
            values: [0; VALUES],
            ranks: [0; RANKS],
        }
    }
}

/// Byte of the value at `place` of an entry, for those of 16 bits.
const fn byte(place: usize) -> usize {
    if place < HEAD_VALUES {
        2 * place
    } else {
        (lsb(ENTRY, "values") / 8) as usize + 2 * (place - HEAD_VALUES)
    }
}

impl Wide {
    /// Decodes the entries that follow core and levels.
    ///
    /// # Errors
    /// [`RecordError::Kind`] when one of them is of another kind.
    pub fn decode(entries: &[[u8; ENTRY_BYTES]; ENTRIES]) -> Result<Self, RecordError> {
        let mut out = Self::default();
        for (n, e) in entries.iter().enumerate() {
            if kind(e) != KIND_WIDE {
                return Err(RecordError::Kind {
                    expected: KIND_WIDE,
                    found: kind(e),
                });
            }
            let places = &PLACES[ENTRY_VALUES * n..][..ENTRY_VALUES];
            for (place, value) in places[..ENTRY_VALUES - 1].iter().enumerate() {
                let at = byte(place);
                out.values[usize::from(*value)] = i16::from_le_bytes([e[at], e[at + 1]]);
            }
            let narrow = get_bits(e, lsb(ENTRY, "narrow"), width(ENTRY, "narrow"));
            out.values[usize::from(places[ENTRY_VALUES - 1])] = narrow as i16;
            let at = (lsb(ENTRY, "ranks") / 8) as usize;
            out.ranks[ENTRY_RANKS * n..][..ENTRY_RANKS].copy_from_slice(&e[at..at + ENTRY_RANKS]);
        }
        Ok(out)
    }

    /// Encodes the payloads; CRC and sequence stay 0 until [`crate::ring::seal`].
    ///
    /// # Panics
    /// When a value of 12 bits is negative or has more.
    pub fn encode(&self) -> [[u8; ENTRY_BYTES]; ENTRIES] {
        let mut out = [[0; ENTRY_BYTES]; ENTRIES];
        for (n, e) in out.iter_mut().enumerate() {
            let places = &PLACES[ENTRY_VALUES * n..][..ENTRY_VALUES];
            for (place, value) in places[..ENTRY_VALUES - 1].iter().enumerate() {
                let at = byte(place);
                e[at..at + 2].copy_from_slice(&self.values[usize::from(*value)].to_le_bytes());
            }
            let narrow = self.values[usize::from(places[ENTRY_VALUES - 1])];
            put_bits(
                e,
                lsb(ENTRY, "narrow"),
                width(ENTRY, "narrow"),
                u64::from(narrow.cast_unsigned()),
            );
            put_bits(e, lsb(ENTRY, "kind"), width(ENTRY, "kind"), u64::from(KIND_WIDE));
            let at = (lsb(ENTRY, "ranks") / 8) as usize;
            e[at..at + ENTRY_RANKS].copy_from_slice(&self.ranks[ENTRY_RANKS * n..][..ENTRY_RANKS]);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_in_pairs() {
        // By hand: 1 and -2 in word 0, 3 alone in word 1, none behind it; of 256 edges the last is none.
        let words = edge_words(&[1, -2, 3]);
        assert_eq!(words[..3], [0xfffe_0001, 0x7fff_0003, 0x7fff_7fff]);
        assert_eq!(edge_words(&[5; EDGES + 1])[EDGE_WORDS - 1], 0x7fff_0005);
    }

    #[test]
    fn entries_round_trip_and_say_their_kind() {
        let mut wide = Wide::default();
        for (i, v) in wide.values.iter_mut().enumerate() {
            *v = if WIDE[i].bits == 12 {
                2_047 - i as i16
            } else {
                32_767 - 150 * i as i16
            };
        }
        for (i, r) in wide.ranks.iter_mut().enumerate() {
            *r = 255 - i as u8;
        }
        let mut entries = wide.encode();
        assert_eq!(Wide::decode(&entries), Ok(wide));
        assert!(
            entries
                .iter()
                .all(|e| kind(e) == KIND_WIDE && e[PAYLOAD_BYTES..] == [0; 8])
        );
        // By hand: entry 0 starts with values 0-2, the first age, the kind; value 3 stands at byte 8, rank 0 at 48.
        let age = wide.values[index("side_age_0")];
        let word = u64::from_le_bytes(entries[0][..8].try_into().unwrap());
        assert_eq!(word >> 48, 0xf << 12 | u64::from(age.cast_unsigned()));
        assert_eq!(entries[0][..2], wide.values[0].to_le_bytes());
        assert_eq!(entries[0][8..10], wide.values[3].to_le_bytes());
        assert_eq!((entries[0][48], entries[7][55]), (255, 192));
        assert_eq!(entries[1][..2], wide.values[23].to_le_bytes());
        entries[5][7] = 0xc0;
        assert_eq!(
            Wide::decode(&entries),
            Err(RecordError::Kind {
                expected: 15,
                found: 12
            })
        );
    }

    #[test]
    fn names_are_unique_and_columns() {
        let names = || CORE_FEATURES.iter().chain(WIDE.iter().map(|w| &w.feature));
        for (i, a) in names().enumerate() {
            assert!(names().take(i).all(|b| b.name != a.name), "{}", a.name);
            assert!(
                a.name
                    .bytes()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_')
            );
            assert!(
                !a.formula.is_empty() && !a.source.is_empty() && !a.unit.is_empty(),
                "{}",
                a.name
            );
        }
        for (i, name) in RANKED.iter().enumerate() {
            assert!(!RANKED[..i].contains(name), "{name} is ranked twice");
        }
        assert!(names().count() + RANKS > 256);
    }

    #[test]
    fn averages_say_their_scales() {
        for (ema, name) in EMAS
            .iter()
            .zip(["ema_obi_1", "ema_obi_5", "ema_obi_10", "ema_micro"])
        {
            assert_eq!(&name[4..], ema.name);
        }
        for ema in &EMAS {
            for (k, shift) in EMA_SHIFTS.iter().zip(ema.out_shifts) {
                let name = alloc::format!("ema_{}_{k}", ema.name);
                assert_eq!(
                    WIDE[index(&name)].feature.fraction,
                    ema.input_fraction + 16 - shift,
                    "{name}"
                );
            }
        }
    }
}
