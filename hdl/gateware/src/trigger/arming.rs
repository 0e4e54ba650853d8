//! Arming: the host's words, looked at once, become a slot's trigger three cycles later.
//!
//! ```text
//!  do_arm, words ─► form, free? ─┬─► accepted, written ──── 3 cycles ──► arm
//!                                │   qty × price ── MulWideU ──► notional ┘
//!                                └─► refused, cause
//! ```
//!
//! Latency: `accepted` and `refused` in the cycle of `do_arm`, `arm` and `notional` three later. Back-pressure: none; a word that comes while another
//! one is under way is refused.

use crate::prim::MulWideU;
use crate::trigger::latch::cause;
use crate::types::TriggerWords;
use contract::event::TriggerCause;
use rust_hdl::prelude::*;

/// Sides a trigger may have: buy, sell, sell short, sell short exempt.
const SIDES: [u8; 4] = *b"BSTE";

/// See the module's text. `2^SB` slots.
#[derive(LogicBlock)]
pub struct Arming<const SB: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub do_arm: Signal<In, Bit>,
    /// `TRIGGER_ARM`.
    pub data: Signal<In, Bits<32>>,
    pub words: Signal<In, TriggerWords>,
    /// Slot named by `data`, and whether it is busy.
    pub asked: Signal<Out, Bits<SB>>,
    pub busy: Signal<In, Bit>,
    pub cfg_epoch: Signal<In, Bits<16>>,
    pub accepted: Signal<Out, Bit>,
    pub refused: Signal<Out, Bit>,
    pub refused_cause: Signal<Out, Bits<4>>,
    pub refused_slot: Signal<Out, Bits<6>>,
    pub epoch: Signal<Out, Bits<16>>,
    /// The order buys.
    pub buy: Signal<Out, Bit>,
    /// One cycle: the trigger of `arm_slot` is armed; the notional of its order.
    pub arm: Signal<Out, Bit>,
    pub arm_slot: Signal<Out, Bits<SB>>,
    pub notional: Signal<Out, Bits<64>>,
    product: MulWideU<32, 32, 64>,
    on_s1: DFF<Bit>,
    on_s2: DFF<Bit>,
    on_s3: DFF<Bit>,
    slot: DFF<Bits<SB>>,
    named: Signal<Local, Bits<6>>,
    named_wide: Signal<Local, Bits<7>>,
    epoch_now: Signal<Local, Bits<16>>,
    letters: Signal<Local, Bits<32>>,
    side: Signal<Local, Bits<8>>,
    known: Signal<Local, Bit>,
    threshold: Signal<Local, Bits<16>>,
    raised: Signal<Local, Bits<17>>,
    lowered: Signal<Local, Bits<17>>,
    half: Signal<Local, Bits<17>>,
    first: Signal<Local, Bits<17>>,
    spare: Signal<Local, Bits<15>>,
    constant_0: Signal<Local, Bits<32>>,
    compare: Signal<Local, Bits<2>>,
    fits: Signal<Local, Bit>,
    occupied: Signal<Local, Bit>,
    why: Signal<Local, Bits<4>>,
    sign_bit: Constant<Bits<17>>,
    one: Constant<Bits<17>>,
    slots: Constant<Bits<7>>,
    sides: [Constant<Bits<8>>; 4],
    malformed: Constant<Bits<4>>,
    busy_cause: Constant<Bits<4>>,
    epoch_cause: Constant<Bits<4>>,
}

impl<const SB: usize> Default for Arming<SB> {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            do_arm: Default::default(),
            data: Default::default(),
            words: Default::default(),
            asked: Default::default(),
            busy: Default::default(),
            cfg_epoch: Default::default(),
            accepted: Default::default(),
            refused: Default::default(),
            refused_cause: Default::default(),
            refused_slot: Default::default(),
            epoch: Default::default(),
            buy: Default::default(),
            arm: Default::default(),
            arm_slot: Default::default(),
            notional: Default::default(),
            product: Default::default(),
            on_s1: Default::default(),
            on_s2: Default::default(),
            on_s3: Default::default(),
            slot: Default::default(),
            named: Default::default(),
            named_wide: Default::default(),
            epoch_now: Default::default(),
            letters: Default::default(),
            side: Default::default(),
            known: Default::default(),
            threshold: Default::default(),
            raised: Default::default(),
            lowered: Default::default(),
            half: Default::default(),
            first: Default::default(),
            spare: Default::default(),
            constant_0: Default::default(),
            compare: Default::default(),
            fits: Default::default(),
            occupied: Default::default(),
            why: Default::default(),
            sign_bit: Constant::new(0x8000_u64.into()),
            one: Constant::new(0x1_0000_u64.into()),
            slots: Constant::new((1_u64 << SB).into()),
            sides: SIDES.map(|letter| Constant::new(u64::from(letter).into())),
            malformed: cause(TriggerCause::Malformed),
            busy_cause: cause(TriggerCause::Busy),
            epoch_cause: cause(TriggerCause::Epoch),
        }
    }
}

impl<const SB: usize> Logic for Arming<SB> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, on_s1, on_s2, on_s3, slot);
        self.product.clock.next = self.clock.val();
        self.product.a.next = self.words.val().qty;
        self.product.b.next = self.words.val().price;
        self.notional.next = self.product.p.val();

        // Form.
        self.named.next = self.data.val().get_bits::<6>(0);
        self.named_wide.next = bit_cast::<7, 6>(self.named.val());
        self.epoch_now.next = self.data.val().get_bits::<16>(16);
        self.letters.next = self.words.val().letters;
        self.side.next = self.letters.val().get_bits::<8>(0);
        self.known.next = (self.side.val() == self.sides[0].val())
            | (self.side.val() == self.sides[1].val())
            | (self.side.val() == self.sides[2].val())
            | (self.side.val() == self.sides[3].val());
        // T + 32768 is T with its top bit turned, and 32768 - T the rest to 65536.
        self.threshold.next = self.words.val().threshold;
        self.half.next = bit_cast::<17, 16>(self.threshold.val());
        self.raised.next = self.half.val() ^ self.sign_bit.val();
        self.lowered.next = self.one.val() - self.raised.val();
        self.constant_0.next = self.words.val().constant_0;
        self.first.next = self.constant_0.val().get_bits::<17>(0);
        self.spare.next = self.constant_0.val().get_bits::<15>(17);
        self.compare.next = self.words.val().compare;
        self.fits.next = self.compare.val().get_bit(1)
            | ((self.first.val() == self.lowered.val())
                & !self.spare.val().any()
                & (self.words.val().constant_1 == self.raised.val()));
        self.asked.next = self.data.val().get_bits::<SB>(0);
        self.occupied.next = self.busy.val() | self.on_s1.q.val() | self.on_s2.q.val() | self.on_s3.q.val();
        self.why.next = 0.into();
        if self.epoch_now.val() != self.cfg_epoch.val() {
            self.why.next = self.epoch_cause.val();
        }
        if self.occupied.val() {
            self.why.next = self.busy_cause.val();
        }
        if !self.known.val() | !self.fits.val() | (self.named_wide.val() >= self.slots.val()) {
            self.why.next = self.malformed.val();
        }
        self.accepted.next = self.do_arm.val() & !self.why.val().any();
        self.refused.next = self.do_arm.val() & self.why.val().any();
        self.refused_cause.next = self.why.val();
        self.refused_slot.next = self.named.val();
        self.epoch.next = self.epoch_now.val();
        self.buy.next = self.side.val() == self.sides[0].val();

        self.on_s1.d.next = self.accepted.val();
        self.on_s2.d.next = self.on_s1.q.val();
        self.on_s3.d.next = self.on_s2.q.val();
        if self.accepted.val() {
            self.slot.d.next = self.asked.val();
        }
        self.arm.next = self.on_s3.q.val();
        self.arm_slot.next = self.slot.q.val();
        if self.reset.val() {
            self.on_s1.d.next = false;
            self.on_s2.d.next = false;
            self.on_s3.d.next = false;
        }
    }
}
