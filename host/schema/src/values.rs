//! Values of the standard library.

use std::net::Ipv4Addr;
use std::path::PathBuf;

use crate::{Explained, Given, Key, Place, value};

macro_rules! integers {
    ($($type:ty),*) => {
        $(value!($type: format!("integer, {} to {}", <$type>::MIN, <$type>::MAX), |n: &$type| n.to_string());)*
    };
}

integers!(u8, u16, u32, u64, i32);
value!(f32: "number", |x: &f32| format!("{x:?}"));
value!(f64: "number", |x: &f64| format!("{x:?}"));
value!(bool: "true or false", |b: &bool| b.to_string());
value!(String: "text", |text: &String| format!("{text:?}"));
value!(PathBuf: "path of a file, relative to the configuration", |path: &PathBuf| format!("{:?}", path.display().to_string()));
value!(Ipv4Addr: "IPv4 address, as \"192.0.2.1\"", |address: &Ipv4Addr| format!("\"{address}\""));

impl<T: Explained> Explained for Option<T> {
    fn explain(at: &Place, default: Given<'_, Self>, into: &mut Vec<Key>) {
        let default = match default {
            Given::Is(Some(value)) => Given::Is(value),
            Given::Is(None) | Given::Absent => Given::Absent,
            Given::Required => Given::Required,
        };
        T::explain(at, default, into);
    }
}

impl<T: Explained> Explained for Vec<T> {
    fn explain(at: &Place, _default: Given<'_, Self>, into: &mut Vec<Key>) {
        T::explain(&at.repeated(), Given::Absent, into);
    }
}

impl<T: Explained + for<'de> serde::Deserialize<'de>> Explained for [T; 2] {
    fn explain(at: &Place, default: Given<'_, Self>, into: &mut Vec<Key>) {
        let parts = match default {
            Given::Is([a, b]) => [Given::Is(a), Given::Is(b)],
            Given::Absent => [Given::Absent, Given::Absent],
            Given::Required => [Given::Required, Given::Required],
        };
        let mut keys = Vec::new();
        for part in parts {
            T::explain(at, part, &mut keys);
        }
        if let Ok([low, high]) = <[Key; 2]>::try_from(keys) {
            let default = match (low.default, high.default) {
                (crate::Default::Is(low), crate::Default::Is(high)) => {
                    crate::Default::Is(format!("[{low}, {high}]"))
                }
                (other, _) => other,
            };
            into.push(Key {
                of: format!("array of two, each: {}", low.of),
                default,
                accepts: crate::accepts::<Self>,
                ..high
            });
        }
    }
}
