//! Arguments of `tickforge venue`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use venue::{Config, Faults};
use wire::packetizer;
use wire::soupbintcp::{ServerConfig, padded};

use crate::error::CliError;
use crate::output::Format;

/// Replay a feed file as an exchange: two MoldUDP64 lines, re-requests, snapshots, and OUCH 5.0 orders matched against it
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    tickforge venue --feed day.itch.gz --frames lines.pcap --fault loss-a=1000 --fault gap-every=5000\n  \
    tickforge venue --feed day.itch.gz --speed 10 --orders 127.0.0.1:26400 --udp-a 127.0.0.1:18001 --wait\n\n\
    Faults: loss-a loss-b duplicate-a duplicate-b reorder-a reorder-b duplicate-request stale-request bust (in a\n\
    million), gap-every (packets), session-change-after halt-after halt-messages (messages), disconnect-after (bytes),\n\
    ack-delay (ns). docs/venue.md says what each does.")]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) replay: Replay,
    /// Times faster than real time, or max
    #[arg(long, value_name = "N|max", default_value = "max", value_parser = parse_speed)]
    pub(crate) speed: Speed,
    /// Replay at most this many messages
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
    /// Write the frames of both lines to a capture
    #[arg(long, value_name = "FILE.pcap")]
    pub(crate) frames: Option<PathBuf>,
    /// Send line A to this address
    #[arg(long, value_name = "IP:PORT")]
    pub(crate) udp_a: Option<SocketAddr>,
    /// Send line B to this address
    #[arg(long, value_name = "IP:PORT")]
    pub(crate) udp_b: Option<SocketAddr>,
    /// Take OUCH orders over SoupBinTCP here
    #[arg(long, value_name = "IP:PORT")]
    pub(crate) orders: Option<SocketAddr>,
    /// Serve snapshots over SoupBinTCP here
    #[arg(long, value_name = "IP:PORT")]
    pub(crate) snapshot: Option<SocketAddr>,
    /// Answer MoldUDP64 re-requests here
    #[arg(long, value_name = "IP:PORT")]
    pub(crate) rerequest: Option<SocketAddr>,
    /// Tell the client's account here: each connection gets it as JSON
    #[arg(long, value_name = "IP:PORT")]
    pub(crate) account: Option<SocketAddr>,
    /// Start when an order client has logged in
    #[arg(long, requires = "orders")]
    pub(crate) wait: bool,
    /// Serve so long after the last message
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub(crate) linger: u32,
    /// End, even while lingering, when the order client has logged out
    #[arg(long, requires = "orders")]
    pub(crate) until_logout: bool,
    /// Form of the report
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// What an exchange replays, and how.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Replay {
    /// Feed file: .itch, .itch.gz or .pcap
    #[arg(long, value_name = "FILE")]
    feed: PathBuf,
    /// Most messages a packet
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=100))]
    messages_per_packet: u16,
    /// Session, a number
    #[arg(long, value_name = "N", default_value_t = 1)]
    session: u32,
    /// User of the SoupBinTCP logins
    #[arg(long, value_name = "NAME", default_value = "FORGE")]
    user: String,
    /// Password of the SoupBinTCP logins
    #[arg(long, value_name = "TEXT", default_value = "secret")]
    password: String,
    /// A fault; may be given again
    #[arg(long = "fault", value_name = "NAME=VALUE", value_parser = parse_fault)]
    faults: Vec<(String, u64)>,
    /// Seed of everything random
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    seed: u64,
}

/// Pace of the replay.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Speed {
    /// So many times real time.
    Times(f64),
    /// As fast as it goes.
    Max,
}

impl Speed {
    /// When a message is due, ns behind the first; `None` at once.
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a pace, not a price: microseconds of a day do not matter"
    )]
    pub(crate) fn due_ns(self, since_ns: u64) -> Option<u64> {
        match self {
            Self::Max => None,
            Self::Times(times) => Some((since_ns as f64 / times) as u64),
        }
    }
}

fn parse_speed(text: &str) -> Result<Speed, String> {
    if text == "max" {
        return Ok(Speed::Max);
    }
    let number = text.strip_prefix('x').unwrap_or(text).parse::<f64>();
    let good = number
        .ok()
        .filter(|times| (1e-3..=1e6).contains(times))
        .map(Speed::Times);
    good.ok_or_else(|| format!("expected max or a number from 0.001 to 1000000, got {text}"))
}

fn parse_fault(text: &str) -> Result<(String, u64), String> {
    let wanted = || format!("expected NAME=VALUE with a whole number, got {text}");
    let (name, value) = text.split_once('=').ok_or_else(wanted)?;
    let value = value.parse().map_err(|_| wanted())?;
    set(&mut Faults::default(), name, value)?;
    Ok((name.to_owned(), value))
}

/// Sets a fault by its name.
fn set(faults: &mut Faults, name: &str, value: u64) -> Result<(), String> {
    let rate = |field: &mut u32| match u32::try_from(value) {
        Ok(rate) if rate <= 1_000_000 => {
            *field = rate;
            Ok(())
        }
        _ => Err(format!("{name} is in a million, {value} is more")),
    };
    match name {
        "loss-a" => return rate(&mut faults.loss[0]),
        "loss-b" => return rate(&mut faults.loss[1]),
        "duplicate-a" => return rate(&mut faults.duplicate[0]),
        "duplicate-b" => return rate(&mut faults.duplicate[1]),
        "reorder-a" => return rate(&mut faults.reorder[0]),
        "reorder-b" => return rate(&mut faults.reorder[1]),
        "duplicate-request" => return rate(&mut faults.duplicate_request),
        "stale-request" => return rate(&mut faults.stale_request),
        "bust" => return rate(&mut faults.bust),
        "gap-every" => faults.gap_every = value,
        "session-change-after" => faults.session_change_after = value,
        "halt-after" => faults.halt_after = value,
        "halt-messages" => faults.halt_messages = value,
        "disconnect-after" => faults.disconnect_after_bytes = value,
        "ack-delay" => faults.ack_delay_ns = value,
        _ => return Err(format!("no fault is called {name}; --help lists them")),
    }
    Ok(())
}

impl Replay {
    /// The feed file.
    pub(crate) fn feed(&self) -> &Path {
        &self.feed
    }

    /// The seed.
    pub(crate) const fn seed(&self) -> u64 {
        self.seed
    }

    /// The exchange asked for.
    pub(crate) fn exchange(&self) -> Result<Config, CliError> {
        let mut faults = Faults {
            seed: self.seed,
            ..Faults::default()
        };
        for (name, value) in &self.faults {
            set(&mut faults, name, *value).map_err(CliError::Input)?;
        }
        let mut session = [b'0'; 10];
        session.copy_from_slice(format!("{:010}", self.session).as_bytes());
        let default = Config::default();
        let lines = default.lines.map(|line| packetizer::Config {
            session,
            messages_per_packet: 1..=self.messages_per_packet,
            seed: self.seed,
            ..line
        });
        Ok(Config {
            lines,
            faults,
            ..default
        })
    }

    /// The logins let in.
    pub(crate) fn soup(&self, session: [u8; 10]) -> Result<ServerConfig, CliError> {
        let long = |what, text: &str, most| {
            CliError::Input(format!(
                "--{what} {text}: SoupBinTCP has {most} characters for it"
            ))
        };
        let user = padded(&self.user).ok_or_else(|| long("user", &self.user, 6))?;
        let password = padded(&self.password).ok_or_else(|| long("password", &self.password, 10))?;
        Ok(ServerConfig::new(user, password, session))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_and_faults() {
        assert_eq!(parse_speed("max"), Ok(Speed::Max));
        assert_eq!(parse_speed("x10"), Ok(Speed::Times(10.0)));
        assert_eq!(Speed::Times(10.0).due_ns(1_000), Some(100));
        assert_eq!(Speed::Max.due_ns(1_000), None);
        for bad in ["0", "-1", "fast", "nan", ""] {
            assert!(parse_speed(bad).is_err(), "{bad}");
        }
        assert_eq!(parse_fault("loss-a=7"), Ok(("loss-a".to_owned(), 7)));
        for bad in ["loss-a", "loss-a=x", "loss-c=1", "bust=1000001"] {
            assert!(parse_fault(bad).is_err(), "{bad}");
        }
    }
}
