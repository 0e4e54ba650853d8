//! The load port: a whole image of edges into the bank that no record reads, and one commit.
//!
//! ```text
//! word ─► register ─┬─► levels (bank not in use)
//!                   └─► ascending? ─┐
//! in order from 0 ──────────────────┴─► whole ─► commit ─► the banks change
//! ```
//!
//! Words come in order from 0, each once; word 0 begins anew and a word out of order has to be followed by it. The image is that of bulk table 1
//! (`contract::wide::EDGE_PAIR`) for the core features, which are ranks 0 to 15. An image in which an edge is below the one before it is not whole: the search
//! would give such a feature neither the old nor the new rank.
//!
//! After a commit the other bank is not written until the last record that began before has read its last edge.
//!
//! Latency: a word is judged 2 cycles after it, a commit counts in the next. Back-pressure: `ready` is low for [`DRAIN`] cycles behind a commit; what comes
//! then, or a commit of what is not whole, is `refused`.

use crate::prim::Cat2;
use contract::feature::CORE_COUNT;
use contract::layout::lsb;
use contract::wide::{EDGE_PAIR, EDGES, RANK_OF, Ranked};
use rust_hdl::prelude::*;

/// Cycles from a commit until the other bank may be written: the record taken with it reads its last edge 30 cycles later, a word is written one cycle
/// after it was taken.
pub const DRAIN: u64 = 29;
/// Words of an image.
pub const WORDS: u64 = 2_048;

const _: () = {
    assert!(lsb(EDGE_PAIR, "even") == 0 && lsb(EDGE_PAIR, "odd") == 16);
    assert!(EDGES == 255 && WORDS == (CORE_COUNT * (EDGES + 1) / 2) as u64);
    let mut i = 0;
    while i < CORE_COUNT {
        assert!(
            matches!(RANK_OF[i], Ranked::Core(core) if core as usize == i),
            "the first ranks are of the core features"
        );
        i += 1;
    }
};

/// See the module's text.
#[derive(LogicBlock)]
pub struct EdgeLoad {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub load_write: Signal<In, Bit>,
    pub load_address: Signal<In, Bits<24>>,
    pub load_data: Signal<In, Bits<32>>,
    pub load_commit: Signal<In, Bit>,
    pub ready: Signal<Out, Bit>,
    pub whole: Signal<Out, Bit>,
    pub falls: Signal<Out, Bit>,
    pub refused: Signal<Out, Bit>,
    pub loaded: Signal<Out, Bit>,
    /// Commits, modulo 256; bit 0 is the bank in use.
    pub generation: Signal<Out, Bits<8>>,
    /// A level each, the first lowest: it is written.
    pub edge_writes: Signal<Out, Bits<8>>,
    /// {bank, feature, pair}.
    pub edge_at: Signal<Out, Bits<12>>,
    /// For the last level; sign inverted.
    pub even: Signal<Out, Bits<16>>,
    /// For the others; sign inverted.
    pub odd: Signal<Out, Bits<16>>,
    next_word: DFF<Bits<12>>,
    refuses: DFF<Bit>,
    ever: DFF<Bit>,
    commits: DFF<Bits<8>>,
    drain: DFF<Bits<5>>,
    wrote: DFF<Bit>,
    word: DFF<Bits<11>>,
    data: DFF<Bits<32>>,
    previous: DFF<Bits<16>>,
    fallen: DFF<Bit>,
    is_ready: Signal<Local, Bit>,
    is_full: Signal<Local, Bit>,
    is_whole: Signal<Local, Bit>,
    takes: Signal<Local, Bit>,
    commit: Signal<Local, Bit>,
    first: Signal<Local, Bit>,
    follows: Signal<Local, Bit>,
    expected: Signal<Local, Bits<24>>,
    pair: Signal<Local, Bits<7>>,
    pair_more: Signal<Local, Bits<7>>,
    lowest_zero: Signal<Local, Bits<7>>,
    even_edge: Signal<Local, Bits<16>>,
    odd_edge: Signal<Local, Bits<16>>,
    drops_before: Signal<Local, Bit>,
    drops_within: Signal<Local, Bit>,
    other: Signal<Local, Bits<1>>,
    at: Cat2<1, 11, 12>,
    one: Constant<Bits<12>>,
    one_pair: Constant<Bits<7>>,
    one_less: Constant<Bits<5>>,
    one_more: Constant<Bits<8>>,
    words: Constant<Bits<12>>,
    drain_from: Constant<Bits<5>>,
    signs: Constant<Bits<32>>,
    last_level: Constant<Bits<8>>,
    levels: [Constant<Bits<8>>; 7],
}

impl Default for EdgeLoad {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            load_write: Default::default(),
            load_address: Default::default(),
            load_data: Default::default(),
            load_commit: Default::default(),
            ready: Default::default(),
            whole: Default::default(),
            falls: Default::default(),
            refused: Default::default(),
            loaded: Default::default(),
            generation: Default::default(),
            edge_writes: Default::default(),
            edge_at: Default::default(),
            even: Default::default(),
            odd: Default::default(),
            next_word: Default::default(),
            refuses: Default::default(),
            ever: Default::default(),
            commits: Default::default(),
            drain: Default::default(),
            wrote: Default::default(),
            word: Default::default(),
            data: Default::default(),
            previous: Default::default(),
            fallen: Default::default(),
            is_ready: Default::default(),
            is_full: Default::default(),
            is_whole: Default::default(),
            takes: Default::default(),
            commit: Default::default(),
            first: Default::default(),
            follows: Default::default(),
            expected: Default::default(),
            pair: Default::default(),
            pair_more: Default::default(),
            lowest_zero: Default::default(),
            even_edge: Default::default(),
            odd_edge: Default::default(),
            drops_before: Default::default(),
            drops_within: Default::default(),
            other: Default::default(),
            at: Default::default(),
            one: Constant::new(1_u64.into()),
            one_pair: Constant::new(1_u64.into()),
            one_less: Constant::new(1_u64.into()),
            one_more: Constant::new(1_u64.into()),
            words: Constant::new(WORDS.into()),
            drain_from: Constant::new(DRAIN.into()),
            signs: Constant::new(0x8000_8000_u64.into()),
            last_level: Constant::new(0x80_u64.into()),
            // The lowest zero of the pair says which level the odd edge is of.
            levels: std::array::from_fn(|zero| Constant::new((0x40_u64 >> zero).into())),
        }
    }
}

impl Logic for EdgeLoad {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, next_word, refuses, ever, commits, drain, wrote, word, data, previous, fallen
        );
        self.is_ready.next = !self.drain.q.val().any();
        self.is_full.next = self.next_word.q.val() == self.words.val();
        self.is_whole.next = self.is_full.val() & !self.wrote.q.val() & !self.fallen.q.val();
        self.takes.next = self.load_write.val() & self.is_ready.val();
        self.commit.next = self.load_commit.val() & self.is_whole.val() & !self.load_write.val();
        self.first.next = !self.load_address.val().any();
        self.expected.next = bit_cast::<24, 12>(self.next_word.q.val());
        self.follows.next = (self.load_address.val() == self.expected.val()) & !self.is_full.val();
        self.refuses.d.next =
            (self.load_commit.val() & !self.commit.val()) | (self.load_write.val() & !self.is_ready.val());
        self.wrote.d.next = self.takes.val();
        self.word.d.next = self.load_address.val().get_bits::<11>(0);
        self.data.d.next = self.load_data.val() ^ self.signs.val();
        if self.takes.val() {
            self.next_word.d.next = 0.into();
            if self.follows.val() {
                self.next_word.d.next = self.next_word.q.val() + self.one.val();
            }
            if self.first.val() {
                self.next_word.d.next = self.one.val();
            }
        }
        if self.drain.q.val().any() {
            self.drain.d.next = self.drain.q.val() - self.one_less.val();
        }
        if self.commit.val() {
            self.next_word.d.next = 0.into();
            self.ever.d.next = true;
            self.commits.d.next = self.commits.q.val() + self.one_more.val();
            self.drain.d.next = self.drain_from.val();
        }

        // The word before: its edges are judged, and written.
        self.pair.next = self.word.q.val().get_bits::<7>(0);
        self.even_edge.next = self.data.q.val().get_bits::<16>(0);
        self.odd_edge.next = self.data.q.val().get_bits::<16>(16);
        self.drops_before.next = self.pair.val().any() & (self.even_edge.val() < self.previous.q.val());
        // Edge 255 is none.
        self.drops_within.next = !self.pair.val().all() & (self.odd_edge.val() < self.even_edge.val());
        if self.wrote.q.val() {
            self.previous.d.next = self.odd_edge.val();
            if !self.word.q.val().any() {
                self.fallen.d.next = self.drops_within.val();
            } else {
                self.fallen.d.next = self.fallen.q.val() | self.drops_before.val() | self.drops_within.val();
            }
        }
        self.pair_more.next = self.pair.val() + self.one_pair.val();
        self.lowest_zero.next = self.pair_more.val() & !self.pair.val();
        self.edge_writes.next = 0.into();
        if self.wrote.q.val() {
            self.edge_writes.next = self.last_level.val();
            for i in 0..7 {
                if self.lowest_zero.val().get_bit(i) {
                    self.edge_writes.next = self.last_level.val() | self.levels[i].val();
                }
            }
        }
        self.other.next = !self.commits.q.val().get_bits::<1>(0);
        self.at.hi.next = self.other.val();
        self.at.lo.next = self.word.q.val();
        self.edge_at.next = self.at.y.val();
        self.even.next = self.even_edge.val();
        self.odd.next = self.odd_edge.val();

        self.ready.next = self.is_ready.val();
        self.whole.next = self.is_whole.val();
        self.falls.next = self.fallen.q.val();
        self.refused.next = self.refuses.q.val();
        self.loaded.next = self.ever.q.val();
        self.generation.next = self.commits.q.val();
        if self.reset.val() {
            self.next_word.d.next = 0.into();
            self.refuses.d.next = false;
            self.ever.d.next = false;
            self.commits.d.next = 0.into();
            self.drain.d.next = 0.into();
            self.wrote.d.next = false;
            self.fallen.d.next = false;
            self.previous.d.next = 0.into();
        }
    }
}
