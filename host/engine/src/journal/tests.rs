//! What a journal amounts to, and what it cannot.

use super::*;
use wire::ouch50::{Accepted, Appendage, Canceled, Executed};

fn order(user_ref: u32) -> Vec<u8> {
    EnterOrder {
        user_ref,
        side: b'B',
        quantity: 100,
        symbol: *b"TEST    ",
        price: 10_000,
        time_in_force: b'0',
        display: b'Y',
        capacity: b'P',
        iso: b'N',
        cross_type: b'N',
        cl_ord_id: [b'1'; 14],
    }
    .to_vec(&Appendage::new())
}

fn response(response: impl Into<Response>) -> Vec<u8> {
    let response: Response = response.into();
    response.to_vec(&Appendage::new())
}

fn executed(shares: u32) -> Vec<u8> {
    response(Executed {
        timestamp_ns: 0,
        user_ref: 1,
        quantity: shares,
        price: 9_000,
        liquidity: b'R',
        match_number: u64::from(shares),
    })
}

fn accepted() -> Vec<u8> {
    response(Accepted {
        timestamp_ns: 0,
        user_ref: 1,
        side: b'B',
        quantity: 100,
        symbol: *b"TEST    ",
        price: 10_000,
        time_in_force: b'0',
        display: b'Y',
        order_reference: 5,
        capacity: b'P',
        iso: b'N',
        cross_type: b'N',
        state: b'L',
        cl_ord_id: [b'1'; 14],
    })
}

fn journal(lines: &[Line<'_>]) -> Vec<u8> {
    let mut journal = Journal::new(Vec::new());
    for line in lines {
        journal.write(line).expect("memory");
    }
    journal.finish().expect("memory")
}

#[test]
fn an_account_follows_from_the_bytes() {
    let (sent, first, second) = (order(1), accepted(), executed(30));
    let other = order(2);
    let text = journal(&[
        Line::Sent(0, &sent),
        Line::Got(1, &first),
        Line::Lost,
        Line::Got(1, &first),
        Line::Got(2, &second),
        Line::Sent(0, &other),
        Line::Again(2),
        Line::GaveUp(2),
        Line::Note("the end # of\nit"),
    ]);
    let (behind, account) = replay_at(&text[..], 1, &[1, 2, 9].into()).expect("whole");
    // Order 2 was never accepted; what had come before is not disturbed by its coming again.
    let open = |sequence: u64| {
        behind
            .get(&sequence)
            .map(|account| account.open_shares(0, Side::Buy))
    };
    assert_eq!([open(1), open(2), open(9)], [Some(100), Some(70), None]);
    assert_eq!((behind[&1].cash, behind[&2].cash), (0, -270_000));
    assert_eq!((account.positions[0], account.cash), (30, -270_000));
    assert_eq!(account.open.len(), 1);
    assert_eq!(account.open[&1].shares, 70);
}

#[test]
fn a_replace_takes_the_place_of_its_order() {
    let (sent, first, traded) = (order(1), accepted(), executed(30));
    let asked = |user_ref, quantity| {
        ReplaceOrder {
            orig_user_ref: 1,
            user_ref,
            quantity,
            price: 10_000,
            time_in_force: b'0',
            display: b'Y',
            iso: b'N',
            cl_ord_id: [b'2'; 14],
        }
        .to_vec(&Appendage::new())
    };
    let answered = |orig_user_ref, state| {
        response(Replaced {
            timestamp_ns: 0,
            orig_user_ref,
            user_ref: 3,
            side: b'B',
            quantity: 120,
            symbol: *b"TEST    ",
            price: 10_000,
            time_in_force: b'0',
            display: b'Y',
            order_reference: 6,
            capacity: b'P',
            iso: b'N',
            cross_type: b'N',
            state,
            cl_ord_id: [b'2'; 14],
        })
    };
    let (lost, larger) = (asked(2, 400), asked(3, 150));
    let mut lines = vec![Line::Sent(0, &sent), Line::Got(1, &first), Line::Got(2, &traded)];
    lines.extend([
        Line::Replace(&lost),
        Line::Lost,
        Line::GaveUp(2),
        Line::Replace(&larger),
    ]);
    let open = |lines: &[Line<'_>]| {
        let account = replay(&journal(lines)[..], 1).expect("whole");
        account
            .open
            .iter()
            .map(|(user_ref, open)| (*user_ref, open.shares))
            .collect::<Vec<_>>()
    };
    assert_eq!(open(&lines), [(1, 70), (3, 50)]);
    for (state, left) in [(b'L', vec![(3, 120)]), (b'D', vec![])] {
        let answer = answered(1, state);
        let mut lines = lines.clone();
        lines.push(Line::Got(3, &answer));
        assert_eq!(open(&lines), left);
    }
    // It says another order than was asked for; and a replace of an order that was never sent.
    let (other, wrong) = (order(4), answered(4, b'L'));
    lines.extend([Line::Sent(0, &other), Line::Got(3, &wrong)]);
    assert!(replay(&journal(&lines)[..], 1).is_err());
    assert!(replay(&journal(&[Line::Replace(&larger)])[..], 1).is_err());
}

#[test]
fn learning_comes_back_as_it_was_written() {
    let bits = [0xa5, 0, 1, 255];
    let text = journal(&[
        Line::Learning("rls # by\nhand"),
        Line::Weights(7, 2, 3, true, &bits),
        Line::Unlearned(9),
        Line::Admitted(10, &bits[1..]),
        Line::Ended(11),
    ]);
    let entries: Result<Vec<_>, _> = Entries::new(&text[..]).collect();
    let weights = Entry::Weights {
        record: 7,
        slot: 2,
        number: 3,
        warm: true,
        bits: bits.to_vec(),
    };
    assert_eq!(
        entries.expect("whole"),
        [
            Entry::Learning("rls   by hand".into()),
            weights,
            Entry::Unlearned(9),
            Entry::Admitted(10, bits[1..].to_vec()),
            Entry::Ended(11),
        ]
    );
    let account = replay(&text[..], 1).expect("they say nothing of the account");
    assert_eq!((account.cash, account.open.len()), (0, 0));
    for body in [
        "weights 7 2 3 2 a5",
        "weights 7 2 3 1 xy",
        "weights 7 2 3",
        "admitted 1",
        "unlearned x",
        "ended",
    ] {
        assert!(Entry::parse(body).is_err(), "{body}");
    }
}

#[test]
fn damage_and_impossible_lines_are_seen() {
    let (sent, first, late) = (order(1), accepted(), executed(30));
    let good = journal(&[Line::Sent(0, &sent), Line::Got(1, &first)]);
    for at in 0..good.len() - 1 {
        let mut bad = good.clone();
        bad[at] ^= 1;
        assert!(replay(&bad[..], 1).is_err(), "byte {at}");
    }
    let second = good.iter().position(|byte| *byte == b'\n').expect("two lines") + 1;
    assert!(matches!(
        replay(&good[second..], 1),
        Err(JournalError::Damaged(1))
    ));
    for lines in [
        &[Line::Sent(0, &sent), Line::Got(2, &late)][..],
        &[Line::Got(1, &first)],
        &[Line::Sent(0, &sent), Line::Sent(0, &sent)],
        &[Line::GaveUp(1)],
    ] {
        let wrong = replay(&journal(lines)[..], 1);
        assert!(matches!(wrong, Err(JournalError::Wrong { .. })), "{wrong:?}");
    }
    let canceled = response(Canceled {
        timestamp_ns: 0,
        user_ref: 1,
        quantity: 101,
        reason: b'U',
    });
    let text = journal(&[
        Line::Sent(0, &sent),
        Line::Got(1, &first),
        Line::Got(2, &canceled),
    ]);
    assert!(replay(&text[..], 1).is_err());
}
