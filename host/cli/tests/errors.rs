//! Bad input: one line with position and remedy, exit code 2, nothing on standard output.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use wire::itch50::{AddOrder, Header, Message};
use wire::{binaryfile, pcap};

fn add(reference: u64) -> Vec<u8> {
    let header = Header {
        locate: 7,
        tracking: 0,
        timestamp_ns: 5,
    };
    let stock = *b"GOOG    ";
    Message::from(AddOrder {
        header,
        reference,
        side: b'B',
        shares: 100,
        stock,
        price: 5_000_000,
    })
    .to_vec()
}

fn itch() -> Vec<u8> {
    let mut writer = binaryfile::Writer::new(Vec::new());
    for reference in 1..=100 {
        writer.write(&add(reference)).unwrap();
    }
    writer.into_inner()
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

fn book(feed: &Path, more: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tickforge"))
        .args(["book", "--feed"])
        .arg(feed)
        .args(more)
        .output()
        .unwrap()
}

/// The command fails with one line that holds all of `parts`.
fn assert_refused(out: &Output, parts: &[&str]) {
    let text = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(2), "{text}");
    assert!(out.stdout.is_empty());
    assert_eq!(text.lines().count(), 1, "{text}");
    for part in parts {
        assert!(text.contains(part), "`{part}` is missing in: {text}");
    }
}

const GOOG: [&str; 2] = ["--symbol", "GOOG"];

#[test]
fn a_whole_file_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let out = book(
        &write(folder.path(), "a.itch", &itch()),
        &["--locate", "7", "--levels", "2"],
    );
    let text = String::from_utf8(out.stdout).unwrap();
    assert_eq!((out.status.code(), text.lines().count()), (Some(0), 101));
    assert_eq!(
        text.lines().last(),
        Some("99,5,A,0,5000000,10000,0,0,0,0,0,0,1.0,1.0,00")
    );
}

#[test]
fn missing_and_truncated_files() {
    let folder = tempfile::tempdir().unwrap();
    assert_refused(
        &book(&folder.path().join("none.itch"), &GOOG),
        &["none.itch", "No such file"],
    );
    let cut = write(folder.path(), "cut.itch", &itch()[..1_000]);
    assert_refused(
        &book(&cut, &GOOG),
        &["cut.itch", "truncated at byte 988", "again"],
    );
    let empty = write(folder.path(), "empty.itch", b"");
    assert_refused(&book(&empty, &GOOG), &["empty.itch", "empty file"]);
    let text = write(folder.path(), "text.itch", b"time,price,size\n1,2,3\n");
    assert_refused(&book(&text, &GOOG), &["byte 0", "tickforge convert"]);
}

#[test]
fn captures_of_another_link_or_cut() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = pcap::Writer::new(Vec::new()).unwrap();
    writer.write(0, &[0; 100]).unwrap();
    let mut bytes = writer.into_inner();
    let cut = write(folder.path(), "cut.pcap", &bytes[..100]);
    assert_refused(&book(&cut, &GOOG), &["truncated at byte 24", "pcap record"]);
    bytes[20] = 101;
    let raw = write(folder.path(), "raw.pcap", &bytes);
    assert_refused(&book(&raw, &GOOG), &["link type 101", "byte 20", "Ethernet"]);
}

#[test]
fn unknown_symbols_and_locates() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "a.itch", &itch());
    assert_refused(
        &book(&file, &["--symbol", "AAPL"]),
        &["unknown symbol AAPL", "near it GOOG"],
    );
    assert_refused(
        &book(&file, &["--symbol", "WAYTOOLONG"]),
        &["WAYTOOLONG", "1 to 8 characters"],
    );
    assert_refused(&book(&file, &["--locate", "8"]), &["locate 8", "100"]);
}

#[test]
fn cards_that_are_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "a.itch", &itch());
    for (card, expected) in [
        ("vfio:ffff:ff:1f.7", "lspci -D"),
        ("vfio:somewhere", "no PCI address"),
        ("vfio-user:/nonexistent", "--wire"),
    ] {
        // Without the simulated card there is nothing that could feed a card process.
        let expected = match cfg!(feature = "sim") {
            true if card.starts_with("vfio-user") => "tickforge card serve --socket /nonexistent",
            _ => expected,
        };
        assert_refused(&book(&file, &["--locate", "7", "--card", card]), &[expected]);
    }
}

#[test]
fn bad_arguments_name_what_is_expected() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "a.itch", &itch());
    for (arguments, expected) in [
        (["--tick", "0"], "like 0.01"),
        (["--levels", "0"], "1 to 1000"),
        (["--card", "fpga"], "vfio-user:SOCKET"),
    ] {
        let out = book(&file, &[&["--locate", "7"][..], &arguments].concat());
        let text = String::from_utf8_lossy(&out.stderr);
        assert!(
            out.status.code() == Some(2) && out.stdout.is_empty() && text.contains(expected),
            "{text}"
        );
    }
}
