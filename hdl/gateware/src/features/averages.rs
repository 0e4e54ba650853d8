//! The seven averages of a slot.
//!
//! ```text
//! control ─┬─► Ema ─► average ─► value   trade (fast, slow), return (fast, slow), variance, wait, cancel
//! inputs ──┘
//! ```
//!
//! Latency: 5 cycles from `control`, 4 from the inputs. Back-pressure: none, events two cycles apart or more.

use crate::features::average::{FineAverage, WholeAverage};
use crate::features::control::Control;
use crate::features::ema::Ema;
use contract::feature;
use rust_hdl::prelude::*;

/// The shifts stand as const generics below.
const _: () = assert!(
    feature::TRADE_FAST_SHIFT == 3
        && feature::TRADE_SLOW_SHIFT == 6
        && feature::RETURN_FAST_SHIFT == 3
        && feature::RETURN_SLOW_SHIFT == 6
        && feature::VARIANCE_SHIFT == 5
        && feature::INTENSITY_SHIFT == 5
        && feature::CANCEL_SHIFT == 6
);

/// See the module's text.
#[derive(LogicBlock)]
pub struct Averages<const A: usize> {
    pub clock: Signal<In, Clock>,
    pub control: Signal<In, Control>,
    /// One cycle after `control`, as are the other inputs; two's complement.
    pub trade_s1: Signal<In, Bits<16>>,
    pub half_ticks_s1: Signal<In, Bits<16>>,
    pub square_s1: Signal<In, Bits<16>>,
    pub log_s1: Signal<In, Bits<16>>,
    pub trade_fast: Signal<Out, Bits<16>>,
    pub trade_slow: Signal<Out, Bits<16>>,
    pub return_fast: Signal<Out, Bits<16>>,
    pub return_slow: Signal<Out, Bits<16>>,
    pub variance: Signal<Out, Bits<16>>,
    pub waiting: Signal<Out, Bits<16>>,
    pub cancel: Signal<Out, Bits<16>>,
    control_s1: DFF<Control>,
    trade_fast_ema: Ema<3, 30, A>,
    trade_slow_ema: Ema<6, 27, A>,
    return_fast_ema: Ema<3, 30, A>,
    return_slow_ema: Ema<6, 27, A>,
    variance_ema: Ema<5, 28, A>,
    wait_ema: Ema<5, 28, A>,
    cancel_ema: Ema<6, 27, A>,
    trade_fast_value: WholeAverage,
    trade_slow_value: WholeAverage,
    return_fast_value: FineAverage,
    return_slow_value: FineAverage,
    variance_value: FineAverage,
    wait_value: WholeAverage,
    cancel_value: WholeAverage,
    valid: Signal<Local, Bit>,
    fresh: Signal<Local, Bit>,
    slot_6: Signal<Local, Bits<6>>,
    slot: Signal<Local, Bits<A>>,
    trade_moves: Signal<Local, Bit>,
    mid_moves: Signal<Local, Bit>,
    wait_moves: Signal<Local, Bit>,
    cancel_moves: Signal<Local, Bit>,
    cancel_x: Signal<Local, Bits<16>>,
    full: Constant<Bits<16>>,
    half: Constant<Bits<16>>,
}

impl<const A: usize> Default for Averages<A> {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            control: Default::default(),
            trade_s1: Default::default(),
            half_ticks_s1: Default::default(),
            square_s1: Default::default(),
            log_s1: Default::default(),
            trade_fast: Default::default(),
            trade_slow: Default::default(),
            return_fast: Default::default(),
            return_slow: Default::default(),
            variance: Default::default(),
            waiting: Default::default(),
            cancel: Default::default(),
            control_s1: Default::default(),
            trade_fast_ema: Default::default(),
            trade_slow_ema: Default::default(),
            return_fast_ema: Default::default(),
            return_slow_ema: Default::default(),
            variance_ema: Default::default(),
            wait_ema: Default::default(),
            cancel_ema: Default::default(),
            trade_fast_value: Default::default(),
            trade_slow_value: Default::default(),
            return_fast_value: Default::default(),
            return_slow_value: Default::default(),
            variance_value: Default::default(),
            wait_value: Default::default(),
            cancel_value: Default::default(),
            valid: Default::default(),
            fresh: Default::default(),
            slot_6: Default::default(),
            slot: Default::default(),
            trade_moves: Default::default(),
            mid_moves: Default::default(),
            wait_moves: Default::default(),
            cancel_moves: Default::default(),
            cancel_x: Default::default(),
            full: Constant::new(u64::from(feature::CANCEL_FULL.unsigned_abs()).into()),
            half: Constant::new(u64::from(feature::CANCEL_REPLACE.unsigned_abs()).into()),
        }
    }
}

impl<const A: usize> Logic for Averages<A> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, control_s1);
        self.trade_fast_ema.clock.next = self.clock.val();
        self.trade_slow_ema.clock.next = self.clock.val();
        self.return_fast_ema.clock.next = self.clock.val();
        self.return_slow_ema.clock.next = self.clock.val();
        self.variance_ema.clock.next = self.clock.val();
        self.wait_ema.clock.next = self.clock.val();
        self.cancel_ema.clock.next = self.clock.val();
        self.trade_fast_value.clock.next = self.clock.val();
        self.trade_slow_value.clock.next = self.clock.val();
        self.return_fast_value.clock.next = self.clock.val();
        self.return_slow_value.clock.next = self.clock.val();
        self.variance_value.clock.next = self.clock.val();
        self.wait_value.clock.next = self.clock.val();
        self.cancel_value.clock.next = self.clock.val();
        self.control_s1.d.next = self.control.val();
        self.valid.next = self.control.val().valid;
        self.fresh.next = self.control.val().fresh;
        self.slot_6.next = self.control.val().slot;
        self.slot.next = self.slot_6.val().get_bits::<A>(0);
        self.trade_fast_ema.valid.next = self.valid.val();
        self.trade_slow_ema.valid.next = self.valid.val();
        self.return_fast_ema.valid.next = self.valid.val();
        self.return_slow_ema.valid.next = self.valid.val();
        self.variance_ema.valid.next = self.valid.val();
        self.wait_ema.valid.next = self.valid.val();
        self.cancel_ema.valid.next = self.valid.val();
        self.trade_fast_ema.slot.next = self.slot.val();
        self.trade_slow_ema.slot.next = self.slot.val();
        self.return_fast_ema.slot.next = self.slot.val();
        self.return_slow_ema.slot.next = self.slot.val();
        self.variance_ema.slot.next = self.slot.val();
        self.wait_ema.slot.next = self.slot.val();
        self.cancel_ema.slot.next = self.slot.val();
        self.trade_fast_ema.fresh.next = self.fresh.val();
        self.trade_slow_ema.fresh.next = self.fresh.val();
        self.return_fast_ema.fresh.next = self.fresh.val();
        self.return_slow_ema.fresh.next = self.fresh.val();
        self.variance_ema.fresh.next = self.fresh.val();
        self.wait_ema.fresh.next = self.fresh.val();
        self.cancel_ema.fresh.next = self.fresh.val();
        // Inputs.
        self.trade_moves.next = self.control_s1.q.val().trade;
        self.mid_moves.next = self.control_s1.q.val().mid;
        self.wait_moves.next = self.control_s1.q.val().wait;
        self.cancel_moves.next = self.control_s1.q.val().book;
        self.cancel_x.next = 0.into();
        if self.control_s1.q.val().cancel {
            self.cancel_x.next = self.full.val();
        }
        if self.control_s1.q.val().replace {
            self.cancel_x.next = self.half.val();
        }
        self.trade_fast_ema.update_s1.next = self.trade_moves.val();
        self.trade_slow_ema.update_s1.next = self.trade_moves.val();
        self.return_fast_ema.update_s1.next = self.mid_moves.val();
        self.return_slow_ema.update_s1.next = self.mid_moves.val();
        self.variance_ema.update_s1.next = self.mid_moves.val();
        self.wait_ema.update_s1.next = self.wait_moves.val();
        self.cancel_ema.update_s1.next = self.cancel_moves.val();
        self.trade_fast_ema.x_s1.next = self.trade_s1.val();
        self.trade_slow_ema.x_s1.next = self.trade_s1.val();
        self.return_fast_ema.x_s1.next = self.half_ticks_s1.val();
        self.return_slow_ema.x_s1.next = self.half_ticks_s1.val();
        self.variance_ema.x_s1.next = self.square_s1.val();
        self.wait_ema.x_s1.next = self.log_s1.val();
        self.cancel_ema.x_s1.next = self.cancel_x.val();
        // Values.
        self.trade_fast_value.acc.next = self.trade_fast_ema.acc.val();
        self.trade_slow_value.acc.next = self.trade_slow_ema.acc.val();
        self.return_fast_value.acc.next = self.return_fast_ema.acc.val();
        self.return_slow_value.acc.next = self.return_slow_ema.acc.val();
        self.variance_value.acc.next = self.variance_ema.acc.val();
        self.wait_value.acc.next = self.wait_ema.acc.val();
        self.cancel_value.acc.next = self.cancel_ema.acc.val();
        self.trade_fast.next = self.trade_fast_value.value.val();
        self.trade_slow.next = self.trade_slow_value.value.val();
        self.return_fast.next = self.return_fast_value.value.val();
        self.return_slow.next = self.return_slow_value.value.val();
        self.variance.next = self.variance_value.value.val();
        self.waiting.next = self.wait_value.value.val();
        self.cancel.next = self.cancel_value.value.val();
    }
}
