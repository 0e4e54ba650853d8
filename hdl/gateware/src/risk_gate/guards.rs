//! The checks above EventsFull, beside those of `Screen`: their bits in cycle 1, value and limit of the lowest one that failed in cycle 2.
//!
//! ```text
//! cycle 0: request, values of its slot ─┬─► registers
//! cycle 1: Tokens, OwnPrices, Window ───┴─► compares ─► failed, to Screen
//! cycle 2: first, of Screen ─► value, limit; passed ─► Tokens, OwnPrices
//! ```
//!
//! With `value` and `limit` of each in brackets:
//! - DuplicateToken (token, last one): see `tokens`.
//! - TcpWindow (bytes on their way, window): see `window`. It holds for cancels too.
//! - Restricted (side, PERMIT): the side of the order has no bit of PERMIT; a letter that is no side has none.
//! - SelfCross (price, own price against it): see `own_prices`.
//! - Throttle (grants that count, THROTTLE): see `throttle`.
//! - Bands (price, the band it breaks; the lower one if it is below): with the bit BANDS of PERMIT the price must lie in [BAND_LOW, BAND_HIGH].
//!
//! Latency: see above; the values of cycle 2 stay until the cycle after the next `take`. Back-pressure: none.

use super::own_prices::OwnPrices;
use super::screen::bit;
use super::tokens::Tokens;
use super::window::Window;
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
    assert!(permit::BANDS == 1 << 4);
    assert!(Reason::DuplicateToken as usize == 16 && Reason::TcpWindow as usize == 17);
    assert!(Reason::Restricted as usize == 18 && Reason::SelfCross as usize == 19);
    assert!(Reason::Throttle as usize == 20 && Reason::Bands as usize == 21);
};

/// See the module's text. `S` = 2^`SB` slots.
#[derive(LogicBlock)]
pub struct Guards<const SB: usize, const S: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub take: Signal<In, Bit>,
    pub request: Signal<In, OrderRequest>,
    // Cycle 0: of the request's slot, and of the connection.
    pub permit: Signal<In, Bits<5>>,
    pub band_low: Signal<In, Bits<32>>,
    pub band_high: Signal<In, Bits<32>>,
    pub throttle: Signal<In, Bits<16>>,
    pub repeated: Signal<In, Bits<16>>,
    pub latched: Signal<In, Bit>,
    pub open_buy: Signal<In, Bits<36>>,
    pub open_sell: Signal<In, Bits<36>>,
    pub tcp: Signal<In, Bit>,
    pub tcp_next: Signal<In, Bits<32>>,
    pub tcp_ack: Signal<In, Bits<32>>,
    pub tcp_window: Signal<In, Bits<32>>,
    /// One cycle: a new numbering of order slots.
    pub forget: Signal<In, Bit>,
    /// From cycle 1 on: the request.
    pub held: Signal<In, OrderRequest>,
    /// Cycle 1: a bit a check.
    pub failed: Signal<Out, Bits<24>>,
    // Cycle 2.
    pub sent: Signal<In, Bit>,
    pub first: Signal<In, Bits<24>>,
    pub value: Signal<Out, Bits<32>>,
    pub limit: Signal<Out, Bits<32>>,
    tokens: Tokens<SB, S>,
    prices: OwnPrices<SB>,
    window: Window,
    permit_is: DFF<Bits<5>>,
    low_is: DFF<Bits<32>>,
    high_is: DFF<Bits<32>>,
    throttle_is: DFF<Bits<16>>,
    repeated_are: DFF<Bits<16>>,
    throttled_s1: DFF<Bit>,
    below_s2: DFF<Bit>,
    side: Signal<Local, Bits<8>>,
    price: Signal<Local, Bits<32>>,
    token: Signal<Local, Bits<32>>,
    permitted: Signal<Local, Bit>,
    below: Signal<Local, Bit>,
    above: Signal<Local, Bit>,
    sides: [Constant<Bits<8>>; 4],
    bit_token: Constant<Bits<24>>,
    bit_window: Constant<Bits<24>>,
    bit_restricted: Constant<Bits<24>>,
    bit_cross: Constant<Bits<24>>,
    bit_throttle: Constant<Bits<24>>,
    bit_bands: Constant<Bits<24>>,
}

impl<const SB: usize, const S: usize> Default for Guards<SB, S> {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            take: Default::default(),
            request: Default::default(),
            permit: Default::default(),
            band_low: Default::default(),
            band_high: Default::default(),
            throttle: Default::default(),
            repeated: Default::default(),
            latched: Default::default(),
            open_buy: Default::default(),
            open_sell: Default::default(),
            tcp: Default::default(),
            tcp_next: Default::default(),
            tcp_ack: Default::default(),
            tcp_window: Default::default(),
            forget: Default::default(),
            held: Default::default(),
            failed: Default::default(),
            sent: Default::default(),
            first: Default::default(),
            value: Default::default(),
            limit: Default::default(),
            tokens: Default::default(),
            prices: Default::default(),
            window: Default::default(),
            permit_is: Default::default(),
            low_is: Default::default(),
            high_is: Default::default(),
            throttle_is: Default::default(),
            repeated_are: Default::default(),
            throttled_s1: Default::default(),
            below_s2: Default::default(),
            side: Default::default(),
            price: Default::default(),
            token: Default::default(),
            permitted: Default::default(),
            below: Default::default(),
            above: Default::default(),
            sides: SIDES.map(|letter| Constant::new(u64::from(letter).into())),
            bit_token: bit(Reason::DuplicateToken),
            bit_window: bit(Reason::TcpWindow),
            bit_restricted: bit(Reason::Restricted),
            bit_cross: bit(Reason::SelfCross),
            bit_throttle: bit(Reason::Throttle),
            bit_bands: bit(Reason::Bands),
        }
    }
}

impl<const SB: usize, const S: usize> Logic for Guards<SB, S> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            permit_is,
            low_is,
            high_is,
            throttle_is,
            repeated_are,
            throttled_s1,
            below_s2
        );
        self.tokens.clock.next = self.clock.val();
        self.tokens.reset.next = self.reset.val();
        self.tokens.forget.next = self.forget.val();
        self.tokens.take.next = self.take.val();
        self.tokens.request.next = self.request.val();
        self.tokens.held.next = self.held.val();
        self.tokens.sent.next = self.sent.val();
        self.prices.clock.next = self.clock.val();
        self.prices.take.next = self.take.val();
        self.prices.request.next = self.request.val();
        self.prices.open_buy.next = self.open_buy.val();
        self.prices.open_sell.next = self.open_sell.val();
        self.prices.held.next = self.held.val();
        self.prices.sent.next = self.sent.val();
        self.window.clock.next = self.clock.val();
        self.window.take.next = self.take.val();
        self.window.request.next = self.request.val();
        self.window.tcp.next = self.tcp.val();
        self.window.seq.next = self.tcp_next.val();
        self.window.ack.next = self.tcp_ack.val();
        self.window.window.next = self.tcp_window.val();

        // Cycle 0.
        if self.take.val() {
            self.permit_is.d.next = self.permit.val();
            self.low_is.d.next = self.band_low.val();
            self.high_is.d.next = self.band_high.val();
            self.throttle_is.d.next = self.throttle.val();
            self.repeated_are.d.next = self.repeated.val();
            self.throttled_s1.d.next = self.latched.val() | (self.repeated.val() >= self.throttle.val());
        }

        // Cycle 1.
        self.side.next = self.held.val().side;
        self.price.next = self.held.val().price;
        self.token.next = self.held.val().token;
        self.permitted.next = false;
        for i in 0..4 {
            self.permitted.next = self.permitted.val()
                | (self.permit_is.q.val().get_bit(i) & (self.side.val() == self.sides[i].val()));
        }
        self.below.next = self.price.val() < self.low_is.q.val();
        self.above.next = self.price.val() > self.high_is.q.val();
        self.failed.next = 0.into();
        if self.tokens.used.val() {
            self.failed.next = self.failed.val() | self.bit_token.val();
        }
        if self.window.full.val() {
            self.failed.next = self.failed.val() | self.bit_window.val();
        }
        if !self.permitted.val() {
            self.failed.next = self.failed.val() | self.bit_restricted.val();
        }
        if self.prices.crosses.val() {
            self.failed.next = self.failed.val() | self.bit_cross.val();
        }
        if self.throttled_s1.q.val() {
            self.failed.next = self.failed.val() | self.bit_throttle.val();
        }
        if self.permit_is.q.val().get_bit(4) & (self.below.val() | self.above.val()) {
            self.failed.next = self.failed.val() | self.bit_bands.val();
        }
        self.below_s2.d.next = self.below.val();

        // Cycle 2.
        self.value.next = 0.into();
        self.limit.next = 0.into();
        if self.first.val().get_bit(16) {
            self.value.next = self.token.val();
            self.limit.next = self.tokens.last.val();
        }
        if self.first.val().get_bit(17) {
            self.value.next = self.window.flight.val();
            self.limit.next = self.window.limit.val();
        }
        if self.first.val().get_bit(18) {
            self.value.next = bit_cast::<32, 8>(self.side.val());
            self.limit.next = bit_cast::<32, 5>(self.permit_is.q.val());
        }
        if self.first.val().get_bit(19) {
            self.value.next = self.price.val();
            self.limit.next = self.prices.facing.val();
        }
        if self.first.val().get_bit(20) {
            self.value.next = bit_cast::<32, 16>(self.repeated_are.q.val());
            self.limit.next = bit_cast::<32, 16>(self.throttle_is.q.val());
        }
        if self.first.val().get_bit(21) {
            self.value.next = self.price.val();
            self.limit.next = self.high_is.q.val();
            if self.below_s2.q.val() {
                self.limit.next = self.low_is.q.val();
            }
        }
    }
}
