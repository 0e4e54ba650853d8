//! The memory end of an AXI4 write master: random stalls, delayed responses, errors, and the protocol's rules
//! checked every cycle.
//!
//! In each cycle: `drive`, [`Bench::eval`], `observe`, [`Bench::tick`].

use crate::{Bench, Failure, Verdict};
use std::collections::VecDeque;
use verilated::{PortId, bits};

/// Bytes of a line.
const LINE_BYTES: usize = 64;

/// A line that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineWrite {
    /// Bus address.
    pub address: u64,
    /// The bytes.
    pub bytes: [u8; LINE_BYTES],
    /// Whether it will be answered with an error.
    pub fails: bool,
}

/// What happened in a cycle.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Observed {
    /// A new line is offered for the first time.
    pub offered: bool,
    /// A line is complete.
    pub written: Option<LineWrite>,
}

/// The slave end of the ports `m_axi_*`, for 64-byte lines.
#[derive(Debug)]
pub struct AxiSink {
    aw: [PortId; 6],
    w: [PortId; 5],
    b: [PortId; 3],
    beat_bytes: usize,
    stalled_aw: Option<[u64; 4]>,
    stalled_w: Option<Vec<u32>>,
    addresses: VecDeque<u64>,
    lines: VecDeque<[u8; LINE_BYTES]>,
    partial: Vec<u8>,
    responses: VecDeque<(u64, u64)>,
    fresh_aw: bool,
    fresh_w: bool,
    /// Chance, in percent, that an address or a beat is taken in a cycle.
    pub ready_percent: u64,
    /// Chance, in percent, that a line is answered with an error.
    pub error_percent: u64,
}

impl AxiSink {
    /// The other end of the block's `m_axi_*` ports.
    pub fn new(bench: &Bench) -> Self {
        let port = |name: &str| bench.port(&format!("m_axi_{name}"));
        let w = ["wvalid", "wready", "wdata", "wstrb", "wlast"].map(port);
        Self {
            aw: ["awvalid", "awready", "awaddr", "awlen", "awsize", "awburst"].map(port),
            beat_bytes: bench.model.describe(w[2]).width as usize / 8,
            w,
            b: ["bvalid", "bready", "bresp"].map(port),
            stalled_aw: None,
            stalled_w: None,
            addresses: VecDeque::new(),
            lines: VecDeque::new(),
            partial: Vec::new(),
            responses: VecDeque::new(),
            fresh_aw: true,
            fresh_w: true,
            ready_percent: 100,
            error_percent: 0,
        }
    }

    /// Sets the sink's signals for this cycle.
    pub fn drive(&mut self, bench: &mut Bench) {
        let (aw, w) = (
            bench.rng.percent(self.ready_percent),
            bench.rng.percent(self.ready_percent),
        );
        bench.set(self.aw[1], aw.into());
        bench.set(self.w[1], w.into());
        let due = self
            .responses
            .front()
            .filter(|(at, _)| *at <= bench.cycles())
            .map(|(_, resp)| *resp);
        bench.set(self.b[0], due.is_some().into());
        let noise = bench.rng.bits(2);
        bench.set(self.b[2], due.unwrap_or(noise));
    }

    /// Checks the rules and tells what happened.
    ///
    /// # Errors
    /// When a rule of AXI4 or of the line format is broken.
    pub fn observe(&mut self, bench: &mut Bench) -> Result<Observed, Failure> {
        let offered = self.observe_address(bench)? | self.observe_data(bench)?;
        if bench.is(self.b[0]) && bench.is(self.b[1]) {
            self.responses.pop_front();
        }
        let mut written = None;
        if let (Some(address), Some(bytes)) = (self.addresses.front(), self.lines.front()) {
            let fails = bench.rng.percent(self.error_percent);
            written = Some(LineWrite {
                address: *address,
                bytes: *bytes,
                fails,
            });
            self.addresses.pop_front();
            self.lines.pop_front();
            let delay = bench.rng.between(1, 20);
            let response = if fails { bench.rng.between(2, 3) } else { 0 };
            self.responses.push_back((bench.cycles() + delay, response));
        }
        Ok(Observed { offered, written })
    }

    fn observe_address(&mut self, bench: &mut Bench) -> Result<bool, Failure> {
        let [valid, ready, fields @ ..] = self.aw;
        let now = fields.map(|port| bench.get(port));
        let is_valid = bench.is(valid);
        if let Some(held) = self.stalled_aw.take() {
            bench.check(is_valid, || "awvalid dropped before awready".into())?;
            bench.eq("address while stalled", now, held)?;
        }
        if !is_valid {
            self.fresh_aw = true;
            return Ok(false);
        }
        let [address, length, size, burst] = now;
        let beats = LINE_BYTES / self.beat_bytes;
        bench.eq("awlen", length, beats as u64 - 1)?;
        bench.eq("awsize", 1usize << size, self.beat_bytes)?;
        bench.eq("awburst", burst, 1)?;
        bench.check(address % LINE_BYTES as u64 == 0, || {
            format!("line at {address:#x} is not aligned")
        })?;
        let offered = std::mem::replace(&mut self.fresh_aw, false);
        if bench.is(ready) {
            self.addresses.push_back(address);
            self.fresh_aw = true;
        } else {
            self.stalled_aw = Some(now);
        }
        Ok(offered)
    }

    fn observe_data(&mut self, bench: &mut Bench) -> Result<bool, Failure> {
        let [valid, ready, data, strobes, last] = self.w;
        let words = bench.get_wide(data);
        let is_valid = bench.is(valid);
        if let Some(held) = self.stalled_w.take() {
            bench.check(is_valid, || "wvalid dropped before wready".into())?;
            bench.eq("wdata while stalled", &words, &held)?;
        }
        if !is_valid {
            self.fresh_w = true;
            return Ok(false);
        }
        bench.eq(
            "wstrb",
            bench.get(strobes),
            bits::mask(u32::try_from(self.beat_bytes).expect("small")),
        )?;
        let is_last = self.partial.len() + self.beat_bytes == LINE_BYTES;
        bench.eq("wlast", bench.is(last), is_last)?;
        let offered = std::mem::replace(&mut self.fresh_w, false) && self.partial.is_empty();
        if bench.is(ready) {
            self.partial.extend(
                words
                    .iter()
                    .flat_map(|word| word.to_le_bytes())
                    .take(self.beat_bytes),
            );
            if is_last {
                let line = std::mem::take(&mut self.partial);
                self.lines.push_back(line.try_into().expect("64 bytes"));
                self.fresh_w = true;
            }
        } else {
            self.stalled_w = Some(words);
        }
        Ok(offered)
    }

    /// Checks that no half of a line is left over.
    ///
    /// # Errors
    /// When an address waits for data or data for an address.
    pub fn check_idle(&self, bench: &mut Bench) -> Verdict {
        let left = (self.addresses.len(), self.lines.len(), self.partial.len());
        bench.eq("addresses, lines and bytes left over", left, (0, 0, 0))
    }
}
