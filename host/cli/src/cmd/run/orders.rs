//! The card's order path: requests into slots, events back, frames checked.

use std::collections::BTreeMap;

use contract::event::{Code, ORDER_BODY, REASONS, Reason};
use contract::slot::{self, Kind};
use contract::template::{Mode, words};
use device::events::Event;
use device::feed::Subscription;
use device::gate::{Exposure, Rate, SlotLimits, TcpState};
use device::orders::OrderWindow;
use engine::clock::Clock;
use engine::config::Config;
use engine::hops::{Hop, HopSummary, Label};
use engine::ledger::Effect;
use risk::{Gate, Side};
use sim_card::TxFrame;
use wire::ouch50::{Appendage, CancelOrder, EnterOrder, Symbol};

use super::frame::{OrderFrames, TcpNumbers};
use super::surroundings::Surroundings;
use crate::error::CliError;

/// Fencing epoch of a run: its card is its own.
pub(crate) const EPOCH: u16 = 1;
/// First UserRefNum, and first TCP sequence and acknowledgement.
const FIRST: u32 = 1;
/// Times the card is advanced for an order's event before it is given up.
const EVENT_ADVANCES: u32 = 1_000;
/// Heartbeats a timeout.
const HEARTBEATS: u64 = 4;
/// Bits of an event's time.
const EVENT_TIME: u64 = (1 << 48) - 1;
/// How many faults are described; the rest are only counted.
const DESCRIBED_MAX: usize = 10;

/// A request written into a slot.
#[derive(Debug, Clone, Copy)]
struct Written {
    slot: slot::Order,
    kind: Kind,
    order_seq: u32,
    /// Cycle of the completing word.
    cycle: Option<u64>,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It left.
    Sent {
        /// Its number.
        user_ref: u32,
        /// The OUCH message in the frame.
        message: Vec<u8>,
        /// Card time of the completing slot write, ns, low 48 bits.
        stamp_ns: u64,
    },
    /// The card's gate refused it, for this reason and all these checks.
    Refused(Option<Reason>, u32),
    /// Its frame was cut off: it is void.
    Aborted,
}

/// The order path of one run.
#[derive(Debug)]
pub(crate) struct OrderPath {
    frames: OrderFrames,
    window: OrderWindow,
    symbols: Vec<Symbol>,
    /// Number of the next order.
    pub(crate) user_ref: u32,
    tcp_sequence: u32,
    heartbeat_ns: u64,
    heartbeat_due: u64,
    hop_write: Hop,
    hop_wire: Hop,
    refused: [u64; REASONS.len()],
    refused_unknown: u64,
    aborted: u64,
    /// Orders the card reported sent.
    pub(crate) sent: u64,
    /// Frames held against their order.
    pub(crate) frames_checked: u64,
    /// Whether host and card end with the same positions and open quantities.
    pub(crate) positions_agree: bool,
    /// What went wrong, counted.
    pub(crate) faults: u64,
    /// The first faults, in words.
    pub(crate) described: Vec<String>,
}

impl OrderPath {
    /// Sets up the card's order side and arms its gate: who starts a run has said so.
    pub(crate) fn open(
        around: &mut dyn Surroundings,
        config: &Config,
        slots: &[Subscription],
    ) -> Result<Self, CliError> {
        let frames = OrderFrames::new(&config.orders);
        set_up(around, config, slots.len(), &frames)?;
        let device = &mut around.card().device;
        let window = OrderWindow::open(device, EPOCH)?;
        device.heartbeat()?;
        device.arm()?;
        around.card().keep_order_events();
        let heartbeat_ns = u64::from(config.orders.heartbeat_timeout_ns) / HEARTBEATS;
        Ok(Self {
            frames,
            window,
            symbols: slots.iter().map(|s| padded(&s.symbol)).collect(),
            user_ref: FIRST,
            tcp_sequence: FIRST,
            heartbeat_ns,
            heartbeat_due: around.now_ns()? + heartbeat_ns,
            hop_write: Hop::new("order slot write", "ns", Label::Measured),
            hop_wire: Hop::new("order slot write to wire", "cycles", Label::Simulated),
            refused: [0; REASONS.len()],
            refused_unknown: 0,
            aborted: 0,
            sent: 0,
            frames_checked: 0,
            positions_agree: false,
            faults: 0,
            described: Vec::new(),
        })
    }

    /// A look at the rings: keeps the heartbeat fresh in card time.
    pub(crate) fn look(&mut self, around: &mut dyn Surroundings) -> Result<(), CliError> {
        let now = around.now_ns()?;
        if now >= self.heartbeat_due {
            around.card().device.heartbeat()?;
            self.heartbeat_due = now + self.heartbeat_ns;
        }
        Ok(())
    }

    /// The next order gets this number.
    pub(crate) fn start_at(&mut self, around: &mut dyn Surroundings, user_ref: u32) -> Result<(), CliError> {
        self.user_ref = user_ref;
        Ok(around.card().device.set_user_ref_next(user_ref)?)
    }

    /// Writes a request, waits for its one event and checks the frame that left.
    pub(crate) fn submit(
        &mut self,
        around: &mut dyn Surroundings,
        slot: &slot::Order,
        kind: Kind,
    ) -> Result<Outcome, CliError> {
        self.look(around)?;
        let clock = Clock::start();
        let order_seq = self.window.submit(&mut around.card().device, slot, kind)?;
        self.hop_write.record(clock.ns());
        let written = Written {
            slot: *slot,
            kind,
            order_seq,
            cycle: around.line_cycle()?,
        };
        let event = self.await_event(around, order_seq)?;
        self.window.acknowledge(order_seq);
        self.check_event(&event, &written);
        match event.code {
            Some(Code::OrderSent) => self.was_sent(around, &event, &written),
            _ => Ok(self.was_refused(&event)),
        }
    }

    /// The event of order `order_seq`; any other one is a fault.
    fn await_event(&mut self, around: &mut dyn Surroundings, order_seq: u32) -> Result<Event, CliError> {
        for _ in 0..EVENT_ADVANCES {
            while let Some(event) = around.card().order_event()? {
                if self.concerns(&event, order_seq) {
                    return Ok(event);
                }
            }
            around.wait()?;
        }
        let mut counted = String::new();
        for name in [
            "slots_committed",
            "slots_malformed",
            "orders_sent",
            "orders_rejected",
        ] {
            counted.push_str(&format!(", {name} {}", around.card().counter(name)?));
        }
        Err(CliError::Check(format!(
            "order {order_seq}: the card gave no event within {EVENT_ADVANCES} looks; STATUS {:#x}{counted}",
            around.card().device.regs.status()?
        )))
    }

    fn concerns(&mut self, event: &Event, order_seq: u32) -> bool {
        if event.code == Some(Code::Kill) {
            self.fault("the card's kill latch was set".into());
            return false;
        }
        let of = field(event, "order_seq");
        if of == u64::from(order_seq) {
            return true;
        }
        if !self.repeats(event) {
            self.fault(format!("an event of order {of}, which waits for none"));
        }
        false
    }

    /// Whether an event is the card's refusal of an order slot that reached it twice; the window counts them.
    fn repeats(&mut self, event: &Event) -> bool {
        event.code == Some(Code::OrderRejected)
            && field(event, "reason") == Reason::Sequence as u64
            && u32::try_from(field(event, "order_seq")).is_ok_and(|seq| self.window.refused_for_sequence(seq))
    }

    /// Order slots that reached the card twice.
    pub(crate) const fn repeated(&self) -> u64 {
        self.window.repeated()
    }

    fn check_event(&mut self, event: &Event, written: &Written) {
        let sent = event.code == Some(Code::OrderSent);
        let tcp = self.frames.mode() == Mode::Tcp;
        let user_ref = match written.kind {
            _ if !sent => 0,
            Kind::Cancel => written.slot.target_ref,
            _ => self.user_ref,
        };
        for (name, value, applies) in [
            ("token", written.slot.token, true),
            ("user_ref", user_ref, true),
            ("reason", 0, sent),
            ("checks", 0, sent),
            ("tcp_seq", self.tcp_sequence, sent && tcp),
        ] {
            let value = u64::from(value);
            let seen = field(event, name);
            if applies && seen != value {
                self.fault(format!(
                    "order {}: event says {name} {seen}, expected {value}",
                    written.order_seq
                ));
            }
        }
        if event.slot != written.slot.symbol_slot {
            self.fault(format!(
                "order {}: event of slot {}",
                written.order_seq, event.slot
            ));
        }
    }

    fn was_sent(
        &mut self,
        around: &mut dyn Surroundings,
        event: &Event,
        written: &Written,
    ) -> Result<Outcome, CliError> {
        let aborted = field(event, "aborted") == 1;
        let message = self.expected(written);
        self.check_frame(around, written, &message, aborted)?;
        let user_ref = self.user_ref;
        if written.kind != Kind::Cancel {
            self.user_ref = self.user_ref.wrapping_add(1);
        }
        if aborted {
            self.aborted += 1;
            return Ok(Outcome::Aborted);
        }
        self.sent += 1;
        if self.frames.mode() == Mode::Tcp {
            // Whoever takes the frames takes them all: the card's peer has acknowledged what left.
            let payload = u32::try_from(self.frames.payload_len(&message)).unwrap_or(u32::MAX);
            self.tcp_sequence = self.tcp_sequence.wrapping_add(payload);
            around.card().device.tcp_acknowledged(self.tcp_sequence)?;
        }
        Ok(Outcome::Sent {
            user_ref,
            message,
            stamp_ns: field(event, "slot_stamp") & EVENT_TIME,
        })
    }

    /// The frame of a sent order: it left before its event was written.
    fn check_frame(
        &mut self,
        around: &mut dyn Surroundings,
        written: &Written,
        message: &[u8],
        aborted: bool,
    ) -> Result<(), CliError> {
        if !around.frames_are_seen() {
            return Ok(());
        }
        let seq = written.order_seq;
        match around.transmitted()? {
            Some(frame) => self.check_sent(&frame, written, message, aborted),
            None => self.fault(format!("order {seq}: reported sent, but no frame left")),
        }
        Ok(())
    }

    fn check_sent(&mut self, frame: &TxFrame, written: &Written, message: &[u8], aborted: bool) {
        let seq = written.order_seq;
        match written.cycle.and_then(|cycle| frame.cycle.checked_sub(cycle)) {
            Some(cycles) => self.hop_wire.record(cycles),
            None => self.fault(format!(
                "order {seq}: its frame began before its slot was written"
            )),
        }
        if frame.aborted != aborted {
            return self.fault(format!(
                "order {seq}: its frame was aborted: {}, its event says {aborted}",
                frame.aborted
            ));
        }
        if aborted {
            return;
        }
        let numbers = TcpNumbers {
            sequence: self.tcp_sequence,
            acknowledgement: FIRST,
        };
        self.frames_checked += 1;
        if let Err(why) = self.frames.check(frame, message, numbers) {
            self.fault(format!("order {seq}: wrong frame: {why}"));
        }
    }

    /// What the frame has to carry, from what was written and the number the card has to give it.
    fn expected(&self, written: &Written) -> Vec<u8> {
        let o = &written.slot;
        if written.kind == Kind::Cancel {
            let cancel = CancelOrder {
                user_ref: o.target_ref,
                quantity: o.qty,
            };
            return cancel.to_vec(&Appendage::new());
        }
        let symbol = self.symbols.get(usize::from(o.symbol_slot)).copied();
        let order = EnterOrder {
            user_ref: self.user_ref,
            side: o.side,
            quantity: o.qty,
            symbol: symbol.unwrap_or([b' '; 8]),
            price: u64::from(o.price),
            time_in_force: o.time_in_force,
            display: o.display,
            capacity: o.capacity,
            iso: o.iso,
            cross_type: o.cross_type,
            cl_ord_id: o.cl_ord_id,
        };
        order.to_vec(&Appendage::new())
    }

    fn was_refused(&mut self, event: &Event) -> Outcome {
        let number = field(event, "reason");
        let checks = u32::try_from(field(event, "checks")).unwrap_or(u32::MAX);
        let reason = usize::try_from(number).ok().and_then(|r| REASONS.get(r)).copied();
        match reason {
            Some(reason) => self.refused[reason as usize] += 1,
            None => {
                self.refused_unknown += 1;
                self.fault(format!(
                    "an order refused for reason {number}, which there is not"
                ));
            }
        }
        Outcome::Refused(reason, checks)
    }

    /// Orders written whose event has not come.
    pub(crate) fn open_orders(&self) -> u32 {
        self.window.unacknowledged()
    }

    /// No order will come any more: disarms, and holds what is left in the card against the host's books.
    pub(crate) fn finish(&mut self, around: &mut dyn Surroundings, gate: &Gate) -> Result<(), CliError> {
        around.rest()?;
        around.card().device.disarm()?;
        while let Some(event) = around.card().order_event()? {
            if self.repeats(&event) {
                continue;
            }
            let seq = field(&event, "order_seq");
            self.fault(format!(
                "an event {:?} of order {seq} after its first",
                event.code
            ));
        }
        while around.transmitted()?.is_some() {
            self.fault("a frame left without an order".into());
        }
        let open = self.window.unacknowledged();
        if open > 0 {
            self.fault(format!("{open} orders without an event"));
        }
        let next = around.card().device.user_ref_next()?;
        if next != self.user_ref {
            self.fault(format!("USER_REF_NEXT is {next}, expected {}", self.user_ref));
        }
        self.positions_agree = true;
        for slot in 0..u8::try_from(self.symbols.len()).unwrap_or(u8::MAX) {
            let (card, host) = (
                around.card().device.exposure(u32::from(slot))?,
                exposure(gate, slot),
            );
            if card != host {
                self.positions_agree = false;
                self.fault(format!("slot {slot}: the card has {card:?}, the host {host:?}"));
            }
        }
        Ok(())
    }

    /// Orders that did not leave, by reason; the card's are marked as its own.
    pub(crate) fn rejected(&self) -> BTreeMap<String, u64> {
        let named = |(reason, count): (Reason, u64)| (format!("card: {reason:?}"), count);
        REASONS
            .into_iter()
            .zip(self.refused)
            .map(named)
            .chain([
                ("card: unknown reason".to_owned(), self.refused_unknown),
                ("card: aborted".to_owned(), self.aborted),
            ])
            .filter(|(_, count)| *count > 0)
            .collect()
    }

    /// All hops that have values.
    pub(crate) fn hops(&self) -> impl Iterator<Item = HopSummary> {
        [&self.hop_write, &self.hop_wire]
            .into_iter()
            .map(Hop::summary)
            .filter(|s| s.count > 0)
    }

    pub(crate) fn fault(&mut self, what: String) {
        self.faults += 1;
        if self.described.len() < DESCRIBED_MAX {
            self.described.push(what);
        }
    }
}

fn set_up(
    around: &mut dyn Surroundings,
    config: &Config,
    slots: usize,
    frames: &OrderFrames,
) -> Result<(), CliError> {
    let device = &mut around.card().device;
    let mode = frames.mode();
    device.load_template(&words(mode, &frames.headers()))?;
    for (slot, i) in (0..).zip(0..slots) {
        let limits = config.limits(i).to_risk();
        device.set_limits(
            slot,
            &SlotLimits {
                qty_max: limits.qty_max,
                collar: limits.collar,
                position_max: limits.position_max,
                open_orders_max: limits.open_orders_max,
                notional_max: limits.notional_max,
                rate: Rate {
                    tokens: limits.rate_tokens,
                    refill_ns: limits.rate_refill_ns,
                },
                permit: limits.permit,
                bands: limits.bands,
                throttle: limits.throttle,
            },
        )?;
        device.load_position(slot, 0)?;
    }
    device.set_port_rate(Rate {
        tokens: config.orders.rate_tokens,
        refill_ns: config.orders.rate_refill_ns,
    })?;
    device.set_throttle_ns(config.orders.throttle_ns)?;
    device.commit_limits()?;
    device.set_heartbeat_timeout_ns(config.orders.heartbeat_timeout_ns)?;
    device.set_user_ref_next(FIRST)?;
    if mode == Mode::Tcp {
        device.set_tcp(TcpState {
            sequence: FIRST,
            acknowledgement: FIRST,
            peer_window: u32::from(u16::MAX),
        })?;
    }
    Ok(())
}

fn field(event: &Event, name: &str) -> u64 {
    event.field(ORDER_BODY, name)
}

/// Tells the card's gate what a response brings about.
pub(crate) fn tell(around: &mut dyn Surroundings, effect: &Effect) -> Result<(), CliError> {
    let device = &mut around.card().device;
    match *effect {
        Effect::Executed { entry, shares, done } => match entry.side {
            Side::Buy => device.bought(u32::from(entry.slot), shares, done)?,
            Side::Sell => device.sold(u32::from(entry.slot), shares, done)?,
        },
        Effect::Released { entry, shares, done } => match entry.side {
            Side::Buy => device.release_buy(u32::from(entry.slot), shares, done)?,
            Side::Sell => device.release_sell(u32::from(entry.slot), shares, done)?,
        },
        Effect::Broken { entry, shares } => {
            let back = i32::try_from(shares).unwrap_or(i32::MAX);
            let signed = if entry.side == Side::Buy { -back } else { back };
            device.correct_position(u32::from(entry.slot), signed)?;
        }
        Effect::Missing(_) => {}
    }
    Ok(())
}

/// The host's books in the card's widths.
pub(crate) fn exposure(gate: &Gate, slot: u8) -> Exposure {
    let position = gate.position(slot);
    let open = |side| u32::try_from(position.open(side)).unwrap_or(u32::MAX);
    let net = position.net().clamp(i64::from(i32::MIN), i64::from(i32::MAX));
    Exposure {
        position: i32::try_from(net).unwrap_or(i32::MAX),
        open_buy: open(Side::Buy),
        open_sell: open(Side::Sell),
    }
}

/// Symbol padded as on the wire; longer ones were refused when they were subscribed.
pub(crate) fn padded(symbol: &str) -> Symbol {
    let mut out = [b' '; 8];
    out.iter_mut()
        .zip(symbol.bytes())
        .for_each(|(to, from)| *to = from);
    out
}
