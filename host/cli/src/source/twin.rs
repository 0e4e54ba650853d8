//! The software twin as a card.

use contract::record::Level;
use twin::book::displayed;
use twin::{FeedTwin, Side, Subscriptions};

use super::{BookRequest, BookRow, BookSource, Counters, RowSink};
use crate::error::CliError;

/// Reads the feed file and applies it message by message.
#[derive(Debug)]
pub(crate) struct TwinSource;

impl BookSource for TwinSource {
    fn levels_max(&self) -> usize {
        usize::MAX
    }

    fn run(&mut self, request: &BookRequest, sink: &mut RowSink<'_>) -> Result<Counters, CliError> {
        let mut feed = wire::feed::open(&request.feed)?;
        let mut twin = FeedTwin::new(Subscriptions::new(&[request.target]));
        let (mut bids, mut asks) = (Vec::new(), Vec::new());
        while let Some(message) = feed.next_message()? {
            let Some(update) = twin.apply(message.bytes).filter(|update| update.resolved.changed) else {
                continue;
            };
            copy_levels(&twin, Side::Bid, request.levels, &mut bids);
            copy_levels(&twin, Side::Ask, request.levels, &mut asks);
            sink(&BookRow {
                seq: message.index,
                ts_ns: update.header.timestamp_ns,
                kind: update.event.kind.itch_type(),
                tracking: update.header.tracking,
                bids: &bids,
                asks: &asks,
                flags: update.flags,
            })?;
        }
        Ok(counters(&twin))
    }
}

fn copy_levels(twin: &FeedTwin, side: Side, count: usize, into: &mut Vec<Level>) {
    into.clear();
    let levels = twin.book().levels(0, side).take(count);
    into.extend(levels.map(|(px, quantity)| Level {
        px,
        sz: displayed(quantity),
    }));
}

fn counters(twin: &FeedTwin) -> Counters {
    let (orders, decode) = (twin.orders().counters(), twin.counters());
    vec![
        ("dangling", orders.dangling),
        ("duplicate_add", orders.duplicate_add),
        ("zero_quantity", orders.zero_quantity),
        ("over_execution", orders.over_execution),
        ("replace_onto_live", orders.replace_onto_live),
        ("itch_unknown_type", decode.unknown_type),
        ("itch_bad_length", decode.bad_length),
    ]
}
