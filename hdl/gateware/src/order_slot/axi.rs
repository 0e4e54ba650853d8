//! AXI4 write slave: bursts and single stores become beats.
//!
//! ```text
//!  AW ─► held address ──┐ + size a beat
//!  W  ──────────────────┴─► beat, word, data, strobes
//!  B  ◄─ OKAY, SLVERR for what is refused
//! ```
//!
//! One burst at a time; its data is taken after its address. Bursts of type FIXED and WRAP are refused: their beats come out with
//! `refused`. A burst ends with `wlast`.
//!
//! Latency: 1 cycle from a beat on W to `beat`. Back-pressure: none on W; AW waits for the response of the burst before and
//! for `enable`.

use rust_hdl::prelude::*;

/// Burst type INCR.
const INCREMENT: u64 = 1;
/// Response of a refused burst.
const SLAVE_ERROR: u64 = 2;

/// See the module's text.
#[derive(LogicBlock)]
pub struct WriteSlave {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub enable: Signal<In, Bit>,
    pub s_axi_awaddr: Signal<In, Bits<16>>,
    pub s_axi_awlen: Signal<In, Bits<8>>,
    pub s_axi_awsize: Signal<In, Bits<3>>,
    pub s_axi_awburst: Signal<In, Bits<2>>,
    pub s_axi_awvalid: Signal<In, Bit>,
    pub s_axi_awready: Signal<Out, Bit>,
    pub s_axi_wdata: Signal<In, Bits<64>>,
    pub s_axi_wstrb: Signal<In, Bits<8>>,
    pub s_axi_wlast: Signal<In, Bit>,
    pub s_axi_wvalid: Signal<In, Bit>,
    pub s_axi_wready: Signal<Out, Bit>,
    pub s_axi_bresp: Signal<Out, Bits<2>>,
    pub s_axi_bvalid: Signal<Out, Bit>,
    pub s_axi_bready: Signal<In, Bit>,
    /// Card time, ns.
    pub now: Signal<In, Bits<64>>,
    /// Slot the beat on the bus goes into, should there be one: `index` of the next cycle's `word`.
    pub coming: Signal<Out, Bits<6>>,
    /// One cycle: `strobes` of `data` are written at byte address 8 · `word`.
    pub beat: Signal<Out, Bit>,
    pub word: Signal<Out, Bits<13>>,
    pub data: Signal<Out, Bits<64>>,
    pub strobes: Signal<Out, Bits<8>>,
    pub refused: Signal<Out, Bit>,
    /// Card time of the beat on the bus, ns.
    pub stamp: Signal<Out, Bits<64>>,
    busy: DFF<Bit>,
    address: DFF<Bits<16>>,
    step: DFF<Bits<16>>,
    refuse: DFF<Bit>,
    answer: DFF<Bit>,
    beat_s1: DFF<Bit>,
    word_s1: DFF<Bits<13>>,
    data_s1: DFF<Bits<64>>,
    strobes_s1: DFF<Bits<8>>,
    refused_s1: DFF<Bit>,
    stamp_s1: DFF<Bits<64>>,
    address_ready: Signal<Local, Bit>,
    take: Signal<Local, Bit>,
    size_step: Signal<Local, Bits<16>>,
    next_address: Signal<Local, Bits<16>>,
    sizes: [Constant<Bits<3>>; 3],
    steps: [Constant<Bits<16>>; 4],
    increment: Constant<Bits<2>>,
    okay: Constant<Bits<2>>,
    slave_error: Constant<Bits<2>>,
}

impl Default for WriteSlave {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            enable: Default::default(),
            s_axi_awaddr: Default::default(),
            s_axi_awlen: Default::default(),
            s_axi_awsize: Default::default(),
            s_axi_awburst: Default::default(),
            s_axi_awvalid: Default::default(),
            s_axi_awready: Default::default(),
            s_axi_wdata: Default::default(),
            s_axi_wstrb: Default::default(),
            s_axi_wlast: Default::default(),
            s_axi_wvalid: Default::default(),
            s_axi_wready: Default::default(),
            s_axi_bresp: Default::default(),
            s_axi_bvalid: Default::default(),
            s_axi_bready: Default::default(),
            now: Default::default(),
            coming: Default::default(),
            beat: Default::default(),
            word: Default::default(),
            data: Default::default(),
            strobes: Default::default(),
            refused: Default::default(),
            stamp: Default::default(),
            busy: Default::default(),
            address: Default::default(),
            step: Default::default(),
            refuse: Default::default(),
            answer: Default::default(),
            beat_s1: Default::default(),
            word_s1: Default::default(),
            data_s1: Default::default(),
            strobes_s1: Default::default(),
            refused_s1: Default::default(),
            stamp_s1: Default::default(),
            address_ready: Default::default(),
            take: Default::default(),
            size_step: Default::default(),
            next_address: Default::default(),
            sizes: std::array::from_fn(|i| Constant::new((i as u64).into())),
            steps: std::array::from_fn(|i| Constant::new((1_u64 << i).into())),
            increment: Constant::new(INCREMENT.into()),
            okay: Constant::new(0_u64.into()),
            slave_error: Constant::new(SLAVE_ERROR.into()),
        }
    }
}

impl Logic for WriteSlave {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, busy, address, step, refuse, answer, beat_s1, word_s1, data_s1, strobes_s1,
            refused_s1, stamp_s1
        );
        // The bus is 8 bytes wide: a larger size is not allowed on it.
        self.size_step.next = self.steps[3].val();
        for i in 0..3 {
            if self.s_axi_awsize.val() == self.sizes[i].val() {
                self.size_step.next = self.steps[i].val();
            }
        }
        self.address_ready.next = self.enable.val() & !self.busy.q.val() & !self.answer.q.val();
        self.s_axi_awready.next = self.address_ready.val();
        self.s_axi_wready.next = self.busy.q.val();
        self.s_axi_bvalid.next = self.answer.q.val();
        self.s_axi_bresp.next = self.okay.val();
        if self.refuse.q.val() {
            self.s_axi_bresp.next = self.slave_error.val();
        }
        if self.s_axi_bready.val() {
            self.answer.d.next = false;
        }
        if self.s_axi_awvalid.val() & self.address_ready.val() {
            self.busy.d.next = true;
            // Bits below the step never carry into the word.
            self.address.d.next = self.s_axi_awaddr.val();
            self.step.d.next = self.size_step.val();
            self.refuse.d.next =
                self.s_axi_awlen.val().any() & (self.s_axi_awburst.val() != self.increment.val());
        }
        self.take.next = self.s_axi_wvalid.val() & self.busy.q.val();
        self.next_address.next = self.address.q.val() + self.step.q.val();
        if self.take.val() {
            self.address.d.next = self.next_address.val();
            if self.s_axi_wlast.val() {
                self.busy.d.next = false;
                self.answer.d.next = true;
            }
        }
        self.beat_s1.d.next = self.take.val();
        self.word_s1.d.next = self.address.q.val().get_bits::<13>(3);
        self.data_s1.d.next = self.s_axi_wdata.val();
        self.strobes_s1.d.next = self.s_axi_wstrb.val();
        self.refused_s1.d.next = self.refuse.q.val();
        self.stamp_s1.d.next = self.now.val();
        self.coming.next = self.address.q.val().get_bits::<6>(6);
        self.beat.next = self.beat_s1.q.val();
        self.word.next = self.word_s1.q.val();
        self.data.next = self.data_s1.q.val();
        self.strobes.next = self.strobes_s1.q.val();
        self.refused.next = self.refused_s1.q.val();
        self.stamp.next = self.stamp_s1.q.val();
        if self.reset.val() {
            self.busy.d.next = false;
            self.answer.d.next = false;
        }
    }
}
