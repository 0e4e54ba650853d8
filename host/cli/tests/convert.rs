//! `tickforge convert`: the same bytes as the key, and clear refusals that leave no file.

use std::path::Path;
use std::process::{Command, Output};

use sha2::{Digest, Sha256};

fn convert(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tickforge"))
        .arg("convert")
        .args(arguments)
        .output()
        .unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn lobsters_sample_gives_the_published_bytes() {
    let Some(data) = std::env::var_os("TICKFORGE_DATA").map(std::path::PathBuf::from) else {
        println!("skipped: TICKFORGE_DATA not set (see docs/data.md)");
        return;
    };
    let key = std::fs::read_to_string(data.join("expected.json")).unwrap();
    let key: serde_json::Value = serde_json::from_str(&key).unwrap();
    let zip = data.join("lobster-20120621-goog10/LOBSTER_SampleFile_GOOG_2012-06-21_10.zip");
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("goog.itch");
    let run = convert(&["lobster", text(&zip), "--out", text(&out)]);
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let hash = Sha256::digest(std::fs::read(&out).unwrap());
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, key["files"]["goog10"]["sha256"].as_str().unwrap());
}

const ORDERS: &str = "id,timestamp,exchange_timestamp,price,volume,action,direction\n\
    1,1777689383201,0,100.5,1.5,created,bid\n\
    2,1777689383202,0,100.75,2,created,ask\n\
    1,1777689383203,0,100.5,1,changed,bid\n\
    2,1777689383204,0,100.75,0,deleted,ask\n";

#[test]
fn a_converted_file_reads_back_plain_and_compressed() {
    let folder = tempfile::tempdir().unwrap();
    let orders = folder.path().join("orders.csv");
    std::fs::write(&orders, ORDERS).unwrap();
    let mut seen = Vec::new();
    for name in ["out.itch", "out.itch.gz"] {
        let out = folder.path().join(name);
        assert!(
            convert(&["bitstamp", text(&orders), "--out", text(&out)])
                .status
                .success()
        );
        let messages: Vec<Vec<u8>> = wire::feed::open(&out).unwrap().collect::<Result<_, _>>().unwrap();
        let kinds: Vec<u8> = messages.iter().map(|message| message[0]).collect();
        assert_eq!(kinds, b"SRHSAAXDS");
        seen.push(messages);
    }
    assert_eq!(seen[0], seen[1]);
    let magic = std::fs::read(folder.path().join("out.itch.gz")).unwrap();
    assert_eq!(magic[..2], [0x1f, 0x8b]);
}

#[test]
fn bad_input_is_refused_and_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        text(&path).to_owned()
    };
    let message = file(
        "X_message.csv",
        "34200.1,1,5,100,1000000,1\n34200.2,9,5,100,1000000,1\n",
    );
    let short = file(
        "Y_message.csv",
        "34200.1,1,5,100,1000000,1\n34200.2,3,5,100,1000000,1\n",
    );
    let book = file("X_orderbook.csv", "9999999999,0,1000000,100\n");
    let orders = file("orders.csv", "a,b\n1,2\n");
    let empty = file("E_message.csv", "");
    let out = folder.path().join("out.itch");
    let cases: [(&[&str], &str); 6] = [
        (&["lobster", &message, &book], "line 2: LOBSTER type 9"),
        (&["lobster", &short, &book], "has 1 rows, the message file 2"),
        (&["lobster", &empty, &book], "no rows"),
        (&["lobster", &message], "give LOBSTER's zip"),
        (&["bitstamp", &orders], "line 2"),
        (&["bitstamp", "/nonexistent.csv"], "No such file"),
    ];
    for (arguments, expected) in cases {
        let run = convert(&[arguments, &["--out", text(&out)]].concat());
        let error = String::from_utf8_lossy(&run.stderr);
        assert!(
            run.status.code() == Some(2) && error.contains(expected),
            "{error}"
        );
        assert_eq!(error.lines().count(), 1, "{error}");
    }
    let left: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left.len(), 5, "{left:?}");
}
