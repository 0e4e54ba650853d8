//! What the system says of the card, and what it allows.

use super::Outcome;
use super::checks::{check, says};
use contract::port::{Bar, vector};
use pcie::{Bdf, Sysfs};
use rustix::mount::{MountFlags, mount};
use std::fs;

/// Capabilities pointer of the configuration space, and the capability MSI-X (PCI 3.0, 6.7 and 6.8.2).
const CAPABILITIES: usize = 0x34;
const MSIX: u8 = 0x11;
/// Capabilities there can be in 256 bytes.
const CAPABILITIES_MAX: usize = 48;
/// `resource` has a line a BAR: first and last address, flags.
const RESOURCE_FIELDS: usize = 3;

/// Number of the card's IOMMU group.
pub(super) fn group(bdf: Bdf) -> Result<String, Box<dyn std::error::Error>> {
    let link = fs::read_link(bdf.sysfs().join("iommu_group"))?;
    let name = link.file_name().and_then(|name| name.to_str());
    Ok(name.ok_or("no group")?.to_owned())
}

/// The card as the kernel found it.
pub(super) fn enumeration(bdf: Bdf) -> Outcome {
    let folder = bdf.sysfs();
    let text = fs::read_to_string(folder.join("resource"))?;
    let bytes = |bar: usize| -> Result<u64, Box<dyn std::error::Error>> {
        let line = text.lines().nth(bar).ok_or("no line of this BAR")?;
        let fields: Vec<u64> = line
            .split_whitespace()
            .filter_map(|field| u64::from_str_radix(field.trim_start_matches("0x"), 16).ok())
            .collect();
        check("a resource line", fields.len() == RESOURCE_FIELDS)?;
        Ok(fields[1] + 1 - fields[0])
    };
    check("BAR0", bytes(0)? == u64::from(Bar::Bar0.bytes()))?;
    check("BAR2", bytes(2)? == u64::from(Bar::Bar2.bytes()))?;
    let config = fs::read(folder.join("config"))?;
    let byte = |at: usize| config.get(at).copied().unwrap_or(0);
    let mut at = usize::from(byte(CAPABILITIES));
    for _ in 0..CAPABILITIES_MAX {
        if at == 0 || byte(at) == MSIX {
            break;
        }
        at = usize::from(byte(at + 1));
    }
    check("MSI-X", at != 0)?;
    let vectors = (u16::from_le_bytes([byte(at + 2), byte(at + 3)]) & 0x7ff) + 1;
    check("vectors", vectors == vector::COUNT)?;
    let place = fs::canonicalize(&folder)?;
    let above = place.parent().ok_or("no place on the bus")?;
    let class = fs::read_to_string(above.join("class"))?;
    check("behind a bridge", class.starts_with("0x0604"))?;
    let members = fs::read_dir(folder.join("iommu_group/devices"))?.count();
    println!("{}, group {} of {members}", place.display(), group(bdf)?);
    check("alone in its IOMMU group", members == 1)
}

/// From here on the kernel lets nobody map a BAR or write to a configuration space past a driver.
pub(super) fn lockdown(bdf: Bdf) -> Outcome {
    let place = "/sys/kernel/security";
    mount("securityfs", place, "securityfs", MountFlags::empty(), None)?;
    fs::write(format!("{place}/lockdown"), "integrity")?;
    let refused = Sysfs::open(bdf).err().ok_or("sysfs still opens")?.to_string();
    says(&refused, &["not permitted", "lockdown"])
}
