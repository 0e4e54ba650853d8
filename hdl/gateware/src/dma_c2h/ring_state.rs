//! Where a ring stands: what was handed out, what was written, how far the host has read.
//!
//! ```text
//!  enable ─► on ─┬─► sequence and index of the next entry (grant)
//!  drained ──────┘   head of the last one written (wrote)
//!  tail ─────────────► used ─► full, lapped
//! ```
//!
//! The ring turns on once it is enabled and nothing of it is left in the pipeline, and restarts at sequence 1.
//! `full` (granted − tail ≥ size) and `lapped` (head − tail > size, until turned on again) lag three cycles.
//! A size above 2^20 counts as 2^20.
//!
//! Latency: `seq` and `index` are those of a grant in this cycle.
//! Back-pressure: none; the caller looks at `full` where it matters.

use contract::ring::SIZE_LOG2_MAX;
use rust_hdl::prelude::*;

/// See the module's text.
#[derive(LogicBlock)]
pub struct RingState {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub cfg_enable: Signal<In, Bit>,
    pub cfg_size_log2: Signal<In, Bits<5>>,
    pub cfg_tail: Signal<In, Bits<32>>,
    /// Nothing of this ring is on its way.
    pub drained: Signal<In, Bit>,
    /// One cycle: an entry takes `seq` and `index`.
    pub grant: Signal<In, Bit>,
    /// One cycle: the entry `wrote_seq` is in memory.
    pub wrote: Signal<In, Bit>,
    pub wrote_seq: Signal<In, Bits<32>>,
    pub on: Signal<Out, Bit>,
    pub seq: Signal<Out, Bits<32>>,
    /// Position in the ring, entries.
    pub index: Signal<Out, Bits<20>>,
    pub full: Signal<Out, Bit>,
    pub head: Signal<Out, Bits<32>>,
    pub lapped: Signal<Out, Bit>,
    is_on: DFF<Bit>,
    granted: DFF<Bits<32>>,
    written: DFF<Bits<32>>,
    has_lapped: DFF<Bit>,
    size: DFF<Bits<21>>,
    index_mask: DFF<Bits<21>>,
    used: DFF<Bits<32>>,
    is_full: DFF<Bit>,
    ahead: DFF<Bits<32>>,
    log2: Signal<Local, Bits<5>>,
    size_wide: Signal<Local, Bits<32>>,
    masked: Signal<Local, Bits<32>>,
    mask_wide: Signal<Local, Bits<32>>,
    is_starting: Signal<Local, Bit>,
    one: Constant<Bits<32>>,
    one_size: Constant<Bits<21>>,
    log2_max: Constant<Bits<5>>,
}

impl Default for RingState {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            cfg_enable: Default::default(),
            cfg_size_log2: Default::default(),
            cfg_tail: Default::default(),
            drained: Default::default(),
            grant: Default::default(),
            wrote: Default::default(),
            wrote_seq: Default::default(),
            on: Default::default(),
            seq: Default::default(),
            index: Default::default(),
            full: Default::default(),
            head: Default::default(),
            lapped: Default::default(),
            is_on: Default::default(),
            granted: Default::default(),
            written: Default::default(),
            has_lapped: Default::default(),
            size: Default::default(),
            index_mask: Default::default(),
            used: Default::default(),
            is_full: Default::default(),
            ahead: Default::default(),
            log2: Default::default(),
            size_wide: Default::default(),
            masked: Default::default(),
            mask_wide: Default::default(),
            is_starting: Default::default(),
            one: Constant::new(1.into()),
            one_size: Constant::new(1.into()),
            log2_max: Constant::new(u64::from(SIZE_LOG2_MAX).into()),
        }
    }
}

impl Logic for RingState {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, is_on, granted, written, has_lapped, size, index_mask, used, is_full, ahead
        );
        self.log2.next = self.cfg_size_log2.val();
        if self.cfg_size_log2.val() > self.log2_max.val() {
            self.log2.next = self.log2_max.val();
        }
        self.size.d.next = self.one_size.val() << self.log2.val();
        self.index_mask.d.next = self.size.q.val() - self.one_size.val();
        self.size_wide.next = bit_cast::<32, 21>(self.size.q.val());

        self.is_starting.next = self.cfg_enable.val() & self.drained.val() & !self.is_on.q.val();
        self.on.next = self.is_on.q.val();
        self.seq.next = self.granted.q.val() + self.one.val();
        self.mask_wide.next = bit_cast::<32, 21>(self.index_mask.q.val());
        self.masked.next = self.granted.q.val() & self.mask_wide.val();
        self.index.next = self.masked.val().get_bits::<20>(0);
        if self.grant.val() {
            self.granted.d.next = self.granted.q.val() + self.one.val();
        }
        self.used.d.next = self.granted.q.val() - self.cfg_tail.val();
        self.is_full.d.next = self.used.q.val() >= self.size_wide.val();
        self.full.next = self.is_full.q.val();

        self.head.next = self.written.q.val();
        if self.wrote.val() {
            self.written.d.next = self.wrote_seq.val();
        }
        self.ahead.d.next = self.written.q.val() - self.cfg_tail.val();
        if self.is_on.q.val() & (self.ahead.q.val() > self.size_wide.val()) {
            self.has_lapped.d.next = true;
        }
        self.lapped.next = self.has_lapped.q.val();

        if !self.cfg_enable.val() {
            self.is_on.d.next = false;
        }
        if self.is_starting.val() {
            self.is_on.d.next = true;
            self.granted.d.next = 0.into();
            self.written.d.next = 0.into();
            self.has_lapped.d.next = false;
            self.used.d.next = 0.into();
            self.ahead.d.next = 0.into();
        }
        if self.reset.val() {
            self.is_on.d.next = false;
            self.granted.d.next = 0.into();
            self.written.d.next = 0.into();
            self.has_lapped.d.next = false;
        }
    }
}
