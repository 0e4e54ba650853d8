//! The card's gate as a run sets it up, and what it is told of responses.

use contract::template::{Mode, words};
use device::gate::{Exposure, Rate, SlotLimits, TcpState};
use engine::config::Config;
use engine::ledger::Effect;
use risk::{Gate, Side};
use wire::ouch50::Symbol;

use super::frame::OrderFrames;
use super::orders::FIRST;
use super::surroundings::Surroundings;
use crate::error::CliError;

/// Template, limits, rates and numbers; the gate stays disarmed.
pub(super) fn set_up(
    around: &mut dyn Surroundings,
    config: &Config,
    slots: usize,
    frames: &OrderFrames,
) -> Result<(), CliError> {
    let device = &mut around.card().device;
    let mode = frames.mode();
    device.load_template(&words(mode, &frames.headers()))?;
    for (slot, i) in (0..).zip(0..slots) {
        let limits = config.limits(i).to_risk();
        device.set_limits(
            slot,
            &SlotLimits {
                qty_max: limits.qty_max,
                collar: limits.collar,
                position_max: limits.position_max,
                open_orders_max: limits.open_orders_max,
                notional_max: limits.notional_max,
                rate: Rate {
                    tokens: limits.rate_tokens,
                    refill_ns: limits.rate_refill_ns,
                },
                permit: limits.permit,
                bands: limits.bands,
                throttle: limits.throttle,
            },
        )?;
        device.load_position(slot, 0)?;
    }
    let rate = Rate {
        tokens: config.orders.rate_tokens,
        refill_ns: config.orders.rate_refill_ns,
    };
    device.set_port_limits(rate, config.orders.gross_max())?;
    device.clear_gross()?;
    device.set_throttle_ns(config.orders.throttle_ns)?;
    device.commit_limits()?;
    device.set_heartbeat_timeout_ns(config.orders.heartbeat_timeout_ns)?;
    device.set_user_ref_next(FIRST)?;
    if mode == Mode::Tcp {
        device.set_tcp(TcpState {
            sequence: FIRST,
            acknowledgement: FIRST,
            peer_window: u32::from(u16::MAX),
        })?;
    }
    Ok(())
}

/// Tells the card's gate what a response changes the gross notional by, 1/10000 dollar: it does not follow that by itself.
pub(crate) fn tell_gross(around: &mut dyn Surroundings, change: i64) -> Result<(), CliError> {
    if change != 0 {
        around.card().device.add_gross(change)?;
    }
    Ok(())
}

/// Tells the card's gate what a response brings about, and what it changes the gross notional by.
pub(crate) fn tell(around: &mut dyn Surroundings, effect: &Effect, change: i64) -> Result<(), CliError> {
    tell_gross(around, change)?;
    let device = &mut around.card().device;
    match *effect {
        Effect::Executed { entry, shares, done } => match entry.side {
            Side::Buy => device.bought(u32::from(entry.slot), shares, done)?,
            Side::Sell => device.sold(u32::from(entry.slot), shares, done)?,
        },
        Effect::Released {
            entry, shares, done, ..
        } => match entry.side {
            Side::Buy => device.release_buy(u32::from(entry.slot), shares, done)?,
            Side::Sell => device.release_sell(u32::from(entry.slot), shares, done)?,
        },
        Effect::Broken { entry, shares } => {
            let back = i32::try_from(shares).unwrap_or(i32::MAX);
            let signed = if entry.side == Side::Buy { -back } else { back };
            device.correct_position(u32::from(entry.slot), signed)?;
        }
        Effect::Missing(_) => {}
    }
    Ok(())
}

/// The host's books in the card's widths.
pub(crate) fn exposure(gate: &Gate, slot: u8) -> Exposure {
    let position = gate.position(slot);
    let open = |side| u32::try_from(position.open(side)).unwrap_or(u32::MAX);
    let net = position.net().clamp(i64::from(i32::MIN), i64::from(i32::MAX));
    Exposure {
        position: i32::try_from(net).unwrap_or(i32::MAX),
        open_buy: open(Side::Buy),
        open_sell: open(Side::Sell),
    }
}

/// Symbol padded as on the wire; longer ones were refused when they were subscribed.
pub(crate) fn padded(symbol: &str) -> Symbol {
    let mut out = [b' '; 8];
    out.iter_mut()
        .zip(symbol.bytes())
        .for_each(|(to, from)| *to = from);
    out
}
