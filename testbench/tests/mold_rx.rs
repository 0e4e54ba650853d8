//! `mold_rx` against `twin::mold`: every message in its cycle, every frame pulse, every counter.

use gateware::emit::Size;
use gateware::types::RawMsg;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::Arc;
use testbench::frames::{
    Beat, Frame, ITCH_TYPES, LineDriver, Recipe, SESSION, SUBSCRIPTION, any_message, message,
};
use testbench::{Bench, Bundle, Layout, Rng, Verdict};
use twin::mold::{self, Kind, Message, Packet};
use twin::udp::{self, End, LineCounts, Payload};
use verilated::PortId;

/// Line counters in front of the first one of `mold_rx`, and how many it has.
const FIRST_COUNTER: usize = 8;
const COUNTERS: usize = 7;
/// Beat that holds the first message's type byte.
const FIRST_BEAT: usize = 8;
/// Cycles from a frame's last beat to what `udp_rx` says of its end.
const END_CYCLES: u64 = 3;

struct Ports {
    first: PortId,
    stamp: PortId,
    offset: PortId,
    payload_len: PortId,
    payload_ok: PortId,
    ended: [PortId; 3],
    locked: PortId,
    auto: PortId,
    valid: PortId,
    msg: PortId,
    seq_ahead: PortId,
    header: PortId,
    header_session: PortId,
    header_seq: PortId,
    frame: [PortId; 6],
    frame_next: PortId,
    count: PortId,
}

/// What the headers of the frame under way say.
#[derive(Clone)]
struct Known {
    frame: Rc<Frame>,
    payload: Option<Payload>,
    packet: Option<Packet>,
    stamp: u64,
}

struct Rig {
    ports: Ports,
    layout: Arc<Layout>,
    driver: LineDriver,
    known: Option<Known>,
    /// Cycle in which a message is due, the message, and the stamp of its frame.
    due: VecDeque<(u64, Message, u64)>,
    ends: VecDeque<(u64, Known)>,
    cycle: u64,
    locked: bool,
    auto: bool,
    seen: LineCounts,
    expected: LineCounts,
    messages: u64,
}

impl Rig {
    fn new(bench: &mut Bench) -> Self {
        let ports = Ports {
            first: bench.port("beat_first"),
            stamp: bench.port("stamp"),
            offset: bench.port("offset"),
            payload_len: bench.port("payload_len"),
            payload_ok: bench.port("payload_ok"),
            ended: ["ended", "end_good", "end_bad"].map(|n| bench.port(n)),
            locked: bench.port("session_locked"),
            auto: bench.port("session_auto"),
            valid: bench.port("valid"),
            msg: bench.port("msg"),
            seq_ahead: bench.port("seq_ahead"),
            header: bench.port("header"),
            header_session: bench.port("header_session"),
            header_seq: bench.port("header_seq"),
            frame: [
                "frame_end",
                "frame_bad",
                "packet",
                "heartbeat",
                "end_of_session",
                "other_session",
            ]
            .map(|n| bench.port(n)),
            frame_next: bench.port("frame_next"),
            count: bench.port("count"),
        };
        let session = bench.port("session");
        let mut bytes = [0; 12];
        bytes[..10].copy_from_slice(&SESSION);
        let words: Vec<u32> = bytes
            .chunks_exact(4)
            .map(|w| u32::from_le_bytes(w.try_into().expect("4 bytes")))
            .collect();
        bench.set_wide(session, &words);
        let mut driver = LineDriver::new(bench, "beat");
        driver.frame_gap = 0;
        let valid = bench.port("beat_valid");
        bench.set(valid, 0);
        bench.reset();
        Self {
            ports,
            layout: Arc::new(Layout::of::<RawMsg>()),
            driver,
            known: None,
            due: VecDeque::new(),
            ends: VecDeque::new(),
            cycle: 0,
            locked: true,
            auto: false,
            seen: LineCounts::default(),
            expected: LineCounts::default(),
            messages: 0,
        }
    }

    fn cycle(&mut self, bench: &mut Bench) -> Verdict {
        let sent = self.driver.drive(bench);
        let stamp = bench.rng.next_u64();
        if let Some((beat, frame)) = &sent {
            self.begin(beat, frame, stamp);
        }
        let ended = self.drive_headers(bench, sent.as_ref().map(|(beat, _)| beat));
        bench.eval();
        self.message(bench)?;
        self.header(bench, sent.as_ref().map(|(beat, _)| beat))?;
        self.counters(bench)?;
        if let Some((beat, _)) = sent {
            self.expect(beat);
        }
        let before = bench.get(self.ports.seq_ahead);
        bench.tick();
        self.cycle += 1;
        if let Some((known, end)) = ended {
            bench.eval();
            self.frame_end(bench, &known, end)?;
        }
        if bench.is(self.ports.valid) {
            let msg = Bundle::from_words(&self.layout, bench.get_wide(self.ports.msg));
            bench.eq("seq_ahead one cycle before", before, msg.get("seq"))?;
        }
        Ok(())
    }

    fn begin(&mut self, beat: &Beat, frame: &Rc<Frame>, stamp: u64) {
        if !beat.first {
            return;
        }
        let payload = udp::headers(&frame.bytes, &SUBSCRIPTION).ok();
        self.known = Some(Known {
            packet: payload.as_ref().and_then(|p| mold::packet(&frame.bytes, p)),
            payload,
            frame: Rc::clone(frame),
            stamp,
        });
    }

    /// Plays `udp_rx`: what it has not settled yet is random. Returns the frame whose end it reports.
    fn drive_headers(&mut self, bench: &mut Bench, beat: Option<&Beat>) -> Option<(Known, End)> {
        let noise = bench.rng.next_u64();
        bench.set(self.ports.first, u64::from(beat.is_some_and(|b| b.first)));
        let known = self.known.clone();
        bench.set(self.ports.stamp, known.as_ref().map_or(noise, |k| k.stamp));
        let reported = match self.ends.front() {
            Some((due, _)) if *due == self.cycle => self.ends.pop_front().map(|(_, known)| known),
            _ => None,
        };
        let settled = reported.as_ref().or(known.as_ref());
        let payload = settled.and_then(|k| k.payload.as_ref());
        bench.set(self.ports.payload_ok, u64::from(payload.is_some()));
        bench.set(
            self.ports.payload_len,
            payload.map_or(noise & 0xffff, |p| p.len as u64),
        );
        bench.set(
            self.ports.offset,
            payload.map_or(42 + (noise & 4), |p| p.offset as u64),
        );
        let end = reported.as_ref().map(|k| {
            let mut ignored = LineCounts::default();
            udp::end(&k.frame.bytes, k.frame.bad, &SUBSCRIPTION, &mut ignored)
        });
        let [pulse, good, bad] = self.ports.ended;
        bench.set(pulse, u64::from(end.is_some()));
        bench.set(good, u64::from(end.is_some_and(|e| e.good)));
        bench.set(bad, u64::from(end.is_some_and(|e| e.bad)));
        bench.set(self.ports.locked, u64::from(self.locked));
        bench.set(self.ports.auto, u64::from(self.auto));
        reported.zip(end)
    }

    /// After a beat: messages that it completes, and the frame's end.
    fn expect(&mut self, beat: Beat) {
        let known = self.known.clone().expect("a beat has a frame");
        if let Some(packet) = &known.packet
            && self.locked
            && packet.session == SESSION
        {
            for message in packet.messages.iter().filter(|m| m.last_needed / 8 == beat.index) {
                self.due.push_back((self.cycle + 1, message.clone(), known.stamp));
            }
        }
        if beat.last {
            self.ends.push_back((self.cycle + END_CYCLES, known));
        }
    }

    fn message(&mut self, bench: &mut Bench) -> Verdict {
        let due = self.due.front().is_some_and(|(cycle, ..)| *cycle == self.cycle);
        bench.eq("a message", bench.is(self.ports.valid), due)?;
        if !due {
            return Ok(());
        }
        let (_, message, stamp) = self.due.pop_front().expect("just seen");
        self.messages += 1;
        let got = Bundle::from_words(&self.layout, bench.get_wide(self.ports.msg));
        bench.eq(
            "seq, len, stamp",
            [got.get("seq"), got.get("len"), got.get("stamp")],
            [message.seq, u64::from(message.len), stamp],
        )?;
        bench.eq(
            "body",
            &got.get_bytes("body")[..message.body.len()],
            &message.body[..],
        )
    }

    fn header(&self, bench: &mut Bench, beat: Option<&Beat>) -> Verdict {
        let known = self.known.as_ref();
        let packet = known.and_then(|k| k.packet.as_ref());
        let due = beat.is_some_and(|b| {
            let type_byte = known.and_then(|k| k.frame.bytes.get(k.payload?.offset + 22));
            b.index == FIRST_BEAT && packet.is_some_and(|p| self.known_session(p)) && type_byte.is_some()
        });
        bench.eq("header pulse", bench.is(self.ports.header), due)?;
        if !due {
            return Ok(());
        }
        let packet = packet.expect("due");
        bench.eq("header seq", bench.get(self.ports.header_seq), packet.seq)?;
        self.session(bench, packet)
    }

    fn known_session(&self, packet: &Packet) -> bool {
        (self.locked && packet.session == SESSION) || (self.auto && !self.locked)
    }

    fn session(&self, bench: &mut Bench, packet: &Packet) -> Verdict {
        let words = bench.get_wide(self.ports.header_session);
        let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
        bench.eq("header session", &bytes[..10], &packet.session[..])
    }

    fn frame_end(&mut self, bench: &mut Bench, known: &Known, end: End) -> Verdict {
        let ok = |p: &Packet| self.known_session(p);
        let packet = known.packet.as_ref().filter(|_| end.good);
        let mine = packet.filter(|p| ok(p));
        let is = |kind| mine.is_some_and(|p| p.kind == kind);
        let expected = [
            true,
            end.bad,
            mine.is_some(),
            is(Kind::Heartbeat),
            is(Kind::EndOfSession),
            packet.is_some() && mine.is_none(),
        ];
        let got = self.ports.frame.map(|p| bench.is(p));
        bench.eq("frame pulses", got, expected)?;
        if known.payload.is_some() && end.good {
            let session_ok = known.packet.as_ref().is_some_and(ok);
            mold::count(known.packet.as_ref(), end, session_ok, &mut self.expected);
        }
        let Some(packet) = &known.packet else {
            return Ok(());
        };
        if known.frame.beats() > 7 {
            bench.eq(
                "header seq at the end",
                bench.get(self.ports.header_seq),
                packet.seq,
            )?;
            bench.eq("frame_next", bench.get(self.ports.frame_next), packet.next)?;
            self.session(bench, packet)?;
        }
        Ok(())
    }

    fn counters(&mut self, bench: &mut Bench) -> Verdict {
        let pulses = bench.get(self.ports.count);
        for i in 0..COUNTERS {
            self.seen.0[FIRST_COUNTER + i] += pulses >> i & 1;
        }
        let mut expected = self.expected;
        expected.add("messages", self.messages);
        bench.eq("counters", self.seen, expected)
    }

    fn drain(&mut self, bench: &mut Bench) -> Verdict {
        while !self.driver.is_empty() {
            self.cycle(bench)?;
        }
        for _ in 0..6 {
            self.cycle(bench)?;
        }
        let left = self.due.len() + self.ends.len();
        bench.eq("messages and ends still due", left, 0)
    }
}

/// Every type at every alignment, packed; the alignment runs through by the length of the first block.
fn all_alignments(bench: &mut Bench, rig: &mut Rig) -> Verdict {
    let mut seq = 1;
    for vlan in [None, Some(5)] {
        for (kind, len) in ITCH_TYPES {
            for lead in 12..20 {
                let mut blocks = vec![message(&mut bench.rng, b'?', lead)];
                blocks.extend((0..3).map(|_| message(&mut bench.rng, kind, len)));
                blocks.push(message(&mut bench.rng, b'S', 12));
                let recipe = Recipe {
                    vlan,
                    seq,
                    ..Recipe::default()
                };
                seq += blocks.len() as u64;
                rig.driver.push(recipe.frame(&blocks));
            }
        }
        rig.drain(bench)?;
    }
    bench.check(rig.messages == 2 * 23 * 8 * 5, || {
        format!("{} messages only", rig.messages)
    })
}

/// Lengths around the last needed byte of each type, at every alignment.
fn odd_lengths(bench: &mut Bench, rig: &mut Rig) -> Verdict {
    for kind in *b"DECXUAF?" {
        let needed = mold::last_needed(kind);
        for len in needed - 1..needed + 4 {
            for lead in 12..20 {
                let blocks =
                    [(b'S', lead), (kind, len), (b'S', 12)].map(|(k, n)| message(&mut bench.rng, k, n));
                rig.driver.push(Recipe::default().frame(&blocks));
            }
        }
    }
    rig.drain(bench)
}

fn any_packet(rng: &mut Rng) -> Frame {
    let mut recipe = Recipe {
        vlan: *rng.pick(&[None, Some(9)]),
        // Often about to carry into the high word.
        seq: if rng.percent(50) {
            rng.edgy(64)
        } else {
            rng.next_u64() << 32 | (0xffff_fffc + rng.below(4))
        },
        padding: *rng.pick(&[0, 0, 1, 5, 30]),
        ..Recipe::default()
    };
    if rng.percent(8) {
        recipe.session = std::array::from_fn(|_| u8::try_from(rng.bits(8)).expect("8 bits"));
    } else if rng.percent(5) {
        let byte = usize::try_from(rng.below(10)).expect("small");
        recipe.session[byte] ^= 1 << rng.below(8);
    }
    let n = rng.between(0, 9);
    let mut blocks: Vec<_> = (0..n).map(|_| any_message(rng)).collect();
    match rng.below(10) {
        0 => recipe.count = Some(*rng.pick(&[0, 1, 2, 7, 12, 0xffff, 0xffff, 0xfffe])),
        1 => {
            // Any length, also too short ones: block lengths are what the walk hangs on.
            let edges = [
                11,
                12,
                18,
                19,
                20,
                22,
                23,
                24,
                34,
                35,
                36,
                37,
                49,
                50,
                51,
                rng.between(1, 300),
            ];
            let len = usize::try_from(*rng.pick(&edges)).expect("small");
            let kind = *rng.pick(b"ADEUXSFC?");
            let at = usize::try_from(rng.between(0, n)).expect("small");
            blocks.insert(at, message(rng, kind, len));
        }
        2 => {
            let short = usize::try_from(rng.below(24)).expect("small");
            return recipe.around(&vec![0x33; short]);
        }
        _ => {}
    }
    let frame = recipe.frame(&blocks);
    let length = frame.bytes.len() as u64;
    match rng.below(10) {
        0 => frame.truncated(usize::try_from(rng.between(1, length)).expect("small")),
        1 => frame.flipped(usize::try_from(rng.below(8 * length)).expect("small")),
        2 => frame.spoiled(),
        3 => {
            // The UDP length alone, so that blocks pass the payload's end within the frame.
            let ip = if frame.bytes[12] == 0x81 { 18 } else { 14 };
            let udp = u16::from_be_bytes([frame.bytes[ip + 24], frame.bytes[ip + 25]]);
            let less = u16::try_from(rng.below(50)).expect("small").min(udp - 8);
            frame.with(ip + 24, &(udp - less).to_be_bytes())
        }
        _ => frame,
    }
}

fn scenario(bench: &mut Bench) -> Verdict {
    let mut rig = Rig::new(bench);
    all_alignments(bench, &mut rig)?;
    odd_lengths(bench, &mut rig)?;
    for _ in 0..1_500 {
        rig.driver.gap_percent = *bench.rng.pick(&[0, 0, 0, 40]);
        let frame = any_packet(&mut bench.rng);
        rig.driver.push(frame);
        if bench.rng.percent(20) {
            rig.drain(bench)?;
            rig.locked = !bench.rng.percent(10);
            rig.auto = bench.rng.percent(20);
        }
    }
    rig.drain(bench)?;
    for name in [
        "mold_short",
        "packets",
        "heartbeats",
        "end_of_session",
        "other_session",
        "block_length",
        "messages",
    ] {
        let value = rig.seen.get(name);
        bench.check(value > 5, || format!("{name} was counted {value} times only"))?;
    }
    resets(bench, &mut rig)
}

/// A reset at any moment silences the block, and the next frame is whole again.
fn resets(bench: &mut Bench, rig: &mut Rig) -> Verdict {
    let reset = bench.port("reset");
    for _ in 0..400 {
        for _ in 0..3 {
            let frame = any_packet(&mut bench.rng);
            rig.driver.push(frame);
        }
        // Half of the time in the cycle of a frame's end, when most is in flight.
        let at_end = bench.rng.percent(50);
        for _ in 0..bench.rng.between(1, 60) {
            let end_is_due = rig.ends.front().is_some_and(|(due, _)| *due == rig.cycle);
            if at_end && end_is_due {
                break;
            }
            rig.cycle(bench)?;
        }
        let sent = rig.driver.drive(bench);
        rig.drive_headers(bench, sent.as_ref().map(|(beat, _)| beat));
        bench.set(reset, 1);
        bench.tick();
        bench.set(reset, 0);
        rig.driver.abandon();
        rig.due.clear();
        rig.ends.clear();
        rig.cycle += 1;
        rig.expected = rig.seen;
        rig.messages = 0;
        for _ in 0..4 {
            rig.cycle(bench)?;
        }
    }
    rig.drain(bench)
}

/// Each bit of a packet flipped in turn, with the MAC noticing and not; a good packet behind each.
fn bit_flips(bench: &mut Bench) -> Verdict {
    let mut rig = Rig::new(bench);
    for vlan in [None, Some(0x0123)] {
        let blocks: Vec<_> = [b'A', b'D', b'U', b'E']
            .iter()
            .map(|kind| {
                let (_, len) = ITCH_TYPES[ITCH_TYPES.iter().position(|(k, _)| k == kind).expect("known")];
                message(&mut bench.rng, *kind, len)
            })
            .collect();
        let frame = Recipe {
            vlan,
            ..Recipe::default()
        }
        .frame(&blocks);
        for bit in 0..frame.bytes.len() * 8 {
            rig.driver.push(frame.clone().flipped(bit).spoiled());
            rig.driver.push(frame.clone().flipped(bit));
            rig.driver.push(frame.clone());
        }
    }
    rig.drain(bench)
}

#[test]
fn against_golden() {
    testbench::run_seeds("mold_rx", Size::Small, 1..=4, scenario);
}

#[test]
fn every_bit_flipped() {
    testbench::run("mold_rx", Size::Small, bit_flips);
}

testbench::mutants!("mold_rx", scenario);
