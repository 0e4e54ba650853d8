//! A card whose frames come over its own ports: silicon, or a simulated card that is fed by somebody else.

use std::net::SocketAddrV4;
use std::path::Path;

use contract::port::PciDevice;
use engine::clock::Clock;
use pcie::{Bdf, PcieError, Vfio, VfioUser, VfioUserOptions};
use wire::packetizer::Config;

use super::rows::{drain, finish, subscription};
use super::{CardChoice, Counters, Request, RowSink, Source};
use crate::error::CliError;
use crate::reception::Reception;

/// How long the feed may stand still before it is called ended too early, ns.
const SILENCE_NS: u64 = 20_000_000_000;
/// Looks at an empty ring between two looks at the card's counters.
const LOOKS: u32 = 10_000;

/// How long a feed has stood still.
#[derive(Debug)]
pub(crate) struct Silence(Clock);

impl Silence {
    /// From now on.
    pub(crate) fn start() -> Self {
        Self(Clock::start())
    }

    /// An error when it has lasted too long; the card waits for message `next` of `messages`.
    pub(crate) fn check(&self, next: u64, messages: u64) -> Result<(), CliError> {
        if self.0.ns() <= SILENCE_NS {
            return Ok(());
        }
        Err(CliError::Check(format!(
            "the card has received {} of {messages} messages and none for {} s; is the feed sent to its ports, with session and addresses as subscribed?",
            next.saturating_sub(1),
            SILENCE_NS / 1_000_000_000
        )))
    }
}

/// A card that receives by itself.
#[derive(Debug)]
pub(crate) struct WireSource {
    port: Option<Box<dyn PciDevice>>,
    feed: Config,
}

impl WireSource {
    /// Opens the card; its feed is sent to `address`.
    pub(crate) fn open(card: &CardChoice, address: SocketAddrV4) -> Result<Self, CliError> {
        let feed = Config {
            group: address.ip().octets(),
            port: address.port(),
            ..Config::default()
        };
        Ok(Self {
            port: Some(open(card)?),
            feed,
        })
    }
}

/// Opens a card behind a bus.
pub(crate) fn open(card: &CardChoice) -> Result<Box<dyn PciDevice>, CliError> {
    let opened: Result<Box<dyn PciDevice>, PcieError> = match card {
        CardChoice::Vfio(bdf) => bdf
            .parse::<Bdf>()
            .and_then(Vfio::open)
            .map(|card| Box::new(card) as Box<dyn PciDevice>),
        CardChoice::VfioUser(socket) => VfioUser::connect(Path::new(socket), VfioUserOptions::default())
            .map(|card| Box::new(card) as Box<dyn PciDevice>),
        CardChoice::Sim | CardChoice::Twin => {
            return Err(CliError::Input(
                "this card has no ports of its own; use vfio:BDF or vfio-user:SOCKET".to_owned(),
            ));
        }
    };
    opened.map_err(|error| CliError::Input(error.to_string()))
}

impl Source for WireSource {
    fn levels_max(&self) -> usize {
        contract::config::BOOK_LEVELS as usize
    }

    fn run(
        &mut self,
        request: &Request,
        _levels: usize,
        sink: &mut RowSink<'_>,
    ) -> Result<Counters, CliError> {
        let again = || CliError::Check("this card has had its run; open it again".to_owned());
        let mut port = self.port.take().ok_or_else(again)?;
        // Whoever had the card before may have left it in any state.
        port.reset().map_err(device::DeviceError::from)?;
        let mut card = Reception::on(port, &[subscription(request)], &self.feed)?;
        eprintln!(
            "the card receives: send the feed to {}:{}",
            std::net::Ipv4Addr::from(self.feed.group),
            self.feed.port
        );
        let flagged = receive(&mut card, request.messages, sink)?;
        finish(&mut card, request.messages, flagged)
    }
}

/// Hands on records until the card has taken in `messages`; returns how many are inexact.
fn receive(card: &mut Reception, messages: u64, sink: &mut RowSink<'_>) -> Result<u64, CliError> {
    let (mut flagged, mut next, mut silence) = (0, 0, Silence::start());
    while next <= messages {
        for _ in 0..LOOKS {
            flagged += drain(card, sink)?;
            std::thread::yield_now();
        }
        let seen = card.device.next_seq()?;
        if seen != next {
            (next, silence) = (seen, Silence::start());
        }
        silence.check(next, messages)?;
    }
    card.device.wait_idle()?;
    Ok(flagged + drain(card, sink)?)
}
