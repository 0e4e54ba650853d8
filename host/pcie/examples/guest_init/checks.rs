//! What is checked of the card in the guest, by the driver.

use super::patience::Patience;
use super::{Outcome, programs};
use contract::event::{Code, ORDER_BODY};
use contract::port::{Interrupt, PciDevice, vector};
use contract::ring::Ring;
use contract::slot::{Kind, Order, SLOTS};
use contract::{counter, reg};
use device::events::{Event, EventReader};
use device::orders::OrderWindow;
use device::{Device, DeviceError};
use pcie::{Bdf, Sysfs, Vfio};

/// Command register: memory space, Bus Master.
const COMMAND: u16 = 4;
const MEMORY: u32 = 2;
const MEMORY_AND_MASTER: u32 = 6;
/// Register reads after which something must have happened; each lets the simulated card run.
const LOOKS: usize = 2_000;
/// How long an interrupt may take, seconds.
const PATIENCE: u64 = 10;

pub(super) fn check(what: &str, holds: bool) -> Outcome {
    if holds { Ok(()) } else { Err(what.into()) }
}

/// Before any driver is bound: registers through the resource files.
pub(super) fn sysfs(bdf: Bdf) -> Outcome {
    let mut card = Sysfs::open(bdf)?;
    card.config_write(COMMAND, MEMORY)?;
    check("IDENTITY", card.read32(reg::global("IDENTITY"))? == reg::IDENTITY)?;
    card.write32(reg::global("SCRATCH"), 0x1234_5678)?;
    check("SCRATCH", card.read32(reg::global("SCRATCH"))? == 0x1234_5678)?;
    check("no DMA", card.dma_alloc(4096).is_err())?;
    check("no interrupts", card.interrupt(0).is_err())?;
    drop(card);
    // The shipped program says what is missing and how to mend it, and finds the card all the same.
    let said = programs::output(&["doctor", "--device", &bdf.to_string()]).err();
    let said = said.ok_or("doctor has nothing to say of an unbound card")?;
    says(
        &said.to_string(),
        &[
            "none is bound",
            "mend: echo vfio-pci > driver_override",
            "configuration sim",
            "diagnosis only",
        ],
    )
}

/// An error unless all of `parts` are there.
pub(super) fn says(said: &str, parts: &[&str]) -> Outcome {
    match parts.iter().find(|part| !said.contains(**part)) {
        None => Ok(()),
        Some(part) => Err(format!("`{part}` is missing in: {said}").into()),
    }
}

/// The group's node is root's.
pub(super) fn refused_user(bdf: Bdf) -> Outcome {
    let said = Vfio::open(bdf)
        .err()
        .ok_or("a user without the node opens the card")?;
    says(
        &said.to_string(),
        &["give this user the group's node in /dev/vfio"],
    )?;
    let said = programs::output(&[
        "book",
        "--feed",
        "/day.itch",
        "--locate",
        "1",
        "--card",
        &format!("vfio:{bdf}"),
    ]);
    let said = said.err().ok_or("the program opens the card")?.to_string();
    says(&said, &["give this user the group's node in /dev/vfio"])
}

pub(super) fn registers(bdf: Bdf) -> Outcome {
    let device = Device::open(Box::new(Vfio::open(bdf)?))?;
    println!(
        "configuration {}, build {:#010x}",
        device.config().name,
        device.build()
    );
    let held = Vfio::open(bdf).err().map(|error| error.to_string());
    check(
        "a card that is held says what to do",
        held.is_some_and(|said| said.contains("hold the card")),
    )?;
    Ok(())
}

/// The event of an order, which the card's gate, that nobody has armed, refuses.
fn refusal(device: &mut Device, events: &mut EventReader) -> Result<Event, Box<dyn std::error::Error>> {
    for _ in 0..LOOKS {
        if let Some(event) = events.poll() {
            check("an order refused", event.code == Some(Code::OrderRejected))?;
            return Ok(event);
        }
        device.regs.status()?;
    }
    let mut count = |name| device.regs.counter(counter::core(name));
    let counts = (count("slots_committed")?, count("slots_malformed")?);
    Err(format!("no event of the order; slots committed and malformed: {counts:?}").into())
}

/// Orders in eight stores each, three windows full of them.
pub(super) fn order_slots(bdf: Bdf) -> Outcome {
    let mut device = Device::open(Box::new(Vfio::open(bdf)?))?;
    let mut events = EventReader::new(device.ring(Ring::Events, 10)?);
    let mut window = OrderWindow::open(&mut device, 1)?;
    // Stores into shared slots overtake writes that are posted; a read does not.
    device.regs.status()?;
    for _ in 0..WINDOWS {
        let mut written = Vec::new();
        for _ in 0..SLOTS {
            let token = u32::try_from(written.len())? + 7;
            let order = Order { token, ..ORDER };
            written.push((window.submit(&mut device, &order, Kind::Enter)?, token));
        }
        let more = window.submit(&mut device, &ORDER, Kind::Enter);
        check("a full window", more == Err(DeviceError::WindowFull))?;
        for (seq, token) in written {
            let event = refusal(&mut device, &mut events)?;
            let field = |name| event.field(ORDER_BODY, name);
            let seen = (field("order_seq"), field("token"));
            check("the order written", seen == (u64::from(seq), u64::from(token)))?;
            window.acknowledge(seq);
        }
    }
    device.regs.status()?;
    check("one event each", events.poll().is_none())
}

/// How often the window is filled.
const WINDOWS: usize = 3;
const ORDER: Order = Order {
    symbol_slot: 0,
    side: b'B',
    time_in_force: b'3',
    display: b'Y',
    capacity: b'P',
    iso: b'N',
    cross_type: b'N',
    qty: 100,
    price: 1_000_000,
    token: 9,
    target_ref: 0,
    orig_qty: 0,
    cl_ord_id: *b"GUEST000000001",
};

/// How often an interrupt came that must come. It takes its way through QEMU's own loop, whatever the guest does.
fn comes(port: &mut dyn PciDevice, interrupt: &mut dyn Interrupt) -> Result<u64, Box<dyn std::error::Error>> {
    let patience = Patience::of_seconds(PATIENCE);
    loop {
        port.read32(reg::global("STATUS"))?;
        let count = interrupt.take();
        if count > 0 || !patience.look() {
            return Ok(count);
        }
    }
}

/// Whether none comes that must not.
fn stays_away(
    port: &mut dyn PciDevice,
    interrupt: &mut dyn Interrupt,
) -> Result<bool, Box<dyn std::error::Error>> {
    for _ in 0..LOOKS {
        port.read32(reg::global("STATUS"))?;
        if interrupt.take() > 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

pub(super) fn interrupts(bdf: Bdf) -> Outcome {
    let mut device = Device::open(Box::new(Vfio::open(bdf)?))?;
    let mut events = EventReader::new(device.ring(Ring::Events, 4)?);
    let port = device.regs.port();
    let mut kill = port.interrupt(vector::KILL)?;
    let mut event = port.interrupt(vector::EVENTS)?;
    check("no vector 3", port.interrupt(vector::COUNT).is_err())?;
    for _ in 0..3 {
        port.write32(reg::global("KILL"), 1)?;
        check("the interrupt of a kill", comes(port, kill.as_mut())? == 1)?;
        check("that of its event", comes(port, event.as_mut())? == 1)?;
        check("an event in memory", events.poll().is_some())?;
        check("once", kill.take() + event.take() == 0)?;
        port.write32(reg::global("ARM"), reg::ARM_KEY)?;
    }
    Ok(())
}

pub(super) fn bus_master(bdf: Bdf) -> Outcome {
    let mut device = Device::open(Box::new(Vfio::open(bdf)?))?;
    let mut events = EventReader::new(device.ring(Ring::Events, 4)?);
    let port = device.regs.port();
    let mut kill = port.interrupt(vector::KILL)?;
    port.config_write(COMMAND, MEMORY)?;
    port.write32(reg::global("KILL"), 1)?;
    check("no interrupt", stays_away(port, kill.as_mut())?)?;
    check("no event", events.poll().is_none())?;
    port.config_write(COMMAND, MEMORY_AND_MASTER)?;
    check("the interrupt has waited", comes(port, kill.as_mut())? == 1)
}

/// The events ring where nothing is mapped, then where something was; the IOMMU translates neither.
pub(super) fn outside(bdf: Bdf) -> Outcome {
    let mut device = Device::open(Box::new(Vfio::open(bdf)?))?;
    let guard = device.regs.port().dma_alloc(GUARD)?;
    let ring = device.ring(Ring::Events, 10)?;
    let (mapped, nowhere) = (ring.bus_address(), ring.bus_address() + NOWHERE);
    let at = |name| reg::ring(Ring::Events, name);
    let mut kill = device.regs.port().interrupt(vector::KILL)?;
    let mut events = Some(EventReader::new(ring));
    for base in [nowhere, mapped] {
        device.regs.write(at("RING_CTRL"), 0)?;
        device.regs.write_pair(at("BASE_LO"), at("BASE_HI"), base)?;
        device.regs.write(at("RING_CTRL"), 1)?;
        if base == mapped {
            // The card keeps the address; its memory goes.
            events = None;
        }
        device.regs.write(reg::global("KILL"), 1)?;
        check("the card goes on", comes(device.regs.port(), kill.as_mut())? == 1)?;
        let written = events.as_mut().is_some_and(|events| events.poll().is_some());
        check("nothing in the ring", !written)?;
        device.regs.write(reg::global("ARM"), reg::ARM_KEY)?;
    }
    let mut bytes = vec![0; GUARD];
    guard.copy_out(0, &mut bytes);
    check(
        "nothing in memory beside them",
        bytes.iter().all(|byte| *byte == 0),
    )?;
    let mut events = EventReader::new(device.ring(Ring::Events, 4)?);
    device.regs.write(reg::global("KILL"), 1)?;
    comes(device.regs.port(), kill.as_mut())?;
    // The interrupt of the kill may come before its event is in memory: each look at a register lets the card go on.
    let mut written = false;
    for _ in 0..LOOKS {
        device.regs.status()?;
        written |= events.poll().is_some();
        if written {
            break;
        }
    }
    check("and writes again where it may", written)
}

/// Bytes beside the ring in which nothing may change.
const GUARD: usize = 1 << 16;
/// So far beyond a ring is no mapping.
const NOWHERE: u64 = 1 << 30;

pub(super) fn reset(bdf: Bdf) -> Outcome {
    let mut card = Vfio::open(bdf)?;
    card.config_write(COMMAND, MEMORY_AND_MASTER)?;
    card.write32(reg::global("SCRATCH"), 5)?;
    card.reset()?;
    card.config_write(COMMAND, MEMORY_AND_MASTER)?;
    check(
        "SCRATCH is as it comes up",
        card.read32(reg::global("SCRATCH"))? == 0,
    )?;
    check("IDENTITY", card.read32(reg::global("IDENTITY"))? == reg::IDENTITY)
}
