//! From book operations to operations on pages: queue, split, grid.
//!
//! ```text
//! book op ─► queue ─► fetched ─► removal, then addition ─► grid index (7) ─► key, offset ─► pages
//! ```
//!
//! A price that the slot's tick divides lives in a page of 64 ticks, any other in a page of 64 price units.
//! A bid's position is inverted, so that "better" is "lower" on both sides.
//!
//! Latency: 14 cycles or more from an operation to its page operation.
//! Back-pressure: none; an operation that finds the queue full is refused (`refused`).
//! One page operation leaves every two cycles.

use super::arithmetic::{GridIndex, KEY_BITS};
use crate::prim::{DelayLine, LutRam, SdpRam};
use rust_hdl::prelude::*;

/// Queue and key generation; see the module's text. `RW` row bits, `SW = RW − 1`, `DW` log2 of the queue's depth.
#[derive(LogicBlock)]
pub struct StoreFront<const RW: usize, const SW: usize, const DW: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub phase: Signal<In, Bit>,
    pub in_valid: Signal<In, Bit>,
    pub in_row: Signal<In, Bits<RW>>,
    pub in_removes: Signal<In, Bit>,
    pub in_remove_price: Signal<In, Bits<32>>,
    pub in_remove_quantity: Signal<In, Bits<32>>,
    pub in_adds: Signal<In, Bit>,
    pub in_add_price: Signal<In, Bits<32>>,
    pub in_add_quantity: Signal<In, Bits<32>>,
    /// The operation of the cycle before found no room.
    pub refused: Signal<Out, Bit>,
    /// Operations taken, modulo 2^16.
    pub taken: Signal<Out, Bits<16>>,
    // Grid of a slot, written when it is swept.
    pub grid_write: Signal<In, Bit>,
    pub grid_slot: Signal<In, Bits<SW>>,
    pub grid_tick: Signal<In, Bits<32>>,
    pub grid_reciprocal: Signal<In, Bits<32>>,
    /// Tick of `grid_slot`, as in force.
    pub tick: Signal<Out, Bits<32>>,
    // To the pages.
    pub op_valid: Signal<Out, Bit>,
    pub op_last: Signal<Out, Bit>,
    pub op_adds: Signal<Out, Bit>,
    pub op_on_grid: Signal<Out, Bit>,
    pub op_row: Signal<Out, Bits<RW>>,
    pub op_key: Signal<Out, Bits<KEY_BITS>>,
    pub op_offset: Signal<Out, Bits<6>>,
    pub op_quantity: Signal<Out, Bits<32>>,

    queue: SdpRam<Bits<137>, DW>,
    write_at: DFF<Bits<DW>>,
    read_at: DFF<Bits<DW>>,
    visible_1: DFF<Bits<DW>>,
    visible_2: DFF<Bits<DW>>,
    count: DFF<Bits<16>>,
    no_room: DFF<Bit>,
    fetched: DFF<Bits<137>>,
    second: DFF<Bit>,
    ticks: LutRam<Bits<64>, SW>,
    tick_out: LutRam<Bits<32>, SW>,
    split_valid: DFF<Bit>,
    split_last: DFF<Bit>,
    split_adds: DFF<Bit>,
    split_row: DFF<Bits<RW>>,
    split_price: DFF<Bits<32>>,
    split_quantity: DFF<Bits<32>>,
    scaled_valid: DFF<Bit>,
    scaled_last: DFF<Bit>,
    scaled_adds: DFF<Bit>,
    scaled_row: DFF<Bits<RW>>,
    scaled_price: DFF<Bits<32>>,
    scaled_quantity: DFF<Bits<32>>,
    scaled_grid: DFF<Bits<64>>,
    divider: GridIndex,
    side: DelayLine<Bits<42>, 7>,
    keyed_valid: DFF<Bit>,
    keyed_last: DFF<Bit>,
    keyed_adds: DFF<Bit>,
    keyed_on_grid: DFF<Bit>,
    keyed_row: DFF<Bits<RW>>,
    keyed_position: DFF<Bits<32>>,
    keyed_quantity: DFF<Bits<32>>,

    write_next: Signal<Local, Bits<DW>>,
    read_next: Signal<Local, Bits<DW>>,
    count_next: Signal<Local, Bits<16>>,
    full: Signal<Local, Bit>,
    wanted: Signal<Local, Bit>,
    word: Signal<Local, Bits<137>>,
    wide_row: Signal<Local, Bits<137>>,
    wide_removes: Signal<Local, Bits<137>>,
    wide_adds: Signal<Local, Bits<137>>,
    wide_remove_price: Signal<Local, Bits<137>>,
    wide_remove_quantity: Signal<Local, Bits<137>>,
    wide_add_price: Signal<Local, Bits<137>>,
    wide_add_quantity: Signal<Local, Bits<137>>,
    head: Signal<Local, Bits<137>>,
    head_removes: Signal<Local, Bit>,
    head_adds: Signal<Local, Bit>,
    head_row: Signal<Local, Bits<RW>>,
    available: Signal<Local, Bit>,
    removes_now: Signal<Local, Bit>,
    last_now: Signal<Local, Bit>,
    splits: Signal<Local, Bit>,
    slot_shift: Signal<Local, Bits<RW>>,
    slot: Signal<Local, Bits<SW>>,
    grid_word: Signal<Local, Bits<64>>,
    wide_tick: Signal<Local, Bits<64>>,
    wide_reciprocal: Signal<Local, Bits<64>>,
    quantity_zero: Signal<Local, Bit>,
    side_in: Signal<Local, Bits<42>>,
    side_row: Signal<Local, Bits<42>>,
    side_valid: Signal<Local, Bits<42>>,
    side_last: Signal<Local, Bits<42>>,
    side_adds: Signal<Local, Bits<42>>,
    side_quantity: Signal<Local, Bits<42>>,
    side_out: Signal<Local, Bits<42>>,
    is_bid: Signal<Local, Bit>,
    position: Signal<Local, Bits<32>>,
    inverted: Signal<Local, Bits<32>>,
    key_row: Signal<Local, Bits<KEY_BITS>>,
    key_class: Signal<Local, Bits<KEY_BITS>>,
    key_page: Signal<Local, Bits<KEY_BITS>>,
    keyed: Signal<Local, Bits<32>>,
    keyed_page: Signal<Local, Bits<32>>,
    class_bit: Signal<Local, Bits<KEY_BITS>>,
    row_now: Signal<Local, Bits<RW>>,
    one: Constant<Bits<DW>>,
    one_16: Constant<Bits<16>>,
    on_grid_key: Constant<Bits<KEY_BITS>>,
}

impl<const RW: usize, const SW: usize, const DW: usize> Default for StoreFront<RW, SW, DW> {
    fn default() -> Self {
        assert!(
            SW + 1 == RW && RW <= 7 && DW < 15,
            "StoreFront: widths {RW}, {SW}, {DW} do not fit"
        );
        Self {
            clock: Default::default(),
            reset: Default::default(),
            phase: Default::default(),
            in_valid: Default::default(),
            in_row: Default::default(),
            in_removes: Default::default(),
            in_remove_price: Default::default(),
            in_remove_quantity: Default::default(),
            in_adds: Default::default(),
            in_add_price: Default::default(),
            in_add_quantity: Default::default(),
            refused: Default::default(),
            taken: Default::default(),
            grid_write: Default::default(),
            grid_slot: Default::default(),
            grid_tick: Default::default(),
            grid_reciprocal: Default::default(),
            tick: Default::default(),
            op_valid: Default::default(),
            op_last: Default::default(),
            op_adds: Default::default(),
            op_on_grid: Default::default(),
            op_row: Default::default(),
            op_key: Default::default(),
            op_offset: Default::default(),
            op_quantity: Default::default(),
            queue: Default::default(),
            write_at: Default::default(),
            read_at: Default::default(),
            visible_1: Default::default(),
            visible_2: Default::default(),
            count: Default::default(),
            no_room: Default::default(),
            fetched: Default::default(),
            second: Default::default(),
            ticks: Default::default(),
            tick_out: Default::default(),
            split_valid: Default::default(),
            split_last: Default::default(),
            split_adds: Default::default(),
            split_row: Default::default(),
            split_price: Default::default(),
            split_quantity: Default::default(),
            scaled_valid: Default::default(),
            scaled_last: Default::default(),
            scaled_adds: Default::default(),
            scaled_row: Default::default(),
            scaled_price: Default::default(),
            scaled_quantity: Default::default(),
            scaled_grid: Default::default(),
            divider: Default::default(),
            side: Default::default(),
            keyed_valid: Default::default(),
            keyed_last: Default::default(),
            keyed_adds: Default::default(),
            keyed_on_grid: Default::default(),
            keyed_row: Default::default(),
            keyed_position: Default::default(),
            keyed_quantity: Default::default(),
            write_next: Default::default(),
            read_next: Default::default(),
            count_next: Default::default(),
            full: Default::default(),
            wanted: Default::default(),
            word: Default::default(),
            wide_row: Default::default(),
            wide_removes: Default::default(),
            wide_adds: Default::default(),
            wide_remove_price: Default::default(),
            wide_remove_quantity: Default::default(),
            wide_add_price: Default::default(),
            wide_add_quantity: Default::default(),
            head: Default::default(),
            head_removes: Default::default(),
            head_adds: Default::default(),
            head_row: Default::default(),
            available: Default::default(),
            removes_now: Default::default(),
            last_now: Default::default(),
            splits: Default::default(),
            slot_shift: Default::default(),
            slot: Default::default(),
            grid_word: Default::default(),
            wide_tick: Default::default(),
            wide_reciprocal: Default::default(),
            quantity_zero: Default::default(),
            side_in: Default::default(),
            side_row: Default::default(),
            side_valid: Default::default(),
            side_last: Default::default(),
            side_adds: Default::default(),
            side_quantity: Default::default(),
            side_out: Default::default(),
            is_bid: Default::default(),
            position: Default::default(),
            inverted: Default::default(),
            key_row: Default::default(),
            key_class: Default::default(),
            key_page: Default::default(),
            keyed: Default::default(),
            keyed_page: Default::default(),
            class_bit: Default::default(),
            row_now: Default::default(),
            one: Constant::new(1.into()),
            one_16: Constant::new(1.into()),
            on_grid_key: Constant::new((1u64 << 26).into()),
        }
    }
}

impl<const RW: usize, const SW: usize, const DW: usize> Logic for StoreFront<RW, SW, DW> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            write_at,
            read_at,
            visible_1,
            visible_2,
            count,
            no_room,
            fetched,
            second,
            split_valid,
            split_last,
            split_adds,
            split_row,
            split_price,
            split_quantity,
            scaled_valid,
            scaled_last,
            scaled_adds,
            scaled_row,
            scaled_price,
            scaled_quantity,
            scaled_grid,
            keyed_valid,
            keyed_last,
            keyed_adds,
            keyed_on_grid,
            keyed_row,
            keyed_position,
            keyed_quantity
        );
        // Queue.
        self.wide_row.next = bit_cast::<137, RW>(self.in_row.val());
        self.wide_removes.next = 0.into();
        if self.in_removes.val() {
            self.wide_removes.next = 1.into();
        }
        self.wide_adds.next = 0.into();
        if self.in_adds.val() {
            self.wide_adds.next = 2.into();
        }
        self.wide_remove_price.next = bit_cast::<137, 32>(self.in_remove_price.val());
        self.wide_remove_quantity.next = bit_cast::<137, 32>(self.in_remove_quantity.val());
        self.wide_add_price.next = bit_cast::<137, 32>(self.in_add_price.val());
        self.wide_add_quantity.next = bit_cast::<137, 32>(self.in_add_quantity.val());
        self.word.next = self.wide_removes.val()
            | self.wide_adds.val()
            | (self.wide_row.val() << 2)
            | (self.wide_remove_price.val() << 9)
            | (self.wide_remove_quantity.val() << 41)
            | (self.wide_add_price.val() << 73)
            | (self.wide_add_quantity.val() << 105);
        self.write_next.next = self.write_at.q.val() + self.one.val();
        self.read_next.next = self.read_at.q.val() + self.one.val();
        self.count_next.next = self.count.q.val() + self.one_16.val();
        self.full.next = self.write_next.val() == self.read_at.q.val();
        self.wanted.next = self.in_valid.val() & (self.in_removes.val() | self.in_adds.val());
        self.no_room.d.next = self.wanted.val() & self.full.val();
        self.refused.next = self.no_room.q.val();
        self.taken.next = self.count.q.val();
        self.queue.clock.next = self.clock.val();
        self.queue.write_address.next = self.write_at.q.val();
        self.queue.write_data.next = self.word.val();
        self.queue.write_enable.next = self.wanted.val() & !self.full.val();
        self.fetched.d.next = self.queue.read_data.val();
        if self.wanted.val() & !self.full.val() {
            self.write_at.d.next = self.write_next.val();
            self.count.d.next = self.count_next.val();
        }
        self.visible_1.d.next = self.write_at.q.val();
        self.visible_2.d.next = self.visible_1.q.val();

        // Split: every two cycles the removal or the addition of the word at the head.
        self.head.next = self.fetched.q.val();
        self.head_removes.next = self.head.val().get_bit(0);
        self.head_adds.next = self.head.val().get_bit(1);
        self.head_row.next = self.head.val().get_bits::<RW>(2);
        self.available.next = self.visible_2.q.val() != self.read_at.q.val();
        self.removes_now.next = self.head_removes.val() & !self.second.q.val();
        self.last_now.next = !self.removes_now.val() | !self.head_adds.val();
        self.splits.next = self.available.val() & !self.phase.val();
        self.queue.read_address.next = self.read_at.q.val();
        if self.splits.val() & self.last_now.val() {
            self.queue.read_address.next = self.read_next.val();
        }
        self.split_valid.d.next = false;
        self.split_last.d.next = false;
        self.split_row.d.next = self.head_row.val();
        self.split_adds.d.next = !self.removes_now.val();
        if self.removes_now.val() {
            self.split_price.d.next = self.head.val().get_bits::<32>(9);
            self.split_quantity.d.next = self.head.val().get_bits::<32>(41);
        } else {
            self.split_price.d.next = self.head.val().get_bits::<32>(73);
            self.split_quantity.d.next = self.head.val().get_bits::<32>(105);
        }
        if self.splits.val() {
            self.split_valid.d.next = true;
            self.split_last.d.next = self.last_now.val();
            self.second.d.next = !self.last_now.val();
            if self.last_now.val() {
                self.read_at.d.next = self.read_next.val();
            }
        }

        // Grid of the slot.
        self.wide_tick.next = bit_cast::<64, 32>(self.grid_tick.val());
        self.wide_reciprocal.next = bit_cast::<64, 32>(self.grid_reciprocal.val());
        self.slot_shift.next = self.split_row.q.val() >> 1;
        self.slot.next = self.slot_shift.val().get_bits::<SW>(0);
        self.ticks.clock.next = self.clock.val();
        self.ticks.write_enable.next = self.grid_write.val();
        self.ticks.write_address.next = self.grid_slot.val();
        self.ticks.write_data.next = self.wide_tick.val() | (self.wide_reciprocal.val() << 32);
        self.ticks.read_address.next = self.slot.val();
        self.tick_out.clock.next = self.clock.val();
        self.tick_out.write_enable.next = self.grid_write.val();
        self.tick_out.write_address.next = self.grid_slot.val();
        self.tick_out.write_data.next = self.grid_tick.val();
        self.tick_out.read_address.next = self.grid_slot.val();
        self.tick.next = self.tick_out.read_data.val();
        // An addition of nothing makes no level.
        self.quantity_zero.next = !self.split_quantity.q.val().any();
        self.scaled_valid.d.next =
            self.split_valid.q.val() & !(self.split_adds.q.val() & self.quantity_zero.val());
        self.scaled_last.d.next = self.split_last.q.val();
        self.scaled_adds.d.next = self.split_adds.q.val();
        self.scaled_row.d.next = self.split_row.q.val();
        self.scaled_price.d.next = self.split_price.q.val();
        self.scaled_quantity.d.next = self.split_quantity.q.val();
        self.scaled_grid.d.next = self.ticks.read_data.val();
        self.grid_word.next = self.scaled_grid.q.val();
        self.divider.clock.next = self.clock.val();
        self.divider.price.next = self.scaled_price.q.val();
        self.divider.tick.next = self.grid_word.val().get_bits::<32>(0);
        self.divider.reciprocal.next = self.grid_word.val().get_bits::<32>(32);
        self.side_quantity.next = bit_cast::<42, 32>(self.scaled_quantity.q.val());
        self.side_row.next = bit_cast::<42, RW>(self.scaled_row.q.val());
        self.side_valid.next = 0.into();
        if self.scaled_valid.q.val() {
            self.side_valid.next = 1.into();
        }
        self.side_last.next = 0.into();
        if self.scaled_last.q.val() {
            self.side_last.next = 2.into();
        }
        self.side_adds.next = 0.into();
        if self.scaled_adds.q.val() {
            self.side_adds.next = 4.into();
        }
        self.side_in.next = self.side_valid.val()
            | self.side_last.val()
            | self.side_adds.val()
            | (self.side_row.val() << 3)
            | (self.side_quantity.val() << 10);
        self.side.clock.next = self.clock.val();
        self.side.d.next = self.side_in.val();
        self.side_out.next = self.side.q.val();

        // Key.
        self.is_bid.next = self.side_out.val().get_bit(3);
        self.position.next = self.divider.price_out.val();
        if self.divider.on_grid.val() {
            self.position.next = self.divider.index.val();
        }
        self.inverted.next = !self.position.val();
        self.keyed_position.d.next = self.position.val();
        if self.is_bid.val() {
            self.keyed_position.d.next = self.inverted.val();
        }
        self.keyed_on_grid.d.next = self.divider.on_grid.val();
        self.keyed_valid.d.next = self.side_out.val().get_bit(0);
        self.keyed_last.d.next = self.side_out.val().get_bit(1);
        self.keyed_adds.d.next = self.side_out.val().get_bit(2);
        self.keyed_row.d.next = self.side_out.val().get_bits::<RW>(3);
        self.keyed_quantity.d.next = self.side_out.val().get_bits::<32>(10);
        self.keyed.next = self.keyed_position.q.val();
        self.keyed_page.next = self.keyed.val() >> 6;
        self.key_page.next = bit_cast::<KEY_BITS, 32>(self.keyed_page.val());
        self.row_now.next = self.keyed_row.q.val();
        self.key_row.next = bit_cast::<KEY_BITS, RW>(self.row_now.val());
        self.class_bit.next = 0.into();
        if self.keyed_on_grid.q.val() {
            self.class_bit.next = self.on_grid_key.val();
        }
        self.key_class.next = self.key_row.val() << 27;
        self.op_key.next = self.key_class.val() | self.class_bit.val() | self.key_page.val();
        self.op_offset.next = self.keyed.val().get_bits::<6>(0);
        self.op_valid.next = self.keyed_valid.q.val();
        self.op_last.next = self.keyed_last.q.val();
        self.op_adds.next = self.keyed_adds.q.val();
        self.op_on_grid.next = self.keyed_on_grid.q.val();
        self.op_row.next = self.keyed_row.q.val();
        self.op_quantity.next = self.keyed_quantity.q.val();
        if self.reset.val() {
            self.write_at.d.next = 0.into();
            self.read_at.d.next = 0.into();
            self.visible_1.d.next = 0.into();
            self.visible_2.d.next = 0.into();
            self.count.d.next = 0.into();
            self.second.d.next = false;
            self.no_room.d.next = false;
            self.split_valid.d.next = false;
            self.split_last.d.next = false;
            self.scaled_valid.d.next = false;
            self.scaled_last.d.next = false;
            self.keyed_valid.d.next = false;
            self.keyed_last.d.next = false;
        }
    }
}
