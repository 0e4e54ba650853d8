//! Account queries and the connections they were sent on.

use super::*;

/// A connection that is lost behind a query that is on its way.
fn lost_behind_a_query(orders: &mut Orders) {
    orders.disconnected();
    assert!(orders.query_due());
    orders.queried();
    assert!(!orders.query_due(), "one at a time");
}

/// Answers until the orders are in sync, each `query(next)`, with the queries that are due sent in between.
fn answers_needed(orders: &mut Orders, next: u32) -> u32 {
    let mut answers = 0;
    while !orders.in_sync() {
        answers += 1;
        assert!(answers < 100, "no answer is enough");
        take(orders, &query(next));
        if orders.query_due() {
            orders.queried();
        }
    }
    answers
}

#[test]
fn an_answer_from_before_the_order_proves_nothing() {
    let mut orders = in_sync();
    orders.queried();
    orders.enter(1, 10).unwrap();
    lost_behind_a_query(&mut orders);
    // The old query was answered before the order arrived.
    assert_eq!(take(&mut orders, &query(1)), Change::None);
    assert!(orders.query_due());
    orders.queried();
    assert_eq!(orders.state(1), Some(State::Unknown));
    take(&mut orders, &accepted(1, 10, b'L'));
    take(&mut orders, &query(2));
    assert_eq!((orders.state(1), orders.in_sync()), (Some(State::Open), true));
    assert!(!orders.query_due());
}

/// What a lost connection has not brought to the exchange it never will: a query of any connection behind it judges it.
#[test]
fn connections_that_are_lost_behind_the_order_cost_nothing() {
    let mut orders = in_sync();
    orders.enter(1, 10).unwrap();
    for _ in 0..50 {
        lost_behind_a_query(&mut orders);
    }
    let missing = Change::Reconciled {
        missing: vec![1],
        not_taken: vec![],
    };
    assert_eq!(take(&mut orders, &query(1)), missing);
    assert!(orders.in_sync() && !orders.query_due());
}

/// As many as were on their way when the order was sent are asked off, over however many connections, and no more.
#[test]
fn what_is_to_be_asked_off_does_not_grow() {
    let mut orders = in_sync();
    for _ in 0..5 {
        lost_behind_a_query(&mut orders);
    }
    take(&mut orders, &query(1));
    assert!(orders.may_send() && !orders.query_due());
    // Four may still be answered.
    orders.enter(1, 10).unwrap();
    for _ in 0..4 {
        lost_behind_a_query(&mut orders);
        assert_eq!(take(&mut orders, &query(1)), Change::None);
    }
    lost_behind_a_query(&mut orders);
    take(&mut orders, &query(1));
    assert!(orders.in_sync() && !orders.may_send(), "the order is missing");
}

/// An order that is sent again may arrive behind answers that judged it when it was sent first.
#[test]
fn an_order_sent_again_is_judged_anew() {
    let mut orders = in_sync();
    orders.enter(1, 10).unwrap();
    for _ in 0..3 {
        lost_behind_a_query(&mut orders);
    }
    take(&mut orders, &query(1));
    orders.resend(1).unwrap();
    lost_behind_a_query(&mut orders);
    // The two other queries were answered before it was sent again.
    for _ in 0..2 {
        assert_eq!(take(&mut orders, &query(1)), Change::None);
        orders.queried();
    }
    let mut judged = orders.clone();
    take(&mut orders, &accepted(1, 10, b'L'));
    take(&mut orders, &query(2));
    assert_eq!(orders.state(1), Some(State::Open));
    // What takes it then answers the last sending, and settles all queries before that.
    assert_eq!(answers_needed(&mut judged, 1), 1);
    judged.resend(1).unwrap();
    take(&mut judged, &accepted(1, 10, b'L'));
    judged.enter(2, 10).unwrap();
    lost_behind_a_query(&mut judged);
    assert_eq!(answers_needed(&mut judged, 2), 1);
}

/// A response that takes or refuses an order settles every query sent before that order.
#[test]
fn an_order_that_was_answered_settles_all_queries_before_it() {
    let answered: [fn(&mut Orders); 3] = [
        |orders| drop(take(orders, &accepted(2, 10, b'L'))),
        |orders| drop(take(orders, &rejected(2))),
        |orders| drop(take(orders, &replaced(1, 2, 10))),
    ];
    for (case, answered) in answered.into_iter().enumerate() {
        let mut orders = in_sync();
        orders.enter(1, 10).unwrap();
        take(&mut orders, &accepted(1, 10, b'L'));
        for _ in 0..9 {
            lost_behind_a_query(&mut orders);
        }
        take(&mut orders, &query(2));
        match case {
            2 => orders.replace(1, 2, 10).unwrap(),
            _ => orders.enter(2, 10).unwrap(),
        }
        let mut without = orders.clone();
        answered(&mut orders);
        for (orders, answers) in [(&mut orders, 1), (&mut without, 9)] {
            orders.enter(3, 10).unwrap();
            lost_behind_a_query(orders);
            assert_eq!(answers_needed(orders, 3), answers, "case {case}");
        }
    }
}

/// A query sent behind an order on the same connection may still be answered when that order has been.
#[test]
fn an_order_that_was_answered_settles_no_query_behind_it() {
    let mut orders = in_sync();
    orders.enter(1, 10).unwrap();
    orders.queried();
    take(&mut orders, &accepted(1, 10, b'L'));
    orders.enter(2, 10).unwrap();
    lost_behind_a_query(&mut orders);
    assert_eq!(take(&mut orders, &query(2)), Change::None);
}

/// An answer that has seen all orders is enough, from whatever connection its query was.
#[test]
fn an_answer_that_knows_every_number_is_enough() {
    let mut orders = in_sync();
    for _ in 0..5 {
        lost_behind_a_query(&mut orders);
    }
    take(&mut orders, &query(1));
    orders.enter(1, 10).unwrap();
    orders.enter(2, 10).unwrap();
    lost_behind_a_query(&mut orders);
    // The exchange passed over 1; nothing says that 2 was taken but the number.
    let not_taken = Change::Reconciled {
        missing: vec![],
        not_taken: vec![(1, 10), (2, 10)],
    };
    assert_eq!(take(&mut orders, &query(3)), not_taken);
    assert!(orders.may_send());
}

/// Answers to nothing that was asked settle nothing that will be.
#[test]
fn answers_nobody_asked_for_settle_nothing() {
    let mut orders = in_sync();
    for _ in 0..9 {
        take(&mut orders, &query(1));
    }
    orders.queried();
    orders.enter(1, 10).unwrap();
    lost_behind_a_query(&mut orders);
    assert_eq!(take(&mut orders, &query(1)), Change::None);
}
