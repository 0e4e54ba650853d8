//! Order-side frames to the host: whole good frames, cut into entries of the frames ring.
//!
//! ```text
//!  rx ─► mask, length ─► SdpRamFast 1024 × 64 ─► chunk of 6 words ─► entry
//!             │ good end: commit      ▲                ▲
//!             └─► lengths and stamps (32) ─────────────┘
//! ```
//!
//! The layout of an entry is `contract::frame`. A frame is dropped whole when it ends with `rx_user`, has more than 1,522 bytes, finds no room for its
//! words or its length, or when `cfg_on` was low in one of its beats.
//!
//! Latency: 9 cycles from the last beat to the first entry while nothing waits, then 7 an entry of 48 bytes: short frames at line rate
//! for ever would fill the buffer (8 KiB).
//! Back-pressure: none on receive; an entry waits for `entry_ready`.

use crate::emit::{Elaborated, Size, elaborate};
use crate::prim::{Cat2, Cat3, Cat4, Popcount, SdpRamFast};
use crate::stream_fifo::StreamFifo;
use crate::types::EventEntry;
use contract::frame::{CHUNK, FRAME_MAX, HEAD, KIND};
use contract::layout::lsb;
use rust_hdl::prelude::*;

const _: () = {
    assert!(lsb(HEAD, "length") == 0 && lsb(HEAD, "part") == 16);
    assert!(lsb(HEAD, "stamp") == 24 && lsb(HEAD, "kind") == 60);
    assert!(CHUNK == 48, "six words of 64 bits");
};

/// Words of the buffer.
pub const WORDS: usize = 1 << 10;
/// Frames of the buffer.
pub const FRAMES: usize = 1 << 5;

/// See the module's text.
#[derive(LogicBlock)]
pub struct FrameRx {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// Card time, ns.
    pub now: Signal<In, Bits<64>>,
    /// The frames ring is on.
    pub cfg_on: Signal<In, Bit>,
    pub rx_data: Signal<In, Bits<64>>,
    pub rx_keep: Signal<In, Bits<8>>,
    pub rx_valid: Signal<In, Bit>,
    pub rx_last: Signal<In, Bit>,
    pub rx_user: Signal<In, Bit>,
    pub entry_valid: Signal<Out, Bit>,
    pub entry_ready: Signal<In, Bit>,
    pub entry: Signal<Out, EventEntry>,
    /// Pulses: `frames_received frames_dropped frames_bad`.
    pub count: Signal<Out, Bits<3>>,
    cells: SdpRamFast<Bits<64>, 10>,
    frames: StreamFifo<Bits<48>, 5, 6>,
    lanes: Popcount<8, 4>,
    told: Cat2<36, 12, 48>,
    shifted: Cat2<64, 320, 384>,
    head: Cat4<4, 36, 8, 16, 64>,
    whole: Cat2<384, 64, 448>,
    counts: Cat3<1, 1, 1, 3>,
    // The beat.
    in_frame: DFF<Bit>,
    stamp: DFF<Bits<36>>,
    valid_s1: DFF<Bit>,
    data_s1: DFF<Bits<64>>,
    bytes_s1: DFF<Bits<4>>,
    last_s1: DFF<Bit>,
    bad_s1: DFF<Bit>,
    on_s1: DFF<Bit>,
    // The frame that is written.
    write: DFF<Bits<11>>,
    base: DFF<Bits<11>>,
    length: DFF<Bits<12>>,
    spoiled: DFF<Bit>,
    // The frame that is read.
    read: DFF<Bits<11>>,
    fetched: DFF<Bit>,
    open: DFF<Bit>,
    left: DFF<Bits<9>>,
    lane: DFF<Bits<3>>,
    part: DFF<Bits<8>>,
    chunk: DFF<Bits<384>>,
    masked: Signal<Local, Bits<64>>,
    bytes_wide: Signal<Local, Bits<12>>,
    length_next: Signal<Local, Bits<12>>,
    used: Signal<Local, Bits<11>>,
    write_at: Signal<Local, Bits<11>>,
    write_next: Signal<Local, Bits<11>>,
    spoils: Signal<Local, Bit>,
    stores: Signal<Local, Bit>,
    ends: Signal<Local, Bit>,
    keeps: Signal<Local, Bit>,
    read_next: Signal<Local, Bits<11>>,
    facts: Signal<Local, Bits<48>>,
    frame_length: Signal<Local, Bits<12>>,
    rounded: Signal<Local, Bits<12>>,
    is_whole: Signal<Local, Bit>,
    pulls: Signal<Local, Bit>,
    pads: Signal<Local, Bit>,
    gives: Signal<Local, Bit>,
    lane_masks: [Constant<Bits<64>>; 8],
    depth: Constant<Bits<11>>,
    one: Constant<Bits<11>>,
    one_left: Constant<Bits<9>>,
    one_lane: Constant<Bits<3>>,
    one_part: Constant<Bits<8>>,
    round: Constant<Bits<12>>,
    most: Constant<Bits<12>>,
    words: Constant<Bits<3>>,
    kind: Constant<Bits<4>>,
}

impl Default for FrameRx {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            now: Default::default(),
            cfg_on: Default::default(),
            rx_data: Default::default(),
            rx_keep: Default::default(),
            rx_valid: Default::default(),
            rx_last: Default::default(),
            rx_user: Default::default(),
            entry_valid: Default::default(),
            entry_ready: Default::default(),
            entry: Default::default(),
            count: Default::default(),
            cells: Default::default(),
            frames: Default::default(),
            lanes: Default::default(),
            told: Default::default(),
            shifted: Default::default(),
            head: Default::default(),
            whole: Default::default(),
            counts: Default::default(),
            in_frame: Default::default(),
            stamp: Default::default(),
            valid_s1: Default::default(),
            data_s1: Default::default(),
            bytes_s1: Default::default(),
            last_s1: Default::default(),
            bad_s1: Default::default(),
            on_s1: Default::default(),
            write: Default::default(),
            base: Default::default(),
            length: Default::default(),
            spoiled: Default::default(),
            read: Default::default(),
            fetched: Default::default(),
            open: Default::default(),
            left: Default::default(),
            lane: Default::default(),
            part: Default::default(),
            chunk: Default::default(),
            masked: Default::default(),
            bytes_wide: Default::default(),
            length_next: Default::default(),
            used: Default::default(),
            write_at: Default::default(),
            write_next: Default::default(),
            spoils: Default::default(),
            stores: Default::default(),
            ends: Default::default(),
            keeps: Default::default(),
            read_next: Default::default(),
            facts: Default::default(),
            frame_length: Default::default(),
            rounded: Default::default(),
            is_whole: Default::default(),
            pulls: Default::default(),
            pads: Default::default(),
            gives: Default::default(),
            lane_masks: std::array::from_fn(|i| Constant::new((0xff_u64 << (8 * i)).into())),
            depth: Constant::new((WORDS as u64).into()),
            one: Constant::new(1_u64.into()),
            one_left: Constant::new(1_u64.into()),
            one_lane: Constant::new(1_u64.into()),
            one_part: Constant::new(1_u64.into()),
            round: Constant::new(7_u64.into()),
            most: Constant::new((FRAME_MAX as u64).into()),
            words: Constant::new((CHUNK as u64 / 8).into()),
            kind: Constant::new(u64::from(KIND).into()),
        }
    }
}

impl Logic for FrameRx {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, in_frame, stamp, valid_s1, data_s1, bytes_s1, last_s1, bad_s1, on_s1, write, base,
            length, spoiled, read, fetched, open, left, lane, part, chunk
        );
        self.cells.clock.next = self.clock.val();
        self.frames.clock.next = self.clock.val();
        self.frames.reset.next = self.reset.val();

        // The beat: bytes that are none become 0.
        self.masked.next = 0.into();
        for i in 0..8 {
            if self.rx_keep.val().get_bit(i) {
                self.masked.next = self.masked.val() | (self.rx_data.val() & self.lane_masks[i].val());
            }
        }
        self.lanes.x.next = self.rx_keep.val();
        self.valid_s1.d.next = self.rx_valid.val();
        self.data_s1.d.next = self.masked.val();
        self.bytes_s1.d.next = self.lanes.count.val();
        self.last_s1.d.next = self.rx_last.val();
        self.bad_s1.d.next = self.rx_user.val();
        self.on_s1.d.next = self.cfg_on.val();
        if self.rx_valid.val() {
            self.in_frame.d.next = !self.rx_last.val();
            if !self.in_frame.q.val() {
                self.stamp.d.next = self.now.val().get_bits::<36>(0);
            }
        }

        // Into the buffer; a frame that is not kept leaves the place it took.
        self.write_at.next = self.write.q.val();
        self.used.next = self.write.q.val() - self.read.q.val();
        self.bytes_wide.next = bit_cast::<12, 4>(self.bytes_s1.q.val());
        self.length_next.next = self.length.q.val() + self.bytes_wide.val();
        self.write_next.next = self.write.q.val() + self.one.val();
        self.spoils.next = self.spoiled.q.val()
            | !self.on_s1.q.val()
            | (self.used.val() == self.depth.val())
            | (self.length_next.val() > self.most.val());
        self.stores.next = self.valid_s1.q.val() & !self.spoils.val();
        self.ends.next = self.valid_s1.q.val() & self.last_s1.q.val();
        self.keeps.next =
            self.ends.val() & !self.bad_s1.q.val() & !self.spoils.val() & self.frames.sink.ready.val();
        self.cells.write_enable.next = self.stores.val();
        self.cells.write_address.next = self.write_at.val().get_bits::<10>(0);
        self.cells.write_data.next = self.data_s1.q.val();
        self.told.hi.next = self.stamp.q.val();
        self.told.lo.next = self.length_next.val();
        self.frames.sink.valid.next = self.keeps.val();
        self.frames.sink.data.next = self.told.y.val();
        if self.valid_s1.q.val() {
            self.length.d.next = self.length_next.val();
            self.spoiled.d.next = self.spoils.val();
        }
        if self.stores.val() {
            self.write.d.next = self.write_next.val();
        }
        if self.ends.val() {
            self.length.d.next = 0.into();
            self.spoiled.d.next = false;
            self.write.d.next = self.base.q.val();
        }
        if self.keeps.val() {
            self.base.d.next = self.write_next.val();
            self.write.d.next = self.write_next.val();
        }
        self.counts.c.next = self.keeps.val().into();
        self.counts.b.next = (self.ends.val() & !self.bad_s1.q.val() & !self.keeps.val()).into();
        self.counts.a.next = (self.ends.val() & self.bad_s1.q.val()).into();
        self.count.next = self.counts.y.val();

        // Out of it: only words of frames that were kept by an earlier edge.
        self.read_next.next = self.read.q.val();
        if self.pulls.val() {
            self.read_next.next = self.read.q.val() + self.one.val();
        }
        self.read.d.next = self.read_next.val();
        self.cells.read_address.next = self.read_next.val().get_bits::<10>(0);
        self.fetched.d.next = self.read_next.val() != self.base.q.val();
        self.facts.next = self.frames.source.data.val();
        self.frame_length.next = self.facts.val().get_bits::<12>(0);
        self.rounded.next = self.frame_length.val() + self.round.val();
        self.is_whole.next = self.lane.q.val() == self.words.val();
        self.pulls.next =
            self.open.q.val() & !self.is_whole.val() & self.left.q.val().any() & self.fetched.q.val();
        self.pads.next = self.open.q.val() & !self.is_whole.val() & !self.left.q.val().any();
        self.gives.next = self.open.q.val() & self.is_whole.val() & self.entry_ready.val();
        self.shifted.hi.next = 0.into();
        if self.pulls.val() {
            self.shifted.hi.next = self.cells.read_data.val();
        }
        self.shifted.lo.next = self.chunk.q.val().get_bits::<320>(64);
        if self.pulls.val() | self.pads.val() {
            self.chunk.d.next = self.shifted.y.val();
            self.lane.d.next = self.lane.q.val() + self.one_lane.val();
        }
        if self.pulls.val() {
            self.left.d.next = self.left.q.val() - self.one_left.val();
        }
        self.frames.source.ready.next = self.gives.val() & !self.left.q.val().any();
        if self.gives.val() {
            self.lane.d.next = 0.into();
            self.part.d.next = self.part.q.val() + self.one_part.val();
            if !self.left.q.val().any() {
                self.open.d.next = false;
            }
        }
        if !self.open.q.val() & self.frames.source.valid.val() {
            self.open.d.next = true;
            self.left.d.next = self.rounded.val().get_bits::<9>(3);
            self.lane.d.next = 0.into();
            self.part.d.next = 0.into();
        }
        self.head.a.next = self.kind.val();
        self.head.b.next = self.facts.val().get_bits::<36>(12);
        self.head.c.next = self.part.q.val();
        self.head.d.next = bit_cast::<16, 12>(self.frame_length.val());
        self.whole.hi.next = self.chunk.q.val();
        self.whole.lo.next = self.head.y.val();
        self.entry_valid.next = self.open.q.val() & self.is_whole.val();
        self.entry.next = self.whole.y.val();
        if self.reset.val() {
            self.in_frame.d.next = false;
            self.valid_s1.d.next = false;
            self.write.d.next = 0.into();
            self.base.d.next = 0.into();
            self.length.d.next = 0.into();
            self.spoiled.d.next = false;
            self.read.d.next = 0.into();
            self.fetched.d.next = false;
            self.open.d.next = false;
        }
    }
}

/// The same block in every size.
pub fn build(_size: Size) -> Elaborated {
    elaborate(FrameRx::default())
}
