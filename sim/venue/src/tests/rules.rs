use wire::itch50::{self, Message};
use wire::ouch50::{
    AccountQuery, CancelOrder, DisableOrderEntry, EnableOrderEntry, EnterOrder, MassCancel, ModifyOrder, Opt,
    ReplaceOrder,
};

use super::*;

#[test]
fn a_limit_order_takes_best_price_and_longest_wait_first_and_rests_with_what_is_left() {
    let mut e = exchange();
    let got = send(&mut e, order(1, b'B', 350, 100_200), &[]);
    assert_eq!(got, ["A1 350", "E1 100 @100200 R", "E1 100 @100200 R"]);
    assert_eq!(feed_since(&e, 6), ["E3 100", "E4 100", "Ao0 150"]);
    assert_eq!(e.open(1), Some(150));
    assert_eq!(e.book().best(1, itch50::Side::Bid), Some(100_200));
    // One tick lower it would have met nobody.
    let mut e = exchange();
    assert_eq!(send(&mut e, order(1, b'B', 350, 100_199), &[]), ["A1 350"]);
    assert_eq!(feed_since(&e, 6), ["Ao0 350"]);
}

#[test]
fn an_order_fills_in_parts_and_the_book_keeps_the_rest_of_the_other() {
    let mut e = exchange();
    assert_eq!(
        send(&mut e, order(1, b'S', 30, 99_900), &[]),
        ["A1 30", "E1 30 @100000 R"]
    );
    assert_eq!((e.book().get(1).unwrap().open, e.open(1)), (70, None));
    assert_eq!(
        send(&mut e, order(2, b'T', 100, 99_900), &[]),
        ["A2 100", "E2 70 @100000 R", "E2 30 @99900 R"]
    );
    assert_eq!(feed_since(&e, 6), ["E1 30", "E1 70", "E2 30"]);
}

#[test]
fn immediate_or_cancel_rests_never() {
    let mut e = exchange();
    let ioc = |user_ref, quantity, price| EnterOrder {
        time_in_force: b'3',
        ..order(user_ref, b'B', quantity, price)
    };
    assert_eq!(
        send(&mut e, ioc(1, 250, 100_200), &[]),
        ["A1 250", "E1 100 @100200 R", "E1 100 @100200 R", "C1 50 I"]
    );
    assert_eq!(send(&mut e, ioc(2, 10, 100_000), &[]), ["A2 10", "C2 10 I"]);
    assert_eq!(feed_since(&e, 6), ["E3 100", "E4 100"]);
}

#[test]
fn the_place_in_the_queue_shrinks_with_cancels_and_executions_ahead() {
    let mut e = exchange();
    send(&mut e, order(1, b'B', 50, 100_000), &[]);
    market(&mut e, &add(6, b'B', 40, 100_000));
    assert_eq!(e.ahead(1), Some(100));
    // Behind: changes nothing. Ahead: counts.
    market(&mut e, &cancel(6, 10));
    assert_eq!(e.ahead(1), Some(100));
    market(&mut e, &cancel(1, 25));
    assert_eq!(e.ahead(1), Some(75));
    assert!(market(&mut e, &executed(1, 60)).is_empty());
    assert_eq!(e.ahead(1), Some(15));
    market(&mut e, &delete(1));
    assert_eq!(e.ahead(1), Some(0));
    // Now an execution behind it meets it first.
    assert_eq!(market(&mut e, &executed(6, 20)), ["E1 20 @100000 A"]);
    assert_eq!(e.open(1), Some(30));
    assert_eq!(
        feed_since(&e, 6),
        [
            "Ao0 50", "A6 40", "X6 10", "X1 25", "E1 60", "D1", "Eo0 20", "E6 20"
        ]
    );
}

#[test]
fn a_better_price_comes_before_any_queue() {
    let mut e = exchange();
    send(&mut e, order(1, b'B', 50, 100_100), &[]);
    assert_eq!(market(&mut e, &executed(1, 80)), ["E1 50 @100100 A"]);
    assert_eq!(feed_since(&e, 7), ["Eo0 50", "E1 80"]);
}

#[test]
fn hidden_executions_meet_displayed_own_orders_first() {
    let trade = |price| {
        Message::from(itch50::Trade {
            header: header(0),
            reference: 0,
            side: b'B',
            shares: 30,
            stock: STOCK,
            price,
            match_number: 8,
        })
    };
    let mut e = exchange();
    send(&mut e, order(1, b'B', 50, 100_000), &[]);
    assert!(market(&mut e, &trade(100_001)).is_empty());
    assert_eq!(market(&mut e, &trade(100_000)), ["E1 30 @100000 A"]);
    assert_eq!(market(&mut e, &trade(99_999)), ["E1 20 @100000 A"]);
}

#[test]
fn an_order_of_the_file_that_crosses_meets_own_orders_and_only_its_rest_is_published() {
    let mut e = exchange();
    send(&mut e, order(1, b'B', 50, 100_100), &[]);
    assert_eq!(market(&mut e, &add(7, b'S', 80, 100_100)), ["E1 50 @100100 A"]);
    assert_eq!(feed_since(&e, 7), ["Eo0 50", "A7 30"]);
    // The file goes on with 80; the last 50 of them are ours.
    market(&mut e, &cancel(7, 60));
    market(&mut e, &delete(7));
    assert_eq!(feed_since(&e, 9), ["X7 10", "D7"]);
}

#[test]
fn what_own_orders_took_the_file_cannot_take_again() {
    let mut e = exchange();
    send(&mut e, order(1, b'B', 100, 100_200), &[]);
    let next = e.feed().next_sequence();
    market(&mut e, &executed(3, 40));
    market(&mut e, &replace(3, 8, 70, 100_300));
    assert_eq!(feed_since(&e, next), ["A8 70"]);
    market(&mut e, &delete(8));
    assert_eq!(feed_since(&e, next), ["A8 70", "D8"]);
}

#[test]
fn a_replace_goes_to_the_end_of_the_queue() {
    let mut e = exchange();
    send(&mut e, order(1, b'B', 50, 100_000), &[]);
    market(&mut e, &add(6, b'B', 40, 100_000));
    let to = |orig_user_ref, user_ref, quantity, price| ReplaceOrder {
        orig_user_ref,
        user_ref,
        quantity,
        price,
        time_in_force: b'0',
        display: b'Y',
        iso: b'N',
        cl_ord_id: *b"ORDER         ",
    };
    assert_eq!(e.ahead(1), Some(100));
    assert_eq!(send(&mut e, to(1, 2, 50, 100_000), &[]), ["U1>2 50 L"]);
    assert_eq!((e.ahead(1), e.ahead(2)), (None, Some(140)));
    // The quantity counts what the chain has executed.
    market(&mut e, &executed(1, 100));
    market(&mut e, &delete(6));
    market(&mut e, &add(9, b'B', 10, 100_000));
    assert_eq!(market(&mut e, &executed(9, 10)), ["E2 10 @100000 A"]);
    let next = e.feed().next_sequence();
    assert_eq!(
        send(&mut e, to(2, 3, 30, 100_200), &[]),
        ["U2>3 20 L", "E3 20 @100200 R"]
    );
    assert_eq!(feed_since(&e, next), ["Do1", "E3 20"]);
    // Nothing left, no such order, a wrong quantity.
    send(&mut e, order(4, b'B', 10, 99_000), &[]);
    send(&mut e, order(5, b'B', 10, 99_000), &[]);
    assert_eq!(send(&mut e, to(3, 6, 30, 100_200), &[]), ["J6 0x15"]);
    assert_eq!(send(&mut e, to(4, 7, 0, 100_200), &[]), ["J7 0x13", "C4 10 Z"]);
    assert_eq!(send(&mut e, to(5, 7, 10, 100_000), &[]), [""; 0]);
}

#[test]
fn cancels_leave_so_many_shares_and_keep_the_place() {
    let mut e = exchange();
    send(&mut e, order(1, b'B', 50, 100_000), &[]);
    let left = |user_ref, quantity| CancelOrder { user_ref, quantity };
    assert_eq!(send(&mut e, left(1, 30), &[]), ["C1 20 U"]);
    assert_eq!((e.open(1), e.ahead(1)), (Some(30), Some(100)));
    assert_eq!(send(&mut e, left(1, 30), &[]), [""; 0]);
    assert_eq!(send(&mut e, left(1, 0), &[]), ["C1 30 U"]);
    assert_eq!(send(&mut e, left(1, 0), &[]), [""; 0]);
    assert_eq!(feed_since(&e, 7), ["Xo0 20", "Do0"]);
    assert_eq!(e.counters().unknown, 1);
}

#[test]
fn modify_marks_and_shrinks_in_place() {
    let mut e = exchange();
    send(&mut e, order(1, b'S', 50, 100_300), &[]);
    let to = |side, quantity| ModifyOrder {
        user_ref: 1,
        side,
        quantity,
    };
    assert_eq!(send(&mut e, to(b'T', 50), &[]), ["M1 T 50"]);
    assert_eq!(send(&mut e, to(b'E', 20), &[]), ["M1 E 20"]);
    assert_eq!(e.ahead(1), Some(100));
    for refused in [to(b'B', 10), to(b'S', 10), to(b'E', 21), to(b'E', 0)] {
        assert_eq!(send(&mut e, refused, &[]), [""; 0]);
    }
    assert_eq!(feed_since(&e, 7), ["Xo0 30"]);
}

#[test]
fn mass_cancel_by_firm_symbol_and_side() {
    let mut e = exchange();
    send(&mut e, order(1, b'B', 10, 99_000), &[]);
    send(&mut e, order(2, b'S', 10, 101_000), &[]);
    send(&mut e, order(3, b'B', 10, 99_000), &[Opt::Firm(*b"ELSE")]);
    let mass = |user_ref, firm: &[u8; 4], symbol: &[u8; 8]| MassCancel {
        user_ref,
        firm: *firm,
        symbol: *symbol,
    };
    assert_eq!(
        send(&mut e, mass(4, b"FORG", b"        "), &[Opt::Side(b'S')]),
        ["X4", "C2 10 U"]
    );
    assert_eq!(send(&mut e, mass(5, b"FORG", b"OTHER   "), &[]), ["X5"]);
    assert_eq!(send(&mut e, mass(6, b"FORG", &STOCK), &[]), ["X6", "C1 10 U"]);
    assert_eq!(e.open(3), Some(10));
}

#[test]
fn a_number_not_above_the_last_changes_nothing() {
    let mut e = exchange();
    send(&mut e, order(7, b'B', 10, 99_000), &[]);
    for user_ref in [7, 6] {
        assert_eq!(send(&mut e, order(user_ref, b'B', 500, 100_300), &[]), [""; 0]);
    }
    assert_eq!((e.counters().retransmitted, e.open(7)), (2, Some(10)));
    assert_eq!(send(&mut e, AccountQuery {}, &[]), ["Q8"]);
    // A rejected order has used its number too.
    assert_eq!(send(&mut e, order(8, b'B', 0, 99_000), &[]), ["J8 0x13"]);
    assert_eq!(send(&mut e, AccountQuery {}, &[]), ["Q9"]);
}

#[test]
fn a_halted_stock_takes_cancels_only() {
    let mut e = exchange();
    send(&mut e, order(1, b'B', 50, 100_000), &[]);
    e.set_state(1, b'H').unwrap();
    assert_eq!(send(&mut e, order(2, b'B', 50, 100_300), &[]), ["J2 0x7"]);
    let replace = ReplaceOrder {
        orig_user_ref: 1,
        user_ref: 3,
        quantity: 50,
        price: 100_300,
        time_in_force: b'0',
        display: b'Y',
        iso: b'N',
        cl_ord_id: *b"ORDER         ",
    };
    assert_eq!(send(&mut e, replace, &[]), ["J3 0x7"]);
    assert!(market(&mut e, &add(6, b'S', 10, 100_000)).is_empty());
    let cancel = CancelOrder {
        user_ref: 1,
        quantity: 0,
    };
    assert_eq!(send(&mut e, cancel, &[]), ["C1 50 U"]);
    e.set_state(1, b'T').unwrap();
    assert_eq!(send(&mut e, order(4, b'B', 50, 99_000), &[]), ["A4 50"]);
}

#[test]
fn orders_are_refused_with_their_reason() {
    let mut e = exchange();
    let good = order(0, b'B', 10, 99_000);
    let cases = [
        (EnterOrder { side: b'X', ..good }, 0x9),
        (
            EnterOrder {
                quantity: 1_000_000,
                ..good
            },
            0x13,
        ),
        (
            EnterOrder {
                symbol: *b"NOSUCH  ",
                ..good
            },
            0x17,
        ),
        (EnterOrder { price: 0, ..good }, 0x1d),
        (
            EnterOrder {
                price: 1 << 32,
                ..good
            },
            0x1d,
        ),
        (
            EnterOrder {
                time_in_force: b'6',
                ..good
            },
            0xf,
        ),
        (
            EnterOrder {
                display: b'N',
                ..good
            },
            0xf,
        ),
    ];
    for (user_ref, (order, reason)) in (1..).zip(cases) {
        let got = send(&mut e, EnterOrder { user_ref, ..order }, &[]);
        assert_eq!(got, [format!("J{user_ref} {reason:#x}")]);
    }
    let most = EnterOrder {
        user_ref: 50,
        quantity: 999_999,
        ..good
    };
    assert_eq!(send(&mut e, most, &[]), ["A50 999999"]);
}

#[test]
fn order_entry_of_a_firm_can_be_shut() {
    let mut e = exchange();
    let firm = *b"FORG";
    assert_eq!(send(&mut e, DisableOrderEntry { user_ref: 1, firm }, &[]), ["G1"]);
    assert_eq!(send(&mut e, order(2, b'B', 10, 99_000), &[]), ["J2 0xc"]);
    let other = [Opt::Firm(*b"ELSE")];
    assert_eq!(send(&mut e, order(3, b'B', 10, 99_000), &other), ["A3 10"]);
    assert_eq!(send(&mut e, EnableOrderEntry { user_ref: 4, firm }, &[]), ["K4"]);
    assert_eq!(send(&mut e, order(5, b'B', 10, 99_000), &[]), ["A5 10"]);
}

#[test]
fn own_orders_do_not_trade_with_one_another() {
    let mut e = exchange();
    send(&mut e, order(1, b'B', 50, 100_100), &[]);
    assert_eq!(
        send(&mut e, order(2, b'S', 80, 100_000), &[]),
        ["A2 80", "D1 50", "E2 80 @100000 R"]
    );
    assert_eq!(feed_since(&e, 7), ["Do0", "E1 80"]);
}

#[test]
fn post_only_goes_rather_than_take() {
    let mut e = exchange();
    let post = [Opt::PostOnly(b'P')];
    assert_eq!(
        send(&mut e, order(1, b'B', 50, 100_200), &post),
        ["A1 50", "C1 50 G"]
    );
    assert_eq!(send(&mut e, order(2, b'B', 50, 100_199), &post), ["A2 50"]);
    assert_eq!(feed_since(&e, 6), ["Ao1 50"]);
}

#[test]
fn orders_expire_by_time_and_at_the_close() {
    let mut e = exchange();
    let timed = EnterOrder {
        time_in_force: b'6',
        ..order(1, b'B', 50, 99_000)
    };
    send(&mut e, timed, &[Opt::ExpireTime(2)]);
    send(&mut e, order(2, b'B', 50, 99_000), &[]);
    let event = |timestamp_ns, event| {
        Message::from(itch50::SystemEvent {
            header: header(timestamp_ns),
            event,
        })
    };
    assert!(market(&mut e, &event(1_999_999_999, b'Q')).is_empty());
    assert_eq!(market(&mut e, &event(2_000_000_000, b'Q')), ["C1 50 T"]);
    assert_eq!(market(&mut e, &event(2_000_000_001, b'M')), ["C2 50 T"]);
}

#[test]
fn executions_can_be_broken_once() {
    let mut e = exchange();
    send(&mut e, order(1, b'B', 50, 100_200), &[]);
    assert_eq!(e.bust(1 << 62), Ok(true));
    assert_eq!(responses(&mut e), ["B1"]);
    assert_eq!(e.bust(1 << 62), Ok(false));
    assert_eq!(feed_since(&e, 6), ["E3 50", "B"]);
}

#[test]
fn the_account_follows_executions_busts_and_what_is_open() {
    let mut exchange = exchange();
    send(&mut exchange, order(1, b'B', 150, 100_200), &[]);
    send(&mut exchange, order(2, b'S', 70, 100_500), &[]);
    let account = exchange.account();
    assert_eq!((account.positions[&STOCK], account.cash), (150, -150 * 100_200));
    let open: Vec<_> = account
        .open
        .iter()
        .map(|o| (o.user_ref, o.buy, o.shares))
        .collect();
    assert_eq!(open, [(2, false, 70)]);
    // The second execution, of 50 shares, is void.
    assert!(exchange.bust((1 << 62) + 1).unwrap());
    let account = exchange.account();
    assert_eq!((account.positions[&STOCK], account.cash), (100, -100 * 100_200));
}
