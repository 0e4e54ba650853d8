//! The register reference, generated as Markdown.

use crate::{
    CONTRACT_HASH, config::CONFIGS, counter, event, frame, layout::Field, record, reg, ring::RINGS, slot,
    template, wide, window,
};
use alloc::{format, string::String};
use core::fmt::Write as _;

fn registers(out: &mut String, title: &str, base: &str, area: &[reg::Register]) {
    let _ = write!(
        out,
        "\n## {title}\n\n{base}\n\n| offset | name | access | mask | reset | meaning |\n|---|---|---|---|---|---|\n"
    );
    for (i, r) in area.iter().enumerate() {
        let _ = writeln!(
            out,
            "| {:#06x} | `{}` | {:?} | {:#010x} | {:#010x} | {} |",
            4 * i,
            r.name,
            r.access,
            r.mask,
            r.reset,
            r.doc
        );
    }
}

fn layout(out: &mut String, title: &str, fields: &[Field]) {
    let _ = write!(
        out,
        "\n### {title}\n\n| bits | byte | name | meaning |\n|---|---|---|---|\n"
    );
    let mut at = 0;
    for f in fields {
        let _ = writeln!(
            out,
            "| {}:{} | {} | `{}` | {} |",
            at + f.width - 1,
            at,
            at / 8,
            f.name,
            f.doc
        );
        at += f.width;
    }
}

fn layouts(out: &mut String) {
    out.push_str("\n## Records ring\n");
    layout(out, "Core entry", record::CORE);
    layout(out, "Levels entry 1", record::LEVELS_0);
    layout(out, "Levels entry 2", record::LEVELS_1);
    layout(out, "Levels entry 3", record::LEVELS_2);
    layout(out, "Wide entry, eight a record (docs/features.md)", wide::ENTRY);
    out.push_str("\n## Events ring\n");
    layout(out, "Head word of every event", event::HEAD);
    layout(
        out,
        "OrderSent, OrderRejected (behind the head)",
        event::ORDER_BODY,
    );
    layout(out, "Gap, BadFrame", event::RANGE_BODY);
    layout(out, "Stale, Sync, Bound, Ready", event::SLOT_BODY);
    layout(out, "SessionChange, EndOfSession", event::SESSION_BODY);
    layout(out, "Admin", event::ADMIN_BODY);
    layout(out, "Kill", event::KILL_BODY);
    layout(out, "TriggerFired, TriggerDisarmed", event::TRIGGER_BODY);
    out.push_str("\n## Order slots (BAR2)\n");
    layout(out, "Slot", slot::LAYOUT);
    layout(out, "Fields of a raw slot", slot::RAW_LAYOUT);
    out.push_str("\n## Frames\n");
    layout(out, "Head of an entry of the frames ring", frame::HEAD);
    layout(out, "Word 0 of the frame TX window", frame::TX_HEAD);
    out.push_str("\n## Bulk tables\n");
    layout(out, "Table 0, tx_template", template::LAYOUT);
    layout(
        out,
        "Table 1, rank_edges: word 128 × rank + pair",
        wide::EDGE_PAIR,
    );
    layout(
        out,
        "Table 3, side_inputs: words 16 × slot + 2 × input and the next",
        wide::SIDE,
    );
}

/// The whole reference as Markdown.
pub fn markdown() -> String {
    let mut out = String::from(
        "# Register and layout reference\n\nGenerated from `hdl/contract` by `cargo run -p contract --example registers > docs/registers.md`; do not edit.\n",
    );
    let _ = write!(
        out,
        "\nContract hash `{CONTRACT_HASH:#010x}`. BAR0: 64 KiB of 32-bit little-endian registers.\n"
    );
    registers(&mut out, "Global registers", "At 0x0000.", reg::GLOBAL);
    let at = format!(
        "Slot *n* at {:#06x} + *n* × {:#x}.",
        reg::SLOT_BASE,
        reg::SLOT_STRIDE
    );
    registers(&mut out, "Slot registers", &at, reg::SLOT);
    let at = format!(
        "Ring *n* of {RINGS:?} at {:#06x} + *n* × {:#x}.",
        reg::RING_BASE,
        reg::RING_STRIDE
    );
    registers(&mut out, "Ring registers", &at, reg::RING);
    out.push_str("\n## Counters\n\n32 bits, saturating, read-only.\n\n| offset | group | name | block | meaning |\n|---|---|---|---|---|\n");
    for i in 0..counter::COUNT {
        let (group, c) = reg::counter_at(i);
        let _ = writeln!(
            out,
            "| {:#06x} | {group} | `{}` | {} | {} |",
            reg::counter(i),
            c.name,
            c.block,
            c.doc
        );
    }
    out.push_str("\n## BAR2 windows\n\n| offset | name | bytes | meaning |\n|---|---|---|---|\n");
    let mut at = 0;
    for w in &window::WINDOWS {
        let _ = writeln!(out, "| {at:#06x} | `{}` | {} | {} |", w.name, w.size, w.doc);
        at += w.size;
    }
    layouts(&mut out);
    out.push_str("\n## Configurations\n\n| name | id | slots | orders | cells | ticks | pages | DMA bits |\n|---|---|---|---|---|---|---|---|\n");
    for c in CONFIGS {
        let _ = writeln!(
            out,
            "| `{}` | {} | {} | {} | {} | {} | {} | {} |",
            c.name,
            c.id,
            c.slots,
            c.orders,
            c.order_cells,
            c.ticks,
            c.pages(),
            c.dma_width
        );
    }
    out
}
