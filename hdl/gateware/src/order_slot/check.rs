//! A slot's words become a request, and what is wrong with it.
//!
//! ```text
//!  words ─┬─► fields ──────── DelayLine ───────────────────┬─► request
//!         ├─► quantity × price ── MulWideU ─► = notional? ─┤
//!         ├─► raw payload: one whole packet? ──────────────┤
//!         └─► letters, reserved bits, xor of all bytes ────┴─► malformed
//! ```
//!
//! Latency: 4 cycles. Back-pressure: none, a slot a cycle.

use crate::prim::{Cat2, DelayLine, MulWideU};
use crate::types::OrderRequest;
use contract::layout::lsb;
use contract::slot::{Kind, LAYOUT, RAW_LAYOUT, RAW_MAX, SOUP_LENGTH_BYTES};
use rust_hdl::prelude::*;

const _: () = {
    assert!(lsb(LAYOUT, "symbol_slot") == 0 && lsb(LAYOUT, "side") == 8);
    assert!(lsb(LAYOUT, "time_in_force") == 16 && lsb(LAYOUT, "display") == 24);
    assert!(lsb(LAYOUT, "capacity") == 32 && lsb(LAYOUT, "iso") == 40);
    assert!(lsb(LAYOUT, "cross_type") == 48 && lsb(LAYOUT, "reserved_0") == 56);
    assert!(lsb(LAYOUT, "qty") == 64 && lsb(LAYOUT, "price") == 64 + 32);
    assert!(lsb(LAYOUT, "token") == 128 && lsb(LAYOUT, "target_ref") == 128 + 32);
    assert!(lsb(LAYOUT, "notional") == 192 && lsb(LAYOUT, "cl_ord_id") == 256);
    assert!(lsb(LAYOUT, "reserved_1") == 320 + 48 && lsb(LAYOUT, "orig_qty") == 384);
    assert!(lsb(LAYOUT, "reserved_2") == 384 + 32 && lsb(LAYOUT, "order_seq") == 448);
    assert!(lsb(LAYOUT, "epoch") == 448 + 32 && lsb(LAYOUT, "kind") == 448 + 48);
};

/// Sides a slot may ask for: buy, sell, sell short, sell short exempt.
const SIDES: [u8; 4] = *b"BSTE";
/// Kinds that are carried out; others are malformed.
const KINDS: [Kind; 8] = [
    Kind::Enter,
    Kind::Cancel,
    Kind::Replace,
    Kind::Raw,
    Kind::Modify,
    Kind::MassCancel,
    Kind::DisableEntry,
    Kind::EnableEntry,
];
const _: () = assert!(RAW_LAYOUT.len() == 2 && RAW_MAX < 16, "the length is four bits");

/// See the module's text.
#[derive(LogicBlock)]
pub struct Check {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub bell: Signal<In, Bit>,
    pub index: Signal<In, Bits<6>>,
    pub whole: Signal<In, Bit>,
    pub words: [Signal<In, Bits<64>>; 8],
    /// Word 1 for the multipliers.
    pub factors: Signal<In, Bits<64>>,
    pub stamp: Signal<In, Bits<64>>,
    /// One cycle: `request` of slot `request_index`; its `out_of_sequence` is 0.
    pub valid: Signal<Out, Bit>,
    pub request: Signal<Out, OrderRequest>,
    pub request_index: Signal<Out, Bits<6>>,
    product: MulWideU<32, 32, 64>,
    carried: DelayLine<OrderRequest, 3>,
    index_line: DelayLine<Bits<6>, 4>,
    cl_ord_id: Cat2<48, 64, 112>,
    valid_s4: DFF<Bit>,
    valid_s5: DFF<Bit>,
    valid_s6: DFF<Bit>,
    valid_s7: DFF<Bit>,
    bad_s4: DFF<Bit>,
    raw_s4: DFF<Bit>,
    raw_bad_s4: DFF<Bit>,
    mixed_s4: DFF<Bits<64>>,
    bad_s5: DFF<Bit>,
    bad_s6: DFF<Bit>,
    request_s7: DFF<OrderRequest>,
    fields: Signal<Local, OrderRequest>,
    carried_s6: Signal<Local, OrderRequest>,
    letters: Signal<Local, Bits<64>>,
    amounts: Signal<Local, Bits<64>>,
    names: Signal<Local, Bits<64>>,
    tail: Signal<Local, Bits<64>>,
    filler: Signal<Local, Bits<64>>,
    bell_word: Signal<Local, Bits<64>>,
    slot_byte: Signal<Local, Bits<8>>,
    side: Signal<Local, Bits<8>>,
    kind: Signal<Local, Bits<8>>,
    reserved_0: Signal<Local, Bits<8>>,
    reserved_1: Signal<Local, Bits<16>>,
    reserved_2: Signal<Local, Bits<32>>,
    orig_qty: Signal<Local, Bits<32>>,
    orig_used: Signal<Local, Bit>,
    side_known: Signal<Local, Bit>,
    kind_known: Signal<Local, Bit>,
    reserved_used: Signal<Local, Bit>,
    payload: Signal<Local, Bits<112>>,
    payload_len: Signal<Local, Bits<32>>,
    counted: Signal<Local, Bits<16>>,
    counted_wide: Signal<Local, Bits<32>>,
    octets: [Signal<Local, Bits<8>>; 14],
    beyond: Signal<Local, Bit>,
    mixed: Signal<Local, Bits<64>>,
    folded: Signal<Local, Bits<8>>,
    no: Constant<Bits<1>>,
    slots: Constant<Bits<8>>,
    sides: [Constant<Bits<8>>; 4],
    kinds: [Constant<Bits<8>>; 8],
    replace_kind: Constant<Bits<8>>,
    raw_kind: Constant<Bits<8>>,
    places: [Constant<Bits<32>>; 14],
    prefix: Constant<Bits<32>>,
    raw_least: Constant<Bits<32>>,
    raw_most: Constant<Bits<32>>,
}

impl Check {
    /// For a card with this many symbol slots.
    pub fn new(slots: u32) -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            bell: Default::default(),
            index: Default::default(),
            whole: Default::default(),
            words: Default::default(),
            factors: Default::default(),
            stamp: Default::default(),
            valid: Default::default(),
            request: Default::default(),
            request_index: Default::default(),
            product: Default::default(),
            carried: Default::default(),
            index_line: Default::default(),
            cl_ord_id: Default::default(),
            valid_s4: Default::default(),
            valid_s5: Default::default(),
            valid_s6: Default::default(),
            valid_s7: Default::default(),
            bad_s4: Default::default(),
            raw_s4: Default::default(),
            raw_bad_s4: Default::default(),
            mixed_s4: Default::default(),
            bad_s5: Default::default(),
            bad_s6: Default::default(),
            request_s7: Default::default(),
            fields: Default::default(),
            carried_s6: Default::default(),
            letters: Default::default(),
            amounts: Default::default(),
            names: Default::default(),
            tail: Default::default(),
            filler: Default::default(),
            bell_word: Default::default(),
            slot_byte: Default::default(),
            side: Default::default(),
            kind: Default::default(),
            reserved_0: Default::default(),
            reserved_1: Default::default(),
            reserved_2: Default::default(),
            orig_qty: Default::default(),
            orig_used: Default::default(),
            side_known: Default::default(),
            kind_known: Default::default(),
            reserved_used: Default::default(),
            payload: Default::default(),
            payload_len: Default::default(),
            counted: Default::default(),
            counted_wide: Default::default(),
            octets: Default::default(),
            beyond: Default::default(),
            mixed: Default::default(),
            folded: Default::default(),
            no: Constant::new(0_u64.into()),
            slots: Constant::new(u64::from(slots).into()),
            sides: SIDES.map(|letter| Constant::new(u64::from(letter).into())),
            kinds: KINDS.map(|kind| Constant::new((kind as u64).into())),
            replace_kind: Constant::new((Kind::Replace as u64).into()),
            raw_kind: Constant::new((Kind::Raw as u64).into()),
            places: std::array::from_fn(|i| Constant::new((i as u64).into())),
            prefix: Constant::new((SOUP_LENGTH_BYTES as u64).into()),
            raw_least: Constant::new((SOUP_LENGTH_BYTES as u64 + 1).into()),
            raw_most: Constant::new((RAW_MAX as u64).into()),
        }
    }
}

impl Logic for Check {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, valid_s4, valid_s5, valid_s6, valid_s7, bad_s4, raw_s4, raw_bad_s4, mixed_s4,
            bad_s5, bad_s6, request_s7
        );
        self.product.clock.next = self.clock.val();
        self.carried.clock.next = self.clock.val();
        self.index_line.clock.next = self.clock.val();

        // Stage 3: the fields.
        self.letters.next = self.words[0].val();
        self.amounts.next = self.words[1].val();
        self.names.next = self.words[2].val();
        self.tail.next = self.words[5].val();
        self.filler.next = self.words[6].val();
        self.bell_word.next = self.words[7].val();
        self.slot_byte.next = self.letters.val().get_bits::<8>(0);
        self.side.next = self.letters.val().get_bits::<8>(8);
        self.reserved_0.next = self.letters.val().get_bits::<8>(56);
        self.reserved_1.next = self.tail.val().get_bits::<16>(48);
        self.orig_qty.next = self.filler.val().get_bits::<32>(0);
        self.reserved_2.next = self.filler.val().get_bits::<32>(32);
        self.kind.next = self.bell_word.val().get_bits::<8>(48);
        self.cl_ord_id.hi.next = self.words[5].val().get_bits::<48>(0);
        self.cl_ord_id.lo.next = self.words[4].val();
        self.fields.next.kind = self.kind.val();
        self.fields.next.slot = self.slot_byte.val().get_bits::<6>(0);
        self.fields.next.buy = (self.side.val() == self.sides[0].val()).into();
        self.fields.next.side = self.side.val();
        self.fields.next.time_in_force = self.letters.val().get_bits::<8>(16);
        self.fields.next.display = self.letters.val().get_bits::<8>(24);
        self.fields.next.capacity = self.letters.val().get_bits::<8>(32);
        self.fields.next.iso = self.letters.val().get_bits::<8>(40);
        self.fields.next.cross_type = self.letters.val().get_bits::<8>(48);
        self.fields.next.qty = self.amounts.val().get_bits::<32>(0);
        self.fields.next.price = self.amounts.val().get_bits::<32>(32);
        self.fields.next.token = self.names.val().get_bits::<32>(0);
        self.fields.next.target_ref = self.names.val().get_bits::<32>(32);
        self.fields.next.orig_qty = self.orig_qty.val();
        self.fields.next.notional = self.words[3].val();
        self.fields.next.cl_ord_id = self.cl_ord_id.y.val();
        self.fields.next.order_seq = self.bell_word.val().get_bits::<32>(0);
        self.fields.next.epoch = self.bell_word.val().get_bits::<16>(32);
        self.fields.next.malformed = self.no.val();
        self.fields.next.out_of_sequence = self.no.val();
        self.fields.next.stamp = self.stamp.val();
        self.carried.d.next = self.fields.val();
        self.index_line.d.next = self.index.val();
        self.product.a.next = self.factors.val().get_bits::<32>(0);
        self.product.b.next = self.factors.val().get_bits::<32>(32);
        self.side_known.next = false;
        for i in 0..4 {
            self.side_known.next = self.side_known.val() | (self.side.val() == self.sides[i].val());
        }
        self.kind_known.next = false;
        for i in 0..8 {
            self.kind_known.next = self.kind_known.val() | (self.kind.val() == self.kinds[i].val());
        }
        self.reserved_used.next =
            self.reserved_0.val().any() | self.reserved_1.val().any() | self.reserved_2.val().any();
        self.orig_used.next = self.orig_qty.val().any() & (self.kind.val() != self.replace_kind.val());
        self.bad_s4.d.next = !self.whole.val()
            | !self.side_known.val()
            | !self.kind_known.val()
            | self.reserved_used.val()
            | self.orig_used.val()
            | (self.slot_byte.val() >= self.slots.val());
        // A raw payload is one whole packet: its length field counts the rest of it, and behind its end all is 0.
        self.payload.next = self.cl_ord_id.y.val();
        self.payload_len.next = self.names.val().get_bits::<32>(32);
        self.beyond.next = false;
        for i in 0..14 {
            self.octets[i].next = self.payload.val().get_bits::<8>(8 * i);
            if self.payload_len.val() <= self.places[i].val() {
                self.beyond.next = self.beyond.val() | self.octets[i].val().any();
            }
        }
        self.counted.next = bit_cast::<16, 8>(self.octets[1].val());
        self.counted_wide.next = bit_cast::<32, 16>(self.counted.val()) + self.prefix.val();
        self.raw_s4.d.next = self.kind.val() == self.raw_kind.val();
        self.raw_bad_s4.d.next = self.beyond.val()
            | self.octets[0].val().any()
            | (self.counted_wide.val() != self.payload_len.val())
            | (self.payload_len.val() < self.raw_least.val())
            | (self.payload_len.val() > self.raw_most.val());
        self.mixed.next = 0.into();
        for i in 0..8 {
            self.mixed.next = self.mixed.val() ^ self.words[i].val();
        }
        self.mixed_s4.d.next = self.mixed.val();
        self.valid_s4.d.next = self.bell.val();

        // Stage 4: the xor over all 64 bytes is 0, since the last is the xor of the others.
        self.folded.next = self.mixed_s4.q.val().get_bits::<8>(0)
            ^ self.mixed_s4.q.val().get_bits::<8>(8)
            ^ self.mixed_s4.q.val().get_bits::<8>(16)
            ^ self.mixed_s4.q.val().get_bits::<8>(24)
            ^ self.mixed_s4.q.val().get_bits::<8>(32)
            ^ self.mixed_s4.q.val().get_bits::<8>(40)
            ^ self.mixed_s4.q.val().get_bits::<8>(48)
            ^ self.mixed_s4.q.val().get_bits::<8>(56);
        self.bad_s5.d.next =
            self.bad_s4.q.val() | self.folded.val().any() | (self.raw_s4.q.val() & self.raw_bad_s4.q.val());
        self.valid_s5.d.next = self.valid_s4.q.val();
        self.bad_s6.d.next = self.bad_s5.q.val();
        self.valid_s6.d.next = self.valid_s5.q.val();

        // Stage 6: the product.
        self.carried_s6.next = self.carried.q.val();
        self.request_s7.d.next = self.carried_s6.val();
        self.request_s7.d.next.malformed =
            (self.bad_s6.q.val() | (self.product.p.val() != self.carried_s6.val().notional)).into();
        self.valid_s7.d.next = self.valid_s6.q.val();
        self.valid.next = self.valid_s7.q.val();
        self.request.next = self.request_s7.q.val();
        self.request_index.next = self.index_line.q.val();
        if self.reset.val() {
            self.valid_s4.d.next = false;
            self.valid_s5.d.next = false;
            self.valid_s6.d.next = false;
            self.valid_s7.d.next = false;
        }
    }
}
