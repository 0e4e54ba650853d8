//! What the card does by itself when the host falls silent: one Mass Cancel of everything it may have resting.
//!
//! ```text
//!  heartbeat_fresh ─► its end ─► due ─► request ─► arbiter ─► risk_gate
//!  lost (its frame was cut off) ──▲ └◄── granted
//! ```
//!
//! While it is enabled and the gate is armed, the end of a fresh heartbeat makes the message due, once: another expiry before it has left shares it, and none is
//! made before the heartbeat came back. It is `contract::slot::Kind::Watchdog`, of the firm the host has named and of every symbol, and passes the gate as a cancel
//! does: a kill does not stop it, the port's rate, room for its event and the exchange's window do. What the gate refuses makes no event; it is asked again
//! [`PAUSE`] cycles later, so that others have their turn, until it is granted. A frame that is cut off makes it due again. A heartbeat that
//! comes back does not take it back; clearing the enable does.
//!
//! Latency: 1 cycle from the end of `heartbeat_fresh` to `request_valid`. Back-pressure: a request waits for `request_ready`.

use crate::emit::{Elaborated, Size, elaborate};
use crate::prim::Cat3;
use crate::types::OrderRequest;
use contract::layout::lsb;
use contract::slot::{FIRM_LAYOUT, Kind};
use rust_hdl::prelude::*;

/// Cycles from a refusal to the next request.
pub const PAUSE: u64 = 15;

const _: () = {
    assert!(lsb(FIRM_LAYOUT, "firm") == 0 && lsb(FIRM_LAYOUT, "symbol") == 32);
    assert!(lsb(FIRM_LAYOUT, "reserved") == 32 + 64);
};

/// See the module's text.
#[derive(LogicBlock)]
pub struct Watchdog {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// Card time, ns.
    pub now: Signal<In, Bits<64>>,
    pub heartbeat_fresh: Signal<In, Bit>,
    pub armed: Signal<In, Bit>,
    pub cfg_cancel: Signal<In, Bit>,
    /// ASCII, first byte lowest.
    pub cfg_firm: Signal<In, Bits<32>>,
    pub cfg_epoch: Signal<In, Bits<16>>,
    /// One cycle: the gate has granted the request taken two cycles ago.
    pub granted: Signal<In, Bit>,
    /// One cycle: the frame was cut off.
    pub lost: Signal<In, Bit>,
    pub request_valid: Signal<Out, Bit>,
    pub request_ready: Signal<In, Bit>,
    pub request: Signal<Out, OrderRequest>,
    /// A message is to be sent.
    pub waits: Signal<Out, Bit>,
    fresh: DFF<Bit>,
    due: DFF<Bit>,
    stamp: DFF<Bits<64>>,
    asked: DFF<Bit>,
    decided: DFF<Bit>,
    pause: DFF<Bits<4>>,
    expires: Signal<Local, Bit>,
    offers: Signal<Local, Bit>,
    id: Cat3<16, 64, 32, 112>,
    asks: Signal<Local, OrderRequest>,
    blank: Constant<OrderRequest>,
    kind: Constant<Bits<8>>,
    side: Constant<Bits<8>>,
    yes: Constant<Bits<1>>,
    every_symbol: Constant<Bits<64>>,
    full_pause: Constant<Bits<4>>,
    one: Constant<Bits<4>>,
}

impl Default for Watchdog {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            now: Default::default(),
            heartbeat_fresh: Default::default(),
            armed: Default::default(),
            cfg_cancel: Default::default(),
            cfg_firm: Default::default(),
            cfg_epoch: Default::default(),
            granted: Default::default(),
            lost: Default::default(),
            request_valid: Default::default(),
            request_ready: Default::default(),
            request: Default::default(),
            waits: Default::default(),
            fresh: Default::default(),
            due: Default::default(),
            stamp: Default::default(),
            asked: Default::default(),
            decided: Default::default(),
            pause: Default::default(),
            expires: Default::default(),
            offers: Default::default(),
            id: Default::default(),
            asks: Default::default(),
            blank: Constant::new(OrderRequest::default()),
            kind: Constant::new((Kind::Watchdog as u64).into()),
            yes: Constant::new(1.into()),
            side: Constant::new(u64::from(b'B').into()),
            every_symbol: Constant::new(u64::from_le_bytes(*b"        ").into()),
            full_pause: Constant::new(PAUSE.into()),
            one: Constant::new(1_u64.into()),
        }
    }
}

impl Logic for Watchdog {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, fresh, due, stamp, asked, decided, pause);
        self.fresh.d.next = self.heartbeat_fresh.val();
        self.expires.next =
            self.fresh.q.val() & !self.heartbeat_fresh.val() & self.armed.val() & self.cfg_cancel.val();
        self.offers.next =
            self.due.q.val() & !self.asked.q.val() & !self.decided.q.val() & (self.pause.q.val() == 0);
        self.asked.d.next = self.offers.val() & self.request_ready.val();
        self.decided.d.next = self.asked.q.val();
        if self.pause.q.val() != 0 {
            self.pause.d.next = self.pause.q.val() - self.one.val();
        }
        if self.decided.q.val() {
            if self.granted.val() {
                self.due.d.next = false;
            } else {
                self.pause.d.next = self.full_pause.val();
            }
        }
        if self.expires.val() & !self.due.q.val() {
            self.stamp.d.next = self.now.val();
        }
        if self.expires.val() | self.lost.val() {
            self.due.d.next = true;
        }
        if !self.cfg_cancel.val() {
            self.due.d.next = false;
        }
        if self.reset.val() {
            self.fresh.d.next = false;
            self.due.d.next = false;
            self.asked.d.next = false;
            self.decided.d.next = false;
            self.pause.d.next = 0.into();
        }

        self.id.a.next = 0.into();
        self.id.b.next = self.every_symbol.val();
        self.id.c.next = self.cfg_firm.val();
        self.asks.next = self.blank.val();
        self.asks.next.kind = self.kind.val();
        self.asks.next.buy = self.yes.val();
        self.asks.next.side = self.side.val();
        self.asks.next.cl_ord_id = self.id.y.val();
        self.asks.next.epoch = self.cfg_epoch.val();
        self.asks.next.stamp = self.stamp.q.val();
        self.request.next = self.asks.val();
        self.request_valid.next = self.offers.val();
        self.waits.next = self.due.q.val();
    }
}

/// The block.
pub fn build(_: Size) -> Elaborated {
    elaborate(Watchdog::default())
}
