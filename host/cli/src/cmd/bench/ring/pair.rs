//! Two pinned threads, a card's and a host's, and two ways for records to go between them: our ring with the order slots
//! back, and a pair of `rtrb` queues. Blocks of both alternate, so that whatever else the machine does hits both alike.

use contract::ring::{ENTRY_BYTES, seal};
use contract::slot::SLOTS;
use device::ring::{Entry, RingReader, RingStats};
use engine::clock::Clock;
use pcie::{CardEnd, HostEnd, HostSlots, PcieError, loopback};
use rtrb::{Consumer, Producer, RingBuffer};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// Entries of a ring, and of a queue.
const SIZE_LOG2: u32 = 12;
const SIZE: usize = 1 << SIZE_LOG2;
/// Records there and back, one at a time, a block.
const TRIPS: usize = 1_000;
/// Records in a row a block: all that a ring holds, so that nothing has to wait for room.
const BURST: usize = SIZE;
/// Turns of an empty poll before the core is given to whoever else wants it.
const PATIENCE: u32 = 1 << 20;

/// What one block of each way gave.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Block {
    /// Round trip, ns: median, 99th and 99.9th percentile.
    pub(super) trip: [f64; 3],
    /// Records a second of a burst.
    pub(super) rate: f64,
}

/// Everything measured.
#[derive(Debug)]
pub(super) struct Measured {
    /// Our ring, a block each.
    pub(super) ours: Vec<Block>,
    /// The queues, a block each.
    pub(super) rtrb: Vec<Block>,
    /// What our reader counted.
    pub(super) stats: RingStats,
    /// Cores the threads were pinned to.
    pub(super) cores: [usize; 2],
}

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
pub(super) enum PairError {
    /// There must be a core for each thread.
    #[error("two cores are needed, this process may use {0}")]
    Cores(usize),
    /// The system refuses.
    #[error("a thread cannot be pinned: {0}")]
    Pin(rustix::io::Errno),
    /// No memory.
    #[error(transparent)]
    Memory(#[from] PcieError),
    /// What came back was not what had been sent.
    #[error("the record after {0} round trips came back wrong")]
    Wrong(u64),
    /// The other thread has ended.
    #[error("the host's thread ended early")]
    Ended,
}

/// A way there and back, as the card's thread uses it.
trait CardSide {
    fn send(&mut self, record: &Entry, number: u32);
    fn back(&mut self, number: u32) -> Option<Entry>;
}

/// The same as the host's thread uses it.
trait HostSide {
    fn take(&mut self) -> Option<Entry>;
    fn answer(&mut self, record: &Entry, number: u32);
}

fn index(number: u32, size: usize) -> usize {
    number as usize % size
}

impl CardSide for CardEnd {
    #[inline]
    fn send(&mut self, record: &Entry, number: u32) {
        self.write(index(number.wrapping_sub(1), SIZE), record);
    }

    #[inline]
    fn back(&mut self, number: u32) -> Option<Entry> {
        let at = index(number, SLOTS);
        if self.doorbell(at) != number {
            return None;
        }
        let mut line = [0; ENTRY_BYTES];
        self.slot(at, &mut line);
        Some(line)
    }
}

/// Our reader, and the slots that go back.
#[derive(Debug)]
struct OurHost {
    reader: RingReader,
    slots: HostSlots,
}

impl HostSide for OurHost {
    #[inline]
    fn take(&mut self) -> Option<Entry> {
        self.reader.poll()
    }

    #[inline]
    fn answer(&mut self, record: &Entry, number: u32) {
        self.slots.write(index(number, SLOTS), record);
    }
}

/// One end of two queues.
#[derive(Debug)]
struct Queues {
    to: Producer<Entry>,
    from: Consumer<Entry>,
}

impl Queues {
    fn push(&mut self, record: &Entry) {
        // A block never sends more than a queue holds.
        while self.to.push(*record).is_err() {
            std::hint::spin_loop();
        }
    }
}

impl CardSide for Queues {
    #[inline]
    fn send(&mut self, record: &Entry, _number: u32) {
        self.push(record);
    }

    #[inline]
    fn back(&mut self, _number: u32) -> Option<Entry> {
        self.from.pop().ok()
    }
}

impl HostSide for Queues {
    #[inline]
    fn take(&mut self) -> Option<Entry> {
        self.from.pop().ok()
    }

    #[inline]
    fn answer(&mut self, record: &Entry, _number: u32) {
        self.push(record);
    }
}

/// Polls until there is something, giving the core away now and then: a machine with other work to do would else let
/// both threads wait for each other's time slice.
#[inline]
fn until<T>(mut poll: impl FnMut() -> Option<T>) -> T {
    let mut turns = 0u32;
    loop {
        if let Some(found) = poll() {
            return found;
        }
        turns += 1;
        if turns.is_multiple_of(PATIENCE) {
            std::thread::yield_now();
        } else {
            std::hint::spin_loop();
        }
    }
}

/// A record as the card seals it.
fn record(number: u32) -> Entry {
    let mut entry = [0u8; ENTRY_BYTES];
    entry[..4].copy_from_slice(&number.to_le_bytes());
    entry[8..16].copy_from_slice(
        &u64::from(number)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .to_le_bytes(),
    );
    seal(&mut entry, number);
    entry
}

/// Round trips one at a time. A card seals in gates: that is done before the clock starts, for both ways.
fn trips(way: &mut impl CardSide, clock: Clock, next: &mut u32) -> Result<[f64; 3], PairError> {
    let mut times = [0u64; TRIPS];
    for time in &mut times {
        let (number, sent) = (*next, record(*next));
        let start = clock.ns();
        way.send(&sent, number);
        let came = until(|| way.back(number));
        *time = clock.ns() - start;
        if came != sent {
            return Err(PairError::Wrong(u64::from(number)));
        }
        *next = next.wrapping_add(1);
    }
    times.sort_unstable();
    let at = |thousandths: usize| times[(TRIPS * thousandths).div_ceil(1_000) - 1] as f64;
    Ok([at(500), at(990), at(999)])
}

/// Records in a row, the last one answered.
fn burst(way: &mut impl CardSide, clock: Clock, next: &mut u32) -> Result<f64, PairError> {
    let records: Vec<Entry> = (0..BURST)
        .map(|i| record(next.wrapping_add(u32::try_from(i).unwrap_or(0))))
        .collect();
    let start = clock.ns();
    for record in &records {
        way.send(record, *next);
        *next = next.wrapping_add(1);
    }
    let last = next.wrapping_sub(1);
    let came = until(|| way.back(last));
    let elapsed = clock.ns() - start;
    if records.last() != Some(&came) {
        return Err(PairError::Wrong(u64::from(last)));
    }
    Ok(BURST as f64 * 1e9 / elapsed.max(1) as f64)
}

/// The host's part of one block.
fn serve(way: &mut impl HostSide, next: &mut u32) {
    for _ in 0..TRIPS {
        let record = until(|| way.take());
        way.answer(&record, *next);
        *next = next.wrapping_add(1);
    }
    for left in (0..BURST).rev() {
        let record = until(|| way.take());
        if left == 0 {
            way.answer(&record, *next);
        }
        *next = next.wrapping_add(1);
    }
}

fn pin(core: usize) -> Result<(), PairError> {
    let mut set = CpuSet::new();
    set.set(core);
    sched_setaffinity(None, &set).map_err(PairError::Pin)
}

/// The first two cores this process may use.
fn two_cores() -> Result<[usize; 2], PairError> {
    let set = sched_getaffinity(None).map_err(PairError::Pin)?;
    let mut cores = (0..CpuSet::MAX_CPU).filter(|core| set.is_set(*core));
    match (cores.next(), cores.next()) {
        (Some(a), Some(b)) => Ok([a, b]),
        (one, _) => Err(PairError::Cores(usize::from(one.is_some()))),
    }
}

/// Measures `blocks` blocks of each way, alternating, each on both threads pinned to cores of their own.
pub(super) fn measure(blocks: u32) -> Result<Measured, PairError> {
    let cores = two_cores()?;
    let (host, card) = loopback(SIZE_LOG2)?;
    let (to_host, from_card) = RingBuffer::new(SIZE);
    let (to_card, from_host) = RingBuffer::new(SIZE);
    let card_queues = Queues {
        to: to_host,
        from: from_host,
    };
    let host_queues = Queues {
        to: to_card,
        from: from_card,
    };
    std::thread::scope(|scope| {
        let served = scope.spawn(move || host_thread(blocks, cores[1], host, host_queues));
        // A thread of its own: the caller's affinity stays as it is.
        let measured = scope.spawn(move || card_thread(blocks, cores[0], card, card_queues));
        let measured = measured.join().map_err(|_| PairError::Ended)??;
        let stats = served.join().map_err(|_| PairError::Ended)??;
        let [ours, rtrb] = measured;
        Ok(Measured {
            ours,
            rtrb,
            stats,
            cores,
        })
    })
}

fn host_thread(blocks: u32, core: usize, host: HostEnd, mut queues: Queues) -> Result<RingStats, PairError> {
    pin(core)?;
    let HostEnd { ring, slots } = host;
    let mut ours = OurHost {
        reader: RingReader::new(Box::new(ring), SIZE_LOG2),
        slots,
    };
    let (mut next, mut next_queued) = (1, 1);
    for _ in 0..=blocks {
        serve(&mut ours, &mut next);
        serve(&mut queues, &mut next_queued);
    }
    Ok(ours.reader.stats())
}

fn card_thread(
    blocks: u32,
    core: usize,
    mut card: CardEnd,
    mut queues: Queues,
) -> Result<[Vec<Block>; 2], PairError> {
    pin(core)?;
    let clock = Clock::start();
    let (mut next, mut next_queued) = (1, 1);
    let mut all = [Vec::new(), Vec::new()];
    for _ in 0..=blocks {
        all[0].push(block(&mut card, clock, &mut next)?);
        all[1].push(block(&mut queues, clock, &mut next_queued)?);
    }
    // The first blocks warm caches and page tables.
    for blocks in &mut all {
        blocks.remove(0);
    }
    Ok(all)
}

fn block(way: &mut impl CardSide, clock: Clock, next: &mut u32) -> Result<Block, PairError> {
    Ok(Block {
        trip: trips(way, clock, next)?,
        rate: burst(way, clock, next)?,
    })
}
