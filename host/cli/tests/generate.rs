//! `tickforge generate`: a whole day, the same for the same seed, and a feed that books agree on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sha2::{Digest, Sha256};
use twin::subscription::Target;
use twin::{FeedTwin, Subscriptions};
use wire::itch50::{Header, LENGTHS, Message};

fn tickforge(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tickforge"))
        .args(arguments)
        .output()
        .unwrap()
}

/// Generates into `folder`; the file name tells the format.
fn generate(folder: &Path, name: &str, arguments: &[&str]) -> PathBuf {
    let out = folder.join(name);
    let run = tickforge(&[&["generate", "--out", out.to_str().unwrap()], arguments].concat());
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    out
}

fn messages(path: &Path) -> Vec<Vec<u8>> {
    wire::feed::open(path).unwrap().collect::<Result<_, _>>().unwrap()
}

fn sha256(path: &Path) -> String {
    Sha256::digest(std::fs::read(path).unwrap())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

const DAY: [&str; 6] = ["--symbols", "8", "--messages", "50000", "--seed", "11"];
const HARD: [&str; 7] = [
    "--symbols",
    "3",
    "--messages",
    "60000",
    "--seed",
    "11",
    "--adversarial",
];
/// SHA-256 of `DAY`: changes only when the generator is changed on purpose.
const DAY_SHA256: &str = "1b0bca511b9853848081f528bdc5e1ac5a310cdb47b1f9df7f0c5bceadf0f2bc";

#[test]
fn a_seed_gives_the_same_bytes_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(sha256(&generate(folder.path(), "a.itch", &DAY)), DAY_SHA256);
    let other = [&DAY[..5], &["12"]].concat();
    assert_ne!(sha256(&generate(folder.path(), "b.itch", &other)), DAY_SHA256);
}

#[test]
fn all_formats_hold_the_same_messages() {
    let folder = tempfile::tempdir().unwrap();
    let plain = messages(&generate(folder.path(), "a.itch", &DAY));
    for name in ["a.itch.gz", "a.pcap"] {
        assert_eq!(messages(&generate(folder.path(), name, &DAY)), plain, "{name}");
    }
}

#[test]
fn the_day_is_whole_and_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let all = messages(&generate(folder.path(), "a.itch", &DAY));
    assert_eq!(all.len(), 50_000);
    let mut counts: BTreeMap<u8, usize> = BTreeMap::new();
    let mut last = 0;
    for (index, bytes) in all.iter().enumerate() {
        let message = Message::parse(bytes).unwrap();
        *counts.entry(message.kind()).or_default() += 1;
        let now = message.header().timestamp_ns;
        assert!(now >= last && now < 86_400_000_000_000, "message {index}");
        last = now;
    }
    for (kind, _) in LENGTHS {
        assert!(
            counts.contains_key(&kind),
            "no {} in {counts:?}",
            char::from(kind)
        );
    }
    let percent = |kinds: &[u8]| {
        kinds
            .iter()
            .map(|kind| counts[kind] * 100 / all.len())
            .sum::<usize>()
    };
    let shares = [percent(b"AF"), percent(b"D"), percent(b"U"), percent(b"EC")];
    for (share, real) in shares.iter().zip([44, 42, 8, 3_usize]) {
        assert!(share.abs_diff(real) <= 4, "{shares:?}");
    }
    let events: Vec<u8> = all
        .iter()
        .filter(|bytes| bytes[0] == b'S')
        .map(|bytes| bytes[11])
        .collect();
    assert_eq!(events, b"OSQMEC");
}

/// Runs the twin over all locates; returns anomalies as (dangling, others) and whether a book ever crossed.
fn replay(all: &[Vec<u8>], symbols: u16) -> (u64, u64, bool) {
    let targets: Vec<Target> = (1..=symbols).map(Target::Locate).collect();
    let mut twin = FeedTwin::new(Subscriptions::new(&targets));
    let mut crossed = false;
    for bytes in all {
        if let Some(update) = twin.apply(bytes) {
            crossed |= twin.book().is_crossed(update.event.slot);
        }
    }
    let counters = twin.orders().counters();
    let others = counters.duplicate_add + counters.zero_quantity + counters.over_execution;
    (
        counters.dangling,
        others + counters.replace_onto_live + twin.book().missing(),
        crossed,
    )
}

#[test]
fn books_resolve_and_never_cross() {
    let folder = tempfile::tempdir().unwrap();
    let all = messages(&generate(folder.path(), "a.itch", &DAY));
    assert_eq!(replay(&all, 8), (0, 0, false));
}

#[test]
fn the_adversary_does_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let all = messages(&generate(folder.path(), "a.itch", &HARD));
    assert_eq!(all.len(), 60_000);
    let (dangling, others, crossed) = replay(&all, 3);
    assert!(
        dangling > 50 && others == 0 && !crossed,
        "{dangling} {others} {crossed}"
    );
    let (mut off_grid, mut stubs, mut storm, mut longest, mut upper_half) = (0, 0, 0, 0, 0);
    for bytes in &all {
        let message = Message::parse(bytes).unwrap();
        storm = if message.kind() == b'U' { storm + 1 } else { 0 };
        longest = longest.max(storm);
        if let Message::AddOrder(add) = message {
            off_grid += usize::from(add.price % 100 != 0);
            stubs += usize::from(add.price == 1 || add.price == 1_999_999_900);
            upper_half += usize::from(add.reference % (1 << 32) == 0);
        }
    }
    let seen = [off_grid, stubs, longest, upper_half];
    assert!(
        seen.iter()
            .zip([100, 20, 50, 1_000])
            .all(|(seen, least)| *seen > least),
        "{seen:?}"
    );
}

/// The oracle is independent of everything here; its CSV lacks the last column.
#[test]
fn generated_books_equal_the_oracle() {
    let folder = tempfile::tempdir().unwrap();
    let oracle = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testbench/oracle/oracle.py");
    for (name, arguments) in [("day.pcap", &DAY[..]), ("hard.itch.gz", &HARD[..])] {
        let file = generate(folder.path(), name, arguments);
        let file = file.to_str().unwrap();
        for locate in ["1", "3"] {
            let ours = tickforge(&["book", "--card", "twin", "--feed", file, "--locate", locate]);
            let key = Command::new("python3")
                .arg("-B")
                .arg(&oracle)
                .args([file, "--locate", locate])
                .output();
            let key = String::from_utf8(key.expect("python3 runs the oracle").stdout).unwrap();
            let ours = String::from_utf8(ours.stdout).unwrap();
            let shown: Vec<&str> = ours
                .lines()
                .map(|line| line.rsplit_once(',').unwrap().0)
                .collect();
            assert!(
                shown.len() > 1_000 && shown == key.lines().collect::<Vec<_>>(),
                "{name} locate {locate}"
            );
        }
    }
}

#[test]
fn locates_follow_the_directory_and_halts_end() {
    let folder = tempfile::tempdir().unwrap();
    let all = messages(&generate(folder.path(), "a.itch", &DAY));
    let (mut names, mut halted) = (BTreeMap::new(), BTreeMap::new());
    for bytes in &all {
        let locate = Header::read(bytes).unwrap().locate;
        match Message::parse(bytes).unwrap() {
            Message::StockDirectory(entry) => assert_eq!(names.insert(locate, entry.stock), None),
            Message::AddOrder(add) => assert_eq!(names[&locate], add.stock),
            Message::StockTradingAction(action) => {
                halted.insert(locate, action.state != b'T');
            }
            Message::OrderExecuted(_) => assert!(!halted[&locate], "execution in a halt"),
            _ => {}
        }
    }
    assert_eq!((names.len(), halted.len()), (8, 8));
    assert!(halted.values().all(|halted| !halted), "{halted:?}");
}

#[test]
fn too_few_messages_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("a.itch");
    let run = tickforge(&[
        "generate",
        "--symbols",
        "100",
        "--messages",
        "999",
        "--out",
        out.to_str().unwrap(),
    ]);
    let error = String::from_utf8_lossy(&run.stderr);
    assert!(
        run.status.code() == Some(2) && error.contains("at least 2500"),
        "{error}"
    );
    assert!(!out.exists());
    let smallest = generate(
        folder.path(),
        "b.itch",
        &["--symbols", "100", "--messages", "2500"],
    );
    assert_eq!(messages(&smallest).len(), 2_500);
}
