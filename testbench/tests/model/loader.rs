//! Writes images through the load port, in order and sometimes not, and follows what the port must say.

use testbench::{Bench, Failure};
use verilated::PortId;

/// The load port and the golden model of its bookkeeping.
#[derive(Debug)]
pub(crate) struct Loader {
    write: PortId,
    address: PortId,
    data: PortId,
    commit: PortId,
    ready: PortId,
    whole: PortId,
    refused: PortId,
    loaded: PortId,
    /// Images in turn; each is committed once it is written.
    images: Vec<Vec<u32>>,
    /// Commits taken.
    taken: usize,
    /// Words in order since the last commit, as the port must count them.
    next: usize,
    /// What the port must say of the cycle before.
    refuses: bool,
    /// Cycles since the first commit.
    age: u64,
    offer: Offer,
    /// Chance, in percent, of a word a cycle.
    pub(crate) busy_percent: u64,
    /// A word out of order or a commit too early, one in so many cycles; 0 for none.
    pub(crate) wrong_one_in: u64,
    /// Images that may be written by now.
    pub(crate) allowed: usize,
    /// The next word of an image that is written without its first.
    headless: Option<usize>,
}

/// What is offered in a cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Offer {
    word: Option<usize>,
    commit: bool,
}

const NOTHING: Offer = Offer {
    word: None,
    commit: false,
};

impl Loader {
    /// A loader of these images.
    pub(crate) fn new(bench: &Bench, images: Vec<Vec<u32>>) -> Self {
        let port = |name: &str| bench.port(&format!("load_{name}"));
        Self {
            write: port("write"),
            address: port("address"),
            data: port("data"),
            commit: port("commit"),
            ready: port("ready"),
            whole: port("whole"),
            refused: port("refused"),
            loaded: bench.port("loaded"),
            images,
            taken: 0,
            next: 0,
            refuses: false,
            age: 0,
            offer: NOTHING,
            busy_percent: 100,
            wrong_one_in: 0,
            allowed: 0,
            headless: None,
        }
    }

    /// Commits taken so far.
    pub(crate) fn commits(&self) -> usize {
        self.taken
    }

    fn words(&self) -> usize {
        self.images[0].len()
    }

    /// From now on an image without its first word, which must not count as one.
    pub(crate) fn behead(&mut self) {
        self.headless = Some(1);
    }

    /// A reset: nothing is loaded, nothing has been written.
    pub(crate) fn forget(&mut self, bench: &mut Bench) {
        bench.set(self.write, 0);
        bench.set(self.commit, 0);
        (self.taken, self.next, self.refuses, self.offer) = (0, 0, false, NOTHING);
        self.age = 0;
    }

    /// Offers the next word, the commit, or now and then something wrong.
    pub(crate) fn drive(&mut self, bench: &mut Bench) {
        let wrong = self.wrong_one_in > 0 && bench.rng.below(self.wrong_one_in) == 0;
        let waits =
            self.taken >= self.allowed.min(self.images.len()) || !bench.rng.percent(self.busy_percent);
        let anywhere = usize::try_from(bench.rng.below(self.words() as u64 + 3)).unwrap_or(0);
        self.offer = match (wrong, waits) {
            (true, _) => Offer {
                word: bench.rng.percent(70).then_some(anywhere),
                commit: bench.rng.percent(50),
            },
            (false, true) => NOTHING,
            (false, false) if self.next == self.words() => Offer {
                word: None,
                commit: true,
            },
            (false, false) => Offer {
                word: Some(if self.next > self.words() { 0 } else { self.next }),
                commit: false,
            },
        };
        // A wrong commit of a whole image would be a right one.
        if wrong && self.next == self.words() && self.offer.word.is_none() {
            self.offer = NOTHING;
        }
        if let Some(at) = self.headless {
            self.offer = Offer {
                word: Some(at),
                commit: false,
            };
            self.headless = (at + 1 < self.words()).then_some(at + 1);
        }
        // With nothing offered anything may stand there.
        let at = self.offer.word.unwrap_or(anywhere);
        let image = self.images.get(self.taken).filter(|_| self.offer.word.is_some());
        let noise = bench.rng.wide(32)[0];
        let value = image.and_then(|i| i.get(at)).copied().unwrap_or(noise);
        bench.set(self.write, u64::from(self.offer.word.is_some()));
        bench.set(self.address, at as u64);
        bench.set(self.data, u64::from(value));
        bench.set(self.commit, u64::from(self.offer.commit));
    }

    /// Checks what the port says; returns whether a commit is taken by this cycle's edge.
    pub(crate) fn observe(&mut self, bench: &mut Bench) -> Result<bool, Failure> {
        let whole = self.next == self.words();
        bench.eq("load_whole", bench.is(self.whole), whole)?;
        bench.eq("load_refused", bench.is(self.refused), self.refuses)?;
        let loaded = bench.is(self.loaded);
        bench.check(self.taken > 0 || !loaded, || "loaded without a commit".into())?;
        self.age += u64::from(self.taken > 0);
        bench.check(self.age < 2 || loaded, || {
            "not loaded two cycles behind a commit".into()
        })?;
        let ready = bench.is(self.ready);
        let commits = self.offer.commit && ready && whole && self.offer.word.is_none();
        self.refuses = (self.offer.commit && !commits) || (self.offer.word.is_some() && !ready);
        match self.offer.word {
            Some(at) if ready => {
                self.next = match at {
                    0 => 1,
                    at if at == self.next && !whole => at + 1,
                    _ => 0,
                };
            }
            _ if commits => self.next = 0,
            _ => {}
        }
        self.taken += usize::from(commits);
        Ok(commits)
    }
}
