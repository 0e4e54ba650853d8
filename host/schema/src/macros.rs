//! What declares sections and choices.

/// A section whose keys all have a default: the struct, `Deserialize` that refuses unknown keys, `Default`, and
/// [`Explained`](crate::Explained). A key is `pub name: Type = default, "unit" => ["REGISTER"] "module";`, where unit and
/// target are left out for a section below.
#[macro_export]
macro_rules! section {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $(
                $(#[doc = $doc:literal])+
                pub $field:ident: $type:ty = $default:expr $(, $unit:literal => [$($register:literal),*] $module:literal)?;
            )*
        }
    ) => {
        $(#[$meta])*
        #[derive($crate::serde::Deserialize)]
        #[serde(crate = "schema::serde", deny_unknown_fields, default)]
        pub struct $name {
            $($(#[doc = $doc])+ pub $field: $type,)*
        }

        impl ::std::default::Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }

        impl $crate::Explained for $name {
            fn explain(at: &$crate::Place, default: $crate::Given<'_, Self>, into: &mut ::std::vec::Vec<$crate::Key>) {
                let own = <Self as ::std::default::Default>::default();
                let default = match default {
                    $crate::Given::Is(given) => given,
                    _ => &own,
                };
                into.push(at.section::<Self>());
                $(
                    let place = at.field(
                        stringify!($field),
                        &[$($doc),+],
                        $crate::target!($($unit => [$($register),*] $module)?),
                    );
                    <$type as $crate::Explained>::explain(&place, $crate::Given::Is(&default.$field), into);
                )*
            }
        }
    };
}

/// A section some keys of which have to be given: those without `= default`, which is the only default here and means
/// that of the type. `as "name"` is the key where it is not the field's name.
#[macro_export]
macro_rules! record {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $(
                $(#[doc = $doc:literal])+
                pub $field:ident $(as $key:literal)?: $type:ty $(= $default:ident)?
                    $(, $unit:literal => [$($register:literal),*] $module:literal)?;
            )*
        }
    ) => {
        $(#[$meta])*
        #[derive($crate::serde::Deserialize)]
        #[serde(crate = "schema::serde", deny_unknown_fields)]
        pub struct $name {
            $($(#[doc = $doc])+ $(#[serde(rename = $key)])? $(#[serde($default)])? pub $field: $type,)*
        }

        impl $crate::Explained for $name {
            fn explain(at: &$crate::Place, _default: $crate::Given<'_, Self>, into: &mut ::std::vec::Vec<$crate::Key>) {
                into.push(at.section::<Self>());
                $(
                    let names: &[&str] = &[stringify!($field), $($key)?];
                    let name = names.last().copied().unwrap_or_default();
                    let target: $crate::Target = $crate::target!($($unit => [$($register),*] $module)?);
                    let place = at.field(name, &[$($doc),+], target);
                    let defaults: &[$type] = &[$(<$type as ::std::default::Default>::$default())?];
                    let default = match defaults.first() {
                        Some(default) => $crate::Given::Is(default),
                        None => $crate::Given::Required,
                    };
                    <$type as $crate::Explained>::explain(&place, default, into);
                )*
            }
        }
    };
}

/// One of several words: the enum, `Deserialize`, and [`Explained`](crate::Explained) with what each word means.
#[macro_export]
macro_rules! choice {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $(
                $(#[doc = $doc:literal])+
                $(#[default $($mark:ident)?])?
                $variant:ident = $word:literal,
            )*
        }
    ) => {
        $(#[$meta])*
        #[derive($crate::serde::Deserialize)]
        #[serde(crate = "schema::serde")]
        pub enum $name {
            $($(#[doc = $doc])+ $(#[default $($mark)?])? #[serde(rename = $word)] $variant,)*
        }

        impl $crate::Explained for $name {
            fn explain(at: &$crate::Place, default: $crate::Given<'_, Self>, into: &mut ::std::vec::Vec<$crate::Key>) {
                let shown = |value: &Self| match value {
                    $(Self::$variant => concat!('"', $word, '"').to_owned(),)*
                };
                let words: &[&str] = &[$(concat!('"', $word, '"')),*];
                into.push($crate::Key {
                    choices: &[$(($word, concat!($($doc),+))),*],
                    ..at.value::<Self>(words.join(" or "), &default, shown)
                });
            }
        }
    };
}

/// A type of value that is written in a way of its own, in words, and how it is shown.
#[macro_export]
macro_rules! value {
    ($type:ty: $of:expr, $shown:expr) => {
        impl $crate::Explained for $type {
            fn explain(
                at: &$crate::Place,
                default: $crate::Given<'_, Self>,
                into: &mut ::std::vec::Vec<$crate::Key>,
            ) {
                into.push(at.value::<Self>(String::from($of), &default, $shown));
            }
        }
    };
}

/// Unit, registers and module of a key; nothing for a section.
#[doc(hidden)]
#[macro_export]
macro_rules! target {
    () => {
        ("", &[], "")
    };
    ($unit:literal => [$($register:literal),*] $module:literal) => {
        ($unit, &[$($register),*], $module)
    };
}
