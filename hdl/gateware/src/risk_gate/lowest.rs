//! The lowest bit that is set, alone.
//!
//! Five levels of or instead of a carry chain. Latency: 0 cycles. Back-pressure: none.

use rust_hdl::prelude::*;

/// See the module's text.
#[derive(LogicBlock, Default)]
pub struct Lowest {
    pub x: Signal<In, Bits<24>>,
    pub y: Signal<Out, Bits<24>>,
    up_to_1: Signal<Local, Bits<24>>,
    up_to_3: Signal<Local, Bits<24>>,
    up_to_7: Signal<Local, Bits<24>>,
    up_to_15: Signal<Local, Bits<24>>,
    up_to_23: Signal<Local, Bits<24>>,
    back_1: Signal<Local, Bits<24>>,
    back_2: Signal<Local, Bits<24>>,
    back_4: Signal<Local, Bits<24>>,
    back_8: Signal<Local, Bits<24>>,
    back_16: Signal<Local, Bits<24>>,
    lower: Signal<Local, Bits<24>>,
}

impl Logic for Lowest {
    #[hdl_gen]
    fn update(&mut self) {
        self.back_1.next = self.x.val() << 1;
        self.up_to_1.next = self.x.val() | self.back_1.val();
        self.back_2.next = self.up_to_1.val() << 2;
        self.up_to_3.next = self.up_to_1.val() | self.back_2.val();
        self.back_4.next = self.up_to_3.val() << 4;
        self.up_to_7.next = self.up_to_3.val() | self.back_4.val();
        self.back_8.next = self.up_to_7.val() << 8;
        self.up_to_15.next = self.up_to_7.val() | self.back_8.val();
        self.back_16.next = self.up_to_15.val() << 16;
        self.up_to_23.next = self.up_to_15.val() | self.back_16.val();
        self.lower.next = self.up_to_23.val() << 1;
        self.y.next = self.x.val() & !self.lower.val();
    }
}
