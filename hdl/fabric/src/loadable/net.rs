//! Dense layers with loaded weights.
//!
//! ```text
//! codes ─► × weight (one DSP each; the first adds the bias) ─► sums of 16 … ─► × multiplier + half ─► round, hold ─► codes
//! ```
//!
//! Every constant stands in a register of its own, and again in a shadow. A commit runs down the pipeline behind the last row of
//! the old constants: each stage takes over its part of the shadow in the cycle in which that row leaves it. So nothing chooses
//! between two banks, and no row sees both.

use std::fmt::Write as _;

use super::port::{self, GENERATION_BITS};
use super::{Loadable, added};
use crate::arithmetic::{Span, log2_up};
use crate::net::{MULTIPLIER_FRACTION, Net};
use crate::verilog::{self, Signal, range};
use crate::{FabricError, TAG_BITS};

/// Products a stage adds up: four levels.
const GROUP: usize = 16;
/// Bits of a product of a code and a weight.
const PRODUCT_BITS: u32 = 16;
/// Bits of a multiplier.
const MULTIPLIER_BITS: u32 = 17;

/// Places of a layer: bits of its sums, stages of its parts, words of its image.
struct Place {
    inputs: usize,
    outputs: usize,
    /// The stage of its products.
    stage: u32,
    /// First word.
    word: usize,
    hidden: bool,
}

impl Place {
    /// Two bits beside those of the products leave room for the bias.
    fn sum_bits(&self) -> u32 {
        PRODUCT_BITS + log2_up(self.inputs as u64) + 2
    }

    /// Stages that add.
    fn tree(&self) -> u32 {
        let (mut left, mut stages) = (self.inputs, 0);
        while left > 1 || stages == 0 {
            (left, stages) = (left.div_ceil(GROUP), stages + 1);
        }
        stages
    }

    /// Stages in all.
    fn stages(&self) -> u32 {
        1 + self.tree() + if self.hidden { 2 } else { 0 }
    }

    /// Words of an output: weights, bias, multiplier.
    fn output_words(&self) -> usize {
        self.inputs.div_ceil(4) + 1 + usize::from(self.hidden)
    }

    /// Words: those of its outputs, then zero and floor of its codes.
    fn words(&self) -> usize {
        self.outputs * self.output_words() + usize::from(self.hidden)
    }
}

fn places(sizes: &[usize]) -> Vec<Place> {
    let (mut stage, mut word) = (0, 0);
    let last = sizes.len().saturating_sub(2);
    let mut places = Vec::new();
    for (at, pair) in sizes.windows(2).enumerate() {
        let place = Place {
            inputs: pair[0],
            outputs: pair[1],
            stage,
            word,
            hidden: at < last,
        };
        (stage, word) = (stage + place.stages(), word + place.words());
        places.push(place);
    }
    places
}

/// The words of a network.
pub(super) fn image(sizes: &[usize], net: &Net) -> Result<Vec<u32>, FabricError> {
    let mut words = Vec::new();
    for (at, (place, layer)) in places(sizes).iter().zip(net.layers()).enumerate() {
        let most = 1i64 << (place.sum_bits() - 2);
        for output in 0..place.outputs {
            for four in layer.row(output).chunks(4) {
                let byte = |i: usize| four.get(i).map_or(0, |w| w.to_le_bytes()[0]);
                words.push(u32::from_le_bytes([0, 1, 2, 3].map(byte)));
            }
            let bias = layer.bias[output];
            if i64::from(bias).abs() >= most {
                let what = format!("layer {at}: the bias of output {output}");
                return Err(FabricError::Range {
                    what,
                    found: bias.into(),
                    low: 1 - most,
                    high: most - 1,
                });
            }
            words.push(u32::from_le_bytes(bias.to_le_bytes()));
            words.extend(layer.requant.as_ref().map(|r| r.multipliers[output]));
        }
        words.extend(
            layer
                .requant
                .as_ref()
                .map(|r| u32::from(r.floor) << 8 | u32::from(r.zero)),
        );
    }
    Ok(words)
}

/// The pipeline.
pub(super) fn pipeline(name: &str, about: &str, sizes: &[usize]) -> Loadable {
    let places = places(sizes);
    let latency = places.iter().map(Place::stages).sum::<u32>();
    let words = places.iter().map(Place::words).sum();
    let mut kinds: Vec<&Place> = Vec::new();
    for place in &places {
        if !kinds.iter().any(|k| k.inputs == place.inputs) {
            kinds.push(place);
        }
    }
    let columns = sizes.first().copied().unwrap_or(0);
    let outputs = sizes.last().copied().unwrap_or(0);
    let mut text = verilog::head(name, about, columns, outputs, port::NAMES, GENERATION_BITS);
    text += &port::text(words, "swaps");
    text += &verilog::flow(columns, latency, "sink_valid & ever");
    text += &swap(latency, words);
    for (at, place) in places.iter().enumerate() {
        layer(&mut text, name, at, place, words);
    }
    text += &answer(at_the_end(&places), latency);
    text += "endmodule\n";
    for kind in kinds {
        text += &products(name, kind);
    }
    for place in places.iter().filter(|p| p.hidden) {
        let module = rounding(name, place.sum_bits());
        if !text.contains(&module) {
            text += &module;
        }
    }
    Loadable {
        verilog: text,
        latency,
        levels: log2_up(GROUP as u64),
        words,
    }
}

/// The commit as it runs down the stages, the generations of the rows, and the words' select lines.
fn swap(latency: u32, words: usize) -> String {
    let last = latency - 1;
    let bits = port::bits(words);
    format!(
        "    // Bit n: stage n takes over its shadow with the next step, behind the last row of the old constants.\n\
         \x20   reg {all} token;\n    wire {all} take = token & {{{latency}{{advance}}}};\n    wire swaps = |token;\n\
         \x20   reg [7:0] generation;\n    reg {ages} ages;\n\
         \x20   always @(posedge clock) begin\n\
         \x20       if (reset) token <= {none};\n        else if (advance) token <= {{token[{before}:0], commit}};\n\
         \x20       else if (commit) token <= {begun};\n\
         \x20       if (reset) ever <= 1'd0;\n        else if (take[0]) ever <= 1'd1;\n\
         \x20       if (reset) generation <= 8'd0;\n        else if (take[0]) generation <= generation + 8'd1;\n\
         \x20       if (advance) ages <= {{ages[{young}:0], generation}};\n    end\n\
         \x20   assign sink_ready = advance & ever;\n\
         \x20   wire {selects} select;\n{}",
        (0..words)
            .map(|w| format!("    assign select[{w}] = wrote & (word == {bits}'d{w});\n"))
            .collect::<String>(),
        all = range(latency),
        ages = range(latency * GENERATION_BITS),
        none = verilog::literal(latency, 0),
        begun = verilog::literal(latency, 1),
        before = last.max(1) - 1,
        young = last * GENERATION_BITS - 1,
        selects = range(u32::try_from(words).unwrap_or(0)),
    )
}

/// A layer's instances.
fn layer(text: &mut String, name: &str, at: usize, place: &Place, words: usize) {
    let bits = place.sum_bits();
    let codes = if at == 0 {
        format!("sink_data[{}:0]", 8 * place.inputs - 1)
    } else {
        format!("codes_{}", at - 1)
    };
    let (first, rounds) = (place.stage, place.stage + 1 + place.tree());
    if place.hidden {
        let word = place.word + place.words() - 1;
        let _ = write!(
            text,
            "    wire {} codes_{at};\n    reg [15:0] ends_shadow_{at};\n    reg [15:0] ends_{at};\n\
             \x20   always @(posedge clock) begin\n        if (select[{word}]) ends_shadow_{at} <= data[15:0];\n\
             \x20       if (take[{}]) ends_{at} <= ends_shadow_{at};\n    end\n",
            range(u32::try_from(8 * place.outputs).unwrap_or(0)),
            rounds + 1,
        );
    }
    for output in 0..place.outputs {
        let word = place.word + output * place.output_words();
        let weights = place.inputs.div_ceil(4) + 1;
        debug_assert!(word + weights <= words, "an output's words lie within the image");
        let _ = write!(
            text,
            "    wire {} sum_{at}_{output};\n    {name}_sum{} sum_of_{at}_{output}(.clock(clock), .advance(advance), .take(take[{first}]), \
             .select(select[{}:{word}]), .data(data), .codes({codes}), .sum(sum_{at}_{output}));\n",
            range(bits),
            place.inputs,
            word + weights - 1,
        );
        if place.hidden {
            let _ = writeln!(
                text,
                "    {name}_code{bits} code_of_{at}_{output}(.clock(clock), .advance(advance), .take(take[{rounds}]), \
                 .select(select[{}]), .data(data[16:0]), .ends(ends_{at}), .sum(sum_{at}_{output}), .code(codes_{at}[{}:{}]));",
                word + weights,
                8 * output + 7,
                8 * output,
            );
        }
    }
}

fn at_the_end(places: &[Place]) -> Vec<Signal> {
    let Some((at, place)) = places.iter().enumerate().next_back() else {
        return Vec::new();
    };
    let half = 1i64 << (place.sum_bits() - 1);
    (0..place.outputs)
        .map(|o| Signal::new(format!("sum_{at}_{o}"), Span::new(-half, half - 1)))
        .collect()
}

/// The source's word: generation, tag, scores.
pub(super) fn answer(scores: Vec<Signal>, latency: u32) -> String {
    let scores: Vec<_> = scores
        .iter()
        .rev()
        .map(|s| s.extended(crate::SCORE_BITS))
        .collect();
    let last = latency - 1;
    format!(
        "    assign source_data = {{ages[{}:{}], tag[{}:{}], {}}};\n",
        latency * GENERATION_BITS - 1,
        last * GENERATION_BITS,
        latency * TAG_BITS - 1,
        last * TAG_BITS,
        scores.join(", ")
    )
}

/// The module of one sum: `Σ weight × code + bias`.
fn products(name: &str, place: &Place) -> String {
    let (inputs, bits) = (place.inputs, place.sum_bits());
    let (words, wide) = (inputs.div_ceil(4), 8 * u32::try_from(inputs).unwrap_or(0));
    let mut text = format!(
        "\nmodule {name}_sum{inputs}(clock, advance, take, select, data, codes, sum);\n    input wire clock;\n    input wire advance;\n\
         \x20   input wire take;\n    input wire [{words}:0] select;\n    input wire [31:0] data;\n    input wire {codes} codes;\n\
         \x20   output wire {sum} sum;\n    reg {codes} shadow;\n    reg {codes} weights;\n    reg {sum} bias_shadow;\n    reg {sum} bias;\n\
         \x20   always @(posedge clock) begin\n",
        codes = range(wide),
        sum = range(bits),
    );
    for word in 0..words {
        let (low, high) = (32 * word, (32 * word + 31).min(8 * inputs - 1));
        let _ = writeln!(
            text,
            "        if (select[{word}]) shadow[{high}:{low}] <= data[{}:0];",
            high - low
        );
    }
    let _ = write!(
        text,
        "        if (select[{words}]) bias_shadow <= data[{}:0];\n        if (take) weights <= shadow;\n\
         \x20       if (take) bias <= bias_shadow;\n    end\n",
        bits - 1
    );
    let product = Span::new(-(1 << 15), (1 << 15) - 1);
    let mut moves = String::new();
    for i in 0..inputs {
        let (low, high) = (8 * i, 8 * i + 7);
        let _ = writeln!(
            text,
            "    wire [15:0] m{i} = $signed({{{{8{{weights[{high}]}}}}, weights[{high}:{low}]}}) * $signed({{8'd0, codes[{high}:{low}]}});"
        );
        let own = if i == 0 { bits } else { PRODUCT_BITS };
        let _ = writeln!(text, "    reg {} s0_{i};", range(own));
        let made = if i == 0 {
            format!("{} + bias", Signal::new("m0", product).extended(bits))
        } else {
            format!("m{i}")
        };
        let _ = writeln!(moves, "        s0_{i} <= {made};");
    }
    let mut widths: Vec<u32> = (0..inputs)
        .map(|i| if i == 0 { bits } else { PRODUCT_BITS })
        .collect();
    for stage in 1..=place.tree() {
        widths = add(&mut text, &mut moves, stage, &widths, bits);
    }
    let _ = write!(
        text,
        "    always @(posedge clock) if (advance) begin\n{moves}    end\n    assign sum = s{}_0;\nendmodule\n",
        place.tree()
    );
    text
}

/// Adds up groups; the first one has the bias in it and is as wide as the sum.
fn add(text: &mut String, moves: &mut String, stage: u32, widths: &[u32], sum_bits: u32) -> Vec<u32> {
    let mut made = Vec::new();
    for (group, of_group) in widths.chunks(GROUP).enumerate() {
        let term = |(at, own): (usize, &u32)| {
            let half = 1i64 << (own - 1);
            let name = format!("s{}_{}", stage - 1, group * GROUP + at);
            (name, Span::new(-half, half - 1))
        };
        let terms: Vec<_> = of_group.iter().enumerate().map(term).collect();
        let (sum, span) = added(text, &format!("a{stage}_{group}"), terms, sum_bits);
        let width = if group == 0 { sum_bits } else { span.width() };
        let _ = writeln!(text, "    reg {} s{stage}_{group};", range(width));
        let _ = writeln!(
            moves,
            "        s{stage}_{group} <= {};",
            Signal::new(sum, span).extended(width)
        );
        made.push(width);
    }
    made
}

/// The module that turns a sum into a code.
fn rounding(name: &str, bits: u32) -> String {
    let scaled = bits + MULTIPLIER_BITS;
    let whole = scaled - MULTIPLIER_FRACTION;
    let half = 1i64 << (bits - 1);
    let sum = Signal::new("sum", Span::new(-half, half - 1)).extended(scaled);
    let full = 1i64 << (whole - 1);
    let even = Signal::new("even", Span::new(-full, full - 1)).extended(whole + 1);
    format!(
        "\nmodule {name}_code{bits}(clock, advance, take, select, data, ends, sum, code);\n    input wire clock;\n    input wire advance;\n\
         \x20   input wire take;\n    input wire select;\n    input wire [16:0] data;\n    // {{lowest code, code of 0}}\n    input wire [15:0] ends;\n\
         \x20   input wire {sums} sum;\n    output reg [7:0] code;\n    reg [16:0] shadow;\n    reg [16:0] multiplier;\n    reg {scaleds} scaled;\n\
         \x20   wire {scaleds} product = $signed({sum}) * $signed({{{pad}'d0, multiplier}});\n\
         \x20   wire tie = scaled[{below}:0] == {fraction}'d0;\n\
         \x20   wire {wholes} even = {{scaled[{top}:{above}], scaled[{fraction}] & ~tie}};\n\
         \x20   wire {moveds} moved = {even} + {{{zeros}'d0, ends[7:0]}};\n\
         \x20   wire {moveds} beyond = moved - {{{zeros}'d0, ends[15:8]}};\n\
         \x20   always @(posedge clock) begin\n        if (select) shadow <= data;\n        if (take) multiplier <= shadow;\n\
         \x20       if (advance) begin\n            // Half is added before the point is cut off.\n\
         \x20           scaled <= product + {scaled}'d{add};\n\
         \x20           code <= beyond[{whole}] ? ends[15:8] : (|moved[{high}:8]) ? 8'd255 : moved[7:0];\n\
         \x20       end\n    end\nendmodule\n",
        sums = range(bits),
        scaleds = range(scaled),
        pad = scaled - MULTIPLIER_BITS,
        below = MULTIPLIER_FRACTION - 1,
        fraction = MULTIPLIER_FRACTION,
        wholes = range(whole),
        top = scaled - 1,
        above = MULTIPLIER_FRACTION + 1,
        moveds = range(whole + 1),
        zeros = whole + 1 - 8,
        high = whole,
        add = 1u32 << (MULTIPLIER_FRACTION - 1),
    )
}
