//! The software twin as a card.

use contract::feature::grid_recip;
use contract::record::Level;
use twin::book::displayed;
use twin::features::SlotParams;
use twin::records::RecordTwin;
use twin::{FeedTwin, Side, Subscriptions};

use super::{Counters, Edges, Request, Row, RowSink, Source};
use crate::error::CliError;

/// Reads the feed file and applies it message by message.
#[derive(Debug)]
pub(crate) struct TwinSource {
    /// Records have a wide part, ranked by these.
    wide: Option<Edges>,
}

impl TwinSource {
    /// A twin whose records have a wide part when there are edges for it, be they none.
    pub(crate) fn new(wide: Option<Edges>) -> Self {
        Self { wide }
    }

    fn twin(&self, request: &Request) -> Result<RecordTwin, CliError> {
        let params = [SlotParams {
            grid_recip: grid_recip(request.tick),
            qty_shift: u32::from(request.qty_shift),
        }];
        let subscriptions = Subscriptions::new(&[request.target]);
        let Some(edges) = &self.wide else {
            return Ok(RecordTwin::new(subscriptions, &params));
        };
        let mut twin = RecordTwin::with_wide(subscriptions, &params);
        edges.load(&mut twin)?;
        Ok(twin)
    }
}

impl Source for TwinSource {
    fn levels_max(&self) -> usize {
        usize::MAX
    }

    fn run(
        &mut self,
        request: &Request,
        levels: usize,
        sink: &mut RowSink<'_>,
    ) -> Result<Counters, CliError> {
        let mut feed = wire::feed::open(&request.feed)?;
        let mut twin = self.twin(request)?;
        let (mut bids, mut asks) = (Vec::new(), Vec::new());
        while let Some(message) = feed.next_message()? {
            let Some(record) = twin.apply(message.bytes, message.index + 1) else {
                continue;
            };
            copy_levels(twin.feed(), Side::Bid, levels, &mut bids);
            copy_levels(twin.feed(), Side::Ask, levels, &mut asks);
            sink(&Row {
                seq: record.msg_seq - 1,
                core: record.core,
                tracking: record.tracking,
                bids: &bids,
                asks: &asks,
                wide: twin.wide(),
            })?;
        }
        Ok(counters(twin.feed()))
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
