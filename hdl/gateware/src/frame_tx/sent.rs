//! What the card itself has sent on the order connection: the last bytes of it, where they stand in the stream, and whose they are.
//!
//! ```text
//!  wire ─► Head ─► same connection, next sequence? ─► ends, high, held
//!     └──► rotate ─► 8 banks of 1,024 bytes ─► rotate ─► the bytes a frame of the window would send again
//! ```
//!
//! An order frame on the wire is looked at as a stranger would: its addresses, ports, sequence and length, not the registers it was made of. Bytes
//! count when their frame has ended whole. A frame of another connection or of another sequence than the next one makes everything
//! before it forgotten, and so does a SYN of the window, and an order frame that is no plain TCP segment of less than 64 bytes of payload.
//!
//! `held` bytes end below `high`; never more than `KEPT`, so that a frame that is aborted overwrites none of them.
//!
//! Latency: a frame counts 4 cycles behind its last beat. A read comes 4 cycles after its address. Back-pressure: none.

use super::head::Head;
use super::lanes::PayloadLanes;
use crate::prim::{ByteShiftRight, Cat2, Cat4, SdpRamFast};
use contract::frame::SENT_KEPT;
use contract::template::{ENTER_BYTES, SOUP_BYTES};
use rust_hdl::prelude::*;

/// Bytes of the memory, and those a payload of the card's own stays below: its words are numbered by four bits.
const BYTES: usize = 8 << 10;
const PAYLOAD: usize = 1 << 6;
const _: () = assert!(SENT_KEPT + PAYLOAD <= BYTES && ENTER_BYTES + SOUP_BYTES < PAYLOAD);
/// Bytes of Ethernet, IPv4 and TCP headers.
const ETHERNET: u64 = 14;
const HEADERS: u64 = 40;
/// Word of a frame with its first payload bytes.
const PAYLOAD_WORD: u64 = 6;
/// The first payload byte is byte 54 of the frame: lane 0 of word 7 is its third one, lane 0 of word 0 lies 54 before.
const INTO_ROW: u64 = 2;
const ROWS_BEFORE: u64 = 7;
/// Data offset 5, URG RST SYN FIN; ACK. No option, nothing urgent, neither begin nor end.
const CONTROL_MASK: u64 = 0xffff - 0x08;
const CONTROL_PLAIN: u64 = 0x5010;

/// See the module's text.
#[derive(LogicBlock)]
pub struct Sent {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    /// One cycle: a beat was taken; `mine`: of a frame of the window.
    pub beat: Signal<In, Bit>,
    pub data: Signal<In, Bits<64>>,
    pub last: Signal<In, Bit>,
    pub user: Signal<In, Bit>,
    pub mine: Signal<In, Bit>,
    /// Pulse: nothing is known any more.
    pub forget: Signal<In, Bit>,
    /// Where a frame of the window asks: low bits of its sequence, plus two; number of the word.
    pub read_place: Signal<In, Bits<13>>,
    pub read_word: Signal<In, Bits<9>>,
    /// What the lanes of that word were.
    pub read: Signal<Out, Bits<64>>,
    pub ends: Signal<Out, Bits<96>>,
    /// Sequence behind the last byte sent.
    pub high: Signal<Out, Bits<32>>,
    /// Bytes below `high` that are here.
    pub held: Signal<Out, Bits<14>>,
    /// Pulse: what was here is forgotten.
    pub restarts: Signal<Out, Bit>,
    /// Pulse: a SYN of the window leaves, with its ends and its sequence.
    pub opens: Signal<Out, Bit>,
    pub opens_ends: Signal<Out, Bits<96>>,
    pub opens_seq: Signal<Out, Bits<32>>,
    head: Head,
    payload: PayloadLanes,
    banks: [SdpRamFast<Bits<8>, 10>; 8],
    doubled: Cat2<64, 64, 128>,
    turned: ByteShiftRight<128, 4>,
    doubled_lanes: Cat2<8, 8, 16>,
    read_low: Cat4<8, 8, 8, 8, 32>,
    read_high: Cat4<8, 8, 8, 8, 32>,
    read_doubled: Cat4<32, 32, 32, 32, 128>,
    read_turned: ByteShiftRight<128, 4>,
    // The beat.
    at: DFF<Bits<4>>,
    valid_s1: DFF<Bit>,
    data_s1: DFF<Bits<64>>,
    last_s1: DFF<Bit>,
    user_s1: DFF<Bit>,
    mine_s1: DFF<Bit>,
    at_s1: DFF<Bits<4>>,
    place: DFF<Bits<13>>,
    stop: DFF<Bits<16>>,
    size: DFF<Bits<16>>,
    valid_s2: DFF<Bit>,
    data_s2: DFF<Bits<64>>,
    last_s2: DFF<Bit>,
    user_s2: DFF<Bit>,
    mine_s2: DFF<Bit>,
    at_s2: DFF<Bits<4>>,
    valid_s3: DFF<Bit>,
    data_s3: DFF<Bits<64>>,
    last_s3: DFF<Bit>,
    user_s3: DFF<Bit>,
    mine_s3: DFF<Bit>,
    first_s3: DFF<Bit>,
    plain_s3: DFF<Bit>,
    syn_s3: DFF<Bit>,
    same_ends_s3: DFF<Bit>,
    same_seq_s3: DFF<Bit>,
    row_s3: DFF<Bits<10>>,
    next_row_s3: DFF<Bits<10>>,
    turn_s3: DFF<Bits<3>>,
    lanes_s3: DFF<Bits<8>>,
    data_s4: DFF<Bits<64>>,
    lanes_s4: DFF<Bits<8>>,
    row_s4: DFF<Bits<10>>,
    next_row_s4: DFF<Bits<10>>,
    turn_s4: DFF<Bits<3>>,
    closes_s4: DFF<Bit>,
    high_s4: DFF<Bits<32>>,
    grown_s4: DFF<Bits<16>>,
    // What is known.
    storing: DFF<Bit>,
    ends_q: DFF<Bits<96>>,
    high_q: DFF<Bits<32>>,
    held_q: DFF<Bits<14>>,
    // The read.
    read_row_s3: DFF<Bits<10>>,
    read_next_row_s3: DFF<Bits<10>>,
    read_turn_s3: DFF<Bits<3>>,
    read_turn_s4: DFF<Bits<3>>,
    read_turn_s5: DFF<Bits<3>>,
    cell_s5: [DFF<Bits<8>>; 8],
    read_s6: DFF<Bits<64>>,
    control: Signal<Local, Bits<16>>,
    size_now: Signal<Local, Bits<16>>,
    begins: Signal<Local, Bit>,
    breaks: Signal<Local, Bit>,
    forgets: Signal<Local, Bit>,
    turn: Signal<Local, Bits<3>>,
    back: Signal<Local, Bits<4>>,
    place_now: Signal<Local, Bits<13>>,
    place_row: Signal<Local, Bits<10>>,
    word_row: Signal<Local, Bits<10>>,
    word_before: Signal<Local, Bits<10>>,
    word_after: Signal<Local, Bits<10>>,
    turned_wide: Signal<Local, Bits<128>>,
    lanes_wide: Signal<Local, Bits<16>>,
    lanes_turned: Signal<Local, Bits<16>>,
    asks_row: Signal<Local, Bits<10>>,
    asks_word: Signal<Local, Bits<10>>,
    asks_before: Signal<Local, Bits<10>>,
    asks_after: Signal<Local, Bits<10>>,
    read_wide: Signal<Local, Bits<128>>,
    seq_low: Signal<Local, Bits<13>>,
    seq_now: Signal<Local, Bits<32>>,
    held_now: Signal<Local, Bits<14>>,
    held_wide: Signal<Local, Bits<16>>,
    grown: Signal<Local, Bits<16>>,
    full: Signal<Local, Bits<16>>,
    length: Signal<Local, Bits<32>>,
    write_turn: Signal<Local, Bits<4>>,
    read_turn: Signal<Local, Bits<4>>,
    two: Constant<Bits<13>>,
    back_rows: Constant<Bits<10>>,
    next_rows: Constant<Bits<10>>,
    one: Constant<Bits<4>>,
    most_at: Constant<Bits<4>>,
    eight: Constant<Bits<4>>,
    payload_word: Constant<Bits<4>>,
    ethernet: Constant<Bits<16>>,
    headers: Constant<Bits<16>>,
    control_mask: Constant<Bits<16>>,
    control_plain: Constant<Bits<16>>,
    most: Constant<Bits<16>>,
    numbers: [Constant<Bits<4>>; 8],
}

impl Default for Sent {
    fn default() -> Self {
        Self {
            clock: Default::default(),
            reset: Default::default(),
            beat: Default::default(),
            data: Default::default(),
            last: Default::default(),
            user: Default::default(),
            mine: Default::default(),
            forget: Default::default(),
            read_place: Default::default(),
            read_word: Default::default(),
            read: Default::default(),
            ends: Default::default(),
            high: Default::default(),
            held: Default::default(),
            restarts: Default::default(),
            opens: Default::default(),
            opens_ends: Default::default(),
            opens_seq: Default::default(),
            head: Default::default(),
            payload: Default::default(),
            banks: std::array::from_fn(|_| Default::default()),
            doubled: Default::default(),
            turned: Default::default(),
            doubled_lanes: Default::default(),
            read_low: Default::default(),
            read_high: Default::default(),
            read_doubled: Default::default(),
            read_turned: Default::default(),
            at: Default::default(),
            valid_s1: Default::default(),
            data_s1: Default::default(),
            last_s1: Default::default(),
            user_s1: Default::default(),
            mine_s1: Default::default(),
            at_s1: Default::default(),
            place: Default::default(),
            stop: Default::default(),
            size: Default::default(),
            valid_s2: Default::default(),
            data_s2: Default::default(),
            last_s2: Default::default(),
            user_s2: Default::default(),
            mine_s2: Default::default(),
            at_s2: Default::default(),
            valid_s3: Default::default(),
            data_s3: Default::default(),
            last_s3: Default::default(),
            user_s3: Default::default(),
            mine_s3: Default::default(),
            first_s3: Default::default(),
            plain_s3: Default::default(),
            syn_s3: Default::default(),
            same_ends_s3: Default::default(),
            same_seq_s3: Default::default(),
            row_s3: Default::default(),
            next_row_s3: Default::default(),
            turn_s3: Default::default(),
            lanes_s3: Default::default(),
            data_s4: Default::default(),
            lanes_s4: Default::default(),
            row_s4: Default::default(),
            next_row_s4: Default::default(),
            turn_s4: Default::default(),
            closes_s4: Default::default(),
            high_s4: Default::default(),
            grown_s4: Default::default(),
            storing: Default::default(),
            ends_q: Default::default(),
            high_q: Default::default(),
            held_q: Default::default(),
            read_row_s3: Default::default(),
            read_next_row_s3: Default::default(),
            read_turn_s3: Default::default(),
            read_turn_s4: Default::default(),
            read_turn_s5: Default::default(),
            cell_s5: std::array::from_fn(|_| Default::default()),
            read_s6: Default::default(),
            control: Default::default(),
            size_now: Default::default(),
            begins: Default::default(),
            breaks: Default::default(),
            forgets: Default::default(),
            turn: Default::default(),
            back: Default::default(),
            place_now: Default::default(),
            place_row: Default::default(),
            word_row: Default::default(),
            word_before: Default::default(),
            word_after: Default::default(),
            turned_wide: Default::default(),
            lanes_wide: Default::default(),
            lanes_turned: Default::default(),
            asks_row: Default::default(),
            asks_word: Default::default(),
            asks_before: Default::default(),
            asks_after: Default::default(),
            read_wide: Default::default(),
            seq_low: Default::default(),
            seq_now: Default::default(),
            held_now: Default::default(),
            held_wide: Default::default(),
            grown: Default::default(),
            full: Default::default(),
            length: Default::default(),
            write_turn: Default::default(),
            read_turn: Default::default(),
            two: Constant::new(INTO_ROW.into()),
            back_rows: Constant::new((1024 - ROWS_BEFORE).into()),
            next_rows: Constant::new((1025 - ROWS_BEFORE).into()),
            one: Constant::new(1_u64.into()),
            most_at: Constant::new(15_u64.into()),
            eight: Constant::new(8_u64.into()),
            payload_word: Constant::new(PAYLOAD_WORD.into()),
            ethernet: Constant::new(ETHERNET.into()),
            headers: Constant::new(HEADERS.into()),
            control_mask: Constant::new(CONTROL_MASK.into()),
            control_plain: Constant::new(CONTROL_PLAIN.into()),
            most: Constant::new((SENT_KEPT as u64).into()),
            numbers: std::array::from_fn(|i| Constant::new((i as u64).into())),
        }
    }
}

impl Logic for Sent {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            at,
            valid_s1,
            data_s1,
            last_s1,
            user_s1,
            mine_s1,
            at_s1,
            place,
            stop,
            size,
            valid_s2,
            data_s2,
            last_s2,
            user_s2,
            mine_s2,
            at_s2,
            valid_s3,
            data_s3,
            last_s3,
            user_s3,
            mine_s3,
            first_s3,
            plain_s3,
            syn_s3,
            same_ends_s3,
            same_seq_s3,
            row_s3,
            next_row_s3,
            turn_s3,
            lanes_s3,
            data_s4,
            lanes_s4,
            row_s4,
            next_row_s4,
            turn_s4,
            closes_s4,
            high_s4,
            grown_s4,
            storing,
            ends_q,
            high_q,
            held_q,
            read_row_s3,
            read_next_row_s3,
            read_turn_s3,
            read_turn_s4,
            read_turn_s5,
            read_s6
        );
        self.head.clock.next = self.clock.val();

        // Beats of the wire, numbered.
        self.valid_s1.d.next = self.beat.val();
        self.data_s1.d.next = self.data.val();
        self.last_s1.d.next = self.last.val();
        self.user_s1.d.next = self.user.val();
        self.mine_s1.d.next = self.mine.val();
        self.at_s1.d.next = self.at.q.val();
        if self.beat.val() {
            if self.at.q.val() != self.most_at.val() {
                self.at.d.next = self.at.q.val() + self.one.val();
            }
            if self.last.val() {
                self.at.d.next = 0.into();
            }
        }
        self.head.beat.next = self.valid_s1.q.val();
        self.head.at.next = self.at_s1.q.val();
        self.head.data.next = self.data_s1.q.val();
        self.valid_s2.d.next = self.valid_s1.q.val();
        self.data_s2.d.next = self.data_s1.q.val();
        self.last_s2.d.next = self.last_s1.q.val();
        self.user_s2.d.next = self.user_s1.q.val();
        self.mine_s2.d.next = self.mine_s1.q.val();
        self.at_s2.d.next = self.at_s1.q.val();

        // Its header is whole before the first payload word is here.
        self.seq_now.next = self.head.seq.val();
        self.seq_low.next = self.seq_now.val().get_bits::<13>(0);
        self.place.d.next = self.seq_low.val() + self.two.val();
        self.stop.d.next = self.head.total.val() + self.ethernet.val();
        self.size.d.next = self.head.total.val() - self.headers.val();
        self.control.next = self.head.control.val();
        self.size_now.next = self.size.q.val();
        self.plain_s3.d.next = self.head.ipv4.val()
            & self.head.tcp.val()
            & !self.size_now.val().get_bits::<10>(6).any()
            & ((self.control.val() & self.control_mask.val()) == self.control_plain.val());
        self.syn_s3.d.next = self.head.ipv4.val() & self.head.tcp.val() & self.control.val().get_bit(1);
        self.same_ends_s3.d.next = self.head.ends.val() == self.ends_q.q.val();
        self.same_seq_s3.d.next = self.seq_now.val() == self.high_q.q.val();
        self.first_s3.d.next = self.at_s2.q.val() == self.payload_word.val();
        self.valid_s3.d.next = self.valid_s2.q.val();
        self.data_s3.d.next = self.data_s2.q.val();
        self.last_s3.d.next = self.last_s2.q.val();
        self.user_s3.d.next = self.user_s2.q.val();
        self.mine_s3.d.next = self.mine_s2.q.val();

        // Where its bytes go: bank and row are the low and the high bits of a byte's sequence.
        self.place_now.next = self.place.q.val();
        self.place_row.next = self.place_now.val().get_bits::<10>(3);
        self.word_row.next = bit_cast::<10, 4>(self.at_s2.q.val());
        self.word_before.next = self.word_row.val() + self.back_rows.val();
        self.row_s3.d.next = self.place_row.val() + self.word_before.val();
        self.word_after.next = self.word_row.val() + self.next_rows.val();
        self.next_row_s3.d.next = self.place_row.val() + self.word_after.val();
        self.turn_s3.d.next = self.place_now.val().get_bits::<3>(0);
        self.payload.stop.next = self.stop.q.val();
        self.payload.at.next = bit_cast::<9, 4>(self.at_s2.q.val());
        self.lanes_s3.d.next = self.payload.lanes.val();
        self.turn.next = self.turn_s3.q.val();
        self.back.next = self.eight.val() - bit_cast::<4, 3>(self.turn.val());
        self.doubled.hi.next = self.data_s3.q.val();
        self.doubled.lo.next = self.data_s3.q.val();
        self.turned.x.next = self.doubled.y.val();
        self.turned.bytes.next = self.back.val();
        self.turned_wide.next = self.turned.y.val();
        self.data_s4.d.next = self.turned_wide.val().get_bits::<64>(0);
        self.doubled_lanes.hi.next = self.lanes_s3.q.val();
        self.doubled_lanes.lo.next = self.lanes_s3.q.val();
        self.lanes_wide.next = self.doubled_lanes.y.val();
        self.lanes_turned.next = self.lanes_wide.val() >> self.back.val();
        self.lanes_s4.d.next = 0.into();
        if self.valid_s3.q.val() & !self.mine_s3.q.val() {
            self.lanes_s4.d.next = self.lanes_turned.val().get_bits::<8>(0);
        }
        self.row_s4.d.next = self.row_s3.q.val();
        self.next_row_s4.d.next = self.next_row_s3.q.val();
        self.turn_s4.d.next = self.turn_s3.q.val();

        // Where a frame of the window asks.
        self.asks_row.next = self.read_place.val().get_bits::<10>(3);
        self.asks_word.next = bit_cast::<10, 9>(self.read_word.val());
        self.asks_before.next = self.asks_word.val() + self.back_rows.val();
        self.read_row_s3.d.next = self.asks_row.val() + self.asks_before.val();
        self.asks_after.next = self.asks_word.val() + self.next_rows.val();
        self.read_next_row_s3.d.next = self.asks_row.val() + self.asks_after.val();
        self.read_turn_s3.d.next = self.read_place.val().get_bits::<3>(0);
        self.read_turn_s4.d.next = self.read_turn_s3.q.val();
        self.read_turn_s5.d.next = self.read_turn_s4.q.val();
        self.write_turn.next = bit_cast::<4, 3>(self.turn_s4.q.val());
        self.read_turn.next = bit_cast::<4, 3>(self.read_turn_s3.q.val());
        for i in 0..8 {
            self.banks[i].clock.next = self.clock.val();
            self.cell_s5[i].clock.next = self.clock.val();
            self.banks[i].write_enable.next = self.lanes_s4.q.val().get_bit(i);
            self.banks[i].write_data.next = self.data_s4.q.val().get_bits::<8>(8 * i);
            self.banks[i].write_address.next = self.row_s4.q.val();
            if self.numbers[i].val() < self.write_turn.val() {
                self.banks[i].write_address.next = self.next_row_s4.q.val();
            }
            self.banks[i].read_address.next = self.read_row_s3.q.val();
            if self.numbers[i].val() < self.read_turn.val() {
                self.banks[i].read_address.next = self.read_next_row_s3.q.val();
            }
            self.cell_s5[i].d.next = self.banks[i].read_data.val();
        }
        self.read_low.a.next = self.cell_s5[3].q.val();
        self.read_low.b.next = self.cell_s5[2].q.val();
        self.read_low.c.next = self.cell_s5[1].q.val();
        self.read_low.d.next = self.cell_s5[0].q.val();
        self.read_high.a.next = self.cell_s5[7].q.val();
        self.read_high.b.next = self.cell_s5[6].q.val();
        self.read_high.c.next = self.cell_s5[5].q.val();
        self.read_high.d.next = self.cell_s5[4].q.val();
        self.read_doubled.a.next = self.read_high.y.val();
        self.read_doubled.b.next = self.read_low.y.val();
        self.read_doubled.c.next = self.read_high.y.val();
        self.read_doubled.d.next = self.read_low.y.val();
        self.read_turned.x.next = self.read_doubled.y.val();
        self.read_turned.bytes.next = bit_cast::<4, 3>(self.read_turn_s5.q.val());
        self.read_wide.next = self.read_turned.y.val();
        self.read_s6.d.next = self.read_wide.val().get_bits::<64>(0);
        self.read.next = self.read_s6.q.val();

        // What is known: a frame goes on where the last one ended, or nothing before it counts.
        self.begins.next = self.valid_s3.q.val() & self.first_s3.q.val();
        self.opens.next = self.begins.val() & self.mine_s3.q.val() & self.syn_s3.q.val();
        self.breaks.next = self.begins.val()
            & !self.mine_s3.q.val()
            & (!self.plain_s3.q.val() | !self.same_ends_s3.q.val() | !self.same_seq_s3.q.val());
        self.forgets.next = self.forget.val() | self.opens.val() | self.breaks.val();
        self.held_now.next = self.held_q.q.val();
        if self.forgets.val() {
            self.held_now.next = 0.into();
        }
        self.held_q.d.next = self.held_now.val();
        if self.begins.val() {
            self.storing.d.next = !self.mine_s3.q.val() & self.plain_s3.q.val();
        }
        if self.valid_s3.q.val() & self.last_s3.q.val() {
            self.storing.d.next = false;
        }
        if self.begins.val() & !self.mine_s3.q.val() {
            self.high_q.d.next = self.seq_now.val();
            self.ends_q.d.next = self.head.ends.val();
        }
        self.closes_s4.d.next = self.valid_s3.q.val()
            & self.last_s3.q.val()
            & !self.user_s3.q.val()
            & !self.mine_s3.q.val()
            & self.storing.q.val();
        self.length.next = bit_cast::<32, 16>(self.size.q.val());
        self.high_s4.d.next = self.high_q.q.val() + self.length.val();
        self.held_wide.next = bit_cast::<16, 14>(self.held_now.val());
        self.grown_s4.d.next = self.held_wide.val() + self.size.q.val();
        self.grown.next = self.grown_s4.q.val();
        self.full.next = self.most.val();
        if self.closes_s4.q.val() {
            self.high_q.d.next = self.high_s4.q.val();
            self.held_q.d.next = self.grown.val().get_bits::<14>(0);
            if self.grown.val() > self.full.val() {
                self.held_q.d.next = self.full.val().get_bits::<14>(0);
            }
            if self.forgets.val() {
                self.held_q.d.next = 0.into();
            }
        }
        self.restarts.next = self.forgets.val();
        self.opens_ends.next = self.head.ends.val();
        self.opens_seq.next = self.seq_now.val();
        self.ends.next = self.ends_q.q.val();
        self.high.next = self.high_q.q.val();
        self.held.next = self.held_q.q.val();
        if self.reset.val() {
            self.at.d.next = 0.into();
            self.valid_s1.d.next = false;
            self.valid_s2.d.next = false;
            self.valid_s3.d.next = false;
            self.lanes_s4.d.next = 0.into();
            self.closes_s4.d.next = false;
            self.storing.d.next = false;
            self.held_q.d.next = 0.into();
        }
    }
}
