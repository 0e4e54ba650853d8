//! The feature reference, generated as Markdown.

use crate::feature::{CORE_FEATURES, Feature};
use crate::wide::{self, FABRICS, GROUPS, RANKED, WIDE, WideFeature};
use alloc::string::String;
use core::fmt::Write as _;

const HEAD: &str = "# Features\n\n\
Generated from `hdl/contract` by `cargo run -p contract --example features > docs/features.md`; do not edit.\n\n\
A record carries 16 core features in its first entry. A slot that asks for *wide* entries gets 192 values and 64 ranks more\n\
(eight entries). All are integers: the formulas here are what the twin and the gateware compute, bit for bit. Real values are\n\
raw / 2^fraction.\n\n\
```\n\
tickforge features --feed day.itch.gz --symbol GOOG --wide               # columns of core, wide and ranks, real units\n\
tickforge features --feed day.itch.gz --symbol GOOG --wide --raw --format json\n\
tickforge record --feed day.itch.gz --symbol GOOG --date 2012-06-21 --out data --wide\n\
```\n\n\
Wide records come from `--card twin`; `CAPABILITIES` of the gateware does not have them yet (`docs/adr/0011-wide-record.md`).\n";

const EXAMPLE: &str = r#"
## Adding a feature, worked through

Say the second difference of the best bid's size is wanted: `bid_sz_1` of this event less that of the event before.

1. **Table** (`hdl/contract/src/wide/table.rs`, and nowhere else). In the group it belongs to, here `VARIANTS`:

   ```rust
   w("bid_sz_step", (8, "log2 shares"), Log, ON_BOOK,
       "prev valid: sat(lg(bs[1]+1) - lg(bs'[1]+1)); no book event or prev invalid: 0", "ours: textbook difference"),
   ```

   The record is full: take a value out (an average of a signal that no model of yours reads), or the compiler says *as many values as the
   record has room for*. Index, place in the entries, `CONTRACT_HASH`, the columns of `features` and `record` and this page follow.
   To have it ranked, put its name into `RANKED` in another's place.
2. **Golden** (`host/twin/src/wide/`). Positions come from the name: `const STEP: usize = index("bid_sz_step")`. Where order flow is taken,
   before the slot's previous book is replaced:

   ```rust
   out[STEP] = saturate(i64::from(lg(bids[0].sz)) - i64::from(lg(before.bids[0].sz)));
   ```

3. **Reference** (`host/twin/tests/wide/slow.rs`), from the formula and not from the twin: in 128-bit integers, by name. The test fails on the
   first event where both differ, and fails too when a name of the table has no value in the reference.
4. `cargo run -p contract --example features > docs/features.md`, `cargo run -p contract --example registers > docs/registers.md`,
   `cargo run -p xtask -- emit` (the hash stands in `csr`), `cargo test -p contract -p twin`.

What may be asked of a formula: adders, shifts by constants, comparisons; a logarithm by priority encoder; a product, quotient or
root from the units that all values share (`fabric` in the tables). State that every event changes must fit the spacing of events, two cycles: no divider
there. No floating point, no state without a bound.
"#;

fn row(out: &mut String, index: usize, f: &Feature, w: Option<&WideFeature>) {
    let cell = |text: &str| text.replace('|', "\\|");
    let _ = write!(out, "| {index} | `{}` | {} | {} | ", f.name, f.fraction, f.unit);
    if let Some(w) = w {
        let _ = write!(out, "{} | {} | ", w.on, w.fabric.name());
    }
    let _ = writeln!(out, "{} | {} |", cell(f.formula), cell(f.source));
}

fn core(out: &mut String) {
    let _ = write!(
        out,
        "\n## Notation\n\n{}\n## Core\n\n| index | name | fraction | unit | formula | source |\n|---|---|---|---|---|---|\n",
        include_str!("feature.md")
    );
    for (i, f) in CORE_FEATURES.iter().enumerate() {
        row(out, i, f, None);
    }
}

fn wide(out: &mut String) {
    let _ = write!(
        out,
        "\n## Notation of the wide record\n\n{}",
        include_str!("wide/wide.md")
    );
    out.push_str("\n## Wide\n\n`on` says which events update what a value holds, `fabric` which unit computes it.\n\n| unit | values |\n|---|---|\n");
    for unit in FABRICS {
        let values = WIDE.iter().filter(|w| w.fabric == unit).count();
        let _ = writeln!(out, "| {} | {values} |", unit.name());
    }
    let mut at = 0;
    for group in GROUPS {
        let _ = write!(
            out,
            "\n### {}\n\n| index | name | fraction | unit | on | fabric | formula | source |\n|---|---|---|---|---|---|---|---|\n",
            group.title
        );
        for w in group.features {
            row(out, at, &w.feature, Some(w));
            at += 1;
        }
    }
    let _ = write!(
        out,
        "\n## Ranks\n\nEach is u8: how many of {} edges, which the host loads for it, are at or below the value. Column `rank_NAME`.\n\n",
        wide::EDGES
    );
    for (i, name) in RANKED.iter().enumerate() {
        let separator = if i + 1 < RANKED.len() { ", " } else { "\n" };
        let _ = write!(out, "{i} `{name}`{separator}");
    }
}

/// The whole reference as Markdown.
pub fn markdown() -> String {
    let mut out = String::from(HEAD);
    core(&mut out);
    wide(&mut out);
    out.push_str(EXAMPLE);
    out
}
