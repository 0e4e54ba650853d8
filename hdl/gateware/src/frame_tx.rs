//! Frames of the host's stack: what is written into the frame TX window goes out whole, behind the orders.
//!
//! ```text
//!  writes ─┬─► delay ─► check ─► SdpRamFast 1024 × 64 ─► beat ─┐
//!          └─► Filter ──►└─► lengths (8) ─────────────────┘  ├─► tx ─► Filter
//!  orders ───────────────────────────────────────────────────┘
//! ```
//!
//! The window's words are `contract::frame`: the length, then the frame's words in ascending order, whole words only. A frame is refused whole when its
//! length is not 60 to 1,522, a word is missing, doubled, out of order or not whole, when it finds no room (8 KiB, 8 frames), or when a new length
//! comes before its end. Words behind the last one, and without a length before them, do nothing.
//!
//! An order never waits but for a frame whose first beat was already offered when it came; between two frames orders go first.
//!
//! What the filter does not pass (`contract::frame`, `frame_tx/filter.rs`) is dropped whole and counted: unread, or withheld for its payload.
//!
//! Latency: 11 cycles from the write of a frame's last word to its first beat while nothing waits. Orders pass without a cycle in between.
//! Back-pressure: none on writes; beats wait for `tx_tready`, and follow each other without gaps.

pub mod filter;
pub mod head;
pub mod lanes;
pub mod opening;
pub mod sent;

use crate::emit::{Elaborated, Size, elaborate};
use crate::prim::{Cat4, DelayLine, SdpRamFast};
use crate::stream_fifo::StreamFifo;
use contract::frame::{FRAME_MAX, FRAME_MIN, TX_HEAD};
use contract::layout::{lsb, width};
use contract::window::{WINDOWS, offset};
use filter::Filter;
use rust_hdl::prelude::*;

const _: () = {
    assert!(lsb(TX_HEAD, "length") == 0 && width(TX_HEAD, "length") == 16);
    assert!(WINDOWS[1].size == 4096 && offset("frame_tx") == 4096, "512 words");
};

/// Words of the buffer.
pub const WORDS: usize = 1 << 10;
/// Frames of the buffer.
pub const FRAMES: usize = 1 << 3;

/// See the module's text.
#[derive(LogicBlock)]
pub struct FrameTx {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// One cycle: `strobes` of `data` are written at byte address 8 · `word` of BAR2.
    pub beat: Signal<In, Bit>,
    pub word: Signal<In, Bits<13>>,
    pub data: Signal<In, Bits<64>>,
    pub strobes: Signal<In, Bits<8>>,
    pub refused: Signal<In, Bit>,
    pub order_tdata: Signal<In, Bits<64>>,
    pub order_tkeep: Signal<In, Bits<8>>,
    pub order_tvalid: Signal<In, Bit>,
    pub order_tready: Signal<Out, Bit>,
    pub order_tlast: Signal<In, Bit>,
    pub order_tuser: Signal<In, Bit>,
    pub tx_tdata: Signal<Out, Bits<64>>,
    pub tx_tkeep: Signal<Out, Bits<8>>,
    pub tx_tvalid: Signal<Out, Bit>,
    pub tx_tready: Signal<In, Bit>,
    pub tx_tlast: Signal<Out, Bit>,
    pub tx_tuser: Signal<Out, Bit>,
    /// The order side's receive stream.
    pub rx_valid: Signal<In, Bit>,
    pub rx_data: Signal<In, Bits<64>>,
    pub rx_last: Signal<In, Bit>,
    pub rx_user: Signal<In, Bit>,
    /// Pulses: `frames_sent frames_refused frames_unread frames_withheld`.
    pub count: Signal<Out, Bits<4>>,
    cells: SdpRamFast<Bits<64>, 10>,
    lengths: StreamFifo<Bits<12>, 3, 4>,
    counts: Cat4<1, 1, 1, 1, 4>,
    filter: Filter,
    // The word written, and behind the filter.
    valid_s1: DFF<Bit>,
    index_s1: DFF<Bits<9>>,
    data_s1: DFF<Bits<64>>,
    whole_s1: DFF<Bit>,
    legal_s1: DFF<Bit>,
    index_line: DelayLine<Bits<9>, 6>,
    whole_line: DelayLine<Bit, 6>,
    legal_line: DelayLine<Bit, 6>,
    data_s7: DFF<Bits<64>>,
    unread_s8: DFF<Bit>,
    withheld_s8: DFF<Bit>,
    index_s7: Signal<Local, Bits<9>>,
    stops: Signal<Local, Bit>,
    sends: Signal<Local, Bit>,
    // The frame that is written.
    open: DFF<Bit>,
    spoiled: DFF<Bit>,
    expected: DFF<Bits<9>>,
    stop: DFF<Bits<9>>,
    length: DFF<Bits<12>>,
    write: DFF<Bits<11>>,
    base: DFF<Bits<11>>,
    owed: DFF<Bit>,
    refuses_s2: DFF<Bit>,
    // The frame that is sent.
    read: DFF<Bits<11>>,
    fetched: DFF<Bit>,
    busy: DFF<Bit>,
    left: DFF<Bits<9>>,
    tail: DFF<Bits<8>>,
    mine: DFF<Bit>,
    beat_valid: DFF<Bit>,
    beat_data: DFF<Bits<64>>,
    beat_keep: DFF<Bits<8>>,
    beat_last: DFF<Bit>,
    window: Signal<Local, Bits<4>>,
    asked: Signal<Local, Bits<16>>,
    head_bits: Signal<Local, Bits<64>>,
    head_length: Signal<Local, Bits<12>>,
    rounded: Signal<Local, Bits<12>>,
    used: Signal<Local, Bits<11>>,
    write_at: Signal<Local, Bits<11>>,
    write_next: Signal<Local, Bits<11>>,
    is_head: Signal<Local, Bit>,
    is_end: Signal<Local, Bit>,
    takes: Signal<Local, Bit>,
    fine: Signal<Local, Bit>,
    fits: Signal<Local, Bit>,
    keeps: Signal<Local, Bit>,
    supersedes: Signal<Local, Bit>,
    denies: Signal<Local, Bit>,
    fails: Signal<Local, Bit>,
    read_next: Signal<Local, Bits<11>>,
    sent_length: Signal<Local, Bits<12>>,
    sent_rounded: Signal<Local, Bits<12>>,
    odd: Signal<Local, Bits<3>>,
    taken: Signal<Local, Bit>,
    finishes: Signal<Local, Bit>,
    pulls: Signal<Local, Bit>,
    is_last: Signal<Local, Bit>,
    here: Constant<Bits<4>>,
    least: Constant<Bits<16>>,
    most: Constant<Bits<16>>,
    round: Constant<Bits<12>>,
    depth: Constant<Bits<11>>,
    one: Constant<Bits<11>>,
    one_word: Constant<Bits<9>>,
    numbers: [Constant<Bits<3>>; 8],
    keeps_of: [Constant<Bits<8>>; 8],
    all_bytes: Constant<Bits<8>>,
}

impl Default for FrameTx {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            beat: Default::default(),
            word: Default::default(),
            data: Default::default(),
            strobes: Default::default(),
            refused: Default::default(),
            order_tdata: Default::default(),
            order_tkeep: Default::default(),
            order_tvalid: Default::default(),
            order_tready: Default::default(),
            order_tlast: Default::default(),
            order_tuser: Default::default(),
            tx_tdata: Default::default(),
            tx_tkeep: Default::default(),
            tx_tvalid: Default::default(),
            tx_tready: Default::default(),
            tx_tlast: Default::default(),
            tx_tuser: Default::default(),
            rx_valid: Default::default(),
            rx_data: Default::default(),
            rx_last: Default::default(),
            rx_user: Default::default(),
            count: Default::default(),
            cells: Default::default(),
            lengths: Default::default(),
            counts: Default::default(),
            valid_s1: Default::default(),
            index_s1: Default::default(),
            data_s1: Default::default(),
            whole_s1: Default::default(),
            legal_s1: Default::default(),
            filter: Default::default(),
            index_line: Default::default(),
            whole_line: Default::default(),
            legal_line: Default::default(),
            data_s7: Default::default(),
            unread_s8: Default::default(),
            withheld_s8: Default::default(),
            index_s7: Default::default(),
            stops: Default::default(),
            sends: Default::default(),
            open: Default::default(),
            spoiled: Default::default(),
            expected: Default::default(),
            stop: Default::default(),
            length: Default::default(),
            write: Default::default(),
            base: Default::default(),
            owed: Default::default(),
            refuses_s2: Default::default(),
            read: Default::default(),
            fetched: Default::default(),
            busy: Default::default(),
            left: Default::default(),
            tail: Default::default(),
            mine: Default::default(),
            beat_valid: Default::default(),
            beat_data: Default::default(),
            beat_keep: Default::default(),
            beat_last: Default::default(),
            window: Default::default(),
            asked: Default::default(),
            head_bits: Default::default(),
            head_length: Default::default(),
            rounded: Default::default(),
            used: Default::default(),
            write_at: Default::default(),
            write_next: Default::default(),
            is_head: Default::default(),
            is_end: Default::default(),
            takes: Default::default(),
            fine: Default::default(),
            fits: Default::default(),
            keeps: Default::default(),
            supersedes: Default::default(),
            denies: Default::default(),
            fails: Default::default(),
            read_next: Default::default(),
            sent_length: Default::default(),
            sent_rounded: Default::default(),
            odd: Default::default(),
            taken: Default::default(),
            finishes: Default::default(),
            pulls: Default::default(),
            is_last: Default::default(),
            here: Constant::new(1_u64.into()),
            least: Constant::new((FRAME_MIN as u64).into()),
            most: Constant::new((FRAME_MAX as u64).into()),
            round: Constant::new(7_u64.into()),
            depth: Constant::new((WORDS as u64).into()),
            one: Constant::new(1_u64.into()),
            one_word: Constant::new(1_u64.into()),
            numbers: std::array::from_fn(|i| Constant::new((i as u64).into())),
            keeps_of: std::array::from_fn(|i| {
                let bytes = if i == 0 { 8 } else { i };
                Constant::new(((1_u64 << bytes) - 1).into())
            }),
            all_bytes: Constant::new(0xff_u64.into()),
        }
    }
}

impl Logic for FrameTx {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            valid_s1,
            index_s1,
            data_s1,
            whole_s1,
            legal_s1,
            open,
            spoiled,
            expected,
            stop,
            length,
            write,
            base,
            owed,
            refuses_s2,
            read,
            fetched,
            busy,
            left,
            tail,
            mine,
            beat_valid,
            beat_data,
            beat_keep,
            beat_last,
            data_s7,
            unread_s8,
            withheld_s8
        );
        self.cells.clock.next = self.clock.val();
        self.lengths.clock.next = self.clock.val();
        self.lengths.reset.next = self.reset.val();

        // The word written.
        self.window.next = self.word.val().get_bits::<4>(9);
        self.asked.next = self.data.val().get_bits::<16>(0);
        self.valid_s1.d.next = self.beat.val() & !self.refused.val() & (self.window.val() == self.here.val());
        self.index_s1.d.next = self.word.val().get_bits::<9>(0);
        self.data_s1.d.next = self.data.val();
        self.whole_s1.d.next = self.strobes.val().all();
        self.legal_s1.d.next = (self.asked.val() >= self.least.val())
            & (self.asked.val() <= self.most.val())
            & self.strobes.val().all();

        // Past the filter, which knows of the last word what it knows of the frame.
        self.filter.clock.next = self.clock.val();
        self.filter.reset.next = self.reset.val();
        self.filter.valid.next = self.valid_s1.q.val();
        self.filter.index.next = self.index_s1.q.val();
        self.filter.data.next = self.data_s1.q.val();
        self.filter.rx_valid.next = self.rx_valid.val();
        self.filter.rx_data.next = self.rx_data.val();
        self.filter.rx_last.next = self.rx_last.val();
        self.filter.rx_user.next = self.rx_user.val();
        self.index_line.clock.next = self.clock.val();
        self.index_line.d.next = self.index_s1.q.val();
        self.whole_line.clock.next = self.clock.val();
        self.whole_line.d.next = self.whole_s1.q.val();
        self.legal_line.clock.next = self.clock.val();
        self.legal_line.d.next = self.legal_s1.q.val();
        self.index_s7.next = self.index_line.q.val();
        self.data_s7.d.next = self.filter.word.val();

        // The frame it belongs to: its length makes it begin behind the last one kept.
        self.head_bits.next = self.data_s7.q.val();
        self.head_length.next = self.head_bits.val().get_bits::<12>(0);
        self.rounded.next = self.head_length.val() + self.round.val();
        self.write_at.next = self.write.q.val();
        self.write_next.next = self.write.q.val() + self.one.val();
        self.used.next = self.write.q.val() - self.read.q.val();
        self.is_head.next = self.filter.judged.val() & !self.index_s7.val().any();
        self.takes.next = self.filter.judged.val() & self.index_s7.val().any() & self.open.q.val();
        self.is_end.next = self.takes.val() & (self.index_s7.val() == self.stop.q.val());
        self.fine.next = self.takes.val()
            & !self.spoiled.q.val()
            & self.whole_line.q.val()
            & (self.index_s7.val() == self.expected.q.val())
            & (self.used.val() != self.depth.val());
        self.fits.next = self.is_end.val() & self.fine.val() & self.lengths.sink.ready.val();
        self.keeps.next = self.fits.val() & self.filter.allowed.val();
        self.stops.next = self.fits.val() & !self.filter.allowed.val();
        self.filter.kept.next = self.keeps.val();
        self.unread_s8.d.next = self.stops.val() & !self.filter.payload.val();
        self.withheld_s8.d.next = self.stops.val() & self.filter.payload.val();
        self.cells.write_enable.next = self.fine.val();
        self.cells.write_address.next = self.write_at.val().get_bits::<10>(0);
        self.cells.write_data.next = self.data_s7.q.val();
        self.lengths.sink.valid.next = self.keeps.val();
        self.lengths.sink.data.next = self.length.q.val();
        if self.fine.val() {
            self.write.d.next = self.write_next.val();
            self.expected.d.next = self.expected.q.val() + self.one_word.val();
        }
        if self.takes.val() & !self.fine.val() {
            self.spoiled.d.next = true;
        }
        if self.is_end.val() {
            self.open.d.next = false;
        }
        if self.keeps.val() {
            self.base.d.next = self.write_next.val();
        }
        if self.is_head.val() {
            self.open.d.next = self.legal_line.q.val();
            self.spoiled.d.next = false;
            self.expected.d.next = self.one_word.val();
            self.stop.d.next = self.rounded.val().get_bits::<9>(3);
            self.length.d.next = self.head_length.val();
            self.write.d.next = self.base.q.val();
        }
        // Two at once: a frame without its end, and a length that is wrong. The second is counted later.
        self.supersedes.next = self.is_head.val() & self.open.q.val();
        self.denies.next = self.is_head.val() & !self.legal_line.q.val();
        self.fails.next = self.is_end.val() & !self.fits.val();
        self.refuses_s2.d.next =
            self.supersedes.val() | self.denies.val() | self.fails.val() | self.owed.q.val();
        if !self.supersedes.val() & !self.denies.val() & !self.fails.val() {
            self.owed.d.next = false;
        }
        if self.supersedes.val() & self.denies.val() {
            self.owed.d.next = true;
        }

        // Out of the buffer, a beat ahead.
        self.taken.next = self.mine.q.val() & self.beat_valid.q.val() & self.tx_tready.val();
        self.finishes.next = self.taken.val() & self.beat_last.q.val();
        self.pulls.next = self.busy.q.val()
            & self.left.q.val().any()
            & self.fetched.q.val()
            & (self.taken.val() | !self.beat_valid.q.val());
        self.is_last.next = self.left.q.val() == self.one_word.val();
        self.read_next.next = self.read.q.val();
        if self.pulls.val() {
            self.read_next.next = self.read.q.val() + self.one.val();
        }
        self.read.d.next = self.read_next.val();
        self.cells.read_address.next = self.read_next.val().get_bits::<10>(0);
        self.fetched.d.next = self.read_next.val() != self.base.q.val();
        if self.taken.val() {
            self.beat_valid.d.next = false;
        }
        if self.pulls.val() {
            self.beat_valid.d.next = true;
            self.beat_data.d.next = self.cells.read_data.val();
            self.beat_keep.d.next = self.all_bytes.val();
            self.beat_last.d.next = self.is_last.val();
            if self.is_last.val() {
                self.beat_keep.d.next = self.tail.q.val();
            }
            self.left.d.next = self.left.q.val() - self.one_word.val();
        }
        self.lengths.source.ready.next = self.finishes.val();
        self.sent_length.next = self.lengths.source.data.val();
        self.sent_rounded.next = self.sent_length.val() + self.round.val();
        self.odd.next = self.sent_length.val().get_bits::<3>(0);
        if !self.busy.q.val() & self.lengths.source.valid.val() {
            self.busy.d.next = true;
            self.left.d.next = self.sent_rounded.val().get_bits::<9>(3);
            for i in 0..8 {
                if self.odd.val() == self.numbers[i].val() {
                    self.tail.d.next = self.keeps_of[i].val();
                }
            }
        }
        if self.finishes.val() {
            self.busy.d.next = false;
            self.mine.d.next = false;
        }

        // The wire: an order keeps it while its beats are offered.
        if !self.mine.q.val() & self.beat_valid.q.val() & !self.order_tvalid.val() {
            self.mine.d.next = true;
        }
        self.tx_tdata.next = self.order_tdata.val();
        self.tx_tkeep.next = self.order_tkeep.val();
        self.tx_tvalid.next = self.order_tvalid.val();
        self.tx_tlast.next = self.order_tlast.val();
        self.tx_tuser.next = self.order_tuser.val();
        self.order_tready.next = self.tx_tready.val();
        if self.mine.q.val() {
            self.tx_tdata.next = self.beat_data.q.val();
            self.tx_tkeep.next = self.beat_keep.q.val();
            self.tx_tvalid.next = self.beat_valid.q.val();
            self.tx_tlast.next = self.beat_last.q.val();
            self.tx_tuser.next = false;
            self.order_tready.next = false;
        }
        // What leaves is what the filter learns from.
        self.sends.next = self.order_tvalid.val();
        if self.mine.q.val() {
            self.sends.next = self.beat_valid.q.val();
        }
        self.filter.tx_beat.next = self.sends.val() & self.tx_tready.val();
        self.filter.tx_mine.next = self.mine.q.val();
        self.filter.tx_data.next = self.order_tdata.val();
        self.filter.tx_last.next = self.order_tlast.val();
        self.filter.tx_user.next = self.order_tuser.val();
        if self.mine.q.val() {
            self.filter.tx_data.next = self.beat_data.q.val();
            self.filter.tx_last.next = self.beat_last.q.val();
            self.filter.tx_user.next = false;
        }
        self.counts.d.next = self.finishes.val().into();
        self.counts.c.next = self.refuses_s2.q.val().into();
        self.counts.b.next = self.unread_s8.q.val().into();
        self.counts.a.next = self.withheld_s8.q.val().into();
        self.count.next = self.counts.y.val();
        if self.reset.val() {
            self.valid_s1.d.next = false;
            self.unread_s8.d.next = false;
            self.withheld_s8.d.next = false;
            self.open.d.next = false;
            self.write.d.next = 0.into();
            self.base.d.next = 0.into();
            self.owed.d.next = false;
            self.refuses_s2.d.next = false;
            self.read.d.next = 0.into();
            self.fetched.d.next = false;
            self.busy.d.next = false;
            self.mine.d.next = false;
            self.beat_valid.d.next = false;
        }
    }
}

/// The same block in every size.
pub fn build(_size: Size) -> Elaborated {
    elaborate(FrameTx::default())
}
