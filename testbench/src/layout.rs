//! Where the fields of a gateware bundle lie in its port, taken from the type itself.

use rust_hdl::prelude::{Synth, TypeDescriptor, TypeKind};
use std::collections::BTreeMap;
use std::sync::Arc;
use verilated::bits;

/// Bit positions of the fields of a `LogicStruct`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    width: u32,
    /// Path such as `meta.slot` → (lowest bit, width).
    fields: BTreeMap<String, (u32, u32)>,
}

impl Layout {
    /// The layout of a bundle.
    pub fn of<T: Synth>() -> Self {
        let mut layout = Self {
            width: 0,
            fields: BTreeMap::new(),
        };
        let width = layout.place(&T::descriptor(), "", 0);
        layout.width = width;
        layout
    }

    fn place(&mut self, descriptor: &TypeDescriptor, path: &str, low: u32) -> u32 {
        let width = match &descriptor.kind {
            TypeKind::Composite(fields) => {
                let mut at = low;
                for field in fields {
                    let dot = if path.is_empty() { "" } else { "." };
                    at += self.place(&field.kind, &format!("{path}{dot}{}", field.fieldname), at);
                }
                at - low
            }
            TypeKind::Bits(width) | TypeKind::Signed(width) => {
                u32::try_from(*width).expect("a port narrower than 4 Gbit")
            }
            TypeKind::Enum(labels) => labels.len().next_power_of_two().trailing_zeros().max(1),
        };
        self.fields.insert(path.into(), (low, width));
        width
    }

    /// Bits of the whole bundle.
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// Lowest bit and width of a field.
    ///
    /// # Panics
    /// If there is no such field.
    #[track_caller]
    pub fn field(&self, path: &str) -> (u32, u32) {
        let known = || {
            self.fields
                .keys()
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join(", ")
        };
        *self
            .fields
            .get(path)
            .unwrap_or_else(|| panic!("no field `{path}`; there are: {}", known()))
    }
}

/// A value of a bundle, as it travels through a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    layout: Arc<Layout>,
    words: Vec<u32>,
}

impl Bundle {
    /// All zero.
    pub fn zero(layout: &Arc<Layout>) -> Self {
        Self {
            words: vec![0; bits::words(layout.width())],
            layout: Arc::clone(layout),
        }
    }

    /// A value read from a port.
    ///
    /// # Panics
    /// If it has not the bundle's number of words.
    #[track_caller]
    pub fn from_words(layout: &Arc<Layout>, words: Vec<u32>) -> Self {
        assert_eq!(
            words.len(),
            bits::words(layout.width()),
            "words of a {}-bit bundle",
            layout.width()
        );
        Self {
            layout: Arc::clone(layout),
            words,
        }
    }

    /// The words, lowest first.
    pub fn words(&self) -> &[u32] {
        &self.words
    }

    /// A field of up to 64 bits.
    #[track_caller]
    pub fn get(&self, path: &str) -> u64 {
        let (low, width) = self.layout.field(path);
        bits::get(&self.words, low, width)
    }

    /// Writes a field of up to 64 bits.
    #[track_caller]
    pub fn set(&mut self, path: &str, value: u64) -> &mut Self {
        let (low, width) = self.layout.field(path);
        bits::set(&mut self.words, low, width, value);
        self
    }

    /// Writes the low bytes of a field of any width, byte 0 lowest.
    ///
    /// # Panics
    /// If there are more bytes than the field has.
    #[track_caller]
    pub fn set_bytes(&mut self, path: &str, bytes: &[u8]) -> &mut Self {
        let (low, width) = self.layout.field(path);
        assert!(
            bytes.len() * 8 <= width as usize,
            "{} bytes in the {width} bits of `{path}`",
            bytes.len()
        );
        for (byte, at) in bytes.iter().zip((low..).step_by(8)) {
            bits::set(&mut self.words, at, 8, u64::from(*byte));
        }
        self
    }

    /// A field of any whole number of bytes, byte 0 lowest.
    #[track_caller]
    pub fn get_bytes(&self, path: &str) -> Vec<u8> {
        let (low, width) = self.layout.field(path);
        let byte = |at| u8::try_from(bits::get(&self.words, at, 8)).expect("8 bits");
        (low..low + width).step_by(8).map(byte).collect()
    }

    /// Names and values of the fields that differ, for failure messages.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let leaves = self.layout.fields.iter().filter(|(path, (_, width))| {
            let inner = format!("{path}.");
            *width > 0 && !path.is_empty() && !self.layout.fields.keys().any(|p| p.starts_with(&inner))
        });
        let mut found = Vec::new();
        for (path, &(low, width)) in leaves {
            for at in (low..low + width).step_by(64) {
                let chunk = (low + width - at).min(64);
                let (a, b) = (
                    bits::get(&self.words, at, chunk),
                    bits::get(&other.words, at, chunk),
                );
                if a != b {
                    found.push(format!("{path}[{}+{chunk}]: {a:#x}, expected {b:#x}", at - low));
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gateware::types::{FeedEvent, Meta, RawMsg};

    #[test]
    fn offsets_follow_the_struct() {
        let layout = Layout::of::<FeedEvent>();
        assert_eq!(layout.field("meta.event").0, 0);
        assert_eq!(layout.field("meta.slot").0, layout.field("meta.event").1);
        assert_eq!(layout.field("oref").0, Layout::of::<Meta>().width());
        assert_eq!(layout.width() as usize, FeedEvent::BITS);
    }

    #[test]
    fn fields_and_differences() {
        let layout = Arc::new(Layout::of::<RawMsg>());
        let mut a = Bundle::zero(&layout);
        let b = a.clone();
        a.set_bytes("body", b"ABC").set("seq", u64::MAX);
        assert_eq!(&a.get_bytes("body")[..4], b"ABC\0");
        assert_eq!(a.differences(&b).len(), 2, "{:?}", a.differences(&b));
        assert_eq!(a.get("stamp"), 0);
    }
}
