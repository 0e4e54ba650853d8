//! Real order flow through the book: every view exact.

use super::pace::{Pace, Wire};
use super::start_slot;
use gateware::emit::Size;
use std::path::{Path, PathBuf};
use testbench::{Bench, Failure};
use twin::feed::FeedTwin;
use twin::subscription::{Subscriptions, Target};

/// File, its grid, the slot it is given.
const FILES: [(&str, u32, u16); 2] = [("goog10.itch.gz", 100, 3), ("esm4.itch.gz", 2_500, 5)];
/// Messages of a file in the normal run.
const SLICE: u64 = 12_000;

/// The densest 10 µs of a genuine opening, all symbols together, have 45 messages: one in 35 cycles.
const BURST: Pace = Pace::Every(35);

/// The folder of the data, if there is one.
fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("TICKFORGE_DATA").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: TICKFORGE_DATA not set (see docs/data.md)");
    }
    folder
}

/// The first messages of a file at a pace; returns the views and how many of them were degraded.
fn replay(
    bench: &mut Bench,
    file: &Path,
    tick: u32,
    slot: u16,
    pace: Pace,
    messages: u64,
) -> Result<(u64, u64), Failure> {
    let mut driver = start_slot(bench, slot, tick)?;
    driver.pace = pace;
    let before = driver.tally.views;
    let mut twin = FeedTwin::new(Subscriptions::new(&[Target::Locate(1)]));
    let mut feed = wire::feed::open(file).unwrap_or_else(|error| panic!("{error}"));
    let mut count = 0;
    while count < messages
        && let Some(message) = feed.next_message().unwrap_or_else(|error| panic!("{error}"))
    {
        count += 1;
        let bytes = 2 + message.bytes.len() as u64;
        if let Some(update) = twin.apply(message.bytes) {
            let op = twin::LevelOp { slot, ..*update.op() };
            driver.issue(bench, &op, update.resolved.changed, bytes)?;
        }
    }
    let lost = driver.lost.contains(&true);
    driver.settle(bench, !lost)?;
    driver.finish(bench)?;
    Ok((driver.tally.views - before, driver.tally.degraded))
}

fn real(messages: u64, pace: Pace, exact: bool) {
    let Some(folder) = folder() else { return };
    for (name, tick, slot) in FILES {
        let file = folder.join(name);
        testbench::run("level_book", Size::Sim, |bench| {
            let (views, degraded) = replay(bench, &file, tick, slot, pace, messages)?;
            println!("{name} {pace:?}: {degraded} of {views} views degraded");
            bench.check(!exact || degraded == 0, || {
                format!("{degraded} of {views} degraded in {name}")
            })
        });
    }
}

#[test]
fn real_files_as_in_the_densest_burst() {
    real(SLICE, BURST, true);
}

/// Ignored: whole files, all views exact or degraded; prints how many are degraded at each pace.
#[test]
#[ignore = "soak: minutes"]
fn whole_files() {
    real(u64::MAX, BURST, false);
    real(u64::MAX, Pace::Line(Wire::default()), false);
    real(u64::MAX, Pace::Every(2), false);
}
