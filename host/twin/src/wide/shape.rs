//! Values of the book's shape, which hold nothing, and order flow between two books.

use contract::config::BOOK_LEVELS;
use contract::wide::{NONE, VALUES, index};

use super::{Book, two_sided};
use crate::features::{TopTen, log2_fixed, priced_ask, ratio, saturate, saturate_unsigned, signed_ticks};

const LEVELS: usize = BOOK_LEVELS as usize;

/// Everything of the book after the event.
pub(super) fn write(recip: u32, book: Book<'_>, out: &mut [i16; VALUES]) {
    write_prices(recip, book, out);
    write_sizes(book, out);
    out[const { index("spread_rel") }] = relative_spread(book);
}

fn write_prices(recip: u32, (bids, asks): Book<'_>, out: &mut [i16; VALUES]) {
    const BID: usize = index("bid_px_1");
    const ASK: usize = index("ask_px_1");
    if !two_sided((bids, asks)) {
        out[BID..BID + LEVELS].fill(NONE);
        out[ASK..ASK + LEVELS].fill(NONE);
        return;
    }
    let mid2 = u64::from(bids[0].px) + u64::from(asks[0].px);
    for (i, (bid, ask)) in bids.iter().zip(asks).enumerate() {
        let below = signed_ticks(mid2, 2 * u64::from(bid.px), recip);
        let above = signed_ticks(2 * u64::from(ask.px), mid2, recip);
        out[BID + i] = if bid.sz > 0 { below } else { NONE };
        out[ASK + i] = if ask.sz > 0 { above } else { NONE };
    }
}

fn write_sizes((bids, asks): Book<'_>, out: &mut [i16; VALUES]) {
    const BID: usize = index("bid_sz_1");
    const ASK: usize = index("ask_sz_1");
    const LEVEL: usize = index("imb_2");
    const DEPTH: [usize; 6] = [2, 4, 6, 7, 8, 9];
    const CUMULATIVE: usize = index("obi_2");
    let (mut sums, mut next) = ([0; 2], 0);
    for (i, (bid, ask)) in bids.iter().zip(asks).enumerate() {
        let (b, a) = (u64::from(bid.sz), u64::from(ask.sz));
        sums = [sums[0] + b, sums[1] + a];
        out[BID + i] = log2_fixed(b + 1);
        out[ASK + i] = log2_fixed(a + 1);
        if i > 0 {
            out[LEVEL + i - 1] = ratio(b, a);
        }
        if DEPTH.get(next) == Some(&(i + 1)) {
            out[CUMULATIVE + next] = ratio(sums[0], sums[1]);
            next += 1;
        }
    }
    out[const { index("depth_total") }] = log2_fixed(sums[0] + sums[1] + 1);
}

/// The spread as a part of the mid, Q20.
fn relative_spread((bids, asks): Book<'_>) -> i16 {
    if !two_sided((bids, asks)) {
        return NONE;
    }
    let (bid, ask) = (u64::from(bids[0].px), u64::from(asks[0].px));
    if bid + ask == 0 {
        return 0;
    }
    let size = saturate_unsigned((bid.abs_diff(ask) << 21) / (bid + ask));
    if ask < bid { -size } else { size }
}

/// Order flow level by level since the book `before`, whose empty asks lie above every price.
pub(super) fn write_flow(
    before: Option<(&TopTen, &TopTen)>,
    shift: u32,
    book: Book<'_>,
    out: &mut [i16; VALUES],
) {
    const LEVEL: usize = index("ofi_l2");
    const SUM: usize = index("ofi_sum_10");
    let Some((bids, asks)) = before else {
        out[LEVEL..LEVEL + LEVELS - 1].fill(0);
        out[SUM] = 0;
        return;
    };
    let mut sum = 0;
    for i in 0..LEVELS {
        let (bid, ask) = (book.0[i], priced_ask(book.1[i]));
        // A comparison as a factor: a branch would be guessed wrong too often.
        let flow = i64::from(bid.sz) * i64::from(bid.px >= bids[i].px)
            - i64::from(bids[i].sz) * i64::from(bid.px <= bids[i].px)
            - i64::from(ask.sz) * i64::from(ask.px <= asks[i].px)
            + i64::from(asks[i].sz) * i64::from(ask.px >= asks[i].px);
        sum += flow;
        if i > 0 {
            out[LEVEL + i - 1] = saturate(toward_zero(flow, shift));
        }
    }
    out[SUM] = saturate(toward_zero(sum, shift));
}

/// `trunc(x / 2^shift)`.
fn toward_zero(x: i64, shift: u32) -> i64 {
    (x + ((x >> 63) & ((1 << shift) - 1))) >> shift
}
