//! The `OrderSent` entry of a frame that has ended, queued for the events ring.
//!
//! Latency: 1 cycle from `push` to `entry_valid`. Back-pressure: `room` says whether a frame's entry will find a place, the one being
//! pushed counted.

use crate::prim::{Cat2, Cat3, Cat4};
use crate::stream_fifo::StreamFifo;
use crate::types::EventEntry;
use contract::event::{Code, HEAD, ORDER_BODY};
use contract::layout::lsb;
use rust_hdl::prelude::*;

const _: () = {
    assert!(lsb(HEAD, "time") == 0 && lsb(HEAD, "slot") == 48);
    assert!(lsb(HEAD, "line") == 54 && lsb(HEAD, "code") == 56);
    assert!(lsb(ORDER_BODY, "order_seq") == 0 && lsb(ORDER_BODY, "token") == 32);
    assert!(lsb(ORDER_BODY, "user_ref") == 64 && lsb(ORDER_BODY, "aborted") == 64 + 40);
    assert!(lsb(ORDER_BODY, "trigger") == 64 + 41 && lsb(ORDER_BODY, "watchdog") == 64 + 42);
    assert!(lsb(ORDER_BODY, "checks") == 128 && lsb(ORDER_BODY, "tcp_seq") == 128 + 32);
    assert!(lsb(ORDER_BODY, "slot_stamp") == 192 && lsb(ORDER_BODY, "tx_stamp") == 256);
    assert!(lsb(ORDER_BODY, "value") == 320);
};

/// See the module's text.
#[derive(LogicBlock)]
pub struct Sent {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub push: Signal<In, Bit>,
    pub slot: Signal<In, Bits<6>>,
    pub order_seq: Signal<In, Bits<32>>,
    pub token: Signal<In, Bits<32>>,
    pub user_ref: Signal<In, Bits<32>>,
    /// Shares the account counts more for it.
    pub added: Signal<In, Bits<32>>,
    pub aborted: Signal<In, Bit>,
    /// The order of a trigger.
    pub trigger: Signal<In, Bit>,
    /// The Mass Cancel of the watchdog.
    pub watchdog: Signal<In, Bit>,
    pub tcp_seq: Signal<In, Bits<32>>,
    pub slot_stamp: Signal<In, Bits<64>>,
    pub tx_stamp: Signal<In, Bits<64>>,
    pub room: Signal<Out, Bit>,
    pub entry_valid: Signal<Out, Bit>,
    pub entry_ready: Signal<In, Bit>,
    pub entry: Signal<Out, EventEntry>,
    queue: StreamFifo<EventEntry, 2, 3>,
    head: Cat4<8, 2, 6, 48, 64>,
    names: Cat2<32, 32, 64>,
    outcome: Cat4<23, 1, 8, 32, 64>,
    numbers: Cat2<32, 32, 64>,
    low: Cat4<64, 64, 64, 64, 256>,
    high: Cat3<64, 64, 64, 192>,
    whole: Cat2<192, 256, 448>,
    code: Constant<Bits<8>>,
    enough: Constant<Bits<3>>,
}

impl Default for Sent {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            push: Default::default(),
            slot: Default::default(),
            order_seq: Default::default(),
            token: Default::default(),
            user_ref: Default::default(),
            added: Default::default(),
            aborted: Default::default(),
            trigger: Default::default(),
            watchdog: Default::default(),
            tcp_seq: Default::default(),
            slot_stamp: Default::default(),
            tx_stamp: Default::default(),
            room: Default::default(),
            entry_valid: Default::default(),
            entry_ready: Default::default(),
            entry: Default::default(),
            queue: Default::default(),
            head: Default::default(),
            names: Default::default(),
            outcome: Default::default(),
            numbers: Default::default(),
            low: Default::default(),
            high: Default::default(),
            whole: Default::default(),
            code: Constant::new((Code::OrderSent as u64).into()),
            // Four places: one for the entry being pushed, one for the frame to come.
            enough: Constant::new(3_u64.into()),
        }
    }
}

impl Logic for Sent {
    #[hdl_gen]
    fn update(&mut self) {
        self.queue.clock.next = self.clock.val();
        self.queue.reset.next = self.reset.val();
        self.head.a.next = self.code.val();
        self.head.b.next = 0.into();
        self.head.c.next = self.slot.val();
        self.head.d.next = self.tx_stamp.val().get_bits::<48>(0);
        self.names.hi.next = self.token.val();
        self.names.lo.next = self.order_seq.val();
        self.outcome.a.next = 0.into();
        if self.trigger.val() {
            self.outcome.a.next = 1.into();
        }
        if self.watchdog.val() {
            self.outcome.a.next = 2.into();
        }
        self.outcome.b.next = self.aborted.val().into();
        self.outcome.c.next = 0.into();
        self.outcome.d.next = self.user_ref.val();
        self.numbers.hi.next = self.tcp_seq.val();
        self.numbers.lo.next = 0.into();
        self.low.a.next = self.numbers.y.val();
        self.low.b.next = self.outcome.y.val();
        self.low.c.next = self.names.y.val();
        self.low.d.next = self.head.y.val();
        self.high.a.next = bit_cast::<64, 32>(self.added.val());
        self.high.b.next = self.tx_stamp.val();
        self.high.c.next = self.slot_stamp.val();
        self.whole.hi.next = self.high.y.val();
        self.whole.lo.next = self.low.y.val();
        self.queue.sink.valid.next = self.push.val();
        self.queue.sink.data.next = self.whole.y.val();
        self.room.next = self.queue.level.val() < self.enough.val();
        self.entry_valid.next = self.queue.source.valid.val();
        self.entry.next = self.queue.source.data.val();
        self.queue.source.ready.next = self.entry_ready.val();
    }
}
