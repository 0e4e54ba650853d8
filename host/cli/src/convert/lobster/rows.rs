//! Rows of LOBSTER's two files.

use std::io::BufRead;

use wire::itch50::Side;

use super::super::ConvertError;

/// A row of the message file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    /// Time as written: rows of one event agree in every digit.
    pub(super) time: Box<str>,
    /// Nanoseconds since midnight.
    pub(super) time_ns: u64,
    /// LOBSTER type, 1 to 7.
    pub(super) kind: u8,
    /// Order reference.
    pub(super) reference: u64,
    /// Shares.
    pub(super) size: u32,
    /// Price in 1/10000 dollar; the state of a trading halt.
    pub(super) price: i64,
    /// Side of the order.
    pub(super) side: Side,
}

impl Message {
    fn parse(line: &str) -> Result<Self, String> {
        let fields: Vec<&str> = line.split(',').collect();
        let [time, kind, reference, size, price, direction, ..] = fields[..] else {
            return Err(format!("{} columns where a LOBSTER message has 6", fields.len()));
        };
        let kind: u8 = number(kind, "type")?;
        if !(1..=7).contains(&kind) {
            return Err(format!("LOBSTER type {kind} is not 1 to 7"));
        }
        Ok(Self {
            time: time.into(),
            time_ns: nanoseconds(time)?,
            kind,
            reference: number(reference, "order id")?,
            size: number(size, "size")?,
            price: number(price, "price")?,
            side: if direction.trim_end() == "1" {
                Side::Bid
            } else {
                Side::Ask
            },
        })
    }

    /// The price of a level.
    pub(super) fn level_price(&self) -> Result<u32, ConvertError> {
        u32::try_from(self.price)
            .map_err(|_| ConvertError::Input(format!("price {} does not fit ITCH's 32 bits", self.price)))
    }

    /// Shares the message adds to its level.
    pub(super) fn delta(&self) -> i64 {
        match self.kind {
            1 => i64::from(self.size),
            2..=4 => -i64::from(self.size),
            _ => 0,
        }
    }
}

fn number<T: std::str::FromStr>(text: &str, what: &str) -> Result<T, String> {
    text.trim()
        .parse()
        .map_err(|_| format!("{what} `{text}` is not a number in range"))
}

/// Seconds with a fraction, cut to nanoseconds.
fn nanoseconds(text: &str) -> Result<u64, String> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    let seconds: u64 = number(seconds, "time")?;
    let digits = format!("{fraction:0<9}");
    let fraction: u64 = number(digits.get(..9).unwrap_or(&digits), "time")?;
    let total = seconds
        .checked_mul(1_000_000_000)
        .and_then(|ns| ns.checked_add(fraction));
    total
        .filter(|ns| *ns < 1 << 48)
        .ok_or_else(|| format!("time `{text}` is not within a day"))
}

/// Reads rows `from..to` of a message file.
pub(crate) fn read_messages(
    file: impl BufRead,
    from: usize,
    to: Option<usize>,
) -> Result<Vec<Message>, ConvertError> {
    let count = to.map_or(usize::MAX, |to| to.saturating_sub(from));
    let mut messages = Vec::new();
    for (index, line) in file.lines().enumerate().skip(from).take(count) {
        let at = |text: String| ConvertError::Input(format!("line {}: {text}", index + 1));
        let line = line.map_err(|error| at(error.to_string()))?;
        messages.push(Message::parse(line.trim_end_matches('\r')).map_err(at)?);
    }
    Ok(messages)
}

/// A row of the orderbook file: visible levels of both sides, best first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Snapshot {
    /// Levels the file has a side.
    pub(super) levels: usize,
    bids: Vec<(u32, u64)>,
    asks: Vec<(u32, u64)>,
}

impl Snapshot {
    pub(super) fn parse(line: &str) -> Result<Self, String> {
        let fields: Vec<i64> = line
            .trim_end()
            .split(',')
            .map(|field| number(field, "orderbook field"))
            .collect::<Result<_, _>>()?;
        if fields.is_empty() || !fields.len().is_multiple_of(4) {
            return Err(format!(
                "{} columns where an orderbook row has 4 a level",
                fields.len()
            ));
        }
        let level = |price: i64, size: i64| match (u32::try_from(price), u64::try_from(size)) {
            (_, Ok(0) | Err(_)) => Ok(None),
            (Ok(price), Ok(size)) => Ok(Some((price, size))),
            (Err(_), Ok(_)) => Err(format!("price {price} does not fit ITCH's 32 bits")),
        };
        let (mut bids, mut asks) = (Vec::new(), Vec::new());
        for row in fields.chunks_exact(4) {
            asks.extend(level(row[0], row[1])?);
            bids.extend(level(row[2], row[3])?);
        }
        Ok(Self {
            levels: fields.len() / 4,
            bids,
            asks,
        })
    }

    /// Visible levels, best first.
    pub(super) fn side(&self, side: Side) -> &[(u32, u64)] {
        match side {
            Side::Bid => &self.bids,
            Side::Ask => &self.asks,
        }
    }

    /// True when a visible level has this price.
    pub(super) fn holds(&self, side: Side, price: u32) -> bool {
        self.side(side).iter().any(|(visible, _)| *visible == price)
    }

    /// True when a level of this price would be visible.
    pub(super) fn covers(&self, side: Side, price: u32) -> bool {
        let rows = self.side(side);
        if rows.len() < self.levels {
            return true;
        }
        let prices = rows.iter().map(|(visible, _)| *visible);
        match side {
            Side::Bid => prices.min().is_none_or(|edge| price >= edge),
            Side::Ask => prices.max().is_none_or(|edge| price <= edge),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_as_written() {
        let message = Message::parse("34200.004241176,3,16113575,18,5853300,1").unwrap();
        assert_eq!(
            (message.time_ns, message.kind, message.reference),
            (34_200_004_241_176, 3, 16_113_575)
        );
        assert_eq!(
            (message.size, message.price, message.side, message.delta()),
            (18, 5_853_300, Side::Bid, -18)
        );
        let snapshot = Snapshot::parse("101,5,100,7,9999999999,0,-9999999999,0").unwrap();
        assert_eq!(
            (snapshot.side(Side::Bid), snapshot.side(Side::Ask)),
            (&[(100, 7)][..], &[(101, 5)][..])
        );
        assert!(
            snapshot.covers(Side::Bid, 1)
                && snapshot.holds(Side::Ask, 101)
                && !snapshot.holds(Side::Bid, 101)
        );
    }

    #[test]
    fn bad_rows_say_what_is_wrong() {
        for (line, expected) in [
            ("34200.1,3,1,18", "4 columns"),
            ("34200.1,9,1,18,1,1", "type 9"),
            ("34200.1,1,x,18,1,1", "order id `x`"),
            ("999999.1,1,1,18,1,1", "within a day"),
        ] {
            let text = Message::parse(line).unwrap_err();
            assert!(text.contains(expected), "{text}");
        }
        assert!(Snapshot::parse("1,2,3").is_err());
    }
}
