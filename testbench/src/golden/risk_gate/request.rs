//! A request, and which checks are made of it.

use contract::event::Reason;
use contract::slot::{Class, Kind};

/// What the gate looks at in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Request {
    /// `contract::slot::Kind`.
    pub kind: u8,
    /// Slot index.
    pub slot: usize,
    /// Buys.
    pub buy: bool,
    /// OUCH side of a sale.
    pub sale: u8,
    /// Shares.
    pub qty: u32,
    /// 1/10000 dollar.
    pub price: u32,
    /// Host token.
    pub token: u32,
    /// As the host formed it.
    pub notional: u64,
    /// Number.
    pub order_seq: u32,
    /// Fencing epoch.
    pub epoch: u16,
    /// Refused by its form.
    pub malformed: bool,
    /// Refused by its number.
    pub out_of_sequence: bool,
    /// Order meant, bytes of a raw payload.
    pub target_ref: u32,
    /// Shares of the order meant, as the host has them.
    pub orig_qty: u32,
    /// Card time of its slot, ns.
    pub stamp: u64,
}

impl Request {
    /// OUCH side.
    pub fn side(&self) -> u8 {
        if self.buy { b'B' } else { self.sale }
    }

    /// What holds for it; a kind that is none is an order.
    pub(super) fn class(&self) -> Class {
        Kind::from_number(self.kind).map_or(Class::Order, Kind::class)
    }

    pub(super) fn is_order(&self) -> bool {
        self.class() == Class::Order
    }

    pub(super) fn is_replace(&self) -> bool {
        self.kind == Kind::Replace as u8
    }

    /// Nobody is told that it was refused: it is asked again.
    pub(super) fn is_quiet(&self) -> bool {
        self.kind == Kind::Watchdog as u8
    }

    /// Whether this check is made of it.
    pub(super) fn is_held_to(&self, reason: Reason) -> bool {
        let of_all = matches!(
            reason,
            Reason::Malformed
                | Reason::Sequence
                | Reason::Epoch
                | Reason::Rate
                | Reason::EventsFull
                | Reason::TcpWindow
        );
        match (self.class(), reason) {
            (Class::Order, Reason::OpenOrders) => !self.is_replace(),
            (Class::Order, Reason::Original) => self.is_replace(),
            (Class::Order, _) => true,
            (Class::Marks, Reason::Restricted) => true,
            (Class::Opens, Reason::Killed | Reason::NotArmed | Reason::Heartbeat) => true,
            _ => of_all,
        }
    }
}
