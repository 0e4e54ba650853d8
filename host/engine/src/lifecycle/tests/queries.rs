//! Account queries and the connections they were sent on.

use super::*;

#[test]
fn an_answer_to_a_query_of_a_lost_connection_proves_nothing() {
    let mut orders = in_sync();
    orders.queried();
    orders.enter(1, 10).unwrap();
    orders.disconnected();
    assert!(orders.query_due());
    orders.queried();
    assert!(!orders.query_due(), "one at a time");
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

/// Connections that end before any answer comes: what has to be asked behind them grows by one each.
#[test]
fn lost_connections_add_up_and_do_not_multiply() {
    let mut orders = in_sync();
    orders.enter(1, 10).unwrap();
    for _ in 0..50 {
        orders.disconnected();
        assert!(orders.query_due());
        orders.queried();
    }
    let mut unanswered = orders.clone();
    let mut answers = 0;
    while !orders.in_sync() {
        answers += 1;
        take(&mut orders, &query(1));
        if orders.query_due() {
            orders.queried();
        }
    }
    assert_eq!(answers, 50, "the order has not arrived, if no answer is old");
    assert!(!orders.query_due());
    // An answer that has seen the order is enough for orders, from whatever connection its query was; the others are asked off behind it.
    take(&mut unanswered, &accepted(1, 10, b'L'));
    take(&mut unanswered, &query(2));
    assert!(unanswered.may_send());
    let mut answers = 1;
    while unanswered.query_due() {
        unanswered.queried();
        answers += 1;
        take(&mut unanswered, &query(2));
    }
    assert_eq!(answers, 50);
}

/// An old answer behind which orders were sent proves nothing of them, also when an earlier old one was good enough.
#[test]
fn old_answers_that_are_left_are_known_as_such() {
    let mut orders = in_sync();
    for _ in 0..3 {
        orders.disconnected();
        orders.queried();
    }
    take(&mut orders, &query(1));
    assert!(orders.may_send() && orders.query_due());
    orders.enter(1, 10).unwrap();
    orders.disconnected();
    orders.queried();
    for _ in 0..2 {
        assert_eq!(take(&mut orders, &query(1)), Change::None);
        assert!(orders.query_due());
        orders.queried();
    }
    take(&mut orders, &accepted(1, 10, b'L'));
    take(&mut orders, &query(2));
    assert_eq!((orders.state(1), orders.in_sync()), (Some(State::Open), true));
}
