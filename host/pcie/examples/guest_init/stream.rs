//! Records as the card writes them into this process's memory, on pages of both sizes.

use super::Outcome;
use super::checks::check;
use super::patience::Patience;
use contract::ring::Ring;
use device::Device;
use device::feed::{Line, Subscription};
use device::records::{Record, RecordReader};
use pcie::{Bdf, Vfio};
use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use wire::packetizer::Config;

/// What is fed to the card, for the number of its messages.
const FEED: &str = "/day.itch";
/// Where the digest of the first stream is left for the second one.
const DIGEST: &str = "/tmp/records";
/// How long the feed may take, seconds.
const PATIENCE: u64 = 30;
/// Records between two postings of the tail.
const TAIL_EVERY: usize = 64;
/// How long the card waits for a message on the other line, ns.
const GAP_WAIT_NS: u32 = 100_000;

/// A ring of 256 KiB.
pub(super) fn small_pages(bdf: Bdf) -> Outcome {
    let digest = stream(bdf, 12, "4 kB")?;
    Ok(fs::write(DIGEST, digest.to_string())?)
}

/// A ring of 2 MiB.
pub(super) fn huge_pages(bdf: Bdf) -> Outcome {
    let digest = stream(bdf, 15, "2048 kB")?;
    check(
        "the same records",
        fs::read_to_string(DIGEST)? == digest.to_string(),
    )
}

/// Size of the pages behind the one ring of this process.
fn page_size() -> Result<String, Box<dyn std::error::Error>> {
    let maps = fs::read_to_string("/proc/self/smaps")?;
    let mut lines = maps.lines().skip_while(|line| !line.contains("tickforge-dma"));
    let size = lines.find_map(|line| line.strip_prefix("KernelPageSize:"));
    Ok(size.ok_or("no ring in smaps")?.trim().to_owned())
}

/// Everything of a record but the time at which its frame came.
fn add(digest: &mut DefaultHasher, record: &Record) {
    record.seq.hash(digest);
    format!("{:?}", record.core).hash(digest);
    if let Some(levels) = &record.levels {
        (levels.msg_seq, levels.skipped, levels.tracking, levels.itch_type).hash(digest);
        format!("{:?} {:?}", levels.bids, levels.asks).hash(digest);
    }
}

/// The whole feed into a ring of 2^`size_log2` entries; the digest of its records.
fn stream(bdf: Bdf, size_log2: u32, page: &str) -> Result<u64, Box<dyn std::error::Error>> {
    let messages = wire::feed::open(FEED)?.count() as u64;
    let mut port = Box::new(Vfio::open(bdf)?);
    contract::port::PciDevice::reset(port.as_mut())?;
    let mut device = Device::open(port)?;
    let mut records = RecordReader::new(device.ring(Ring::Records, size_log2)?, 1);
    let found = page_size()?;
    check(&format!("pages of {page}, not {found}"), found == page)?;
    let feed = Config::default();
    let line = Line {
        group: u32::from_be_bytes(feed.group),
        port: feed.port,
    };
    device.set_lines(line, line)?;
    device.set_gap_wait_ns(GAP_WAIT_NS)?;
    device.accept_session(&feed.session, feed.first_sequence)?;
    let subscription = Subscription {
        symbol: "ANY".to_owned(),
        locate: Some(1),
        tick: 100,
        qty_shift: 0,
        levels: true,
    };
    device.subscribe(0, &subscription)?;
    device.sync_slot(0, feed.first_sequence)?;
    device.set_halted(0, false)?;
    device.enable_receive()?;

    let mut digest = DefaultHasher::new();
    let (mut count, patience) = (0, Patience::of_seconds(PATIENCE));
    let mut through = false;
    while !through {
        through = device.next_seq()? > messages;
        if through {
            device.wait_idle()?;
        }
        while let Some(record) = records.poll() {
            add(&mut digest, &record);
            count += 1;
            if count % TAIL_EVERY == 0 {
                device.post_tail(Ring::Records, records.tail())?;
            }
        }
        check("in time", patience.lasts())?;
    }
    let stats = records.stats();
    println!("{count} records of {messages} messages on pages of {page}, {stats:?}");
    check("records", count > 1_000)?;
    check(
        "none lost or damaged",
        stats.lost == 0 && stats.crc_errors == 0 && records.orphans() == 0,
    )?;
    Ok(digest.finish())
}
