//! The card of a server, under one lock: bus, lab and clock take turns.

use super::{Frames, LINES, ServeError, ServeOptions, Sink, Source};
use crate::card::{Card, CardError, Options};
use crate::config_space::ConfigSpace;
use crate::lab::{Answer, Request, answer};
use crate::mac::{Line, RxFrame, TxFrame};
use contract::port::vector;
use contract::reg::{self, control};
use contract::ring::Ring;
use contract::slot::{SLOT_BYTES, SLOTS};
use contract::window;
use sharedmem::Window;
use std::fs::File;
use std::io::Write;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tracing::warn;

/// Cycles the clock runs between two looks at who else wants the card.
const CHUNK_CYCLES: u64 = 64;
/// Cycles after the last activity in which what is inside the card comes to rest.
const REST_CYCLES: u64 = 4_096;
/// How often an idle clock looks up without being woken.
const IDLE: Duration = Duration::from_millis(100);
/// The same while a client may store into shared order slots, of which nobody is told.
const IDLE_SHARED: Duration = Duration::from_micros(50);
/// Words of an order slot; the last one is its doorbell.
const SLOT_WORDS: usize = SLOT_BYTES / 8;
/// Slot of the first order of a sequence, which has the number 1.
const FIRST_SLOT: usize = 1;
/// Bytes of the order slots in BAR2, from its first byte on.
pub(super) const SLOTS_BYTES: usize = SLOTS * SLOT_BYTES;
const _: () = assert!(window::offset("order_slots") == 0);
/// Frames a line holds before further ones are lost, as at a port.
const LINE_FRAMES_MAX: usize = 4_096;

/// The card and what belongs to it.
pub(super) struct Engine {
    options: Options,
    pub(super) card: Card,
    pub(super) config: ConfigSpace,
    /// Eventfds of the MSI-X vectors.
    pub(super) vectors: [Option<File>; vector::COUNT as usize],
    sources: [Option<Source>; 2],
    frames: [Option<Frames>; 2],
    transmit: Option<Sink>,
    receiving: bool,
    lab_attached: bool,
    /// As if the card had been pulled out.
    pulled: bool,
    free_run: bool,
    /// Order slots as memory of the client.
    slots: Option<Window>,
    /// Slot that the next order goes into.
    next_slot: usize,
    /// Cycles the clock still runs by itself.
    budget: u64,
    refused: u64,
    lost: u64,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("card", &self.card)
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// The driver has done something: the clock runs for a while.
    pub(super) fn active(&mut self) {
        self.budget = REST_CYCLES;
    }

    /// Follows the registers that concern the surroundings of the card.
    pub(super) fn written(&mut self, offset: u32, value: u32) {
        if offset == reg::global("CONTROL") {
            self.receiving = value & control::RX_ENABLE != 0;
        }
        if offset == reg::global("ORDER_SEQ_RESET") && value & 1 != 0 {
            self.next_slot = FIRST_SLOT;
        }
    }

    /// Whether registers and windows answer.
    pub(super) fn answers(&self) -> bool {
        self.config.memory() && !self.pulled
    }

    /// Pulls the card, or puts it back, as it comes up.
    fn pull(&mut self, pulled: bool) -> Result<(), ServeError> {
        if self.pulled != pulled {
            warn!("the card is {}", if pulled { "pulled" } else { "back" });
            self.pulled = pulled;
            self.reset()?;
        }
        Ok(())
    }

    /// Follows the configuration space.
    pub(super) fn configured(&mut self, reset: bool) -> Result<(), ServeError> {
        if reset {
            self.reset()?;
        }
        if self.pulled {
            return Ok(());
        }
        let on = self.config.bus_master();
        if on != self.card.bus_master() {
            self.card.set_bus_master(on);
        }
        Ok(())
    }

    /// Function-level reset: registers and configuration space; memory stays mapped. Frames of files start over: who
    /// resets the card wants the feed from its first message.
    pub(super) fn reset(&mut self) -> Result<(), ServeError> {
        if !self.lab_attached {
            // Of frames that are on their way nothing is left behind; those of the lab are its own affair.
            self.card.drain_receive();
        }
        self.config = ConfigSpace::new();
        self.card.reset();
        self.receiving = false;
        self.next_slot = FIRST_SLOT;
        self.frames = started(&mut self.sources)?;
        Ok(())
    }

    /// Hands on what the card has done: interrupts, frames, refusals.
    pub(super) fn deliver(&mut self) {
        let pending = self.card.pending();
        // An interrupt is a write to memory: without Bus Master it waits.
        if self.config.bus_master() && !self.pulled {
            for (count, event) in pending.iter().zip(&self.vectors) {
                let Some(mut event) = event.as_ref() else {
                    continue;
                };
                let raised = count.swap(0, Ordering::Relaxed);
                if raised > 0 && event.write_all(&raised.to_ne_bytes()).is_err() {
                    warn!("an interrupt could not be signalled");
                }
            }
        }
        let (_, refused) = self.card.dma_counts();
        // Each power of two: a card whose memory has gone may write on for long.
        if refused > self.refused {
            warn!("{refused} writes to host memory refused so far");
            self.refused = refused * 2 - 1;
        }
        if !self.lab_attached {
            while let Some(frame) = self.card.transmitted() {
                self.transmitted(&frame);
            }
        }
    }

    fn transmitted(&mut self, frame: &TxFrame) {
        if let Some(sink) = &mut self.transmit
            && let Err(error) = sink(frame)
        {
            warn!("a transmitted frame could not be written: {error}");
        }
    }

    /// Puts the next frames of the sources on lines that are free, when driver and ring are ready for them.
    fn feed(&mut self) -> Result<(), CardError> {
        if !self.receiving || self.card.receive_pending() > 0 || self.frames.iter().all(Option::is_none) {
            return Ok(());
        }
        if !self.ring_has_room()? {
            return Ok(());
        }
        for (line, frames) in LINES.into_iter().zip(&mut self.frames) {
            match frames.as_mut().and_then(Iterator::next) {
                Some(bytes) => self.card.receive(line, RxFrame::new(bytes)),
                None => *frames = None,
            }
        }
        Ok(())
    }

    /// Whether the host has read enough of the records ring.
    fn ring_has_room(&mut self) -> Result<bool, CardError> {
        let mut read = |name| self.card.read32(reg::ring(Ring::Records, name));
        if read("RING_CTRL")? & 1 == 0 {
            return Ok(true);
        }
        let half = 1u32.checked_shl(read("SIZE_LOG2")?).unwrap_or(0) / 2;
        Ok(read("HEAD")?.wrapping_sub(read("TAIL")?) < half)
    }

    /// Hands orders that the client has stored into shared slots to the card, in the order of slots. A doorbell that is
    /// not zero is new (no order has the number 0); taken, it is zeroed, so that the same one can come again.
    fn take_slots(&mut self) {
        let Some(slots) = self.slots.take() else {
            return;
        };
        for _ in 0..SLOTS {
            // What was stored before the order that was found is seen by the second look, and comes first.
            let found = stored(&slots, self.next_slot).and_then(|_| stored(&slots, self.next_slot));
            let Some((slot, doorbell)) = found else {
                break;
            };
            let first = slot * SLOT_WORDS;
            let mut words: [u64; SLOT_WORDS] = std::array::from_fn(|i| slots.load(first + i));
            words[SLOT_WORDS - 1] = doorbell;
            slots.store(first + SLOT_WORDS - 1, 0);
            self.next_slot = (slot + 1) % SLOTS;
            if !self.answers() {
                continue;
            }
            let offset = u32::try_from(first * 8).unwrap_or(u32::MAX);
            if let Err(error) = self.card.write_words(offset, &words) {
                warn!("{error}");
            }
            self.active();
        }
        self.slots = Some(slots);
    }

    /// How long an idle clock may sleep.
    fn idle(&self) -> Duration {
        if self.slots.is_some() && self.config.memory() && !self.lab_attached {
            IDLE_SHARED
        } else {
            IDLE
        }
    }

    /// One chunk of free running; false when there is nothing to do.
    fn run_by_itself(&mut self) -> bool {
        if self.lab_attached || self.pulled {
            return false;
        }
        self.take_slots();
        if let Err(error) = self.feed() {
            warn!("{error}");
            self.frames = [None, None];
        }
        if self.free_run || self.card.receive_pending() > 0 {
            self.active();
        }
        if self.budget == 0 {
            return false;
        }
        self.card.run(CHUNK_CYCLES);
        self.budget = self.budget.saturating_sub(CHUNK_CYCLES);
        self.deliver();
        true
    }
}

/// The engine and who waits for it.
#[derive(Debug)]
pub(super) struct Shared {
    engine: Mutex<Engine>,
    wake: Condvar,
    /// Threads other than the clock that want the card.
    waiting: AtomicUsize,
}

impl Shared {
    pub(super) fn new(options: ServeOptions, card: Card) -> Result<Self, ServeError> {
        let mut engine = Engine {
            options: options.card,
            card,
            config: ConfigSpace::new(),
            vectors: Default::default(),
            sources: options.sources,
            frames: [None, None],
            transmit: options.transmit,
            receiving: false,
            lab_attached: false,
            pulled: false,
            free_run: options.free_run,
            slots: options
                .shared_slots
                .then(|| Window::new(SLOTS_BYTES))
                .transpose()?,
            next_slot: FIRST_SLOT,
            budget: 0,
            refused: 0,
            lost: 0,
        };
        engine.frames = started(&mut engine.sources)?;
        Ok(Self {
            engine: Mutex::new(engine),
            wake: Condvar::new(),
            waiting: AtomicUsize::new(0),
        })
    }

    /// The file behind shared order slots.
    pub(super) fn slots_file(&self) -> Option<RawFd> {
        self.lock().slots.as_ref().map(|slots| slots.file().as_raw_fd())
    }

    /// Does something to the card, ahead of the clock; wakes the clock.
    pub(super) fn enter<R>(&self, act: impl FnOnce(&mut Engine) -> R) -> R {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let mut engine = self.lock();
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        // What was stored before a message is seen before it.
        engine.take_slots();
        let result = act(&mut engine);
        if engine.budget > 0 {
            self.wake.notify_one();
        }
        result
    }

    fn lock(&self) -> MutexGuard<'_, Engine> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The lab takes the clock, or gives it back.
    pub(super) fn hold_clock(&self, held: bool) {
        self.enter(|engine| engine.lab_attached = held);
    }

    /// A request of the lab.
    pub(super) fn ask(&self, request: Request) -> Answer {
        self.enter(|engine| {
            if let Request::Pull(pulled) = request {
                return match engine.pull(pulled) {
                    Ok(()) => Answer::Done,
                    Err(error) => Answer::Failed(error.to_string()),
                };
            }
            let answer = answer(&mut engine.card, request);
            engine.deliver();
            if let Answer::Frame(Some(frame)) = &answer {
                engine.transmitted(frame);
            }
            answer
        })
    }

    /// A card as it comes up: nothing of the last client is left.
    pub(super) fn power_cycle(&self) -> Result<(), ServeError> {
        self.enter(|engine| {
            engine.deliver();
            // A trace is of one card: it ends with the first one.
            engine.options.trace = None;
            engine.card = Card::new(&engine.options)?;
            engine.config = ConfigSpace::new();
            engine.vectors = Default::default();
            engine.frames = started(&mut engine.sources)?;
            engine.next_slot = FIRST_SLOT;
            if let Some(slots) = &engine.slots {
                slots.clear();
            }
            engine.receiving = false;
            engine.pulled = false;
            engine.budget = 0;
            engine.refused = 0;
            Ok(())
        })
    }

    /// Runs the card while there is something to do, for ever.
    pub(super) fn keep_time(&self) {
        let mut engine = self.lock();
        loop {
            if !engine.run_by_itself() {
                // Either way the next turn looks for itself.
                let idle = engine.idle();
                engine = match self.wake.wait_timeout(engine, idle) {
                    Ok((engine, _)) => engine,
                    Err(poisoned) => poisoned.into_inner().0,
                };
                continue;
            }
            drop(engine);
            while self.waiting.load(Ordering::Relaxed) > 0 {
                std::thread::yield_now();
            }
            engine = self.lock();
        }
    }
}

/// The first slot from `from` on whose doorbell was stored, and the doorbell.
fn stored(slots: &Window, from: usize) -> Option<(usize, u64)> {
    (from..from + SLOTS)
        .map(|slot| {
            (
                slot % SLOTS,
                slots.load(slot % SLOTS * SLOT_WORDS + SLOT_WORDS - 1),
            )
        })
        .find(|(_, doorbell)| *doorbell != 0)
}

fn started(sources: &mut [Option<Source>; 2]) -> Result<[Option<Frames>; 2], ServeError> {
    let mut frames = [None, None];
    for (started, source) in frames.iter_mut().zip(sources) {
        *started = source.as_mut().map(|start| start()).transpose()?;
    }
    Ok(frames)
}

/// Puts frames on the lines of a served card as they come.
#[derive(Debug, Clone)]
pub struct Feeder {
    shared: Arc<Shared>,
}

impl Feeder {
    pub(super) const fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Puts a frame on a line; it is lost when nobody receives or the line is full.
    pub fn receive(&self, line: Line, bytes: Vec<u8>) {
        self.shared.enter(|engine| {
            if !engine.receiving || engine.card.receive_pending() >= LINE_FRAMES_MAX {
                engine.lost += 1;
                if engine.lost.is_power_of_two() {
                    warn!(
                        "{} frames lost so far: reception is off or the line is full",
                        engine.lost
                    );
                }
                return;
            }
            engine.card.receive(line, RxFrame::new(bytes));
            engine.active();
        });
    }
}
