//! One's complement sum of chosen bytes of a frame, 16 bits at a time, first byte lowest.
//!
//! ```text
//!  word, lanes ─► two sums of two ─► their sum ─► sum of the frame ─► folded once
//! ```
//!
//! The sum of words whose bytes are swapped is the swapped sum, so nothing is swapped on the way.
//!
//! Latency: 4 cycles from the frame's last word to `sum` with it; a cycle later it is of the next frame. Back-pressure: none.

use rust_hdl::prelude::*;

/// See the module's text. A frame of up to 1,024 words cannot overflow it.
#[derive(LogicBlock)]
pub struct OnesSum {
    pub clock: Signal<In, Clock>,
    /// A word, the first one of its frame or not; lanes that do not count are 0 in `lanes`.
    pub first: Signal<In, Bit>,
    pub data: Signal<In, Bits<64>>,
    pub lanes: Signal<In, Bits<8>>,
    /// Folded once: a carry in bit 16 is still to be added.
    pub sum: Signal<Out, Bits<17>>,
    masked: Signal<Local, Bits<64>>,
    half_0: Signal<Local, Bits<16>>,
    half_1: Signal<Local, Bits<16>>,
    half_2: Signal<Local, Bits<16>>,
    half_3: Signal<Local, Bits<16>>,
    low: DFF<Bits<17>>,
    high: DFF<Bits<17>>,
    first_s1: DFF<Bit>,
    word: DFF<Bits<18>>,
    first_s2: DFF<Bit>,
    frame: DFF<Bits<28>>,
    folded: DFF<Bits<17>>,
    low_now: Signal<Local, Bits<17>>,
    high_now: Signal<Local, Bits<17>>,
    word_now: Signal<Local, Bits<18>>,
    frame_now: Signal<Local, Bits<28>>,
    frame_low: Signal<Local, Bits<16>>,
    frame_high: Signal<Local, Bits<12>>,
    masks: [Constant<Bits<64>>; 8],
}

impl Default for OnesSum {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            first: Default::default(),
            data: Default::default(),
            lanes: Default::default(),
            sum: Default::default(),
            masked: Default::default(),
            half_0: Default::default(),
            half_1: Default::default(),
            half_2: Default::default(),
            half_3: Default::default(),
            low: Default::default(),
            high: Default::default(),
            first_s1: Default::default(),
            word: Default::default(),
            first_s2: Default::default(),
            frame: Default::default(),
            folded: Default::default(),
            low_now: Default::default(),
            high_now: Default::default(),
            word_now: Default::default(),
            frame_now: Default::default(),
            frame_low: Default::default(),
            frame_high: Default::default(),
            masks: std::array::from_fn(|i| Constant::new((0xff_u64 << (8 * i)).into())),
        }
    }
}

impl Logic for OnesSum {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, low, high, first_s1, word, first_s2, frame, folded);
        self.masked.next = 0.into();
        for i in 0..8 {
            if self.lanes.val().get_bit(i) {
                self.masked.next = self.masked.val() | (self.data.val() & self.masks[i].val());
            }
        }
        self.half_0.next = self.masked.val().get_bits::<16>(0);
        self.half_1.next = self.masked.val().get_bits::<16>(16);
        self.half_2.next = self.masked.val().get_bits::<16>(32);
        self.half_3.next = self.masked.val().get_bits::<16>(48);
        self.low.d.next = bit_cast::<17, 16>(self.half_0.val()) + bit_cast::<17, 16>(self.half_1.val());
        self.high.d.next = bit_cast::<17, 16>(self.half_2.val()) + bit_cast::<17, 16>(self.half_3.val());
        self.first_s1.d.next = self.first.val();
        self.low_now.next = self.low.q.val();
        self.high_now.next = self.high.q.val();
        self.word.d.next = bit_cast::<18, 17>(self.low_now.val()) + bit_cast::<18, 17>(self.high_now.val());
        self.first_s2.d.next = self.first_s1.q.val();
        self.word_now.next = self.word.q.val();
        self.frame_now.next = self.frame.q.val();
        if self.first_s2.q.val() {
            self.frame_now.next = 0.into();
        }
        self.frame.d.next = self.frame_now.val() + bit_cast::<28, 18>(self.word_now.val());
        self.frame_low.next = self.frame.q.val().get_bits::<16>(0);
        self.frame_high.next = self.frame.q.val().get_bits::<12>(16);
        self.folded.d.next =
            bit_cast::<17, 16>(self.frame_low.val()) + bit_cast::<17, 12>(self.frame_high.val());
        self.sum.next = self.folded.q.val();
    }
}
