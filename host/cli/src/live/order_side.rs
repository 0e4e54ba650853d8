//! The order side of a card whose connection the host's stack shares: frames both ways beside those of the orders.

use std::collections::VecDeque;

use contract::ring::Ring;
use device::frames::FrameReader;
use sim_card::{Line, RxFrame, TxFrame};

use super::Live;
use crate::error::CliError;

/// Entries of the frames ring: 25 of the longest frames.
const FRAMES_LOG2: u32 = 10;
/// Cycles in which a frame of the TX window leaves besides those of its own beats: those of the window and of an order before it.
const LEAVE_CYCLES: u64 = 32;
/// Cycles in which a short frame that was received reaches the frames ring.
const ARRIVE_CYCLES: u64 = 64;
/// Least bytes of a frame, without its check sequence.
const FRAME_MIN: usize = 60;

/// What is between the card's order side and the stack.
#[derive(Debug)]
pub(crate) struct OrderSide {
    reader: FrameReader,
    /// Written into the frame TX window, not seen on the wire yet.
    written: VecDeque<Vec<u8>>,
    /// Left the card, not taken by the cable yet.
    departed: VecDeque<Vec<u8>>,
    /// Left the card, and the stack did not write it: an order's, to be held against it.
    orders: VecDeque<TxFrame>,
}

impl Live {
    /// Opens the frames ring; from now on frames that leave are told apart.
    pub(crate) fn open_order_side(&mut self) -> Result<(), CliError> {
        let device = &mut self.card.device;
        device.require_frames()?;
        self.order_side = Some(OrderSide {
            reader: FrameReader::new(device.ring(Ring::Frames, FRAMES_LOG2)?),
            written: VecDeque::new(),
            departed: VecDeque::new(),
            orders: VecDeque::new(),
        });
        Ok(())
    }

    /// Takes what has left the card. A frame is the stack's when it is byte for byte one that was written, and whole; those
    /// written before it and not seen were dropped by a full window, as a wire may.
    fn look_at_wire(&mut self) -> Result<(), CliError> {
        let Some(side) = &mut self.order_side else {
            return Ok(());
        };
        while let Some(frame) = self.lab.transmitted()? {
            let at = side.written.iter().position(|written| *written == frame.bytes);
            if !frame.aborted {
                side.departed.push_back(frame.bytes.clone());
            }
            match at {
                Some(at) if !frame.aborted && !frame.underrun => drop(side.written.drain(..=at)),
                _ => side.orders.push_back(frame),
            }
        }
        Ok(())
    }

    /// The next frame that left and was not the stack's.
    pub(crate) fn order_frame(&mut self) -> Result<Option<TxFrame>, CliError> {
        self.look_at_wire()?;
        match &mut self.order_side {
            Some(side) => Ok(side.orders.pop_front()),
            None => Ok(self.lab.transmitted()?),
        }
    }

    /// The next frame for the cable, whoever made it.
    pub(crate) fn departed(&mut self) -> Result<Option<Vec<u8>>, CliError> {
        self.look_at_wire()?;
        Ok(self
            .order_side
            .as_mut()
            .and_then(|side| side.departed.pop_front()))
    }

    /// A frame of the stack into the frame TX window; the card has time to send it.
    pub(crate) fn send_frame(&mut self, frame: &[u8]) -> Result<(), CliError> {
        self.card.device.send_frame(frame)?;
        if let Some(side) = &mut self.order_side {
            let mut padded = frame.to_vec();
            padded.resize(frame.len().max(FRAME_MIN), 0);
            side.written.push_back(padded);
        }
        Ok(self.lab.run(LEAVE_CYCLES + frame.len() as u64 / 8)?)
    }

    /// Frames from the cable into the card.
    pub(crate) fn receive_frames(&mut self, frames: Vec<Vec<u8>>) -> Result<(), CliError> {
        if frames.is_empty() {
            return Ok(());
        }
        for frame in frames {
            self.lab.receive(Line::O, RxFrame::new(frame))?;
        }
        self.lab.drain_receive()?;
        Ok(self.lab.run(ARRIVE_CYCLES)?)
    }

    /// Frames the card has put into the frames ring since the last call.
    pub(crate) fn arrived(&mut self) -> Result<Vec<Vec<u8>>, CliError> {
        let Some(side) = &mut self.order_side else {
            return Ok(Vec::new());
        };
        let frames: Vec<_> = std::iter::from_fn(|| side.reader.poll())
            .map(|frame| frame.bytes)
            .collect();
        if !frames.is_empty() {
            self.card.device.post_tail(Ring::Frames, side.reader.tail())?;
        }
        Ok(frames)
    }
}
