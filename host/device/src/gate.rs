//! The card's pre-trade gate and order transmit: limits, template, heartbeat, switches, and what the host reports back.

use crate::{
    DeviceError,
    bringup::{Device, Patience, words},
};
use contract::{
    reg::{self, ARM_KEY, DISARM_KEY, TABLES, capability, status},
    template::WORDS,
};

/// Polls of `STATUS` for the gate to be armed or not: it takes a few cycles.
const SWITCH_POLLS: u32 = 1_000;
/// Reads of RX_MESSAGE_NEXT until the card has to have applied what it holds: 16 KiB, a byte a cycle or two.
const APPLY_POLLS: u32 = 100_000;
/// Table index of the transmit template.
const TEMPLATE_TABLE: u32 = {
    assert!(contract::layout::same(TABLES[0], "tx_template"));
    0
};

/// Limits of one slot, as the gate holds them. All zero refuses every order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SlotLimits {
    /// Most shares an order.
    pub qty_max: u32,
    /// How far below the best bid or above the best ask a price may lie, 1/10000 dollar.
    pub collar: u32,
    /// Largest absolute position plus open quantity, shares.
    pub position_max: u32,
    /// Most open orders.
    pub open_orders_max: u16,
    /// Most notional an order, 1/10000 dollar.
    pub notional_max: u64,
    /// Rate of the slot.
    pub rate: Rate,
    /// Sides an order may have, bits of [`reg::permit`].
    pub permit: u32,
    /// Lowest and highest price, 1/10000 dollar, where bands hold (LULD).
    pub bands: Option<[u32; 2]>,
    /// As many grants latch the slot until [`Device::clear_throttle`]; 0 refuses all.
    pub throttle: u16,
}

/// A token bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rate {
    /// Most tokens.
    pub tokens: u16,
    /// Time for one token to come back, ns of card time; 0 never.
    pub refill_ns: u32,
}

/// What the gate believes of a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Exposure {
    /// Net position, shares, saturated; negative is short.
    pub position: i32,
    /// Open buy quantity, shares, saturated.
    pub open_buy: u32,
    /// Open sell quantity, shares, saturated.
    pub open_sell: u32,
}

/// A TCP connection's numbers at the moment the card takes over its transmit side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TcpState {
    /// Sequence of the next payload byte; also the peer's last acknowledgement.
    pub sequence: u32,
    /// Acknowledgement to send.
    pub acknowledgement: u32,
    /// Window of the peer, bytes, scaled.
    pub peer_window: u32,
}

/// The order connection as the card is to read it (`contract::follow`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Received {
    /// Address and TCP port of the exchange.
    pub peer: ([u8; 4], u16),
    /// Ours.
    pub own: ([u8; 4], u16),
    /// Sequence of the next byte that will arrive; it begins a SoupBinTCP packet.
    pub sequence: u32,
}

impl Device {
    /// Whether orders can be sent with this card at all.
    ///
    /// # Errors
    /// [`DeviceError::Capability`] when they cannot.
    pub fn require_orders(&self) -> Result<(), DeviceError> {
        if self.has(capability::ORDERS) {
            Ok(())
        } else {
            Err(DeviceError::Capability("order path"))
        }
    }

    /// Loads and commits the headers of order frames, made by [`contract::template::words`].
    ///
    /// # Errors
    /// [`DeviceError::Capability`], or the transport's.
    pub fn load_template(&mut self, template: &[u32; WORDS]) -> Result<(), DeviceError> {
        self.require_orders()?;
        self.regs.write(reg::global("TABLE_ADDR"), TEMPLATE_TABLE << 24)?;
        for word in template {
            self.regs.write(reg::global("TABLE_DATA"), *word)?;
        }
        self.regs.write(reg::global("TABLE_COMMIT"), 1 << TEMPLATE_TABLE)
    }

    /// Writes a slot's limits into the shadow bank; [`Self::commit_limits`] makes them count.
    ///
    /// # Errors
    /// [`DeviceError::Capability`], [`DeviceError::Slot`], or the transport's.
    pub fn set_limits(&mut self, slot: u32, limits: &SlotLimits) -> Result<(), DeviceError> {
        self.require_orders()?;
        self.require_slot(slot)?;
        let [low, high] = limits.bands.unwrap_or_default();
        let bands = limits.bands.map_or(0, |_| reg::permit::BANDS);
        let permit = limits.permit & reg::permit::SIDES | bands;
        let (notional_lo, notional_hi) = words(limits.notional_max);
        for (name, value) in [
            ("MAX_QTY", limits.qty_max),
            ("COLLAR", limits.collar),
            ("POSITION_MAX", limits.position_max),
            ("OPEN_MAX", u32::from(limits.open_orders_max)),
            ("NOTIONAL_MAX_LO", notional_lo),
            ("NOTIONAL_MAX_HI", notional_hi),
            ("SLOT_RATE_TOKENS", u32::from(limits.rate.tokens)),
            ("SLOT_RATE_REFILL_NS", limits.rate.refill_ns),
            ("PERMIT", permit),
            ("BAND_LOW", low),
            ("BAND_HIGH", high),
            ("THROTTLE", u32::from(limits.throttle)),
        ] {
            self.regs.write(reg::slot(slot, name), value)?;
        }
        Ok(())
    }

    /// Writes the bands of a slot alone, as a limit-up limit-down message moves them; `None` lets every price pass. The sides are
    /// written with them. [`Self::commit_limits`] makes them count.
    ///
    /// # Errors
    /// [`DeviceError::Capability`], [`DeviceError::Slot`], or the transport's.
    pub fn set_bands(&mut self, slot: u32, sides: u32, bands: Option<[u32; 2]>) -> Result<(), DeviceError> {
        self.require_orders()?;
        self.require_slot(slot)?;
        let [low, high] = bands.unwrap_or_default();
        let hold = bands.map_or(0, |_| reg::permit::BANDS);
        self.regs.write(reg::slot(slot, "BAND_LOW"), low)?;
        self.regs.write(reg::slot(slot, "BAND_HIGH"), high)?;
        self.regs
            .write(reg::slot(slot, "PERMIT"), sides & reg::permit::SIDES | hold)
    }

    /// Sets the time in which the throttles of all slots forget one grant, ns of card time; 0 forgets none.
    ///
    /// # Errors
    /// [`DeviceError::Capability`], or the transport's.
    pub fn set_throttle_ns(&mut self, ns: u32) -> Result<(), DeviceError> {
        self.require_orders()?;
        self.regs.write(reg::global("THROTTLE_NS"), ns)
    }

    /// Forgets what the throttle of a slot has counted, and that it latched. On a human's word only.
    ///
    /// # Errors
    /// [`DeviceError::Capability`], [`DeviceError::Slot`], or the transport's.
    pub fn clear_throttle(&mut self, slot: u32) -> Result<(), DeviceError> {
        self.require_orders()?;
        self.require_slot(slot)?;
        self.regs
            .write(reg::global("THROTTLE_CLEAR"), reg::THROTTLE_KEY + slot)
    }

    /// Writes the limits that hold over all slots: the rate of the port, and the most value of all that was granted and not given back, 1/10000 dollar, of which 0
    /// refuses every order of a value. [`Self::commit_limits`] makes the latter count.
    ///
    /// # Errors
    /// [`DeviceError::Capability`], or the transport's.
    pub fn set_port_limits(&mut self, rate: Rate, gross_max: u64) -> Result<(), DeviceError> {
        self.require_orders()?;
        self.regs
            .write(reg::global("RATE_TOKENS"), u32::from(rate.tokens))?;
        self.regs.write(reg::global("RATE_REFILL_NS"), rate.refill_ns)?;
        let (lo, hi) = words(gross_max);
        self.regs.write(reg::global("GROSS_MAX_LO"), lo)?;
        self.regs.write(reg::global("GROSS_MAX_HI"), hi)
    }

    /// Changes the gross notional by so much, 1/10000 dollar: negative gives back the value of orders that are gone and positions that are closed.
    ///
    /// # Errors
    /// [`DeviceError::Capability`], or the transport's.
    pub fn add_gross(&mut self, change: i64) -> Result<(), DeviceError> {
        self.require_orders()?;
        let (lo, hi) = words(change.cast_unsigned());
        self.regs.write(reg::global("GROSS_ADD_HI"), hi)?;
        self.regs.write(reg::global("GROSS_ADD_LO"), lo)
    }

    /// Nothing counts in the gross notional any more, whatever did.
    ///
    /// # Errors
    /// As [`Self::add_gross`].
    pub fn clear_gross(&mut self) -> Result<(), DeviceError> {
        // Twice the least there is: from anywhere below 2^64 to the end at 0.
        self.add_gross(i64::MIN)?;
        self.add_gross(i64::MIN)
    }

    /// Gross notional as the gate has it, 1/10000 dollar.
    ///
    /// # Errors
    /// What the transport says.
    pub fn gross(&mut self) -> Result<u64, DeviceError> {
        let lo = self.regs.read(reg::global("GROSS_LO"))?;
        let hi = self.regs.read(reg::global("GROSS_HI"))?;
        Ok(u64::from(hi) << 32 | u64::from(lo))
    }

    /// All limits written become current in one cycle.
    ///
    /// # Errors
    /// [`DeviceError::Capability`], or the transport's.
    pub fn commit_limits(&mut self) -> Result<(), DeviceError> {
        self.require_orders()?;
        self.regs.write(reg::global("LIMITS_COMMIT"), 1)
    }

    /// Sets the age of the heartbeat, ns of card time, from which on orders are refused; 0 refuses always.
    ///
    /// # Errors
    /// [`DeviceError::Capability`], or the transport's.
    pub fn set_heartbeat_timeout_ns(&mut self, ns: u32) -> Result<(), DeviceError> {
        self.require_orders()?;
        self.regs.write(reg::global("HEARTBEAT_TIMEOUT_NS"), ns)
    }

    /// A sign of life.
    ///
    /// # Errors
    /// What the transport says.
    pub fn heartbeat(&mut self) -> Result<(), DeviceError> {
        self.regs.write(reg::global("HEARTBEAT"), 1)
    }

    /// Has the card send one Mass Cancel of this firm, every symbol, when the heartbeat expires while the gate is armed; `None` has it send nothing and takes
    /// back what has not left. To be set once the order session runs, and cleared before it ends.
    ///
    /// # Errors
    /// [`DeviceError::Capability`], or the transport's.
    pub fn set_watchdog(&mut self, firm: Option<[u8; 4]>) -> Result<(), DeviceError> {
        self.require_orders()?;
        if let Some(firm) = firm {
            self.regs
                .write(reg::global("WATCHDOG_FIRM"), u32::from_le_bytes(firm))?;
        }
        self.regs
            .write(reg::global("WATCHDOG_CANCEL"), firm.is_some().into())
    }

    /// Whether a heartbeat has expired and its Mass Cancel has not left yet.
    ///
    /// # Errors
    /// What the transport says.
    pub fn watchdog_is_due(&mut self) -> Result<bool, DeviceError> {
        Ok(self.regs.status()? & status::WATCHDOG_DUE != 0)
    }

    /// Arms the gate, clears the kill latch, and waits until the card says so. On a human's word only.
    ///
    /// # Errors
    /// [`DeviceError::Capability`], [`DeviceError::Timeout`], or the transport's.
    pub fn arm(&mut self) -> Result<(), DeviceError> {
        self.require_orders()?;
        self.regs.write(reg::global("ARM"), ARM_KEY)?;
        self.wait_status(
            status::ARMED | status::KILLED,
            status::ARMED,
            "armed",
            SWITCH_POLLS,
        )
    }

    /// Disarms the gate and waits until the card says so.
    ///
    /// # Errors
    /// [`DeviceError::Capability`], [`DeviceError::Timeout`], or the transport's.
    pub fn disarm(&mut self) -> Result<(), DeviceError> {
        self.require_orders()?;
        self.regs.write(reg::global("ARM"), DISARM_KEY)?;
        self.wait_status(status::ARMED, 0, "disarmed", SWITCH_POLLS)
    }

    /// Sets the kill latch. Waits for nothing: the write is what counts.
    ///
    /// # Errors
    /// What the transport says.
    pub fn kill(&mut self) -> Result<(), DeviceError> {
        self.regs.write(reg::global("KILL"), 1)
    }

    /// Sets the UserRefNum of the next Enter Order.
    ///
    /// # Errors
    /// [`DeviceError::Capability`], or the transport's.
    pub fn set_user_ref_next(&mut self, user_ref: u32) -> Result<(), DeviceError> {
        self.require_orders()?;
        self.regs.write(reg::global("USER_REF_NEXT"), user_ref)
    }

    /// UserRefNum of the next Enter Order.
    ///
    /// # Errors
    /// What the transport says.
    pub fn user_ref_next(&mut self) -> Result<u32, DeviceError> {
        self.regs.read(reg::global("USER_REF_NEXT"))
    }

    /// Hands over the transmit side of a TCP connection.
    ///
    /// # Errors
    /// [`DeviceError::Capability`], or the transport's.
    pub fn set_tcp(&mut self, tcp: TcpState) -> Result<(), DeviceError> {
        self.require_orders()?;
        self.regs.write(reg::global("TCP_SEQ_NEXT"), tcp.sequence)?;
        self.regs.write(reg::global("TCP_ACK"), tcp.acknowledgement)?;
        self.regs.write(reg::global("TCP_PEER_WINDOW"), tcp.peer_window)?;
        self.tcp_acknowledged(tcp.sequence)
    }

    /// The acknowledgement the card's frames carry from now on: everything before `sequence` has arrived.
    ///
    /// # Errors
    /// What the transport says.
    pub fn tcp_received(&mut self, sequence: u32) -> Result<(), DeviceError> {
        self.regs.write(reg::global("TCP_ACK"), sequence)
    }

    /// The peer's window, bytes, scaled.
    ///
    /// # Errors
    /// What the transport says.
    pub fn tcp_peer_window(&mut self, bytes: u32) -> Result<(), DeviceError> {
        self.regs.write(reg::global("TCP_PEER_WINDOW"), bytes)
    }

    /// The peer has acknowledged everything before `sequence`.
    ///
    /// # Errors
    /// What the transport says.
    pub fn tcp_acknowledged(&mut self, sequence: u32) -> Result<(), DeviceError> {
        self.regs.write(reg::global("TCP_PEER_ACK"), sequence)
    }

    /// Sets a slot's position and forgets its open quantities.
    ///
    /// # Errors
    /// [`DeviceError::Capability`], [`DeviceError::Slot`], or the transport's.
    pub fn load_position(&mut self, slot: u32, shares: i32) -> Result<(), DeviceError> {
        self.require_orders()?;
        self.require_slot(slot)?;
        self.account_words += 1;
        self.regs
            .write(reg::slot(slot, "POSITION_SET"), shares.cast_unsigned())?;
        self.regs.write(reg::slot(slot, "POSITION_LOAD"), 1)
    }

    /// Reports `shares` of an open buy order as executed; `done` when it has none left. The position grows before the open
    /// quantity shrinks: the gate sees too much in between, never too little.
    ///
    /// # Errors
    /// [`DeviceError::Slot`], [`DeviceError::Shares`], or the transport's.
    pub fn bought(&mut self, slot: u32, shares: u32, done: bool) -> Result<(), DeviceError> {
        let signed = signed(shares)?;
        self.add_position(slot, signed)?;
        self.release_buy(slot, shares, done)
    }

    /// Reports `shares` of an open sell order as executed, as [`Self::bought`].
    ///
    /// # Errors
    /// [`DeviceError::Slot`], [`DeviceError::Shares`], or the transport's.
    pub fn sold(&mut self, slot: u32, shares: u32, done: bool) -> Result<(), DeviceError> {
        let signed = signed(shares)?;
        self.add_position(slot, -signed)?;
        self.release_sell(slot, shares, done)
    }

    /// Reports `shares` of an open buy order as gone, executed or cancelled; `done` when it has none left.
    ///
    /// # Errors
    /// [`DeviceError::Slot`], [`DeviceError::Shares`], or the transport's.
    pub fn release_buy(&mut self, slot: u32, shares: u32, done: bool) -> Result<(), DeviceError> {
        self.require_slot(slot)?;
        let word = release(shares, done)?;
        self.account_words += 1;
        self.regs.write(reg::slot(slot, "OPEN_RELEASE_BUY"), word)
    }

    /// Reports `shares` of an open sell order as gone, as [`Self::release_buy`].
    ///
    /// # Errors
    /// [`DeviceError::Slot`], [`DeviceError::Shares`], or the transport's.
    pub fn release_sell(&mut self, slot: u32, shares: u32, done: bool) -> Result<(), DeviceError> {
        self.require_slot(slot)?;
        let word = release(shares, done)?;
        self.account_words += 1;
        self.regs.write(reg::slot(slot, "OPEN_RELEASE_SELL"), word)
    }

    /// Corrects a slot's position by signed shares, as after a broken execution.
    ///
    /// # Errors
    /// [`DeviceError::Slot`], or the transport's.
    pub fn correct_position(&mut self, slot: u32, shares: i32) -> Result<(), DeviceError> {
        self.add_position(slot, shares)
    }

    /// Position and open quantities of a slot, as the gate has them.
    ///
    /// # Errors
    /// [`DeviceError::Slot`], or the transport's.
    pub fn exposure(&mut self, slot: u32) -> Result<Exposure, DeviceError> {
        self.require_slot(slot)?;
        let mut read = |name| self.regs.read(reg::slot(slot, name));
        Ok(Exposure {
            position: read("POSITION")?.cast_signed(),
            open_buy: read("OPEN_BUY")?,
            open_sell: read("OPEN_SELL")?,
        })
    }

    /// From now on the gate's account follows what arrives on this connection; the host tells it no more but what the card cannot know. To be
    /// called before a byte of the exchange can arrive.
    ///
    /// # Errors
    /// [`DeviceError::Capability`], or the transport's.
    pub fn follow(&mut self, connection: &Received) -> Result<(), DeviceError> {
        self.require_follow()?;
        let Received { peer, own, sequence } = *connection;
        self.unfollow()?;
        for (name, value) in [
            ("RX_PEER", u32::from_be_bytes(peer.0)),
            ("RX_OWN", u32::from_be_bytes(own.0)),
            ("RX_PORTS", u32::from(peer.1) << 16 | u32::from(own.1)),
            ("RX_SEQ_NEXT", sequence),
            ("RX_FOLLOW", 1),
        ] {
            self.regs.write(reg::global(name), value)?;
        }
        Ok(())
    }

    /// Nothing that arrives moves the account any more.
    ///
    /// # Errors
    /// [`DeviceError::Capability`], or the transport's.
    pub fn unfollow(&mut self) -> Result<(), DeviceError> {
        self.require_follow()?;
        self.regs.write(reg::global("RX_FOLLOW"), 0)
    }

    /// Sets the SoupBinTCP sequence of the next message the card applies, at the beginning of a session.
    ///
    /// # Errors
    /// [`DeviceError::Capability`], or the transport's.
    pub fn set_message_next(&mut self, sequence: u64) -> Result<(), DeviceError> {
        self.require_follow()?;
        self.regs.write(reg::global("RX_MESSAGE_NEXT"), words(sequence).0)
    }

    /// SoupBinTCP sequence of the next message the card applies, low 32 bits; the account has all before it.
    ///
    /// # Errors
    /// What the transport says.
    pub fn message_next(&mut self) -> Result<u32, DeviceError> {
        self.regs.read(reg::global("RX_MESSAGE_NEXT"))
    }

    /// Waits until the account has every message before `sequence` (SoupBinTCP): what the card still holds of a connection is forgotten when it follows
    /// another one ([`Self::follow`]), and the exchange does not repeat what a login passes over.
    ///
    /// # Errors
    /// [`DeviceError::Capability`], [`DeviceError::Timeout`], or the transport's.
    pub fn wait_applied(&mut self, sequence: u64) -> Result<(), DeviceError> {
        self.require_follow()?;
        let mut patience = Patience::new(APPLY_POLLS);
        // Numbers are their low 32 bits; a card may be ahead of what the host has heard.
        while words(sequence).0.wrapping_sub(self.message_next()?).cast_signed() > 0 {
            if !patience.spend(self.regs.port().advance()?) {
                return Err(DeviceError::Timeout {
                    what: "done with the responses it holds",
                    polls: patience.polls,
                    status: self.regs.status()?,
                });
            }
        }
        Ok(())
    }

    /// Words by which this program has moved or set positions and open quantities.
    pub const fn account_words(&self) -> u64 {
        self.account_words
    }

    fn require_follow(&self) -> Result<(), DeviceError> {
        if self.has(capability::FOLLOW) {
            Ok(())
        } else {
            Err(DeviceError::Capability(
                "account that follows the order connection",
            ))
        }
    }

    fn add_position(&mut self, slot: u32, shares: i32) -> Result<(), DeviceError> {
        self.require_slot(slot)?;
        self.account_words += 1;
        self.regs
            .write(reg::slot(slot, "POSITION_ADD"), shares.cast_unsigned())
    }

    fn require_slot(&self, slot: u32) -> Result<(), DeviceError> {
        let slots = self.config().slots;
        if slot < slots {
            Ok(())
        } else {
            Err(DeviceError::Slot { slot, slots })
        }
    }
}

/// The word that releases `shares` of an order, the last ones when it is done.
fn release(shares: u32, done: bool) -> Result<u32, DeviceError> {
    signed(shares)?;
    Ok(if done { shares | reg::RELEASE_DONE } else { shares })
}

fn signed(shares: u32) -> Result<i32, DeviceError> {
    i32::try_from(shares).map_err(|_| DeviceError::Shares(shares))
}

#[cfg(test)]
mod tests;
