//! The first process of the test guest (`scripts/vm-test`): mounts, loads vfio, then drives the card through sysfs and
//! through VFIO with the shipped back-ends and the shipped program, prints a verdict and switches the machine off.
//!
//! What a trading program does runs as a user of no rank, in a process of its own: this program again, as
//! `check NUMBER BDF`.

mod bus;
mod checks;
mod edu;
mod gone;
mod patience;
mod programs;
mod stream;

use patience::Patience;
use pcie::Bdf;
use rustix::mount::{MountFlags, mount};
use rustix::system::{RebootCommand, finit_module, reboot};
use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, ExitStatus};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Who does it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum User {
    Root,
    Trader,
}
use User::{Root, Trader};

/// User and group of no rank.
const TRADER: u32 = 1000;
/// How long a check of the trader's may take, seconds.
const PATIENCE: u64 = 60;

type Check = (&'static str, User, fn(Bdf) -> Outcome);

const CHECKS: [Check; 20] = [
    (
        "bus: identifiers, BARs, MSI-X, root port, IOMMU group",
        Root,
        bus::enumeration,
    ),
    (
        "sysfs: registers by resource0, and nothing but diagnosis",
        Root,
        checks::sysfs,
    ),
    ("bind to vfio-pci", Root, bind),
    (
        "vfio: who may not is told what to do",
        Trader,
        checks::refused_user,
    ),
    ("the group's node is the user's", Root, give),
    ("doctor --device as that user", Trader, programs::doctor),
    ("vfio: registers, a card that is held", Trader, checks::registers),
    (
        "vfio: 192 order slots, one event each, a full window",
        Trader,
        checks::order_slots,
    ),
    ("vfio: MSI-X by eventfd", Trader, checks::interrupts),
    (
        "vfio: Bus Master off, nothing is written",
        Trader,
        checks::bus_master,
    ),
    (
        "vfio: DMA outside the mapping is refused",
        Trader,
        checks::outside,
    ),
    ("vfio: reset", Trader, checks::reset),
    (
        "vfio: records by DMA into 4 KiB pages",
        Trader,
        stream::small_pages,
    ),
    (
        "vfio: records by DMA into huge pages, the same ones",
        Trader,
        stream::huge_pages,
    ),
    ("book --card vfio equals the twin's", Trader, programs::book),
    (
        "run --card vfio: card equals twin, every order accounted for",
        Trader,
        programs::run,
    ),
    ("edu: BAR, MSI and DMA of a device not of our making", Root, other),
    ("lockdown: sysfs is refused with its reason", Root, bus::lockdown),
    ("lockdown: vfio works", Trader, checks::registers),
    (
        "a card that goes: exit code, message, kill latched for good",
        Trader,
        gone::all,
    ),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, what, number, bdf] = &arguments[..]
        && what == "check"
    {
        return trader(number, bdf);
    }
    match run() {
        Ok(()) => println!("GUEST-PASS"),
        Err(error) => println!("GUEST-FAIL {error}"),
    }
    if std::process::id() == 1 {
        rustix::fs::sync();
        // When even that fails the kernel panics, and QEMU ends.
        let _off = reboot(RebootCommand::PowerOff);
    }
    ExitCode::SUCCESS
}

/// One check, in a process of the trader's.
fn trader(number: &str, bdf: &str) -> ExitCode {
    let (Ok(number), Ok(bdf)) = (number.parse::<usize>(), bdf.parse()) else {
        return ExitCode::from(2);
    };
    match CHECKS.get(number).map(|(_, _, check)| check(bdf)) {
        Some(Ok(())) => ExitCode::SUCCESS,
        Some(Err(error)) => {
            println!("{error}");
            ExitCode::FAILURE
        }
        None => ExitCode::from(2),
    }
}

fn run() -> Outcome {
    for (kind, place) in [("proc", "/proc"), ("sysfs", "/sys"), ("devtmpfs", "/dev")] {
        // A devtmpfs may be there already.
        if let Err(error) = mount(kind, place, kind, MountFlags::empty(), None)
            && kind != "devtmpfs"
        {
            return Err(format!("{place}: {error}").into());
        }
    }
    load_modules()?;
    let card = find(CARD)?;
    println!("the card is at {card}");
    let mut failed = 0;
    for (number, (name, user, check)) in CHECKS.iter().enumerate() {
        let time = Patience::of_seconds(PATIENCE);
        let outcome = match user {
            Root => check(card),
            Trader => as_trader(number, card),
        };
        let took = time.seconds();
        match outcome {
            Ok(()) => println!("PASS {name} ({took:.1} s)"),
            Err(error) => {
                failed += 1;
                println!("FAIL {name}: {error}");
            }
        }
    }
    println!("{} passed, {failed} failed", CHECKS.len() - failed);
    if failed == 0 {
        Ok(())
    } else {
        Err(format!("{failed} checks").into())
    }
}

fn as_trader(number: usize, card: Bdf) -> Outcome {
    let child = Command::new("/init")
        .args(["check", &number.to_string(), &card.to_string()])
        .uid(TRADER)
        .gid(TRADER)
        .spawn()?;
    let status = ended(child, PATIENCE)?;
    if status.success() {
        return Ok(());
    }
    Err(format!("{status}").into())
}

/// Waits so many seconds for a process; one that takes longer is ended.
fn ended(mut child: Child, seconds: u64) -> Result<ExitStatus, Box<dyn std::error::Error>> {
    let patience = Patience::of_seconds(seconds);
    while patience.look() {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
    }
    child.kill()?;
    child.wait()?;
    Err(format!("not ended within {seconds} s").into())
}

fn load_modules() -> Outcome {
    let mut modules: Vec<PathBuf> = fs::read_dir("/modules")?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    modules.sort();
    for module in modules {
        finit_module(fs::File::open(&module)?, c"", 0)
            .map_err(|error| format!("{}: {error}", module.display()))?;
    }
    Ok(())
}

/// Vendor and device of our card, and of QEMU's `edu`.
const CARD: [&str; 2] = ["0x1234", "0x7f0e"];
const EDU: [&str; 2] = ["0x1234", "0x11e8"];

fn find(wanted: [&str; 2]) -> Result<Bdf, Box<dyn std::error::Error>> {
    for entry in fs::read_dir("/sys/bus/pci/devices")? {
        let folder = entry?.path();
        let id = |name| fs::read_to_string(folder.join(name)).unwrap_or_default();
        if [id("vendor").trim(), id("device").trim()] == wanted {
            let name = folder.file_name().and_then(|n| n.to_str()).unwrap_or_default();
            return Ok(name.parse()?);
        }
    }
    Err(format!("no {wanted:?} on the bus").into())
}

fn bind(card: Bdf) -> Outcome {
    fs::write(card.sysfs().join("driver_override"), "vfio-pci")?;
    fs::write("/sys/bus/pci/drivers_probe", card.to_string())?;
    let driver = fs::read_link(card.sysfs().join("driver"))?;
    if driver.file_name() == Some(Path::new("vfio-pci").as_os_str()) {
        return Ok(());
    }
    Err(format!("{} is bound", driver.display()).into())
}

/// The card is given to the trader.
fn give(card: Bdf) -> Outcome {
    let node = Path::new("/dev/vfio").join(bus::group(card)?);
    Ok(chown(node, Some(TRADER), Some(TRADER))?)
}

fn other(_card: Bdf) -> Outcome {
    let bdf = find(EDU)?;
    bind(bdf)?;
    edu::all(bdf)
}
