//! What kind of message a type byte announces, and whether its length is right.
//!
//! Latency: combinational. Back-pressure: none.

use contract::record::EventCode;
use rust_hdl::prelude::*;

/// Message types of ITCH 5.0 and their lengths in bytes.
pub const TYPES: [(u8, u64); 23] = [
    (b'S', 12),
    (b'R', 39),
    (b'H', 25),
    (b'Y', 20),
    (b'L', 26),
    (b'V', 35),
    (b'W', 12),
    (b'K', 28),
    (b'J', 35),
    (b'h', 21),
    (b'A', 36),
    (b'F', 40),
    (b'E', 31),
    (b'C', 36),
    (b'X', 23),
    (b'D', 19),
    (b'U', 35),
    (b'P', 44),
    (b'Q', 40),
    (b'B', 19),
    (b'I', 50),
    (b'N', 20),
    (b'O', 48),
];
const COUNT: usize = TYPES.len();

/// Bits of a type's group: changes a book; is a trade; concerns no single stock; stock directory; trading action.
const BOOK: usize = 0;
const TRADE: usize = 1;
const MARKET: usize = 2;
const DIRECTORY: usize = 3;
const ACTION: usize = 4;

fn group(kind: u8) -> u64 {
    match kind {
        b'P' | b'Q' => 1 << TRADE,
        b'S' | b'V' | b'W' => 1 << MARKET,
        b'R' => 1 << DIRECTORY,
        b'H' => 1 << ACTION,
        _ if EventCode::from_itch_type(kind).is_some() => 1 << BOOK,
        _ => 0,
    }
}

/// See the module's text.
#[derive(LogicBlock)]
pub struct Kind {
    pub valid: Signal<In, Bit>,
    pub letter: Signal<In, Bits<8>>,
    /// Trading state of H.
    pub state: Signal<In, Bits<8>>,
    pub len: Signal<In, Bits<16>>,
    pub known: Signal<Out, Bit>,
    /// The length is the type's.
    pub fits: Signal<Out, Bit>,
    /// A book or trade message; one of the whole market.
    pub is_event: Signal<Out, Bit>,
    pub is_market: Signal<Out, Bit>,
    /// Valid and of the right length: R, H; does H say T.
    pub directory: Signal<Out, Bit>,
    pub action: Signal<Out, Bit>,
    pub action_trades: Signal<Out, Bit>,
    /// Valid: a book message of a wrong length that has a locate.
    pub bad_book: Signal<Out, Bit>,
    /// Event code, 0 for the types that make none.
    pub code: Signal<Out, Bits<4>>,
    well: Signal<Local, Bit>,
    high_len: Signal<Local, Bits<14>>,
    low_len: Signal<Local, Bits<2>>,
    has_locate: Signal<Local, Bit>,
    trading_letter: Constant<Bits<8>>,
    seen: Signal<Local, Bit>,
    expected: Signal<Local, Bits<16>>,
    group_now: Signal<Local, Bits<5>>,
    code_now: Signal<Local, Bits<4>>,
    types: [Constant<Bits<8>>; COUNT],
    lengths: [Constant<Bits<16>>; COUNT],
    groups: [Constant<Bits<5>>; COUNT],
    codes: [Constant<Bits<4>>; COUNT],
}

impl Default for Kind {
    fn default() -> Self {
        let code = |kind| EventCode::from_itch_type(kind).map_or(0, |code| code as u64);
        Self {
            valid: Default::default(),
            letter: Default::default(),
            state: Default::default(),
            len: Default::default(),
            known: Default::default(),
            fits: Default::default(),
            is_event: Default::default(),
            is_market: Default::default(),
            directory: Default::default(),
            action: Default::default(),
            action_trades: Default::default(),
            bad_book: Default::default(),
            code: Default::default(),
            well: Default::default(),
            high_len: Default::default(),
            low_len: Default::default(),
            has_locate: Default::default(),
            trading_letter: Constant::new(u64::from(b'T').into()),
            seen: Default::default(),
            expected: Default::default(),
            group_now: Default::default(),
            code_now: Default::default(),
            types: std::array::from_fn(|i| Constant::new(u64::from(TYPES[i].0).into())),
            lengths: std::array::from_fn(|i| Constant::new(TYPES[i].1.into())),
            groups: std::array::from_fn(|i| Constant::new(group(TYPES[i].0).into())),
            codes: std::array::from_fn(|i| Constant::new(code(TYPES[i].0).into())),
        }
    }
}

impl Logic for Kind {
    #[hdl_gen]
    fn update(&mut self) {
        self.seen.next = false;
        self.expected.next = 0.into();
        self.group_now.next = 0.into();
        self.code_now.next = 0.into();
        for i in 0..COUNT {
            if self.letter.val() == self.types[i].val() {
                self.seen.next = true;
                self.expected.next = self.lengths[i].val();
                self.group_now.next = self.groups[i].val();
                self.code_now.next = self.codes[i].val();
            }
        }
        self.known.next = self.seen.val();
        self.well.next = self.seen.val() & (self.len.val() == self.expected.val());
        self.fits.next = self.well.val();
        self.is_event.next = self.group_now.val().get_bit(0) | self.group_now.val().get_bit(1);
        self.is_market.next = self.group_now.val().get_bit(2);
        self.directory.next = self.valid.val() & self.well.val() & self.group_now.val().get_bit(3);
        self.action.next = self.valid.val() & self.well.val() & self.group_now.val().get_bit(4);
        self.action_trades.next = self.state.val() == self.trading_letter.val();
        self.high_len.next = self.len.val().get_bits::<14>(2);
        self.low_len.next = self.len.val().get_bits::<2>(0);
        self.has_locate.next = self.high_len.val().any() | self.low_len.val().all();
        self.bad_book.next = self.valid.val()
            & self.seen.val()
            & !self.well.val()
            & self.group_now.val().get_bit(0)
            & self.has_locate.val();
        self.code.next = self.code_now.val();
    }
}
