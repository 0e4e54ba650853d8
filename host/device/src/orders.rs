//! Writing order slots: numbers, window and epoch.

use crate::{DeviceError, bringup::Device};
use contract::{
    reg,
    slot::{self, Kind, Order, SLOT_BYTES, SLOTS},
    window,
};

/// The order window of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderWindow {
    next: u32,
    acknowledged: u32,
    epoch: u16,
    repeated: u64,
}

impl OrderWindow {
    /// Takes over the window: sets the epoch and starts at order_seq 1.
    ///
    /// # Errors
    /// [`DeviceError::Capability`] when the card has no order path, or the transport's.
    pub fn open(device: &mut Device, epoch: u16) -> Result<Self, DeviceError> {
        device.require_orders()?;
        device.regs.write(reg::global("EPOCH"), u32::from(epoch))?;
        device.regs.write(reg::global("ORDER_SEQ_RESET"), 1)?;
        Ok(Self {
            next: 1,
            acknowledged: 0,
            epoch,
            repeated: 0,
        })
    }

    /// Orders written whose event was not read yet.
    pub const fn unacknowledged(&self) -> u32 {
        self.next.wrapping_sub(1).wrapping_sub(self.acknowledged)
    }

    /// Writes an order; gives its order_seq.
    ///
    /// # Errors
    /// [`DeviceError::WindowFull`] with 64 orders unacknowledged, or the transport's.
    pub fn submit(&mut self, device: &mut Device, order: &Order, kind: Kind) -> Result<u32, DeviceError> {
        if self.unacknowledged() as usize >= SLOTS {
            return Err(DeviceError::WindowFull);
        }
        let seq = self.next;
        let line = order.encode(kind, seq, self.epoch);
        device.regs.port().write_line(slot_offset(seq), &line)?;
        self.next = seq.wrapping_add(1);
        Ok(seq)
    }

    /// Writes a raw payload, one whole SoupBinTCP packet, for the fabric's sequencer; gives its order_seq.
    ///
    /// # Errors
    /// [`DeviceError::WindowFull`] with 64 orders unacknowledged, [`DeviceError::RawPayload`], or the transport's.
    pub fn submit_raw(
        &mut self,
        device: &mut Device,
        payload: &[u8],
        token: u32,
    ) -> Result<u32, DeviceError> {
        if self.unacknowledged() as usize >= SLOTS {
            return Err(DeviceError::WindowFull);
        }
        let seq = self.next;
        let line = slot::encode_raw(payload, token, seq, self.epoch)
            .ok_or(DeviceError::RawPayload(payload.len()))?;
        device.regs.port().write_line(slot_offset(seq), &line)?;
        self.next = seq.wrapping_add(1);
        Ok(seq)
    }

    /// An order's event was read.
    pub fn acknowledge(&mut self, order_seq: u32) {
        let ahead = order_seq.wrapping_sub(self.acknowledged);
        if ahead <= self.unacknowledged() {
            self.acknowledged = order_seq;
        }
    }

    /// The card has refused an order for its sequence number. Whether it is one that was acknowledged before: its slot
    /// reached the card twice, and only the first one counted. Such orders are counted.
    pub fn refused_for_sequence(&mut self, order_seq: u32) -> bool {
        let age = self.acknowledged.wrapping_sub(order_seq);
        let repeated = (age as usize) < SLOTS && order_seq != 0;
        self.repeated = self.repeated.saturating_add(u64::from(repeated));
        repeated
    }

    /// Order slots that reached the card twice.
    pub const fn repeated(&self) -> u64 {
        self.repeated
    }
}

const SLOT_COUNT: u32 = {
    assert!(slot::SLOTS == 64);
    64
};
const SLOT_SIZE: u32 = {
    assert!(SLOT_BYTES == 64);
    64
};

/// BAR2 offset of the slot that order `seq` goes into.
const fn slot_offset(seq: u32) -> u32 {
    window::offset("order_slots") + (seq % SLOT_COUNT) * SLOT_SIZE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn window_counts() {
        let mut w = OrderWindow {
            next: u32::MAX,
            acknowledged: u32::MAX - 1,
            epoch: 1,
            repeated: 0,
        };
        assert_eq!(w.unacknowledged(), 0);
        w.next = w.next.wrapping_add(3);
        assert_eq!(w.unacknowledged(), 3);
        w.acknowledge(7);
        assert_eq!(w.unacknowledged(), 3, "an order never written");
        w.acknowledge(0);
        assert_eq!(w.unacknowledged(), 1);
    }

    #[test]
    fn only_what_was_acknowledged_can_come_again() {
        let mut w = OrderWindow {
            next: 71,
            acknowledged: 69,
            epoch: 1,
            repeated: 0,
        };
        assert!(w.refused_for_sequence(69) && w.refused_for_sequence(6));
        for never in [70, 71, 5, 0] {
            assert!(!w.refused_for_sequence(never), "{never}");
        }
        assert_eq!(w.repeated(), 2);
    }

    #[test]
    fn slots_follow_the_sequence() {
        assert_eq!(
            (slot_offset(1), slot_offset(63), slot_offset(64)),
            (64, 63 * 64, 0)
        );
    }
}
