//! Vectors of `f32` under one trait, so that a kernel is written once.
//!
//! Functions over `L: Lanes` are `inline(always)` and end up in a function that enables the instructions: there
//! the intrinsics become instructions.

/// A vector of `f32`. Operations are those of one lane, so that wider vectors give the same bits.
///
/// # Safety
/// A type whose methods need instructions may be used only where [`crate::Isa::checked`] has found them.
pub(crate) unsafe trait Lanes: Copy {
    /// Lanes.
    const LANES: usize;
    /// A vector of eight lanes under the same instructions.
    type Eight: Eight;

    /// All lanes `v`.
    fn splat(v: f32) -> Self;
    /// Reads `LANES` numbers.
    ///
    /// # Safety
    /// They must be readable.
    unsafe fn load(from: *const f32) -> Self;
    /// Reads `LANES` integers as floats.
    ///
    /// # Safety
    /// They must be readable.
    unsafe fn load_i32(from: *const i32) -> Self;
    /// Writes `LANES` numbers.
    ///
    /// # Safety
    /// They must be writable.
    unsafe fn store(self, to: *mut f32);
    /// Writes the nearest integers (ties to even) plus `zero` as `LANES` bytes, held to 0 to 255; no lane may be a NaN.
    ///
    /// # Safety
    /// They must be writable.
    unsafe fn store_code(self, zero: i32, to: *mut u8);
    /// `self × a + b`; rounded once where the instructions fuse.
    fn fused(self, a: Self, b: Self) -> Self;
    /// Sum.
    fn add(self, o: Self) -> Self;
    /// Difference.
    fn sub(self, o: Self) -> Self;
    /// Product.
    fn mul(self, o: Self) -> Self;
    /// Quotient.
    fn div(self, o: Self) -> Self;
    /// `self > o ? self : o`: a NaN in `o` stays.
    fn max(self, o: Self) -> Self;
    /// `self < o ? self : o`: a NaN in `o` stays.
    fn min(self, o: Self) -> Self;
    /// To the nearest integer, ties to even.
    fn round(self) -> Self;
    /// 2 to an integral power between −126 and 127.
    fn pow2(self) -> Self;
    /// Whether a lane is a NaN.
    fn has_nan(self) -> bool;
    /// Held to what has a code of 0 to 255 when 0 has the code `zero`.
    #[inline(always)]
    fn bounded(self, zero: i32) -> Self {
        Self::splat((255 - zero) as f32).min(Self::splat(-zero as f32).max(self))
    }
}

/// A vector of eight lanes.
pub(crate) trait Eight: Lanes {
    /// These numbers.
    fn of(values: [f32; 8]) -> Self;
    /// The largest lane, in all lanes.
    fn largest(self) -> Self;
    /// The sum of all lanes, in all lanes; added by halves.
    fn total(self) -> Self;
    /// The largest of the first four lanes and that of the last four.
    fn largest_of_four(self) -> Self;
    /// The sum of the first four lanes and that of the last four.
    fn total_of_four(self) -> Self;
    /// Lanes 1, 2, 0 and lanes 2, 0, 1 in place of the first three.
    fn turned(self) -> [Self; 2];
}

/// Eight lanes of plain Rust.
#[derive(Debug, Clone, Copy)]
pub(crate) struct P8([f32; 8]);

impl P8 {
    #[inline(always)]
    fn swap<const BY: usize>(self) -> Self {
        Self(std::array::from_fn(|i| self.0[i ^ BY]))
    }

    #[inline(always)]
    fn zip(self, o: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        Self(std::array::from_fn(|i| f(self.0[i], o.0[i])))
    }
}

// SAFETY: needs no instructions.
unsafe impl Lanes for P8 {
    const LANES: usize = 8;
    type Eight = Self;

    #[inline(always)]
    fn splat(v: f32) -> Self {
        Self([v; 8])
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller vouches for eight numbers.
        Self(unsafe { from.cast::<[f32; 8]>().read_unaligned() })
    }
    #[inline(always)]
    unsafe fn load_i32(from: *const i32) -> Self {
        // SAFETY: the caller vouches for eight integers.
        Self(unsafe { from.cast::<[i32; 8]>().read_unaligned() }.map(|v| v as f32))
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller vouches for eight numbers.
        unsafe { to.cast::<[f32; 8]>().write_unaligned(self.0) }
    }
    #[inline(always)]
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "held to the range before it is cast"
    )]
    unsafe fn store_code(self, zero: i32, to: *mut u8) {
        let steps = self.bounded(zero).round();
        // SAFETY: the caller vouches for eight bytes.
        unsafe {
            to.cast::<[u8; 8]>()
                .write_unaligned(steps.0.map(|v| (v as i32 + zero) as u8));
        }
    }
    #[inline(always)]
    fn fused(self, a: Self, b: Self) -> Self {
        // Without the instruction a fused operation is a call of its own: two roundings it is.
        self.mul(a).add(b)
    }
    #[inline(always)]
    fn add(self, o: Self) -> Self {
        self.zip(o, |a, b| a + b)
    }
    #[inline(always)]
    fn sub(self, o: Self) -> Self {
        self.zip(o, |a, b| a - b)
    }
    #[inline(always)]
    fn mul(self, o: Self) -> Self {
        self.zip(o, |a, b| a * b)
    }
    #[inline(always)]
    fn div(self, o: Self) -> Self {
        self.zip(o, |a, b| a / b)
    }
    #[inline(always)]
    fn max(self, o: Self) -> Self {
        self.zip(o, |a, b| if a > b { a } else { b })
    }
    #[inline(always)]
    fn min(self, o: Self) -> Self {
        self.zip(o, |a, b| if a < b { a } else { b })
    }
    #[inline(always)]
    fn round(self) -> Self {
        // Adding and taking away 1.5 × 2^23 leaves the nearest integer; larger values are integers already.
        const MAGIC: f32 = 12_582_912.0;
        Self(self.0.map(|v| {
            if v.abs() < 4_194_304.0 {
                (v + MAGIC) - MAGIC
            } else {
                v
            }
        }))
    }
    #[inline(always)]
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "integral, and the exponent is positive"
    )]
    fn pow2(self) -> Self {
        Self(self.0.map(|v| f32::from_bits(((v as i32 + 127) as u32) << 23)))
    }
    #[inline(always)]
    fn has_nan(self) -> bool {
        self.0.iter().fold(false, |nan, v| nan | v.is_nan())
    }
}

impl Eight for P8 {
    #[inline(always)]
    fn of(values: [f32; 8]) -> Self {
        Self(values)
    }
    #[inline(always)]
    fn largest(self) -> Self {
        self.max(self.swap::<4>()).largest_of_four()
    }
    #[inline(always)]
    fn total(self) -> Self {
        self.add(self.swap::<4>()).total_of_four()
    }
    #[inline(always)]
    fn largest_of_four(self) -> Self {
        let v = self.max(self.swap::<2>());
        v.max(v.swap::<1>())
    }
    #[inline(always)]
    fn total_of_four(self) -> Self {
        let v = self.add(self.swap::<2>());
        v.add(v.swap::<1>())
    }
    #[inline(always)]
    fn turned(self) -> [Self; 2] {
        let [a, b, c, d, e, f, g, h] = self.0;
        [Self([b, c, a, d, e, f, g, h]), Self([c, a, b, d, e, f, g, h])]
    }
}

#[cfg(target_arch = "x86_64")]
pub(crate) use x86::{F8, F16};

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{Eight, Lanes};
    use std::arch::x86_64::*;

    /// One vector type: its name, register, lanes, and the instruction of each operation.
    macro_rules! lanes {
        ($(#[$doc:meta])* $name:ident($raw:ty), $lanes:literal, $splat:ident, $load:ident, $store:ident,
         $loadi:expr, $store8:expr, $fma:ident, $add:ident, $sub:ident, $mul:ident, $div:ident, $max:ident, $min:ident,
         $round:expr, $pow2:expr, $nan:expr) => {
            $(#[$doc])*
            #[derive(Debug, Clone, Copy)]
            pub(crate) struct $name($raw);

            // SAFETY: the trait's contract is passed on: used only where the instructions were found.
            unsafe impl Lanes for $name {
                const LANES: usize = $lanes;
                type Eight = F8;

                #[inline(always)]
                fn splat(v: f32) -> Self {
                    // SAFETY: the trait's contract: the instructions are there.
                    Self(unsafe { $splat(v) })
                }
                #[inline(always)]
                unsafe fn load(from: *const f32) -> Self {
                    // SAFETY: the instructions are there; the caller vouches for the memory.
                    Self(unsafe { $load(from) })
                }
                #[inline(always)]
                unsafe fn load_i32(from: *const i32) -> Self {
                    // SAFETY: the instructions are there; the caller vouches for the memory.
                    Self(unsafe { $loadi(from) })
                }
                #[inline(always)]
                unsafe fn store(self, to: *mut f32) {
                    // SAFETY: the instructions are there; the caller vouches for the memory.
                    unsafe { $store(to, self.0) }
                }
                #[inline(always)]
                unsafe fn store_code(self, zero: i32, to: *mut u8) {
                    // SAFETY: the instructions are there; the caller vouches for the memory.
                    unsafe { $store8(to, self.bounded(zero).0, zero) }
                }
                #[inline(always)]
                fn fused(self, a: Self, b: Self) -> Self {
                    // SAFETY: the trait's contract: the instructions are there.
                    Self(unsafe { $fma(self.0, a.0, b.0) })
                }
                #[inline(always)]
                fn add(self, o: Self) -> Self {
                    // SAFETY: the trait's contract: the instructions are there.
                    Self(unsafe { $add(self.0, o.0) })
                }
                #[inline(always)]
                fn sub(self, o: Self) -> Self {
                    // SAFETY: the trait's contract: the instructions are there.
                    Self(unsafe { $sub(self.0, o.0) })
                }
                #[inline(always)]
                fn mul(self, o: Self) -> Self {
                    // SAFETY: the trait's contract: the instructions are there.
                    Self(unsafe { $mul(self.0, o.0) })
                }
                #[inline(always)]
                fn div(self, o: Self) -> Self {
                    // SAFETY: the trait's contract: the instructions are there.
                    Self(unsafe { $div(self.0, o.0) })
                }
                #[inline(always)]
                fn max(self, o: Self) -> Self {
                    // SAFETY: the trait's contract: the instructions are there.
                    Self(unsafe { $max(self.0, o.0) })
                }
                #[inline(always)]
                fn min(self, o: Self) -> Self {
                    // SAFETY: the trait's contract: the instructions are there.
                    Self(unsafe { $min(self.0, o.0) })
                }
                #[inline(always)]
                fn round(self) -> Self {
                    // SAFETY: the trait's contract: the instructions are there.
                    Self(unsafe { $round(self.0) })
                }
                #[inline(always)]
                fn pow2(self) -> Self {
                    // SAFETY: the trait's contract: the instructions are there.
                    Self(unsafe { $pow2(self.0) })
                }
                #[inline(always)]
                fn has_nan(self) -> bool {
                    // SAFETY: the trait's contract: the instructions are there.
                    unsafe { $nan(self.0) }
                }
            }
        };
    }

    lanes!(
        /// Eight lanes of AVX2 and FMA.
        F8(__m256), 8, _mm256_set1_ps, _mm256_loadu_ps, _mm256_storeu_ps,
        |from: *const i32| _mm256_cvtepi32_ps(_mm256_loadu_si256(from.cast())),
        |to: *mut u8, v, zero| {
            let words = _mm256_add_epi32(_mm256_cvtps_epi32(v), _mm256_set1_epi32(zero));
            let shorts = _mm_packs_epi32(_mm256_castsi256_si128(words), _mm256_extracti128_si256::<1>(words));
            _mm_storel_epi64(to.cast(), _mm_packus_epi16(shorts, shorts));
        },
        _mm256_fmadd_ps, _mm256_add_ps, _mm256_sub_ps, _mm256_mul_ps, _mm256_div_ps, _mm256_max_ps, _mm256_min_ps,
        |v| _mm256_round_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(v),
        |v| {
            let biased = _mm256_add_epi32(_mm256_cvtps_epi32(v), _mm256_set1_epi32(127));
            _mm256_castsi256_ps(_mm256_slli_epi32::<23>(biased))
        },
        |v| _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_UNORD_Q>(v, v)) != 0
    );
    lanes!(
        /// Sixteen lanes of AVX-512.
        F16(__m512), 16, _mm512_set1_ps, _mm512_loadu_ps, _mm512_storeu_ps,
        |from: *const i32| _mm512_cvtepi32_ps(_mm512_loadu_si512(from.cast())),
        |to: *mut u8, v, zero| {
            let words = _mm512_add_epi32(_mm512_cvtps_epi32(v), _mm512_set1_epi32(zero));
            _mm_storeu_si128(to.cast(), _mm512_cvtepi32_epi8(words));
        },
        _mm512_fmadd_ps, _mm512_add_ps, _mm512_sub_ps, _mm512_mul_ps, _mm512_div_ps, _mm512_max_ps, _mm512_min_ps,
        |v| _mm512_roundscale_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(v),
        |v| {
            let biased = _mm512_add_epi32(_mm512_cvtps_epi32(v), _mm512_set1_epi32(127));
            _mm512_castsi512_ps(_mm512_slli_epi32::<23>(biased))
        },
        |v| _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(v, v) != 0
    );

    impl F8 {
        #[inline(always)]
        fn halves(self) -> Self {
            // SAFETY: the trait's contract: the instructions are there.
            Self(unsafe { _mm256_permute2f128_ps::<1>(self.0, self.0) })
        }
        #[inline(always)]
        fn within<const ORDER: i32>(self) -> Self {
            // SAFETY: the trait's contract: the instructions are there.
            Self(unsafe { _mm256_permute_ps::<ORDER>(self.0) })
        }
    }

    impl Eight for F8 {
        #[inline(always)]
        fn of([a, b, c, d, e, f, g, h]: [f32; 8]) -> Self {
            // SAFETY: the trait's contract: the instructions are there.
            Self(unsafe { _mm256_setr_ps(a, b, c, d, e, f, g, h) })
        }
        #[inline(always)]
        fn largest(self) -> Self {
            self.max(self.halves()).largest_of_four()
        }
        #[inline(always)]
        fn total(self) -> Self {
            self.add(self.halves()).total_of_four()
        }
        #[inline(always)]
        fn largest_of_four(self) -> Self {
            let v = self.max(self.within::<0b01_00_11_10>());
            v.max(v.within::<0b10_11_00_01>())
        }
        #[inline(always)]
        fn total_of_four(self) -> Self {
            let v = self.add(self.within::<0b01_00_11_10>());
            v.add(v.within::<0b10_11_00_01>())
        }
        #[inline(always)]
        fn turned(self) -> [Self; 2] {
            [self.within::<0b11_00_10_01>(), self.within::<0b11_01_00_10>()]
        }
    }
}
