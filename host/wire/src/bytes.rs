//! Big-endian field access at fixed offsets.

/// A value with a fixed width on the wire.
pub(crate) trait Field: Sized {
    /// Width in bytes.
    const WIDTH: usize;
    /// Reads the value at the start of `bytes`.
    fn get(bytes: &[u8]) -> Self;
    /// Writes the value at the start of `bytes`.
    fn put(self, bytes: &mut [u8]);
}

macro_rules! integer_field {
    ($($int:ty),*) => {$(
        impl Field for $int {
            const WIDTH: usize = size_of::<$int>();
            fn get(bytes: &[u8]) -> Self {
                let mut raw = [0; Self::WIDTH];
                raw.copy_from_slice(&bytes[..Self::WIDTH]);
                Self::from_be_bytes(raw)
            }
            fn put(self, bytes: &mut [u8]) {
                bytes[..Self::WIDTH].copy_from_slice(&self.to_be_bytes());
            }
        }
    )*};
}
integer_field!(u8, u16, u32, u64, i32);

impl<const N: usize> Field for [u8; N] {
    const WIDTH: usize = N;
    fn get(bytes: &[u8]) -> Self {
        let mut raw = [0; N];
        raw.copy_from_slice(&bytes[..N]);
        raw
    }
    fn put(self, bytes: &mut [u8]) {
        bytes[..N].copy_from_slice(&self);
    }
}

/// Reads a field at `offset`.
pub(crate) fn get<F: Field>(bytes: &[u8], offset: usize) -> F {
    F::get(&bytes[offset..])
}

/// Writes a field at `offset`.
pub(crate) fn put<F: Field>(bytes: &mut [u8], offset: usize, value: F) {
    value.put(&mut bytes[offset..]);
}

/// Reads a 48-bit unsigned integer at `offset`.
pub(crate) fn get_u48(bytes: &[u8], offset: usize) -> u64 {
    let mut raw = [0; 8];
    raw[2..].copy_from_slice(&bytes[offset..offset + 6]);
    u64::from_be_bytes(raw)
}

/// Writes the low 48 bits of `value` at `offset`.
pub(crate) fn put_u48(bytes: &mut [u8], offset: usize, value: u64) {
    bytes[offset..offset + 6].copy_from_slice(&value.to_be_bytes()[2..]);
}
