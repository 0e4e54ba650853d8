//! Requests in order of their doorbells: numbered, and held until the gate takes them.
//!
//! ```text
//!  request ─► sequence ─┬─► (nothing held) ───────────────┬─► out ─► request_valid, request
//!                       └─► SdpRamFast 64 (rest) ─► next ─┘
//! ```
//!
//! `order_seq` must be the expected one and that of its slot (`order_seq` mod 64); else `out_of_sequence` is set and the
//! expected one stays. A malformed request uses up its number too: its event names it.
//!
//! The host has at most 64 orders unacknowledged, so no more than 64 are ever held. A host that breaks this rule has its
//! 65th request passed on as malformed; further ones are lost, counted as malformed, and leave the expected number
//! alone, so that every later order is out of sequence: the gap cannot be overlooked.
//!
//! Latency: 1 cycle when nothing is held; waiting requests follow each other every other cycle. Back-pressure: `request_ready` holds requests back; the input has none.

use crate::prim::SdpRamFast;
use crate::types::OrderRequest;
use contract::slot::SLOTS;
use rust_hdl::prelude::*;

/// The first order after a reset of the sequence.
const FIRST: u64 = 1;

/// See the module's text.
#[derive(LogicBlock)]
pub struct Queue {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub valid: Signal<In, Bit>,
    pub request: Signal<In, OrderRequest>,
    /// Slot it was written into.
    pub index: Signal<In, Bits<6>>,
    /// Pulse: 1 is the next `order_seq`.
    pub restart: Signal<In, Bit>,
    pub out_valid: Signal<Out, Bit>,
    pub out_ready: Signal<In, Bit>,
    pub out: Signal<Out, OrderRequest>,
    /// Pulse: a request will reach the gate.
    pub committed: Signal<Out, Bit>,
    /// Pulse: a request is malformed or lost.
    pub malformed: Signal<Out, Bit>,
    cells: SdpRamFast<OrderRequest, 6>,
    write_index: DFF<Bits<6>>,
    read_index: DFF<Bits<6>>,
    expected: DFF<Bits<32>>,
    held: DFF<Bits<7>>,
    /// Of those held, the ones in memory.
    behind: DFF<Bits<7>>,
    /// The memory shows the first of them.
    shown: DFF<Bit>,
    next_full: DFF<Bit>,
    next_request: DFF<OrderRequest>,
    out_full: DFF<Bit>,
    out_request: DFF<OrderRequest>,
    committed_now: DFF<Bit>,
    malformed_now: DFF<Bit>,
    numbered: Signal<Local, OrderRequest>,
    seq: Signal<Local, Bits<32>>,
    slot_of_seq: Signal<Local, Bits<6>>,
    in_sequence: Signal<Local, Bit>,
    expected_next: Signal<Local, Bits<32>>,
    over: Signal<Local, Bit>,
    lost: Signal<Local, Bit>,
    keep: Signal<Local, Bit>,
    already: Signal<Local, Bits<1>>,
    bad: Signal<Local, Bit>,
    takes: Signal<Local, Bit>,
    free: Signal<Local, Bit>,
    direct: Signal<Local, Bit>,
    enqueue: Signal<Local, Bit>,
    refill: Signal<Local, Bit>,
    load: Signal<Local, Bit>,
    one: Constant<Bits<7>>,
    place: Constant<Bits<6>>,
    step: Constant<Bits<32>>,
    first: Constant<Bits<32>>,
    most: Constant<Bits<7>>,
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            valid: Default::default(),
            request: Default::default(),
            index: Default::default(),
            restart: Default::default(),
            out_valid: Default::default(),
            out_ready: Default::default(),
            out: Default::default(),
            committed: Default::default(),
            malformed: Default::default(),
            cells: Default::default(),
            write_index: Default::default(),
            read_index: Default::default(),
            expected: Default::default(),
            held: Default::default(),
            behind: Default::default(),
            shown: Default::default(),
            next_full: Default::default(),
            next_request: Default::default(),
            out_full: Default::default(),
            out_request: Default::default(),
            committed_now: Default::default(),
            malformed_now: Default::default(),
            numbered: Default::default(),
            seq: Default::default(),
            slot_of_seq: Default::default(),
            in_sequence: Default::default(),
            expected_next: Default::default(),
            over: Default::default(),
            lost: Default::default(),
            keep: Default::default(),
            already: Default::default(),
            bad: Default::default(),
            takes: Default::default(),
            free: Default::default(),
            direct: Default::default(),
            enqueue: Default::default(),
            refill: Default::default(),
            load: Default::default(),
            one: Constant::new(1_u64.into()),
            place: Constant::new(1_u64.into()),
            step: Constant::new(1_u64.into()),
            first: Constant::new(FIRST.into()),
            most: Constant::new((SLOTS as u64).into()),
        }
    }
}

impl Logic for Queue {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            expected,
            held,
            write_index,
            read_index,
            behind,
            shown,
            next_full,
            next_request,
            out_full,
            out_request,
            committed_now,
            malformed_now
        );
        self.cells.clock.next = self.clock.val();

        // Number and room.
        self.seq.next = self.request.val().order_seq;
        self.slot_of_seq.next = self.seq.val().get_bits::<6>(0);
        self.in_sequence.next =
            (self.seq.val() == self.expected.q.val()) & (self.slot_of_seq.val() == self.index.val());
        self.expected_next.next = self.expected.q.val() + self.step.val();
        self.over.next = self.held.q.val() == self.most.val();
        self.lost.next = self.held.q.val() > self.most.val();
        self.keep.next = self.valid.val() & !self.lost.val();
        self.already.next = self.request.val().malformed;
        self.bad.next = self.already.val().any() | self.over.val();
        if self.keep.val() & self.in_sequence.val() {
            self.expected.d.next = self.expected_next.val();
        }
        if self.restart.val() {
            self.expected.d.next = self.first.val();
        }
        self.numbered.next = self.request.val();
        self.numbered.next.malformed = self.bad.val().into();
        self.numbered.next.out_of_sequence = (!self.in_sequence.val()).into();

        // Straight into the output register when nothing waits, else behind what does.
        self.takes.next = self.out_full.q.val() & self.out_ready.val();
        self.free.next = !self.out_full.q.val() | self.takes.val();
        self.direct.next =
            self.keep.val() & self.free.val() & !self.behind.q.val().any() & !self.next_full.q.val();
        self.enqueue.next = self.keep.val() & !self.direct.val();
        self.refill.next = self.free.val() & self.next_full.q.val();
        self.load.next = self.shown.q.val() & (!self.next_full.q.val() | self.refill.val());
        // At most 63 wait in memory: the place at `write_index` is free, and counts once the index has moved on.
        self.cells.write_enable.next = self.valid.val();
        self.cells.write_address.next = self.write_index.q.val();
        self.cells.write_data.next = self.numbered.val();
        self.cells.read_address.next = self.read_index.q.val();
        // What is in memory now is shown in the next cycle, unless the index moves on.
        self.shown.d.next = self.behind.q.val().any() & !self.load.val();
        if self.enqueue.val() {
            self.write_index.d.next = self.write_index.q.val() + self.place.val();
        }
        if self.refill.val() {
            self.next_full.d.next = false;
        }
        if self.load.val() {
            self.read_index.d.next = self.read_index.q.val() + self.place.val();
            self.next_full.d.next = true;
        }
        if !self.next_full.q.val() | self.refill.val() {
            self.next_request.d.next = self.cells.read_data.val();
        }
        if self.enqueue.val() & !self.load.val() {
            self.behind.d.next = self.behind.q.val() + self.one.val();
        }
        if self.load.val() & !self.enqueue.val() {
            self.behind.d.next = self.behind.q.val() - self.one.val();
        }
        if self.takes.val() {
            self.out_full.d.next = false;
        }
        if self.refill.val() | self.direct.val() {
            self.out_full.d.next = true;
        }
        // What is loaded without being meant is never shown.
        if self.free.val() {
            self.out_request.d.next = self.numbered.val();
            if self.next_full.q.val() {
                self.out_request.d.next = self.next_request.q.val();
            }
        }
        if self.keep.val() & !self.takes.val() {
            self.held.d.next = self.held.q.val() + self.one.val();
        }
        if self.takes.val() & !self.keep.val() {
            self.held.d.next = self.held.q.val() - self.one.val();
        }
        self.out_valid.next = self.out_full.q.val();
        self.out.next = self.out_request.q.val();
        self.committed_now.d.next = self.keep.val();
        self.malformed_now.d.next = self.valid.val() & (self.bad.val() | self.lost.val());
        self.committed.next = self.committed_now.q.val();
        self.malformed.next = self.malformed_now.q.val();
        if self.reset.val() {
            self.expected.d.next = self.first.val();
            self.held.d.next = 0.into();
            self.behind.d.next = 0.into();
            self.write_index.d.next = 0.into();
            self.read_index.d.next = 0.into();
            self.shown.d.next = false;
            self.next_full.d.next = false;
            self.out_full.d.next = false;
            self.committed_now.d.next = false;
            self.malformed_now.d.next = false;
        }
    }
}
