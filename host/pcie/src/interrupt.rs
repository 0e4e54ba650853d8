//! Interrupts by eventfd.

use contract::port::Interrupt;
use vmm_sys_util::eventfd::{EFD_CLOEXEC, EFD_NONBLOCK, EventFd};

/// An MSI-X vector whose eventfd the kernel or the card process counts up.
#[derive(Debug)]
pub(crate) struct EventInterrupt(pub(crate) EventFd);

impl Interrupt for EventInterrupt {
    fn take(&mut self) -> u64 {
        // An eventfd without events says so by an error: nothing else can go wrong with it.
        self.0.read().unwrap_or(0)
    }
}

/// A new eventfd that never blocks.
pub(crate) fn eventfd() -> std::io::Result<EventFd> {
    EventFd::new(EFD_NONBLOCK | EFD_CLOEXEC)
}
