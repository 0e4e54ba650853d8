//! Gives each slot its turn, a cycle each: to start its sweep, to show its locate, to tell one thing.
//!
//! Latency: up to `S` cycles until a slot has its turn. Back-pressure: a notice not taken waits for the next turn.

use contract::event::Code;
use rust_hdl::prelude::*;

/// What a slot tells, first things first: a slot that turned stale says so last.
const TELLS: [Code; 4] = [Code::Bound, Code::Ready, Code::Sync, Code::Stale];

/// `S` = 2^`SB` slots; see the module's text.
#[derive(LogicBlock)]
pub struct Turn<const SB: usize, const S: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub wants_sweep: [Signal<In, Bit>; S],
    pub tell_register: [Signal<In, Bit>; S],
    pub tell_bound: [Signal<In, Bit>; S],
    pub tell_ready: [Signal<In, Bit>; S],
    pub tell_sync: [Signal<In, Bit>; S],
    pub tell_stale: [Signal<In, Bit>; S],
    pub sync_result: [Signal<In, Bit>; S],
    pub cause: [Signal<In, Bits<8>>; S],
    pub locate: [Signal<In, Bits<16>>; S],
    pub sweep_taken: [Signal<Out, Bit>; S],
    pub sweep_done: [Signal<Out, Bit>; S],
    pub told_register: [Signal<Out, Bit>; S],
    // What the slot has to tell.
    pub notice: Signal<Out, Bit>,
    pub notice_code: Signal<Out, Bits<8>>,
    pub notice_slot: Signal<Out, Bits<SB>>,
    pub notice_cause: Signal<Out, Bits<8>>,
    pub notice_locate: Signal<Out, Bits<16>>,
    /// Bound, ready, sync, stale: which one it is.
    pub notice_bits: Signal<Out, Bits<4>>,
    pub has_turn: [Signal<Out, Bit>; S],
    // LOCATE as the host reads it.
    pub bind_write: Signal<Out, Bit>,
    pub bind_slot: Signal<Out, Bits<SB>>,
    pub bind_value: Signal<Out, Bits<32>>,
    // Sweeps, one at a time.
    pub sweep_start: Signal<Out, Bit>,
    pub sweep_slot: Signal<Out, Bits<6>>,
    pub table_sweep_done: Signal<In, Bit>,
    pub store_sweep_done: Signal<In, Bit>,
    pub sweeping: Signal<Out, Bit>,
    turn: DFF<Bits<SB>>,
    busy: DFF<Bit>,
    sweep_now: DFF<Bits<SB>>,
    start_now: DFF<Bit>,
    table_done: DFF<Bit>,
    store_done: DFF<Bit>,
    bind_now: DFF<Bit>,
    bind_index: DFF<Bits<SB>>,
    bind_locate: DFF<Bits<16>>,
    turn_next: Signal<Local, Bits<SB>>,
    is_turn: Signal<Local, Bit>,
    is_swept: Signal<Local, Bit>,
    takes: Signal<Local, Bit>,
    finishes: Signal<Local, Bit>,
    turn_sweep: Signal<Local, Bit>,
    turn_bind: Signal<Local, Bit>,
    turn_locate: Signal<Local, Bits<16>>,
    told: Signal<Local, Bit>,
    told_code: Signal<Local, Bits<8>>,
    told_cause: Signal<Local, Bits<8>>,
    told_bits: Signal<Local, Bits<4>>,
    one: Constant<Bits<SB>>,
    sync_yes: Constant<Bits<8>>,
    locate_bound: Constant<Bits<32>>,
    index: [Constant<Bits<SB>>; S],
    tell_code: [Constant<Bits<8>>; 4],
}

impl<const SB: usize, const S: usize> Default for Turn<SB, S> {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            wants_sweep: std::array::from_fn(|_| Default::default()),
            tell_register: std::array::from_fn(|_| Default::default()),
            tell_bound: std::array::from_fn(|_| Default::default()),
            tell_ready: std::array::from_fn(|_| Default::default()),
            tell_sync: std::array::from_fn(|_| Default::default()),
            tell_stale: std::array::from_fn(|_| Default::default()),
            sync_result: std::array::from_fn(|_| Default::default()),
            cause: std::array::from_fn(|_| Default::default()),
            locate: std::array::from_fn(|_| Default::default()),
            sweep_taken: std::array::from_fn(|_| Default::default()),
            sweep_done: std::array::from_fn(|_| Default::default()),
            told_register: std::array::from_fn(|_| Default::default()),
            notice: Default::default(),
            notice_code: Default::default(),
            notice_slot: Default::default(),
            notice_cause: Default::default(),
            notice_locate: Default::default(),
            notice_bits: Default::default(),
            has_turn: std::array::from_fn(|_| Default::default()),
            bind_write: Default::default(),
            bind_slot: Default::default(),
            bind_value: Default::default(),
            sweep_start: Default::default(),
            sweep_slot: Default::default(),
            table_sweep_done: Default::default(),
            store_sweep_done: Default::default(),
            sweeping: Default::default(),
            turn: Default::default(),
            busy: Default::default(),
            sweep_now: Default::default(),
            start_now: Default::default(),
            table_done: Default::default(),
            store_done: Default::default(),
            bind_now: Default::default(),
            bind_index: Default::default(),
            bind_locate: Default::default(),
            turn_next: Default::default(),
            is_turn: Default::default(),
            is_swept: Default::default(),
            takes: Default::default(),
            finishes: Default::default(),
            turn_sweep: Default::default(),
            turn_bind: Default::default(),
            turn_locate: Default::default(),
            told: Default::default(),
            told_code: Default::default(),
            told_cause: Default::default(),
            told_bits: Default::default(),
            one: Constant::new(1_u64.into()),
            sync_yes: Constant::new(1_u64.into()),
            locate_bound: Constant::new((1_u64 << 16).into()),
            index: std::array::from_fn(|i| Constant::new((i as u64).into())),
            tell_code: std::array::from_fn(|i| Constant::new((TELLS[i] as u64).into())),
        }
    }
}

impl<const SB: usize, const S: usize> Logic for Turn<SB, S> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            turn,
            busy,
            sweep_now,
            start_now,
            table_done,
            store_done,
            bind_now,
            bind_index,
            bind_locate
        );
        self.turn_next.next = self.turn.q.val() + self.one.val();
        self.turn.d.next = self.turn_next.val();
        self.takes.next = !self.busy.q.val();
        self.finishes.next = self.busy.q.val() & self.table_done.q.val() & self.store_done.q.val();
        self.turn_sweep.next = false;
        self.turn_bind.next = false;
        self.turn_locate.next = 0.into();
        self.told.next = false;
        self.told_code.next = 0.into();
        self.told_cause.next = 0.into();
        self.told_bits.next = 0.into();
        for i in 0..S {
            self.is_turn.next = self.turn.q.val() == self.index[i].val();
            self.is_swept.next = self.sweep_now.q.val() == self.index[i].val();
            self.has_turn[i].next = self.is_turn.val();
            self.sweep_taken[i].next = self.is_turn.val() & self.takes.val() & self.wants_sweep[i].val();
            self.sweep_done[i].next = self.is_swept.val() & self.finishes.val();
            self.told_register[i].next = self.is_turn.val();
            if self.is_turn.val() {
                self.turn_sweep.next = self.wants_sweep[i].val();
                self.turn_bind.next = self.tell_register[i].val();
                self.turn_locate.next = self.locate[i].val();
                if self.tell_stale[i].val() {
                    self.told.next = true;
                    self.told_bits.next = 8.into();
                    self.told_code.next = self.tell_code[3].val();
                    self.told_cause.next = self.cause[i].val();
                }
                if self.tell_sync[i].val() {
                    self.told.next = true;
                    self.told_bits.next = 4.into();
                    self.told_code.next = self.tell_code[2].val();
                    self.told_cause.next = 0.into();
                    if self.sync_result[i].val() {
                        self.told_cause.next = self.sync_yes.val();
                    }
                }
                if self.tell_ready[i].val() {
                    self.told.next = true;
                    self.told_bits.next = 2.into();
                    self.told_code.next = self.tell_code[1].val();
                    self.told_cause.next = 0.into();
                }
                if self.tell_bound[i].val() {
                    self.told.next = true;
                    self.told_bits.next = 1.into();
                    self.told_code.next = self.tell_code[0].val();
                    self.told_cause.next = 0.into();
                }
            }
        }
        self.notice.next = self.told.val();
        self.notice_code.next = self.told_code.val();
        self.notice_slot.next = self.turn.q.val();
        self.notice_cause.next = self.told_cause.val();
        self.notice_locate.next = self.turn_locate.val();
        self.notice_bits.next = self.told_bits.val();

        self.start_now.d.next = false;
        if self.table_sweep_done.val() {
            self.table_done.d.next = true;
        }
        if self.store_sweep_done.val() {
            self.store_done.d.next = true;
        }
        if self.finishes.val() {
            self.busy.d.next = false;
        }
        if self.turn_sweep.val() & self.takes.val() {
            self.busy.d.next = true;
            self.start_now.d.next = true;
            self.sweep_now.d.next = self.turn.q.val();
            self.table_done.d.next = false;
            self.store_done.d.next = false;
        }
        self.sweep_start.next = self.start_now.q.val();
        self.sweep_slot.next = bit_cast::<6, SB>(self.sweep_now.q.val());
        self.sweeping.next = self.busy.q.val();
        self.bind_now.d.next = self.turn_bind.val();
        self.bind_index.d.next = self.turn.q.val();
        self.bind_locate.d.next = self.turn_locate.val();
        self.bind_write.next = self.bind_now.q.val();
        self.bind_slot.next = self.bind_index.q.val();
        self.bind_value.next = self.locate_bound.val() | bit_cast::<32, 16>(self.bind_locate.q.val());
        if self.reset.val() {
            self.turn.d.next = 0.into();
            self.busy.d.next = false;
            self.start_now.d.next = false;
            self.bind_now.d.next = false;
        }
    }
}
