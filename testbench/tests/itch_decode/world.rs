//! The decoder, its golden model, and what is still to come out.

use crate::body_code;
use crate::stimulus::{TYPES, admin_entry};
use contract::event::{Code, HEAD, SLOT_BODY};
use contract::layout::{get_bits, lsb, width};
use contract::record::EventCode;
use contract::reg;
use gateware::types::{FeedEvent, RawMsg};
use std::collections::VecDeque;
use std::sync::Arc;
use testbench::{Bench, Bundle, Layout, Verdict};
use twin::decode::{BODY_BYTES, Decoded, Decoder, Notice, Step, Stepped, Write};
use twin::{Side, event};
use verilated::PortId;

/// Cycles from a message to the pulse that says its entry is lost.
pub(crate) const LOST_AFTER: u64 = 3;
pub(crate) type Body = [u8; BODY_BYTES];

pub(crate) struct Admin {
    pub(crate) cycle: u64,
    pub(crate) payload: Vec<u8>,
}

/// A notice that must come; `optional` once the slot was closed before it was told.
pub(crate) struct Due {
    pub(crate) notice: Notice,
    pub(crate) since: u64,
    pub(crate) seq: u64,
    pub(crate) optional: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Coverage {
    pub(crate) types: [u64; 23],
    pub(crate) unknown: u64,
    pub(crate) bad_length: u64,
    pub(crate) other_locate: u64,
    pub(crate) admin: u64,
    pub(crate) lost: u64,
    pub(crate) ready: u64,
    pub(crate) bound: u64,
    pub(crate) accepted: u64,
    pub(crate) refused: u64,
    pub(crate) causes: [u64; 9],
    pub(crate) flags: [u64; 8],
}

pub(crate) struct Ports {
    pub(crate) inputs: Vec<PortId>,
    pub(crate) outputs: Vec<PortId>,
    pub(crate) raw: Arc<Layout>,
    pub(crate) feed: Arc<Layout>,
}

pub(crate) const INPUTS: [&str; 22] = [
    "now",
    "msg_valid",
    "msg_data",
    "msg_line",
    "next_seq",
    "stale_all",
    "stale_gap",
    "table_stale",
    "table_stale_slot",
    "table_stale_cause",
    "store_stale",
    "store_stale_slot",
    "store_stale_cause",
    "slot_write",
    "slot_index",
    "slot_register",
    "slot_data",
    "read_slot",
    "table_sweep_done",
    "store_sweep_done",
    "entry_ready",
    "reset",
];
pub(crate) const OUTPUTS: [&str; 24] = [
    "ask_valid",
    "ask_oref",
    "ask_new_ref",
    "ask_replaces",
    "event_valid",
    "event_data",
    "count",
    "entry_lost",
    "entry_valid",
    "entry",
    "feature_reset",
    "feature_reset_slot",
    "sweep_start",
    "sweep_slot",
    "sweeping",
    "read_state",
    "now_ready",
    "now_stale",
    "now_gap",
    "now_halted",
    "bind_write",
    "bind_slot",
    "bind_value",
    "msg_line",
];

impl Ports {
    pub(crate) fn new(bench: &Bench) -> Self {
        Self {
            inputs: INPUTS.iter().map(|name| bench.port(name)).collect(),
            outputs: OUTPUTS.iter().map(|name| bench.port(name)).collect(),
            raw: Arc::new(Layout::of::<RawMsg>()),
            feed: Arc::new(Layout::of::<FeedEvent>()),
        }
    }

    pub(crate) fn input(&self, name: &str) -> PortId {
        self.inputs[INPUTS.iter().position(|n| *n == name).expect("an input")]
    }

    pub(crate) fn output(&self, name: &str) -> PortId {
        self.outputs[OUTPUTS.iter().position(|n| *n == name).expect("an output")]
    }
}

/// What a cycle brings, owned.
#[derive(Default)]
pub(crate) struct Inputs {
    pub(crate) message: Option<(Body, u16)>,
    pub(crate) write: Option<Write>,
    pub(crate) stale_all: Option<bool>,
    pub(crate) table: Option<(usize, u8)>,
    pub(crate) store: Option<(usize, u8)>,
}

pub(crate) struct World<'a> {
    pub(crate) bench: &'a mut Bench,
    pub(crate) ports: Ports,
    pub(crate) golden: Decoder,
    pub(crate) slots: usize,
    pub(crate) now: u64,
    pub(crate) next_seq: u64,
    /// The step before: message bundle and what the golden model made of it.
    pub(crate) last: Option<(Option<Bundle>, Stepped)>,
    pub(crate) admins: VecDeque<Admin>,
    pub(crate) dues: Vec<Vec<Due>>,
    /// Locate bound and when, until the host's register shows it.
    pub(crate) binds: Vec<Vec<(u16, u64)>>,
    /// When the host last wrote LOCATE of a slot; the time of the cycle before.
    pub(crate) located: Vec<u64>,
    pub(crate) before: u64,
    pub(crate) sweep_left: (u64, u64),
    pub(crate) stalls_percent: u64,
    /// The slot most is done to for a while, so that things meet in a table of many slots too.
    pub(crate) focus: usize,
    pub(crate) seen: Coverage,
}

impl<'a> World<'a> {
    pub(crate) fn new(bench: &'a mut Bench) -> Self {
        let ports = Ports::new(bench);
        let slots = bench.size().contract().slots as usize;
        let mut world = Self {
            bench,
            ports,
            golden: Decoder::new(slots),
            slots,
            now: 1_000,
            next_seq: 1,
            last: None,
            admins: VecDeque::new(),
            dues: Vec::new(),
            binds: Vec::new(),
            located: Vec::new(),
            before: 0,
            sweep_left: (0, 0),
            stalls_percent: 0,
            focus: 0,
            seen: Coverage::default(),
        };
        world.reset();
        world
    }

    pub(crate) fn reset(&mut self) {
        for name in INPUTS {
            if self.bench.model.describe(self.ports.input(name)).width == 1 {
                self.bench.set(self.ports.input(name), 0);
            }
        }
        // What is written in a reset is lost.
        self.set("slot_write", 1);
        self.set("slot_register", reg::index(reg::SLOT, "SYNC_SEQ_HI") as u64);
        self.bench.reset();
        self.set("slot_write", 0);
        self.golden = Decoder::new(self.slots);
        self.last = None;
        self.admins.clear();
        self.dues = (0..self.slots).map(|_| Vec::new()).collect();
        self.binds = vec![Vec::new(); self.slots];
        self.located = vec![0; self.slots];
        self.sweep_left = (0, 0);
    }

    pub(crate) fn some_slot(&mut self) -> usize {
        if self.bench.rng.percent(60) {
            self.focus
        } else {
            usize::try_from(self.bench.rng.below(self.slots as u64)).expect("small")
        }
    }

    pub(crate) fn set(&mut self, name: &str, value: u64) {
        self.bench.set(self.ports.input(name), value);
    }

    pub(crate) fn get(&self, name: &str) -> u64 {
        self.bench.get(self.ports.output(name))
    }

    /// One cycle: drive, check what the cycle before has brought, step.
    pub(crate) fn cycle(&mut self, inputs: &Inputs) -> Verdict {
        self.before = self.now;
        self.now += self.bench.rng.between(6, 7);
        let message = self.drive(inputs);
        let swept = self.drive_sweeps();
        let ready = !self.bench.rng.percent(self.stalls_percent);
        self.set("entry_ready", u64::from(ready));
        let read = self.bench.rng.below(self.slots as u64);
        self.set("read_slot", read);
        self.bench.eval();
        self.check_state(usize::try_from(read).expect("a slot"))?;
        self.check_ask(inputs)?;
        self.check_last()?;
        self.check_entries(ready)?;
        let stepped = self.golden.step(&Step {
            message: inputs.message.as_ref().map(|(body, len)| (body, *len)),
            write: inputs.write,
            next_seq: self.next_seq,
            stale_all: inputs.stale_all,
            table: inputs.table,
            store: inputs.store,
            swept,
        });
        self.note(inputs, message.as_ref(), &stepped);
        self.last = Some((message, stepped));
        if inputs.message.is_some() {
            self.next_seq += 1;
        }
        self.bench.tick();
        Ok(())
    }

    pub(crate) fn drive(&mut self, inputs: &Inputs) -> Option<Bundle> {
        let slot_noise = self.bench.rng.below(self.slots as u64);
        let cause_noise = self.bench.rng.bits(8);
        let data_noise = self.bench.rng.bits(32);
        let (now, next_seq) = (self.now, self.next_seq);
        self.set("now", now);
        self.set("next_seq", next_seq);
        self.set("stale_all", u64::from(inputs.stale_all.is_some()));
        self.set("stale_gap", inputs.stale_all.map_or(cause_noise & 1, u64::from));
        for (name, stale) in [("table", inputs.table), ("store", inputs.store)] {
            let (slot, cause) = stale.map_or((slot_noise, cause_noise), |(s, c)| (s as u64, u64::from(c)));
            self.set(&format!("{name}_stale"), u64::from(stale.is_some()));
            self.set(&format!("{name}_stale_slot"), slot);
            self.set(&format!("{name}_stale_cause"), cause);
        }
        self.set("slot_write", u64::from(inputs.write.is_some()));
        let write = inputs
            .write
            .map_or((slot_noise, cause_noise & 31, data_noise), |w| {
                (w.slot as u64, w.register as u64, u64::from(w.data))
            });
        self.set("slot_index", write.0);
        self.set("slot_register", write.1);
        self.set("slot_data", write.2);
        let mut raw = Bundle::from_words(&self.ports.raw, self.bench.rng.wide(self.ports.raw.width()));
        if let Some((body, len)) = &inputs.message {
            raw.set_bytes("body", body);
            raw.set("len", u64::from(*len)).set("seq", next_seq);
        }
        self.set("msg_valid", u64::from(inputs.message.is_some()));
        let line = self.bench.rng.below(3);
        self.set("msg_line", line);
        self.bench.set_wide(self.ports.input("msg_data"), raw.words());
        inputs.message.is_some().then_some(raw)
    }

    /// Order table and level store answer a sweep after a while, each in its own time.
    pub(crate) fn drive_sweeps(&mut self) -> (bool, bool) {
        if self
            .last
            .as_ref()
            .is_some_and(|(_, stepped)| stepped.sweep.is_some())
        {
            self.sweep_left = (self.bench.rng.between(1, 30), self.bench.rng.between(1, 30));
        }
        let tick = |left: &mut u64| {
            let done = *left == 1;
            *left = left.saturating_sub(1);
            done
        };
        let done = (tick(&mut self.sweep_left.0), tick(&mut self.sweep_left.1));
        self.set("table_sweep_done", u64::from(done.0));
        self.set("store_sweep_done", u64::from(done.1));
        done
    }

    pub(crate) fn check_state(&mut self, read: usize) -> Verdict {
        let state = u64::from(self.golden.state(read));
        let got = self.get("read_state");
        self.bench.eq("SLOT_STATE", got, state)?;
        let all = |state: u32| {
            (0..self.slots)
                .filter(|slot| self.golden.state(*slot) & state != 0)
                .fold(0, |bits, slot| bits | 1 << slot)
        };
        let vectors: [(&str, u64); 4] = [
            ("now_ready", all(reg::slot_state::READY)),
            ("now_stale", all(reg::slot_state::STALE)),
            ("now_gap", all(reg::slot_state::GAP)),
            ("now_halted", all(reg::slot_state::HALTED)),
        ];
        for (name, expected) in vectors {
            let got = self.get(name);
            self.bench.eq(name, got, expected)?;
        }
        let sweeping = self.golden.sweeping().is_some();
        let got = self.get("sweeping") == 1;
        self.bench.eq("sweeping", got, sweeping)
    }

    /// Registered outputs of the step before.
    pub(crate) fn check_last(&mut self) -> Verdict {
        let (message, stepped) = self.last.take().unwrap_or_default();
        let counted = match stepped.decoded {
            None => 0,
            Some(Decoded::UnknownType) => 1,
            Some(Decoded::BadLength) => 2,
            Some(Decoded::OtherLocate) => 4,
            Some(Decoded::Admin(_)) => 8,
            Some(Decoded::Event(..)) => 16,
        };
        let got = self.get("count");
        self.bench.eq("count", got, counted)?;
        for (name, expected) in [
            ("feature_reset", stepped.feature_reset),
            ("sweep_start", stepped.sweep),
        ] {
            let got = self.get(name) == 1;
            self.bench.eq(name, got, expected.is_some())?;
            if let Some(slot) = expected {
                let port = if name == "sweep_start" {
                    "sweep_slot"
                } else {
                    "feature_reset_slot"
                };
                let got = self.get(port);
                self.bench.eq(port, got, slot as u64)?;
            }
        }
        let event = match stepped.decoded {
            Some(Decoded::Event(event, flags)) => Some((event, flags)),
            _ => None,
        };
        let got = self.get("event_valid") == 1;
        self.bench.eq("event in this cycle", got, event.is_some())?;
        if let (Some((event, flags)), Some(message)) = (event, message) {
            self.check_event(&event, flags, &message)?;
        }
        self.check_bind()
    }

    pub(crate) fn check_event(&mut self, event: &event::FeedEvent, flags: u8, message: &Bundle) -> Verdict {
        let words = self.bench.get_wide(self.ports.output("event_data"));
        let got = Bundle::from_words(&self.ports.feed, words);
        let body = message.get_bytes("body");
        let big = |from: usize, to: usize| body[from..to].iter().fold(0, |v, b| v << 8 | u64::from(*b));
        let adds = matches!(event.kind, EventCode::Add | EventCode::AddMpid);
        let expected: [(&str, u64); 14] = [
            ("meta.event", event.kind as u64),
            ("meta.slot", u64::from(event.slot)),
            ("meta.flags", u64::from(flags)),
            ("meta.ts", big(5, 11)),
            ("meta.tracking", big(3, 5)),
            ("meta.seq", message.get("seq")),
            ("meta.stamp", message.get("stamp")),
            ("oref", event.reference),
            (
                "new_ref",
                if adds {
                    event.reference
                } else {
                    event.new_reference
                },
            ),
            ("buy", u64::from(event.side == Side::Bid)),
            ("qty", u64::from(event.quantity)),
            ("price", u64::from(event.price)),
            ("printable", u64::from(event.printable)),
            ("meta.event", body_code(&body)),
        ];
        for (field, value) in expected {
            self.bench.eq(field, got.get(field), value)?;
        }
        Ok(())
    }

    pub(crate) fn check_bind(&mut self) -> Verdict {
        if self.get("bind_write") == 0 {
            return Ok(());
        }
        let slot = usize::try_from(self.get("bind_slot")).expect("a slot");
        let value = self.get("bind_value");
        let turn = self.before;
        let last = self.binds[slot]
            .iter()
            .rev()
            .find(|(_, since)| *since < turn)
            .copied();
        self.binds[slot].retain(|(_, since)| *since >= turn);
        let located = self.located[slot];
        let right = last.is_some_and(|(locate, since)| {
            value == 0x1_0000 | u64::from(locate) || (located >= since && value >> 16 == 1)
        });
        self.bench.check(right, || {
            format!("slot {slot} bound to {value:#x}, not {last:x?}")
        })
    }

    pub(crate) fn check_entries(&mut self, ready: bool) -> Verdict {
        let cycle = self.bench.cycles();
        if self.get("entry_lost") == 1 {
            let at = self.admins.iter().position(|a| a.cycle + LOST_AFTER == cycle);
            self.seen.lost += 1;
            self.bench
                .check(at.is_some(), || "lost an entry that was not there".into())?;
            self.admins.remove(at.unwrap_or(0));
        }
        if self.get("entry_valid") == 0 || !ready {
            return Ok(());
        }
        let words = self.bench.get_wide(self.ports.output("entry"));
        let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
        let head = |name| get_bits(&bytes, lsb(HEAD, name), width(HEAD, name));
        if head("code") == Code::Admin as u64 {
            let expected = self.admins.pop_front().map(|a| a.payload).unwrap_or_default();
            return self.bench.eq("admin entry", &bytes[..], &expected[..]);
        }
        self.check_notice(&bytes)
    }

    pub(crate) fn check_notice(&mut self, bytes: &[u8]) -> Verdict {
        let head = |name| get_bits(bytes, lsb(HEAD, name), width(HEAD, name));
        let field = |name| get_bits(bytes, 64 + lsb(SLOT_BODY, name), width(SLOT_BODY, name));
        let (slot, code) = (usize::try_from(head("slot")).expect("6 bits"), head("code"));
        let locate = u16::try_from(field("locate")).expect("16 bits");
        let cause = u8::try_from(field("cause")).expect("8 bits");
        let time = head("time");
        let text = format!(
            "slot {slot} tells code {code} cause {cause} locate {locate:#x} at {time} out of the blue"
        );
        let located = self.located.get(slot).copied().unwrap_or(0);
        let of_code = |notice: Notice| match notice {
            Notice::Bound(_) => Code::Bound as u64,
            Notice::Ready => Code::Ready as u64,
            Notice::Sync(_) => Code::Sync as u64,
            Notice::Stale(_) => Code::Stale as u64,
        };
        let known = self.dues.get_mut(slot);
        let mut told = Vec::new();
        if let Some(known) = known {
            // A notice stands for all of its kind raised while it waited, with the last one's value.
            told = known
                .extract_if(.., |due| due.since < time && of_code(due.notice) == code)
                .collect();
        }
        let Some(last) = told.last() else {
            return self.bench.check(false, || text);
        };
        let right = match last.notice {
            Notice::Bound(bound) => cause == 0 && (locate == bound || located >= last.since),
            Notice::Ready => cause == 0,
            Notice::Sync(accepted) => cause == u8::from(accepted),
            Notice::Stale(why) => cause == why,
        };
        let (since, seq) = (last.since, last.seq);
        let text = format!(
            "{text}, not {:?} of {since}, LOCATE written at {located}",
            last.notice
        );
        self.bench.check(right, || text)?;
        let (now, next_seq) = (self.now, self.next_seq);
        self.bench.check((since..=now).contains(&head("time")), || {
            format!("a notice of time {} not within {since}..={now}", head("time"))
        })?;
        self.bench.check((seq..=next_seq).contains(&field("seq")), || {
            format!(
                "a notice of sequence {} not within {seq}..={next_seq}",
                field("seq")
            )
        })?;
        let reserved = field("reserved_0") | field("reserved_1") | head("line");
        let rest = bytes[24..].iter().any(|byte| *byte != 0);
        self.bench
            .check(reserved == 0 && !rest, || "reserved bits are set".into())
    }

    /// Books what a step brings about.
    pub(crate) fn note(&mut self, inputs: &Inputs, message: Option<&Bundle>, stepped: &Stepped) {
        let cycle = self.bench.cycles();
        if let Some(write) = inputs
            .write
            .filter(|w| w.register == reg::index(reg::SLOT, "LOCATE"))
        {
            self.located[write.slot] = self.now;
        }
        if let Some(write) = inputs
            .write
            .filter(|w| w.register == reg::index(reg::SLOT, "SLOT_CTRL"))
        {
            for due in &mut self.dues[write.slot] {
                due.optional |= due.notice == Notice::Ready;
            }
        }
        for (slot, notice) in &stepped.notices {
            match notice {
                Notice::Bound(locate) => {
                    self.seen.bound += 1;
                    self.binds[*slot].push((*locate, self.now));
                }
                Notice::Ready => self.seen.ready += 1,
                Notice::Sync(true) => self.seen.accepted += 1,
                Notice::Sync(false) => self.seen.refused += 1,
                Notice::Stale(cause) => self.seen.causes[usize::from(*cause).min(8)] += 1,
            }
            self.dues[*slot].push(Due {
                notice: *notice,
                since: self.now,
                seq: self.next_seq,
                optional: false,
            });
        }
        let (Some(decoded), Some((body, len)), Some(message)) = (stepped.decoded, inputs.message, message)
        else {
            return;
        };
        let kind = TYPES.iter().position(|t| *t == body[0]);
        match decoded {
            Decoded::UnknownType => self.seen.unknown += 1,
            Decoded::BadLength => self.seen.bad_length += 1,
            Decoded::OtherLocate => self.seen.other_locate += 1,
            Decoded::Admin(slot) => {
                self.seen.admin += 1;
                self.seen.types[kind.unwrap_or(0)] += 1;
                let line = self.bench.get(self.ports.input("msg_line"));
                let payload = admin_entry(self.now, slot, line, message.get("seq"), &body, len);
                self.admins.push_back(Admin { cycle, payload });
            }
            Decoded::Event(_, flags) => {
                self.seen.types[kind.unwrap_or(0)] += 1;
                self.seen.flags[usize::from(flags)] += 1;
            }
        }
    }

    /// Nothing more comes in; everything that is due comes out.
    pub(crate) fn drain(&mut self) -> Verdict {
        self.stalls_percent = 0;
        // Sweeps end first; then a slot tells one thing a turn, and its neighbour may go first.
        let mut quiet = 0;
        for _ in 0..200 * self.slots {
            self.cycle(&Inputs::default())?;
            quiet = if self.golden.sweeping().is_some() {
                0
            } else {
                quiet + 1
            };
            if quiet > 40 + 16 * self.slots {
                break;
            }
        }
        let admins = self.admins.len();
        self.bench.eq("admin entries outstanding", admins, 0)?;
        let left: Vec<_> = self
            .dues
            .iter()
            .flatten()
            .filter(|due| !due.optional)
            .map(|d| d.notice)
            .collect();
        self.bench
            .check(left.is_empty(), || format!("never told: {left:?}"))?;
        let unbound = self.binds.iter().flatten().count();
        self.bench.eq("locates never shown", unbound, 0)
    }
}
