//! Golden model of the watchdog: a count of what is owed, and when it may be asked for.

/// Cycles from a refusal to the next request.
const PAUSE: u64 = 16;

/// All inputs of a cycle.
#[derive(Debug, Clone, Copy, Default)]
pub struct Inputs {
    /// Card time, ns.
    pub now: u64,
    /// The host's heartbeat is fresh.
    pub fresh: bool,
    /// The gate is armed.
    pub armed: bool,
    /// `WATCHDOG_CANCEL`.
    pub enabled: bool,
    /// The gate grants something.
    pub granted: bool,
    /// The watchdog's frame was cut off.
    pub cut: bool,
    /// The gate takes a request.
    pub ready: bool,
}

/// The watchdog.
#[derive(Debug, Clone, Copy, Default)]
pub struct Watchdog {
    cycle: u64,
    was_fresh: bool,
    /// Time of the expiry whose message has not left.
    due: Option<u64>,
    /// Of the last expiry: what a cut makes due again.
    last: u64,
    /// Cycle in which the request was taken.
    taken: Option<u64>,
    /// Cycle of the last refusal.
    refused: Option<u64>,
}

impl Watchdog {
    /// A reset; the time of the last expiry outlives it.
    pub fn reset(&mut self) {
        *self = Self {
            last: self.last,
            ..Self::default()
        };
    }

    /// The time its request would bear, if it makes one in this cycle.
    pub fn request(&self) -> Option<u64> {
        let rests = self.refused.is_some_and(|cycle| self.cycle < cycle + PAUSE);
        self.due.filter(|_| self.taken.is_none() && !rests)
    }

    /// A message is to be sent.
    pub fn is_due(&self) -> bool {
        self.due.is_some()
    }

    /// A cycle.
    pub fn tick(&mut self, inputs: &Inputs) {
        let asks = self.request().is_some() && inputs.ready;
        let decides = self.taken.is_some_and(|cycle| cycle + 2 == self.cycle);
        let held = self.due;
        if decides {
            self.taken = None;
            if inputs.granted {
                self.due = None;
            } else {
                self.refused = Some(self.cycle);
            }
        }
        if self.was_fresh && !inputs.fresh && inputs.armed && inputs.enabled {
            // One that has not left yet keeps its time; so does one that leaves in this very cycle.
            if held.is_none() {
                self.last = inputs.now;
            }
            self.due = Some(self.last);
        }
        if inputs.cut {
            self.due = Some(self.last);
        }
        if !inputs.enabled {
            self.due = None;
        }
        if asks {
            self.taken = Some(self.cycle);
        }
        self.was_fresh = inputs.fresh;
        self.cycle += 1;
    }
}
