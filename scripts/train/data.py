"""Rows that `tickforge record` wrote, labels, and a split by time.

A row is used when it is neither stale, halted, behind a gap nor degraded, and its label is known. The split is by time over all
symbols and days: 60 % train, 20 % validation, 20 % test. A row whose label looks to or past the next border is left out.
"""
import glob
import os
import re
import sys

import duckdb
import numpy as np

CLASSES = ("down", "flat", "up")
FEATURES = 16
BLOCKING_FLAGS = 0b001111  # stale, gap, halted, degraded
DAY_NS = 24 * 3600 * 10**9
UNITS_NS = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9}


def bad(message):
    """Ends the program: what it was given cannot be used."""
    print(message, file=sys.stderr)
    sys.exit(2)


class Part:
    """Indices of rows."""

    def __init__(self, index):
        self.index = index

    def __len__(self):
        return len(self.index)


class Data:
    """All rows in the order of time within a day and symbol; `train`, `validation` and `test` are parts of them."""

    def __init__(self, folder, horizon, symbol=None, context=1):
        files = sorted(glob.glob(os.path.join(folder, "**", "*.parquet"), recursive=True))
        files = [f for f in files if symbol is None or f"symbol={symbol}{os.sep}" in f]
        if not files:
            bad(f"{folder}: no Parquet file" + (f" of symbol {symbol}" if symbol else ""))
        groups = [read(f, horizon) for f in files]
        self.names = groups[0]["names"]
        self.files = [os.path.relpath(f, folder) for f in files]
        self.horizon = horizon
        joined = lambda key: np.concatenate([g[key] for g in groups])
        self.x, self.time, self.end = joined("x"), joined("time"), joined("end")
        self.mid2, self.buy, self.sell = joined("mid2"), joined("buy"), joined("sell")
        self.half_spread, self.last = joined("half_spread"), joined("last")
        self.y = np.sign(np.nan_to_num(self.mid2)).astype(int) + 1
        # A row needs as many before it in its own group as a model looks back.
        ahead = np.concatenate([np.arange(len(g["time"])) for g in groups])
        usable = joined("clean") & ~np.isnan(self.mid2) & (ahead >= context - 1)
        self.split(usable)

    def split(self, usable):
        times = np.sort(self.time[usable])
        if len(times) < 1000:
            bad(f"{len(times)} usable rows; at least 1000 are needed")
        a, b = times[int(len(times) * 0.6)], times[int(len(times) * 0.8)]
        of = lambda keep: Part(np.flatnonzero(usable & keep))
        self.train = of(self.end < a)
        self.validation = of((self.time >= a) & (self.end < b))
        self.test = of(self.time >= b)
        for name in ("train", "validation"):
            if len(getattr(self, name)) == 0:
                bad(f"no row is left for {name}: the horizon {self.horizon} is longer than it")

    def shuffle(self, seed):
        """Gives each row the features of another: nothing can be learned then."""
        self.x = self.x[np.random.default_rng(seed).permutation(len(self.x))]


def read(path, horizon):
    """One day of one symbol."""
    table = duckdb.sql(f"select * from read_parquet('{path}', hive_partitioning = false) order by seq")
    columns, rows = table.columns, table.fetchnumpy()
    if f"mid2_{horizon}" not in columns:
        known = [c[5:] for c in columns if c.startswith("mid2_")]
        bad(f"{path}: no horizon {horizon}; it has {', '.join(known)}")
    start, stop = columns.index("ask_sz") + 1, next(i for i, c in enumerate(columns) if c.startswith("mid2_"))
    names = columns[start:stop]
    if len(names) != FEATURES:
        bad(f"{path}: {len(names)} feature columns, expected {FEATURES}")
    real = lambda name: np.ma.filled(np.ma.asarray(rows[name], dtype=np.float64), np.nan)
    plain = lambda name: np.ma.filled(rows[name], 0).astype(np.int64)
    two_sided = (plain("bid_sz") > 0) & (plain("ask_sz") > 0)
    mid = plain("bid_px") + plain("ask_px")
    ts = plain("ts_ns") + day(path) * DAY_NS
    return {
        "names": names,
        "x": np.stack([plain(n) for n in names], axis=1).astype(np.float64),
        "time": ts,
        "end": ends(ts, horizon),
        "clean": ((plain("flags") & BLOCKING_FLAGS) == 0) & two_sided,
        "mid2": real(f"mid2_{horizon}"),
        "buy": real(f"buy_{horizon}"),
        "sell": real(f"sell_{horizon}"),
        "half_spread": np.where(two_sided, plain("ask_px") - plain("bid_px"), 0) / 2,
        "last": last_move(mid, two_sided),
    }


def day(path):
    found = re.search(r"date=(\d{4}-\d{2}-\d{2})", path)
    return int(np.datetime64(found.group(1)).astype("datetime64[D]").astype(int)) if found else 0


def ends(ts, horizon):
    """When each row's label is known."""
    count, unit = re.fullmatch(r"(\d+)(ev|ns|us|ms|s)", horizon).groups()
    if unit != "ev":
        return ts + int(count) * UNITS_NS[unit]
    late = np.full(len(ts), np.iinfo(np.int64).max)
    late[:max(len(ts) - int(count), 0)] = ts[int(count):]
    return late


def last_move(mid, two_sided):
    """Direction of the last move of the mid price before each row: 0 down, 1 none yet, 2 up."""
    last, held, before = np.ones(len(mid), dtype=int), 1, None
    for i, (m, ok) in enumerate(zip(mid, two_sided)):
        if ok:
            if before is not None and m != before:
                held = 2 if m > before else 0
            before = m
        last[i] = held
    return last
