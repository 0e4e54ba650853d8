//! A LOBSTER message and orderbook file as ITCH 5.0, such that after every original message (tracking
//! number 0) the book, cut to the file's levels, is exactly that row of the orderbook file.
//!
//! 1 A, 2 X, 3 D, 4 E, 5 P (hidden), 6 Q (cross), 7 H. A deletion followed at the same time by a
//! submission on the same side is a replace, one U for two rows.
//!
//! LOBSTER shows only orders inside its best levels. What a level that enters needs beyond them comes
//! from the orderbook row and is injected before the message that uncovers it, with tracking number 1:
//! A of a stand-in (references above all of the file's), D or X of an order gone stale out of sight,
//! and A of a real reference never shown, taken out of stand-ins. A correction inside the visible
//! levels (a source anomaly) has tracking number 2.

use std::collections::HashMap;
use std::io::{BufRead, Write};

use wire::itch50::{
    AddOrder, CrossTrade, OrderCancel, OrderDelete, OrderExecuted, OrderReplace, Side, StockTradingAction,
    Trade,
};

use super::{ConvertError, ItchSink};
use crate::convert::lobster::book::Book;
use crate::convert::lobster::rows::Snapshot;

mod book;
mod rows;

pub(crate) use rows::{Message, read_messages};

const MARKET_OPEN_NS: u64 = 34_200_000_000_000;
const MARKET_CLOSE_NS: u64 = 57_600_000_000_000;
/// Stand-in references start at a multiple of this above the largest of the file.
const STAND_IN_GRID: u64 = 100_000_000;
const ORIGINAL: u16 = 0;
const INJECTED: u16 = 1;
const CORRECTED: u16 = 2;

/// How to convert.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Options {
    /// Symbol, padded with spaces.
    pub(crate) stock: [u8; 8],
    /// Stock locate.
    pub(crate) locate: u16,
    /// Write a deletion and a submission at the same time as one U.
    pub(crate) replace: bool,
    /// Number of the first row in the files, for error texts.
    pub(crate) first_row: usize,
}

/// What was written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Report {
    /// Rows read.
    pub(crate) rows: usize,
    /// Levels of the orderbook file.
    pub(crate) levels: usize,
    /// Messages by tracking number.
    pub(crate) by_tracking: [u64; 3],
    /// Rows whose visible levels had to be corrected.
    pub(crate) repaired: u64,
}

/// Converts; hands the writer back.
pub(crate) fn convert<W: Write>(
    messages: &[Message],
    orderbook: impl BufRead,
    output: W,
    options: Options,
) -> Result<(W, Report), ConvertError> {
    let largest = messages.iter().map(|message| message.reference).max();
    let Some(largest) = largest else {
        return Err(ConvertError::Input(
            "no rows; give a LOBSTER message file".to_owned(),
        ));
    };
    let mut conversion = Conversion::new(output, options, (largest / STAND_IN_GRID + 1) * STAND_IN_GRID);
    for message in messages.iter().filter(|message| matches!(message.kind, 2..=4)) {
        *conversion.future.entry(message.reference).or_default() += u64::from(message.size);
    }
    let start = messages[0].time_ns.min(MARKET_OPEN_NS);
    conversion.sink.open_session(start, options.stock, 100)?;
    let mut lines = orderbook.lines();
    for (index, message) in messages.iter().enumerate() {
        let line = lines
            .next()
            .transpose()
            .map_err(|error| ConvertError::Input(error.to_string()))?;
        let line = line.ok_or_else(|| {
            let rows = messages.len();
            ConvertError::Input(format!(
                "the orderbook file has {index} rows, the message file {rows}"
            ))
        })?;
        let snapshot = Snapshot::parse(&line).map_err(|error| bad_row(options.first_row + index, &error))?;
        conversion
            .row(message, messages.get(index + 1), snapshot)
            .map_err(|error| match error {
                ConvertError::Input(text) => bad_row(options.first_row + index, &text),
                write => write,
            })?;
    }
    let last = messages.last().map_or(0, |message| message.time_ns);
    conversion.sink.system(last.max(MARKET_CLOSE_NS), b'M')?;
    conversion.by_tracking[0] += 5;
    let levels = conversion.previous.map_or(0, |snapshot| snapshot.levels);
    let (by_tracking, repaired) = (conversion.by_tracking, conversion.repaired);
    Ok((
        conversion.sink.into_inner(),
        Report {
            rows: messages.len(),
            levels,
            by_tracking,
            repaired,
        },
    ))
}

fn bad_row(index: usize, text: &str) -> ConvertError {
    ConvertError::Input(format!("line {}: {text}", index + 1))
}

struct Conversion<W> {
    sink: ItchSink<W>,
    options: Options,
    book: Book,
    /// Shares that later rows take from each reference, the current row's included.
    future: HashMap<u64, u64>,
    stand_in_first: u64,
    stand_in_next: u64,
    match_number: u64,
    previous: Option<Snapshot>,
    /// Order that a deletion took out and a replace will carry on.
    pending: Option<u64>,
    by_tracking: [u64; 3],
    repaired: u64,
}

impl<W: Write> Conversion<W> {
    fn new(output: W, options: Options, stand_in_first: u64) -> Self {
        Self {
            sink: ItchSink::new(output, options.locate),
            options,
            book: Book::default(),
            future: HashMap::new(),
            stand_in_first,
            stand_in_next: stand_in_first,
            match_number: 1,
            previous: None,
            pending: None,
            by_tracking: [0; 3],
            repaired: 0,
        }
    }

    fn put(&mut self, message: impl Into<wire::itch50::Message>) -> Result<(), ConvertError> {
        let message = message.into();
        self.by_tracking[usize::from(message.header().tracking)] += 1;
        Ok(self.sink.put(message)?)
    }

    fn add(
        &mut self,
        at: At,
        reference: u64,
        side: Side,
        shares: u64,
        price: u32,
    ) -> Result<(), ConvertError> {
        let header = self.sink.header(at.time_ns, at.tracking);
        let (shares, stock) = (narrow(shares)?, self.options.stock);
        self.put(AddOrder {
            header,
            reference,
            side: side.indicator(),
            shares,
            stock,
            price,
        })?;
        self.book.insert(reference, side, shares, price);
        Ok(())
    }

    fn cancel(&mut self, at: At, reference: u64, shares: u64) -> Result<(), ConvertError> {
        if at.tracking != ORIGINAL && shares == self.book.order(reference)?.quantity {
            return self.delete(at, reference);
        }
        let header = self.sink.header(at.time_ns, at.tracking);
        self.put(OrderCancel {
            header,
            reference,
            shares: narrow(shares)?,
        })?;
        self.book.take(reference, shares)
    }

    fn delete(&mut self, at: At, reference: u64) -> Result<(), ConvertError> {
        let header = self.sink.header(at.time_ns, at.tracking);
        self.put(OrderDelete { header, reference })?;
        let all = self.book.order(reference)?.quantity;
        self.book.take(reference, all)
    }

    fn add_stand_in(&mut self, at: At, side: Side, shares: u64, price: u32) -> Result<(), ConvertError> {
        let reference = self.stand_in_next;
        self.stand_in_next += 1;
        self.add(at, reference, side, shares, price)
    }

    /// Makes a level hold exactly `want` shares.
    fn force(&mut self, at: At, side: Side, price: u32, want: u64) -> Result<(), ConvertError> {
        let mut have = self.book.quantity(side, price);
        if want > have {
            self.add_stand_in(at, side, want - have, price)?;
        }
        while have > want {
            let reference = self.book.spare(side, price, self.stand_in_first)?;
            let taken = (have - want).min(self.book.order(reference)?.quantity);
            if taken == 0 {
                return Err(ConvertError::Input(format!("order {reference} has no shares")));
            }
            self.cancel(at, reference, taken)?;
            have -= taken;
        }
        Ok(())
    }

    /// Brings a real reference that was never shown into being, out of other orders of its level.
    fn surface(&mut self, message: &Message) -> Result<(), ConvertError> {
        let (reference, side, price) = (message.reference, message.side, message.level_price()?);
        let need = u64::from(message.size);
        let future = self.future.get(&reference).copied().unwrap_or(0);
        let at = |tracking| At {
            time_ns: message.time_ns,
            tracking,
        };
        let mut have = self.book.find(reference);
        if have.is_some_and(|order| (order.side, order.price) != (side, price)) {
            self.delete(at(CORRECTED), reference)?;
            have = None;
        }
        let held = have.map_or(0, |order| order.quantity);
        if held >= need {
            return Ok(());
        }
        if have.is_some() {
            self.delete(at(INJECTED), reference)?;
        }
        let level = self.book.quantity(side, price);
        let take = need.max(future).min(level + held).max(need);
        let mut left = take - held;
        for other in self.book.stand_ins_first(side, price, self.stand_in_first) {
            if left == 0 {
                break;
            }
            let taken = left.min(self.book.order(other)?.quantity);
            self.cancel(at(INJECTED), other, taken)?;
            left -= taken;
        }
        let tracking = if left == 0 { INJECTED } else { CORRECTED };
        self.add(at(tracking), reference, side, take, price)
    }

    fn row(
        &mut self,
        message: &Message,
        next: Option<&Message>,
        snapshot: Snapshot,
    ) -> Result<(), ConvertError> {
        let previous = self.previous.take();
        self.uncover(message, previous.as_ref(), &snapshot)?;
        self.original(message, next)?;
        self.repair(message.time_ns, &snapshot)?;
        self.previous = Some(snapshot);
        Ok(())
    }

    /// Injects what must stand outside the previous window before the message.
    fn uncover(
        &mut self,
        message: &Message,
        previous: Option<&Snapshot>,
        snapshot: &Snapshot,
    ) -> Result<(), ConvertError> {
        let at = At {
            time_ns: message.time_ns,
            tracking: INJECTED,
        };
        let seen = |side, price| previous.is_some_and(|rows| rows.holds(side, price));
        for side in [Side::Bid, Side::Ask] {
            let here = |price| side == message.side && i64::from(price) == message.price;
            for price in self.book.prices_by_arrival(side) {
                let stray = snapshot.covers(side, price) && !snapshot.holds(side, price);
                if stray && !here(price) && !seen(side, price) {
                    self.force(at, side, price, 0)?;
                }
            }
            for &(price, quantity) in snapshot.side(side) {
                if !seen(side, price) {
                    let delta = if here(price) { message.delta() } else { 0 };
                    let want = quantity.saturating_add_signed(-delta);
                    self.force(at, side, price, want)?;
                }
            }
        }
        let emptied = previous.is_none() && message.delta() < 0;
        if emptied
            && !message
                .level_price()
                .is_ok_and(|price| snapshot.holds(message.side, price))
        {
            self.force(at, message.side, message.level_price()?, u64::from(message.size))?;
        }
        Ok(())
    }

    fn original(&mut self, message: &Message, next: Option<&Message>) -> Result<(), ConvertError> {
        let at = At {
            time_ns: message.time_ns,
            tracking: ORIGINAL,
        };
        match message.kind {
            1 => self.submission(message),
            2..=4 => {
                self.surface(message)?;
                self.reduction(message, next)?;
                let future = self.future.entry(message.reference).or_default();
                *future = future.saturating_sub(u64::from(message.size));
                Ok(())
            }
            _ => self.without_book(message, at),
        }
    }

    fn submission(&mut self, message: &Message) -> Result<(), ConvertError> {
        let at = |tracking| At {
            time_ns: message.time_ns,
            tracking,
        };
        let (reference, price) = (message.reference, message.level_price()?);
        if self.book.find(reference).is_some() {
            self.delete(at(CORRECTED), reference)?;
        }
        let Some(leaving) = self.pending.take() else {
            return self.add(
                at(ORIGINAL),
                reference,
                message.side,
                u64::from(message.size),
                price,
            );
        };
        let header = self.sink.header(message.time_ns, ORIGINAL);
        let shares = message.size;
        self.put(OrderReplace {
            header,
            reference: leaving,
            new_reference: reference,
            shares,
            price,
        })?;
        self.book.insert(reference, message.side, shares, price);
        Ok(())
    }

    fn reduction(&mut self, message: &Message, next: Option<&Message>) -> Result<(), ConvertError> {
        let at = At {
            time_ns: message.time_ns,
            tracking: ORIGINAL,
        };
        let (reference, size) = (message.reference, u64::from(message.size));
        match message.kind {
            2 => self.cancel(at, reference, size),
            3 => self.deletion(message, next),
            _ => {
                let header = self.sink.header(at.time_ns, at.tracking);
                let match_number = self.next_match();
                self.put(OrderExecuted {
                    header,
                    reference,
                    shares: message.size,
                    match_number,
                })?;
                self.book.take(reference, size)
            }
        }
    }

    fn deletion(&mut self, message: &Message, next: Option<&Message>) -> Result<(), ConvertError> {
        let at = |tracking| At {
            time_ns: message.time_ns,
            tracking,
        };
        let (reference, size) = (message.reference, u64::from(message.size));
        let extra = self.book.order(reference)?.quantity.saturating_sub(size);
        if extra > 0 {
            // The shares guessed when the order surfaced were too many.
            self.add_stand_in(at(INJECTED), message.side, extra, message.level_price()?)?;
            self.cancel(at(INJECTED), reference, extra)?;
        }
        let replaced = next.is_some_and(|next| {
            let same_event = next.kind == 1 && next.time == message.time && next.side == message.side;
            same_event && next.reference != reference
        });
        if self.options.replace && replaced {
            self.pending = Some(reference);
            return self.book.take(reference, size);
        }
        self.delete(at(ORIGINAL), reference)
    }

    fn without_book(&mut self, message: &Message, at: At) -> Result<(), ConvertError> {
        let (header, stock) = (self.sink.header(at.time_ns, at.tracking), self.options.stock);
        if message.kind == 7 {
            let state = match message.price {
                -1 => b'H',
                0 => b'Q',
                1 => b'T',
                other => {
                    return Err(ConvertError::Input(format!(
                        "trading halt with price {other}, not -1, 0 or 1"
                    )));
                }
            };
            return self.put(StockTradingAction {
                header,
                stock,
                state,
                reserved: b' ',
                reason: *b"    ",
            });
        }
        let (price, match_number) = (message.level_price()?, self.next_match());
        if message.kind == 6 {
            let shares = u64::from(message.size);
            return self.put(CrossTrade {
                header,
                shares,
                stock,
                price,
                match_number,
                cross_type: b'O',
            });
        }
        let (side, shares) = (message.side.indicator(), message.size);
        self.put(Trade {
            header,
            reference: 0,
            side,
            shares,
            stock,
            price,
            match_number,
        })
    }

    fn next_match(&mut self) -> u64 {
        self.match_number += 1;
        self.match_number - 1
    }

    /// The visible levels must now be the row's; if not they are corrected and the row counted.
    fn repair(&mut self, time_ns: u64, snapshot: &Snapshot) -> Result<(), ConvertError> {
        let at = At {
            time_ns,
            tracking: CORRECTED,
        };
        for side in [Side::Bid, Side::Ask] {
            let want = snapshot.side(side);
            if self.book.best(side, snapshot.levels).eq(want.iter().copied()) {
                continue;
            }
            self.repaired += 1;
            for price in self.book.prices_by_arrival(side) {
                if snapshot.covers(side, price) && !snapshot.holds(side, price) {
                    self.force(at, side, price, 0)?;
                }
            }
            for &(price, quantity) in want {
                self.force(at, side, price, quantity)?;
            }
        }
        Ok(())
    }
}

/// Time and tracking number of what is written.
#[derive(Debug, Clone, Copy)]
struct At {
    time_ns: u64,
    tracking: u16,
}

fn narrow(shares: u64) -> Result<u32, ConvertError> {
    u32::try_from(shares)
        .map_err(|_| ConvertError::Input(format!("{shares} shares do not fit ITCH's 32 bits")))
}
