//! The day: what happens when, and to which symbol.

use std::io;

use wire::itch50::{
    BrokenTrade, CrossTrade, DirectListing, Header, IpoQuotingPeriod, LuldAuctionCollar,
    MarketParticipantPosition, Message, MwcbDeclineLevel, MwcbStatus, NetOrderImbalance, OperationalHalt,
    RegShoRestriction, RetailInterest, StockDirectory, StockTradingAction, SystemEvent,
};

use super::rng::Rng;
use super::sink::Sink;
use super::symbol::{Symbol, TICK};
use super::{Census, Options};

const SECOND_NS: u64 = 1_000_000_000;
const START_OF_MESSAGES_NS: u64 = 10_940 * SECOND_NS;
const SYSTEM_HOURS_NS: u64 = 14_400 * SECOND_NS;
const OPEN_NS: u64 = 34_200 * SECOND_NS;
const CLOSE_NS: u64 = 57_600 * SECOND_NS;
const END_NS: u64 = 72_000 * SECOND_NS;
/// Share of the day's messages before the open, percent.
const PRE_MARKET_PERCENT: u64 = 6;
/// Mean gap inside a burst, ns.
const BURST_GAP_NS: u64 = 2_000;
/// Share of messages that follow the one before in a burst, percent.
const BURST_PERCENT: u64 = 60;

/// A trading halt that will end.
#[derive(Debug)]
struct Halt {
    symbol: usize,
    /// Messages left in the day when trading resumes.
    until_left: u64,
}

/// A day in the making.
#[derive(Debug)]
pub(super) struct Day {
    pub(super) options: Options,
    pub(super) rng: Rng,
    pub(super) symbols: Vec<Symbol>,
    pub(super) next_reference: u64,
    next_match: u64,
    sink: Sink,
    census: Census,
    now_ns: u64,
    /// Messages still to be written, those of the closing not counted.
    left: u64,
    /// Activity of the symbols up to and including each.
    cumulated: Vec<u64>,
    halts: Vec<Halt>,
}

impl Day {
    pub(super) fn new(options: Options, sink: Sink) -> Self {
        let mut rng = Rng::new(options.seed);
        let adversarial = options.adversarial;
        let symbols: Vec<Symbol> = (1..=options.symbols)
            .map(|locate| Symbol::new(locate, adversarial, &mut rng))
            .collect();
        // Activity falls with rank, as between listed stocks.
        let weight = |rank: u64| 1_000_000 / (rank + 8);
        let cumulated = (0..u64::from(options.symbols)).scan(0, |sum, rank| {
            *sum += weight(rank);
            Some(*sum)
        });
        Self {
            options,
            rng,
            symbols,
            next_reference: 1,
            next_match: 1,
            sink,
            census: Census::new(),
            now_ns: START_OF_MESSAGES_NS,
            left: options.messages - closing_messages(options.symbols),
            cumulated: cumulated.collect(),
            halts: Vec::new(),
        }
    }

    /// Writes the whole day.
    pub(super) fn run(&mut self) -> io::Result<()> {
        self.start_of_day()?;
        let trading = self.left;
        let open_at = trading - trading * PRE_MARKET_PERCENT / 100;
        while self.left > open_at {
            self.step(OPEN_NS, open_at)?;
        }
        self.open()?;
        let trading = self.left;
        let halts = (2 + u64::from(self.options.symbols) / 25).min(40);
        let mut next_halt = 0;
        let (broken_market, operational) = (trading * 2 / 3, trading * 3 / 4);
        let (mut market_stopped, mut operational_done) = (false, false);
        while self.left > 0 {
            if next_halt < halts && self.left < trading - trading * (next_halt + 1) / (halts + 2) {
                next_halt += 1;
                self.halt()?;
            }
            if !operational_done && self.left < operational {
                operational_done = true;
                self.operational_halt()?;
            }
            if !market_stopped && self.left < broken_market {
                market_stopped = true;
                self.market_wide_break()?;
            }
            self.resume_due()?;
            self.step(CLOSE_NS, 0)?;
        }
        self.close()
    }

    /// Hands back the sink and what was written.
    pub(super) fn finish(self) -> (Sink, Census) {
        (self.sink, self.census)
    }

    /// Messages that may still be written before the closing.
    pub(super) fn left(&self) -> u64 {
        self.left
    }

    /// Header of a message of a symbol now.
    pub(super) fn header(&self, symbol: usize) -> Header {
        self.header_of(self.symbols[symbol].locate)
    }

    fn header_of(&self, locate: u16) -> Header {
        Header {
            locate,
            tracking: 0,
            timestamp_ns: self.now_ns,
        }
    }

    /// Writes a message, unless the day's messages are used up.
    pub(super) fn put(&mut self, message: impl Into<Message>) -> io::Result<()> {
        if self.left == 0 {
            return Ok(());
        }
        self.left -= 1;
        self.write(message.into())
    }

    fn write(&mut self, message: Message) -> io::Result<()> {
        let kind = message.kind();
        match self.census.iter_mut().find(|(seen, _)| *seen == kind) {
            Some((_, count)) => *count += 1,
            None => self.census.push((kind, 1)),
        }
        self.sink.put(&message)
    }

    pub(super) fn new_match(&mut self) -> u64 {
        self.next_match += 1;
        self.next_match - 1
    }

    /// Time passes inside a burst.
    pub(super) fn moment(&mut self) {
        self.now_ns += self.rng.exponential(BURST_GAP_NS);
    }

    /// Time passes such that the messages left until `left_at_end` fill the phase up to `end_ns`.
    fn pause(&mut self, end_ns: u64, left_at_end: u64) {
        let mean = if self.rng.chance(BURST_PERCENT, 100) {
            BURST_GAP_NS
        } else {
            let ahead = self.left.saturating_sub(left_at_end) + 1;
            end_ns.saturating_sub(self.now_ns) / ahead * 100 / (100 - BURST_PERCENT)
        };
        let later = self.now_ns + self.rng.exponential(mean);
        self.now_ns = self.now_ns.max(later.min(end_ns - 1));
    }

    fn step(&mut self, end_ns: u64, left_at_end: u64) -> io::Result<()> {
        self.pause(end_ns, left_at_end);
        let symbol = self.active_symbol();
        let trading = self.now_ns >= OPEN_NS;
        self.act(symbol, trading)?;
        if self.rng.chance(1, 2_000) {
            self.by_the_way(symbol, trading)?;
        }
        Ok(())
    }

    fn active_symbol(&mut self) -> usize {
        let total = self.cumulated.last().copied().unwrap_or(1);
        let drawn = self.rng.below(total);
        self.cumulated.partition_point(|sum| *sum <= drawn)
    }

    /// Rare messages that change no book.
    fn by_the_way(&mut self, symbol: usize, trading: bool) -> io::Result<()> {
        let header = self.header(symbol);
        let stock = self.symbols[symbol].stock;
        match self.rng.below(4) {
            0 => self.position(symbol),
            1 => {
                let interest = b"BSAN"[usize::try_from(self.rng.below(4)).unwrap_or(0)];
                self.put(RetailInterest {
                    header,
                    stock,
                    interest,
                })
            }
            2 if trading && self.next_match > 1 => {
                let match_number = 1 + self.rng.below(self.next_match - 1);
                self.put(BrokenTrade { header, match_number })
            }
            _ => self.put(RegShoRestriction {
                header,
                stock,
                action: b'1',
            }),
        }
    }

    fn system(&mut self, event: u8) -> io::Result<()> {
        let header = self.header_of(0);
        self.put(SystemEvent { header, event })
    }

    fn trading_action(&mut self, symbol: usize, state: u8, reason: [u8; 4]) -> io::Result<()> {
        self.symbols[symbol].halted = state != b'T';
        let (header, stock) = (self.header(symbol), self.symbols[symbol].stock);
        self.put(StockTradingAction {
            header,
            stock,
            state,
            reserved: b' ',
            reason,
        })
    }

    fn position(&mut self, symbol: usize) -> io::Result<()> {
        let (header, stock) = (self.header(symbol), self.symbols[symbol].stock);
        let mpid = *b"TFMK";
        self.put(MarketParticipantPosition {
            header,
            mpid,
            stock,
            primary: b'Y',
            mode: b'N',
            state: b'A',
        })
    }

    fn start_of_day(&mut self) -> io::Result<()> {
        self.system(b'O')?;
        for symbol in 0..self.symbols.len() {
            self.now_ns += self.rng.exponential(20_000);
            self.directory(symbol)?;
            self.trading_action(symbol, b'T', *b"    ")?;
            let (header, stock) = (self.header(symbol), self.symbols[symbol].stock);
            self.put(RegShoRestriction {
                header,
                stock,
                action: b'0',
            })?;
            self.position(symbol)?;
        }
        let level = |percent: u64| 500_000_000_000 * percent / 100;
        let header = self.header_of(0);
        self.put(MwcbDeclineLevel {
            header,
            level1: level(93),
            level2: level(87),
            level3: level(80),
        })?;
        self.listings()?;
        self.now_ns = self.now_ns.max(SYSTEM_HOURS_NS);
        self.system(b'S')
    }

    fn directory(&mut self, symbol: usize) -> io::Result<()> {
        let (header, stock) = (self.header(symbol), self.symbols[symbol].stock);
        self.put(StockDirectory {
            header,
            stock,
            market_category: b'Q',
            financial_status: b'N',
            round_lot_size: 100,
            round_lots_only: b'N',
            issue_classification: b'C',
            issue_sub_type: *b"Z ",
            authenticity: b'P',
            short_sale_threshold: b'N',
            ipo: b'N',
            luld_tier: b'2',
            etp: b'N',
            etp_leverage: 0,
            inverse: b'N',
        })
    }

    /// The last symbol is treated as new on the market.
    fn listings(&mut self) -> io::Result<()> {
        let symbol = self.symbols.len() - 1;
        let (header, stock) = (self.header(symbol), self.symbols[symbol].stock);
        let price = self.symbols[symbol].mid * TICK;
        let release_time_s = u32::try_from(OPEN_NS / SECOND_NS).expect("seconds of a day");
        self.put(IpoQuotingPeriod {
            header,
            stock,
            release_time_s,
            qualifier: b'A',
            price,
        })?;
        self.put(DirectListing {
            header,
            stock,
            open_eligibility: b'Y',
            minimum_price: price / 10 * 8,
            maximum_price: price / 10 * 18,
            near_price: price,
            near_time_ns: header.timestamp_ns,
            lower_price: price / 10 * 9,
            upper_price: price / 10 * 11,
        })
    }

    fn imbalance(&mut self, symbol: usize, cross_type: u8) -> io::Result<()> {
        let (header, stock) = (self.header(symbol), self.symbols[symbol].stock);
        let price = self.symbols[symbol].mid * TICK;
        let (paired_shares, imbalance_shares) = (self.rng.exponential(5_000), self.rng.exponential(900));
        self.put(NetOrderImbalance {
            header,
            paired_shares,
            imbalance_shares,
            direction: if imbalance_shares == 0 {
                b'N'
            } else {
                b"BS"[usize::from(paired_shares % 2 == 0)]
            },
            stock,
            far_price: price,
            near_price: price,
            reference_price: price,
            cross_type,
            variation: b'L',
        })
    }

    fn cross(&mut self, symbol: usize, cross_type: u8) -> CrossTrade {
        let (shares, match_number) = (self.rng.exponential(3_000), self.new_match());
        let (header, state) = (self.header(symbol), &self.symbols[symbol]);
        CrossTrade {
            header,
            shares,
            stock: state.stock,
            price: state.mid * TICK,
            match_number,
            cross_type,
        }
    }

    fn open(&mut self) -> io::Result<()> {
        self.now_ns = self.now_ns.max(OPEN_NS);
        self.system(b'Q')?;
        for symbol in 0..self.symbols.len() {
            self.moment();
            self.imbalance(symbol, b'O')?;
            let cross = self.cross(symbol, b'O');
            self.cross_executions(symbol, cross.price)?;
            self.put(cross)?;
        }
        Ok(())
    }

    /// Closing crosses and the ends of market hours, system hours and messages: `closing_messages`.
    fn close(&mut self) -> io::Result<()> {
        self.now_ns = self.now_ns.max(CLOSE_NS);
        self.left = closing_messages(self.options.symbols);
        for symbol in 0..self.symbols.len() {
            self.moment();
            let cross = self.cross(symbol, b'C');
            self.put(cross)?;
        }
        self.system(b'M')?;
        self.now_ns = self.now_ns.max(END_NS);
        self.system(b'E')?;
        self.now_ns += 300 * SECOND_NS;
        self.system(b'C')
    }

    fn halt(&mut self) -> io::Result<()> {
        let symbol = self.active_symbol();
        if self.symbols[symbol].halted {
            return Ok(());
        }
        let (state, reason) = if self.rng.chance(1, 2) {
            (b'P', *b"LUDP")
        } else {
            (b'H', *b"T1  ")
        };
        self.trading_action(symbol, state, reason)?;
        let until_left = self.left - self.left / 20;
        self.halts.push(Halt { symbol, until_left });
        Ok(())
    }

    fn operational_halt(&mut self) -> io::Result<()> {
        let symbol = self.active_symbol();
        let stock = self.symbols[symbol].stock;
        for action in [b'H', b'T'] {
            let header = self.header(symbol);
            self.put(OperationalHalt {
                header,
                stock,
                market: b'X',
                action,
            })?;
            self.now_ns += self.rng.exponential(SECOND_NS);
        }
        Ok(())
    }

    fn market_wide_break(&mut self) -> io::Result<()> {
        let header = self.header_of(0);
        self.put(MwcbStatus { header, level: b'1' })?;
        for symbol in 0..self.symbols.len() {
            self.moment();
            self.trading_action(symbol, b'H', *b"MWC1")?;
        }
        let until_left = self.left - self.left / 50;
        self.halts = (0..self.symbols.len())
            .map(|symbol| Halt { symbol, until_left })
            .collect();
        Ok(())
    }

    fn resume_due(&mut self) -> io::Result<()> {
        while let Some(at) = self.halts.iter().position(|halt| self.left <= halt.until_left) {
            let Halt { symbol, .. } = self.halts.swap_remove(at);
            let (stock, price) = (self.symbols[symbol].stock, self.symbols[symbol].mid * TICK);
            self.moment();
            let header = self.header(symbol);
            self.put(LuldAuctionCollar {
                header,
                stock,
                reference_price: price,
                upper_price: price / 20 * 21,
                lower_price: price / 20 * 19,
                extension: 0,
            })?;
            self.trading_action(symbol, b'Q', *b"    ")?;
            self.imbalance(symbol, b'H')?;
            self.moment();
            let cross = self.cross(symbol, b'H');
            self.put(cross)?;
            self.trading_action(symbol, b'T', *b"    ")?;
        }
        Ok(())
    }
}

fn closing_messages(symbols: u16) -> u64 {
    u64::from(symbols) + 3
}
