//! One enum over all message types.

use super::types::*;
use super::{Header, check};
use crate::WireError;

macro_rules! message_enum {
    ($($name:ident),* $(,)?) => {
        /// Any ITCH 5.0 message, owned.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(missing_docs, reason = "each variant is documented at its struct")]
        pub enum Message {
            $($name($name),)*
        }

        impl Message {
            /// Reads a message of any type.
            ///
            /// # Errors
            /// Unknown type, or a length other than that type's.
            pub fn parse(bytes: &[u8]) -> Result<Self, WireError> {
                match check(bytes)? {
                    $($name::TYPE => Ok(Self::$name($name::read(bytes))),)*
                    kind => Err(WireError::ItchType(kind)),
                }
            }

            /// Writes the message at the start of `buffer`; returns its length.
            ///
            /// # Panics
            /// When `buffer` is shorter than [`Message::len`].
            pub fn emit(&self, buffer: &mut [u8]) -> usize {
                match self {
                    $(Self::$name(message) => message.emit(buffer),)*
                }
            }

            /// Message type.
            pub const fn kind(&self) -> u8 {
                match self {
                    $(Self::$name(_) => $name::TYPE,)*
                }
            }

            /// Length on the wire in bytes.
            #[allow(clippy::len_without_is_empty, reason = "no message is empty")]
            pub const fn len(&self) -> usize {
                match self {
                    $(Self::$name(_) => $name::LEN,)*
                }
            }

            /// The part all messages share.
            pub const fn header(&self) -> Header {
                match self {
                    $(Self::$name(message) => message.header,)*
                }
            }
        }

        $(impl From<$name> for Message {
            fn from(message: $name) -> Self {
                Self::$name(message)
            }
        })*
    };
}

message_enum!(
    SystemEvent,
    StockDirectory,
    StockTradingAction,
    RegShoRestriction,
    MarketParticipantPosition,
    MwcbDeclineLevel,
    MwcbStatus,
    IpoQuotingPeriod,
    LuldAuctionCollar,
    OperationalHalt,
    AddOrder,
    AddOrderAttributed,
    OrderExecuted,
    OrderExecutedWithPrice,
    OrderCancel,
    OrderDelete,
    OrderReplace,
    Trade,
    CrossTrade,
    BrokenTrade,
    NetOrderImbalance,
    RetailInterest,
    DirectListing,
);

impl Message {
    /// The message on the wire.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.len()];
        self.emit(&mut bytes);
        bytes
    }
}

/// Type byte of a message, `None` when it is empty.
pub fn message_type(message: &[u8]) -> Option<u8> {
    message.first().copied()
}

#[cfg(test)]
mod tests {
    use super::super::{HEADER_LEN, LEN_MAX, LEN_MIN, LENGTHS, Side, length_of, symbol};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_length_table_is_the_specification() {
        let expected =
            "S12 R39 H25 Y20 L26 V35 W12 K28 J35 h21 A36 F40 E31 C36 X23 D19 U35 P44 Q40 B19 I50 N20 O48";
        let mut count = 0;
        for entry in expected.split(' ') {
            let (kind, length) = entry.split_at(1);
            assert_eq!(
                length_of(kind.as_bytes()[0]),
                Some(length.parse().unwrap()),
                "type {kind}"
            );
            count += 1;
        }
        assert_eq!((count, LENGTHS.len()), (23, 23));
        assert_eq!(LENGTHS.iter().map(|(_, length)| *length).max(), Some(LEN_MAX));
        assert_eq!(LENGTHS.iter().map(|(_, length)| *length).min(), Some(LEN_MIN));
    }

    #[test]
    fn fields_are_contiguous_and_fill_each_message() {
        for (kind, fields) in FIELDS {
            let mut next = HEADER_LEN;
            for (name, offset, width) in *fields {
                assert_eq!(*offset, next, "type {} field {name}", char::from(*kind));
                next += width;
            }
            assert_eq!(Some(next), length_of(*kind), "type {}", char::from(*kind));
        }
        assert_eq!(FIELDS.len(), 23);
    }

    proptest! {
        #[test]
        fn bytes_to_message_to_bytes(index in 0..23_usize, body in any::<[u8; LEN_MAX]>()) {
            let (kind, length) = LENGTHS[index];
            let mut bytes = body[..length].to_vec();
            bytes[0] = kind;
            let message = Message::parse(&bytes).unwrap();
            prop_assert_eq!((message.kind(), message.len()), (kind, length));
            prop_assert_eq!(message.header(), Header::read(&bytes).unwrap());
            let mut dirty = vec![0xa5; length];
            prop_assert_eq!(message.emit(&mut dirty), length);
            prop_assert_eq!(dirty, bytes);
        }

        #[test]
        fn any_bytes_parse_or_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            match Message::parse(&bytes) {
                Ok(message) => prop_assert_eq!(message.to_vec(), bytes),
                Err(WireError::ItchEmpty) => prop_assert!(bytes.is_empty()),
                Err(WireError::ItchType(kind)) => prop_assert_eq!(length_of(kind), None),
                Err(WireError::ItchLength { kind, expected, actual }) => {
                    prop_assert_eq!(length_of(kind), Some(expected));
                    prop_assert_eq!(actual, bytes.len());
                }
                Err(other) => prop_assert!(false, "{other}"),
            }
        }
    }

    /// `(type, field, offset)` of a second reading of the specification.
    const OFFSETS: &[(u8, &str, usize)] = &[
        (b'A', "reference", 11),
        (b'A', "side", 19),
        (b'A', "shares", 20),
        (b'A', "stock", 24),
        (b'A', "price", 32),
        (b'F', "attribution", 36),
        (b'E', "reference", 11),
        (b'E', "shares", 19),
        (b'E', "match_number", 23),
        (b'C', "printable", 31),
        (b'C', "price", 32),
        (b'X', "shares", 19),
        (b'D', "reference", 11),
        (b'U', "reference", 11),
        (b'U', "new_reference", 19),
        (b'U', "shares", 27),
        (b'U', "price", 31),
        (b'P', "price", 32),
        (b'P', "match_number", 36),
        (b'Q', "stock", 19),
        (b'Q', "cross_type", 39),
        (b'I', "stock", 28),
        (b'I', "far_price", 36),
        (b'H', "state", 19),
        (b'R', "stock", 11),
        (b'O', "near_time_ns", 32),
    ];

    #[test]
    fn offsets_agree_with_a_second_list() {
        for (kind, name, offset) in OFFSETS {
            let fields = FIELDS.iter().find(|(of, _)| of == kind).unwrap().1;
            let found = fields
                .iter()
                .find(|(field, ..)| field == name)
                .map(|(_, at, _)| *at);
            assert_eq!(found, Some(*offset), "type {} field {name}", char::from(*kind));
        }
    }

    #[test]
    fn a_view_edits_in_place_and_leaves_the_rest() {
        let mut bytes = [0xa5; AddOrder::LEN];
        bytes[0] = AddOrder::TYPE;
        let mut view = AddOrderView::new_checked(&mut bytes[..]).unwrap();
        view.set_price(1_234_500);
        view.set_stock(symbol("GOOG").unwrap());
        assert_eq!(
            (view.price(), view.shares(), &view.stock()),
            (1_234_500, 0xa5a5_a5a5, b"GOOG    ")
        );
        assert_eq!(
            view.header(),
            Header {
                locate: 0xa5a5,
                tracking: 0xa5a5,
                timestamp_ns: 0xa5a5_a5a5_a5a5
            }
        );
        assert_eq!(bytes[..24], [&[b'A'][..], &[0xa5; 23]].concat());
    }

    #[test]
    fn wrong_lengths_and_types_carry_the_value() {
        assert_eq!(Message::parse(&[]), Err(WireError::ItchEmpty));
        assert_eq!(Message::parse(b"Z23456789012"), Err(WireError::ItchType(b'Z')));
        assert_eq!(
            Message::parse(&[b'A'; 35]),
            Err(WireError::ItchLength {
                kind: b'A',
                expected: 36,
                actual: 35
            })
        );
        assert_eq!(
            AddOrderView::new_checked(&[b'F'; 40][..]).unwrap_err(),
            WireError::ItchType(b'F')
        );
        assert!(Header::read(&[0; 10]).is_err());
        assert_eq!(symbol("TOOLONGNAME"), None);
        assert_eq!(Side::from_indicator(b'x'), None);
    }
}
