mod queries;

use super::*;
use proptest::prelude::*;
use std::collections::VecDeque;
use wire::ouch50::{
    Accepted, AccountQueryResponse, Broken, CancelReject, Canceled, Executed, Modified, Rejected, Replaced,
    Response,
};

fn accepted(user_ref: u32, quantity: u32, state: u8) -> Response {
    Accepted {
        timestamp_ns: 0,
        user_ref,
        side: b'B',
        quantity,
        symbol: *b"TEST    ",
        price: 1,
        time_in_force: b'0',
        display: b'Y',
        order_reference: 1,
        capacity: b'P',
        iso: b'N',
        cross_type: b'N',
        state,
        cl_ord_id: [b' '; 14],
    }
    .into()
}

fn replaced(orig_user_ref: u32, user_ref: u32, quantity: u32) -> Response {
    Replaced {
        timestamp_ns: 0,
        orig_user_ref,
        user_ref,
        side: b'B',
        quantity,
        symbol: *b"TEST    ",
        price: 1,
        time_in_force: b'0',
        display: b'Y',
        order_reference: 1,
        capacity: b'P',
        iso: b'N',
        cross_type: b'N',
        state: if quantity == 0 { b'D' } else { b'L' },
        cl_ord_id: [b' '; 14],
    }
    .into()
}

fn executed(user_ref: u32, quantity: u32, match_number: u64) -> Response {
    Executed {
        timestamp_ns: 0,
        user_ref,
        quantity,
        price: 1,
        liquidity: b'A',
        match_number,
    }
    .into()
}

fn canceled(user_ref: u32, quantity: u32) -> Response {
    Canceled {
        timestamp_ns: 0,
        user_ref,
        quantity,
        reason: b'U',
    }
    .into()
}

fn rejected(user_ref: u32) -> Response {
    Rejected {
        timestamp_ns: 0,
        user_ref,
        reason: 1,
        cl_ord_id: [b' '; 14],
    }
    .into()
}

fn query(next_user_ref: u32) -> Response {
    AccountQueryResponse {
        timestamp_ns: 0,
        next_user_ref,
    }
    .into()
}

/// Orders in sync, with sequence 2 to come next.
fn in_sync() -> Orders {
    let mut orders = Orders::new();
    assert_eq!(orders.enter(1, 1), Err(Refused::NotInSync));
    orders.queried();
    let nothing = Change::Reconciled {
        missing: vec![],
        not_taken: vec![],
    };
    assert_eq!(orders.apply(1, &query(1)), Ok(nothing));
    orders
}

fn take(orders: &mut Orders, response: &Response) -> Change {
    orders.apply(orders.next_sequence(), response).unwrap()
}

#[test]
fn an_order_lives_and_ends() {
    let mut orders = in_sync();
    orders.enter(1, 100).unwrap();
    assert_eq!((orders.state(1), orders.open(1)), (Some(State::Sent), 100));
    assert_eq!(take(&mut orders, &accepted(1, 100, b'L')), Change::Updated(1));
    let part = Change::Executed {
        user_ref: 1,
        shares: 30,
        done: false,
    };
    assert_eq!(take(&mut orders, &executed(1, 30, 7)), part);
    orders.cancel(1).unwrap();
    assert_eq!(orders.pending(1), Some(Pending::Cancel));
    take(&mut orders, &canceled(1, 20));
    assert_eq!((orders.state(1), orders.pending(1)), (Some(State::Open), None));
    take(&mut orders, &executed(1, 50, 8));
    assert_eq!(orders.state(1), Some(State::Done(End::Executed)));
    let void = Change::Broken {
        user_ref: 1,
        shares: 30,
    };
    assert_eq!(
        take(
            &mut orders,
            &Broken {
                timestamp_ns: 0,
                user_ref: 1,
                match_number: 7,
                reason: b'E',
                cl_ord_id: [b' '; 14],
            }
            .into()
        ),
        void
    );
    assert_eq!(orders.executed(1), 50);
    // Dead on arrival, rejected, canceled whole.
    for user_ref in 2..=4 {
        orders.enter(user_ref, 10).unwrap();
    }
    take(&mut orders, &accepted(2, 10, b'D'));
    take(&mut orders, &rejected(3));
    take(&mut orders, &accepted(4, 10, b'L'));
    take(&mut orders, &canceled(4, 10));
    let ends: Vec<_> = orders.all().map(|(_, state)| state).collect();
    let done = [End::Executed, End::Canceled, End::Rejected, End::Canceled].map(State::Done);
    assert_eq!(ends, done);
    assert_eq!((orders.open(2), orders.open(3), orders.open(4)), (0, 0, 0));
}

#[test]
fn replaces_win_or_are_refused() {
    let mut orders = in_sync();
    orders.enter(1, 100).unwrap();
    assert_eq!(orders.replace(1, 2, 80), Err(Refused::NotOpen(1)));
    take(&mut orders, &accepted(1, 100, b'L'));
    take(&mut orders, &executed(1, 30, 1));
    orders.replace(1, 2, 80).unwrap();
    assert_eq!(orders.replace(1, 3, 80), Err(Refused::NotOpen(1)));
    take(&mut orders, &rejected(2));
    assert_eq!((orders.state(1), orders.pending(1)), (Some(State::Open), None));
    orders.replace(1, 3, 80).unwrap();
    let change = take(&mut orders, &replaced(1, 3, 50));
    assert_eq!(
        change,
        Change::Replaced {
            user_ref: 1,
            shares: 70,
            by: 3,
            fewer: 30
        }
    );
    assert_eq!(
        (orders.state(1), orders.state(3), orders.open(3)),
        (Some(State::Done(End::Replaced)), Some(State::Open), 50)
    );
    orders.replace(3, 4, 30).unwrap();
    take(&mut orders, &replaced(3, 4, 0));
    assert_eq!(orders.state(4), Some(State::Done(End::Canceled)));
}

#[test]
fn a_replace_that_is_dead_at_once_has_nothing_open() {
    let mut orders = in_sync();
    orders.enter(1, 100).unwrap();
    take(&mut orders, &accepted(1, 100, b'L'));
    orders.replace(1, 2, 80).unwrap();
    let Response::Replaced(dead) = replaced(1, 2, 80) else {
        panic!("a Replaced")
    };
    let dead = Replaced { state: b'D', ..dead };
    let change = take(&mut orders, &dead.into());
    let Change::Replaced {
        shares: 100,
        fewer: 80,
        ..
    } = change
    else {
        panic!("{change:?}")
    };
    assert_eq!((orders.open(1), orders.open(2)), (0, 0));
}

#[test]
fn what_is_lost_is_unknown_until_the_query_is_answered() {
    let mut orders = in_sync();
    for user_ref in 1..=4 {
        orders.enter(user_ref, 10).unwrap();
    }
    take(&mut orders, &accepted(1, 10, b'L'));
    take(&mut orders, &rejected(2));
    orders.cancel(1).unwrap();
    orders.disconnected();
    let states = |orders: &Orders| orders.all().map(|(_, state)| state).collect::<Vec<_>>();
    let refused = State::Done(End::Rejected);
    assert_eq!(
        states(&orders),
        [State::Unknown, refused, State::Unknown, State::Unknown]
    );
    assert_eq!(orders.cancel(1), Err(Refused::NotInSync));
    assert_eq!(
        (orders.open(1), orders.open(4)),
        (10, 10),
        "unknown counts as open"
    );
    // The replay brings what happened meanwhile; 3 was taken, 4 has not arrived.
    take(&mut orders, &accepted(3, 10, b'L'));
    assert_eq!(orders.state(3), Some(State::Unknown));
    orders.queried();
    let change = take(&mut orders, &query(4));
    assert_eq!(
        change,
        Change::Reconciled {
            missing: vec![4],
            not_taken: vec![]
        }
    );
    assert_eq!(states(&orders), [State::Open, refused, State::Open, State::Sent]);
    assert_eq!(orders.pending(1), None, "the cancel was lost");
    assert_eq!(orders.enter(5, 10), Err(Refused::Missing(4)));
    let mut given_up = orders.clone();
    orders.resend(4).unwrap();
    orders.enter(5, 10).unwrap();
    take(&mut orders, &accepted(4, 10, b'L'));
    given_up.give_up(4).unwrap();
    assert_eq!(given_up.state(4), Some(State::Done(End::NotTaken)));
    assert_eq!(given_up.give_up(4), Err(Refused::NotOpen(4)));
    given_up.enter(5, 10).unwrap();
}

#[test]
fn a_number_used_up_without_an_answer_was_passed_over() {
    let mut orders = in_sync();
    orders.enter(1, 10).unwrap();
    take(&mut orders, &accepted(1, 10, b'L'));
    orders.replace(1, 2, 20).unwrap();
    orders.disconnected();
    let change = take(&mut orders, &query(3));
    assert_eq!(
        change,
        Change::Reconciled {
            missing: vec![],
            not_taken: vec![(2, 20)]
        }
    );
    assert_eq!((orders.state(1), orders.pending(1)), (Some(State::Open), None));
}

#[test]
fn what_does_not_fit_changes_nothing() {
    let mut orders = in_sync();
    orders.enter(1, 10).unwrap();
    let gap = Surprise::Gap {
        sequence: 5,
        expected: 2,
    };
    assert_eq!(orders.apply(5, &accepted(1, 10, b'L')), Err(gap));
    assert_eq!(orders.apply(1, &accepted(1, 10, b'L')), Ok(Change::None));
    let mut wrong = |response: Response| {
        let sequence = orders.next_sequence();
        let got = orders.apply(sequence, &response).unwrap_err();
        assert_eq!((orders.state(1), orders.open(1)), (Some(State::Sent), 10));
        got
    };
    let out_of_place = |kind| Surprise::OutOfPlace { user_ref: 1, kind };
    assert_eq!(wrong(accepted(9, 10, b'L')), Surprise::NoSuchOrder(9));
    assert_eq!(wrong(accepted(1, 11, b'L')), out_of_place(b'A'));
    assert_eq!(wrong(executed(1, 1, 1)), out_of_place(b'E'));
    assert_eq!(wrong(replaced(1, 1, 1)), out_of_place(b'U'));
    take(&mut orders, &accepted(1, 10, b'L'));
    let sequence = orders.next_sequence();
    let many = Surprise::TooMany {
        user_ref: 1,
        shares: 11,
        open: 10,
    };
    assert_eq!(orders.apply(sequence, &executed(1, 11, 1)), Err(many));
    assert_eq!(orders.enter(1, 5), Err(Refused::Number { number: 1, last: 1 }));
    assert_eq!(orders.enter(2, 0), Err(Refused::Quantity));
}

/// What the exchange has of an order: quantity open, or nothing.
#[derive(Default)]
struct Exchange {
    open: BTreeMap<u32, u32>,
    last: u32,
    log: Vec<Response>,
}

#[derive(Clone, Copy, Debug)]
enum Sent {
    Enter(u32, u32),
    Replace(u32, u32, u32),
    Cancel(u32),
    Query,
}

impl Exchange {
    fn take(&mut self, sent: Sent, refuse: bool) {
        match sent {
            Sent::Enter(user_ref, quantity) if user_ref > self.last => {
                self.last = user_ref;
                if refuse {
                    self.log.push(rejected(user_ref));
                } else {
                    self.open.insert(user_ref, quantity);
                    self.log.push(accepted(user_ref, quantity, b'L'));
                }
            }
            Sent::Replace(orig, user_ref, quantity) if user_ref > self.last => {
                self.last = user_ref;
                // What is no longer open is passed over without an answer.
                if self.open.remove(&orig).is_some() {
                    self.open.insert(user_ref, quantity);
                    self.log.push(replaced(orig, user_ref, quantity));
                }
            }
            Sent::Cancel(user_ref) => {
                if let Some(open) = self.open.remove(&user_ref) {
                    self.log.push(canceled(user_ref, open));
                }
            }
            Sent::Query => self.log.push(query(self.last + 1)),
            Sent::Enter(..) | Sent::Replace(..) => {}
        }
    }

    fn execute(&mut self, which: usize, shares: u32) {
        let Some((user_ref, open)) = self
            .open
            .iter()
            .nth(which % self.open.len().max(1))
            .map(|(user_ref, open)| (*user_ref, *open))
        else {
            return;
        };
        let shares = shares.min(open);
        match open - shares {
            0 => self.open.remove(&user_ref),
            left => self.open.insert(user_ref, left),
        };
        self.log.push(executed(user_ref, shares, self.log.len() as u64));
    }
}

/// The host, a wire that may break with requests and responses on it, and the exchange.
#[derive(Default)]
struct World {
    orders: Orders,
    exchange: Exchange,
    up: VecDeque<Sent>,
    delivered: usize,
    sent: BTreeMap<u32, Sent>,
}

impl World {
    fn send(&mut self, sent: Sent) {
        if let Sent::Enter(user_ref, _) | Sent::Replace(_, user_ref, _) = sent {
            self.sent.insert(user_ref, sent);
        }
        self.up.push_back(sent);
    }

    fn arrive(&mut self, refuse: bool) {
        if let Some(sent) = self.up.pop_front() {
            self.exchange.take(sent, refuse);
        }
    }

    fn hear(&mut self) {
        if let Some(response) = self.exchange.log.get(self.delivered) {
            self.delivered += 1;
            let change = self.orders.apply(self.delivered as u64, response).unwrap();
            self.ask();
            if let Change::Reconciled { missing, .. } = change {
                for user_ref in missing {
                    if user_ref % 3 == 0 {
                        self.orders.give_up(user_ref).unwrap();
                    } else {
                        self.orders.resend(user_ref).unwrap();
                        self.up.push_back(self.sent[&user_ref]);
                    }
                }
            }
        }
    }

    fn break_and_resume(&mut self) {
        self.up.clear();
        self.orders.disconnected();
        self.ask();
    }

    fn ask(&mut self) {
        if self.orders.query_due() {
            self.orders.queried();
            self.send(Sent::Query);
        }
    }

    fn request(&mut self, kind: u8, quantity: u32, which: usize) {
        let open: Vec<u32> = self
            .orders
            .all()
            .filter(|(_, state)| *state == State::Open)
            .map(|(user_ref, _)| user_ref)
            .collect();
        let one = open.get(which % open.len().max(1)).copied();
        let number = self.orders.next_user_ref();
        match (kind, one) {
            (0, _) if self.orders.enter(number, quantity).is_ok() => self.send(Sent::Enter(number, quantity)),
            (1, Some(one)) if self.orders.replace(one, number, quantity).is_ok() => {
                self.send(Sent::Replace(one, number, quantity));
            }
            (2, Some(one)) if self.orders.cancel(one).is_ok() => self.send(Sent::Cancel(one)),
            _ => {}
        }
    }
}

proptest! {
    /// However the connection breaks, once it holds for a while every order is known and what is open is what the
    /// exchange has.
    #[test]
    fn every_order_ends_in_a_known_state(steps in proptest::collection::vec((0..12_u8, 1..100_u32, any::<usize>()), 1..150)) {
        let mut world = World::default();
        world.break_and_resume();
        for (step, quantity, which) in steps {
            match step {
                0..=2 => world.request(0, quantity, which),
                3 => world.request(1, quantity, which),
                4 => world.request(2, quantity, which),
                5 | 6 => world.arrive(which % 4 == 0),
                7 | 8 => world.hear(),
                9 | 10 => world.exchange.execute(which, quantity),
                _ => world.break_and_resume(),
            }
            for (user_ref, state) in world.orders.all() {
                if matches!(state, State::Done(_)) {
                    prop_assert_eq!(world.orders.open(user_ref), 0);
                    prop_assert_eq!(world.exchange.open.get(&user_ref), None, "order {} is over", user_ref);
                }
            }
        }
        // A last break, then all that is on the way arrives; resends need a second round.
        world.break_and_resume();
        for _ in 0..2 {
            while !world.up.is_empty() || world.delivered < world.exchange.log.len() {
                world.arrive(false);
                world.hear();
            }
            world.break_and_resume();
        }
        while !world.up.is_empty() || world.delivered < world.exchange.log.len() {
            world.arrive(false);
            world.hear();
        }
        prop_assert!(world.orders.in_sync());
        for (user_ref, state) in world.orders.all() {
            let open = world.exchange.open.get(&user_ref).copied();
            match state {
                State::Open => prop_assert_eq!(Some(world.orders.open(user_ref)), open),
                State::Done(_) => prop_assert_eq!(open, None),
                State::Sent | State::Unknown => prop_assert!(false, "order {} is {:?}", user_ref, state),
            }
        }
    }

    /// Any responses whatever: no panic, and shares never come from nowhere.
    #[test]
    fn any_response_is_taken_or_refused(steps in proptest::collection::vec((0..12_u8, 0..6_u32, 0..6_u32, 0..50_u32), 0..60)) {
        let mut orders = in_sync();
        let mut asked = BTreeMap::new();
        for (step, one, other, quantity) in steps {
            let response: Response = match step {
                0 | 1 => {
                    let number = orders.next_user_ref();
                    if orders.enter(number, quantity).is_ok() {
                        asked.insert(number, quantity);
                    }
                    continue;
                }
                2 => {
                    let number = orders.next_user_ref();
                    if orders.replace(one, number, quantity).is_ok() {
                        asked.insert(number, quantity);
                    }
                    continue;
                }
                3 => accepted(one, quantity, if other == 0 { b'D' } else { b'L' }),
                4 => replaced(one, other, quantity),
                5 => executed(one, quantity, u64::from(other)),
                6 => canceled(one, quantity),
                7 => rejected(one),
                8 => query(one),
                9 => Modified { timestamp_ns: 0, user_ref: one, side: b'S', quantity }.into(),
                10 => CancelReject { timestamp_ns: 0, user_ref: one }.into(),
                _ => {
                    orders.disconnected();
                    continue;
                }
            };
            let _ = orders.apply(orders.next_sequence(), &response);
            for (user_ref, quantity) in &asked {
                prop_assert!(orders.open(*user_ref) + orders.executed(*user_ref) <= *quantity);
            }
        }
    }
}
