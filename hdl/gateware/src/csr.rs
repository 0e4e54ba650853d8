//! Control and status registers: AXI4-Lite on one side, configuration levels, pulses and status on the other.
//!
//! ```text
//!               ┌─────────┐  write, read   ┌────────────┐ cfg_*, do_*, data
//!  s_axil ─────►│ axil_   ├───────┬───────►│ GlobalBank ├───────────────────► blocks
//!               │ slave   │       ├───────►│ RingBank×3 ├─► ring_*[3]
//!               └────▲────┘       ├───────►│ SlotBank   ├─► slot_write broadcast
//!                    │            └───────►│ (counters) │   outside: read_word, counter_data
//!                    └── or of all ◄───────┴────────────┘ ◄── now_*
//! ```
//!
//! The banks' Verilog is written from the tables of `contract::reg`: a register declared there is decoded, or elaboration
//! stops. Reading an address without a register gives 0, writing it does nothing; see `axil_slave` for the bus rules.
//!
//! Latency: levels and pulses change two cycles after the later of AW and W; a read answers six cycles after AR, with what a status was in the cycle it began.
//! Back-pressure: the bus waits while the slot bank sweeps after reset (32 cycles a slot).

pub mod bank;
pub mod slots;

use crate::axil_slave::AxilSlave;
use crate::emit::{Elaborated, Size, elaborate};
use bank::{GlobalBank, RingBank, global_registers};
use contract::reg::capability;
use rust_hdl::prelude::*;
use slots::SlotBank;

/// What the card as wired in `top` has.
pub const CAPABILITIES: u32 = capability::CORE
    | capability::LEVELS
    | capability::EVENTS
    | capability::FRAMES
    | capability::ORDERS
    | capability::TRIGGER
    | capability::FOLLOW;

macro_rules! csr_block {
    (rw [$($rw:ident)*] wo [$($wo:ident)*] ro [$($ro:ident)*] fixed [$($fixed:ident)*] pairs [$($pair:ident)*]
     data [$($data:ident)*] start [$($start:ident)*]) => {
        /// See the module's text. `2^SB` slots.
        #[derive(LogicBlock)]
        pub struct Csr<const SB: usize> {
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
            $(
                /// The word of the `do_` pulses.
                pub $data: Signal<Out, Bits<32>>,
            )*
            $(pub $rw: Signal<Out, Bits<32>>,)*
            $(pub $wo: Signal<Out, Bit>,)*
            $(pub $ro: Signal<In, Bits<32>>,)*
            $(pub $pair: Signal<In, Bits<64>>,)*
            pub ring_base_lo: [Signal<Out, Bits<32>>; 3],
            pub ring_base_hi: [Signal<Out, Bits<32>>; 3],
            pub ring_size_log2: [Signal<Out, Bits<32>>; 3],
            pub ring_ctrl: [Signal<Out, Bits<32>>; 3],
            pub ring_tail: [Signal<Out, Bits<32>>; 3],
            pub ring_head: [Signal<In, Bits<32>>; 3],
            pub ring_state: [Signal<In, Bits<32>>; 3],
            /// One cycle: register `slot_register` of `slot` gets `slot_data`.
            pub slot_write: Signal<Out, Bit>,
            pub slot: Signal<Out, Bits<SB>>,
            pub slot_register: Signal<Out, Bits<5>>,
            pub slot_data: Signal<Out, Bits<32>>,
            /// One cycle: LOCATE of `bind_slot` reads `bind_value` from now on.
            pub bind_write: Signal<In, Bit>,
            pub bind_slot: Signal<In, Bits<SB>>,
            pub bind_value: Signal<In, Bits<32>>,
            /// Slot whose status is being read; `now_slot_state` to `now_open_sell` answer within a cycle.
            pub read_slot: Signal<Out, Bits<SB>>,
            pub now_slot_state: Signal<In, Bits<32>>,
            pub now_skipped: Signal<In, Bits<32>>,
            pub now_position: Signal<In, Bits<32>>,
            pub now_open_buy: Signal<In, Bits<32>>,
            pub now_open_sell: Signal<In, Bits<32>>,
            /// Byte address / 4 being read, for `counters`; `counter_data` answers two cycles later.
            pub read_word: Signal<Out, Bits<14>>,
            pub counter_data: Signal<In, Bits<32>>,
            slave: AxilSlave,
            global: GlobalBank,
            rings: [RingBank; 3],
            slots: SlotBank<SB>,
            answer: DFF<Bits<32>>,
            merged: Signal<Local, Bits<32>>,
            $($fixed: Constant<Bits<32>>,)*
        }

        impl<const SB: usize> Csr<SB> {
            fn with($($fixed: u32,)*) -> Self {
                Self {
                    clock: Default::default(),
                    reset: Default::default(),
                    s_axil_awaddr: Default::default(),
                    s_axil_awvalid: Default::default(),
                    s_axil_awready: Default::default(),
                    s_axil_wdata: Default::default(),
                    s_axil_wstrb: Default::default(),
                    s_axil_wvalid: Default::default(),
                    s_axil_wready: Default::default(),
                    s_axil_bresp: Default::default(),
                    s_axil_bvalid: Default::default(),
                    s_axil_bready: Default::default(),
                    s_axil_araddr: Default::default(),
                    s_axil_arvalid: Default::default(),
                    s_axil_arready: Default::default(),
                    s_axil_rdata: Default::default(),
                    s_axil_rresp: Default::default(),
                    s_axil_rvalid: Default::default(),
                    s_axil_rready: Default::default(),
                    $($data: Default::default(),)*
                    $($rw: Default::default(),)*
                    $($wo: Default::default(),)*
                    $($ro: Default::default(),)*
                    $($pair: Default::default(),)*
                    ring_base_lo: Default::default(),
                    ring_base_hi: Default::default(),
                    ring_size_log2: Default::default(),
                    ring_ctrl: Default::default(),
                    ring_tail: Default::default(),
                    ring_head: Default::default(),
                    ring_state: Default::default(),
                    slot_write: Default::default(),
                    slot: Default::default(),
                    slot_register: Default::default(),
                    slot_data: Default::default(),
                    bind_write: Default::default(),
                    bind_slot: Default::default(),
                    bind_value: Default::default(),
                    read_slot: Default::default(),
                    now_slot_state: Default::default(),
                    now_skipped: Default::default(),
                    now_position: Default::default(),
                    now_open_buy: Default::default(),
                    now_open_sell: Default::default(),
                    read_word: Default::default(),
                    counter_data: Default::default(),
                    slave: Default::default(),
                    global: GlobalBank::at(contract::reg::global(contract::reg::GLOBAL[0].name)),
                    rings: contract::ring::RINGS.map(|r| RingBank::at(contract::reg::ring(r, contract::reg::RING[0].name))),
                    slots: Default::default(),
                    answer: Default::default(),
                    merged: Default::default(),
                    $($fixed: Constant::new(u64::from($fixed).into()),)*
                }
            }
        }

        impl<const SB: usize> Logic for Csr<SB> {
            #[hdl_gen]
            fn update(&mut self) {
                dff_setup!(self, clock, answer);
                self.slave.clock.next = self.clock.val();
                self.slave.reset.next = self.reset.val();
                self.slave.s_axil_awaddr.next = self.s_axil_awaddr.val();
                self.slave.s_axil_awvalid.next = self.s_axil_awvalid.val();
                self.s_axil_awready.next = self.slave.s_axil_awready.val();
                self.slave.s_axil_wdata.next = self.s_axil_wdata.val();
                self.slave.s_axil_wstrb.next = self.s_axil_wstrb.val();
                self.slave.s_axil_wvalid.next = self.s_axil_wvalid.val();
                self.s_axil_wready.next = self.slave.s_axil_wready.val();
                self.s_axil_bresp.next = self.slave.s_axil_bresp.val();
                self.s_axil_bvalid.next = self.slave.s_axil_bvalid.val();
                self.slave.s_axil_bready.next = self.s_axil_bready.val();
                self.slave.s_axil_araddr.next = self.s_axil_araddr.val();
                self.slave.s_axil_arvalid.next = self.s_axil_arvalid.val();
                self.s_axil_arready.next = self.slave.s_axil_arready.val();
                self.s_axil_rdata.next = self.slave.s_axil_rdata.val();
                self.s_axil_rresp.next = self.slave.s_axil_rresp.val();
                self.s_axil_rvalid.next = self.slave.s_axil_rvalid.val();
                self.slave.s_axil_rready.next = self.s_axil_rready.val();
                self.slave.bank_ready.next = self.slots.ready.val();
                self.slave.read_data.next = self.answer.q.val();
                self.read_word.next = self.slave.read_word.val();

                self.global.clock.next = self.clock.val();
                self.global.reset.next = self.reset.val();
                self.global.write.next = self.slave.write.val();
                self.global.write_word.next = self.slave.write_word.val();
                self.global.write_data.next = self.slave.write_data.val();
                $(self.global.$start.next = self.slave.$start.val();)*
                self.global.read_word.next = self.slave.read_word.val();
                $(self.$data.next = self.global.$data.val();)*
                $(self.$rw.next = self.global.$rw.val();)*
                $(self.$wo.next = self.global.$wo.val();)*
                $(self.global.$ro.next = self.$ro.val();)*
                $(self.global.$fixed.next = self.$fixed.val();)*
                $(self.global.$pair.next = self.$pair.val();)*

                self.slots.clock.next = self.clock.val();
                self.slots.reset.next = self.reset.val();
                self.slots.write.next = self.slave.write.val();
                self.slots.write_word.next = self.slave.write_word.val();
                self.slots.write_data.next = self.slave.write_data.val();
                self.slots.read_word.next = self.slave.read_word.val();
                self.slot_write.next = self.slots.slot_write.val();
                self.slot.next = self.slots.slot.val();
                self.slot_register.next = self.slots.slot_register.val();
                self.slot_data.next = self.slots.slot_data.val();
                self.slots.bind_write.next = self.bind_write.val();
                self.slots.bind_slot.next = self.bind_slot.val();
                self.slots.bind_value.next = self.bind_value.val();
                self.read_slot.next = self.slots.read_slot.val();
                self.slots.now_slot_state.next = self.now_slot_state.val();
                self.slots.now_skipped.next = self.now_skipped.val();
                self.slots.now_position.next = self.now_position.val();
                self.slots.now_open_buy.next = self.now_open_buy.val();
                self.slots.now_open_sell.next = self.now_open_sell.val();

                self.merged.next = self.global.read_data.val() | self.slots.read_data.val() | self.counter_data.val();
                for i in 0..3 {
                    self.rings[i].clock.next = self.clock.val();
                    self.rings[i].reset.next = self.reset.val();
                    self.rings[i].write.next = self.slave.write.val();
                    self.rings[i].write_word.next = self.slave.write_word.val();
                    self.rings[i].write_data.next = self.slave.write_data.val();
                    self.rings[i].read_word.next = self.slave.read_word.val();
                    self.ring_base_lo[i].next = self.rings[i].cfg_base_lo.val();
                    self.ring_base_hi[i].next = self.rings[i].cfg_base_hi.val();
                    self.ring_size_log2[i].next = self.rings[i].cfg_size_log2.val();
                    self.ring_ctrl[i].next = self.rings[i].cfg_ring_ctrl.val();
                    self.ring_tail[i].next = self.rings[i].cfg_tail.val();
                    self.rings[i].now_head.next = self.ring_head[i].val();
                    self.rings[i].now_ring_state.next = self.ring_state[i].val();
                    self.merged.next = self.merged.val() | self.rings[i].read_data.val();
                }
                self.answer.d.next = self.merged.val();
            }
        }
    };
}
global_registers! { csr_block! { } }

impl<const SB: usize> Csr<SB> {
    /// The registers of a card of this configuration.
    ///
    /// # Panics
    /// When `SB` is not the configuration's.
    pub fn new(config: &contract::Config) -> Self {
        assert_eq!(
            config.slot_bits() as usize,
            SB,
            "Csr: slot bits of {}",
            config.name
        );
        Self::with(
            contract::reg::IDENTITY,
            contract::CONTRACT_HASH,
            config.word(),
            CAPABILITIES,
        )
    }
}

/// The block of a size.
pub fn build(size: Size) -> Elaborated {
    let config = size.contract();
    match size {
        Size::Small => elaborate(Csr::<2>::new(&config)),
        Size::Sim => elaborate(Csr::<4>::new(&config)),
        Size::Alveo => elaborate(Csr::<6>::new(&config)),
    }
}
