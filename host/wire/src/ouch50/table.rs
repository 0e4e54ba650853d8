//! The macro that makes views, owned forms and an enum from a table of messages.

macro_rules! ouch_messages {
    (
        $(#[$enum_doc:meta])* $any:ident $fields:ident;
        $(
            $(#[$doc:meta])*
            $kind:literal $fixed:literal $length:literal $name:ident $view:ident {
                $($(#[$field_doc:meta])* $field:ident: $type:ty = $offset:literal,)*
            }
        )*
    ) => {
        /// Type, bytes of the fixed part and fields `(name, offset, width)` of every message.
        pub const $fields: &[(u8, usize, &[(&str, usize, usize)])] = &[
            $(($kind, $fixed, &[$((stringify!($field), $offset, <$type as Field>::WIDTH)),*])),*
        ];

        $(#[$enum_doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(missing_docs, reason = "each variant is documented at its struct")]
        pub enum $any {
            $($name($name),)*
        }

        impl $any {
            /// Reads a message of any type with its options.
            ///
            /// # Errors
            /// Unknown type, or a length that neither the type nor the appendage it announces has.
            pub fn parse(bytes: &[u8]) -> Result<(Self, Options<'_>), WireError> {
                match bytes.first() {
                    $(Some(&$kind) => {
                        let view = $view::new_checked(bytes)?;
                        let options = bytes.get($fixed + APPENDAGE_LEN..).unwrap_or_default();
                        Ok((Self::$name($name::parse(&view)), Options::new(options)))
                    })*
                    Some(kind) => Err(WireError::OuchKind(*kind)),
                    None => Err(WireError::TooShort { unit: "ouch 5.0 message", needed: 1, actual: 0 }),
                }
            }

            /// Message type.
            pub const fn kind(&self) -> u8 {
                match self {
                    $(Self::$name(_) => $kind,)*
                }
            }

            /// The message on the wire with these options.
            pub fn to_vec(&self, appendage: &Appendage) -> Vec<u8> {
                match self {
                    $(Self::$name(message) => message.to_vec(appendage),)*
                }
            }
        }

        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq)]
            pub struct $name {
                $($(#[$field_doc])* pub $field: $type,)*
            }

            impl $name {
                /// Message type.
                pub const TYPE: u8 = $kind;
                /// Bytes in front of the appendage length.
                pub const FIXED: usize = $fixed;
                /// Bytes [`Self::emit`] writes: the message without options.
                pub const LEN: usize = $length;

                /// Reads the message a view shows, without its appendage.
                #[allow(unused_variables, reason = "some messages have no field")]
                pub fn parse<T: AsRef<[u8]>>(view: &$view<T>) -> Self {
                    Self { $($field: view.$field(),)* }
                }

                /// Writes the message without options at the start of `buffer`; returns its length.
                ///
                /// # Panics
                /// When `buffer` is too short.
                pub fn emit(&self, buffer: &mut [u8]) -> usize {
                    let bytes = &mut buffer[..Self::LEN];
                    bytes.fill(0);
                    bytes[0] = Self::TYPE;
                    $(put(bytes, $offset, self.$field);)*
                    Self::LEN
                }

                /// The message on the wire with these options.
                pub fn to_vec(&self, appendage: &Appendage) -> Vec<u8> {
                    let mut bytes = vec![0; Self::LEN];
                    self.emit(&mut bytes);
                    if !appendage.is_empty() {
                        bytes.truncate($fixed);
                        appendage.append_to(&mut bytes);
                    }
                    bytes
                }
            }

            impl From<$name> for $any {
                fn from(message: $name) -> Self {
                    Self::$name(message)
                }
            }

            #[doc = concat!("View of a [`", stringify!($name), "`]. After `new_checked` no accessor panics.")]
            #[derive(Debug, Clone, Copy)]
            pub struct $view<T> {
                buffer: T,
            }

            impl<T: AsRef<[u8]>> $view<T> {
                /// Checks type and length; options are checked as [`Self::options`] reaches them.
                ///
                /// # Errors
                /// What differs.
                pub fn new_checked(buffer: T) -> Result<Self, WireError> {
                    check(buffer.as_ref(), $kind, $fixed)?;
                    Ok(Self { buffer })
                }

                /// The bytes of the options, empty when there are none.
                pub fn appendage(&self) -> &[u8] {
                    self.buffer.as_ref().get($fixed + APPENDAGE_LEN..).unwrap_or_default()
                }

                /// The options.
                pub fn options(&self) -> Options<'_> {
                    Options::new(self.appendage())
                }

                $($(#[$field_doc])*
                pub fn $field(&self) -> $type {
                    get(self.buffer.as_ref(), $offset)
                })*
            }
        )*
    };
}
