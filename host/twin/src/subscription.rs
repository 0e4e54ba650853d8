//! Which locate belongs to which slot.
//!
//! A slot is subscribed by symbol, which binds to the locate of the first message that names it, or
//! by locate where a file has no stock directory. A bound slot stays bound.

use wire::itch50::{AddOrderAttributedView, AddOrderView, StockDirectoryView};

const UNBOUND: u16 = u16::MAX;

/// What a slot follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A symbol, padded with spaces.
    Symbol([u8; 8]),
    /// A stock locate.
    Locate(u16),
}

/// The subscribed slots.
#[derive(Debug, Clone)]
pub struct Subscriptions {
    slot_of_locate: Vec<u16>,
    /// Symbols that wait for their locate, with their slot.
    waiting: Vec<([u8; 8], u16)>,
    slots: u16,
}

impl Subscriptions {
    /// One slot a target, in order.
    ///
    /// # Panics
    /// With 65,535 targets or more.
    pub fn new(targets: &[Target]) -> Self {
        let slots = u16::try_from(targets.len()).ok().filter(|slots| *slots < UNBOUND);
        let slots = slots.expect("slots are counted in 16 bits");
        let mut new = Self {
            slot_of_locate: vec![UNBOUND; 1 << 16],
            waiting: Vec::new(),
            slots,
        };
        for (slot, target) in (0..slots).zip(targets) {
            match target {
                Target::Symbol(symbol) => new.waiting.push((*symbol, slot)),
                Target::Locate(locate) => new.slot_of_locate[usize::from(*locate)] = slot,
            }
        }
        new
    }

    /// Number of slots.
    pub fn slots(&self) -> u16 {
        self.slots
    }

    /// Binds a waiting symbol if this well-formed message is the first R, A or F that names it.
    pub fn observe(&mut self, message: &[u8]) {
        if self.waiting.is_empty() {
            return;
        }
        let Some((locate, symbol)) = named_symbol(message) else {
            return;
        };
        if let Some(index) = self.waiting.iter().position(|(waiting, _)| *waiting == symbol) {
            let (_, slot) = self.waiting.swap_remove(index);
            self.slot_of_locate[usize::from(locate)] = slot;
        }
    }

    /// The slot that follows a locate.
    pub fn slot(&self, locate: u16) -> Option<u16> {
        Some(self.slot_of_locate[usize::from(locate)]).filter(|slot| *slot != UNBOUND)
    }
}

/// Locate and symbol of an R, A or F.
pub fn named_symbol(message: &[u8]) -> Option<(u16, [u8; 8])> {
    match message.first()? {
        b'R' => StockDirectoryView::new_checked(message)
            .map(|m| (m.header().locate, m.stock()))
            .ok(),
        b'A' => AddOrderView::new_checked(message)
            .map(|m| (m.header().locate, m.stock()))
            .ok(),
        b'F' => AddOrderAttributedView::new_checked(message)
            .map(|m| (m.header().locate, m.stock()))
            .ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::itch50::{AddOrder, Header, Message, symbol};

    fn add(locate: u16, name: &str) -> Vec<u8> {
        let header = Header {
            locate,
            tracking: 0,
            timestamp_ns: 0,
        };
        let stock = symbol(name).unwrap();
        Message::from(AddOrder {
            header,
            reference: 1,
            side: b'B',
            shares: 1,
            stock,
            price: 1,
        })
        .to_vec()
    }

    #[test]
    fn a_symbol_binds_once_and_a_locate_at_once() {
        let targets = [Target::Symbol(*b"GOOG    "), Target::Locate(9)];
        let mut subscriptions = Subscriptions::new(&targets);
        assert_eq!(
            (
                subscriptions.slots(),
                subscriptions.slot(4),
                subscriptions.slot(9)
            ),
            (2, None, Some(1))
        );
        subscriptions.observe(&add(3, "GOO"));
        subscriptions.observe(&add(4, "GOOG"));
        subscriptions.observe(&add(5, "GOOG"));
        assert_eq!(
            [3, 4, 5].map(|locate| subscriptions.slot(locate)),
            [None, Some(0), None]
        );
    }

    #[test]
    fn malformed_messages_bind_nothing() {
        let mut subscriptions = Subscriptions::new(&[Target::Symbol(*b"GOOG    ")]);
        subscriptions.observe(&add(4, "GOOG")[..35]);
        subscriptions.observe(&[]);
        assert_eq!(subscriptions.slot(4), None);
    }
}
