//! Queue in block RAM: cycle-exact against its golden model, full and empty, stream rules checked.

use gateware::emit::Size;
use testbench::golden::queue::Queue;
use testbench::{Bench, StreamDriver, StreamMonitor, Verdict};

const DEPTH: usize = 64;
const LATENCY: u64 = 2;

fn scenario(bench: &mut Bench) -> Verdict {
    let (reset, valid, data) = (
        bench.port("reset"),
        bench.port("sink_valid"),
        bench.port("sink_data"),
    );
    let (sink_ready, level) = (bench.port("sink_ready"), bench.port("level"));
    let (source_valid, source_ready) = (bench.port("source_valid"), bench.port("source_ready"));
    let source_data = bench.port("source_data");
    let mut golden = Queue::new(DEPTH, LATENCY);
    let mut driver = StreamDriver::new(bench, "sink");
    let mut monitor = StreamMonitor::new(bench, "source");
    let (mut was_full, mut was_empty) = (0, 0);
    bench.reset();
    for cycle in 0..6_000 {
        if cycle % 400 == 0 {
            driver.busy_percent = *bench.rng.pick(&[20, 60, 100]);
            monitor.ready_percent = *bench.rng.pick(&[20, 60, 100]);
        }
        if driver.is_empty() {
            driver.push(bench.rng.wide(64));
        }
        let resets = bench.rng.below(1000) == 0;
        bench.set(reset, u64::from(resets));
        driver.drive(bench);
        monitor.drive(bench);
        bench.eval();

        bench.eq("sink ready", bench.is(sink_ready), golden.sink_ready())?;
        bench.eq("level", bench.get(level), golden.level() as u64)?;
        let shown = bench.is(source_valid).then(|| bench.get_wide(source_data));
        bench.eq("source", shown.as_ref(), golden.source())?;
        was_full += u32::from(!golden.sink_ready());
        was_empty += u32::from(golden.level() == 0);
        let offered = bench.is(valid).then(|| bench.get_wide(data));
        driver.observe(bench);
        monitor.observe(bench)?;
        golden.tick(offered, bench.is(source_ready), resets);
        bench.tick();
        if resets {
            monitor.forget();
        }
    }
    bench.check(was_full > 20 && was_empty > 20, || {
        format!("full {was_full}, empty {was_empty} cycles only")
    })
}

#[test]
fn against_golden() {
    testbench::run_seeds("block_fifo", Size::Small, 1..=4, scenario);
}

testbench::mutants!("block_fifo", scenario);
