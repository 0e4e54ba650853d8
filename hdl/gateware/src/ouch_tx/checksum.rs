//! The UDP or TCP checksum of a frame: one's complement sum of its words behind the ports, and of what the template brings.
//!
//! ```text
//!  33 words + base ─► by fours (9) ─► by threes (3) ─► one ─► folded ─► carry round, inverted ─► check
//!             start ▲ held       ▲ held          ▲ held    ▲ held
//! ```
//!
//! Latency: `check` from the fourth cycle after `start` on, until the next one. Back-pressure: none.

use super::image::FRAME_BYTES;
use crate::prim::raw_verilog;
use rust_hdl::prelude::*;

/// First byte that is summed here: behind the ports.
const FROM: usize = 38;
/// Words summed here.
const COUNT: usize = (FRAME_BYTES - FROM) / 2;

/// See the module's text.
#[derive(LogicBlock, Default)]
pub struct Checksum {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// One cycle: `frame` is whole.
    pub start: Signal<In, Bit>,
    pub frame: Signal<In, Bits<832>>,
    /// Sum of everything before.
    pub base: Signal<In, Bits<16>>,
    /// 0 is sent as all ones, since it means "none".
    pub udp: Signal<In, Bit>,
    pub check: Signal<Out, Bits<16>>,
}

raw_verilog!([] Checksum, drives(check), |_b| text());

/// Word `i` of the frame behind the ports, or the base, widened.
fn word(i: usize) -> String {
    if i == COUNT {
        return String::from("{2'd0, base}");
    }
    let low = 8 * (FROM + 2 * i);
    format!(
        "{{2'd0, frame[{}:{}], frame[{}:{}]}}",
        low + 7,
        low,
        low + 15,
        low + 8
    )
}

fn text() -> String {
    let words: Vec<String> = (0..=COUNT).map(word).collect();
    let fours: Vec<String> = words
        .chunks(4)
        .map(|four| match four {
            [a, b, c, d] => format!("({a} + {b}) + ({c} + {d})"),
            few => few.join(" + "),
        })
        .collect();
    assert_eq!(fours.len(), 9, "groups of words");
    let declared: String = (0..9).map(|i| format!("reg [17:0] four_{i};\n")).collect();
    let stage_1: String = fours
        .iter()
        .enumerate()
        .map(|(i, sum)| format!("   if (start) four_{i} <= {sum};\n"))
        .collect();
    let three = |i: usize| {
        format!(
            "({{2'd0, four_{i}}} + {{2'd0, four_{}}}) + {{2'd0, four_{}}}",
            i + 1,
            i + 2
        )
    };
    format!(
        "\
{declared}reg [19:0] nine_0;
reg [19:0] nine_1;
reg [19:0] nine_2;
reg [21:0] all;
reg [16:0] folded;
reg start_s1;
reg start_s2;
reg start_s3;
wire [15:0] round = folded[15:0] + {{15'd0, folded[16]}};
always @(*) begin
   check = ~round;
   if (udp && round == 16'hffff) check = 16'hffff;
end
always @(posedge clock) begin
{stage_1}   if (start_s1) begin
      nine_0 <= {nine_0};
      nine_1 <= {nine_1};
      nine_2 <= {nine_2};
   end
   if (start_s2) all <= ({{2'd0, nine_0}} + {{2'd0, nine_1}}) + {{2'd0, nine_2}};
   if (start_s3) folded <= {{1'b0, all[15:0]}} + {{11'd0, all[21:16]}};
   start_s1 <= start;
   start_s2 <= start_s1;
   start_s3 <= start_s2;
   if (reset) begin
      start_s1 <= 0;
      start_s2 <= 0;
      start_s3 <= 0;
   end
end
",
        nine_0 = three(0),
        nine_1 = three(3),
        nine_2 = three(6),
    )
}
