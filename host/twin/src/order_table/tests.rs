//! Tests of the order table.

use super::*;

fn event(kind: EventCode, reference: u64, quantity: u32) -> FeedEvent {
    FeedEvent {
        kind,
        slot: 1,
        reference,
        new_reference: 0,
        side: Side::Bid,
        quantity,
        price: 100,
        printable: kind == EventCode::Execute,
    }
}

fn replace(reference: u64, new_reference: u64, quantity: u32) -> FeedEvent {
    FeedEvent {
        new_reference,
        price: 200,
        side: Side::Ask,
        ..event(EventCode::Replace, reference, quantity)
    }
}

fn table() -> OrderTable {
    let mut table = OrderTable::new();
    for reference in [10, 11] {
        let added = table.apply(&event(EventCode::Add, reference, 50));
        assert_eq!(
            (added.changed, added.op.add, added.op.remove),
            (true, Some((100, 50)), None)
        );
    }
    table
}

#[test]
fn the_life_of_an_order() {
    let mut table = table();
    let executed = table.apply(&event(EventCode::Execute, 10, 20));
    assert_eq!((executed.op.remove, executed.trade), (Some((100, 20)), Some(20)));
    let cancelled = table.apply(&event(EventCode::Cancel, 10, 10));
    assert_eq!((cancelled.op.remove, cancelled.trade), (Some((100, 10)), None));
    let replaced = table.apply(&replace(10, 12, 70));
    let expected = LevelOp {
        slot: 1,
        side: Side::Bid,
        remove: Some((100, 20)),
        add: Some((200, 70)),
    };
    assert_eq!((replaced.op, replaced.changed), (expected, true));
    assert_eq!(table.get(10), None);
    let deleted = table.apply(&event(EventCode::Delete, 12, 0));
    assert_eq!((deleted.op.remove, deleted.op.add), (Some((200, 70)), None));
    assert_eq!((table.len(), table.counters()), (1, Counters::default()));
}

#[test]
fn unknown_references_change_nothing() {
    use EventCode::{Cancel, Delete, Execute, ExecutePrice};
    let mut table = table();
    for kind in [Execute, ExecutePrice, Cancel, Delete] {
        let result = table.apply(&event(kind, 99, 5));
        assert_eq!(result, ignored(&event(kind, 99, 5), Anomaly::Dangling));
    }
    assert!(!table.apply(&replace(99, 13, 5)).changed);
    assert_eq!(
        table.get(13),
        None,
        "a replace of an unknown order drops the new one too"
    );
    assert_eq!(table.counters().dangling, 5);
}

#[test]
fn an_order_of_another_slot_is_unknown() {
    let mut table = table();
    for other in [
        event(EventCode::Delete, 10, 0),
        event(EventCode::Execute, 10, 5),
        replace(10, 20, 5),
    ] {
        let result = table.apply(&FeedEvent { slot: 2, ..other });
        assert_eq!((result.changed, result.anomaly), (false, Some(Anomaly::Dangling)));
    }
    let add = FeedEvent {
        slot: 2,
        ..event(EventCode::Add, 10, 5)
    };
    assert_eq!(table.apply(&add).anomaly, Some(Anomaly::DuplicateAdd));
    assert_eq!(table.get(10).unwrap().quantity, 50);
}

#[test]
fn duplicates_and_zero_adds_are_ignored() {
    let mut table = table();
    let twice = table.apply(&event(EventCode::AddMpid, 10, 5));
    assert_eq!(
        (twice.changed, twice.anomaly),
        (false, Some(Anomaly::DuplicateAdd))
    );
    let zero = table.apply(&event(EventCode::Add, 30, 0));
    assert_eq!((zero.changed, zero.anomaly), (false, Some(Anomaly::ZeroQuantity)));
    assert_eq!((table.len(), table.get(10).unwrap().quantity), (2, 50));
}

#[test]
fn over_execution_clamps_and_makes_stale() {
    let mut table = table();
    let result = table.apply(&event(EventCode::Execute, 10, 51));
    assert_eq!(
        (result.op.remove, result.trade, result.changed),
        (Some((100, 50)), Some(50), true)
    );
    assert!(result.anomaly.unwrap().makes_stale());
    assert_eq!(table.get(10), None);
}

#[test]
fn a_replace_onto_a_live_order_only_removes() {
    let mut table = table();
    let result = table.apply(&replace(10, 11, 5));
    assert_eq!(
        (result.op.remove, result.op.add, result.changed),
        (Some((100, 50)), None, true)
    );
    assert!(result.anomaly.unwrap().makes_stale());
    assert_eq!((table.len(), table.get(11).unwrap().quantity), (1, 50));
    let same = table.apply(&replace(11, 11, 5));
    assert_eq!(
        (same.op.add, same.changed, same.anomaly),
        (Some((200, 5)), true, None)
    );
}

#[test]
fn a_replace_to_nothing_removes_and_a_zero_cancel_reports() {
    let mut table = table();
    let result = table.apply(&replace(10, 12, 0));
    assert_eq!(
        (result.op.remove, result.op.add, result.changed),
        (Some((100, 50)), None, true)
    );
    assert_eq!(table.get(12), None);
    let zero = table.apply(&event(EventCode::Cancel, 11, 0));
    assert_eq!(
        (zero.op.remove, zero.changed, zero.anomaly),
        (Some((100, 0)), true, None)
    );
}

#[test]
fn trades_touch_nothing() {
    let mut table = table();
    let trade = table.apply(&FeedEvent {
        printable: true,
        ..event(EventCode::Trade, 0, 9)
    });
    assert_eq!(
        (trade.trade, trade.changed, trade.op.remove),
        (Some(9), false, None)
    );
    let cross = table.apply(&event(EventCode::Cross, 0, 9));
    assert_eq!((cross.trade, cross.changed), (None, false));
    assert_eq!(table.len(), 2);
}

#[test]
fn clearing_a_slot_keeps_the_others() {
    let mut table = table();
    table.apply(&FeedEvent {
        slot: 2,
        ..event(EventCode::Add, 40, 5)
    });
    table.clear_slot(1);
    assert_eq!((table.len(), table.get(40).map(|order| order.slot)), (1, Some(2)));
}

#[test]
fn a_card_loses_orders_without_a_place_and_says_so() {
    let mut table = OrderTable::of_card(&contract::config::SMALL);
    let add = |reference| event(EventCode::Add, reference, 5);
    // References that differ only where no mask of the small table looks share all their buckets.
    let buckets = Placement::new(&contract::config::SMALL);
    let shared = crowd(&buckets, 25);
    for reference in &shared[..24] {
        assert!(table.apply(&add(*reference)).changed);
    }
    let lost = table.apply(&add(shared[24]));
    assert_eq!(
        (lost.changed, lost.anomaly),
        (false, Some(Anomaly::TableOverflow))
    );
    let moved = table.apply(&replace(shared[0], shared[24], 5));
    assert_eq!(
        (moved.op.add, moved.anomaly),
        (None, Some(Anomaly::TableOverflow))
    );
    assert!(moved.changed && moved.op.remove.is_some());
    assert!(
        table.apply(&add(shared[24])).changed,
        "the place of the order removed"
    );
    assert_eq!(
        (
            table.counters().stash_used,
            table.counters().table_overflow,
            table.len()
        ),
        (16, 2, 24)
    );
}

/// References that share the bucket of every bank, by elimination over the masks.
fn crowd(placement: &Placement, count: usize) -> Vec<u64> {
    let mut basis: Vec<u64> = (0..64).map(|bit| 1 << bit).collect();
    for bit in 0..10 {
        for bank in 0..4 {
            let odd = |v: &u64| placement.buckets(*v)[bank] >> bit & 1 == 1;
            if let Some(at) = basis.iter().position(odd) {
                let pivot = basis.swap_remove(at);
                for v in &mut basis {
                    if odd(v) {
                        *v ^= pivot;
                    }
                }
            }
        }
    }
    let mut all = vec![0];
    for v in basis {
        let more: Vec<u64> = all.iter().map(|known| known ^ v).collect();
        all.extend(more);
        if all.len() >= count {
            break;
        }
    }
    all.truncate(count);
    all
}
