//! Recorded Parquet against the commands that print the same rows, and read by a database that is not ours.
#![cfg(feature = "record")]

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
const DATE: &str = "2020-01-30";

fn tickforge(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tickforge"))
        .args(arguments)
        .output()
        .expect("the binary runs")
}

fn ok(arguments: &[&str]) -> String {
    let out = tickforge(arguments);
    assert!(
        out.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&out.stderr)
    );
    String::from_utf8(out.stdout).expect("text")
}

struct Day {
    folder: tempfile::TempDir,
    feed: String,
}

impl Day {
    fn made(messages: &str) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let feed = folder.path().join("day.itch").display().to_string();
        ok(&[
            "generate",
            "--symbols",
            "2",
            "--messages",
            messages,
            "--seed",
            "11",
            "--out",
            &feed,
        ]);
        Self { folder, feed }
    }

    fn out(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    fn partition(&self, symbol: &str) -> PathBuf {
        let folder = Path::new(&self.out()).join(format!("date={DATE}/symbol={symbol}"));
        folder.join("part-0.parquet")
    }

    fn record(&self, more: &[&str]) -> Output {
        let out = self.out();
        let fixed = ["record", "--feed", &self.feed, "--date", DATE, "--out", &out];
        tickforge(&[&fixed[..], more].concat())
    }
}

/// A Parquet file as rows of integers by column; null is absent.
fn rows(path: &Path) -> Vec<BTreeMap<String, i64>> {
    let reader = SerializedFileReader::new(File::open(path).expect("file")).expect("Parquet");
    let integer = |field: &Field| match *field {
        Field::Short(v) => Some(i64::from(v)),
        Field::UByte(v) => Some(i64::from(v)),
        Field::UShort(v) => Some(i64::from(v)),
        Field::UInt(v) => Some(i64::from(v)),
        Field::ULong(v) => Some(i64::try_from(v).expect("fits")),
        Field::Long(v) => Some(v),
        Field::Null => None,
        ref other => panic!("a column of {other:?}"),
    };
    let row = |row: parquet::record::Row| {
        let columns = row.get_column_iter();
        columns
            .filter_map(|(name, field)| Some((name.clone(), integer(field)?)))
            .collect()
    };
    reader
        .get_row_iter(None)
        .expect("rows")
        .map(|r| row(r.expect("a row")))
        .collect()
}

/// A CSV as columns of text by name.
fn csv(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.deserialize().map(|row| row.expect("a row")).collect()
}

/// Every row against what `book` and `features` print; the labels of two horizons by their definition. How many values were compared.
fn compared(feed: &str, symbol: &[&str], recorded: &[BTreeMap<String, i64>]) -> usize {
    let from = [&["--feed", feed][..], symbol].concat();
    let book = csv(&ok(&[&["book", "--levels", "1"], &from[..]].concat()));
    let features = csv(&ok(&[&["features", "--raw"], &from[..]].concat()));
    assert_eq!((recorded.len(), recorded.len()), (book.len(), features.len()));
    let names: Vec<&String> = features[0].keys().filter(|name| *name != "flags").collect();
    let mut values = 0;
    for (i, row) in recorded.iter().enumerate() {
        for name in &names {
            assert_eq!(row[*name].to_string(), features[i][*name], "{name} of row {i}");
        }
        for (ours, theirs) in [
            ("bid_px", "bp1"),
            ("bid_sz", "bs1"),
            ("ask_px", "ap1"),
            ("ask_sz", "as1"),
            ("tracking", "trk"),
        ] {
            assert_eq!(row[ours].to_string(), book[i][theirs], "{ours} of row {i}");
        }
        assert_eq!(
            format!("{:02x}", row["flags"]),
            features[i]["flags"],
            "flags of row {i}"
        );
        let side = |at: &BTreeMap<String, i64>, side: &str| {
            (at[&format!("{side}_sz")] > 0).then(|| at[&format!("{side}_px")])
        };
        let behind = |ns: i64| recorded[i..].iter().position(|r| r["ts_ns"] > row["ts_ns"] + ns);
        for (name, then) in [
            ("10ev", recorded.get(i + 10)),
            ("1s", behind(1_000_000_000).map(|n| &recorded[i + n - 1])),
        ] {
            let buy = then.and_then(|t| Some(side(t, "bid")? - side(row, "ask")?));
            let sell = then.and_then(|t| Some(side(row, "bid")? - side(t, "ask")?));
            let mid2 = then.and_then(|t| {
                Some(side(t, "bid")? + side(t, "ask")? - side(row, "bid")? - side(row, "ask")?)
            });
            for (label, expected) in [("buy", buy), ("sell", sell), ("mid2", mid2)] {
                let label = format!("{label}_{name}");
                assert_eq!(row.get(&label).copied(), expected, "{label} of row {i}");
            }
        }
        values += names.len() + 12;
    }
    values
}

#[test]
fn rows_are_those_of_book_and_features_and_labels_those_defined() {
    let day = Day::made("8000");
    let out = day.record(&["--locate", "1", "--horizon", "10ev", "--horizon", "1s"]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let recorded = rows(&day.partition("locate-1"));
    let values = compared(&day.feed, &["--locate", "1"], &recorded);
    assert!(values > 30_000, "{values} values compared");
    let labels = recorded.iter().filter(|row| row.contains_key("mid2_1s")).count();
    assert!(
        labels > 0 && labels < recorded.len(),
        "{labels} labels of {} rows",
        recorded.len()
    );
}

#[test]
fn a_real_day_in_bounded_memory_and_more_than_one_row_group() {
    let Some(feed) = std::env::var_os("TICKFORGE_DATA").map(|data| Path::new(&data).join("goog10.itch.gz"))
    else {
        println!("skipped: TICKFORGE_DATA not set (see docs/data.md)");
        return;
    };
    let day = Day {
        folder: tempfile::tempdir().expect("folder"),
        feed: feed.display().to_string(),
    };
    let out = day.record(&["--locate", "1"]);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let reader =
        SerializedFileReader::new(File::open(day.partition("locate-1")).expect("file")).expect("Parquet");
    let about = reader.metadata().file_metadata();
    assert_eq!(about.num_rows(), 155_130);
    assert_eq!(reader.num_row_groups(), 3);
    let said = about.key_value_metadata().expect("metadata");
    let value = |key: &str| {
        said.iter()
            .find(|kv| kv.key == key)
            .and_then(|kv| kv.value.clone())
    };
    let contract = format!("{:#010x}", contract::CONTRACT_HASH);
    assert_eq!(value("tickforge.contract"), Some(contract));
    assert_eq!(value("scale.obi_1").as_deref(), Some("15"));
    assert_eq!(value("tickforge.card").as_deref(), Some("twin"));
}

/// DuckDB finds the partitions by their names and reads signed and unsigned columns, nulls and all.
#[test]
fn duckdb_reads_the_partitions() {
    let python = Path::new(ROOT).join(".deps/train/bin/python3");
    if !python.exists() {
        println!("skipped: no training tools (scripts/setup --with train)");
        return;
    }
    let day = Day::made("6000");
    for locate in ["1", "2"] {
        assert!(day.record(&["--locate", locate]).status.success());
    }
    let query = "import duckdb, sys\n\
        q = 'select symbol, cast(date as varchar), count(*), sum(bid_px), sum(obi_1), sum(buy_10ev), count(buy_10ev) \
             from read_parquet(?, hive_partitioning=true) group by all order by symbol'\n\
        print(duckdb.execute(q, [sys.argv[1]]).fetchall())";
    let out = Command::new(python)
        .args(["-c", query, &format!("{}/**/*.parquet", day.out())])
        .output()
        .expect("Python runs");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let expected: Vec<String> = ["locate-1", "locate-2"]
        .map(|symbol| {
            let rows = rows(&day.partition(symbol));
            let sum = |name: &str| rows.iter().filter_map(|row| row.get(name)).sum::<i64>();
            let labels = rows.iter().filter(|row| row.contains_key("buy_10ev")).count();
            format!(
                "('{symbol}', '{DATE}', {}, {}, {}, {}, {labels})",
                rows.len(),
                sum("bid_px"),
                sum("obi_1"),
                sum("buy_10ev")
            )
        })
        .into();
    assert_eq!(
        String::from_utf8_lossy(&out.stdout).trim(),
        format!("[{}]", expected.join(", "))
    );
}

#[test]
fn what_cannot_be_recorded_is_said_and_leaves_nothing() {
    let day = Day::made("600");
    let refused = |more: &[&str], says: &str| {
        let out = day.record(more);
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert_eq!(out.status.code(), Some(2), "{more:?}: {said}");
        assert!(said.contains(says), "{more:?}: {said}");
        assert!(!day.partition("locate-1").exists(), "{more:?}");
    };
    refused(&["--locate", "1", "--horizon", "0ev"], "from 1 to 100000");
    refused(
        &["--locate", "1", "--horizon", "1s", "--horizon", "1000ms"],
        "given twice",
    );
    refused(&["--locate", "9999"], "9999");
    refused(&["--symbol", "../x"], "../x");
    std::fs::write(&day.feed, &std::fs::read(&day.feed).expect("feed")[..4_001]).expect("cut");
    refused(&["--locate", "1"], "day.itch");
}

#[test]
fn a_partition_that_is_there_is_kept_unless_it_may_be_replaced() {
    let day = Day::made("600");
    assert!(day.record(&["--locate", "1"]).status.success());
    let first = std::fs::read(day.partition("locate-1")).expect("written");
    let again = day.record(&["--locate", "1", "--horizon", "1ev"]);
    assert_eq!(again.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&again.stderr).contains("--force"));
    assert_eq!(std::fs::read(day.partition("locate-1")).expect("kept"), first);
    assert!(
        day.record(&["--locate", "1", "--horizon", "1ev", "--force"])
            .status
            .success()
    );
    assert_ne!(std::fs::read(day.partition("locate-1")).expect("replaced"), first);
}
