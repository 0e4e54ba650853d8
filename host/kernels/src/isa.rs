//! Which instructions a kernel uses.

use crate::KernelError;

/// A set of instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Isa {
    /// What every target has.
    Portable,
    /// AVX2, FMA and POPCNT.
    Avx2,
    /// AVX-512 F, BW, DQ, VL, VBMI and VNNI.
    Avx512,
}

impl Isa {
    /// All that this CPU has, the widest last.
    pub fn available() -> impl DoubleEndedIterator<Item = Self> {
        [Self::Portable, Self::Avx2, Self::Avx512]
            .into_iter()
            .filter(|isa| isa.is_available())
    }

    /// The widest that this CPU has.
    pub fn widest() -> Self {
        Self::available().next_back().unwrap_or(Self::Portable)
    }

    /// Whether this CPU has it.
    pub fn is_available(self) -> bool {
        match self {
            Self::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => {
                is_x86_feature_detected!("avx2")
                    && is_x86_feature_detected!("fma")
                    && is_x86_feature_detected!("popcnt")
            }
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => {
                Self::Avx2.is_available()
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512vbmi")
                    && is_x86_feature_detected!("avx512vnni")
            }
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx2 | Self::Avx512 => false,
        }
    }

    /// Its name: `portable`, `avx2` or `avx512`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }

    /// Itself when this CPU has it. Kernels keep only checked values: that is what makes their calls sound.
    pub(crate) fn checked(self) -> Result<Self, KernelError> {
        if self.is_available() {
            return Ok(self);
        }
        Err(KernelError::Isa(self.name()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portable_is_everywhere_and_the_widest_is_last() {
        let all: Vec<_> = Isa::available().collect();
        assert_eq!(all[0], Isa::Portable);
        assert_eq!(all.last(), Some(&Isa::widest()));
        println!(
            "instructions here: {:?}",
            all.iter().map(|i| i.name()).collect::<Vec<_>>()
        );
    }
}
