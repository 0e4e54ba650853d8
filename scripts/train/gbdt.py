"""Gradient boosting by LightGBM, and its trees as a `TreeEnsembleClassifier` that the host compiles to its kernel on ranks."""
import lightgbm as lgb
import numpy as np
import onnx
from onnx import TensorProto, helper

from data import CLASSES, FEATURES

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


class Nodes:
    """The attributes of `TreeEnsembleClassifier`, node by node."""

    def __init__(self):
        self.nodes = {k: [] for k in ("treeids", "nodeids", "featureids", "values", "modes", "truenodeids", "falsenodeids",
                                      "missing_value_tracks_true", "hitrates")}
        self.leaves = {k: [] for k in ("treeids", "nodeids", "ids", "weights")}

    def add(self, tree, target, node, number):
        """Lays `node` of a tree; the number behind its last one."""
        here = {"treeids": tree, "nodeids": number, "hitrates": 1.0, "missing_value_tracks_true": 0}
        at = {k: len(v) for k, v in self.nodes.items()}
        for k in self.nodes:
            self.nodes[k].append(here.get(k, 0))
        if "leaf_value" in node:
            self.nodes["modes"][at["modes"]] = "LEAF"
            for k, v in zip(("treeids", "nodeids", "ids", "weights"), (tree, number, target, float(node["leaf_value"]))):
                self.leaves[k].append(v)
            return number + 1
        if node["decision_type"] != "<=":
            raise ValueError(f"a split by {node['decision_type']}")
        # Columns are whole numbers: a threshold between two of them is as good at their lower one, which f32 has exactly.
        self.nodes["values"][at["values"]] = float(np.floor(node["threshold"]))
        self.nodes["featureids"][at["featureids"]] = node["split_feature"]
        self.nodes["modes"][at["modes"]] = "BRANCH_LEQ"
        self.nodes["truenodeids"][at["truenodeids"]] = number + 1
        after = self.add(tree, target, node["left_child"], number + 1)
        self.nodes["falsenodeids"][at["falsenodeids"]] = after
        return self.add(tree, target, node["right_child"], after)


def export(booster, path):
    made = Nodes()
    trees = booster.dump_model(num_iteration=booster.best_iteration)["tree_info"]
    for number, tree in enumerate(trees):
        made.add(number, number % len(CLASSES), tree["tree_structure"], 0)
    attributes = {f"nodes_{k}": [float(x) for x in v] if k in ("values", "hitrates") else v for k, v in made.nodes.items()}
    attributes |= {f"class_{k}": v for k, v in made.leaves.items()}
    node = helper.make_node("TreeEnsembleClassifier", ["features"], ["label", "probabilities"], domain="ai.onnx.ml",
                            classlabels_int64s=list(range(len(CLASSES))), post_transform="SOFTMAX", **attributes)
    value = helper.make_tensor_value_info
    graph = helper.make_graph([node], "core_gbdt", [value("features", TensorProto.FLOAT, [1, FEATURES])],
                              [value("label", TensorProto.INT64, [1]), value("probabilities", TensorProto.FLOAT, [1, len(CLASSES)])])
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    model = helper.make_model(graph, opset_imports=opsets, producer_name="tickforge")
    model.ir_version = 8
    onnx.checker.check_model(model)
    onnx.save(model, path)
    return f"{len(trees)} trees of up to {LEVELS} levels, boosted by LightGBM."
