//! Registers of all slots: one memory to read back from, one broadcast to the blocks that use them.
//!
//! ```text
//!  write ──► mask ─┬─► memory {slot, register} ─► read_data
//!  sweep ──────────┤
//!                  └─► slot_write, slot, slot_register, slot_data ─► itch_decode, features, dma_c2h, risk gate
//!  now_* of the slot being read ───────────────► read_data
//! ```
//!
//! After reset every Rw register of every slot is swept to its reset value, through the broadcast too: a
//! block that keeps its own copies needs no reset values. The sweep takes 32 cycles a slot (`ready` low). Wo registers
//! are broadcast and not stored; a block tells registers apart by their index in the contract's table.
//!
//! Latency: broadcast one cycle after `write`; read two cycles after `read_start`. The owners of `now_*` have one
//! cycle to answer `read_slot`.
//! Back-pressure: `ready` low holds a write back during the sweep and while `bind_write` is high.

use contract::reg::{Access, SLOT, SLOT_BASE, SLOT_STRIDE};
use rust_hdl::prelude::*;
use std::fmt::Write as _;

/// Registers a slot block has room for.
pub const SLOT_WORDS: usize = (SLOT_STRIDE / 4) as usize;
/// Bits of a register index in a slot block.
pub const SLOT_REGISTER_BITS: usize = SLOT_WORDS.trailing_zeros() as usize;
const _: () = assert!(SLOT_REGISTER_BITS == 5, "slot_register is five bits wide");

/// See the module's text. `SB` bits of a slot index: `2^SB` slots.
#[derive(LogicBlock, Default)]
pub struct SlotBank<const SB: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub write: Signal<In, Bit>,
    pub write_word: Signal<In, Bits<14>>,
    pub write_data: Signal<In, Bits<32>>,
    pub read_word: Signal<In, Bits<14>>,
    pub read_data: Signal<Out, Bits<32>>,
    /// No write is taken while low.
    pub ready: Signal<Out, Bit>,
    /// One cycle: `slot_register` of `slot` gets `slot_data`.
    pub slot_write: Signal<Out, Bit>,
    pub slot: Signal<Out, Bits<SB>>,
    pub slot_register: Signal<Out, Bits<5>>,
    pub slot_data: Signal<Out, Bits<32>>,
    /// One cycle: the day's locate was bound, LOCATE of `bind_slot` reads `bind_value`.
    pub bind_write: Signal<In, Bit>,
    pub bind_slot: Signal<In, Bits<SB>>,
    pub bind_value: Signal<In, Bits<32>>,
    /// Slot being read, for the owners of the status values.
    pub read_slot: Signal<Out, Bits<SB>>,
    pub now_slot_state: Signal<In, Bits<32>>,
    pub now_skipped: Signal<In, Bits<32>>,
    pub now_position: Signal<In, Bits<32>>,
    pub now_open_buy: Signal<In, Bits<32>>,
    pub now_open_sell: Signal<In, Bits<32>>,
}

impl<const SB: usize> Logic for SlotBank<SB> {
    fn update(&mut self) {}
    fn connect(&mut self) {
        self.read_data.connect();
        self.ready.connect();
        self.slot_write.connect();
        self.slot.connect();
        self.slot_register.connect();
        self.slot_data.connect();
        self.read_slot.connect();
    }
    fn hdl(&self) -> Verilog {
        Verilog::Custom(text(SB))
    }
}

/// Masks, reset values and kinds of what is written, which of what is read is in the memory, and the rest of it, as lines of `case`.
fn tables() -> [String; 5] {
    let (mut masks, mut values, mut kinds) = (String::new(), String::new(), String::new());
    let (mut kept, mut reads) = (String::new(), String::new());
    let name_of = |name: &str| format!("now_{}", name.to_lowercase());
    for (i, r) in SLOT.iter().enumerate() {
        let (mask, reset) = (r.mask, r.reset);
        match r.access {
            Access::Rw => {
                let _ = writeln!(masks, "      5'd{i}: mask = 32'h{mask:08x};");
                if reset != 0 {
                    let _ = writeln!(values, "      5'd{i}: reset_value = 32'h{reset:08x};");
                }
                let _ = writeln!(kinds, "      5'd{i}: stored = 1;");
                let _ = writeln!(kept, "      5'd{i}: kept = 1;");
            }
            Access::Wo => {
                let _ = writeln!(masks, "      5'd{i}: mask = 32'h{mask:08x};");
            }
            Access::Live => panic!("{}: slot registers have no owner to move them", r.name),
            Access::Ro => {
                let name = name_of(r.name);
                let _ = writeln!(reads, "      5'd{i}: status = {name} & 32'h{mask:08x};");
            }
        }
    }
    [masks, values, kinds, kept, reads]
}

/// The Verilog body for `2^sb` slots.
fn text(sb: usize) -> String {
    let [masks, values, kinds, kept, reads] = tables();
    let locate = contract::reg::index(SLOT, "LOCATE");
    let (last, top) = ((SLOT_WORDS << sb) - 1, sb + 4);
    let (base, end) = (SLOT_BASE / 4, (SLOT_BASE + (SLOT_STRIDE << sb)) / 4);
    let slot_at = SLOT_REGISTER_BITS;
    let slot_top = slot_at + sb - 1;
    format!(
        "\
(* ram_style = \"block\" *) reg [31:0] mem [0:{last}];
reg [31:0] cell_data;
reg sweeping;
reg [{top}:0] sweep;
reg [31:0] mask;
reg [31:0] reset_value;
reg stored;
reg in_read;
reg kept;
reg from_cell;
reg [31:0] status;
integer word;
initial begin
   for (word = 0; word <= {last}; word = word + 1) mem[word] = 0;
   sweeping = 1;
end
wire in_write = write && write_word >= 14'h{base:04x} && write_word < 14'h{end:04x};
wire [{sbm}:0] write_slot = write_word[{slot_top}:{slot_at}];
wire [4:0] target = sweeping ? sweep[4:0] : write_word[4:0];
wire [{top}:0] write_cell = sweeping ? sweep : bind_write ? {{bind_slot, 5'd{locate}}} : {{write_slot, target}};
wire [31:0] write_value = sweeping ? reset_value : bind_write ? bind_value : write_data & mask;
always @(*) begin
   mask = 0;
   case (target)
{masks}      default: ;
   endcase
   reset_value = 0;
   case (target)
{values}      default: ;
   endcase
   stored = 0;
   case (target)
{kinds}      default: ;
   endcase
   kept = 0;
   case (read_word[4:0])
{kept}      default: ;
   endcase
   status = 0;
   case (read_word[4:0])
{reads}      default: ;
   endcase
   ready = !sweeping && !bind_write;
   read_slot = read_word[{slot_top}:{slot_at}];
end
{clocked}",
        sbm = sb - 1,
        clocked = clocked(sb),
    )
}

/// What changes with the clock.
fn clocked(sb: usize) -> String {
    let top = sb + 4;
    let (base, end) = (SLOT_BASE / 4, (SLOT_BASE + (SLOT_STRIDE << sb)) / 4);
    let slot_at = SLOT_REGISTER_BITS;
    let slot_top = slot_at + sb - 1;
    format!(
        "\
always @(posedge clock) begin
   if (sweeping || bind_write || (in_write && stored)) mem[write_cell] <= write_value;
   cell_data <= mem[{{read_word[{slot_top}:{slot_at}], read_word[4:0]}}];
end
always @(posedge clock) begin
   slot_write <= sweeping ? stored : in_write && mask != 0;
   slot <= sweeping ? sweep[{top}:5] : write_slot;
   slot_register <= target;
   slot_data <= sweeping ? reset_value : write_data & mask;
   in_read <= read_word >= 14'h{base:04x} && read_word < 14'h{end:04x};
   from_cell <= kept && read_word >= 14'h{base:04x} && read_word < 14'h{end:04x};
   read_data <= (from_cell ? cell_data : 0) | (in_read ? status : 0);
   if (sweeping) sweep <= sweep + 1'd1;
   if (sweeping && sweep == {{{tw}{{1'b1}}}}) sweeping <= 0;
   if (reset) begin
      sweeping <= 1;
      sweep <= 0;
      slot_write <= 0;
   end
end
",
        tw = top + 1,
    )
}
