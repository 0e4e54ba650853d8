//! Feed lines, session, sequence and subscriptions.

use crate::{
    DeviceError,
    bringup::{Device, Patience, words},
};
use contract::reg::{self, control, slot_ctrl, slot_state, status};

/// Polls of `STATUS` before a wait is given up.
const POLLS: u32 = 1_000_000;

/// Where a line's packets are addressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// IPv4 group, first octet in the high byte.
    pub group: u32,
    /// UDP port.
    pub port: u16,
}

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Symbol, 1 to 8 ASCII characters.
    pub symbol: String,
    /// Locate, when it is known already (a late join).
    pub locate: Option<u16>,
    /// Tick, 1/10000 dollar, at least 1.
    pub tick: u32,
    /// Right shift of quantities in features, at most 31.
    pub qty_shift: u8,
    /// Levels entries follow each record.
    pub levels: bool,
}

impl Device {
    /// Points both lines at their groups.
    ///
    /// # Errors
    /// What the transport says.
    pub fn set_lines(&mut self, a: Line, b: Line) -> Result<(), DeviceError> {
        self.regs.write(reg::global("RX_GROUP_A"), a.group)?;
        self.regs.write(reg::global("RX_PORT_A"), u32::from(a.port))?;
        self.regs.write(reg::global("RX_GROUP_B"), b.group)?;
        self.regs.write(reg::global("RX_PORT_B"), u32::from(b.port))
    }

    /// Accepts a MoldUDP64 session and the sequence number to expect first.
    ///
    /// # Errors
    /// What the transport says.
    pub fn accept_session(&mut self, session: &[u8; 10], first_seq: u64) -> Result<(), DeviceError> {
        let word =
            |a: usize| u32::from_le_bytes([session[a], session[a + 1], session[a + 2], session[a + 3]]);
        self.regs.write(reg::global("SESSION_0"), word(0))?;
        self.regs.write(reg::global("SESSION_1"), word(4))?;
        self.regs.write(
            reg::global("SESSION_2"),
            u32::from(u16::from_le_bytes([session[8], session[9]])),
        )?;
        self.regs.write(reg::global("SESSION_CTRL"), 1)?;
        self.regs
            .write_pair(reg::global("SEQ_INIT_LO"), reg::global("SEQ_INIT_HI"), first_seq)?;
        self.regs.write(reg::global("SEQ_CTRL"), 1)
    }

    /// Sets how long the merge waits for a missing message, ns.
    ///
    /// # Errors
    /// What the transport says.
    pub fn set_gap_wait_ns(&mut self, ns: u32) -> Result<(), DeviceError> {
        self.regs.write(reg::global("GAP_WAIT_NS"), ns)
    }

    /// Switches bits of `CONTROL` on and off.
    ///
    /// # Errors
    /// What the transport says.
    pub fn control(&mut self, set: u32, clear: u32) -> Result<(), DeviceError> {
        let at = reg::global("CONTROL");
        let now = self.regs.read(at)?;
        self.regs.write(at, (now & !clear) | set)
    }

    /// Lets frames in.
    ///
    /// # Errors
    /// What the transport says.
    pub fn enable_receive(&mut self) -> Result<(), DeviceError> {
        self.control(control::RX_ENABLE, 0)
    }

    /// Subscribes `slot`, waits for its sweep, and leaves it stale and halted as the contract says.
    ///
    /// # Errors
    /// [`DeviceError::Slot`], [`DeviceError::Symbol`], [`DeviceError::Timeout`], or the transport's.
    pub fn subscribe(&mut self, slot: u32, what: &Subscription) -> Result<(), DeviceError> {
        if slot >= self.config().slots {
            return Err(DeviceError::Slot {
                slot,
                slots: self.config().slots,
            });
        }
        let symbol = padded(&what.symbol)?;
        let (lo, hi) = words(u64::from_le_bytes(symbol));
        let at = |name| reg::slot(slot, name);
        self.regs.write(at("SLOT_CTRL"), 0)?;
        self.regs.write(at("SYMBOL_LO"), lo)?;
        self.regs.write(at("SYMBOL_HI"), hi)?;
        self.regs
            .write(at("LOCATE"), what.locate.map_or(0, |l| 1 << 16 | u32::from(l)))?;
        self.regs.write(at("GRID_TICK"), what.tick)?;
        self.regs
            .write(at("GRID_RECIP"), contract::feature::grid_recip(what.tick.max(1)))?;
        self.regs.write(at("QTY_SHIFT"), u32::from(what.qty_shift))?;
        let levels = if what.levels { slot_ctrl::LEVELS } else { 0 };
        self.regs.write(at("SLOT_CTRL"), slot_ctrl::SUBSCRIBE | levels)?;
        self.wait_slot(slot, slot_state::READY, slot_state::READY)
    }

    /// `SLOT_SYNC`: declares the slot's book right as of the next expected sequence `seq`.
    ///
    /// # Errors
    /// [`DeviceError::Sync`] when the card expects another sequence, or the transport's.
    pub fn sync_slot(&mut self, slot: u32, seq: u64) -> Result<(), DeviceError> {
        self.regs.write_pair(
            reg::slot(slot, "SYNC_SEQ_LO"),
            reg::slot(slot, "SYNC_SEQ_HI"),
            seq,
        )?;
        let state = self.slot_state(slot)?;
        if state & slot_state::STALE == 0 {
            Ok(())
        } else {
            Err(DeviceError::Sync { slot, seq, state })
        }
    }

    /// Clears or sets `halted` of a slot by hand.
    ///
    /// # Errors
    /// What the transport says.
    pub fn set_halted(&mut self, slot: u32, halted: bool) -> Result<(), DeviceError> {
        self.regs
            .write(reg::slot(slot, "HALT_SET"), if halted { 2 } else { 1 })
    }

    /// `SLOT_STATE`.
    ///
    /// # Errors
    /// What the transport says.
    pub fn slot_state(&mut self, slot: u32) -> Result<u32, DeviceError> {
        self.regs.read(reg::slot(slot, "SLOT_STATE"))
    }

    /// Next expected sequence number.
    ///
    /// # Errors
    /// What the transport says.
    pub fn next_seq(&mut self) -> Result<u64, DeviceError> {
        self.regs
            .read_pair(reg::global("SEQ_NEXT_LO"), reg::global("SEQ_NEXT_HI"))
    }

    /// Waits until no message is on its way and the level store has nothing to do.
    ///
    /// # Errors
    /// [`DeviceError::Timeout`], or the transport's.
    pub fn wait_idle(&mut self) -> Result<(), DeviceError> {
        self.wait_status(status::BUSY | status::STORE_BUSY, 0, "idle", POLLS)
    }

    fn wait_slot(&mut self, slot: u32, mask: u32, value: u32) -> Result<(), DeviceError> {
        let mut patience = Patience::new(POLLS);
        while self.slot_state(slot)? & mask != value {
            if !patience.spend(self.regs.port().advance()?) {
                return Err(DeviceError::Timeout {
                    what: "ready",
                    polls: patience.polls,
                    status: self.regs.status()?,
                });
            }
        }
        Ok(())
    }
}

/// A symbol padded with spaces to eight bytes.
fn padded(symbol: &str) -> Result<[u8; 8], DeviceError> {
    let mut out = [b' '; 8];
    if symbol.is_empty() || symbol.len() > out.len() || !symbol.is_ascii() {
        return Err(DeviceError::Symbol(symbol.to_owned()));
    }
    out[..symbol.len()].copy_from_slice(symbol.as_bytes());
    Ok(out)
}
