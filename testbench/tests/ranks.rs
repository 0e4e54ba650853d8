//! Quantile ranks: every row under traffic, commits and stalls against the golden model, and the golden model against what the host does.
//!
//! `TICKFORGE_SOAK=1` also has every value of every feature.

#[path = "ranks/world.rs"]
mod world;

use contract::feature::CORE_COUNT;
use contract::record::EventCode;
use contract::wide::{RANKS, Wide};
use gateware::emit::Size;
use kernels::{CUTS_MAX, Isa, RankTable};
use testbench::golden::ranks::{WORDS, rank};
use testbench::{Bench, Rng, Verdict};
use twin::Side;
use twin::features::FeatureEvent;
use twin::wide::Event;
use world::{World, edges, value};

fn soak() -> bool {
    std::env::var_os("TICKFORGE_SOAK").is_some()
}

/// Before a commit, and a reset at any point of a row and of an image.
fn resets(world: &mut World<'_>) -> Verdict {
    for cycles in [3, 17, 31, 40, 60] {
        world.reset();
        world.images = 1;
        world.cycles(cycles)?;
    }
    world.reset();
    world.images = 0;
    world.cycles(120)?;
    // A whole image, which a reset makes nothing of.
    world.images = 1;
    world.cycles(World::image_words() as u64)?;
    world.reset();
    world.images = 0;
    world.cycles(3)?;
    world.load_all(1)?;
    world.cycles(40)?;
    // One that was committed, neither.
    world.reset();
    world.seen = world::Seen::default();
    world.cycles(70)
}

/// A reset with a row in each stage: no rank comes of what was on its way.
fn forgets(world: &mut World<'_>) -> Verdict {
    world.images = 0;
    for cycles in 1..40 {
        world.row_percent = 0;
        world.reset();
        world.offer([i16::MAX; CORE_COUNT]);
        world.cycles(cycles)?;
        world.reset();
        world.cycles(40)?;
        // The queues are empty, too: the next row comes with what is its own.
        world.offer([i16::MAX; CORE_COUNT]);
        world.cycles(36)?;
    }
    (world.row_percent, world.seen) = (100, world::Seen::default());
    Ok(())
}

/// Images one behind the other, with rows at full rate, at none, behind a slow taker, and with a host that makes mistakes.
fn traffic(world: &mut World<'_>, rounds: usize) -> Verdict {
    for round in 0..rounds {
        world.row_percent = [100, 100, 15][round % 3];
        world.ready_percent = [100, 4, 60][round / 2 % 3];
        world.word_percent = [100, 100, 60][round % 3];
        world.wrong_one_in = if round % 4 == 3 { 1_500 } else { 0 };
        world.load_all(1)?;
        if round % 2 == 0 {
            // The port rests: words that come now are not taken.
            world.wrong_one_in = 3;
            world.cycles(45)?;
            world.wrong_one_in = 0;
            world.cycles(300)?;
        }
    }
    Ok(())
}

/// Edges that fall, at the first and last place and between words, and equal ones beside them.
fn falls(world: &mut World<'_>) -> Verdict {
    (world.row_percent, world.word_percent, world.wrong_one_in) = (10, 100, 0);
    for (feature, edge) in [(0, 1), (15, 254), (3, 2)] {
        world.renew();
        world.spoil(feature, edge);
        world.images = 1;
        let commits = world.seen.commits;
        for _ in 0..WORDS + 60 {
            world.cycle()?;
        }
        world.bench.eq("commits", world.seen.commits, commits)?;
        world.renew();
        world.load_all(1)?;
    }
    Ok(())
}

/// A row every 16 cycles while the taker keeps up.
fn rate(world: &mut World<'_>) -> Verdict {
    world.drain()?;
    (world.row_percent, world.ready_percent) = (100, 100);
    let rows = world.seen.rows;
    world.cycles(1 + 16 * 50)?;
    world.bench.eq("rows in 801 cycles", world.seen.rows - rows, 51)
}

fn scenario(bench: &mut Bench) -> Verdict {
    let world = &mut World::new(bench);
    forgets(world)?;
    resets(world)?;
    traffic(world, 8)?;
    falls(world)?;
    rate(world)?;
    world.drain()?;
    let seen = &world.seen;
    let enough = seen.rows > 1_500
        && seen.unset > 3
        && seen.met > 5_000
        && seen.commits > 10
        && seen.amid > 3
        && seen.full > 300
        && seen.refused_words > 10
        && seen.refused_commits > 10
        && seen.fallen >= 3;
    let text = format!("the stimulus misses cases: {seen:?}");
    world.bench.check(enough, || text)
}

#[test]
fn against_golden() {
    let seeds = if soak() { 40 } else { 3 };
    testbench::run_seeds("ranks", Size::Small, 1..=seeds, scenario);
}

/// Each of the 65,536 values in all features at once, under three images.
#[test]
fn every_value() {
    if !soak() {
        println!("every value is run in scripts/soak blocks");
        return;
    }
    testbench::run("ranks", Size::Small, |bench| {
        let world = &mut World::new(bench);
        world.reset();
        for _ in 0..3 {
            world.row_percent = 0;
            world.load_all(1)?;
            for value in i16::MIN..=i16::MAX {
                world.offer([value; CORE_COUNT]);
                world.cycles(16)?;
            }
        }
        world.drain()
    });
}

/// The host's kernels: the thresholds of a column, each once, are edges; a value at one has reached it.
#[test]
fn kernels_rank_alike() {
    let mut rng = Rng::new(11);
    let mut compared = 0;
    for isa in Isa::available() {
        for _ in 0..60 {
            let mut columns: Vec<Vec<i16>> = (0..CORE_COUNT).map(|_| edges(&mut rng)).collect();
            for column in &mut columns {
                column.dedup();
                column.truncate(CUTS_MAX);
            }
            let cuts = columns
                .iter()
                .map(|c| c.iter().map(|e| f32::from(*e)).collect())
                .collect();
            let table = RankTable::new(cuts, isa).expect("ascending edges");
            for _ in 0..100 {
                let values: Vec<i16> = columns.iter().map(|c| value(&mut rng, c)).collect();
                let row: Vec<f32> = values.iter().map(|v| f32::from(*v)).collect();
                let mut ranks = [0; CORE_COUNT];
                table.rank(&row, &mut ranks).expect("16 columns");
                let golden: Vec<u8> = columns.iter().zip(&values).map(|(c, v)| rank(c, *v)).collect();
                assert_eq!(ranks[..], golden[..], "{values:?} of {columns:?}");
                compared += CORE_COUNT;
            }
        }
    }
    assert!(compared >= 96_000, "{compared} ranks compared");
}

/// The twin's record: the first ranks are those of the core features, edges not given are 32,767.
#[test]
fn the_twin_ranks_alike() {
    let mut rng = Rng::new(12);
    let mut twin = twin::wide::Wide::new(1);
    let (bids, asks) = Default::default();
    let mut at = [const { Vec::new() }; CORE_COUNT];
    let mut compared = 0;
    for _ in 0..20 {
        for (feature, edges_now) in at.iter_mut().enumerate() {
            *edges_now = edges(&mut rng);
            twin.load_edges(feature, edges_now).expect("ascending edges");
            edges_now.resize(255, contract::wide::NONE);
        }
        for _ in 0..200 {
            let core: [i16; CORE_COUNT] = std::array::from_fn(|i| value(&mut rng, &at[i]));
            let event = Event {
                event: FeatureEvent::book(EventCode::Add, 0, Side::Bid),
                trade_px: 0,
            };
            let mut record = Wide::default();
            twin.update(0, &event, (&bids, &asks), &core, &mut record);
            let golden: Vec<u8> = at.iter().zip(core).map(|(e, v)| rank(e, v)).collect();
            assert_eq!(record.ranks[..CORE_COUNT], golden[..], "{core:?}");
            compared += CORE_COUNT;
        }
    }
    assert!(
        compared >= 64_000 && RANKS >= CORE_COUNT,
        "{compared} ranks compared"
    );
}

testbench::mutants!("ranks", Size::Small, 60, 1, scenario);
