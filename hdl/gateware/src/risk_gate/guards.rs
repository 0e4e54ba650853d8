//! The checks above EventsFull, beside those of `Screen`: their bits in cycle 1, value and limit of the lowest one that failed in cycle 2.
//!
//! ```text
//! cycle 0: request, values of its slot ─► registers
//! cycle 1: compares ─► failed, to Screen
//! cycle 2: first, of Screen ─► value, limit
//! ```
//!
//! Restricted (the side, PERMIT): the side of the order has no bit of PERMIT; a letter that is no side has none.
//!
//! `value` and `limit` are 0 but for the checks above, as in the brackets behind them.
//!
//! Latency: see above; the values of cycle 2 stay until the cycle after the next `take`. Back-pressure: none.

use super::screen::bit;
use crate::types::OrderRequest;
use contract::event::Reason;
use contract::reg::permit;
use rust_hdl::prelude::*;

/// Sides, in the order of their bits in PERMIT.
const SIDES: [u8; 4] = *b"BSTE";
const _: () = {
    let mut i = 0;
    while i < SIDES.len() {
        assert!(permit::of(SIDES[i]) == 1 << i);
        i += 1;
    }
    assert!(Reason::Restricted as usize == 18, "bits below");
};

/// See the module's text.
#[derive(LogicBlock)]
pub struct Guards {
    pub clock: Signal<In, Clock>,
    pub take: Signal<In, Bit>,
    pub request: Signal<In, OrderRequest>,
    // Cycle 0: of the request's slot.
    pub permit: Signal<In, Bits<4>>,
    /// Cycle 1: a bit a check.
    pub failed: Signal<Out, Bits<24>>,
    // Cycle 2.
    pub first: Signal<In, Bits<24>>,
    pub value: Signal<Out, Bits<32>>,
    pub limit: Signal<Out, Bits<32>>,
    side_s1: DFF<Bits<8>>,
    permit_is: DFF<Bits<4>>,
    side: Signal<Local, Bits<8>>,
    permitted: Signal<Local, Bit>,
    sides: [Constant<Bits<8>>; 4],
    bit_restricted: Constant<Bits<24>>,
}

impl Default for Guards {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            take: Default::default(),
            request: Default::default(),
            permit: Default::default(),
            failed: Default::default(),
            first: Default::default(),
            value: Default::default(),
            limit: Default::default(),
            side_s1: Default::default(),
            permit_is: Default::default(),
            side: Default::default(),
            permitted: Default::default(),
            sides: SIDES.map(|letter| Constant::new(u64::from(letter).into())),
            bit_restricted: bit(Reason::Restricted),
        }
    }
}

impl Logic for Guards {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, side_s1, permit_is);
        // Cycle 0.
        if self.take.val() {
            self.side_s1.d.next = self.request.val().side;
            self.permit_is.d.next = self.permit.val();
        }

        // Cycle 1.
        self.side.next = self.side_s1.q.val();
        self.permitted.next = false;
        for i in 0..4 {
            self.permitted.next = self.permitted.val()
                | (self.permit_is.q.val().get_bit(i) & (self.side.val() == self.sides[i].val()));
        }
        self.failed.next = 0.into();
        if !self.permitted.val() {
            self.failed.next = self.failed.val() | self.bit_restricted.val();
        }

        // Cycle 2.
        self.value.next = 0.into();
        self.limit.next = 0.into();
        if self.first.val().get_bit(18) {
            self.value.next = bit_cast::<32, 8>(self.side.val());
            self.limit.next = bit_cast::<32, 4>(self.permit_is.q.val());
        }
    }
}
