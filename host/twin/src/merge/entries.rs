//! What the merge tells the events ring.

use contract::event::{Code, HEAD, RANGE_BODY, SESSION_BODY};
use contract::layout::lsb;
use contract::ring::PAYLOAD_BYTES;

/// An entry to be: code, line, words of the body.
type Next = (Code, u64, [u64; 3]);

/// What is still to be told, and the entry that waits for the ring.
#[derive(Debug, Clone, Default)]
pub(super) struct Told {
    pub(super) gap: Option<(u64, u64)>,
    pub(super) bad: [Option<(u64, u64)>; 2],
    pub(super) found: Option<(u8, [u8; 10], u64)>,
    pub(super) end: [bool; 2],
    pub(super) ended: [u8; 10],
    pub(super) entry: Option<[u8; PAYLOAD_BYTES]>,
}

/// The payload of an entry.
pub(super) fn entry(now: u64, (code, line, words): Next) -> [u8; PAYLOAD_BYTES] {
    let head = |name: &str, value: u64| value << lsb(HEAD, name);
    let time = now & ((1 << 48) - 1);
    let head = head("time", time) | head("line", line) | head("code", code as u64);
    let mut payload = [0; PAYLOAD_BYTES];
    let all = [head].into_iter().chain(words);
    for (bytes, word) in payload.chunks_exact_mut(8).zip(all) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    payload
}

impl Told {
    /// What is told next: code, line, words of the body. `lines`: the sequences that the lines told last.
    pub(super) fn next(&mut self, lines: [u64; 2]) -> Option<Next> {
        let range = |(first, next): (u64, u64)| {
            let mut words = [0; 3];
            words[lsb(RANGE_BODY, "first") as usize / 64] = first;
            words[lsb(RANGE_BODY, "next") as usize / 64] = next;
            words
        };
        let session = |session: [u8; 10], seq: u64| {
            let mut words = [0; 3];
            let at = lsb(SESSION_BODY, "session") as usize / 64;
            words[at] = u64::from_le_bytes(session[..8].try_into().expect("8 bytes"));
            words[at + 1] = u64::from(session[8]) | u64::from(session[9]) << 8;
            words[lsb(SESSION_BODY, "seq") as usize / 64] = seq;
            words
        };
        if let Some(gap) = self.gap.take() {
            return Some((Code::Gap, 0, range(gap)));
        }
        for (line, bad) in self.bad.iter_mut().enumerate() {
            if let Some(bad) = bad.take() {
                return Some((Code::BadFrame, line as u64, range(bad)));
            }
        }
        if let Some((line, other, seq)) = self.found.take() {
            return Some((Code::SessionChange, line.into(), session(other, seq)));
        }
        let line = self.end.iter().position(|end| *end)?;
        self.end[line] = false;
        Some((Code::EndOfSession, line as u64, session(self.ended, lines[line])))
    }
}
