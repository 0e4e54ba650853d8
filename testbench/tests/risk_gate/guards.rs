//! The checks above EventsFull, one at a time.

use crate::directed::{GOOD, only};
use crate::world::World;
use contract::event::Reason;
use contract::reg::permit;
use contract::slot::Kind;
use testbench::Verdict;
use testbench::golden::risk_gate::{Outcome, Request};

/// Every side against every set of permitted ones.
fn restricted(world: &mut World<'_>) -> Verdict {
    for permitted in 0..=permit::SIDES {
        world.calm()?;
        world.write_now(GOOD.slot, "PERMIT", permitted)?;
        world.write_now(GOOD.slot, "OPEN_MAX", 100)?;
        world.pulse(3, 1);
        world.cycle()?;
        for side in *b"BSTE\0" {
            let order = Request {
                buy: side == b'B',
                sale: side,
                qty: 1,
                ..GOOD
            };
            let good = permitted & permit::of(side) != 0;
            let wanted = if good {
                Outcome::default()
            } else {
                only(Reason::Restricted, side.into(), permitted)
            };
            world.expect("side", order, wanted)?;
            let cancel = Request {
                kind: Kind::Cancel as u8,
                ..order
            };
            world.expect("cancel of any side", cancel, Outcome::default())?;
        }
    }
    Ok(())
}

pub(crate) fn all(world: &mut World<'_>) -> Verdict {
    restricted(world)
}
