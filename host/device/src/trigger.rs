//! Fabric triggers: orders the card sends by itself when the book says so.
//!
//! A trigger is armed by [`Device::arm_trigger`], fires once or is disarmed, and says so by one [`TriggerEvent`]; only then can its slot be
//! armed anew. The order of one that fired is told of like every other one, by `OrderSent` or `OrderRejected` whose `trigger` bit is set and
//! whose `order_seq` is the `arm_seq`.

use crate::{DeviceError, bringup::Device, events::Event};
use contract::{
    event::{Code, TRIGGER_BODY, TriggerCause},
    reg::{self, capability, control},
    trigger::{Trigger, arm_word},
};

/// What became of an arming.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TriggerEvent {
    /// Slot index.
    pub slot: u8,
    /// Number of the arming.
    pub arm_seq: u32,
    /// Host token.
    pub token: u32,
    /// Why it was disarmed; of one that fired, what else would have disarmed it in that cycle.
    pub cause: Option<TriggerCause>,
    /// What it fired on.
    pub fired: Option<Fired>,
}

/// What a trigger fired on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fired {
    /// Sequence number of the message.
    pub seq: u64,
    /// Card time at the start of the message's frame, ns.
    pub stamp_ns: u64,
    /// Best bid quantity, shares.
    pub bid_qty: u32,
    /// Best ask quantity, shares.
    pub ask_qty: u32,
}

impl TriggerEvent {
    /// The trigger's event in an entry of the events ring, if it is one.
    pub fn of(event: &Event) -> Option<Self> {
        let fired = match event.code? {
            Code::TriggerFired => true,
            Code::TriggerDisarmed => false,
            _ => return None,
        };
        let field = |name| event.field(TRIGGER_BODY, name);
        let word = |name| u32::try_from(field(name)).unwrap_or(u32::MAX);
        Some(Self {
            slot: event.slot,
            arm_seq: word("arm_seq"),
            token: word("token"),
            cause: TriggerCause::from_number(field("cause").to_le_bytes()[0]),
            fired: fired.then(|| Fired {
                seq: field("seq"),
                stamp_ns: field("stamp"),
                bid_qty: word("bid_sz"),
                ask_qty: word("ask_sz"),
            }),
        })
    }
}

impl Device {
    /// Whether this card has triggers.
    ///
    /// # Errors
    /// [`DeviceError::Capability`] when it has not.
    pub fn require_triggers(&self) -> Result<(), DeviceError> {
        if self.has(capability::TRIGGER) {
            Ok(())
        } else {
            Err(DeviceError::Capability("fabric trigger"))
        }
    }

    /// Arms the trigger of a slot, under the fencing epoch of the order window. Waits for nothing: an arming that is refused is told of by
    /// an event as well.
    ///
    /// # Errors
    /// [`DeviceError::Capability`], [`DeviceError::Slot`], or the transport's.
    pub fn arm_trigger(
        &mut self,
        slot: u32,
        trigger: &Trigger,
        arm_seq: u32,
        epoch: u16,
    ) -> Result<(), DeviceError> {
        self.require_triggers()?;
        let index = self.trigger_slot(slot)?;
        let qty_shift = self.regs.read(reg::slot(slot, "QTY_SHIFT"))?;
        for (name, word) in trigger.registers(arm_seq, qty_shift) {
            self.regs.write(reg::global(name), word)?;
        }
        self.regs
            .write(reg::global("TRIGGER_ARM"), arm_word(index, epoch))
    }

    /// Disarms the trigger of a slot, if it has one that is armed.
    ///
    /// # Errors
    /// [`DeviceError::Capability`], [`DeviceError::Slot`], or the transport's.
    pub fn disarm_trigger(&mut self, slot: u32) -> Result<(), DeviceError> {
        self.require_triggers()?;
        self.trigger_slot(slot)?;
        self.regs.write(reg::global("TRIGGER_DISARM"), slot)
    }

    /// Slots whose trigger is armed, a bit each.
    ///
    /// # Errors
    /// What the transport says.
    pub fn triggers_armed(&mut self) -> Result<u64, DeviceError> {
        self.regs
            .read_pair(reg::global("TRIGGER_ARMED_LO"), reg::global("TRIGGER_ARMED_HI"))
    }

    /// Whether orders of triggers wait until the frame that fired them has ended well.
    ///
    /// # Errors
    /// [`DeviceError::Capability`], or the transport's.
    pub fn set_triggers_wait_for_fcs(&mut self, wait: bool) -> Result<(), DeviceError> {
        self.require_triggers()?;
        if wait {
            self.control(control::WAIT_FCS, 0)
        } else {
            self.control(0, control::WAIT_FCS)
        }
    }

    fn trigger_slot(&self, slot: u32) -> Result<u8, DeviceError> {
        let slots = self.config().slots;
        let index = u8::try_from(slot).ok().filter(|_| slot < slots);
        index.ok_or(DeviceError::Slot { slot, slots })
    }
}
