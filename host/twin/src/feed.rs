//! The feed side in one piece: message in, book update out.

use contract::record::{EventCode, flag};
use wire::itch50::{self, Header, StockTradingActionView};

use crate::book::Book;
use crate::event::FeedEvent;
use crate::order_table::{Anomaly, LevelOp, OrderTable, Resolved};
use crate::subscription::Subscriptions;

/// What became of a book or trade message of a subscribed slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Update {
    /// Locate, tracking number and time of the message.
    pub header: Header,
    /// The decoded message.
    pub event: FeedEvent,
    /// What the order table made of it.
    pub resolved: Resolved,
    /// [`flag`] bits after the message.
    pub flags: u8,
}

/// What was not a book or trade message of a subscribed slot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Messages of an unknown type, or empty.
    pub unknown_type: u64,
    /// Messages whose length is wrong for their type.
    pub bad_length: u64,
    /// Messages of a locate not subscribed.
    pub other_locate: u64,
    /// Administrative messages of subscribed slots.
    pub admin: u64,
    /// Book and trade messages of subscribed slots.
    pub book_events: u64,
}

/// Feed side of the card for a set of slots, started in sync with an empty book and not halted.
#[derive(Debug, Clone)]
pub struct FeedTwin {
    subscriptions: Subscriptions,
    orders: OrderTable,
    book: Book,
    flags: Vec<u8>,
    counters: Counters,
}

impl FeedTwin {
    /// A twin for these slots.
    pub fn new(subscriptions: Subscriptions) -> Self {
        let slots = subscriptions.slots();
        Self {
            subscriptions,
            orders: OrderTable::new(),
            book: Book::new(slots),
            flags: vec![0; usize::from(slots)],
            counters: Counters::default(),
        }
    }

    /// The books.
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// The live orders.
    pub fn orders(&self) -> &OrderTable {
        &self.orders
    }

    /// What was not a book event.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Applies a message; `None` unless it is a book or trade message of a subscribed slot.
    pub fn apply(&mut self, message: &[u8]) -> Option<Update> {
        let Ok(kind) = itch50::check(message) else {
            let known = message
                .first()
                .is_some_and(|kind| itch50::length_of(*kind).is_some());
            *(if known {
                &mut self.counters.bad_length
            } else {
                &mut self.counters.unknown_type
            }) += 1;
            self.mark_wrong_length(message);
            return None;
        };
        self.subscriptions.observe(message);
        let header = Header::read(message).ok()?;
        let Some(slot) = self.subscriptions.slot(header.locate) else {
            self.counters.other_locate += 1;
            return None;
        };
        let Ok(Some(event)) = FeedEvent::decode(message, slot) else {
            self.counters.admin += 1;
            if kind == b'H' {
                self.trading_action(message, slot);
            }
            return None;
        };
        self.counters.book_events += 1;
        let flags = self.flags[usize::from(slot)];
        let resolved = self.orders.apply(&event);
        self.book.apply(&resolved.op);
        if resolved.anomaly.is_some_and(Anomaly::makes_stale) {
            self.flags[usize::from(slot)] |= flag::STALE;
        }
        let crossed = if self.book.is_crossed(slot) {
            flag::CROSSED
        } else {
            0
        };
        Some(Update {
            header,
            event,
            resolved,
            flags: flags | crossed,
        })
    }

    /// A book message of a wrong length leaves the book unsure.
    fn mark_wrong_length(&mut self, message: &[u8]) {
        let Ok(header) = Header::read(message) else { return };
        let book = EventCode::from_itch_type(message[0])
            .is_some_and(|code| !matches!(code, EventCode::Trade | EventCode::Cross));
        if let Some(slot) = self.subscriptions.slot(header.locate).filter(|_| book) {
            self.flags[usize::from(slot)] |= flag::STALE;
        }
    }

    fn trading_action(&mut self, message: &[u8], slot: u16) {
        let Ok(action) = StockTradingActionView::new_checked(message) else {
            return;
        };
        let flags = &mut self.flags[usize::from(slot)];
        match action.state() {
            b'T' => *flags &= !flag::HALTED,
            _ => *flags |= flag::HALTED,
        }
    }
}

impl Update {
    /// Effect on the levels.
    pub fn op(&self) -> &LevelOp {
        &self.resolved.op
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Side;
    use crate::subscription::Target;
    use wire::itch50::{AddOrder, Message, OrderExecuted, StockTradingAction};

    fn header(locate: u16) -> Header {
        Header {
            locate,
            tracking: 0,
            timestamp_ns: 5,
        }
    }

    fn add(locate: u16, reference: u64, side: u8, price: u32) -> Vec<u8> {
        let stock = *b"GOOG    ";
        Message::from(AddOrder {
            header: header(locate),
            reference,
            side,
            shares: 10,
            stock,
            price,
        })
        .to_vec()
    }

    fn halt(state: u8) -> Vec<u8> {
        let stock = *b"GOOG    ";
        let action = StockTradingAction {
            header: header(4),
            stock,
            state,
            reserved: b' ',
            reason: *b"    ",
        };
        Message::from(action).to_vec()
    }

    fn twin() -> FeedTwin {
        FeedTwin::new(Subscriptions::new(&[Target::Symbol(*b"GOOG    ")]))
    }

    #[test]
    fn the_binding_message_counts_and_other_locates_do_not() {
        let mut twin = twin();
        let update = twin.apply(&add(4, 1, b'B', 100)).unwrap();
        assert!(update.resolved.changed && update.flags == 0 && update.op().add.is_some());
        assert_eq!(twin.apply(&add(5, 2, b'B', 100)), None);
        assert_eq!(twin.book().levels(0, Side::Bid).collect::<Vec<_>>(), [(100, 10)]);
        assert_eq!(
            (twin.counters().book_events, twin.counters().other_locate),
            (1, 1)
        );
    }

    #[test]
    fn flags_follow_halts_crosses_and_stale_causes() {
        let mut twin = twin();
        let mut flags = |message: &[u8]| twin.apply(message).map(|update| update.flags);
        assert_eq!(flags(&add(4, 1, b'B', 100)), Some(0));
        assert_eq!(flags(&halt(b'H')), None);
        assert_eq!(flags(&add(4, 2, b'S', 100)), Some(flag::HALTED | flag::CROSSED));
        assert_eq!(flags(&halt(b'T')), None);
        let execution = Message::from(OrderExecuted {
            header: header(4),
            reference: 1,
            shares: 11,
            match_number: 1,
        });
        assert_eq!(flags(&execution.to_vec()), Some(0), "the cause itself is exact");
        assert_eq!(flags(&add(4, 3, b'B', 90)), Some(flag::STALE));
    }

    #[test]
    fn a_wrong_length_book_message_makes_the_slot_stale() {
        let mut twin = twin();
        twin.apply(&add(4, 1, b'B', 100));
        assert_eq!(twin.apply(&add(4, 2, b'B', 100)[..30]), None);
        assert_eq!(twin.apply(b"?"), None);
        assert_eq!(twin.apply(&add(4, 3, b'B', 100)).unwrap().flags, flag::STALE);
        assert_eq!((twin.counters().bad_length, twin.counters().unknown_type), (1, 1));
    }
}
