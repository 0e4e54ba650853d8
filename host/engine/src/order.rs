//! From an admitted order to the slot the card takes.

use contract::slot::{self, Kind};
use risk::{Order, Sale, Side};
use wire::ouch50::{
    Appendage, CancelOrder, DisableOrderEntry, EnableOrderEntry, EnterOrder, Firm, MassCancel, ModifyOrder,
    ReplaceOrder, Request, Symbol,
};

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
        orig_qty: 0,
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
        orig_qty: 0,
        cl_ord_id: cl_ord_id(token),
    }
}

/// The Replace Order that puts `order` in the place of `target_ref`, which was sent with `orig_qty` shares, those of its chain that executed
/// included and those cancelled not. The quantity of `order` counts the executed ones too (OUCH 5.0, 2.2).
pub fn replace(order: &Order, terms: Terms, target_ref: u32, orig_qty: u32) -> slot::Order {
    slot::Order {
        target_ref,
        orig_qty,
        ..enter(order, terms)
    }
}

/// The Modify Order that leaves `target_ref` at most `qty` shares and marks it `side` (ASCII).
pub fn modify(slot: u8, target_ref: u32, side: u8, qty: u32, token: u32) -> slot::Order {
    slot::Order {
        side,
        qty,
        ..cancel(slot, target_ref, token)
    }
}

/// The slot of a request about a whole firm: kind Mass Cancel with the symbol meant (all spaces for every one), Disable or Enable Order Entry
/// without one.
pub fn of_firm(firm: Firm, symbol: Option<Symbol>, token: u32) -> slot::Order {
    slot::Order {
        cl_ord_id: slot::firm_id(firm, symbol),
        ..cancel(0, 0, token)
    }
}

/// The OUCH message the card makes of a request of this kind, whose number is `user_ref` and whose slot has this symbol; `None` of a raw payload, which
/// is its own.
pub fn message(kind: Kind, order: &slot::Order, user_ref: u32, symbol: Symbol) -> Option<Vec<u8>> {
    let (quantity, price, cl_ord_id) = (order.qty, u64::from(order.price), order.cl_ord_id);
    let [f0, f1, f2, f3, name @ .., _, _] = cl_ord_id;
    let firm = [f0, f1, f2, f3];
    let request: Request = match kind {
        Kind::Raw => return None,
        Kind::Enter | Kind::Trigger => EnterOrder {
            user_ref,
            side: order.side,
            quantity,
            symbol,
            price,
            time_in_force: order.time_in_force,
            display: order.display,
            capacity: order.capacity,
            iso: order.iso,
            cross_type: order.cross_type,
            cl_ord_id,
        }
        .into(),
        Kind::Replace => ReplaceOrder {
            orig_user_ref: order.target_ref,
            user_ref,
            quantity,
            price,
            time_in_force: order.time_in_force,
            display: order.display,
            iso: order.iso,
            cl_ord_id,
        }
        .into(),
        Kind::Cancel => CancelOrder {
            user_ref: order.target_ref,
            quantity,
        }
        .into(),
        Kind::Modify => ModifyOrder {
            user_ref: order.target_ref,
            side: order.side,
            quantity,
        }
        .into(),
        Kind::MassCancel | Kind::Watchdog => MassCancel {
            user_ref,
            firm,
            symbol: name,
        }
        .into(),
        Kind::DisableEntry => DisableOrderEntry { user_ref, firm }.into(),
        Kind::EnableEntry => EnableOrderEntry { user_ref, firm }.into(),
    };
    Some(request.to_vec(&Appendage::new()))
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
    fn every_kind_becomes_the_message_it_names() {
        let terms = Terms { immediate: false };
        let of = |kind, order: &slot::Order| {
            let bytes = message(kind, order, 77, *b"TEST    ").expect("no raw payload");
            let (request, _) = Request::parse(&bytes).expect("a message");
            (request, bytes.len())
        };
        let lengths = contract::template::MESSAGES;
        let orders = [
            (Kind::Enter, enter(&ORDER, terms)),
            (Kind::Trigger, enter(&ORDER, terms)),
            (Kind::Cancel, cancel(2, 5, 6)),
            (Kind::Replace, replace(&ORDER, terms, 5, 90)),
            (Kind::Modify, modify(2, 5, b'T', 40, 6)),
            (Kind::MassCancel, of_firm(*b"FIRM", Some(*b"ELSE    "), 6)),
            (Kind::DisableEntry, of_firm(*b"FIRM", None, 6)),
            (Kind::EnableEntry, of_firm(*b"FIRM", None, 6)),
        ];
        for (kind, order) in orders {
            let (request, bytes) = of(kind, &order);
            assert_eq!(Some(bytes), kind.message().map(|m| lengths[m]), "{kind:?}");
            match request {
                Request::EnterOrder(m) => {
                    assert_eq!((m.user_ref, m.quantity, m.symbol), (77, 100, *b"TEST    "));
                }
                Request::ReplaceOrder(m) => {
                    assert_eq!((m.orig_user_ref, m.user_ref, m.quantity), (5, 77, 100));
                }
                Request::CancelOrder(m) => assert_eq!((m.user_ref, m.quantity), (5, 0)),
                Request::ModifyOrder(m) => assert_eq!((m.user_ref, m.side, m.quantity), (5, b'T', 40)),
                Request::MassCancel(m) => {
                    assert_eq!((m.user_ref, m.firm, m.symbol), (77, *b"FIRM", *b"ELSE    "));
                }
                Request::DisableOrderEntry(m) => assert_eq!((m.user_ref, m.firm), (77, *b"FIRM")),
                Request::EnableOrderEntry(m) => assert_eq!((m.user_ref, m.firm), (77, *b"FIRM")),
                Request::AccountQuery(_) => panic!("{kind:?}"),
            }
        }
        assert_eq!(message(Kind::Raw, &cancel(0, 0, 0), 1, [b' '; 8]), None);
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
