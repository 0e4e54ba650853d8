//! Which lanes of a frame's word are bytes of its TCP payload, the header being one without options.
//!
//! Latency: 0.

use rust_hdl::prelude::*;

/// Word of the first payload byte (frame byte 54), and its lanes.
const FIRST: u64 = 6;
const FIRST_LANES: u64 = 0xc0;

/// See the module's text.
#[derive(LogicBlock)]
pub struct PayloadLanes {
    /// Bytes of the frame up to the end of its packet.
    pub stop: Signal<In, Bits<16>>,
    /// Number of the word.
    pub at: Signal<In, Bits<9>>,
    pub lanes: Signal<Out, Bits<8>>,
    word_start: Signal<Local, Bits<17>>,
    packet_end: Signal<Local, Bits<17>>,
    rest: Signal<Local, Bits<17>>,
    many: Signal<Local, Bit>,
    none: Signal<Local, Bit>,
    odd: Signal<Local, Bits<3>>,
    present: Signal<Local, Bits<8>>,
    eight: Constant<Bits<17>>,
    first: Constant<Bits<9>>,
    first_lanes: Constant<Bits<8>>,
    all: Constant<Bits<8>>,
    numbers: [Constant<Bits<3>>; 8],
    low: [Constant<Bits<8>>; 8],
}

impl Default for PayloadLanes {
    fn default() -> Self {
        Self {
            stop: Default::default(),
            at: Default::default(),
            lanes: Default::default(),
            word_start: Default::default(),
            packet_end: Default::default(),
            rest: Default::default(),
            many: Default::default(),
            none: Default::default(),
            odd: Default::default(),
            present: Default::default(),
            eight: Constant::new(3_u64.into()),
            first: Constant::new(FIRST.into()),
            first_lanes: Constant::new(FIRST_LANES.into()),
            all: Constant::new(0xff_u64.into()),
            numbers: std::array::from_fn(|i| Constant::new((i as u64).into())),
            low: std::array::from_fn(|i| Constant::new(((1_u64 << i) - 1).into())),
        }
    }
}

impl Logic for PayloadLanes {
    #[hdl_gen]
    fn update(&mut self) {
        self.word_start.next = bit_cast::<17, 9>(self.at.val()) << self.eight.val();
        self.packet_end.next = bit_cast::<17, 16>(self.stop.val());
        self.rest.next = self.packet_end.val() - self.word_start.val();
        self.none.next = self.rest.val().get_bit(16);
        self.many.next = self.rest.val().get_bits::<13>(3).any();
        self.odd.next = self.rest.val().get_bits::<3>(0);
        self.present.next = 0.into();
        for i in 0..8 {
            if self.odd.val() == self.numbers[i].val() {
                self.present.next = self.low[i].val();
            }
        }
        if self.many.val() {
            self.present.next = self.all.val();
        }
        if self.none.val() | (self.at.val() < self.first.val()) {
            self.present.next = 0.into();
        }
        self.lanes.next = self.present.val();
        if self.at.val() == self.first.val() {
            self.lanes.next = self.present.val() & self.first_lanes.val();
        }
    }
}
