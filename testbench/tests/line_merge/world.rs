//! The block, its golden model and what must hold whatever the model says.

use crate::traffic::{Line, Packet, body};
use contract::event::{Code, HEAD, RANGE_BODY};
use contract::layout::lsb;
use contract::record::EventCode;
use gateware::types::RawMsg;
use std::collections::BTreeMap;
use std::sync::Arc;
use testbench::frames::SESSION;
use testbench::{Bench, Bundle, Layout, Verdict};
use twin::merge::{Input, LineInput, Merge, Message, Output};
use verilated::PortId;

const OUTPUTS: [&str; 13] = [
    "msg_valid",
    "next_seq",
    "stale_all",
    "stale_gap",
    "session_locked",
    "session_auto",
    "session_pending",
    "gap_pending",
    "busy",
    "entry_valid",
    "line_count_0",
    "line_count_1",
    "count",
];
/// Names of the counters, as pulse vectors have them.
const LINE_COUNTERS: [&str; 3] = ["duplicates", "held", "purged"];
const COUNTERS: [&str; 4] = ["accepted", "gaps", "window_overflow", "bad_frame_accepted"];

/// A message that left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Left {
    pub(crate) cycle: u64,
    pub(crate) seq: u64,
    pub(crate) line: u8,
    pub(crate) body: Vec<u8>,
    pub(crate) len: u16,
}

/// An entry of the events ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) code: u64,
    pub(crate) line: u64,
    /// The words behind the head.
    pub(crate) words: [u64; 3],
}

pub(crate) struct World<'b> {
    pub(crate) bench: &'b mut Bench,
    pub(crate) golden: Merge,
    pub(crate) lines: [Line; 2],
    pub(crate) cycle: u64,
    pub(crate) now: u64,
    pub(crate) gap_wait_ns: u32,
    pub(crate) cfg_session: [u8; 10],
    pub(crate) cfg_seq: u64,
    pub(crate) session_ctrl: Option<u32>,
    pub(crate) seq_ctrl: Option<u32>,
    /// How often the events ring is not ready.
    pub(crate) stalls_percent: u64,
    pub(crate) left: Vec<Left>,
    /// Cycle and kind of `stale_all`; true for a gap.
    pub(crate) stales: Vec<(u64, bool)>,
    pub(crate) told: Vec<Told>,
    pub(crate) counted: BTreeMap<String, u64>,
    shown: Output,
    layout: Arc<Layout>,
    ports: BTreeMap<String, PortId>,
}

fn words(bytes: &[u8]) -> Vec<u32> {
    bytes
        .chunks(4)
        .map(|chunk| {
            let mut word = [0; 4];
            word[..chunk.len()].copy_from_slice(chunk);
            u32::from_le_bytes(word)
        })
        .collect()
}

impl<'b> World<'b> {
    pub(crate) fn new(bench: &'b mut Bench) -> Self {
        let mut names: Vec<String> = OUTPUTS.iter().map(ToString::to_string).collect();
        names.extend(
            [
                "now",
                "cfg_session",
                "cfg_seq_init",
                "cfg_gap_wait_ns",
                "do_session_ctrl",
                "do_seq_ctrl",
                "ctrl_data",
                "session",
                "session_seen",
                "msg_data",
                "msg_line",
                "entry_ready",
                "entry",
            ]
            .map(String::from),
        );
        for name in [
            "valid",
            "msg",
            "seq_ahead",
            "header",
            "header_session",
            "header_seq",
            "frame_end",
            "frame_bad",
            "frame_next",
            "heartbeat",
            "end_of_session",
            "packet",
            "other_session",
        ] {
            names.extend([format!("{name}_0"), format!("{name}_1")]);
        }
        let ports = names.into_iter().map(|n| (n.clone(), bench.port(&n))).collect();
        let mut world = Self {
            bench,
            golden: Merge::new(),
            lines: [Line::default(), Line::default()],
            cycle: 0,
            now: 1_000,
            gap_wait_ns: 3_000,
            cfg_session: SESSION,
            cfg_seq: 1,
            session_ctrl: None,
            seq_ctrl: None,
            stalls_percent: 0,
            left: Vec::new(),
            stales: Vec::new(),
            told: Vec::new(),
            counted: BTreeMap::new(),
            shown: Merge::new().output(),
            layout: Arc::new(Layout::of::<RawMsg>()),
            ports,
        };
        world.drive(&Input::default(), [None; 2]);
        world.bench.reset();
        world
    }

    /// With the session accepted and this sequence expected.
    pub(crate) fn started(bench: &'b mut Bench, seq: u64) -> Result<Self, testbench::Failure> {
        let mut world = Self::new(bench);
        world.cfg_seq = seq;
        world.session_ctrl = Some(1);
        world.cycle()?;
        world.seq_ctrl = Some(1);
        world.cycle()?;
        world.cycle()?;
        Ok(world)
    }

    /// One cycle of reset, with everything as it is.
    pub(crate) fn reset(&mut self) {
        let reset = self.bench.port("reset");
        self.bench.set(reset, 1);
        self.bench.tick();
        self.bench.set(reset, 0);
        self.golden = Merge::new();
        self.cycle += 1;
    }

    pub(crate) fn counter(&self, name: &str) -> u64 {
        self.counted.get(name).copied().unwrap_or(0)
    }

    /// The messages that left, by sequence and line.
    pub(crate) fn sequence(&self) -> Vec<(u64, u8)> {
        self.left.iter().map(|left| (left.seq, left.line)).collect()
    }

    /// Ranges of the entries of this code.
    pub(crate) fn ranges(&self, code: Code) -> Vec<(u64, u64)> {
        let at = |name| lsb(RANGE_BODY, name) as usize / 64;
        let these = self.told.iter().filter(|told| told.code == code as u64);
        these
            .map(|told| (told.words[at("first")], told.words[at("next")]))
            .collect()
    }

    pub(crate) fn send(&mut self, line: usize, packet: Packet) {
        self.lines[line].push(packet);
    }

    pub(crate) fn run(&mut self, cycles: u64) -> Verdict {
        for _ in 0..cycles {
            self.cycle()?;
        }
        Ok(())
    }

    /// Until nothing more is on the lines, and a while longer.
    pub(crate) fn drain(&mut self) -> Verdict {
        while self.lines.iter().any(|line| !line.is_empty()) {
            self.cycle()?;
        }
        self.run(40)
    }

    fn set(&mut self, name: &str, value: u64) {
        let port = self.ports[name];
        self.bench.set(port, value);
    }

    fn set_bytes(&mut self, name: &str, bytes: &[u8]) {
        let port = self.ports[name];
        self.bench.set_wide(port, &words(bytes));
    }

    fn get(&self, name: &str) -> u64 {
        self.bench.get(self.ports[name])
    }

    fn get_bytes(&self, name: &str, bytes: usize) -> Vec<u8> {
        let wide = self.bench.get_wide(self.ports[name]);
        let mut all: Vec<u8> = wide.iter().flat_map(|w| w.to_le_bytes()).collect();
        all.truncate(bytes);
        all
    }

    fn bundle(&self, message: &Message) -> Bundle {
        let mut bundle = Bundle::zero(&self.layout);
        bundle
            .set_bytes("body", &message.body)
            .set("len", u64::from(message.len))
            .set("seq", message.seq)
            .set("stamp", message.stamp);
        bundle
    }

    fn drive(&mut self, input: &Input, ahead: [Option<u64>; 2]) {
        self.set("now", input.now);
        self.set_bytes("cfg_session", &input.session);
        self.set("cfg_seq_init", input.seq_init);
        self.set("cfg_gap_wait_ns", u64::from(input.gap_wait_ns));
        self.set("do_session_ctrl", u64::from(input.session_ctrl.is_some()));
        self.set("do_seq_ctrl", u64::from(input.seq_ctrl.is_some()));
        let data = input.session_ctrl.or(input.seq_ctrl);
        let noise = self.bench.rng.bits(32);
        self.set("ctrl_data", data.map_or(noise, u64::from));
        self.set("entry_ready", u64::from(input.entry_ready));
        for (i, ahead) in ahead.into_iter().enumerate() {
            self.drive_line(i, &input.lines[i], ahead);
        }
    }

    fn drive_line(&mut self, i: usize, line: &LineInput, ahead: Option<u64>) {
        let noise = self.bench.rng.next_u64();
        // Often near the expected sequence: what is not followed by a message must not matter.
        let near = self.shown.next_seq.wrapping_add(self.bench.rng.below(3));
        let ahead = ahead.unwrap_or(if noise & 1 == 0 { near } else { noise });
        let end = line.end.unwrap_or_default();
        let message = line.message.as_ref().map(|m| self.bundle(m));
        let message = message.map_or_else(|| self.bench.rng.wide(544), |b| b.words().to_vec());
        let told = line.header || line.end.is_some();
        let header_seq = if told { line.header_seq } else { noise };
        let session = if told { line.session } else { SESSION };
        let name = |name: &str| format!("{name}_{i}");
        let bits = [
            ("valid", line.message.is_some()),
            ("header", line.header),
            ("frame_end", line.end.is_some()),
            ("frame_bad", end.bad),
            ("heartbeat", end.heartbeat),
            ("end_of_session", end.end_of_session),
            ("packet", end.packet),
            ("other_session", end.other_session),
        ];
        for (bit, value) in bits {
            self.set(&name(bit), u64::from(value));
        }
        self.set(&name("seq_ahead"), ahead);
        self.set(&name("header_seq"), header_seq);
        self.set(
            &name("frame_next"),
            if line.end.is_some() { end.next } else { noise },
        );
        self.set_bytes(&name("header_session"), &session);
        let port = self.ports[&name("msg")];
        self.bench.set_wide(port, &message);
    }

    /// One cycle: drive, compare with the golden model, note what left.
    pub(crate) fn cycle(&mut self) -> Verdict {
        let shown = self.golden.output();
        let lines = [0, 1].map(|i| self.lines[i].input(self.cycle, &shown));
        let ahead = [0, 1].map(|i| self.lines[i].ahead(self.cycle));
        let ready = !self.bench.rng.percent(self.stalls_percent);
        let input = Input {
            now: self.now,
            lines,
            session: self.cfg_session,
            seq_init: self.cfg_seq,
            gap_wait_ns: self.gap_wait_ns,
            session_ctrl: self.session_ctrl.take(),
            seq_ctrl: self.seq_ctrl.take(),
            entry_ready: ready,
        };
        self.drive(&input, ahead);
        self.bench.eval();
        self.compare(&shown)?;
        self.note(&shown, ready);
        self.shown = shown;
        self.golden.step(&input);
        self.bench.tick();
        self.cycle += 1;
        self.now += 6 + u64::from(self.cycle.is_multiple_of(2));
        Ok(())
    }

    fn compare(&mut self, shown: &Output) -> Verdict {
        let bit = u64::from;
        let expected = [
            bit(shown.message.is_some()),
            shown.next_seq,
            bit(shown.stale_all.is_some()),
            bit(shown.stale_all == Some(true)),
            bit(shown.session_locked),
            bit(shown.session_auto),
            bit(shown.session_pending),
            bit(shown.gap_pending),
            bit(shown.busy),
            bit(shown.entry.is_some()),
            u64::from(shown.line_count[0]),
            u64::from(shown.line_count[1]),
            u64::from(shown.count),
        ];
        for (name, expected) in OUTPUTS.iter().zip(expected) {
            let got = self.get(name);
            self.bench.eq(name, got, expected)?;
        }
        for (name, expected) in [("session", shown.session), ("session_seen", shown.session_seen)] {
            let got = self.get_bytes(name, 10);
            self.bench.eq(name, &got[..], &expected[..])?;
        }
        if let Some((message, line)) = &shown.message {
            let got = Bundle::from_words(&self.layout, self.bench.get_wide(self.ports["msg_data"]));
            let differences = got.differences(&self.bundle(message));
            self.bench
                .check(differences.is_empty(), || format!("msg_data: {differences:?}"))?;
            let got = self.get("msg_line");
            self.bench.eq("msg_line", got, u64::from(*line))?;
        }
        if let Some(entry) = &shown.entry {
            let got = self.get_bytes("entry", entry.len());
            self.bench.eq("entry", &got[..], &entry[..])?;
        }
        Ok(())
    }

    fn note(&mut self, shown: &Output, ready: bool) {
        if let Some(gap) = shown.stale_all {
            self.stales.push((self.cycle, gap));
        }
        if let Some((message, line)) = &shown.message {
            self.left.push(Left {
                cycle: self.cycle,
                seq: message.seq,
                line: *line,
                body: message.body.to_vec(),
                len: message.len,
            });
        }
        if let Some(entry) = shown.entry.filter(|_| ready) {
            let word = |i: usize| u64::from_le_bytes(entry[8 * i..8 * i + 8].try_into().expect("8 bytes"));
            self.told.push(Told {
                code: word(0) >> lsb(HEAD, "code"),
                line: word(0) >> lsb(HEAD, "line") & 3,
                words: [word(1), word(2), word(3)],
            });
        }
        for (i, name) in COUNTERS.iter().enumerate() {
            *self.counted.entry(name.to_string()).or_default() += u64::from(shown.count >> i & 1);
        }
        for (line, letter) in ["A", "B"].iter().enumerate() {
            for (i, name) in LINE_COUNTERS.iter().enumerate() {
                let pulse = shown.line_count[line] >> i & 1;
                *self.counted.entry(format!("{name} {letter}")).or_default() += u64::from(pulse);
            }
        }
    }

    /// What must hold of everything that left since `from`, with all entries told: in sequence, once, spaced, with the
    /// right bytes unless a bad frame is told of, and each hole announced and told. `first`: the sequence expected at the start, if it was set.
    pub(crate) fn judge(&mut self, from: usize, first: Option<u64>) -> Verdict {
        let gaps = self.ranges(Code::Gap);
        let bad = self.ranges(Code::BadFrame);
        let mut next = first;
        let mut since = self.left.get(from.wrapping_sub(1)).map_or(0, |left| left.cycle);
        let mut busy_until = 0;
        for left in &self.left[from..] {
            let text = |what: &str| format!("{what}: {} at {}, expected {next:?}", left.seq, left.cycle);
            self.bench.check(left.cycle >= busy_until, || text("too close"))?;
            let book = EventCode::from_itch_type(left.body[0]).is_some();
            busy_until = left.cycle + if book { 2 } else { 1 };
            let right = left.body[..] == body(left.seq, left.body[0], false)[..];
            let told = bad.iter().any(|(a, b)| (*a..*b).contains(&left.seq));
            self.bench.check(right || told, || text("wrong bytes"))?;
            if let Some(next) = next {
                self.bench.check(left.seq >= next, || text("not ascending"))?;
            }
            if let Some(hole) = next.filter(|next| left.seq > *next) {
                let flagged = self
                    .stales
                    .iter()
                    .any(|(cycle, gap)| *gap && (since..=left.cycle).contains(cycle));
                self.bench.check(flagged, || text("no stale_all before"))?;
                // Gaps are told in ascending order.
                let reached = gaps.iter().fold(hole, |reached, (first, next)| {
                    if *first <= reached {
                        reached.max(*next)
                    } else {
                        reached
                    }
                });
                let covered = reached >= left.seq;
                self.bench.check(covered, || text("a hole no gap tells of"))?;
            }
            next = Some(left.seq + 1);
            since = left.cycle;
        }
        Ok(())
    }
}
