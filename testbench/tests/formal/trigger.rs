//! The trigger: one-shot, never while anything is wrong, one event an arming.

use crate::block::{Block, Property, Tap, property};
use gateware::types::{Best, OrderRequest};
use testbench::Layout;

/// Slots of the size that is proved.
const SLOTS: usize = 4;

pub(crate) fn block() -> Block {
    let (request, best) = (Layout::of::<OrderRequest>(), Layout::of::<Best>());
    let macros = [
        ("REQUEST_BITS", request.width()),
        ("BEST_BITS", best.width()),
        ("BEST_SLOT", best.field("slot").0),
    ]
    .map(|(name, value)| format!("`define TG_{name} {value}\n"));
    Block {
        name: "trigger",
        emitted: "trigger",
        module: "trigger",
        checker: "trigger_fv",
        text: macros.concat() + include_str!("../../../hdl/formal/trigger_fv.sv"),
        taps: vec![
            Tap::many("of_order", "slots.latches_{}.order_q", 1, SLOTS),
            Tap::many("of_debt", "slots.latches_{}.debt_q", 1, SLOTS),
            Tap::one("on_1", "arming.on_s1_q", 1),
            Tap::one("on_2", "arming.on_s2_q", 1),
            Tap::one("on_3", "arming.on_s3_q", 1),
            Tap::one("of_arming", "arming.slot_q", 2),
            Tap::one("of_chosen", "sender.chosen_q", 1),
            Tap::one("of_telling", "report.chosen_q", 1),
        ],
        // The condition is any at all, and so is the product.
        cut: vec![
            [".holds(judge_holds)", ".holds()"],
            [".notional(arming_notional)", ".notional()"],
        ],
        memory: None,
        k: 3,
        depth: 14,
        properties: properties(),
    }
}

fn properties() -> Vec<Property> {
    vec![
        property(
            "only_armed_fires",
            "c_fires",
            "fires = judged_s2_q & still_armed & holds;",
            "fires = judged_s2_q & holds;",
        ),
        property(
            "only_arming_arms",
            "c_armed",
            "latches_2_arm = arm & (arm_slot == 2);",
            "latches_2_arm = arm;",
        ),
        property(
            "one_shot",
            "c_fires",
            "if (fire | |why_now) begin",
            "if (|why_now) begin",
        ),
        property(
            "order_once",
            "c_waits",
            "soonest_x = waits & ~leaving;",
            "soonest_x = waits;",
        ),
        property(
            "bad_stops",
            "c_fires",
            "if (fire | |why_now) begin",
            "if (fire) begin",
        ),
        property(
            "words_stay",
            "c_told",
            "busy = is_armed_q | debt_q | order_q;",
            "busy = is_armed_q;",
        ),
        property(
            "told_once",
            "c_told",
            "soonest_x = owes & ~leaving;",
            "soonest_x = owes;",
        ),
        property(
            "request_stays",
            "c_request",
            "free = ~offered_q | request_ready;",
            "free = 1'b1;",
        ),
        property(
            "entry_stays",
            "c_entry",
            "free = ~offered_q | entry_ready;",
            "free = 1'b1;",
        ),
    ]
}
