//! Gross notional: the value of everything granted, over all slots, that has not been given back, against one limit.
//!
//! ```text
//! cycle -2: shares and price a Replace takes over: the smallest of each ─► registers
//! cycle -1: four products
//! cycle 0:  limit − counted − value of the order ─► room;  products ─► taken over
//! cycle 1:  room + taken over < 0 ─► over;  value − taken over ─► added
//! cycle 2:  granted ─► change ─► counted, two cycles later
//! ```
//!
//! An order adds its value, quantity times price. A Replace adds what its value is more than that of the shares it takes over: as many as both orders have
//! (`originals`: the card's quantity or the host's, the smaller one), at the lower of both prices. So shares that had executed at the old price before, and a price that
//! falls while the quantity rises, are never counted too low: for any number of shares of the old order that had executed, what is counted is at least
//! those at the old price and the rest at the new one.
//!
//! Nothing here knows what becomes of an order. The host gives value back (GROSS_ADD, two's complement): of shares that are gone without execution at once, of an
//! execution when it closes a position. Until it does, too much is counted, never too little. What is counted ends at 0 and at 2^64 - 1; a grant
//! cannot take it beyond the limit, which is at most the latter.
//!
//! The limit changes with those of the slots, in the cycle of a commit. It is 0 after reset: only an order of no value passes.
//!
//! Latency: see above; a grant or a word of the host counts two cycles later. Back-pressure: none, but a Replace has to have been there in the two cycles before `take`. Cost: four
//! multipliers of 16 bits.

use crate::prim::{Cat2, MulU, SignExtend};
use rust_hdl::prelude::*;

/// See the module's text.
#[derive(LogicBlock)]
pub struct Gross {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub take: Signal<In, Bit>,
    // Cycle -2: the order; of the one it names the shares it and the card say, and the price.
    pub qty: Signal<In, Bits<32>>,
    pub price: Signal<In, Bits<32>>,
    pub said: Signal<In, Bits<32>>,
    pub base: Signal<In, Bits<32>>,
    pub base_price: Signal<In, Bits<32>>,
    // Cycle 0: its value; it is a Replace of an order that is known.
    pub notional: Signal<In, Bits<64>>,
    pub replaces: Signal<In, Bit>,
    /// As the host has written the limit; one cycle: it is to count.
    pub cfg_max_lo: Signal<In, Bits<32>>,
    pub cfg_max_hi: Signal<In, Bits<32>>,
    pub commit: Signal<In, Bit>,
    /// One cycle: the host adds a value, two's complement.
    pub add: Signal<In, Bit>,
    pub add_lo: Signal<In, Bits<32>>,
    pub add_hi: Signal<In, Bits<32>>,
    // Cycle 1.
    pub deciding: Signal<In, Bit>,
    pub over: Signal<Out, Bit>,
    /// Cycle 2: an order was granted.
    pub sent: Signal<In, Bit>,
    /// From cycle 2 on: low words of what would be counted and of the limit.
    pub value: Signal<Out, Bits<32>>,
    pub limit: Signal<Out, Bits<32>>,
    pub now: Signal<Out, Bits<64>>,
    counted: DFF<Bits<64>>,
    most: DFF<Bits<64>>,
    commits: DFF<Bit>,
    change: DFF<Bits<66>>,
    /// Two's complement: limit less what is counted and the order's value.
    room_s1: DFF<Bits<66>>,
    total_s1: DFF<Bits<32>>,
    most_s1: DFF<Bits<32>>,
    notional_s1: DFF<Bits<64>>,
    taken_s1: DFF<Bits<64>>,
    added_s2: DFF<Bits<64>>,
    total_s2: DFF<Bits<32>>,
    low_low: MulU<16, 16, 32, 1>,
    low_high: MulU<16, 16, 32, 1>,
    high_low: MulU<16, 16, 32, 1>,
    high_high: MulU<16, 16, 32, 1>,
    max_words: Cat2<32, 32, 64>,
    add_words: Cat2<32, 32, 64>,
    add_wide: SignExtend<64, 66>,
    change_wide: SignExtend<66, 67>,
    shares: DFF<Bits<32>>,
    lower: DFF<Bits<32>>,
    base_least: Signal<Local, Bit>,
    said_less: Signal<Local, Bit>,
    middle: Signal<Local, Bits<33>>,
    middle_placed: Signal<Local, Bits<64>>,
    outer: Cat2<32, 32, 64>,
    taken: Signal<Local, Bits<64>>,
    free: Signal<Local, Bits<66>>,
    room: Signal<Local, Bits<66>>,
    room_word: Signal<Local, Bits<32>>,
    room_above: Signal<Local, Bits<34>>,
    taken_word: Signal<Local, Bits<32>>,
    taken_above: Signal<Local, Bits<32>>,
    spare_word: Signal<Local, Bits<33>>,
    spare_above: Signal<Local, Bits<34>>,
    spare_carried: Signal<Local, Bits<34>>,
    counted_low: Signal<Local, Bits<32>>,
    notional_low: Signal<Local, Bits<32>>,
    own: Signal<Local, Bits<66>>,
    moved: Signal<Local, Bits<67>>,
    beyond: Signal<Local, Bits<2>>,
    /// A borrow in the top bit: nothing is added.
    more: Signal<Local, Bits<65>>,
    half_word: Constant<Bits<64>>,
    carry: Constant<Bits<34>>,
    all: Constant<Bits<64>>,
}

impl Default for Gross {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            take: Default::default(),
            qty: Default::default(),
            price: Default::default(),
            said: Default::default(),
            base: Default::default(),
            base_price: Default::default(),
            notional: Default::default(),
            replaces: Default::default(),
            cfg_max_lo: Default::default(),
            cfg_max_hi: Default::default(),
            commit: Default::default(),
            add: Default::default(),
            add_lo: Default::default(),
            add_hi: Default::default(),
            deciding: Default::default(),
            over: Default::default(),
            sent: Default::default(),
            value: Default::default(),
            limit: Default::default(),
            now: Default::default(),
            counted: Default::default(),
            most: Default::default(),
            commits: Default::default(),
            change: Default::default(),
            room_s1: Default::default(),
            total_s1: Default::default(),
            most_s1: Default::default(),
            notional_s1: Default::default(),
            taken_s1: Default::default(),
            added_s2: Default::default(),
            total_s2: Default::default(),
            low_low: Default::default(),
            low_high: Default::default(),
            high_low: Default::default(),
            high_high: Default::default(),
            max_words: Default::default(),
            add_words: Default::default(),
            add_wide: Default::default(),
            change_wide: Default::default(),
            shares: Default::default(),
            lower: Default::default(),
            base_least: Default::default(),
            said_less: Default::default(),
            middle: Default::default(),
            middle_placed: Default::default(),
            outer: Default::default(),
            taken: Default::default(),
            free: Default::default(),
            room: Default::default(),
            room_word: Default::default(),
            room_above: Default::default(),
            taken_word: Default::default(),
            taken_above: Default::default(),
            spare_word: Default::default(),
            spare_above: Default::default(),
            spare_carried: Default::default(),
            counted_low: Default::default(),
            notional_low: Default::default(),
            own: Default::default(),
            moved: Default::default(),
            beyond: Default::default(),
            more: Default::default(),
            half_word: Constant::new(16_u64.into()),
            carry: Constant::new(1_u64.into()),
            all: Constant::new(u64::MAX.into()),
        }
    }
}

impl Logic for Gross {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            shares,
            lower,
            counted,
            most,
            commits,
            change,
            room_s1,
            total_s1,
            most_s1,
            notional_s1,
            taken_s1,
            added_s2,
            total_s2
        );
        // Cycle -2.
        self.base_least.next = (self.base.val() < self.said.val()) & (self.base.val() < self.qty.val());
        self.said_less.next = self.said.val() < self.qty.val();
        self.shares.d.next = self.qty.val();
        if self.said_less.val() {
            self.shares.d.next = self.said.val();
        }
        if self.base_least.val() {
            self.shares.d.next = self.base.val();
        }
        self.lower.d.next = self.price.val();
        if self.base_price.val() < self.price.val() {
            self.lower.d.next = self.base_price.val();
        }

        // Cycle -1.
        self.low_low.clock.next = self.clock.val();
        self.low_low.a.next = self.shares.q.val().get_bits::<16>(0);
        self.low_low.b.next = self.lower.q.val().get_bits::<16>(0);
        self.low_high.clock.next = self.clock.val();
        self.low_high.a.next = self.shares.q.val().get_bits::<16>(0);
        self.low_high.b.next = self.lower.q.val().get_bits::<16>(16);
        self.high_low.clock.next = self.clock.val();
        self.high_low.a.next = self.shares.q.val().get_bits::<16>(16);
        self.high_low.b.next = self.lower.q.val().get_bits::<16>(0);
        self.high_high.clock.next = self.clock.val();
        self.high_high.a.next = self.shares.q.val().get_bits::<16>(16);
        self.high_high.b.next = self.lower.q.val().get_bits::<16>(16);

        // Cycle 0.
        self.middle.next =
            bit_cast::<33, 32>(self.low_high.p.val()) + bit_cast::<33, 32>(self.high_low.p.val());
        self.middle_placed.next = bit_cast::<64, 33>(self.middle.val()) << self.half_word.val();
        self.outer.hi.next = self.high_high.p.val();
        self.outer.lo.next = self.low_low.p.val();
        self.taken.next = self.outer.y.val() + self.middle_placed.val();
        self.free.next = bit_cast::<66, 64>(self.most.q.val()) - bit_cast::<66, 64>(self.counted.q.val());
        self.room.next = self.free.val() - bit_cast::<66, 64>(self.notional.val());
        self.counted_low.next = self.counted.q.val().get_bits::<32>(0);
        self.notional_low.next = self.notional.val().get_bits::<32>(0);
        if self.take.val() {
            self.room_s1.d.next = self.room.val();
            self.total_s1.d.next = self.counted_low.val() + self.notional_low.val();
            self.most_s1.d.next = self.most.q.val().get_bits::<32>(0);
            self.notional_s1.d.next = self.notional.val();
            self.taken_s1.d.next = 0.into();
            if self.replaces.val() {
                self.taken_s1.d.next = self.taken.val();
            }
        }

        // Cycle 1.
        // Only the sign of room + taken over is asked for: both words at once, the upper one with and without a carry.
        self.room_word.next = self.room_s1.q.val().get_bits::<32>(0);
        self.room_above.next = self.room_s1.q.val().get_bits::<34>(32);
        self.taken_word.next = self.taken_s1.q.val().get_bits::<32>(0);
        self.taken_above.next = self.taken_s1.q.val().get_bits::<32>(32);
        self.spare_word.next =
            bit_cast::<33, 32>(self.room_word.val()) + bit_cast::<33, 32>(self.taken_word.val());
        self.spare_above.next = self.room_above.val() + bit_cast::<34, 32>(self.taken_above.val());
        self.spare_carried.next = self.spare_above.val() + self.carry.val();
        self.over.next = self.spare_above.val().get_bit(33);
        if self.spare_word.val().get_bit(32) {
            self.over.next = self.spare_carried.val().get_bit(33);
        }
        self.more.next =
            bit_cast::<65, 64>(self.notional_s1.q.val()) - bit_cast::<65, 64>(self.taken_s1.q.val());
        if self.deciding.val() {
            self.added_s2.d.next = self.more.val().get_bits::<64>(0);
            if self.more.val().get_bit(64) {
                self.added_s2.d.next = 0.into();
            }
            self.total_s2.d.next = self.total_s1.q.val() - self.taken_s1.q.val().get_bits::<32>(0);
        }

        // Cycle 2.
        self.value.next = self.total_s2.q.val();
        self.limit.next = self.most_s1.q.val();
        self.add_words.hi.next = self.add_hi.val();
        self.add_words.lo.next = self.add_lo.val();
        self.add_wide.x.next = self.add_words.y.val();
        self.own.next = 0.into();
        if self.sent.val() {
            self.own.next = bit_cast::<66, 64>(self.added_s2.q.val());
        }
        self.change.d.next = self.own.val();
        if self.add.val() {
            self.change.d.next = self.own.val() + self.add_wide.y.val();
        }

        // Two cycles later.
        self.change_wide.x.next = self.change.q.val();
        self.moved.next = bit_cast::<67, 64>(self.counted.q.val()) + self.change_wide.y.val();
        self.beyond.next = self.moved.val().get_bits::<2>(64);
        self.counted.d.next = self.moved.val().get_bits::<64>(0);
        if self.beyond.val() != 0 {
            self.counted.d.next = self.all.val();
        }
        if self.moved.val().get_bit(66) {
            self.counted.d.next = 0.into();
        }
        self.now.next = self.counted.q.val();

        self.max_words.hi.next = self.cfg_max_hi.val();
        self.max_words.lo.next = self.cfg_max_lo.val();
        self.commits.d.next = self.commit.val();
        if self.commits.q.val() {
            self.most.d.next = self.max_words.y.val();
        }
        if self.reset.val() {
            self.counted.d.next = 0.into();
            self.most.d.next = 0.into();
            self.commits.d.next = false;
            self.change.d.next = 0.into();
        }
    }
}
