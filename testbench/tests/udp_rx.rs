//! `udp_rx` against `twin::udp`: every beat, every verdict, every counter, in the cycle it is promised.

use gateware::emit::Size;
use std::collections::VecDeque;
use std::rc::Rc;
use testbench::frames::{Beat, Frame, LineDriver, Recipe, SUBSCRIPTION, any_message};
use testbench::{Bench, Rng, Verdict};
use twin::udp::{self, LineCounts};

/// Cycles from the beat at the port to `end`.
const END_CYCLES: u64 = 4;
/// `payload_ok` is settled in this beat, before the first message's type byte.
const SETTLED_BEAT: usize = 8;
/// Line counters that `udp_rx` owns.
const COUNTERS: usize = 8;

struct Ports {
    outputs: Vec<verilated::PortId>,
    end: [verilated::PortId; 4],
    time: verilated::PortId,
}

struct Checker {
    ports: Ports,
    /// Beat driven in the previous cycle, with the time of its frame's first beat.
    beat: Option<(Beat, Rc<Frame>, u64)>,
    stamp: u64,
    ends: VecDeque<(u64, Rc<Frame>)>,
    cycle: u64,
    seen: LineCounts,
    expected: LineCounts,
}

impl Checker {
    fn new(bench: &Bench) -> Self {
        let names = [
            "beat_data",
            "beat_keep",
            "beat_valid",
            "beat_first",
            "beat_last",
            "stamp",
            "offset",
            "payload_len",
            "payload_ok",
        ];
        Self {
            ports: Ports {
                outputs: names.iter().map(|n| bench.port(n)).collect(),
                end: ["ended", "end_good", "end_bad", "count"].map(|n| bench.port(n)),
                time: bench.port("now"),
            },
            beat: None,
            stamp: 0,
            ends: VecDeque::new(),
            cycle: 0,
            seen: LineCounts::default(),
            expected: LineCounts::default(),
        }
    }

    /// One cycle: `sent` is what the driver has set, `None` when the line is disabled or silent.
    fn cycle(&mut self, bench: &mut Bench, sent: Option<(Beat, Rc<Frame>)>) -> Verdict {
        let time = bench.rng.next_u64();
        bench.set(self.ports.time, time);
        bench.eval();
        self.beats(bench)?;
        self.frame_end(bench)?;
        self.beat = sent.map(|(beat, frame)| {
            if beat.first {
                self.stamp = time;
            }
            if beat.last {
                self.ends.push_back((self.cycle + END_CYCLES, Rc::clone(&frame)));
            }
            (beat, frame, self.stamp)
        });
        bench.tick();
        self.cycle += 1;
        Ok(())
    }

    fn beats(&self, bench: &mut Bench) -> Verdict {
        let got: Vec<u64> = self.ports.outputs.iter().map(|p| bench.get(*p)).collect();
        let Some((beat, frame, stamp)) = &self.beat else {
            return bench.eq("no beat", got[2], 0);
        };
        let expected = [
            beat.data,
            u64::from(beat.keep),
            1,
            u64::from(beat.first),
            u64::from(beat.last),
            *stamp,
        ];
        bench.eq("beat", &got[..6], &expected[..])?;
        if beat.index < SETTLED_BEAT {
            return Ok(());
        }
        match udp::headers(&frame.bytes, &SUBSCRIPTION) {
            Err(refusal) => bench.eq(&format!("payload_ok of {refusal:?}"), got[8], 0),
            Ok(payload) => bench.eq(
                "offset, payload_len, payload_ok",
                &got[6..],
                &[payload.offset as u64, payload.len as u64, 1][..],
            ),
        }
    }

    fn frame_end(&mut self, bench: &mut Bench) -> Verdict {
        let got = self.ports.end.map(|p| bench.get(p));
        for (i, value) in self.seen.0.iter_mut().enumerate().take(COUNTERS) {
            *value += got[3] >> i & 1;
        }
        match self.ends.front() {
            Some((due, frame)) if *due == self.cycle => {
                let end = udp::end(&frame.bytes, frame.bad, &SUBSCRIPTION, &mut self.expected);
                let expected = [1, u64::from(end.good), u64::from(end.bad)];
                bench.eq("end, end_good, end_bad", &got[..3], &expected[..])?;
                bench.eq("counters", self.seen, self.expected)?;
                self.ends.pop_front();
                Ok(())
            }
            _ => bench.eq("no end", got, [0; 4]),
        }
    }
}

fn setup(bench: &mut Bench) -> (Checker, LineDriver) {
    let checker = Checker::new(bench);
    let driver = LineDriver::new(bench, "rx");
    let (enable, group, port) = (
        bench.port("cfg_enable"),
        bench.port("cfg_group"),
        bench.port("cfg_port"),
    );
    bench.set(enable, 1);
    bench.set(group, u64::from(u32::from_be_bytes(SUBSCRIPTION.group)));
    bench.set(port, u64::from(SUBSCRIPTION.port));
    let valid = bench.port("rx_valid");
    bench.set(valid, 0);
    bench.reset();
    (checker, driver)
}

fn drain(bench: &mut Bench, checker: &mut Checker, driver: &mut LineDriver) -> Verdict {
    while !driver.is_empty() {
        let sent = driver.drive(bench);
        checker.cycle(bench, sent)?;
    }
    for _ in 0..8 {
        let sent = driver.drive(bench);
        checker.cycle(bench, sent)?;
    }
    bench.check(checker.ends.is_empty(), || "a frame's end is missing".into())
}

fn good_frame(rng: &mut Rng, vlan: Option<u16>) -> Frame {
    let blocks: Vec<_> = (0..rng.between(0, 5)).map(|_| any_message(rng)).collect();
    Recipe {
        vlan,
        padding: *rng.pick(&[0, 0, 1, 9]),
        ..Recipe::default()
    }
    .frame(&blocks)
}

/// One fault a frame, each aimed at one check.
fn spoil(rng: &mut Rng, frame: Frame) -> Frame {
    let ip = if frame.bytes[12] == 0x81 { 18 } else { 14 };
    let total = u16::from_be_bytes([frame.bytes[ip + 2], frame.bytes[ip + 3]]);
    let udp = total - 20;
    let edge = |rng: &mut Rng, n: u16| n.wrapping_add(*rng.pick(&[1, 0xffff, 0, 0x8000, 2]));
    match rng.below(16) {
        0 => frame.with(ip - 2, &[0x08, 0x06]),
        1 => frame.with_ip(0, &[0x46]),
        2 => frame.with_ip(0, &[0x65]),
        3 => frame.with_ip(2, &edge(rng, total).to_be_bytes()),
        4 => frame.with_ip(2, &rng.pick(&[0_u16, 19, 20, 21, 27, 28]).to_be_bytes()),
        5 => frame.with_ip(6, &[0x20, 0]),
        6 => frame.with_ip(6, &[rng.pick(&[0_u8, 1, 0x1f, 0x40, 0x80]).to_owned(), 1]),
        7 => frame.with_ip(6, &rng.pick(&[[0_u8, 0], [0x40, 0], [0x80, 0]])[..]),
        8 => frame.with_ip(9, &[*rng.pick(&[6_u8, 16, 49])]),
        9 => frame.with_ip(
            16,
            &rng.pick(&[
                [232_u8, 54, 12, 1],
                [233, 55, 12, 1],
                [233, 54, 13, 1],
                [233, 54, 12, 0],
            ])[..],
        ),
        10 => frame.with(ip + 22, &rng.pick(&[[0x46_u8, 0x50], [0x47, 0x51], [0, 0]])[..]),
        11 => frame.with(ip + 24, &edge(rng, udp).to_be_bytes()),
        12 => frame.with(ip + 24, &rng.pick(&[0_u16, 7, 8, 9, 0xffff]).to_be_bytes()),
        13 => {
            let len = usize::try_from(rng.between(1, frame.bytes.len() as u64)).expect("small");
            frame.truncated(len)
        }
        14 => frame.spoiled(),
        _ => {
            let at = ip + usize::try_from(rng.below(20)).expect("small");
            let byte = frame.bytes[at] ^ (1 << rng.below(8));
            frame.with(at, &[byte])
        }
    }
}

fn garbage(rng: &mut Rng) -> Frame {
    let len = *rng.pick(&[1, 7, 8, 9, 13, 14, 16, 17, 40, 41, 42, 45, 46, 47, 64, 100]);
    let bytes = (0..len)
        .map(|_| u8::try_from(rng.bits(8)).expect("8 bits"))
        .collect();
    Frame {
        bytes,
        bad: rng.percent(20),
    }
}

fn any_frame(rng: &mut Rng) -> Frame {
    let vlan = *rng.pick(&[None, Some(0), Some(0x0123)]);
    let good = good_frame(rng, vlan);
    match rng.below(8) {
        0 => garbage(rng),
        1..=5 => spoil(rng, good),
        _ => good,
    }
}

fn scenario(bench: &mut Bench) -> Verdict {
    let (mut checker, mut driver) = setup(bench);
    for round in 0..700 {
        driver.gap_percent = *bench.rng.pick(&[0, 0, 0, 30, 80]);
        driver.frame_gap = *bench.rng.pick(&[0, 0, 1, 3]);
        let frame = any_frame(&mut bench.rng);
        driver.push(frame);
        if round % 8 == 0 {
            drain(bench, &mut checker, &mut driver)?;
        }
    }
    drain(bench, &mut checker, &mut driver)?;
    for (name, value) in [
        "frames",
        "bad_frame",
        "not_ipv4",
        "ip_header",
        "fragment",
        "not_udp",
    ]
    .into_iter()
    .chain(["not_subscribed", "udp_length"])
    .map(|name| (name, checker.seen.get(name)))
    {
        bench.check(value > 10, || format!("{name} was counted {value} times only"))?;
    }
    boundaries(bench, &mut checker, &mut driver)?;
    disabled(bench, &mut checker, &mut driver)
}

/// Every length around the end of the headers; a frame beyond 65,535 bytes; frames of one beat back to back.
fn boundaries(bench: &mut Bench, checker: &mut Checker, driver: &mut LineDriver) -> Verdict {
    driver.gap_percent = 0;
    driver.frame_gap = 0;
    for vlan in [None, Some(7)] {
        let whole = Recipe {
            vlan,
            ..Recipe::default()
        }
        .around(&[0x55; 24]);
        for len in 1..=whole.bytes.len() {
            driver.push(whole.clone().truncated(len));
        }
    }
    for _ in 0..20 {
        driver.push(garbage(&mut bench.rng).truncated(8));
    }
    // A good checksum over nearly all ones: the only way to the sum's top bit.
    let mut ones = Recipe::default().around(&[1; 100]);
    for at in [1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 14, 15, 16, 17, 18, 19] {
        ones = ones.with_ip(at, &[0xff]);
    }
    driver.push(ones);
    let mut long = Recipe::default().around(&[1; 100]);
    long.bytes.resize(140_000, 0);
    driver.push(long);
    driver.push(Recipe::default().around(&[1; 100]));
    drain(bench, checker, driver)
}

/// Off: nothing passes, nothing is counted; frames under way when the switch turns keep their state.
fn disabled(bench: &mut Bench, checker: &mut Checker, driver: &mut LineDriver) -> Verdict {
    let enable = bench.port("cfg_enable");
    let mut on = true;
    let mut passing = false;
    for _ in 0..60 {
        let frame = any_frame(&mut bench.rng);
        driver.push(frame);
        while !driver.is_empty() {
            if bench.rng.percent(10) {
                on = !on;
            }
            bench.set(enable, u64::from(on));
            let sent = driver.drive(bench);
            if sent.as_ref().is_some_and(|(beat, _)| beat.first) {
                passing = on;
            }
            checker.cycle(bench, sent.filter(|_| passing))?;
        }
    }
    bench.set(enable, 1);
    drain(bench, checker, driver)
}

/// Each bit of a frame flipped in turn, with the MAC noticing and not; a good frame behind each.
fn bit_flips(bench: &mut Bench) -> Verdict {
    let (mut checker, mut driver) = setup(bench);
    for vlan in [None, Some(0x0123)] {
        let frame = good_frame(&mut bench.rng, vlan);
        for bit in 0..frame.bytes.len() * 8 {
            driver.push(frame.clone().flipped(bit).spoiled());
            if bit < 46 * 8 {
                driver.push(frame.clone().flipped(bit));
            }
            driver.push(frame.clone());
        }
    }
    drain(bench, &mut checker, &mut driver)
}

#[test]
fn against_golden() {
    testbench::run_seeds("udp_rx", Size::Small, 1..=4, scenario);
}

#[test]
fn every_bit_flipped() {
    testbench::run("udp_rx", Size::Small, bit_flips);
}

testbench::mutants!("udp_rx", scenario);
