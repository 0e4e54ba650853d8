//! Decoded book and trade messages: what `itch_decode` hands to `order_table`.

use contract::record::EventCode;
use wire::WireError;
use wire::itch50::{
    self, AddOrderAttributedView, AddOrderView, CrossTradeView, OrderCancelView, OrderDeleteView,
    OrderExecutedView, OrderExecutedWithPriceView, OrderReplaceView, Side, TradeView,
};

/// A book or trade message of a subscribed slot. Fields a type does not have are 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedEvent {
    /// What happened.
    pub kind: EventCode,
    /// Slot index.
    pub slot: u16,
    /// Order reference (A F E C X D; the one that leaves of U).
    pub reference: u64,
    /// New order reference of U.
    pub new_reference: u64,
    /// Side named by A, F and P; [`Side::Ask`] for all others, whose side the order table knows.
    pub side: Side,
    /// Shares (A F E C X U P); the low 32 bits of the shares of Q.
    pub quantity: u32,
    /// Price in 1/10000 dollar (A F U P C Q).
    pub price: u32,
    /// Counts as a trade: E, C marked printable, P.
    pub printable: bool,
}

impl FeedEvent {
    /// Decodes a message for `slot`; `None` for the types that are neither book nor trade.
    ///
    /// # Errors
    /// Unknown type or a length other than the type's.
    pub fn decode(message: &[u8], slot: u16) -> Result<Option<Self>, WireError> {
        let Some(kind) = EventCode::from_itch_type(itch50::check(message)?) else {
            return Ok(None);
        };
        let none = Self {
            kind,
            slot,
            reference: 0,
            new_reference: 0,
            side: Side::Ask,
            quantity: 0,
            price: 0,
            printable: false,
        };
        none.filled(message).map(Some)
    }

    fn filled(self, message: &[u8]) -> Result<Self, WireError> {
        Ok(match self.kind {
            EventCode::Add => {
                let m = AddOrderView::new_checked(message)?;
                let side = side_of(m.side());
                Self {
                    reference: m.reference(),
                    side,
                    quantity: m.shares(),
                    price: m.price(),
                    ..self
                }
            }
            EventCode::AddMpid => {
                let m = AddOrderAttributedView::new_checked(message)?;
                let side = side_of(m.side());
                Self {
                    reference: m.reference(),
                    side,
                    quantity: m.shares(),
                    price: m.price(),
                    ..self
                }
            }
            EventCode::Execute => {
                let m = OrderExecutedView::new_checked(message)?;
                Self {
                    reference: m.reference(),
                    quantity: m.shares(),
                    printable: true,
                    ..self
                }
            }
            EventCode::ExecutePrice => {
                let m = OrderExecutedWithPriceView::new_checked(message)?;
                let printable = m.printable() == b'Y';
                Self {
                    reference: m.reference(),
                    quantity: m.shares(),
                    price: m.price(),
                    printable,
                    ..self
                }
            }
            EventCode::Cancel => {
                let m = OrderCancelView::new_checked(message)?;
                Self {
                    reference: m.reference(),
                    quantity: m.shares(),
                    ..self
                }
            }
            EventCode::Delete => Self {
                reference: OrderDeleteView::new_checked(message)?.reference(),
                ..self
            },
            EventCode::Replace => {
                let m = OrderReplaceView::new_checked(message)?;
                let (reference, new_reference) = (m.reference(), m.new_reference());
                Self {
                    reference,
                    new_reference,
                    quantity: m.shares(),
                    price: m.price(),
                    ..self
                }
            }
            EventCode::Trade | EventCode::Cross => self.printed(message)?,
        })
    }

    /// The rest of a trade outside the displayed book (ITCH 5.0 §1.5).
    fn printed(self, message: &[u8]) -> Result<Self, WireError> {
        if self.kind == EventCode::Cross {
            let m = CrossTradeView::new_checked(message)?;
            return Ok(Self {
                quantity: low_half(m.shares()),
                price: m.price(),
                ..self
            });
        }
        let m = TradeView::new_checked(message)?;
        let side = side_of(m.side());
        Ok(Self {
            side,
            quantity: m.shares(),
            price: m.price(),
            printable: true,
            ..self
        })
    }
}

/// The gateware compares with `B` alone, so any other byte is a sell.
fn side_of(indicator: u8) -> Side {
    if indicator == b'B' { Side::Bid } else { Side::Ask }
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "the low half is what the event carries"
)]
fn low_half(shares: u64) -> u32 {
    shares as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::itch50::{CrossTrade, Header, Message, OrderExecutedWithPrice, OrderReplace, SystemEvent};

    const HEADER: Header = Header {
        locate: 3,
        tracking: 0,
        timestamp_ns: 9,
    };

    fn decoded(message: impl Into<Message>) -> Option<FeedEvent> {
        FeedEvent::decode(&message.into().to_vec(), 5).unwrap()
    }

    #[test]
    fn replace_carries_both_references() {
        let message = OrderReplace {
            header: HEADER,
            reference: 7,
            new_reference: 8,
            shares: 100,
            price: 12_300,
        };
        let event = decoded(message).unwrap();
        assert_eq!((event.kind, event.slot), (EventCode::Replace, 5));
        assert_eq!(
            (event.reference, event.new_reference, event.quantity, event.price),
            (7, 8, 100, 12_300)
        );
    }

    #[test]
    fn only_printable_executions_are_trades() {
        for (flag, printable) in [(b'Y', true), (b'N', false)] {
            let message = OrderExecutedWithPrice {
                header: HEADER,
                reference: 1,
                shares: 2,
                match_number: 3,
                printable: flag,
                price: 4,
            };
            assert_eq!(decoded(message).unwrap().printable, printable);
        }
    }

    #[test]
    fn cross_keeps_the_low_half_and_admin_is_no_event() {
        let message = CrossTrade {
            header: HEADER,
            shares: (1 << 32) + 5,
            stock: *b"GOOG    ",
            price: 1,
            match_number: 2,
            cross_type: b'O',
        };
        assert_eq!(decoded(message).unwrap().quantity, 5);
        assert_eq!(
            decoded(SystemEvent {
                header: HEADER,
                event: b'O'
            }),
            None
        );
    }

    #[test]
    fn wrong_length_is_an_error() {
        assert!(FeedEvent::decode(&[b'D'; 20], 0).is_err());
        assert!(FeedEvent::decode(&[], 0).is_err());
    }
}
