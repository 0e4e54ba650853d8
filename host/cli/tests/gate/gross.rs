//! Gross notional on the whole card: nothing of the host's own checks stands before it.

use super::*;

/// Value of one of these orders, 1/10000 dollar.
const VALUE: u64 = 400 * BID as u64;

impl Desk {
    fn with_gross(max: u64) -> Self {
        let mut desk = Self::open(Mode::Tcp);
        desk.rig
            .device
            .set_port_limits(limits().rate, max)
            .expect("written");
        desk.rig.device.commit_limits().expect("written");
        desk
    }

    fn gross(&mut self) -> u64 {
        self.rig.device.gross().expect("read")
    }

    /// Another order of 400 shares is refused; what would be counted and the limit are in its event.
    fn is_beyond(&mut self, counted: u64, max: u64) {
        let order = self.buy(400, BID);
        let (event, frame) = self.submit(Kind::Enter, &order);
        assert_eq!((failed(&event), frame), (vec![Reason::GrossNotional], None));
        let told = ["value", "limit"].map(|name| event.field(ORDER_BODY, name));
        let low = u64::from(u32::MAX);
        assert_eq!(told, [(counted + VALUE) & low, max & low]);
        assert_eq!(self.gross(), counted, "nothing is counted");
    }
}

/// An order over the limit is refused by the card, at the limit it leaves; what the host gives back is free for both symbols.
#[test]
fn an_order_over_the_gross_limit_does_not_leave() {
    if !card_is_there() {
        return;
    }
    for (max, fits) in [(2 * VALUE - 1, false), (2 * VALUE, true), (2 * VALUE + 1, true)] {
        let mut desk = Desk::with_gross(max);
        desk.enters(400);
        assert_eq!(desk.gross(), VALUE);
        if fits {
            desk.enters(400);
            desk.is_beyond(2 * VALUE, max);
        } else {
            desk.is_beyond(VALUE, max);
        }
    }
    let mut desk = Desk::with_gross(VALUE);
    desk.enters(400);
    // Of the other symbol, too.
    let other = slot::Order {
        symbol_slot: 1,
        ..desk.buy(1, BID)
    };
    desk.is_refused(Kind::Enter, &other, &[Reason::GrossNotional]);
    let given = i64::from(BID);
    desk.rig.device.add_gross(-given).expect("written");
    let other = slot::Order {
        symbol_slot: 1,
        ..desk.buy(1, BID)
    };
    desk.sends(Kind::Enter, &other);
    desk.rig.device.clear_gross().expect("written");
    assert_eq!(desk.gross(), 0);
    desk.enters(400);
}

/// A replace adds what its value is more, a cancel passes whatever is counted, and what counts is the limit that was committed last.
#[test]
fn a_replace_adds_the_value_it_has_more() {
    if !card_is_there() {
        return;
    }
    let mut desk = Desk::with_gross(VALUE + 100 * u64::from(BID));
    let sent = desk.enters(400);
    let more = desk.buy(501, BID);
    desk.is_refused(
        Kind::Replace,
        &in_place_of(&sent, &more, 400),
        &[Reason::GrossNotional],
    );
    let sent = desk.replaces(&sent, 400, 500);
    assert_eq!(desk.gross(), 500 * u64::from(BID));
    desk.rig
        .device
        .set_port_limits(limits().rate, 0)
        .expect("written");
    // Not committed: an order of no further value passes still.
    let sent = desk.replaces(&sent, 500, 400);
    desk.rig.device.commit_limits().expect("written");
    desk.is_beyond(500 * u64::from(BID), 0);
    let user_ref = u32::try_from(sent.field(ORDER_BODY, "user_ref")).expect("a number");
    desk.token += 1;
    let gone = cancel(0, user_ref, desk.token);
    desk.sends(Kind::Cancel, &gone);
}
