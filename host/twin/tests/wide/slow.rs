//! The wide record a second time, from the words of the schema: 128-bit integers, values by name, no care for speed.

use std::collections::BTreeMap;

use contract::record::{EventCode, Level};
use twin::Side;
use twin::features::{SlotParams, TopTen};
use twin::wide::Event;

const HALF_LIVES: [u32; 6] = [2, 4, 7, 9, 11, 13];

/// Values by name.
pub(crate) type Named = BTreeMap<String, i128>;

/// State of one slot.
#[derive(Default)]
pub(crate) struct Slow {
    acc: BTreeMap<String, i128>,
    previous: Option<(i128, TopTen, TopTen)>,
    mid2: Option<i128>,
    anchor: Option<i128>,
    x: i128,
    y: Option<i128>,
    r: Option<i128>,
    u: Option<i128>,
    high: i128,
    low: i128,
    times: BTreeMap<&'static str, i128>,
    distance: BTreeMap<String, i128>,
    session: (i128, i128),
    pub(crate) sides: BTreeMap<usize, (i16, u64)>,
    recip: i128,
    shift: u32,
}

fn sat(x: i128) -> i128 {
    x.clamp(-32_767, 32_767)
}

fn ratio(h: i128, l: i128) -> i128 {
    if h + l == 0 {
        0
    } else {
        sat((h - l) * 32_768 / (h + l))
    }
}

fn lg(v: i128) -> i128 {
    let mut e = 0;
    while v >= 2 << e {
        e += 1;
    }
    256 * e + (256 * v / (1 << e)) % 256
}

fn root(v: i128) -> i128 {
    let (mut low, mut high) = (0, 1 << 40);
    while low + 1 < high {
        let middle = (low + high) / 2;
        if middle * middle <= v {
            low = middle
        } else {
            high = middle
        }
    }
    low
}

/// An ask of quantity 0 has price 2^32 - 1.
fn ask_px(level: Level) -> i128 {
    if level.sz == 0 {
        0xffff_ffff
    } else {
        level.px.into()
    }
}

impl Slow {
    pub(crate) fn new(params: SlotParams) -> Self {
        Self {
            recip: params.grid_recip.into(),
            shift: params.qty_shift & 31,
            ..Self::default()
        }
    }

    fn sticks(&self, a: i128, b: i128) -> i128 {
        let size = (((a - b).abs() * self.recip) >> 31).min(32_767);
        if a < b { -size } else { size }
    }

    fn ema(&mut self, name: &str, x: i128, k: u32) -> i128 {
        let acc = self.acc.entry(format!("{name} {k}")).or_default();
        *acc += ((x << 16) - *acc) / (1 << k);
        *acc
    }

    fn held(&self, name: &str, k: u32) -> i128 {
        self.acc.get(&format!("{name} {k}")).copied().unwrap_or(0)
    }

    fn all(&mut self, name: &str, x: i128) {
        for k in HALF_LIVES {
            self.ema(name, x, k);
        }
    }

    /// Every value after the event.
    pub(crate) fn update(
        &mut self,
        event: &Event,
        bids: &TopTen,
        asks: &TopTen,
        core: &BTreeMap<&str, i128>,
    ) -> Named {
        let mut out = Named::new();
        let ts = i128::from(event.event.ts_ns);
        self.ages(ts, &mut out);
        self.flow(event, bids, asks, &mut out);
        if event.event.trade {
            self.trade(event, ts);
        }
        if event.event.changed {
            self.book(event, ts, bids, asks, core);
        }
        shape(self, bids, asks, &mut out);
        self.averages(&mut out);
        self.tracks(&mut out);
        self.variants(bids, asks, core, &mut out);
        for i in 0..8 {
            let side = self.sides.get(&i);
            out.insert(format!("side_{i}"), side.map_or(0, |s| s.0.into()));
            let age = side.map_or(2_047, |s| lg((ts - i128::from(s.1)).max(0) + 1) / 8);
            out.insert(format!("side_age_{i}"), age);
        }
        out
    }

    fn ages(&self, ts: i128, out: &mut Named) {
        for name in [
            "add", "execute", "cancel", "delete", "replace", "trade", "bid_move", "ask_move", "mid_move",
        ] {
            let age = self.times.get(name).map_or(32_767, |t| lg((ts - t).max(0) + 1));
            out.insert(format!("since_{name}"), age);
        }
    }

    fn flow(&self, event: &Event, bids: &TopTen, asks: &TopTen, out: &mut Named) {
        let mut sum = 0;
        for m in 0..10 {
            let mut e = 0;
            if let Some((_, b, a)) = self.previous.as_ref().filter(|_| event.event.changed) {
                let size = |l: Level| i128::from(l.sz);
                if bids[m].px >= b[m].px {
                    e += size(bids[m]);
                }
                if bids[m].px <= b[m].px {
                    e -= size(b[m]);
                }
                if ask_px(asks[m]) <= ask_px(a[m]) {
                    e -= size(asks[m]);
                }
                if ask_px(asks[m]) >= ask_px(a[m]) {
                    e += size(a[m]);
                }
            }
            sum += e;
            if m > 0 {
                out.insert(format!("ofi_l{}", m + 1), sat(e / (1 << self.shift)));
            }
        }
        out.insert("ofi_sum_10".into(), sat(sum / (1 << self.shift)));
    }

    fn trade(&mut self, event: &Event, ts: i128) {
        let q = (i128::from(event.event.trade_qty) >> self.shift).min(32_767);
        let sign = if event.event.side == Side::Ask { 1 } else { -1 };
        self.all("trade", sign * q);
        self.times.insert("trade", ts);
        let Some(anchor) = self.anchor else { return };
        let y = self.sticks(2 * i128::from(event.trade_px), anchor);
        self.position("trade", y);
        for k in [5, 8] {
            self.ema("num", y * q, k);
            self.ema("den", q, k);
            self.ema("effective", (2 * (y - self.x).abs()).min(32_767), k);
        }
        if self.session.1 + q < 1 << 40 {
            self.session = (self.session.0 + y * q, self.session.1 + q);
        }
        if let Some(before) = self.y.replace(y) {
            let u = sat(y - before);
            for k in [5, 8] {
                self.ema("var_trade", sat(16 * u * u), k);
            }
            if let Some(before) = self.u.replace(u) {
                self.ema("roll", sat(16 * u * before), 7);
            }
            self.strength("trade", u);
        }
    }

    fn position(&mut self, of: &str, x: i128) {
        let f = self.ema(&format!("{of} f"), x, 6);
        let s = self.ema(&format!("{of} s"), x, 7);
        self.ema(&format!("{of} g"), sat((f - s) / 256), 5);
        for k in [5, 8] {
            let name = format!("{of} mean");
            let d = sat(16 * x - self.held(&name, k) / 4_096);
            self.ema(&name, x, k);
            self.ema(&format!("{of} var"), d * d, k);
            self.distance.insert(format!("{of} {k}"), d);
        }
    }

    fn strength(&mut self, of: &str, r: i128) {
        if r != 0 {
            for k in [4, 7] {
                self.ema(&format!("{of} up"), (128 * r.max(0)).min(32_767), k);
                self.ema(&format!("{of} down"), (128 * (-r).max(0)).min(32_767), k);
            }
        }
    }

    fn book(&mut self, event: &Event, ts: i128, bids: &TopTen, asks: &TopTen, core: &BTreeMap<&str, i128>) {
        for name in ["obi_1", "obi_5", "obi_10"] {
            self.all(name, core[name]);
        }
        let (age, cancel) = match event.event.code {
            EventCode::Add | EventCode::AddMpid => ("add", 0),
            EventCode::Execute | EventCode::ExecutePrice => ("execute", 0),
            EventCode::Cancel => ("cancel", 32_767),
            EventCode::Delete => ("delete", 32_767),
            EventCode::Replace => ("replace", 16_384),
            EventCode::Trade | EventCode::Cross => unreachable!("no book event"),
        };
        self.all("cancel", cancel);
        self.times.insert(age, ts);
        if let Some((then, b, a)) = self.previous {
            self.all("ofi_1", core["ofi_1"]);
            self.all("ofi_5", core["ofi_5"]);
            self.all("log_dt", lg((ts - then).max(0) + 1));
            if bids[0].px != b[0].px {
                self.times.insert("bid_move", ts);
            }
            if ask_px(asks[0]) != ask_px(a[0]) {
                self.times.insert("ask_move", ts);
            }
        }
        if bids[0].sz > 0 && asks[0].sz > 0 {
            self.mid(ts, i128::from(bids[0].px) + i128::from(asks[0].px), core);
        }
        self.previous = Some((ts, *bids, *asks));
    }

    fn mid(&mut self, ts: i128, mid2: i128, core: &BTreeMap<&str, i128>) {
        self.all("micro", core["micro_minus_mid"]);
        self.all("spread", core["spread"]);
        self.ema("spread_excess", core["spread"], 7);
        self.anchor = self.anchor.or(Some(mid2));
        self.x = self.sticks(mid2, self.anchor.unwrap_or(0));
        self.position("mid", self.x);
        (self.high, self.low) = (self.high.max(self.x), self.low.min(self.x));
        let Some(before) = self.mid2.replace(mid2) else {
            return;
        };
        let r = self.sticks(mid2, before);
        self.all("return", sat(128 * r));
        let square = (16 * r * r).min(32_767);
        self.all("square", square);
        self.ema("var_up", if r > 0 { square } else { 0 }, 7);
        self.ema("var_down", if r < 0 { square } else { 0 }, 7);
        if let Some(before) = self.r.replace(r) {
            self.ema("bipower", (16 * r.abs() * before.abs()).min(32_767), 7);
        }
        self.strength("mid", r);
        if mid2 != before {
            self.times.insert("mid_move", ts);
        }
    }

    fn averages(&self, out: &mut Named) {
        // Shift from accumulator to value: below half-life 7, from 7 on, from 11 on.
        for (name, shifts) in [
            ("obi_1", [16, 16, 16]),
            ("obi_5", [16, 16, 16]),
            ("obi_10", [16, 16, 16]),
            ("micro", [16, 16, 16]),
            ("spread", [12, 12, 12]),
            ("ofi_1", [16, 12, 12]),
            ("ofi_5", [16, 12, 12]),
            ("trade", [16, 12, 12]),
            ("return", [16, 13, 11]),
            ("square", [12, 12, 12]),
            ("log_dt", [16, 16, 16]),
            ("cancel", [16, 16, 16]),
        ] {
            for k in HALF_LIVES {
                let shift = shifts[usize::from(k >= 7) + usize::from(k >= 11)];
                out.insert(format!("ema_{name}_{k}"), sat(self.held(name, k) / (1 << shift)));
            }
        }
    }

    fn tracks(&self, out: &mut Named) {
        for of in ["mid", "trade"] {
            for (pace, k) in [("fast", 4), ("slow", 7)] {
                let value = ratio(
                    self.held(&format!("{of} up"), k),
                    self.held(&format!("{of} down"), k),
                );
                out.insert(format!("rsi_{of}_{pace}"), value);
            }
            let apart = self.held(&format!("{of} f"), 6) - self.held(&format!("{of} s"), 7);
            let signal = sat(self.held(&format!("{of} g"), 5) / 65_536);
            out.insert(format!("macd_{of}"), sat(apart / 256));
            out.insert(format!("macd_signal_{of}"), signal);
            out.insert(format!("macd_hist_{of}"), sat(sat(apart / 256) - signal));
            for (pace, k) in [("fast", 5), ("slow", 8)] {
                let deviation = root(self.held(&format!("{of} var"), k) / 256);
                let distance = self.distance.get(&format!("{of} {k}")).copied().unwrap_or(0);
                let value = if deviation == 0 {
                    0
                } else {
                    sat(4_096 * distance / deviation)
                };
                out.insert(format!("boll_{of}_{pace}"), value);
            }
        }
    }

    fn variants(&self, bids: &TopTen, asks: &TopTen, core: &BTreeMap<&str, i128>, out: &mut Named) {
        let mut put = |name: &str, value: i128| out.extend([(name.to_owned(), sat(value))]);
        for (pace, k) in [("fast", 5), ("slow", 8)] {
            let (num, den) = (self.held("num", k), self.held("den", k));
            put(
                &format!("vwap_{pace}"),
                if den > 0 {
                    16 * (self.x * den - num) / den
                } else {
                    0
                },
            );
            put(&format!("var_trade_{pace}"), self.held("var_trade", k) / 4_096);
            put(&format!("effective_{pace}"), self.held("effective", k) / 256);
        }
        let (num, den) = self.session;
        put(
            "vwap_session",
            if den > 0 {
                16 * (self.x * den - num) / den
            } else {
                0
            },
        );
        for name in ["var_up", "var_down", "bipower"] {
            put(name, self.held(name, 7) / 4_096);
        }
        put("roll_cov", self.held("roll", 7) / 4_096);
        put("high_dist", self.high - self.x);
        put("low_dist", self.x - self.low);
        let (bid, ask) = (i128::from(bids[0].px), i128::from(asks[0].px));
        if bids[0].sz == 0 || asks[0].sz == 0 {
            put("spread_excess", 0);
            put("spread_rel", 32_767);
        } else {
            put(
                "spread_excess",
                16 * core["spread"] - self.held("spread_excess", 7) / 4_096,
            );
            put(
                "spread_rel",
                if bid + ask == 0 {
                    0
                } else {
                    (ask - bid) * (1 << 21) / (ask + bid)
                },
            );
        }
    }
}

fn shape(slow: &Slow, bids: &TopTen, asks: &TopTen, out: &mut Named) {
    let two_sided = bids[0].sz > 0 && asks[0].sz > 0;
    let mid2 = i128::from(bids[0].px) + i128::from(asks[0].px);
    let sum = |side: &TopTen, depth: usize| side[..depth].iter().map(|l| i128::from(l.sz)).sum::<i128>();
    for m in 1..=10 {
        let (bid, ask) = (bids[m - 1], asks[m - 1]);
        let px = |there: bool, value: i128| if two_sided && there { value } else { 32_767 };
        out.insert(
            format!("bid_px_{m}"),
            px(bid.sz > 0, slow.sticks(mid2, 2 * i128::from(bid.px))),
        );
        out.insert(
            format!("ask_px_{m}"),
            px(ask.sz > 0, slow.sticks(2 * i128::from(ask.px), mid2)),
        );
        out.insert(format!("bid_sz_{m}"), lg(i128::from(bid.sz) + 1));
        out.insert(format!("ask_sz_{m}"), lg(i128::from(ask.sz) + 1));
        if m >= 2 {
            out.insert(format!("imb_{m}"), ratio(bid.sz.into(), ask.sz.into()));
        }
        if [2, 4, 6, 7, 8, 9].contains(&m) {
            out.insert(format!("obi_{m}"), ratio(sum(bids, m), sum(asks, m)));
        }
    }
    out.insert("depth_total".into(), lg(sum(bids, 10) + sum(asks, 10) + 1));
}
