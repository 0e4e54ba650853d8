//! Which checks hold for a kind of request.
//!
//! - A new order (Enter, Trigger, and any kind that is none): all but Original.
//! - Replace: all but OpenOrders, for it opens no further one.
//! - What only takes away (Cancel, Raw, Mass Cancel, the watchdog's, Disable Order Entry): Malformed, Sequence, Epoch, the port's Rate, EventsFull, TcpWindow.
//! - Modify: those, and Restricted, for it gives a sale another marking.
//! - Enable Order Entry: those, and Killed, NotArmed, Heartbeat.
//!
//! Latency: combinational. Back-pressure: none.

use contract::event::Reason;
use contract::slot::Kind;
use rust_hdl::prelude::*;

/// Kinds that open no order and are in nobody's place.
const OTHERS: [Kind; 7] = [
    Kind::Cancel,
    Kind::Raw,
    Kind::MassCancel,
    Kind::DisableEntry,
    Kind::Modify,
    Kind::EnableEntry,
    Kind::Watchdog,
];
/// Checks that hold for all of them.
const OF_CANCELS: [Reason; 6] = [
    Reason::Malformed,
    Reason::Sequence,
    Reason::Epoch,
    Reason::Rate,
    Reason::EventsFull,
    Reason::TcpWindow,
];

/// The bits of checks.
fn bits(reasons: &[Reason]) -> u64 {
    reasons.iter().fold(0, |all, reason| all | 1 << *reason as u32)
}

/// The checks of one of [`OTHERS`].
fn checks(kind: Kind) -> u64 {
    bits(&OF_CANCELS)
        | match kind {
            Kind::Modify => bits(&[Reason::Restricted]),
            Kind::EnableEntry => bits(&[Reason::Killed, Reason::NotArmed, Reason::Heartbeat]),
            _ => 0,
        }
}

/// See the module's text.
#[derive(LogicBlock)]
pub struct Classes {
    pub kind: Signal<In, Bits<8>>,
    /// An order, new or in the place of another.
    pub order: Signal<Out, Bit>,
    /// In the place of another.
    pub replaces: Signal<Out, Bit>,
    /// The watchdog's: refused, it is asked again, and nobody is told.
    pub quiet: Signal<Out, Bit>,
    /// A bit a check that holds.
    pub keeps: Signal<Out, Bits<24>>,
    is_replace: Signal<Local, Bit>,
    others: [Constant<Bits<8>>; 7],
    of_others: [Constant<Bits<24>>; 7],
    replace_kind: Constant<Bits<8>>,
    watchdog_kind: Constant<Bits<8>>,
    of_orders: Constant<Bits<24>>,
    of_replaces: Constant<Bits<24>>,
}

impl Default for Classes {
    fn default() -> Self {
        let all = (1 << super::screen::CHECKS) - 1;
        Self {
            kind: Default::default(),
            order: Default::default(),
            replaces: Default::default(),
            quiet: Default::default(),
            keeps: Default::default(),
            is_replace: Default::default(),
            others: OTHERS.map(|kind| Constant::new((kind as u64).into())),
            of_others: OTHERS.map(|kind| Constant::new(checks(kind).into())),
            replace_kind: Constant::new((Kind::Replace as u64).into()),
            watchdog_kind: Constant::new((Kind::Watchdog as u64).into()),
            of_orders: Constant::new((all & !bits(&[Reason::Original])).into()),
            of_replaces: Constant::new((all & !bits(&[Reason::OpenOrders])).into()),
        }
    }
}

impl Logic for Classes {
    #[hdl_gen]
    fn update(&mut self) {
        self.is_replace.next = self.kind.val() == self.replace_kind.val();
        self.replaces.next = self.is_replace.val();
        self.quiet.next = self.kind.val() == self.watchdog_kind.val();
        self.order.next = true;
        self.keeps.next = self.of_orders.val();
        if self.is_replace.val() {
            self.keeps.next = self.of_replaces.val();
        }
        for i in 0..7 {
            if self.kind.val() == self.others[i].val() {
                self.order.next = false;
                self.keeps.next = self.of_others[i].val();
            }
        }
    }
}
