//! QEMU's `edu` device, which is not of our making: the same way to a function, checked against somebody else's.

use super::Outcome;
use super::checks::check;
use contract::port::{DmaRegion, Interrupt};
use pcie::{Bdf, Function};

/// Command register: memory space and Bus Master.
const COMMAND: u16 = 4;
const MEMORY_AND_MASTER: u32 = 6;
const BAR_BYTES: usize = 0x1000;
/// Registers (QEMU, docs/specs/edu.rst).
const ID: usize = 0x00;
const LIVENESS: usize = 0x04;
const FACTORIAL: usize = 0x08;
const STATUS: usize = 0x20;
const COMPUTING: u32 = 1;
const IRQ_STATUS: usize = 0x24;
const IRQ_RAISE: usize = 0x60;
const IRQ_ACKNOWLEDGE: usize = 0x64;
const DMA_SOURCE: usize = 0x80;
const DMA_DESTINATION: usize = 0x88;
const DMA_COUNT: usize = 0x90;
const DMA_COMMAND: usize = 0x98;
/// Start, and interrupt when done; with the third bit from the device to memory.
const TO_DEVICE: u64 = 1 | 4;
const TO_MEMORY: u64 = 1 | 2 | 4;
/// The buffer inside the device.
const BUFFER: u64 = 0x40000;
/// Less than the whole buffer, which QEMU 7.2 refuses.
const BYTES: u64 = 2048;
/// Looks before an interrupt is given up; the device waits 100 ms before a transfer.
const LOOKS: usize = 20_000_000;

fn comes(interrupt: &mut dyn Interrupt) -> bool {
    (0..LOOKS).any(|_| {
        std::thread::yield_now();
        interrupt.take() > 0
    })
}

fn bytes(region: &dyn DmaRegion, offset: usize) -> Vec<u8> {
    let mut out = vec![0; usize::try_from(BYTES).unwrap_or(0)];
    region.copy_out(offset, &mut out);
    out
}

pub(super) fn all(bdf: Bdf) -> Outcome {
    let mut function = Function::open(bdf)?;
    function.config_write(COMMAND, MEMORY_AND_MASTER)?;
    let bar = function.map_bar(0, BAR_BYTES)?;
    check("identification", bar.read32(ID) & 0xff == 0xed)?;
    bar.write32(LIVENESS, 0x1234_5678);
    check("liveness", bar.read32(LIVENESS) == !0x1234_5678)?;
    bar.write32(FACTORIAL, 10);
    while bar.read32(STATUS) & COMPUTING != 0 {}
    check("factorial", bar.read32(FACTORIAL) == 3_628_800)?;
    let mut interrupt = function.interrupt(0)?;
    bar.write32(IRQ_RAISE, 0x55);
    check(
        "MSI by eventfd",
        comes(interrupt.as_mut()) && bar.read32(IRQ_STATUS) == 0x55,
    )?;
    bar.write32(IRQ_ACKNOWLEDGE, 0x55);

    // A pattern into the device and out again, far into memory on huge pages.
    let mut source = function.dma_alloc(4096)?;
    for (i, at) in (0..4096).step_by(4).enumerate() {
        source.store_u32(at, u32::try_from(i)?.wrapping_mul(0x9e37_79b9) | 1);
    }
    let target = function.dma_alloc(4 << 20)?;
    let mut transfer = |from: u64, to: u64, command: u64| {
        bar.write64(DMA_SOURCE, from);
        bar.write64(DMA_DESTINATION, to);
        bar.write64(DMA_COUNT, BYTES);
        bar.write64(DMA_COMMAND, command);
        let done = comes(interrupt.as_mut());
        bar.write32(IRQ_ACKNOWLEDGE, bar.read32(IRQ_STATUS));
        check("a transfer with its interrupt", done)
    };
    let at = 3 << 20;
    transfer(source.bus_address(), BUFFER, TO_DEVICE)?;
    transfer(BUFFER, target.bus_address() + at, TO_MEMORY)?;
    let came = bytes(&target, usize::try_from(at)?);
    check("what came back is what went", came == bytes(&source, 0))?;
    check("and no more", target.load_u32(usize::try_from(at + BYTES)?) == 0)
}
