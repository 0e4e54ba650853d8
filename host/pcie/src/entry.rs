//! A look at one ring entry: the hot path of every reader.
//!
//! The last word of an entry holds CRC and sequence number, and is read in one access: whoever sees the number sees the
//! CRC that belongs to it. CRC-32C is the CPU's own instruction where it has one (SSE 4.2), else the contract's table.

use contract::port::Look;
use contract::ring::{self, ENTRY_BYTES};
use std::sync::atomic::{Ordering, fence};

/// Words of an entry.
const WORDS: usize = ENTRY_BYTES / 8;
/// The last word: CRC below, sequence number above.
const LAST: usize = WORDS - 1;

/// The entry at `from`, copied when its sequence number is `expected`.
///
/// # Safety
/// `from` points to a whole entry, 8-byte aligned, readable as long as the call lasts. Others may write it.
#[inline]
pub(crate) unsafe fn look(from: *const u64, expected: u32, entry: &mut [u8; ENTRY_BYTES]) -> Look {
    // SAFETY: the caller's promise: the last word lies inside.
    let last = u64::from_le(unsafe { from.add(LAST).read_volatile() });
    let seq = high(last);
    if seq != expected {
        return Look::Other(seq);
    }
    // The words are read after the number that says they are there.
    fence(Ordering::Acquire);
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("sse4.2") {
        // SAFETY: the caller's promise, and the CPU has SSE 4.2.
        return unsafe { x86::copy(from, last, entry) };
    }
    // SAFETY: the caller's promise.
    unsafe { copy(from, last, entry, |_, entry| ring::check(entry).is_ok()) }
}

/// Copies the words before `last`, reads the last one again, and lets `check` judge what was copied.
///
/// # Safety
/// As [`look`].
#[inline(always)]
unsafe fn copy(
    from: *const u64,
    last: u64,
    entry: &mut [u8; ENTRY_BYTES],
    check: impl FnOnce(&[u64; WORDS], &[u8; ENTRY_BYTES]) -> bool,
) -> Look {
    let mut words = [0; WORDS];
    for (i, word) in words[..LAST].iter_mut().enumerate() {
        // SAFETY: word `i` lies inside the entry.
        *word = u64::from_le(unsafe { from.add(i).read_volatile() });
    }
    // The words are read before the number that says whether they were overwritten.
    fence(Ordering::Acquire);
    // SAFETY: as in `look`.
    let after = u64::from_le(unsafe { from.add(LAST).read_volatile() });
    words[LAST] = last;
    let (bytes, _) = entry.as_chunks_mut::<8>();
    for (to, word) in bytes.iter_mut().zip(words) {
        *to = word.to_le_bytes();
    }
    Look::Copied {
        after: high(after),
        intact: check(&words, entry),
    }
}

/// The sequence number in the last word.
fn high(last: u64) -> u32 {
    u32::try_from(last >> 32).unwrap_or(u32::MAX)
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{ENTRY_BYTES, LAST, Look, WORDS, high};
    use std::arch::x86_64::{_mm_crc32_u32, _mm_crc32_u64};

    /// # Safety
    /// As `super::look`, on a CPU with SSE 4.2.
    #[target_feature(enable = "sse4.2")]
    pub(super) unsafe fn copy(from: *const u64, last: u64, entry: &mut [u8; ENTRY_BYTES]) -> Look {
        // SAFETY: the caller's promise.
        unsafe { super::copy(from, last, entry, |words, _| intact(words)) }
    }

    /// Whether the CRC in the last word is that of all the others and the sequence number.
    #[target_feature(enable = "sse4.2")]
    pub(super) fn intact(words: &[u64; WORDS]) -> bool {
        let payload = words[..LAST].iter();
        // The instruction leaves the upper half 0.
        let crc = payload.fold(u64::from(u32::MAX), |crc, word| _mm_crc32_u64(crc, *word));
        let crc = _mm_crc32_u32(u32::try_from(crc).unwrap_or(0), high(words[LAST]));
        u64::from(!crc) == words[LAST] & u64::from(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(seed: u64, seq: u32) -> [u8; ENTRY_BYTES] {
        let mut entry = [0u8; ENTRY_BYTES];
        let mut state = seed;
        for byte in &mut entry {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            *byte = state.to_be_bytes()[0];
        }
        ring::seal(&mut entry, seq);
        entry
    }

    fn words(entry: &[u8; ENTRY_BYTES]) -> [u64; WORDS] {
        let (chunks, _) = entry.as_chunks::<8>();
        std::array::from_fn(|i| u64::from_le_bytes(chunks[i]))
    }

    fn seen(entry: &[u8; ENTRY_BYTES], expected: u32) -> (Look, [u8; ENTRY_BYTES]) {
        let (memory, mut out) = (words(entry).map(u64::to_le), [0; ENTRY_BYTES]);
        // SAFETY: the words are a whole, aligned entry.
        let look = unsafe { look(memory.as_ptr(), expected, &mut out) };
        (look, out)
    }

    #[test]
    fn the_instruction_and_the_table_agree_on_every_flipped_bit() {
        // Miri takes a thousand times as long.
        let (seeds, step) = if cfg!(miri) { (1, 59) } else { (50, 1) };
        for seed in 0..seeds {
            let seq = u32::try_from(seed).expect("small").wrapping_mul(0x0765_4321);
            let good = sealed(seed, seq);
            let copied = |intact| Look::Copied { after: seq, intact };
            assert_eq!(seen(&good, seq), (copied(true), good));
            assert_eq!(seen(&good, seq + 1).0, Look::Other(seq));
            for bit in (0..60 * 8).step_by(step) {
                let mut bad = good;
                bad[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(seen(&bad, seq), (copied(false), bad), "bit {bit}");
                assert!(ring::check(&bad).is_err());
            }
        }
    }

    #[test]
    fn the_table_is_used_where_there_is_no_instruction() {
        for flip in [0, 1] {
            let mut entry = sealed(3, 9);
            entry[5] ^= flip;
            let (memory, mut out) = (words(&entry).map(u64::to_le), [0; ENTRY_BYTES]);
            let last = words(&entry)[LAST];
            // SAFETY: the words are a whole, aligned entry.
            let look = unsafe {
                copy(memory.as_ptr(), last, &mut out, |_, entry| {
                    ring::check(entry).is_ok()
                })
            };
            let intact = flip == 0;
            assert_eq!((look, out), (Look::Copied { after: 9, intact }, entry));
        }
    }
}
