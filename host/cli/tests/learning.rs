//! `tickforge run` with `[learning]`: what is learned decides, is written down, and is had again to the bit.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use engine::journal::{Entries, Entry, Journal, Line};

const MODEL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/core_mlp.onnx");

fn tickforge(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tickforge"))
        .args(arguments)
        .output()
        .expect("the binary runs")
}

/// A folder with a day and a configuration.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new(messages: &str, learning: &str) -> Self {
        let desk = Self {
            folder: tempfile::tempdir().expect("folder"),
        };
        let day = desk.path("day.itch");
        let made = tickforge(&["generate", "--messages", messages, "--seed", "7", "--out", &day]);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        desk.configure(learning);
        desk
    }

    fn configure(&self, learning: &str) {
        let text = format!(
            "[[slot]]\nsymbol = \"BBBA\"\n[[slot]]\nsymbol = \"BBBB\"\n{learning}\n[policy]\nedge_min = 0.05\n\
             spread_max_ticks = 1000\nhold_ns = 1000\n[limits]\nrate_refill_ns = 1000\n"
        );
        std::fs::write(self.path("run.toml"), text).expect("written");
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn output(&self, card: &str, more: &[&str]) -> Output {
        let (config, feed) = (self.path("run.toml"), self.path("day.itch"));
        let run = [
            "run", "--card", card, "--config", &config, "--feed", &feed, "--format", "json",
        ];
        tickforge(&[&run[..], more].concat())
    }

    fn run(&self, card: &str, more: &[&str]) -> serde_json::Value {
        let out = self.output(card, more);
        assert!(
            out.status.success(),
            "{more:?}: {}",
            String::from_utf8_lossy(&out.stderr)
        );
        serde_json::from_slice(&out.stdout).expect("JSON")
    }

    /// A run, and the same from its journal.
    fn and_again(&self, card: &str) -> (serde_json::Value, serde_json::Value) {
        let journal = self.path("run.journal");
        let first = self.run(card, &["--journal", &journal]);
        (first, self.run(card, &["--replay", &journal]))
    }
}

fn learning(method: &str, place: &str) -> String {
    format!("[learning]\nmethod = \"{method}\"\nplace = \"{place}\"\nwarm_up = 100\npublish_every = 8\n")
}

fn number(value: &serde_json::Value) -> u64 {
    value.as_u64().expect("a number")
}

fn same(first: &serde_json::Value, again: &serde_json::Value) {
    for field in ["records", "decisions", "not_a_number", "orders"] {
        assert_eq!(first[field], again[field], "{field}");
    }
    for field in ["weights_crc", "updates", "drifts", "adopted", "slots", "step_max"] {
        assert_eq!(first["learning"][field], again["learning"][field], "{field}");
    }
    let replay = &again["learning"]["replay"];
    assert_eq!(replay["differing"], serde_json::Value::Null);
    assert_eq!(replay["versions_compared"], first["learning"]["adopted"]);
    assert_eq!(replay["orders_compared"], first["orders"]["admitted"]);
}

#[test]
fn a_run_comes_again_with_the_same_weights_and_orders() {
    for method in ["rls", "ftrl"] {
        let desk = Desk::new("8000", &learning(method, "inline"));
        let (first, again) = desk.and_again("twin");
        let learned = &first["learning"];
        assert!(
            number(&learned["updates"]) > 1_000 && number(&learned["adopted"]) > 100,
            "{first}"
        );
        assert!(number(&first["orders"]["admitted"]) > 0, "{first}");
        assert!(number(&learned["weights_crc"]) != 0);
        same(&first, &again);
        // Two runs learn the same without a journal in between.
        assert_eq!(desk.run("twin", &[])["learning"]["slots"], learned["slots"]);
    }
}

/// When a thread's versions count is chance; the journal says when it was.
#[test]
fn a_thread_s_run_comes_again_too() {
    let desk = Desk::new("8000", &learning("rls", "thread"));
    let (first, again) = desk.and_again("twin");
    assert!(number(&first["learning"]["updates"]) > 0, "{first}");
    same(&first, &again);
}

#[test]
fn the_card_s_orders_come_again() {
    let desk = Desk::new("1500", &learning("rls", "inline").replace("100", "50"));
    let (first, again) = desk.and_again("sim");
    assert_eq!(first["card_equals_twin"], true);
    assert!(number(&first["orders"]["sent"]) > 0, "{first}");
    same(&first, &again);
}

#[test]
fn it_is_a_member_beside_a_model() {
    let model = format!("[model]\npath = {MODEL:?}\n");
    let shared = learning("rls", "inline") + "share = 0.5\n";
    let desk = Desk::new("5000", &format!("{model}{shared}"));
    let (first, again) = desk.and_again("twin");
    assert!(
        first["model"].as_str().is_some_and(|m| m.starts_with("compiled")),
        "{first}"
    );
    same(&first, &again);
    let orders = |learning: &str| {
        desk.configure(learning);
        desk.run("twin", &[])["orders"].clone()
    };
    let (alone, model) = (orders(&learning("rls", "inline")), orders(&model));
    assert!(first["orders"] != alone && first["orders"] != model && alone != model);
}

#[test]
fn a_bent_journal_and_other_settings_are_refused() {
    let desk = Desk::new("3000", &learning("rls", "inline"));
    let journal = desk.path("run.journal");
    desk.run("twin", &["--journal", &journal]);
    let said = |path: &Path, code: i32| {
        let out = desk.output("twin", &["--replay", &path.display().to_string()]);
        let message = String::from_utf8_lossy(&out.stderr).into_owned();
        assert_eq!(out.status.code(), Some(code), "{message}");
        message
    };
    let text = std::fs::read(&journal).expect("read");
    let mut broken = text.clone();
    let middle = broken.len() / 2;
    broken[middle] ^= 1;
    std::fs::write(desk.file("broken"), broken).expect("written");
    assert!(said(&desk.file("broken"), 2).contains("damaged"));

    std::fs::write(desk.file("bent"), bent(&text)).expect("written");
    assert!(said(&desk.file("bent"), 1).contains("the samples give other weights"));

    // Cut at the end of a line the chain holds; what is missing is seen all the same.
    let lines: Vec<&[u8]> = text.split_inclusive(|b| *b == b'\n').collect();
    for kept in [1, lines.len() / 2, lines.len() - 1] {
        std::fs::write(desk.file("cut"), lines[..kept].concat()).expect("written");
        said(&desk.file("cut"), 1);
    }
    assert!(said(&desk.file("cut"), 1).contains("the journal has no end"));
    let short = desk.output("twin", &["--replay", &journal, "--messages", "2900"]);
    assert_eq!(short.status.code(), Some(1), "fewer records than the journal's");

    desk.configure(&learning("rls", "inline").replace("= 8", "= 9"));
    assert!(said(Path::new(&journal), 2).contains("learned otherwise"));
    desk.configure("");
    assert!(said(Path::new(&journal), 2).contains("add a [learning] section"));
}

/// A journal, a feed and a configuration stay what they are, whatever an option names.
#[test]
fn nothing_that_is_there_is_written_over() {
    let desk = Desk::new("900", &learning("rls", "inline"));
    desk.run("twin", &["--journal", &desk.path("first")]);
    let before: Vec<_> = ["day.itch", "run.toml", "first"]
        .map(|f| std::fs::read(desk.file(f)).expect("read"))
        .into();
    for file in ["day.itch", "run.toml", "first"] {
        for option in ["--journal", "--trace"] {
            let card = if option == "--trace" { "sim" } else { "twin" };
            if (option, file) == ("--trace", "first") {
                continue;
            }
            let out = desk.output(card, &[option, &desk.path(file)]);
            let said = String::from_utf8_lossy(&out.stderr).into_owned();
            assert_eq!(out.status.code(), Some(2), "{option} {file}: {said}");
            assert!(
                said.contains(file) && said.contains("name another file"),
                "{said}"
            );
        }
    }
    let frames = tickforge(&[
        "venue",
        "--feed",
        &desk.path("day.itch"),
        "--frames",
        &desk.path("day.itch"),
    ]);
    assert_eq!(frames.status.code(), Some(2));
    let after: Vec<_> = ["day.itch", "run.toml", "first"]
        .map(|f| std::fs::read(desk.file(f)).expect("read"))
        .into();
    assert!(before == after);
    // Nor is a journal begun by a run that is refused.
    let refused = desk.output("twin", &["--journal", &desk.path("second"), "--inject", "crc@5"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(!desk.file("second").exists());
}

/// The journal with one bit of one version turned, and a chain that holds.
fn bent(text: &[u8]) -> Vec<u8> {
    let mut journal = Journal::new(Vec::new());
    for (n, entry) in Entries::new(text).enumerate() {
        match entry.expect("whole") {
            Entry::Learning(text) => journal.write(&Line::Learning(&text)),
            Entry::Weights {
                record,
                slot,
                number,
                warm,
                mut bits,
            } => {
                bits[15] ^= u8::from(n > 20 && number == 20);
                journal.write(&Line::Weights(record, slot, number, warm, &bits))
            }
            Entry::Admitted(record, order) => journal.write(&Line::Admitted(record, &order)),
            Entry::Ended(records) => journal.write(&Line::Ended(records)),
            other => panic!("{other:?}"),
        }
        .expect("memory");
    }
    journal.finish().expect("memory")
}

#[test]
fn the_journal_says_in_words_what_was_learned() {
    let desk = Desk::new("3000", &learning("ftrl", "inline"));
    let journal = desk.path("run.journal");
    desk.run("twin", &["--journal", &journal]);
    let print = |what: &[&str]| {
        let out = tickforge(&[&["journal"], what, &[&journal]].concat());
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).expect("text")
    };
    assert!(print(&["verify"]).contains("all as they were written"));
    let lines = print(&["export", "--format", "json"]);
    let lines: Vec<serde_json::Value> = lines
        .lines()
        .map(|l| serde_json::from_str(l).expect("JSON"))
        .collect();
    assert!(
        lines[0]["note"]
            .as_str()
            .is_some_and(|n| n.contains("method: Ftrl"))
    );
    let weights = lines.iter().find(|l| l["kind"] == "weights").expect("a version");
    assert_eq!(weights["weights"].as_array().map(Vec::len), Some(learn::WEIGHTS));
    let order = lines.iter().find(|l| l["kind"] == "admitted").expect("an order");
    assert!(
        number(&order["quantity"]) == 100 && ["B", "S", "T"].contains(&order["side"].as_str().unwrap_or(""))
    );
}
