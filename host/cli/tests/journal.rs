//! The journal of a session, checked, shown, replayed and exported by the command.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use engine::journal::{Journal, Line};
use wire::ouch50::{Accepted, Appendage, EnterOrder, Executed, Response};

fn tickforge(arguments: &[&str], file: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tickforge"))
        .arg("journal")
        .args(arguments)
        .arg(file)
        .output()
        .unwrap()
}

fn text(arguments: &[&str], file: &Path) -> String {
    let output = tickforge(arguments, file);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn response(response: impl Into<Response>) -> Vec<u8> {
    response.into().to_vec(&Appendage::new())
}

/// 100 shares bought at 1 dollar, of which 30 have executed at 90 cents.
fn session() -> Vec<u8> {
    let order = EnterOrder {
        user_ref: 7,
        side: b'B',
        quantity: 100,
        symbol: *b"TEST    ",
        price: 10_000,
        time_in_force: b'0',
        display: b'Y',
        capacity: b'P',
        iso: b'N',
        cross_type: b'N',
        cl_ord_id: [b'1'; 14],
    };
    let accepted = response(Accepted {
        timestamp_ns: 5,
        user_ref: 7,
        side: b'B',
        quantity: 100,
        symbol: *b"TEST    ",
        price: 10_000,
        time_in_force: b'0',
        display: b'Y',
        order_reference: 5,
        capacity: b'P',
        iso: b'N',
        cross_type: b'N',
        state: b'L',
        cl_ord_id: [b'1'; 14],
    });
    let executed = response(Executed {
        timestamp_ns: 6,
        user_ref: 7,
        quantity: 30,
        price: 9_000,
        liquidity: b'R',
        match_number: 11,
    });
    let mut journal = Journal::new(Vec::new());
    for line in [
        Line::Sent(2, &order.to_vec(&Appendage::new())),
        Line::Got(1, &accepted),
        Line::Lost,
        Line::Got(2, &executed),
        Line::Note("one, \"two\""),
    ] {
        journal.write(&line).unwrap();
    }
    journal.finish().unwrap()
}

#[test]
fn a_session_is_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("session.journal");
    fs::write(&file, session()).unwrap();

    assert_eq!(text(&["verify"], &file), "5 lines, all as they were written\n");
    let shown = text(&["show"], &file);
    let executed = shown.lines().nth(3).unwrap();
    for part in [
        "4 got",
        "sequence=2",
        "message=E",
        "user_ref=7",
        "quantity=30",
        "price=9000",
    ] {
        assert!(executed.contains(part), "{part} in {executed}");
    }
    let account: serde_json::Value =
        serde_json::from_str(&text(&["replay", "--format", "json"], &file)).unwrap();
    assert_eq!(account["positions"], serde_json::json!([0, 0, 30]));
    assert_eq!(account["cash"], "-270000");
    assert_eq!(account["open"][0]["shares"], 70);
    assert!(text(&["replay"], &file).starts_with("cash -27.0000; "));

    let csv = text(&["export"], &file);
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 6);
    assert!(lines[0].starts_with("line,kind,slot,sequence,message,user_ref,symbol,side"));
    assert_eq!(lines[1], "1,sent,2,,O,7,TEST,B,100,10000,0,,,,,,,");
    assert_eq!(lines[5], "5,note,,,,,,,,,,,,,\"one, \"\"two\"\"\",,,");
    for (line, whole) in text(&["export", "--format", "json"], &file).lines().zip(1u64..) {
        let object: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(object["line"], whole);
    }
}

#[test]
fn a_damaged_journal_fails_and_a_missing_one_is_bad_input() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("session.journal");
    let mut bytes = session();
    let last = bytes.len() - 20;
    bytes[last] ^= 1;
    fs::write(&file, bytes).unwrap();
    for action in ["verify", "show", "replay", "export"] {
        let output = tickforge(&[action], &file);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{action}: {said}");
        assert!(said.contains("journal line 5: damaged"), "{action}: {said}");
    }
    let output = tickforge(&["verify"], &folder.path().join("none"));
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}
