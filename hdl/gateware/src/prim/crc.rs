//! CRC-32 as XOR trees. Bytes are taken in order, byte 0 in the lowest bits, each lowest bit first.

use rust_hdl::prelude::*;
use std::fmt::Write as _;

/// A CRC-32 generator polynomial, bit-reversed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Polynomial {
    /// IEEE 802.3: the frame check sequence.
    Ethernet,
    /// Castagnoli, CRC-32C: the C2H entries.
    Castagnoli,
}

impl Polynomial {
    const fn reversed(self) -> u32 {
        match self {
            Self::Ethernet => 0xedb8_8320,
            Self::Castagnoli => 0x82f6_3b78,
        }
    }

    /// The register after one more bit.
    const fn step(self, crc: u32, bit: bool) -> u32 {
        let low = (crc & 1 == 1) != bit;
        if low { crc >> 1 ^ self.reversed() } else { crc >> 1 }
    }

    /// What data bit `index` of `width` contributes to the register.
    fn of_data(self, index: usize, width: usize) -> u32 {
        (0..width).fold(0, |crc, i| self.step(crc, i == index))
    }

    /// What bit `index` of the register contributes after `width` bits.
    fn of_state(self, index: usize, width: usize) -> u32 {
        (0..width).fold(1 << index, |crc, _| self.step(crc, false))
    }
}

/// The CRC register after `W` more bits; latency 0.
///
/// Start with all ones, and invert the last register for the checksum.
#[derive(LogicBlock)]
pub struct CrcStep<const W: usize> {
    pub data: Signal<In, Bits<W>>,
    pub crc: Signal<In, Bits<32>>,
    pub next: Signal<Out, Bits<32>>,
    _polynomial: Polynomial,
}

impl<const W: usize> CrcStep<W> {
    /// A step of this polynomial.
    pub fn new(polynomial: Polynomial) -> Self {
        Self {
            data: Signal::default(),
            crc: Signal::default(),
            next: Signal::default(),
            _polynomial: polynomial,
        }
    }
}

raw_verilog!([const W: usize] CrcStep<W>, drives(next), |block| {
    let p = block._polynomial;
    let data = rows((0..W).map(|i| (format!("data[{i}]"), p.of_data(i, W))));
    let state = rows((0..32).map(|i| (format!("crc[{i}]"), p.of_state(i, W))));
    let mut text = String::from("always @(*) begin\n");
    for bit in 0..32 {
        let taps: Vec<_> = data[bit].iter().chain(&state[bit]).map(String::as_str).collect();
        let _ = writeln!(text, "   next[{bit}] = {};", xor(&taps));
    }
    text + "end\n"
});

/// The checksum of `W` bits at once (register preset to ones, result inverted); latency 2.
///
/// Stage 1 registers the XOR of each 64 bits, stage 2 of all: three and two LUT4 levels for 512 bits.
#[derive(LogicBlock)]
pub struct CrcOfWord<const W: usize> {
    pub clock: Signal<In, Clock>,
    pub data: Signal<In, Bits<W>>,
    pub crc: Signal<Out, Bits<32>>,
    _polynomial: Polynomial,
}

impl<const W: usize> CrcOfWord<W> {
    /// The checksum with this polynomial.
    pub fn new(polynomial: Polynomial) -> Self {
        Self {
            clock: Signal::default(),
            data: Signal::default(),
            crc: Signal::default(),
            _polynomial: polynomial,
        }
    }
}

raw_verilog!([const W: usize] CrcOfWord<W>, drives(crc), |block| {
    const CHUNK: usize = 64;
    let p = block._polynomial;
    let zeros = !(0..W).fold(u32::MAX, |crc, _| p.step(crc, false));
    let chunks = W.div_ceil(CHUNK);
    let (mut declared, mut first) = (String::new(), String::new());
    for chunk in 0..chunks {
        let bits = chunk * CHUNK..W.min((chunk + 1) * CHUNK);
        let rows = rows(bits.map(|i| (format!("data[{i}]"), p.of_data(i, W))));
        let _ = writeln!(declared, "reg [31:0] part{chunk}_s1 = 0;");
        for (bit, taps) in rows.iter().enumerate() {
            let taps: Vec<_> = taps.iter().map(String::as_str).collect();
            let _ = writeln!(first, "   part{chunk}_s1[{bit}] <= {};", xor(&taps));
        }
    }
    let parts: Vec<String> = (0..chunks).map(|c| format!("part{c}_s1")).collect();
    format!(
        "{declared}initial crc = 0;\nalways @(posedge clock) begin\n{first}   crc <= 32'h{zeros:08x} ^ {};\nend\n",
        parts.join(" ^ ")
    )
});

/// For each bit of the register the names that contribute to it.
fn rows(contributions: impl Iterator<Item = (String, u32)>) -> Vec<Vec<String>> {
    let mut rows = vec![Vec::new(); 32];
    for (name, mask) in contributions {
        for (bit, row) in rows.iter_mut().enumerate() {
            if mask >> bit & 1 == 1 {
                row.push(name.clone());
            }
        }
    }
    rows
}

fn xor(taps: &[&str]) -> String {
    if taps.is_empty() {
        "1'b0".into()
    } else {
        taps.join(" ^ ")
    }
}
