//! The software twin on a generated day: nanoseconds of core and wide features an event, messages a second.
//!
//! Events are timed in blocks, finer than the clock; the figure is the median block's. What the features depend on was
//! taken down before, so that no other work is in their time.

use std::hint::black_box;
use std::path::PathBuf;

use contract::feature::CORE_COUNT;
use contract::wide::{EDGES, RANK_OF, RANKS, Ranked, Wide as Record};
use engine::clock::Clock;
use twin::features::{Features, SlotParams, TopTen};
use twin::records::{RecordTwin, event_of};
use twin::subscription::Target;
use twin::wide::{Event, Wide};
use twin::{FeedTwin, Side, Subscriptions};

use super::budgets::Better;
use super::report::{Label, Row};
use crate::error::CliError;
use crate::generate::{Options, generate};

/// Name of the group.
pub(crate) const GROUP: &str = "twin";
/// Symbols of the day, as many slots.
const SYMBOLS: u16 = 16;
/// Messages of the day.
const MESSAGES: u64 = 400_000;
/// Book events that are timed, and how many of them one behind the other.
const EVENTS: usize = 131_072;
const EVENT_BLOCK: usize = 64;
/// Messages timed one behind the other.
const MESSAGE_BLOCK: usize = 1_000;
/// Events from which edges of ranks are taken, and which warm up.
const SAMPLE: usize = 8_192;

/// What features are computed from.
struct Step {
    slot: usize,
    event: Event,
    bids: TopTen,
    asks: TopTen,
    core: [i16; CORE_COUNT],
}

/// A generated day that is gone from the disk with it.
struct Day(PathBuf);

impl Drop for Day {
    fn drop(&mut self) {
        // A file that is gone already is what was wanted.
        let _removed = std::fs::remove_file(&self.0);
    }
}

fn messages() -> Result<Vec<Vec<u8>>, CliError> {
    let day = Day(std::env::temp_dir().join(format!("tickforge-bench-{}.itch", std::process::id())));
    let options = Options {
        symbols: SYMBOLS,
        messages: MESSAGES,
        seed: 1,
        adversarial: false,
    };
    generate(options, &day.0)?;
    let mut feed = wire::feed::open(&day.0)?;
    let mut all = Vec::new();
    while let Some(message) = feed.next_message()? {
        all.push(message.bytes.to_vec());
    }
    Ok(all)
}

fn subscriptions() -> Subscriptions {
    let targets: Vec<Target> = (1..=SYMBOLS).map(Target::Locate).collect();
    Subscriptions::new(&targets)
}

fn steps(messages: &[Vec<u8>]) -> Vec<Step> {
    let (mut feed, mut core) = (FeedTwin::new(subscriptions()), Features::new(SYMBOLS.into()));
    let mut all = Vec::with_capacity(EVENTS);
    for message in messages {
        let Some(update) = feed.apply(message).filter(|u| u.resolved.changed) else {
            continue;
        };
        let slot = update.event.slot;
        let bids = feed.book().top(slot, Side::Bid);
        let asks = feed.book().top(slot, Side::Ask);
        let (slot, event) = (usize::from(slot), event_of(&update));
        let core = core.update(slot, &event.event, &bids, &asks);
        all.push(Step {
            slot,
            event,
            bids,
            asks,
            core,
        });
        if all.len() == EVENTS {
            break;
        }
    }
    all
}

/// A twin whose ranks have the quantiles of the first events for edges, and has seen them.
fn warm(steps: &[Step]) -> Result<(Wide, Record), CliError> {
    let (mut twin, mut out) = (Wide::new(SYMBOLS.into()), Record::default());
    let mut seen: Vec<_> = (0..RANKS).map(|_| Vec::with_capacity(SAMPLE)).collect();
    for step in steps.iter().take(SAMPLE) {
        let book = (&step.bids, &step.asks);
        twin.update(step.slot, &step.event, book, &step.core, &mut out);
        for (values, of) in seen.iter_mut().zip(RANK_OF) {
            values.push(match of {
                Ranked::Core(i) => step.core[usize::from(i)],
                Ranked::Wide(i) => out.values[usize::from(i)],
            });
        }
    }
    for (rank, values) in seen.iter_mut().enumerate() {
        values.sort_unstable();
        let edges: Vec<i16> = (1..=EDGES)
            .map(|i| values[i * (values.len() - 1) / (EDGES + 1)])
            .collect();
        twin.load_edges(rank, &edges)
            .map_err(|error| CliError::Check(error.to_string()))?;
    }
    Ok((twin, out))
}

/// Nanoseconds an item: the median of blocks.
fn median<T>(items: &[T], block: usize, mut each: impl FnMut(&T)) -> f64 {
    let mut blocks: Vec<u64> = items
        .chunks_exact(block)
        .map(|items| {
            let clock = Clock::start();
            for item in items {
                each(item);
            }
            clock.ns()
        })
        .collect();
    blocks.sort_unstable();
    let middle = blocks.get(blocks.len() / 2);
    middle.map_or(f64::NAN, |ns| *ns as f64 / block as f64)
}

/// All rows.
pub(crate) fn rows() -> Result<Vec<Row>, CliError> {
    let messages = messages()?;
    let steps = steps(&messages);
    let runs = u32::try_from(steps.len()).unwrap_or(u32::MAX);
    let nanoseconds =
        |name: &str, value: f64| Row::new(GROUP, name, "ns", Better::Lower, Label::Measured, runs, value);
    let mut core = Features::new(SYMBOLS.into());
    let core = median(&steps, EVENT_BLOCK, |s| {
        black_box(core.update(s.slot, &s.event.event, &s.bids, &s.asks));
    });
    let (mut twin, mut out) = warm(&steps)?;
    let wide = median(&steps, EVENT_BLOCK, |s| {
        twin.update(s.slot, &s.event, (&s.bids, &s.asks), &s.core, &mut out);
        black_box(&out);
    });
    let state = median(&steps, EVENT_BLOCK, |s| {
        twin.observe(s.slot, &s.event, (&s.bids, &s.asks), &s.core);
    });
    let params = vec![SlotParams::default(); SYMBOLS.into()];
    Ok(vec![
        nanoseconds("core", core),
        nanoseconds("wide", wide),
        nanoseconds("wide_state", state),
        rate("chain", &messages, RecordTwin::new(subscriptions(), &params)),
        rate(
            "chain_wide",
            &messages,
            RecordTwin::with_wide(subscriptions(), &params),
        ),
    ])
}

/// Messages a second through decoder, order table, book and features.
fn rate(name: &str, messages: &[Vec<u8>], mut twin: RecordTwin) -> Row {
    let mut sequence = 0;
    let ns = median(messages, MESSAGE_BLOCK, |message| {
        sequence += 1;
        black_box(twin.apply(message, sequence));
    });
    let runs = u32::try_from(messages.len()).unwrap_or(u32::MAX);
    Row::new(
        GROUP,
        name,
        "messages/s",
        Better::Higher,
        Label::Measured,
        runs,
        1e9 / ns,
    )
}
