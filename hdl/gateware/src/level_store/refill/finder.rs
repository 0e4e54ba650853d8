//! Finds the next level of a watched row, and its quantity.
//!
//! ```text
//! pick a watch ─► bits known? ──────────────────────────────────► bit ─► price ─► choose ─► fetch quantity ─► entry
//!                     └─► the page of the bound and the next three ─┤                ▲ │
//!                              └─► all cells: the next page ────────┘        grid ───┘ └─► then raw prices
//! ```
//!
//! A row that ever held a price off the grid is searched in both classes; the better level is chosen, and only its
//! class moves on. Nothing found in either class ends the row.
//!
//! Latency: 12 cycles from one level to the next of its page, 25 to one in the three pages behind, 2 a page address
//! more to one further away; the quantity comes 11 later, beside the next search.
//! Back-pressure: none; the watches ask only for what they can take.

use super::super::arithmetic::{KEY_BITS, NextBit, Product};
use super::super::scan::ScanMinimum;
use rust_hdl::prelude::*;

/// What the finder is doing.
#[derive(Clone, Copy, Debug, PartialEq, LogicState)]
pub enum FinderState {
    Idle,
    Class,
    Look,
    Scan,
    ScanWait,
    Bits,
    Price,
    Choose,
    Fetch,
}

/// Search; see the module's text. `RW` row bits, `AW` cell address bits, `QW` quantity bits.
#[derive(LogicBlock, Default)]
pub struct Finder<const RW: usize, const AW: usize, const QW: usize> {
    pub clock: Signal<In, Clock>,
    pub reset: Signal<In, Bit>,
    pub phase: Signal<In, Bit>,
    /// A watch wants a search: what it is about, held while the search lasts.
    pub wanted: Signal<In, Bit>,
    pub row: Signal<In, Bits<RW>>,
    pub tick: Signal<In, Bits<32>>,
    pub both_classes: Signal<In, Bit>,
    pub grid_start: Signal<In, Bit>,
    pub grid_bound: Signal<In, Bits<32>>,
    pub grid_word: Signal<In, Bits<64>>,
    /// Nothing is left in the class on the grid.
    pub grid_none: Signal<In, Bit>,
    pub raw_start: Signal<In, Bit>,
    pub raw_bound: Signal<In, Bits<32>>,
    /// The watch has ended.
    pub cancel: Signal<In, Bit>,
    pub dropped: Signal<Out, Bit>,
    pub found: Signal<Out, Bit>,
    pub found_on_grid: Signal<Out, Bit>,
    pub found_off_grid: Signal<Out, Bit>,
    pub found_place: Signal<Out, Bits<32>>,
    pub found_key: Signal<Out, Bits<32>>,
    pub found_word: Signal<Out, Bits<64>>,
    /// Off the grid: the next place on the grid, of which nothing is behind if it is not valid.
    pub found_grid_valid: Signal<Out, Bit>,
    pub found_grid_place: Signal<Out, Bits<32>>,
    /// The entry of the watch that `found` spoke to before.
    pub fetched: Signal<Out, Bit>,
    pub fetched_ends: Signal<Out, Bit>,
    pub fetched_key: Signal<Out, Bits<32>>,
    pub fetched_quantity: Signal<Out, Bits<QW>>,
    /// Nothing is under way.
    pub idle: Signal<Out, Bit>,
    /// A search may be wanted.
    pub open: Signal<Out, Bit>,
    pub scanned: Signal<Out, Bit>,
    // The pages.
    pub probe_valid: Signal<Out, Bit>,
    pub probe_scans: Signal<Out, Bit>,
    pub probe_key: Signal<Out, Bits<KEY_BITS>>,
    pub probe_offset: Signal<Out, Bits<6>>,
    pub scan_address: Signal<Out, Bits<AW>>,
    pub scan_valid: Signal<In, Bit>,
    pub scan_key: [Signal<In, Bits<KEY_BITS>>; 8],
    pub scan_used: [Signal<In, Bit>; 8],
    pub probe_done: Signal<In, Bit>,
    pub probe_hit: Signal<In, Bit>,
    pub probe_levels: Signal<In, Bits<64>>,
    pub probe_quantity: Signal<In, Bits<QW>>,
    minimum: ScanMinimum,
    next_bit: NextBit,
    product: Product,
    state: DFF<FinderState>,
    timer: DFF<Bits<4>>,
    on_grid: DFF<Bit>,
    base: DFF<Bits<26>>,
    mask: DFF<Bits<64>>,
    masks: DFF<Bit>,
    from_start: DFF<Bit>,
    asked: DFF<Bits<3>>,
    answered: DFF<Bits<3>>,
    beyond: DFF<Bits<26>>,
    have: DFF<Bit>,
    page: DFF<Bits<26>>,
    word: DFF<Bits<64>>,
    place: DFF<Bits<32>>,
    rest: DFF<Bits<64>>,
    grid_valid: DFF<Bit>,
    grid_key: DFF<Bits<32>>,
    grid_place: DFF<Bits<32>>,
    grid_rest: DFF<Bits<64>>,
    raw_valid: DFF<Bit>,
    raw_place: DFF<Bits<32>>,
    chosen_on: DFF<Bit>,
    chosen_place: DFF<Bits<32>>,
    chosen_key: DFF<Bits<32>>,
    address: DFF<Bits<AW>>,
    fetching: DFF<Bit>,
    fetch_key: DFF<Bits<32>>,
    is_bid: Signal<Local, Bit>,
    one_3: Signal<Local, Bits<3>>,
    one_4: Signal<Local, Bits<4>>,
    one_64: Signal<Local, Bits<64>>,
    ones_64: Signal<Local, Bits<64>>,
    one_address: Signal<Local, Bits<AW>>,
    on_grid_key: Signal<Local, Bits<KEY_BITS>>,
    bound: Signal<Local, Bits<32>>,
    bound_high: Signal<Local, Bits<32>>,
    bound_offset: Signal<Local, Bits<6>>,
    asked_page: Signal<Local, Bits<27>>,
    wide_base: Signal<Local, Bits<27>>,
    wide_asked: Signal<Local, Bits<27>>,
    wide_answered: Signal<Local, Bits<27>>,
    answered_page: Signal<Local, Bits<27>>,
    asks: Signal<Local, Bit>,
    asked_all: Signal<Local, Bit>,
    answers: Signal<Local, Bit>,
    seen_word: Signal<Local, Bits<64>>,
    mask_wide: Signal<Local, Bits<64>>,
    key_row: Signal<Local, Bits<KEY_BITS>>,
    key_class: Signal<Local, Bits<KEY_BITS>>,
    key_page: Signal<Local, Bits<KEY_BITS>>,
    class_now: Signal<Local, Bit>,
    place_now: Signal<Local, Bits<32>>,
    place_page: Signal<Local, Bits<32>>,
    wanted_row: Signal<Local, Bits<8>>,
    wanted_class: Signal<Local, Bits<8>>,
    position_high: Signal<Local, Bits<32>>,
    position_low: Signal<Local, Bits<32>>,
    bit_at: Signal<Local, Bits<64>>,
    other_bits: Signal<Local, Bits<64>>,
    place_raw: Signal<Local, Bits<32>>,
    grid_price: Signal<Local, Bits<32>>,
    grid_better: Signal<Local, Bit>,
    elapsed: Signal<Local, Bit>,
    last_address: Signal<Local, Bit>,
}

impl<const RW: usize, const AW: usize, const QW: usize> Logic for Finder<RW, AW, QW> {
    #[hdl_gen]
    fn update(&mut self) {
        dff_setup!(
            self,
            clock,
            state,
            timer,
            on_grid,
            base,
            mask,
            masks,
            from_start,
            asked,
            answered,
            beyond,
            have,
            page,
            word,
            place,
            rest,
            grid_valid,
            grid_key,
            grid_place,
            grid_rest,
            raw_valid,
            raw_place,
            chosen_on,
            chosen_place,
            chosen_key,
            address,
            fetching,
            fetch_key
        );
        self.one_3.next = 1.into();
        self.one_4.next = 1.into();
        self.one_64.next = 1.into();
        self.one_address.next = 1.into();
        self.on_grid_key.next = 0x400_0000.into();
        self.is_bid.next = self.row.val().get_bit(0);
        self.elapsed.next = !self.timer.q.val().any();
        if self.timer.q.val().any() {
            self.timer.d.next = self.timer.q.val() - self.one_4.val();
        }
        self.bound.next = self.raw_bound.val();
        if self.on_grid.q.val() {
            self.bound.next = self.grid_bound.val();
        }
        self.bound_high.next = self.bound.val() >> 6;
        self.bound_offset.next = self.bound.val().get_bits::<6>(0);
        self.ones_64.next = 0xffff_ffff_ffff_fffeu64.into();
        self.mask_wide.next = self.ones_64.val() << self.bound_offset.val();

        // Pages asked for and answers.
        self.wide_base.next = bit_cast::<27, 26>(self.base.q.val());
        self.wide_asked.next = bit_cast::<27, 3>(self.asked.q.val());
        self.wide_answered.next = bit_cast::<27, 3>(self.answered.q.val());
        self.asked_page.next = self.wide_base.val() + self.wide_asked.val();
        self.answered_page.next = self.wide_base.val() + self.wide_answered.val();
        self.asked_all.next = self.asked.q.val().get_bit(2) | self.asked_page.val().get_bit(26);
        self.asks.next = self.phase.val() & !self.asked_all.val();
        self.answers.next = self.probe_done.val() & !self.fetching.q.val();
        self.seen_word.next = self.probe_levels.val();
        if self.masks.q.val() & !self.answered.q.val().any() {
            self.seen_word.next = self.probe_levels.val() & self.mask.q.val();
        }

        // The key of a probe.
        self.class_now.next = self.on_grid.q.val();
        self.place_now.next = self.chosen_place.q.val();
        self.place_page.next = self.place_now.val() >> 6;
        self.key_row.next = bit_cast::<KEY_BITS, RW>(self.row.val());
        self.key_page.next = bit_cast::<KEY_BITS, 26>(self.asked_page.val().get_bits::<26>(0));
        if self.state.q.val() == FinderState::Fetch {
            self.class_now.next = self.chosen_on.q.val();
            self.key_page.next = bit_cast::<KEY_BITS, 32>(self.place_page.val());
        }
        self.key_class.next = 0.into();
        if self.class_now.val() {
            self.key_class.next = self.on_grid_key.val();
        }
        self.probe_key.next = (self.key_row.val() << 27) | self.key_class.val() | self.key_page.val();
        self.probe_offset.next = self.place_now.val().get_bits::<6>(0);
        self.probe_valid.next = false;
        self.probe_scans.next = false;
        self.scan_address.next = self.address.q.val();
        self.last_address.next = self.address.q.val().all();

        // The search of all cells.
        self.wanted_row.next = bit_cast::<8, RW>(self.row.val());
        self.wanted_class.next = 0.into();
        if self.on_grid.q.val() {
            self.wanted_class.next = 1.into();
        }
        self.minimum.clock.next = self.clock.val();
        self.minimum.restart.next = false;
        self.minimum.valid.next = self.scan_valid.val();
        self.minimum.wanted.next = (self.wanted_row.val() << 1) | self.wanted_class.val();
        self.minimum.from_start.next = self.from_start.q.val();
        self.minimum.beyond.next = self.beyond.q.val();
        for k in 0..8 {
            self.minimum.key[k].next = self.scan_key[k].val();
            self.minimum.used[k].next = self.scan_used[k].val();
        }

        // From a word to a level, its price and the levels behind it.
        self.next_bit.clock.next = self.clock.val();
        self.next_bit.word.next = self.word.q.val();
        self.next_bit.offset.next = 0.into();
        self.next_bit.from_start.next = true;
        self.position_high.next = bit_cast::<32, 26>(self.page.q.val());
        self.position_low.next = bit_cast::<32, 6>(self.next_bit.index.val());
        self.place.d.next = (self.position_high.val() << 6) | self.position_low.val();
        self.bit_at.next = self.one_64.val() << self.next_bit.index.val();
        self.other_bits.next = !self.bit_at.val();
        self.rest.d.next = self.word.q.val() & self.other_bits.val();
        self.place_raw.next = self.place.q.val();
        if self.is_bid.val() {
            self.place_raw.next = !self.place.q.val();
        }
        self.product.clock.next = self.clock.val();
        self.product.a.next = self.place_raw.val();
        self.product.b.next = self.tick.val();
        self.grid_price.next = self.product.low.val();
        self.grid_better.next = self.grid_key.q.val() < self.raw_place.q.val();

        self.dropped.next = false;
        self.found.next = false;
        self.scanned.next = false;
        self.found_on_grid.next = false;
        self.found_off_grid.next = false;
        self.found_place.next = self.chosen_place.q.val();
        self.found_key.next = self.chosen_key.q.val();
        self.found_word.next = self.grid_rest.q.val();
        self.found_grid_valid.next = self.grid_valid.q.val();
        self.found_grid_place.next = self.grid_place.q.val();
        self.fetched.next = self.fetching.q.val() & self.probe_done.val();
        self.fetched_ends.next = false;
        self.fetched_key.next = self.fetch_key.q.val();
        self.fetched_quantity.next = self.probe_quantity.val();
        if self.fetching.q.val() & self.probe_done.val() {
            self.fetching.d.next = false;
        }
        self.open.next = self.state.q.val() == FinderState::Idle;
        self.idle.next = (self.state.q.val() == FinderState::Idle) & !self.fetching.q.val();

        match self.state.q.val() {
            FinderState::Idle => {
                self.on_grid.d.next = true;
                self.grid_valid.d.next = false;
                self.raw_valid.d.next = false;
                if self.wanted.val() {
                    self.state.d.next = FinderState::Class;
                }
            }
            FinderState::Class => {
                self.base.d.next = self.bound_high.val().get_bits::<26>(0);
                self.mask.d.next = self.mask_wide.val();
                self.masks.d.next = true;
                self.asked.d.next = 0.into();
                self.answered.d.next = 0.into();
                self.have.d.next = false;
                self.address.d.next = 0.into();
                self.minimum.restart.next = true;
                self.page.d.next = self.bound_high.val().get_bits::<26>(0);
                self.word.d.next = self.grid_word.val();
                self.timer.d.next = 4.into();
                self.from_start.d.next = false;
                self.state.d.next = FinderState::Look;
                if self.on_grid.q.val() & self.grid_word.val().any() {
                    self.state.d.next = FinderState::Bits;
                }
                if (self.on_grid.q.val() & self.grid_start.val())
                    | (!self.on_grid.q.val() & self.raw_start.val())
                {
                    self.from_start.d.next = true;
                    self.state.d.next = FinderState::Scan;
                }
                if self.on_grid.q.val() & self.grid_none.val() {
                    self.on_grid.d.next = false;
                    self.state.d.next = FinderState::Class;
                }
            }
            FinderState::Look => {
                // Four pages, the first one beyond the bound; those past the last page are none.
                self.probe_valid.next = self.asks.val();
                if self.asks.val() {
                    self.asked.d.next = self.asked.q.val() + self.one_3.val();
                    self.beyond.d.next = self.asked_page.val().get_bits::<26>(0);
                }
                if self.answers.val() {
                    self.answered.d.next = self.answered.q.val() + self.one_3.val();
                    if self.probe_hit.val() & self.seen_word.val().any() & !self.have.q.val() {
                        self.have.d.next = true;
                        self.word.d.next = self.seen_word.val();
                        self.page.d.next = self.answered_page.val().get_bits::<26>(0);
                    }
                }
                self.timer.d.next = 4.into();
                self.address.d.next = 0.into();
                self.minimum.restart.next = true;
                if self.asked_all.val() & (self.asked.q.val() == self.answered.q.val()) {
                    self.state.d.next = FinderState::Scan;
                    if self.have.q.val() {
                        self.state.d.next = FinderState::Bits;
                    }
                }
            }
            FinderState::Scan => {
                self.probe_valid.next = self.phase.val();
                self.probe_scans.next = true;
                if self.phase.val() {
                    self.address.d.next = self.address.q.val() + self.one_address.val();
                    if self.last_address.val() {
                        self.scanned.next = true;
                        self.timer.d.next = 12.into();
                        self.state.d.next = FinderState::ScanWait;
                    }
                }
                if self.cancel.val() {
                    self.dropped.next = true;
                    self.state.d.next = FinderState::Idle;
                }
            }
            FinderState::ScanWait => {
                self.base.d.next = self.minimum.page.val();
                self.masks.d.next = false;
                self.asked.d.next = 0.into();
                self.answered.d.next = 0.into();
                if self.elapsed.val() {
                    self.from_start.d.next = false;
                    self.state.d.next = FinderState::Choose;
                    if self.minimum.found.val() {
                        self.state.d.next = FinderState::Look;
                    } else {
                        if self.on_grid.q.val() & self.both_classes.val() {
                            self.on_grid.d.next = false;
                            self.state.d.next = FinderState::Class;
                        }
                    }
                }
            }
            FinderState::Bits => {
                if self.elapsed.val() {
                    self.timer.d.next = 3.into();
                    self.state.d.next = FinderState::Price;
                }
            }
            FinderState::Price => {
                if self.elapsed.val() {
                    self.state.d.next = FinderState::Choose;
                    if self.on_grid.q.val() {
                        self.grid_valid.d.next = true;
                        self.grid_place.d.next = self.place.q.val();
                        self.grid_rest.d.next = self.rest.q.val();
                        self.grid_key.d.next = self.grid_price.val();
                        if self.is_bid.val() {
                            self.grid_key.d.next = !self.grid_price.val();
                        }
                        if self.both_classes.val() {
                            self.on_grid.d.next = false;
                            self.state.d.next = FinderState::Class;
                        }
                    } else {
                        self.raw_valid.d.next = true;
                        self.raw_place.d.next = self.place.q.val();
                    }
                }
            }
            FinderState::Choose => {
                self.chosen_on.d.next =
                    self.grid_valid.q.val() & (self.grid_better.val() | !self.raw_valid.q.val());
                self.chosen_place.d.next = self.raw_place.q.val();
                self.chosen_key.d.next = self.raw_place.q.val();
                if self.grid_valid.q.val() & (self.grid_better.val() | !self.raw_valid.q.val()) {
                    self.chosen_place.d.next = self.grid_place.q.val();
                    self.chosen_key.d.next = self.grid_key.q.val();
                }
                self.state.d.next = FinderState::Fetch;
            }
            FinderState::Fetch => {
                if !self.fetching.q.val() & self.phase.val() {
                    self.found.next = true;
                    self.found_on_grid.next = self.chosen_on.q.val();
                    self.found_off_grid.next = self.raw_valid.q.val() & !self.chosen_on.q.val();
                    self.probe_valid.next = true;
                    self.fetching.d.next = true;
                    self.fetch_key.d.next = self.chosen_key.q.val();
                    self.state.d.next = FinderState::Idle;
                    if !self.grid_valid.q.val() & !self.raw_valid.q.val() {
                        self.probe_valid.next = false;
                        self.fetching.d.next = false;
                        self.fetched.next = true;
                        self.fetched_ends.next = true;
                    }
                }
            }
            _ => {
                self.state.d.next = FinderState::Idle;
            }
        }
        if self.reset.val() {
            self.state.d.next = FinderState::Idle;
            self.fetching.d.next = false;
            self.timer.d.next = 0.into();
        }
    }
}
