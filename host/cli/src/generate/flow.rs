//! Order flow of one symbol: adds, cancels, replaces, executions, and what adversaries send.

use std::io;

use wire::itch50::{
    AddOrder, AddOrderAttributed, OrderCancel, OrderDelete, OrderExecuted, OrderExecutedWithPrice,
    OrderReplace, Side, Trade,
};

use super::book::Order;
use super::day::Day;
use super::symbol::{TICK, shares};

/// Highest price ITCH brokers quote as a stub, $199,999.99.
const STUB_ASK: u32 = 1_999_999_900;

impl Day {
    /// One event of a symbol, at times a burst; nothing executes unless `trading`.
    pub(super) fn act(&mut self, symbol: usize, trading: bool) -> io::Result<()> {
        let Day { symbols, rng, .. } = self;
        let state = &mut symbols[symbol];
        state.walk(rng);
        let executes = trading && !state.halted;
        if let Some(side) = state.overrun().filter(|_| executes) {
            return self.sweep(symbol, side);
        }
        let (live, usual) = (state.orders.len(), state.orders_usual);
        if self.options.adversarial && self.rng.chance(1, 12) {
            return self.adversary(symbol);
        }
        if live < 8 {
            return self.add(symbol);
        }
        // Out of 1,000: real days have A 44, D 43, U 8, E 3 and X, C, P 2 percent. A full book adds less.
        let adds = if live > usual { 400 } else { 490 };
        match self.rng.below(1_000) {
            draw if draw < adds => self.add(symbol),
            draw if draw < 885 => self.delete(symbol),
            885..965 => self.replace(symbol),
            965..980 => self.cancel(symbol),
            980..992 if executes => {
                let side = if self.rng.chance(1, 2) {
                    Side::Bid
                } else {
                    Side::Ask
                };
                self.sweep(symbol, side)
            }
            992..1_000 if executes => self.hidden_trade(symbol),
            _ => self.delete(symbol),
        }
    }

    /// References count up; an adversary's differ in their upper half alone every other time.
    fn new_reference(&mut self) -> u64 {
        self.next_reference += 1 + self.rng.below(4);
        if self.options.adversarial && self.next_reference % 2 == 1 {
            return self.next_reference.rotate_left(32);
        }
        self.next_reference
    }

    fn add(&mut self, symbol: usize) -> io::Result<()> {
        let side = if self.rng.chance(1, 2) {
            Side::Bid
        } else {
            Side::Ask
        };
        let price = self.symbols[symbol].quote(side, &mut self.rng);
        let shares = shares(&mut self.rng);
        self.add_at(symbol, side, price, shares)
    }

    fn add_at(&mut self, symbol: usize, side: Side, price: u32, shares: u32) -> io::Result<()> {
        let reference = self.new_reference();
        let (header, stock) = (self.header(symbol), self.symbols[symbol].stock);
        self.symbols[symbol].orders.insert(Order {
            reference,
            side,
            price,
            shares,
        });
        let side = side.indicator();
        if self.rng.chance(2, 25) {
            let attribution = *b"TFMK";
            return self.put(AddOrderAttributed {
                header,
                reference,
                side,
                shares,
                stock,
                price,
                attribution,
            });
        }
        self.put(AddOrder {
            header,
            reference,
            side,
            shares,
            stock,
            price,
        })
    }

    fn any_order(&mut self, symbol: usize) -> Option<Order> {
        self.symbols[symbol].orders.any(&mut self.rng)
    }

    fn delete(&mut self, symbol: usize) -> io::Result<()> {
        let Some(Order { reference, .. }) = self.any_order(symbol) else {
            return self.add(symbol);
        };
        self.symbols[symbol].orders.remove(reference);
        let header = self.header(symbol);
        self.put(OrderDelete { header, reference })
    }

    fn cancel(&mut self, symbol: usize) -> io::Result<()> {
        let Some(order) = self.any_order(symbol).filter(|order| order.shares > 1) else {
            return self.add(symbol);
        };
        let (reference, shares) = (order.reference, self.rng.between(1, order.shares - 1));
        self.symbols[symbol].orders.reduce(reference, shares);
        let header = self.header(symbol);
        self.put(OrderCancel {
            header,
            reference,
            shares,
        })
    }

    fn replace(&mut self, symbol: usize) -> io::Result<()> {
        let Some(order) = self.any_order(symbol) else {
            return self.add(symbol);
        };
        let shares = if self.rng.chance(1, 2) {
            order.shares
        } else {
            shares(&mut self.rng)
        };
        self.replace_order(symbol, order, shares).map(drop)
    }

    fn replace_order(&mut self, symbol: usize, order: Order, shares: u32) -> io::Result<Order> {
        let new_reference = self.new_reference();
        self.symbols[symbol].orders.remove(order.reference);
        let price = self.symbols[symbol].quote(order.side, &mut self.rng);
        let new = Order {
            reference: new_reference,
            price,
            shares,
            ..order
        };
        self.symbols[symbol].orders.insert(new);
        let header = self.header(symbol);
        self.put(OrderReplace {
            header,
            reference: order.reference,
            new_reference,
            shares,
            price,
        })?;
        Ok(new)
    }

    /// A marketable order takes the oldest orders at the best price, one E or C each.
    fn sweep(&mut self, symbol: usize, side: Side) -> io::Result<()> {
        let mut wanted = shares(&mut self.rng);
        while wanted > 0 && self.left() > 0 {
            let Some(order) = self.symbols[symbol].orders.first(side) else {
                break;
            };
            let taken = wanted.min(order.shares);
            wanted -= taken;
            if self.rng.chance(1, 12) {
                self.execute_at(symbol, &order, taken, order.price, b'Y')?;
            } else {
                self.symbols[symbol].orders.reduce(order.reference, taken);
                let (header, match_number) = (self.header(symbol), self.new_match());
                self.put(OrderExecuted {
                    header,
                    reference: order.reference,
                    shares: taken,
                    match_number,
                })?;
            }
            self.moment();
        }
        Ok(())
    }

    fn execute_at(
        &mut self,
        symbol: usize,
        order: &Order,
        shares: u32,
        price: u32,
        printable: u8,
    ) -> io::Result<()> {
        let reference = order.reference;
        self.symbols[symbol].orders.reduce(reference, shares);
        let (header, match_number) = (self.header(symbol), self.new_match());
        self.put(OrderExecutedWithPrice {
            header,
            reference,
            shares,
            match_number,
            printable,
            price,
        })
    }

    /// The first order of each side takes part in a cross; the cross message reports the volume.
    pub(super) fn cross_executions(&mut self, symbol: usize, price: u32) -> io::Result<()> {
        for side in [Side::Bid, Side::Ask] {
            if let Some(order) = self.symbols[symbol].orders.first(side) {
                self.execute_at(symbol, &order, order.shares.div_ceil(2), price, b'N')?;
            }
        }
        Ok(())
    }

    fn hidden_trade(&mut self, symbol: usize) -> io::Result<()> {
        let (header, match_number) = (self.header(symbol), self.new_match());
        let (stock, price) = (self.symbols[symbol].stock, self.symbols[symbol].mid * TICK);
        let shares = shares(&mut self.rng);
        self.put(Trade {
            header,
            reference: 0,
            side: b'B',
            shares,
            stock,
            price,
            match_number,
        })
    }

    fn adversary(&mut self, symbol: usize) -> io::Result<()> {
        match self.rng.below(6) {
            0 => self.stub_quote(symbol),
            1 => self.replace_storm(symbol),
            2 => self.unknown_reference(symbol),
            _ => self.off_grid(symbol),
        }
    }

    /// Quotes nobody means to trade at: a fraction of a cent, or $200,000.
    fn stub_quote(&mut self, symbol: usize) -> io::Result<()> {
        let below = self.rng.below(3);
        match below {
            0 => self.add_at(symbol, Side::Bid, 1, 100),
            1 => self.add_at(symbol, Side::Bid, TICK, 100),
            _ => self.add_at(symbol, Side::Ask, STUB_ASK, 100),
        }
    }

    /// One order chased through the book.
    fn replace_storm(&mut self, symbol: usize) -> io::Result<()> {
        let Some(mut order) = self.any_order(symbol) else {
            return self.add(symbol);
        };
        for _ in 0..self.rng.between(20, 200) {
            if self.left() == 0 {
                break;
            }
            order = self.replace_order(symbol, order, order.shares)?;
            self.now_shortly();
        }
        Ok(())
    }

    /// Back to back on the wire more often than not.
    fn now_shortly(&mut self) {
        if self.rng.chance(1, 4) {
            self.moment();
        }
    }

    /// What a feed joined in mid-session holds: references that no message has added.
    fn unknown_reference(&mut self, symbol: usize) -> io::Result<()> {
        let header = self.header(symbol);
        let reference = u64::MAX - self.rng.below(1 << 20);
        match self.rng.below(4) {
            0 => self.put(OrderDelete { header, reference }),
            1 => self.put(OrderCancel {
                header,
                reference,
                shares: 1,
            }),
            2 => self.put(OrderExecuted {
                header,
                reference,
                shares: 1,
                match_number: 0,
            }),
            _ => {
                let price = self.symbols[symbol].mid * TICK;
                self.put(OrderReplace {
                    header,
                    reference,
                    new_reference: reference - 1,
                    shares: 100,
                    price,
                })
            }
        }
    }

    /// A price off the grid, away from the touch so that the book stays uncrossed.
    fn off_grid(&mut self, symbol: usize) -> io::Result<()> {
        let side = if self.rng.chance(1, 2) {
            Side::Bid
        } else {
            Side::Ask
        };
        let (price, off) = (
            self.symbols[symbol].quote(side, &mut self.rng),
            self.rng.between(1, 99),
        );
        let price = match side {
            Side::Bid => price.saturating_sub(off).max(1),
            Side::Ask => price.saturating_add(off),
        };
        let shares = shares(&mut self.rng);
        self.add_at(symbol, side, price, shares)
    }
}
