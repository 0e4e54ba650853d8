//! The schema itself: every value of the wide record, in groups, in record order.
//!
//! To add a value, write it into its group here, raise [`super::VALUES`] or take another out, and teach
//! `host/twin/src/wide/` its golden; `docs/features.md` shows one worked through.

use super::{Ema, Fabric, Group, WideFeature};
use crate::feature::Feature;
use Fabric::{Divider, Host, Log, Logic, Multiplier, Root};

const BOOK: &str = "nothing held: the book after the event";
const ON_BOOK: &str = "A F E C X D U that changed the book";
const ON_TRADE: &str = "E, C printable Y, P";

const fn w(
    name: &'static str,
    (fraction, unit): (u32, &'static str),
    fabric: Fabric,
    on: &'static str,
    formula: &'static str,
    source: &'static str,
) -> WideFeature {
    WideFeature {
        feature: Feature {
            name,
            fraction,
            unit,
            formula,
            source,
        },
        bits: 16,
        fabric,
        on,
    }
}

/// One value a level (or depth) `m`.
macro_rules! family {
    ($id:ident, $prefix:literal [$($m:literal)*], $scale:expr, $fabric:expr, $on:expr, $formula:literal, $source:expr) => {
        const $id: &[WideFeature] =
            &[$(w(concat!($prefix, $m), $scale, $fabric, $on, concat!($formula, "; m = ", $m), $source)),*];
    };
}

/// A signal, averaged at each of [`super::EMA_SHIFTS`]: input fraction, then `k` and the shift of its value.
macro_rules! ema {
    ($id:ident, $name:literal, $unit:literal, $input:literal, [$($k:literal $s:literal),*], $on:expr, $x:literal, $of:literal) => {
        const $id: (Ema, &[WideFeature]) = (
            Ema { name: $name, input_fraction: $input, out_shifts: [$($s),*] },
            &[$(w(
                concat!("ema_", $name, "_", $k),
                ($input + 16 - $s, $unit),
                Logic,
                $on,
                concat!("x = ", $x, "; acc = ema(acc, x, ", $k, "); value sat(trunc(acc / 2^", $s, "))"),
                concat!("J.P. Morgan/Reuters (1996), RiskMetrics Technical Document, exponential weighting; of ", $of),
            )),*],
        );
    };
}

const GOULD: &str =
    "Gould, Porter, Williams, McDonald, Fenn, Howison (2013), Limit Order Books: relative price";
const SIZES: &str = "Bouchaud, Mezard, Potters (2002), Statistical Properties of Stock Order Books: volumes span decades, hence log2";
const OBI: &str = "Cartea, Donnelly, Jaimungal (2018), Enhancing Trading Strategies with Order Book Signals, eq. 1, of other levels";
const MLOFI: &str =
    "Xu, Gould, Howison (2018), Multi-Level Order-Flow Imbalance, eq. 5: one level of the vector";

family!(BID_PX, "bid_px_" [1 2 3 4 5 6 7 8 9 10], (1, "ticks"), Multiplier, BOOK,
    "two-sided and bs[m] > 0: sticks(mid2, 2*bp[m]); else 32767", GOULD);
family!(ASK_PX, "ask_px_" [1 2 3 4 5 6 7 8 9 10], (1, "ticks"), Multiplier, BOOK,
    "two-sided and as[m] > 0: sticks(2*ap[m], mid2); else 32767", GOULD);
family!(BID_SZ, "bid_sz_" [1 2 3 4 5 6 7 8 9 10], (8, "log2 shares"), Log, BOOK, "lg(bs[m]+1)", SIZES);
family!(ASK_SZ, "ask_sz_" [1 2 3 4 5 6 7 8 9 10], (8, "log2 shares"), Log, BOOK, "lg(as[m]+1)", SIZES);
family!(IMB, "imb_" [2 3 4 5 6 7 8 9 10], (15, "1"), Divider, BOOK, "ratio(bs[m], as[m])", OBI);
family!(CUM, "obi_" [2 4 6 7 8 9], (15, "1"), Divider, BOOK, "ratio(B[m], A[m])", OBI);
family!(OFI, "ofi_l" [2 3 4 5 6 7 8 9 10], (0, "shares >> QTY_SHIFT"), Logic, ON_BOOK,
    "prev valid: sat(trunc(e[m] / 2^QTY_SHIFT)), e as in ofi_1; no book event or prev invalid: 0", MLOFI);
const DEPTH: &[WideFeature] = &[
    w(
        "ofi_sum_10",
        (0, "shares >> QTY_SHIFT"),
        Logic,
        ON_BOOK,
        "prev valid: sat(trunc((e[1]+..+e[10]) / 2^QTY_SHIFT)); no book event or prev invalid: 0",
        "Xu, Gould, Howison (2018), eq. 5, summed over 10 levels",
    ),
    w(
        "depth_total",
        (8, "log2 shares"),
        Log,
        BOOK,
        "lg(B[10]+A[10]+1)",
        "Cao, Hansch, Wang (2009), The Information Content of an Open Limit-Order Book: displayed depth",
    ),
];

ema!(OBI_1, "obi_1", "1", 15, [2 16, 4 16, 7 16, 9 16, 11 16, 13 16], ON_BOOK, "core obi_1", "OBI: Cartea, Donnelly, Jaimungal (2018), eq. 1");
ema!(OBI_5, "obi_5", "1", 15, [2 16, 4 16, 7 16, 9 16, 11 16, 13 16], ON_BOOK, "core obi_5", "OBI: Cartea, Donnelly, Jaimungal (2018), eq. 1");
ema!(OBI_10, "obi_10", "1", 15, [2 16, 4 16, 7 16, 9 16, 11 16, 13 16], ON_BOOK, "core obi_10", "OBI: Cartea, Donnelly, Jaimungal (2018), eq. 1");
ema!(MICRO, "micro", "ticks", 8, [2 16, 4 16, 7 16, 9 16, 11 16, 13 16],
    "A F E C X D U that changed the book and left it two-sided", "core micro_minus_mid", "micro - mid: Stoikov (2018), eq. 2");
ema!(SPREAD, "spread", "ticks", 0, [2 12, 4 12, 7 12, 9 12, 11 12, 13 12],
    "A F E C X D U that changed the book and left it two-sided", "core spread", "the spread: Hasbrouck (2007), ch. 2");
ema!(OFI_1, "ofi_1", "shares >> QTY_SHIFT", 0, [2 16, 4 16, 7 12, 9 12, 11 12, 13 12],
    "book events with a previous one", "core ofi_1", "OFI: Cont, Kukanov, Stoikov (2014), eq. 2-4");
ema!(OFI_5, "ofi_5", "shares >> QTY_SHIFT", 0, [2 16, 4 16, 7 12, 9 12, 11 12, 13 12],
    "book events with a previous one", "core ofi_5", "multi-level OFI: Xu, Gould, Howison (2018), eq. 5");
ema!(TRADE, "trade", "shares >> QTY_SHIFT", 0, [2 16, 4 16, 7 12, 9 12, 11 12, 13 12],
    ON_TRADE, "the x of core trade_ema_fast", "trade imbalance: Cont, Kukanov, Stoikov (2014), eq. 9");
ema!(RETURN, "return", "half ticks", 7, [2 16, 4 16, 7 13, 9 13, 11 11, 13 11],
    "two-sided book events with a previous mid", "sat(r*128)", "mid returns: Hasbrouck (2007), ch. 3");
ema!(SQUARE, "square", "half ticks^2", 4, [2 12, 4 12, 7 12, 9 12, 11 12, 13 12],
    "two-sided book events with a previous mid", "min(16*r*r, 32767)", "realised variance: Andersen, Bollerslev, Diebold, Labys (2003)");
ema!(LOG_DT, "log_dt", "log2 ns", 8, [2 16, 4 16, 7 16, 9 16, 11 16, 13 16],
    "book events with a previous one", "lg(dt+1), dt = ts >= ts' ? ts-ts' : 0", "durations: Hautsch (2012), ch. 4");
ema!(CANCEL, "cancel", "1", 15, [2 16, 4 16, 7 16, 9 16, 11 16, 13 16], ON_BOOK,
    "the x of core cancel_ema: a U counts once, half", "fleeting orders: Hasbrouck, Saar (2009), sec. 3");
const AVERAGES: [(Ema, &[WideFeature]); super::EMA_COUNT] = [
    OBI_1, OBI_5, OBI_10, MICRO, SPREAD, OFI_1, OFI_5, TRADE, RETURN, SQUARE, LOG_DT, CANCEL,
];

/// The averaged signals, in record order.
pub const EMAS: [Ema; super::EMA_COUNT] = {
    let mut all = [OBI_1.0; super::EMA_COUNT];
    let mut i = 0;
    while i < all.len() {
        all[i] = AVERAGES[i].0;
        i += 1;
    }
    all
};

const WILDER: &str =
    "Wilder (1978), New Concepts in Technical Trading Systems: relative strength index, as RSI/50 - 1";
const APPEL: &str =
    "Appel (2005), Technical Analysis: Power Tools for Active Investors: MACD, periods 127, 255, 63 events";
const BANDS: &str = "Bollinger (2001), Bollinger on Bollinger Bands: distance from the middle in deviations; \
    exponential moments by Finch (2009), Incremental Calculation of Weighted Mean and Variance";
const VWAP: &str = "Berkowitz, Logue, Noser (1988), The Total Cost of Transactions on the NYSE: VWAP";
const MID: &str = "two-sided book events";
const MOVED: &str = "two-sided book events whose mid differs from the previous one (r != 0)";
const PRICED: &str = "E, C printable Y, P, once the slot has an anchor";
const INDICATORS: &[WideFeature] = &[
    w(
        "rsi_mid_fast",
        (15, "RSI/50 - 1"),
        Divider,
        MOVED,
        "up = ema(up, min(128*max(r,0), 32767), 4), dn = ema(dn, min(128*max(-r,0), 32767), 4); value ratio(up, dn)",
        WILDER,
    ),
    w(
        "rsi_mid_slow",
        (15, "RSI/50 - 1"),
        Divider,
        MOVED,
        "as rsi_mid_fast with k = 7",
        WILDER,
    ),
    w(
        "rsi_trade_fast",
        (15, "RSI/50 - 1"),
        Divider,
        "priced trades with a previous one and u != 0",
        "as rsi_mid_fast of u",
        WILDER,
    ),
    w(
        "rsi_trade_slow",
        (15, "RSI/50 - 1"),
        Divider,
        "priced trades with a previous one and u != 0",
        "as rsi_trade_fast with k = 7",
        WILDER,
    ),
    w(
        "macd_mid",
        (8, "half ticks"),
        Logic,
        MID,
        "f = ema(f, x, 6), s = ema(s, x, 7); value m = sat(trunc((f-s) / 2^8))",
        APPEL,
    ),
    w(
        "macd_signal_mid",
        (8, "half ticks"),
        Logic,
        MID,
        "g = ema(g, macd_mid, 5); value sat(trunc(g / 2^16))",
        APPEL,
    ),
    w(
        "macd_hist_mid",
        (8, "half ticks"),
        Logic,
        MID,
        "sat(macd_mid - macd_signal_mid)",
        APPEL,
    ),
    w(
        "macd_trade",
        (8, "half ticks"),
        Logic,
        PRICED,
        "as macd_mid of y",
        APPEL,
    ),
    w(
        "macd_signal_trade",
        (8, "half ticks"),
        Logic,
        PRICED,
        "as macd_signal_mid of macd_trade",
        APPEL,
    ),
    w(
        "macd_hist_trade",
        (8, "half ticks"),
        Logic,
        PRICED,
        "sat(macd_trade - macd_signal_trade)",
        APPEL,
    ),
    w(
        "boll_mid_fast",
        (8, "deviations"),
        Root,
        MID,
        "d = sat((x << 4) - trunc(mean / 2^12)), mean = ema(mean, x, 5), var = ema48(var, d*d, 5); dev = isqrt(var >> 8); \
         value dev > 0 ? sat(trunc(d*2^12 / dev)) : 0",
        BANDS,
    ),
    w(
        "boll_mid_slow",
        (8, "deviations"),
        Root,
        MID,
        "as boll_mid_fast with k = 8",
        BANDS,
    ),
    w(
        "boll_trade_fast",
        (8, "deviations"),
        Root,
        PRICED,
        "as boll_mid_fast of y",
        BANDS,
    ),
    w(
        "boll_trade_slow",
        (8, "deviations"),
        Root,
        PRICED,
        "as boll_trade_fast with k = 8",
        BANDS,
    ),
    w(
        "vwap_fast",
        (4, "half ticks"),
        Divider,
        PRICED,
        "num = ema48(num, y*q, 5), den = ema(den, q, 5), q = min(qty >> QTY_SHIFT, 32767); \
         value den > 0 ? sat(trunc(16*(x*den - num) / den)) : 0",
        VWAP,
    ),
    w(
        "vwap_slow",
        (4, "half ticks"),
        Divider,
        PRICED,
        "as vwap_fast with k = 8",
        VWAP,
    ),
    w(
        "vwap_session",
        (4, "half ticks"),
        Divider,
        PRICED,
        "den + q < 2^40: num += y*q, den += q, else both stay; value as vwap_fast",
        VWAP,
    ),
];

const HF: &str = "Hasbrouck (2007), Empirical Market Microstructure, ch. 2";
const SEMI: &str =
    "Barndorff-Nielsen, Kinnebrock, Shephard (2010), Measuring Downside Risk: realised semivariance";
const SQUARES: &str = "Andersen, Bollerslev, Diebold, Labys (2003), realised variance, of trade prices";
const VARIANTS: &[WideFeature] = &[
    w(
        "spread_excess",
        (4, "ticks"),
        Logic,
        MID,
        "acc = ema(acc, core spread, 7); value two-sided: sat((spread << 4) - trunc(acc / 2^12)); else 0",
        HF,
    ),
    w(
        "spread_rel",
        (20, "of the mid"),
        Divider,
        BOOK,
        "two-sided: h = max(bp[1],ap[1]), l = min(bp[1],ap[1]): h+l > 0 ? sat(sign(ap[1]-bp[1]) * floor((h-l)*2^21 / (h+l))) : 0; else 32767",
        HF,
    ),
    w(
        "var_up",
        (8, "half ticks^2"),
        Logic,
        "two-sided book events with a previous mid",
        "acc = ema(acc, r > 0 ? min(16*r*r, 32767) : 0, 7); value sat(trunc(acc / 2^12))",
        SEMI,
    ),
    w(
        "var_down",
        (8, "half ticks^2"),
        Logic,
        "two-sided book events with a previous mid",
        "acc = ema(acc, r < 0 ? min(16*r*r, 32767) : 0, 7); value sat(trunc(acc / 2^12))",
        SEMI,
    ),
    w(
        "bipower",
        (8, "half ticks^2"),
        Multiplier,
        "two-sided book events with a return r and the one before, r'",
        "acc = ema(acc, min(16*|r|*|r'|, 32767), 7); value sat(trunc(acc / 2^12))",
        "Barndorff-Nielsen, Shephard (2004), Power and Bipower Variation, without the factor pi/2",
    ),
    w(
        "var_trade_fast",
        (8, "half ticks^2"),
        Multiplier,
        "priced trades with a previous one",
        "acc = ema(acc, min(16*u*u, 32767), 5); value sat(trunc(acc / 2^12))",
        SQUARES,
    ),
    w(
        "var_trade_slow",
        (8, "half ticks^2"),
        Multiplier,
        "priced trades with a previous one",
        "as var_trade_fast with k = 8",
        SQUARES,
    ),
    w(
        "roll_cov",
        (8, "half ticks^2"),
        Multiplier,
        "priced trades with a u and the one before, u'",
        "acc = ema(acc, sat(16*u*u'), 7); value sat(trunc(acc / 2^12))",
        "Roll (1984), A Simple Implicit Measure of the Effective Bid-Ask Spread: spread = 2 sqrt(-cov)",
    ),
    w(
        "high_dist",
        (1, "ticks"),
        Logic,
        MID,
        "high = max(high, x); value sat(high - x)",
        "Parkinson (1980), The Extreme Value Method for Estimating the Variance of the Rate of Return: extremes",
    ),
    w(
        "low_dist",
        (1, "ticks"),
        Logic,
        MID,
        "low = min(low, x); value sat(x - low)",
        "as high_dist",
    ),
    w(
        "effective_fast",
        (8, "half ticks"),
        Logic,
        PRICED,
        "acc = ema(acc, min(2*|y-x|, 32767), 5), x of the mid before the trade; value sat(trunc(acc / 2^8))",
        "Huang, Stoll (1996), Dealer versus Auction Markets: effective spread",
    ),
    w(
        "effective_slow",
        (8, "half ticks"),
        Logic,
        PRICED,
        "as effective_fast with k = 8",
        "as effective_fast",
    ),
];

const ACD: &str = "Engle, Russell (1998), Autoregressive Conditional Duration: durations of marked events";
const AGES: &[WideFeature] = &[
    w(
        "since_add",
        (8, "log2 ns"),
        Log,
        "A F that changed the book",
        "since(t'), t' the last such event before this one",
        ACD,
    ),
    w(
        "since_execute",
        (8, "log2 ns"),
        Log,
        "E C that changed the book",
        "as since_add",
        ACD,
    ),
    w(
        "since_cancel",
        (8, "log2 ns"),
        Log,
        "X that changed the book",
        "as since_add",
        ACD,
    ),
    w(
        "since_delete",
        (8, "log2 ns"),
        Log,
        "D that changed the book",
        "as since_add",
        ACD,
    ),
    w(
        "since_replace",
        (8, "log2 ns"),
        Log,
        "U that changed the book",
        "as since_add",
        ACD,
    ),
    w("since_trade", (8, "log2 ns"), Log, ON_TRADE, "as since_add", ACD),
    w(
        "since_bid_move",
        (8, "log2 ns"),
        Log,
        "book events with a previous one and bp[1] != bp'[1]",
        "as since_add",
        ACD,
    ),
    w(
        "since_ask_move",
        (8, "log2 ns"),
        Log,
        "book events with a previous one and ap[1] != ap'[1] (no ask: 2^32-1)",
        "as since_add",
        ACD,
    ),
    w(
        "since_mid_move",
        (8, "log2 ns"),
        Log,
        "two-sided book events with mid2 != the previous mid2",
        "as since_add",
        ACD,
    ),
];

const OURS: &str = "no formula: what the host writes";
family!(SIDE, "side_" [0 1 2 3 4 5 6 7], (0, "as the host scales it"), Host, "the host's commit of table side_inputs",
    "the value last written to input m of the slot; 0 before", OURS);
const SIDE_AGE_ONE: &str = "the host's commit of table side_inputs";
const fn age(name: &'static str) -> WideFeature {
    WideFeature {
        bits: 12,
        ..w(
            name,
            (5, "log2 ns"),
            Log,
            SIDE_AGE_ONE,
            "written: lg((ts >= t ? ts-t : 0) + 1) >> 3, t the time written with the value; never: 2047",
            OURS,
        )
    }
}
const SIDE_AGE: &[WideFeature] = &[
    age("side_age_0"),
    age("side_age_1"),
    age("side_age_2"),
    age("side_age_3"),
    age("side_age_4"),
    age("side_age_5"),
    age("side_age_6"),
    age("side_age_7"),
];

const fn group(title: &'static str, features: &'static [WideFeature]) -> Group {
    Group { title, features }
}

/// All values by group, in record order.
pub const GROUPS: &[Group] = &[
    group("Bid prices", BID_PX),
    group("Ask prices", ASK_PX),
    group("Bid sizes", BID_SZ),
    group("Ask sizes", ASK_SZ),
    group("Imbalance of a level", IMB),
    group("Imbalance down to a depth", CUM),
    group("Order flow of a level", OFI),
    group("Depth", DEPTH),
    group("Average of obi_1", OBI_1.1),
    group("Average of obi_5", OBI_5.1),
    group("Average of obi_10", OBI_10.1),
    group("Average of micro_minus_mid", MICRO.1),
    group("Average of spread", SPREAD.1),
    group("Average of ofi_1", OFI_1.1),
    group("Average of ofi_5", OFI_5.1),
    group("Average of signed trades", TRADE.1),
    group("Average of mid returns", RETURN.1),
    group("Average of squared returns", SQUARE.1),
    group("Average of inter-event time", LOG_DT.1),
    group("Average of cancellations", CANCEL.1),
    group("Indicators", INDICATORS),
    group("Spread and variance", VARIANTS),
    group("Time since", AGES),
    group("Side inputs", SIDE),
    group("Ages of the side inputs", SIDE_AGE),
];

/// Core and wide features that are ranked, in record order.
#[rustfmt::skip]
pub const RANKED: [&str; super::RANKS] = [
    "obi_1", "obi_3", "obi_5", "obi_10", "micro_minus_mid", "spread",
    "ofi_1", "ofi_5", "trade_ema_fast", "trade_ema_slow", "return_ema_fast", "return_ema_slow",
    "variance_ema", "log_dt_ema", "depth_slope", "cancel_ema", "imb_2", "imb_3",
    "imb_4", "imb_5", "obi_2", "obi_4", "obi_7", "ofi_sum_10",
    "ofi_l2", "ofi_l3", "ofi_l4", "ofi_l5", "ema_obi_1_4", "ema_obi_1_9",
    "ema_obi_5_4", "ema_obi_5_9", "ema_ofi_1_4", "ema_ofi_1_9", "ema_ofi_5_4", "ema_ofi_5_9",
    "ema_trade_4", "ema_trade_9", "ema_return_4", "ema_return_9", "ema_square_4", "ema_square_9",
    "ema_spread_4", "ema_spread_9", "rsi_mid_fast", "rsi_mid_slow", "macd_mid", "macd_hist_mid",
    "vwap_fast", "vwap_slow", "boll_mid_fast", "boll_mid_slow", "boll_trade_fast", "spread_excess",
    "since_execute", "since_mid_move", "side_0", "side_1", "side_2", "side_3",
    "side_4", "side_5", "side_6", "side_7",
];
