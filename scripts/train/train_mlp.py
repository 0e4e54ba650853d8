#!/usr/bin/env python3
"""Trains the small MLP over the 16 core features and exports it to ONNX with a model card.

    train_mlp.py --book BOOK.csv --features FEATURES.csv --out MODEL.onnx [--card MODEL.md]

BOOK.csv is `tickforge book --levels 1`, FEATURES.csv `tickforge features --raw`, both of the same feed and
symbol. Features are the raw integers as float32: scaling is folded into the first layer, so that the
host feeds records as they come. The label is the sign of the mid price's change over the next HORIZON book
events: 0 down, 1 flat, 2 up. The split is by time: 60 % train, 20 % validation, 20 % test, with HORIZON
events left out at each border, so that no label looks across it.

Prints a JSON object with the log-losses on the test part and exits 1 with --must-beat-prior when the model
does not beat the class prior there.
"""
import argparse
import csv
import json
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier

CLASSES = ("down", "flat", "up")
FEATURES = 16
BLOCKING_FLAGS = 0b000111  # stale, gap, halted


def read(book_path, features_path):
    """Rows with a two-sided book: (names, X raw int16, mid x 2 in 1/10000 dollar)."""
    mids = {}
    with open(book_path, newline="") as f:
        for row in csv.DictReader(f):
            bid, ask = int(row["bp1"]), int(row["ap1"])
            if bid and ask:
                mids[row["seq"]] = bid + ask
    rows, mid = [], []
    with open(features_path, newline="") as f:
        reader = csv.reader(f)
        names = next(reader)[4:]
        if len(names) != FEATURES:
            sys.exit(f"{features_path}: {len(names)} feature columns, expected {FEATURES}")
        for row in reader:
            if row[0] in mids:
                rows.append([int(v) for v in row[4:]])
                mid.append(mids[row[0]])
    return names, np.array(rows, dtype=np.float64), np.array(mid, dtype=np.int64)


def labels(mid, horizon):
    return np.sign(mid[horizon:] - mid[:-horizon]).astype(int) + 1


def split(n, horizon):
    a, b = int(n * 0.6), int(n * 0.8)
    return slice(0, a - horizon), slice(a, b - horizon), slice(b, n)


def prior(y_train, y_test):
    """Log-loss of the training class frequencies, smoothed."""
    p = (np.bincount(y_train, minlength=3) + 1) / (len(y_train) + 3)
    return log_loss(y_test, np.tile(p, (len(y_test), 1)), labels=[0, 1, 2])


def obi_sign(x_train, y_train, x_test, y_test):
    """Log-loss of the class frequencies given the sign of obi_1."""
    table = np.ones((3, 3))
    for s, y in zip(np.sign(x_train[:, 0]).astype(int) + 1, y_train):
        table[s, y] += 1
    table /= table.sum(axis=1, keepdims=True)
    return log_loss(y_test, table[np.sign(x_test[:, 0]).astype(int) + 1], labels=[0, 1, 2])


def fit(x, y, seed):
    scale = np.maximum(x.std(axis=0), 1.0)
    mean = x.mean(axis=0)
    net = MLPClassifier((32, 16), alpha=1e-3, batch_size=512, learning_rate_init=1e-3, max_iter=30,
                        early_stopping=True, n_iter_no_change=4, random_state=seed)
    net.fit((x - mean) / scale, y)
    return net, mean, scale


def export(net, mean, scale, path):
    """Gemm/Relu chain with the scaling folded into the first layer; softmax over three classes."""
    weights = [w.copy() for w in net.coefs_]
    biases = [b.copy() for b in net.intercepts_]
    biases[0] = biases[0] - (mean / scale) @ weights[0]
    weights[0] = weights[0] / scale[:, None]
    nodes, initial, current = [], [], "features"
    for i, (w, b) in enumerate(zip(weights, biases)):
        initial += [numpy_helper.from_array(w.astype(np.float32), f"w{i}"),
                    numpy_helper.from_array(b.astype(np.float32), f"b{i}")]
        out = f"z{i}"
        nodes.append(helper.make_node("Gemm", [current, f"w{i}", f"b{i}"], [out]))
        if i + 1 < len(weights):
            nodes.append(helper.make_node("Relu", [out], [f"h{i}"]))
            current = f"h{i}"
        else:
            nodes.append(helper.make_node("Softmax", [out], ["probabilities"], axis=1))
    value = lambda name, n: helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, n])
    graph = helper.make_graph(nodes, "core_mlp", [value("features", FEATURES)], [value("probabilities", 3)], initial)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="tickforge")
    model.ir_version = 8
    onnx.checker.check_model(model)
    onnx.save(model, path)


def card(path, metrics, names, args):
    rows = "\n".join(f"| {k} | {v} |" for k, v in metrics.items())
    with open(path, "w") as f:
        f.write(f"""# Model card: core MLP {FEATURES}-32-16-3

Predicts the sign of the mid price's change over the next {args.horizon} book events (`P(down), P(flat), P(up)`)
from the {FEATURES} core features as raw integers: {", ".join(f"`{n}`" for n in names)}.

**Made by** `scripts/train/train_mlp.py --seed {args.seed} --horizon {args.horizon}`; {args.origin}

**Split** by time, 60/20/20, {args.horizon} events left out at each border. Figures below are log-losses and
accuracy on the last 20 %, which was never looked at in training.

| figure | value |
|---|---|
{rows}

`prior` predicts the training class frequencies, `obi_sign` the frequencies given the sign of `obi_1`.

**Honest economics.** A correct sign is worth at most the move of the mid; crossing the spread costs half of it on
each side. On this data the mean absolute move over the horizon is {metrics["mean_abs_move_ticks_half"]} half-units of
1/10000 dollar against a mean half-spread of {metrics["mean_half_spread"]}: this is an example that exercises the path,
not a strategy.
""")


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--book", required=True)
    ap.add_argument("--features", required=True)
    ap.add_argument("--out", required=True)
    ap.add_argument("--card")
    ap.add_argument("--origin", default="data: not stated.")
    ap.add_argument("--horizon", type=int, default=20)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--must-beat-prior", action="store_true")
    args = ap.parse_args()
    names, x, mid = read(args.book, args.features)
    if len(x) < 1000:
        sys.exit(f"{len(x)} usable rows; at least 1000 are needed")
    y = labels(mid, args.horizon)
    x_all, mid_all = x, mid
    x = x[:len(y)]
    train, validation, test = split(len(y), args.horizon)
    net, mean, scale = fit(x[train], y[train], args.seed)
    probability = lambda part: net.predict_proba((x[part] - mean) / scale)
    if list(net.classes_) != [0, 1, 2]:
        sys.exit(f"the training part has only the classes {list(net.classes_)}")
    export(net, mean, scale, args.out)
    metrics = {
        "rows": len(y),
        "log_loss_model": round(log_loss(y[test], probability(test), labels=[0, 1, 2]), 5),
        "log_loss_validation": round(log_loss(y[validation], probability(validation), labels=[0, 1, 2]), 5),
        "log_loss_prior": round(prior(y[train], y[test]), 5),
        "log_loss_obi_sign": round(obi_sign(x[train], y[train], x[test], y[test]), 5),
        "accuracy_model": round(float((probability(test).argmax(axis=1) == y[test]).mean()), 5),
        "accuracy_prior": round(float((y[test] == np.bincount(y[train], minlength=3).argmax()).mean()), 5),
        "mean_abs_move_ticks_half": round(float(np.abs(mid_all[args.horizon:] - mid_all[:-args.horizon]).mean()), 3),
        "mean_half_spread": round(half_spread(args.book), 3),
    }
    if args.card:
        card(args.card, metrics, names, args)
    print(json.dumps(metrics))
    if args.must_beat_prior and metrics["log_loss_model"] >= metrics["log_loss_prior"]:
        sys.exit(1)


def half_spread(book_path):
    spreads = []
    with open(book_path, newline="") as f:
        for row in csv.DictReader(f):
            bid, ask = int(row["bp1"]), int(row["ap1"])
            if bid and ask:
                spreads.append((ask - bid) / 2)
    return float(np.mean(spreads))


if __name__ == "__main__":
    main()
