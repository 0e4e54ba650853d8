"""Gradient boosting by LightGBM, and its trees as a `TreeEnsembleClassifier` that the host compiles to its kernel on ranks."""
import lightgbm as lgb
import numpy as np

from data import CLASSES
from trees import Trees

LEVELS = 4


def fit(data, args):
    """A booster; it stops where the validation part no longer gains."""
    of = lambda part: (data.x[part.index].astype(np.float32), data.y[part.index])
    x, y = of(data.train)
    train = lgb.Dataset(x, y, params={"max_bin": 63, "verbose": -1})
    check = lgb.Dataset(*of(data.validation), reference=train, params={"max_bin": 63, "verbose": -1})
    parameters = {
        "objective": "multiclass", "num_class": len(CLASSES), "max_depth": LEVELS, "num_leaves": 2**LEVELS, "learning_rate": 0.1,
        "min_data_in_leaf": 100, "feature_fraction": 0.8, "seed": args.seed, "deterministic": True, "force_row_wise": True,
        "num_threads": 1, "verbose": -1,
    }
    stop = lgb.early_stopping(8, verbose=False)
    return lgb.train(parameters, train, num_boost_round=args.trees, valid_sets=[check], callbacks=[stop])


def predict(booster, data, part):
    return booster.predict(data.x[part.index].astype(np.float32), num_iteration=booster.best_iteration, num_threads=1)


def read(node):
    """See `trees`."""
    if "leaf_value" in node:
        return node["leaf_value"]
    if node["decision_type"] != "<=":
        raise ValueError(f"a split by {node['decision_type']}")
    # Columns are whole numbers: a threshold between two of them is as good at their lower one, which f32 has exactly.
    return node["split_feature"], np.floor(node["threshold"]), node["left_child"], node["right_child"]


def export(booster, path):
    made = Trees()
    for number, tree in enumerate(booster.dump_model(num_iteration=booster.best_iteration)["tree_info"]):
        made.tree(number % len(CLASSES), tree["tree_structure"], read)
    made.save(path, "core_gbdt")
    return f"{made.count} trees of up to {LEVELS} levels, boosted by LightGBM."
