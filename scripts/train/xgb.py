"""Gradient boosting by XGBoost, and its trees as a `TreeEnsembleClassifier` that the host compiles to its kernel on ranks."""
import json

import numpy as np
import xgboost

from data import CLASSES
from trees import Trees

LEVELS = 4


def fit(data, args):
    """A booster; it stops where the validation part no longer gains."""
    of = lambda part: xgboost.DMatrix(data.x[part.index].astype(np.float32), label=data.y[part.index])
    parameters = {
        "objective": "multi:softprob", "num_class": len(CLASSES), "max_depth": LEVELS, "eta": 0.1, "min_child_weight": 50,
        "colsample_bytree": 0.8, "tree_method": "hist", "max_bin": 64, "seed": args.seed, "nthread": 1, "verbosity": 0,
    }
    watched = [(of(data.validation), "validation")]
    return xgboost.train(parameters, of(data.train), num_boost_round=args.trees, evals=watched, early_stopping_rounds=8, verbose_eval=False)


def predict(booster, data, part):
    rows = xgboost.DMatrix(data.x[part.index].astype(np.float32))
    return booster.predict(rows, iteration_range=(0, booster.best_iteration + 1))


def read(node):
    """See `trees`."""
    if "leaf" in node:
        return node["leaf"]
    yes, no = (next(child for child in node["children"] if child["nodeid"] == node[way]) for way in ("yes", "no"))
    # A branch is taken below the threshold. Columns are whole numbers, so that is at most the one before it.
    return int(node["split"][1:]), np.ceil(node["split_condition"]) - 1, yes, no


def export(booster, path):
    made = Trees()
    kept = booster[: booster.best_iteration + 1]
    for number, tree in enumerate(kept.get_dump(dump_format="json")):
        made.tree(number % len(CLASSES), json.loads(tree), read)
    start = json.loads(json.loads(booster.save_config())["learner"]["learner_model_param"]["base_score"])
    made.save(path, "core_xgb", np.broadcast_to(start, len(CLASSES)))
    return f"{made.count} trees of up to {LEVELS} levels, boosted by XGBoost."
