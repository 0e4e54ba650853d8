//! A record as it waits for its turn, and its four entries.

use contract::layout::{Field, lsb};
use contract::record::{CORE, KIND_LEVELS, LEVELS_0, LEVELS_1, LEVELS_2};
use rust_hdl::prelude::*;

/// What the entries of a record are made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct RecordItem {
    /// Payload of the core entry.
    pub core: Bits<448>,
    /// Three levels entries follow.
    pub with_levels: Bits<1>,
    /// Levels 2 to 10: bid price, bid quantity, ask price, ask quantity, level by level.
    pub levels: Bits<1152>,
    /// Card time at the start of the frame, ns.
    pub stamp: Bits<64>,
    /// MoldUDP64 sequence number.
    pub msg_seq: Bits<64>,
    /// ITCH tracking number.
    pub tracking: Bits<16>,
    /// Records of the slot skipped so far.
    pub skipped: Bits<32>,
}

/// Chooses entry `part` of a record: 0 core, 1 to 3 levels. Combinational.
#[derive(LogicBlock)]
pub struct EntryOf {
    pub item: Signal<In, RecordItem>,
    pub part: Signal<In, Bits<2>>,
    pub payload: Signal<Out, Bits<448>>,
    core: Signal<Local, Bits<448>>,
    event_code: Signal<Local, Bits<4>>,
    levels: Signal<Local, Bits<1152>>,
    shown: Signal<Local, Bits<384>>,
    itch_type: Signal<Local, Bits<8>>,
    stamp: Signal<Local, Bits<64>>,
    msg_seq: Signal<Local, Bits<64>>,
    event_at: Constant<Bits<9>>,
    shown_at: Constant<Bits<9>>,
    kind_at: [Constant<Bits<9>>; 3],
    kinds: [Constant<Bits<448>>; 3],
    stamp_mask: Constant<Bits<64>>,
    skipped_at: Constant<Bits<9>>,
    tracking_at: Constant<Bits<9>>,
    type_at: Constant<Bits<9>>,
    codes: [Constant<Bits<4>>; 9],
    types: [Constant<Bits<8>>; 9],
}

/// Position of a field as a constant.
pub(super) fn at(layout: &[Field], name: &str) -> Constant<Bits<9>> {
    Constant::new(u64::from(lsb(layout, name)).into())
}

impl Default for EntryOf {
    fn default() -> Self {
        let layouts = [LEVELS_0, LEVELS_1, LEVELS_2];
        assert!(
            layouts
                .iter()
                .all(|l| lsb(l, "levels") == lsb(LEVELS_0, "levels")),
            "the levels lie at the same place in all three entries"
        );
        Self {
            item: Default::default(),
            part: Default::default(),
            payload: Default::default(),
            core: Default::default(),
            event_code: Default::default(),
            levels: Default::default(),
            shown: Default::default(),
            itch_type: Default::default(),
            stamp: Default::default(),
            msg_seq: Default::default(),
            event_at: at(CORE, "event"),
            shown_at: at(LEVELS_0, "levels"),
            kind_at: layouts.map(|l| at(l, "kind")),
            kinds: std::array::from_fn(|n| Constant::new((u64::from(KIND_LEVELS) + n as u64).into())),
            stamp_mask: Constant::new(Bits::<60>::mask().to_u64().into()),
            skipped_at: at(LEVELS_2, "skipped"),
            tracking_at: at(LEVELS_2, "tracking"),
            type_at: at(LEVELS_2, "type"),
            codes: contract::record::EVENT_CODES.map(|e| Constant::new((e as u64).into())),
            types: contract::record::EVENT_CODES.map(|e| Constant::new(u64::from(e.itch_type()).into())),
        }
    }
}

impl Logic for EntryOf {
    #[hdl_gen]
    fn update(&mut self) {
        self.core.next = self.item.val().core;
        self.levels.next = self.item.val().levels;
        self.stamp.next = self.item.val().stamp;
        self.stamp.next = self.stamp.val() & self.stamp_mask.val();
        self.msg_seq.next = self.item.val().msg_seq;
        self.msg_seq.next = self.msg_seq.val() & self.stamp_mask.val();
        self.event_code.next = self.core.val().get_bits::<4>(self.event_at.val().index());
        self.itch_type.next = 0.into();
        for i in 0..9 {
            if self.event_code.val() == self.codes[i].val() {
                self.itch_type.next = self.types[i].val();
            }
        }
        self.shown.next = self.levels.val().get_bits::<384>(0);
        self.payload.next = self.core.val();
        if self.part.val() == 1 {
            self.payload.next =
                bit_cast::<448, 64>(self.stamp.val()) | (self.kinds[0].val() << self.kind_at[0].val());
        }
        if self.part.val() == 2 {
            self.shown.next = self.levels.val().get_bits::<384>(384);
            self.payload.next =
                bit_cast::<448, 64>(self.msg_seq.val()) | (self.kinds[1].val() << self.kind_at[1].val());
        }
        if self.part.val() == 3 {
            self.shown.next = self.levels.val().get_bits::<384>(768);
            self.payload.next = bit_cast::<448, 32>(self.item.val().skipped) << self.skipped_at.val();
            self.payload.next = self.payload.val()
                | (bit_cast::<448, 16>(self.item.val().tracking) << self.tracking_at.val());
            self.payload.next =
                self.payload.val() | (bit_cast::<448, 8>(self.itch_type.val()) << self.type_at.val());
            self.payload.next = self.payload.val() | (self.kinds[2].val() << self.kind_at[2].val());
        }
        if self.part.val().any() {
            self.payload.next =
                self.payload.val() | (bit_cast::<448, 384>(self.shown.val()) << self.shown_at.val());
        }
    }
}
