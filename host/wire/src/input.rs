//! A growing window over a reader: units are borrowed in place, positions are known.

use std::io::Read;

use crate::StreamError;

const CHUNK: usize = 256 * 1024;

/// Buffered reader that lends `n` bytes at a time and knows its byte offset.
pub(crate) struct Input<R> {
    reader: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    offset: u64,
    gzip: bool,
}

impl<R> std::fmt::Debug for Input<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Input")
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}

impl<R: Read> Input<R> {
    /// `gzip` says that read errors are those of a decompressor.
    pub(crate) fn new(reader: R, gzip: bool) -> Self {
        Self {
            reader,
            buffer: vec![0; CHUNK],
            start: 0,
            end: 0,
            offset: 0,
            gzip,
        }
    }

    /// Byte offset of the next byte.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// Tries to have `count` bytes in the window; returns how many there are, less only at the end.
    pub(crate) fn fill(&mut self, count: usize) -> Result<usize, StreamError> {
        while self.end - self.start < count {
            if self.start > 0 {
                self.buffer.copy_within(self.start..self.end, 0);
                self.end -= self.start;
                self.start = 0;
            }
            if self.buffer.len() < count {
                self.buffer.resize(count, 0);
            }
            match self.reader.read(&mut self.buffer[self.end..]) {
                Ok(0) => break,
                Ok(read) => self.end += read,
                Err(source) if source.kind() == std::io::ErrorKind::Interrupted => {}
                Err(source) => return Err(self.failed(source)),
            }
        }
        Ok(self.end - self.start)
    }

    fn failed(&self, source: std::io::Error) -> StreamError {
        let offset = self.offset + (self.end - self.start) as u64;
        if self.gzip {
            StreamError::Gzip { offset, source }
        } else {
            StreamError::Io { offset, source }
        }
    }

    /// The bytes [`Input::fill`] made available, at most `count`.
    pub(crate) fn peek(&self, count: usize) -> &[u8] {
        &self.buffer[self.start..self.end.min(self.start + count)]
    }

    /// Makes `count` bytes available or says what is cut; `unit` starts `before` bytes back.
    pub(crate) fn need(
        &mut self,
        unit: &'static str,
        before: usize,
        count: usize,
    ) -> Result<(), StreamError> {
        let available = self.fill(count)?;
        if available < count {
            return Err(StreamError::Truncated {
                unit,
                offset: self.offset - before as u64,
                needed: before + count,
                available: before + available,
            });
        }
        Ok(())
    }

    /// Steps over `count` bytes that are available and lends them.
    pub(crate) fn take(&mut self, count: usize) -> &[u8] {
        let from = self.start;
        self.start += count;
        self.offset += count as u64;
        &self.buffer[from..from + count]
    }
}
