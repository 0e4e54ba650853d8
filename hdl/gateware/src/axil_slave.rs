//! AXI4-Lite slave: turns bus transactions into register writes and reads.
//!
//! ```text
//!  AW ─► held address ─┐
//!  W  ─► held data ────┴─► write, word, data ─►    register banks
//!  B  ◄─ OKAY
//!  AR ─► held address ───► read_start, read_word ─►    banks
//!  R  ◄─ sampled ◄──────── read_data, three cycles later
//! ```
//!
//! Latency: a write takes effect in the cycle after the later of AW and W; a read answers five cycles
//! after AR. Address and data may come in any order. One write and one read are outstanding at most; both
//! always answer OKAY. Writes are of whole words: one with any byte strobe low changes nothing. A misaligned address
//! has no register.
//! Back-pressure: `bank_ready` low holds a write back, B and R wait for their ready.

use rust_hdl::prelude::*;

/// See the module's text.
#[derive(LogicBlock, Default)]
pub struct AxilSlave {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub s_axil_awaddr: Signal<In, Bits<16>>,
    pub s_axil_awvalid: Signal<In, Bit>,
    pub s_axil_awready: Signal<Out, Bit>,
    pub s_axil_wdata: Signal<In, Bits<32>>,
    pub s_axil_wstrb: Signal<In, Bits<4>>,
    pub s_axil_wvalid: Signal<In, Bit>,
    pub s_axil_wready: Signal<Out, Bit>,
    pub s_axil_bresp: Signal<Out, Bits<2>>,
    pub s_axil_bvalid: Signal<Out, Bit>,
    pub s_axil_bready: Signal<In, Bit>,
    pub s_axil_araddr: Signal<In, Bits<16>>,
    pub s_axil_arvalid: Signal<In, Bit>,
    pub s_axil_arready: Signal<Out, Bit>,
    pub s_axil_rdata: Signal<Out, Bits<32>>,
    pub s_axil_rresp: Signal<Out, Bits<2>>,
    pub s_axil_rvalid: Signal<Out, Bit>,
    pub s_axil_rready: Signal<In, Bit>,
    /// The banks take a write in this cycle.
    pub bank_ready: Signal<In, Bit>,
    /// One cycle: write `write_data` at `write_word`, the byte address / 4.
    pub write: Signal<Out, Bit>,
    pub write_word: Signal<Out, Bits<14>>,
    pub write_data: Signal<Out, Bits<32>>,
    /// One cycle: a read of `read_word` begins; it stays until the answer.
    pub read_start: Signal<Out, Bit>,
    pub read_word: Signal<Out, Bits<14>>,
    /// Valid three cycles after `read_start`.
    pub read_data: Signal<In, Bits<32>>,
    awake: DFF<Bit>,
    held_aw: DFF<Bit>,
    aw_word: DFF<Bits<14>>,
    aw_aligned: DFF<Bit>,
    held_w: DFF<Bit>,
    w_data: DFF<Bits<32>>,
    w_whole: DFF<Bit>,
    b_valid: DFF<Bit>,
    reading: DFF<Bits<4>>,
    ar_word: DFF<Bits<14>>,
    ar_aligned: DFF<Bit>,
    r_valid: DFF<Bit>,
    r_data: DFF<Bits<32>>,
    commit: Signal<Local, Bit>,
    aw_ready: Signal<Local, Bit>,
    w_ready: Signal<Local, Bit>,
    ar_ready: Signal<Local, Bit>,
}

impl Logic for AxilSlave {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, awake, held_aw, aw_word, aw_aligned, held_w, w_data, w_whole, b_valid, reading,
            ar_word, ar_aligned, r_valid, r_data
        );
        self.awake.d.next = true;
        self.aw_ready.next = self.awake.q.val() & !self.held_aw.q.val();
        self.w_ready.next = self.awake.q.val() & !self.held_w.q.val();
        self.s_axil_awready.next = self.aw_ready.val();
        self.s_axil_wready.next = self.w_ready.val();
        if self.s_axil_awvalid.val() & self.aw_ready.val() {
            self.held_aw.d.next = true;
            self.aw_word.d.next = self.s_axil_awaddr.val().get_bits::<14>(2);
            self.aw_aligned.d.next = !self.s_axil_awaddr.val().get_bits::<2>(0).any();
        }
        if self.s_axil_wvalid.val() & self.w_ready.val() {
            self.held_w.d.next = true;
            self.w_data.d.next = self.s_axil_wdata.val();
            self.w_whole.d.next = self.s_axil_wstrb.val().all();
        }
        self.s_axil_bvalid.next = self.b_valid.q.val();
        self.s_axil_bresp.next = 0.into();
        if self.s_axil_bready.val() {
            self.b_valid.d.next = false;
        }
        self.commit.next =
            self.held_aw.q.val() & self.held_w.q.val() & !self.b_valid.q.val() & self.bank_ready.val();
        self.write.next = self.commit.val() & self.w_whole.q.val() & self.aw_aligned.q.val();
        self.write_word.next = self.aw_word.q.val();
        self.write_data.next = self.w_data.q.val();
        if self.commit.val() {
            self.held_aw.d.next = false;
            self.held_w.d.next = false;
            self.b_valid.d.next = true;
        }
        // `reading` is a one-hot walk: start, two cycles for the banks, sample
        self.ar_ready.next = self.awake.q.val() & !self.reading.q.val().any() & !self.r_valid.q.val();
        self.s_axil_arready.next = self.ar_ready.val();
        self.reading.d.next = self.reading.q.val() << 1;
        if self.s_axil_arvalid.val() & self.ar_ready.val() {
            self.ar_word.d.next = self.s_axil_araddr.val().get_bits::<14>(2);
            self.ar_aligned.d.next = !self.s_axil_araddr.val().get_bits::<2>(0).any();
            self.reading.d.next = 1.into();
        }
        self.read_start.next = self.reading.q.val().get_bit(0) & self.ar_aligned.q.val();
        self.read_word.next = self.ar_word.q.val();
        self.s_axil_rvalid.next = self.r_valid.q.val();
        self.s_axil_rdata.next = self.r_data.q.val();
        self.s_axil_rresp.next = 0.into();
        if self.s_axil_rready.val() {
            self.r_valid.d.next = false;
        }
        if self.reading.q.val().get_bit(3) {
            self.r_valid.d.next = true;
            self.r_data.d.next = 0.into();
            if self.ar_aligned.q.val() {
                self.r_data.d.next = self.read_data.val();
            }
        }
        if self.reset.val() {
            self.awake.d.next = false;
            self.held_aw.d.next = false;
            self.held_w.d.next = false;
            self.b_valid.d.next = false;
            self.reading.d.next = 0.into();
            self.r_valid.d.next = false;
        }
    }
}
