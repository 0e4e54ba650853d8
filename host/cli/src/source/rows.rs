//! Rows from the records of a card.

use contract::record::{Level, flag};
use device::feed::Subscription;
use device::records::Record;

use super::{Counters, Request, Row, RowSink};
use crate::error::CliError;
use crate::reception::Reception;

/// What a card has to know of the symbol asked for.
pub(super) fn subscription(request: &Request) -> Subscription {
    Subscription {
        // The locate is what binds: the survey has found it, as a late join would.
        symbol: "TARGET".to_owned(),
        locate: Some(request.locate),
        tick: request.tick,
        qty_shift: request.qty_shift,
        levels: true,
    }
}

/// Checks the card's counters after `sent` messages; `flagged` rows said of themselves that they are inexact.
pub(super) fn finish(card: &mut Reception, sent: u64, flagged: u64) -> Result<Counters, CliError> {
    let counters = counters(card)?;
    let ending = card.ending(sent)?;
    if flagged + ending.degraded + ending.skipped > 0 {
        return Err(CliError::Check(format!(
            "{flagged} rows are flagged degraded or skipped ({} and {} by the card's counters): not exact",
            ending.degraded, ending.skipped
        )));
    }
    Ok(counters)
}

/// Hands every record that has arrived to the sink; counts the inexact ones.
pub(super) fn drain(card: &mut Reception, sink: &mut RowSink<'_>) -> Result<u64, CliError> {
    let mut flagged = 0;
    while let Some(record) = card.record()? {
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
        wide: None,
    })
}

fn counters(card: &mut Reception) -> Result<Counters, CliError> {
    const NAMES: [&str; 9] = [
        "dangling",
        "duplicate_add",
        "zero_quantity",
        "over_execution",
        "replace_onto_live",
        "itch_unknown_type",
        "itch_bad_length",
        "rx_a_lost",
        "rx_b_lost",
    ];
    NAMES
        .into_iter()
        .map(|name| Ok((name, card.counter(name)?)))
        .collect()
}
