//! Options behind the fixed part of a message (OUCH 5.0 rev. 1.05, 1.2 and Appendix A): length in one byte, which counts
//! tag and value, tag, value.

use crate::WireError;
use crate::bytes::{Field, get, put};

/// Bytes in front of an option's value.
const HEADER_LEN: usize = 2;

macro_rules! options {
    ($($(#[$doc:meta])* $tag:literal $name:ident: $type:ty,)*) => {
        /// An option.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Opt {
            $($(#[$doc])* $name($type),)*
        }

        /// Tag, name and width in bytes of every option.
        pub const OPTIONS: &[(u8, &str, usize)] = &[
            $(($tag, stringify!($name), <$type as Field>::WIDTH)),*
        ];

        impl Opt {
            /// Tag.
            pub const fn tag(&self) -> u8 {
                match self {
                    $(Self::$name(_) => $tag,)*
                }
            }

            fn read(tag: u8, value: &[u8]) -> Result<Self, WireError> {
                match tag {
                    $($tag if value.len() == <$type as Field>::WIDTH => Ok(Self::$name(get(value, 0))),)*
                    _ => Err(WireError::OuchOption { tag, width: value.len() }),
                }
            }

            fn append_to(self, bytes: &mut Vec<u8>) {
                let start = bytes.len();
                match self {
                    $(Self::$name(value) => {
                        bytes.resize(start + HEADER_LEN + <$type as Field>::WIDTH, 0);
                        put(bytes, start + HEADER_LEN, value);
                    })*
                }
                bytes[start] = u8::try_from(bytes.len() - start - 1).expect("values have at most 8 bytes");
                bytes[start + 1] = self.tag();
            }
        }
    };
}

options! {
    /// Reference of the order in the market data feed when it is not the one of the Accepted.
    1 SecondaryOrdRefNum: u64,
    /// Firm that enters the order.
    2 Firm: [u8; 4],
    /// Fewest shares to execute at once.
    3 MinQty: u32,
    /// `R` retail, `N` not.
    4 CustomerType: u8,
    /// Shares displayed of an order with reserves.
    5 MaxFloor: u32,
    /// `L` limit, `P` market peg, `M` and `m` midpoint, `R` primary peg, `Q` market maker peg.
    6 PriceType: u8,
    /// Offset of the peg, 1/10000 dollar.
    7 PegOffset: i32,
    /// Discretionary price, 1/10000 dollar.
    9 DiscretionPrice: u64,
    /// As [`Opt::PriceType`].
    10 DiscretionPriceType: u8,
    /// Offset of the discretionary peg, 1/10000 dollar.
    11 DiscretionPegOffset: i32,
    /// `P` post only, `N` not.
    12 PostOnly: u8,
    /// Shares by which the displayed size varies.
    13 RandomReserves: u32,
    /// Route.
    14 Route: [u8; 4],
    /// Seconds the order lives, below 86,400.
    15 ExpireTime: u32,
    /// `Y`, `N`, or blank for the port's default.
    16 TradeNow: u8,
    /// Handling instruction.
    17 HandleInst: u8,
    /// Where the price lay against the best bid and offer.
    18 BboWeight: u8,
    /// Displayed shares, in Restated.
    22 DisplayQuantity: u32,
    /// Displayed price, in Restated, 1/10000 dollar.
    23 DisplayPrice: u64,
    /// Customer group.
    24 GroupId: u16,
    /// `Y` when the shares of a short sale are located.
    25 SharesLocated: u8,
    /// Broker that gave the locate.
    26 LocateBroker: [u8; 4],
    /// Side.
    27 Side: u8,
    /// Channel inside the port; each counts its user references alone.
    28 UserRefIdx: u8,
    /// Self-match prevention: strategy.
    29 AiqStrategy: u8,
    /// Self-match prevention: group.
    30 AiqGroupId: [u8; 2],
}

/// Iterator over options. One that reaches past the end is an error and the last item; one with an unknown tag or a
/// wrong width is an error, and the iteration goes on behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Options<'a> {
    /// The options in `bytes`, which begin behind the appendage length.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, offset: 0 }
    }

    /// The channel, 0 when none is given.
    pub fn user_ref_idx(self) -> u8 {
        self.flatten()
            .find_map(|option| match option {
                Opt::UserRefIdx(index) => Some(index),
                _ => None,
            })
            .unwrap_or(0)
    }
}

impl Iterator for Options<'_> {
    type Item = Result<Opt, WireError>;

    fn next(&mut self) -> Option<Self::Item> {
        let (length, rest) = self.bytes.get(self.offset..)?.split_first()?;
        let (offset, length) = (self.offset, usize::from(*length));
        let Some((tag, value)) = rest.get(..length).and_then(<[u8]>::split_first) else {
            self.offset = self.bytes.len();
            return Some(Err(WireError::OuchOptionLength {
                offset,
                length,
                available: rest.len(),
            }));
        };
        self.offset += 1 + length;
        Some(Opt::read(*tag, value))
    }
}

/// Options of a message to be written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Appendage {
    bytes: Vec<u8>,
}

impl Appendage {
    /// No options.
    pub const fn new() -> Self {
        Self { bytes: Vec::new() }
    }

    /// With one more option. Each tag once: all options together are then far below 65,535 bytes.
    #[must_use]
    pub fn with(mut self, option: Opt) -> Self {
        option.append_to(&mut self.bytes);
        self
    }

    /// True without options.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(super) fn append_to(&self, bytes: &mut Vec<u8>) {
        let length = u16::try_from(self.bytes.len()).expect("options do not repeat");
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(&self.bytes);
    }
}
