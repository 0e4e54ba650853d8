//! Golden models of the blocks that are not part of the feed side (those are the twin's own modules).

pub mod card_time;
pub mod counters;
pub mod csr;
pub mod dma_c2h;
pub mod level_row;
pub mod order_table;
pub mod queue;
pub mod skid_buffer;
