//! The hash of the order table: which bucket of each bank an order reference belongs to.
//!
//! Bit `i` of the bucket index in a bank is the parity of the reference under the bank's mask `i`: two
//! levels of four-input XOR in the fabric. Each mask has 15 bits, 9 of them in the low half, where
//! references of a day differ; each reference bit is in a mask of every bank. The masks were found by a
//! seeded search for the properties that the tests below state: references count up, so a run of them must
//! spread over each bank evenly, and two that meet in one bank must part in another.

use crate::config::ORDER_BANKS;

/// Most bits of a bucket index.
pub const BUCKET_BITS_MAX: u32 = 16;

/// Reference bits whose parity is bit `i` of the bucket index in bank `b`: `MASKS[b][i]`.
pub const MASKS: [[u64; BUCKET_BITS_MAX as usize]; ORDER_BANKS as usize] = [
    [
        0x0850_0068_910c_4061,
        0x8005_0803_0670_1a08,
        0x0220_7100_6802_8492,
        0x210a_8200_80c9_3104,
        0x5480_0480_4421_8524,
        0x0030_8214_0010_6a5a,
        0xc000_4444_3b86_0001,
        0x0081_00b1_2388_4184,
        0x2c00_2108_1860_30a2,
        0x024a_1002_c012_8a50,
        0x1344_0800_8405_0499,
        0x0016_0460_21a0_8225,
        0x2008_c808_0843_540a,
        0x0921_0300_560c_2840,
        0x9000_3006_0232_0718,
        0x4480_0091_c99c_8000,
    ],
    [
        0xc001_a008_3281_8092,
        0x0040_41a4_400c_0b25,
        0x0030_0851_8862_3440,
        0x098c_0002_4518_6048,
        0x1600_1600_9620_1805,
        0x2083_00c0_0954_8128,
        0x222c_8000_2083_4690,
        0xc800_1802_4280_88aa,
        0x0100_6405_1012_2253,
        0x0042_0328_a525_1400,
        0x1430_0018_0858_4125,
        0x02c0_0411_1846_8144,
        0x5408_0a00_6280_3290,
        0x8800_10a4_0529_0c0a,
        0x2007_2100_c820_4458,
        0x0110_c042_8290_1186,
    ],
    [
        0xc081_2020_0c29_1421,
        0x0a00_8380_8280_430e,
        0x0420_1418_1054_a890,
        0x201c_0041_e102_0650,
        0x1102_0806_1988_5104,
        0x0268_4004_6070_a009,
        0x5011_0028_0607_08e0,
        0x0486_8800_1040_94c6,
        0x2040_1680_c509_2101,
        0x8900_2012_02b6_0038,
        0x0404_4141_2a21_4a02,
        0x5880_0102_6080_7049,
        0x0220_1418_1844_01b4,
        0x0012_0065_851a_8c00,
        0x8041_4a00_1500_8b82,
        0x2108_a080_0074_3248,
    ],
    [
        0x0942_0c00_9a58_0440,
        0xd204_0008_4420_0ab1,
        0x0410_0303_2087_210c,
        0x0008_7050_8114_d802,
        0x2001_80a4_4760_8300,
        0x10a0_2018_1809_04d2,
        0x0141_0841_2082_702c,
        0x200c_0026_2052_9281,
        0x0212_4500_4888_401b,
        0xc8a0_8000_8225_2c04,
        0x0c02_1280_3500_4560,
        0x80d0_4040_4915_1880,
        0x2008_a090_1260_206a,
        0x1421_0009_848a_8105,
        0x0200_1426_8103_4312,
        0x4104_0b00_10e8_0a90,
    ],
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::CONFIGS;
    use alloc::vec::Vec;

    /// Rank over GF(2).
    fn rank(mut rows: Vec<u64>) -> usize {
        let mut rank = 0;
        while let Some(pivot) = rows.pop() {
            if pivot != 0 {
                rank += 1;
                let low = pivot & pivot.wrapping_neg();
                for row in &mut rows {
                    if *row & low != 0 {
                        *row ^= pivot;
                    }
                }
            }
        }
        rank
    }

    fn low(bits: usize) -> u64 {
        u64::MAX >> (64 - bits)
    }

    #[test]
    fn a_run_of_references_fills_a_bank_evenly() {
        for config in CONFIGS {
            let bits = config.bucket_bits() as usize;
            for bank in MASKS {
                let rows = bank[..bits].iter().map(|m| m & low(bits + 6)).collect();
                assert_eq!(rank(rows), bits, "{}", config.name);
            }
        }
    }

    #[test]
    fn banks_are_independent() {
        for config in CONFIGS {
            let bits = config.bucket_bits() as usize;
            for (i, a) in MASKS.iter().enumerate() {
                for b in &MASKS[..i] {
                    let rows = a[..bits].iter().chain(&b[..bits]).map(|m| m & low(40)).collect();
                    assert_eq!(rank(rows), 2 * bits, "{}", config.name);
                }
            }
            let all: Vec<u64> = MASKS.iter().flat_map(|bank| bank[..bits].to_vec()).collect();
            assert!(rank(all) >= (4 * bits).min(63), "{}", config.name);
        }
    }

    #[test]
    fn every_reference_bit_matters_in_every_bank() {
        for bank in MASKS {
            assert!(
                bank.iter()
                    .all(|m| m.count_ones() == 15 && (m & low(32)).count_ones() == 9)
            );
            assert_eq!(bank[..10].iter().fold(0, |seen, m| seen | m), u64::MAX);
        }
    }
}
