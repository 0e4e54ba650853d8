//! The wide record at the command line: CSV, JSON and Parquet say the same, and cards without it say so.

use std::path::Path;
use std::process::{Command, Output};

use contract::feature::CORE_FEATURES;
use contract::wide::{RANKED, RANKS, VALUES, WIDE};

fn tickforge(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tickforge"))
        .args(arguments)
        .output()
        .expect("the binary runs")
}

fn ok(arguments: &[&str]) -> String {
    let out = tickforge(arguments);
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{arguments:?}: {said}");
    String::from_utf8(out.stdout).expect("text")
}

/// A generated day of two symbols, and its path.
fn day(folder: &Path) -> String {
    let feed = folder.join("day.itch").display().to_string();
    let day = [
        "--symbols",
        "2",
        "--messages",
        "3000",
        "--seed",
        "5",
        "--out",
        &feed,
    ];
    ok(&[&["generate"][..], &day].concat());
    feed
}

fn lines(text: &str) -> Vec<Vec<&str>> {
    text.lines().map(|line| line.split(',').collect()).collect()
}

#[test]
fn columns_are_those_of_the_schema_and_formats_agree() {
    let folder = tempfile::tempdir().expect("folder");
    let feed = day(folder.path());
    let edges = folder.path().join("edges.csv").display().to_string();
    std::fs::write(&edges, "obi_1,-16384,0,16384\nside_7,0,1\n").expect("edges");
    let from = [
        "features", "--feed", &feed, "--locate", "1", "--wide", "--edges", &edges,
    ];
    let raw = ok(&[&from[..], &["--raw"]].concat());
    let raw = lines(&raw);
    let mut names = vec!["seq", "ts_ns", "slot", "flags"];
    names.extend(
        CORE_FEATURES
            .iter()
            .chain(WIDE.iter().map(|w| &w.feature))
            .map(|f| f.name),
    );
    assert_eq!(raw[0][..names.len()], names);
    let ranks: Vec<String> = RANKED.iter().map(|name| format!("rank_{name}")).collect();
    assert_eq!(raw[0][names.len()..], ranks);
    assert!(raw.len() > 1_000 && raw[0].len() - 4 > 256, "{} rows", raw.len());
    // Without the wide part the first columns are the same.
    let core = ok(&["features", "--feed", &feed, "--locate", "1", "--raw"]);
    let core = lines(&core);
    let real = ok(&from);
    let real = lines(&real);
    let json = ok(&[&from[..], &["--format", "json"]].concat());
    let json: Vec<serde_json::Value> = json
        .lines()
        .map(|l| serde_json::from_str(l).expect("an object"))
        .collect();
    assert_eq!(
        (core.len(), real.len(), json.len()),
        (raw.len(), raw.len(), raw.len() - 1)
    );
    let scales: Vec<u32> = CORE_FEATURES
        .iter()
        .chain(WIDE.iter().map(|w| &w.feature))
        .map(|f| f.fraction)
        .collect();
    for (i, row) in raw.iter().enumerate().skip(1) {
        assert_eq!(row[..20], core[i][..], "row {i}");
        for (at, scale) in (4..).zip(&scales) {
            let value: i32 = row[at].parse().expect("an integer");
            let exact = f64::from(value) / f64::from(1_u32 << scale);
            assert_eq!(real[i][at].parse(), Ok(exact), "{} of row {i}", raw[0][at]);
            // The reader of JSON rounds in the last place.
            let read = json[i - 1][raw[0][at]].as_f64().expect("a number");
            assert!(
                (read - exact).abs() <= 1e-12 * exact.abs(),
                "{} of row {i}",
                raw[0][at]
            );
        }
        let obi: i32 = row[4].parse().expect("an integer");
        let reached = [-16_384, 0, 16_384].iter().filter(|e| **e <= obi).count();
        let reached = if obi == 32_767 { 255 } else { reached };
        assert_eq!(
            row[4 + 16 + VALUES].parse(),
            Ok(reached),
            "rank of obi_1 in row {i}"
        );
        assert_eq!(row[4 + 16 + VALUES + RANKS - 1], "1", "side_7 is 0");
    }
}

#[test]
fn what_cannot_be_had_is_said() {
    let folder = tempfile::tempdir().expect("folder");
    let feed = day(folder.path());
    let refused = |more: &[&str], says: &str| {
        let out = tickforge(&[&["features", "--feed", &feed, "--locate", "1"], more].concat());
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert_eq!(out.status.code(), Some(2), "{more:?}: {said}");
        assert!(said.contains(says) && out.stdout.is_empty(), "{more:?}: {said}");
    };
    for card in ["sim", "vfio:0000:01:00.0", "vfio-user:nowhere"] {
        refused(
            &["--wide", "--card", card],
            &format!("card {card} sends no wide records: its gateware has none yet"),
        );
    }
    let edges = folder.path().join("edges.csv").display().to_string();
    for (text, says) in [
        ("obi_1,1\nnothing,2\n", "line 2: `nothing` is no ranked feature"),
        ("obi_1,1,40000\n", "line 1: `40000` is no integer of 16 bits"),
        ("obi_1,1\nside_7,0\nobi_1,2\n", "line 3: `obi_1` a second time"),
        ("obi_1,2,1\n", "line 1: edge 1 is below the one before it"),
    ] {
        std::fs::write(&edges, text).expect("edges");
        refused(&["--wide", "--edges", &edges], says);
    }
    refused(&["--edges", &edges], "--wide");
}

#[cfg(feature = "record")]
#[test]
fn recorded_columns_are_those_printed() {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;
    let folder = tempfile::tempdir().expect("folder");
    let feed = day(folder.path());
    let out = folder.path().join("data").display().to_string();
    let date = "2020-01-30";
    let record = [
        "record", "--feed", &feed, "--locate", "2", "--date", date, "--out", &out, "--wide",
    ];
    let refused = tickforge(&[&record[..], &["--card", "sim"]].concat());
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("card sim sends no wide records"));
    ok(&record);
    let printed = ok(&["features", "--feed", &feed, "--locate", "2", "--wide", "--raw"]);
    let printed = lines(&printed);
    let path = Path::new(&out).join(format!("date={date}/symbol=locate-2/part-0.parquet"));
    let file = SerializedFileReader::new(std::fs::File::open(path).expect("file")).expect("Parquet");
    let said = file
        .metadata()
        .file_metadata()
        .key_value_metadata()
        .expect("metadata")
        .clone();
    let scale = said
        .iter()
        .find(|kv| kv.key == "scale.boll_mid_fast")
        .and_then(|kv| kv.value.clone());
    assert_eq!(scale.as_deref(), Some("8"));
    let mut compared = 0;
    for (i, row) in file.get_row_iter(None).expect("rows").enumerate() {
        let row = row.expect("a row");
        for (name, field) in row.get_column_iter() {
            let value = match *field {
                Field::Short(v) => i64::from(v),
                Field::UByte(v) => i64::from(v),
                _ => continue,
            };
            // Flags are printed in hex.
            let wanted = |column: &&str| column == name && name != "flags";
            let Some(at) = printed[0].iter().position(wanted) else {
                continue;
            };
            assert_eq!(printed[i + 1][at].parse(), Ok(value), "{name} of row {i}");
            compared += 1;
        }
    }
    // `slot` is among them, as one more byte.
    assert_eq!(compared, (printed.len() - 1) * (1 + 16 + VALUES + RANKS));
    assert!(printed.len() > 1_000);
}

#[test]
fn the_bench_has_its_rows_and_budgets() {
    let out = tickforge(&["bench", "twin", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&out.stdout).expect("a report");
    let rows = report["rows"].as_array().expect("rows");
    let budgets: Vec<_> = rows
        .iter()
        .map(|r| (r["name"].as_str(), r["budget"].as_f64()))
        .collect();
    assert_eq!(
        budgets,
        [
            (Some("core"), Some(60.0)),
            (Some("wide"), Some(400.0)),
            (Some("wide_state"), None),
            (Some("chain"), Some(8e6)),
            (Some("chain_wide"), None),
        ]
    );
    for row in rows {
        assert!(row["value"].as_f64().is_some_and(|v| v > 0.0), "{row}");
        assert!(row["runs"].as_u64().is_some_and(|runs| runs >= 100_000), "{row}");
    }
}
