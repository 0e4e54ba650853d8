//! The book as it has to be: the software twin fed with every message published, whatever became of it on the lines.

use std::collections::VecDeque;

use contract::config::BOOK_LEVELS;
use contract::record::{Level, flag};
use device::records::Record;
use twin::Side;
use twin::feed::FeedTwin;
use twin::subscription::{Subscriptions, Target};
use venue::Published;
use wire::glimpse;

/// Levels of a side that a record shows.
const LEVELS: usize = BOOK_LEVELS as usize;

/// Both sides' best levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Shown {
    bids: [Level; LEVELS],
    asks: [Level; LEVELS],
}

impl Shown {
    /// What a record shows; `None` without its levels, or when it says itself that it is inexact.
    fn of(record: &Record) -> Option<Self> {
        let levels = record
            .levels
            .filter(|_| record.core.flags & flag::DEGRADED == 0)?;
        let mut shown = Self::default();
        (shown.bids[0], shown.asks[0]) = (record.core.bid, record.core.ask);
        shown.bids[1..].copy_from_slice(&levels.bids);
        shown.asks[1..].copy_from_slice(&levels.asks);
        Some(shown)
    }

    fn of_twin(twin: &FeedTwin, slot: u16) -> Self {
        Self {
            bids: twin.book().top(slot, Side::Bid),
            asks: twin.book().top(slot, Side::Ask),
        }
    }

    /// The first level that differs, in words.
    fn differs(&self, other: &Self) -> Option<String> {
        let sides = [("bid", &self.bids, &other.bids), ("ask", &self.asks, &other.asks)];
        sides.into_iter().find_map(|(name, ours, theirs)| {
            let at = (0..LEVELS).find(|i| ours[*i] != theirs[*i])?;
            let (a, b) = (ours[at], theirs[at]);
            Some(format!(
                "{name} level {}: {} x {} where it is {} x {}",
                at + 1,
                a.sz,
                a.px,
                b.sz,
                b.px
            ))
        })
    }
}

/// What is known of a slot's book from the card's last record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Last {
    /// No record since the slot was emptied.
    #[default]
    Empty,
    /// It said that it is inexact.
    Inexact,
    /// The book.
    Book(Shown),
}

impl Last {
    /// From a record.
    pub(crate) fn of(record: &Record) -> Self {
        Shown::of(record).map_or(Self::Inexact, Self::Book)
    }

    /// How the card's book differs from what it has to be; an inexact one says so itself.
    pub(crate) fn differs(&self, expected: &Shown) -> Option<String> {
        match self {
            Self::Empty => Shown::default().differs(expected),
            Self::Inexact => None,
            Self::Book(shown) => shown.differs(expected),
        }
    }
}

/// The twin, which follows as far as it is asked.
pub(crate) struct Golden {
    twin: FeedTwin,
    ahead: VecDeque<Published>,
    /// Records held against it.
    pub(crate) compared: u64,
}

impl Golden {
    /// Before the first message.
    pub(crate) fn new(targets: &[Target]) -> Self {
        Self {
            twin: FeedTwin::new(Subscriptions::new(targets)),
            ahead: VecDeque::new(),
            compared: 0,
        }
    }

    /// Hears what was published.
    pub(crate) fn hear(&mut self, published: Vec<Published>) {
        self.ahead.extend(published);
    }

    /// The book of a slot behind message `sequence` of a session.
    pub(crate) fn behind(&mut self, session: &[u8; 10], sequence: u64, slot: u16) -> Shown {
        let reached = |next: &Published| {
            // Sessions are numbered upwards.
            (&next.session, next.sequence) > (session, sequence)
        };
        while let Some(next) = self.ahead.pop_front_if(|next| !reached(next)) {
            self.twin.apply(&next.message);
        }
        Shown::of_twin(&self.twin, slot)
    }
}

/// The books of a GLIMPSE picture.
pub(crate) fn pictured(picture: &[Vec<u8>], targets: &[Target]) -> Vec<Shown> {
    let mut twin = FeedTwin::new(Subscriptions::new(targets));
    for message in picture {
        if let Ok(glimpse::Message::Itch(bytes)) = glimpse::Message::parse(message) {
            twin.apply(bytes);
        }
    }
    let slots = u16::try_from(targets.len()).unwrap_or(u16::MAX);
    (0..slots).map(|slot| Shown::of_twin(&twin, slot)).collect()
}
