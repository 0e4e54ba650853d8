//! Every live order by its 64-bit reference; turns an event into what it does to the price levels.
//!
//! There is one table for all slots. An event that names an order of another slot is treated as naming an
//! unknown one; an add or replace onto a reference that is live in any slot is a duplicate.
//!
//! | case | levels | record | anomaly |
//! |---|---|---|---|
//! | E C X D U of an unknown reference | – | no | dangling |
//! | A F of a live reference | – | no | duplicate add |
//! | A F of quantity 0 | – | no | zero quantity |
//! | E C X of more than the order has | all it has is removed | yes | over-execution |
//! | E C X of quantity 0 | quantity 0 is removed | yes | – |
//! | U onto another live reference | the old order is removed | yes | replace onto live |
//! | U to quantity 0 | the old order is removed | yes | zero quantity |
//! | A F without a place in the card's table | – | no | table overflow |
//! | U without a place for the new order | the old order is removed | yes | table overflow |
//!
//! A table of a card's configuration ([`OrderTable::of_card`]) runs out of places as that card does; a new order of a
//! Replace takes its place before the old one has left. [`OrderTable::new`] never runs out.

use std::collections::HashMap;
use std::collections::hash_map::{Entry, OccupiedEntry};
use std::hash::{BuildHasherDefault, Hasher};

use contract::Config;
use contract::record::EventCode;

use crate::Side;
use crate::event::FeedEvent;
use crate::placement::{Place, Placement};

/// What an event does to the levels of one side of a slot; removal comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LevelOp {
    /// Slot index.
    pub slot: u16,
    /// Side both parts concern.
    pub side: Side,
    /// Price and quantity taken away, never more than the order had.
    pub remove: Option<(u32, u32)>,
    /// Price and quantity added.
    pub add: Option<(u32, u32)>,
}

/// Why an event was not what the feed promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Anomaly {
    /// It names an unknown reference.
    Dangling,
    /// It adds a live reference.
    DuplicateAdd,
    /// It adds quantity 0.
    ZeroQuantity,
    /// It takes more than the order has.
    OverExecution,
    /// It replaces onto another live reference.
    ReplaceOntoLive,
    /// The card's table has no place for the order it adds.
    TableOverflow,
}

impl Anomaly {
    /// True when the book may differ from the venue's from here on, so that the slot goes stale.
    pub const fn makes_stale(self) -> bool {
        matches!(
            self,
            Self::OverExecution | Self::ReplaceOntoLive | Self::TableOverflow
        )
    }
}

/// What the table makes of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resolved {
    /// Effect on the levels; both parts `None` when there is none. For P and Q the side is the event's.
    pub op: LevelOp,
    /// A record is due: a book message that was not ignored.
    pub changed: bool,
    /// Quantity traded, clamped to the order: E and printable C of known orders, P.
    pub trade: Option<u32>,
    /// What was wrong.
    pub anomaly: Option<Anomaly>,
}

/// How often each anomaly was met.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Messages that name an unknown reference.
    pub dangling: u64,
    /// Adds of a live reference.
    pub duplicate_add: u64,
    /// Adds of quantity 0.
    pub zero_quantity: u64,
    /// Executions and cancels that exceed the order.
    pub over_execution: u64,
    /// Replaces onto another live reference.
    pub replace_onto_live: u64,
    /// Orders that went into the stash of the card's table.
    pub stash_used: u64,
    /// Orders lost because the card's table had no place.
    pub table_overflow: u64,
}

impl Counters {
    fn count(&mut self, anomaly: Anomaly) {
        let counter = match anomaly {
            Anomaly::Dangling => &mut self.dangling,
            Anomaly::DuplicateAdd => &mut self.duplicate_add,
            Anomaly::ZeroQuantity => &mut self.zero_quantity,
            Anomaly::OverExecution => &mut self.over_execution,
            Anomaly::ReplaceOntoLive => &mut self.replace_onto_live,
            Anomaly::TableOverflow => &mut self.table_overflow,
        };
        *counter += 1;
    }
}

/// A live order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// Slot index.
    pub slot: u16,
    /// Side.
    pub side: Side,
    /// Price in 1/10000 dollar.
    pub price: u32,
    /// Shares left.
    pub quantity: u32,
}

/// Odd, from the golden ratio.
const MIXER: u64 = 0x9e37_79b9_7f4a_7c15;

/// Mixes a reference by one widening multiplication: references count up, so their low bits alone would
/// do, but a venue may stride them.
#[derive(Debug, Clone, Copy, Default)]
struct ReferenceHasher(u64);

impl Hasher for ReferenceHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(self.0 ^ u64::from(*byte));
        }
    }

    #[allow(
        clippy::cast_possible_truncation,
        reason = "both halves of the product are folded together"
    )]
    fn write_u64(&mut self, reference: u64) {
        let product = u128::from(reference) * u128::from(MIXER);
        self.0 = (product as u64) ^ ((product >> 64) as u64);
    }
}

/// All live orders.
#[derive(Debug, Clone, Default)]
pub struct OrderTable {
    orders: HashMap<u64, Order, BuildHasherDefault<ReferenceHasher>>,
    placement: Option<Placement>,
    counters: Counters,
}

impl OrderTable {
    /// An empty table.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty table with the places of a card of this configuration.
    pub fn of_card(config: &Config) -> Self {
        Self {
            placement: Some(Placement::new(config)),
            ..Self::default()
        }
    }

    /// Live orders.
    pub fn len(&self) -> usize {
        self.orders.len()
    }

    /// True when no order is live.
    pub fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    /// The live order with this reference.
    pub fn get(&self, reference: u64) -> Option<&Order> {
        self.orders.get(&reference)
    }

    /// Anomalies met so far.
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Forgets the orders of a slot, as subscribing it anew does.
    pub fn clear_slot(&mut self, slot: u16) {
        let placement = &mut self.placement;
        self.orders.retain(|reference, order| {
            let stays = order.slot != slot;
            if !stays {
                release(placement, *reference);
            }
            stays
        });
    }

    /// Applies an event.
    pub fn apply(&mut self, event: &FeedEvent) -> Resolved {
        let resolved = match event.kind {
            EventCode::Add | EventCode::AddMpid => self.add(event),
            EventCode::Execute | EventCode::ExecutePrice | EventCode::Cancel => self.reduce(event),
            EventCode::Delete => self.delete(event),
            EventCode::Replace => self.replace(event),
            EventCode::Trade => Resolved {
                trade: Some(event.quantity),
                ..untouched(event)
            },
            EventCode::Cross => untouched(event),
        };
        if let Some(anomaly) = resolved.anomaly {
            self.counters.count(anomaly);
        }
        resolved
    }

    fn add(&mut self, event: &FeedEvent) -> Resolved {
        if let Some(anomaly) = self.insert(event.reference, event, event.side, Anomaly::DuplicateAdd) {
            return ignored(event, anomaly);
        }
        let add = Some((event.price, event.quantity));
        changed(LevelOp {
            add,
            ..untouched(event).op
        })
    }

    fn reduce(&mut self, event: &FeedEvent) -> Resolved {
        let Some(mut entry) = self.named(event) else {
            return ignored(event, Anomaly::Dangling);
        };
        let order = entry.get_mut();
        let taken = event.quantity.min(order.quantity);
        let before = *order;
        order.quantity -= taken;
        if order.quantity == 0 {
            entry.remove();
            release(&mut self.placement, event.reference);
        }
        let op = LevelOp {
            slot: event.slot,
            side: before.side,
            remove: Some((before.price, taken)),
            add: None,
        };
        Resolved {
            trade: event.printable.then_some(taken),
            anomaly: (taken < event.quantity).then_some(Anomaly::OverExecution),
            ..changed(op)
        }
    }

    /// The order an event names, if there is one of its slot: found once, whatever becomes of it.
    fn named(&mut self, event: &FeedEvent) -> Option<OccupiedEntry<'_, u64, Order>> {
        match self.orders.entry(event.reference) {
            Entry::Occupied(entry) if entry.get().slot == event.slot => Some(entry),
            _ => None,
        }
    }

    /// Takes an order of the event's slot out of the table; its place stays taken.
    fn take(&mut self, event: &FeedEvent) -> Option<Order> {
        self.named(event).map(OccupiedEntry::remove)
    }

    fn delete(&mut self, event: &FeedEvent) -> Resolved {
        match self.take(event) {
            Some(order) => {
                release(&mut self.placement, event.reference);
                changed(removal(&order))
            }
            None => ignored(event, Anomaly::Dangling),
        }
    }

    fn replace(&mut self, event: &FeedEvent) -> Resolved {
        let Some(order) = self.take(event) else {
            return ignored(event, Anomaly::Dangling);
        };
        let op = removal(&order);
        let left = self.placement.as_mut().and_then(|p| p.forget(event.reference));
        let anomaly = self.insert(event.new_reference, event, order.side, Anomaly::ReplaceOntoLive);
        if let (Some(placement), Some(place)) = (&mut self.placement, left) {
            placement.free(place);
        }
        let add = anomaly.is_none().then_some((event.price, event.quantity));
        Resolved {
            anomaly,
            ..changed(LevelOp { add, ..op })
        }
    }

    /// Takes an order in; or says why not: `live` when its reference is.
    fn insert(&mut self, reference: u64, event: &FeedEvent, side: Side, live: Anomaly) -> Option<Anomaly> {
        let Entry::Vacant(entry) = self.orders.entry(reference) else {
            return Some(live);
        };
        if event.quantity == 0 {
            return Some(Anomaly::ZeroQuantity);
        }
        if let Some(placement) = &mut self.placement {
            let Some(place) = placement.take(reference) else {
                return Some(Anomaly::TableOverflow);
            };
            self.counters.stash_used += u64::from(matches!(place, Place::Stash(_)));
        }
        entry.insert(Order {
            slot: event.slot,
            side,
            price: event.price,
            quantity: event.quantity,
        });
        None
    }
}

/// The place of a reference becomes free.
fn release(placement: &mut Option<Placement>, reference: u64) {
    if let Some(placement) = placement
        && let Some(place) = placement.forget(reference)
    {
        placement.free(place);
    }
}

fn removal(order: &Order) -> LevelOp {
    LevelOp {
        slot: order.slot,
        side: order.side,
        remove: Some((order.price, order.quantity)),
        add: None,
    }
}

fn changed(op: LevelOp) -> Resolved {
    Resolved {
        op,
        changed: true,
        trade: None,
        anomaly: None,
    }
}

fn untouched(event: &FeedEvent) -> Resolved {
    let op = LevelOp {
        slot: event.slot,
        side: event.side,
        remove: None,
        add: None,
    };
    Resolved {
        op,
        changed: false,
        trade: None,
        anomaly: None,
    }
}

fn ignored(event: &FeedEvent, anomaly: Anomaly) -> Resolved {
    Resolved {
        anomaly: Some(anomaly),
        ..untouched(event)
    }
}

#[cfg(test)]
mod tests;
