//! Which lanes of a frame's word lie before a byte of the frame.
//!
//! Latency: 0.

use rust_hdl::prelude::*;

/// See the module's text.
#[derive(LogicBlock)]
pub struct LanesBelow {
    /// Number of the byte in the frame.
    pub stop: Signal<In, Bits<18>>,
    /// Number of the word.
    pub at: Signal<In, Bits<9>>,
    pub lanes: Signal<Out, Bits<8>>,
    /// Bytes of later words lie before it too.
    pub more: Signal<Out, Bit>,
    word_start: Signal<Local, Bits<18>>,
    rest: Signal<Local, Bits<18>>,
    none: Signal<Local, Bit>,
    many: Signal<Local, Bit>,
    odd: Signal<Local, Bits<3>>,
    far: Signal<Local, Bits<13>>,
    is_eight: Signal<Local, Bit>,
    eight: Constant<Bits<18>>,
    all: Constant<Bits<8>>,
    one: Constant<Bits<13>>,
    numbers: [Constant<Bits<3>>; 8],
    low: [Constant<Bits<8>>; 8],
}

impl Default for LanesBelow {
    fn default() -> Self {
        Self {
            stop: Default::default(),
            at: Default::default(),
            lanes: Default::default(),
            more: Default::default(),
            word_start: Default::default(),
            rest: Default::default(),
            none: Default::default(),
            many: Default::default(),
            odd: Default::default(),
            far: Default::default(),
            is_eight: Default::default(),
            eight: Constant::new(3_u64.into()),
            all: Constant::new(0xff_u64.into()),
            one: Constant::new(1_u64.into()),
            numbers: std::array::from_fn(|i| Constant::new((i as u64).into())),
            low: std::array::from_fn(|i| Constant::new(((1_u64 << i) - 1).into())),
        }
    }
}

impl Logic for LanesBelow {
    #[hdl_gen]
    fn update(&mut self) {
        self.word_start.next = bit_cast::<18, 9>(self.at.val()) << self.eight.val();
        self.rest.next = self.stop.val() - self.word_start.val();
        self.none.next = self.rest.val().get_bit(17);
        self.far.next = self.rest.val().get_bits::<13>(3);
        self.many.next = self.far.val().any() | self.rest.val().get_bit(16);
        self.odd.next = self.rest.val().get_bits::<3>(0);
        self.lanes.next = 0.into();
        for i in 0..8 {
            if self.odd.val() == self.numbers[i].val() {
                self.lanes.next = self.low[i].val();
            }
        }
        if self.many.val() {
            self.lanes.next = self.all.val();
        }
        self.is_eight.next = (self.far.val() == self.one.val())
            & (self.odd.val() == self.numbers[0].val())
            & !self.rest.val().get_bit(16);
        self.more.next = self.many.val() & !self.is_eight.val() & !self.none.val();
        if self.none.val() {
            self.lanes.next = 0.into();
        }
    }
}
