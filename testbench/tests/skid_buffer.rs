//! Skid buffer: cycle-exact against its golden model, order and stream rules checked end to end.

use gateware::emit::Size;
use std::collections::VecDeque;
use testbench::golden::skid_buffer::SkidBuffer;
use testbench::{Bench, StreamDriver, StreamMonitor, Verdict};

fn scenario(bench: &mut Bench) -> Verdict {
    let (reset, valid, data) = (
        bench.port("reset"),
        bench.port("sink_valid"),
        bench.port("sink_data"),
    );
    let (sink_ready, source_valid) = (bench.port("sink_ready"), bench.port("source_valid"));
    let source_ready = bench.port("source_ready");
    let source_data = bench.port("source_data");
    let mut golden = SkidBuffer::default();
    let mut driver = StreamDriver::new(bench, "sink");
    let mut monitor = StreamMonitor::new(bench, "source");
    let mut in_flight = VecDeque::new();
    bench.reset();
    for cycle in 0..4_000 {
        if cycle % 500 == 0 {
            driver.busy_percent = *bench.rng.pick(&[10, 50, 100]);
            monitor.ready_percent = *bench.rng.pick(&[10, 50, 100]);
        }
        if driver.is_empty() {
            driver.push(bench.rng.wide(64));
        }
        let resets = bench.rng.percent(1);
        bench.set(reset, u64::from(resets));
        driver.drive(bench);
        monitor.drive(bench);
        bench.eval();

        let offered = bench.is(valid).then(|| bench.get_wide(data));
        bench.eq("sink ready", bench.is(sink_ready), golden.sink_ready())?;
        let shown = bench.is(source_valid).then(|| bench.get_wide(source_data));
        bench.eq("source", shown.as_ref(), golden.source(offered.as_ref()))?;
        in_flight.extend(driver.observe(bench));
        if let Some(word) = monitor.observe(bench)? {
            bench.eq("order", Some(word), in_flight.pop_front())?;
        }
        golden.tick(offered.as_ref(), bench.is(source_ready), resets);
        bench.tick();
        if resets {
            in_flight.clear();
            monitor.forget();
        }
    }
    Ok(())
}

#[test]
fn against_golden() {
    testbench::run_seeds("skid_buffer", Size::Small, 1..=4, scenario);
}

testbench::mutants!("skid_buffer", scenario);
