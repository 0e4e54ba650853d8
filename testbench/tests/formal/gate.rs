//! The gate: a grant implies every check, a kill blocks, limits change at once, nothing wraps.

use crate::block::{Block, Property, Tap, property};
use contract::reg::{ARM_KEY, SLOT, THROTTLE_KEY, index};
use contract::slot::{Class, KINDS, Kind};
use contract::template::{ENTER_BYTES, MESSAGES, SOUP_BYTES};
use gateware::types::{BookView, OrderRequest};
use std::fmt::Write as _;
use testbench::Layout;

/// Slots of the size that is proved, and bits of their index.
const SLOTS: usize = 4;
const SLOT_BITS: usize = 2;

/// Positions of fields, numbers of registers.
pub(crate) fn macros() -> String {
    let (request, view) = (Layout::of::<OrderRequest>(), Layout::of::<BookView>());
    let mut text = String::new();
    let mut define = |name: &str, value: u64| {
        let _ = writeln!(text, "`define RG_{name} {value}");
    };
    define("REQUEST_BITS", request.width().into());
    define("VIEW_BITS", view.width().into());
    for name in [
        "kind",
        "slot",
        "buy",
        "side",
        "token",
        "target_ref",
        "orig_qty",
        "qty",
        "price",
        "notional",
        "epoch",
        "malformed",
        "out_of_sequence",
    ] {
        define(&name.to_uppercase(), request.field(name).0.into());
    }
    for name in ["bid_px", "bid_sz", "ask_px", "ask_sz"] {
        define(&name.to_uppercase(), view.field(name).0.into());
    }
    define("VIEW_SLOT", view.field("meta.slot").0.into());
    define("RAW", Kind::Raw as u64);
    define("TRIGGER", Kind::Trigger as u64);
    define("REPLACE", Kind::Replace as u64);
    define("MODIFY", Kind::Modify as u64);
    define("ENABLE", Kind::EnableEntry as u64);
    define("WATCHDOG", Kind::Watchdog as u64);
    define("ARM_KEY", ARM_KEY.into());
    define("THROTTLE_KEY", THROTTLE_KEY.into());
    for name in [
        "MAX_QTY",
        "COLLAR",
        "POSITION_MAX",
        "OPEN_MAX",
        "NOTIONAL_MAX_LO",
        "NOTIONAL_MAX_HI",
        "SLOT_RATE_TOKENS",
        "SLOT_RATE_REFILL_NS",
        "PERMIT",
        "BAND_LOW",
        "BAND_HIGH",
        "THROTTLE",
        "POSITION_SET",
        "POSITION_LOAD",
        "POSITION_ADD",
        "OPEN_RELEASE_BUY",
        "OPEN_RELEASE_SELL",
    ] {
        define(&format!("REG_{name}"), index(SLOT, name) as u64);
    }
    text + &kinds()
}

/// What the kinds are.
fn kinds() -> String {
    let mut text = String::new();
    // Kinds that are no orders, and the bytes of what a kind becomes.
    let (mut others, mut bytes) = (String::from("1'b0"), (SOUP_BYTES + ENTER_BYTES).to_string());
    for kind in KINDS {
        if kind.class() != Class::Order {
            let _ = write!(others, " || (kind) == {}", kind as u8);
        }
        if let Some(message) = kind.message().filter(|message| *message > 0) {
            let length = SOUP_BYTES + MESSAGES[message];
            bytes = format!("(kind) == {} ? {length} : {bytes}", kind as u8);
        }
    }
    let _ = writeln!(text, "`define RG_NO_ORDER(kind) ({others})");
    let _ = writeln!(text, "`define RG_BYTES(kind) ({bytes})");
    text
}

fn taps() -> Vec<Tap> {
    let mut taps = Vec::new();
    for (name, width) in [
        ("max_qty", 32),
        ("collar", 32),
        ("position_max", 32),
        ("open_max", 16),
        ("notional_lo", 32),
        ("notional_hi", 32),
        ("tokens", 16),
        ("refill", 32),
        ("permit", 5),
        ("band_low", 32),
        ("band_high", 32),
        ("throttle", 16),
    ] {
        let (now, shadow) = (
            format!("slots.limits_{{}}_{name}"),
            format!("slots.limits_{{}}.{name}_shadow_q"),
        );
        taps.push(Tap::many(&format!("of_{name}"), &now, width, SLOTS));
        taps.push(Tap::many(&format!("of_{name}_shadow"), &shadow, width, SLOTS));
    }
    for (port, path, width) in [
        ("of_net", "slots.accounts_{}_net", 36),
        ("of_buys", "slots.accounts_{}_open_buy", 36),
        ("of_sells", "slots.accounts_{}_open_sell", 36),
        ("of_orders", "slots.accounts_{}_orders", 16),
        ("of_used", "slots.buckets_{}_used", 16),
        ("of_repeated", "slots.throttles_{}_used", 16),
        ("of_latched", "slots.throttles_{}_latched", 1),
        ("of_taken", "slots.throttles_{}.taken_q", 1),
        ("of_adds", "slots.accounts_{}.adds_q", 1),
        ("of_loads", "slots.accounts_{}.loads_q", 1),
        ("of_sent", "slots.accounts_{}.sent_q", 1),
        ("of_done", "slots.accounts_{}.done_q", 1),
        ("of_change_buy", "slots.accounts_{}.change_buy_q", 37),
        ("of_change_sell", "slots.accounts_{}.change_sell_q", 37),
    ] {
        taps.push(Tap::many(port, path, width, SLOTS));
    }
    taps.extend(parts());
    taps
}

/// Registers there are once.
fn parts() -> Vec<Tap> {
    let mut taps = Vec::new();
    for (port, path, width) in [
        ("of_host", "slots.host_q", SLOTS),
        ("of_host_slot", "slots.host_slot_q", SLOT_BITS),
        ("of_data", "slots.data_q", 32),
        ("of_limit", "slots.limit_q", 12),
        ("of_commit", "slots.committed_q", 1),
        ("of_takes", "slots.takes_q", SLOTS),
        ("of_known", "reference.known_q", SLOTS),
        ("life_alive", "life.alive_q", 1),
        ("life_stamp", "life.stamp_q", 64),
        ("of_position_set", "slots.positions.all", 32 * SLOTS),
        ("of_own_buy", "guards.prices.buys.all", 32 * SLOTS),
        ("of_own_sell", "guards.prices.sells.all", 32 * SLOTS),
        ("of_fired", "guards.tokens.fired.all", 32 * SLOTS),
        ("of_fired_known", "guards.tokens.known_q", SLOTS),
        ("of_newest", "guards.tokens.newest_q", 32),
        ("of_last", "guards.tokens.last_s1_q", 32),
        ("of_next", "guards.prices.next_s2_q", 32),
        ("of_follows", "guards.prices.follows_s1_q", 1),
        ("of_own", "guards.prices.own_s1_q", 32),
        ("of_base", "originals.base_s1_q", 32),
        ("of_unknown", "originals.unknown_s1_q", 1),
        ("of_gross_taken", "gross.taken_s1_q", 64),
        ("of_gross_most", "gross.most_q", 64),
        ("of_gross_notional", "gross.notional_s1_q", 64),
        ("of_gross_added", "gross.added_s2_q", 64),
        ("of_gross_room", "gross.room_s1_q", 66),
        ("of_gross_change", "gross.change_q", 66),
        ("of_gross_commits", "gross.commits_q", 1),
        ("of_added", "screen.exposure.added_s2_q", 32),
        ("of_exposed", "screen.exposure.exposure_s1_q", 38),
        ("of_room", "screen.exposure.room_s1_q", 39),
        ("of_most", "screen.exposure.most_s1_q", 32),
        ("of_shares", "screen.exposure.qty_s1_q", 32),
        ("of_over", "screen.exposure.over", 1),
        ("of_bid", "reference.bids.all", 32 * SLOTS),
        ("of_ask", "reference.asks.all", 32 * SLOTS),
    ] {
        taps.push(Tap::one(port, path, width));
    }
    taps
}

/// The cover of most: an order is granted.
const ORDER: &str = "c_order";
/// A check that is not made.
const NONE: &str = "failed = failed;";

/// Requests and outcomes.
fn outcomes() -> Vec<Property> {
    vec![
        property(
            "one_outcome",
            "c_refusal",
            "count = screen_rejected;",
            "count = 1'b0;",
        ),
        property(
            "granted_as_taken",
            ORDER,
            "grant_request = screen_held;",
            "grant_request = request;",
        ),
        property(
            "refusal_is_told",
            "c_refusal",
            "entry_valid = screen_waits | kill_out_q;",
            "entry_valid = kill_out_q;",
        ),
        property(
            "ready_before_grant",
            ORDER,
            "ready = tx_ready & ~deciding_q & ~screen_passed",
            "ready = ~deciding_q & ~screen_passed",
        ),
        property(
            "takes_with_room",
            ORDER,
            "& ~screen_waits & ~kill_out_q",
            "& ~kill_out_q",
        ),
        property("taken_when_booked", ORDER, " & ~settling_q", ""),
    ]
}

/// Every check.
fn checks() -> Vec<Property> {
    vec![
        property("check_killed", ORDER, "failed = failed | bit_killed;", NONE),
        property("check_not_armed", ORDER, "failed = failed | bit_not_armed;", NONE),
        property("check_malformed", ORDER, "failed = failed | bit_malformed;", NONE),
        property("check_sequence", ORDER, "failed = failed | bit_sequence;", NONE),
        property("check_epoch", ORDER, "failed = failed | bit_epoch;", NONE),
        property("check_heartbeat", ORDER, "failed = failed | bit_heartbeat;", NONE),
        property("check_stale", ORDER, "failed = failed | bit_stale;", NONE),
        property("check_gap", ORDER, "failed = failed | bit_gap;", NONE),
        property("check_halted", ORDER, "failed = failed | bit_halted;", NONE),
        property(
            "check_quantity",
            ORDER,
            "quantity_s1_d = (qty == 32'h0) | (qty > max_qty);",
            "quantity_s1_d = qty > max_qty;",
        ),
        property("check_collar", ORDER, "failed = failed | bit_collar;", NONE),
        property("check_position", ORDER, "failed = failed | bit_position;", NONE),
        property(
            "check_open_orders",
            ORDER,
            "orders_s1_d = orders >= open_max;",
            "orders_s1_d = orders > open_max;",
        ),
        property(
            "check_original",
            "c_replace",
            "failed = failed | bit_original;",
            NONE,
        ),
        property(
            "base_as_said",
            "c_replace",
            "if (said < qty_is_q) begin",
            "if (said > qty_is_q) begin",
        ),
        property(
            "check_rate_slot",
            ORDER,
            "slot_empty = (used >= tokens) & classes_order;",
            "slot_empty = (used > tokens) & classes_order;",
        ),
        property(
            "check_rate_port",
            ORDER,
            "port_empty = port_used >= port_tokens;",
            "port_empty = port_used > port_tokens;",
        ),
        property("check_notional", ORDER, "failed = failed | bit_notional;", NONE),
        property("check_events_full", ORDER, "failed = failed | bit_events;", NONE),
    ]
}

/// The checks above EventsFull.
fn guards() -> Vec<Property> {
    vec![
        property(
            "check_restricted",
            ORDER,
            "failed = failed | bit_restricted;",
            NONE,
        ),
        property(
            "check_gross_notional",
            "c_gross",
            "beside = guards_failed | bit_gross;",
            "beside = guards_failed;",
        ),
        property("check_bands", "c_bands", "failed = failed | bit_bands;", NONE),
        property(
            "check_throttle",
            "c_latched",
            "failed = failed | bit_throttle;",
            NONE,
        ),
        property(
            "check_self_cross",
            "c_cross",
            "failed = failed | bit_cross;",
            NONE,
        ),
        property(
            "check_duplicate_token",
            "c_token",
            "used = token <= last_s1_q;",
            "used = token < last_s1_q;",
        ),
        property(
            "check_tcp_window",
            "c_window",
            "flight_s1_q > room",
            "flight_s1_q > window_is_q",
        ),
        property(
            "throttle_latches",
            "c_latched",
            "if (taken_q & (count_used >= most)) begin",
            "if (taken_q & (count_used > most)) begin",
        ),
    ]
}

/// The kill, the limits, and that nothing wraps.
fn ends() -> Vec<Property> {
    vec![
        property(
            "kill_blocks",
            "c_cancel_while_killed",
            "screen_killed = kill_q | kills;",
            "screen_killed = kills;",
        ),
        property(
            "limits_unmixed",
            "c_commit",
            "collar_now_d = collar_shadow_q;",
            "collar_now_d = data;",
        ),
        property("orders_fit", ORDER, "more = open_q + one;", "more = 16'hffff;").and(
            "orders_s1_d = orders >= open_max;",
            "orders_s1_d = orders > open_max;",
        ),
        property(
            "shares_fit",
            ORDER,
            "buys_d = left_buy[(0)+:(36)];",
            "buys_d = 36'hfffffffff;",
        )
        .and("failed = failed | bit_position;", NONE),
        property("tokens_fit", ORDER, "fewer = out_q - one;", "fewer = 16'hffff;"),
        property(
            "quiet_refusal",
            "c_quiet",
            "refuses = ~good & ~quiet_s1_q;",
            "refuses = ~good;",
        ),
    ]
}

/// What the card keeps of earlier orders may be anything: bits of the request that nothing else looks at, its ClOrdID. The memories fall away.
const FORGOTTEN: [[&str; 2]; 3] = [
    [
        "owner_is_d = owners_read_data;",
        "owner_is_d = request[319 +: 8];",
    ],
    [
        "qty_is_d = quantities_read_data;",
        "qty_is_d = request[287 +: 32];",
    ],
    // What it gets for the shares of the order it names: four products of what is kept.
    ["taken = outer_y + middle_placed;", "taken = request[327 +: 64];"],
];

pub(crate) fn block() -> Block {
    let (at, bits) = Layout::of::<OrderRequest>().field("cl_ord_id");
    assert!(
        at == 287 && bits >= 104,
        "the bits of FORGOTTEN are those of the ClOrdID"
    );
    Block {
        name: "risk_gate",
        emitted: "risk_gate",
        module: "risk_gate",
        checker: "risk_gate_fv",
        text: macros() + include_str!("../../../hdl/formal/risk_gate_fv.sv"),
        taps: taps(),
        cut: FORGOTTEN.to_vec(),
        memory: Some((SLOTS, 32)),
        k: 3,
        depth: 14,
        properties: [outcomes(), checks(), guards(), ends()]
            .into_iter()
            .flatten()
            .collect(),
    }
}
