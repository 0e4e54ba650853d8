//! SoupBinTCP packets out of a byte stream, and out of the sequenced ones what an OUCH 5.0 message says of an order.
//!
//! ```text
//! in ─► word ─► a byte a cycle ─► length, type, body ─► fields ─► msg
//! ```
//!
//! A packet may begin and end anywhere in the stream. Packets other than sequenced data are passed over. A message counts when it has the fixed
//! part of its type, with an appendage behind it or not; one that is shorter, and a packet of length 0, is `malformed` and changes nothing.
//! Messages that change no open quantity (Restated, Cancel Pending and the like) are passed over. So is Broken, which names a match and no
//! shares: it is `left` to the host.
//!
//! A sequenced packet counts once. `due` is the number of the next one that counts; those of the stream are numbered from what a Login Accepted in it says,
//! else from `due` on. One whose number is below `due` is `repeated` and passed over, as behind a login that asks for messages again; a Login
//! Accepted with a number above `due` means that messages are `missed`, and `due` follows it. Numbers are their low 32 bits.
//!
//! Latency: 1 cycle from the last byte of a message to `msg_valid`. Back-pressure: no byte is taken while a message waits for `msg_ready`; a word
//! takes one cycle, each lane up to its last byte another, each byte of a Login Accepted two.

use rust_hdl::prelude::*;

/// Types that change an open quantity, and the last byte of their fixed part: Accepted, Canceled, AIQ Canceled, Executed, Rejected, Modified,
/// Replaced.
pub const TYPES: [(u8, u64); 7] = [
    (b'A', 61),
    (b'C', 17),
    (b'D', 31),
    (b'E', 33),
    (b'J', 28),
    (b'M', 17),
    (b'U', 65),
];
/// Index in [`TYPES`] of Accepted, Modified and Replaced: their quantity stands elsewhere than in the others.
const ACCEPTED: usize = 0;
const EXECUTED: usize = 3;
const MODIFIED: usize = 5;
const REPLACED: usize = 6;

/// First and last byte of the number in the body of a Login Accepted (SoupBinTCP): behind the session, digits behind spaces.
const LOGIN_DIGITS: (u64, u64) = (10, 29);

/// See the module's text.
#[derive(LogicBlock)]
pub struct Parse {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// A lane with its bit of `in_keep` is a byte of the stream, the lowest first.
    pub in_valid: Signal<In, Bit>,
    pub in_ready: Signal<Out, Bit>,
    pub in_data: Signal<In, Bits<64>>,
    pub in_keep: Signal<In, Bits<8>>,
    /// Forget the packet under way.
    pub restart: Signal<In, Bit>,
    pub msg_valid: Signal<Out, Bit>,
    pub msg_ready: Signal<In, Bit>,
    /// A bit a type, in the order of [`TYPES`].
    pub kinds: Signal<Out, Bits<7>>,
    pub user_ref: Signal<Out, Bits<32>>,
    /// Replaced: number of the new order; else noise.
    pub other_ref: Signal<Out, Bits<32>>,
    pub qty: Signal<Out, Bits<32>>,
    /// Executed: its price, low 32 bits.
    pub price: Signal<Out, Bits<32>>,
    /// Accepted, Replaced: the order is dead.
    pub dead: Signal<Out, Bit>,
    pub malformed: Signal<Out, Bit>,
    /// One cycle: the next message that counts has this number. The numbers of the stream under way stay.
    pub do_next: Signal<In, Bit>,
    pub next_data: Signal<In, Bits<32>>,
    /// Number of the next message that counts.
    pub next_message: Signal<Out, Bits<32>>,
    /// Pulses: a message was seen before; an execution was broken; a login skips messages.
    pub repeated: Signal<Out, Bit>,
    pub left_over: Signal<Out, Bit>,
    pub missed: Signal<Out, Bit>,
    word: DFF<Bits<64>>,
    lanes: DFF<Bits<8>>,
    /// 0 length high, 1 length low, 2 type, 3 body.
    phase: DFF<Bits<2>>,
    left: DFF<Bits<16>>,
    index: DFF<Bits<7>>,
    sequenced: DFF<Bit>,
    kind: DFF<Bits<7>>,
    ref_is: DFF<Bits<32>>,
    other_is: DFF<Bits<32>>,
    qty_is: DFF<Bits<32>>,
    price_is: DFF<Bits<32>>,
    dead_is: DFF<Bit>,
    full: DFF<Bit>,
    bad: DFF<Bit>,
    /// Number of the next sequenced packet of the stream, and of the next one that counts.
    position: DFF<Bits<32>>,
    due: DFF<Bits<32>>,
    same: DFF<Bit>,
    again: DFF<Bit>,
    broken: DFF<Bit>,
    breaks: DFF<Bit>,
    // Login Accepted.
    login: DFF<Bit>,
    /// A byte of it was taken in the cycle before, its last one.
    pauses: DFF<Bit>,
    told: DFF<Bit>,
    number: DFF<Bits<32>>,
    tenfold: DFF<Bits<32>>,
    skips: DFF<Bit>,
    letter: Signal<Local, Bits<8>>,
    here: Signal<Local, Bit>,
    moves: Signal<Local, Bit>,
    takes: Signal<Local, Bit>,
    length: Signal<Local, Bits<16>>,
    wide: Signal<Local, Bits<16>>,
    rest: Signal<Local, Bits<16>>,
    next_index: Signal<Local, Bits<7>>,
    counts: Signal<Local, Bit>,
    sequenced_now: Signal<Local, Bit>,
    broken_now: Signal<Local, Bit>,
    is_digit: Signal<Local, Bit>,
    digit: Signal<Local, Bits<32>>,
    eightfold: Signal<Local, Bits<32>>,
    twofold: Signal<Local, Bits<32>>,
    ahead: Signal<Local, Bits<32>>,
    is_kind: Signal<Local, Bits<7>>,
    kind_now: Signal<Local, Bits<7>>,
    ends: Signal<Local, Bit>,
    reaches: Signal<Local, Bit>,
    from_14: Signal<Local, Bit>,
    from_18: Signal<Local, Bit>,
    from_21: Signal<Local, Bit>,
    of_qty: Signal<Local, Bit>,
    ref_shift: Signal<Local, Bits<32>>,
    other_shift: Signal<Local, Bits<32>>,
    qty_shift: Signal<Local, Bits<32>>,
    price_shift: Signal<Local, Bits<32>>,
    byte_wide: Signal<Local, Bits<32>>,
    one: Constant<Bits<16>>,
    one_message: Constant<Bits<32>>,
    three: Constant<Bits<32>>,
    one_bit: Constant<Bits<32>>,
    login_type: Constant<Bits<8>>,
    broken_letter: Constant<Bits<8>>,
    zero_digit: Constant<Bits<8>>,
    nine_digit: Constant<Bits<8>>,
    first_digit: Constant<Bits<7>>,
    last_digit: Constant<Bits<7>>,
    step: Constant<Bits<7>>,
    most: Constant<Bits<7>>,
    eight: Constant<Bits<32>>,
    eight_word: Constant<Bits<64>>,
    eight_half: Constant<Bits<16>>,
    one_lane: Constant<Bits<8>>,
    sequenced_type: Constant<Bits<8>>,
    dead_letter: Constant<Bits<8>>,
    letters: [Constant<Bits<8>>; 7],
    bits: [Constant<Bits<7>>; 7],
    ends_at: [Constant<Bits<7>>; 7],
    state_accepted: Constant<Bits<7>>,
    state_replaced: Constant<Bits<7>>,
}

impl Default for Parse {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            in_valid: Default::default(),
            in_ready: Default::default(),
            in_data: Default::default(),
            in_keep: Default::default(),
            restart: Default::default(),
            msg_valid: Default::default(),
            msg_ready: Default::default(),
            kinds: Default::default(),
            user_ref: Default::default(),
            other_ref: Default::default(),
            qty: Default::default(),
            price: Default::default(),
            dead: Default::default(),
            malformed: Default::default(),
            do_next: Default::default(),
            next_data: Default::default(),
            next_message: Default::default(),
            repeated: Default::default(),
            left_over: Default::default(),
            missed: Default::default(),
            word: Default::default(),
            lanes: Default::default(),
            phase: Default::default(),
            left: Default::default(),
            index: Default::default(),
            sequenced: Default::default(),
            kind: Default::default(),
            ref_is: Default::default(),
            other_is: Default::default(),
            qty_is: Default::default(),
            price_is: Default::default(),
            dead_is: Default::default(),
            full: Default::default(),
            bad: Default::default(),
            position: Default::default(),
            due: Default::default(),
            same: Default::default(),
            again: Default::default(),
            broken: Default::default(),
            breaks: Default::default(),
            login: Default::default(),
            pauses: Default::default(),
            told: Default::default(),
            number: Default::default(),
            tenfold: Default::default(),
            skips: Default::default(),
            letter: Default::default(),
            here: Default::default(),
            moves: Default::default(),
            takes: Default::default(),
            length: Default::default(),
            wide: Default::default(),
            rest: Default::default(),
            next_index: Default::default(),
            counts: Default::default(),
            sequenced_now: Default::default(),
            broken_now: Default::default(),
            is_digit: Default::default(),
            digit: Default::default(),
            eightfold: Default::default(),
            twofold: Default::default(),
            ahead: Default::default(),
            is_kind: Default::default(),
            kind_now: Default::default(),
            ends: Default::default(),
            reaches: Default::default(),
            from_14: Default::default(),
            from_18: Default::default(),
            from_21: Default::default(),
            of_qty: Default::default(),
            ref_shift: Default::default(),
            other_shift: Default::default(),
            qty_shift: Default::default(),
            price_shift: Default::default(),
            byte_wide: Default::default(),
            one: Constant::new(1_u64.into()),
            one_message: Constant::new(1_u64.into()),
            three: Constant::new(3_u64.into()),
            one_bit: Constant::new(1_u64.into()),
            login_type: Constant::new(u64::from(b'A').into()),
            broken_letter: Constant::new(u64::from(b'B').into()),
            zero_digit: Constant::new(u64::from(b'0').into()),
            nine_digit: Constant::new(u64::from(b'9').into()),
            first_digit: Constant::new(LOGIN_DIGITS.0.into()),
            last_digit: Constant::new(LOGIN_DIGITS.1.into()),
            step: Constant::new(1_u64.into()),
            most: Constant::new(0x7f_u64.into()),
            eight: Constant::new(8_u64.into()),
            eight_word: Constant::new(8_u64.into()),
            eight_half: Constant::new(8_u64.into()),
            one_lane: Constant::new(1_u64.into()),
            sequenced_type: Constant::new(u64::from(b'S').into()),
            dead_letter: Constant::new(u64::from(b'D').into()),
            letters: TYPES.map(|(letter, _)| Constant::new(u64::from(letter).into())),
            bits: std::array::from_fn(|i| Constant::new((1_u64 << i).into())),
            ends_at: TYPES.map(|(_, last)| Constant::new(last.into())),
            state_accepted: Constant::new(47_u64.into()),
            state_replaced: Constant::new(51_u64.into()),
        }
    }
}

const _: () = assert!(
    TYPES[ACCEPTED].0 == b'A'
        && TYPES[EXECUTED].0 == b'E'
        && TYPES[MODIFIED].0 == b'M'
        && TYPES[REPLACED].0 == b'U'
);

impl Logic for Parse {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, word, lanes, phase, left, index, sequenced, kind, ref_is, other_is, qty_is,
            price_is, dead_is, full, bad, position, due, same, again, broken, breaks, login, pauses, told,
            number, tenfold, skips
        );
        // A byte a cycle.
        self.in_ready.next = self.lanes.q.val() == 0;
        self.moves.next =
            self.lanes.q.val().any() & !self.full.q.val() & !self.pauses.q.val() & !self.restart.val();
        self.here.next = self.lanes.q.val().get_bit(0);
        self.takes.next = self.moves.val() & self.here.val();
        self.letter.next = self.word.q.val().get_bits::<8>(0);
        if self.moves.val() {
            self.word.d.next = self.word.q.val() >> self.eight_word.val();
            self.lanes.d.next = self.lanes.q.val() >> self.one_lane.val();
        }
        if self.in_valid.val() & (self.lanes.q.val() == 0) {
            self.word.d.next = self.in_data.val();
            self.lanes.d.next = self.in_keep.val();
        }

        // Packets.
        self.wide.next = self.left.q.val() << self.eight_half.val();
        self.length.next = self.wide.val() | bit_cast::<16, 8>(self.letter.val());
        self.rest.next = self.left.q.val() - self.one.val();
        self.ends.next = self.takes.val() & (self.left.q.val() == 1);
        self.bad.d.next = false;
        if self.takes.val() {
            if self.phase.q.val() == 0 {
                self.left.d.next = bit_cast::<16, 8>(self.letter.val());
                self.phase.d.next = 1.into();
            }
            if self.phase.q.val() == 1 {
                self.left.d.next = self.length.val();
                self.phase.d.next = 2.into();
                if self.length.val() == 0 {
                    self.phase.d.next = 0.into();
                    self.bad.d.next = true;
                }
            }
            if self.phase.q.val() == 2 {
                self.left.d.next = self.rest.val();
                self.sequenced.d.next = self.letter.val() == self.sequenced_type.val();
                self.login.d.next = self.letter.val() == self.login_type.val();
                self.phase.d.next = 3.into();
            }
            if self.phase.q.val() == 3 {
                self.left.d.next = self.rest.val();
            }
            if self.ends.val() & self.phase.q.val().get_bit(1) {
                self.phase.d.next = 0.into();
            }
        }

        // Numbers. A packet has three bytes at least, so `same` is of the one that ends.
        self.same.d.next = self.position.q.val() == self.due.q.val();
        self.sequenced_now.next = (self.phase.q.val() == 3) & self.sequenced.q.val();
        if self.phase.q.val() == 2 {
            self.sequenced_now.next = self.letter.val() == self.sequenced_type.val();
        }
        self.counts.next = self.ends.val() & self.phase.q.val().get_bit(1) & self.sequenced_now.val();
        self.again.d.next = false;
        if self.counts.val() {
            self.position.d.next = self.position.q.val() + self.one_message.val();
            self.again.d.next = !self.same.q.val();
            if self.same.q.val() {
                self.due.d.next = self.due.q.val() + self.one_message.val();
            }
        }

        // The number in a Login Accepted, a digit every other cycle.
        self.pauses.d.next = self.takes.val() & (self.phase.q.val() == 3) & self.login.q.val();
        self.is_digit.next = (self.letter.val() >= self.zero_digit.val())
            & (self.letter.val() <= self.nine_digit.val())
            & (self.index.q.val() >= self.first_digit.val())
            & (self.index.q.val() <= self.last_digit.val());
        self.digit.next = bit_cast::<32, 4>(self.letter.val().get_bits::<4>(0));
        self.eightfold.next = self.number.q.val() << self.three.val();
        self.twofold.next = self.number.q.val() << self.one_bit.val();
        self.tenfold.d.next = self.eightfold.val() + self.twofold.val();
        if self.takes.val() & (self.phase.q.val() == 2) {
            self.number.d.next = 0.into();
        }
        if self.takes.val() & (self.phase.q.val() == 3) & self.is_digit.val() {
            self.number.d.next = self.tenfold.q.val() + self.digit.val();
        }
        self.told.d.next = self.ends.val()
            & (self.phase.q.val() == 3)
            & self.login.q.val()
            & (self.index.q.val() >= self.last_digit.val());
        self.ahead.next = self.number.q.val() - self.due.q.val();
        self.skips.d.next = false;
        if self.told.q.val() {
            self.position.d.next = self.number.q.val();
            if self.ahead.val().any() & !self.ahead.val().get_bit(31) {
                self.skips.d.next = true;
                self.due.d.next = self.number.q.val();
            }
        }

        // Fields. `index` is that of the byte in the message, 127 for all beyond.
        self.next_index.next = self.index.q.val() + self.step.val();
        self.is_kind.next = 0.into();
        for i in 0..7 {
            if self.letter.val() == self.letters[i].val() {
                self.is_kind.next = self.is_kind.val() | self.bits[i].val();
            }
        }
        self.kind_now.next = self.kind.q.val();
        self.from_14.next = self.kind.q.val().get_bit(0) | self.kind.q.val().get_bit(5);
        self.from_18.next = self.kind.q.val().get_bit(6);
        self.from_21.next = (self.index.q.val() >= 21) & (self.index.q.val() <= 24);
        self.of_qty.next = (self.index.q.val() >= 13) & (self.index.q.val() <= 16);
        if self.from_14.val() {
            self.of_qty.next = (self.index.q.val() >= 14) & (self.index.q.val() <= 17);
        }
        if self.from_18.val() {
            self.of_qty.next = (self.index.q.val() >= 18) & (self.index.q.val() <= 21);
        }
        self.byte_wide.next = bit_cast::<32, 8>(self.letter.val());
        self.ref_shift.next = self.ref_is.q.val() << self.eight.val();
        self.other_shift.next = self.other_is.q.val() << self.eight.val();
        self.qty_shift.next = self.qty_is.q.val() << self.eight.val();
        self.price_shift.next = self.price_is.q.val() << self.eight.val();
        self.reaches.next = false;
        for i in 0..7 {
            if self.kind.q.val().get_bit(i) & (self.index.q.val() >= self.ends_at[i].val()) {
                self.reaches.next = true;
            }
        }
        if self.takes.val() & (self.phase.q.val() == 2) {
            self.index.d.next = 0.into();
            self.kind.d.next = 0.into();
            self.dead_is.d.next = false;
            self.broken.d.next = false;
        }
        self.broken_now.next = self.broken.q.val();
        if self.index.q.val() == 0 {
            self.broken_now.next = self.letter.val() == self.broken_letter.val();
        }
        self.breaks.d.next =
            self.counts.val() & (self.phase.q.val() == 3) & self.same.q.val() & self.broken_now.val();
        if self.takes.val() & (self.phase.q.val() == 3) {
            self.broken.d.next = self.broken_now.val();
            if self.index.q.val() != self.most.val() {
                self.index.d.next = self.next_index.val();
            }
            if self.index.q.val() == 0 {
                self.kind_now.next = self.is_kind.val();
            }
            self.kind.d.next = self.kind_now.val();
            if (self.index.q.val() >= 9) & (self.index.q.val() <= 12) {
                self.ref_is.d.next = self.ref_shift.val() | self.byte_wide.val();
            }
            if (self.index.q.val() >= 13) & (self.index.q.val() <= 16) {
                self.other_is.d.next = self.other_shift.val() | self.byte_wide.val();
            }
            if self.of_qty.val() {
                self.qty_is.d.next = self.qty_shift.val() | self.byte_wide.val();
            }
            if self.from_21.val() {
                self.price_is.d.next = self.price_shift.val() | self.byte_wide.val();
            }
            if (self.kind.q.val().get_bit(0) & (self.index.q.val() == self.state_accepted.val()))
                | (self.kind.q.val().get_bit(6) & (self.index.q.val() == self.state_replaced.val()))
            {
                self.dead_is.d.next = self.letter.val() == self.dead_letter.val();
            }
            if self.counts.val() & self.same.q.val() & self.kind_now.val().any() {
                self.full.d.next = self.reaches.val();
                self.bad.d.next = !self.reaches.val();
            }
        }
        if self.msg_ready.val() {
            self.full.d.next = false;
        }
        if self.restart.val() {
            self.phase.d.next = 0.into();
            self.lanes.d.next = 0.into();
            self.position.d.next = self.due.q.val();
            self.due.d.next = self.due.q.val();
            self.skips.d.next = false;
        }
        if self.do_next.val() {
            self.due.d.next = self.next_data.val();
        }

        self.msg_valid.next = self.full.q.val();
        self.kinds.next = self.kind.q.val();
        self.user_ref.next = self.ref_is.q.val();
        self.other_ref.next = self.other_is.q.val();
        self.qty.next = self.qty_is.q.val();
        self.price.next = self.price_is.q.val();
        self.dead.next = self.dead_is.q.val();
        self.malformed.next = self.bad.q.val();
        self.next_message.next = self.due.q.val();
        self.repeated.next = self.again.q.val();
        self.left_over.next = self.breaks.q.val();
        self.missed.next = self.skips.q.val();
        if self.reset.val() {
            self.phase.d.next = 0.into();
            self.lanes.d.next = 0.into();
            self.position.d.next = 1.into();
            self.due.d.next = 1.into();
            self.again.d.next = false;
            self.breaks.d.next = false;
            self.told.d.next = false;
            self.pauses.d.next = false;
            self.skips.d.next = false;
            self.full.d.next = false;
            self.bad.d.next = false;
        }
    }
}
