//! The whole card behind the commands: equal to the twin on every feed, and unequal when it is a mutant.
#![cfg(feature = "sim")]

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use common::{card_is_there, soak};
use contract::record::flag;
use gateware::emit::sha256;
use testbench::mutate::Mutated;
use wire::binaryfile;
use wire::itch50::Header;

/// Messages of the big real files that a default run takes; `scripts/soak book` takes all.
const CUT: usize = 6_000;
/// Books of a file of many symbols that a default run takes, the busiest first.
const BOOKS: usize = 2;

fn tickforge(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tickforge"))
        .args(arguments)
        .envs(environment.iter().copied())
        .output()
        .unwrap()
}

/// The card's Verilog in a file: commands that are given it need not emit it again.
fn verilog_file() -> &'static str {
    static FILE: OnceLock<(tempfile::TempDir, String)> = OnceLock::new();
    let (_, path) = FILE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("top.v");
        std::fs::write(&path, common::verilog()).unwrap();
        (folder, path.to_str().unwrap().to_owned())
    });
    path
}

#[test]
fn the_verilog_simulated_here_is_what_the_command_emits() {
    if !card_is_there() {
        return;
    }
    let out = tickforge(&["gateware", "emit", "--sha256"], &[]);
    assert_eq!(text(&out.stdout).trim_end(), sha256(common::verilog()));
}

fn on_card(command: &[&str], card: &str, feed: &Path, locate: u16) -> Output {
    let locate = locate.to_string();
    let feed = feed.to_str().unwrap();
    tickforge(
        &[command, &["--card", card, "--feed", feed, "--locate", &locate]].concat(),
        &[("TICKFORGE_GATEWARE", verilog_file())],
    )
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// The busiest locates of a feed with their numbers of messages.
fn busiest(feed: &Path, most: usize) -> Vec<u16> {
    let mut counts: BTreeMap<u16, usize> = BTreeMap::new();
    for message in wire::feed::open(feed).unwrap() {
        let message = message.unwrap();
        if b"AFECXDU".contains(&message[0]) {
            *counts.entry(Header::read(&message).unwrap().locate).or_default() += 1;
        }
    }
    let mut locates: Vec<_> = counts.into_iter().collect();
    locates.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    locates.into_iter().take(most).map(|(locate, _)| locate).collect()
}

/// The first messages of a feed, as a file.
fn cut(feed: &Path, folder: &Path, most: usize) -> PathBuf {
    let out = folder.join("cut.itch");
    let mut writer = binaryfile::Writer::new(Vec::new());
    for message in wire::feed::open(feed).unwrap().take(most) {
        writer.write(&message.unwrap()).unwrap();
    }
    std::fs::write(&out, writer.into_inner()).unwrap();
    out
}

/// Byte for byte the same from both cards by both commands, exit code 0; returns the rows. Each command has a core.
fn assert_equal(feed: &Path, locate: u16) -> usize {
    std::thread::scope(|scope| {
        let features = scope.spawn(|| assert_equal_by(&["features", "--raw"], feed, locate));
        let rows = assert_equal_by(&["book"], feed, locate);
        features.join().expect("features are the same, too").min(rows)
    })
}

fn assert_equal_by(command: &[&str], feed: &Path, locate: u16) -> usize {
    let [sim, twin] = ["sim", "twin"].map(|card| on_card(command, card, feed, locate));
    let place = format!("{} {command:?} locate {locate}", feed.display());
    assert!(twin.status.success(), "{place}: {}", text(&twin.stderr));
    assert!(sim.status.success(), "{place}: {}", text(&sim.stderr));
    let different = text(&sim.stdout)
        .lines()
        .zip(text(&twin.stdout).lines())
        .find(|(a, b)| a != b);
    assert_eq!(different, None, "{place}");
    assert_eq!(sim.stdout, twin.stdout, "{place}");
    text(&sim.stdout).lines().count() - 1
}

fn data() -> Option<PathBuf> {
    let folder = std::env::var_os("TICKFORGE_DATA").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: TICKFORGE_DATA not set (see docs/data.md)");
    }
    folder
}

#[test]
fn real_files_are_the_same_from_card_and_twin() {
    if !card_is_there() {
        return;
    }
    let Some(data) = data() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (most, books) = if soak() {
        (usize::MAX, usize::MAX)
    } else {
        (CUT, BOOKS)
    };
    let mut rows = 0;
    for name in [
        "goog10.itch.gz",
        "esm4.itch.gz",
        "itch50-20191230-open/open_000_499.itch",
        "ritch-test-itch50/ex20101224.repaired.itch.gz",
    ] {
        let feed = cut(&data.join(name), folder.path(), most);
        for locate in busiest(&feed, books) {
            rows += assert_equal(&feed, locate);
        }
    }
    println!("card real data: {rows} rows, card equals twin");
    assert!(rows > 12_000, "{rows} rows");
}

fn generated(folder: &Path, seed: &str, more: &[&str]) -> PathBuf {
    let out = folder.join(format!("day-{seed}.itch"));
    let messages = if soak() { "400000" } else { "6000" };
    let day = [
        "generate",
        "--symbols",
        "4",
        "--seed",
        seed,
        "--messages",
        messages,
        "--out",
        out.to_str().unwrap(),
    ];
    let made = tickforge(&[&day, more].concat(), &[]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    out
}

#[test]
fn generated_days_are_the_same_from_card_and_twin() {
    if !card_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let seeds: &[&str] = if soak() { &["1", "2", "3", "4"] } else { &["1"] };
    for seed in seeds {
        let feed = generated(folder.path(), seed, &[]);
        let rows: usize = busiest(&feed, BOOKS)
            .iter()
            .map(|locate| assert_equal(&feed, *locate))
            .sum();
        println!("card generated day seed {seed}: {rows} rows, card equals twin");
        assert!(rows > 500, "seed {seed}: {rows} rows");
    }
}

/// No row without `degraded` differs, and few have it.
fn assert_honest(feed: &Path, locate: u16, seed: &str) {
    let [sim, twin] = ["sim", "twin"].map(|card| on_card(&["book"], card, feed, locate));
    assert!(twin.status.success(), "{}", text(&twin.stderr));
    let (sim_rows, twin_rows): (Vec<_>, Vec<_>) = (
        text(&sim.stdout).lines().collect(),
        text(&twin.stdout).lines().collect(),
    );
    assert_eq!(
        sim_rows.len(),
        twin_rows.len(),
        "seed {seed} locate {locate}: {}",
        text(&sim.stderr)
    );
    let (mut rows, mut degraded) = (0, 0);
    for (sim, twin) in sim_rows.iter().zip(&twin_rows).skip(1) {
        let flags = sim
            .rsplit_once(',')
            .and_then(|(_, f)| u8::from_str_radix(f, 16).ok())
            .unwrap();
        assert_eq!(flags & flag::SKIPPED, 0, "a paced feed skips nothing: {sim}");
        if flags & flag::DEGRADED != 0 {
            degraded += 1;
        } else {
            assert_eq!(sim, twin, "seed {seed} locate {locate} row {rows}");
        }
        rows += 1;
    }
    assert_eq!(
        sim.status.success(),
        degraded == 0,
        "degraded rows end in exit code 1: {}",
        text(&sim.stderr)
    );
    println!("card adversarial seed {seed} locate {locate}: {rows} rows, {degraded} degraded");
    assert!(
        rows > 200 && degraded * 100 <= rows,
        "seed {seed} locate {locate}: {degraded} of {rows} degraded"
    );
}

#[test]
fn adversarial_days_are_never_wrong_without_a_flag() {
    if !card_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let seeds: &[&str] = if soak() {
        &["1", "2", "3", "4", "5", "6"]
    } else {
        &["1"]
    };
    for seed in seeds {
        let feed = generated(folder.path(), seed, &["--adversarial"]);
        for locate in busiest(&feed, BOOKS) {
            assert_honest(&feed, locate, seed);
        }
    }
}

/// Mutants planted into the whole card; a feed notices those in its path.
const MUTANTS: usize = 48;
/// Mutants that must be noticed.
const NOTICED_MIN: usize = 5;

/// Trades on almost everything, so that the order side is in the path too.
const RUN_CONFIG: &str = concat!(
    "[[slot]]\nsymbol = \"ONE\"\n[model]\npath = \"",
    env!("CARGO_MANIFEST_DIR"),
    "/../../models/core_mlp.onnx\"\n[policy]\nedge_min = 0.0\nspread_max_ticks = 1000\nhold_ns = 1000\n",
    "[limits]\nrate_tokens = 60000\nrate_refill_ns = 1000\n"
);

/// A day of one symbol: every book message type, some hundred messages.
fn mutant_feed(folder: &Path) -> PathBuf {
    let out = folder.join("mutants.itch");
    let day = [
        "generate",
        "--symbols",
        "1",
        "--seed",
        "3",
        "--messages",
        "700",
        "--out",
        out.to_str().unwrap(),
    ];
    let made = tickforge(&day, &[]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    out
}

/// The symbol a generated feed names first.
fn first_symbol(feed: &Path) -> String {
    let directory = wire::feed::open(feed)
        .unwrap()
        .map(Result::unwrap)
        .find(|m| m[0] == b'R')
        .unwrap();
    text(&directory[11..19]).trim_end().to_owned()
}

#[test]
fn mutants_of_the_whole_card_fail_book_and_run() {
    if !card_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let planted = Mutated::plant("top", common::verilog(), MUTANTS, 1);
    let verilog = folder.path().join("mutants.v");
    std::fs::write(&verilog, &planted.verilog).unwrap();
    let feed = mutant_feed(folder.path());
    let config = folder.path().join("run.toml");
    std::fs::write(&config, RUN_CONFIG.replace("ONE", &first_symbol(&feed))).unwrap();
    let [verilog, feed, config] = [&verilog, &feed, &config].map(|path| path.to_str().unwrap());
    let mutated = |id: u16, arguments: &[&str]| {
        let id = id.to_string();
        tickforge(
            arguments,
            &[("TICKFORGE_GATEWARE", verilog), ("TICKFORGE_MUTANT", &id)],
        )
    };
    let book = ["book", "--card", "sim", "--feed", feed, "--locate", "1"];
    let run = ["run", "--config", config, "--feed", feed, "--format", "json"];
    let clean = mutated(0, &book);
    assert!(
        clean.status.success(),
        "without a mutation: {}",
        text(&clean.stderr)
    );
    let unmutated = mutated(0, &run);
    assert!(
        unmutated.status.success(),
        "without a mutation: {}",
        text(&unmutated.stderr)
    );
    let mut noticed = 0;
    for mutation in &planted.mutations {
        if mutated(mutation.id, &run).status.code() == Some(1) {
            noticed += 1;
        } else {
            // What changes the book's rows must not pass the comparison with the twin.
            let out = mutated(mutation.id, &book);
            let by_book = !out.status.success() || out.stdout != clean.stdout;
            assert!(!by_book, "book shows {mutation:?}, run does not");
        }
        if noticed >= NOTICED_MIN && !soak() {
            break;
        }
    }
    println!("mutants top: {noticed} made run exit 1");
    assert!(noticed >= NOTICED_MIN, "{noticed} of {}", planted.mutations.len());
}
