//! Card and twin side by side: every record of the one against the one of the other.

use std::collections::VecDeque;

use contract::record::{Core, flag};
use device::records::Record;
use twin::records::{RecordTwin, TwinRecord};

/// How many differences are described; the rest are only counted.
const DESCRIBED_MAX: usize = 10;

/// The comparison so far.
#[derive(Debug)]
pub(crate) struct Lockstep {
    twin: RecordTwin,
    expected: VecDeque<TwinRecord>,
    /// Records compared and equal.
    pub(crate) equal: u64,
    /// Records of the twin alone, compared with nothing.
    pub(crate) alone: u64,
    /// Records that said of themselves that they are inexact.
    pub(crate) degraded: u64,
    /// Records of the twin that the card skipped and said so.
    pub(crate) skipped: u64,
    /// Records that differ, or that one side has and the other has not.
    pub(crate) differing: u64,
    /// The first differences, in words.
    pub(crate) described: Vec<String>,
}

impl Lockstep {
    pub(crate) fn new(twin: RecordTwin) -> Self {
        Self {
            twin,
            expected: VecDeque::new(),
            equal: 0,
            alone: 0,
            degraded: 0,
            skipped: 0,
            differing: 0,
            described: Vec::new(),
        }
    }

    /// The twin takes a message with its sequence number; whether a record is due for it.
    pub(crate) fn expect(&mut self, message: &[u8], msg_seq: u64) -> bool {
        let record = self.twin.apply(message, msg_seq);
        let due = record.is_some();
        self.expected.extend(record);
        due
    }

    /// The twin takes a message and is the card itself.
    pub(crate) fn alone(&mut self, message: &[u8], msg_seq: u64) -> Option<Core> {
        let record = self.twin.apply(message, msg_seq)?;
        self.alone += 1;
        Some(record.core)
    }

    /// A record of the card has arrived.
    pub(crate) fn compare(&mut self, record: &Record) {
        let Some(levels) = record.levels else {
            self.differs(format!("ring entry {}: a record without levels", record.seq));
            return;
        };
        while let Some(front) = self.expected.front()
            && front.msg_seq < levels.msg_seq
        {
            let (seq, slot) = (front.msg_seq, front.core.slot);
            self.expected.pop_front();
            if levels.skipped > 0 || record.core.flags & flag::SKIPPED != 0 {
                self.skipped += 1;
            } else {
                self.differs(format!(
                    "message {seq}, slot {slot}: the twin has a record, the card none"
                ));
            }
        }
        match self.expected.front() {
            Some(front) if front.msg_seq == levels.msg_seq => {
                let twin = *front;
                self.expected.pop_front();
                if record.core.flags & flag::DEGRADED != 0 {
                    self.degraded += 1;
                } else if twin.shows(&record.core, record.levels.as_ref()) {
                    self.equal += 1;
                } else {
                    self.differs(describe(&twin, record));
                }
            }
            _ => self.differs(format!(
                "message {}: the card has a record, the twin none",
                levels.msg_seq
            )),
        }
    }

    /// Whether every record that is due has come.
    pub(crate) fn complete(&self) -> bool {
        self.expected.is_empty()
    }

    /// No record will come any more.
    pub(crate) fn finish(&mut self) {
        while let Some(left) = self.expected.pop_front() {
            self.differs(format!(
                "message {}: the twin has a record, the card none",
                left.msg_seq
            ));
        }
    }

    /// Book and trade messages of subscribed slots.
    pub(crate) fn book_events(&self) -> u64 {
        self.twin.feed().counters().book_events
    }

    fn differs(&mut self, what: String) {
        self.differing += 1;
        if self.described.len() < DESCRIBED_MAX {
            self.described.push(what);
        }
    }
}

fn describe(twin: &TwinRecord, record: &Record) -> String {
    let (t, c) = (&twin.core, &record.core);
    let mut parts = Vec::new();
    let mut differ = |name: &str, twin: String, card: String| {
        if twin != card {
            parts.push(format!("{name} twin {twin} card {card}"));
        }
    };
    differ("ts", t.ts_ns.to_string(), c.ts_ns.to_string());
    differ("event", format!("{:?}", t.event), format!("{:?}", c.event));
    differ("flags", format!("{:02x}", t.flags), format!("{:02x}", c.flags));
    differ("bid", format!("{:?}", t.bid), format!("{:?}", c.bid));
    differ("ask", format!("{:?}", t.ask), format!("{:?}", c.ask));
    for (i, feature) in contract::feature::CORE_FEATURES.iter().enumerate() {
        differ(feature.name, t.features[i].to_string(), c.features[i].to_string());
    }
    if parts.is_empty() {
        parts.push("levels 2 to 10".into());
    }
    format!("message {}, slot {}: {}", twin.msg_seq, t.slot, parts.join("; "))
}
