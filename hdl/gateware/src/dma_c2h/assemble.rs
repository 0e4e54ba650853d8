//! Takes a record apart into what its entries are made of. Combinational.

use super::item::{PackCore, RecordItem};
use crate::types::{BookView, Meta};
use contract::record::flag;
use rust_hdl::prelude::*;

/// Book view and features in, record out; `flag_skipped` adds the flag.
#[derive(LogicBlock)]
pub struct Assemble {
    pub view: Signal<In, BookView>,
    pub features: Signal<In, Bits<256>>,
    pub with_levels: Signal<In, Bit>,
    pub flag_skipped: Signal<In, Bit>,
    pub skipped: Signal<In, Bits<32>>,
    pub item: Signal<Out, RecordItem>,
    pack: PackCore,
    meta: Signal<Local, Meta>,
    flags: Signal<Local, Bits<6>>,
    levels_follow: Signal<Local, Bits<1>>,
    skipped_bit: Constant<Bits<6>>,
}

impl Default for Assemble {
    fn default() -> Self {
        Self {
            view: Default::default(),
            features: Default::default(),
            with_levels: Default::default(),
            flag_skipped: Default::default(),
            skipped: Default::default(),
            item: Default::default(),
            pack: Default::default(),
            meta: Default::default(),
            flags: Default::default(),
            levels_follow: Default::default(),
            skipped_bit: Constant::new(u64::from(flag::SKIPPED).into()),
        }
    }
}

impl Logic for Assemble {
    #[hdl_gen]
    fn update(&mut self) {
        self.meta.next = self.view.val().meta;
        self.flags.next = self.meta.val().flags;
        if self.flag_skipped.val() {
            self.flags.next = self.flags.val() | self.skipped_bit.val();
        }
        self.pack.ts.next = self.meta.val().ts;
        self.pack.slot.next = self.meta.val().slot;
        self.pack.flags.next = self.flags.val();
        self.pack.event_code.next = self.meta.val().event;
        self.pack.bid_px.next = self.view.val().bid_px;
        self.pack.bid_sz.next = self.view.val().bid_sz;
        self.pack.ask_px.next = self.view.val().ask_px;
        self.pack.ask_sz.next = self.view.val().ask_sz;
        self.pack.features.next = self.features.val();
        self.item.next.core = self.pack.payload.val();
        self.levels_follow.next = 0.into();
        if self.with_levels.val() {
            self.levels_follow.next = 1.into();
        }
        self.item.next.with_levels = self.levels_follow.val();
        self.item.next.levels = self.pack.levels.val();
        self.item.next.stamp = self.meta.val().stamp;
        self.item.next.msg_seq = self.meta.val().seq;
        self.item.next.tracking = self.meta.val().tracking;
        self.item.next.skipped = self.skipped.val();
    }
}
