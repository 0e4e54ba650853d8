//! The card's buses: port handles resolved once, transactions as state machines stepped each cycle.

use crate::dma::Memory;
use crate::faults::WriteFaults;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use verilated::{Error, Model, PortId};

macro_rules! ports {
    ($(#[$doc:meta])* $name:ident { $($port:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub(crate) struct $name { $(pub(crate) $port: PortId,)* }
        impl $name {
            pub(crate) fn find(model: &Model, prefix: &str) -> Result<Self, Error> {
                Ok(Self { $($port: model.try_port(&format!("{prefix}{}", stringify!($port)))?,)* })
            }
        }
    };
}

ports!(/// AXI4-Lite slave of the card.
    AxilPorts { awaddr, awvalid, awready, wdata, wstrb, wvalid, wready, bvalid, bready, araddr, arvalid, arready, rdata, rvalid, rready });
ports!(/// AXI4 write slave of the card (BAR2).
    WriteSlavePorts { awaddr, awlen, awsize, awburst, awvalid, awready, wdata, wstrb, wlast, wvalid, wready, bvalid, bready });
ports!(/// AXI4 write master of the card (DMA).
    MasterPorts { awaddr, awvalid, awready, wdata, wlast, wvalid, wready, bresp, bvalid, bready });
ports!(/// A MAC stream.
    StreamPorts { tdata, tkeep, tvalid, tlast, tuser });

/// AXI responses.
const OKAY: u64 = 0;
const SLVERR: u64 = 2;

/// A write of the card as it reached host memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DmaWrite {
    /// Cycle of its last data beat.
    pub cycle: u64,
    /// Bus address.
    pub address: u64,
    /// Whether it was allowed.
    pub accepted: bool,
}

/// The host end of the DMA write master: always ready, unless told to stall.
#[derive(Debug)]
pub(crate) struct DmaSink {
    ports: MasterPorts,
    words: usize,
    addresses: VecDeque<u64>,
    data: Vec<u64>,
    bursts: VecDeque<(u64, Vec<u64>)>,
    responses: VecDeque<u64>,
    scratch: Vec<u32>,
    pub(crate) log: Option<Vec<DmaWrite>>,
    pub(crate) accepted: u64,
    pub(crate) refused: u64,
    pub(crate) faults: WriteFaults,
    /// Stall pattern: ready only in cycles whose index modulo the first is below the second.
    pub(crate) duty: (u64, u64),
}

impl DmaSink {
    pub(crate) fn new(model: &Model) -> Result<Self, Error> {
        let ports = MasterPorts::find(model, "m_axi_")?;
        let bits = model.describe(ports.wdata).width as usize;
        Ok(Self {
            ports,
            words: bits / 64,
            addresses: VecDeque::new(),
            data: Vec::new(),
            bursts: VecDeque::new(),
            responses: VecDeque::new(),
            scratch: vec![0; bits / 32],
            log: None,
            accepted: 0,
            refused: 0,
            faults: WriteFaults::default(),
            duty: (1, 1),
        })
    }

    /// Drives this cycle's inputs.
    pub(crate) fn drive(&mut self, model: &mut Model, cycle: u64) {
        let ready = u64::from(cycle % self.duty.0 < self.duty.1);
        model.set(self.ports.awready, ready);
        model.set(self.ports.wready, ready);
        model.set(self.ports.bvalid, u64::from(!self.responses.is_empty()));
        model.set(self.ports.bresp, self.responses.front().copied().unwrap_or(OKAY));
    }

    /// Takes what is transferred at the end of this cycle. Outputs of the card are registered, so they are
    /// already those of this cycle.
    pub(crate) fn sample(&mut self, model: &Model, cycle: u64, memory: &mut Memory, bus_master: bool) {
        if !self.faults.is_empty() {
            self.faults.arrive(cycle, memory);
        }
        let ready = cycle % self.duty.0 < self.duty.1;
        if !self.responses.is_empty() && model.get(self.ports.bready) == 1 {
            self.responses.pop_front();
        }
        if ready && model.get(self.ports.awvalid) == 1 {
            self.addresses.push_back(model.get(self.ports.awaddr));
        }
        if ready && model.get(self.ports.wvalid) == 1 {
            model.get_wide_into(self.ports.wdata, &mut self.scratch);
            for pair in self.scratch.chunks_exact(2).take(self.words) {
                self.data.push(u64::from(pair[1]) << 32 | u64::from(pair[0]));
            }
            if model.get(self.ports.wlast) == 1 {
                self.bursts.push_back((cycle, std::mem::take(&mut self.data)));
            }
        }
        while !self.addresses.is_empty() && !self.bursts.is_empty() {
            let (Some(address), Some((at, data))) = (self.addresses.pop_front(), self.bursts.pop_front())
            else {
                return;
            };
            let accepted = bus_master
                && if self.faults.is_empty() {
                    memory.write(address, &data)
                } else {
                    self.faults.write(cycle, memory, address, &data)
                };
            self.accepted += u64::from(accepted);
            self.refused += u64::from(!accepted);
            self.responses.push_back(if accepted { OKAY } else { SLVERR });
            if let Some(log) = &mut self.log {
                log.push(DmaWrite {
                    cycle: at,
                    address,
                    accepted,
                });
            }
        }
    }

    /// Nothing is under way.
    pub(crate) fn idle(&self) -> bool {
        self.addresses.is_empty() && self.data.is_empty() && self.bursts.is_empty()
    }
}
