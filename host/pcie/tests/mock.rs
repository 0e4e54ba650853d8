//! The mock card under the driver, and the errors of cards that are not there.

use contract::port::{PciDevice, PortError, vector};
use contract::ring::{self, Ring};
use contract::{config, reg};
use device::interrupts::EventInterrupts;
use device::{Device, DeviceError};
use pcie::{Bdf, Mock, Vfio};

#[cfg_attr(miri, ignore = "Miri has no memfd_create and maps no files")]
#[test]
fn the_driver_opens_it_and_reads_its_ring() {
    let card = Mock::new(&config::SMALL);
    let mut device = Device::open(Box::new(card.clone())).expect("opens");
    assert_eq!(device.config().name, "small");
    let mut reader = device.ring(Ring::Records, 4).expect("a ring");
    let mut entry = [7u8; 64];
    ring::seal(&mut entry, 1);
    assert!(card.write_memory(reader.bus_address(), &entry));
    assert_eq!(reader.poll(), Some(entry));
    assert_eq!(reader.poll(), None);
    let last = reader.bus_address() + 15 * 64;
    assert!(card.write_memory(last, &entry));
    // A page is mapped for a ring of 1 KiB: beyond the page there is nothing.
    assert!(
        !card.write_memory(reader.bus_address() + 4096, &entry),
        "outside the mapping"
    );
    device.regs.port().config_write(4, 2).expect("written");
    assert!(!card.write_memory(last, &entry), "without Bus Master");
    let gone = reader.bus_address();
    drop(reader);
    device.regs.port().config_write(4, 6).expect("written");
    assert!(!card.write_memory(gone, &entry), "unmapped");
}

#[test]
fn interrupts_are_counted() {
    let mut card = Mock::new(&config::SIM);
    let mut kill = card.interrupt(vector::KILL).expect("a vector");
    assert_eq!(kill.take(), 0);
    card.raise(vector::KILL);
    card.raise(vector::KILL);
    card.raise(vector::EVENTS);
    assert_eq!((kill.take(), kill.take()), (2, 0));
    let none = card.interrupt(vector::COUNT).expect_err("no vector").to_string();
    assert!(none.contains("3 MSI-X vectors"), "{none}");
}

#[test]
fn a_storm_is_taken_at_once_and_counted() {
    let mut card = Mock::new(&config::SIM);
    card.raise(vector::EVENTS);
    let line = card.interrupt(vector::EVENTS).expect("a vector");
    let mut watch = EventInterrupts::new(line, 0);
    for _ in 0..1_000 {
        card.raise(vector::EVENTS);
    }
    let taken = watch.take();
    watch.account(taken, 3);
    card.raise(vector::EVENTS);
    let taken = watch.take();
    watch.account(taken, 3);
    let stats = watch.stats();
    assert_eq!(
        (stats.taken, stats.storms, stats.storm_interrupts),
        (1_001, 1, 997)
    );
    assert_eq!((stats.spurious, watch.take()), (1, 0));
}

#[cfg_attr(miri, ignore = "Miri has no memfd_create and maps no files")]
#[test]
fn broken_torn_and_lapped_entries_are_counted() {
    let card = Mock::new(&config::SMALL);
    let mut device = Device::open(Box::new(card.clone())).expect("opens");
    let mut reader = device.ring(Ring::Records, 3).expect("a ring");
    let base = reader.bus_address();
    let entry = |seq: u32| {
        let mut entry = [9u8; 64];
        ring::seal(&mut entry, seq);
        entry
    };
    let write = |seq: u32, entry: &[u8; 64]| {
        assert!(card.write_memory(base + 64 * u64::from((seq - 1) % 8), entry));
    };
    // The number of the first one is there before its payload.
    let mut half = entry(1);
    half[..56].fill(0);
    write(1, &half);
    assert_eq!((reader.poll(), reader.stats().torn), (None, 1));
    write(1, &entry(1));
    assert_eq!(reader.poll(), Some(entry(1)));
    // The second one stays broken.
    let mut broken = entry(2);
    broken[7] ^= 8;
    write(2, &broken);
    write(3, &entry(3));
    while reader.stats().crc_errors == 0 {
        assert_eq!(reader.poll(), None);
    }
    assert_eq!(reader.poll(), Some(entry(3)));
    // The card is a lap ahead.
    (4..=16).for_each(|seq| write(seq, &entry(seq)));
    assert_eq!(reader.poll(), None);
    let stats = reader.stats();
    assert_eq!((stats.entries, stats.lapped, stats.crc_errors), (2, 1, 1));
    assert_eq!(
        u64::from(reader.tail()),
        stats.entries + stats.crc_errors + stats.lost
    );
}

#[test]
fn registers_behave_and_reset() {
    let mut card = Mock::new(&config::SIM);
    let (control, status) = (reg::global("CONTROL"), reg::global("STATUS"));
    card.write32(control, u32::MAX).expect("written");
    card.write32(status, u32::MAX).expect("written");
    assert_eq!((card.read32(control), card.read32(status)), (Ok(0xf), Ok(0)));
    card.reset().expect("reset");
    assert_eq!(card.read32(control), Ok(0));
    card.set(status, 5);
    assert_eq!(card.read32(status), Ok(5));
    card.write_line(64, &[1; 64]).expect("written");
    assert_eq!(card.take_lines(), [(64, [1; 64])]);
}

#[test]
fn a_card_pulled_out_is_noticed_and_stays_gone() {
    let card = Mock::new(&config::SIM);
    let mut device = Device::open(Box::new(card.clone())).expect("opens");
    card.unplug();
    for _ in 0..2 {
        assert_eq!(device.regs.status(), Err(DeviceError::Port(PortError::Gone)));
    }
    assert!(device.regs.gone());
}

#[cfg_attr(miri, ignore = "looks for a function in sysfs")]
#[test]
fn a_card_that_is_not_there_says_what_to_do() {
    let nowhere: Bdf = "ffff:ff:1f.7".parse().expect("an address");
    let said = Vfio::open(nowhere).expect_err("not there").to_string();
    assert!(
        said.contains("ffff:ff:1f.7") && said.contains("lspci -D"),
        "{said}"
    );
}

#[test]
fn the_narrowest_reading_correlates_the_clocks() {
    let card = Mock::new(&config::SIM);
    let mut device = Device::open(Box::new(card.clone())).expect("opens");
    card.set(reg::global("TIME_LO"), 700);
    card.set(reg::global("TIME_HI"), 1);
    // Readings of 400, 30 and 100 ns; host clocks only ever go on.
    let mut host = [0u64, 400, 1_000, 1_030, 2_000, 2_100].into_iter();
    let at = device
        .correlate(3, || host.next().expect("six readings"))
        .expect("read");
    assert_eq!(
        (at.card_ns, at.host_ns, at.uncertainty_ns),
        ((1 << 32) + 700, 1_015, 15)
    );
}
