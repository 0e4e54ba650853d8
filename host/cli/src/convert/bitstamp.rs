//! Bitstamp's BTC/USD level-3 capture (columns id, timestamp, price, volume, direction, action) as ITCH 5.0.
//!
//! created → A, changed → X (smaller at the same price) or U, deleted → D. Quantity is in millionths of a
//! bitcoin, clipped to 32 bits; price in 1/10000 dollar; time is the local millisecond stamp since UTC
//! midnight, never backwards; rows stay in file order. A change or deletion of an order that was
//! never created is dropped and counted.

use std::collections::HashMap;
use std::io::{Read, Write};

use serde::Deserialize;
use wire::itch50::{AddOrder, OrderCancel, OrderDelete, OrderReplace};

use super::{ConvertError, ItchSink};

const STOCK: [u8; 8] = *b"BTCUSD  ";
const DAY_MS: u64 = 86_400_000;

#[derive(Debug, Deserialize)]
struct Row {
    id: String,
    timestamp: u64,
    price: f64,
    volume: f64,
    direction: String,
    action: String,
}

#[derive(Debug, Clone, Copy)]
struct Order {
    reference: u64,
    quantity: u32,
    price: u32,
}

/// What was written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Report {
    /// Rows read.
    pub(crate) rows: u64,
    /// Rows without effect: unknown order, order created twice, impossible price or quantity.
    pub(crate) dropped: u64,
    /// Orders left at the end.
    pub(crate) live: usize,
}

struct Conversion<W> {
    sink: ItchSink<W>,
    orders: HashMap<String, Order>,
    last_ns: u64,
    next_reference: u64,
    report: Report,
}

/// Converts a whole file; hands the sink's writer back.
pub(crate) fn convert<R: Read, W: Write>(input: R, output: W) -> Result<(W, Report), ConvertError> {
    let mut reader = csv::Reader::from_reader(input);
    let sink = ItchSink::new(output, 1);
    let report = Report::default();
    let mut conversion = Conversion {
        sink,
        orders: HashMap::new(),
        last_ns: 0,
        next_reference: 1,
        report,
    };
    for (row, line) in reader.deserialize().zip(2_u64..) {
        let row: Row = row.map_err(|error| {
            let remedy =
                "the header must be id,timestamp,exchange.timestamp,price,volume,action,direction,type";
            ConvertError::Input(format!("line {line}: {error}; {remedy}"))
        })?;
        conversion.row(&row)?;
    }
    if conversion.report.rows == 0 {
        return Err(ConvertError::Input(
            "no rows behind the header; give the whole orders.csv".to_owned(),
        ));
    }
    conversion.sink.system(conversion.last_ns, b'M')?;
    conversion.report.live = conversion.orders.len();
    Ok((conversion.sink.into_inner(), conversion.report))
}

/// Nearest integer in 32 bits, halves to even; `None` when it is not above 0 or does not fit.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is tested first"
)]
fn scaled(value: f64, scale: f64) -> Option<u32> {
    let rounded = (value * scale).round_ties_even();
    (rounded >= 1.0 && rounded <= f64::from(u32::MAX)).then_some(rounded as u32)
}

/// Quantity in millionths, clipped; `None` when it rounds to 0 or below.
fn quantity(volume: f64) -> Option<u32> {
    if volume * 1e6 >= f64::from(u32::MAX) {
        Some(u32::MAX)
    } else {
        scaled(volume, 1e6)
    }
}

impl<W: Write> Conversion<W> {
    fn row(&mut self, row: &Row) -> Result<(), ConvertError> {
        let now_ns = (row.timestamp % DAY_MS * 1_000_000).max(self.last_ns);
        self.last_ns = now_ns;
        if self.report.rows == 0 {
            self.sink.open_session(now_ns, STOCK, 1)?;
        }
        self.report.rows += 1;
        let (quantity, price) = (quantity(row.volume), scaled(row.price, 1e4));
        let header = self.sink.header(now_ns, 0);
        let have = self.orders.get(&row.id).copied();
        match (row.action.as_str(), have) {
            ("created", None) => {
                let (Some(shares), Some(price)) = (quantity, price) else {
                    return self.drop_row();
                };
                let reference = self.new_order(&row.id, shares, price);
                let side = if row.direction == "bid" { b'B' } else { b'S' };
                self.sink.put(AddOrder {
                    header,
                    reference,
                    side,
                    shares,
                    stock: STOCK,
                    price,
                })?;
            }
            ("created", Some(_)) | (_, None) => return self.drop_row(),
            (action, Some(order)) => {
                let Some(shares) = quantity.filter(|_| action != "deleted") else {
                    self.orders.remove(&row.id);
                    self.sink.put(OrderDelete {
                        header,
                        reference: order.reference,
                    })?;
                    return Ok(());
                };
                let Some(price) = price else {
                    return self.drop_row();
                };
                self.change(&row.id, now_ns, order, shares, price)?;
            }
        }
        Ok(())
    }

    fn change(
        &mut self,
        id: &str,
        now_ns: u64,
        order: Order,
        shares: u32,
        price: u32,
    ) -> Result<(), ConvertError> {
        let header = self.sink.header(now_ns, 0);
        let reference = order.reference;
        if price == order.price && shares < order.quantity {
            self.orders.insert(
                id.to_owned(),
                Order {
                    quantity: shares,
                    ..order
                },
            );
            self.sink.put(OrderCancel {
                header,
                reference,
                shares: order.quantity - shares,
            })?;
        } else if price != order.price || shares != order.quantity {
            let new_reference = self.new_order(id, shares, price);
            self.sink.put(OrderReplace {
                header,
                reference,
                new_reference,
                shares,
                price,
            })?;
        }
        Ok(())
    }

    fn new_order(&mut self, id: &str, quantity: u32, price: u32) -> u64 {
        let reference = self.next_reference;
        self.next_reference += 1;
        self.orders.insert(
            id.to_owned(),
            Order {
                reference,
                quantity,
                price,
            },
        );
        reference
    }

    #[allow(clippy::unnecessary_wraps, reason = "ends a row like every other path")]
    fn drop_row(&mut self) -> Result<(), ConvertError> {
        self.report.dropped += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::itch50::Message;

    const HEADER: &str = "id,timestamp,exchange.timestamp,price,volume,action,direction,type\n";

    fn messages(rows: &str) -> (Vec<Message>, Report) {
        let (bytes, report) = convert(format!("{HEADER}{rows}").as_bytes(), Vec::new()).unwrap();
        let mut reader = wire::binaryfile::Reader::new(&bytes[..]);
        let mut messages = Vec::new();
        while let Some((_, message)) = reader.next_message().unwrap() {
            messages.push(Message::parse(message).unwrap());
        }
        (messages, report)
    }

    #[test]
    fn the_life_of_an_order() {
        let (all, report) = messages(
            "7,86400005,0,236.5,2,created,bid,x\n7,86400004,0,236.5,1.5,changed,bid,x\n\
             7,86400009,0,236.6,1.5,changed,bid,x\n8,86400009,0,236.6,1.5,changed,bid,x\n\
             7,86400010,0,236.6,0,deleted,bid,x\n",
        );
        let kinds: Vec<u8> = all.iter().map(Message::kind).collect();
        assert_eq!(
            kinds,
            *b"SRHQAXUDM"
                .map(|kind| if kind == b'Q' || kind == b'M' { b'S' } else { kind })
                .as_slice()
        );
        assert_eq!(
            report,
            Report {
                rows: 5,
                dropped: 1,
                live: 0
            }
        );
        let Message::AddOrder(add) = all[4] else {
            panic!("{:?}", all[4])
        };
        assert_eq!(
            (add.shares, add.price, add.header.timestamp_ns),
            (2_000_000, 2_365_000, 5_000_000)
        );
        let Message::OrderCancel(cancel) = all[5] else {
            panic!("{:?}", all[5])
        };
        assert_eq!((cancel.shares, cancel.header.timestamp_ns), (500_000, 5_000_000));
        let Message::OrderReplace(replace) = all[6] else {
            panic!("{:?}", all[6])
        };
        assert_eq!(
            (replace.reference, replace.new_reference, replace.price),
            (1, 2, 2_366_000)
        );
    }

    #[test]
    fn bad_rows_are_named_by_line() {
        let text = match convert(
            format!("{HEADER}7,x,0,1,1,created,bid,x\n").as_bytes(),
            Vec::new(),
        ) {
            Err(ConvertError::Input(text)) => text,
            other => panic!("{other:?}"),
        };
        assert!(text.starts_with("line 2:"), "{text}");
        assert!(matches!(
            convert(HEADER.as_bytes(), Vec::new()),
            Err(ConvertError::Input(_))
        ));
    }

    #[test]
    fn rounding_is_to_even_and_quantities_clip() {
        assert_eq!(scaled(0.5, 1.0), None);
        assert_eq!(scaled(2.5, 1.0), Some(2));
        assert_eq!(scaled(f64::NAN, 1.0), None);
        assert_eq!((quantity(5_000.0), quantity(1e-9)), (Some(u32::MAX), None));
    }
}
