//! The card itself: one `step` is one cycle.

use crate::{
    axi::{AxilPorts, DmaSink, DmaWrite, StreamPorts, WriteSlavePorts},
    dma::{Memory, Region},
    mac::{Beat, Line, RxFrame, RxLine, TxFrame, TxLine},
};
use gateware::emit::{EmitError, Size, emit, sha256};
use std::path::PathBuf;
use verilated::{Error, Model, PortId, Source};

/// Cycles a bus transaction may take before the card is called hung.
const TRANSACTION_CYCLES_MAX: u64 = 10_000;
/// Cycles the card is held in reset.
const RESET_CYCLES: u64 = 16;

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
}

impl Default for Options {
    fn default() -> Self {
        Self {
            size: Size::Sim,
            trace: None,
            verilog: None,
            mutant: 0,
            build_id: 0,
        }
    }
}

/// The simulated card.
#[derive(Debug)]
pub struct Card {
    model: Model,
    sha256: String,
    axil: AxilPorts,
    bar2: Option<WriteSlavePorts>,
    rx_ports: [StreamPorts; 2],
    rx: [RxLine; 2],
    tx_ports: Option<(StreamPorts, PortId)>,
    tx: TxLine,
    dma: DmaSink,
    memory: Memory,
    bus_master_port: PortId,
    bus_master: bool,
    reset: PortId,
}

impl Card {
    /// Emits, builds (or finds in the cache) and resets the card.
    ///
    /// # Errors
    /// [`CardError`].
    pub fn new(options: &Options) -> Result<Self, CardError> {
        let verilog = match &options.verilog {
            Some(text) => text.clone(),
            None => emit("top", options.size)?,
        };
        let digest = sha256(&verilog);
        let source = Source::new("top", verilog).fast().trace(options.trace.is_some());
        let mut model = Model::build(&source, 1)?;
        if let Some(path) = &options.trace {
            model.trace_open(path)?;
        }
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
            ],
            rx: Default::default(),
            tx_ports,
            tx: TxLine::default(),
            dma: DmaSink::new(&model)?,
            memory: Memory::default(),
            bus_master_port: model.try_port("bus_master")?,
            bus_master: false,
            reset: model.try_port("reset")?,
            model,
        };
        let build = card.model.try_port("build_id")?;
        card.model.set(build, u64::from(options.build_id));
        if options.mutant > 0 {
            let mutant = card.model.try_port("mutant_id")?;
            card.model.set(mutant, u64::from(options.mutant));
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
        self.model.cycles()
    }

    /// Holds the card in reset for some cycles; memory mappings stay, Bus Master goes off.
    pub fn reset(&mut self) {
        self.set_bus_master(false);
        self.model.set(self.reset, 1);
        for _ in 0..RESET_CYCLES {
            self.step();
        }
        self.model.set(self.reset, 0);
        self.step();
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

    /// Queues a frame on a receive line.
    pub fn receive(&mut self, line: Line, frame: RxFrame) {
        self.rx[line as usize].push(frame);
    }

    /// Frames queued or on their way on both lines.
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

    /// Writes to host memory so far: (accepted, refused).
    pub const fn dma_counts(&self) -> (u64, u64) {
        (self.dma.accepted, self.dma.refused)
    }

    /// The host end is ready only in `on` of every `period` cycles.
    ///
    /// # Panics
    /// When `on` is 0 or above `period`.
    pub fn set_dma_duty(&mut self, period: u64, on: u64) {
        assert!(on > 0 && on <= period, "duty {on} of {period}");
        self.dma.duty = (period, on);
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
        let cycle = self.model.cycles();
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
        self.model.tick();
    }

    /// Whether a write to host memory is half done.
    pub fn dma_idle(&self) -> bool {
        self.dma.idle()
    }

    /// AXI4-Lite read.
    ///
    /// # Errors
    /// [`CardError::Hung`].
    pub fn read32(&mut self, offset: u32) -> Result<u32, CardError> {
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
        let Some(p) = self.bar2 else {
            return Ok(());
        };
        self.model.set(p.awaddr, u64::from(offset));
        self.model.set(p.awlen, 7);
        self.model.set(p.awsize, 3);
        self.model.set(p.awburst, 1);
        self.model.set(p.wstrb, 0xff);
        self.model.set(p.bready, 1);
        let mut words = line
            .chunks_exact(8)
            .map(|w| u64::from_le_bytes([w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7]]));
        let (mut address, mut word, mut sent) = (true, words.next(), 0);
        for _ in 0..TRANSACTION_CYCLES_MAX {
            self.model.set(p.awvalid, u64::from(address));
            self.model.set(p.wvalid, u64::from(word.is_some()));
            self.model.set(p.wdata, word.unwrap_or(0));
            self.model.set(p.wlast, u64::from(sent == 7));
            self.model.eval();
            let address_taken = address && self.model.get(p.awready) == 1;
            let data_taken = word.is_some() && self.model.get(p.wready) == 1;
            let done = self.model.get(p.bvalid) == 1;
            self.step();
            address &= !address_taken;
            if data_taken {
                sent += 1;
                word = words.next();
            }
            if done {
                self.model.set(p.awvalid, 0);
                self.model.set(p.wvalid, 0);
                self.model.set(p.bready, 0);
                return Ok(());
            }
        }
        Err(CardError::Hung {
            what: "line write",
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
