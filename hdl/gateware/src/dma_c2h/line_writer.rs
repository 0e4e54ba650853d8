//! AXI4 write master for 64-byte lines: one address, `512 / W` beats, posted.
//!
//! ```text
//!  line, address ─► hold ─┬─► AW
//!                         └─► W, low bits first, last on the final beat
//!  B ─► error pulse; responses are not waited for
//! ```
//!
//! Lines are aligned to 64 bytes, so no burst crosses 4 KiB.
//!
//! Latency: the address and the first beat are offered in the cycle after `take`.
//! Back-pressure: `ready` low while the held line is not wholly accepted; AW and W are independent.

use rust_hdl::prelude::*;

/// See the module's text. `W` data bits, `WB = W / 8`.
#[derive(LogicBlock)]
pub struct LineWriter<const W: usize, const WB: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// One cycle, only while `ready`: write `line` at `address`.
    pub take: Signal<In, Bit>,
    pub ready: Signal<Out, Bit>,
    pub address: Signal<In, Bits<64>>,
    pub line: Signal<In, Bits<512>>,
    /// One cycle: the last part of the line was accepted.
    pub accepted: Signal<Out, Bit>,
    /// One cycle: a write was answered with an error.
    pub error: Signal<Out, Bit>,
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
    aw_left: DFF<Bit>,
    w_left: DFF<Bit>,
    beat: DFF<Bits<2>>,
    held_address: DFF<Bits<64>>,
    held_line: DFF<Bits<512>>,
    last: Signal<Local, Bit>,
    aw_done: Signal<Local, Bit>,
    w_done: Signal<Local, Bit>,
    is_ready: Signal<Local, Bit>,
    beats_less_one: Constant<Bits<2>>,
    burst_length: Constant<Bits<8>>,
    size: Constant<Bits<3>>,
    increment: Constant<Bits<2>>,
    all_bytes: Constant<Bits<WB>>,
    step: Constant<Bits<10>>,
    one: Constant<Bits<2>>,
}

impl<const W: usize, const WB: usize> Default for LineWriter<W, WB> {
    fn default() -> Self {
        assert!(
            W == 8 * WB && 512 % W == 0 && W >= 128,
            "LineWriter: {W} bits of {WB} bytes"
        );
        let beats = (512 / W) as u64;
        Self {
            clock: Default::default(),
            reset: Default::default(),
            take: Default::default(),
            ready: Default::default(),
            address: Default::default(),
            line: Default::default(),
            accepted: Default::default(),
            error: Default::default(),
            m_axi_awaddr: Default::default(),
            m_axi_awlen: Default::default(),
            m_axi_awsize: Default::default(),
            m_axi_awburst: Default::default(),
            m_axi_awvalid: Default::default(),
            m_axi_awready: Default::default(),
            m_axi_wdata: Default::default(),
            m_axi_wstrb: Default::default(),
            m_axi_wlast: Default::default(),
            m_axi_wvalid: Default::default(),
            m_axi_wready: Default::default(),
            m_axi_bresp: Default::default(),
            m_axi_bvalid: Default::default(),
            m_axi_bready: Default::default(),
            aw_left: Default::default(),
            w_left: Default::default(),
            beat: Default::default(),
            held_address: Default::default(),
            held_line: Default::default(),
            last: Default::default(),
            aw_done: Default::default(),
            w_done: Default::default(),
            is_ready: Default::default(),
            beats_less_one: Constant::new((beats - 1).into()),
            burst_length: Constant::new((beats - 1).into()),
            size: Constant::new(u64::from(WB.trailing_zeros()).into()),
            increment: Constant::new(1.into()),
            all_bytes: Constant::new(Bits::<WB>::mask()),
            step: Constant::new((W as u64).into()),
            one: Constant::new(1.into()),
        }
    }
}

impl<const W: usize, const WB: usize> Logic for LineWriter<W, WB> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, aw_left, w_left, beat, held_address, held_line);
        self.m_axi_awaddr.next = self.held_address.q.val();
        self.m_axi_awlen.next = self.burst_length.val();
        self.m_axi_awsize.next = self.size.val();
        self.m_axi_awburst.next = self.increment.val();
        self.m_axi_awvalid.next = self.aw_left.q.val();
        self.m_axi_wdata.next = self.held_line.q.val().get_bits::<W>(0);
        self.m_axi_wstrb.next = self.all_bytes.val();
        self.last.next = self.beat.q.val() == self.beats_less_one.val();
        self.m_axi_wlast.next = self.last.val();
        self.m_axi_wvalid.next = self.w_left.q.val();
        self.m_axi_bready.next = true;
        self.error.next = self.m_axi_bvalid.val() & self.m_axi_bresp.val().any();

        self.aw_done.next = !self.aw_left.q.val() | self.m_axi_awready.val();
        self.w_done.next = !self.w_left.q.val() | (self.m_axi_wready.val() & self.last.val());
        self.is_ready.next = self.aw_done.val() & self.w_done.val();
        self.ready.next = self.is_ready.val();
        self.accepted.next = self.is_ready.val() & (self.aw_left.q.val() | self.w_left.q.val());
        if self.m_axi_awready.val() {
            self.aw_left.d.next = false;
        }
        if self.w_left.q.val() & self.m_axi_wready.val() {
            self.held_line.d.next = self.held_line.q.val() >> self.step.val();
            self.beat.d.next = self.beat.q.val() + self.one.val();
            if self.last.val() {
                self.w_left.d.next = false;
            }
        }
        if self.take.val() {
            self.aw_left.d.next = true;
            self.w_left.d.next = true;
            self.beat.d.next = 0.into();
            self.held_address.d.next = self.address.val();
            self.held_line.d.next = self.line.val();
        }
        if self.reset.val() {
            self.aw_left.d.next = false;
            self.w_left.d.next = false;
        }
    }
}
