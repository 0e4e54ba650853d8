//! PCI addresses.

use crate::PcieError;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Domain, bus, device and function of a PCI function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Bdf {
    domain: u16,
    bus: u8,
    device: u8,
    function: u8,
}

impl Bdf {
    /// Its folder in sysfs.
    pub fn sysfs(self) -> PathBuf {
        PathBuf::from(format!("/sys/bus/pci/devices/{self}"))
    }
}

impl fmt::Display for Bdf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            domain,
            bus,
            device,
            function,
        } = self;
        write!(f, "{domain:04x}:{bus:02x}:{device:02x}.{function}")
    }
}

impl FromStr for Bdf {
    type Err = PcieError;

    /// `0000:03:00.0`, or without the domain `03:00.0`.
    fn from_str(text: &str) -> Result<Self, PcieError> {
        parse(text).ok_or_else(|| PcieError::Address(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<Bdf> {
    let (rest, function) = text.rsplit_once('.')?;
    let (rest, device) = rest.rsplit_once(':')?;
    let (domain, bus) = rest.split_once(':').unwrap_or(("0", rest));
    let hex = |text: &str, digits: usize| {
        let fits = (1..=digits).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit());
        fits.then(|| u16::from_str_radix(text, 16).ok()).flatten()
    };
    let byte = |text, most| {
        hex(text, 2)
            .filter(|v| *v <= most)
            .and_then(|v| u8::try_from(v).ok())
    };
    Some(Bdf {
        domain: hex(domain, 4)?,
        bus: byte(bus, 0xff)?,
        device: byte(device, 31)?,
        function: byte(function, 7)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (text, shown) in [
            ("0000:03:00.0", "0000:03:00.0"),
            ("03:1f.7", "0000:03:1f.7"),
            ("10e1:aB:0.1", "10e1:ab:00.1"),
        ] {
            assert_eq!(
                text.parse::<Bdf>().map(|b| b.to_string()).ok().as_deref(),
                Some(shown)
            );
        }
        for text in [
            "",
            "03:00",
            "03:20.0",
            "03:00.8",
            "x:03:00.0",
            "+3:00.0",
            "00000:03:00.0",
            "1:2:3:4.0",
        ] {
            assert!(text.parse::<Bdf>().is_err(), "{text}");
        }
    }
}
