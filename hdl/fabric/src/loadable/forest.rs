//! Trees with loaded thresholds, columns and leaves.
//!
//! ```text
//! rank of column c ─► memory c: which leaves it leaves possible, of every tree ─► AND over columns ─► leaf's number ─► leaf ─► sums
//! ```
//!
//! A column's rank decides every split on that column, in all trees. So a memory of 256 words a column, read at the rank, gives
//! for each leaf of each tree whether it can still be reached; where all columns agree there is one leaf a tree. That a
//! split looks at another column changes the memory's content and no wire: any ensemble of the sizes can be loaded. (Leaves as bits:
//! Lucchese et al., QuickScorer, SIGIR 2015.) Memories are twice as deep as a model needs: a row reads the half of its
//! generation, words are written into the other half.

use std::fmt::Write as _;

use super::net::answer;
use super::port::{self, GENERATION_BITS};
use super::{Loadable, added};
use crate::arithmetic::{Span, log2_up};
use crate::forest::{Forest, Node, Tree};
use crate::verilog::{self, Signal, range};

/// Leaves a stage adds up: three levels.
const GROUP: usize = 8;
/// Bits of a leaf.
const LEAF_BITS: u32 = 16;
/// Stages before the sums: memory, its register, AND, number, leaf.
const LOOKUP: u32 = 5;
/// What a score may be.
const WHOLE: Span = Span::new(-(1 << 31), (1 << 31) - 1);
/// Ranks of a column.
const RANKS: usize = 256;

/// Sizes of an ensemble.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    pub(super) columns: usize,
    pub(super) trees: usize,
    pub(super) depth: usize,
    pub(super) outputs: usize,
}

impl Sizes {
    const fn leaves(self) -> usize {
        1 << self.depth
    }

    /// 32-bit parts of a column's memory: whole trees, or parts of one.
    fn parts(self) -> usize {
        (self.trees * self.leaves()).div_ceil(32)
    }

    /// First word of the leaves.
    fn leaf_word(self) -> usize {
        self.columns * self.parts() * RANKS
    }

    /// First word of the base values.
    fn base_word(self) -> usize {
        self.leaf_word() + self.trees * self.outputs * self.leaves()
    }

    fn words(self) -> usize {
        self.base_word() + self.outputs
    }

    /// Stages that add: the last one has the base value too.
    fn tree(self) -> u32 {
        let (mut left, mut stages) = (self.trees, 0);
        while left > 1 || stages == 0 {
            (left, stages) = (left.div_ceil(GROUP), stages + 1);
        }
        stages
    }

    /// The words of an ensemble: masks by column, part and rank; leaves by tree, score and place; base values.
    pub(super) fn image(self, forest: &Forest) -> Vec<u32> {
        // A tree that is not there has one leaf, of nothing.
        let nothing = Tree {
            nodes: vec![Node::Leaf(vec![0; self.outputs])],
        };
        let trees: Vec<_> = (0..self.trees)
            .map(|t| forest.trees().get(t).unwrap_or(&nothing))
            .collect();
        let mut words = vec![0u32; self.words()];
        for column in 0..self.columns {
            for rank in 0..RANKS {
                for (number, tree) in trees.iter().enumerate() {
                    let mask = self.reach(
                        tree,
                        0,
                        0,
                        self.depth,
                        &|c, above| c != column || rank > above,
                        &|c, above| c != column || rank <= above,
                    );
                    let bit = number * self.leaves();
                    let part = |offset: usize| (column * self.parts() + bit / 32 + offset) * RANKS + rank;
                    if self.leaves() <= 32 {
                        words[part(0)] |= u32::try_from(mask << (bit % 32) & 0xffff_ffff).unwrap_or(0);
                    } else {
                        words[part(0)] = u32::try_from(mask & 0xffff_ffff).unwrap_or(0);
                        words[part(1)] = u32::try_from(mask >> 32).unwrap_or(0);
                    }
                }
            }
        }
        for (number, tree) in trees.iter().enumerate() {
            self.leaves_of(tree, 0, 0, self.depth, &mut |place, steps| {
                for (output, value) in steps.iter().enumerate() {
                    let at = self.leaf_word() + (number * self.outputs + output) * self.leaves() + place;
                    words[at] = u32::from(u16::from_le_bytes(value.to_le_bytes()));
                }
            });
        }
        for (output, base) in forest.base().iter().enumerate() {
            words[self.base_word() + output] = u32::from_le_bytes(base.to_le_bytes());
        }
        words
    }

    /// Leaves that can be reached below a node whose places begin at `place`. A leaf above the last level stands at its first place.
    fn reach(
        self,
        tree: &Tree,
        node: usize,
        place: usize,
        levels: usize,
        right: &impl Fn(usize, usize) -> bool,
        left: &impl Fn(usize, usize) -> bool,
    ) -> u64 {
        match &tree.nodes[node] {
            Node::Leaf(_) => 1 << place,
            Node::Split {
                column,
                above,
                left: l,
                right: r,
            } => {
                let above = usize::from(*above);
                let half = 1 << (levels - 1);
                let mut mask = 0;
                if left(*column, above) {
                    mask |= self.reach(tree, *l, place, levels - 1, right, left);
                }
                if right(*column, above) {
                    mask |= self.reach(tree, *r, place + half, levels - 1, right, left);
                }
                mask
            }
        }
    }

    fn leaves_of(
        self,
        tree: &Tree,
        node: usize,
        place: usize,
        levels: usize,
        give: &mut impl FnMut(usize, &[i16]),
    ) {
        match &tree.nodes[node] {
            Node::Leaf(steps) => give(place, steps),
            Node::Split { left, right, .. } => {
                self.leaves_of(tree, *left, place, levels - 1, give);
                self.leaves_of(tree, *right, place + (1 << (levels - 1)), levels - 1, give);
            }
        }
    }

    /// The pipeline.
    pub(super) fn pipeline(self, name: &str, about: &str) -> Loadable {
        let latency = LOOKUP + self.tree();
        let words = self.words();
        let mut text = verilog::head(
            name,
            about,
            self.columns,
            self.outputs,
            port::NAMES,
            GENERATION_BITS,
        );
        text += &port::text(words, "old");
        text += &verilog::flow(self.columns, latency, "sink_valid & ever");
        text += &self.swap(latency);
        self.masks(&mut text, name);
        self.numbers(&mut text);
        let mut scores = Vec::new();
        for output in 0..self.outputs {
            scores.push(self.sum(&mut text, name, output));
        }
        text += &answer(scores, latency);
        text += "endmodule\n";
        text += &memories(name, self.depth);
        Loadable {
            verilog: text,
            latency,
            levels: log2_up(GROUP as u64 + 1),
            words,
        }
    }

    /// Generations of the rows, and whether one of the old one is on its way.
    fn swap(self, latency: u32) -> String {
        let last = latency - 1;
        let parity = |stage: u32| {
            format!(
                "(valid[{stage}] & (ages[{}] ^ generation[0]))",
                stage * GENERATION_BITS
            )
        };
        let old: Vec<_> = (0..latency).map(parity).collect();
        let bits = port::bits(self.words());
        format!(
            "    reg [7:0] generation;\n    reg {ages} ages;\n    // Rows of the half that words are written into.\n    wire old = {};\n\
             \x20   always @(posedge clock) begin\n\
             \x20       if (reset) ever <= 1'd0;\n        else if (commit) ever <= 1'd1;\n\
             \x20       if (reset) generation <= 8'd0;\n        else if (commit) generation <= generation + 8'd1;\n\
             \x20       if (advance) ages <= {{ages[{young}:0], generation}};\n    end\n\
             \x20   assign sink_ready = advance & ever;\n\
             \x20   // The half that no new row reads; the word before a commit is written as the commit is taken.\n\
             \x20   reg half;\n    always @(posedge clock) half <= ~generation[0];\n    wire [31:0] place = {{{pad}'d0, word}};\n",
            old.join(" | "),
            ages = range(latency * GENERATION_BITS),
            young = last * GENERATION_BITS - 1,
            pad = 32 - bits,
        )
    }

    /// A memory a column and part, a register behind it, and what all columns leave.
    fn masks(self, text: &mut String, name: &str) {
        let parts = self.parts();
        for column in 0..self.columns {
            for part in 0..parts {
                let block = column * parts + part;
                let _ = write!(
                    text,
                    "    wire [31:0] mask_{column}_{part};\n    {name}_masks masks_{column}_{part}(.clock(clock), .advance(advance), \
                     .write(wrote & (place[31:8] == 24'd{block})), .place({{half, place[7:0]}}), .data(data), \
                     .rank({{generation[0], sink_data[{}:{}]}}), .mask(mask_{column}_{part}));\n",
                    8 * column + 7,
                    8 * column,
                );
            }
        }
        for part in 0..parts {
            let all: Vec<_> = (0..self.columns).map(|c| format!("mask_{c}_{part}")).collect();
            let _ = write!(
                text,
                "    reg [31:0] hot_{part};\n    always @(posedge clock) if (advance) hot_{part} <= {};\n",
                all.join(" & ")
            );
        }
    }

    /// The number of each tree's leaf: one bit of its places is set.
    fn numbers(self, text: &mut String) {
        for tree in 0..self.trees {
            let hot = |place: usize| {
                let bit = tree * self.leaves() + place;
                format!("hot_{}[{}]", bit / 32, bit % 32)
            };
            let bits = (0..self.depth).rev().map(|bit| {
                let set: Vec<_> = (0..self.leaves())
                    .filter(|place| place >> bit & 1 == 1)
                    .map(hot)
                    .collect();
                format!("({})", set.join(" | "))
            });
            let bits: Vec<_> = bits.collect();
            let width = range(u32::try_from(self.depth).unwrap_or(1));
            let _ = write!(
                text,
                "    reg {width} number_{tree};\n    always @(posedge clock) if (advance) number_{tree} <= {{{}}};\n",
                bits.join(", ")
            );
        }
    }

    /// Leaves of a score, and their sum.
    fn sum(self, text: &mut String, name: &str, output: usize) -> Signal {
        let half = 1i64 << (LEAF_BITS - 1);
        let depth = self.depth;
        let old = ages(3);
        let mut terms = Vec::new();
        for tree in 0..self.trees {
            let block = self.leaf_word() / self.leaves() + tree * self.outputs + output;
            let _ = write!(
                text,
                "    wire [15:0] leaf_{tree}_{output};\n    {name}_leaves leaves_{tree}_{output}(.clock(clock), .advance(advance), \
                 .write(wrote & (place[31:{depth}] == {}'d{block})), .place({{half, place[{}:0]}}), .data(data[15:0]), \
                 .number({{{old}, number_{tree}}}), .leaf(leaf_{tree}_{output}));\n",
                32 - depth,
                depth - 1,
            );
            terms.push((format!("leaf_{tree}_{output}"), Span::new(-half, half - 1)));
        }
        let word = self.base_word() + output;
        let _ = write!(
            text,
            "    reg [31:0] base_{output}_0;\n    reg [31:0] base_{output}_1;\n\
             \x20   always @(posedge clock) if (wrote & (place == 32'd{word})) begin\n\
             \x20       if (half) base_{output}_1 <= data;\n        else base_{output}_0 <= data;\n    end\n"
        );
        let stages = self.tree();
        for stage in 1..=stages {
            let mut made = Vec::new();
            for (group, of_group) in terms.chunks(GROUP).enumerate() {
                let mut all = of_group.to_vec();
                if stage == stages {
                    let base = format!("base_{output}");
                    let half = ages(LOOKUP + stages - 2);
                    let _ = writeln!(text, "    wire [31:0] {base} = {half} ? {base}_1 : {base}_0;");
                    all.push((base, WHOLE));
                }
                let (sum, span) = added(
                    text,
                    &format!("a_{output}_{stage}_{group}"),
                    all,
                    crate::SCORE_BITS,
                );
                let name = format!("sum_{output}_{stage}_{group}");
                let _ = write!(
                    text,
                    "    reg {} {name};\n    always @(posedge clock) if (advance) {name} <= {sum};\n",
                    range(span.width()),
                );
                made.push((name, span));
            }
            terms = made;
        }
        Signal::new(format!("sum_{output}_{stages}_0"), WHOLE)
    }
}

/// The half that the row in a stage reads.
fn ages(stage: u32) -> String {
    format!("ages[{}]", stage * GENERATION_BITS)
}

/// The modules of the memories: two halves each.
fn memories(name: &str, depth: usize) -> String {
    format!(
        "\nmodule {name}_masks(clock, advance, write, place, data, rank, mask);\n    input wire clock;\n    input wire advance;\n\
         \x20   input wire write;\n    input wire [8:0] place;\n    input wire [31:0] data;\n    input wire [8:0] rank;\n    output reg [31:0] mask;\n\
         \x20   reg [31:0] memory [0:511];\n    reg [31:0] read;\n    always @(posedge clock) begin\n\
         \x20       if (write) memory[place] <= data;\n        if (advance) begin\n            read <= memory[rank];\n            mask <= read;\n\
         \x20       end\n    end\nendmodule\n\
         \nmodule {name}_leaves(clock, advance, write, place, data, number, leaf);\n    input wire clock;\n    input wire advance;\n\
         \x20   input wire write;\n    input wire [{depth}:0] place;\n    input wire [15:0] data;\n    input wire [{depth}:0] number;\n\
         \x20   output reg [15:0] leaf;\n    (* ram_style = \"distributed\" *)\n    reg [15:0] memory [0:{last}];\n\
         \x20   always @(posedge clock) begin\n        if (write) memory[place] <= data;\n        if (advance) leaf <= memory[number];\n\
         \x20   end\nendmodule\n",
        last = (2 << depth) - 1,
    )
}
