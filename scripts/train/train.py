#!/usr/bin/env python3
"""Trains a classifier of the mid price's direction on what `tickforge record` wrote, and exports it to ONNX with a model card.

    tickforge record --feed day.itch --symbol BBBA --date 2024-01-02 --out data --horizon 20ev
    train.py --data data --model gbdt --horizon 20ev --out core_gbdt.onnx --card core_gbdt.md

--model gbdt: LightGBM, whose trees the host runs on ranks; xgb: XGBoost, likewise; mlp: two hidden layers; sequence: a small transformer
over the last 100 records. Prints a JSON object of metrics on the last fifth of the time and exits 1 with --must-beat-prior when the model's log-loss there
is not at least one per cent below that of the class frequencies: by less, chance beats them too. Exits 2 when the data cannot be used.
"""
import argparse
import json
import sys

import numpy as np

import measure
from data import Data, bad

CONTEXT = {"gbdt": 1, "xgb": 1, "mlp": 1, "sequence": 100}
MARGIN = 0.99


def boosted(kind, data, args):
    from trees import same
    booster = kind.fit(data, args)
    p = [kind.predict(booster, data, part) for part in (data.validation, data.test)]
    what = kind.export(booster, args.out)
    same(args.out, data.x[data.test.index], p[1])
    return p, what


def gbdt(data, args):
    import gbdt as kind
    return boosted(kind, data, args)


def xgb(data, args):
    import xgb as kind
    return boosted(kind, data, args)


def mlp(data, args):
    from train_mlp import export, fit
    rows = data.train.index
    net, mean, scale = fit(data.x[rows], data.y[rows], args.seed)
    export(net, mean, scale, args.out)
    p = [net.predict_proba((data.x[part.index] - mean) / scale) for part in (data.validation, data.test)]
    return p, "A network 16-32-16-3, scaling folded into its first layer."


def sequence(data, args):
    import sequence as kind
    model = kind.Sequence(data, args)
    return [model.predict(part.index) for part in (data.validation, data.test)], kind.export(model, args.out)


MODELS = {"gbdt": gbdt, "xgb": xgb, "mlp": mlp, "sequence": sequence}
TITLES = {"gbdt": "core trees", "xgb": "core trees by XGBoost", "mlp": "core MLP from Parquet", "sequence": "core sequence"}


def arguments():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--data", required=True, help="folder that `tickforge record --out` filled")
    ap.add_argument("--model", required=True, choices=MODELS)
    ap.add_argument("--horizon", required=True, help="one of those recorded: 20ev, 1s")
    ap.add_argument("--symbol", help="only this one")
    ap.add_argument("--out", required=True, help="ONNX file to write")
    ap.add_argument("--card", help="model card to write")
    ap.add_argument("--origin", default="Data: not stated.", help="what the card says of the data")
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--trees", type=int, default=20, help="gbdt, xgb: most trees a class")
    ap.add_argument("--steps", type=int, default=600, help="sequence: batches of 128")
    ap.add_argument("--shuffle", type=int, metavar="SEED", help="give each row the features of another: a model must not beat the prior then")
    ap.add_argument("--must-beat-prior", action="store_true")
    return ap.parse_args()


def main():
    args = arguments()
    data = Data(args.data, args.horizon, args.symbol, CONTEXT[args.model])
    if args.shuffle is not None:
        data.shuffle(args.shuffle)
    present = np.unique(data.y[data.train.index])
    if len(present) != 3:
        bad(f"the training part has only the classes {present.tolist()}")
    (p_validation, p_test), what = MODELS[args.model](data, args)
    found = measure.metrics(data, p_validation, p_test)
    if args.card:
        measure.card(args.card, TITLES[args.model], what, found, data, args)
    print(json.dumps(found))
    if args.must_beat_prior and found["log_loss_model"] >= MARGIN * found["log_loss_prior"]:
        sys.exit(1)


if __name__ == "__main__":
    main()
