//! The whole feed side as a card: message in, record out.

use contract::record::{Core, Level, Levels};

use crate::features::{FeatureEvent, Features, SlotParams, TopTen};
use crate::feed::{FeedTwin, Update};
use crate::{Side, Subscriptions};

/// A record as the card would send it, but for what only a card knows: receive stamp and skipped count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TwinRecord {
    /// Core entry.
    pub core: Core,
    /// Best ten bids.
    pub bids: TopTen,
    /// Best ten asks.
    pub asks: TopTen,
    /// MoldUDP64 sequence number.
    pub msg_seq: u64,
    /// ITCH tracking number.
    pub tracking: u16,
}

impl TwinRecord {
    /// Whether a card's record shows the same. Receive stamp, skipped count and the `skipped` and `degraded` flags are
    /// the card's own and left out.
    pub fn shows(&self, core: &Core, levels: Option<&Levels>) -> bool {
        use contract::record::flag::{DEGRADED, SKIPPED};
        let own = Core {
            flags: core.flags & !(DEGRADED | SKIPPED),
            ..*core
        };
        own == self.core && levels.is_none_or(|l| self.shows_levels(l))
    }

    fn shows_levels(&self, l: &Levels) -> bool {
        l.bids[..] == self.bids[1..]
            && l.asks[..] == self.asks[1..]
            && l.msg_seq == self.msg_seq
            && l.tracking == self.tracking
            && l.itch_type == self.core.event.itch_type()
    }
}

/// Twin of the card from accepted message to record; started in sync, not halted.
#[derive(Debug, Clone)]
pub struct RecordTwin {
    feed: FeedTwin,
    features: Features,
}

impl RecordTwin {
    /// A twin for these slots; `params` by slot.
    ///
    /// # Panics
    /// When `params` has another length than there are slots.
    pub fn new(subscriptions: Subscriptions, params: &[SlotParams]) -> Self {
        assert_eq!(
            usize::from(subscriptions.slots()),
            params.len(),
            "one set of parameters a slot"
        );
        let mut features = Features::new(params.len());
        for (slot, p) in params.iter().enumerate() {
            features.configure(slot, *p);
        }
        Self {
            feed: FeedTwin::new(subscriptions),
            features,
        }
    }

    /// The feed side behind it.
    pub fn feed(&self) -> &FeedTwin {
        &self.feed
    }

    /// Applies a message; gives the record when it changed a book.
    pub fn apply(&mut self, message: &[u8], msg_seq: u64) -> Option<TwinRecord> {
        let update = self.feed.apply(message)?;
        let slot = update.event.slot;
        let bids: TopTen = self.feed.book().top(slot, Side::Bid);
        let asks: TopTen = self.feed.book().top(slot, Side::Ask);
        let event = feature_event(&update);
        let features = self.features.update(usize::from(slot), &event, &bids, &asks);
        update.resolved.changed.then(|| TwinRecord {
            core: Core {
                ts_ns: update.header.timestamp_ns,
                slot: u8::try_from(slot).unwrap_or(u8::MAX),
                event: update.event.kind,
                flags: update.flags,
                bid: best(&bids),
                ask: best(&asks),
                features,
            },
            bids,
            asks,
            msg_seq,
            tracking: update.header.tracking,
        })
    }
}

fn best(side: &TopTen) -> Level {
    side[0]
}

fn feature_event(update: &Update) -> FeatureEvent {
    FeatureEvent {
        ts_ns: update.header.timestamp_ns,
        code: update.event.kind,
        side: update.resolved.op.side,
        changed: update.resolved.changed,
        trade: update.resolved.trade.is_some(),
        trade_qty: update.resolved.trade.unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subscription::Target;
    use contract::record::{EventCode, flag};
    use wire::itch50::{AddOrder, Header, Message, OrderDelete};

    fn header(timestamp_ns: u64) -> Header {
        Header {
            locate: 7,
            tracking: 3,
            timestamp_ns,
        }
    }

    fn add(reference: u64, side: u8, shares: u32, price: u32) -> Vec<u8> {
        let stock = *b"A       ";
        Message::from(AddOrder {
            header: header(reference),
            reference,
            side,
            shares,
            stock,
            price,
        })
        .to_vec()
    }

    #[test]
    fn records_follow_the_book() {
        let mut twin = RecordTwin::new(Subscriptions::new(&[Target::Locate(7)]), &[SlotParams::default()]);
        let first = twin
            .apply(&add(1, b'B', 300, 10_000), 11)
            .expect("changes the book");
        assert_eq!(
            (first.core.bid, first.core.ask),
            (Level { px: 10_000, sz: 300 }, Level::default())
        );
        assert_eq!(
            (first.core.event, first.msg_seq, first.tracking),
            (EventCode::Add, 11, 3)
        );
        let second = twin
            .apply(&add(2, b'S', 100, 10_100), 12)
            .expect("changes the book");
        assert_eq!(second.core.features[contract::feature::index("obi_1")], 16_384);
        assert_eq!(second.core.features[contract::feature::index("spread")], 1);
        let unknown = Message::from(OrderDelete {
            header: header(3),
            reference: 99,
        })
        .to_vec();
        assert_eq!(twin.apply(&unknown, 13), None);

        let levels = Levels {
            rx_stamp_ns: 5,
            msg_seq: 12,
            skipped: 0,
            tracking: 3,
            itch_type: b'A',
            bids: [Level::default(); 9],
            asks: [Level::default(); 9],
        };
        assert!(second.shows(&second.core, Some(&levels)));
        assert!(second.shows(
            &Core {
                flags: flag::DEGRADED,
                ..second.core
            },
            None
        ));
        assert!(!second.shows(
            &Core {
                flags: flag::STALE,
                ..second.core
            },
            None
        ));
        assert!(!second.shows(
            &second.core,
            Some(&Levels {
                msg_seq: 13,
                ..levels
            })
        ));
        let mut wrong = levels;
        wrong.bids[8].sz = 1;
        assert!(!second.shows(&second.core, Some(&wrong)));
    }
}
