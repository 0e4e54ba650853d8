//! Vectors that start on a cache line.

use std::marker::PhantomData;

/// A cache line, and the widest register.
pub(crate) const LINE: usize = 64;

#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
struct Line([u8; LINE]);

mod sealed {
    /// Plain numbers: every bit pattern is a value, alignment at most that of a line.
    pub(crate) trait Plain: Copy + std::fmt::Debug {}
    impl Plain for u8 {}
    impl Plain for i8 {}
    impl Plain for i16 {}
    impl Plain for i32 {}
    impl Plain for f32 {}
}
pub(crate) use sealed::Plain;

/// Numbers that start on a cache line and end on one; what pads the end is zero at first.
#[derive(Debug, Clone)]
pub(crate) struct Aligned<T> {
    lines: Vec<Line>,
    numbers: PhantomData<T>,
}

impl<T: Plain> Aligned<T> {
    /// At least `count` zeros.
    pub(crate) fn zeros(count: usize) -> Self {
        Self {
            lines: vec![Line([0; LINE]); (count * size_of::<T>()).div_ceil(LINE)],
            numbers: PhantomData,
        }
    }

    /// These numbers, and zeros to the end of the line.
    pub(crate) fn of(numbers: &[T]) -> Self {
        let mut made = Self::zeros(numbers.len());
        made[..numbers.len()].copy_from_slice(numbers);
        made
    }
}

impl<T: Plain> std::ops::Deref for Aligned<T> {
    type Target = [T];

    #[inline(always)]
    fn deref(&self) -> &[T] {
        let count = self.lines.len() * (LINE / size_of::<T>());
        // SAFETY: the lines are initialised bytes, aligned for `T`, of which every bit pattern is a value; `count` of
        // them fill the lines exactly, and the borrow is that of `self`.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), count) }
    }
}

impl<T: Plain> std::ops::DerefMut for Aligned<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [T] {
        let count = self.lines.len() * (LINE / size_of::<T>());
        // SAFETY: as above; whatever is written is initialised bytes, and `self` is borrowed alone.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), count) }
    }
}
