//! Golden models of the blocks that are not part of the feed side (those are the twin's own modules).

pub mod card_time;
pub mod counters;
pub mod crossing;
pub mod csr;
pub mod dma_c2h;
pub mod frame_filter;
pub mod frame_rx;
pub mod frame_tx;
pub mod level_row;
pub mod order_slot;
pub mod order_table;
pub mod ouch_rx;
pub mod ouch_tx;
pub mod queue;
pub mod ranks;
pub mod report_words;
pub mod risk_gate;
pub mod seg_rx;
pub mod skid_buffer;
pub mod trigger;
pub mod watchdog;
