//! `[orders]` of the configuration: how orders leave the card.

use serde::{Deserialize, Deserializer, de::Error as _};
use std::net::Ipv4Addr;

/// Shortest heartbeat timeout, ns: the time between two looks at the rings has to fit several times.
pub const HEARTBEAT_TIMEOUT_MIN_NS: u32 = 100_000;

/// Transport of the orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// One OUCH message a datagram.
    Udp,
    /// SoupBinTCP over a connection.
    Tcp,
}

/// A MAC address, written `02:00:00:00:00:01`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mac(pub [u8; 6]);

impl<'de> Deserialize<'de> for Mac {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        let bad = || {
            D::Error::custom(format!(
                "`{text}` is no MAC address; write for example 02:00:00:00:00:01"
            ))
        };
        let mut bytes = [0; 6];
        let mut parts = text.split(':');
        for byte in &mut bytes {
            let part = parts.next().filter(|p| p.len() == 2).ok_or_else(bad)?;
            *byte = u8::from_str_radix(part, 16).map_err(|_| bad())?;
        }
        if parts.next().is_some() {
            return Err(bad());
        }
        Ok(Self(bytes))
    }
}

/// How orders leave the card, and what keeps its gate open. The addresses default to locally administered MACs and
/// the documentation network of RFC 5737: no order reaches anybody unless addresses are given.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Orders {
    /// `udp` (default) or `tcp`.
    pub mode: Transport,
    /// MAC address of the card, default 02:00:00:00:00:01.
    pub source_mac: Mac,
    /// MAC address of the venue or the next hop, default 02:00:00:00:00:02.
    pub destination_mac: Mac,
    /// IPv4 address of the card, default 192.0.2.1.
    pub source_ip: Ipv4Addr,
    /// IPv4 address of the venue, default 192.0.2.2.
    pub destination_ip: Ipv4Addr,
    /// Port of the card, default 40000.
    pub source_port: u16,
    /// Port of the venue, default 26400.
    pub destination_port: u16,
    /// Age of the heartbeat from which on the card refuses orders, ns of card time, default 1,000,000.
    pub heartbeat_timeout_ns: u32,
    /// Most orders in a burst over all slots, default 65,535.
    pub rate_tokens: u16,
    /// Time for one more, ns of card time, default 1,000.
    pub rate_refill_ns: u32,
    /// Time in which the throttle of a slot forgets one order, ns of card time, default 1,000,000; 0 forgets none.
    pub throttle_ns: u32,
    /// Firm whose orders the card has cancelled, all of them, when the host has been silent for `heartbeat_timeout_ns`: 1 to 4 letters or digits, the one
    /// the exchange knows the orders by. Without it the card cancels nothing by itself.
    pub watchdog_firm: Option<String>,
}

impl Default for Orders {
    fn default() -> Self {
        Self {
            mode: Transport::Udp,
            source_mac: Mac([2, 0, 0, 0, 0, 1]),
            destination_mac: Mac([2, 0, 0, 0, 0, 2]),
            source_ip: Ipv4Addr::new(192, 0, 2, 1),
            destination_ip: Ipv4Addr::new(192, 0, 2, 2),
            source_port: 40_000,
            destination_port: 26_400,
            heartbeat_timeout_ns: 1_000_000,
            rate_tokens: u16::MAX,
            rate_refill_ns: 1_000,
            throttle_ns: 1_000_000,
            watchdog_firm: None,
        }
    }
}

impl Orders {
    /// The firm of the card's own Mass Cancel, padded as on the wire.
    pub fn watchdog(&self) -> Option<[u8; 4]> {
        let firm = self.watchdog_firm.as_deref()?;
        let mut padded = [b' '; 4];
        padded
            .iter_mut()
            .zip(firm.bytes())
            .for_each(|(to, from)| *to = from);
        Some(padded)
    }

    /// The first value out of its range: field and reason.
    pub(crate) fn wrong(&self) -> Option<(&'static str, String)> {
        if self.heartbeat_timeout_ns < HEARTBEAT_TIMEOUT_MIN_NS {
            return Some((
                "orders.heartbeat_timeout_ns",
                format!(
                    "{} is below {HEARTBEAT_TIMEOUT_MIN_NS}: the card would refuse orders between two heartbeats",
                    self.heartbeat_timeout_ns
                ),
            ));
        }
        for (field, port) in [
            ("orders.source_port", self.source_port),
            ("orders.destination_port", self.destination_port),
        ] {
            if port == 0 {
                return Some((field, "0 is no port".into()));
            }
        }
        if let Some(firm) = &self.watchdog_firm
            && (firm.is_empty() || firm.len() > 4 || !firm.bytes().all(|b| b.is_ascii_alphanumeric()))
        {
            return Some((
                "orders.watchdog_firm",
                format!("`{firm}` is no firm; write 1 to 4 letters or digits"),
            ));
        }
        if self.source_mac.0[0] & 1 == 1 {
            return Some((
                "orders.source_mac",
                "a card cannot send from a group address".into(),
            ));
        }
        None
    }
}
