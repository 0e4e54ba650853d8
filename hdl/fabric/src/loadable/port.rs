//! The `load` port: words into the shadow, one commit.

use crate::verilog::range;

/// Names of the ports, for the module's head.
pub(super) const NAMES: &str =
    ", load_write, load_address, load_data, load_commit, load_ready, load_whole, load_refused, loaded";

/// Bits of the generation in front of a score's tag.
pub(super) const GENERATION_BITS: u32 = 8;

/// Their declarations, and what both kinds of pipeline do with them. `busy` says that the shadow is still read; a taken commit
/// is `commit`, a taken word is `wrote`, `word` and `data` in the next cycle.
pub(super) fn text(words: usize, busy: &str) -> String {
    let bits = crate::arithmetic::log2_up(words as u64 + 2);
    let word = range(bits);
    format!(
        "    // One word of the image a cycle, in order from 0, while ready.\n\
         \x20   input wire load_write;\n    input wire [23:0] load_address;\n    input wire [31:0] load_data;\n\
         \x20   // Takes over the image, if it is whole and no word comes with it.\n    input wire load_commit;\n\
         \x20   // Low while rows of the old constants are on their way.\n    output wire load_ready;\n\
         \x20   // Every word has been written since the last commit.\n    output wire load_whole;\n\
         \x20   // A word or a commit was not taken, in the cycle before.\n    output wire load_refused;\n\
         \x20   // There has been a commit.\n    output wire loaded;\n\
         \x20   reg {word} next_word;\n    reg refused;\n    reg ever;\n    reg wrote;\n    reg {word} word;\n    reg [31:0] data;\n\
         \x20   assign load_ready = ~({busy});\n    assign load_whole = next_word == {whole};\n\
         \x20   assign load_refused = refused;\n    assign loaded = ever;\n\
         \x20   wire commit = load_commit & load_ready & load_whole & ~load_write;\n\
         \x20   wire first = load_address == 24'd0;\n\
         \x20   wire follows = load_address == {{{pad}next_word}};\n\
         \x20   always @(posedge clock) begin\n\
         \x20       if (reset) begin\n            next_word <= {zero};\n            refused <= 1'd0;\n            wrote <= 1'd0;\n\
         \x20       end else begin\n\
         \x20           refused <= (load_commit & ~commit) | (load_write & ~load_ready);\n\
         \x20           wrote <= load_write & load_ready;\n\
         \x20           if (load_write & load_ready) next_word <= first ? {one} : (follows & ~load_whole) ? next_word + {one} : {zero};\n\
         \x20           else if (commit) next_word <= {zero};\n\
         \x20       end\n        word <= load_address[{top}:0];\n        data <= load_data;\n    end\n",
        whole = literal(bits, words),
        zero = literal(bits, 0),
        one = literal(bits, 1),
        pad = if bits < 24 {
            format!("{}'d0, ", 24 - bits)
        } else {
            String::new()
        },
        top = bits - 1,
    )
}

/// A number of words.
pub(super) fn literal(bits: u32, value: usize) -> String {
    format!("{bits}'d{value}")
}

/// Bits of `word`.
pub(super) fn bits(words: usize) -> u32 {
    crate::arithmetic::log2_up(words as u64 + 2)
}
