//! The simulated card as a source of rows.

use contract::record::{Level, flag};
use device::feed::Subscription;
use device::records::Record;
use sim_card::Options;
use twin::Subscriptions;
use wire::itch50::Header;

use super::{Counters, Request, Row, RowSink, Source};
use crate::error::CliError;
use crate::live::{Live, progress};

/// Most messages of other symbols sent in one packet with the next one of ours.
const MESSAGES_PER_PACKET: u16 = 30;

/// The simulated card in this process.
#[derive(Debug, Default)]
pub(crate) struct SimSource;

impl Source for SimSource {
    fn levels_max(&self) -> usize {
        contract::config::BOOK_LEVELS as usize
    }

    fn run(
        &mut self,
        request: &Request,
        _levels: usize,
        sink: &mut RowSink<'_>,
    ) -> Result<Counters, CliError> {
        let subscription = Subscription {
            // The locate is what binds: the survey has found it, as a late join would.
            symbol: "TARGET".to_owned(),
            locate: Some(request.locate),
            tick: request.tick,
            qty_shift: request.qty_shift,
            levels: true,
        };
        let mut live = Live::start(&Options::default(), &[subscription], MESSAGES_PER_PACKET)?;
        let mut feed = wire::feed::open(&request.feed)?;
        let bar = progress(request.messages);
        let mut subscriptions = Subscriptions::new(&[request.target]);
        let (mut sent, mut flagged) = (0, 0);
        while let Some(message) = feed.next_message()? {
            sent += 1;
            subscriptions.observe(message.bytes);
            let locate = Header::read(message.bytes).map(|h| h.locate);
            let wanted = locate.ok().is_some_and(|l| subscriptions.slot(l).is_some());
            live.message(message.bytes, wanted)?;
            if wanted {
                live.settle()?;
                flagged += drain(&mut live, sink)?;
                bar.set_position(sent);
            }
        }
        live.flush();
        live.settle()?;
        flagged += drain(&mut live, sink)?;
        bar.finish_and_clear();
        let counters = counters(&mut live)?;
        let ending = live.ending(sent)?;
        if flagged + ending.degraded + ending.skipped > 0 {
            return Err(CliError::Check(format!(
                "{flagged} rows are flagged degraded or skipped ({} and {} by the card's counters): not exact",
                ending.degraded, ending.skipped
            )));
        }
        Ok(counters)
    }
}

/// Hands every record that has arrived to the sink; counts the inexact ones.
fn drain(live: &mut Live, sink: &mut RowSink<'_>) -> Result<u64, CliError> {
    let mut flagged = 0;
    while let Some(record) = live.record()? {
        flagged += u64::from(record.core.flags & (flag::DEGRADED | flag::SKIPPED) != 0);
        row(&record, sink)?;
    }
    Ok(flagged)
}

fn row(record: &Record, sink: &mut RowSink<'_>) -> Result<(), CliError> {
    let levels = record
        .levels
        .ok_or_else(|| CliError::Check("a record without its levels".into()))?;
    let side = |best: Level, rest: &[Level]| {
        let mut all = [Level::default(); contract::config::BOOK_LEVELS as usize];
        all[0] = best;
        all[1..].copy_from_slice(rest);
        all
    };
    sink(&Row {
        seq: levels.msg_seq - 1,
        core: record.core,
        tracking: levels.tracking,
        bids: &side(record.core.bid, &levels.bids),
        asks: &side(record.core.ask, &levels.asks),
    })
}

fn counters(live: &mut Live) -> Result<Counters, CliError> {
    const NAMES: [&str; 7] = [
        "dangling",
        "duplicate_add",
        "zero_quantity",
        "over_execution",
        "replace_onto_live",
        "itch_unknown_type",
        "itch_bad_length",
    ];
    NAMES
        .into_iter()
        .map(|name| Ok((name, live.counter(name)?)))
        .collect()
}
