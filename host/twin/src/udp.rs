//! Which frames carry a MoldUDP64 packet for us: golden model of `udp_rx`.

use contract::counter;

/// What a receive line listens to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subscription {
    /// IPv4 destination.
    pub group: [u8; 4],
    /// UDP destination port.
    pub port: u16,
}

/// Why a frame carries nothing for us; the first check that fails, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Another EtherType, or too short for its headers.
    NotIpv4,
    /// IPv4 version, header length, total length or checksum wrong.
    IpHeader,
    /// A fragment.
    Fragment,
    /// Another protocol.
    NotUdp,
    /// Another address or port.
    NotSubscribed,
    /// UDP length below 8, past the IPv4 payload, or past the end of the frame.
    UdpLength,
}

impl Refusal {
    /// Name of the contract's line counter that counts it.
    pub const fn counter(self) -> &'static str {
        match self {
            Self::NotIpv4 => "not_ipv4",
            Self::IpHeader => "ip_header",
            Self::Fragment => "fragment",
            Self::NotUdp => "not_udp",
            Self::NotSubscribed => "not_subscribed",
            Self::UdpLength => "udp_length",
        }
    }
}

/// Where the UDP payload lies, as the headers say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payload {
    /// Byte offset in the frame.
    pub offset: usize,
    /// UDP length − 8, bytes.
    pub len: usize,
    /// The frame is long enough for the IPv4 packet it announces.
    pub complete: bool,
}

/// Checks the headers of a frame (without FCS). A frame that ends too early is not refused here: messages
/// leave before its end is seen; see [`Payload::complete`].
///
/// # Errors
/// The first [`Refusal`].
pub fn headers(frame: &[u8], subscription: &Subscription) -> Result<Payload, Refusal> {
    let word = |at: usize| u16::from_be_bytes([frame[at], frame[at + 1]]);
    if frame.len() < 14 {
        return Err(Refusal::NotIpv4);
    }
    let ip = if word(12) == 0x8100 { 18 } else { 14 };
    if frame.len() < ip + 28 || word(ip - 2) != 0x0800 {
        return Err(Refusal::NotIpv4);
    }
    let sum: u32 = (0..10).map(|n| u32::from(word(ip + 2 * n))).sum();
    let total_len = usize::from(word(ip + 2));
    if frame[ip] != 0x45 || total_len < 20 || !sum.is_multiple_of(0xffff) {
        return Err(Refusal::IpHeader);
    }
    if word(ip + 6) & 0x3fff != 0 {
        return Err(Refusal::Fragment);
    }
    if frame[ip + 9] != 17 {
        return Err(Refusal::NotUdp);
    }
    if frame[ip + 16..ip + 20] != subscription.group || word(ip + 22) != subscription.port {
        return Err(Refusal::NotSubscribed);
    }
    let udp_len = usize::from(word(ip + 24));
    if udp_len < 8 || udp_len + 20 > total_len {
        return Err(Refusal::UdpLength);
    }
    Ok(Payload {
        offset: ip + 28,
        len: udp_len - 8,
        complete: frame.len() >= ip + total_len,
    })
}

/// Line counters, in the contract's order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LineCounts(pub [u64; counter::LINE_COUNTERS.len()]);

impl LineCounts {
    /// Adds one.
    ///
    /// # Panics
    /// When the contract has no counter of that name.
    pub fn bump(&mut self, name: &str) {
        self.add(name, 1);
    }

    /// Adds `n`.
    ///
    /// # Panics
    /// When the contract has no counter of that name.
    pub fn add(&mut self, name: &str, n: u64) {
        self.0[counter::line(false, name)] += n;
    }

    /// Value of the counter `name`.
    ///
    /// # Panics
    /// When the contract has no counter of that name.
    pub fn get(&self, name: &str) -> u64 {
        self.0[counter::line(false, name)]
    }
}

/// What `udp_rx` says at the end of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// Headers good, complete, FCS good.
    pub good: bool,
    /// FCS bad, or it ended before its UDP payload did: what was delivered of it may be wrong.
    pub bad: bool,
}

/// Judges a whole frame and counts it. `mac_bad` is the MAC's verdict: bad FCS, abort, truncation.
pub fn end(frame: &[u8], mac_bad: bool, subscription: &Subscription, counts: &mut LineCounts) -> End {
    if mac_bad {
        counts.bump("bad_frame");
        return End {
            good: false,
            bad: true,
        };
    }
    counts.bump("frames");
    match headers(frame, subscription) {
        Err(refusal) => {
            counts.bump(refusal.counter());
            End {
                good: false,
                bad: false,
            }
        }
        Ok(payload) => {
            if !payload.complete {
                counts.bump("udp_length");
            }
            End {
                good: payload.complete,
                bad: !payload.complete,
            }
        }
    }
}
