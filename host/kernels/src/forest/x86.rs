//! Chunks of 64 trees in vectors of bytes.

use super::{LINE, NODE};
use std::arch::x86_64::*;

/// The leaf of each lane.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
pub(super) fn avx512<const D: usize>(nodes: &[u8], ranks: &[u8], index: &mut [u8]) {
    match ranks.len().div_ceil(LINE) {
        0 | 1 => chunks512::<D, 1>(nodes, ranks, index),
        2 => chunks512::<D, 2>(nodes, ranks, index),
        _ => chunks512::<D, 4>(nodes, ranks, index),
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn chunks512<const D: usize, const R: usize>(nodes: &[u8], ranks: &[u8], index: &mut [u8]) {
    let table: [__m512i; R] = std::array::from_fn(|r| {
        let rest = ranks.get(r * LINE..).unwrap_or(&[]);
        let all = u64::MAX.checked_shr(u32::try_from(LINE.saturating_sub(rest.len())).unwrap_or(0));
        // SAFETY: as many bytes as are left, at most a line.
        unsafe { _mm512_maskz_loadu_epi8(all.unwrap_or(0), rest.as_ptr().cast()) }
    });
    let splits = (1usize << D) - 1;
    for (nodes, index) in nodes
        .chunks_exact(splits * NODE)
        .zip(index.chunks_exact_mut(LINE))
    {
        // How far a rank is above a node's; above 0 it goes right.
        let above = |node: usize| {
            let at = nodes[node * NODE..][..NODE].as_ptr();
            // SAFETY: a node has two lines.
            let (column, rank) = unsafe {
                (
                    _mm512_loadu_si512(at.cast()),
                    _mm512_loadu_si512(at.add(LINE).cast()),
                )
            };
            _mm512_subs_epu8(look_up::<R>(&table, column), rank)
        };
        let path = path::<_, _, D>(
            above,
            |x| _mm512_test_epi8_mask(x, x),
            |no, yes, by| _mm512_mask_blend_epi8(by, no, yes),
        );
        let mut leaf = _mm512_setzero_si512();
        for (level, right) in path.into_iter().enumerate() {
            let weight = _mm512_set1_epi8(1 << (D - 1 - level));
            leaf = _mm512_mask_add_epi8(leaf, right, leaf, weight);
        }
        // SAFETY: `index` is one line.
        unsafe { _mm512_storeu_si512(index.as_mut_ptr().cast(), leaf) };
    }
}

/// The ranks of 64 columns out of `R` lines.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn look_up<const R: usize>(table: &[__m512i; R], column: __m512i) -> __m512i {
    if R == 1 {
        return _mm512_permutexvar_epi8(column, table[0]);
    }
    let low = _mm512_permutex2var_epi8(table[0], column, table[1 % R]);
    if R == 2 {
        return low;
    }
    let high = _mm512_permutex2var_epi8(table[2 % R], column, table[3 % R]);
    _mm512_mask_mov_epi8(low, _mm512_movepi8_mask(column), high)
}

/// The leaf of each lane, for up to 64 columns.
#[target_feature(enable = "avx2")]
pub(super) fn avx2<const D: usize>(nodes: &[u8], ranks: &[u8], columns: usize, index: &mut [u8]) {
    match columns.div_ceil(16) {
        0 | 1 => chunks256::<D, 1>(nodes, ranks, index),
        2 => chunks256::<D, 2>(nodes, ranks, index),
        _ => chunks256::<D, 4>(nodes, ranks, index),
    }
}

#[target_feature(enable = "avx2")]
fn chunks256<const D: usize, const R: usize>(nodes: &[u8], ranks: &[u8], index: &mut [u8]) {
    assert!(ranks.len() >= LINE);
    // SAFETY: at most four quarters of the first line.
    let table: [__m256i; R] = std::array::from_fn(|r| unsafe {
        _mm256_broadcastsi128_si256(_mm_loadu_si128(ranks.as_ptr().add(16 * r).cast()))
    });
    let splits = (1usize << D) - 1;
    for (nodes, index) in nodes
        .chunks_exact(splits * NODE)
        .zip(index.chunks_exact_mut(LINE))
    {
        for half in [0, LINE / 2] {
            // All ones where it goes left.
            let left = |node: usize| {
                let at = nodes[node * NODE..][..NODE].as_ptr();
                // SAFETY: half a line of each of a node's two.
                let (column, rank) = unsafe {
                    (
                        _mm256_loadu_si256(at.add(half).cast()),
                        _mm256_loadu_si256(at.add(LINE + half).cast()),
                    )
                };
                let value = shuffle::<R>(&table, column);
                _mm256_cmpeq_epi8(_mm256_max_epu8(value, rank), rank)
            };
            let path = path::<_, _, D>(left, |left| left, |no, yes, by| _mm256_blendv_epi8(yes, no, by));
            let mut leaf = _mm256_setzero_si256();
            for (level, left) in path.into_iter().enumerate() {
                let weight = _mm256_set1_epi8(1 << (D - 1 - level));
                leaf = _mm256_or_si256(leaf, _mm256_andnot_si256(left, weight));
            }
            // SAFETY: half of the line that `index` is.
            unsafe { _mm256_storeu_si256(index.as_mut_ptr().add(half).cast(), leaf) };
        }
    }
}

/// The ranks of 32 columns out of `R` times 16.
#[target_feature(enable = "avx2")]
fn shuffle<const R: usize>(table: &[__m256i; R], column: __m256i) -> __m256i {
    let first = _mm256_shuffle_epi8(table[0], column);
    if R == 1 {
        return first;
    }
    // A blend looks at the highest bit of a byte.
    let bit4 = _mm256_slli_epi16::<3>(column);
    let low = _mm256_blendv_epi8(first, _mm256_shuffle_epi8(table[1 % R], column), bit4);
    if R == 2 {
        return low;
    }
    let third = _mm256_shuffle_epi8(table[2 % R], column);
    let high = _mm256_blendv_epi8(third, _mm256_shuffle_epi8(table[3 % R], column), bit4);
    _mm256_blendv_epi8(low, high, _mm256_slli_epi16::<2>(column))
}

/// The decision that counts on each level: the nodes above decide which of a level's it is. `node` evaluates one,
/// `decide` makes a decision of it, `choose` takes what holds on the no side, on the yes side, and a decision.
#[inline(always)]
fn path<T: Copy, B: Copy, const D: usize>(
    node: impl Fn(usize) -> T + Copy,
    decide: impl Fn(T) -> B,
    choose: impl Fn(T, T, B) -> T + Copy,
) -> [B; D] {
    let mut path = [decide(node(0)); D];
    if D > 1 {
        path[1 % D] = decide(pick::<T, B, 2>(node, &path, choose));
    }
    if D > 2 {
        path[2 % D] = decide(pick::<T, B, 4>(node, &path, choose));
    }
    if D > 3 {
        path[3 % D] = decide(pick::<T, B, 8>(node, &path, choose));
    }
    if D > 4 {
        path[4 % D] = decide(pick::<T, B, 16>(node, &path, choose));
    }
    if D > 5 {
        path[5 % D] = decide(pick::<T, B, 32>(node, &path, choose));
    }
    path
}

/// One of the `W` nodes of a level.
#[inline(always)]
fn pick<T: Copy, B: Copy, const W: usize>(
    node: impl Fn(usize) -> T,
    path: &[B],
    choose: impl Fn(T, T, B) -> T,
) -> T {
    let mut left: [T; W] = std::array::from_fn(|i| node(W - 1 + i));
    // Constant bounds, so that all is unrolled into registers.
    let levels = W.trailing_zeros() as usize;
    for (above, by) in path.iter().enumerate().take(levels) {
        let half = W >> (above + 1);
        for i in 0..W / 2 {
            if i < half {
                left[i] = choose(left[i], left[i + half], *by);
            }
        }
    }
    left[0]
}
