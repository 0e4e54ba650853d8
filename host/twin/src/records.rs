//! The whole feed side as a card: message in, record out.

use contract::feature::CORE_COUNT;
use contract::record::{Core, EventCode, Level, Levels};

use crate::features::{FeatureEvent, Features, SlotParams, TopTen};
use crate::feed::{FeedTwin, Update};
use crate::wide::{EdgeError, Event, Wide};
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
    wide: Option<WideState>,
}

/// Wide values, and those of the last record.
#[derive(Debug, Clone)]
struct WideState {
    twin: Wide,
    last: contract::wide::Wide,
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
            wide: None,
        }
    }

    /// The same, whose records have a wide part: [`RecordTwin::wide`].
    ///
    /// # Panics
    /// As [`RecordTwin::new`].
    pub fn with_wide(subscriptions: Subscriptions, params: &[SlotParams]) -> Self {
        let mut wide = Wide::new(params.len());
        for (slot, p) in params.iter().enumerate() {
            wide.configure(slot, *p);
        }
        let last = contract::wide::Wide::default();
        Self {
            wide: Some(WideState { twin: wide, last }),
            ..Self::new(subscriptions, params)
        }
    }

    /// The wide part of the last record, if records have one.
    pub fn wide(&self) -> Option<&contract::wide::Wide> {
        self.wide.as_ref().map(|wide| &wide.last)
    }

    /// Writes a side input of a slot, as of `ts_ns`; nothing where records have no wide part.
    ///
    /// # Panics
    /// When there is no such slot or input.
    pub fn set_side(&mut self, slot: usize, input: usize, value: i16, ts_ns: u64) {
        if let Some(wide) = &mut self.wide {
            wide.twin.set_side(slot, input, value, ts_ns);
        }
    }

    /// Loads the edges of a rank; nothing where records have no wide part.
    ///
    /// # Errors
    /// As [`Wide::load_edges`].
    pub fn load_edges(&mut self, rank: usize, edges: &[i16]) -> Result<(), EdgeError> {
        let wide = self.wide.as_mut();
        wide.map_or(Ok(()), |wide| wide.twin.load_edges(rank, edges))
    }

    /// The feed side behind it.
    pub fn feed(&self) -> &FeedTwin {
        &self.feed
    }

    /// Applies a message; gives the record when it changed a book.
    pub fn apply(&mut self, message: &[u8], msg_seq: u64) -> Option<TwinRecord> {
        let update = self.feed.apply(message)?;
        let slot = update.event.slot;
        let (mut bids, mut asks) = (TopTen::default(), TopTen::default());
        self.feed.book().write_top(slot, Side::Bid, &mut bids);
        self.feed.book().write_top(slot, Side::Ask, &mut asks);
        let event = event_of(&update);
        let features = self
            .features
            .update(usize::from(slot), &event.event, &bids, &asks);
        if let Some(wide) = &mut self.wide {
            wide.update(usize::from(slot), &event, (&bids, &asks), &features);
        }
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

impl WideState {
    /// What makes no record leaves the last one as it is.
    fn update(&mut self, slot: usize, event: &Event, book: (&TopTen, &TopTen), core: &[i16; CORE_COUNT]) {
        if event.event.changed {
            self.twin.update(slot, event, book, core, &mut self.last);
        } else if event.event.trade {
            self.twin.observe(slot, event, book, core);
        }
    }
}

/// What features of both kinds depend on besides book and core values.
pub fn event_of(update: &Update) -> Event {
    Event {
        event: feature_event(update),
        trade_px: trade_price(update),
    }
}

/// The resting order's price for E, the message's for C and P.
fn trade_price(update: &Update) -> u32 {
    let resting = update.resolved.op.remove.map_or(0, |(price, _)| price);
    match update.event.kind {
        EventCode::Execute => resting,
        _ => update.event.price,
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
    use contract::record::flag;
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
        assert_eq!(twin.wide(), None);
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

    #[test]
    fn the_wide_part_follows_the_book_and_its_trades() {
        use contract::wide::index;
        use wire::itch50::{OrderExecuted, Trade};
        let subscriptions = Subscriptions::new(&[Target::Locate(7)]);
        let mut twin = RecordTwin::with_wide(subscriptions, &[SlotParams::default()]);
        let edges: Vec<i16> = (0..255).collect();
        twin.load_edges(0, &edges).expect("ascending");
        twin.set_side(0, 2, 77, 1);
        twin.apply(&add(1, b'B', 300, 10_000), 1).expect("a record");
        twin.apply(&add(2, b'S', 100, 10_200), 2).expect("a record");
        let value = |twin: &RecordTwin, name: &str| twin.wide().expect("wide").values[index(name)];
        assert_eq!(
            (
                value(&twin, "bid_px_1"),
                value(&twin, "ask_px_1"),
                value(&twin, "side_2")
            ),
            (2, 2, 77)
        );
        assert_eq!(
            twin.wide().expect("wide").ranks[0],
            255,
            "half of the shares more is above every edge"
        );
        let executed = Message::from(OrderExecuted {
            header: header(3),
            reference: 2,
            shares: 40,
            match_number: 1,
        });
        twin.apply(&executed.to_vec(), 3).expect("a record");
        assert_eq!(
            value(&twin, "effective_fast"),
            4 << (8 - 5),
            "two half ticks from the mid, at the price that rested"
        );
        assert_eq!(value(&twin, "vwap_session"), -2 << 4);
        let before = *twin.wide().expect("wide");
        let printed = Message::from(Trade {
            header: header(4),
            reference: 0,
            side: b'B',
            shares: 40,
            stock: *b"A       ",
            price: 10_000,
            match_number: 2,
        });
        assert_eq!(twin.apply(&printed.to_vec(), 4), None);
        assert_eq!(twin.wide(), Some(&before), "no record");
        twin.apply(&add(5, b'B', 300, 9_900), 5).expect("a record");
        assert_eq!(
            value(&twin, "vwap_session"),
            0,
            "bought as much above the mid as sold below"
        );
    }
}
