//! Card to host: records, events and frames become sealed 64-byte entries, one posted write each.
//!
//! ```text
//!  view, features ─► Entrance ─┐               s1             s2            out
//!                  (queue)     ├─ choose ─┬─► payload ─────► payload ────► LineWriter ─► m_axi
//!  events ─► EventPort ────────┘  │  seq  └► spare ▲ CRC groups     CRC, address
//!  frames ─►  (one of both) RingState × 3 ◄─── head, lapped, full ◄──── written
//! ```
//!
//! What was chosen while s1 stands still waits in `spare`, so that the choice hangs on a register and not on the bus.
//!
//! Ring 0 is records, ring 1 events, ring 2 frames. Entries of one ring leave in the order of their sequence. A record is queued whole or skipped
//! whole; the records ring and the frames ring never wait for the host. Events are never written over: while their ring is full they
//! wait at the sources and `events_full` is up. Nothing is offered on AXI while `bus_master` is low: entries wait (the first
//! one that does is counted as refused) and the queue fills. Entries of a ring that was turned off are dropped
//! and counted as refused.
//!
//! Latency: 3 cycles from `emit` to the first write beat while nothing waits; one entry a cycle at `W` = 512, one in four at
//! `W` = 128.
//! Back-pressure: none towards records; `event_ready`, `frame_ready`; AXI as it comes.

pub mod assemble;
pub mod crc;
pub mod entrance;
pub mod event_port;
mod initial;
pub mod item;
pub mod line_writer;
pub mod refusals;
pub mod ring_state;

use crate::emit::{Elaborated, Size, elaborate};
use crate::prim::{Cat2, Cat3};
use crate::types::{BookView, EventEntry};
use contract::ring::{CRC_AT, PAYLOAD_BYTES, SEQ_AT};
use crc::EntryCrc;
use entrance::Entrance;
use event_port::EventPort;
use line_writer::LineWriter;
use refusals::Refusals;
use ring_state::RingState;
use rust_hdl::prelude::*;

const _: () = assert!(
    CRC_AT == PAYLOAD_BYTES && SEQ_AT == CRC_AT + 4,
    "an entry is payload, CRC, sequence"
);

/// Blocks that report events.
pub const EVENT_SOURCES: usize = 5;

/// Counter pulses of this block, lowest bit first.
pub const COUNTS: [&str; 5] = ["records", "skipped", "events", "events_blocked", "dma_refused"];

/// See the module's text. `SB` bits of a slot index, `NS = 2^SB`; a queue of `2^A` records, `A1 = A + 1`; `E` event sources; `W`
/// data bits, `WB = W / 8`.
#[derive(LogicBlock)]
pub struct DmaC2h<
    const SB: usize,
    const NS: usize,
    const A: usize,
    const A1: usize,
    const E: usize,
    const W: usize,
    const WB: usize,
> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub bus_master: Signal<In, Bit>,
    pub cfg_enable: [Signal<In, Bit>; 3],
    pub cfg_base_lo: [Signal<In, Bits<32>>; 3],
    pub cfg_base_hi: [Signal<In, Bits<32>>; 3],
    pub cfg_size_log2: [Signal<In, Bits<5>>; 3],
    pub cfg_tail: [Signal<In, Bits<32>>; 3],
    pub head: [Signal<Out, Bits<32>>; 3],
    pub lapped: [Signal<Out, Bit>; 3],
    pub slot_write: Signal<In, Bit>,
    pub slot: Signal<In, Bits<SB>>,
    pub slot_register: Signal<In, Bits<5>>,
    pub slot_data: Signal<In, Bits<32>>,
    pub read_slot: Signal<In, Bits<SB>>,
    pub now_skipped: Signal<Out, Bits<32>>,
    pub emit: Signal<In, Bit>,
    pub view: Signal<In, BookView>,
    pub features: Signal<In, Bits<256>>,
    pub event_valid: [Signal<In, Bit>; E],
    pub event_ready: [Signal<Out, Bit>; E],
    pub event_entry: [Signal<In, EventEntry>; E],
    pub frame_valid: Signal<In, Bit>,
    pub frame_ready: Signal<Out, Bit>,
    pub frame_entry: Signal<In, EventEntry>,
    /// The frames ring is on.
    pub frames_on: Signal<Out, Bit>,
    pub events_full: Signal<Out, Bit>,
    /// One cycle: an event is in memory.
    pub event_written: Signal<Out, Bit>,
    /// Something is on its way.
    pub busy: Signal<Out, Bit>,
    pub count: Signal<Out, Bits<5>>,
    pub m_axi_awaddr: Signal<Out, Bits<64>>,
    pub m_axi_awlen: Signal<Out, Bits<8>>,
    pub m_axi_awsize: Signal<Out, Bits<3>>,
    pub m_axi_awburst: Signal<Out, Bits<2>>,
    pub m_axi_awvalid: Signal<Out, Bit>,
    pub m_axi_awready: Signal<In, Bit>,
    pub m_axi_wdata: Signal<Out, Bits<W>>,
    pub m_axi_wstrb: Signal<Out, Bits<WB>>,
    pub m_axi_wlast: Signal<Out, Bit>,
    pub m_axi_wvalid: Signal<Out, Bit>,
    pub m_axi_wready: Signal<In, Bit>,
    pub m_axi_bresp: Signal<In, Bits<2>>,
    pub m_axi_bvalid: Signal<In, Bit>,
    pub m_axi_bready: Signal<Out, Bit>,
    entrance: Entrance<SB, NS, A, A1>,
    event_port: EventPort<E>,
    rings: [RingState; 3],
    checked: Cat2<32, 448, 480>,
    entry_crc: EntryCrc,
    sealed: Cat3<32, 32, 448, 512>,
    address_cat: Cat2<32, 32, 64>,
    writer: LineWriter<W, WB>,
    valid_spare: DFF<Bit>,
    is_event_spare: DFF<Bit>,
    is_frame_spare: DFF<Bit>,
    is_core_spare: DFF<Bit>,
    payload_spare: DFF<Bits<448>>,
    seq_spare: DFF<Bits<32>>,
    index_spare: DFF<Bits<20>>,
    valid_s1: DFF<Bit>,
    /// An event or a frame; a frame.
    is_event_s1: DFF<Bit>,
    is_frame_s1: DFF<Bit>,
    is_core_s1: DFF<Bit>,
    payload_s1: DFF<Bits<448>>,
    seq_s1: DFF<Bits<32>>,
    index_s1: DFF<Bits<20>>,
    /// Base of the ring if it is no record, chosen a stage ahead.
    other_base_s1: DFF<Bits<32>>,
    valid_s2: DFF<Bit>,
    is_event_s2: DFF<Bit>,
    is_frame_s2: DFF<Bit>,
    is_core_s2: DFF<Bit>,
    payload_s2: DFF<Bits<448>>,
    seq_s2: DFF<Bits<32>>,
    address_s2: DFF<Bits<33>>,
    other_base_hi_s2: DFF<Bits<32>>,
    writing: DFF<Bit>,
    is_event_out: DFF<Bit>,
    is_frame_out: DFF<Bit>,
    is_core_out: DFF<Bit>,
    seq_out: DFF<Bits<32>>,
    waits_for_bus: DFF<Bit>,
    refusals: Refusals,
    take_event: Signal<Local, Bit>,
    take_record: Signal<Local, Bit>,
    takes: Signal<Local, Bit>,
    is_core: Signal<Local, Bit>,
    payload: Signal<Local, Bits<448>>,
    seq: Signal<Local, Bits<32>>,
    index: Signal<Local, Bits<20>>,
    move_s1: Signal<Local, Bit>,
    move_s2: Signal<Local, Bit>,
    ring_on_s2: Signal<Local, Bit>,
    drop_s2: Signal<Local, Bit>,
    load: Signal<Local, Bit>,
    offset_s1: Signal<Local, Bits<33>>,
    base_s1: Signal<Local, Bits<33>>,
    base_hi_s2: Signal<Local, Bits<32>>,
    carry_s2: Signal<Local, Bits<32>>,
    high_s2: Signal<Local, Bits<32>>,
    event_in_flight: Signal<Local, Bit>,
    record_in_flight: Signal<Local, Bit>,
    frame_in_flight: Signal<Local, Bit>,
    other_on_s2: Signal<Local, Bit>,
    held_event: Signal<Local, Bit>,
    held_frame: Signal<Local, Bit>,
    waits_now: Signal<Local, Bit>,
    one: Constant<Bits<32>>,
    count_bits: [Constant<Bits<5>>; 5],
}

impl<
    const SB: usize,
    const NS: usize,
    const A: usize,
    const A1: usize,
    const E: usize,
    const W: usize,
    const WB: usize,
> Logic for DmaC2h<SB, NS, A, A1, E, W, WB>
{
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            valid_spare,
            is_event_spare,
            is_frame_spare,
            is_core_spare,
            payload_spare,
            seq_spare,
            index_spare,
            valid_s1,
            is_event_s1,
            is_frame_s1,
            is_core_s1,
            payload_s1,
            seq_s1,
            index_s1,
            other_base_s1,
            valid_s2,
            is_event_s2,
            is_frame_s2,
            is_core_s2,
            payload_s2,
            seq_s2,
            address_s2,
            other_base_hi_s2,
            writing,
            is_event_out,
            is_frame_out,
            is_core_out,
            seq_out,
            waits_for_bus
        );
        // entrance
        self.entrance.clock.next = self.clock.val();
        self.entrance.reset.next = self.reset.val();
        self.entrance.on.next = self.rings[0].on.val();
        self.entrance.emit.next = self.emit.val();
        self.entrance.view.next = self.view.val();
        self.entrance.features.next = self.features.val();
        self.entrance.slot_write.next = self.slot_write.val();
        self.entrance.slot.next = self.slot.val();
        self.entrance.slot_register.next = self.slot_register.val();
        self.entrance.slot_data.next = self.slot_data.val();
        self.entrance.read_slot.next = self.read_slot.val();
        self.now_skipped.next = self.entrance.now_skipped.val();

        // events
        self.event_port.clock.next = self.clock.val();
        self.event_port.reset.next = self.reset.val();
        self.event_port.on.next = self.rings[1].on.val();
        self.event_port.hold.next = self.cfg_enable[1].val() & !self.rings[1].on.val();
        self.event_port.full.next = self.rings[1].full.val();
        for i in 0..E {
            self.event_port.event_valid[i].next = self.event_valid[i].val();
            self.event_port.event_entry[i].next = self.event_entry[i].val();
            self.event_ready[i].next = self.event_port.event_ready[i].val();
        }
        self.events_full.next = self.rings[1].on.val() & self.rings[1].full.val();

        // frames
        self.event_port.frame_hold.next = self.cfg_enable[2].val() & !self.rings[2].on.val();
        self.event_port.frame_valid.next = self.frame_valid.val();
        self.event_port.frame_entry.next = self.frame_entry.val();
        self.frame_ready.next = self.event_port.frame_ready.val();
        self.frames_on.next = self.rings[2].on.val();

        // s2: CRC, high half of the address
        self.base_hi_s2.next = self.cfg_base_hi[0].val();
        self.ring_on_s2.next = self.rings[0].on.val();
        self.other_on_s2.next = self.rings[1].on.val();
        if self.is_frame_s2.q.val() {
            self.other_on_s2.next = self.rings[2].on.val();
        }
        if self.is_event_s2.q.val() {
            self.base_hi_s2.next = self.other_base_hi_s2.q.val();
            self.ring_on_s2.next = self.other_on_s2.val();
        }
        self.carry_s2.next = 0.into();
        if self.address_s2.q.val().get_bit(32) {
            self.carry_s2.next = self.one.val();
        }
        self.high_s2.next = self.base_hi_s2.val() + self.carry_s2.val();
        self.address_cat.hi.next = self.high_s2.val();
        self.address_cat.lo.next = self.address_s2.q.val().get_bits::<32>(0);
        self.sealed.a.next = self.seq_s2.q.val();
        self.sealed.b.next = self.entry_crc.crc.val();
        self.sealed.c.next = self.payload_s2.q.val();

        // out
        self.drop_s2.next = self.valid_s2.q.val() & !self.ring_on_s2.val();
        self.load.next =
            self.valid_s2.q.val() & self.ring_on_s2.val() & self.bus_master.val() & self.writer.ready.val();
        self.move_s2.next = !self.valid_s2.q.val() | self.drop_s2.val() | self.load.val();
        self.move_s1.next = !self.valid_s1.q.val() | self.move_s2.val();
        self.writer.clock.next = self.clock.val();
        self.writer.reset.next = self.reset.val();
        self.writer.take.next = self.load.val();
        self.writer.address.next = self.address_cat.y.val();
        self.writer.line.next = self.sealed.y.val();
        if self.writer.accepted.val() {
            self.writing.d.next = false;
        }
        if self.load.val() {
            self.writing.d.next = true;
            self.is_event_out.d.next = self.is_event_s2.q.val();
            self.is_frame_out.d.next = self.is_frame_s2.q.val();
            self.is_core_out.d.next = self.is_core_s2.q.val();
            self.seq_out.d.next = self.seq_s2.q.val();
        }
        self.m_axi_awaddr.next = self.writer.m_axi_awaddr.val();
        self.m_axi_awlen.next = self.writer.m_axi_awlen.val();
        self.m_axi_awsize.next = self.writer.m_axi_awsize.val();
        self.m_axi_awburst.next = self.writer.m_axi_awburst.val();
        self.m_axi_awvalid.next = self.writer.m_axi_awvalid.val();
        self.writer.m_axi_awready.next = self.m_axi_awready.val();
        self.m_axi_wdata.next = self.writer.m_axi_wdata.val();
        self.m_axi_wstrb.next = self.writer.m_axi_wstrb.val();
        self.m_axi_wlast.next = self.writer.m_axi_wlast.val();
        self.m_axi_wvalid.next = self.writer.m_axi_wvalid.val();
        self.writer.m_axi_wready.next = self.m_axi_wready.val();
        self.writer.m_axi_bresp.next = self.m_axi_bresp.val();
        self.writer.m_axi_bvalid.next = self.m_axi_bvalid.val();
        self.m_axi_bready.next = self.writer.m_axi_bready.val();

        // s1: group parities of the CRC, low half of the address
        self.checked.hi.next = self.seq_s1.q.val();
        self.checked.lo.next = self.payload_s1.q.val();
        self.entry_crc.clock.next = self.clock.val();
        self.entry_crc.enable.next = self.move_s2.val();
        self.entry_crc.data.next = self.checked.y.val();
        self.offset_s1.next = bit_cast::<33, 20>(self.index_s1.q.val()) << 6;
        self.base_s1.next = bit_cast::<33, 32>(self.cfg_base_lo[0].val());
        if self.is_event_s1.q.val() {
            self.base_s1.next = bit_cast::<33, 32>(self.other_base_s1.q.val());
        }
        if self.move_s2.val() {
            self.valid_s2.d.next = self.valid_s1.q.val();
            self.is_event_s2.d.next = self.is_event_s1.q.val();
            self.is_frame_s2.d.next = self.is_frame_s1.q.val();
            self.other_base_hi_s2.d.next = self.cfg_base_hi[1].val();
            if self.is_frame_s1.q.val() {
                self.other_base_hi_s2.d.next = self.cfg_base_hi[2].val();
            }
            self.is_core_s2.d.next = self.is_core_s1.q.val();
            self.payload_s2.d.next = self.payload_s1.q.val();
            self.seq_s2.d.next = self.seq_s1.q.val();
            self.address_s2.d.next = self.base_s1.val() + self.offset_s1.val();
        }

        // choose: an event or a frame goes first, there is at most one in four cycles
        self.take_event.next = self.event_port.entry_valid.val() & !self.valid_spare.q.val();
        self.take_record.next =
            self.entrance.entry_valid.val() & !self.event_port.entry_valid.val() & !self.valid_spare.q.val();
        self.event_port.take.next = self.take_event.val();
        self.entrance.take.next = self.take_record.val();
        self.takes.next = self.take_event.val() | self.take_record.val();
        self.is_core.next = self.entrance.entry_core.val() & self.take_record.val();
        self.payload.next = self.entrance.entry.val();
        self.seq.next = self.rings[0].seq.val();
        self.index.next = self.rings[0].index.val();
        if self.event_port.entry_valid.val() {
            self.payload.next = self.event_port.entry.val();
            self.seq.next = self.rings[1].seq.val();
            self.index.next = self.rings[1].index.val();
            if self.event_port.is_frame.val() {
                self.seq.next = self.rings[2].seq.val();
                self.index.next = self.rings[2].index.val();
            }
        }
        if !self.valid_spare.q.val() {
            self.is_event_spare.d.next = self.take_event.val();
            self.is_frame_spare.d.next = self.event_port.is_frame.val();
            self.is_core_spare.d.next = self.is_core.val();
            self.payload_spare.d.next = self.payload.val();
            self.seq_spare.d.next = self.seq.val();
            self.index_spare.d.next = self.index.val();
        }
        if self.move_s1.val() {
            self.valid_spare.d.next = false;
            self.valid_s1.d.next = self.takes.val() | self.valid_spare.q.val();
            self.is_event_s1.d.next = self.take_event.val();
            self.is_frame_s1.d.next = self.event_port.is_frame.val();
            self.is_core_s1.d.next = self.is_core.val();
            self.payload_s1.d.next = self.payload.val();
            self.seq_s1.d.next = self.seq.val();
            self.index_s1.d.next = self.index.val();
            self.other_base_s1.d.next = self.cfg_base_lo[1].val();
            if self.event_port.is_frame.val() {
                self.other_base_s1.d.next = self.cfg_base_lo[2].val();
            }
            if self.valid_spare.q.val() {
                self.is_event_s1.d.next = self.is_event_spare.q.val();
                self.is_frame_s1.d.next = self.is_frame_spare.q.val();
                self.is_core_s1.d.next = self.is_core_spare.q.val();
                self.payload_s1.d.next = self.payload_spare.q.val();
                self.seq_s1.d.next = self.seq_spare.q.val();
                self.index_s1.d.next = self.index_spare.q.val();
                self.other_base_s1.d.next = self.cfg_base_lo[1].val();
                if self.is_frame_spare.q.val() {
                    self.other_base_s1.d.next = self.cfg_base_lo[2].val();
                }
            }
        } else {
            self.valid_spare.d.next = self.takes.val() | self.valid_spare.q.val();
        }

        // rings
        for i in 0..3 {
            self.rings[i].clock.next = self.clock.val();
            self.rings[i].reset.next = self.reset.val();
            self.rings[i].cfg_enable.next = self.cfg_enable[i].val();
            self.rings[i].cfg_size_log2.next = self.cfg_size_log2[i].val();
            self.rings[i].cfg_tail.next = self.cfg_tail[i].val();
            self.rings[i].wrote_seq.next = self.seq_out.q.val();
            self.head[i].next = self.rings[i].head.val();
            self.lapped[i].next = self.rings[i].lapped.val();
        }
        self.rings[0].grant.next = self.take_record.val();
        self.held_event.next = self.event_port.entry_valid.val() & !self.event_port.is_frame.val();
        self.held_frame.next = self.event_port.entry_valid.val() & self.event_port.is_frame.val();
        self.rings[1].grant.next = self.take_event.val() & !self.event_port.is_frame.val();
        self.rings[2].grant.next = self.take_event.val() & self.event_port.is_frame.val();
        self.rings[0].wrote.next = self.writer.accepted.val() & !self.is_event_out.q.val();
        self.rings[1].wrote.next =
            self.writer.accepted.val() & self.is_event_out.q.val() & !self.is_frame_out.q.val();
        self.rings[2].wrote.next =
            self.writer.accepted.val() & self.is_event_out.q.val() & self.is_frame_out.q.val();
        self.event_in_flight.next =
            (self.valid_spare.q.val() & self.is_event_spare.q.val() & !self.is_frame_spare.q.val())
                | (self.valid_s1.q.val() & self.is_event_s1.q.val() & !self.is_frame_s1.q.val())
                | (self.valid_s2.q.val() & self.is_event_s2.q.val() & !self.is_frame_s2.q.val())
                | (self.writing.q.val() & self.is_event_out.q.val() & !self.is_frame_out.q.val());
        self.frame_in_flight.next =
            (self.valid_spare.q.val() & self.is_event_spare.q.val() & self.is_frame_spare.q.val())
                | (self.valid_s1.q.val() & self.is_event_s1.q.val() & self.is_frame_s1.q.val())
                | (self.valid_s2.q.val() & self.is_event_s2.q.val() & self.is_frame_s2.q.val())
                | (self.writing.q.val() & self.is_event_out.q.val() & self.is_frame_out.q.val());
        self.record_in_flight.next = (self.valid_spare.q.val() & !self.is_event_spare.q.val())
            | (self.valid_s1.q.val() & !self.is_event_s1.q.val())
            | (self.valid_s2.q.val() & !self.is_event_s2.q.val())
            | (self.writing.q.val() & !self.is_event_out.q.val());
        self.rings[0].drained.next = self.entrance.empty.val() & !self.record_in_flight.val();
        self.rings[1].drained.next = !self.held_event.val() & !self.event_in_flight.val();
        self.rings[2].drained.next = !self.held_frame.val() & !self.frame_in_flight.val();
        self.event_written.next =
            self.writer.accepted.val() & self.is_event_out.q.val() & !self.is_frame_out.q.val();
        self.busy.next = self.event_in_flight.val()
            | self.record_in_flight.val()
            | self.frame_in_flight.val()
            | !self.entrance.empty.val()
            | self.event_port.entry_valid.val();

        // refusals come from four places at once; they leave one a cycle
        self.waits_now.next = self.valid_s2.q.val() & self.ring_on_s2.val() & !self.bus_master.val();
        self.waits_for_bus.d.next = self.waits_now.val();
        self.refusals.clock.next = self.clock.val();
        self.refusals.reset.next = self.reset.val();
        self.refusals.asked[0].next = self.entrance.refused.val();
        self.refusals.asked[1].next = self.drop_s2.val();
        self.refusals.asked[2].next = self.writer.error.val();
        self.refusals.asked[3].next = self.waits_now.val() & !self.waits_for_bus.q.val();

        self.count.next = 0.into();
        if self.writer.accepted.val() & self.is_core_out.q.val() {
            self.count.next = self.count.val() | self.count_bits[0].val();
        }
        if self.entrance.skipped.val() {
            self.count.next = self.count.val() | self.count_bits[1].val();
        }
        if self.writer.accepted.val() & self.is_event_out.q.val() & !self.is_frame_out.q.val() {
            self.count.next = self.count.val() | self.count_bits[2].val();
        }
        if self.event_port.blocked.val() {
            self.count.next = self.count.val() | self.count_bits[3].val();
        }
        if self.refusals.pulse.val() {
            self.count.next = self.count.val() | self.count_bits[4].val();
        }
        if self.reset.val() {
            self.valid_spare.d.next = false;
            self.valid_s1.d.next = false;
            self.valid_s2.d.next = false;
            self.writing.d.next = false;
            self.waits_for_bus.d.next = false;
        }
    }
}

/// The block of a size.
pub fn build(size: Size) -> Elaborated {
    match size {
        Size::Small => elaborate(DmaC2h::<2, 4, 4, 5, EVENT_SOURCES, 128, 16>::default()),
        Size::Sim => elaborate(DmaC2h::<4, 16, 6, 7, EVENT_SOURCES, 512, 64>::default()),
        Size::Alveo => elaborate(DmaC2h::<6, 64, 6, 7, EVENT_SOURCES, 512, 64>::default()),
    }
}
