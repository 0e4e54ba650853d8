//! A record as it waits for its turn, and its four entries. The Verilog of the packers is written from the layouts of
//! `contract::record`.

use contract::layout::{Field, lsb, total_bits};
use contract::record::{CORE, EVENT_CODES, KIND_LEVELS, LEVELS_0, LEVELS_1, LEVELS_2, LEVELS_ENTRIES};
use rust_hdl::prelude::*;
use std::fmt::Write as _;

/// What the entries of a record are made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, LogicStruct)]
pub struct RecordItem {
    /// Payload of the core entry.
    pub core: Bits<448>,
    /// Three levels entries follow.
    pub with_levels: Bits<1>,
    /// Levels 2 to 10: bid price, bid quantity, ask price, ask quantity, level by level.
    pub levels: Bits<1152>,
    /// Card time at the start of the frame, ns.
    pub stamp: Bits<64>,
    /// MoldUDP64 sequence number.
    pub msg_seq: Bits<64>,
    /// ITCH tracking number.
    pub tracking: Bits<16>,
    /// Records of the slot skipped so far.
    pub skipped: Bits<32>,
}

/// Levels a record shows, on each side.
const SHOWN: usize = contract::config::BOOK_LEVELS as usize;

/// `{…}` of a layout: its fields, last one highest, each as `value` says.
fn concatenation(layout: &[Field], bits: u32, value: impl Fn(&str) -> String) -> String {
    assert_eq!(total_bits(layout), bits, "an entry's payload");
    let fields: Vec<String> = layout.iter().rev().map(|f| value(f.name)).collect();
    format!("{{{}}}", fields.join(", "))
}

/// The payload of a core entry, from its fields. Combinational.
#[derive(LogicBlock, Default)]
pub struct PackCore {
    pub ts: Signal<In, Bits<48>>,
    pub slot: Signal<In, Bits<6>>,
    pub flags: Signal<In, Bits<6>>,
    pub event_code: Signal<In, Bits<4>>,
    /// Both sides as shown, level 1 lowest.
    pub bid_px: Signal<In, Bits<320>>,
    pub ask_px: Signal<In, Bits<320>>,
    pub bid_sz: Signal<In, Bits<320>>,
    pub ask_sz: Signal<In, Bits<320>>,
    pub features: Signal<In, Bits<256>>,
    pub payload: Signal<Out, Bits<448>>,
    /// Levels 2 to 10, as in [`RecordItem`].
    pub levels: Signal<Out, Bits<1152>>,
}

impl Logic for PackCore {
    fn update(&mut self) {}
    fn connect(&mut self) {
        self.payload.connect();
        self.levels.connect();
    }
    fn hdl(&self) -> Verilog {
        let core = concatenation(CORE, 448, |name| match name {
            "event" => "event_code".into(),
            "bid_px" | "ask_px" | "bid_sz" | "ask_sz" => format!("{name}[31:0]"),
            _ => name.into(),
        });
        let level = |n: usize| {
            let word = |side: &str| format!("{side}[{} +: 32]", 32 * n);
            ["ask_sz", "ask_px", "bid_sz", "bid_px"].map(word).join(", ")
        };
        let levels: Vec<String> = (1..SHOWN).rev().map(level).collect();
        Verilog::Custom(format!(
            "always @(*) begin\n   payload = {core};\n   levels = {{{}}};\nend\n",
            levels.join(",\n      ")
        ))
    }
}

/// Entry `part` of a record: 0 core, 1 to 3 levels. Combinational.
#[derive(LogicBlock, Default)]
pub struct EntryOf {
    pub part: Signal<In, Bits<2>>,
    pub core: Signal<In, Bits<448>>,
    pub levels: Signal<In, Bits<1152>>,
    pub stamp: Signal<In, Bits<64>>,
    pub msg_seq: Signal<In, Bits<64>>,
    pub tracking: Signal<In, Bits<16>>,
    pub skipped: Signal<In, Bits<32>>,
    pub payload: Signal<Out, Bits<448>>,
}

impl Logic for EntryOf {
    fn update(&mut self) {}
    fn connect(&mut self) {
        self.payload.connect();
    }
    fn hdl(&self) -> Verilog {
        Verilog::Custom(entry_text())
    }
}

fn entry_text() -> String {
    let event = lsb(CORE, "event");
    let mut types = String::new();
    for code in EVENT_CODES {
        let _ = writeln!(
            types,
            "      4'd{}: itch_type = 8'd{};",
            code as u8,
            code.itch_type()
        );
    }
    let layouts: [_; LEVELS_ENTRIES] = [LEVELS_0, LEVELS_1, LEVELS_2];
    let mut parts = String::new();
    for (n, layout) in layouts.into_iter().enumerate() {
        let shown = 8 * 16 * (SHOWN - 1) / LEVELS_ENTRIES;
        let value = concatenation(layout, 448, |name| match name {
            "rx_stamp" => "stamp[59:0]".into(),
            "msg_seq" => "msg_seq[59:0]".into(),
            "kind" => format!("4'd{}", usize::from(KIND_LEVELS) + n),
            "levels" => format!("levels[{} +: {shown}]", shown * n),
            "type" => "itch_type".into(),
            "reserved" => "4'd0".into(),
            _ => name.into(),
        });
        let _ = writeln!(parts, "      2'd{}: payload = {value};", n + 1);
    }
    format!(
        "\
reg [7:0] itch_type;
always @(*) begin
   itch_type = 0;
   case (core[{event} +: 4])
{types}      default: ;
   endcase
   payload = core;
   case (part)
{parts}      default: ;
   endcase
end
"
    )
}
