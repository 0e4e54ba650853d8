//! Gateware in Rust: each block one file, over the width-exact operators of [`prim`], and the Verilog
//! emitted from them.
//!
//! The package's README says how to add a block.
#![forbid(unsafe_code)]
#![allow(
    missing_debug_implementations,
    reason = "a block is wires: nothing in it is worth printing"
)]

pub mod async_fifo;
pub mod axil_slave;
pub mod block_fifo;
pub mod card_time;
pub mod counters;
pub mod csr;
pub mod dma_c2h;
pub mod emit;
pub mod features;
pub mod frame_rx;
pub mod frame_tx;
pub mod itch_decode;
pub mod level_book;
pub mod level_row;
pub mod level_store;
pub mod line_merge;
pub mod mac_rx;
pub mod mac_tx;
pub mod mold_rx;
pub mod order_slot;
pub mod order_table;
pub mod ouch_rx;
pub mod ouch_tx;
pub mod prim;
pub mod pulse_sync;
pub mod ranks;
pub mod report_words;
pub mod risk_gate;
pub mod seg_rx;
pub mod shell;
pub mod skid_buffer;
pub mod stream;
pub mod stream_fifo;
pub mod top;
pub mod trigger;
pub mod types;
pub mod udp_rx;
pub mod watchdog;
