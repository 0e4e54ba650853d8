//! The fields of a book or trade message: wiring and a choice by type. What a type does not have is 0.
//!
//! Latency: combinational. Back-pressure: none.

use crate::prim::ByteSwap;
use contract::record::EventCode;
use rust_hdl::prelude::*;

/// See the module's text.
#[derive(LogicBlock)]
pub struct Fields {
    /// The message, byte 0 lowest.
    pub body: Signal<In, Bits<400>>,
    /// Event code.
    pub code: Signal<In, Bits<4>>,
    pub locate: Signal<Out, Bits<16>>,
    pub tracking: Signal<Out, Bits<16>>,
    pub ts: Signal<Out, Bits<48>>,
    /// Bytes 11 to 18, 19 to 26, of whatever type; it is a U.
    pub first_ref: Signal<Out, Bits<64>>,
    pub second_ref: Signal<Out, Bits<64>>,
    pub is_replace: Signal<Out, Bit>,
    pub oref: Signal<Out, Bits<64>>,
    pub new_ref: Signal<Out, Bits<64>>,
    pub buy: Signal<Out, Bit>,
    pub qty: Signal<Out, Bits<32>>,
    pub price: Signal<Out, Bits<32>>,
    pub printable: Signal<Out, Bit>,
    swap: ByteSwap<400>,
    /// The message, byte 49 lowest: a big-endian field from byte `a` to byte `b` starts at bit 8 · (49 − `b`).
    wire_order: Signal<Local, Bits<400>>,
    byte_19: Signal<Local, Bits<8>>,
    byte_31: Signal<Local, Bits<8>>,
    adds: Signal<Local, Bit>,
    sided: Signal<Local, Bit>,
    reduces: Signal<Local, Bit>,
    replaces: Signal<Local, Bit>,
    crosses: Signal<Local, Bit>,
    refers: Signal<Local, Bit>,
    priced: Signal<Local, Bit>,
    add: Constant<Bits<4>>,
    add_mpid: Constant<Bits<4>>,
    execute: Constant<Bits<4>>,
    execute_price: Constant<Bits<4>>,
    cancel: Constant<Bits<4>>,
    delete: Constant<Bits<4>>,
    replace: Constant<Bits<4>>,
    trade: Constant<Bits<4>>,
    cross_trade: Constant<Bits<4>>,
    buy_letter: Constant<Bits<8>>,
    yes_letter: Constant<Bits<8>>,
}

impl Default for Fields {
    fn default() -> Self {
        let code = |code: EventCode| Constant::new((code as u64).into());
        Self {
            body: Default::default(),
            code: Default::default(),
            locate: Default::default(),
            tracking: Default::default(),
            ts: Default::default(),
            first_ref: Default::default(),
            second_ref: Default::default(),
            is_replace: Default::default(),
            oref: Default::default(),
            new_ref: Default::default(),
            buy: Default::default(),
            qty: Default::default(),
            price: Default::default(),
            printable: Default::default(),
            swap: Default::default(),
            wire_order: Default::default(),
            byte_19: Default::default(),
            byte_31: Default::default(),
            adds: Default::default(),
            sided: Default::default(),
            reduces: Default::default(),
            replaces: Default::default(),
            crosses: Default::default(),
            refers: Default::default(),
            priced: Default::default(),
            add: code(EventCode::Add),
            add_mpid: code(EventCode::AddMpid),
            execute: code(EventCode::Execute),
            execute_price: code(EventCode::ExecutePrice),
            cancel: code(EventCode::Cancel),
            delete: code(EventCode::Delete),
            replace: code(EventCode::Replace),
            trade: code(EventCode::Trade),
            cross_trade: code(EventCode::Cross),
            buy_letter: Constant::new(u64::from(b'B').into()),
            yes_letter: Constant::new(u64::from(b'Y').into()),
        }
    }
}

impl Logic for Fields {
    #[hdl_gen]
    fn update(&mut self) {
        self.swap.x.next = self.body.val();
        self.wire_order.next = self.swap.y.val();
        self.adds.next = (self.code.val() == self.add.val()) | (self.code.val() == self.add_mpid.val());
        self.sided.next = self.adds.val() | (self.code.val() == self.trade.val());
        self.reduces.next = (self.code.val() == self.execute.val())
            | (self.code.val() == self.execute_price.val())
            | (self.code.val() == self.cancel.val());
        self.replaces.next = self.code.val() == self.replace.val();
        self.crosses.next = self.code.val() == self.cross_trade.val();
        self.refers.next = self.adds.val()
            | self.reduces.val()
            | self.replaces.val()
            | (self.code.val() == self.delete.val());
        self.priced.next = self.sided.val() | (self.code.val() == self.execute_price.val());
        self.byte_19.next = self.body.val().get_bits::<8>(152);
        self.byte_31.next = self.body.val().get_bits::<8>(248);

        self.locate.next = self.wire_order.val().get_bits::<16>(376);
        self.tracking.next = self.wire_order.val().get_bits::<16>(360);
        self.ts.next = self.wire_order.val().get_bits::<48>(312);
        self.first_ref.next = self.wire_order.val().get_bits::<64>(248);
        self.second_ref.next = self.wire_order.val().get_bits::<64>(184);
        self.is_replace.next = self.replaces.val();
        self.oref.next = 0.into();
        if self.refers.val() {
            self.oref.next = self.wire_order.val().get_bits::<64>(248);
        }
        self.new_ref.next = 0.into();
        if self.adds.val() {
            self.new_ref.next = self.wire_order.val().get_bits::<64>(248);
        }
        if self.replaces.val() {
            self.new_ref.next = self.wire_order.val().get_bits::<64>(184);
        }
        self.qty.next = 0.into();
        if self.sided.val() {
            self.qty.next = self.wire_order.val().get_bits::<32>(208);
        }
        if self.reduces.val() {
            self.qty.next = self.wire_order.val().get_bits::<32>(216);
        }
        if self.replaces.val() {
            self.qty.next = self.wire_order.val().get_bits::<32>(152);
        }
        if self.crosses.val() {
            self.qty.next = self.wire_order.val().get_bits::<32>(248);
        }
        self.price.next = 0.into();
        if self.priced.val() {
            self.price.next = self.wire_order.val().get_bits::<32>(112);
        }
        if self.replaces.val() {
            self.price.next = self.wire_order.val().get_bits::<32>(120);
        }
        if self.crosses.val() {
            self.price.next = self.wire_order.val().get_bits::<32>(152);
        }
        self.buy.next = self.sided.val() & (self.byte_19.val() == self.buy_letter.val());
        self.printable.next = (self.code.val() == self.execute.val())
            | (self.code.val() == self.trade.val())
            | ((self.code.val() == self.execute_price.val()) & (self.byte_31.val() == self.yes_letter.val()));
    }
}
