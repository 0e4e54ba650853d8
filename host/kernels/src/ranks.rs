//! From real values to `u8` ranks: how many of a column's edges a value has reached.
//!
//! A column has up to 254 edges in blocks of 16. Two compares find a rank: one with each block's last edge, one with
//! the edges of the block that is left.

use crate::aligned::Aligned;
use crate::{INPUTS_MAX, Isa, KernelError, at_most, sized};

/// Edges a column may have.
pub const CUTS_MAX: usize = 254;
/// Edges of a block.
const BLOCK: usize = 16;

/// The edges of each column of a row.
#[derive(Debug, Clone)]
pub struct RankTable {
    isa: Isa,
    edges: Vec<Vec<f32>>,
    used: Vec<Column>,
    /// A block of block ends a used column, then its blocks of edges; filled up by +∞.
    blocks: Aligned<f32>,
}

#[derive(Debug, Clone, Copy)]
struct Column {
    column: usize,
    /// Where its block of block ends starts.
    start: usize,
    /// Its last block.
    last: u32,
}

impl RankTable {
    /// A table of ascending, finite edges, one list a column; an empty list gives rank 0.
    ///
    /// # Errors
    /// [`KernelError`]: more than [`CUTS_MAX`] edges, edges that do not ascend, no such instructions.
    pub fn new(edges: Vec<Vec<f32>>, isa: Isa) -> Result<Self, KernelError> {
        let isa = isa.checked()?;
        at_most("columns", edges.len(), INPUTS_MAX)?;
        let (mut used, mut blocks) = (Vec::new(), Vec::new());
        for (column, cuts) in edges.iter().enumerate() {
            at_most("edges of a column", cuts.len(), CUTS_MAX)?;
            if !cuts.iter().all(|c| c.is_finite()) || !cuts.is_sorted_by(|a, b| a < b) {
                return Err(KernelError::Value("an edge"));
            }
            if cuts.is_empty() {
                continue;
            }
            let count = cuts.len().div_ceil(BLOCK);
            used.push(Column {
                column,
                start: blocks.len(),
                last: u32::try_from(count - 1).unwrap_or(0),
            });
            let ends = (0..BLOCK).map(|b| cuts.get(b * BLOCK + BLOCK - 1));
            blocks.extend(ends.map(|end| end.copied().unwrap_or(f32::INFINITY)));
            let filled = (0..count * BLOCK).map(|i| cuts.get(i).copied().unwrap_or(f32::INFINITY));
            blocks.extend(filled);
        }
        Ok(Self {
            isa,
            edges,
            used,
            blocks: Aligned::of(&blocks),
        })
    }

    /// Columns of a row.
    pub const fn columns(&self) -> usize {
        self.edges.len()
    }

    /// The edges of a column: what a card needs to give the ranks itself.
    pub fn edges(&self, column: usize) -> &[f32] {
        self.edges.get(column).map_or(&[], Vec::as_slice)
    }

    /// The rank of `edge`, if it is one: values below it have at most this rank, others a higher one.
    pub(crate) fn position(&self, column: usize, edge: f32) -> Option<u8> {
        let at = self.edges(column).iter().position(|e| *e == edge)?;
        u8::try_from(at).ok()
    }

    /// Ranks a row: edges not above the value, for a NaN all of them. A value at or above all edges may get any rank
    /// from their count up, which no split tells apart.
    ///
    /// # Errors
    /// [`KernelError::Shape`] for another size of row or ranks.
    pub fn rank(&self, row: &[f32], ranks: &mut [u8]) -> Result<(), KernelError> {
        sized("row", row.len(), self.columns())?;
        sized("ranks", ranks.len(), self.columns())?;
        match self.isa {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `new` found these instructions.
            Isa::Avx512 => unsafe { self.rank_avx512(row, ranks) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `new` found these instructions.
            Isa::Avx2 => unsafe { self.rank_avx2(row, ranks) },
            _ => self.ranks(row, ranks, portable),
        }
        Ok(())
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,popcnt")]
    fn rank_avx512(&self, row: &[f32], ranks: &mut [u8]) {
        use std::arch::x86_64::*;
        self.ranks(row, ranks, |block, x| {
            // SAFETY: a block is one vector, and this function has the instructions.
            unsafe {
                let edges = _mm512_loadu_ps(block.as_ptr());
                let reached = _mm512_cmp_ps_mask::<_CMP_NGT_UQ>(edges, _mm512_set1_ps(x));
                u32::from(reached).count_ones()
            }
        });
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma,popcnt")]
    fn rank_avx2(&self, row: &[f32], ranks: &mut [u8]) {
        use std::arch::x86_64::*;
        self.ranks(row, ranks, |block, x| {
            // SAFETY: a block is two vectors, and this function has the instructions.
            unsafe {
                let x = _mm256_set1_ps(x);
                let low = _mm256_cmp_ps::<_CMP_NGT_UQ>(_mm256_loadu_ps(block.as_ptr()), x);
                let high = _mm256_cmp_ps::<_CMP_NGT_UQ>(_mm256_loadu_ps(block.as_ptr().add(8)), x);
                let reached = _mm256_movemask_ps(low) | _mm256_movemask_ps(high) << 8;
                reached.count_ones()
            }
        });
    }

    #[inline(always)]
    fn ranks(&self, row: &[f32], ranks: &mut [u8], reached: impl Fn(&[f32; BLOCK], f32) -> u32) {
        for used in &self.used {
            let x = row[used.column];
            let block = reached(self.block(used.start), x).min(used.last);
            let edges = self.block(used.start + BLOCK + block as usize * BLOCK);
            let rank = block * 16 + reached(edges, x);
            ranks[used.column] = u8::try_from(rank).unwrap_or(u8::MAX);
        }
    }

    #[inline(always)]
    fn block(&self, start: usize) -> &[f32; BLOCK] {
        debug_assert!(start + BLOCK <= self.blocks.len());
        // SAFETY: `start` is that of a block that `new` made: of the ends, or one of `last + 1` blocks behind them.
        unsafe { &*self.blocks.as_ptr().add(start).cast() }
    }
}

#[inline(always)]
#[allow(clippy::neg_cmp_op_on_partial_ord, reason = "a NaN has reached every edge")]
fn portable(block: &[f32; BLOCK], x: f32) -> u32 {
    block.iter().map(|edge| u32::from(!(*edge > x))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_count_the_edges_reached() {
        for isa in Isa::available() {
            for count in [1usize, 15, 16, 17, 100, 253, 254] {
                let edges: Vec<f32> = (0..count).map(|i| i as f32).collect();
                let table = RankTable::new(vec![vec![], edges], isa).unwrap();
                let rank = |x: f32| {
                    let mut ranks = [0, 0];
                    table.rank(&[x, x], &mut ranks).unwrap();
                    assert_eq!(ranks[0], 0);
                    usize::from(ranks[1])
                };
                for x in 0..count {
                    assert_eq!(rank(x as f32), x + 1, "{isa:?} {count}");
                    assert_eq!(rank((x as f32).next_down()), x, "{isa:?} {count}");
                }
                assert_eq!((rank(f32::NEG_INFINITY), rank(-0.0)), (0, 1));
                assert!(
                    rank(f32::INFINITY) >= count && rank(f32::NAN) >= count,
                    "{isa:?} {count}"
                );
            }
        }
    }

    #[test]
    fn edges_that_are_no_table_are_refused() {
        let made = |edges| RankTable::new(vec![edges], Isa::Portable).map(|_| ());
        assert!(matches!(made(vec![0.0; 255]), Err(KernelError::TooLarge { .. })));
        for bad in [
            vec![1.0, 1.0],
            vec![2.0, 1.0],
            vec![f32::NAN],
            vec![f32::INFINITY],
        ] {
            assert_eq!(made(bad), Err(KernelError::Value("an edge")));
        }
        let table = RankTable::new(vec![vec![1.0]], Isa::Portable).unwrap();
        assert!(table.rank(&[0.0, 0.0], &mut [0]).is_err() && table.rank(&[0.0], &mut []).is_err());
    }
}
