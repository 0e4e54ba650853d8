//! Position, open quantities and open orders of one slot.
//!
//! An order is open from its grant until the host releases its last shares: a write of OPEN_RELEASE_BUY or OPEN_RELEASE_SELL says in bit 31
//! that an order is done with it. Quantities never fall below 0; the position is held at the ends of its 36 bits.
//! In one cycle a grant comes before a release, POSITION_LOAD before a grant: nothing is lost.
//!
//! An order in the place of another adds the shares it has more, and no open order.
//!
//! Open quantity cannot overflow: an order is granted only while position + open + what it adds is at most 2^32 - 1.
//!
//! Latency: 2 cycles. Back-pressure: none.

use crate::prim::SignExtend;
use contract::reg::RELEASE_DONE;
use rust_hdl::prelude::*;

const _: () = assert!(RELEASE_DONE == 1 << 31, "the flag is the bit above the shares");

/// See the module's text.
#[derive(LogicBlock)]
pub struct Account {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// The host's word, and what it is, one cycle each.
    pub word: Signal<In, Bits<32>>,
    pub add: Signal<In, Bit>,
    pub load: Signal<In, Bit>,
    pub release_buy: Signal<In, Bit>,
    pub release_sell: Signal<In, Bit>,
    /// A cycle later: the word again, and what POSITION_LOAD loads.
    pub data: Signal<In, Bits<32>>,
    pub position_set: Signal<In, Bits<32>>,
    /// An order of this slot was granted; it is one more, not one in the place of another.
    pub sent_new: Signal<In, Bit>,
    pub sent_buy: Signal<In, Bit>,
    pub sent_sell: Signal<In, Bit>,
    /// The shares it adds; those released, taken away; both, in two's complement.
    pub sent_qty: Signal<In, Bits<37>>,
    pub released: Signal<In, Bits<37>>,
    pub difference: Signal<In, Bits<37>>,
    /// Two's complement, shares.
    pub net: Signal<Out, Bits<36>>,
    pub open_buy: Signal<Out, Bits<36>>,
    pub open_sell: Signal<Out, Bits<36>>,
    pub orders: Signal<Out, Bits<16>>,
    position: DFF<Bits<36>>,
    buys: DFF<Bits<36>>,
    sells: DFF<Bits<36>>,
    open: DFF<Bits<16>>,
    position_wide: SignExtend<36, 37>,
    data_wide: SignExtend<32, 37>,
    set_wide: SignExtend<32, 36>,
    moved: Signal<Local, Bits<37>>,
    positive: Signal<Local, Bit>,
    fits: Signal<Local, Bit>,
    change_buy: DFF<Bits<37>>,
    change_sell: DFF<Bits<37>>,
    adds: DFF<Bit>,
    loads: DFF<Bit>,
    sent: DFF<Bit>,
    done: DFF<Bit>,
    releases: Signal<Local, Bit>,
    left_buy: Signal<Local, Bits<37>>,
    left_sell: Signal<Local, Bits<37>>,
    more: Signal<Local, Bits<16>>,
    fewer: Signal<Local, Bits<16>>,
    one: Constant<Bits<16>>,
    most: Constant<Bits<36>>,
    least: Constant<Bits<36>>,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            word: Default::default(),
            add: Default::default(),
            load: Default::default(),
            release_buy: Default::default(),
            release_sell: Default::default(),
            data: Default::default(),
            position_set: Default::default(),
            sent_new: Default::default(),
            sent_buy: Default::default(),
            sent_sell: Default::default(),
            sent_qty: Default::default(),
            released: Default::default(),
            difference: Default::default(),
            net: Default::default(),
            open_buy: Default::default(),
            open_sell: Default::default(),
            orders: Default::default(),
            position: Default::default(),
            buys: Default::default(),
            sells: Default::default(),
            open: Default::default(),
            position_wide: Default::default(),
            data_wide: Default::default(),
            set_wide: Default::default(),
            moved: Default::default(),
            positive: Default::default(),
            fits: Default::default(),
            change_buy: Default::default(),
            change_sell: Default::default(),
            adds: Default::default(),
            loads: Default::default(),
            sent: Default::default(),
            done: Default::default(),
            releases: Default::default(),
            left_buy: Default::default(),
            left_sell: Default::default(),
            more: Default::default(),
            fewer: Default::default(),
            one: Constant::new(1.into()),
            most: Constant::new(((1_u64 << 35) - 1).into()),
            least: Constant::new((1_u64 << 35).into()),
        }
    }
}

impl Logic for Account {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            position,
            buys,
            sells,
            open,
            change_buy,
            change_sell,
            adds,
            loads,
            sent,
            done
        );
        self.net.next = self.position.q.val();
        self.open_buy.next = self.buys.q.val();
        self.open_sell.next = self.sells.q.val();
        self.orders.next = self.open.q.val();

        self.position_wide.x.next = self.position.q.val();
        self.data_wide.x.next = self.data.val();
        self.set_wide.x.next = self.position_set.val();
        self.moved.next = self.position_wide.y.val() + self.data_wide.y.val();
        self.positive.next = !self.moved.val().get_bit(36);
        self.fits.next = self.moved.val().get_bit(36) == self.moved.val().get_bit(35);
        if self.adds.q.val() {
            self.position.d.next = self.moved.val().get_bits::<36>(0);
            if !self.fits.val() {
                self.position.d.next = self.least.val();
                if self.positive.val() {
                    self.position.d.next = self.most.val();
                }
            }
        }

        self.change_buy.d.next = 0.into();
        if self.sent_buy.val() {
            self.change_buy.d.next = self.sent_qty.val();
        }
        if self.release_buy.val() {
            self.change_buy.d.next = self.released.val();
            if self.sent_buy.val() {
                self.change_buy.d.next = self.difference.val();
            }
        }
        self.left_buy.next = bit_cast::<37, 36>(self.buys.q.val()) + self.change_buy.q.val();
        self.change_sell.d.next = 0.into();
        if self.sent_sell.val() {
            self.change_sell.d.next = self.sent_qty.val();
        }
        if self.release_sell.val() {
            self.change_sell.d.next = self.released.val();
            if self.sent_sell.val() {
                self.change_sell.d.next = self.difference.val();
            }
        }
        self.left_sell.next = bit_cast::<37, 36>(self.sells.q.val()) + self.change_sell.q.val();
        self.buys.d.next = self.left_buy.val().get_bits::<36>(0);
        if self.left_buy.val().get_bit(36) {
            self.buys.d.next = 0.into();
        }
        self.sells.d.next = self.left_sell.val().get_bits::<36>(0);
        if self.left_sell.val().get_bit(36) {
            self.sells.d.next = 0.into();
        }

        self.releases.next = self.release_buy.val() | self.release_sell.val();
        self.done.d.next = self.releases.val() & self.word.val().get_bit(31);
        self.sent.d.next = (self.sent_buy.val() | self.sent_sell.val()) & self.sent_new.val();
        self.adds.d.next = self.add.val();
        self.loads.d.next = self.load.val();
        self.more.next = self.open.q.val() + self.one.val();
        self.fewer.next = self.open.q.val() - self.one.val();
        if self.sent.q.val() & !self.done.q.val() {
            self.open.d.next = self.more.val();
        }
        if self.done.q.val() & !self.sent.q.val() & (self.open.q.val() != 0) {
            self.open.d.next = self.fewer.val();
        }

        if self.loads.q.val() {
            self.position.d.next = self.set_wide.y.val();
            self.buys.d.next = self.change_buy.q.val().get_bits::<36>(0);
            self.sells.d.next = self.change_sell.q.val().get_bits::<36>(0);
            self.open.d.next = 0.into();
            if self.sent.q.val() {
                self.open.d.next = self.one.val();
            }
        }
        if self.reset.val() {
            self.position.d.next = 0.into();
            self.buys.d.next = 0.into();
            self.sells.d.next = 0.into();
            self.open.d.next = 0.into();
            self.change_buy.d.next = 0.into();
            self.change_sell.d.next = 0.into();
            self.adds.d.next = false;
            self.loads.d.next = false;
            self.sent.d.next = false;
            self.done.d.next = false;
        }
    }
}
