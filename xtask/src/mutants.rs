//! `cargo xtask mutants`: faults written into host risk one after the other, each of which its tests have to find.
//!
//! The crates are copied to a scratch workspace; every row of [`MUTANTS`] replaces one piece of source there, and the tests
//! of `risk` run. A mutant that compiles and passes them has survived.

use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the scratch workspace holds.
const MEMBERS: [&str; 3] = ["hdl/contract", "host/risk", "testbench/alloc"];

const GATE: &str = "host/risk/src/gate.rs";
const GROSS: &str = "host/risk/src/gross.rs";
const RULES: &str = "host/risk/src/rules.rs";
const POSITION: &str = "host/risk/src/position.rs";
const BUCKET: &str = "host/risk/src/bucket.rs";

/// File, source, what it becomes. The source stands in its file exactly once.
const MUTANTS: &[(&str, &str, &str)] = &[
    (GATE, "check(Reason::Killed, self.killed);", ""),
    (GATE, "check(Reason::NotArmed, !self.armed);", ""),
    (GATE, "order.qty == 0 ||", ""),
    (GATE, "order.qty > limits.qty_max", "order.qty >= limits.qty_max"),
    (
        GATE,
        "order.qty > limits.qty_max",
        "order.qty > limits.qty_max + 1",
    ),
    (
        GATE,
        "worst > i64::from(limits.position_max)",
        "worst >= i64::from(limits.position_max)",
    ),
    (
        GATE,
        "worst > i64::from(limits.position_max)",
        "worst > i64::from(limits.position_max) + 1",
    ),
    (
        GATE,
        "position.worst(order.side, more)",
        "position.worst(order.side.other(), more)",
    ),
    (GATE, "replaced.map_or(0, |(shares, _)| shares)", "0"),
    (
        GATE,
        "check(Reason::GrossNotional, self.gross.is_beyond(value));",
        "",
    ),
    (GATE, "self.gross.sent(value);", ""),
    (GATE, "self.gross.give_back(value)", "0"),
    (GATE, "self.gross.executed(slot, net, side, shares, price)", "0"),
    (GATE, "self.gross.broken(slot, net, side, shares, price)", "0"),
    (GROSS, "total > self.max", "total >= self.max"),
    (GROSS, "total > self.max", "total > self.max + 1"),
    (GROSS, "None => true", "None => false"),
    (GROSS, "qty.min(shares)", "qty.max(shares)"),
    (GROSS, "price.min(old)", "price"),
    (GROSS, "price.min(old)", "old"),
    (GROSS, "Side::Buy => net < 0", "Side::Buy => net <= 0 || net > 0"),
    (GROSS, "Side::Sell => net > 0", "Side::Sell => net < 0"),
    (GROSS, "size.min(shares)", "shares"),
    (GROSS, "(*held - gone)", "(*held)"),
    (GROSS, "value(shares - closed, price)", "value(shares, price)"),
    (GROSS, "side.other(), shares", "side, shares"),
    (GROSS, ".clamp(0, u64::MAX.into())", ".min(u64::MAX.into())"),
    (
        GATE,
        "position.open_orders() >= u32::from(limits.open_orders_max)",
        "position.open_orders() > u32::from(limits.open_orders_max)",
    ),
    (GATE, "full && replaced.is_none()", "full"),
    (GATE, "full && replaced.is_none()", "full && replaced.is_some()"),
    (
        GATE,
        "u64::from(order.qty) * u64::from(order.price)",
        "u64::from(order.qty.wrapping_mul(order.price))",
    ),
    (
        GATE,
        "notional > limits.notional_max",
        "notional >= limits.notional_max",
    ),
    (
        GATE,
        "notional > limits.notional_max",
        "notional > limits.notional_max.saturating_add(1)",
    ),
    (
        GATE,
        "order.token <= self.token_last",
        "order.token < self.token_last",
    ),
    (GATE, "tokens == 0", "tokens <= 1"),
    (
        GATE,
        ".min(self.port.available(now_ns))",
        ".max(self.port.available(now_ns))",
    ),
    (GATE, "            self.port.take(now_ns);\n", ""),
    (GATE, "            self.buckets[slot].take(now_ns);\n", ""),
    (GATE, "if failed == 0 {", "if true {"),
    (GATE, "            self.token_last = order.token;\n", ""),
    (
        GATE,
        "self.positions[slot].grown(order.side, more)",
        "self.positions[slot].grown(order.side, order.qty)",
    ),
    (
        GATE,
        "self.positions[slot].sent(order.side, order.qty)",
        "self.positions[slot].sent(order.side, 0)",
    ),
    (GATE, "market.flags & flag::STALE != 0", "false"),
    (GATE, "market.flags & flag::GAP != 0", "false"),
    (GATE, "market.flags & flag::HALTED != 0", "false"),
    (GATE, "l.px > 0 && l.sz > 0", "l.px > 0"),
    (GATE, "l.px > 0 && l.sz > 0", "l.sz > 0"),
    (GATE, "].iter().all(", "].iter().any("),
    (GATE, "!referenced ||", ""),
    (GATE, "order.price < low", "order.price <= low"),
    (GATE, "order.price > high", "order.price >= high"),
    (
        GATE,
        "market.bid.px.saturating_sub(",
        "market.bid.px.wrapping_sub(",
    ),
    (
        GATE,
        "market.ask.px.saturating_add(",
        "market.ask.px.wrapping_add(",
    ),
    (
        GATE,
        "self.armed = true;\n        self.killed = false;",
        "self.armed = true;",
    ),
    (
        POSITION,
        "net.saturating_add_unsigned(self.open(side))",
        "net.saturating_add_unsigned(self.open(side.other()))",
    ),
    (
        POSITION,
        "Side::Sell => self.net.saturating_neg(),",
        "Side::Sell => self.net,",
    ),
    (POSITION, "net.saturating_add_unsigned(self.open(side))", "net"),
    (
        POSITION,
        "saturating_add(i64::from(qty))\n    }",
        "wrapping_add(i64::from(qty))\n    }",
    ),
    (
        BUCKET,
        "now_ns > self.credited_ns",
        "now_ns >= self.credited_ns + 2",
    ),
    (BUCKET, "due >= room", "due > room"),
    (
        BUCKET,
        "self.credited_ns += due * refill;",
        "self.credited_ns = now_ns;",
    ),
    (RULES, "age >= rules.away_age_ns", "age > rules.away_age_ns"),
    (
        RULES,
        "quotes.away_bid.px > quotes.away_ask.px",
        "quotes.away_bid.px >= quotes.away_ask.px",
    ),
    (RULES, "crossed && !rules.crossed", "crossed"),
    (RULES, "order.price >= ONE_DOLLAR", "order.price > ONE_DOLLAR"),
    (
        RULES,
        "!order.price.is_multiple_of(rules.tick)",
        "order.price.is_multiple_of(rules.tick)",
    ),
    (RULES, "order.price > away.px,", "order.price >= away.px,"),
    (RULES, "order.price >= away.px)", "order.price > away.px)"),
    (RULES, "order.price < away.px,", "order.price <= away.px,"),
    (RULES, "order.price <= away.px)", "order.price < away.px)"),
    (RULES, "through && !crossed", "through"),
    (RULES, "locks && !order.immediate", "locks"),
    (RULES, "if order.immediate { through } else { locks }", "through"),
    (RULES, "shares < away.sz", "shares <= away.sz"),
    (RULES, "ruling.mark(Rule::SweepNotAllowed, !rules.sweeps);", ""),
    (
        RULES,
        "free < i64::from(order.qty)",
        "free <= i64::from(order.qty)",
    ),
    (
        RULES,
        ".saturating_sub_unsigned(holding.open_sell)",
        ".wrapping_sub_unsigned(holding.open_sell)",
    ),
    (
        RULES,
        "Sale::ShortExempt => rules.short && rules.short_exempt,",
        "Sale::ShortExempt => rules.short,",
    ),
    (
        RULES,
        "order.qty > holding.located",
        "order.qty >= holding.located",
    ),
    (RULES, "!long && order.qty", "order.qty"),
    (RULES, "order.price <= bid)", "order.price < bid)"),
    (RULES, ".max();", ".min();"),
    (RULES, "is_none_or(|bid|", "is_some_and(|bid|"),
    (
        RULES,
        "let enough = qty <= self.left();",
        "let enough = qty < self.left();",
    ),
    (
        RULES,
        "self.used.saturating_sub(qty)",
        "self.used.wrapping_sub(qty)",
    ),
];

/// Tries every mutant; returns whether at least nine of ten were killed.
pub(crate) fn run() -> Result<bool> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let scratch = root.join("target/mutants");
    copy(&root, &scratch)?;
    ensure!(tests_pass(&scratch)?, "the tests fail without a mutant");
    let (mut killed, mut broken) = (0, 0);
    for (file, from, to) in MUTANTS {
        let path = scratch.join(file);
        let source = fs::read_to_string(&path).with_context(|| (*file).to_owned())?;
        ensure!(
            source.matches(from).count() == 1,
            "{file}: `{from}` stands there {} times, not once",
            source.matches(from).count()
        );
        fs::write(&path, source.replace(from, to))?;
        let outcome = match (compiles(&scratch)?, tests_pass(&scratch)?) {
            (false, _) => {
                broken += 1;
                "DOES NOT COMPILE"
            }
            (true, false) => {
                killed += 1;
                "killed"
            }
            (true, true) => "SURVIVED",
        };
        fs::write(&path, source)?;
        println!(
            "{outcome:<10} {file}: `{}` -> `{}`",
            from.trim().escape_debug(),
            to.escape_debug()
        );
    }
    let count = MUTANTS.len();
    println!("mutants risk: {killed} of {count} killed, {broken} did not compile");
    Ok(broken == 0 && killed * 10 >= count * 9)
}

/// The members, and a workspace around them.
fn copy(root: &Path, scratch: &Path) -> Result<()> {
    for member in MEMBERS {
        for folder in ["src", "src/gate", "src/rules", "src/reg", "src/wide", "tests"] {
            files(root, scratch, &Path::new(member).join(folder))?;
        }
        files(root, scratch, Path::new(member))?;
    }
    files(root, scratch, Path::new("docs"))?;
    for name in ["Cargo.lock", "rust-toolchain.toml", "clippy.toml"] {
        fs::copy(root.join(name), scratch.join(name)).with_context(|| name.to_owned())?;
    }
    let manifest = fs::read_to_string(root.join("Cargo.toml"))?;
    let (before, rest) = manifest.split_once("members = [").context("no members")?;
    let (_, after) = rest.split_once(']').context("no end of members")?;
    let members = MEMBERS.map(|member| format!("{member:?}")).join(", ");
    fs::write(
        scratch.join("Cargo.toml"),
        format!("{before}members = [{members}]{after}"),
    )?;
    Ok(())
}

/// The files of one folder, not those below it.
fn files(root: &Path, scratch: &Path, folder: &Path) -> Result<()> {
    let Ok(entries) = fs::read_dir(root.join(folder)) else {
        return Ok(());
    };
    let to: PathBuf = scratch.join(folder);
    fs::create_dir_all(&to)?;
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}

fn compiles(scratch: &Path) -> Result<bool> {
    cargo(
        scratch,
        &["test", "-q", "--offline", "-p", "risk", "--lib", "--no-run"],
    )
}

fn tests_pass(scratch: &Path) -> Result<bool> {
    cargo(scratch, &["test", "-q", "--offline", "-p", "risk", "--lib"])
}

fn cargo(scratch: &Path, arguments: &[&str]) -> Result<bool> {
    let mut command = Command::new(env!("CARGO"));
    command
        .current_dir(scratch)
        .args(arguments)
        .env("CARGO_TARGET_DIR", scratch.join("target"))
        .env("RUST_BACKTRACE", "0");
    let output = command.output().context("cargo")?;
    Ok(output.status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mutant_has_its_place() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for (file, from, to) in MUTANTS {
            let source = fs::read_to_string(root.join(file)).expect(file);
            assert_eq!(source.matches(from).count(), 1, "{file}: `{from}`");
            assert_ne!(from, to);
        }
    }
}
