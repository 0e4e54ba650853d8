//! Events of several sources and entries of the frames ring, one after the other.
//!
//! ```text
//!  source 0..E ─► pick (each served once a round) ─► hold ─► entry
//!  frames ───────────┘  ▲ full: events held back
//! ```
//!
//! A frame's entry is picked when no event waits, or when an event was picked last; a full events ring does not hold it back.
//!
//! While the events ring is on and full, no event is taken (`blocked` counts the cycles); while it is off, events are taken and
//! come out as entries that the pipeline drops. After an entry has left, two cycles pass before the next is picked,
//! so that `full` has seen it: an event is never written over.
//!
//! Latency: 2 cycles from a source's valid to the entry.
//! Back-pressure: `ready` goes to one source at a time.

use crate::types::EventEntry;
use rust_hdl::prelude::*;

/// See the module's text.
#[derive(LogicBlock)]
pub struct EventPort<const E: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub on: Signal<In, Bit>,
    /// The ring is being turned on: nothing is picked.
    pub hold: Signal<In, Bit>,
    pub full: Signal<In, Bit>,
    pub event_valid: [Signal<In, Bit>; E],
    pub event_ready: [Signal<Out, Bit>; E],
    pub event_entry: [Signal<In, EventEntry>; E],
    /// The frames ring is being turned on: none of its entries is picked.
    pub frame_hold: Signal<In, Bit>,
    pub frame_valid: Signal<In, Bit>,
    pub frame_ready: Signal<Out, Bit>,
    pub frame_entry: Signal<In, EventEntry>,
    pub entry_valid: Signal<Out, Bit>,
    /// The entry belongs into the frames ring.
    pub is_frame: Signal<Out, Bit>,
    pub entry: Signal<Out, EventEntry>,
    pub take: Signal<In, Bit>,
    /// A full ring holds an event back in this cycle.
    pub blocked: Signal<Out, Bit>,
    held: DFF<Bit>,
    held_frame: DFF<Bit>,
    held_entry: DFF<EventEntry>,
    served: DFF<Bits<E>>,
    pause: DFF<Bits<2>>,
    valid: Signal<Local, Bits<E>>,
    fresh: Signal<Local, Bits<E>>,
    choice_now: Signal<Local, Bits<E>>,
    choice: DFF<Bits<E>>,
    chosen: Signal<Local, Bits<E>>,
    frame_chosen: DFF<Bit>,
    allowed: Signal<Local, Bit>,
    candidates: Signal<Local, Bits<E>>,
    open: Signal<Local, Bit>,
    pick: Signal<Local, Bit>,
    wanted: Signal<Local, Bit>,
    pick_frame: Signal<Local, Bit>,
    source_bit: [Constant<Bits<E>>; E],
    one: Constant<Bits<2>>,
    pause_start: Constant<Bits<2>>,
}

impl<const E: usize> Default for EventPort<E> {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            on: Default::default(),
            hold: Default::default(),
            full: Default::default(),
            event_valid: std::array::from_fn(|_| Default::default()),
            event_ready: std::array::from_fn(|_| Default::default()),
            event_entry: std::array::from_fn(|_| Default::default()),
            frame_hold: Default::default(),
            frame_valid: Default::default(),
            frame_ready: Default::default(),
            frame_entry: Default::default(),
            entry_valid: Default::default(),
            is_frame: Default::default(),
            entry: Default::default(),
            take: Default::default(),
            blocked: Default::default(),
            held: Default::default(),
            held_frame: Default::default(),
            held_entry: Default::default(),
            served: Default::default(),
            pause: Default::default(),
            valid: Default::default(),
            fresh: Default::default(),
            choice_now: Default::default(),
            choice: Default::default(),
            chosen: Default::default(),
            frame_chosen: Default::default(),
            allowed: Default::default(),
            candidates: Default::default(),
            open: Default::default(),
            pick: Default::default(),
            wanted: Default::default(),
            pick_frame: Default::default(),
            source_bit: std::array::from_fn(|i| Constant::new((1u64 << i).into())),
            one: Constant::new(1.into()),
            pause_start: Constant::new(2.into()),
        }
    }
}

impl<const E: usize> Logic for EventPort<E> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            held,
            held_frame,
            held_entry,
            served,
            pause,
            choice,
            frame_chosen
        );
        self.valid.next = 0.into();
        for i in 0..E {
            if self.event_valid[i].val() {
                self.valid.next = self.valid.val() | self.source_bit[i].val();
            }
        }
        self.fresh.next = self.valid.val() & !self.served.q.val();
        self.candidates.next = self.valid.val();
        if self.fresh.val().any() {
            self.candidates.next = self.fresh.val();
        }
        // lowest candidate
        self.choice_now.next = 0.into();
        for i in 0..E {
            if self.candidates.val().get_bit(i) & !self.choice_now.val().any() {
                self.choice_now.next = self.source_bit[i].val();
            }
        }
        // A register between the choice and 448 bits; a choice made while an event was taken is made anew in the pause behind it.
        self.choice.d.next = self.choice_now.val();
        self.chosen.next = self.choice.q.val() & self.valid.val();
        self.open.next = !self.held.q.val() & !self.pause.q.val().any();
        self.blocked.next = self.on.val() & self.full.val() & self.valid.val().any();
        self.allowed.next = !self.hold.val() & !(self.on.val() & self.full.val());
        self.wanted.next = self.valid.val().any() & self.allowed.val();
        // After an event it is a frame's turn.
        self.frame_chosen.d.next =
            self.frame_valid.val() & !self.frame_hold.val() & (!self.wanted.val() | !self.held_frame.q.val());
        self.pick_frame.next =
            self.open.val() & self.frame_chosen.q.val() & self.frame_valid.val() & !self.frame_hold.val();
        self.pick.next =
            self.open.val() & self.chosen.val().any() & self.allowed.val() & !self.frame_chosen.q.val();
        self.frame_ready.next = self.pick_frame.val();
        for i in 0..E {
            self.event_ready[i].next = self.pick.val() & self.choice.q.val().get_bit(i);
            // Whatever is chosen shows while nothing is held: 448 bits wait for no decision.
            if !self.held.q.val() & self.choice.q.val().get_bit(i) {
                self.held_entry.d.next = self.event_entry[i].val();
            }
        }
        if !self.held.q.val() & self.frame_chosen.q.val() {
            self.held_entry.d.next = self.frame_entry.val();
        }
        if self.pick_frame.val() {
            self.held.d.next = true;
            self.held_frame.d.next = true;
        }
        if self.pick.val() {
            self.held.d.next = true;
            self.held_frame.d.next = false;
            self.served.d.next = self.served.q.val() | self.choice.q.val();
            if !self.fresh.val().any() {
                self.served.d.next = self.choice.q.val();
            }
        }
        if self.pause.q.val().any() {
            self.pause.d.next = self.pause.q.val() - self.one.val();
        }
        self.entry_valid.next = self.held.q.val();
        self.entry.next = self.held_entry.q.val();
        self.is_frame.next = self.held_frame.q.val();
        if self.held.q.val() & self.take.val() {
            self.held.d.next = false;
            self.pause.d.next = self.pause_start.val();
        }
        if self.reset.val() {
            self.held.d.next = false;
            self.choice.d.next = 0.into();
            self.frame_chosen.d.next = false;
            self.held_frame.d.next = false;
            self.served.d.next = 0.into();
            self.pause.d.next = self.pause_start.val();
        }
    }
}
