//! `[orders]` of the configuration: how orders leave the card.

use serde::{Deserialize, Deserializer, de::Error as _};
use std::net::Ipv4Addr;

/// Shortest heartbeat timeout, ns: the time between two looks at the rings has to fit several times.
pub const HEARTBEAT_TIMEOUT_MIN_NS: u32 = 100_000;

schema::choice! {
    /// Transport of the orders.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Transport {
        /// One OUCH message a datagram.
        Udp = "udp",
        /// SoupBinTCP over a connection.
        Tcp = "tcp",
    }
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

schema::value!(Mac: "MAC address, as \"02:00:00:00:00:01\"", |mac: &Mac| {
    let bytes = mac.0.map(|byte| format!("{byte:02x}"));
    format!("{:?}", bytes.join(":"))
});

schema::section! {
    /// How orders leave the card, and what keeps its gate open. The addresses default to locally administered MACs and
    /// the documentation network of RFC 5737: no order reaches anybody unless addresses are given.
    #[derive(Debug, Clone, PartialEq)]
    pub struct Orders {
        /// What carries the orders.
        pub mode: Transport = Transport::Udp, "" => ["TABLE_DATA"] "host/cli/src/cmd/run/frame.rs";
        /// MAC address of the card.
        pub source_mac: Mac = Mac([2, 0, 0, 0, 0, 1]), "" => ["TABLE_DATA"] "host/cli/src/cmd/run/frame.rs";
        /// MAC address of the venue or the next hop.
        pub destination_mac: Mac = Mac([2, 0, 0, 0, 0, 2]), "" => ["TABLE_DATA"] "host/cli/src/cmd/run/frame.rs";
        /// IPv4 address of the card.
        pub source_ip: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1), "" => ["TABLE_DATA"] "host/cli/src/cmd/run/frame.rs";
        /// IPv4 address of the venue.
        pub destination_ip: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2), "" => ["TABLE_DATA"] "host/cli/src/cmd/run/frame.rs";
        /// Port of the card.
        pub source_port: u16 = 40_000, "" => ["TABLE_DATA"] "host/cli/src/cmd/run/frame.rs";
        /// Port of the venue.
        pub destination_port: u16 = 26_400, "" => ["TABLE_DATA"] "host/cli/src/cmd/run/frame.rs";
        /// Age of the heartbeat from which on the card refuses orders.
        pub heartbeat_timeout_ns: u32 = 1_000_000, "ns of card time" => ["HEARTBEAT_TIMEOUT_NS"] "host/device/src/gate.rs";
        /// Most orders in a burst over all slots.
        pub rate_tokens: u16 = u16::MAX, "orders" => ["RATE_TOKENS"] "host/risk/src/bucket.rs";
        /// Time for one more.
        pub rate_refill_ns: u32 = 1_000, "ns of card time" => ["RATE_REFILL_NS"] "host/risk/src/bucket.rs";
        /// Most value of all that is open or held, over all slots; 0 refuses every order.
        pub gross_max_dollars: u64 = 100_000_000, "whole dollars" => ["GROSS_MAX_LO", "GROSS_MAX_HI"] "host/risk/src/gross.rs";
        /// Time in which the throttle of a slot forgets one order; 0 forgets none.
        pub throttle_ns: u32 = 1_000_000, "ns of card time" => ["THROTTLE_NS"] "host/risk/src/throttle.rs";
        /// Firm whose orders the card has cancelled, all of them, when the host has been silent for `heartbeat_timeout_ns`: 1 to 4 letters or digits,
        /// the one the exchange knows the orders by. Without it the card cancels nothing by itself.
        pub watchdog_firm: Option<String> = None, "" => ["WATCHDOG_FIRM", "WATCHDOG_CANCEL"] "host/cli/src/cmd/run/orders/watchdog.rs";
    }
}

impl Orders {
    /// Limit of the gross notional, 1/10000 dollar.
    pub const fn gross_max(&self) -> u64 {
        self.gross_max_dollars.saturating_mul(10_000)
    }

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

    /// Every value out of its range: key and reason.
    pub(crate) fn wrong(&self) -> Vec<(&'static str, String)> {
        let mut wrong = Vec::new();
        if self.heartbeat_timeout_ns < HEARTBEAT_TIMEOUT_MIN_NS {
            wrong.push((
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
                wrong.push((field, "0 is no port".into()));
            }
        }
        if let Some(firm) = &self.watchdog_firm
            && (firm.is_empty() || firm.len() > 4 || !firm.bytes().all(|b| b.is_ascii_alphanumeric()))
        {
            wrong.push((
                "orders.watchdog_firm",
                format!("`{firm}` is no firm; write 1 to 4 letters or digits"),
            ));
        }
        let gross = crate::config::too_dear(self.gross_max_dollars);
        wrong.extend(gross.map(|why| ("orders.gross_max_dollars", why)));
        if self.source_mac.0[0] & 1 == 1 {
            wrong.push((
                "orders.source_mac",
                "a card cannot send from a group address".into(),
            ));
        }
        wrong
    }
}
