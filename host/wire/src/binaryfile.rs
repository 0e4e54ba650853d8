//! Nasdaq's BinaryFILE: each message behind a big-endian u16 length; length 0 ends the session.

use std::io::{self, Read, Write};

use crate::StreamError;
use crate::input::Input;

/// Bytes in front of each message.
pub const LENGTH_LEN: usize = 2;

/// Reads messages one after another.
#[derive(Debug)]
pub struct Reader<R> {
    input: Input<R>,
    ended: bool,
}

impl<R: Read> Reader<R> {
    /// Reads from the start of `reader`.
    pub fn new(reader: R) -> Self {
        Self::over(Input::new(reader, false))
    }

    pub(crate) fn over(input: Input<R>) -> Self {
        Self { input, ended: false }
    }

    /// The next message with the byte offset of its length field; `None` at the end of the file or at the
    /// end-of-session marker.
    ///
    /// # Errors
    /// [`StreamError::Truncated`] when the file ends inside a message, [`StreamError::Io`].
    pub fn next_message(&mut self) -> Result<Option<(u64, &[u8])>, StreamError> {
        if self.ended {
            return Ok(None);
        }
        let offset = self.input.offset();
        if self.input.fill(LENGTH_LEN)? == 0 {
            self.ended = true;
            return Ok(None);
        }
        self.input.need("message length", 0, LENGTH_LEN)?;
        let prefix = self.input.take(LENGTH_LEN);
        let length = usize::from(u16::from_be_bytes([prefix[0], prefix[1]]));
        if length == 0 {
            self.ended = true;
            return Ok(None);
        }
        self.input.need("message", LENGTH_LEN, length)?;
        Ok(Some((offset, self.input.take(length))))
    }
}

/// Writes messages one after another.
#[derive(Debug)]
pub struct Writer<W> {
    inner: W,
}

impl<W: Write> Writer<W> {
    /// Writes to `inner`, which should buffer.
    pub fn new(inner: W) -> Self {
        Self { inner }
    }

    /// Appends a message.
    ///
    /// # Errors
    /// `InvalidInput` for an empty message or one beyond 65,535 bytes, and what `inner` returns.
    pub fn write(&mut self, message: &[u8]) -> io::Result<()> {
        let length = u16::try_from(message.len())
            .ok()
            .filter(|length| *length > 0)
            .ok_or_else(|| {
                let text = format!("a BinaryFILE message has 1 to 65535 bytes, got {}", message.len());
                io::Error::new(io::ErrorKind::InvalidInput, text)
            })?;
        self.inner.write_all(&length.to_be_bytes())?;
        self.inner.write_all(message)
    }

    /// Appends the end-of-session marker.
    ///
    /// # Errors
    /// What `inner` returns.
    pub fn end_of_session(&mut self) -> io::Result<()> {
        self.inner.write_all(&[0; LENGTH_LEN])
    }

    /// Hands the sink back; it is not flushed.
    pub fn into_inner(self) -> W {
        self.inner
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(messages: &[Vec<u8>], marker: bool) -> Vec<u8> {
        let mut writer = Writer::new(Vec::new());
        for message in messages {
            writer.write(message).unwrap();
        }
        if marker {
            writer.end_of_session().unwrap();
        }
        writer.into_inner()
    }

    fn read_all(bytes: &[u8]) -> Result<Vec<Vec<u8>>, StreamError> {
        let mut reader = Reader::new(bytes);
        let mut messages = Vec::new();
        while let Some((_, message)) = reader.next_message()? {
            messages.push(message.to_vec());
        }
        Ok(messages)
    }

    proptest! {
        #[test]
        fn round_trip_and_every_cut(messages in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..60), 1..8), marker: bool) {
            let bytes = written(&messages, marker);
            prop_assert_eq!(&read_all(&bytes).unwrap(), &messages);
            let starts: Vec<usize> = messages.iter().scan(0, |at, message| {
                let start = *at;
                *at += 2 + message.len();
                Some(start)
            }).collect();
            let last = *starts.last().unwrap();
            let body_end = last + 2 + messages.last().unwrap().len();
            for cut in 0..body_end {
                match read_all(&bytes[..cut]) {
                    Ok(read) => prop_assert_eq!(Some(&cut), starts.get(read.len())),
                    Err(StreamError::Truncated { offset, needed, available, .. }) => {
                        prop_assert!(starts.contains(&usize::try_from(offset).unwrap()));
                        prop_assert!(available < needed);
                    }
                    Err(other) => prop_assert!(false, "{}", other),
                }
            }
        }
    }

    #[test]
    fn what_follows_the_marker_is_not_read() {
        let mut bytes = written(&[vec![1, 2, 3]], true);
        bytes.extend_from_slice(&[0, 9, 1]);
        assert_eq!(read_all(&bytes).unwrap(), [vec![1, 2, 3]]);
    }

    #[test]
    fn the_error_names_the_offset() {
        let bytes = written(&[vec![1; 10], vec![2; 10]], false);
        let text = read_all(&bytes[..20]).unwrap_err().to_string();
        assert!(
            text.contains("truncated at byte 12") && text.contains("needs 12 bytes"),
            "{text}"
        );
    }

    #[test]
    fn empty_and_oversized_messages_are_refused() {
        let mut writer = Writer::new(Vec::new());
        assert!(writer.write(&[]).is_err());
        assert!(writer.write(&vec![0; 65_536]).is_err());
        assert!(writer.into_inner().is_empty());
    }
}
