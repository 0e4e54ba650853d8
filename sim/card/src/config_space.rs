//! Configuration space of the card (PCI 3.0, 6.1; PCI Express 3.0, 7): what software reads and may write.

use contract::port::{BAR0_BYTES, DEVICE_ID, VENDOR_ID, vector};
use contract::window::BAR2_BYTES;

/// Bytes of a PCI Express configuration space.
pub(crate) const BYTES: usize = 4096;
/// Bytes of BAR4, which holds the MSI-X table and its pending bits.
pub(crate) const BAR4_BYTES: u32 = 4096;

const COMMAND: usize = 0x04;
const COMMAND_MEMORY: u8 = 1 << 1;
const COMMAND_BUS_MASTER: u8 = 1 << 2;
/// Memory space, bus master, parity, SERR, INTx disable.
const COMMAND_MASK: u16 = 0x0546;
/// A capability list is there.
const STATUS: u16 = 0x0010;
/// Ethernet controller.
const CLASS: [u8; 3] = [0x00, 0x00, 0x02];
const REVISION: u8 = 1;
const BARS: [(usize, u32, u32); 3] = [
    // Offset, bytes, type: 64-bit; BAR2 is prefetchable, so that it may be mapped write-combining.
    (0x10, BAR0_BYTES, 0x4),
    (0x18, BAR2_BYTES, 0xc),
    (0x20, BAR4_BYTES, 0x4),
];
const CAP_MSIX: u8 = 0x40;
const CAP_EXPRESS: u8 = 0x50;
const CAP_POWER: u8 = 0x90;
/// Function-level reset: bit 15 of the Express device control register.
const DEVICE_CONTROL_HIGH: usize = CAP_EXPRESS as usize + 9;
const FLR: u8 = 0x80;
const POWER_CONTROL: usize = CAP_POWER as usize + 4;
const PENDING_BITS_AT: u32 = 0x800;
const MSIX_TABLE_BAR: u32 = 4;

/// The bytes, and which of their bits software may write.
#[derive(Debug, Clone)]
pub(crate) struct ConfigSpace {
    data: Box<[u8; BYTES]>,
    writable: Box<[u8; BYTES]>,
}

impl ConfigSpace {
    /// After reset.
    pub(crate) fn new() -> Self {
        let mut space = Self {
            data: Box::new([0; BYTES]),
            writable: Box::new([0; BYTES]),
        };
        space.put(0x00, &VENDOR_ID.to_le_bytes());
        space.put(0x02, &DEVICE_ID.to_le_bytes());
        space.allow(COMMAND, &COMMAND_MASK.to_le_bytes());
        space.put(0x06, &STATUS.to_le_bytes());
        space.put(0x08, &[REVISION]);
        space.put(0x09, &CLASS);
        for (at, bytes, kind) in BARS {
            space.put(at, &kind.to_le_bytes());
            space.allow(at, &(!(bytes - 1)).to_le_bytes());
            space.allow(at + 4, &u32::MAX.to_le_bytes());
        }
        space.put(0x2c, &VENDOR_ID.to_le_bytes());
        space.put(0x2e, &DEVICE_ID.to_le_bytes());
        space.put(0x34, &[CAP_MSIX]);
        space.allow(0x3c, &[0xff]);
        space.msix();
        space.express();
        space.power();
        space
    }

    fn msix(&mut self) {
        let at = usize::from(CAP_MSIX);
        self.put(at, &[0x11, CAP_EXPRESS]);
        self.put(at + 2, &(vector::COUNT - 1).to_le_bytes());
        // Enable and function mask.
        self.allow(at + 2, &0xc000u16.to_le_bytes());
        self.put(at + 4, &MSIX_TABLE_BAR.to_le_bytes());
        self.put(at + 8, &(PENDING_BITS_AT | MSIX_TABLE_BAR).to_le_bytes());
    }

    fn express(&mut self) {
        let at = usize::from(CAP_EXPRESS);
        self.put(at, &[0x10, CAP_POWER]);
        // Version 2, endpoint.
        self.put(at + 2, &0x0002u16.to_le_bytes());
        // Payload up to 512 bytes, role-based error reporting, function-level reset.
        self.put(at + 4, &0x1000_8002u32.to_le_bytes());
        self.put(at + 8, &0x2810u16.to_le_bytes());
        self.allow(at + 8, &0x7fffu16.to_le_bytes());
        // Eight lanes of generation 3, in capability and status.
        self.put(at + 12, &0x0000_0083u32.to_le_bytes());
        self.put(at + 18, &0x0083u16.to_le_bytes());
    }

    fn power(&mut self) {
        let at = usize::from(CAP_POWER);
        self.put(at, &[0x01, 0x00]);
        self.put(at + 2, &0x0003u16.to_le_bytes());
        // No soft reset. The state must be writable: vfio-pci parks an unused function in D3hot and wakes it again.
        self.put(POWER_CONTROL, &[0x08]);
        self.allow(POWER_CONTROL, &[0x03]);
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        self.data[at..at + bytes.len()].copy_from_slice(bytes);
    }

    fn allow(&mut self, at: usize, bits: &[u8]) {
        self.writable[at..at + bits.len()].copy_from_slice(bits);
    }

    /// Reads; what lies beyond the end is all-ones.
    pub(crate) fn read(&self, offset: usize, out: &mut [u8]) {
        for (i, byte) in out.iter_mut().enumerate() {
            *byte = self.data.get(offset.saturating_add(i)).copied().unwrap_or(0xff);
        }
    }

    /// The dword at `offset`.
    pub(crate) fn dword(&self, offset: u16) -> u32 {
        let mut bytes = [0; 4];
        self.read(usize::from(offset), &mut bytes);
        u32::from_le_bytes(bytes)
    }

    /// Writes the bits that may be written; true when the write asks for a function-level reset.
    pub(crate) fn write(&mut self, offset: usize, bytes: &[u8]) -> bool {
        let mut reset = false;
        for (i, byte) in bytes.iter().enumerate() {
            let at = offset.saturating_add(i);
            let (Some(stored), Some(mask)) = (self.data.get_mut(at), self.writable.get(at)) else {
                break;
            };
            *stored = *stored & !mask | byte & mask;
            reset |= at == DEVICE_CONTROL_HIGH && byte & FLR != 0;
        }
        reset
    }

    /// Whether the card may write to host memory.
    pub(crate) fn bus_master(&self) -> bool {
        self.data[COMMAND] & COMMAND_BUS_MASTER != 0 && self.awake()
    }

    /// Whether the BARs answer.
    pub(crate) fn memory(&self) -> bool {
        self.data[COMMAND] & COMMAND_MEMORY != 0 && self.awake()
    }

    fn awake(&self) -> bool {
        self.data[POWER_CONTROL] & 3 == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_tell_their_size() {
        let mut space = ConfigSpace::new();
        assert_eq!(space.dword(0), 0x7f0e_1234);
        for (at, bytes, kind) in BARS {
            let offset = u16::try_from(at).expect("small");
            space.write(at, &[0xff; 8]);
            assert_eq!(
                (space.dword(offset), space.dword(offset + 4)),
                (!(bytes - 1) | kind, u32::MAX)
            );
            space.write(at, &0x1234_5678u32.to_le_bytes());
            assert_eq!(space.dword(offset), 0x1234_5678 & !(bytes - 1) | kind);
        }
    }

    #[test]
    fn the_capability_list_ends_and_has_all_three() {
        let space = ConfigSpace::new();
        let (mut at, mut found) = (space.dword(0x34).to_le_bytes()[0], Vec::new());
        while at != 0 && found.len() < 8 {
            let [id, next, ..] = space.dword(u16::from(at)).to_le_bytes();
            found.push(id);
            at = next;
        }
        assert_eq!(found, [0x11, 0x10, 0x01], "MSI-X, PCI Express, power management");
        assert_eq!(space.dword(0x40) >> 16, 2, "three vectors");
    }

    #[test]
    fn command_power_state_and_reset() {
        let mut space = ConfigSpace::new();
        assert!(!space.write(4, &[0xff, 0xff, 0xff, 0xff]));
        assert_eq!(space.dword(4), u32::from(STATUS) << 16 | u32::from(COMMAND_MASK));
        assert!(space.bus_master() && space.memory());
        space.write(POWER_CONTROL, &[3]);
        assert!(!space.bus_master() && !space.memory(), "asleep");
        space.write(POWER_CONTROL, &[0]);
        assert!(space.bus_master());
        assert!(space.write(0x58, &[0x10, 0xa8]), "function-level reset");
        assert!(
            !space.write(0, &[0xff; 4]) && space.dword(0) == 0x7f0e_1234,
            "identity is not writable"
        );
        space.write(BYTES - 2, &[1; 8]);
        let mut end = [0; 4];
        space.read(BYTES - 2, &mut end);
        assert_eq!(end, [0, 0, 0xff, 0xff]);
    }
}
