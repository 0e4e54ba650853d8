//! Two bits a row, in flip-flops: the memories hold the row (`live`), levels exist beyond its tail (`more`).
//!
//! Reset clears `live`, which empties every row whatever the memories hold.
//!
//! Latency: reads 0, the write 1. Back-pressure: none.

use rust_hdl::prelude::*;

/// Flags of `R` rows; see the module's text.
#[derive(LogicBlock)]
pub struct RowFlags<const RW: usize, const R: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub own_row: Signal<In, Bits<RW>>,
    pub mate_row: Signal<In, Bits<RW>>,
    pub lead_row: Signal<In, Bits<RW>>,
    pub write_enable: Signal<In, Bit>,
    pub write_row: Signal<In, Bits<RW>>,
    pub write_more: Signal<In, Bit>,
    pub own_live: Signal<Out, Bit>,
    pub own_more: Signal<Out, Bit>,
    pub mate_live: Signal<Out, Bit>,
    pub lead_live: Signal<Out, Bit>,
    pub mate_more: Signal<Out, Bit>,
    live: DFF<Bits<R>>,
    more: DFF<Bits<R>>,
    written: Signal<Local, Bits<R>>,
    kept: Signal<Local, Bits<R>>,
    one: Constant<Bits<R>>,
}

impl<const RW: usize, const R: usize> Default for RowFlags<RW, R> {
    fn default() -> Self {
        assert_eq!(R, 1 << RW, "RowFlags: {R} rows need {RW} address bits");
        Self {
            clock: Default::default(),
            reset: Default::default(),
            own_row: Default::default(),
            mate_row: Default::default(),
            lead_row: Default::default(),
            write_enable: Default::default(),
            write_row: Default::default(),
            write_more: Default::default(),
            own_live: Default::default(),
            own_more: Default::default(),
            mate_live: Default::default(),
            lead_live: Default::default(),
            mate_more: Default::default(),
            live: Default::default(),
            more: Default::default(),
            written: Default::default(),
            kept: Default::default(),
            one: Constant::new(1.into()),
        }
    }
}

impl<const RW: usize, const R: usize> Logic for RowFlags<RW, R> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, live, more);
        self.written.next = self.one.val() << self.write_row.val();
        self.kept.next = !self.written.val();
        if self.write_enable.val() {
            self.live.d.next = self.live.q.val() | self.written.val();
            if self.write_more.val() {
                self.more.d.next = self.more.q.val() | self.written.val();
            } else {
                self.more.d.next = self.more.q.val() & self.kept.val();
            }
        }
        // lint-hdl: allow(slice): R = 2^RW, so no row index leaves the range
        self.own_live.next = self.live.q.val().get_bit(self.own_row.val().index());
        self.mate_live.next = self.live.q.val().get_bit(self.mate_row.val().index());
        self.lead_live.next = self.live.q.val().get_bit(self.lead_row.val().index());
        self.own_more.next = self.more.q.val().get_bit(self.own_row.val().index());
        self.mate_more.next = self.more.q.val().get_bit(self.mate_row.val().index());
        if self.reset.val() {
            self.live.d.next = 0.into();
            self.more.d.next = 0.into();
        }
    }
}
