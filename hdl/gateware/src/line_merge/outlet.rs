//! Accepted messages on their way out: keeps their order and their spacing.
//!
//! ```text
//!  arrival ──┬───────────────────────┬─►│msg│──► itch_decode
//!            └─► 16 words (spacing) ─┘
//! ```
//!
//! Latency: 1 cycle from an arrival to `msg_valid` when none waits. After a book message the next cycle stays free.
//! Back-pressure: `room` while fewer than eight accepted messages have not left.

use crate::prim::LutRam;
use crate::types::RawMsg;
use rust_hdl::prelude::*;

/// See the module's text.
#[derive(LogicBlock, Default)]
pub struct Outlet {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// A message was accepted; it arrives in this cycle or two cycles later, in the order of acceptance.
    pub accept: Signal<In, Bit>,
    pub arrival: Signal<In, Bit>,
    pub arrival_msg: Signal<In, RawMsg>,
    pub arrival_line: Signal<In, Bits<1>>,
    pub expected: Signal<In, Bits<64>>,
    pub room: Signal<Out, Bit>,
    /// Nothing that was accepted is still to leave.
    pub idle: Signal<Out, Bit>,
    pub msg_valid: Signal<Out, Bit>,
    pub msg_data: Signal<Out, RawMsg>,
    pub msg_line: Signal<Out, Bits<2>>,
    pub next_seq: Signal<Out, Bits<64>>,
    cells: LutRam<RawMsg, 4>,
    cell_lines: LutRam<Bits<1>, 4>,
    write_index: DFF<Bits<4>>,
    read_index: DFF<Bits<4>>,
    filled: DFF<Bit>,
    write_up: Signal<Local, Bits<4>>,
    read_up: Signal<Local, Bits<4>>,
    write_next: Signal<Local, Bits<4>>,
    read_next: Signal<Local, Bits<4>>,
    /// Accepted, and not yet in the output register.
    under_way: DFF<Bits<4>>,
    way_up: Signal<Local, Bits<4>>,
    way_down: Signal<Local, Bits<4>>,
    out_valid: DFF<Bit>,
    out_msg: DFF<RawMsg>,
    out_line: DFF<Bits<1>>,
    letter: Signal<Local, Bits<8>>,
    is_book: Signal<Local, Bit>,
    blocked: Signal<Local, Bit>,
    leaves: Signal<Local, Bit>,
    pushes: Signal<Local, Bit>,
    pops: Signal<Local, Bit>,
    body: Signal<Local, Bits<400>>,
    out_seq: Signal<Local, Bits<64>>,
    seq_up: Signal<Local, Bits<64>>,
    next: DFF<Bits<64>>,
}

impl Logic for Outlet {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            write_index,
            read_index,
            filled,
            under_way,
            out_valid,
            out_msg,
            out_line,
            next
        );
        // A F E C X D U P Q.
        self.body.next = self.out_msg.q.val().body;
        self.letter.next = self.body.val().get_bits::<8>(0);
        self.is_book.next = (self.letter.val() == 65)
            | (self.letter.val() == 70)
            | (self.letter.val() == 69)
            | (self.letter.val() == 67)
            | (self.letter.val() == 88)
            | (self.letter.val() == 68)
            | (self.letter.val() == 85)
            | (self.letter.val() == 80)
            | (self.letter.val() == 81);
        self.blocked.next = self.out_valid.q.val() & self.is_book.val();
        self.leaves.next = !self.blocked.val() & (self.filled.q.val() | self.arrival.val());
        self.pops.next = !self.blocked.val() & self.filled.q.val();
        self.pushes.next = self.arrival.val() & (self.blocked.val() | self.filled.q.val());

        self.cells.clock.next = self.clock.val();
        // Whatever comes is written where the next one goes: only the index decides, and the place is always free.
        self.cells.write_enable.next = true;
        self.cells.write_address.next = self.write_index.q.val();
        self.cells.write_data.next = self.arrival_msg.val();
        self.cells.read_address.next = self.read_index.q.val();
        self.cell_lines.clock.next = self.clock.val();
        self.cell_lines.write_enable.next = true;
        self.cell_lines.write_address.next = self.write_index.q.val();
        self.cell_lines.write_data.next = self.arrival_line.val();
        self.cell_lines.read_address.next = self.read_index.q.val();
        self.write_up.next = self.write_index.q.val() + 1;
        self.read_up.next = self.read_index.q.val() + 1;
        self.write_next.next = self.write_index.q.val();
        self.read_next.next = self.read_index.q.val();
        if self.pushes.val() {
            self.write_next.next = self.write_up.val();
        }
        if self.pops.val() {
            self.read_next.next = self.read_up.val();
        }
        self.write_index.d.next = self.write_next.val();
        self.read_index.d.next = self.read_next.val();
        self.filled.d.next = self.write_next.val() != self.read_next.val();

        self.way_up.next = self.under_way.q.val() + 1;
        self.way_down.next = self.under_way.q.val() - 1;
        if self.accept.val() & !self.leaves.val() {
            self.under_way.d.next = self.way_up.val();
        }
        if !self.accept.val() & self.leaves.val() {
            self.under_way.d.next = self.way_down.val();
        }
        self.room.next = !self.under_way.q.val().get_bit(3);
        self.idle.next = !self.under_way.q.val().any();

        self.out_valid.d.next = self.leaves.val();
        self.out_msg.d.next = self.arrival_msg.val();
        self.out_line.d.next = self.arrival_line.val();
        if self.filled.q.val() {
            self.out_msg.d.next = self.cells.read_data.val();
            self.out_line.d.next = self.cell_lines.read_data.val();
        }
        self.msg_valid.next = self.out_valid.q.val();
        self.msg_data.next = self.out_msg.q.val();
        self.msg_line.next = bit_cast::<2, 1>(self.out_line.q.val());
        self.out_seq.next = self.out_msg.q.val().seq;
        self.seq_up.next = self.out_seq.val() + 1;
        if self.out_valid.q.val() {
            self.next.d.next = self.seq_up.val();
        } else {
            if !self.under_way.q.val().any() {
                self.next.d.next = self.expected.val();
            }
        }
        self.next_seq.next = self.next.q.val();
        if self.reset.val() {
            self.write_index.d.next = 0.into();
            self.read_index.d.next = 0.into();
            self.filled.d.next = false;
            self.under_way.d.next = 0.into();
            self.out_valid.d.next = false;
            self.next.d.next = 0.into();
        }
    }
}
