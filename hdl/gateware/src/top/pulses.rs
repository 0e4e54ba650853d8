//! Counter pulses of all blocks in the order of the contract's tables.
//!
//! ```text
//!  count of each block ─► wiring written from contract::counter ─► pulses, one bit a counter
//! ```
//!
//! A block's `count` has one bit a counter that names the block, in the table's order; elaboration stops when a
//! width differs. Latency: 0.

use contract::counter::{self, CORE_COUNTERS, Counter, LINE_COUNTERS};
use rust_hdl::prelude::*;
use std::fmt::Write as _;

macro_rules! pulses {
    (line [$($line:ident $line_bits:literal $a:ident $b:ident)*] core [$($core:ident $bits:literal)*]) => {
        /// See the module's text.
        #[derive(LogicBlock, Default)]
        pub struct Pulses<const N: usize> {
            $(pub $a: Signal<In, Bits<$line_bits>>, pub $b: Signal<In, Bits<$line_bits>>,)*
            $(pub $core: Signal<In, Bits<$bits>>,)*
            pub pulses: Signal<Out, Bits<N>>,
        }

        const LINE_BLOCKS: &[(&str, usize, &str, &str)] = &[$((stringify!($line), $line_bits, stringify!($a), stringify!($b)),)*];
        const CORE_BLOCKS: &[(&str, usize)] = &[$((stringify!($core), $bits),)*];
    };
}

pulses! {
    line [
        udp_rx 8 udp_rx_a udp_rx_b
        mold_rx 7 mold_rx_a mold_rx_b
        line_merge 3 line_merge_a line_merge_b
    ]
    core [
        line_merge 4
        itch_decode 5
        notices 1
        features 1
        order_table 7
        level_store 3
        level_book 1
        dma_c2h 5
        order_slot 3
        ouch_tx 1
        risk_gate 1
        frame_rx 3
        frame_tx 4
        trigger 6
        seg_rx 4
        ouch_rx 6
        shell 4
    ]
}

impl<const N: usize> Logic for Pulses<N> {
    fn update(&mut self) {}
    fn connect(&mut self) {
        self.pulses.connect();
    }
    fn hdl(&self) -> Verilog {
        assert_eq!(N, counter::COUNT, "Pulses: one bit a counter of the contract");
        Verilog::Custom(text())
    }
}

/// Index of a counter among those of its block.
fn place(table: &[Counter], index: usize) -> usize {
    let block = table[index].block;
    table[..index].iter().filter(|c| c.block == block).count()
}

/// Panics unless the table has `bits` counters of `block`.
fn check(table: &[Counter], block: &str, bits: usize) {
    let count = table.iter().filter(|c| c.block == block).count();
    assert_eq!(bits, count, "Pulses: counters of {block}");
}

fn text() -> String {
    let mut text = String::from("always @(*) begin\n");
    for (block, bits, _, _) in LINE_BLOCKS {
        check(LINE_COUNTERS, block, *bits);
    }
    for (block, bits) in CORE_BLOCKS {
        check(CORE_COUNTERS, block, *bits);
    }
    for second in [false, true] {
        for (i, c) in LINE_COUNTERS.iter().enumerate() {
            let found = LINE_BLOCKS.iter().find(|(block, ..)| *block == c.block);
            let (_, _, a, b) = found.unwrap_or_else(|| panic!("Pulses: no port for {}", c.block));
            let port = if second { b } else { a };
            let _ = writeln!(
                text,
                "   pulses[{}] = {port}[{}];",
                counter::line(second, c.name),
                place(LINE_COUNTERS, i)
            );
        }
    }
    for (i, c) in CORE_COUNTERS.iter().enumerate() {
        let found = CORE_BLOCKS.iter().any(|(block, _)| *block == c.block);
        assert!(found, "Pulses: no port for {}", c.block);
        // A vector of one bit is printed as a scalar.
        let single = CORE_BLOCKS.contains(&(c.block, 1));
        let bit = if single {
            String::new()
        } else {
            format!("[{}]", place(CORE_COUNTERS, i))
        };
        let _ = writeln!(text, "   pulses[{}] = {}{bit};", counter::core(c.name), c.block);
    }
    text.push_str("end\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_counter_has_its_bit() {
        let text = text();
        for index in 0..counter::COUNT {
            assert_eq!(
                text.matches(&format!("pulses[{index}] = ")).count(),
                1,
                "counter {index}"
            );
        }
        assert_eq!(text.lines().count(), counter::COUNT + 2);
    }
}
