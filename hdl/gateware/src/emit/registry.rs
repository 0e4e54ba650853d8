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
    block("level_row", crate::level_row::build),
    block("prim_byte_enable_ram", |_| elaborate(prim::ByteEnableRam::<32, 4, 9>::default())),
    block("prim_delay_line", |_| elaborate(prim::DelayLine::<Bits<12>, 5>::default())),
    block("prim_lut_ram", |_| elaborate(prim::LutRam::<Bits<24>, 4>::default())),
    block("prim_lut_ram2", |_| elaborate(prim::LutRam2::<Bits<24>, 4>::default())),
    block("prim_reg_copy", |_| elaborate(prim::RegCopy::<Bits<33>>::default())),
    block("prim_sdp_ram", |_| elaborate(prim::SdpRam::<Bits<36>, 9>::default())),
    block("prim_sdp_ram_fast", |_| elaborate(prim::SdpRamFast::<Bits<36>, 9>::default())),
    block("prim_sdp_ram_reg", |_| elaborate(prim::SdpRamReg::<Bits<36>, 9>::default())),
    block("skid_buffer", crate::skid_buffer::build),
];
