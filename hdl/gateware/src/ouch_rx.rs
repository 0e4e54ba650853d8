//! What the exchange says of the card's orders, taken from the order connection's byte stream: executions, cancels, rejects.
//!
//! ```text
//!  in ─► Parse ─► message ─► OrderBook ─► report ─► risk_gate
//!  grant ───────────────────────▲
//! ```
//!
//! One report a message that may change an open quantity: slot, side, shares no more open, whether an order is done with it, and by how much the
//! position moves; most Accepted report nothing gone. What a message is taken to mean stands with `parse` and `book`.
//!
//! The card counts too much rather than too little: a message that cannot be read or names an order that is not here changes nothing, is counted, and
//! leaves its shares open until the host releases them by its registers. Which those are, and what the host has to do, stands in `contract::follow`.
//!
//! A message counts once, by its SoupBinTCP sequence, whatever a connection repeats: see `parse`.
//!
//! Latency: 9 cycles from a message's last byte to its report; a byte a cycle before that.
//! Back-pressure: `in_ready`; a report waits for `report_ready`. `ready` falls for 2^A cycles after reset.

pub mod book;
pub mod parse;

use crate::emit::{Elaborated, Size, elaborate};
use crate::prim::{Cat2, Cat3};
use book::OrderBook;
use parse::Parse;
use rust_hdl::prelude::*;

/// See the module's text. `2^A` orders.
#[derive(LogicBlock, Default)]
pub struct OuchRx<const A: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// Grants may come.
    pub ready: Signal<Out, Bit>,
    /// A lane with its bit of `in_keep` is a byte of the stream, the lowest first.
    pub in_valid: Signal<In, Bit>,
    pub in_ready: Signal<Out, Bit>,
    pub in_data: Signal<In, Bits<64>>,
    pub in_keep: Signal<In, Bits<8>>,
    /// Pulse: the next byte begins a packet.
    pub restart: Signal<In, Bit>,
    /// One cycle: an order was granted, and gets this number.
    pub grant: Signal<In, Bit>,
    pub grant_ref: Signal<In, Bits<32>>,
    pub grant_slot: Signal<In, Bits<6>>,
    pub grant_buy: Signal<In, Bits<1>>,
    pub grant_qty: Signal<In, Bits<32>>,
    /// The account counts an open order more: not of a replace.
    pub grant_opens: Signal<In, Bit>,
    pub report_valid: Signal<Out, Bit>,
    pub report_ready: Signal<In, Bit>,
    pub report_slot: Signal<Out, Bits<6>>,
    pub report_buy: Signal<Out, Bit>,
    /// Shares no more open.
    pub report_gone: Signal<Out, Bits<33>>,
    /// An open order less.
    pub report_done: Signal<Out, Bit>,
    /// Shares the position moves by, two's complement.
    pub report_moved: Signal<Out, Bits<32>>,
    /// Executed: its price, 1/10000 dollar, low 32 bits; else noise.
    pub report_price: Signal<Out, Bits<32>>,
    /// One cycle: the next message that counts has number `next_data`.
    pub do_next: Signal<In, Bit>,
    pub next_data: Signal<In, Bits<32>>,
    /// Number of the next message that counts; those before it are told when `busy` is 0.
    pub next_message: Signal<Out, Bits<32>>,
    pub busy: Signal<Out, Bit>,
    /// `ouch_messages ouch_malformed ouch_unknown ouch_repeated ouch_left ouch_missed`.
    pub count: Signal<Out, Bits<6>>,
    parse: Parse,
    book: OrderBook<A>,
    counts: Cat3<1, 1, 1, 3>,
    later_counts: Cat3<1, 1, 1, 3>,
    all_counts: Cat2<3, 3, 6>,
}

impl<const A: usize> Logic for OuchRx<A> {
    #[hdl_gen]
    fn update(&mut self) {
        self.parse.clock.next = self.clock.val();
        self.parse.reset.next = self.reset.val();
        self.parse.in_valid.next = self.in_valid.val();
        self.in_ready.next = self.parse.in_ready.val();
        self.parse.in_data.next = self.in_data.val();
        self.parse.in_keep.next = self.in_keep.val();
        self.parse.restart.next = self.restart.val();
        self.book.clock.next = self.clock.val();
        self.book.reset.next = self.reset.val();
        self.ready.next = self.book.ready.val();
        self.book.grant.next = self.grant.val();
        self.book.grant_ref.next = self.grant_ref.val();
        self.book.grant_slot.next = self.grant_slot.val();
        self.book.grant_buy.next = self.grant_buy.val();
        self.book.grant_qty.next = self.grant_qty.val();
        self.book.grant_opens.next = self.grant_opens.val();
        self.book.msg_valid.next = self.parse.msg_valid.val();
        self.parse.msg_ready.next = self.book.msg_ready.val();
        self.book.kinds.next = self.parse.kinds.val();
        self.book.user_ref.next = self.parse.user_ref.val();
        self.book.other_ref.next = self.parse.other_ref.val();
        self.book.qty.next = self.parse.qty.val();
        self.book.dead.next = self.parse.dead.val();
        self.report_valid.next = self.book.report_valid.val();
        self.book.report_ready.next = self.report_ready.val();
        self.report_slot.next = self.book.report_slot.val();
        self.report_buy.next = self.book.report_buy.val();
        self.report_gone.next = self.book.report_gone.val();
        self.report_done.next = self.book.report_done.val();
        self.report_moved.next = self.book.report_moved.val();
        self.report_price.next = self.parse.price.val();
        self.counts.a.next = self.book.unknown.val().into();
        self.counts.b.next = self.parse.malformed.val().into();
        self.counts.c.next = self.book.applied.val().into();
        self.parse.do_next.next = self.do_next.val();
        self.parse.next_data.next = self.next_data.val();
        self.next_message.next = self.parse.next_message.val();
        self.busy.next = self.parse.msg_valid.val();
        self.later_counts.a.next = self.parse.missed.val().into();
        self.later_counts.b.next = self.parse.left_over.val().into();
        self.later_counts.c.next = self.parse.repeated.val().into();
        self.all_counts.hi.next = self.later_counts.y.val();
        self.all_counts.lo.next = self.counts.y.val();
        self.count.next = self.all_counts.y.val();
    }
}

/// Address bits of the orders kept: 1,024 of them, in two block RAMs.
pub const ORDER_BITS: usize = contract::follow::ORDER_BITS as usize;

/// The block, the same in every size.
pub fn build(_size: Size) -> Elaborated {
    elaborate(OuchRx::<ORDER_BITS>::default())
}
