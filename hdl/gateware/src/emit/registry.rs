//! The list of blocks: one line each, sorted by name.

use super::{Elaborated, Size, elaborate};
use crate::prim;
use rust_hdl::prelude::Bits;

/// A block that can be emitted.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Name of the block: file, top module, bench and golden Verilog are called so.
    pub name: &'static str,
    /// Elaborates the block in a size.
    pub build: fn(Size) -> Elaborated,
}

const fn block(name: &'static str, build: fn(Size) -> Elaborated) -> Entry {
    Entry { name, build }
}

/// Every block, sorted by name.
#[rustfmt::skip]
pub const BLOCKS: &[Entry] = &[
    block("async_fifo", crate::async_fifo::build),
    block("block_fifo", crate::block_fifo::build),
    block("card_time", crate::card_time::build),
    block("counters", crate::counters::build),
    block("csr", crate::csr::build),
    block("dma_c2h", crate::dma_c2h::build),
    block("features", crate::features::build),
    block("frame_rx", crate::frame_rx::build),
    block("frame_tx", crate::frame_tx::build),
    block("itch_decode", crate::itch_decode::build),
    block("level_book", crate::level_book::build),
    block("level_row", crate::level_row::build),
    block("level_store", crate::level_store::build),
    block("line_merge", crate::line_merge::build),
    block("mac_rx", crate::mac_rx::build),
    block("mac_tx", crate::mac_tx::build),
    block("mold_rx", crate::mold_rx::build),
    block("order_slot", crate::order_slot::build),
    block("order_table", crate::order_table::build),
    block("ouch_rx", crate::ouch_rx::build),
    block("ouch_tx", crate::ouch_tx::build),
    block("prim_byte_enable_ram", |_| elaborate(prim::ByteEnableRam::<32, 4, 9>::default())),
    block("prim_byte_enable_ram_fast", |_| elaborate(prim::ByteEnableRamFast::<32, 4, 9>::default())),
    block("prim_byte_shift_left", |_| elaborate(prim::ByteShiftLeft::<64, 3>::default())),
    block("prim_byte_shift_right", |_| elaborate(prim::ByteShiftRight::<128, 4>::default())),
    block("prim_byte_swap", |_| elaborate(prim::ByteSwap::<48>::default())),
    block("prim_cat2", |_| elaborate(prim::Cat2::<7, 12, 19>::default())),
    block("prim_cat3", |_| elaborate(prim::Cat3::<7, 12, 3, 22>::default())),
    block("prim_cat4", |_| elaborate(prim::Cat4::<7, 12, 3, 9, 31>::default())),
    block("prim_clamp_s", |_| elaborate(prim::ClampS::<24, 16>::default())),
    block("prim_clamp_u", |_| elaborate(prim::ClampU::<40, 32>::default())),
    block("prim_crc_of_word", |_| elaborate(prim::CrcOfWord::<480>::new(prim::Polynomial::Castagnoli))),
    block("prim_crc_step", |_| elaborate(prim::CrcStep::<64>::new(prim::Polynomial::Ethernet))),
    block("prim_cross_ram", |_| elaborate(prim::CrossRam::<Bits<24>, 4>::default())),
    block("prim_delay_line", |_| elaborate(prim::DelayLine::<Bits<12>, 5>::default())),
    block("prim_lut_ram", |_| elaborate(prim::LutRam::<Bits<24>, 4>::default())),
    block("prim_lut_ram2", |_| elaborate(prim::LutRam2::<Bits<24>, 4>::default())),
    block("prim_mul_s", |_| elaborate(prim::MulS::<17, 16, 33, 2>::default())),
    block("prim_mul_s3", |_| elaborate(prim::MulS::<18, 18, 36, 3>::default())),
    block("prim_mul_u", |_| elaborate(prim::MulU::<16, 18, 34, 1>::default())),
    block("prim_mul_wide_narrow", |_| elaborate(prim::MulWideU::<16, 33, 49>::default())),
    block("prim_mul_wide_u", |_| elaborate(prim::MulWideU::<32, 30, 62>::default())),
    block("prim_popcount", |_| elaborate(prim::Popcount::<20, 5>::default())),
    block("prim_priority_encoder", |_| elaborate(prim::PriorityEncoder::<20, 5>::default())),
    block("prim_reg_copy", |_| elaborate(prim::RegCopy::<Bits<33>>::default())),
    block("prim_sat_add_s", |_| elaborate(prim::SatAddS::<16>::default())),
    block("prim_sat_add_u", |_| elaborate(prim::SatAddU::<36>::default())),
    block("prim_sat_sub_u", |_| elaborate(prim::SatSubU::<32>::default())),
    block("prim_sdp_ram", |_| elaborate(prim::SdpRam::<Bits<36>, 9>::default())),
    block("prim_sdp_ram_fast", |_| elaborate(prim::SdpRamFast::<Bits<36>, 9>::default())),
    block("prim_sdp_ram_reg", |_| elaborate(prim::SdpRamReg::<Bits<36>, 9>::default())),
    block("prim_shift_right_s", |_| elaborate(prim::ShiftRightS::<32, 5>::default())),
    block("prim_shift_to_zero_s", |_| elaborate(prim::ShiftToZeroS::<32, 4>::default())),
    block("prim_sign_extend", |_| elaborate(prim::SignExtend::<27, 32>::default())),
    block("prim_slice_at", |_| elaborate(prim::SliceAt::<128, 7, 32>::default())),
    block("prim_split3", |_| elaborate(prim::Split3::<7, 12, 3, 22>::default())),
    block("prim_synchroniser", |_| elaborate(prim::Synchroniser::<5>::default())),
    block("pulse_sync", crate::pulse_sync::build),
    block("ranks", crate::ranks::build),
    block("report_words", crate::report_words::build),
    block("risk_gate", crate::risk_gate::build),
    block("seg_rx", crate::seg_rx::build),
    block("shell", crate::shell::build),
    block("skid_buffer", crate::skid_buffer::build),
    block("stream_fifo", crate::stream_fifo::build),
    block("top", crate::top::build),
    block("trigger", crate::trigger::build),
    block("udp_rx", crate::udp_rx::build),
    block("watchdog", crate::watchdog::build),
];
