//! The bus forgets a card before its image changes, and finds it again afterwards.
//!
//! A card that goes while the kernel holds it is an error of the bus, and the machine may go with it. So the function is taken off by
//! sysfs (`remove`), and the bridge above it is told to look again (`rescan`).

use crate::{FlashError, patience};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Drivers under which nothing of ours runs unless a program holds the card.
const IDLE_DRIVERS: [&str; 1] = ["vfio-pci"];

/// The PCI bus as sysfs shows it.
#[derive(Debug, Clone)]
pub struct Bus {
    root: PathBuf,
    limit: Duration,
}

/// As the kernel names a function's folder: `0000:03:00.0`, with more digits for the domains behind some bridges. Anything else might be a path.
fn is_address(text: &str) -> bool {
    let hex = |part: &str, digits: std::ops::RangeInclusive<usize>| {
        digits.contains(&part.len())
            && part
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    let mut parts = text.split([':', '.']);
    let mut next = || parts.next().unwrap_or_default();
    let given = [next(), next(), next(), next()];
    text == format!("{}:{}:{}.{}", given[0], given[1], given[2], given[3])
        && hex(given[0], 4..=8)
        && hex(given[1], 2..=2)
        && hex(given[2], 2..=2)
        && hex(given[3], 1..=1)
}

/// A card that was taken off the bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    device: String,
    /// Where to write for a rescan: the bridge's file, or that of all buses.
    rescan: PathBuf,
}

impl Default for Bus {
    fn default() -> Self {
        Self::at(Path::new("/sys"))
    }
}

impl Bus {
    /// The bus below another root.
    pub fn at(root: &Path) -> Self {
        Self {
            root: root.into(),
            limit: Duration::from_secs(10),
        }
    }

    /// The same, waiting for at most so long.
    #[must_use]
    pub const fn within(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    fn folder(&self, device: &str) -> PathBuf {
        self.root.join("bus/pci/devices").join(device)
    }

    /// Looks whether the card is there and may be taken off.
    ///
    /// # Errors
    /// [`FlashError::NoAddress`], [`FlashError::NoDevice`], [`FlashError::InUse`].
    pub fn check(&self, device: &str) -> Result<(), FlashError> {
        if !is_address(device) {
            return Err(FlashError::NoAddress {
                device: device.into(),
            });
        }
        let path = self.folder(device);
        if !path.exists() {
            return Err(FlashError::NoDevice { path });
        }
        let driver = fs::read_link(path.join("driver")).ok();
        let driver = driver.and_then(|link| Some(link.file_name()?.to_string_lossy().into_owned()));
        match driver {
            Some(driver) if !IDLE_DRIVERS.contains(&driver.as_str()) => Err(FlashError::InUse {
                device: device.into(),
                driver,
            }),
            _ => Ok(()),
        }
    }

    /// Takes the card off the bus; `is_written` when its image is in the flash by then.
    ///
    /// # Errors
    /// As [`Self::check`]; [`FlashError::StillThere`].
    pub fn remove(&self, device: &str, is_written: bool) -> Result<Removed, FlashError> {
        self.check(device)?;
        let path = self.folder(device);
        let real = fs::canonicalize(&path).map_err(FlashError::file(&path))?;
        let bridge = real
            .parent()
            .map(|bridge| bridge.join("rescan"))
            .filter(|file| file.exists());
        let rescan = bridge.unwrap_or_else(|| self.root.join("bus/pci/rescan"));
        let remove = path.join("remove");
        fs::write(&remove, "1").map_err(FlashError::file(&remove))?;
        if !self.wait(|| !path.exists()) {
            return Err(FlashError::StillThere {
                device: device.into(),
                limit: self.limit,
                is_written,
            });
        }
        Ok(Removed {
            device: device.into(),
            rescan,
        })
    }

    /// Finds the card again.
    ///
    /// # Errors
    /// [`FlashError::NotBack`].
    pub fn rescan(&self, removed: &Removed) -> Result<(), FlashError> {
        fs::write(&removed.rescan, "1").map_err(FlashError::file(&removed.rescan))?;
        let path = self.folder(&removed.device);
        if self.wait(|| path.exists()) {
            return Ok(());
        }
        Err(FlashError::NotBack {
            device: removed.device.clone(),
            limit: self.limit,
        })
    }

    fn wait(&self, done: impl Fn() -> bool) -> bool {
        patience::until(self.limit, || done().then_some(())).is_some()
    }

    /// Runs `write` while the card is off the bus; it is brought back whether that succeeds or not. Over PCIe the card stays until it is done.
    ///
    /// # Errors
    /// Those of either, or of both.
    pub fn around(
        &self,
        device: &str,
        is_over_pcie: bool,
        write: impl FnOnce() -> Result<(), FlashError>,
    ) -> Result<(), FlashError> {
        self.check(device)?;
        let (written, removed) = if is_over_pcie {
            write()?;
            (Ok(()), self.remove(device, true)?)
        } else {
            let removed = self.remove(device, false)?;
            (write(), removed)
        };
        match (written, self.rescan(&removed)) {
            (Err(first), Err(second)) => Err(FlashError::Both {
                first: Box::new(first),
                second: Box::new(second),
            }),
            (written, back) => written.and(back),
        }
    }
}
