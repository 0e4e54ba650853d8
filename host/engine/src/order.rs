//! From an admitted order to the slot the card takes.

use contract::slot;
use risk::{Order, Sale, Side};

/// OUCH 5.0, time in force: immediate or cancel. A policy that crosses the spread leaves nothing in the book.
const IMMEDIATE_OR_CANCEL: u8 = b'3';
/// Time in force: the day.
const DAY: u8 = b'0';
/// Display: visible.
const VISIBLE: u8 = b'Y';
/// Capacity: principal.
const PRINCIPAL: u8 = b'P';
/// Neither an intermarket sweep nor a cross.
const NO: u8 = b'N';
/// What every client order id starts with; the token follows in decimal.
const CL_ORD_ID: [u8; 14] = *b"TF000000000000";

/// How an order is sent, besides what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Immediate or cancel; else the order rests for the day.
    pub immediate: bool,
}

/// The marking of a sale of `qty` shares while `free` are held and not promised to another sale (Regulation SHO,
/// 242.200(g)).
pub fn marking(qty: u32, free: i64) -> Sale {
    if free >= i64::from(qty) {
        Sale::Long
    } else {
        Sale::Short
    }
}

/// The Enter Order for `order` on these terms.
pub fn enter(order: &Order, terms: Terms) -> slot::Order {
    slot::Order {
        symbol_slot: order.slot,
        side: match (order.side, order.sale) {
            (Side::Buy, _) => b'B',
            (Side::Sell, Sale::Long) => b'S',
            (Side::Sell, Sale::Short) => b'T',
            (Side::Sell, Sale::ShortExempt) => b'E',
        },
        time_in_force: if terms.immediate { IMMEDIATE_OR_CANCEL } else { DAY },
        display: VISIBLE,
        capacity: PRINCIPAL,
        iso: NO,
        cross_type: NO,
        qty: order.qty,
        price: order.price,
        token: order.token,
        target_ref: 0,
        cl_ord_id: cl_ord_id(order.token),
    }
}

/// The Cancel Order that takes all off the order `target_ref` of a slot. It carries a price and a quantity for the card's
/// own arithmetic only.
pub fn cancel(slot: u8, target_ref: u32, token: u32) -> slot::Order {
    slot::Order {
        symbol_slot: slot,
        side: b'B',
        time_in_force: DAY,
        display: VISIBLE,
        capacity: PRINCIPAL,
        iso: NO,
        cross_type: NO,
        qty: 0,
        price: 0,
        token,
        target_ref,
        cl_ord_id: cl_ord_id(token),
    }
}

fn cl_ord_id(token: u32) -> [u8; 14] {
    let mut id = CL_ORD_ID;
    let mut left = token;
    for digit in id[2..].iter_mut().rev() {
        *digit = b'0' + (left % 10).to_le_bytes()[0];
        left /= 10;
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDER: Order = Order {
        slot: 2,
        side: Side::Sell,
        sale: Sale::Long,
        qty: 100,
        price: 1_000_000,
        token: 4_294_967_295,
    };

    #[test]
    fn letters_and_numbers() {
        let with = |sale, immediate| enter(&Order { sale, ..ORDER }, Terms { immediate });
        let long = with(Sale::Long, true);
        assert_eq!((long.side, &long.cl_ord_id), (b'S', b"TF004294967295"));
        assert_eq!(
            (long.symbol_slot, long.qty, long.price, long.token),
            (2, 100, 1_000_000, 4_294_967_295)
        );
        assert_eq!(long.time_in_force, b'3');
        let short = with(Sale::Short, false);
        assert_eq!((short.side, short.time_in_force), (b'T', b'0'));
        assert_eq!(with(Sale::ShortExempt, true).side, b'E');
        let buy = Order {
            side: Side::Buy,
            sale: Sale::Short,
            token: 7,
            ..ORDER
        };
        let buy = enter(&buy, Terms { immediate: true });
        assert_eq!((buy.side, &buy.cl_ord_id), (b'B', b"TF000000000007"));
        let cancel = cancel(3, 9, 8);
        assert_eq!(
            (cancel.symbol_slot, cancel.target_ref, cancel.qty, cancel.token),
            (3, 9, 0, 8)
        );
    }

    #[test]
    fn sales_are_long_up_to_what_is_free() {
        for (free, sale) in [
            (101, Sale::Long),
            (100, Sale::Long),
            (99, Sale::Short),
            (-1, Sale::Short),
        ] {
            assert_eq!(marking(100, free), sale, "{free}");
        }
    }
}
