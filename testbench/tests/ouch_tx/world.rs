//! The block between a gate, a MAC and the events ring, with the golden model beside it.

use crate::orders;
use contract::reg;
use contract::slot::{KINDS, Kind};
use gateware::types::OrderRequest;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use testbench::golden::ouch_tx::{Connection, Frame, Order, OuchTx};
use testbench::{Bench, Bundle, Failure, Layout, Verdict};
use verilated::PortId;

/// Cycles from a frame's end to its entry.
const ENTRY: u64 = 2;
/// Cycles from a commit until the template is used.
const COMMIT: u64 = 3;
/// Entries that may wait while another frame is granted.
const ENTRIES: usize = 2;

/// Slot, register, word.
type SlotWrite = (usize, u64, u32);

/// What the stimulus brought about.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Whole frames by mode (UDP, TCP) and kind.
    pub(crate) frames: [[u32; KINDS.len()]; 2],
    pub(crate) aborted: u32,
    pub(crate) late_aborts: u32,
    /// Checksum fields 0 with TCP, all ones with UDP.
    pub(crate) edges: [u32; 2],
    pub(crate) stalls: u32,
    pub(crate) full: u32,
}

/// A frame under way.
#[derive(Debug)]
struct Sending {
    frame: Frame,
    kind: Kind,
    tcp: bool,
    beat: usize,
    cut: bool,
    /// The beat offered is the last, because of an abort.
    broken: bool,
    first: Option<u64>,
}

impl Sending {
    fn beats(&self) -> usize {
        self.frame.bytes.len().div_ceil(8)
    }

    fn is_last(&self) -> bool {
        self.broken || self.beat + 1 == self.beats()
    }
}

pub(crate) struct World<'a> {
    pub(crate) bench: &'a mut Bench,
    pub(crate) golden: OuchTx,
    layout: Arc<Layout>,
    ports: BTreeMap<&'static str, PortId>,
    time: u64,
    ack: u32,
    sending: Option<Sending>,
    /// Cycle of the grant to come.
    grant_at: Option<u64>,
    took: bool,
    entries: VecDeque<(u64, Vec<u8>)>,
    counts: BTreeMap<u64, u64>,
    /// Words still to be written into the table, then the commit; not before the cycle.
    table: VecDeque<(u64, u32)>,
    table_from: u64,
    writing: Option<Connection>,
    committed: Option<(u64, Connection)>,
    pub(crate) seen: Seen,
    pub(crate) grant_percent: u64,
    pub(crate) ready_percent: u64,
    pub(crate) entry_percent: u64,
    pub(crate) aborts: u64,
    pub(crate) writes: bool,
}

const PORTS: [&str; 32] = [
    "now",
    "grant",
    "grant_request",
    "grant_added",
    "tx_ready",
    "abort_frame",
    "tx_tdata",
    "tx_tkeep",
    "tx_tvalid",
    "tx_tready",
    "tx_tlast",
    "tx_tuser",
    "table_write",
    "table_word",
    "table_data",
    "table_commit",
    "slot_write",
    "slot",
    "slot_register",
    "slot_data",
    "do_user_ref_next",
    "do_tcp_seq_next",
    "ctrl_data",
    "cfg_tcp_ack",
    "now_user_ref_next",
    "now_tcp_seq_next",
    "busy",
    "entry_valid",
    "entry_ready",
    "entry",
    "count",
    "reset",
];

impl<'a> World<'a> {
    pub(crate) fn new(bench: &'a mut Bench) -> Self {
        let slots = bench.size().contract().slots as usize;
        let ports = PORTS.into_iter().map(|name| (name, bench.port(name))).collect();
        let mut world = Self {
            golden: OuchTx::new(slots),
            layout: Arc::new(Layout::of::<OrderRequest>()),
            ports,
            time: 0,
            ack: 0,
            sending: None,
            grant_at: None,
            took: false,
            entries: VecDeque::new(),
            counts: BTreeMap::new(),
            table: VecDeque::new(),
            table_from: 0,
            writing: None,
            committed: None,
            seen: Seen::default(),
            grant_percent: 100,
            ready_percent: 100,
            entry_percent: 100,
            aborts: 0,
            writes: false,
            bench,
        };
        world.reset();
        world
    }

    /// A reset in the middle of everything; template and symbols stay.
    pub(crate) fn reset(&mut self) {
        for name in [
            "grant",
            "table_write",
            "table_commit",
            "slot_write",
            "abort_frame",
        ] {
            self.set(name, 0);
        }
        for name in ["do_user_ref_next", "do_tcp_seq_next"] {
            self.set(name, 0);
        }
        // One cycle is enough.
        self.set("reset", 1);
        self.bench.tick();
        self.set("reset", 0);
        self.bench.eval();
        (self.golden.user_ref, self.golden.tcp_seq) = (1, 0);
        self.sending = None;
        self.grant_at = None;
        self.took = false;
        self.entries.clear();
        self.counts.clear();
        // A commit that is not in its last cycle never counts.
        let now = self.bench.cycles() - 1;
        self.committed.take_if(|(at, _)| now + 1 < *at);
        if let Some((_, connection)) = self.committed.take_if(|(at, _)| *at <= now) {
            self.golden.connection = Some(connection);
        }
    }

    /// A template is committed and does not count yet.
    pub(crate) fn is_committing(&self) -> bool {
        self.committed.is_some()
    }

    fn set(&mut self, name: &str, value: u64) {
        self.bench.set(self.ports[name], value);
    }

    fn get(&self, name: &str) -> u64 {
        self.bench.get(self.ports[name])
    }

    fn eq(&mut self, name: &str, expected: u64) -> Verdict {
        let got = self.get(name);
        self.bench.eq(name, got, expected)
    }

    /// Starts to write a template.
    pub(crate) fn connect(&mut self, connection: Connection) {
        let words = orders::table(&mut self.bench.rng, &connection);
        let mut all: Vec<(u64, u32)> = (0..).zip(words).collect();
        for i in (1..all.len()).rev() {
            all.swap(
                i,
                usize::try_from(self.bench.rng.below(i as u64 + 1)).expect("small"),
            );
        }
        // Words beyond the table are nobody's.
        let beyond = 16 << self.bench.rng.below(20);
        all.push((beyond, u32::MAX));
        self.table = all.into();
        self.writing = Some(connection);
    }

    pub(crate) fn is_connecting(&self) -> bool {
        self.writing.is_some() || self.committed.is_some()
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.sending.is_none() && self.grant_at.is_none() && self.entries.is_empty()
    }

    fn drive_table(&mut self, cycle: u64) {
        if self.committed.as_ref().is_some_and(|(at, _)| *at == cycle) {
            self.golden.connection = self.committed.take().map(|(_, connection)| connection);
        }
        let (mut write, mut commit) = (None, false);
        if cycle >= self.table_from && self.writing.is_some() {
            write = self.table.pop_front();
            commit = write.is_none();
            self.table_from = cycle + 2 + self.bench.rng.below(2);
        }
        if commit {
            self.committed = self.writing.take().map(|connection| (cycle + COMMIT, connection));
        }
        let noise = self.bench.rng.next_u64();
        self.set("table_write", write.is_some().into());
        self.set("table_word", write.map_or(noise & 0xff_ffff, |w| w.0));
        self.set("table_data", write.map_or(noise >> 32, |w| w.1.into()));
        self.set("table_commit", commit.into());
    }

    /// Register writes of this cycle, which count from the next one on: of a slot, and of the two counters.
    fn drive_registers(&mut self) -> (Option<SlotWrite>, [Option<u32>; 2]) {
        let rng = &mut self.bench.rng;
        let noise = rng.next_u64();
        let word = u32::try_from(noise >> 32).expect("32 bits");
        let slot = usize::try_from(rng.below(self.golden.symbols.len() as u64)).expect("small");
        let registers =
            ["SYMBOL_LO", "SYMBOL_HI", "LOCATE", "MAX_QTY"].map(|n| reg::index(reg::SLOT, n) as u64);
        let register = *rng.pick(&registers);
        let writes = self.writes && rng.percent(20);
        let user_ref = self.writes && rng.below(60) == 0;
        let tcp_seq = self.writes && rng.below(60) == 0;
        if rng.percent(10) {
            self.ack = u32::try_from(rng.edgy(32)).expect("32 bits");
        }
        self.set("slot_write", writes.into());
        self.set("slot", slot as u64);
        self.set("slot_register", register);
        self.set("slot_data", word.into());
        self.set("do_user_ref_next", user_ref.into());
        self.set("do_tcp_seq_next", tcp_seq.into());
        self.set("ctrl_data", word.into());
        self.set("cfg_tcp_ack", self.ack.into());
        let pulses = [user_ref, tcp_seq].map(|pulse| pulse.then_some(word));
        (writes.then_some((slot, register, word)), pulses)
    }

    pub(crate) fn cycle(&mut self) -> Verdict {
        let cycle = self.bench.cycles();
        self.time = self.time.wrapping_add(self.bench.rng.below(20));
        if self.bench.rng.below(200) == 0 {
            self.time = self.bench.rng.next_u64();
        }
        self.set("now", self.time);
        self.drive_table(cycle);
        let (slot_write, pulses) = self.drive_registers();
        let grants = self.grant_at == Some(cycle);
        let order = orders::order(&mut self.bench.rng, &self.golden, self.ack);
        let request = self.bundle(&order);
        self.set("grant", grants.into());
        self.bench.set_wide(self.ports["grant_request"], request.words());
        self.set("grant_added", order.added.into());
        let abort = self.bench.rng.below(1000) < self.aborts;
        self.set("abort_frame", abort.into());
        let ready = self.bench.rng.percent(self.ready_percent);
        self.set("tx_tready", ready.into());
        let entry_ready = self.bench.rng.percent(self.entry_percent);
        self.set("entry_ready", entry_ready.into());
        self.bench.eval();

        let count = self.counts.remove(&cycle).unwrap_or(0);
        self.eq("count", count)?;
        self.eq("now_user_ref_next", self.golden.user_ref.into())?;
        self.eq("now_tcp_seq_next", self.golden.tcp_seq.into())?;
        self.check_gate(cycle, grants)?;
        self.check_entry(cycle, entry_ready)?;
        self.check_beat(cycle, ready, abort)?;
        if grants {
            self.grant_at = None;
            self.grant(&order, abort);
        }
        if let Some((slot, register, word)) = slot_write {
            for (name, at) in [("SYMBOL_LO", 0), ("SYMBOL_HI", 4)] {
                if register == reg::index(reg::SLOT, name) as u64 {
                    self.golden.symbols[slot][at..at + 4].copy_from_slice(&word.to_le_bytes());
                }
            }
        }
        self.golden.user_ref = pulses[0].unwrap_or(self.golden.user_ref);
        self.golden.tcp_seq = pulses[1].unwrap_or(self.golden.tcp_seq);
        self.bench.tick();
        Ok(())
    }

    /// A gate that decides in two cycles and takes no request in the cycle after one it took.
    fn check_gate(&mut self, cycle: u64, grants: bool) -> Verdict {
        let level = self.entries.iter().filter(|(from, _)| *from <= cycle).count();
        let ready = self.sending.is_none() && !grants && level <= ENTRIES;
        self.seen.full += u32::from(level > ENTRIES);
        self.eq("tx_ready", ready.into())?;
        self.eq("busy", self.sending.is_some().into())?;
        let takes = ready
            && !self.took
            && self.grant_at.is_none()
            && self.golden.connection.is_some()
            && self.bench.rng.percent(self.grant_percent);
        if takes {
            self.grant_at = Some(cycle + 2);
        }
        self.took = takes;
        Ok(())
    }

    fn grant(&mut self, order: &Order, abort: bool) {
        let tcp = self
            .golden
            .connection
            .as_ref()
            .is_some_and(|c| c.mode == contract::template::Mode::Tcp);
        let frame = self.golden.grant(order, self.ack);
        let field = if tcp { 50 } else { 40 };
        let edge = if tcp { [0, 0] } else { [0xff, 0xff] };
        self.seen.edges[usize::from(tcp)] += u32::from(frame.bytes[field..field + 2] == edge);
        self.sending = Some(Sending {
            frame,
            kind: order.kind,
            tcp,
            beat: 0,
            cut: abort,
            broken: false,
            first: None,
        });
    }

    fn check_beat(&mut self, cycle: u64, ready: bool, abort: bool) -> Verdict {
        let Some(mut sending) = self.sending.take() else {
            return self.eq("tx_tvalid", 0);
        };
        self.eq("tx_tvalid", 1)?;
        let from = 8 * sending.beat;
        let until = sending.frame.bytes.len().min(from + 8);
        let kept = &sending.frame.bytes[from..until];
        let mut data = [0; 8];
        data[..kept.len()].copy_from_slice(kept);
        self.eq("tx_tkeep", (1 << kept.len()) - 1)?;
        self.eq("tx_tdata", u64::from_le_bytes(data))?;
        self.eq("tx_tlast", sending.is_last().into())?;
        self.eq("tx_tuser", sending.broken.into())?;
        sending.cut |= abort;
        self.seen.late_aborts += u32::from(abort && sending.is_last() && !sending.broken);
        if !ready {
            self.seen.stalls += 1;
            self.sending = Some(sending);
            return Ok(());
        }
        sending.first.get_or_insert(self.time);
        if sending.is_last() {
            return self.finish(cycle, &sending);
        }
        sending.beat += 1;
        sending.broken = sending.cut;
        self.sending = Some(sending);
        Ok(())
    }

    fn finish(&mut self, cycle: u64, sending: &Sending) -> Verdict {
        let aborted = sending.broken;
        self.golden.ended(&sending.frame, aborted);
        let entry = sending.frame.entry(sending.first.unwrap_or(0), aborted);
        self.entries.push_back((cycle + ENTRY, entry.to_vec()));
        if aborted {
            self.seen.aborted += 1;
            return Ok(());
        }
        self.counts.insert(cycle + 1, 1);
        self.seen.frames[usize::from(sending.tcp)][sending.kind as usize - 1] += 1;
        crate::parse::check(self.bench, &sending.frame.bytes, sending.tcp, sending.kind)
    }

    fn check_entry(&mut self, cycle: u64, ready: bool) -> Result<(), Failure> {
        let due = self.entries.front().filter(|(from, _)| *from <= cycle);
        let expected = due.map(|(_, entry)| entry.clone());
        self.eq("entry_valid", expected.is_some().into())?;
        let Some(expected) = expected else {
            return Ok(());
        };
        let words = self.bench.get_wide(self.ports["entry"]);
        let got: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
        self.bench.eq("entry", got, expected)?;
        if ready {
            self.entries.pop_front();
        }
        Ok(())
    }

    fn bundle(&mut self, order: &Order) -> Bundle {
        let mut out = Bundle::from_words(&self.layout, self.bench.rng.wide(self.layout.width()));
        let names = [
            "side",
            "time_in_force",
            "display",
            "capacity",
            "iso",
            "cross_type",
        ];
        for (name, letter) in names.into_iter().zip(order.letters) {
            out.set(name, letter.into());
        }
        out.set("kind", order.kind as u64)
            .set("slot", order.slot as u64)
            .set("qty", order.qty.into())
            .set("price", order.price.into())
            .set("token", order.token.into())
            .set("target_ref", order.target_ref.into())
            .set("order_seq", order.order_seq.into())
            .set("stamp", order.stamp)
            .set_bytes("cl_ord_id", &order.cl_ord_id);
        out
    }

    /// Nothing more is granted; everything under way ends.
    pub(crate) fn drain(&mut self) -> Verdict {
        (self.grant_percent, self.ready_percent, self.entry_percent) = (0, 100, 100);
        for _ in 0..200 {
            self.cycle()?;
        }
        let left = (self.is_idle(), self.counts.len(), self.is_connecting());
        self.bench
            .eq("idle, counts left, template on its way", left, (true, 0, false))
    }
}
