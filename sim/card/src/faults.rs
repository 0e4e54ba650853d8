//! Faults of a bus, injected into the simulated card: what a driver has to survive, or to notice.

use crate::dma::Memory;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Words of a ring entry.
const WORDS: usize = contract::ring::ENTRY_BYTES / 8;
/// Bit that a broken entry has wrong: one of its payload.
const BROKEN_BIT: u64 = 1 << 17;

/// A fault; each happens once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fault {
    /// The next entry written at these bus addresses shows its sequence number first; the rest follows so many cycles
    /// later.
    Torn {
        /// Bus addresses of a ring.
        ring: Range<u64>,
        /// Cycles between the two parts.
        cycles: u64,
    },
    /// The next entry written at these bus addresses has a wrong bit.
    Broken {
        /// Bus addresses of a ring.
        ring: Range<u64>,
    },
    /// The next line written into BAR2 arrives twice.
    Doorbell,
    /// Interrupts that nothing has caused.
    Interrupts {
        /// MSI-X vector.
        vector: u16,
        /// How many.
        count: u64,
    },
}

/// Faults of writes to host memory that are still to come.
#[derive(Debug, Default)]
pub(crate) struct WriteFaults {
    next: Vec<Fault>,
    /// Words that have not arrived yet: cycle, address, words.
    late: Vec<(u64, u64, Vec<u64>)>,
}

impl WriteFaults {
    pub(crate) fn push(&mut self, fault: Fault) {
        self.next.push(fault);
    }

    /// Whether there is nothing to do.
    pub(crate) const fn is_empty(&self) -> bool {
        self.next.is_empty() && self.late.is_empty()
    }

    /// A write, with what is wrong with it.
    pub(crate) fn write(&mut self, cycle: u64, memory: &mut Memory, address: u64, words: &[u64]) -> bool {
        let hit = self.next.iter().position(|fault| match fault {
            Fault::Torn { ring, .. } | Fault::Broken { ring } => {
                ring.contains(&address) && words.len() == WORDS
            }
            Fault::Doorbell | Fault::Interrupts { .. } => false,
        });
        match hit.map(|at| self.next.remove(at)) {
            Some(Fault::Torn { cycles, .. }) => {
                let (first, last) = words.split_at(WORDS - 1);
                self.late.push((cycle + cycles, address, first.to_vec()));
                memory.write(address + 8 * first.len() as u64, last)
            }
            Some(Fault::Broken { .. }) => {
                let mut words = words.to_vec();
                words[1] ^= BROKEN_BIT;
                memory.write(address, &words)
            }
            _ => memory.write(address, words),
        }
    }

    /// What is late and due arrives.
    pub(crate) fn arrive(&mut self, cycle: u64, memory: &mut Memory) {
        self.late.retain(|(due, address, words)| {
            let waits = cycle < *due;
            if !waits {
                memory.write(*address, words);
            }
            waits
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::port::DmaRegion;

    #[test]
    fn an_entry_is_torn_or_broken_once_and_where_it_is_to_be() {
        let mut memory = Memory::default();
        let region = memory.alloc(256);
        let base = region.bus_address();
        let ring = base + 64..base + 256;
        let mut faults = WriteFaults::default();
        faults.push(Fault::Torn {
            ring: ring.clone(),
            cycles: 5,
        });
        faults.push(Fault::Broken { ring });
        let words = [1, 2, 3, 4, 5, 6, 7, 8];
        let seen = |at| {
            let mut out = [0; 64];
            region.copy_out(at, &mut out);
            let (words, _) = out.as_chunks::<8>();
            <[u64; 8]>::try_from(words.iter().map(|w| u64::from_le_bytes(*w)).collect::<Vec<_>>()).unwrap()
        };
        assert!(
            faults.write(10, &mut memory, base, &words) && seen(0) == words,
            "elsewhere"
        );
        assert!(faults.write(10, &mut memory, base + 64, &words));
        assert_eq!(seen(64), [0, 0, 0, 0, 0, 0, 0, 8]);
        assert!(faults.write(11, &mut memory, base + 128, &words));
        assert_eq!(seen(128), [1, 2 ^ BROKEN_BIT, 3, 4, 5, 6, 7, 8]);
        faults.arrive(14, &mut memory);
        assert_eq!(seen(64)[0], 0);
        faults.arrive(15, &mut memory);
        assert!(seen(64) == words && faults.is_empty());
        assert!(faults.write(16, &mut memory, base + 192, &words) && seen(192) == words);
    }
}
