//! Bit layouts whose positions follow from the order of declaration.

/// A field of a packed little-endian word group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Name, unique in its layout.
    pub name: &'static str,
    /// Width in bits.
    pub width: u32,
    /// What it holds, with unit.
    pub doc: &'static str,
}

/// Shorthand to declare a field.
pub const fn field(name: &'static str, width: u32, doc: &'static str) -> Field {
    Field { name, width, doc }
}

/// String equality usable in `const` context.
pub const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

/// Sum of all widths.
pub const fn total_bits(fields: &[Field]) -> u32 {
    let mut sum = 0;
    let mut i = 0;
    while i < fields.len() {
        sum += fields[i].width;
        i += 1;
    }
    sum
}

/// Least significant bit of `name`; a compile error (const panic) when there is no such field.
pub const fn lsb(fields: &[Field], name: &str) -> u32 {
    let mut sum = 0;
    let mut i = 0;
    while i < fields.len() {
        if same(fields[i].name, name) {
            return sum;
        }
        sum += fields[i].width;
        i += 1;
    }
    panic!("no field of that name in the layout")
}

/// Width of `name` in bits; a compile error (const panic) when there is no such field.
pub const fn width(fields: &[Field], name: &str) -> u32 {
    let mut i = 0;
    while i < fields.len() {
        if same(fields[i].name, name) {
            return fields[i].width;
        }
        i += 1;
    }
    panic!("no field of that name in the layout")
}

/// Reads up to 64 bits at bit `at` of a little-endian byte string.
///
/// # Panics
/// When the field lies outside `bytes` or is wider than 64 bits.
pub fn get_bits(bytes: &[u8], at: u32, width: u32) -> u64 {
    assert!(width <= 64, "field of {width} bits");
    let mut value = 0u64;
    for i in 0..width {
        let bit = (at + i) as usize;
        if (bytes[bit / 8] >> (bit % 8)) & 1 == 1 {
            value |= 1 << i;
        }
    }
    value
}

/// Writes the low `width` bits of `value` at bit `at` of a little-endian byte string.
///
/// # Panics
/// When the field lies outside `bytes`, is wider than 64 bits, or `value` does not fit.
pub fn put_bits(bytes: &mut [u8], at: u32, width: u32, value: u64) {
    assert!(width <= 64, "field of {width} bits");
    assert!(
        width == 64 || value >> width == 0,
        "{value:#x} does not fit {width} bits"
    );
    for i in 0..width {
        let bit = (at + i) as usize;
        let mask = 1u8 << (bit % 8);
        if (value >> i) & 1 == 1 {
            bytes[bit / 8] |= mask;
        } else {
            bytes[bit / 8] &= !mask;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const L: &[Field] = &[field("a", 3, ""), field("b", 13, ""), field("c", 48, "")];

    #[test]
    fn positions_follow_from_order() {
        assert_eq!(
            (lsb(L, "a"), lsb(L, "b"), lsb(L, "c"), total_bits(L)),
            (0, 3, 16, 64)
        );
    }

    #[test]
    fn bits_round_trip() {
        let mut b = [0xa5u8; 8];
        put_bits(&mut b, 3, 13, 0x1abc);
        assert_eq!(get_bits(&b, 3, 13), 0x1abc);
        assert_eq!(get_bits(&b, 0, 3), 0xa5 & 7);
        assert_eq!(get_bits(&b, 16, 48), 0xa5a5_a5a5_a5a5);
    }
}
