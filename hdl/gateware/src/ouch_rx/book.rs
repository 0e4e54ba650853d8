//! Orders by UserRefNum: slot, side and the shares the account counts as open for each; what a message takes off them.
//!
//! ```text
//! grant ────────────────► write ─┐
//! sweep after reset ─────────────┼─► SdpRam ─► old, new ─► total ─► after ─► write, report
//! msg ─► user_ref, other_ref ────┘
//! ```
//!
//! An order stands at the low bits of its number, with the whole number beside it; a later one at the same place takes it over. A message about
//! an order that is not there is `unknown` and changes nothing.
//!
//! What is left of an order never grows but at its grant. Executed and Canceled take their shares, at most what is left; Rejected and a
//! dead order everything; Accepted and Modified leave their shares. Replaced moves what is left of both orders to the new one and leaves its shares there, and that the account
//! counts an open order goes with it: a replace opens none, so one that is rejected ends none. An execution moves the position by all its shares, also by those beyond what was left.
//!
//! Latency: 8 cycles from `msg_valid` to `report_valid` if no grant falls into them. A message is taken with its report.
//! Back-pressure: a report waits for `report_ready`; the parser waits for the message to be taken. Grants wait for nothing, but must not come
//! before `ready`, nor more often than every eighth cycle.

use crate::prim::SdpRam;
use crate::types::OpenOrder;
use rust_hdl::prelude::*;

/// See the module's text. `2^A` orders.
#[derive(LogicBlock)]
pub struct OrderBook<const A: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// Swept after reset.
    pub ready: Signal<Out, Bit>,
    /// One cycle: an order was granted.
    pub grant: Signal<In, Bit>,
    pub grant_ref: Signal<In, Bits<32>>,
    pub grant_slot: Signal<In, Bits<6>>,
    pub grant_buy: Signal<In, Bits<1>>,
    pub grant_qty: Signal<In, Bits<32>>,
    /// The account counts an open order more.
    pub grant_opens: Signal<In, Bit>,
    /// A message, as `parse` has it.
    pub msg_valid: Signal<In, Bit>,
    pub msg_ready: Signal<Out, Bit>,
    pub kinds: Signal<In, Bits<7>>,
    pub user_ref: Signal<In, Bits<32>>,
    pub other_ref: Signal<In, Bits<32>>,
    pub qty: Signal<In, Bits<32>>,
    pub dead: Signal<In, Bit>,
    pub report_valid: Signal<Out, Bit>,
    pub report_ready: Signal<In, Bit>,
    pub report_slot: Signal<Out, Bits<6>>,
    pub report_buy: Signal<Out, Bit>,
    /// Shares no more open.
    pub report_gone: Signal<Out, Bits<33>>,
    /// An open order less.
    pub report_done: Signal<Out, Bit>,
    /// Shares the position moves by, two's complement.
    pub report_moved: Signal<Out, Bits<32>>,
    /// Pulses: a message has been applied, it named no order that is there.
    pub applied: Signal<Out, Bit>,
    pub unknown: Signal<Out, Bit>,
    orders: SdpRam<OpenOrder, A>,
    swept: DFF<Bit>,
    sweep_at: DFF<Bits<A>>,
    state: DFF<Bits<4>>,
    old: DFF<OpenOrder>,
    renewed: DFF<OpenOrder>,
    has_old: DFF<Bit>,
    has_new: DFF<Bit>,
    total: DFF<Bits<33>>,
    after: DFF<Bits<33>>,
    gone: DFF<Bits<33>>,
    done: DFF<Bit>,
    moved: DFF<Bits<32>>,
    found: Signal<Local, OpenOrder>,
    is_replaced: Signal<Local, Bit>,
    takes_shares: Signal<Local, Bit>,
    takes_all: Signal<Local, Bit>,
    old_shares: Signal<Local, Bits<32>>,
    new_shares: Signal<Local, Bits<32>>,
    old_left: Signal<Local, Bits<33>>,
    new_left: Signal<Local, Bits<33>>,
    shares: Signal<Local, Bits<33>>,
    fewer: Signal<Local, Bits<33>>,
    traded: Signal<Local, Bits<32>>,
    not_traded: Signal<Local, Bits<32>>,
    sold: Signal<Local, Bits<32>>,
    hits: Signal<Local, Bit>,
    hits_new: Signal<Local, Bit>,
    grant_at: Signal<Local, Bits<A>>,
    old_at: Signal<Local, Bits<A>>,
    new_at: Signal<Local, Bits<A>>,
    is_old: Signal<Local, Bit>,
    is_new: Signal<Local, Bit>,
    ends: Signal<Local, Bit>,
    lives: Signal<Local, Bit>,
    old_counts: Signal<Local, Bit>,
    new_counts: Signal<Local, Bit>,
    counted: Signal<Local, Bit>,
    written: Signal<Local, OpenOrder>,
    kept: Signal<Local, OpenOrder>,
    nothing: Constant<OpenOrder>,
    yes: Constant<Bits<1>>,
    one: Constant<Bits<A>>,
    one_share: Constant<Bits<32>>,
    last: Constant<Bits<A>>,
    most: Constant<Bits<32>>,
    zero: Constant<Bits<33>>,
}

impl<const A: usize> Default for OrderBook<A> {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            ready: Default::default(),
            grant: Default::default(),
            grant_ref: Default::default(),
            grant_slot: Default::default(),
            grant_buy: Default::default(),
            grant_qty: Default::default(),
            grant_opens: Default::default(),
            msg_valid: Default::default(),
            msg_ready: Default::default(),
            kinds: Default::default(),
            user_ref: Default::default(),
            other_ref: Default::default(),
            qty: Default::default(),
            dead: Default::default(),
            report_valid: Default::default(),
            report_ready: Default::default(),
            report_slot: Default::default(),
            report_buy: Default::default(),
            report_gone: Default::default(),
            report_done: Default::default(),
            report_moved: Default::default(),
            applied: Default::default(),
            unknown: Default::default(),
            orders: Default::default(),
            swept: Default::default(),
            sweep_at: Default::default(),
            state: Default::default(),
            old: Default::default(),
            renewed: Default::default(),
            has_old: Default::default(),
            has_new: Default::default(),
            total: Default::default(),
            after: Default::default(),
            gone: Default::default(),
            done: Default::default(),
            moved: Default::default(),
            found: Default::default(),
            is_replaced: Default::default(),
            takes_shares: Default::default(),
            takes_all: Default::default(),
            old_shares: Default::default(),
            new_shares: Default::default(),
            old_left: Default::default(),
            new_left: Default::default(),
            shares: Default::default(),
            fewer: Default::default(),
            traded: Default::default(),
            not_traded: Default::default(),
            sold: Default::default(),
            hits: Default::default(),
            hits_new: Default::default(),
            grant_at: Default::default(),
            old_at: Default::default(),
            new_at: Default::default(),
            is_old: Default::default(),
            is_new: Default::default(),
            ends: Default::default(),
            lives: Default::default(),
            old_counts: Default::default(),
            new_counts: Default::default(),
            counted: Default::default(),
            written: Default::default(),
            kept: Default::default(),
            nothing: Constant::new(OpenOrder::default()),
            yes: Constant::new(1_u64.into()),
            one: Constant::new(1_u64.into()),
            one_share: Constant::new(1_u64.into()),
            last: Constant::new(((1_u64 << A) - 1).into()),
            most: Constant::new(0x7fff_ffff_u64.into()),
            zero: Constant::new(0_u64.into()),
        }
    }
}

impl<const A: usize> Logic for OrderBook<A> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, swept, sweep_at, state, old, renewed, has_old, has_new, total, after, gone, done,
            moved
        );
        self.ready.next = self.swept.q.val();
        self.is_replaced.next = self.kinds.val().get_bit(6);
        self.takes_shares.next =
            self.kinds.val().get_bit(1) | self.kinds.val().get_bit(2) | self.kinds.val().get_bit(3);
        self.takes_all.next = self.kinds.val().get_bit(4) | self.dead.val();
        self.grant_at.next = self.grant_ref.val().get_bits::<A>(0);
        self.old_at.next = self.user_ref.val().get_bits::<A>(0);
        self.new_at.next = self.other_ref.val().get_bits::<A>(0);
        // A grant in the place of an order that is being read or was read.
        self.hits_new.next =
            self.grant.val() & self.is_replaced.val() & (self.grant_at.val() == self.new_at.val());
        self.hits.next =
            self.hits_new.val() | (self.grant.val() & (self.grant_at.val() == self.old_at.val()));

        // Looking up: the order named, then the new one of a Replaced.
        self.orders.clock.next = self.clock.val();
        self.orders.read_address.next = self.old_at.val();
        if self.state.q.val() != 0 {
            self.orders.read_address.next = self.new_at.val();
        }
        self.found.next = self.orders.read_data.val();
        // Judged a cycle later: the memory takes most of the one in which it answers.
        self.is_old.next =
            (self.old.q.val().live == self.yes.val()) & (self.old.q.val().user_ref == self.user_ref.val());
        self.is_new.next = (self.renewed.q.val().live == self.yes.val())
            & (self.renewed.q.val().user_ref == self.other_ref.val())
            & self.is_replaced.val()
            & (self.user_ref.val() != self.other_ref.val());
        if (self.state.q.val() == 0) & self.msg_valid.val() & self.swept.q.val() {
            self.state.d.next = 1.into();
        }
        if self.state.q.val() == 1 {
            self.old.d.next = self.found.val();
            self.state.d.next = 2.into();
        }
        if self.state.q.val() == 2 {
            self.renewed.d.next = self.found.val();
            self.has_old.d.next = self.is_old.val();
            self.state.d.next = 3.into();
        }

        // What was left, what will be.
        self.old_shares.next = self.old.q.val().left;
        self.new_shares.next = self.renewed.q.val().left;
        self.old_left.next = 0.into();
        if self.has_old.q.val() {
            self.old_left.next = bit_cast::<33, 32>(self.old_shares.val());
        }
        self.new_left.next = 0.into();
        if self.is_new.val() {
            self.new_left.next = bit_cast::<33, 32>(self.new_shares.val());
        }
        self.shares.next = bit_cast::<33, 32>(self.qty.val());
        self.fewer.next = self.total.q.val() - self.shares.val();
        self.traded.next = self.qty.val();
        if self.qty.val() > self.most.val() {
            self.traded.next = self.most.val();
        }
        self.not_traded.next = !self.traded.val();
        self.sold.next = self.not_traded.val() + self.one_share.val();
        if self.state.q.val() == 3 {
            self.has_new.d.next = self.is_new.val();
            self.total.d.next = self.old_left.val() + self.new_left.val();
            self.state.d.next = 4.into();
        }
        if self.state.q.val() == 4 {
            self.after.d.next = self.shares.val();
            if self.takes_shares.val() {
                self.after.d.next = self.fewer.val();
                if self.shares.val() >= self.total.q.val() {
                    self.after.d.next = self.zero.val();
                }
            } else {
                if self.shares.val() > self.total.q.val() {
                    self.after.d.next = self.total.q.val();
                }
            }
            if self.takes_all.val() {
                self.after.d.next = self.zero.val();
            }
            self.moved.d.next = 0.into();
            if self.kinds.val().get_bit(3) {
                self.moved.d.next = self.sold.val();
                if self.old.q.val().buy == self.yes.val() {
                    self.moved.d.next = self.traded.val();
                }
            }
            self.state.d.next = 5.into();
        }
        self.lives.next = self.after.q.val().any();
        self.old_counts.next = self.old.q.val().counts == self.yes.val();
        self.new_counts.next = self.renewed.q.val().counts == self.yes.val();
        self.counted.next =
            (self.has_old.q.val() & self.old_counts.val()) | (self.has_new.q.val() & self.new_counts.val());
        if self.state.q.val() == 5 {
            self.gone.d.next = self.total.q.val() - self.after.q.val();
            self.done.d.next = self.counted.val() & !self.lives.val();
            self.state.d.next = 6.into();
        }

        // Writing: grants first, the sweep before anything.
        self.kept.next = self.old.q.val();
        self.kept.next.left = self.after.q.val().get_bits::<32>(0);
        self.kept.next.live = self.lives.val().into();
        if self.is_replaced.val() {
            self.kept.next = self.nothing.val();
        }
        if self.state.q.val() == 7 {
            self.kept.next = self.renewed.q.val();
            self.kept.next.left = self.after.q.val().get_bits::<32>(0);
            self.kept.next.live = self.lives.val().into();
            self.kept.next.counts = self.counted.val().into();
        }
        self.orders.write_enable.next = false;
        self.orders.write_address.next = self.old_at.val();
        self.written.next = self.kept.val();
        if self.state.q.val() == 6 {
            self.orders.write_enable.next = self.has_old.q.val();
            if !self.grant.val() {
                self.state.d.next = 7.into();
            }
        }
        if self.state.q.val() == 7 {
            self.orders.write_enable.next = self.has_new.q.val();
            self.orders.write_address.next = self.new_at.val();
            if !self.grant.val() {
                self.state.d.next = 8.into();
            }
        }
        if self.hits.val() & (self.state.q.val() < 7) {
            self.state.d.next = 0.into();
        }
        if self.hits_new.val() & (self.state.q.val() == 7) {
            self.has_new.d.next = false;
        }
        if self.grant.val() {
            self.orders.write_enable.next = true;
            self.orders.write_address.next = self.grant_at.val();
            self.written.next.user_ref = self.grant_ref.val();
            self.written.next.slot = self.grant_slot.val();
            self.written.next.buy = self.grant_buy.val();
            self.written.next.left = self.grant_qty.val();
            self.written.next.live = self.yes.val();
            self.written.next.counts = self.grant_opens.val().into();
        }
        if !self.swept.q.val() {
            self.orders.write_enable.next = true;
            self.orders.write_address.next = self.sweep_at.q.val();
            self.written.next = self.nothing.val();
            self.sweep_at.d.next = self.sweep_at.q.val() + self.one.val();
            self.swept.d.next = self.sweep_at.q.val() == self.last.val();
        }
        self.orders.write_data.next = self.written.val();

        // Telling.
        self.ends.next = false;
        self.unknown.next = false;
        self.report_valid.next = false;
        if self.state.q.val() == 8 {
            self.report_valid.next = self.has_old.q.val() | self.has_new.q.val();
            if self.report_ready.val() | (!self.has_old.q.val() & !self.has_new.q.val()) {
                self.unknown.next = (!self.has_old.q.val() & !self.is_replaced.val())
                    | (self.is_replaced.val() & !self.has_new.q.val());
                self.ends.next = true;
            }
        }
        if self.ends.val() {
            self.state.d.next = 0.into();
        }
        self.msg_ready.next = self.ends.val();
        self.applied.next = self.ends.val();
        self.report_slot.next = self.old.q.val().slot;
        self.report_buy.next = self.old.q.val().buy == self.yes.val();
        if !self.has_old.q.val() {
            self.report_slot.next = self.renewed.q.val().slot;
            self.report_buy.next = self.renewed.q.val().buy == self.yes.val();
        }
        self.report_gone.next = self.gone.q.val();
        self.report_done.next = self.done.q.val();
        self.report_moved.next = self.moved.q.val();
        if self.reset.val() {
            self.swept.d.next = false;
            self.sweep_at.d.next = 0.into();
            self.state.d.next = 0.into();
        }
    }
}
