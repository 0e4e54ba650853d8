//! A/B merge against `twin::merge`, cycle by cycle, and against what must hold of any merge.

#[path = "line_merge/corners.rs"]
mod corners;
#[path = "line_merge/directed.rs"]
mod directed;
#[path = "line_merge/traffic.rs"]
mod traffic;
#[path = "line_merge/world.rs"]
mod world;

use gateware::emit::Size;
use testbench::{Bench, Verdict};
use traffic::{Kind, Packet, Shape, shape};
use world::World;

/// A venue and the ways of its packets to the two lines.
#[derive(Default)]
struct Venue {
    next: u64,
    mix: u64,
    burst: u64,
    loss_percent: u64,
    both_percent: u64,
    bad_percent: u64,
    twice_percent: u64,
    swap_percent: u64,
    skew: u64,
    idle: u64,
}

impl Venue {
    /// Another weather.
    fn turn(&mut self, world: &mut World<'_>) {
        let rng = &mut world.bench.rng;
        self.mix = rng.below(5);
        self.burst = *rng.pick(&[1, 3, 20, 60]);
        self.loss_percent = *rng.pick(&[0, 0, 5, 30]);
        self.both_percent = *rng.pick(&[0, 0, 2, 10]);
        self.bad_percent = *rng.pick(&[0, 0, 5, 30]);
        self.twice_percent = *rng.pick(&[0, 0, 10]);
        self.swap_percent = *rng.pick(&[0, 0, 10]);
        self.skew = *rng.pick(&[0, 0, 1, 2, 3, 20, 300, 2_000]);
        self.idle = *rng.pick(&[0, 0, 5, 100]);
        world.stalls_percent = *rng.pick(&[0, 0, 50, 95]);
        world.gap_wait_ns = *rng.pick(&[0, 500, 2_000, 2_000, 20_000]);
    }

    fn publish(&mut self, world: &mut World<'_>) {
        let rng = &mut world.bench.rng;
        let heartbeat = rng.percent(8);
        let n = if heartbeat { 0 } else { rng.between(1, self.burst) };
        let shapes: Vec<Shape> = (0..n).map(|_| shape(rng, self.mix)).collect();
        let mut packet = Packet::data(self.next, shapes);
        if heartbeat {
            packet = Packet::heartbeat(self.next);
            if rng.percent(5) {
                packet.kind = Kind::EndOfSession;
            }
        }
        self.next += n;
        if rng.below(300) == 0 {
            // An outage that no window bridges.
            self.next += rng.between(1, 900);
        }
        let lost_on_both = rng.percent(self.both_percent);
        let skewed = usize::from(rng.percent(50) && self.skew < 10);
        for i in 0..2 {
            let rng = &mut world.bench.rng;
            let mut mine = packet.clone();
            let late = if i == skewed { self.skew } else { 0 };
            mine.start = world.cycle.max(world.lines[i].free_at()) + late + rng.below(self.idle + 1);
            if lost_on_both || rng.percent(self.loss_percent) {
                continue;
            }
            if rng.percent(self.bad_percent) {
                (mine.bad, mine.corrupt) = (true, rng.percent(50));
                match rng.below(4) {
                    0 => (mine.seq, mine.corrupt) = (mine.seq ^ 1 << rng.below(64), true),
                    1 => mine
                        .shapes
                        .truncate(usize::try_from(rng.below(n + 1)).expect("small")),
                    _ => {}
                }
                if mine.seq > u64::MAX - 1_000 {
                    continue;
                }
            }
            let again = rng.percent(self.twice_percent).then(|| mine.clone());
            let swap = rng.percent(self.swap_percent);
            if swap {
                world.lines[i].push_front(mine);
            } else {
                world.lines[i].push(mine);
            }
            if let Some(again) = again {
                world.lines[i].push(again);
            }
        }
    }
}

/// The host starts anew: sequence set, or taken from what comes first.
fn restart(world: &mut World<'_>, venue: &Venue) -> Verdict {
    world.cfg_seq = venue.next;
    let word = *world.bench.rng.pick(&[1, 1, 2, 3]);
    world.seq_ctrl = Some(word);
    world.cycle()
}

fn random(bench: &mut Bench, cycles: u64) -> Verdict {
    let mut world = World::started(bench, 0xffff_ff00)?;
    let mut venue = Venue {
        next: 0xffff_ff00,
        ..Venue::default()
    };
    venue.turn(&mut world);
    let (mut from, mut first) = (0, Some(venue.next));
    while world.cycle < cycles {
        if world.bench.rng.below(2_000) == 0 {
            venue.turn(&mut world);
        }
        if world.lines.iter().all(|line| line.backlog() < 3) {
            venue.publish(&mut world);
        }
        if world.bench.rng.below(2_000) == 0 {
            let line = usize::try_from(world.bench.rng.below(2)).expect("small");
            let other = *world.bench.rng.pick(&[*b"TICKFORGE2", *b"ANOTHERONE"]);
            world.send(line, Packet::deletes(venue.next, 3).of_session(other));
        }
        world.cycle()?;
        if world.bench.rng.below(8_000) == 0 {
            settle(&mut world)?;
            world.judge(from, first)?;
            restart(&mut world, &venue)?;
            from = world.left.len();
            first = None;
        }
    }
    settle(&mut world)?;
    world.judge(from, first)?;
    let accepted = world.counter("accepted");
    let left = world.left.len() as u64;
    world.bench.eq("accepted", accepted, left)?;
    let seen: Vec<u64> = world.counted.values().copied().collect();
    let text = format!("the stimulus misses cases: {:?}", world.counted);
    world.bench.check(seen.iter().all(|count| *count > 0), || text)
}

/// Lines and events ring run empty.
fn settle(world: &mut World<'_>) -> Verdict {
    world.stalls_percent = 0;
    world.drain()?;
    world.run(700)
}

/// One line brings everything, the other one anything but a header that lies: nothing is lost, and nothing else told.
fn one_good_line(bench: &mut Bench, packets: u64) -> Verdict {
    let mut world = World::started(bench, 1)?;
    world.gap_wait_ns = 1_000_000;
    let good = usize::try_from(world.bench.rng.below(2)).expect("small");
    let mut next = 1;
    for packet in 0..packets {
        let rng = &mut world.bench.rng;
        let mix = packet / 8 % 5;
        let n = rng.between(1, 30);
        let shapes: Vec<Shape> = (0..n).map(|_| shape(rng, mix)).collect();
        let whole = Packet::data(next, shapes);
        next += n;
        let mut other = whole.clone();
        (other.bad, other.corrupt) = *rng.pick(&[(false, false), (true, true)]);
        let (lost, twice) = (rng.percent(30), rng.percent(20));
        let early = rng.percent(50);
        let delay = rng.below(60);
        let start = world
            .cycle
            .max(world.lines[0].free_at())
            .max(world.lines[1].free_at());
        let late = |is_late: bool| start + if is_late { delay } else { 0 };
        if !lost {
            for _ in 0..if twice { 2 } else { 1 } {
                world.send(1 - good, other.clone().at(late(!early)));
            }
        }
        world.send(good, whole.at(late(early)));
        while world.lines.iter().any(|line| line.backlog() > 0) {
            world.cycle()?;
        }
    }
    settle(&mut world)?;
    world.judge(0, Some(1))?;
    let (left, gaps) = (world.left.len() as u64 + 1, world.counter("gaps"));
    world
        .bench
        .eq("next behind all that left, gaps", (left, gaps), (next, 0))
}

#[test]
fn small_against_golden() {
    testbench::run_seeds("line_merge", Size::Small, 1..=6, |bench| random(bench, 30_000));
}

#[test]
fn nothing_lost_with_one_good_line() {
    testbench::run_seeds("line_merge", Size::Small, 1..=4, |bench| {
        one_good_line(bench, 200)
    });
}

#[test]
fn in_sequence() {
    testbench::run("line_merge", Size::Small, directed::in_sequence);
}

#[test]
fn lost_deletes() {
    testbench::run("line_merge", Size::Small, directed::lost_deletes);
}

#[test]
fn lost_short() {
    testbench::run("line_merge", Size::Small, directed::lost_short);
}

#[test]
fn spacing() {
    testbench::run("line_merge", Size::Small, directed::spacing);
}

#[test]
fn gap_by_wait() {
    testbench::run("line_merge", Size::Small, directed::gap_by_wait);
}

#[test]
fn gap_by_window() {
    testbench::run("line_merge", Size::Small, directed::gap_by_window);
}

#[test]
fn gap_by_jump() {
    testbench::run("line_merge", Size::Small, directed::gap_by_jump);
}

#[test]
fn gap_by_heartbeat() {
    testbench::run("line_merge", Size::Small, directed::gap_by_heartbeat);
}

#[test]
fn bad_accepted() {
    testbench::run("line_merge", Size::Small, directed::bad_accepted);
}

#[test]
fn bad_held() {
    testbench::run("line_merge", Size::Small, directed::bad_held);
}

#[test]
fn bad_drained() {
    testbench::run("line_merge", Size::Small, directed::bad_drained);
}

#[test]
fn purge_many() {
    testbench::run("line_merge", Size::Small, directed::purge_many);
}

#[test]
fn new_sequence() {
    testbench::run("line_merge", Size::Small, directed::new_sequence);
}

#[test]
fn reset_any_time() {
    testbench::run("line_merge", Size::Small, directed::reset_any_time);
}

#[test]
fn high_numbers() {
    testbench::run("line_merge", Size::Small, directed::high_numbers);
}

#[test]
fn jump_between_packets() {
    testbench::run("line_merge", Size::Small, directed::jump_between_packets);
}

#[test]
fn jump_waits_for_its_line() {
    testbench::run("line_merge", Size::Small, directed::jump_waits_for_its_line);
}

#[test]
fn high_word() {
    testbench::run("line_merge", Size::Small, directed::high_word);
}

#[test]
fn entries_wait() {
    testbench::run("line_merge", Size::Small, directed::entries_wait);
}

#[test]
fn met_on_the_walk() {
    testbench::run("line_merge", Size::Small, directed::met_on_the_walk);
}

#[test]
fn corners() {
    testbench::run("line_merge", Size::Small, corners::every_corner);
}

#[test]
fn last_word() {
    testbench::run("line_merge", Size::Small, directed::last_word);
}

#[test]
fn sessions() {
    testbench::run("line_merge", Size::Small, directed::sessions);
}
testbench::mutants!("line_merge", Size::Small, 60, 1, |bench| {
    directed::every_rule(bench)?;
    corners::every_corner(bench)?;
    random(bench, 16_000)
});
