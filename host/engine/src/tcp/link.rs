//! What lies between the TCP/IP stack and the card's slow path: queues of frames, and the split.
//!
//! The card sends new payload itself. The stack is told of it afterwards and then "sends" it, too: that first transmission is swallowed
//! here, every later one of the same bytes is a retransmission and goes out. So nothing the stack sends is new.

use super::segment::{Seen, before};
use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::time::Instant;
use std::collections::VecDeque;
use wire::tcp::flag;

/// Most bytes of a frame of the stack, without FCS.
const MTU: usize = 1_514;

/// What the link has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LinkStats {
    /// First transmissions that were swallowed.
    pub swallowed: u64,
    /// Segments with payload that went out after the card had taken over.
    pub retransmitted: u64,
    /// Probes of a window too small for an order.
    pub probes: u64,
}

/// Frames to and from the stack.
#[derive(Debug, Default)]
pub(crate) struct Link {
    pub(crate) inbound: VecDeque<Vec<u8>>,
    pub(crate) outbound: VecDeque<Vec<u8>>,
    /// Where the stack has come to: behind the last byte it sent.
    pub(crate) emitted: u32,
    /// What the peer has acknowledged.
    pub(crate) acknowledged: u32,
    /// Acknowledgement and window that left last.
    pub(crate) told: Option<(u32, u16)>,
    /// The card sends new payload.
    pub(crate) armed: bool,
    /// The peer's window is asked for.
    pub(crate) probing: bool,
    /// Our port and the peer's: segments of other connections are answers to strays and move nothing here.
    pub(crate) ports: (u16, u16),
    pub(crate) stats: LinkStats,
}

impl Link {
    /// A frame the stack sends.
    fn leave(&mut self, frame: Vec<u8>) {
        let ours = |seen: &Seen| (seen.header.source_port, seen.header.destination_port) == self.ports;
        let Some(seen) = Seen::parse(&frame).filter(ours) else {
            self.outbound.push_back(frame);
            return;
        };
        let fresh = !before(seen.header.sequence, self.emitted);
        if seen.has(flag::SYN) || before(self.emitted, seen.end()) {
            self.emitted = seen.end();
        }
        let told = Some((seen.header.acknowledgement, seen.header.window));
        let control = seen.has(flag::SYN | flag::FIN | flag::RST);
        if self.armed && !control && !seen.payload.is_empty() {
            if fresh {
                self.stats.swallowed += 1;
                // What it acknowledges is still news to the peer.
                if self.told != told {
                    self.told = told;
                    self.outbound.push_back(seen.bare().emit());
                }
                return;
            }
            // A keep-alive asks with a byte the peer has, whose value the stack makes up: the card lets none leave that it has not sent. The
            // question is as good without it.
            if before(seen.header.sequence, self.acknowledged) && seen.payload == [0] {
                self.stats.probes += 1;
                self.outbound.push_back(seen.bare().emit());
                return;
            }
            self.stats.retransmitted += 1;
        }
        if seen.has(flag::ACK) {
            self.told = told;
        }
        self.outbound.push_back(frame);
    }
}

/// A frame for the stack.
#[derive(Debug)]
pub(crate) struct Arrived(Vec<u8>);

impl RxToken for Arrived {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&self.0)
    }
}

/// Room for a frame of the stack.
#[derive(Debug)]
pub(crate) struct Leaving<'a>(&'a mut Link);

impl TxToken for Leaving<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, f: F) -> R {
        let mut frame = vec![0; length];
        let result = f(&mut frame);
        self.0.leave(frame);
        result
    }
}

impl Device for Link {
    type RxToken<'a> = Arrived;
    type TxToken<'a> = Leaving<'a>;

    fn receive(&mut self, _: Instant) -> Option<(Arrived, Leaving<'_>)> {
        let frame = self.inbound.pop_front()?;
        Some((Arrived(frame), Leaving(self)))
    }

    fn transmit(&mut self, _: Instant) -> Option<Leaving<'_>> {
        Some(Leaving(self))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = MTU;
        capabilities
    }
}
