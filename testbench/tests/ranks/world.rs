//! Rows and images of edges, and what comes of them in every cycle against the golden model.

use contract::feature::CORE_COUNT;
use contract::wide::{EDGE_WORDS, EDGES, NONE, edge_words};
use gateware::ranks::{FeatureRow, RankRow};
use std::sync::Arc;
use testbench::golden::ranks::{Inputs, LoadSays, Ranked, Ranks, WORDS};
use testbench::{Bench, Bundle, Layout, Rng, Verdict};
use verilated::PortId;

/// The edges of all features.
pub(crate) type Image = Vec<Vec<i16>>;

fn int16(rng: &mut Rng) -> i16 {
    u16::try_from(rng.bits(16)).expect("16 bits").cast_signed()
}

/// Ascending edges: few or all, wide apart or mostly equal, at the ends of the integers.
pub(crate) fn edges(rng: &mut Rng) -> Vec<i16> {
    let count = *rng.pick(&[0, 1, 2, 7, 127, 128, 254, 255, 255, 255]);
    let span = *rng.pick(&[1_u64, 3, 40, 300, 65_536]);
    let low = match rng.below(4) {
        0 => i64::from(i16::MIN),
        1 => i64::from(i16::MAX) + 1 - i64::try_from(span).expect("a small number"),
        _ => i64::from(int16(rng)),
    };
    let mut edges: Vec<i16> = (0..count)
        .map(|_| {
            let edge = low + i64::try_from(rng.below(span)).expect("a small number");
            i16::try_from(edge.clamp(i16::MIN.into(), i16::MAX.into())).expect("clamped")
        })
        .collect();
    if rng.percent(20) {
        // Each value once: every rank but the outermost is that of one value.
        edges = (0..255).map(|i| i - 127).collect();
    }
    edges.sort_unstable();
    edges
}

/// Edges of every feature.
pub(crate) fn image(rng: &mut Rng) -> Image {
    (0..CORE_COUNT).map(|_| edges(rng)).collect()
}

/// The words of the table.
fn words(image: &Image) -> Vec<u32> {
    image.iter().flat_map(|edges| edge_words(edges)).collect()
}

/// A value at, just below or just above an edge, at an end of the integers, or any.
pub(crate) fn value(rng: &mut Rng, edges: &[i16]) -> i16 {
    match rng.below(8) {
        0 => *rng.pick(&[i16::MIN, i16::MIN + 1, -1, 0, 1, NONE - 1, NONE]),
        1 => int16(rng),
        _ if edges.is_empty() => int16(rng),
        kind => {
            let edge = *rng.pick(edges);
            match kind {
                2 | 3 => edge.saturating_sub(1),
                4 => edge.saturating_add(1),
                _ => edge,
            }
        }
    }
}

/// What the stimulus brought about.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) rows: u64,
    pub(crate) ranks: u64,
    pub(crate) unset: u64,
    /// Values that are an edge.
    pub(crate) met: u64,
    pub(crate) commits: u64,
    /// Commits while a row is searched for.
    pub(crate) amid: u64,
    /// Cycles in which four rows wait.
    pub(crate) full: u64,
    pub(crate) refused_words: u64,
    pub(crate) refused_commits: u64,
    /// Whole images that fall.
    pub(crate) fallen: u64,
}

struct Ports {
    sink_valid: PortId,
    sink_ready: PortId,
    sink_data: PortId,
    source_valid: PortId,
    source_ready: PortId,
    source_data: PortId,
    write: PortId,
    address: PortId,
    data: PortId,
    commit: PortId,
    says: [PortId; 5],
    reset: PortId,
}

impl Ports {
    fn new(bench: &Bench) -> Self {
        Self {
            sink_valid: bench.port("sink_valid"),
            sink_ready: bench.port("sink_ready"),
            sink_data: bench.port("sink_data"),
            source_valid: bench.port("source_valid"),
            source_ready: bench.port("source_ready"),
            source_data: bench.port("source_data"),
            write: bench.port("load_write"),
            address: bench.port("load_address"),
            data: bench.port("load_data"),
            commit: bench.port("load_commit"),
            says: ["load_ready", "load_whole", "load_falls", "load_refused", "loaded"]
                .map(|name| bench.port(name)),
            reset: bench.port("reset"),
        }
    }
}

pub(crate) struct World<'a> {
    pub(crate) bench: &'a mut Bench,
    ports: Ports,
    row: Arc<Layout>,
    ranked: Arc<Layout>,
    pub(crate) golden: Ranks,
    offered: Option<([i16; CORE_COUNT], u16)>,
    image: Image,
    words: Vec<u32>,
    /// Images that may still be committed.
    pub(crate) images: u64,
    /// Chance, in percent, of a row, of one being taken at the source, of a word a cycle.
    pub(crate) row_percent: u64,
    pub(crate) ready_percent: u64,
    pub(crate) word_percent: u64,
    /// A wrong word or commit, one in so many cycles; 0 for none.
    pub(crate) wrong_one_in: u64,
    pub(crate) seen: Seen,
}

impl<'a> World<'a> {
    pub(crate) fn new(bench: &'a mut Bench) -> Self {
        let image = image(&mut bench.rng);
        Self {
            ports: Ports::new(bench),
            bench,
            row: Layout::of::<FeatureRow>().into(),
            ranked: Layout::of::<RankRow>().into(),
            golden: Ranks::default(),
            offered: None,
            words: words(&image),
            image,
            images: 0,
            row_percent: 100,
            ready_percent: 100,
            word_percent: 100,
            wrong_one_in: 0,
            seen: Seen::default(),
        }
    }

    /// A reset in the middle of everything.
    pub(crate) fn reset(&mut self) {
        self.bench.set(self.ports.reset, 1);
        self.bench.tick();
        self.bench.set(self.ports.reset, 0);
        self.golden = Ranks::default();
    }

    pub(crate) fn offer(&mut self, features: [i16; CORE_COUNT]) {
        let tag = u16::try_from(self.bench.rng.bits(16)).expect("16 bits");
        self.offered = Some((features, tag));
    }

    /// Offers a row, of values near the edges in use or those to come.
    fn maybe_offer(&mut self) {
        if self.offered.is_some() || !self.bench.rng.percent(self.row_percent) {
            return;
        }
        let mut features = [0; CORE_COUNT];
        for (i, feature) in features.iter_mut().enumerate() {
            let edges = if self.bench.rng.percent(70) {
                &self.golden.edges()[i]
            } else {
                &self.image[i]
            };
            *feature = value(&mut self.bench.rng, edges);
        }
        self.offer(features);
    }

    /// The word or commit of a cycle.
    fn load(&mut self) -> (Option<(u32, u32)>, bool) {
        let LoadSays { whole, falls, .. } = self.golden.says();
        let rng = &mut self.bench.rng;
        if self.wrong_one_in > 0 && rng.below(self.wrong_one_in) == 0 {
            let at = *rng.pick(&[1, 2, 127, 128, 2_047, 2_048, 4_096, 5 << 20]);
            let at = if rng.percent(30) { rng.below(2_048) } else { at };
            let word = (u32::try_from(at).expect("24 bits"), self.words[7] ^ 0x8000_0000);
            return *rng.pick(&[(Some(word), false), (None, true), (Some(word), true)]);
        }
        if self.images == 0 || !rng.percent(self.word_percent) {
            return (None, false);
        }
        let next = self.golden.next_word();
        if whole {
            return (None, true);
        }
        if next == WORDS {
            // Judged in the next cycle, or for ever.
            if !falls {
                return (None, false);
            }
            self.seen.fallen += 1;
            return (Some((0, self.words[0])), false);
        }
        (
            Some((u32::try_from(next).expect("a word"), self.words[next])),
            false,
        )
    }

    /// Has one pair of the next image fall, of neighbours within a word or across two.
    pub(crate) fn spoil(&mut self, feature: usize, edge: usize) {
        let image = &mut self.image[feature];
        image.resize(EDGES, NONE);
        image[edge..].fill(7);
        image[..edge].fill(6);
        image[edge - 1] = 8;
        self.words = words(&self.image);
    }

    /// Another image to load.
    pub(crate) fn renew(&mut self) {
        self.image = image(&mut self.bench.rng);
        self.words = words(&self.image);
    }

    fn drive(&mut self, inputs: &Inputs) {
        let (ports, bench) = (&self.ports, &mut *self.bench);
        bench.set(ports.sink_valid, inputs.row.is_some().into());
        let words = match inputs.row {
            Some((features, tag)) => {
                let mut row = Bundle::zero(&self.row);
                let bytes: Vec<u8> = features.iter().flat_map(|value| value.to_le_bytes()).collect();
                row.set_bytes("features", &bytes).set("tag", tag.into());
                row.words().to_vec()
            }
            None => bench.rng.wide(self.row.width()),
        };
        bench.set_wide(ports.sink_data, &words);
        bench.set(ports.source_ready, inputs.ready.into());
        bench.set(ports.write, inputs.word.is_some().into());
        let noise = bench.rng.next_u64();
        let (address, data) = inputs
            .word
            .map_or((noise & 0xff_ffff, noise >> 32), |(address, data)| {
                (address.into(), data.into())
            });
        bench.set(ports.address, address);
        bench.set(ports.data, data);
        bench.set(ports.commit, inputs.commit.into());
        bench.eval();
    }

    fn expected(&self, ranked: &Ranked) -> Bundle {
        let mut row = Bundle::zero(&self.ranked);
        row.set_bytes("ranks", &ranked.ranks)
            .set("tag", ranked.tag.into())
            .set("generation", ranked.generation.into())
            .set("unset", ranked.unset.into());
        row
    }

    fn compare(&mut self) -> Verdict {
        let got = self.ports.says.map(|port| self.bench.is(port));
        let LoadSays {
            ready,
            whole,
            falls,
            refused,
            loaded,
        } = self.golden.says();
        self.bench
            .eq("load port", got, [ready, whole, falls, refused, loaded])?;
        let takes = self.bench.is(self.ports.sink_ready);
        self.bench.eq("sink_ready", takes, self.golden.takes())?;
        let valid = self.bench.is(self.ports.source_valid);
        let ranked = self.golden.offers().copied();
        self.bench.eq("source_valid", valid, ranked.is_some())?;
        let Some(ranked) = ranked else {
            return Ok(());
        };
        let got = Bundle::from_words(&self.ranked, self.bench.get_wide(self.ports.source_data));
        let differences = got.differences(&self.expected(&ranked));
        self.bench
            .check(differences.is_empty(), || format!("a row: {differences:?}"))
    }

    fn count(&mut self, inputs: &Inputs, before: LoadSays) {
        let seen = &mut self.seen;
        seen.full += u64::from(self.golden.rows() == 4);
        if let (true, Some((features, tag))) = (self.golden.takes(), inputs.row) {
            seen.rows += 1;
            seen.unset += u64::from(self.golden.ranked(&features, tag).unset);
            let edges = self.golden.edges().iter();
            let met = features.iter().zip(edges).filter(|(v, e)| e.contains(v));
            seen.met += met.count() as u64;
        }
        seen.ranks += u64::from(self.golden.offers().is_some() && inputs.ready);
        seen.refused_words += u64::from(inputs.word.is_some() && !before.ready);
        let commits = inputs.commit && before.whole && inputs.word.is_none();
        seen.refused_commits += u64::from(inputs.commit && !commits);
        seen.commits += u64::from(commits);
        seen.amid += u64::from(commits && !self.golden.takes());
    }

    /// One cycle.
    pub(crate) fn cycle(&mut self) -> Verdict {
        self.maybe_offer();
        let (word, commit) = self.load();
        let inputs = Inputs {
            row: self.offered,
            ready: self.bench.rng.percent(self.ready_percent),
            word,
            commit,
        };
        self.drive(&inputs);
        self.compare()?;
        let before = self.golden.says();
        self.count(&inputs, before);
        if self.golden.takes() {
            self.offered = None;
        }
        let commits = inputs.commit && before.whole && inputs.word.is_none();
        self.golden.tick(&inputs);
        self.bench.tick();
        if commits {
            self.images = self.images.saturating_sub(1);
            self.renew();
        }
        Ok(())
    }

    pub(crate) fn cycles(&mut self, cycles: u64) -> Verdict {
        (0..cycles).try_for_each(|_| self.cycle())
    }

    /// Cycles until so many images more have been committed.
    pub(crate) fn load_all(&mut self, images: u64) -> Verdict {
        self.images = images;
        for _ in 0..images * 40_000 {
            if self.images == 0 {
                return Ok(());
            }
            self.cycle()?;
        }
        let text = format!("no commit: {:?}", self.golden.says());
        self.bench.check(false, || text)
    }

    /// Rows that wait leave.
    pub(crate) fn drain(&mut self) -> Verdict {
        (self.row_percent, self.ready_percent, self.images) = (0, 100, 0);
        self.wrong_one_in = 0;
        self.cycles(200)?;
        let rows = self.golden.rows();
        self.bench.eq("rows left over", rows, 0)?;
        let (rows, ranks) = (self.seen.rows, self.seen.ranks);
        self.bench.eq("rows that came out", ranks, rows)
    }

    pub(crate) fn image_words() -> usize {
        EDGE_WORDS * CORE_COUNT
    }
}
