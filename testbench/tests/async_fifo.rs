//! Queue between two clocks: edge-exact against its golden model at random ratios of the clocks, full, empty and through resets.

mod clocked;

use gateware::emit::Size;
use testbench::golden::crossing::AsyncQueue;
use testbench::{Bench, Clocks, Verdict};

const DEPTH: u64 = 8;
/// Instants in which a clock rises, at least; and rises of the slower one.
const INSTANTS: u64 = 1_500;
const SLOWER: u64 = 150;
const WRITE: usize = 0;
const READ: usize = 1;

struct Ports {
    write_reset: verilated::PortId,
    read_reset: verilated::PortId,
    sink: [verilated::PortId; 3],
    source: [verilated::PortId; 3],
}

impl Ports {
    fn of(bench: &Bench) -> Self {
        let stream =
            |name: &str| ["valid", "ready", "data"].map(|part| bench.port(&format!("{name}_{part}")));
        Self {
            write_reset: bench.port("write_reset"),
            read_reset: bench.port("read_reset"),
            sink: stream("sink"),
            source: stream("source"),
        }
    }
}

/// What the two sides are about to do.
#[derive(Default)]
struct Will {
    offered: Option<u64>,
    ready: bool,
    resets: bool,
}

fn scenario(bench: &mut Bench) -> Verdict {
    let ports = Ports::of(bench);
    let (write, read) = (Clocks::period(&mut bench.rng), Clocks::period(&mut bench.rng));
    let mut clocks = Clocks::new(bench, &[("write_clock", write), ("read_clock", read)]);
    let mut golden = AsyncQueue::new(DEPTH);
    let mut will = Will {
        resets: true,
        ..Will::default()
    };
    let (mut busy, mut eager, mut reset_until) = (50, 50, [4, 4]);
    let (mut was_full, mut was_empty, mut resets, mut passed) = (0, 0, 0, 0);
    let mut instant = 0;
    while instant < INSTANTS || (0..2).any(|clock| clocks.edges(clock) < SLOWER) {
        instant += 1;
        if instant % 150 == 0 {
            (busy, eager) = (*bench.rng.pick(&[20, 60, 100]), *bench.rng.pick(&[20, 60, 100]));
        }
        if bench.rng.below(600) == 0 {
            // Four cycles of the slower clock, of both.
            reset_until =
                [WRITE, READ].map(|clock| clocks.edges(clock) + 4 + 4 * (write.max(read) / write.min(read)));
            resets += 1;
        }
        will.resets = clocks.edges(WRITE) < reset_until[WRITE] || clocks.edges(READ) < reset_until[READ];
        if clocks.due(WRITE) {
            let offers = bench.rng.percent(busy);
            will.offered = offers.then(|| bench.rng.bits(16));
        }
        if clocks.due(READ) {
            will.ready = bench.rng.percent(eager);
        }
        drive(bench, &ports, &will);
        bench.eval();
        bench.eq("sink ready", bench.is(ports.sink[1]), golden.sink_ready())?;
        let shown = bench.is(ports.source[0]).then(|| bench.get(ports.source[2]));
        bench.eq("source", shown.as_ref(), golden.source())?;
        was_full += u32::from(!golden.sink_ready() && !will.resets);
        was_empty += u32::from(golden.source().is_none());
        passed += u32::from(clocks.due(READ) && will.ready && golden.source().is_some());
        golden.edges(
            clocks.due(WRITE).then_some((will.offered, will.resets)),
            clocks.due(READ).then_some((will.ready, will.resets)),
        );
        clocks.rise(bench);
    }
    bench.check(was_empty > 0 && passed > 20, || {
        format!("empty {was_empty}, passed {passed} times only")
    })?;
    bench.check(was_full > 0 || resets > 0 || passed > 100, || {
        format!("full {was_full}, {resets} resets")
    })
}

fn drive(bench: &mut Bench, ports: &Ports, will: &Will) {
    bench.set(ports.write_reset, u64::from(will.resets));
    bench.set(ports.read_reset, u64::from(will.resets));
    bench.set(ports.sink[0], u64::from(will.offered.is_some()));
    let idle = bench.rng.bits(16);
    bench.set(ports.sink[2], will.offered.unwrap_or(idle));
    bench.set(ports.source[1], u64::from(will.ready));
}

#[test]
fn against_golden() {
    testbench::run_seeds("async_fifo", Size::Small, 1..=clocked::seeds(), scenario);
}

/// A word that meets an empty queue and a ready reader: edges of the reader's clock from its taking to its showing.
#[test]
fn latency_is_three_edges_of_the_reader_and_a_phase() {
    testbench::run_seeds("async_fifo", Size::Small, 1..=8, |bench| {
        let ports = Ports::of(bench);
        let (write, read) = (
            Clocks::near(&mut bench.rng, 6_400),
            Clocks::near(&mut bench.rng, 6_400),
        );
        let mut clocks = Clocks::new(bench, &[("write_clock", write), ("read_clock", read)]);
        let (mut least, mut most, mut since) = (u64::MAX, 0, None);
        for _ in 0..4_000 {
            let offered = (since.is_none() && clocks.edges(WRITE) > 8).then(|| bench.rng.bits(16));
            let resets = clocks.edges(WRITE) < 6 || clocks.edges(READ) < 6;
            drive(
                bench,
                &ports,
                &Will {
                    offered,
                    ready: true,
                    resets,
                },
            );
            bench.eval();
            if let Some(then) = since.filter(|_| bench.is(ports.source[0])) {
                let took = clocks.edges(READ) - then;
                (least, most, since) = (least.min(took), most.max(took), None);
            } else if offered.is_some() && clocks.due(WRITE) && bench.is(ports.sink[1]) {
                // An edge of the reader in this very instant is one it does not see the word by.
                since = Some(clocks.edges(READ) + u64::from(clocks.due(READ)));
            }
            clocks.rise(bench);
        }
        bench.eq("edges of the reader", (least, most), (3, 3))
    });
}

testbench::mutants!("async_fifo", scenario);
