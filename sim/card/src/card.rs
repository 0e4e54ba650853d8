//! The card itself: one `step` is one cycle.

use crate::{
    axi::{AxilPorts, DmaSink, DmaWrite, StreamPorts, WriteSlavePorts},
    dma::{Memory, Region},
    emitted,
    faults::Fault,
    mac::{Beat, LINES, Line, RxFrame, RxLine, TxFrame, TxLine},
    shell::Core,
};
use contract::port::vector;
use contract::reg::{self, status};
use gateware::emit::{EmitError, Size, sha256};
use serde::{Deserialize, Serialize};
use sharedmem::ClientMemory;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use verilated::{Error, Model, PortId, Source};

/// Cycles a bus transaction may take before the card is called hung.
const TRANSACTION_CYCLES_MAX: u64 = 10_000;
/// Cycles the card is held in reset.
const RESET_CYCLES: u64 = 16;
/// Cycles after which a card that does not come to rest is given up: the longest sweep takes under half.
const REST_CYCLES_MAX: u64 = 1_000_000;
/// Cycles between two looks at a card that is to come to rest.
const REST_LOOK_CYCLES: u64 = 64;

/// Why the simulated card could not be built or does not answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CardError {
    /// The gateware could not be emitted.
    #[error(transparent)]
    Emit(#[from] EmitError),
    /// Verilator, the compiler, or the loader.
    #[error(transparent)]
    Model(#[from] Error),
    /// A bus transaction did not end.
    #[error(
        "the card did not answer a {what} at {offset:#x} within {TRANSACTION_CYCLES_MAX} cycles (cycle {cycle})"
    )]
    Hung {
        /// Kind of transaction.
        what: &'static str,
        /// Byte offset.
        offset: u32,
        /// Cycle at which it was given up.
        cycle: u64,
    },
    /// Something in the card never ends.
    #[error(
        "the card did not come to rest within {REST_CYCLES_MAX} cycles (STATUS {status:#x}, cycle {cycle})"
    )]
    Restless {
        /// Last `STATUS`.
        status: u32,
        /// Cycle at which it was given up.
        cycle: u64,
    },
}

/// Read transactions on the card's buses since it was built, each counted where it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BusReads {
    /// Reads of BAR0 by the host.
    pub mmio: u64,
    /// Reads of host memory by the card.
    pub dma: u64,
    /// Whether the card has a bus by which it could read host memory at all.
    pub dma_channel: bool,
    /// Looks at `STATUS` by what stands around the card ([`Card::rest`]): no host makes them.
    pub lab: u64,
}

/// How the card is built.
#[derive(Debug, Clone)]
pub struct Options {
    /// Size of the gateware.
    pub size: Size,
    /// FST trace of every signal.
    pub trace: Option<PathBuf>,
    /// Verilog to simulate in place of the emitted one: a mutant.
    pub verilog: Option<String>,
    /// Fault to activate in Verilog that holds mutants (its input `mutant_id`); 0 is none.
    pub mutant: u16,
    /// Value of the `BUILD` register.
    pub build_id: u32,
    /// The core within its shell, the order of the clocks' edges drawn by this seed, which is not 0.
    pub shell: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            size: Size::Sim,
            trace: None,
            verilog: None,
            mutant: 0,
            build_id: 0,
            shell: None,
        }
    }
}

/// Interrupts raised and not taken yet, a counter a vector.
pub(crate) type Pending = Arc<[AtomicU64; vector::COUNT as usize]>;

/// The simulated card.
#[derive(Debug)]
pub struct Card {
    /// What the ports belong to: the core, or the shell around it.
    model: Model,
    core: Option<Core>,
    sha256: String,
    axil: AxilPorts,
    bar2: Option<WriteSlavePorts>,
    /// By line; Verilog without an order side has no third.
    rx_ports: Vec<StreamPorts>,
    rx: [RxLine; LINES],
    tx_ports: Option<(StreamPorts, PortId)>,
    tx: TxLine,
    dma: DmaSink,
    line_cycle: Option<u64>,
    memory: Memory,
    bus_master_port: PortId,
    bus_master: bool,
    reset: PortId,
    irq_ports: [(PortId, usize); 2],
    pending: Pending,
    /// Address valid, and ready, of an AXI read master.
    dma_read_ports: Option<(PortId, Option<PortId>)>,
    reads: BusReads,
    /// Lines into BAR2 that arrive once more.
    doubled: u32,
}

impl Card {
    /// Emits, builds (or finds in the cache) and resets the card.
    ///
    /// # Errors
    /// [`CardError`].
    pub fn new(options: &Options) -> Result<Self, CardError> {
        let verilog = match &options.verilog {
            Some(text) => text.clone(),
            None => emitted::top(options.size)?,
        };
        let digest = sha256(&verilog);
        let source = Source::new("top", verilog).fast().trace(options.trace.is_some());
        let mut model = Model::build(&source, 1)?;
        if let Some(path) = &options.trace {
            model.trace_open(path)?;
        }
        let build = model.try_port("build_id")?;
        model.set(build, u64::from(options.build_id));
        if options.mutant > 0 {
            let mutant = model.try_port("mutant_id")?;
            model.set(mutant, u64::from(options.mutant));
        }
        let core = match options.shell {
            None => None,
            Some(seed) => {
                let (shell, core) = Core::within(model, options.size, seed.max(1))?;
                model = shell;
                Some(core)
            }
        };
        let tx_ports = StreamPorts::find(&model, "tx_")
            .ok()
            .zip(model.try_port("tx_tready").ok());
        let mut card = Self {
            sha256: digest,
            axil: AxilPorts::find(&model, "s_axil_")?,
            bar2: WriteSlavePorts::find(&model, "s_axi_").ok(),
            rx_ports: [
                StreamPorts::find(&model, "rx_a_")?,
                StreamPorts::find(&model, "rx_b_")?,
            ]
            .into_iter()
            .chain(StreamPorts::find(&model, "rx_o_"))
            .collect(),
            rx: Default::default(),
            tx_ports,
            tx: TxLine::default(),
            dma: DmaSink::new(&model)?,
            line_cycle: None,
            memory: Memory::default(),
            bus_master_port: model.try_port("bus_master")?,
            bus_master: false,
            reset: model.try_port("reset")?,
            irq_ports: [
                (model.try_port("irq_event")?, usize::from(vector::EVENTS)),
                (model.try_port("irq_kill")?, usize::from(vector::KILL)),
            ],
            pending: Pending::default(),
            dma_read_ports: model
                .try_port("m_axi_arvalid")
                .ok()
                .map(|valid| (valid, model.try_port("m_axi_arready").ok())),
            reads: BusReads::default(),
            doubled: 0,
            model,
            core,
        };
        card.reads.dma_channel = card.dma_read_ports.is_some();
        if let Some((_, Some(ready))) = card.dma_read_ports {
            card.model.set(ready, 1);
        }
        card.reset();
        Ok(card)
    }

    /// SHA-256 of the Verilog that is simulated, in hex.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Cycles simulated.
    pub fn cycles(&self) -> u64 {
        self.core
            .as_ref()
            .map_or(&self.model, |core| &core.model)
            .cycles()
    }

    /// Holds the card in reset for some cycles; memory mappings stay, Bus Master goes off, interrupts that wait are lost.
    pub fn reset(&mut self) {
        self.set_bus_master(false);
        self.model.set(self.reset, 1);
        for _ in 0..RESET_CYCLES {
            self.step();
        }
        self.model.set(self.reset, 0);
        self.step();
        self.pending
            .iter()
            .for_each(|count| count.store(0, Ordering::Relaxed));
    }

    /// Bus Master as the configuration space says.
    pub fn set_bus_master(&mut self, on: bool) {
        self.bus_master = on;
        self.model.set(self.bus_master_port, u64::from(on));
    }

    /// Whether the card may write to host memory.
    pub const fn bus_master(&self) -> bool {
        self.bus_master
    }

    /// Queues a frame on a receive line; nothing happens on a card without it.
    pub fn receive(&mut self, line: Line, frame: RxFrame) {
        if self.rx_ports.get(line as usize).is_some() {
            self.rx[line as usize].push(frame);
        }
    }

    /// Frames queued or on their way on all lines.
    pub fn receive_pending(&self) -> usize {
        self.rx.iter().map(RxLine::pending).sum()
    }

    /// Runs until every queued frame has been received.
    pub fn drain_receive(&mut self) {
        while self.receive_pending() > 0 {
            self.step();
        }
    }

    /// The next frame that left the card.
    pub fn transmitted(&mut self) -> Option<TxFrame> {
        self.tx.done.pop_front()
    }

    /// Starts logging writes to host memory and first beats of received frames.
    pub fn log(&mut self) {
        self.dma.log = Some(Vec::new());
        for line in &mut self.rx {
            line.first_beats = Some(Vec::new());
        }
    }

    /// Writes to host memory since the last call.
    pub fn take_dma_log(&mut self) -> Vec<DmaWrite> {
        self.dma.log.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Cycles of the first beats of a line's frames since the last call.
    pub fn take_first_beats(&mut self, line: Line) -> Vec<u64> {
        self.rx[line as usize]
            .first_beats
            .as_mut()
            .map(std::mem::take)
            .unwrap_or_default()
    }

    /// Cycle in which the card took the last word of the last line written into BAR2.
    pub const fn line_cycle(&self) -> Option<u64> {
        self.line_cycle
    }

    /// Writes to host memory so far: (accepted, refused).
    pub const fn dma_counts(&self) -> (u64, u64) {
        (self.dma.accepted, self.dma.refused)
    }

    /// Injects a fault; an interrupt at once, others into what comes next.
    pub fn inject(&mut self, fault: Fault) {
        match fault {
            Fault::Torn { .. } | Fault::Broken { .. } => self.dma.faults.push(fault),
            Fault::Doorbell => self.doubled += 1,
            Fault::Interrupts { vector, count } => {
                if let Some(pending) = self.pending.get(usize::from(vector)) {
                    pending.fetch_add(count, Ordering::Relaxed);
                }
            }
        }
    }

    /// The core's clock stands still for so many cycles of the others: what comes meanwhile waits in the shell, as far as it has room. Time
    /// stands with it, so that no new frame begins on a line. Nothing happens on a card without its shell, which has one clock.
    pub fn hold_core(&mut self, cycles: u64) {
        if let Some(core) = &mut self.core {
            core.hold(cycles);
        }
        self.run(cycles);
    }

    /// Reads on both buses so far.
    pub const fn bus_reads(&self) -> BusReads {
        self.reads
    }

    /// Runs until no message is on its way and the level store has nothing to do. Whoever holds the cables looks at
    /// the card by this, so that a feed can wait for it; the host does not read for it.
    ///
    /// # Errors
    /// [`CardError::Hung`] or [`CardError::Restless`].
    pub fn rest(&mut self) -> Result<(), CardError> {
        let until = self.cycles().saturating_add(REST_CYCLES_MAX);
        loop {
            let status = self.bus_read(reg::global("STATUS"))?;
            self.reads.lab += 1;
            if status & (status::BUSY | status::STORE_BUSY) == 0 {
                return Ok(());
            }
            if self.cycles() >= until {
                let cycle = self.cycles();
                return Err(CardError::Restless { status, cycle });
            }
            self.run(REST_LOOK_CYCLES);
        }
    }

    /// The host end is ready only in `on` of every `period` cycles.
    ///
    /// # Panics
    /// When `on` is 0 or above `period`.
    pub fn set_dma_duty(&mut self, period: u64, on: u64) {
        assert!(on > 0 && on <= period, "duty {on} of {period}");
        self.dma.duty = (period, on);
    }

    /// Interrupts that were raised.
    pub(crate) fn pending(&self) -> Pending {
        Arc::clone(&self.pending)
    }

    /// Memory of another process that the card may write into.
    pub(crate) fn client_memory(&mut self) -> &mut ClientMemory {
        &mut self.memory.client
    }

    /// Maps host memory.
    pub(crate) fn map(&mut self, bytes: usize) -> Region {
        self.memory.alloc(bytes)
    }

    /// Runs some cycles.
    pub fn run(&mut self, cycles: u64) {
        for _ in 0..cycles {
            self.step();
        }
    }

    /// One cycle.
    pub fn step(&mut self) {
        let cycle = self.cycles();
        for (ports, line) in self.rx_ports.iter().zip(&mut self.rx) {
            drive_stream(&mut self.model, ports, line.beat(cycle));
        }
        self.dma.drive(&mut self.model, cycle);
        if let Some((_, ready)) = self.tx_ports {
            self.model.set(ready, 1);
        }
        self.dma
            .sample(&self.model, cycle, &mut self.memory, self.bus_master);
        if let Some((ports, _)) = &self.tx_ports {
            let beat = sample_stream(&self.model, ports);
            self.tx.beat(cycle, beat);
        }
        if let Some((valid, _)) = self.dma_read_ports {
            self.reads.dma += self.model.get(valid);
        }
        for (port, vector) in self.irq_ports {
            if self.model.get(port) == 1 {
                self.pending[vector].fetch_add(1, Ordering::Relaxed);
            }
        }
        match &mut self.core {
            None => self.model.tick(),
            Some(core) => core.cycle(&mut self.model),
        }
    }

    /// Whether a write to host memory is half done.
    pub fn dma_idle(&self) -> bool {
        self.dma.idle()
    }

    /// AXI4-Lite read by the host.
    ///
    /// # Errors
    /// [`CardError::Hung`].
    pub fn read32(&mut self, offset: u32) -> Result<u32, CardError> {
        self.reads.mmio += 1;
        self.bus_read(offset)
    }

    fn bus_read(&mut self, offset: u32) -> Result<u32, CardError> {
        let p = self.axil;
        self.model.set(p.araddr, u64::from(offset));
        self.model.set(p.arvalid, 1);
        self.model.set(p.rready, 1);
        let hung = |card: &Self| CardError::Hung {
            what: "read",
            offset,
            cycle: card.cycles(),
        };
        let mut addressed = false;
        for _ in 0..TRANSACTION_CYCLES_MAX {
            self.model.eval();
            let taken = !addressed && self.model.get(p.arready) == 1;
            let data =
                (self.model.get(p.rvalid) == 1 && (addressed || taken)).then(|| self.model.get(p.rdata));
            self.step();
            if taken {
                addressed = true;
                self.model.set(p.arvalid, 0);
            }
            if let Some(data) = data {
                self.model.set(p.rready, 0);
                return Ok(u32::try_from(data & 0xffff_ffff).unwrap_or(u32::MAX));
            }
        }
        Err(hung(self))
    }

    /// AXI4-Lite write, complete when the response has come.
    ///
    /// # Errors
    /// [`CardError::Hung`].
    pub fn write32(&mut self, offset: u32, value: u32) -> Result<(), CardError> {
        let p = self.axil;
        self.model.set(p.awaddr, u64::from(offset));
        self.model.set(p.wdata, u64::from(value));
        self.model.set(p.wstrb, 0xf);
        let (mut address, mut data) = (true, true);
        self.model.set(p.bready, 1);
        for _ in 0..TRANSACTION_CYCLES_MAX {
            self.model.set(p.awvalid, u64::from(address));
            self.model.set(p.wvalid, u64::from(data));
            self.model.eval();
            let address_taken = address && self.model.get(p.awready) == 1;
            let data_taken = data && self.model.get(p.wready) == 1;
            let done = self.model.get(p.bvalid) == 1;
            self.step();
            address &= !address_taken;
            data &= !data_taken;
            if done {
                self.model.set(p.awvalid, 0);
                self.model.set(p.wvalid, 0);
                self.model.set(p.bready, 0);
                return Ok(());
            }
        }
        Err(CardError::Hung {
            what: "write",
            offset,
            cycle: self.cycles(),
        })
    }

    /// Writes a 64-byte line into BAR2 as one burst of eight words; nothing happens on a card without BAR2.
    ///
    /// # Errors
    /// [`CardError::Hung`].
    pub fn write_line(&mut self, offset: u32, line: &[u8; 64]) -> Result<(), CardError> {
        let (words, _) = line.as_chunks::<8>();
        let words: [u64; 8] = std::array::from_fn(|i| u64::from_le_bytes(words[i]));
        self.write_words(offset, &words)
    }

    /// Writes up to 256 whole words into BAR2 as one burst; nothing happens on a card without BAR2.
    ///
    /// # Errors
    /// [`CardError::Hung`].
    pub fn write_words(&mut self, offset: u32, words: &[u64]) -> Result<(), CardError> {
        self.write_burst(offset, words)?;
        if self.doubled > 0 {
            self.doubled -= 1;
            let cycle = self.line_cycle;
            self.write_burst(offset, words)?;
            self.line_cycle = cycle;
        }
        Ok(())
    }

    fn write_burst(&mut self, offset: u32, words: &[u64]) -> Result<(), CardError> {
        let (Some(p), Some(last)) = (self.bar2, words.len().checked_sub(1)) else {
            return Ok(());
        };
        self.model.set(p.awaddr, u64::from(offset));
        self.model.set(p.awlen, last as u64);
        self.model.set(p.awsize, 3);
        self.model.set(p.awburst, 1);
        self.model.set(p.wstrb, 0xff);
        self.model.set(p.bready, 1);
        let (mut address, mut sent) = (true, 0);
        for _ in 0..TRANSACTION_CYCLES_MAX {
            let word = words.get(sent).copied();
            self.model.set(p.awvalid, u64::from(address));
            self.model.set(p.wvalid, u64::from(word.is_some()));
            self.model.set(p.wdata, word.unwrap_or(0));
            self.model.set(p.wlast, u64::from(sent == last));
            self.model.eval();
            let address_taken = address && self.model.get(p.awready) == 1;
            let data_taken = word.is_some() && self.model.get(p.wready) == 1;
            let done = self.model.get(p.bvalid) == 1;
            if data_taken && sent == last {
                self.line_cycle = Some(self.cycles());
            }
            self.step();
            address &= !address_taken;
            sent += usize::from(data_taken);
            if done {
                self.model.set(p.awvalid, 0);
                self.model.set(p.wvalid, 0);
                self.model.set(p.bready, 0);
                return Ok(());
            }
        }
        Err(CardError::Hung {
            what: "write into BAR2",
            offset,
            cycle: self.cycles(),
        })
    }
}

fn drive_stream(model: &mut Model, ports: &StreamPorts, beat: Option<Beat>) {
    model.set(ports.tvalid, u64::from(beat.is_some()));
    if let Some(b) = beat {
        model.set(ports.tdata, b.data);
        model.set(ports.tkeep, u64::from(b.keep));
        model.set(ports.tlast, u64::from(b.last));
        model.set(ports.tuser, u64::from(b.bad));
    }
}

fn sample_stream(model: &Model, ports: &StreamPorts) -> Option<Beat> {
    (model.get(ports.tvalid) == 1).then(|| Beat {
        data: model.get(ports.tdata),
        keep: model.get(ports.tkeep).to_le_bytes()[0],
        last: model.get(ports.tlast) == 1,
        bad: model.get(ports.tuser) == 1,
    })
}
