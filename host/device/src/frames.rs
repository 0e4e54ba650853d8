//! Slow-path frames: whole frames out of the frames ring, whole frames into the frame TX window.

use crate::{DeviceError, bringup::Device, ring::RingReader, ring::RingStats};
use contract::{
    frame::{self, CHUNK, FRAME_MAX, FRAME_MIN},
    reg::capability,
    ring::ENTRY_BYTES,
    window,
};

/// A frame the card received on its order side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedFrame {
    /// Bytes, without FCS.
    pub bytes: Vec<u8>,
    /// Card time of its first beat, ns, low 36 bits.
    pub stamp_ns: u64,
}

/// Puts the entries of the frames ring together.
#[derive(Debug)]
pub struct FrameReader {
    ring: RingReader,
    partial: Vec<u8>,
    length: usize,
    next_part: u8,
    broken: u64,
}

impl FrameReader {
    /// A reader of the frames ring.
    pub const fn new(ring: RingReader) -> Self {
        Self {
            ring,
            partial: Vec::new(),
            length: 0,
            next_part: 0,
            broken: 0,
        }
    }

    /// The next whole frame, if it has arrived.
    pub fn poll(&mut self) -> Option<ReceivedFrame> {
        while let Some(entry) = self.ring.poll() {
            let resumed = self.ring.take_resumed();
            if let Some(frame) = self.take(&entry, resumed) {
                return Some(frame);
            }
        }
        None
    }

    /// One entry; behind a loss a frame is begun anew.
    fn take(&mut self, entry: &[u8; ENTRY_BYTES], resumed: bool) -> Option<ReceivedFrame> {
        let head = frame::head(entry);
        let follows = head.is_some_and(|h| {
            h.part == 0 || (!resumed && h.part == self.next_part && usize::from(h.length) == self.length)
        });
        let begins = head.is_some_and(|h| h.part == 0);
        if self.next_part > 0 && (begins || !follows) {
            self.broken = self.broken.saturating_add(1);
            self.next_part = 0;
        }
        let head = head.filter(|_| follows)?;
        if begins {
            self.partial.clear();
            self.length = usize::from(head.length);
        }
        let left = self.length.saturating_sub(self.partial.len());
        self.partial.extend_from_slice(&entry[8..8 + left.min(CHUNK)]);
        self.next_part = head.part + 1;
        if self.partial.len() < self.length {
            return None;
        }
        self.next_part = 0;
        Some(ReceivedFrame {
            bytes: std::mem::take(&mut self.partial),
            stamp_ns: head.stamp,
        })
    }

    /// What to post as tail.
    pub const fn tail(&self) -> u32 {
        self.ring.tail()
    }

    /// Counts of the ring.
    pub const fn stats(&self) -> RingStats {
        self.ring.stats()
    }

    /// Frames lost in part, because the card lapped the reader or an entry was broken.
    pub const fn broken(&self) -> u64 {
        self.broken
    }
}

impl Device {
    /// Whether the card has the frames ring and the frame TX window.
    ///
    /// # Errors
    /// [`DeviceError::Capability`] when it has not.
    pub fn require_frames(&self) -> Result<(), DeviceError> {
        if self.has(capability::FRAMES) {
            Ok(())
        } else {
            Err(DeviceError::Capability("slow path for frames"))
        }
    }

    /// Writes a frame into the frame TX window, padded to the least length; it goes out behind the orders. A card without room
    /// drops and counts it, as a wire may.
    ///
    /// # Errors
    /// [`DeviceError::Capability`], [`DeviceError::FrameLength`], or the transport's.
    pub fn send_frame(&mut self, bytes: &[u8]) -> Result<(), DeviceError> {
        self.require_frames()?;
        let length = bytes.len().max(FRAME_MIN);
        if length > FRAME_MAX {
            return Err(DeviceError::FrameLength(bytes.len()));
        }
        let mut image = vec![0; (8 + length).next_multiple_of(64)];
        image[..8].copy_from_slice(&(length as u64).to_le_bytes());
        image[8..8 + bytes.len()].copy_from_slice(bytes);
        let (lines, _) = image.as_chunks::<64>();
        let mut at = window::offset("frame_tx");
        for line in lines {
            self.regs.port().write_line(at, line)?;
            at += 64;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::port::DmaRegion;
    use contract::ring::seal;
    use proptest::prelude::*;
    use std::sync::{Arc, Mutex};

    #[derive(Debug, Clone)]
    struct Memory(Arc<Mutex<Vec<u8>>>);

    impl DmaRegion for Memory {
        fn bus_address(&self) -> u64 {
            0
        }
        fn len(&self) -> usize {
            self.0.lock().expect("lock").len()
        }
        fn load_u32(&self, at: usize) -> u32 {
            let m = self.0.lock().expect("lock");
            u32::from_le_bytes([m[at], m[at + 1], m[at + 2], m[at + 3]])
        }
        fn copy_out(&self, at: usize, out: &mut [u8]) {
            out.copy_from_slice(&self.0.lock().expect("lock")[at..at + out.len()]);
        }
        fn clear(&mut self) {
            self.0.lock().expect("lock").fill(0);
        }
    }

    const SIZE_LOG2: u32 = 6;

    fn reader() -> (Memory, FrameReader) {
        let memory = Memory(Arc::new(Mutex::new(vec![0; ENTRY_BYTES << SIZE_LOG2])));
        let ring = RingReader::new(Box::new(memory.clone()), SIZE_LOG2);
        (memory, FrameReader::new(ring))
    }

    fn write(memory: &Memory, seq: &mut u32, frame: &[u8]) {
        for part in 0..frame::parts(frame.len()) {
            let mut entry = frame::entry(frame, part, 7);
            *seq += 1;
            seal(&mut entry, *seq);
            let at = ((*seq - 1) & ((1 << SIZE_LOG2) - 1)) as usize * ENTRY_BYTES;
            memory.0.lock().expect("lock")[at..at + ENTRY_BYTES].copy_from_slice(&entry);
        }
    }

    proptest! {
        /// Frames come out as they went in; behind a lap none comes out that did not go in.
        #[test]
        fn frames_come_out_whole(lengths in proptest::collection::vec((1usize..1_523, any::<bool>()), 1..40)) {
            let (memory, mut reader) = reader();
            let (mut seq, mut written, mut seen) = (0, Vec::new(), 0);
            for (i, (length, read)) in lengths.iter().enumerate() {
                let frame: Vec<u8> = (0..*length).map(|at| ((at * 7 + i) % 251).to_le_bytes()[0]).collect();
                write(&memory, &mut seq, &frame);
                written.push(frame);
                while *read && let Some(frame) = reader.poll() {
                    let place = written.iter().position(|f| *f == frame.bytes);
                    prop_assert!(place.is_some(), "a frame of {} bytes nobody sent", frame.bytes.len());
                    prop_assert_eq!(frame.stamp_ns, 7);
                    seen += 1;
                }
            }
            if reader.stats().lapped == 0 {
                while reader.poll().is_some() {
                    seen += 1;
                }
            }
            prop_assert!(reader.stats().lapped > 0 || seen == written.len());
        }
    }
}
