//! The receiver between the order side's port, `frame_rx` and `ouch_rx`, with the golden model beside it.

use crate::segments::{self, Segment};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use testbench::frames::{Beat, Frame, LineDriver};
use testbench::golden::seg_rx::{Fate, SegRx};
use testbench::{Bench, Verdict};
use verilated::PortId;

/// Cycles from a beat to the same beat at `pass`, from a frame's last beat to its verdict, from its word 5 to when it is judged.
const DELAY: u64 = gateware::seg_rx::DELAY as u64;
const VERDICT: u64 = 8;
const JUDGED: u64 = 3;
/// Words of the buffer, and those that have to be free.
const WORDS: usize = 1 << 8;
const FREE: usize = gateware::seg_rx::FRAME_WORDS;

const PORTS: [&str; 20] = [
    "reset",
    "cfg_on",
    "cfg_peer",
    "cfg_own",
    "cfg_ports",
    "do_seq",
    "ctrl_data",
    "now_seq",
    "pass_data",
    "pass_keep",
    "pass_valid",
    "pass_last",
    "pass_user",
    "out_valid",
    "out_ready",
    "out_data",
    "out_keep",
    "count",
    "rx_valid",
    "rx_user",
];

/// What the stimulus brought about.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    taken: u32,
    repeated: u32,
    trimmed: u32,
    refused: u32,
    bad: u32,
    passed: u32,
    pub(crate) no_room: u32,
    stalls: u32,
    restarts: u32,
}

impl Seen {
    pub(crate) fn all(&self) -> bool {
        let Self {
            taken,
            repeated,
            trimmed,
            refused,
            bad,
            passed,
            no_room,
            stalls,
            restarts,
        } = *self;
        taken > 300
            && repeated > 50
            && trimmed > 50
            && refused > 50
            && bad > 30
            && passed > 50
            && no_room > 3
            && stalls > 50
            && restarts > 30
    }
}

/// A frame that is under way and whose headers have come.
#[derive(Debug)]
struct Flight {
    frame: Rc<Frame>,
    judged_at: u64,
    fate: Option<Fate>,
    /// Cycle of its last beat.
    last: Option<u64>,
}

/// A beat as it went in.
#[derive(Debug, Clone, Copy)]
struct Went {
    beat: Beat,
    user: bool,
    at: u64,
}

pub(crate) struct World<'a> {
    pub(crate) bench: &'a mut Bench,
    pub(crate) driver: LineDriver,
    golden: SegRx,
    ports: BTreeMap<&'static str, PortId>,
    flights: VecDeque<Flight>,
    went: VecDeque<Went>,
    stream: VecDeque<u8>,
    held: usize,
    stalled: Option<(u64, u64)>,
    next_sequence: Option<u32>,
    pub(crate) ready_percent: u64,
    pub(crate) taken_at: u64,
    pub(crate) seen: Seen,
}

impl<'a> World<'a> {
    pub(crate) fn new(bench: &'a mut Bench) -> Self {
        let ports = PORTS.into_iter().map(|name| (name, bench.port(name))).collect();
        let ends = segments::ends(&mut bench.rng);
        let mut world = Self {
            driver: LineDriver::new(bench, "rx"),
            golden: SegRx {
                on: true,
                ends,
                expected: 0,
            },
            ports,
            flights: VecDeque::new(),
            went: VecDeque::new(),
            stream: VecDeque::new(),
            held: 0,
            stalled: None,
            next_sequence: None,
            ready_percent: 100,
            taken_at: 0,
            seen: Seen::default(),
            bench,
        };
        world.set("rx_valid", 0);
        world.set("do_seq", 0);
        world.set("cfg_on", 1);
        world.set("cfg_peer", u32::from_be_bytes(ends.peer).into());
        world.set("cfg_own", u32::from_be_bytes(ends.own).into());
        world.set(
            "cfg_ports",
            u64::from(ends.peer_port) << 16 | u64::from(ends.own_port),
        );
        world.bench.reset();
        world
    }

    fn set(&mut self, name: &str, value: u64) {
        self.bench.set(self.ports[name], value);
    }

    fn get(&self, name: &str) -> u64 {
        self.bench.get(self.ports[name])
    }

    /// The frame of a segment, relative to the byte expected behind all that has been made before.
    pub(crate) fn make(&mut self, segment: Segment) -> Frame {
        let expected = self.next_sequence.unwrap_or(self.golden.expected);
        let known = u32::try_from(segment.known & 0xffff_ffff).expect("32 bits");
        let sequence = expected.wrapping_sub(known);
        if segment.known == 0 && segment.flags & 2 == 0 {
            let length = u32::try_from(segment.length).expect("small");
            self.next_sequence = Some(expected.wrapping_add(length));
        }
        segments::frame(&mut self.bench.rng, &self.golden.ends, segment, sequence)
    }

    pub(crate) fn segment(&mut self, segment: Segment) {
        let frame = self.make(segment);
        self.driver.push(frame);
    }

    pub(crate) fn push(&mut self, frame: Frame) {
        self.driver.push(frame);
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.driver.is_empty()
    }

    /// All that waits goes in; gives the cycle of the last beat.
    pub(crate) fn send(&mut self) -> Result<u64, testbench::Failure> {
        while !self.driver.is_empty() {
            self.cycle()?;
        }
        Ok(self.bench.cycles() - 1)
    }

    /// Until all that went in has been judged: what is made next knows.
    pub(crate) fn settle(&mut self) -> Verdict {
        for _ in 0..=VERDICT {
            self.cycle()?;
        }
        self.next_sequence = None;
        self.bench.eq("frames under way", self.flights.len(), 0)
    }

    pub(crate) fn drain(&mut self) -> Verdict {
        self.send()?;
        self.settle()?;
        let mut patience = 3_000;
        while !self.stream.is_empty() {
            self.cycle()?;
            patience -= 1;
            self.bench.check(patience > 0, || "bytes never come".into())?;
        }
        for _ in 0..4 {
            self.cycle()?;
        }
        Ok(())
    }

    /// A new stream, from anywhere.
    pub(crate) fn restart(&mut self) -> Verdict {
        let sequence = self.bench.rng.edgy(32);
        self.set("do_seq", 1);
        self.set("ctrl_data", sequence);
        self.seen.restarts += 1;
        self.cycle()?;
        self.set("do_seq", 0);
        let noise = self.bench.rng.bits(32);
        self.set("ctrl_data", noise);
        self.golden.expected = u32::try_from(sequence).expect("32 bits");
        self.next_sequence = None;
        self.stream.clear();
        self.held = 0;
        self.stalled = None;
        // A frame that was judged before is of the old stream.
        let now = self.bench.cycles();
        for flight in &mut self.flights {
            if flight.fate.is_some() && flight.judged_at < now {
                flight.fate = Some(Fate::Passed);
            }
        }
        Ok(())
    }

    /// Off for some frames, and on again.
    pub(crate) fn toggle(&mut self) -> Verdict {
        self.send()?;
        self.settle()?;
        for on in [false, true] {
            self.golden.on = on;
            self.set("cfg_on", on.into());
            if !on {
                for _ in 0..3 {
                    let segment = segments::any(&mut self.bench.rng);
                    self.segment(segment);
                }
            }
            self.send()?;
            self.settle()?;
        }
        Ok(())
    }

    /// A reset in the middle of frames and bytes: nothing of it is left.
    pub(crate) fn reset(&mut self) -> Verdict {
        self.ready_percent = 0;
        for _ in 0..3 {
            self.segment(Segment {
                length: 100,
                ..Segment::default()
            });
        }
        for _ in 0..40 {
            self.cycle()?;
        }
        self.ready_percent = 100;
        self.driver.abandon();
        // A beat in the cycle of the reset is none.
        for level in [1, 0] {
            self.set("rx_valid", level);
            self.set("reset", level);
            self.bench.tick();
        }
        self.flights.clear();
        self.went.clear();
        self.stream.clear();
        self.held = 0;
        self.stalled = None;
        self.next_sequence = None;
        self.golden.expected = 0;
        Ok(())
    }

    pub(crate) fn cycle(&mut self) -> Verdict {
        let now = self.bench.cycles();
        let ready = self.bench.rng.percent(self.ready_percent);
        self.set("out_ready", ready.into());
        if let Some((beat, frame)) = self.driver.drive(self.bench) {
            self.note(beat, frame, now);
        }
        self.bench.eval();
        self.judge(now);
        self.passing(now)?;
        self.verdict(now)?;
        self.bench
            .eq("now_seq", self.get("now_seq"), self.golden.expected.into())?;
        self.commit(now);
        self.outlet(ready, now)?;
        self.bench.tick();
        Ok(())
    }

    fn note(&mut self, beat: Beat, frame: Rc<Frame>, now: u64) {
        let user = self.get("rx_user") == 1;
        self.went.push_back(Went { beat, user, at: now });
        if beat.index == 5 && frame.beats() > 6 {
            self.flights.push_back(Flight {
                frame,
                judged_at: now + JUDGED,
                fate: None,
                last: None,
            });
        }
        if beat.last && beat.index >= 6 {
            let flight = self.flights.back_mut().expect("its headers have come");
            flight.last = Some(now);
        }
    }

    /// The room there is counts in one cycle.
    fn judge(&mut self, now: u64) {
        let room = self.held + FREE <= WORDS;
        let golden = &self.golden;
        for flight in self.flights.iter_mut().filter(|f| f.judged_at == now) {
            let fate = golden.frame(&flight.frame.bytes, room);
            let with_room = golden.frame(&flight.frame.bytes, true);
            self.seen.no_room += u32::from(fate == Fate::Refused && with_room != Fate::Refused);
            flight.fate = Some(fate);
        }
    }

    /// What goes on to the host.
    fn passing(&mut self, now: u64) -> Verdict {
        let due = self.went.front().filter(|went| went.at + DELAY == now).copied();
        self.bench
            .eq("pass_valid", self.get("pass_valid"), due.is_some().into())?;
        let Some(went) = due else { return Ok(()) };
        self.went.pop_front();
        let refused = self
            .flights
            .iter()
            .any(|flight| flight.last == Some(went.at) && flight.fate == Some(Fate::Refused));
        let user = went.user || (went.beat.last && refused);
        let got = ["pass_data", "pass_keep", "pass_last", "pass_user"].map(|name| self.get(name));
        let beat = went.beat;
        self.bench.eq(
            "beat passed on",
            got,
            [beat.data, beat.keep.into(), beat.last.into(), user.into()],
        )
    }

    fn verdict(&mut self, now: u64) -> Verdict {
        let count = self.get("count");
        let due = self
            .flights
            .front()
            .is_some_and(|f| f.last == Some(now.wrapping_sub(VERDICT)));
        if !due {
            return self.bench.eq("count without a frame's end", count, 0);
        }
        let flight = self.flights.front().expect("it is due");
        let fate = flight.fate.clone().expect("judged long ago");
        let expected = match &fate {
            _ if flight.frame.bad => 0,
            Fate::Passed => 0,
            Fate::Taken(_) => 1,
            Fate::Repeated => 2,
            Fate::Refused => 4,
            Fate::Bad => 8,
        };
        let told = format!("count of {fate:?}");
        self.bench.eq(&told, count, expected)
    }

    /// What the verdict brings about by the next cycle.
    fn commit(&mut self, now: u64) {
        if self
            .flights
            .front()
            .is_none_or(|f| f.last != Some(now.wrapping_sub(VERDICT)))
        {
            return;
        }
        let flight = self.flights.pop_front().expect("it is due");
        let seen = &mut self.seen;
        match flight.fate {
            _ if flight.frame.bad => {}
            Some(Fate::Taken(fresh)) => {
                seen.taken += 1;
                let bytes = &flight.frame.bytes;
                let header = 34 + 4 * usize::from(bytes[46] >> 4);
                let total = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
                seen.trimmed += u32::from(header + fresh.len() < 14 + total);
                self.held += SegRx::words(bytes, fresh.len());
                self.golden.took(&fresh);
                self.stream.extend(fresh);
            }
            Some(Fate::Repeated) => seen.repeated += 1,
            Some(Fate::Refused) => seen.refused += 1,
            Some(Fate::Bad) => seen.bad += 1,
            _ => seen.passed += 1,
        }
    }

    fn outlet(&mut self, ready: bool, now: u64) -> Verdict {
        let valid = self.get("out_valid") == 1;
        let word = (self.get("out_data"), self.get("out_keep"));
        if let Some(held) = self.stalled.take() {
            self.bench.check(valid, || "a word was withdrawn".into())?;
            self.bench.eq("word while stalled", word, held)?;
        }
        if !valid {
            return Ok(());
        }
        if !ready {
            self.seen.stalls += 1;
            self.stalled = Some(word);
            return Ok(());
        }
        self.held = self.held.saturating_sub(1);
        self.taken_at = now;
        self.bench.check(word.1 != 0, || "a word without a byte".into())?;
        for lane in 0..8 {
            if word.1 >> lane & 1 == 1 {
                let byte = u64::from(word.0.to_le_bytes()[lane]);
                let expected = self.stream.pop_front().map(u64::from);
                self.bench.eq("byte of the stream", Some(byte), expected)?;
            }
        }
        Ok(())
    }
}
