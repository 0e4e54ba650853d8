//! The card's order path: requests into slots, events back, frames checked.

mod watchdog;

use std::collections::BTreeMap;

use contract::event::{Code, ORDER_BODY, REASONS, Reason};
use contract::reg;
use contract::slot::{self, Kind};
use contract::template::Mode;
use device::events::Event;
use device::feed::Subscription;
use device::gate::TcpState;
use device::orders::OrderWindow;
use engine::clock::Clock;
use engine::config::Config;
use engine::hops::{Hop, HopSummary, Label};
use engine::order::message;
use engine::tcp::{Handover, Registers};
use risk::Gate;
use sim_card::TxFrame;
use wire::ouch50::{Firm, Symbol};
use wire::soupbintcp::Packet;

use super::frame::{OrderFrames, TcpNumbers};
use super::gate::{exposure, padded, set_up};
use super::surroundings::Surroundings;
use crate::error::CliError;

/// Fencing epoch of a run, the first one of a session: its card is its own.
pub(crate) const EPOCH: u16 = 1;
/// First UserRefNum, and first TCP sequence and acknowledgement.
pub(super) const FIRST: u32 = 1;
/// Times the card is advanced for an order's event before it is given up.
const EVENT_ADVANCES: u32 = 1_000;
/// Heartbeats a timeout.
const HEARTBEATS: u64 = 4;
/// Bits of an event's time.
const EVENT_TIME: u64 = (1 << 48) - 1;
/// How many faults are described; the rest are only counted.
const DESCRIBED_MAX: usize = 10;

/// A request written into a slot.
#[derive(Debug, Clone)]
struct Written {
    symbol_slot: u8,
    token: u32,
    /// Number of the order that a cancel names.
    target_ref: u32,
    kind: Kind,
    /// What the frame has to carry: an OUCH message, of kind Raw the payload.
    content: Vec<u8>,
    order_seq: u32,
    /// Cycle of the completing word.
    cycle: Option<u64>,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It left.
    Sent {
        /// Its number; of a raw payload the next order's.
        user_ref: u32,
        /// The OUCH message in the frame, or the raw payload.
        message: Vec<u8>,
        /// Card time of the completing slot write, ns, low 48 bits.
        stamp_ns: u64,
        /// Shares the gate's account counts more for it.
        counted: u32,
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
    /// The order the card has granted last at each place (`contract::follow`).
    kept: BTreeMap<u32, u32>,
    tcp_sequence: u32,
    /// Acknowledgement the card's frames carry.
    acknowledgement: u32,
    /// The card's epoch.
    epoch: u16,
    /// A connection of the host's stack says what the peer has acknowledged; without one, whoever takes the frames has taken them.
    shared: bool,
    /// Payloads that left over such a connection, with their sequence, for its stack.
    reported: Vec<(u32, Vec<u8>)>,
    /// Whose orders the card cancels when the host is silent.
    firm: Option<Firm>,
    /// OUCH messages of that kind that left and nobody has taken note of yet.
    mass_cancels: Vec<Vec<u8>>,
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
    /// Whether host and card end with the same positions, open quantities and gross notional.
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
        let path = Self {
            frames,
            window,
            symbols: slots.iter().map(|s| padded(&s.symbol)).collect(),
            user_ref: FIRST,
            kept: BTreeMap::new(),
            tcp_sequence: FIRST,
            acknowledgement: FIRST,
            epoch: EPOCH,
            shared: false,
            reported: Vec::new(),
            firm: config.orders.watchdog(),
            mass_cancels: Vec::new(),
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
        };
        path.watch(around, true)?;
        Ok(path)
    }

    /// A look at the rings: keeps the heartbeat fresh in card time.
    pub(crate) fn look(&mut self, around: &mut dyn Surroundings) -> Result<(), CliError> {
        let now = around.now_ns()?;
        if now >= self.heartbeat_due {
            around.card().device.heartbeat()?;
            self.heartbeat_due = now + self.heartbeat_ns;
        }
        self.take_unasked(around)
    }

    /// The next order gets this number.
    pub(crate) fn start_at(&mut self, around: &mut dyn Surroundings, user_ref: u32) -> Result<(), CliError> {
        self.user_ref = user_ref;
        Ok(around.card().device.set_user_ref_next(user_ref)?)
    }

    /// The card applies what the exchange says of this order, if its account follows the connection.
    pub(crate) fn is_kept(&self, user_ref: u32) -> bool {
        self.kept.get(&contract::follow::place(user_ref)) == Some(&user_ref)
    }

    /// No order of before leaves any more, whatever comes: the card's epoch is another one from now on. Orders go on behind
    /// [`Self::take_over`].
    pub(crate) fn fence(&mut self, around: &mut dyn Surroundings) -> Result<(), CliError> {
        self.epoch = self.epoch.wrapping_add(1);
        self.watch(around, false)?;
        let registers = &mut around.card().device.regs;
        Ok(registers.write(reg::global("EPOCH"), u32::from(self.epoch))?)
    }

    /// The card takes over the transmit side of a connection: a new template, new numbers, and the window under the new epoch.
    pub(crate) fn take_over(
        &mut self,
        around: &mut dyn Surroundings,
        frames: OrderFrames,
        handover: &Handover,
    ) -> Result<(), CliError> {
        let device = &mut around.card().device;
        device.load_template(&handover.template)?;
        device.set_tcp(TcpState {
            sequence: handover.sequence,
            acknowledgement: handover.registers.acknowledgement,
            peer_window: handover.registers.peer_window,
        })?;
        self.window = OrderWindow::open(device, self.epoch)?;
        self.frames = frames;
        self.tcp_sequence = handover.sequence;
        self.acknowledgement = handover.registers.acknowledgement;
        self.shared = true;
        self.watch(around, true)
    }

    /// What the connection's stack has heard goes into the card's registers.
    pub(crate) fn connection_says(
        &mut self,
        around: &mut dyn Surroundings,
        now: &Registers,
    ) -> Result<(), CliError> {
        let device = &mut around.card().device;
        device.tcp_received(now.acknowledgement)?;
        device.tcp_peer_window(now.peer_window)?;
        device.tcp_acknowledged(now.peer_acknowledgement)?;
        self.acknowledgement = now.acknowledgement;
        Ok(())
    }

    /// Payloads that left over the connection since the last call, in order.
    pub(crate) fn take_reported(&mut self) -> Vec<(u32, Vec<u8>)> {
        std::mem::take(&mut self.reported)
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
            symbol_slot: slot.symbol_slot,
            token: slot.token,
            target_ref: slot.target_ref,
            kind,
            content: Vec::new(),
            order_seq,
            cycle: around.line_cycle()?,
        };
        self.outcome(around, written, Some(slot))
    }

    /// The same for a SoupBinTCP packet that is no order: heartbeat, logout, account query.
    pub(crate) fn submit_raw(
        &mut self,
        around: &mut dyn Surroundings,
        packet: &[u8],
    ) -> Result<Outcome, CliError> {
        self.look(around)?;
        let order_seq = self.window.submit_raw(&mut around.card().device, packet, 0)?;
        let written = Written {
            symbol_slot: 0,
            token: 0,
            target_ref: 0,
            kind: Kind::Raw,
            content: packet.to_vec(),
            order_seq,
            cycle: around.line_cycle()?,
        };
        self.outcome(around, written, None)
    }

    /// What becomes of a request; of one that is no raw payload, the content is made here: the card may send by itself before it.
    fn outcome(
        &mut self,
        around: &mut dyn Surroundings,
        mut written: Written,
        order: Option<&slot::Order>,
    ) -> Result<Outcome, CliError> {
        let event = self.await_event(around, written.order_seq)?;
        if let Some(order) = order {
            written.content = self.expected(order, written.kind);
        }
        self.window.acknowledge(written.order_seq);
        self.check_event(&event, &written);
        match event.code {
            Some(Code::OrderSent) => self.was_sent(around, &event, written),
            _ => Ok(self.was_refused(&event)),
        }
    }

    /// The event of order `order_seq`; any other one is a fault.
    fn await_event(&mut self, around: &mut dyn Surroundings, order_seq: u32) -> Result<Event, CliError> {
        for _ in 0..EVENT_ADVANCES {
            while let Some(event) = around.card().order_event()? {
                if !self.is_watchdogs(around, &event)? && self.concerns(&event, order_seq) {
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
            Kind::Cancel | Kind::Modify => written.target_ref,
            Kind::Raw => 0,
            _ => self.user_ref,
        };
        for (name, value, applies) in [
            ("token", written.token, true),
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
        if event.slot != written.symbol_slot {
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
        written: Written,
    ) -> Result<Outcome, CliError> {
        let aborted = field(event, "aborted") == 1;
        self.check_frame(around, &written, aborted)?;
        let user_ref = self.user_ref;
        if written.kind.is_numbered() {
            if matches!(written.kind, Kind::Enter | Kind::Replace) {
                self.kept.insert(contract::follow::place(user_ref), user_ref);
            }
            self.user_ref = self.user_ref.wrapping_add(1);
        }
        if aborted {
            self.aborted += 1;
            return Ok(Outcome::Aborted);
        }
        self.sent += u64::from(written.kind != Kind::Raw);
        if self.frames.mode() == Mode::Tcp {
            self.advance(around, event, &written)?;
        }
        Ok(Outcome::Sent {
            user_ref,
            message: written.content,
            stamp_ns: field(event, "slot_stamp") & EVENT_TIME,
            counted: u32::try_from(field(event, "value")).unwrap_or(u32::MAX),
        })
    }

    /// A payload has left over a connection.
    fn advance(
        &mut self,
        around: &mut dyn Surroundings,
        event: &Event,
        written: &Written,
    ) -> Result<(), CliError> {
        let payload = match written.kind {
            Kind::Raw => written.content.clone(),
            _ => Packet::Unsequenced(&written.content).to_vec(),
        };
        let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        self.tcp_sequence = self.tcp_sequence.wrapping_add(length);
        if self.shared {
            let sequence = u32::try_from(field(event, "tcp_seq")).unwrap_or(u32::MAX);
            self.reported.push((sequence, payload));
            return Ok(());
        }
        // Whoever takes the frames takes them all: the card's peer has acknowledged what left.
        Ok(around.card().device.tcp_acknowledged(self.tcp_sequence)?)
    }

    /// The frame of a sent order: it left before its event was written.
    fn check_frame(
        &mut self,
        around: &mut dyn Surroundings,
        written: &Written,
        aborted: bool,
    ) -> Result<(), CliError> {
        if !around.frames_are_seen() {
            return Ok(());
        }
        let seq = written.order_seq;
        match around.transmitted()? {
            Some(frame) => self.check_sent(&frame, written, aborted),
            None => self.fault(format!("order {seq}: reported sent, but no frame left")),
        }
        Ok(())
    }

    fn check_sent(&mut self, frame: &TxFrame, written: &Written, aborted: bool) {
        let seq = written.order_seq;
        match written.cycle.and_then(|cycle| frame.cycle.checked_sub(cycle)) {
            Some(cycles) => self.hop_wire.record(cycles),
            // No slot was written.
            None if written.kind == Kind::Watchdog => {}
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
            acknowledgement: self.acknowledgement,
        };
        self.frames_checked += 1;
        let checked = match written.kind {
            Kind::Raw => self.frames.check_raw(frame, &written.content, numbers),
            _ => self.frames.check(frame, &written.content, numbers),
        };
        if let Err(why) = checked {
            self.fault(format!("order {seq}: wrong frame: {why}"));
        }
    }

    /// What the frame has to carry, from what was written and the number the card has to give it.
    fn expected(&self, o: &slot::Order, kind: Kind) -> Vec<u8> {
        let symbol = self.symbols.get(usize::from(o.symbol_slot)).copied();
        message(kind, o, self.user_ref, symbol.unwrap_or([b' '; 8])).unwrap_or_default()
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
        self.watch(around, false)?;
        around.rest()?;
        around.card().device.disarm()?;
        while let Some(event) = around.card().order_event()? {
            if self.is_watchdogs(around, &event)? || self.repeats(&event) {
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
        let (card, host) = (around.card().device.gross()?, gate.gross());
        if card != host {
            self.positions_agree = false;
            self.fault(format!(
                "the card counts {card} of value over all slots, the host {host}"
            ));
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

fn field(event: &Event, name: &str) -> u64 {
    event.field(ORDER_BODY, name)
}
