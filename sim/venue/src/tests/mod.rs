//! The rules of `docs/venue.md`, one test each.

mod faults;
mod invariants;
mod rules;

use wire::itch50::{self, Header, Message};
use wire::ouch50::{Appendage, EnterOrder, Opt, Request, Response};

use crate::{Config, Exchange, Faults};

pub(super) const STOCK: [u8; 8] = *b"TEST    ";

pub(super) fn header(timestamp_ns: u64) -> Header {
    Header {
        locate: 1,
        tracking: 0,
        timestamp_ns,
    }
}

pub(super) fn add(reference: u64, side: u8, shares: u32, price: u32) -> Message {
    itch50::AddOrder {
        header: header(0),
        reference,
        side,
        shares,
        stock: STOCK,
        price,
    }
    .into()
}

pub(super) fn executed(reference: u64, shares: u32) -> Message {
    itch50::OrderExecuted {
        header: header(0),
        reference,
        shares,
        match_number: 9,
    }
    .into()
}

pub(super) fn cancel(reference: u64, shares: u32) -> Message {
    itch50::OrderCancel {
        header: header(0),
        reference,
        shares,
    }
    .into()
}

pub(super) fn delete(reference: u64) -> Message {
    itch50::OrderDelete {
        header: header(0),
        reference,
    }
    .into()
}

pub(super) fn replace(reference: u64, new_reference: u64, shares: u32, price: u32) -> Message {
    itch50::OrderReplace {
        header: header(0),
        reference,
        new_reference,
        shares,
        price,
    }
    .into()
}

/// An exchange with bids 1 (100 at 10.00) and 2 (100 at 9.99), asks 3 (100 at 10.02), 4 (100 at 10.02) and 5 (100 at
/// 10.03).
pub(super) fn exchange_with(faults: Faults) -> Exchange {
    let mut exchange = Exchange::new(Config {
        faults,
        ..Config::default()
    });
    for message in [
        add(1, b'B', 100, 100_000),
        add(2, b'B', 100, 99_900),
        add(3, b'S', 100, 100_200),
        add(4, b'S', 100, 100_200),
        add(5, b'S', 100, 100_300),
    ] {
        exchange.market(&message.to_vec()).unwrap();
    }
    exchange
}

pub(super) fn exchange() -> Exchange {
    exchange_with(Faults::default())
}

pub(super) fn order(user_ref: u32, side: u8, quantity: u32, price: u64) -> EnterOrder {
    EnterOrder {
        user_ref,
        side,
        quantity,
        symbol: STOCK,
        price,
        time_in_force: b'0',
        display: b'Y',
        capacity: b'P',
        iso: b'N',
        cross_type: b'N',
        cl_ord_id: *b"ORDER         ",
    }
}

/// Sends a request; returns the responses in short: letter, user reference, and what the letter carries.
pub(super) fn send(exchange: &mut Exchange, request: impl Into<Request>, options: &[Opt]) -> Vec<String> {
    let appendage = options
        .iter()
        .fold(Appendage::new(), |all, option| all.with(*option));
    let request: Request = request.into();
    exchange.request(&request.to_vec(&appendage), 0).unwrap();
    responses(exchange)
}

pub(super) fn responses(exchange: &mut Exchange) -> Vec<String> {
    let short = |bytes: Vec<u8>| match Response::parse(&bytes).unwrap().0 {
        Response::Accepted(m) => format!("A{} {}", m.user_ref, m.quantity),
        Response::Replaced(m) => {
            format!(
                "U{}>{} {} {}",
                m.orig_user_ref,
                m.user_ref,
                m.quantity,
                char::from(m.state)
            )
        }
        Response::Canceled(m) => format!("C{} {} {}", m.user_ref, m.quantity, char::from(m.reason)),
        Response::AiqCanceled(m) => format!("D{} {}", m.user_ref, m.quantity),
        Response::Executed(m) => {
            format!(
                "E{} {} @{} {}",
                m.user_ref,
                m.quantity,
                m.price,
                char::from(m.liquidity)
            )
        }
        Response::Broken(m) => format!("B{}", m.user_ref),
        Response::Rejected(m) => format!("J{} {:#x}", m.user_ref, m.reason),
        Response::Modified(m) => format!("M{} {} {}", m.user_ref, char::from(m.side), m.quantity),
        Response::MassCancelResponse(m) => format!("X{}", m.user_ref),
        Response::DisableOrderEntryResponse(m) => format!("G{}", m.user_ref),
        Response::EnableOrderEntryResponse(m) => format!("K{}", m.user_ref),
        Response::AccountQueryResponse(m) => format!("Q{}", m.next_user_ref),
        other => format!("{other:?}"),
    };
    exchange.take_responses().into_iter().map(short).collect()
}

pub(super) fn market(exchange: &mut Exchange, message: &Message) -> Vec<String> {
    exchange.market(&message.to_vec()).unwrap();
    responses(exchange)
}

/// Feed messages from this sequence on, in short: letter, reference (own ones from `o0`), shares.
pub(super) fn feed_since(exchange: &Exchange, sequence: u64) -> Vec<String> {
    let name = |reference: u64| match reference.checked_sub(1 << 62) {
        Some(own) => format!("o{own}"),
        None => reference.to_string(),
    };
    let short = |bytes: &[u8]| match Message::parse(bytes).unwrap() {
        Message::AddOrder(m) => format!("A{} {}", name(m.reference), m.shares),
        Message::OrderExecuted(m) => format!("E{} {}", name(m.reference), m.shares),
        Message::OrderCancel(m) => format!("X{} {}", name(m.reference), m.shares),
        Message::OrderDelete(m) => format!("D{}", name(m.reference)),
        Message::OrderReplace(m) => format!("U{}>{} {}", name(m.reference), name(m.new_reference), m.shares),
        other => char::from(other.kind()).to_string(),
    };
    (sequence..exchange.feed().next_sequence())
        .filter_map(|sequence| exchange.feed().message(sequence))
        .map(short)
        .collect()
}
