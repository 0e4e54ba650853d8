//! Host-side pre-trade risk: the checks of the fabric gate, made first in software.
//!
//! Pure state machines in integers, no I/O, no allocation after construction, no clock of their own:
//! time is an argument. The fabric gate repeats every check; a host bug can therefore cost an order,
//! never a limit. Beside them stand the market rules, [`rule`], which only the host checks. `docs/risk.md` says which check answers which
//! requirement.
//!
//! Sources: SEC rule 15c3-5 (c)(1), MiFID II RTS 6 articles 15-17, FIA "Best practices for
//! automated trading risk controls" (2024) section 1.
#![forbid(unsafe_code)]

mod bucket;
mod gate;
mod gross;
mod position;
mod rules;
mod throttle;

pub use bucket::TokenBucket;
pub use gate::{Gate, Market, Order, Verdict};
pub use gross::added;
pub use position::Position;
pub use rules::{Holding, Locates, Quotes, RULES, Rule, RuledOrder, Rules, Ruling, Sale, rule};

/// Limits of one slot. All zero refuses every order: limits must be set to trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// Most shares an order.
    pub qty_max: u32,
    /// How far below the best bid or above the best ask a price may lie, 1/10000 dollar.
    pub collar: u32,
    /// Largest absolute position plus open quantity, shares.
    pub position_max: u32,
    /// Most open orders.
    pub open_orders_max: u16,
    /// Most notional an order, 1/10000 dollar.
    pub notional_max: u64,
    /// Most tokens in the slot's bucket.
    pub rate_tokens: u16,
    /// Time for one token to come back, ns; 0 never.
    pub rate_refill_ns: u32,
    /// Sides an order may have, bits of [`contract::reg::permit`].
    pub permit: u32,
    /// Lowest and highest price, 1/10000 dollar, where bands hold.
    pub bands: Option<[u32; 2]>,
    /// As many orders latch the slot until [`Gate::clear_throttle`]; 0 refuses all.
    pub throttle: u16,
}

/// Side of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// Adds to the position.
    Buy,
    /// Takes from the position.
    Sell,
}

impl Side {
    /// The other side.
    pub const fn other(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg_attr(miri, ignore = "reads a file; no unsafe code is in it")]
    #[test]
    fn every_check_is_in_the_document() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/risk.md");
        let text = std::fs::read_to_string(path).expect("docs/risk.md");
        let checks = contract::event::REASONS
            .iter()
            .map(|reason| format!("{reason:?}"));
        let rules = RULES.iter().map(|rule| format!("{rule:?}"));
        for name in checks.chain(rules) {
            assert!(text.contains(&format!("| `{name}` |")), "{name} is missing");
        }
    }
}
