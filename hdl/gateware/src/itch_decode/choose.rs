//! Whose a message is, and the event it makes.
//!
//! An R is looked up by its symbol for its entry alone: no event waits for the compare of a symbol, and which slot it
//! met is decided behind the registers.
//!
//! Latency: 1 cycle to event, counts, `admits` and `slot`. Back-pressure: none.

use crate::types::{FeedEvent, Meta};
use contract::record::flag;
use rust_hdl::prelude::*;

/// `S` slots; the lowest that matches is the one. See the module's text.
#[derive(LogicBlock)]
pub struct Choose<const S: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub valid: Signal<In, Bit>,
    pub known: Signal<In, Bit>,
    pub fits: Signal<In, Bit>,
    pub is_event: Signal<In, Bit>,
    pub is_market: Signal<In, Bit>,
    pub directory: Signal<In, Bit>,
    pub code: Signal<In, Bits<4>>,
    pub seq: Signal<In, Bits<64>>,
    pub stamp: Signal<In, Bits<64>>,
    pub tracking: Signal<In, Bits<16>>,
    pub ts: Signal<In, Bits<48>>,
    pub oref: Signal<In, Bits<64>>,
    pub new_ref: Signal<In, Bits<64>>,
    pub buy: Signal<In, Bit>,
    pub qty: Signal<In, Bits<32>>,
    pub price: Signal<In, Bits<32>>,
    pub printable: Signal<In, Bit>,
    pub by_locate: [Signal<In, Bit>; S],
    pub by_symbol: [Signal<In, Bit>; S],
    pub ready: [Signal<In, Bit>; S],
    pub stale: [Signal<In, Bit>; S],
    pub gap: [Signal<In, Bit>; S],
    pub halted: [Signal<In, Bit>; S],
    pub event_valid: Signal<Out, Bit>,
    pub event_data: Signal<Out, FeedEvent>,
    /// Pulses, in the order of `contract::counter`.
    pub count: Signal<Out, Bits<5>>,
    /// The message of the cycle before makes an entry, of this slot.
    pub admits: Signal<Out, Bit>,
    pub slot: Signal<Out, Bits<6>>,
    feed: DFF<FeedEvent>,
    feed_now: DFF<Bit>,
    unknown_now: DFF<Bit>,
    unfit_now: DFF<Bit>,
    fits_now: DFF<Bit>,
    /// Of the message before: may make an entry; is an R; what its locate met; whom an R names.
    admissible: DFF<Bit>,
    is_directory: DFF<Bit>,
    found: DFF<Bit>,
    found_slot: DFF<Bits<6>>,
    named: DFF<Bits<S>>,
    chosen: Signal<Local, Bit>,
    picked: Signal<Local, Bit>,
    names: Signal<Local, Bits<S>>,
    who: Signal<Local, Bits<S>>,
    name_found: Signal<Local, Bit>,
    name_picked: Signal<Local, Bit>,
    name_slot: Signal<Local, Bits<6>>,
    match_slot: Signal<Local, Bits<6>>,
    match_ready: Signal<Local, Bit>,
    match_flags: Signal<Local, Bits<6>>,
    deliver: Signal<Local, Bit>,
    admit: Signal<Local, Bit>,
    meta: Signal<Local, Meta>,
    counts: Signal<Local, Bits<5>>,
    index: [Constant<Bits<6>>; S],
    slot_bit: [Constant<Bits<S>>; S],
    count_bit: [Constant<Bits<5>>; 5],
    flag_bit: [Constant<Bits<6>>; 3],
}

const FLAGS: [u8; 3] = [flag::STALE, flag::GAP, flag::HALTED];

impl<const S: usize> Default for Choose<S> {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            valid: Default::default(),
            known: Default::default(),
            fits: Default::default(),
            is_event: Default::default(),
            is_market: Default::default(),
            directory: Default::default(),
            code: Default::default(),
            seq: Default::default(),
            stamp: Default::default(),
            tracking: Default::default(),
            ts: Default::default(),
            oref: Default::default(),
            new_ref: Default::default(),
            buy: Default::default(),
            qty: Default::default(),
            price: Default::default(),
            printable: Default::default(),
            by_locate: std::array::from_fn(|_| Default::default()),
            by_symbol: std::array::from_fn(|_| Default::default()),
            ready: std::array::from_fn(|_| Default::default()),
            stale: std::array::from_fn(|_| Default::default()),
            gap: std::array::from_fn(|_| Default::default()),
            halted: std::array::from_fn(|_| Default::default()),
            event_valid: Default::default(),
            event_data: Default::default(),
            count: Default::default(),
            admits: Default::default(),
            slot: Default::default(),
            feed: Default::default(),
            feed_now: Default::default(),
            unknown_now: Default::default(),
            unfit_now: Default::default(),
            fits_now: Default::default(),
            admissible: Default::default(),
            is_directory: Default::default(),
            found: Default::default(),
            found_slot: Default::default(),
            named: Default::default(),
            chosen: Default::default(),
            picked: Default::default(),
            names: Default::default(),
            who: Default::default(),
            name_found: Default::default(),
            name_picked: Default::default(),
            name_slot: Default::default(),
            match_slot: Default::default(),
            match_ready: Default::default(),
            match_flags: Default::default(),
            deliver: Default::default(),
            admit: Default::default(),
            meta: Default::default(),
            counts: Default::default(),
            index: std::array::from_fn(|i| Constant::new((i as u64).into())),
            slot_bit: std::array::from_fn(|i| Constant::new((1_u64 << i).into())),
            count_bit: std::array::from_fn(|i| Constant::new((1_u64 << i).into())),
            flag_bit: std::array::from_fn(|i| Constant::new(u64::from(FLAGS[i]).into())),
        }
    }
}

impl<const S: usize> Logic for Choose<S> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            feed,
            feed_now,
            unknown_now,
            unfit_now,
            fits_now,
            admissible,
            is_directory,
            found,
            found_slot,
            named
        );
        self.chosen.next = false;
        self.match_slot.next = 0.into();
        self.match_ready.next = false;
        self.match_flags.next = 0.into();
        for i in 0..S {
            self.picked.next = self.by_locate[i].val() & !self.chosen.val();
            if self.picked.val() {
                self.match_slot.next = self.match_slot.val() | self.index[i].val();
                self.match_ready.next = self.ready[i].val();
                if self.stale[i].val() {
                    self.match_flags.next = self.match_flags.val() | self.flag_bit[0].val();
                }
                if self.gap[i].val() {
                    self.match_flags.next = self.match_flags.val() | self.flag_bit[1].val();
                }
                if self.halted[i].val() {
                    self.match_flags.next = self.match_flags.val() | self.flag_bit[2].val();
                }
            }
            self.chosen.next = self.chosen.val() | self.by_locate[i].val();
        }
        self.deliver.next = self.valid.val()
            & self.fits.val()
            & self.is_event.val()
            & self.chosen.val()
            & self.match_ready.val();

        // The entry. A message of the whole market concerns no slot, whatever its locate.
        self.names.next = 0.into();
        for i in 0..S {
            if self.by_symbol[i].val() {
                self.names.next = self.names.val() | self.slot_bit[i].val();
            }
        }
        self.named.d.next = self.names.val();
        self.admissible.d.next = self.valid.val() & self.fits.val() & !self.is_event.val();
        self.is_directory.d.next = self.directory.val();
        self.found.d.next = self.chosen.val() | self.is_market.val();
        self.found_slot.d.next = 0.into();
        if !self.is_market.val() {
            self.found_slot.d.next = self.match_slot.val();
        }
        self.who.next = self.named.q.val();
        self.name_found.next = false;
        self.name_slot.next = 0.into();
        for i in 0..S {
            self.name_picked.next = self.who.val().get_bit(i) & !self.name_found.val();
            if self.name_picked.val() {
                self.name_slot.next = self.name_slot.val() | self.index[i].val();
            }
            self.name_found.next = self.name_found.val() | self.who.val().get_bit(i);
        }
        self.admit.next = self.admissible.q.val() & self.found.q.val();
        self.slot.next = self.found_slot.q.val();
        if self.is_directory.q.val() {
            self.admit.next = self.name_found.val();
            self.slot.next = self.name_slot.val();
        }
        self.admits.next = self.admit.val();

        self.meta.next.event = self.code.val();
        self.meta.next.slot = self.match_slot.val();
        self.meta.next.flags = self.match_flags.val();
        self.meta.next.ts = self.ts.val();
        self.meta.next.tracking = self.tracking.val();
        self.meta.next.seq = self.seq.val();
        self.meta.next.stamp = self.stamp.val();
        self.feed_now.d.next = self.deliver.val();
        self.feed.d.next.meta = self.meta.val();
        self.feed.d.next.oref = self.oref.val();
        self.feed.d.next.new_ref = self.new_ref.val();
        self.feed.d.next.buy = self.buy.val().into();
        self.feed.d.next.qty = self.qty.val();
        self.feed.d.next.price = self.price.val();
        self.feed.d.next.printable = self.printable.val().into();
        self.event_valid.next = self.feed_now.q.val();
        self.event_data.next = self.feed.q.val();

        // One pulse a message, told apart behind the registers.
        self.unknown_now.d.next = self.valid.val() & !self.known.val();
        self.unfit_now.d.next = self.valid.val() & self.known.val() & !self.fits.val();
        self.fits_now.d.next = self.valid.val() & self.known.val() & self.fits.val();
        self.counts.next = 0.into();
        if self.unknown_now.q.val() {
            self.counts.next = self.count_bit[0].val();
        }
        if self.unfit_now.q.val() {
            self.counts.next = self.count_bit[1].val();
        }
        if self.fits_now.q.val() {
            self.counts.next = self.count_bit[2].val();
            if self.admit.val() {
                self.counts.next = self.count_bit[3].val();
            }
            if self.feed_now.q.val() {
                self.counts.next = self.count_bit[4].val();
            }
        }
        self.count.next = self.counts.val();
        if self.reset.val() {
            self.feed_now.d.next = false;
            self.unknown_now.d.next = false;
            self.unfit_now.d.next = false;
            self.fits_now.d.next = false;
            self.admissible.d.next = false;
            self.is_directory.d.next = false;
        }
    }
}
