//! Lays a record's fields out as the contract says. Combinational.

use super::item::{RecordItem, at};
use crate::types::{BookView, Meta};
use contract::record::{CORE, flag};
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
    meta: Signal<Local, Meta>,
    flags: Signal<Local, Bits<6>>,
    bid_px: Signal<Local, Bits<320>>,
    bid_sz: Signal<Local, Bits<320>>,
    ask_px: Signal<Local, Bits<320>>,
    ask_sz: Signal<Local, Bits<320>>,
    core: Signal<Local, Bits<448>>,
    word: Signal<Local, Bits<32>>,
    level: Signal<Local, Bits<128>>,
    levels: Signal<Local, Bits<1152>>,
    ts_at: Constant<Bits<9>>,
    slot_at: Constant<Bits<9>>,
    flags_at: Constant<Bits<9>>,
    event_at: Constant<Bits<9>>,
    bid_px_at: Constant<Bits<9>>,
    ask_px_at: Constant<Bits<9>>,
    bid_sz_at: Constant<Bits<9>>,
    ask_sz_at: Constant<Bits<9>>,
    features_at: Constant<Bits<9>>,
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
            meta: Default::default(),
            flags: Default::default(),
            bid_px: Default::default(),
            bid_sz: Default::default(),
            ask_px: Default::default(),
            ask_sz: Default::default(),
            core: Default::default(),
            word: Default::default(),
            level: Default::default(),
            levels: Default::default(),
            ts_at: at(CORE, "ts"),
            slot_at: at(CORE, "slot"),
            flags_at: at(CORE, "flags"),
            event_at: at(CORE, "event"),
            bid_px_at: at(CORE, "bid_px"),
            ask_px_at: at(CORE, "ask_px"),
            bid_sz_at: at(CORE, "bid_sz"),
            ask_sz_at: at(CORE, "ask_sz"),
            features_at: at(CORE, "features"),
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
        self.bid_px.next = self.view.val().bid_px;
        self.bid_sz.next = self.view.val().bid_sz;
        self.ask_px.next = self.view.val().ask_px;
        self.ask_sz.next = self.view.val().ask_sz;

        self.core.next = bit_cast::<448, 48>(self.meta.val().ts) << self.ts_at.val();
        self.core.next = self.core.val() | (bit_cast::<448, 6>(self.meta.val().slot) << self.slot_at.val());
        self.core.next = self.core.val() | (bit_cast::<448, 6>(self.flags.val()) << self.flags_at.val());
        self.core.next = self.core.val() | (bit_cast::<448, 4>(self.meta.val().event) << self.event_at.val());
        self.core.next = self.core.val()
            | (bit_cast::<448, 32>(self.bid_px.val().get_bits::<32>(0)) << self.bid_px_at.val());
        self.core.next = self.core.val()
            | (bit_cast::<448, 32>(self.ask_px.val().get_bits::<32>(0)) << self.ask_px_at.val());
        self.core.next = self.core.val()
            | (bit_cast::<448, 32>(self.bid_sz.val().get_bits::<32>(0)) << self.bid_sz_at.val());
        self.core.next = self.core.val()
            | (bit_cast::<448, 32>(self.ask_sz.val().get_bits::<32>(0)) << self.ask_sz_at.val());
        self.core.next =
            self.core.val() | (bit_cast::<448, 256>(self.features.val()) << self.features_at.val());

        // level 10 first, so that level 2 ends lowest
        self.levels.next = 0.into();
        for i in 0..9 {
            self.word.next = self.ask_sz.val().get_bits::<32>(288 - i * 32);
            self.level.next = bit_cast::<128, 32>(self.word.val()) << 32;
            self.word.next = self.ask_px.val().get_bits::<32>(288 - i * 32);
            self.level.next = (self.level.val() | bit_cast::<128, 32>(self.word.val())) << 32;
            self.word.next = self.bid_sz.val().get_bits::<32>(288 - i * 32);
            self.level.next = (self.level.val() | bit_cast::<128, 32>(self.word.val())) << 32;
            self.word.next = self.bid_px.val().get_bits::<32>(288 - i * 32);
            self.level.next = self.level.val() | bit_cast::<128, 32>(self.word.val());
            self.levels.next = (self.levels.val() << 128) | bit_cast::<1152, 128>(self.level.val());
        }
        self.item.next.core = self.core.val();
        self.item.next.with_levels = 0.into();
        if self.with_levels.val() {
            self.item.next.with_levels = 1.into();
        }
        self.item.next.levels = self.levels.val();
        self.item.next.stamp = self.meta.val().stamp;
        self.item.next.msg_seq = self.meta.val().seq;
        self.item.next.tracking = self.meta.val().tracking;
        self.item.next.skipped = self.skipped.val();
    }
}
