//! The trigger to arm, put together from the global registers.
//!
//! Latency: 0.

use crate::prim::{Cat2, Cat4};
use crate::types::TriggerWords;
use rust_hdl::prelude::*;

/// `TRIGGER_*` registers in, one bundle out.
#[derive(LogicBlock, Default)]
pub struct ArmWords {
    pub letters: Signal<In, Bits<32>>,
    pub routing: Signal<In, Bits<32>>,
    pub qty: Signal<In, Bits<32>>,
    pub price: Signal<In, Bits<32>>,
    pub token: Signal<In, Bits<32>>,
    pub cl_ord_id_0: Signal<In, Bits<32>>,
    pub cl_ord_id_1: Signal<In, Bits<32>>,
    pub cl_ord_id_2: Signal<In, Bits<32>>,
    pub cl_ord_id_3: Signal<In, Bits<32>>,
    pub compare: Signal<In, Bits<32>>,
    pub threshold: Signal<In, Bits<32>>,
    pub constant_0: Signal<In, Bits<32>>,
    pub constant_1: Signal<In, Bits<32>>,
    pub itch_expiry_lo: Signal<In, Bits<32>>,
    pub itch_expiry_hi: Signal<In, Bits<32>>,
    pub expiry_lo: Signal<In, Bits<32>>,
    pub expiry_hi: Signal<In, Bits<32>>,
    pub seq: Signal<In, Bits<32>>,
    pub words: Signal<Out, TriggerWords>,
    id: Cat4<16, 32, 32, 32, 112>,
    itch: Cat2<16, 32, 48>,
    due: Cat2<32, 32, 64>,
    joined: Signal<Local, TriggerWords>,
}

impl Logic for ArmWords {
    #[hdl_gen]
    fn update(&mut self) {
        self.id.a.next = self.cl_ord_id_3.val().get_bits::<16>(0);
        self.id.b.next = self.cl_ord_id_2.val();
        self.id.c.next = self.cl_ord_id_1.val();
        self.id.d.next = self.cl_ord_id_0.val();
        self.itch.hi.next = self.itch_expiry_hi.val().get_bits::<16>(0);
        self.itch.lo.next = self.itch_expiry_lo.val();
        self.due.hi.next = self.expiry_hi.val();
        self.due.lo.next = self.expiry_lo.val();
        self.joined.next.letters = self.letters.val();
        self.joined.next.routing = self.routing.val().get_bits::<16>(0);
        self.joined.next.qty = self.qty.val();
        self.joined.next.price = self.price.val();
        self.joined.next.token = self.token.val();
        self.joined.next.cl_ord_id = self.id.y.val();
        self.joined.next.compare = self.compare.val().get_bits::<2>(0);
        self.joined.next.threshold = self.threshold.val().get_bits::<16>(0);
        self.joined.next.constant_0 = self.constant_0.val();
        self.joined.next.constant_1 = self.constant_1.val().get_bits::<17>(0);
        self.joined.next.itch_expiry = self.itch.y.val();
        self.joined.next.expiry = self.due.y.val();
        self.joined.next.arm_seq = self.seq.val();
        self.words.next = self.joined.val();
    }
}
