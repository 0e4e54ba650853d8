//! Reports among the host's words: every word of both, none twice, the host's in their own cycle, against the golden model.

use gateware::emit::Size;
use std::collections::{BTreeMap, VecDeque};
use testbench::golden::report_words::{Report, Word, words};
use testbench::{Bench, Verdict};

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

fn scenario(bench: &mut Bench) -> Verdict {
    let names = [
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
    let ports: BTreeMap<_, _> = names.into_iter().map(|name| (name, bench.port(name))).collect();
    let mut seen = Seen::default();
    let mut due: VecDeque<Word> = VecDeque::new();
    let mut offered = None;
    bench.set(ports["report_valid"], 0);
    bench.set(ports["host_write"], 0);
    bench.reset();
    for step in 0..6_000 {
        let busy_host = [0, 20, 60, 95][step / 50 % 4];
        if offered.is_none() && bench.rng.percent(60) {
            offered = Some(report(bench));
        }
        let now = offered.unwrap_or_else(|| report(bench));
        bench.set(ports["report_valid"], offered.is_some().into());
        bench.set(ports["report_slot"], now.slot);
        bench.set(ports["report_buy"], now.buy.into());
        bench.set(ports["report_gone"], now.gone);
        bench.set(ports["report_done"], now.done.into());
        bench.set(ports["report_moved"], now.moved.cast_unsigned().into());
        let word = host(bench);
        let writes = bench.rng.percent(busy_host);
        bench.set(ports["host_write"], writes.into());
        bench.set(ports["host_slot"], word.slot);
        bench.set(ports["host_register"], word.register as u64);
        bench.set(ports["host_data"], word.data.into());
        bench.eval();
        let get = |bench: &Bench, name: &str| bench.get(ports[name]);
        let got = Word {
            slot: get(bench, "slot"),
            register: usize::try_from(get(bench, "slot_register")).expect("5 bits"),
            data: u32::try_from(get(bench, "slot_data")).expect("32 bits"),
        };
        bench.eq("busy", get(bench, "busy"), u64::from(!due.is_empty()))?;
        bench.eq(
            "report_ready",
            get(bench, "report_ready"),
            u64::from(due.is_empty()),
        )?;
        bench.eq(
            "slot_write",
            get(bench, "slot_write"),
            u64::from(writes || !due.is_empty()),
        )?;
        if writes {
            seen.waited += u32::from(!due.is_empty());
            bench.eq("the host's word", got, word)?;
        } else if let Some(next) = due.front() {
            bench.eq("a report's word", got, *next)?;
        }
        let ready = due.is_empty();
        if !writes {
            due.pop_front();
        }
        if ready && offered.take().is_some() {
            due.extend(words(&now));
            seen.told += 1;
            seen.several += u32::from(due.len() > 2);
            seen.empty += u32::from(due.is_empty());
            seen.at_once += u32::from(writes);
        }
        bench.tick();
        if step % 1_500 == 1_499 {
            bench.set(ports["report_valid"], 0);
            bench.set(ports["host_write"], 0);
            bench.reset();
            due.clear();
            offered = None;
        }
    }
    let enough = [
        seen.told > 500,
        seen.several > 20,
        seen.empty > 20,
        seen.waited > 100,
        seen.at_once > 50,
    ];
    let told = format!("the stimulus misses cases: {seen:?}");
    bench.check(enough.iter().all(|is| *is), || told)
}

#[test]
fn against_golden() {
    testbench::run_seeds("report_words", Size::Small, 1..=3, scenario);
}

testbench::mutants!("report_words", scenario);
