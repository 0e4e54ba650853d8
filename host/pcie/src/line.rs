//! One 64-byte line into a BAR, the last word last.

use crate::volatile::Mapping;

/// Bytes of a line.
const LINE: usize = 64;

/// How a line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineStore {
    /// One `MOVDIR64B`: all 64 bytes in one write on the bus.
    Movdir64b,
    /// Seven 8-byte stores in ascending order, a store fence, the doorbell word, a store fence: in order on uncached
    /// and on write-combining mappings.
    Ordered,
}

impl LineStore {
    /// The best way this CPU has.
    pub fn best() -> Self {
        if has_movdir64b() {
            Self::Movdir64b
        } else {
            Self::Ordered
        }
    }

    /// In words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Movdir64b => "one MOVDIR64B",
            Self::Ordered => "ordered 8-byte stores (CPUID reports no MOVDIR64B)",
        }
    }

    /// Writes `line` at `offset`.
    ///
    /// # Panics
    /// When it does not lie inside or is misaligned.
    pub(crate) fn store(self, into: &Mapping, offset: usize, line: &[u8; LINE]) {
        let to = into.at(offset, LINE, LINE);
        match self {
            Self::Movdir64b => movdir64b(to, line),
            Self::Ordered => {
                let words = line.chunks_exact(8).enumerate();
                for (i, word) in words {
                    if i == 7 {
                        store_fence();
                    }
                    let mut bytes = [0; 8];
                    bytes.copy_from_slice(word);
                    into.store_u64(offset + 8 * i, u64::from_le_bytes(bytes));
                }
                store_fence();
            }
        }
    }
}

/// Leaf 7, ECX bit 28 (Intel SDM, CPUID).
#[cfg(target_arch = "x86_64")]
fn has_movdir64b() -> bool {
    use std::arch::x86_64::{__cpuid, __cpuid_count};
    __cpuid(0).eax >= 7 && __cpuid_count(7, 0).ecx & 1 << 28 != 0
}

#[cfg(not(target_arch = "x86_64"))]
fn has_movdir64b() -> bool {
    false
}

#[cfg(target_arch = "x86_64")]
fn movdir64b(to: *mut u8, line: &[u8; LINE]) {
    assert!(has_movdir64b(), "this CPU has no MOVDIR64B");
    // SAFETY: the CPU has the instruction; the caller has checked `to`.
    unsafe { direct_store(to, line) };
}

/// The instruction itself.
///
/// # Safety
/// `to` is 64 writable, 64-byte aligned bytes. The CPU has the instruction, or somebody emulates it.
#[cfg(target_arch = "x86_64")]
unsafe fn direct_store(to: *mut u8, line: &[u8; LINE]) {
    // SAFETY: as the caller promises; `line` is 64 readable bytes. It writes nothing else, changes no flags and uses no stack.
    unsafe {
        std::arch::asm!(
            "movdir64b {to}, [{from}]",
            to = in(reg) to,
            from = in(reg) line.as_ptr(),
            options(nostack, preserves_flags)
        );
    }
    // A direct store is ordered after earlier stores, but not before later ones.
    store_fence();
}

#[cfg(not(target_arch = "x86_64"))]
fn movdir64b(_to: *mut u8, _line: &[u8; LINE]) {
    unreachable!("only x86-64 has MOVDIR64B");
}

/// What was stored before leaves the write buffers before what is stored after. Miri does not know the instruction.
#[cfg(all(target_arch = "x86_64", not(miri)))]
fn store_fence() {
    // SAFETY: SFENCE belongs to SSE, which every x86-64 CPU has.
    unsafe { std::arch::x86_64::_mm_sfence() };
}

#[cfg(any(not(target_arch = "x86_64"), miri))]
fn store_fence() {
    std::sync::atomic::fence(std::sync::atomic::Ordering::SeqCst);
}

#[cfg(all(test, target_arch = "x86_64"))]
mod emulator;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::volatile::scratch;

    fn line(seed: u8) -> [u8; LINE] {
        std::array::from_fn(|i| u8::try_from(i).expect("small").wrapping_mul(7).wrapping_add(seed))
    }

    fn writes_exactly_its_line(how: LineStore) {
        let m = scratch(4096);
        let mut seen = [0u8; 4096];
        for at in [0, 64, 4096 - 64] {
            how.store(&m, at, &line(3));
            m.copy_out(0, &mut seen);
            assert_eq!(seen[at..at + LINE], line(3));
            m.store_u64(at, 0);
            how.store(&m, at, &[0; LINE]);
            m.copy_out(0, &mut seen);
            assert_eq!(seen, [0; 4096], "nothing beside it");
        }
        for at in [8, 4096, 4096 - 32] {
            let tried =
                std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| how.store(&m, at, &line(0))));
            assert!(tried.is_err(), "{at}");
        }
    }

    #[test]
    fn ordered_stores_write_exactly_their_line() {
        writes_exactly_its_line(LineStore::Ordered);
    }

    #[cfg_attr(miri, ignore = "CPUID and the instruction are inline assembly")]
    #[test]
    fn one_direct_store_writes_exactly_its_line() {
        if LineStore::best() == LineStore::Movdir64b {
            writes_exactly_its_line(LineStore::Movdir64b);
        } else {
            println!("CPUID reports no MOVDIR64B: lines are written by ordered stores");
        }
    }

    /// The instruction as it stands in the program, on any x86-64 CPU: where there is none, the trap it raises is taken and the
    /// 64 bytes are stored in its place. What only a bus can show is that they are one write on the bus.
    #[cfg(target_arch = "x86_64")]
    #[cfg_attr(miri, ignore = "inline assembly")]
    #[test]
    fn the_direct_store_is_the_instruction_it_should_be() {
        let m = scratch(4096);
        let emulated = (!has_movdir64b()).then(emulator::Emulator::install);
        let traps = emulated.as_ref().is_some_and(emulator::Emulator::is_needed);
        let mut seen = [0u8; 4096];
        for (round, at) in [0, 64, 2048, 4096 - 64].into_iter().enumerate() {
            let written = line(u8::try_from(round).expect("small"));
            // SAFETY: 64 bytes of the mapping, aligned; the CPU has the instruction or the emulator takes its trap.
            unsafe { direct_store(m.at(at, LINE, LINE), &written) };
            m.copy_out(0, &mut seen);
            assert_eq!(seen[at..at + LINE], written, "at {at}");
            // SAFETY: as above.
            unsafe { direct_store(m.at(at, LINE, LINE), &[0; LINE]) };
            m.copy_out(0, &mut seen);
            assert_eq!(seen, [0; 4096], "nothing beside it, at {at}");
        }
        // Where silicon has it nothing traps, and it is not known that it was this instruction; else the one tried first and these.
        if let Some(emulated) = emulated {
            let taken = if traps { 1 + 8 } else { 0 };
            assert_eq!(emulated.taken(), taken, "each by the one instruction");
        }
    }

    /// A reader on another core that sees the doorbell sees the words before it.
    #[cfg_attr(
        miri,
        ignore = "two threads over volatile memory, as two processes use it: Miri calls that a race"
    )]
    #[test]
    fn the_doorbell_is_seen_last() {
        let m = scratch(4096);
        let rounds = 20_000u64;
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for round in 1..=rounds {
                    let mut line = [0; LINE];
                    line.chunks_exact_mut(8)
                        .for_each(|w| w.copy_from_slice(&round.to_le_bytes()));
                    LineStore::best().store(&m, 64, &line);
                }
            });
            let mut last = 0;
            while last < rounds {
                let doorbell = u64::from(m.load_u32(64 + 56));
                assert!(doorbell >= last, "{doorbell} after {last}");
                for word in 0..7 {
                    assert!(
                        u64::from(m.load_u32(64 + 8 * word)) >= doorbell,
                        "word {word} of {doorbell}"
                    );
                }
                last = doorbell;
            }
        });
    }
}
