//! The host's books of an order session: [`lifecycle::Orders`] with what each order was for, executions with their
//! prices, and what risk and the card's gate have to be told of every response.

use std::collections::BTreeMap;

use risk::Side;
use wire::ouch50::Response;

use crate::account::{Account, Open};
use crate::lifecycle::{Change, Orders, Refused, State, Surprise};

/// What an order was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Slot index.
    pub slot: u8,
    /// Side.
    pub side: Side,
    /// A short sale: what does not execute gives its locate back.
    pub short: bool,
    /// Shares.
    pub qty: u32,
    /// Limit price it was sent at, 1/10000 dollar.
    pub price: u32,
    /// Time it was sent, ns of the caller's clock.
    pub sent_ns: u64,
}

/// What risk and gate have to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Shares executed.
    Executed {
        /// Order.
        entry: Entry,
        /// Shares.
        shares: u32,
        /// None is left open.
        done: bool,
    },
    /// Shares no longer open, without execution.
    Released {
        /// Order.
        entry: Entry,
        /// Shares.
        shares: u32,
        /// Value that counts no longer in the gross notional, 1/10000 dollar; negative when more does.
        value: i64,
        /// None is left open.
        done: bool,
    },
    /// An execution is void.
    Broken {
        /// Order.
        entry: Entry,
        /// Shares.
        shares: u32,
    },
    /// This order never arrived: resend it or give it up.
    Missing(u32),
}

/// Counts of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Orders sent.
    pub sent: u64,
    /// Orders accepted.
    pub accepted: u64,
    /// Orders rejected.
    pub rejected: u64,
    /// Orders that took the place of another.
    pub replaced: u64,
    /// Orders that never arrived, or were passed over.
    pub not_taken: u64,
    /// Executions.
    pub executions: u64,
    /// Shares executed.
    pub shares: u64,
    /// Executions broken.
    pub broken: u64,
}

/// The books.
#[derive(Debug, Clone)]
pub struct Ledger {
    /// State of each order.
    pub orders: Orders,
    /// Counts.
    pub counts: Counts,
    entries: BTreeMap<u32, Entry>,
    matches: BTreeMap<u64, (u32, u32, u64)>,
    /// Of each replace that is not answered: the shares gate and risk have counted for it, all of them without a further open order, and their value.
    counted: BTreeMap<u32, (u32, i64)>,
    settled: Account,
    /// No order below this number is open.
    first_open: u32,
}

/// The value of shares at a price, 1/10000 dollar, saturated.
fn worth(shares: u32, price: u32) -> i64 {
    signed(u64::from(shares) * u64::from(price))
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

impl Entry {
    /// The value of so many of its shares, 1/10000 dollar, saturated.
    pub fn worth(&self, shares: u32) -> i64 {
        worth(shares, self.price)
    }
}

impl Ledger {
    /// Empty books of so many slots.
    pub fn new(slots: usize) -> Self {
        Self {
            orders: Orders::new(),
            counts: Counts::default(),
            entries: BTreeMap::new(),
            matches: BTreeMap::new(),
            counted: BTreeMap::new(),
            settled: Account::new(slots),
            first_open: 0,
        }
    }

    /// An order has left with this number.
    ///
    /// # Errors
    /// It must not have.
    pub fn entered(&mut self, user_ref: u32, entry: Entry) -> Result<(), Refused> {
        self.orders.enter(user_ref, entry.qty)?;
        self.entries.insert(user_ref, entry);
        self.counts.sent += 1;
        Ok(())
    }

    /// A replace of `orig` has left with this number; `counted` shares more are open for gate and risk since then (`value` of its event).
    ///
    /// # Errors
    /// It must not have.
    pub fn replaced(&mut self, orig: u32, user_ref: u32, entry: Entry, counted: u32) -> Result<(), Refused> {
        self.orders.replace(orig, user_ref, entry.qty)?;
        self.entries.insert(user_ref, entry);
        // The gate has counted on the shares it took over, at the lower price (`risk::added`).
        let old = self.entry(orig).map_or(entry.price, |old| old.price);
        let kept = entry.qty.saturating_sub(counted);
        let more = risk::added(entry.qty, entry.price, Some((kept, old)));
        self.counted.insert(user_ref, (counted, signed(more)));
        self.counts.sent += 1;
        Ok(())
    }

    /// What an order was for.
    pub fn entry(&self, user_ref: u32) -> Option<Entry> {
        self.entries.get(&user_ref).copied()
    }

    /// An order that did not arrive is given up.
    ///
    /// # Errors
    /// It is no such order.
    pub fn give_up(&mut self, user_ref: u32) -> Result<Vec<Effect>, Refused> {
        let change = self.orders.give_up(user_ref)?;
        self.counts.not_taken += 1;
        Ok(self.effects(change))
    }

    /// Takes a response with its sequence.
    ///
    /// # Errors
    /// It does not fit what was sent.
    pub fn apply(&mut self, sequence: u64, response: &Response) -> Result<Vec<Effect>, Surprise> {
        let fresh = sequence == self.orders.next_sequence();
        let change = self.orders.apply(sequence, response)?;
        if fresh {
            self.settle(response);
        }
        Ok(self.effects(change))
    }

    /// Cash and counts, which only responses tell.
    fn settle(&mut self, response: &Response) {
        let counts = &mut self.counts;
        match response {
            Response::Accepted(_) => counts.accepted += 1,
            Response::Rejected(_) => counts.rejected += 1,
            Response::Replaced(_) => counts.replaced += 1,
            Response::Executed(m) => {
                counts.executions += 1;
                counts.shares += u64::from(m.quantity);
                self.matches
                    .insert(m.match_number, (m.user_ref, m.quantity, m.price));
                self.trade(m.user_ref, m.quantity, m.price, 1);
            }
            Response::Broken(m) => {
                counts.broken += 1;
                if let Some((user_ref, shares, price)) = self.matches.remove(&m.match_number) {
                    self.trade(user_ref, shares, price, -1);
                }
            }
            _ => {}
        }
    }

    fn trade(&mut self, user_ref: u32, shares: u32, price: u64, times: i64) {
        if let Some(entry) = self.entries.get(&user_ref) {
            self.settled.book(entry.slot, entry.side, shares, price, times);
        }
    }

    fn effects(&mut self, change: Change) -> Vec<Effect> {
        let counted = &mut self.counted;
        let entry = |user_ref: u32| self.entries.get(&user_ref).copied();
        let released = |user_ref, shares, value: Option<i64>, done| {
            entry(user_ref).map(|entry| Effect::Released {
                entry,
                shares,
                value: value.unwrap_or_else(|| entry.worth(shares)),
                done,
            })
        };
        match change {
            Change::None | Change::Updated(_) => Vec::new(),
            Change::Executed {
                user_ref,
                shares,
                done,
            } => entry(user_ref)
                .map(|entry| Effect::Executed { entry, shares, done })
                .into_iter()
                .collect(),
            Change::Released {
                user_ref,
                shares,
                done,
            } => match counted.remove(&user_ref) {
                // A replace that comes to nothing: the other order stays the one it was.
                Some((counted, value)) if done => released(user_ref, counted, Some(value), false)
                    .into_iter()
                    .collect(),
                _ => released(user_ref, shares, None, done).into_iter().collect(),
            },
            Change::Replaced {
                user_ref,
                shares,
                by,
                fewer,
            } => {
                // Both were counted as one order: its shares, and what the replace added. What is left of that is the new one.
                let sent = entry(by).map_or(0, |entry| entry.qty);
                let open = sent.saturating_sub(fewer);
                let worth = |user_ref, shares| entry(user_ref).map_or(0, |entry| entry.worth(shares));
                let (counted, more) = counted.remove(&by).unwrap_or_else(|| (sent, worth(by, sent)));
                let gone = shares.saturating_add(counted).saturating_sub(open);
                // The shares that are open have the new price from now on.
                let value = worth(user_ref, shares)
                    .saturating_add(more)
                    .saturating_sub(worth(by, open));
                let effect = released(by, gone, Some(value), open == 0);
                let tells = gone > 0 || open == 0 || value != 0;
                effect.filter(|_| tells).into_iter().collect()
            }
            Change::Broken { user_ref, shares } => entry(user_ref)
                .filter(|_| shares > 0)
                .map(|entry| Effect::Broken { entry, shares })
                .into_iter()
                .collect(),
            Change::Reconciled { missing, not_taken } => {
                self.counts.not_taken += not_taken.len() as u64;
                let gone = not_taken.into_iter().filter_map(|(user_ref, shares)| {
                    counted.remove(&user_ref).map_or_else(
                        || released(user_ref, shares, None, true),
                        |(counted, value)| released(user_ref, counted, Some(value), false),
                    )
                });
                let all: Vec<Effect> = gone.chain(missing.into_iter().map(Effect::Missing)).collect();
                all
            }
        }
    }

    /// The account as the host has it.
    pub fn account(&self) -> Account {
        self.account_of(|_| true)
    }

    /// The account as the exchange has to have it directly behind the last response: without orders it has not answered.
    pub fn accepted_account(&mut self) -> Account {
        while let Some((user_ref, _)) = self.entries.range(self.first_open..).next() {
            if !matches!(self.orders.state(*user_ref), Some(State::Done(_))) {
                break;
            }
            self.first_open = user_ref.saturating_add(1);
        }
        self.account_of(|user_ref| self.orders.is_accepted(user_ref))
    }

    fn account_of(&self, counts: impl Fn(u32) -> bool) -> Account {
        let mut account = self.settled.clone();
        for (user_ref, entry) in self.entries.range(self.first_open..) {
            // Of a replace without an answer what it has more: the order it means is open beside it.
            let added = self.counted.get(user_ref).map(|(shares, _)| *shares);
            let shares = added.unwrap_or_else(|| self.orders.open(*user_ref));
            if shares > 0 && counts(*user_ref) {
                let open = Open {
                    slot: entry.slot,
                    side: entry.side,
                    shares,
                };
                account.open.insert(*user_ref, open);
            }
        }
        account
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::ouch50::{AccountQueryResponse, Broken, Executed};

    fn entry(side: Side) -> Entry {
        Entry {
            slot: 0,
            side,
            short: false,
            qty: 100,
            price: 20_000,
            sent_ns: 0,
        }
    }

    fn ready() -> Ledger {
        let mut ledger = Ledger::new(1);
        ledger.orders.queried();
        let answer = AccountQueryResponse {
            timestamp_ns: 0,
            next_user_ref: 1,
        };
        assert_eq!(ledger.apply(1, &answer.into()), Ok(Vec::new()));
        ledger
    }

    fn accepted(user_ref: u32) -> Response {
        wire::ouch50::Accepted {
            timestamp_ns: 0,
            user_ref,
            side: b'B',
            quantity: 100,
            symbol: [b' '; 8],
            price: 0,
            time_in_force: b'0',
            display: b'Y',
            order_reference: 0,
            capacity: b'P',
            iso: b'N',
            cross_type: b'N',
            state: b'L',
            cl_ord_id: [b' '; 14],
        }
        .into()
    }

    fn answered(orig_user_ref: u32, user_ref: u32, quantity: u32) -> Response {
        wire::ouch50::Replaced {
            timestamp_ns: 0,
            orig_user_ref,
            user_ref,
            side: b'B',
            quantity,
            symbol: [b' '; 8],
            price: 0,
            time_in_force: b'0',
            display: b'Y',
            order_reference: 0,
            capacity: b'P',
            iso: b'N',
            cross_type: b'N',
            state: b'L',
            cl_ord_id: [b' '; 14],
        }
        .into()
    }

    /// Order 1 of 100 shares, 30 of them executed, and a replace of it by `qty` shares of the chain.
    fn replaced(qty: u32) -> Ledger {
        let mut ledger = ready();
        ledger.entered(1, entry(Side::Buy)).expect("may be sent");
        ledger.apply(2, &accepted(1)).expect("fits");
        let executed: Response = Executed {
            timestamp_ns: 0,
            user_ref: 1,
            quantity: 30,
            price: 20_000,
            liquidity: b'R',
            match_number: 7,
        }
        .into();
        ledger.apply(3, &executed).expect("fits");
        let new = Entry {
            qty,
            ..entry(Side::Buy)
        };
        ledger
            .replaced(1, 2, new, qty.saturating_sub(100))
            .expect("may be sent");
        ledger
    }

    #[test]
    fn a_replace_leaves_counted_what_is_open() {
        // (chain's quantity, shares the exchange has open, shares released).
        for (qty, open, gone) in [(150, 120, 0), (100, 70, 0), (60, 30, 40), (130, 90, 10)] {
            let mut ledger = replaced(qty);
            let told = ledger.apply(4, &answered(1, 2, open)).expect("fits");
            let sum: u32 = told
                .iter()
                .map(|effect| match effect {
                    Effect::Released { shares, done, .. } => {
                        assert!(!done, "one order is open, as before");
                        *shares
                    }
                    other => panic!("{other:?}"),
                })
                .sum();
            assert_eq!(sum, gone, "{qty}");
            assert_eq!(70 + qty.saturating_sub(100) - sum, open, "what the gate has left");
            let value: i64 = told
                .iter()
                .map(|effect| match effect {
                    Effect::Released { value, .. } => *value,
                    other => panic!("{other:?}"),
                })
                .sum();
            assert_eq!(value, worth(gone, 20_000), "one price throughout");
        }
        // It takes the last shares with it.
        let mut ledger = replaced(30);
        let told = ledger.apply(4, &answered(1, 2, 0)).expect("fits");
        let [
            Effect::Released {
                shares: 70,
                done: true,
                ..
            },
        ] = told[..]
        else {
            panic!("{told:?}")
        };
    }

    /// At another price: what is open has it from the answer on, what had executed keeps the old one.
    #[test]
    fn a_replace_leaves_the_value_of_what_is_open() {
        for (qty, price, open) in [
            (150, 25_000, 120),
            (100, 15_000, 70),
            (60, 30_000, 30),
            (150, 15_000, 120),
        ] {
            let mut ledger = replaced(100);
            ledger.apply(4, &answered(1, 2, 70)).expect("fits");
            let new = Entry {
                qty,
                price,
                ..entry(Side::Buy)
            };
            let more = qty.saturating_sub(100);
            ledger.replaced(2, 3, new, more).expect("may be sent");
            let counted = signed(risk::added(qty, price, Some((100, 20_000))));
            assert_eq!(ledger.counted.get(&3), Some(&(more, counted)));
            let told = ledger.apply(5, &answered(2, 3, open)).expect("fits");
            let value: i64 = told
                .iter()
                .map(|effect| match effect {
                    Effect::Released { value, .. } => *value,
                    other => panic!("{other:?}"),
                })
                .sum();
            assert_eq!(
                worth(70, 20_000) + counted - value,
                worth(open, price),
                "{qty} at {price}"
            );
            assert!(value >= 0, "never too little was counted");
        }
    }

    #[test]
    fn a_replace_without_an_answer_is_open_by_what_it_has_more() {
        for (qty, both) in [(150, 70 + 50), (100, 70), (60, 70)] {
            let mut ledger = replaced(qty);
            assert_eq!(ledger.account().open_shares(0, Side::Buy), both, "{qty}");
            // The exchange has not answered it.
            assert_eq!(ledger.accepted_account().open_shares(0, Side::Buy), 70);
        }
    }

    #[test]
    fn a_replace_that_is_rejected_gives_back_what_it_added() {
        let mut ledger = replaced(150);
        let rejected: Response = wire::ouch50::Rejected {
            timestamp_ns: 0,
            user_ref: 2,
            reason: 0x0015,
            cl_ord_id: [b' '; 14],
        }
        .into();
        let told = ledger.apply(4, &rejected).expect("fits");
        let [
            Effect::Released {
                shares: 50,
                value: 1_000_000,
                done: false,
                ..
            },
        ] = told[..]
        else {
            panic!("{told:?}")
        };
        assert_eq!(ledger.account().open[&1].shares, 70);
    }

    #[test]
    fn executions_and_busts_reach_account_and_risk() {
        let mut ledger = ready();
        ledger.entered(1, entry(Side::Sell)).expect("may be sent");
        ledger.apply(2, &accepted(1)).expect("fits");
        let executed: Response = Executed {
            timestamp_ns: 0,
            user_ref: 1,
            quantity: 60,
            price: 20_000,
            liquidity: b'R',
            match_number: 7,
        }
        .into();
        let told = Effect::Executed {
            entry: entry(Side::Sell),
            shares: 60,
            done: false,
        };
        assert_eq!(ledger.apply(3, &executed), Ok(vec![told]));
        assert_eq!(ledger.apply(3, &executed), Ok(Vec::new()), "seen before");
        let account = ledger.account();
        assert_eq!((account.positions[0], account.cash), (-60, 1_200_000));
        assert_eq!(account.open[&1].shares, 40);
        let broken = Broken {
            timestamp_ns: 0,
            user_ref: 1,
            match_number: 7,
            reason: b'S',
            cl_ord_id: [b' '; 14],
        };
        let told = Effect::Broken {
            entry: entry(Side::Sell),
            shares: 60,
        };
        assert_eq!(ledger.apply(4, &broken.into()), Ok(vec![told]));
        let account = ledger.account();
        assert_eq!(
            (account.positions[0], account.cash, account.open[&1].shares),
            (0, 0, 40)
        );
        assert_eq!((ledger.counts.shares, ledger.counts.broken), (60, 1));
    }
}
