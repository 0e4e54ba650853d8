//! A PCIe function through its files in sysfs. Without an IOMMU mapping there is no safe DMA: this is for diagnosis.

use crate::Bdf;
use crate::error::PcieError;
use crate::line::LineStore;
use crate::volatile::Mapping;
use contract::port::{self, Bar, DmaRegion, Interrupt, PciDevice, PortError};
use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

const MEND_ROOT: &str = "diagnosis through sysfs needs root and a kernel without lockdown (/sys/kernel/security/lockdown), and no other program may hold the card; vfio-pci works under lockdown";
const MEND_ADDRESS: &str = "check the address with lspci -D";

/// A card seen through sysfs.
#[derive(Debug)]
pub struct Sysfs {
    bdf: String,
    folder: PathBuf,
    config: File,
    bar0: Mapping,
    bar2: Mapping,
    store: LineStore,
}

impl Sysfs {
    /// Opens the card at `bdf`.
    ///
    /// # Errors
    /// [`PcieError`], each saying what to do.
    pub fn open(bdf: Bdf) -> Result<Self, PcieError> {
        Self::open_folder(&bdf.sysfs(), bdf)
    }

    /// Opens the card whose files are in `folder`.
    pub(crate) fn open_folder(folder: &Path, bdf: Bdf) -> Result<Self, PcieError> {
        check_ids(folder, bdf)?;
        Ok(Self {
            bdf: bdf.to_string(),
            folder: folder.to_owned(),
            config: open(&folder.join("config"))?,
            bar0: resource(folder, 0, Bar::Bar0)?,
            bar2: resource(folder, 2, Bar::Bar2)?,
            store: LineStore::best(),
        })
    }

    fn only(&self, what: &'static str) -> PortError {
        PcieError::DiagnosisOnly {
            what,
            bdf: self.bdf.clone(),
        }
        .into()
    }

    fn failed(&self, what: &str, error: &std::io::Error) -> PcieError {
        PcieError::System {
            place: self.folder.join(what).display().to_string(),
            why: error.to_string(),
            mend: MEND_ROOT,
        }
    }
}

/// Refuses a function that is not ours.
pub(crate) fn check_ids(folder: &Path, bdf: Bdf) -> Result<(), PcieError> {
    let id = |name: &str| {
        let path = folder.join(name);
        let text = std::fs::read_to_string(&path).map_err(|error| PcieError::System {
            place: path.display().to_string(),
            why: error.to_string(),
            mend: MEND_ADDRESS,
        })?;
        let hex = text.trim().trim_start_matches("0x");
        u16::from_str_radix(hex, 16).map_err(|error| PcieError::System {
            place: path.display().to_string(),
            why: error.to_string(),
            mend: MEND_ADDRESS,
        })
    };
    let (vendor, device) = (id("vendor")?, id("device")?);
    if (vendor, device) == (port::VENDOR_ID, port::DEVICE_ID) {
        return Ok(());
    }
    Err(PcieError::NotOurs {
        place: bdf.to_string(),
        vendor,
        device,
    })
}

/// Name of the driver that holds the function in `folder`.
pub(crate) fn driver(folder: &Path) -> Option<String> {
    let link = std::fs::read_link(folder.join("driver")).ok()?;
    Some(link.file_name()?.to_str()?.to_owned())
}

/// Refuses a BAR smaller than the contract's.
pub(crate) fn check_bar(index: u32, found: u64, bar: Bar) -> Result<(), PcieError> {
    let expected = u64::from(bar.bytes());
    if found >= expected {
        return Ok(());
    }
    Err(PcieError::BarSize {
        bar: index,
        found,
        expected,
    })
}

fn open(path: &Path) -> Result<File, PcieError> {
    let opened = OpenOptions::new().read(true).write(true).open(path);
    opened.map_err(|error| PcieError::System {
        place: path.display().to_string(),
        why: error.to_string(),
        mend: MEND_ROOT,
    })
}

fn resource(folder: &Path, index: u32, bar: Bar) -> Result<Mapping, PcieError> {
    let path = folder.join(format!("resource{index}"));
    let file = open(&path)?;
    let failed = |error: std::io::Error| PcieError::System {
        place: path.display().to_string(),
        why: error.to_string(),
        mend: MEND_ROOT,
    };
    check_bar(index, file.metadata().map_err(failed)?.len(), bar)?;
    Mapping::of(&file, 0, bar.bytes() as usize).map_err(failed)
}

impl PciDevice for Sysfs {
    fn config_read(&mut self, offset: u16) -> Result<u32, PortError> {
        let mut bytes = [0; 4];
        let read = self.config.read_exact_at(&mut bytes, u64::from(offset));
        read.map_err(|error| self.failed("config", &error))?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn config_write(&mut self, offset: u16, value: u32) -> Result<(), PortError> {
        let written = self.config.write_all_at(&value.to_le_bytes(), u64::from(offset));
        Ok(written.map_err(|error| self.failed("config", &error))?)
    }

    fn read32(&mut self, offset: u32) -> Result<u32, PortError> {
        Bar::Bar0.check(offset, 4)?;
        Ok(self.bar0.load_u32(offset as usize))
    }

    fn write32(&mut self, offset: u32, value: u32) -> Result<(), PortError> {
        Bar::Bar0.check(offset, 4)?;
        self.bar0.store_u32(offset as usize, value);
        Ok(())
    }

    fn write_line(&mut self, offset: u32, line: &[u8; 64]) -> Result<(), PortError> {
        Bar::Bar2.check(offset, 64)?;
        self.store.store(&self.bar2, offset as usize, line);
        Ok(())
    }

    fn dma_alloc(&mut self, _bytes: usize) -> Result<Box<dyn DmaRegion>, PortError> {
        Err(self.only("DMA"))
    }

    fn interrupt(&mut self, _vector: u16) -> Result<Box<dyn Interrupt>, PortError> {
        Err(self.only("an interrupt"))
    }

    fn reset(&mut self) -> Result<(), PortError> {
        let written = std::fs::write(self.folder.join("reset"), "1");
        Ok(written.map_err(|error| self.failed("reset", &error))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(vendor: &str, bar0: u64) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("folder");
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
        write("vendor", vendor);
        write("device", "0x7f0e\n");
        write("config", "\u{4}\u{3}\u{2}\u{1}0000000000000000");
        for (name, bytes) in [("resource0", bar0), ("resource2", u64::from(Bar::Bar2.bytes()))] {
            let file = File::create(folder.path().join(name)).expect("created");
            file.set_len(bytes).expect("sized");
        }
        folder
    }

    fn open(folder: &tempfile::TempDir) -> Result<Sysfs, PcieError> {
        Sysfs::open_folder(folder.path(), "0000:03:00.0".parse().expect("an address"))
    }

    #[cfg_attr(miri, ignore = "files of a function: Miri maps none")]
    #[test]
    fn registers_and_lines_reach_the_resource_files() {
        let folder = function("0x1234\n", 65_536);
        let mut card = open(&folder).expect("opens");
        assert_eq!(card.config_read(0), Ok(0x0102_0304));
        card.config_write(4, 6).expect("written");
        card.write32(0x18, 0xa5).expect("written");
        assert_eq!((card.read32(0x18), card.config_read(4)), (Ok(0xa5), Ok(6)));
        card.write_line(128, &[7; 64]).expect("written");
        let bar2 = std::fs::read(folder.path().join("resource2")).expect("read");
        assert_eq!((bar2[127], bar2[128], bar2[191], bar2[192]), (0, 7, 7, 0));
        assert!(matches!(card.read32(65_536), Err(PortError::Access { .. })));
        assert!(matches!(
            card.write_line(32, &[0; 64]),
            Err(PortError::Access { .. })
        ));
    }

    #[cfg_attr(miri, ignore = "files of a function: Miri maps none")]
    #[test]
    fn it_says_that_it_is_for_diagnosis() {
        let mut card = open(&function("0x1234\n", 65_536)).expect("opens");
        for refused in [card.dma_alloc(64).err(), card.interrupt(0).err()] {
            let said = refused.expect("refused").to_string();
            assert!(
                said.contains("diagnosis only") && said.contains("vfio:0000:03:00.0"),
                "{said}"
            );
        }
    }

    #[cfg_attr(miri, ignore = "files of a function: Miri maps none")]
    #[test]
    fn other_functions_and_images_are_refused() {
        let said = |folder| open(&folder).expect_err("refused").to_string();
        assert!(said(function("0x8086\n", 65_536)).contains("8086:7f0e, not a tickforge card"));
        assert!(said(function("0x1234\n", 4_096)).contains("BAR0 has 4096 bytes"));
        let missing = Sysfs::open("ffff:ff:1f.7".parse().expect("an address"));
        assert!(missing.expect_err("not there").to_string().contains("lspci"));
    }
}
