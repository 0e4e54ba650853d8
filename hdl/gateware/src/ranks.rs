//! Quantile ranks of the core features: how many of a feature's 255 edges are at or below its value.
//!
//! ```text
//!             one feature a cycle
//! sink ─► row ──► level 0 ─► level 1 ─ … ─► level 7 ─► 16 ranks ─► queue ─► source
//!          │        ▲ edges, two banks          ▲
//!          │      load ──────────────────────────┘
//!          └─► tag, generation, unset ───────────────────────────► queue ─► source
//! ```
//!
//! A binary search without branches: level *s* holds the `2^s` edges of its depth for all features in both banks, and decides bit `7 − s` of the rank. A row reads
//! the bank that is in use as it is taken, all of it, whatever is committed behind it; which one is said with its ranks. Before the first commit the edges
//! are those of a reset in the contract, 32,767 each, and `unset` says so: rank 255 at 32,767, rank 0 below.
//!
//! The lowest 144 bits of `source.data` are a row of a forest of 16 columns (`fabric`, loadable or not).
//!
//! Latency: 34 cycles from a taken row to its ranks at `source` when none waits before them.
//! Back-pressure: a row every 16 cycles (9.77 million a second at 156.25 MHz); `sink.ready` is low for the 15 cycles between, and while four rows have not
//! left. It is made of registers alone. Nothing is dropped.

pub mod edge_ram;
pub mod level;
pub mod load;

use crate::emit::{Elaborated, Size, elaborate};
use crate::prim::Cat2;
use crate::ranks::level::{Level, Step};
use crate::ranks::load::EdgeLoad;
use crate::stream::{StreamSink, StreamSource};
use crate::stream_fifo::StreamFifo;
use rust_hdl::prelude::*;

/// The core features of a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct FeatureRow {
    /// 16 × i16, feature 0 lowest (`contract::feature::CORE_FEATURES`).
    pub features: Bits<256>,
    /// Handed on.
    pub tag: Bits<16>,
}

/// Their ranks.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct RankRow {
    /// 16 × u8, feature 0 lowest.
    pub ranks: Bits<128>,
    /// Of the row.
    pub tag: Bits<16>,
    /// Commits before the row was taken, modulo 256.
    pub generation: Bits<8>,
    /// There was none.
    pub unset: bool,
}

/// What of a row waits for its ranks.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
struct Beside {
    tag: Bits<16>,
    generation: Bits<8>,
    unset: bool,
}

/// See the module's text.
#[derive(LogicBlock)]
pub struct Ranks {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub sink: StreamSink<FeatureRow>,
    pub source: StreamSource<RankRow>,
    /// One word of the image, in order from 0, while ready.
    pub load_write: Signal<In, Bit>,
    pub load_address: Signal<In, Bits<24>>,
    /// Two edges (`contract::wide::EDGE_PAIR`).
    pub load_data: Signal<In, Bits<32>>,
    /// Takes over the image, if it is whole and no word comes with it.
    pub load_commit: Signal<In, Bit>,
    /// Low while a row may read the bank that words go to.
    pub load_ready: Signal<Out, Bit>,
    /// Every word has been written since the last commit, and edges ascend.
    pub load_whole: Signal<Out, Bit>,
    /// An edge of the image is below the one before it.
    pub load_falls: Signal<Out, Bit>,
    /// A word or a commit was not taken, in the cycle before.
    pub load_refused: Signal<Out, Bit>,
    /// There has been a commit.
    pub loaded: Signal<Out, Bit>,
    loader: EdgeLoad,
    level_0: Level<0, 5>,
    level_1: Level<1, 6>,
    level_2: Level<2, 7>,
    level_3: Level<3, 8>,
    level_4: Level<4, 9>,
    level_5: Level<5, 10>,
    level_6: Level<6, 11>,
    level_7: Level<7, 12>,
    results: StreamFifo<Bits<128>, 2, 3>,
    besides: StreamFifo<Beside, 2, 3>,
    row: DFF<Bits<256>>,
    busy: DFF<Bit>,
    index: DFF<Bits<4>>,
    bank: DFF<Bits<1>>,
    unset: DFF<Bit>,
    /// Rows taken whose ranks have not left.
    open: DFF<Bits<3>>,
    collected: DFF<Bits<128>>,
    done: DFF<Bit>,
    features: Signal<Local, Bits<256>>,
    ends: Signal<Local, Bit>,
    free: Signal<Local, Bit>,
    takes: Signal<Local, Bit>,
    gives: Signal<Local, Bit>,
    beside: Signal<Local, Beside>,
    held: Signal<Local, Beside>,
    place: Cat2<1, 4, 5>,
    step: Signal<Local, Step>,
    decided: Signal<Local, Step>,
    decided_place: Signal<Local, Bits<5>>,
    decided_index: Signal<Local, Bits<4>>,
    rank: Signal<Local, Bits<8>>,
    earlier: Signal<Local, Bits<128>>,
    placed: Signal<Local, Bits<128>>,
    ranked: Signal<Local, RankRow>,
    sign: Constant<Bits<16>>,
    no_step: Constant<Step>,
    no_row: Constant<RankRow>,
    nothing: Constant<Beside>,
    one_index: Constant<Bits<4>>,
    one_row: Constant<Bits<3>>,
    all_rows: Constant<Bits<3>>,
}

impl Default for Ranks {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            sink: Default::default(),
            source: Default::default(),
            load_write: Default::default(),
            load_address: Default::default(),
            load_data: Default::default(),
            load_commit: Default::default(),
            load_ready: Default::default(),
            load_whole: Default::default(),
            load_falls: Default::default(),
            load_refused: Default::default(),
            loaded: Default::default(),
            loader: Default::default(),
            level_0: Default::default(),
            level_1: Default::default(),
            level_2: Default::default(),
            level_3: Default::default(),
            level_4: Default::default(),
            level_5: Default::default(),
            level_6: Default::default(),
            level_7: Default::default(),
            results: Default::default(),
            besides: Default::default(),
            row: Default::default(),
            busy: Default::default(),
            index: Default::default(),
            bank: Default::default(),
            unset: Default::default(),
            open: Default::default(),
            collected: Default::default(),
            done: Default::default(),
            features: Default::default(),
            ends: Default::default(),
            free: Default::default(),
            takes: Default::default(),
            gives: Default::default(),
            beside: Default::default(),
            held: Default::default(),
            place: Default::default(),
            step: Default::default(),
            decided: Default::default(),
            decided_place: Default::default(),
            decided_index: Default::default(),
            rank: Default::default(),
            earlier: Default::default(),
            placed: Default::default(),
            ranked: Default::default(),
            sign: Constant::new(0x8000_u64.into()),
            no_step: Constant::new(Step::default()),
            no_row: Constant::new(RankRow::default()),
            nothing: Constant::new(Beside::default()),
            one_index: Constant::new(1_u64.into()),
            one_row: Constant::new(1_u64.into()),
            all_rows: Constant::new(4_u64.into()),
        }
    }
}

impl Logic for Ranks {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(self, clock, row, busy, index, bank, unset, open, collected, done);
        self.loader.clock.next = self.clock.val();
        self.level_0.clock.next = self.clock.val();
        self.level_1.clock.next = self.clock.val();
        self.level_2.clock.next = self.clock.val();
        self.level_3.clock.next = self.clock.val();
        self.level_4.clock.next = self.clock.val();
        self.level_5.clock.next = self.clock.val();
        self.level_6.clock.next = self.clock.val();
        self.level_7.clock.next = self.clock.val();
        self.results.clock.next = self.clock.val();
        self.besides.clock.next = self.clock.val();
        self.loader.reset.next = self.reset.val();
        self.level_0.reset.next = self.reset.val();
        self.level_1.reset.next = self.reset.val();
        self.level_2.reset.next = self.reset.val();
        self.level_3.reset.next = self.reset.val();
        self.level_4.reset.next = self.reset.val();
        self.level_5.reset.next = self.reset.val();
        self.level_6.reset.next = self.reset.val();
        self.level_7.reset.next = self.reset.val();
        self.results.reset.next = self.reset.val();
        self.besides.reset.next = self.reset.val();
        // Load port.
        self.loader.load_write.next = self.load_write.val();
        self.loader.load_address.next = self.load_address.val();
        self.loader.load_data.next = self.load_data.val();
        self.loader.load_commit.next = self.load_commit.val();
        self.load_ready.next = self.loader.ready.val();
        self.load_whole.next = self.loader.whole.val();
        self.load_falls.next = self.loader.falls.val();
        self.load_refused.next = self.loader.refused.val();
        self.loaded.next = self.loader.loaded.val();
        self.level_0.edge_write.next = self.loader.edge_writes.val().get_bit(0);
        self.level_1.edge_write.next = self.loader.edge_writes.val().get_bit(1);
        self.level_2.edge_write.next = self.loader.edge_writes.val().get_bit(2);
        self.level_3.edge_write.next = self.loader.edge_writes.val().get_bit(3);
        self.level_4.edge_write.next = self.loader.edge_writes.val().get_bit(4);
        self.level_5.edge_write.next = self.loader.edge_writes.val().get_bit(5);
        self.level_6.edge_write.next = self.loader.edge_writes.val().get_bit(6);
        self.level_7.edge_write.next = self.loader.edge_writes.val().get_bit(7);
        self.level_0.edge_at.next = self.loader.edge_at.val();
        self.level_1.edge_at.next = self.loader.edge_at.val();
        self.level_2.edge_at.next = self.loader.edge_at.val();
        self.level_3.edge_at.next = self.loader.edge_at.val();
        self.level_4.edge_at.next = self.loader.edge_at.val();
        self.level_5.edge_at.next = self.loader.edge_at.val();
        self.level_6.edge_at.next = self.loader.edge_at.val();
        self.level_7.edge_at.next = self.loader.edge_at.val();
        self.level_0.edge_data.next = self.loader.odd.val();
        self.level_1.edge_data.next = self.loader.odd.val();
        self.level_2.edge_data.next = self.loader.odd.val();
        self.level_3.edge_data.next = self.loader.odd.val();
        self.level_4.edge_data.next = self.loader.odd.val();
        self.level_5.edge_data.next = self.loader.odd.val();
        self.level_6.edge_data.next = self.loader.odd.val();
        self.level_7.edge_data.next = self.loader.even.val();

        // A row, one feature a cycle.
        self.ends.next = self.index.q.val().all();
        self.free.next = (!self.busy.q.val() | self.ends.val()) & (self.open.q.val() != self.all_rows.val());
        self.takes.next = self.sink.valid.val() & self.free.val();
        self.sink.ready.next = self.free.val();
        if self.busy.q.val() {
            self.index.d.next = self.index.q.val() + self.one_index.val();
            self.row.d.next = self.row.q.val() >> 16;
            if self.ends.val() {
                self.busy.d.next = false;
            }
        }
        self.features.next = self.sink.data.val().features;
        if self.takes.val() {
            self.busy.d.next = true;
            self.row.d.next = self.features.val();
            self.bank.d.next = self.loader.generation.val().get_bits::<1>(0);
            self.unset.d.next = !self.loader.loaded.val();
        }
        self.beside.next = self.nothing.val();
        self.beside.next.tag = self.sink.data.val().tag;
        self.beside.next.generation = self.loader.generation.val();
        self.beside.next.unset = !self.loader.loaded.val();
        self.besides.sink.valid.next = self.takes.val();
        self.besides.sink.data.next = self.beside.val();

        // The search.
        self.place.hi.next = self.bank.q.val();
        self.place.lo.next = self.index.q.val();
        self.step.next = self.no_step.val();
        self.step.next.value = self.row.q.val().get_bits::<16>(0) ^ self.sign.val();
        self.step.next.place = self.place.y.val();
        self.step.next.unset = self.unset.q.val();
        self.level_0.valid.next = self.busy.q.val();
        self.level_0.step.next = self.step.val();
        self.level_1.valid.next = self.level_0.next_valid.val();
        self.level_1.step.next = self.level_0.next_step.val();
        self.level_2.valid.next = self.level_1.next_valid.val();
        self.level_2.step.next = self.level_1.next_step.val();
        self.level_3.valid.next = self.level_2.next_valid.val();
        self.level_3.step.next = self.level_2.next_step.val();
        self.level_4.valid.next = self.level_3.next_valid.val();
        self.level_4.step.next = self.level_3.next_step.val();
        self.level_5.valid.next = self.level_4.next_valid.val();
        self.level_5.step.next = self.level_4.next_step.val();
        self.level_6.valid.next = self.level_5.next_valid.val();
        self.level_6.step.next = self.level_5.next_step.val();
        self.level_7.valid.next = self.level_6.next_valid.val();
        self.level_7.step.next = self.level_6.next_step.val();
        self.decided.next = self.level_7.next_step.val();
        self.decided_place.next = self.decided.val().place;
        self.decided_index.next = self.decided_place.val().get_bits::<4>(0);
        self.rank.next = self.decided.val().rank;
        self.earlier.next = self.collected.q.val() >> 8;
        self.placed.next = bit_cast::<128, 8>(self.rank.val()) << 120;
        if self.level_7.next_valid.val() {
            self.collected.d.next = self.earlier.val() | self.placed.val();
        }
        self.done.d.next = self.level_7.next_valid.val() & self.decided_index.val().all();
        self.results.sink.valid.next = self.done.q.val();
        self.results.sink.data.next = self.collected.q.val();

        // Ranks and what belongs to them.
        self.held.next = self.besides.source.data.val();
        self.ranked.next = self.no_row.val();
        self.ranked.next.ranks = self.results.source.data.val();
        self.ranked.next.tag = self.held.val().tag;
        self.ranked.next.generation = self.held.val().generation;
        self.ranked.next.unset = self.held.val().unset;
        self.source.data.next = self.ranked.val();
        self.source.valid.next = self.results.source.valid.val();
        self.gives.next = self.results.source.valid.val() & self.source.ready.val();
        self.results.source.ready.next = self.source.ready.val();
        self.besides.source.ready.next = self.gives.val();
        if self.takes.val() & !self.gives.val() {
            self.open.d.next = self.open.q.val() + self.one_row.val();
        }
        if self.gives.val() & !self.takes.val() {
            self.open.d.next = self.open.q.val() - self.one_row.val();
        }
        if self.reset.val() {
            self.busy.d.next = false;
            self.index.d.next = 0.into();
            self.open.d.next = 0.into();
            self.done.d.next = false;
        }
    }
}

/// The same in every size.
pub fn build(_size: Size) -> Elaborated {
    elaborate(Ranks::default())
}
