//! Entries for the events ring: administrative messages as they come, what the slots have to tell in the gaps.
//!
//! ```text
//!  message ──►│admin│──► bytes behind its end zeroed ──┐
//!                                                       ├─► head, body ──► StreamFifo ──► entry
//!  slot whose turn it is ──►│notice│────────────────────┘
//! ```
//!
//! Latency: 3 cycles from a message to its entry. Back-pressure: an administrative message that meets a full queue is
//! lost and counted; a notice waits in its slot.

use crate::prim::{Cat2, Cat3, Cat4};
use crate::stream_fifo::StreamFifo;
use crate::types::EventEntry;
use contract::event::{ADMIN_BODY, Code, HEAD, SLOT_BODY};
use contract::layout::lsb;
use rust_hdl::prelude::*;

const _: () = {
    assert!(lsb(HEAD, "time") == 0 && lsb(HEAD, "slot") == 48);
    assert!(lsb(HEAD, "line") == 54 && lsb(HEAD, "code") == 56);
    assert!(lsb(ADMIN_BODY, "seq") == 0 && lsb(ADMIN_BODY, "message") == 64);
    assert!(lsb(SLOT_BODY, "cause") == 0 && lsb(SLOT_BODY, "locate") == 16);
    assert!(lsb(SLOT_BODY, "seq") == 64 && lsb(SLOT_BODY, "reserved_2") == 128);
};

/// Bytes of a message in an entry.
const BYTES: usize = 40;

/// See the module's text.
#[derive(LogicBlock)]
pub struct Notices {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub now: Signal<In, Bits<64>>,
    /// The message of the cycle before makes an entry, of `admin_slot`.
    pub admin: Signal<In, Bit>,
    pub admin_slot: Signal<In, Bits<6>>,
    /// The message of this cycle.
    pub admin_line: Signal<In, Bits<2>>,
    pub admin_seq: Signal<In, Bits<64>>,
    pub admin_body: Signal<In, Bits<320>>,
    pub admin_len: Signal<In, Bits<16>>,
    /// A slot has something to tell; it is taken in a cycle with `notice_taken`.
    pub notice: Signal<In, Bit>,
    pub notice_taken: Signal<Out, Bit>,
    pub notice_code: Signal<In, Bits<8>>,
    pub notice_slot: Signal<In, Bits<6>>,
    pub notice_cause: Signal<In, Bits<8>>,
    pub notice_locate: Signal<In, Bits<16>>,
    pub notice_seq: Signal<In, Bits<64>>,
    pub entry_valid: Signal<Out, Bit>,
    pub entry_ready: Signal<In, Bit>,
    pub entry: Signal<Out, EventEntry>,
    /// Pulse: an administrative message was lost.
    pub lost: Signal<Out, Bit>,
    queue: StreamFifo<EventEntry, 4, 5>,
    held_time: DFF<Bits<48>>,
    held_line: DFF<Bits<2>>,
    held_seq: DFF<Bits<64>>,
    held_body: DFF<Bits<320>>,
    held_len: DFF<Bits<6>>,
    push: DFF<Bit>,
    is_admin: DFF<Bit>,
    pushed: DFF<EventEntry>,
    lost_now: DFF<Bit>,
    mask: Signal<Local, Bits<320>>,
    message: Signal<Local, Bits<320>>,
    admin_head: Cat4<8, 2, 6, 48, 64>,
    admin_entry: Cat3<320, 64, 64, 448>,
    slot_head: Cat4<8, 2, 6, 48, 64>,
    slot_body: Cat4<32, 16, 8, 8, 64>,
    slot_words: Cat3<64, 64, 64, 192>,
    slot_entry: Cat2<256, 192, 448>,
    room: Signal<Local, Bit>,
    takes: Signal<Local, Bit>,
    limit: [Constant<Bits<6>>; BYTES],
    byte_mask: [Constant<Bits<320>>; BYTES],
    admin_code: Constant<Bits<8>>,
}

/// All ones in byte `i`.
fn byte_mask(i: usize) -> Constant<Bits<320>> {
    let byte: Bits<320> = 0xff_u64.into();
    let at: Bits<9> = (8 * i as u64).into();
    Constant::new(byte << at)
}

impl Default for Notices {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            now: Default::default(),
            admin: Default::default(),
            admin_slot: Default::default(),
            admin_line: Default::default(),
            admin_seq: Default::default(),
            admin_body: Default::default(),
            admin_len: Default::default(),
            notice: Default::default(),
            notice_taken: Default::default(),
            notice_code: Default::default(),
            notice_slot: Default::default(),
            notice_cause: Default::default(),
            notice_locate: Default::default(),
            notice_seq: Default::default(),
            entry_valid: Default::default(),
            entry_ready: Default::default(),
            entry: Default::default(),
            lost: Default::default(),
            queue: Default::default(),
            held_time: Default::default(),
            held_line: Default::default(),
            held_seq: Default::default(),
            held_body: Default::default(),
            held_len: Default::default(),
            push: Default::default(),
            is_admin: Default::default(),
            pushed: Default::default(),
            lost_now: Default::default(),
            mask: Default::default(),
            message: Default::default(),
            admin_head: Default::default(),
            admin_entry: Default::default(),
            slot_head: Default::default(),
            slot_body: Default::default(),
            slot_words: Default::default(),
            slot_entry: Default::default(),
            room: Default::default(),
            takes: Default::default(),
            limit: std::array::from_fn(|i| Constant::new((i as u64).into())),
            byte_mask: std::array::from_fn(byte_mask),
            admin_code: Constant::new((Code::Admin as u64).into()),
        }
    }
}

impl Logic for Notices {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self, clock, held_time, held_line, held_seq, held_body, held_len, push, is_admin, pushed,
            lost_now
        );
        self.queue.clock.next = self.clock.val();
        self.queue.reset.next = self.reset.val();
        self.held_time.d.next = self.now.val().get_bits::<48>(0);
        self.held_line.d.next = self.admin_line.val();
        self.held_seq.d.next = self.admin_seq.val();
        self.held_body.d.next = self.admin_body.val();
        self.held_len.d.next = self.admin_len.val().get_bits::<6>(0);
        self.mask.next = 0.into();
        for i in 0..BYTES {
            if self.held_len.q.val() > self.limit[i].val() {
                self.mask.next = self.mask.val() | self.byte_mask[i].val();
            }
        }
        self.message.next = self.held_body.q.val() & self.mask.val();
        self.admin_head.a.next = self.admin_code.val();
        self.admin_head.b.next = self.held_line.q.val();
        self.admin_head.c.next = self.admin_slot.val();
        self.admin_head.d.next = self.held_time.q.val();
        self.admin_entry.a.next = self.message.val();
        self.admin_entry.b.next = self.held_seq.q.val();
        self.admin_entry.c.next = self.admin_head.y.val();
        self.slot_head.a.next = self.notice_code.val();
        self.slot_head.b.next = 0.into();
        self.slot_head.c.next = self.notice_slot.val();
        self.slot_head.d.next = self.now.val().get_bits::<48>(0);
        self.slot_body.a.next = 0.into();
        self.slot_body.b.next = self.notice_locate.val();
        self.slot_body.c.next = 0.into();
        self.slot_body.d.next = self.notice_cause.val();
        self.slot_words.a.next = self.notice_seq.val();
        self.slot_words.b.next = self.slot_body.y.val();
        self.slot_words.c.next = self.slot_head.y.val();
        self.slot_entry.hi.next = 0.into();
        self.slot_entry.lo.next = self.slot_words.y.val();

        // A notice goes only where an administrative message behind it finds room too.
        self.room.next = self.queue.sink.ready.val() & !self.push.q.val();
        self.takes.next = self.notice.val() & self.room.val() & !self.admin.val();
        self.notice_taken.next = self.takes.val();
        self.push.d.next = self.admin.val() | self.takes.val();
        self.is_admin.d.next = self.admin.val();
        self.pushed.d.next = self.slot_entry.y.val();
        if self.admin.val() {
            self.pushed.d.next = self.admin_entry.y.val();
        }
        self.queue.sink.valid.next = self.push.q.val();
        self.queue.sink.data.next = self.pushed.q.val();
        self.lost_now.d.next = self.push.q.val() & self.is_admin.q.val() & !self.queue.sink.ready.val();
        self.lost.next = self.lost_now.q.val();
        self.entry_valid.next = self.queue.source.valid.val();
        self.entry.next = self.queue.source.data.val();
        self.queue.source.ready.next = self.entry_ready.val();
        if self.reset.val() {
            self.push.d.next = false;
            self.lost_now.d.next = false;
        }
    }
}
