//! What the card knows of the orders a Replace can name.

use super::Request;
use contract::slot::{Class, Kind};
use std::collections::VecDeque;

/// Numbers kept.
const KEPT: usize = 256;

/// An order that was granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Order {
    slot: usize,
    buy: bool,
    /// Shares that may be counted on.
    qty: u32,
    price: u32,
}

/// The last numbers given one after the other, the latest behind; what is no order leaves a hole.
#[derive(Debug, Clone, Default)]
pub(super) struct Originals {
    given: VecDeque<Option<Order>>,
}

impl Originals {
    fn place(&self, user_ref: u32, next: u32) -> Option<usize> {
        let back = next.wrapping_sub(user_ref).wrapping_sub(1) as usize;
        self.given.len().checked_sub(1)?.checked_sub(back)
    }

    /// Slot, side and shares of an order that is kept.
    pub(super) fn order(&self, user_ref: u32, next: u32) -> Option<(usize, bool, u32)> {
        let order = self.given[self.place(user_ref, next)?]?;
        Some((order.slot, order.buy, order.qty))
    }

    /// Shares of the order a request names that may be counted on, and its price; `None` if it names none of its slot and side.
    pub(super) fn base(&self, request: &Request, next: u32) -> Option<(u32, u32)> {
        let place = self.place(request.target_ref, next)?;
        let order = self.given[place]?;
        let same = (order.slot, order.buy) == (request.slot, request.buy);
        same.then_some((order.qty.min(request.orig_qty), order.price))
    }

    /// A request is granted while `next` is the next number.
    pub(super) fn book(&mut self, request: &Request, next: u32) {
        let kind = Kind::from_number(request.kind);
        match kind {
            Some(Kind::Raw) => {}
            Some(Kind::Cancel | Kind::Modify) => {
                if let Some(place) = self.place(request.target_ref, next)
                    && let Some(order) = &mut self.given[place]
                {
                    order.qty = 0;
                }
            }
            _ => {
                let is_order = kind.is_none_or(|kind| kind.class() == Class::Order);
                self.given.push_back(is_order.then_some(Order {
                    slot: request.slot,
                    buy: request.buy,
                    qty: request.qty,
                    price: request.price,
                }));
                if self.given.len() > KEPT {
                    self.given.pop_front();
                }
            }
        }
    }

    /// The host writes the next number.
    pub(super) fn renumber(&mut self) {
        self.given.clear();
    }
}
