//! Entries of the events ring, as the gate forms them.

use super::{Entry, Outcome, Request};
use contract::event::{Code, HEAD, KILL_BODY, ORDER_BODY};
use contract::layout::{Field, lsb, put_bits, width};
use contract::ring::PAYLOAD_BYTES;
use contract::slot::Kind;

fn put(entry: &mut Entry, base: u32, layout: &[Field], name: &str, value: u64) {
    put_bits(entry, base + lsb(layout, name), width(layout, name), value);
}

fn headed(time: u64, slot: usize, code: Code) -> Entry {
    let mut entry = [0; PAYLOAD_BYTES];
    put(&mut entry, 0, HEAD, "time", time & 0xffff_ffff_ffff);
    put(&mut entry, 0, HEAD, "slot", slot as u64);
    put(&mut entry, 0, HEAD, "code", code as u64);
    entry
}

pub(super) fn reject_entry(request: &Request, outcome: &Outcome, now: u64) -> Entry {
    let mut entry = headed(now, request.slot, Code::OrderRejected);
    for (name, value) in [
        ("order_seq", request.order_seq.into()),
        ("token", request.token.into()),
        ("reason", outcome.checks.trailing_zeros().into()),
        ("trigger", (request.kind == Kind::Trigger as u8).into()),
        ("checks", outcome.checks.into()),
        ("slot_stamp", request.stamp),
        ("value", outcome.value.into()),
        ("limit", outcome.limit.into()),
    ] {
        put(&mut entry, 64, ORDER_BODY, name, value);
    }
    entry
}

pub(super) fn kill_entry(time: u64) -> Entry {
    let mut entry = headed(time, 0, Code::Kill);
    put(&mut entry, 64, KILL_BODY, "cause", 1);
    entry
}
