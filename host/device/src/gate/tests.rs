//! The order side against a card of registers only, which keeps what is written.

use super::*;
use crate::orders::OrderWindow;
use contract::{
    CONTRACT_HASH, Config,
    port::{DmaRegion, Interrupt, PciDevice, PortError},
    reg::{IDENTITY, permit},
    slot::{Kind, Order},
};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// What the card has seen.
#[derive(Debug, Default)]
struct Seen {
    registers: BTreeMap<u32, u32>,
    writes: Vec<(u32, u32)>,
    lines: Vec<(u32, [u8; 64])>,
    /// The gate does what `ARM` says.
    obeys: bool,
}

#[derive(Debug, Clone)]
struct Mock(Arc<Mutex<Seen>>);

impl PciDevice for Mock {
    fn config_read(&mut self, _: u16) -> Result<u32, PortError> {
        Ok(0)
    }
    fn config_write(&mut self, _: u16, _: u32) -> Result<(), PortError> {
        Ok(())
    }
    fn read32(&mut self, offset: u32) -> Result<u32, PortError> {
        let seen = self.0.lock().expect("lock");
        Ok(seen.registers.get(&offset).copied().unwrap_or(0))
    }
    fn write32(&mut self, offset: u32, value: u32) -> Result<(), PortError> {
        let mut seen = self.0.lock().expect("lock");
        seen.writes.push((offset, value));
        if offset == reg::global("ARM") && seen.obeys {
            let armed = if value == ARM_KEY { status::ARMED } else { 0 };
            seen.registers.insert(reg::global("STATUS"), armed);
        }
        Ok(())
    }
    fn write_line(&mut self, offset: u32, line: &[u8; 64]) -> Result<(), PortError> {
        self.0.lock().expect("lock").lines.push((offset, *line));
        Ok(())
    }
    fn dma_alloc(&mut self, bytes: usize) -> Result<Box<dyn DmaRegion>, PortError> {
        Err(PortError::Dma {
            bytes,
            why: "none here".into(),
        })
    }
    fn interrupt(&mut self, _: u16) -> Result<Box<dyn Interrupt>, PortError> {
        Err(PortError::Gone)
    }
    fn reset(&mut self) -> Result<(), PortError> {
        Ok(())
    }
}

fn card(capabilities: u32) -> (Device, Mock) {
    let mock = Mock(Arc::default());
    let config = Config::by_id(1).expect("a configuration");
    {
        let mut seen = mock.0.lock().expect("lock");
        seen.obeys = true;
        seen.registers = BTreeMap::from([
            (reg::global("IDENTITY"), IDENTITY),
            (reg::global("CONTRACT_HASH"), CONTRACT_HASH),
            (reg::global("CONFIG"), config.word()),
            (reg::global("CAPABILITIES"), capabilities),
        ]);
    }
    let device = Device::open(Box::new(mock.clone())).expect("opens");
    (device, mock)
}

fn writes(mock: &Mock) -> Vec<(u32, u32)> {
    std::mem::take(&mut mock.0.lock().expect("lock").writes)
}

#[test]
fn a_card_without_orders_is_told_apart() {
    let (mut device, mock) = card(capability::CORE);
    let lacking = Err(DeviceError::Capability("order path"));
    assert_eq!(device.arm(), lacking);
    assert_eq!(device.commit_limits(), lacking);
    assert_eq!(device.load_template(&[0; WORDS]), lacking);
    assert_eq!(device.set_limits(0, &SlotLimits::default()), lacking);
    assert!(OrderWindow::open(&mut device, 1).is_err());
    assert!(writes(&mock).is_empty());
}

#[test]
fn template_and_limits_go_to_their_registers() {
    let (mut device, mock) = card(capability::ORDERS);
    let template: [u32; WORDS] = core::array::from_fn(|i| u32::try_from(i).expect("small") + 7);
    device.load_template(&template).expect("written");
    let seen = writes(&mock);
    assert_eq!(seen[0], (reg::global("TABLE_ADDR"), 0));
    assert_eq!(seen.last(), Some(&(reg::global("TABLE_COMMIT"), 1)));
    let data: Vec<u32> = seen[1..=WORDS].iter().map(|w| w.1).collect();
    assert!(data == template && seen[1..=WORDS].iter().all(|w| w.0 == reg::global("TABLE_DATA")));
    let limits = SlotLimits {
        qty_max: 1,
        collar: 2,
        position_max: 3,
        open_orders_max: 4,
        notional_max: 6 << 32 | 5,
        rate: Rate {
            tokens: 7,
            refill_ns: 8,
        },
        permit: 9,
        bands: Some([10, 11]),
        throttle: 12,
    };
    device.set_limits(1, &limits).expect("written");
    let values: Vec<u32> = writes(&mock).iter().map(|w| w.1).collect();
    assert_eq!(values, [1, 2, 3, 4, 5, 6, 7, 8, 9 | permit::BANDS, 10, 11, 12]);
    let slots = device.config().slots;
    assert_eq!(
        device.set_limits(slots, &limits),
        Err(DeviceError::Slot { slot: slots, slots })
    );
}

#[test]
fn bands_and_throttles_go_to_their_registers() {
    let (mut device, mock) = card(capability::ORDERS);
    device.set_bands(1, permit::BUY, Some([3, 4])).expect("written");
    device.set_bands(1, u32::MAX, None).expect("written");
    device.set_throttle_ns(5).expect("written");
    device.clear_throttle(1).expect("written");
    let at = |name| reg::slot(1, name);
    assert_eq!(
        writes(&mock),
        [
            (at("BAND_LOW"), 3),
            (at("BAND_HIGH"), 4),
            (at("PERMIT"), permit::BUY | permit::BANDS),
            (at("BAND_LOW"), 0),
            (at("BAND_HIGH"), 0),
            (at("PERMIT"), permit::SIDES),
            (reg::global("THROTTLE_NS"), 5),
            (reg::global("THROTTLE_CLEAR"), reg::THROTTLE_KEY + 1),
        ]
    );
    let slots = device.config().slots;
    let none = Err(DeviceError::Slot { slot: slots, slots });
    assert_eq!(device.clear_throttle(slots), none);
    assert_eq!(device.set_bands(slots, 0, None), none);
    assert!(writes(&mock).is_empty());
}

#[test]
fn the_watchdog_knows_its_firm_before_it_is_on() {
    let (mut device, mock) = card(capability::ORDERS);
    device.set_watchdog(Some(*b"FORG")).expect("written");
    device.set_watchdog(None).expect("written");
    let (firm, on) = (reg::global("WATCHDOG_FIRM"), reg::global("WATCHDOG_CANCEL"));
    let word = u32::from_le_bytes(*b"FORG");
    assert_eq!(writes(&mock), [(firm, word), (on, 1), (on, 0)]);
    assert!(!device.watchdog_is_due().expect("read"));
    let (mut none, _) = card(0);
    assert_eq!(
        none.set_watchdog(None),
        Err(DeviceError::Capability("order path"))
    );
}

#[test]
fn arming_is_confirmed_by_the_card() {
    let (mut device, mock) = card(capability::ORDERS);
    device.arm().expect("armed");
    device.disarm().expect("disarmed");
    assert_eq!(
        writes(&mock),
        [(reg::global("ARM"), ARM_KEY), (reg::global("ARM"), DISARM_KEY)]
    );
    mock.0.lock().expect("lock").obeys = false;
    assert!(matches!(
        device.arm(),
        Err(DeviceError::Timeout { what: "armed", .. })
    ));
    device.kill().expect("written");
    assert_eq!(writes(&mock).last(), Some(&(reg::global("KILL"), 1)));
}

#[test]
fn executions_grow_the_position_before_the_open_quantity_shrinks() {
    let (mut device, mock) = card(capability::ORDERS);
    device.bought(0, 5, true).expect("written");
    device.sold(1, 6, false).expect("written");
    device.correct_position(1, -3).expect("written");
    let at = |slot, name| reg::slot(slot, name);
    assert_eq!(
        writes(&mock),
        [
            (at(0, "POSITION_ADD"), 5),
            (at(0, "OPEN_RELEASE_BUY"), reg::RELEASE_DONE | 5),
            (at(1, "POSITION_ADD"), (-6i32).cast_unsigned()),
            (at(1, "OPEN_RELEASE_SELL"), 6),
            (at(1, "POSITION_ADD"), (-3i32).cast_unsigned()),
        ]
    );
    assert_eq!(device.sold(0, 1 << 31, true), Err(DeviceError::Shares(1 << 31)));
    assert!(
        writes(&mock).is_empty(),
        "a report that cannot be made is not half made"
    );
    let mut seen = mock.0.lock().expect("lock");
    seen.registers
        .extend([(at(1, "POSITION"), u32::MAX - 1), (at(1, "OPEN_SELL"), 9)]);
    drop(seen);
    let exposure = Exposure {
        position: -2,
        open_buy: 0,
        open_sell: 9,
    };
    assert_eq!(device.exposure(1), Ok(exposure));
}

#[test]
fn the_window_holds_64_orders() {
    let (mut device, mock) = card(capability::ORDERS);
    let mut window = OrderWindow::open(&mut device, 3).expect("opens");
    assert_eq!(
        writes(&mock),
        [(reg::global("EPOCH"), 3), (reg::global("ORDER_SEQ_RESET"), 1)]
    );
    let order = Order {
        symbol_slot: 1,
        side: b'B',
        time_in_force: b'3',
        display: b'Y',
        capacity: b'P',
        iso: b'N',
        cross_type: b'N',
        qty: 1,
        price: 2,
        token: 3,
        target_ref: 0,
        orig_qty: 0,
        cl_ord_id: [b' '; 14],
    };
    for seq in 1..=64 {
        assert_eq!(window.submit(&mut device, &order, Kind::Enter), Ok(seq));
    }
    assert_eq!(
        window.submit(&mut device, &order, Kind::Enter),
        Err(DeviceError::WindowFull)
    );
    window.acknowledge(1);
    assert_eq!(window.submit(&mut device, &order, Kind::Enter), Ok(65));
    let seen = mock.0.lock().expect("lock");
    assert_eq!(seen.lines.len(), 65);
    assert_eq!(seen.lines[64], (64, order.encode(Kind::Enter, 65, 3)));
}
