//! The slots as written so far: their bytes, and which of them are valid.
//!
//! ```text
//!  beat ─┬─► ByteEnableRamFast ×7 ───────────────────────► words 0 to 6
//!        ├─► last word (64 × 64), the beat over it ──────► word 7
//!        └─► valid bytes (64 × 64) ─► last word whole? ──► bell
//! ```
//!
//! A beat that makes the last word whole is the doorbell: it ends the slot, whose bytes are all invalid from then on. After reset
//! the valid bytes are swept (64 cycles, `ready` low). The bytes themselves stay.
//!
//! Valid bytes and last words are read a cycle before their beat and forwarded from the one before it. The other words are read with the
//! doorbell's beat, which writes none of them: their memories need no collision logic.
//!
//! Latency: 2 cycles from `beat` to `bell`. Back-pressure: none, a beat a cycle.

use crate::prim::{ByteEnableRamFast, ByteShiftLeft, LutRam, RegCopy};
use contract::slot::{SLOT_BYTES, SLOTS};
use contract::window::{WINDOWS, offset};
use rust_hdl::prelude::*;

const _: () = {
    assert!(SLOTS == 64 && SLOT_BYTES == 64);
    assert!(offset("order_slots") == 0 && WINDOWS[0].size as usize == SLOTS * SLOT_BYTES);
    assert!(offset("frame_tx") == 0x1000 && offset("inject") == 0x2000);
};

/// See the module's text.
#[derive(LogicBlock)]
pub struct Store {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub ready: Signal<Out, Bit>,
    /// Slot of the beat that may come in the next cycle.
    pub coming: Signal<In, Bits<6>>,
    pub beat: Signal<In, Bit>,
    pub word: Signal<In, Bits<13>>,
    pub data: Signal<In, Bits<64>>,
    pub strobes: Signal<In, Bits<8>>,
    pub refused: Signal<In, Bit>,
    pub stamp: Signal<In, Bits<64>>,
    /// One cycle: a doorbell was rung; the outputs below are those of its slot.
    pub bell: Signal<Out, Bit>,
    pub index: Signal<Out, Bits<6>>,
    /// All bytes have been written since the slot's last doorbell.
    pub whole: Signal<Out, Bit>,
    pub words: [Signal<Out, Bits<64>>; 8],
    /// Word 1 again, in registers of its own: they can lie beside the multipliers.
    pub factors: Signal<Out, Bits<64>>,
    /// Card time of the doorbell's beat, ns.
    pub bell_stamp: Signal<Out, Bits<64>>,
    /// Pulse: a beat of a window that nobody takes, or of a burst that is refused.
    pub ignored: Signal<Out, Bit>,
    cells: [ByteEnableRamFast<64, 8, 6>; 7],
    factors_s3: RegCopy<Bits<64>>,
    last_words: LutRam<Bits<64>, 6>,
    valid: LutRam<Bits<64>, 6>,
    lanes: ByteShiftLeft<64, 3>,
    // Valid bytes and last word of the beat's slot.
    valid_s1: DFF<Bits<64>>,
    last_s1: DFF<Bits<64>>,
    sweep: DFF<Bits<7>>,
    ignored_s2: DFF<Bit>,
    bell_s2: DFF<Bit>,
    index_s2: DFF<Bits<6>>,
    valid_s2: DFF<Bits<64>>,
    last_s2: DFF<Bits<64>>,
    stamp_s2: DFF<Bits<64>>,
    bell_s3: DFF<Bit>,
    index_s3: DFF<Bits<6>>,
    whole_s3: DFF<Bit>,
    last_s3: DFF<Bits<64>>,
    stamp_s3: DFF<Bits<64>>,
    line_s3: [DFF<Bits<64>>; 7],
    swept: Signal<Local, Bit>,
    sweep_next: Signal<Local, Bits<7>>,
    window: Signal<Local, Bits<4>>,
    of_frames: Signal<Local, Bit>,
    index_s1: Signal<Local, Bits<6>>,
    place: Signal<Local, Bits<3>>,
    writes: Signal<Local, Bit>,
    valid_now: Signal<Local, Bits<64>>,
    valid_then: Signal<Local, Bits<64>>,
    last_valid: Signal<Local, Bits<8>>,
    rings: Signal<Local, Bit>,
    at_last: Signal<Local, Bit>,
    last_now: Signal<Local, Bits<64>>,
    one: Constant<Bits<7>>,
    frames_window: Constant<Bits<4>>,
    places: [Constant<Bits<3>>; 8],
    lane: [Constant<Bits<64>>; 8],
}

impl Default for Store {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            ready: Default::default(),
            coming: Default::default(),
            beat: Default::default(),
            word: Default::default(),
            data: Default::default(),
            strobes: Default::default(),
            refused: Default::default(),
            stamp: Default::default(),
            bell: Default::default(),
            index: Default::default(),
            whole: Default::default(),
            words: Default::default(),
            factors: Default::default(),
            bell_stamp: Default::default(),
            ignored: Default::default(),
            cells: Default::default(),
            factors_s3: Default::default(),
            last_words: Default::default(),
            valid: Default::default(),
            lanes: Default::default(),
            valid_s1: Default::default(),
            last_s1: Default::default(),
            sweep: Default::default(),
            ignored_s2: Default::default(),
            bell_s2: Default::default(),
            index_s2: Default::default(),
            valid_s2: Default::default(),
            last_s2: Default::default(),
            stamp_s2: Default::default(),
            bell_s3: Default::default(),
            index_s3: Default::default(),
            whole_s3: Default::default(),
            last_s3: Default::default(),
            stamp_s3: Default::default(),
            line_s3: Default::default(),
            swept: Default::default(),
            sweep_next: Default::default(),
            window: Default::default(),
            of_frames: Default::default(),
            index_s1: Default::default(),
            place: Default::default(),
            writes: Default::default(),
            valid_now: Default::default(),
            valid_then: Default::default(),
            last_valid: Default::default(),
            rings: Default::default(),
            at_last: Default::default(),
            last_now: Default::default(),
            one: Constant::new(1_u64.into()),
            frames_window: Constant::new((u64::from(offset("frame_tx")) >> 12).into()),
            places: std::array::from_fn(|i| Constant::new((i as u64).into())),
            lane: std::array::from_fn(|i| Constant::new((0xff_u64 << (8 * i)).into())),
        }
    }
}

impl Logic for Store {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, valid_s1, last_s1, sweep, ignored_s2, bell_s2, index_s2, valid_s2, last_s2,
            stamp_s2, bell_s3, index_s3, whole_s3, last_s3, stamp_s3
        );
        self.valid.clock.next = self.clock.val();
        self.last_words.clock.next = self.clock.val();
        self.swept.next = self.sweep.q.val().get_bit(6);
        self.ready.next = self.swept.val();
        self.sweep_next.next = self.sweep.q.val() + self.one.val();
        if !self.swept.val() {
            self.sweep.d.next = self.sweep_next.val();
        }

        // Stage 1: write, and read what was there.
        self.window.next = self.word.val().get_bits::<4>(9);
        self.index_s1.next = self.word.val().get_bits::<6>(3);
        self.place.next = self.word.val().get_bits::<3>(0);
        self.writes.next = self.beat.val() & !self.refused.val() & !self.window.val().any();
        self.of_frames.next = self.window.val() == self.frames_window.val();
        self.ignored_s2.d.next =
            self.beat.val() & (self.refused.val() | (self.window.val().any() & !self.of_frames.val()));
        self.ignored.next = self.ignored_s2.q.val();
        for i in 0..7 {
            self.cells[i].clock.next = self.clock.val();
            self.cells[i].write_address.next = self.index_s1.val();
            self.cells[i].write_data.next = self.data.val();
            self.cells[i].read_address.next = self.index_s1.val();
            self.cells[i].write_enable.next = 0.into();
            if self.writes.val() & (self.place.val() == self.places[i].val()) {
                self.cells[i].write_enable.next = self.strobes.val();
            }
        }
        self.lanes.x.next = bit_cast::<64, 8>(self.strobes.val());
        self.lanes.bytes.next = self.word.val().get_bits::<3>(0);
        self.valid_now.next = self.valid_s1.q.val() | self.lanes.y.val();
        self.last_valid.next = self.valid_now.val().get_bits::<8>(56);
        self.at_last.next = self.writes.val() & (self.place.val() == self.places[7].val());
        self.rings.next = self.at_last.val() & self.last_valid.val().all();
        self.last_now.next = 0.into();
        for i in 0..8 {
            if self.strobes.val().get_bit(i) {
                self.last_now.next = self.last_now.val() | (self.data.val() & self.lane[i].val());
            } else {
                self.last_now.next = self.last_now.val() | (self.last_s1.q.val() & self.lane[i].val());
            }
        }
        self.valid_then.next = self.valid_now.val();
        if self.rings.val() {
            self.valid_then.next = 0.into();
        }
        self.valid.write_enable.next = self.writes.val() | !self.swept.val();
        self.valid.write_address.next = self.index_s1.val();
        self.valid.write_data.next = self.valid_then.val();
        if !self.swept.val() {
            self.valid.write_address.next = self.sweep.q.val().get_bits::<6>(0);
            self.valid.write_data.next = 0.into();
        }
        // Read a cycle ahead; the beat before may be about to write the same slot.
        self.valid.read_address.next = self.coming.val();
        self.valid_s1.d.next = self.valid.read_data.val();
        if self.writes.val() & (self.coming.val() == self.index_s1.val()) {
            self.valid_s1.d.next = self.valid_then.val();
        }
        self.last_words.write_enable.next = self.at_last.val();
        self.last_words.write_address.next = self.index_s1.val();
        self.last_words.write_data.next = self.last_now.val();
        self.last_words.read_address.next = self.coming.val();
        self.last_s1.d.next = self.last_words.read_data.val();
        if self.at_last.val() & (self.coming.val() == self.index_s1.val()) {
            self.last_s1.d.next = self.last_now.val();
        }
        self.bell_s2.d.next = self.rings.val();
        self.index_s2.d.next = self.index_s1.val();
        self.valid_s2.d.next = self.valid_now.val();
        self.last_s2.d.next = self.last_now.val();
        self.stamp_s2.d.next = self.stamp.val();

        // Stage 2: the memories' outputs go straight into registers.
        for i in 0..7 {
            self.line_s3[i].clock.next = self.clock.val();
            self.line_s3[i].d.next = self.cells[i].read_data.val();
        }
        self.factors_s3.clock.next = self.clock.val();
        self.factors_s3.d.next = self.cells[1].read_data.val();
        self.factors.next = self.factors_s3.q.val();
        self.bell_s3.d.next = self.bell_s2.q.val();
        self.index_s3.d.next = self.index_s2.q.val();
        self.whole_s3.d.next = self.valid_s2.q.val().all();
        self.last_s3.d.next = self.last_s2.q.val();
        self.stamp_s3.d.next = self.stamp_s2.q.val();

        for i in 0..7 {
            self.words[i].next = self.line_s3[i].q.val();
        }
        self.words[7].next = self.last_s3.q.val();
        self.bell.next = self.bell_s3.q.val();
        self.index.next = self.index_s3.q.val();
        self.whole.next = self.whole_s3.q.val();
        self.bell_stamp.next = self.stamp_s3.q.val();
        if self.reset.val() {
            self.sweep.d.next = 0.into();
            self.ignored_s2.d.next = false;
            self.bell_s2.d.next = false;
            self.bell_s3.d.next = false;
        }
    }
}
