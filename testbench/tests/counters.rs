//! Counters: every read and every count against the golden model, up to saturation.

use contract::counter::COUNT;
use contract::reg::COUNTER_BASE;
use gateware::emit::Size;
use testbench::golden::counters::Counters;
use testbench::{Bench, Verdict};
use verilated::bits;

fn scenario(bench: &mut Bench) -> Verdict {
    let [pulses, read_word, read_data] = ["pulses", "read_word", "read_data"].map(|n| bench.port(n));
    let mut golden = Counters::new(COUNT);
    bench.reset();
    // Until bit 13 of each is set.
    let mut all = vec![0; bits::words(u32::try_from(COUNT).expect("few counters"))];
    for i in (0..).take(COUNT) {
        bits::set(&mut all, i, 1, 1);
    }
    bench.set_wide(pulses, &all);
    for _ in 0..1 << 13 {
        golden.tick(&[true; COUNT], u32::MAX);
        bench.tick();
    }
    let base = COUNTER_BASE / 4;
    for cycle in 0..3_000 {
        let density = *bench.rng.pick(&[0, 3, 50, 100]);
        let on: Vec<bool> = (0..COUNT).map(|_| bench.rng.percent(density)).collect();
        let mut words = vec![0; bits::words(u32::try_from(COUNT).expect("few counters"))];
        for (i, _) in (0..).zip(&on).filter(|(_, on)| **on) {
            bits::set(&mut words, i, 1, 1);
        }
        let count = u64::try_from(COUNT).expect("a small number");
        let word = match bench.rng.below(8) {
            0 => bench.rng.bits(14),
            1 => u64::from(base) - 1,
            2 => u64::from(base) + count,
            _ => u64::from(base) + bench.rng.below(count),
        };
        bench.set_wide(pulses, &words);
        bench.set(read_word, word);
        bench.eval();
        if cycle > 1 {
            bench.eq("read data", bench.get(read_data), golden.read_data().into())?;
        }
        let index = u32::try_from(word).expect("14 bits").wrapping_sub(base);
        golden.tick(&on, index);
        bench.tick();
    }
    bench.set_wide(pulses, &[]);
    read_all(bench, &mut golden)?;
    bench.reset();
    read_all(bench, &mut Counters::new(COUNT))
}

fn read_all(bench: &mut Bench, golden: &mut Counters) -> Verdict {
    let [read_word, read_data] = ["read_word", "read_data"].map(|n| bench.port(n));
    for index in (0..).take(COUNT) {
        bench.set(read_word, u64::from(COUNTER_BASE / 4 + index));
        for _ in 0..2 {
            golden.tick(&[], index);
            bench.tick();
        }
        bench.eq(
            &format!("counter {index}"),
            bench.get(read_data),
            golden.read_data().into(),
        )?;
    }
    Ok(())
}

#[test]
fn against_golden() {
    testbench::run_seeds("counters", Size::Small, 1..=2, scenario);
}

testbench::mutants!("counters", scenario);
