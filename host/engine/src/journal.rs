//! The journal of an order session: what left and what came, byte for byte, in lines chained by CRC-32C; and the account
//! that follows from it, by code that shares nothing with the host's books but the message formats.
//!
//! ```text
//! 1 sent 0 4f00000001...  #9ab3c1d2     number, kind, slot, OUCH in hex, CRC over the last CRC and the line
//! 2 got 17 41...          #...          with its sequence in the session
//! ```
//! Kinds: `sent` (slot, Enter Order as it left the card), `cancel` (Cancel Order, or the card's own Mass Cancel), `replace` (Replace Order), `again` (number resent), `gave-up` (number),
//! `got`, `lost` (the connection), `note` (words). Of a run that learns: `learning` (its settings), `weights` (record, slot, number, whether they are
//! warm, their bits), `unlearned` (record whose sample was skipped), `admitted` (record, order slot), `ended` (records of the whole run). What is cut off
//! at the end of a line keeps its chain: whether a run's journal is whole only `ended` says.

mod read;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, Write};

use contract::crc::crc32c;
use risk::Side;
use wire::ouch50::{
    EnterOrder, EnterOrderView, ReplaceOrder, ReplaceOrderView, Replaced, Response, codes::order_state,
};

use crate::account::{Account, Open};
pub use read::{Entries, Entry};

/// Something to write down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line<'a> {
    /// An Enter Order left the card for this slot.
    Sent(u8, &'a [u8]),
    /// A Cancel Order left the card, or its own Mass Cancel.
    Cancel(&'a [u8]),
    /// A Replace Order left the card; the slot is that of the order it means.
    Replace(&'a [u8]),
    /// An order that did not arrive was sent again.
    Again(u32),
    /// An order that did not arrive was given up.
    GaveUp(u32),
    /// A response with its sequence.
    Got(u64, &'a [u8]),
    /// The connection was lost.
    Lost,
    /// Words for people.
    Note(&'a str),
    /// What a run learns by.
    Learning(&'a str),
    /// From this record on a slot is scored by this version of its weights: record, slot, number, warm, bits.
    Weights(u64, u8, u64, bool, &'a [u8]),
    /// The sample of this record was not learned from.
    Unlearned(u64),
    /// On this record host risk admitted an order: the bytes of an order slot.
    Admitted(u64, &'a [u8]),
    /// The run is over, after so many records.
    Ended(u64),
}

/// Writes a journal.
#[derive(Debug)]
pub struct Journal<W: Write> {
    out: W,
    number: u64,
    crc: u32,
}

impl<W: Write> Journal<W> {
    /// A journal that starts here.
    pub const fn new(out: W) -> Self {
        Self {
            out,
            number: 0,
            crc: 0,
        }
    }

    /// Appends a line.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write(&mut self, line: &Line<'_>) -> io::Result<()> {
        self.number += 1;
        let body = match line {
            Line::Sent(slot, bytes) => format!("sent {slot} {}", hex(bytes)),
            Line::Cancel(bytes) => format!("cancel {}", hex(bytes)),
            Line::Replace(bytes) => format!("replace {}", hex(bytes)),
            Line::Again(user_ref) => format!("again {user_ref}"),
            Line::GaveUp(user_ref) => format!("gave-up {user_ref}"),
            Line::Got(sequence, bytes) => format!("got {sequence} {}", hex(bytes)),
            Line::Lost => "lost".to_owned(),
            Line::Note(text) => format!("note {}", text.replace(['\n', '#'], " ")),
            Line::Learning(text) => format!("learning {}", text.replace(['\n', '#'], " ")),
            Line::Weights(record, slot, number, warm, bits) => {
                format!(
                    "weights {record} {slot} {number} {} {}",
                    u8::from(*warm),
                    hex(bits)
                )
            }
            Line::Unlearned(record) => format!("unlearned {record}"),
            Line::Admitted(record, bytes) => format!("admitted {record} {}", hex(bytes)),
            Line::Ended(records) => format!("ended {records}"),
        };
        let text = format!("{} {body}", self.number);
        self.crc = chained(self.crc, &text);
        writeln!(self.out, "{text} #{:08x}", self.crc)
    }

    /// Lines written.
    pub const fn lines(&self) -> u64 {
        self.number
    }

    /// Gives the writer back, flushed.
    ///
    /// # Errors
    /// What the writer says.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }
}

/// Why a journal cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// It cannot be read.
    #[error(transparent)]
    Read(#[from] io::Error),
    /// A line is not as it was written, or one is missing before it.
    #[error("journal line {0}: damaged, or lines are missing before it")]
    Damaged(u64),
    /// A line that cannot follow on what came before.
    #[error("journal line {line}: {why}")]
    Wrong {
        /// Number of the line.
        line: u64,
        /// What is wrong.
        why: &'static str,
    },
}

/// An order as the journal alone tells it.
#[derive(Debug, Clone, Copy)]
struct Told {
    slot: u8,
    side: Side,
    /// Shares sent, those of its chain that executed included.
    qty: u32,
    open: u32,
    accepted: bool,
    /// The order it is to take the place of.
    instead_of: Option<u32>,
}

/// The account that a journal amounts to.
#[derive(Debug, Clone)]
struct Replay {
    account: Account,
    orders: BTreeMap<u32, Told>,
    matches: BTreeMap<u64, (u32, u32, u64)>,
    sequence: u64,
}

/// Reads a journal from its start and gives the account it amounts to.
///
/// # Errors
/// [`JournalError`].
pub fn replay(journal: impl BufRead, slots: usize) -> Result<Account, JournalError> {
    Ok(replay_at(journal, slots, &BTreeSet::new())?.1)
}

/// The same, and the account directly behind each of these responses: without orders the exchange had not answered then.
///
/// # Errors
/// [`JournalError`].
pub fn replay_at(
    journal: impl BufRead,
    slots: usize,
    responses: &BTreeSet<u64>,
) -> Result<(BTreeMap<u64, Account>, Account), JournalError> {
    let mut behind = BTreeMap::new();
    let mut replay = Replay {
        account: Account::new(slots),
        orders: BTreeMap::new(),
        matches: BTreeMap::new(),
        sequence: 0,
    };
    let mut entries = Entries::new(journal);
    while let Some(entry) = entries.next().transpose()? {
        let line = entries.number();
        replay
            .take(&entry)
            .map_err(|why| JournalError::Wrong { line, why })?;
        if matches!(&entry, Entry::Got(sequence, _) if responses.contains(sequence)) {
            // A response that came again is behind others by now, and was seen.
            behind
                .entry(replay.sequence)
                .or_insert_with(|| replay.account(|told| told.accepted));
        }
    }
    Ok((behind, replay.account(|_| true)))
}

impl Replay {
    fn take(&mut self, entry: &Entry) -> Result<(), &'static str> {
        match entry {
            Entry::Sent(slot, bytes) => self.sent(*slot, bytes),
            Entry::Replace(bytes) => self.replace(bytes),
            Entry::GaveUp(user_ref) => self
                .orders
                .remove(user_ref)
                .map(drop)
                .ok_or("an order never sent"),
            Entry::Got(sequence, _) if *sequence <= self.sequence => Ok(()),
            Entry::Got(sequence, _) if *sequence != self.sequence + 1 => Err("responses are missing"),
            Entry::Got(sequence, bytes) => {
                self.sequence = *sequence;
                let (response, _) = Response::parse(bytes).map_err(|_| "no OUCH response")?;
                self.got(&response)
            }
            Entry::Cancel(_) | Entry::Again(_) | Entry::Lost | Entry::Note(_) => Ok(()),
            Entry::Learning(_) | Entry::Weights { .. } | Entry::Unlearned(_) => Ok(()),
            Entry::Admitted(..) | Entry::Ended(_) => Ok(()),
        }
    }

    fn sent(&mut self, slot: u8, bytes: &[u8]) -> Result<(), &'static str> {
        let view = EnterOrderView::new_checked(bytes).map_err(|_| "no Enter Order")?;
        let order = EnterOrder::parse(&view);
        let told = Told {
            slot,
            side: if order.side == b'B' { Side::Buy } else { Side::Sell },
            qty: order.quantity,
            open: order.quantity,
            accepted: false,
            instead_of: None,
        };
        self.number(order.user_ref, told)
    }

    /// Of a replace what it has more counts until the exchange has answered.
    fn replace(&mut self, bytes: &[u8]) -> Result<(), &'static str> {
        let view = ReplaceOrderView::new_checked(bytes).map_err(|_| "no Replace Order")?;
        let order = ReplaceOrder::parse(&view);
        let old = *self.order(order.orig_user_ref)?;
        let told = Told {
            qty: order.quantity,
            open: order.quantity.saturating_sub(old.qty),
            accepted: false,
            instead_of: Some(order.orig_user_ref),
            ..old
        };
        self.number(order.user_ref, told)
    }

    fn number(&mut self, user_ref: u32, told: Told) -> Result<(), &'static str> {
        match self.orders.insert(user_ref, told) {
            None => Ok(()),
            Some(_) => Err("an order number used twice"),
        }
    }

    fn got(&mut self, response: &Response) -> Result<(), &'static str> {
        match response {
            Response::Accepted(m) => {
                let order = self.order(m.user_ref)?;
                order.accepted = true;
                order.open = if m.state == order_state::DEAD {
                    0
                } else {
                    m.quantity
                };
                Ok(())
            }
            Response::Rejected(m) => {
                self.order(m.user_ref)?.open = 0;
                Ok(())
            }
            Response::Canceled(m) => self.less(m.user_ref, m.quantity).map(drop),
            Response::AiqCanceled(m) => self.less(m.user_ref, m.quantity).map(drop),
            Response::Executed(m) => {
                let order = self.less(m.user_ref, m.quantity)?;
                self.matches
                    .insert(m.match_number, (m.user_ref, m.quantity, m.price));
                self.account.book(order.slot, order.side, m.quantity, m.price, 1);
                Ok(())
            }
            Response::Broken(m) => {
                let (user_ref, shares, price) = self
                    .matches
                    .remove(&m.match_number)
                    .ok_or("a bust of no execution")?;
                let order = *self.order(user_ref)?;
                self.account.book(order.slot, order.side, shares, price, -1);
                Ok(())
            }
            Response::Replaced(m) => self.replaced(m),
            Response::Modified(_) => Err("a change nobody asked for"),
            _ => Ok(()),
        }
    }

    fn replaced(&mut self, m: &Replaced) -> Result<(), &'static str> {
        let new = self.order(m.user_ref)?;
        if new.instead_of != Some(m.orig_user_ref) || new.accepted {
            return Err("a change nobody asked for");
        }
        new.accepted = true;
        new.open = if m.state == order_state::DEAD {
            0
        } else {
            m.quantity
        };
        self.order(m.orig_user_ref)?.open = 0;
        Ok(())
    }

    fn order(&mut self, user_ref: u32) -> Result<&mut Told, &'static str> {
        self.orders
            .get_mut(&user_ref)
            .ok_or("a response to an order never sent")
    }

    fn less(&mut self, user_ref: u32, shares: u32) -> Result<Told, &'static str> {
        let order = self.order(user_ref)?;
        order.open = order.open.checked_sub(shares).ok_or("more shares than open")?;
        Ok(*order)
    }

    fn account(&self, counts: impl Fn(&Told) -> bool) -> Account {
        let mut account = self.account.clone();
        for (user_ref, told) in &self.orders {
            if told.open > 0 && counts(told) {
                let open = Open {
                    slot: told.slot,
                    side: told.side,
                    shares: told.open,
                };
                account.open.insert(*user_ref, open);
            }
        }
        account
    }
}

fn chained(before: u32, text: &str) -> u32 {
    crc32c(format!("{before:08x}{text}").as_bytes())
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::ouch50::{Accepted, Appendage, Canceled, Executed};

    fn order(user_ref: u32) -> Vec<u8> {
        EnterOrder {
            user_ref,
            side: b'B',
            quantity: 100,
            symbol: *b"TEST    ",
            price: 10_000,
            time_in_force: b'0',
            display: b'Y',
            capacity: b'P',
            iso: b'N',
            cross_type: b'N',
            cl_ord_id: [b'1'; 14],
        }
        .to_vec(&Appendage::new())
    }

    fn response(response: impl Into<Response>) -> Vec<u8> {
        let response: Response = response.into();
        response.to_vec(&Appendage::new())
    }

    fn executed(shares: u32) -> Vec<u8> {
        response(Executed {
            timestamp_ns: 0,
            user_ref: 1,
            quantity: shares,
            price: 9_000,
            liquidity: b'R',
            match_number: u64::from(shares),
        })
    }

    fn accepted() -> Vec<u8> {
        response(Accepted {
            timestamp_ns: 0,
            user_ref: 1,
            side: b'B',
            quantity: 100,
            symbol: *b"TEST    ",
            price: 10_000,
            time_in_force: b'0',
            display: b'Y',
            order_reference: 5,
            capacity: b'P',
            iso: b'N',
            cross_type: b'N',
            state: b'L',
            cl_ord_id: [b'1'; 14],
        })
    }

    fn journal(lines: &[Line<'_>]) -> Vec<u8> {
        let mut journal = Journal::new(Vec::new());
        for line in lines {
            journal.write(line).expect("memory");
        }
        journal.finish().expect("memory")
    }

    #[test]
    fn an_account_follows_from_the_bytes() {
        let (sent, first, second) = (order(1), accepted(), executed(30));
        let other = order(2);
        let text = journal(&[
            Line::Sent(0, &sent),
            Line::Got(1, &first),
            Line::Lost,
            Line::Got(1, &first),
            Line::Got(2, &second),
            Line::Sent(0, &other),
            Line::Again(2),
            Line::GaveUp(2),
            Line::Note("the end # of\nit"),
        ]);
        let (behind, account) = replay_at(&text[..], 1, &[1, 2, 9].into()).expect("whole");
        // Order 2 was never accepted; what had come before is not disturbed by its coming again.
        let open = |sequence: u64| {
            behind
                .get(&sequence)
                .map(|account| account.open_shares(0, Side::Buy))
        };
        assert_eq!([open(1), open(2), open(9)], [Some(100), Some(70), None]);
        assert_eq!((behind[&1].cash, behind[&2].cash), (0, -270_000));
        assert_eq!((account.positions[0], account.cash), (30, -270_000));
        assert_eq!(account.open.len(), 1);
        assert_eq!(account.open[&1].shares, 70);
    }

    #[test]
    fn a_replace_takes_the_place_of_its_order() {
        let (sent, first, traded) = (order(1), accepted(), executed(30));
        let asked = |user_ref, quantity| {
            ReplaceOrder {
                orig_user_ref: 1,
                user_ref,
                quantity,
                price: 10_000,
                time_in_force: b'0',
                display: b'Y',
                iso: b'N',
                cl_ord_id: [b'2'; 14],
            }
            .to_vec(&Appendage::new())
        };
        let answered = |orig_user_ref, state| {
            response(Replaced {
                timestamp_ns: 0,
                orig_user_ref,
                user_ref: 3,
                side: b'B',
                quantity: 120,
                symbol: *b"TEST    ",
                price: 10_000,
                time_in_force: b'0',
                display: b'Y',
                order_reference: 6,
                capacity: b'P',
                iso: b'N',
                cross_type: b'N',
                state,
                cl_ord_id: [b'2'; 14],
            })
        };
        let (lost, larger) = (asked(2, 400), asked(3, 150));
        let mut lines = vec![Line::Sent(0, &sent), Line::Got(1, &first), Line::Got(2, &traded)];
        lines.extend([
            Line::Replace(&lost),
            Line::Lost,
            Line::GaveUp(2),
            Line::Replace(&larger),
        ]);
        let open = |lines: &[Line<'_>]| {
            let account = replay(&journal(lines)[..], 1).expect("whole");
            account
                .open
                .iter()
                .map(|(user_ref, open)| (*user_ref, open.shares))
                .collect::<Vec<_>>()
        };
        assert_eq!(open(&lines), [(1, 70), (3, 50)]);
        for (state, left) in [(b'L', vec![(3, 120)]), (b'D', vec![])] {
            let answer = answered(1, state);
            let mut lines = lines.clone();
            lines.push(Line::Got(3, &answer));
            assert_eq!(open(&lines), left);
        }
        // It says another order than was asked for; and a replace of an order that was never sent.
        let wrong = answered(2, b'L');
        lines.push(Line::Got(3, &wrong));
        assert!(replay(&journal(&lines)[..], 1).is_err());
        assert!(replay(&journal(&[Line::Replace(&larger)])[..], 1).is_err());
    }

    #[test]
    fn learning_comes_back_as_it_was_written() {
        let bits = [0xa5, 0, 1, 255];
        let text = journal(&[
            Line::Learning("rls # by\nhand"),
            Line::Weights(7, 2, 3, true, &bits),
            Line::Unlearned(9),
            Line::Admitted(10, &bits[1..]),
            Line::Ended(11),
        ]);
        let entries: Result<Vec<_>, _> = Entries::new(&text[..]).collect();
        let weights = Entry::Weights {
            record: 7,
            slot: 2,
            number: 3,
            warm: true,
            bits: bits.to_vec(),
        };
        assert_eq!(
            entries.expect("whole"),
            [
                Entry::Learning("rls   by hand".into()),
                weights,
                Entry::Unlearned(9),
                Entry::Admitted(10, bits[1..].to_vec()),
                Entry::Ended(11),
            ]
        );
        let account = replay(&text[..], 1).expect("they say nothing of the account");
        assert_eq!((account.cash, account.open.len()), (0, 0));
        for body in [
            "weights 7 2 3 2 a5",
            "weights 7 2 3 1 xy",
            "weights 7 2 3",
            "admitted 1",
            "unlearned x",
            "ended",
        ] {
            assert!(Entry::parse(body).is_err(), "{body}");
        }
    }

    #[test]
    fn damage_and_impossible_lines_are_seen() {
        let (sent, first, late) = (order(1), accepted(), executed(30));
        let good = journal(&[Line::Sent(0, &sent), Line::Got(1, &first)]);
        for at in 0..good.len() - 1 {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert!(replay(&bad[..], 1).is_err(), "byte {at}");
        }
        let second = good.iter().position(|byte| *byte == b'\n').expect("two lines") + 1;
        assert!(matches!(
            replay(&good[second..], 1),
            Err(JournalError::Damaged(1))
        ));
        for lines in [
            &[Line::Sent(0, &sent), Line::Got(2, &late)][..],
            &[Line::Got(1, &first)],
            &[Line::Sent(0, &sent), Line::Sent(0, &sent)],
            &[Line::GaveUp(1)],
        ] {
            let wrong = replay(&journal(lines)[..], 1);
            assert!(matches!(wrong, Err(JournalError::Wrong { .. })), "{wrong:?}");
        }
        let canceled = response(Canceled {
            timestamp_ns: 0,
            user_ref: 1,
            quantity: 101,
            reason: b'U',
        });
        let text = journal(&[
            Line::Sent(0, &sent),
            Line::Got(1, &first),
            Line::Got(2, &canceled),
        ]);
        assert!(replay(&text[..], 1).is_err());
    }
}
