//! Bit fields in values wider than 64 bits: slices of 32-bit words, lowest first.

/// Words needed for `width` bits.
pub const fn words(width: u32) -> usize {
    width.div_ceil(32) as usize
}

/// Bits `low .. low + width` of a wide value.
///
/// # Panics
/// If `width` exceeds 64 or the field does not lie within `value`.
pub fn get(value: &[u32], low: u32, width: u32) -> u64 {
    assert!(
        width <= 64 && (low + width) as usize <= value.len() * 32,
        "bits {low}+{width} of {}",
        value.len() * 32
    );
    let mut out = 0;
    let mut taken = 0;
    while taken < width {
        let at = low + taken;
        let chunk = (32 - at % 32).min(width - taken);
        let part = (u64::from(value[(at / 32) as usize]) >> (at % 32)) & mask(chunk);
        out |= part << taken;
        taken += chunk;
    }
    out
}

/// Writes bits `low .. low + width` of a wide value.
///
/// # Panics
/// If `width` exceeds 64, the field does not lie within `value`, or `field` does not fit.
pub fn set(value: &mut [u32], low: u32, width: u32, field: u64) {
    assert!(
        width <= 64 && (low + width) as usize <= value.len() * 32,
        "bits {low}+{width} of {}",
        value.len() * 32
    );
    assert!(field <= mask(width), "{field:#x} does not fit {width} bits");
    let mut taken = 0;
    while taken < width {
        let at = low + taken;
        let chunk = (32 - at % 32).min(width - taken);
        let word = &mut value[(at / 32) as usize];
        let [clear, _] = halves(mask(chunk) << (at % 32));
        let [part, _] = halves(((field >> taken) & mask(chunk)) << (at % 32));
        *word = (*word & !clear) | part;
        taken += chunk;
    }
}

/// The two words of a 64-bit value.
#[expect(clippy::cast_possible_truncation, reason = "each half is cut out on purpose")]
pub const fn halves(value: u64) -> [u32; 2] {
    [value as u32, (value >> 32) as u32]
}

/// The low `width` bits.
pub const fn mask(width: u32) -> u64 {
    if width >= 64 { u64::MAX } else { (1 << width) - 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_go_in_and_come_out() {
        for low in 0..70 {
            for width in 1..=64 {
                let mut value = [0xa5a5_a5a5_u32; 5];
                let before = value;
                let field = 0x0123_4567_89ab_cdef & mask(width);
                set(&mut value, low, width, field);
                assert_eq!(get(&value, low, width), field, "{low}+{width}");
                for bit in (0..160).filter(|b| !(low..low + width).contains(b)) {
                    assert_eq!(
                        get(&value, bit, 1),
                        get(&before, bit, 1),
                        "{low}+{width} touches {bit}"
                    );
                }
            }
        }
    }
}
