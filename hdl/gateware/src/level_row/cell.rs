//! One level of the sorted row: its memory, its compares, and its place in the shift.
//!
//! ```text
//!  memory ─┬─► stale ──► compares ──► moved compares ──► select ─┐
//!  (own)   │     │                    (same shift)               ▼
//!          │     └─────────────────► level ──► + delta ──► keep/down/up/new ──► result ──► memory
//!          └──(mate)────────────────────────────────────────────────────────► mate
//! ```
//!
//! Latency: event at the row's input in cycle 0; `stale` holds in 2, compares in 3, moved compares in 4,
//! select in 5, `result` and `mate` in 6 and 7.
//! Back-pressure: none; one event every two cycles.

use crate::prim::{LutRam, LutRam2, RegCopy};
use rust_hdl::prelude::*;

/// Level `k` of the row; see the module's text. `front_*` is level `k − 1`, `behind_*` level `k + 1`.
#[derive(LogicBlock, Default)]
pub struct LevelCell<const RW: usize, const QW: usize> {
    pub clock: Signal<In, Clock>,
    // Memory.
    pub own_address: Signal<In, Bits<RW>>,
    pub mate_address: Signal<In, Bits<RW>>,
    pub write_address: Signal<In, Bits<RW>>,
    pub write_enable: Signal<In, Bit>,
    /// The memories held the stale row: without it the level is empty.
    pub stale_live: Signal<In, Bit>,
    pub mate_live: Signal<In, Bit>,
    // Grid and hazards, one cycle ahead of use.
    pub load_next: Signal<In, Bit>,
    pub bypass_next: Signal<In, Bit>,
    pub same_row_next: Signal<In, Bit>,
    // The event at the compares.
    pub removes: Signal<In, Bit>,
    pub adds: Signal<In, Bit>,
    pub remove_key: Signal<In, Bits<32>>,
    pub add_key: Signal<In, Bits<32>>,
    pub vanish_quantity: Signal<In, Bits<QW>>,
    // The level that the event in front inserts, compared with this event.
    pub new_before_remove: Signal<In, Bit>,
    pub new_before_add: Signal<In, Bit>,
    pub new_at_remove: Signal<In, Bit>,
    pub new_at_add: Signal<In, Bit>,
    // The decisions on the whole row.
    pub vanishes: Signal<In, Bit>,
    pub inserts: Signal<In, Bit>,
    pub refuses_tail: Signal<In, Bit>,
    pub empties: Signal<In, Bit>,
    pub add_first: Signal<In, Bit>,
    pub removed_delta: Signal<In, Bits<QW>>,
    pub added_delta: Signal<In, Bits<QW>>,
    // The inserted level.
    pub new_valid: Signal<In, Bit>,
    pub new_over: Signal<In, Bit>,
    pub new_key: Signal<In, Bits<32>>,
    pub new_quantity: Signal<In, Bits<QW>>,
    // Neighbours.
    pub front_before_remove: Signal<In, Bit>,
    pub front_before_add: Signal<In, Bit>,
    pub front_at_remove: Signal<In, Bit>,
    pub front_at_add: Signal<In, Bit>,
    pub front_moved_before_remove: Signal<In, Bit>,
    pub front_moved_before_add: Signal<In, Bit>,
    pub front_valid: Signal<In, Bit>,
    pub front_over: Signal<In, Bit>,
    pub front_key: Signal<In, Bits<32>>,
    pub front_quantity: Signal<In, Bits<QW>>,
    pub behind_before_remove: Signal<In, Bit>,
    pub behind_before_add: Signal<In, Bit>,
    pub behind_at_remove: Signal<In, Bit>,
    pub behind_at_add: Signal<In, Bit>,
    pub behind_moved_before_add: Signal<In, Bit>,
    pub behind_valid: Signal<In, Bit>,
    pub behind_over: Signal<In, Bit>,
    pub behind_key: Signal<In, Bits<32>>,
    pub behind_quantity: Signal<In, Bits<QW>>,
    // This level, for its neighbours.
    pub before_remove: Signal<Out, Bit>,
    pub before_add: Signal<Out, Bit>,
    pub at_remove: Signal<Out, Bit>,
    pub at_add: Signal<Out, Bit>,
    pub moved_before_remove: Signal<Out, Bit>,
    pub moved_before_add: Signal<Out, Bit>,
    pub level_valid: Signal<Out, Bit>,
    pub level_over: Signal<Out, Bit>,
    pub level_key: Signal<Out, Bits<32>>,
    pub level_quantity: Signal<Out, Bits<QW>>,
    /// The removed level is here and its quantity is what is removed, the in-flight event considered.
    pub at_vanish: Signal<Out, Bit>,
    // Results; all zero for an empty level.
    pub own_is_bid: Signal<In, Bit>,
    pub own_valid: Signal<Out, Bit>,
    pub own_price: Signal<Out, Bits<32>>,
    pub own_quantity: Signal<Out, Bits<32>>,
    pub mate_valid: Signal<Out, Bit>,
    pub mate_price: Signal<Out, Bits<32>>,
    pub mate_quantity: Signal<Out, Bits<32>>,
    // Ahead of the results, as they are kept: what the level becomes at the grid's edge, what it became at the last one, and the
    // mate's memory.
    pub next_valid: Signal<Out, Bit>,
    pub next_over: Signal<Out, Bit>,
    pub next_key: Signal<Out, Bits<32>>,
    pub next_quantity: Signal<Out, Bits<32>>,
    pub last_over: Signal<Out, Bit>,
    pub last_key: Signal<Out, Bits<32>>,
    pub last_quantity: Signal<Out, Bits<32>>,
    pub kept_valid: Signal<Out, Bit>,
    pub kept_over: Signal<Out, Bit>,
    pub kept_key: Signal<Out, Bits<32>>,
    pub kept_quantity: Signal<Out, Bits<32>>,

    load: RegCopy<Bit>,
    bypass: RegCopy<Bit>,
    same_row: RegCopy<Bit>,
    select_key: RegCopy<Bits<2>>,
    select_quantity: RegCopy<Bits<2>>,
    memory_valid: LutRam2<Bit, RW>,
    memory_over: LutRam<Bit, RW>,
    memory_key: LutRam2<Bits<32>, RW>,
    memory_quantity: LutRam2<Bits<QW>, RW>,
    stale_valid: DFF<Bit>,
    stale_key: DFF<Bits<32>>,
    stale_quantity: DFF<Bits<QW>>,
    cmp_before_remove: DFF<Bit>,
    cmp_before_add: DFF<Bit>,
    cmp_at_remove: DFF<Bit>,
    cmp_at_add: DFF<Bit>,
    cmp_quantity_low: DFF<Bit>,
    cmp_quantity_high: DFF<Bit>,
    mov_before_remove: DFF<Bit>,
    mov_before_add: DFF<Bit>,
    mov_at_remove: DFF<Bit>,
    mov_at_add: DFF<Bit>,
    held_valid: DFF<Bit>,
    held_key: DFF<Bits<32>>,
    held_quantity: DFF<Bits<QW>>,
    changed_quantity: DFF<Bits<QW>>,
    result_valid: DFF<Bit>,
    result_over: DFF<Bit>,
    result_key: DFF<Bits<32>>,
    result_quantity: DFF<Bits<QW>>,
    other_valid: DFF<Bit>,
    other_over: DFF<Bit>,
    other_key: DFF<Bits<32>>,
    other_quantity: DFF<Bits<32>>,

    present: Signal<Local, Bit>,
    key_below_remove: Signal<Local, Bit>,
    key_below_add: Signal<Local, Bit>,
    key_is_remove: Signal<Local, Bit>,
    key_is_add: Signal<Local, Bit>,
    stale_low: Signal<Local, Bits<22>>,
    stale_high: Signal<Local, Bits<QW>>,
    vanish_low: Signal<Local, Bits<22>>,
    vanish_high: Signal<Local, Bits<QW>>,
    shifted_before_remove: Signal<Local, Bit>,
    shifted_before_add: Signal<Local, Bit>,
    shifted_at_remove: Signal<Local, Bit>,
    shifted_at_add: Signal<Local, Bit>,
    tail_closed_here: Signal<Local, Bit>,
    tail_closed_behind: Signal<Local, Bit>,
    insert_select: Signal<Local, Bits<2>>,
    remove_select: Signal<Local, Bits<2>>,
    both_select: Signal<Local, Bits<2>>,
    select: Signal<Local, Bits<2>>,
    key_move: Signal<Local, Bits<2>>,
    quantity_move: Signal<Local, Bits<2>>,
    delta: Signal<Local, Bits<QW>>,
    high_bits: Signal<Local, Bits<QW>>,
    shown_high_bits: Signal<Local, Bits<QW>>,
    shifted_valid: Signal<Local, Bit>,
    shifted_over: Signal<Local, Bit>,
    shifted_key: Signal<Local, Bits<32>>,
    shifted_quantity: Signal<Local, Bits<QW>>,
    read_quantity: Signal<Local, Bits<QW>>,
    all_zeros: Signal<Local, Bits<32>>,
    all_ones: Signal<Local, Bits<32>>,
}

impl<const RW: usize, const QW: usize> Logic for LevelCell<RW, QW> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            stale_valid,
            stale_key,
            stale_quantity,
            cmp_before_remove,
            cmp_before_add,
            cmp_at_remove,
            cmp_at_add,
            cmp_quantity_low,
            cmp_quantity_high,
            mov_before_remove,
            mov_before_add,
            mov_at_remove,
            mov_at_add,
            held_valid,
            held_key,
            held_quantity,
            changed_quantity,
            result_valid,
            result_over,
            result_key,
            result_quantity,
            other_valid,
            other_over,
            other_key,
            other_quantity
        );
        self.load.clock.next = self.clock.val();
        self.load.d.next = self.load_next.val();
        self.bypass.clock.next = self.clock.val();
        self.bypass.d.next = self.bypass_next.val();
        self.same_row.clock.next = self.clock.val();
        self.same_row.d.next = self.same_row_next.val();
        self.memory_valid.clock.next = self.clock.val();
        self.memory_valid.write_enable.next = self.write_enable.val();
        self.memory_valid.write_address.next = self.write_address.val();
        self.memory_valid.write_data.next = self.result_valid.q.val();
        self.memory_valid.read_address.next = self.own_address.val();
        self.memory_valid.read2_address.next = self.mate_address.val();
        self.memory_over.clock.next = self.clock.val();
        self.memory_over.write_enable.next = self.write_enable.val();
        self.memory_over.write_address.next = self.write_address.val();
        self.memory_over.write_data.next = self.result_over.q.val();
        self.memory_over.read_address.next = self.mate_address.val();
        self.memory_key.clock.next = self.clock.val();
        self.memory_key.write_enable.next = self.write_enable.val();
        self.memory_key.write_address.next = self.write_address.val();
        self.memory_key.write_data.next = self.result_key.q.val();
        self.memory_key.read_address.next = self.own_address.val();
        self.memory_key.read2_address.next = self.mate_address.val();
        self.memory_quantity.clock.next = self.clock.val();
        self.memory_quantity.write_enable.next = self.write_enable.val();
        self.memory_quantity.write_address.next = self.write_address.val();
        self.memory_quantity.write_data.next = self.result_quantity.q.val();
        self.memory_quantity.read_address.next = self.own_address.val();
        self.memory_quantity.read2_address.next = self.mate_address.val();

        // Compares with the row as it was before the event in front.
        self.present.next = self.stale_valid.q.val() & self.stale_live.val();
        self.key_below_remove.next = self.stale_key.q.val() < self.remove_key.val();
        self.key_below_add.next = self.stale_key.q.val() < self.add_key.val();
        self.key_is_remove.next = self.stale_key.q.val() == self.remove_key.val();
        self.key_is_add.next = self.stale_key.q.val() == self.add_key.val();
        // In two halves, joined behind the registers: the quantity looked for is chosen in this cycle, too.
        self.stale_low.next = self.stale_quantity.q.val().get_bits::<22>(0);
        self.stale_high.next = self.stale_quantity.q.val() >> 22;
        self.vanish_low.next = self.vanish_quantity.val().get_bits::<22>(0);
        self.vanish_high.next = self.vanish_quantity.val() >> 22;
        self.cmp_before_remove.d.next = self.present.val() & self.key_below_remove.val();
        self.cmp_before_add.d.next = self.present.val() & self.key_below_add.val();
        self.cmp_at_remove.d.next = self.present.val() & self.removes.val() & self.key_is_remove.val();
        self.cmp_at_add.d.next = self.present.val() & self.adds.val() & self.key_is_add.val();
        self.cmp_quantity_low.d.next = self.stale_low.val() == self.vanish_low.val();
        self.cmp_quantity_high.d.next = self.stale_high.val() == self.vanish_high.val();
        self.before_remove.next = self.cmp_before_remove.q.val();
        self.before_add.next = self.cmp_before_add.q.val();
        self.at_remove.next = self.cmp_at_remove.q.val();
        self.at_add.next = self.cmp_at_add.q.val();
        self.at_vanish.next =
            self.cmp_at_remove.q.val() & self.cmp_quantity_low.q.val() & self.cmp_quantity_high.q.val();

        // The compare bits move as the event in front moves the levels they belong to.
        self.key_move.next = self.select_key.q.val();
        self.quantity_move.next = self.select_quantity.q.val();
        self.shifted_before_remove.next = self.cmp_before_remove.q.val();
        self.shifted_before_add.next = self.cmp_before_add.q.val();
        self.shifted_at_remove.next = self.cmp_at_remove.q.val();
        self.shifted_at_add.next = self.cmp_at_add.q.val();
        self.shifted_valid.next = self.held_valid.q.val();
        self.shifted_key.next = self.held_key.q.val();
        if self.key_move.val().get_bit(1) {
            self.shifted_before_remove.next = self.behind_before_remove.val();
            self.shifted_before_add.next = self.behind_before_add.val();
            self.shifted_at_remove.next = self.behind_at_remove.val();
            self.shifted_at_add.next = self.behind_at_add.val();
            self.shifted_valid.next = self.behind_valid.val();
            self.shifted_key.next = self.behind_key.val();
            if self.key_move.val().get_bit(0) {
                self.shifted_before_remove.next = self.new_before_remove.val();
                self.shifted_before_add.next = self.new_before_add.val();
                self.shifted_at_remove.next = self.new_at_remove.val();
                self.shifted_at_add.next = self.new_at_add.val();
                self.shifted_valid.next = self.new_valid.val();
                self.shifted_key.next = self.new_key.val();
            }
        } else {
            if self.key_move.val().get_bit(0) {
                self.shifted_before_remove.next = self.front_before_remove.val();
                self.shifted_before_add.next = self.front_before_add.val();
                self.shifted_at_remove.next = self.front_at_remove.val();
                self.shifted_at_add.next = self.front_at_add.val();
                self.shifted_valid.next = self.front_valid.val();
                self.shifted_key.next = self.front_key.val();
            }
        }
        self.high_bits.next = self.changed_quantity.q.val() >> 32;
        self.shifted_over.next = self.high_bits.val().any();
        self.shifted_quantity.next = self.changed_quantity.q.val();
        if self.quantity_move.val().get_bit(1) {
            self.shifted_over.next = self.behind_over.val();
            self.shifted_quantity.next = self.behind_quantity.val();
            if self.quantity_move.val().get_bit(0) {
                self.shifted_over.next = self.new_over.val();
                self.shifted_quantity.next = self.new_quantity.val();
            }
        } else {
            if self.quantity_move.val().get_bit(0) {
                self.shifted_over.next = self.front_over.val();
                self.shifted_quantity.next = self.front_quantity.val();
            }
        }
        self.mov_before_remove.d.next = self.cmp_before_remove.q.val();
        self.mov_before_add.d.next = self.cmp_before_add.q.val();
        self.mov_at_remove.d.next = self.cmp_at_remove.q.val();
        self.mov_at_add.d.next = self.cmp_at_add.q.val();
        if self.same_row.q.val() {
            self.mov_before_remove.d.next = self.shifted_before_remove.val();
            self.mov_before_add.d.next = self.shifted_before_add.val();
            self.mov_at_remove.d.next = self.shifted_at_remove.val();
            self.mov_at_add.d.next = self.shifted_at_add.val();
        }
        self.moved_before_remove.next = self.mov_before_remove.q.val();
        self.moved_before_add.next = self.mov_before_add.q.val();

        // Select: 0 keep, 1 down (take the front neighbour), 2 up (take the one behind), 3 new.
        // A closed tail takes no level behind the last valid one: unknown levels may lie between.
        self.tail_closed_here.next = self.refuses_tail.val() & !self.held_valid.q.val();
        self.tail_closed_behind.next = self.refuses_tail.val() & !self.behind_valid.val();
        self.insert_select.next = 0.into();
        if !self.mov_before_add.q.val() {
            self.insert_select.next = 1.into();
            if self.front_moved_before_add.val() {
                self.insert_select.next = 3.into();
                if self.tail_closed_here.val() {
                    self.insert_select.next = 0.into();
                }
            }
        }
        self.remove_select.next = 0.into();
        if !self.mov_before_remove.q.val() {
            self.remove_select.next = 2.into();
        }
        self.both_select.next = 0.into();
        if self.add_first.val() {
            if !self.mov_before_add.q.val() {
                if self.front_moved_before_add.val() {
                    self.both_select.next = 3.into();
                } else {
                    if self.front_moved_before_remove.val() {
                        self.both_select.next = 1.into();
                    }
                }
            }
        } else {
            if !self.mov_before_remove.q.val() {
                if self.behind_moved_before_add.val() {
                    self.both_select.next = 2.into();
                } else {
                    if self.mov_before_add.q.val() {
                        self.both_select.next = 3.into();
                        if self.tail_closed_behind.val() {
                            self.both_select.next = 2.into();
                        }
                    }
                }
            }
        }
        self.select.next = 0.into();
        if self.empties.val() {
            self.select.next = 3.into();
        } else {
            if self.vanishes.val() {
                self.select.next = self.remove_select.val();
                if self.inserts.val() {
                    self.select.next = self.both_select.val();
                }
            } else {
                if self.inserts.val() {
                    self.select.next = self.insert_select.val();
                }
            }
        }
        self.select_key.clock.next = self.clock.val();
        self.select_key.d.next = self.select.val();
        self.select_quantity.clock.next = self.clock.val();
        self.select_quantity.d.next = self.select.val();
        self.delta.next = 0.into();
        if self.mov_at_remove.q.val() {
            self.delta.next = self.removed_delta.val();
        } else {
            if self.mov_at_add.q.val() {
                self.delta.next = self.added_delta.val();
            }
        }
        self.changed_quantity.d.next = self.held_quantity.q.val() + self.delta.val();
        self.level_valid.next = self.held_valid.q.val();
        self.shown_high_bits.next = self.changed_quantity.q.val() >> 32;
        self.level_over.next = self.shown_high_bits.val().any();
        self.level_key.next = self.held_key.q.val();
        self.level_quantity.next = self.changed_quantity.q.val();

        // The grid's edge: results leave, levels advance, forwarded where the row is the same.
        self.read_quantity.next = self.memory_quantity.read2_data.val();
        if self.load.q.val() {
            self.result_valid.d.next = self.shifted_valid.val();
            self.result_over.d.next = self.shifted_over.val();
            self.result_key.d.next = self.shifted_key.val();
            self.result_quantity.d.next = self.shifted_quantity.val();
            if self.same_row.q.val() {
                self.held_valid.d.next = self.shifted_valid.val();
                self.held_key.d.next = self.shifted_key.val();
                self.held_quantity.d.next = self.shifted_quantity.val();
            } else {
                self.held_valid.d.next = self.present.val();
                self.held_key.d.next = self.stale_key.q.val();
                self.held_quantity.d.next = self.stale_quantity.q.val();
            }
            if self.bypass.q.val() {
                self.stale_valid.d.next = self.shifted_valid.val();
                self.stale_key.d.next = self.shifted_key.val();
                self.stale_quantity.d.next = self.shifted_quantity.val();
            } else {
                self.stale_valid.d.next = self.memory_valid.read_data.val();
                self.stale_key.d.next = self.memory_key.read_data.val();
                self.stale_quantity.d.next = self.memory_quantity.read_data.val();
            }
            self.other_valid.d.next = self.memory_valid.read2_data.val() & self.mate_live.val();
            self.other_over.d.next = self.memory_over.read_data.val();
            self.other_key.d.next = self.memory_key.read2_data.val();
            self.other_quantity.d.next = self.read_quantity.val().get_bits::<32>(0);
        }

        self.next_valid.next = self.shifted_valid.val();
        self.next_over.next = self.shifted_over.val();
        self.next_key.next = self.shifted_key.val();
        self.next_quantity.next = self.shifted_quantity.val().get_bits::<32>(0);
        self.last_over.next = self.result_over.q.val();
        self.last_key.next = self.result_key.q.val();
        self.last_quantity.next = self.result_quantity.q.val().get_bits::<32>(0);
        self.kept_valid.next = self.memory_valid.read2_data.val();
        self.kept_over.next = self.memory_over.read_data.val();
        self.kept_key.next = self.memory_key.read2_data.val();
        self.kept_quantity.next = self.read_quantity.val().get_bits::<32>(0);
        // Results: a bid's key is its inverted price; a quantity beyond 32 bits shows as the largest.
        self.all_zeros.next = 0.into();
        self.all_ones.next = !self.all_zeros.val();
        self.own_valid.next = self.result_valid.q.val();
        self.own_price.next = 0.into();
        self.own_quantity.next = 0.into();
        if self.result_valid.q.val() {
            if self.own_is_bid.val() {
                self.own_price.next = !self.result_key.q.val();
            } else {
                self.own_price.next = self.result_key.q.val();
            }
            if self.result_over.q.val() {
                self.own_quantity.next = self.all_ones.val();
            } else {
                self.own_quantity.next = self.result_quantity.q.val().get_bits::<32>(0);
            }
        }
        self.mate_valid.next = self.other_valid.q.val();
        self.mate_price.next = 0.into();
        self.mate_quantity.next = 0.into();
        if self.other_valid.q.val() {
            if self.own_is_bid.val() {
                self.mate_price.next = self.other_key.q.val();
            } else {
                self.mate_price.next = !self.other_key.q.val();
            }
            if self.other_over.q.val() {
                self.mate_quantity.next = self.all_ones.val();
            } else {
                self.mate_quantity.next = self.other_quantity.q.val();
            }
        }
    }
}
