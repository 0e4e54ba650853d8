use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;
use wire::ouch50::{CancelOrder, ReplaceOrder};

use super::*;

/// A listener of the feed that accepts nothing it does not know.
#[derive(Default)]
struct Listener {
    orders: HashMap<u64, (u8, u32, u32)>,
}

impl Listener {
    fn take(&mut self, reference: u64, shares: u32) {
        let order = self.orders.get_mut(&reference).expect("a known order");
        assert!(
            shares > 0 && order.2 >= shares,
            "{reference}: {order:?} less {shares}"
        );
        order.2 -= shares;
        if order.2 == 0 {
            self.orders.remove(&reference);
        }
    }

    fn add(&mut self, reference: u64, order: (u8, u32, u32)) {
        assert!(order.2 > 0);
        assert_eq!(self.orders.insert(reference, order), None);
    }

    fn hear(&mut self, message: &Message) {
        match message {
            Message::AddOrder(m) => self.add(m.reference, (m.side, m.price, m.shares)),
            Message::OrderExecuted(m) => self.take(m.reference, m.shares),
            Message::OrderCancel(m) => self.take(m.reference, m.shares),
            Message::OrderDelete(m) => assert!(self.orders.remove(&m.reference).is_some()),
            Message::OrderReplace(m) => {
                let (side, ..) = self.orders.remove(&m.reference).expect("a known order");
                self.add(m.new_reference, (side, m.price, m.shares));
            }
            _ => {}
        }
    }
}

/// What the file does next, kept consistent with itself.
#[derive(Default)]
struct File {
    orders: BTreeMap<u64, (u8, u32, u32)>,
    next: u64,
}

impl File {
    fn step(&mut self, draw: (u8, u32, u32, usize)) -> Message {
        let (kind, shares, price, which) = draw;
        let known = self.orders.keys().nth(which % self.orders.len().max(1)).copied();
        let Some(reference) = known.filter(|_| kind > 3) else {
            self.next += 1;
            let side = if kind % 2 == 0 { b'B' } else { b'S' };
            // The file itself is never crossed.
            let price = if side == b'B' {
                100 + price % 5
            } else {
                105 + price % 5
            };
            self.orders.insert(self.next, (side, price, shares));
            return add(self.next, side, shares, price);
        };
        let (side, price, held) = self.orders[&reference];
        match kind {
            4 | 5 => {
                let now = shares.min(held);
                self.reduce(reference, now);
                executed(reference, now)
            }
            6 => {
                let now = shares.min(held);
                self.reduce(reference, now);
                cancel(reference, now)
            }
            7 => {
                self.next += 1;
                self.orders.remove(&reference);
                self.orders.insert(self.next, (side, price, shares));
                replace(reference, self.next, shares, price)
            }
            _ => {
                self.orders.remove(&reference);
                delete(reference)
            }
        }
    }

    fn reduce(&mut self, reference: u64, shares: u32) {
        let order = self
            .orders
            .get_mut(&reference)
            .expect("chosen from those there are");
        order.2 -= shares;
        if order.2 == 0 {
            self.orders.remove(&reference);
        }
    }
}

/// Shares of an order, summed from the responses.
#[derive(Default, Debug)]
struct Account {
    open: BTreeMap<u32, u32>,
}

impl Account {
    fn hear(&mut self, response: &Response) {
        match response {
            Response::Accepted(m) => {
                self.open.insert(m.user_ref, m.quantity);
            }
            Response::Replaced(m) => {
                self.open.insert(m.orig_user_ref, 0);
                self.open.insert(m.user_ref, m.quantity);
            }
            Response::Executed(m) => self.take(m.user_ref, m.quantity),
            Response::Canceled(m) => self.take(m.user_ref, m.quantity),
            Response::AiqCanceled(m) => self.take(m.user_ref, m.quantity),
            _ => {}
        }
    }

    fn take(&mut self, user_ref: u32, shares: u32) {
        let open = self.open.get_mut(&user_ref).expect("accepted before");
        assert!(shares > 0 && *open >= shares);
        *open -= shares;
    }
}

fn own_request(user_ref: u32, draw: (u8, u32, u32, usize)) -> Request {
    let (kind, shares, price, which) = draw;
    let older = u32::try_from(which).unwrap_or(0) % user_ref.max(1);
    let mut entered = order(
        user_ref,
        if kind % 2 == 0 { b'B' } else { b'S' },
        shares,
        u64::from(100 + price % 10),
    );
    match kind {
        0..5 => entered.into(),
        5 | 6 => {
            entered.time_in_force = b'3';
            entered.into()
        }
        7 => CancelOrder {
            user_ref: older,
            quantity: shares / 2,
        }
        .into(),
        _ => ReplaceOrder {
            orig_user_ref: older,
            user_ref,
            quantity: shares,
            price: entered.price,
            time_in_force: b'0',
            display: b'Y',
            iso: b'N',
            cl_ord_id: entered.cl_ord_id,
        }
        .into(),
    }
}

proptest! {
    /// Whatever file and owner do, the feed is consistent for a listener who knows nothing else, its book is the
    /// exchange's, it is never crossed, and the responses add up to what is open.
    #[test]
    fn feed_book_and_responses_agree(steps in proptest::collection::vec((any::<bool>(), 0..10_u8, 1..200_u32, 0..50_u32, any::<usize>()), 1..120)) {
        let mut e = Exchange::new(Config::default());
        let (mut file, mut listener, mut account) = (File::default(), Listener::default(), Account::default());
        market(&mut e, &file.step((0, 1, 0, 0)));
        let (mut heard, mut user_ref) = (1, 0);
        for (own, kind, shares, price, which) in steps {
            let draw = (kind, shares, price, which % 1_000);
            if own {
                user_ref += 1;
                e.request(&own_request(user_ref, draw).to_vec(&Appendage::new()), 0).unwrap();
            } else {
                e.market(&file.step(draw).to_vec()).unwrap();
            }
            for response in e.take_responses() {
                account.hear(&Response::parse(&response).unwrap().0);
            }
            while let Some(message) = e.feed().message(heard) {
                listener.hear(&Message::parse(message).unwrap());
                heard += 1;
            }
            for (user_ref, open) in &account.open {
                prop_assert_eq!(e.open(*user_ref).unwrap_or(0), *open, "order {}", user_ref);
            }
            let mut count = 0;
            for side in [itch50::Side::Bid, itch50::Side::Ask] {
                for reference in e.book().queue(1, side) {
                    let order = e.book().get(reference).unwrap();
                    let seen = listener.orders.get(&reference).copied();
                    prop_assert_eq!(seen, Some((side.indicator(), order.price, order.open)));
                    count += 1;
                }
            }
            prop_assert_eq!(count, listener.orders.len());
            let best = [itch50::Side::Bid, itch50::Side::Ask].map(|side| e.book().best(1, side));
            if let [Some(bid), Some(ask)] = best {
                prop_assert!(bid < ask, "{} against {}", bid, ask);
            }
        }
    }

    #[test]
    fn any_bytes_are_taken(messages in proptest::collection::vec((any::<bool>(), proptest::collection::vec(any::<u8>(), 0..60)), 0..40)) {
        let mut e = exchange();
        for (own, bytes) in messages {
            if own {
                e.request(&bytes, 0).unwrap();
            } else {
                e.market(&bytes).unwrap();
            }
        }
    }
}
