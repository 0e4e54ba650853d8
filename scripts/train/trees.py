"""Boosted trees as a `TreeEnsembleClassifier`, which the host compiles to its kernel on ranks."""
import numpy as np
import onnx
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

from data import CLASSES, FEATURES


# Rows on which a graph is compared with the trees it was made of, and how far it may be away: both add up in f32.
COMPARED = 256
TOLERANCE = 1e-5


def same(path, rows, expected):
    """Raises unless the graph gives these rows the probabilities that the booster gave them."""
    graph = ReferenceEvaluator(path)
    for row, wanted in zip(rows[:COMPARED].astype(np.float32), expected):
        _, got = graph.run(None, {"features": row[None, :]})
        if np.abs(got[0] - wanted).max() > TOLERANCE:
            raise ValueError(f"{path}: {got[0]} for {row.tolist()}, {wanted} by the trees it was made of")


class Trees:
    """The attributes of `TreeEnsembleClassifier`, node by node. A branch asks whether a feature is at most a value."""

    def __init__(self):
        self.nodes = {k: [] for k in ("treeids", "nodeids", "featureids", "values", "modes", "truenodeids", "falsenodeids",
                                      "missing_value_tracks_true", "hitrates")}
        self.leaves = {k: [] for k in ("treeids", "nodeids", "ids", "weights")}
        self.count = 0

    def tree(self, target, root, read):
        """A tree that adds to the class `target`. `read` of a node is its value, or (feature, at most, the node then, the node else)."""
        self._lay(self.count, target, root, read, 0)
        self.count += 1

    def _lay(self, tree, target, node, read, number):
        """Lays `node` of a tree; the number behind its last one."""
        here = {"treeids": tree, "nodeids": number, "hitrates": 1.0, "missing_value_tracks_true": 0}
        at = len(self.nodes["modes"])
        for k in self.nodes:
            self.nodes[k].append(here.get(k, 0))
        what = read(node)
        if not isinstance(what, tuple):
            self.nodes["modes"][at] = "LEAF"
            for k, v in zip(("treeids", "nodeids", "ids", "weights"), (tree, number, target, float(what))):
                self.leaves[k].append(v)
            return number + 1
        feature, at_most, then, other = what
        self.nodes["values"][at] = float(at_most)
        self.nodes["featureids"][at] = feature
        self.nodes["modes"][at] = "BRANCH_LEQ"
        self.nodes["truenodeids"][at] = number + 1
        behind = self._lay(tree, target, then, read, number + 1)
        self.nodes["falsenodeids"][at] = behind
        return self._lay(tree, target, other, read, behind)

    def save(self, path, name, base=None):
        """Writes the graph; `base` is what each class starts from, 0 if not given."""
        attributes = {f"nodes_{k}": [float(x) for x in v] if k in ("values", "hitrates") else v for k, v in self.nodes.items()}
        attributes |= {f"class_{k}": v for k, v in self.leaves.items()}
        if base is not None:
            attributes["base_values"] = [float(x) for x in base]
        node = helper.make_node("TreeEnsembleClassifier", ["features"], ["label", "probabilities"], domain="ai.onnx.ml",
                                classlabels_int64s=list(range(len(CLASSES))), post_transform="SOFTMAX", **attributes)
        value = helper.make_tensor_value_info
        graph = helper.make_graph([node], name, [value("features", TensorProto.FLOAT, [1, FEATURES])],
                                  [value("label", TensorProto.INT64, [1]), value("probabilities", TensorProto.FLOAT, [1, len(CLASSES)])])
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
        model = helper.make_model(graph, opset_imports=opsets, producer_name="tickforge")
        model.ir_version = 8
        onnx.checker.check_model(model)
        onnx.save(model, path)
