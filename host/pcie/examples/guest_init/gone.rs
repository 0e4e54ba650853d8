//! A card that goes while it is driven. The host pulls it when the serial line says so, and puts it back.

use super::checks::{check, says};
use super::patience::Patience;
use super::programs::tickforge;
use super::{Outcome, ended};
use contract::reg;
use device::Device;
use pcie::{Bdf, Vfio};
use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

/// Command register: memory space.
const COMMAND: u16 = 4;
const MEMORY: u32 = 2;
/// How long the host may take to do what it is asked for, seconds.
const PATIENCE: u64 = 15;
/// How long records and orders pass before the card goes, seconds.
const RUNNING: u64 = 1;

fn host(what: &str) {
    println!("HOST {what}");
}

pub(super) fn all(bdf: Bdf) -> Outcome {
    in_mid_run(bdf)?;
    back(bdf)?;
    latched(bdf)
}

/// The shipped program in a run that waits for messages which never come: the feed it is told of is longer.
fn in_mid_run(bdf: Bdf) -> Outcome {
    let card = format!("vfio:{bdf}");
    let mut child = tickforge(&[
        "run",
        "--config",
        "/run.toml",
        "--feed",
        "/longer.itch",
        "--card",
        &card,
    ])
    .stdout(Stdio::null())
    .stderr(Stdio::piped())
    .spawn()?;
    let mut errors = BufReader::new(child.stderr.take().ok_or("no pipe")?);
    let mut line = String::new();
    while !line.contains("the card receives") {
        line.clear();
        check("it receives", errors.read_line(&mut line)? > 0)?;
    }
    let running = Patience::of_seconds(RUNNING);
    while running.look() {}
    host("pull");
    let status = ended(child, PATIENCE)?;
    let mut said = String::new();
    errors.read_to_string(&mut said)?;
    print!("{said}");
    check("exit code 1", status.code() == Some(1))?;
    says(&said, &["kill latched", "all-ones", "open orders as unknown"])
}

/// The card is put back: it is as it comes up.
fn back(bdf: Bdf) -> Outcome {
    host("back");
    let mut device = Device::open(Box::new(Vfio::open(bdf)?));
    let patience = Patience::of_seconds(PATIENCE);
    while device.is_err() && patience.look() {
        device = Device::open(Box::new(Vfio::open(bdf)?));
    }
    device.map(drop).map_err(Into::into)
}

/// Once gone, a card stays gone for who drove it, though it answers again.
fn latched(bdf: Bdf) -> Outcome {
    let mut device = Device::open(Box::new(Vfio::open(bdf)?))?;
    host("pull");
    let patience = Patience::of_seconds(PATIENCE);
    let mut seen = device.regs.status();
    while seen.is_ok() && patience.lasts() {
        seen = device.regs.status();
    }
    check("all-ones are noticed", seen.is_err() && device.regs.gone())?;
    host("back");
    let identity = reg::global("IDENTITY");
    let patience = Patience::of_seconds(PATIENCE);
    let mut word = u32::MAX;
    while word != reg::IDENTITY && patience.look() {
        device.regs.port().config_write(COMMAND, MEMORY)?;
        word = device.regs.port().read32(identity)?;
    }
    check("it answers again", word == reg::IDENTITY)?;
    check("and is not used", device.regs.status().is_err())?;
    check(
        "nor written to",
        device.regs.write(reg::global("SCRATCH"), 1).is_err(),
    )
}
