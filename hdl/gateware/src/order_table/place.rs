//! Where a new order goes: the least loaded bucket, ties to the left, then the stash.
//!
//! Latency: combinational, stage 3. Back-pressure: none.

use super::parts::BANKS;
use rust_hdl::prelude::*;

/// See the module's text.
#[derive(LogicBlock)]
pub struct Place {
    pub empty: Signal<In, Bits<4>>,
    pub free: Signal<In, Bits<4>>,
    pub first_taken: Signal<In, Bits<4>>,
    pub spare: Signal<In, Bits<16>>,
    /// The place, a bit each; 0 when there is none.
    pub at: Signal<Out, Bits<24>>,
    pub in_stash: Signal<Out, Bit>,
    pub nowhere: Signal<Out, Bit>,
    candidates: Signal<Local, Bits<4>>,
    passed: Signal<Local, Bit>,

    cells: Signal<Local, Bits<24>>,
    stashed: Signal<Local, Bits<24>>,
    no_bank: Signal<Local, Bit>,
    first: [Constant<Bits<24>>; BANKS],
    second: [Constant<Bits<24>>; BANKS],
}

impl Default for Place {
    fn default() -> Self {
        Self {
            empty: Default::default(),
            free: Default::default(),
            first_taken: Default::default(),
            spare: Default::default(),
            at: Default::default(),
            in_stash: Default::default(),
            nowhere: Default::default(),
            candidates: Default::default(),
            passed: Default::default(),
            cells: Default::default(),
            stashed: Default::default(),
            no_bank: Default::default(),
            first: std::array::from_fn(|i| Constant::new((1_u64 << (2 * i)).into())),
            second: std::array::from_fn(|i| Constant::new((2_u64 << (2 * i)).into())),
        }
    }
}

impl Logic for Place {
    #[hdl_gen]
    fn update(&mut self) {
        self.candidates.next = self.free.val();
        if self.empty.val().any() {
            self.candidates.next = self.empty.val();
        }
        self.passed.next = false;
        self.cells.next = 0.into();
        for i in 0..BANKS {
            if self.candidates.val().get_bit(i) & !self.passed.val() {
                if self.first_taken.val().get_bit(i) {
                    self.cells.next = self.second[i].val();
                } else {
                    self.cells.next = self.first[i].val();
                }
            }
            self.passed.next = self.passed.val() | self.candidates.val().get_bit(i);
        }
        self.no_bank.next = !self.passed.val();
        self.stashed.next = bit_cast::<24, 16>(self.spare.val());
        self.stashed.next = self.stashed.val() << 8;
        self.at.next = self.cells.val();
        self.in_stash.next = false;
        self.nowhere.next = false;
        if self.no_bank.val() {
            self.at.next = self.stashed.val();
            self.in_stash.next = self.spare.val().any();
            self.nowhere.next = !self.spare.val().any();
        }
    }
}
