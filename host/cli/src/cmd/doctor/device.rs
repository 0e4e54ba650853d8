//! A card and the way to it.

use std::fs;
use std::path::Path;

use contract::CONTRACT_HASH;
use contract::port::{PciDevice, vector};
use device::Device;
use engine::clock::Clock;
use pcie::{Bdf, LineStore, Sysfs};

use super::Finding;
use crate::error::CliError;
use crate::machine;
use crate::source::{CardChoice, open_port};

const MEND_DRIVER: &str = "echo vfio-pci > driver_override in its sysfs folder, then echo its address > /sys/bus/pci/drivers_probe (docs/deploy.md)";
const MEND_CARD: &str = "flash the image of this release, then check again";
const MEND_CLOCKS: &str = "the core's clock is below its MACs': check the clocks of the board (docs/boards.md); reset the card to count anew";
/// Readings from which the narrowest is taken.
const TIME_SAMPLES: u32 = 32;
/// Locked memory that the rings need, bytes.
const LOCKED: u64 = 8 << 20;

/// Looks at the card called `name`.
pub(super) fn look(name: &str) -> Result<Vec<Finding>, CliError> {
    if let Some(socket) = name.strip_prefix("vfio-user:") {
        let mut findings = vec![slot_write()];
        findings.extend(card(open_port(&CardChoice::VfioUser(socket.to_owned()))));
        return Ok(findings);
    }
    let bdf: Bdf = name
        .parse()
        .map_err(|error: pcie::PcieError| CliError::Input(error.to_string()))?;
    let folder = bdf.sysfs();
    let there =
        attribute(&folder, "vendor").and_then(|v| Ok(format!("{v}:{}", attribute(&folder, "device")?)));
    let is_there = there.is_ok();
    let mut findings = vec![Finding::needed(
        "function",
        there,
        "check the address with lspci -D, and that the card is powered",
    )];
    if !is_there {
        return Ok(findings);
    }
    findings.extend(path_to(&folder));
    findings.push(slot_write());
    let bound = driver(&folder).is_some_and(|d| d == "vfio-pci");
    let port = if bound {
        open_port(&CardChoice::Vfio(bdf.to_string()))
    } else {
        // Registers can be read without a driver; nothing else can.
        Sysfs::open(bdf)
            .map(|card| Box::new(card) as Box<dyn PciDevice>)
            .map_err(|error| CliError::Input(error.to_string()))
    };
    findings.extend(card(port));
    Ok(findings)
}

fn attribute(folder: &Path, name: &str) -> Result<String, String> {
    let path = folder.join(name);
    fs::read_to_string(&path)
        .map(|text| text.trim().to_owned())
        .map_err(|error| format!("{}: {error}", path.display()))
}

fn last_of_link(path: &Path) -> Option<String> {
    let link = fs::read_link(path).ok()?;
    Some(link.file_name()?.to_str()?.to_owned())
}

fn driver(folder: &Path) -> Option<String> {
    last_of_link(&folder.join("driver"))
}

/// What the kernel says of a function: link, driver, group, rights, limits.
fn path_to(folder: &Path) -> Vec<Finding> {
    let link = attribute(folder, "current_link_speed")
        .and_then(|speed| Ok(format!("{speed}, x{}", attribute(folder, "current_link_width")?)));
    let bound = match driver(folder) {
        Some(name) if name == "vfio-pci" => Ok(name),
        Some(name) => Err(format!("{name} is bound")),
        None => Err("none is bound".to_owned()),
    };
    let group = last_of_link(&folder.join("iommu_group"));
    let members = group.as_ref().map(|group| {
        let listed = fs::read_dir(folder.join("iommu_group/devices")).map_or(0, Iterator::count);
        format!("{group}, {listed} function(s)")
    });
    let node = group.map_or(Err("no group, no node".to_owned()), |group| {
        let node = format!("/dev/vfio/{group}");
        let opened = fs::OpenOptions::new().read(true).write(true).open(&node);
        opened
            .map(|_| node.clone())
            .map_err(|error| format!("{node}: {error}"))
    });
    vec![
        Finding::optional("link", link, "the platform does not say: see lspci -vv, LnkSta"),
        Finding::needed("driver", bound, MEND_DRIVER),
        Finding::needed(
            "iommu group",
            members.ok_or_else(|| "none".to_owned()),
            "switch the IOMMU on in the firmware and boot with intel_iommu=on or amd_iommu=on",
        ),
        Finding::needed(
            "vfio node",
            node,
            "chown the node to this user, and end other programs that hold the card",
        ),
        Finding::needed(
            "locked memory",
            locked_memory(),
            "ulimit -l unlimited, or LimitMEMLOCK of the service",
        ),
        Finding::optional(
            "huge pages",
            huge_pages(),
            "sysctl vm.nr_hugepages=8: fewer entries in the IOMMU",
        ),
    ]
}

fn locked_memory() -> Result<String, String> {
    let text = fs::read_to_string("/proc/self/limits").map_err(|error| error.to_string())?;
    let line = text.lines().find(|line| line.starts_with("Max locked memory"));
    let soft = line
        .and_then(|line| line.split_whitespace().nth(3))
        .ok_or("no limit listed")?;
    match soft.parse::<u64>() {
        Ok(bytes) if bytes < LOCKED => Err(format!("{bytes} bytes, {LOCKED} needed")),
        Ok(bytes) => Ok(format!("{bytes} bytes")),
        Err(_) => Ok(soft.to_owned()),
    }
}

fn huge_pages() -> Result<String, String> {
    let free = machine::meminfo("HugePages_Free").ok_or("the kernel does not say")?;
    if free == "0" {
        Err("none free".to_owned())
    } else {
        Ok(format!("{free} free"))
    }
}

fn slot_write() -> Finding {
    Finding::optional("order slot write", Ok(LineStore::best().name().to_owned()), "")
}

/// The card itself: contract, time, memory, interrupts.
fn card(port: Result<Box<dyn PciDevice>, CliError>) -> Vec<Finding> {
    let opened = port.and_then(|port| Ok(Device::open(port)?));
    let mut device = match opened {
        Ok(device) => device,
        Err(error) => return vec![Finding::needed("card", Err(error.to_string()), MEND_CARD)],
    };
    let about = format!(
        "configuration {}, build {:#010x}, contract {CONTRACT_HASH:#010x}",
        device.config().name,
        device.build()
    );
    let clock = Clock::start();
    let time = device
        .correlate(TIME_SAMPLES, || clock.ns())
        .map(|at| {
            format!(
                "{} ns, read to within {} ns of the host's clock",
                at.card_ns, at.uncertainty_ns
            )
        })
        .map_err(|error| error.to_string());
    let losses = device
        .regs
        .losses()
        .map_err(|error| error.to_string())
        .and_then(|losses| {
            if losses.any() {
                Err(losses.to_string())
            } else {
                Ok("no frame lost between MAC and core, none sent with a hole".to_owned())
            }
        });
    let port = device.regs.port();
    let memory = port
        .dma_alloc(4096)
        .map(|region| format!("4 KiB at bus address {:#x}", region.bus_address()))
        .map_err(|error| error.to_string());
    let interrupts = (0..vector::COUNT)
        .try_for_each(|vector| port.interrupt(vector).map(drop))
        .map(|()| format!("{} MSI-X vectors", vector::COUNT))
        .map_err(|error| error.to_string());
    vec![
        Finding::needed("card", Ok(about), MEND_CARD),
        Finding::needed("card time", time, MEND_CARD),
        Finding::needed("dma", memory, MEND_DRIVER),
        Finding::needed("interrupts", interrupts, MEND_DRIVER),
        Finding::optional("mac clocks", losses, MEND_CLOCKS),
    ]
}
