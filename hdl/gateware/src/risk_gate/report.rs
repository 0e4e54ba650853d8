//! The entries of the gate: an order refused, the kill latch set.
//!
//! Latency: 0 cycles. Back-pressure: none.

use crate::prim::{Cat2, Cat3, Cat4};
use crate::types::{EventEntry, OrderRequest};
use contract::event::{Code, HEAD, KILL_BODY, ORDER_BODY};
use contract::layout::lsb;
use contract::slot::Kind;
use rust_hdl::prelude::*;

const _: () = {
    assert!(lsb(HEAD, "time") == 0 && lsb(HEAD, "slot") == 48);
    assert!(lsb(HEAD, "line") == 54 && lsb(HEAD, "code") == 56);
    assert!(lsb(ORDER_BODY, "order_seq") == 0 && lsb(ORDER_BODY, "token") == 32);
    assert!(lsb(ORDER_BODY, "user_ref") == 64 && lsb(ORDER_BODY, "reason") == 96);
    assert!(lsb(ORDER_BODY, "trigger") == 96 + 9);
    assert!(lsb(ORDER_BODY, "checks") == 128 && lsb(ORDER_BODY, "tcp_seq") == 160);
    assert!(lsb(ORDER_BODY, "slot_stamp") == 192 && lsb(ORDER_BODY, "tx_stamp") == 256);
    assert!(lsb(ORDER_BODY, "value") == 320 && lsb(ORDER_BODY, "limit") == 352);
    assert!(lsb(KILL_BODY, "cause") == 0);
};

/// `cause` of a kill by the host's register.
const CAUSE_HOST: u64 = 1;

/// See the module's text.
#[derive(LogicBlock)]
pub struct Report {
    pub is_kill: Signal<In, Bit>,
    /// Card time of the decision or of the kill.
    pub moment: Signal<In, Bits<48>>,
    pub request: Signal<In, OrderRequest>,
    pub checks: Signal<In, Bits<24>>,
    pub reason: Signal<In, Bits<5>>,
    pub value: Signal<In, Bits<32>>,
    pub limit: Signal<In, Bits<32>>,
    pub entry: Signal<Out, EventEntry>,
    head: Cat4<8, 2, 6, 48, 64>,
    names: Cat2<32, 32, 64>,
    outcome: Cat4<24, 3, 5, 32, 64>,
    numbers: Cat2<40, 24, 64>,
    low: Cat4<64, 64, 64, 64, 256>,
    bounds: Cat2<32, 32, 64>,
    high: Cat3<64, 64, 64, 192>,
    whole: Cat2<192, 256, 448>,
    kill_head: Cat4<8, 2, 6, 48, 64>,
    kill_low: Cat2<64, 64, 128>,
    code: Constant<Bits<8>>,
    kill_code: Constant<Bits<8>>,
    cause: Constant<Bits<64>>,
    trigger_kind: Constant<Bits<8>>,
    is_trigger: Signal<Local, Bit>,
}

impl Default for Report {
    fn default() -> Self {
        Self {
            is_kill: Default::default(),
            moment: Default::default(),
            request: Default::default(),
            checks: Default::default(),
            reason: Default::default(),
            value: Default::default(),
            limit: Default::default(),
            entry: Default::default(),
            head: Default::default(),
            names: Default::default(),
            outcome: Default::default(),
            numbers: Default::default(),
            low: Default::default(),
            bounds: Default::default(),
            high: Default::default(),
            whole: Default::default(),
            kill_head: Default::default(),
            kill_low: Default::default(),
            code: Constant::new((Code::OrderRejected as u64).into()),
            kill_code: Constant::new((Code::Kill as u64).into()),
            cause: Constant::new(CAUSE_HOST.into()),
            trigger_kind: Constant::new((Kind::Trigger as u64).into()),
            is_trigger: Default::default(),
        }
    }
}

impl Logic for Report {
    #[hdl_gen]
    fn update(&mut self) {
        self.head.a.next = self.code.val();
        self.head.b.next = 0.into();
        self.head.c.next = self.request.val().slot;
        self.head.d.next = self.moment.val();
        self.names.hi.next = self.request.val().token;
        self.names.lo.next = self.request.val().order_seq;
        self.is_trigger.next = self.request.val().kind == self.trigger_kind.val();
        self.outcome.a.next = 0.into();
        if self.is_trigger.val() {
            self.outcome.a.next = 2.into();
        }
        self.outcome.b.next = 0.into();
        self.outcome.c.next = self.reason.val();
        self.outcome.d.next = 0.into();
        self.numbers.hi.next = 0.into();
        self.numbers.lo.next = self.checks.val();
        self.low.a.next = self.numbers.y.val();
        self.low.b.next = self.outcome.y.val();
        self.low.c.next = self.names.y.val();
        self.low.d.next = self.head.y.val();
        self.bounds.hi.next = self.limit.val();
        self.bounds.lo.next = self.value.val();
        self.high.a.next = self.bounds.y.val();
        self.high.b.next = 0.into();
        self.high.c.next = self.request.val().stamp;
        self.whole.hi.next = self.high.y.val();
        self.whole.lo.next = self.low.y.val();
        self.kill_head.a.next = self.kill_code.val();
        self.kill_head.b.next = 0.into();
        self.kill_head.c.next = 0.into();
        self.kill_head.d.next = self.moment.val();
        self.kill_low.hi.next = self.cause.val();
        self.kill_low.lo.next = self.kill_head.y.val();
        self.entry.next = self.whole.y.val();
        if self.is_kill.val() {
            self.entry.next = bit_cast::<448, 128>(self.kill_low.y.val());
        }
    }
}
