//! MAC ports of a served card: frames from files, datagrams and TAP devices; transmitted frames into a capture or a TAP
//! device.

use std::collections::{HashMap, HashSet};
use std::fmt::Display;
use std::fs::File;
use std::io::{self, Read};
use std::net::{IpAddr, Ipv4Addr, SocketAddrV4, UdpSocket};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use sharedmem::Tap;
use sim_card::serve::{Feeder, Frames, Sink, Source};
use sim_card::{CYCLE_TENTHS_NS, Line, TxFrame};
use wire::packetizer::{Config, Packetizer};
use wire::pcap;

use crate::error::CliError;

/// Messages in a packet made from a feed file.
const MESSAGES_PER_PACKET: u16 = 4;
/// Longest datagram, and longest frame of a TAP device.
const DATAGRAM_MAX: usize = 65_536;
/// Shortest frame on a wire, without its checksum.
const FRAME_MIN: usize = 60;

/// Where a line's frames come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum MacPort {
    /// A pcap, or a feed file of which MoldUDP64 frames are made.
    File(PathBuf),
    /// Datagrams sent to this address, multicast or not.
    Udp(SocketAddrV4),
    /// What the kernel sends through this TAP device.
    Tap(String),
}

impl FromStr for MacPort {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(name) = text.strip_prefix("tap:") {
            return Ok(Self::Tap(name.to_owned()));
        }
        match text.strip_prefix("udp:") {
            None => Ok(Self::File(text.into())),
            Some(address) => address.parse().map(Self::Udp).map_err(|_| {
                format!("`{address}`: expected an IPv4 address and a port, like 233.54.12.1:18001")
            }),
        }
    }
}

impl MacPort {
    /// A port whose cable has both ways: whoever answers orders needs them.
    pub(super) fn both_ways(text: &str) -> Result<Self, String> {
        match text.parse()? {
            tap @ Self::Tap(_) => Ok(tap),
            Self::File(_) | Self::Udp(_) => Err(
                "whoever answers orders needs both ways of a cable; give it tap:NAME, and --mac-tx the same"
                    .to_owned(),
            ),
        }
    }
}

/// Where transmitted frames go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TxPort {
    /// A pcap.
    File(PathBuf),
    /// The kernel receives them from this TAP device.
    Tap(String),
}

impl FromStr for TxPort {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let tap = text.strip_prefix("tap:");
        Ok(tap.map_or_else(|| Self::File(text.into()), |name| Self::Tap(name.to_owned())))
    }
}

impl TxPort {
    /// What takes the frames.
    pub(super) fn sink(&self, taps: &mut Taps) -> Result<Sink, CliError> {
        match self {
            Self::File(path) => capture(path),
            Self::Tap(name) => taps.sink(name),
        }
    }
}

/// The TAP devices of a card, each opened once: a line and the transmitter may share one, as the two ways of a cable.
#[derive(Debug, Default)]
pub(super) struct Taps {
    open: HashMap<String, Tap>,
    lines: HashSet<String>,
}

impl Taps {
    fn get(&mut self, name: &str) -> Result<Tap, CliError> {
        let failed = |error: &dyn Display| CliError::Input(error.to_string());
        if !self.open.contains_key(name) {
            let tap = Tap::open(name).map_err(|error| failed(&error))?;
            if !is_up(name) {
                eprintln!("tickforge: tap:{name} is down; ip link set {name} up");
            }
            self.open.insert(name.to_owned(), tap);
        }
        let shared = self.open[name].try_clone();
        shared.map_err(|error| failed(&error))
    }

    fn sink(&mut self, name: &str) -> Result<Sink, CliError> {
        let mut tap = self.get(name)?;
        let name = name.to_owned();
        Ok(Box::new(move |frame: &TxFrame| {
            tap.send(&frame.bytes).map_err(|error| {
                io::Error::new(
                    error.kind(),
                    format!("tap:{name}: {error}; ip link set {name} up"),
                )
            })
        }))
    }

    /// Puts every frame that the kernel sends through a TAP device on a line.
    pub(super) fn listen(&mut self, name: &str, line: Line, feeder: Feeder) -> Result<(), CliError> {
        if !self.lines.insert(name.to_owned()) {
            return Err(CliError::Input(format!(
                "tap:{name}: one device is the cable of one line; give the other line a device of its own"
            )));
        }
        let mut tap = self.get(name)?;
        std::thread::spawn(move || {
            let mut bytes = vec![0; DATAGRAM_MAX];
            while let Ok(length) = tap.receive(&mut bytes) {
                // A kernel leaves it to the MAC to fill up short frames.
                bytes[length..].fill(0);
                feeder.receive(line, bytes[..length.max(FRAME_MIN)].to_vec());
            }
        });
        Ok(())
    }
}

/// Whether a network device is up, as far as this process sees.
fn is_up(name: &str) -> bool {
    let flags = std::fs::read_to_string(format!("/sys/class/net/{name}/flags")).unwrap_or_default();
    let flags = u32::from_str_radix(flags.trim().trim_start_matches("0x"), 16);
    flags.map_or(true, |flags| flags & 1 != 0)
}

impl MacPort {
    /// The frames of a file, which are there from the start; a file that cannot be used is said so now.
    pub(super) fn source(&self) -> Option<Result<Source, CliError>> {
        let Self::File(path) = self else { return None };
        let path = path.clone();
        let opened = frames(&path);
        let mut first = match opened {
            Ok(frames) => Some(frames),
            Err(error) => return Some(Err(error)),
        };
        let start = move || match first.take() {
            Some(frames) => Ok(frames),
            None => frames(&path).map_err(io::Error::other),
        };
        Some(Ok(Box::new(start)))
    }
}

fn frames(path: &Path) -> Result<Frames, CliError> {
    let failed = |source| CliError::file(path, source);
    let mut start = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(4).read_to_end(&mut start).map_err(failed)?;
    if pcap::is_pcap(&start) {
        let file = File::open(path).map_err(failed)?;
        let reader = pcap::Reader::new(file)
            .map_err(|error| CliError::Input(format!("{}: {error}", path.display())))?;
        return Ok(Box::new(Captured { reader }));
    }
    let config = Config {
        messages_per_packet: MESSAGES_PER_PACKET..=MESSAGES_PER_PACKET,
        ..Config::default()
    };
    Ok(Box::new(Packed {
        feed: wire::feed::open(path)?,
        packets: Packetizer::new(config),
    }))
}

/// Frames of a capture, as they were.
struct Captured {
    reader: pcap::Reader<File>,
}

impl Iterator for Captured {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        match self.reader.next_record() {
            Ok(record) => record.map(|r| r.frame.to_vec()),
            Err(error) => {
                eprintln!("tickforge: the capture ends here: {error}");
                None
            }
        }
    }
}

/// Messages of a feed file in frames.
struct Packed {
    feed: wire::feed::Feed,
    packets: Packetizer,
}

impl Iterator for Packed {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        loop {
            let message = match self.feed.next_message() {
                Ok(Some(message)) => message,
                Ok(None) => return self.packets.flush(),
                Err(error) => {
                    eprintln!("tickforge: the feed ends here: {error}");
                    return self.packets.flush();
                }
            };
            match self.packets.push(message.bytes) {
                Ok(None) => {}
                Ok(frame) => return frame,
                Err(error) => eprintln!("tickforge: message {} is left out: {error}", message.index),
            }
        }
    }
}

/// Puts every datagram sent to `address` on a line, as the frame that a network would have brought.
pub(super) fn listen(address: SocketAddrV4, line: Line, feeder: Feeder) -> Result<(), CliError> {
    let failed = |error: io::Error| {
        CliError::Input(format!(
            "udp:{address}: {error}; take an address of this machine or a multicast group"
        ))
    };
    let multicast = address.ip().is_multicast();
    let here = if multicast {
        Ipv4Addr::UNSPECIFIED
    } else {
        *address.ip()
    };
    let socket = UdpSocket::bind(SocketAddrV4::new(here, address.port())).map_err(failed)?;
    if multicast {
        socket
            .join_multicast_v4(address.ip(), &Ipv4Addr::UNSPECIFIED)
            .map_err(failed)?;
    }
    std::thread::spawn(move || {
        let mut bytes = vec![0; DATAGRAM_MAX];
        while let Ok((length, from)) = socket.recv_from(&mut bytes) {
            let IpAddr::V4(source_ip) = from.ip() else {
                continue;
            };
            let mut network = Packetizer::new(Config {
                source_ip: source_ip.octets(),
                source_port: from.port(),
                group: address.ip().octets(),
                port: address.port(),
                ..Config::default()
            });
            feeder.receive(line, network.datagram(&bytes[..length]));
        }
    });
    Ok(())
}

/// A capture of what leaves the card, stamped with card time.
fn capture(path: &Path) -> Result<Sink, CliError> {
    let failed = |source| CliError::file(path, source);
    let file = File::create(path).map_err(failed)?;
    let mut writer = pcap::Writer::new(file).map_err(failed)?;
    Ok(Box::new(move |frame: &TxFrame| {
        writer.write(frame.cycle * CYCLE_TENTHS_NS / 10, &frame.bytes)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_files_or_addresses() {
        assert_eq!("day.pcap".parse(), Ok(MacPort::File("day.pcap".into())));
        let group = SocketAddrV4::new(Ipv4Addr::new(233, 54, 12, 1), 18_001);
        assert_eq!("udp:233.54.12.1:18001".parse(), Ok(MacPort::Udp(group)));
        assert!("udp:here".parse::<MacPort>().is_err());
        assert_eq!("tap:tap0".parse(), Ok(MacPort::Tap("tap0".to_owned())));
        assert_eq!("tap:tap0".parse(), Ok(TxPort::Tap("tap0".to_owned())));
        assert_eq!("tx.pcap".parse(), Ok(TxPort::File("tx.pcap".into())));
    }
}
