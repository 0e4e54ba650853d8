//! `tickforge book` against answer keys on real data, found by `TICKFORGE_DATA` (docs/data.md).

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use contract::record::Level;
use sha2::{Digest, Sha256};
use twin::subscription::Target;
use twin::{FeedTwin, Side, Subscriptions};
use wire::itch50::{Header, symbol};

type Top = [[Level; 10]; 2];

fn data() -> Option<PathBuf> {
    let folder = std::env::var_os("TICKFORGE_DATA").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: TICKFORGE_DATA not set (see docs/data.md)");
    }
    folder
}

fn top(twin: &FeedTwin, slot: u16) -> Top {
    [Side::Bid, Side::Ask].map(|side| twin.book().top(slot, side))
}

/// `bp1,bs1,ap1,as1,...`.
fn top_line(top: &Top) -> String {
    let [bids, asks] = top;
    let level = |(b, a): (&Level, &Level)| format!("{},{},{},{}", b.px, b.sz, a.px, a.sz);
    bids.iter().zip(asks).map(level).collect::<Vec<_>>().join(",")
}

fn locates(path: &Path) -> Vec<u16> {
    let feed = wire::feed::open(path).unwrap();
    let mut locates: Vec<u16> = feed.map(|m| Header::read(&m.unwrap()).unwrap().locate).collect();
    locates.sort_unstable();
    locates.dedup();
    locates
}

/// Number and SHA-256 of all top-10 states of all locates, formed as `expected.json` says.
fn digest(path: &Path) -> (u64, String, u64) {
    let locates = locates(path);
    let targets: Vec<Target> = locates.iter().map(|locate| Target::Locate(*locate)).collect();
    let mut twin = FeedTwin::new(Subscriptions::new(&targets));
    let mut last: BTreeMap<u16, Top> = BTreeMap::new();
    let (mut hash, mut states) = (Sha256::new(), 0);
    let mut feed = wire::feed::open(path).unwrap();
    while let Some(message) = feed.next_message().unwrap() {
        let Some(update) = twin.apply(message.bytes).filter(|update| update.resolved.changed) else {
            continue;
        };
        let slot = update.event.slot;
        let top = top(&twin, slot);
        if last.insert(slot, top).unwrap_or_default() != top {
            states += 1;
            hash.update(format!(
                "{}:{}:{}\n",
                update.header.locate,
                message.index,
                top_line(&top)
            ));
        }
    }
    let hex = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    (states, hex, twin.orders().counters().dangling)
}

fn feed_file(data: &Path, name: &str) -> PathBuf {
    match name {
        "open_000_499" => data.join("itch50-20191230-open/open_000_499.itch"),
        _ => data.join(format!("{name}.itch.gz")),
    }
}

#[test]
fn top_ten_states_have_the_published_digests() {
    let Some(data) = data() else { return };
    let text = std::fs::read_to_string(data.join("expected.json")).unwrap();
    let expected: serde_json::Value = serde_json::from_str(&text).unwrap();
    let files = expected["files"].as_object().unwrap();
    assert!(!files.is_empty());
    for (name, key) in files {
        let (states, sha256, dangling) = digest(&feed_file(&data, name));
        assert_eq!(states, key["top10_states"].as_u64().unwrap(), "{name}");
        assert_eq!(sha256, key["top10_sha256"].as_str().unwrap(), "{name}");
        assert_eq!(dangling, key["dangling"].as_u64().unwrap(), "{name}");
    }
}

fn tickforge_book(file: &Path, target: &[String; 2]) -> String {
    let out = Command::new(env!("CARGO_BIN_EXE_tickforge"))
        .args(["book", "--card", "twin", "--feed"])
        .arg(file)
        .args(target)
        .output()
        .unwrap();
    assert!(
        out.status.success(),
        "{}: {}",
        file.display(),
        String::from_utf8_lossy(&out.stderr)
    );
    String::from_utf8(out.stdout).unwrap()
}

/// The oracle's CSV of several books of one file, in one process since starting Python is what takes time.
fn oracle_books(file: &Path, targets: &[[String; 2]]) -> Vec<String> {
    const DRIVER: &str = "import sys; sys.path.insert(0, sys.argv[1]); import oracle\n\
        args = sys.argv[2:]\n\
        for pair in zip(args[1::2], args[2::2]):\n \
        \x20sys.argv[1:] = [args[0], *pair]; oracle.main(); print('end')";
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testbench/oracle");
    let out = Command::new("python3")
        .args(["-B", "-c", DRIVER])
        .arg(folder)
        .arg(file)
        .args(targets.as_flattened())
        .output()
        .unwrap();
    assert!(
        out.status.success(),
        "{}: {}",
        file.display(),
        String::from_utf8_lossy(&out.stderr)
    );
    let text = String::from_utf8(out.stdout).unwrap();
    let mut books: Vec<String> = text.split("end\n").map(str::to_owned).collect();
    assert_eq!(books.pop().as_deref(), Some(""));
    books
}

/// Every column but the last, `flags`, which the oracle does not have; returns the number of rows.
fn assert_equals_oracle(file: &Path, targets: &[[String; 2]]) -> usize {
    let oracle = oracle_books(file, targets);
    assert_eq!(oracle.len(), targets.len());
    let mut rows = 0;
    for (target, oracle) in targets.iter().zip(&oracle) {
        let ours = tickforge_book(file, target);
        assert_eq!(
            ours.lines().count(),
            oracle.lines().count(),
            "{} {target:?}",
            file.display()
        );
        for (row, (ours, oracle)) in ours.lines().zip(oracle.lines()).enumerate() {
            let (shown, flags) = ours.rsplit_once(',').unwrap();
            assert_eq!(shown, oracle, "{} {target:?} row {row}", file.display());
            assert!(row == 0 || u8::from_str_radix(flags, 16).is_ok(), "flags {flags}");
        }
        rows += ours.lines().count() - 1;
    }
    rows
}

fn by_symbol(name: &str) -> [[String; 2]; 1] {
    [["--symbol".to_owned(), name.to_owned()]]
}

#[test]
fn the_big_files_equal_the_oracle() {
    let Some(data) = data() else { return };
    assert_eq!(
        assert_equals_oracle(&data.join("goog10.itch.gz"), &by_symbol("GOOG")),
        155_130
    );
    assert_eq!(
        assert_equals_oracle(&data.join("esm4.itch.gz"), &by_symbol("ESM4")),
        13_785
    );
}

#[test]
fn every_locate_of_the_cut_and_captured_files_equals_the_oracle() {
    let Some(data) = data() else { return };
    let mut files = vec![
        data.join("itch50-20191230-open/open_000_499.itch"),
        data.join("ritch-test-itch50/ex20101224.repaired.itch.gz"),
    ];
    for version in ["v5.0", "v5.0.20230822"] {
        let folder = data.join(format!(
            "omi-pcap/Nasdaq/Nasdaq.Equities.TotalView.Itch.{version}"
        ));
        files.extend(
            std::fs::read_dir(folder)
                .unwrap()
                .map(|entry| entry.unwrap().path()),
        );
    }
    let (mut books, mut rows) = (0, 0);
    for file in &files {
        let by_locate = |locate: &u16| ["--locate".to_owned(), locate.to_string()];
        let targets: Vec<[String; 2]> = locates(file).iter().map(by_locate).collect();
        rows += assert_equals_oracle(file, &targets);
        books += targets.len();
    }
    assert!(
        files.len() > 20 && books > 200 && rows > 6_000,
        "{} files, {books} books, {rows} rows",
        files.len()
    );
}

/// One row of LOBSTER's orderbook file: ask price, ask size, bid price, bid size of each level.
fn lobster_row(top: &Top) -> String {
    let filler = |level: Level, empty: i64| match level.sz {
        0 => format!("{empty},0"),
        size => format!("{},{size}", level.px),
    };
    let [bids, asks] = top;
    let level =
        |(b, a): (&Level, &Level)| format!("{},{}", filler(*a, 9_999_999_999), filler(*b, -9_999_999_999));
    bids.iter().zip(asks).map(level).collect::<Vec<_>>().join(",")
}

#[test]
fn goog_equals_lobsters_own_order_book() {
    let Some(data) = data() else { return };
    let path = data.join("lobster-20120621-goog10/LOBSTER_SampleFile_GOOG_2012-06-21_10.zip");
    let mut archive = zip::ZipArchive::new(File::open(path).unwrap()).unwrap();
    let name = archive
        .file_names()
        .find(|name| name.contains("orderbook"))
        .unwrap()
        .to_owned();
    let mut keys = String::new();
    archive.by_name(&name).unwrap().read_to_string(&mut keys).unwrap();
    let mut keys = keys.lines();
    let mut twin = FeedTwin::new(Subscriptions::new(&[Target::Symbol(symbol("GOOG").unwrap())]));
    let mut feed = wire::feed::open(data.join("goog10.itch.gz")).unwrap();
    let mut rows = 0;
    while let Some(message) = feed.next_message().unwrap() {
        twin.apply(message.bytes);
        let original = Header::read(message.bytes).unwrap().tracking == 0;
        let opening_halt = message.bytes[0] == b'H' && rows == 0;
        if !original || matches!(message.bytes[0], b'S' | b'R') || opening_halt {
            continue;
        }
        if message.bytes[0] == b'U' {
            keys.next();
        }
        assert_eq!(
            Some(&*lobster_row(&top(&twin, 0))),
            keys.next(),
            "message {}",
            message.index
        );
        rows += 1;
    }
    assert_eq!((rows, keys.next()), (143_181, None));
}

#[test]
fn esm4_equals_the_nautilus_book() {
    let Some(data) = data() else { return };
    let key = data.join("cme-mbo-20240508-esm4/top10.nautilus.csv.xz");
    let unpack = "import lzma,sys;sys.stdout.write(lzma.open(sys.argv[1],'rt').read())";
    let out = Command::new("python3")
        .args(["-c", unpack])
        .arg(key)
        .output()
        .unwrap();
    let text = String::from_utf8(out.stdout).unwrap();
    let mut keys = text
        .lines()
        .skip(1)
        .map(|line| line.split_once(',').unwrap())
        .peekable();
    let mut twin = FeedTwin::new(Subscriptions::new(&[Target::Symbol(symbol("ESM4").unwrap())]));
    let mut feed = wire::feed::open(data.join("esm4.itch.gz")).unwrap();
    let mut compared = 0;
    while let Some(message) = feed.next_message().unwrap() {
        twin.apply(message.bytes);
        while let Some((_, book)) = keys.next_if(|(seq, _)| *seq == message.index.to_string()) {
            assert_eq!(top_line(&top(&twin, 0)), book, "message {}", message.index);
            compared += 1;
        }
    }
    assert!(compared > 50 && keys.next().is_none(), "{compared} rows compared");
}
