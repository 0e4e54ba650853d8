//! A run on a card whose feed comes over its own ports: the file only says what to expect.

use std::net::SocketAddrV4;

use contract::reg::capability;
use device::DeviceError;
use device::feed::Subscription;
use engine::clock::Clock;
use engine::config::Config;
use wire::packetizer::Config as FeedConfig;

use super::faults::Faults;
use super::lockstep::Lockstep;
use super::orders::OrderPath;
use super::report::{CardReport, Fed, Report};
use super::surroundings::OwnPorts;
use super::{Args, Trading, desk::Desk};
use crate::error::CliError;
use crate::progress;
use crate::reception::Reception;
use crate::source::{Silence, open_port};

/// Looks at an empty ring between two looks at the card's counters.
const LOOKS: u32 = 1_000;

/// The twin, which follows the card through the file.
struct Follower<'a> {
    feed: wire::feed::Feed,
    at: u64,
    lockstep: &'a mut Lockstep,
}

impl Follower<'_> {
    /// The twin takes all messages up to number `last`.
    fn up_to(&mut self, last: u64) -> Result<(), CliError> {
        while self.at < last
            && let Some(message) = self.feed.next_message()?
        {
            self.at += 1;
            self.lockstep.expect(message.bytes, self.at);
        }
        Ok(())
    }
}

/// The run; each record is held against the twin's. The `kind` of card is for the report.
pub(super) fn run(
    (args, kind): (&Args, &'static str),
    address: SocketAddrV4,
    config: &Config,
    slots: &[Subscription],
    total: u64,
    (mut lockstep, desk): (Lockstep, &mut Desk),
) -> Result<Report, CliError> {
    let feed_config = FeedConfig {
        group: address.ip().octets(),
        port: address.port(),
        ..FeedConfig::default()
    };
    let mut port = open_port(&args.card)?;
    // Whoever had the card before may have left it in any state.
    port.reset().map_err(DeviceError::from)?;
    let mut around = OwnPorts {
        card: Reception::quiet(port, slots, &feed_config)?,
    };
    let order_path = around.card.device.has(capability::ORDERS);
    let mut orders = if order_path {
        Some(OrderPath::open(&mut around, config, slots)?)
    } else {
        None
    };
    around.card.device.enable_receive()?;
    eprintln!("the card receives: send the feed to {address}");
    let clock = Clock::start();
    let mut follower = Follower {
        feed: wire::feed::open(&args.feed)?,
        at: 0,
        lockstep: &mut lockstep,
    };
    let mut trading = Trading {
        desk,
        orders: &mut orders,
        faults: Faults::new(&[]),
    };
    if let Err(error) = receive(&mut around, &mut follower, &mut trading, total) {
        if around.card.device.regs.gone() {
            // Nothing leaves any more, and of what is on its way nothing is known.
            trading.desk.kill();
            let open = orders.as_ref().map_or(0, OrderPath::open_orders);
            eprintln!("kill latched: {open} orders are without their event");
        }
        return Err(error);
    }
    let fed = Fed {
        messages: total,
        elapsed_ns: clock.ns(),
        cycles: 0,
        ending: around.card.ending(total)?,
    };
    lockstep.finish();
    if let Some(orders) = &mut orders {
        orders.finish(&mut around, desk.gate())?;
    }
    let card = CardReport {
        kind,
        configuration: around.card.device.config().name,
        verilog_sha256: None,
        cycles: 0,
        order_path,
        compared: true,
    };
    Ok(Report::new((card, None), fed, &lockstep, desk, orders.as_ref()))
}

/// Records and orders until the card has taken in `total` messages.
fn receive(
    around: &mut OwnPorts,
    follower: &mut Follower<'_>,
    trading: &mut Trading<'_>,
    total: u64,
) -> Result<(), CliError> {
    let bar = progress::bar(total);
    let (mut next, mut silence) = (0, Silence::start());
    while next <= total {
        for _ in 0..LOOKS {
            if drain(around, follower, trading)? == 0 {
                std::thread::yield_now();
            }
        }
        let seen = around.card.device.next_seq()?;
        if seen != next {
            (next, silence) = (seen, Silence::start());
            bar.set_position(seen.saturating_sub(1));
        }
        silence.check(next, total)?;
        if let Some(orders) = trading.orders {
            orders.look(around)?;
        }
    }
    around.card.device.wait_idle()?;
    drain(around, follower, trading)?;
    follower.up_to(total)?;
    bar.finish_and_clear();
    Ok(())
}

/// Takes what is in the ring; returns how many records that were.
fn drain(
    around: &mut OwnPorts,
    follower: &mut Follower<'_>,
    trading: &mut Trading<'_>,
) -> Result<u32, CliError> {
    let mut taken = 0;
    loop {
        let clock = Clock::start();
        let Some(record) = around.card.record()? else {
            break;
        };
        taken += 1;
        trading.desk.polled(clock.ns());
        if let Some(levels) = &record.levels {
            follower.up_to(levels.msg_seq)?;
        }
        follower.lockstep.compare(&record);
        trading.decide(around, &record.core)?;
    }
    Ok(taken)
}
