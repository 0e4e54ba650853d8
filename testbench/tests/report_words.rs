//! Reports among the host's words: every word of both, none twice, the host's in their own cycle, against the golden model.

use gateware::emit::Size;
use std::collections::{BTreeMap, VecDeque};
use testbench::golden::report_words::{Report, Word, words};
use testbench::{Bench, Verdict};
use verilated::PortId;

/// What the stimulus brought about.
#[derive(Debug, Default)]
struct Seen {
    told: u32,
    several: u32,
    empty: u32,
    waited: u32,
    at_once: u32,
}

fn report(bench: &mut Bench) -> Report {
    let rng = &mut bench.rng;
    let most = 0x7fff_ffff_u64;
    let gone = match rng.below(4) {
        0 => rng.edgy(33),
        1 => *rng.pick(&[most - 1, most, most + 1, 2 * most, 2 * most + 1, 3 * most, 0]),
        2 => 0,
        _ => rng.below(1_000),
    };
    Report {
        slot: rng.below(4),
        buy: rng.percent(50),
        gone,
        done: rng.percent(50),
        moved: match rng.below(3) {
            0 => 0,
            1 => u32::try_from(rng.edgy(32)).expect("32 bits").cast_signed(),
            _ => i32::try_from(rng.below(1_000)).expect("small") - 500,
        },
    }
}

fn host(bench: &mut Bench) -> Word {
    Word {
        slot: bench.rng.below(4),
        register: usize::try_from(bench.rng.below(32)).expect("5 bits"),
        data: u32::try_from(bench.rng.bits(32)).expect("32 bits"),
    }
}

const PORTS: [&str; 16] = [
    "report_valid",
    "report_ready",
    "report_slot",
    "report_buy",
    "report_gone",
    "report_done",
    "report_moved",
    "host_write",
    "host_slot",
    "host_register",
    "host_data",
    "slot_write",
    "slot",
    "slot_register",
    "slot_data",
    "busy",
];

/// The block with what it still has to tell.
struct World<'a> {
    bench: &'a mut Bench,
    ports: BTreeMap<&'static str, PortId>,
    due: VecDeque<Word>,
    offered: Option<Report>,
    seen: Seen,
}

impl World<'_> {
    fn set(&mut self, name: &str, value: u64) {
        self.bench.set(self.ports[name], value);
    }

    fn get(&self, name: &str) -> u64 {
        self.bench.get(self.ports[name])
    }

    fn reset(&mut self) {
        self.set("report_valid", 0);
        self.set("host_write", 0);
        self.bench.reset();
        self.due.clear();
        self.offered = None;
    }

    fn drive(&mut self, report: &Report, word: &Word, writes: bool) {
        self.set("report_valid", self.offered.is_some().into());
        self.set("report_slot", report.slot);
        self.set("report_buy", report.buy.into());
        self.set("report_gone", report.gone);
        self.set("report_done", report.done.into());
        self.set("report_moved", report.moved.cast_unsigned().into());
        self.set("host_write", writes.into());
        self.set("host_slot", word.slot);
        self.set("host_register", word.register as u64);
        self.set("host_data", word.data.into());
        self.bench.eval();
    }

    fn compare(&mut self, word: &Word, writes: bool) -> Verdict {
        let got = Word {
            slot: self.get("slot"),
            register: usize::try_from(self.get("slot_register")).expect("5 bits"),
            data: u32::try_from(self.get("slot_data")).expect("32 bits"),
        };
        let idle = self.due.is_empty();
        self.bench.eq("busy", self.get("busy"), u64::from(!idle))?;
        self.bench
            .eq("report_ready", self.get("report_ready"), u64::from(idle))?;
        let expected = u64::from(writes || !idle);
        self.bench.eq("slot_write", self.get("slot_write"), expected)?;
        if writes {
            self.seen.waited += u32::from(!idle);
            return self.bench.eq("the host's word", got, *word);
        }
        match self.due.front() {
            Some(next) => self.bench.eq("a report's word", got, *next),
            None => Ok(()),
        }
    }

    fn cycle(&mut self, busy_host: u64) -> Verdict {
        if self.offered.is_none() && self.bench.rng.percent(60) {
            self.offered = Some(report(self.bench));
        }
        let now = match self.offered {
            Some(offered) => offered,
            None => report(self.bench),
        };
        let word = host(self.bench);
        let writes = self.bench.rng.percent(busy_host);
        self.drive(&now, &word, writes);
        self.compare(&word, writes)?;
        let ready = self.due.is_empty();
        if !writes {
            self.due.pop_front();
        }
        if ready && self.offered.take().is_some() {
            self.due.extend(words(&now));
            self.seen.told += 1;
            self.seen.several += u32::from(self.due.len() > 2);
            self.seen.empty += u32::from(self.due.is_empty());
            self.seen.at_once += u32::from(writes);
        }
        self.bench.tick();
        Ok(())
    }
}

fn scenario(bench: &mut Bench) -> Verdict {
    let ports = PORTS.into_iter().map(|name| (name, bench.port(name))).collect();
    let mut world = World {
        bench,
        ports,
        due: VecDeque::new(),
        offered: None,
        seen: Seen::default(),
    };
    for step in 0..6_000 {
        if step % 1_500 == 0 {
            world.reset();
        }
        world.cycle([0, 20, 60, 95][step / 50 % 4])?;
    }
    let seen = &world.seen;
    let enough = [
        seen.told > 500,
        seen.several > 20,
        seen.empty > 20,
        seen.waited > 100,
        seen.at_once > 50,
    ];
    let told = format!("the stimulus misses cases: {seen:?}");
    world.bench.check(enough.iter().all(|is| *is), || told)
}

#[test]
fn against_golden() {
    testbench::run_seeds("report_words", Size::Small, 1..=3, scenario);
}

testbench::mutants!("report_words", scenario);
