//! Sessions against an exchange on which everything goes wrong, on the Verilated card.
//!
//! Every session checks itself: each order's event and frame, each record's book against the twin fed with all that was
//! published, the state of the slot behind each order that left, and at the end positions, open orders, cash, executions
//! and orders between venue, host, card and journal. What is asserted here is that they find nothing, and that the faults
//! were there.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use clap::Parser;
use venue::Random;
use wire::ouch50::Response;

use super::{Args, Report, trade};
use crate::generate::{Options, generate};

#[derive(Debug, Parser)]
struct Command {
    #[command(flatten)]
    args: Args,
}

/// Messages of a day: no day is shorter.
const DAY: u64 = 520;
/// Seeds of the slice; `scripts/soak trade` takes more.
const SEEDS: u64 = 20;
const SOAK_SEEDS: u64 = 500;
/// As often as this many sessions a word about them.
const PROGRESS: u64 = 20;

const CONFIG: &str = "
[[slot]]
symbol = \"BBBA\"
[policy]
qty = 40
[limits]
qty_max = 1000
collar = 50.0
position_max = 400
rate_tokens = 60000
rate_refill_ns = 1000
[orders]
heartbeat_timeout_ns = 100_000_000
[rules]
tick = 0.01
short = true
located = 1_000
";

/// A folder with a configuration and a day.
fn ground(seed: u64, config: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("c.toml"), config).expect("written");
    let day = folder.path().join("day.itch");
    let options = Options {
        symbols: 1,
        messages: DAY,
        seed,
        adversarial: false,
    };
    generate(options, &day).expect("a day");
    (folder, day)
}

/// A session over the day in `folder`, and its journal.
fn try_session(folder: &Path, more: &[String]) -> Result<(Report, String), String> {
    let at = |name: &str| folder.join(name).display().to_string();
    let fixed = [
        "trade",
        "--config",
        &at("c.toml"),
        "--feed",
        &at("day.itch"),
        "--size",
        "small",
        "--trader",
        "random",
        "--journal",
        &at("journal"),
    ]
    .map(str::to_owned);
    // That of a session before, where there was one: no command writes over it.
    let _removed = std::fs::remove_file(folder.join("journal"));
    let command = Command::parse_from(fixed.iter().chain(more));
    let report = trade(&command.args).map_err(|error| format!("{}: {error}", more.join(" ")))?;
    let journal = std::fs::read_to_string(folder.join("journal")).expect("a journal");
    Ok((report, journal))
}

fn session(folder: &Path, more: &[String]) -> (Report, String) {
    try_session(folder, more).unwrap_or_else(|error| panic!("{error}"))
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// What goes wrong in the session of a seed.
fn faults(seed: u64) -> Vec<String> {
    let mut random = Random::new(seed, 77);
    let mut below = |end: u64| random.draw() % end;
    let mut all = vec![format!(
        "--seed {seed} --probe --replace 2 --rest {}",
        10_000 + below(60_000)
    )];
    all.push(format!("--messages {}", 300 + below(100)));
    all.push(format!("--messages-per-packet {}", 1 + below(6)));
    all.push(format!(
        "--missing {}",
        ["resend", "give-up"][usize::from(below(2) == 1)]
    ));
    all.push(format!(
        "--recover {}",
        ["auto", "snapshot"][usize::from(below(2) == 1)]
    ));
    if below(2) == 1 {
        all.push("--slow".into());
    }
    if seed.is_multiple_of(3) {
        all.push("--again 3".into());
    }
    if seed % 5 == 4 {
        all.push("--transport bridge".into());
    } else if seed % 5 > 1 {
        all.push(format!("--frame-faults {}", 1_000 + below(80_000)));
    }
    if below(3) > 0 {
        all.push(format!("--break {}", below(20_000)));
    }
    let mut fault = |name: &str, of: u64, value: u64| {
        // Half of the seeds have any one fault.
        if random.draw() % 2 == 1 {
            all.push(format!("--fault {name}={}", value + random.draw() % of));
        }
    };
    for line in ["a", "b"] {
        fault(&format!("loss-{line}"), 30_000, 1_000);
        fault(&format!("duplicate-{line}"), 100_000, 1_000);
        fault(&format!("reorder-{line}"), 100_000, 1_000);
    }
    fault("gap-every", 80, 30);
    fault("session-change-after", 300, 100);
    fault("halt-after", 150, 100);
    fault("halt-messages", 60, 5);
    fault("disconnect-after", 6_000, 1);
    fault("duplicate-request", 200_000, 1_000);
    fault("stale-request", 200_000, 1_000);
    fault("ack-delay", 20_000, 1_000);
    fault("bust", 300_000, 10_000);
    all.iter().flat_map(|text| words(text)).collect()
}

/// No order is accepted twice, under whatever number, and none twice under one.
fn accepted_once(journal: &str) -> usize {
    let (mut numbers, mut names, mut next) = (BTreeSet::new(), BTreeSet::new(), 1);
    for line in journal.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        if words[1] != "got" || words[2].parse() != Ok(next) {
            continue;
        }
        next += 1;
        let bytes: Vec<u8> = (0..words[3].len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&words[3][at..at + 2], 16).expect("hex"))
            .collect();
        if let Ok((Response::Accepted(m), _)) = Response::parse(&bytes) {
            assert!(numbers.insert(m.user_ref), "order {} twice", m.user_ref);
            assert!(names.insert(m.cl_ord_id), "order {:?} twice", m.cl_ord_id);
        }
    }
    numbers.len()
}

/// Seeds asked for: TRADE_SEEDS is a number of them, or FIRST..END.
fn seeds() -> Range<u64> {
    let soak = std::env::var("TICKFORGE_SOAK").is_ok_and(|value| value == "1");
    let asked = std::env::var("TRADE_SEEDS").unwrap_or_default();
    let (first, end) = asked.split_once("..").unwrap_or(("0", &asked));
    match (first.parse(), end.parse()) {
        (Ok(first), Ok(end)) => first..end,
        _ => 0..if soak { SOAK_SEEDS } else { SEEDS },
    }
}

/// What came of a seed, by name; or what was wrong.
fn outcome(seed: u64) -> Result<BTreeMap<&'static str, u64>, String> {
    let (folder, _) = ground(seed, CONFIG);
    let faults = faults(seed);
    let (report, journal) = try_session(folder.path(), &faults)?;
    if (report.faults, report.accounts.agree) != (0, true) {
        return Err(format!("{}: {report:#?}", faults.join(" ")));
    }
    let accepted = accepted_once(&journal) as u64;
    if accepted != report.orders.accepted {
        return Err(format!("{accepted} orders accepted by the journal: {report:#?}"));
    }
    let (s, o, at) = (&report.session, &report.orders, &report.accounts.at_faults);
    let split = report.split.unwrap_or_default();
    let followed = report.followed.unwrap_or_default();
    // Whatever the host told a gate that follows, no response of an order could have told it.
    let host = o.broken + o.not_taken + o.resent;
    if report.followed.is_some() && followed.host_words != host {
        return Err(format!(
            "{} words of the host, not {host}: {report:#?}",
            followed.host_words
        ));
    }
    Ok(BTreeMap::from([
        ("orders", o.sent),
        ("executions", o.executions),
        ("broken", o.broken),
        ("rejected", o.rejected),
        ("cancels", s.cancels),
        ("replaces", s.replaces),
        ("orders that replaced another", o.replaced),
        ("replaces refused", s.replaces_refused),
        ("connections", o.connections),
        ("orders sent again", o.resent),
        ("given up", o.not_taken),
        ("recoveries by re-request", s.rerequested),
        ("recoveries by snapshot", s.pictured),
        ("probes refused", s.probes),
        ("epochs ended", s.fenced),
        ("records equal", report.records_compared.unwrap_or(0)),
        ("faults at which four accounts were equal", at.compared),
        ("responses behind which the gate was", s.settled_compared),
        ("connections taken over by the card", split.handovers),
        ("segments retransmitted", split.retransmitted),
        ("looks at a closed window", split.shut),
        ("responses applied by the card", followed.applied),
        ("responses it heard again", followed.repeated),
        ("segments nobody got", followed.segments_refused),
        ("words of the host", followed.host_words),
        ("bridged", u64::from(report.split.is_none())),
    ]))
}

/// The sums of all seeds' outcomes by name, and what failed: sessions know nothing of each other, so every core has its own.
fn all_outcomes(seeds: Range<u64>) -> (BTreeMap<&'static str, u64>, Vec<String>) {
    let waiting = Mutex::new(seeds);
    let found = Mutex::new((BTreeMap::<&str, u64>::new(), Vec::new()));
    let work = || {
        loop {
            let next = waiting.lock().expect("no worker panics with the lock").next();
            let Some(seed) = next else { return };
            let outcome = outcome(seed);
            let mut found = found.lock().expect("no worker panics with the lock");
            let (sum, failed) = &mut *found;
            match outcome {
                Ok(one) => one
                    .into_iter()
                    .for_each(|(name, count)| *sum.entry(name).or_default() += count),
                Err(why) => {
                    println!("seed {seed} failed: {}", why.lines().next().unwrap_or_default());
                    failed.push(format!("seed {seed}: {why}"));
                }
            }
            if (seed + 1).is_multiple_of(PROGRESS) {
                println!("trade: seed {seed} done, {} failed", failed.len());
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    found.into_inner().expect("no worker panics with the lock")
}

#[test]
fn whatever_goes_wrong_all_books_agree() {
    let seeds = seeds();
    let (sum, failed) = all_outcomes(seeds.clone());
    let count = seeds.end - seeds.start;
    let words: Vec<String> = sum
        .iter()
        .map(|(name, count)| format!("{count} {name}"))
        .collect();
    println!(
        "trade: {count} sessions, {} failed; {}",
        failed.len(),
        words.join(", ")
    );
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    if count < SEEDS {
        return;
    }
    assert!(sum["orders"] > 30 * count && sum["executions"] > 5 * count && sum["cancels"] > count);
    assert!(sum["connections"] > count + 5 && sum["records equal"] > 50 * count);
    assert!(sum["faults at which four accounts were equal"] > 10 * count);
    for (name, count) in &sum {
        assert!(*count > 0, "no {name}");
    }
}

/// The connection broke while the card still held responses that the host had heard: the next login skipped them.
#[test]
fn what_the_card_holds_of_a_broken_connection_is_applied() {
    outcome(137).expect("a session that ends well");
}

/// Executions, cancels and rejects move the gate's account without a word of the host, over a cable that loses, doubles and swaps frames.
#[test]
fn the_card_follows_the_exchange_by_itself() {
    let mut sum = [0; 3];
    for seed in [31, 32] {
        let (folder, _) = ground(seed, CONFIG);
        let more = words(&format!(
            "--seed {seed} --messages 320 --frame-faults 60000 --slow --rest 20000 --fault gap-every=110 --fault ack-delay=5000"
        ));
        let (report, _) = session(folder.path(), &more);
        assert_eq!((report.faults, report.accounts.agree), (0, true), "{report:#?}");
        let followed = report.followed.expect("a card that follows");
        let o = &report.orders;
        assert_eq!((o.broken, o.not_taken, o.resent), (0, 0, 0), "{report:#?}");
        assert_eq!(followed.host_words, 0, "{report:#?}");
        assert!(
            followed.applied >= o.executions + o.accepted && o.executions > 0,
            "{report:#?}"
        );
        assert!(report.session.settled_compared > o.executions / 2, "{report:#?}");
        sum[0] += followed.applied;
        sum[1] += followed.segments_refused;
        sum[2] += report.session.settled_compared;
    }
    println!(
        "trade: {} responses applied by the card, {} segments nobody got, gate compared {} times",
        sum[0], sum[1], sum[2]
    );
    assert!(sum.iter().all(|count| *count > 0));
}

/// Responses that the card passes over, for it takes them for such as it has had, are found by the comparison.
#[test]
fn a_response_the_card_did_not_apply_is_found() {
    let (folder, _) = ground(31, CONFIG);
    let more = words("--seed 31 --messages 320 --skip-behind 12");
    let (report, _) = session(folder.path(), &more);
    let followed = report.followed.expect("a card that follows");
    assert!(followed.repeated > 0, "{report:#?}");
    assert!(report.faults > 0 && !report.accounts.agree, "{report:#?}");
    let first = &report.faults_described[0];
    assert!(first.contains("in the gate"), "{first}");
}

#[test]
fn a_gap_on_both_lines_blocks_orders_until_the_exact_sequence() {
    for how in ["rerequest", "snapshot"] {
        let (folder, _) = ground(3, CONFIG);
        let more = words(&format!(
            "--seed 3 --messages 320 --fault gap-every=90 --probe --recover {how}"
        ));
        let (report, journal) = session(folder.path(), &more);
        let s = &report.session;
        assert_eq!((report.faults, report.accounts.agree), (0, true), "{report:#?}");
        assert!(s.recoveries >= 3, "{how}: {s:?}");
        assert_eq!(s.recoveries, s.rerequested + s.pictured);
        assert_eq!(
            if how == "snapshot" {
                s.rerequested
            } else {
                s.pictured
            },
            0
        );
        // Behind each: a book equal to the twin's, two orders refused, two wrong sequences refused.
        assert_eq!(s.rebuilt_compared, s.rerequested + s.pictured);
        assert_eq!(s.probes, 4 * s.rebuilt_compared);
        assert!(journal.contains("note recovery: a gap on both lines"));
        assert!(report.orders.sent > 20 && report.refused["card: Stale"] >= 2 * s.recoveries);
    }
}

/// The venue ends a connection and what says so is lost on the cable: only its silence tells, and the session goes on.
#[test]
fn a_connection_whose_end_was_lost_is_given_up() {
    let mut silences = 0;
    for seed in [17, 18] {
        let (folder, _) = ground(seed, CONFIG);
        let more = words(&format!(
            "--seed {seed} --messages 300 --frame-faults 200000 --fault disconnect-after=1"
        ));
        let (report, _) = session(folder.path(), &more);
        assert_eq!((report.faults, report.accounts.agree), (0, true), "{report:#?}");
        silences += report.orders.silences;
    }
    println!("trade: {silences} connections given up after silence");
    assert!(silences > 0);
}

/// A host that freezes: the card cancels everything by itself, once, over either transport, and trading goes on behind it.
#[test]
fn a_frozen_host_leaves_nothing_resting() {
    let config = CONFIG.replace(
        "heartbeat_timeout_ns = 100_000_000",
        "heartbeat_timeout_ns = 300_000\nwatchdog_firm = \"FORG\"",
    );
    let mut frozen = 0;
    for (seed, transport) in [(31, "split"), (32, "split"), (33, "bridge")] {
        let (folder, _) = ground(seed, &config);
        let more = words(&format!(
            "--seed {seed} --messages 320 --freeze 12 --transport {transport}"
        ));
        let (report, journal) = session(folder.path(), &more);
        assert_eq!((report.faults, report.accounts.agree), (0, true), "{report:#?}");
        let s = &report.session;
        assert_eq!((s.mass_cancels, s.cancels), (1, 0), "{report:#?}");
        // Orders go on once the host is back.
        let lines = |kind: &str| {
            journal
                .lines()
                .filter(|line| line.split(' ').nth(1) == Some(kind))
                .count()
        };
        assert_eq!(lines("cancel"), 1);
        let behind = journal
            .lines()
            .skip_while(|line| line.split(' ').nth(1) != Some("cancel"));
        assert!(
            behind
                .filter(|line| line.split(' ').nth(1) == Some("sent"))
                .count()
                > 3,
            "{journal}"
        );
        frozen += s.frozen;
    }
    println!("trade: {frozen} orders cancelled by the card while the host was frozen");
    assert!(frozen > 3);
    let (folder, _) = ground(31, CONFIG);
    let refused = try_session(folder.path(), &words("--seed 31 --freeze 12")).expect_err("no firm");
    assert!(refused.contains("orders.watchdog_firm"), "{refused}");
}

#[test]
fn market_rules_keep_orders_back() {
    let away = CONFIG.replace(
        "[rules]",
        "[rules]\naway = \"simulated\"\naway_better = 100\naway_shares = 100",
    );
    let refused = |config: &str| {
        let (folder, _) = ground(5, config);
        let (report, _) = session(folder.path(), &words("--seed 5 --messages 320"));
        assert_eq!((report.faults, report.accounts.agree), (0, true), "{report:#?}");
        report.refused
    };
    let rules = refused(&away);
    assert!(
        rules["rule: TradeThrough"] > 0 && rules["rule: LockOrCross"] > 0,
        "{rules:?}"
    );
    let short = refused(&CONFIG.replace("short = true", "short = false"));
    assert!(short["rule: ShortNotAllowed"] > 0, "{short:?}");
    let located = refused(&CONFIG.replace("located = 1_000", "located = 20"));
    assert!(located["rule: Locate"] > 0, "{located:?}");
}

#[test]
fn the_same_seed_is_the_same_session() {
    let (folder, _) = ground(6, CONFIG);
    let [first, second] = [(), ()].map(|()| session(folder.path(), &faults(6)));
    assert_eq!(first.1, second.1);
    assert_eq!(first.0.cycles, second.0.cycles);
}

#[test]
fn orders_to_a_venue_need_rules() {
    let config = CONFIG.split("[rules]").next().expect("a part before");
    let (folder, day) = ground(1, config);
    let config = folder.path().join("c.toml").display().to_string();
    let command = Command::parse_from(["trade", "--config", &config, "--feed", &day.display().to_string()]);
    let error = trade(&command.args).expect_err("refused").to_string();
    assert!(error.contains("no [rules]"), "{error}");
}
