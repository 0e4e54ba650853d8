"""A transformer of one layer over the last 100 records, trained with `autograd` (reverse-mode derivatives over NumPy).

Only what the last record attends to is asked for, so that one query a head is enough: the last row of a causal layer. Scaling of
raw integers is folded into the first weights.
"""
import autograd.numpy as np
import numpy
import onnx
from autograd import grad
from onnx import TensorProto, helper, numpy_helper

from data import CLASSES, FEATURES

RECORDS = 100
WIDTH = 16
HEADS = 2
INNER = 32
BATCH = 128
RATE = 3e-3
EVALUATED = 4096


def start(seed):
    rng = numpy.random.default_rng(seed)
    normal = lambda *shape: rng.normal(size=shape) / numpy.sqrt(shape[0])
    return {
        "embed": normal(FEATURES, WIDTH), "embed_bias": numpy.zeros(WIDTH), "place": 0.1 * rng.normal(size=(RECORDS, WIDTH)),
        "query": normal(WIDTH, WIDTH), "key": normal(WIDTH, WIDTH), "value": normal(WIDTH, WIDTH), "out": normal(WIDTH, WIDTH),
        "inner": normal(WIDTH, INNER), "inner_bias": numpy.zeros(INNER), "outer": normal(INNER, WIDTH), "outer_bias": numpy.zeros(WIDTH),
        "head": 0.1 * normal(WIDTH, len(CLASSES)), "head_bias": numpy.zeros(len(CLASSES)),
    }


def softmax(x):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def forward(w, x):
    """Logits of scaled windows, [rows, RECORDS, FEATURES]."""
    size = WIDTH // HEADS
    h = np.tanh(np.dot(x, w["embed"]) + w["embed_bias"]) + w["place"]
    last = h[:, -1, :]
    query = np.reshape(np.dot(last, w["query"]), (-1, HEADS, 1, size))
    split = lambda m: np.transpose(np.reshape(np.dot(h, m), (-1, RECORDS, HEADS, size)), (0, 2, 1, 3))
    key, value = split(w["key"]), split(w["value"])
    attention = softmax(np.sum(query * key, axis=-1) / numpy.sqrt(size))
    seen = np.sum(attention[:, :, :, None] * value, axis=2)
    h = last + np.dot(np.reshape(seen, (-1, WIDTH)), w["out"])
    h = h + np.dot(np.maximum(np.dot(h, w["inner"]) + w["inner_bias"], 0), w["outer"]) + w["outer_bias"]
    return np.dot(h, w["head"]) + w["head_bias"]


def loss(w, x, y):
    p = softmax(forward(w, x))
    return -np.mean(np.log(p[numpy.arange(len(y)), y] + 1e-12))


class Sequence:
    """Weights, and how raw features are scaled."""

    def __init__(self, data, args):
        rows = data.x[data.train.index]
        self.mean, self.scale = rows.mean(axis=0), numpy.maximum(rows.std(axis=0), 1.0)
        self.x = ((data.x - self.mean) / self.scale).clip(-8, 8)
        self.weights = self.train(data, args)

    def windows(self, index):
        return self.x[index[:, None] + numpy.arange(1 - RECORDS, 1)]

    def train(self, data, args):
        """Adam; the weights that did best on the validation part."""
        rng = numpy.random.default_rng(args.seed)
        w, slope = start(args.seed), grad(loss)
        first, second = ({k: numpy.zeros_like(v) for k, v in w.items()} for _ in range(2))
        check = data.validation.index[:: max(len(data.validation) // EVALUATED, 1)]
        best, kept = numpy.inf, w
        for step in range(1, args.steps + 1):
            index = rng.choice(data.train.index, BATCH)
            g = slope(w, self.windows(index), data.y[index])
            rate = RATE * min(1.0, step / 50) * (1 - 0.9 * step / args.steps)
            for k in w:
                first[k] = 0.9 * first[k] + 0.1 * g[k]
                second[k] = 0.999 * second[k] + 0.001 * g[k] ** 2
                w[k] = w[k] - rate * (first[k] / (1 - 0.9**step)) / (numpy.sqrt(second[k] / (1 - 0.999**step)) + 1e-8)
            if step % 50 == 0 or step == args.steps:
                now = loss(w, self.windows(check), data.y[check])
                if now < best:
                    best, kept = now, dict(w)
        return kept

    def predict(self, index):
        parts = numpy.array_split(index, max(len(index) // EVALUATED, 1))
        return numpy.concatenate([softmax(forward(self.weights, self.windows(part))) for part in parts])


def export(model, path):
    """The graph takes the records flat, the oldest first: [1, 1600]."""
    w = dict(model.weights)
    size = WIDTH // HEADS
    w |= {"mean": model.mean, "deviation": model.scale, "low": numpy.array(-8.0), "high": numpy.array(8.0), "root": numpy.sqrt(size)}
    shapes = {"rows": [RECORDS, FEATURES], "heads": [RECORDS, HEADS, size], "one_query": [HEADS, size, 1], "one_row": [1, WIDTH]}
    initial = [numpy_helper.from_array(numpy.asarray(v, dtype=numpy.float32), k) for k, v in w.items()]
    initial += [numpy_helper.from_array(numpy.array(v, dtype=numpy.int64), k) for k, v in shapes.items()]
    initial.append(numpy_helper.from_array(numpy.array([RECORDS - 1], dtype=numpy.int64), "newest"))
    nodes = []

    def op(kind, inputs, output, **attributes):
        nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    add = lambda a, b, out: op("Add", [a, b], out)
    dot = lambda a, b, out: op("MatMul", [a, b], out)
    op("Reshape", ["features", "rows"], "raw")
    op("Div", [op("Sub", ["raw", "mean"], "centred"), "deviation"], "unbounded")
    op("Clip", ["unbounded", "low", "high"], "x")
    add(op("Tanh", [add(dot("x", "embed", "e0"), "embed_bias", "e1")], "e2"), "place", "h")
    op("Gather", ["h", "newest"], "last", axis=0)
    op("Reshape", [dot("last", "query", "q0"), "one_query"], "q")
    split = lambda name: op("Transpose", [op("Reshape", [dot("h", name, name + "0"), "heads"], name + "1")], name + "2", perm=[1, 0, 2])
    op("Div", [dot(split("key"), "q", "s0"), "root"], "s")
    op("Transpose", [op("Softmax", ["s"], "a0", axis=1)], "a", perm=[0, 2, 1])
    op("Reshape", [dot("a", split("value"), "c0"), "one_row"], "c")
    add("last", dot("c", "out", "o0"), "h1")
    op("Relu", [add(dot("h1", "inner", "f0"), "inner_bias", "f1")], "f2")
    add(add("h1", dot("f2", "outer", "f3"), "f4"), "outer_bias", "h2")
    op("Softmax", [add(dot("h2", "head", "l0"), "head_bias", "logits")], "probabilities", axis=1)
    value = lambda name, n: helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, n])
    graph = helper.make_graph(nodes, "core_sequence", [value("features", RECORDS * FEATURES)], [value("probabilities", len(CLASSES))], initial)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="tickforge")
    made.ir_version = 8
    onnx.checker.check_model(made)
    onnx.save(made, path)
    return (f"A transformer of one layer, width {WIDTH}, {HEADS} heads, over the last {RECORDS} records of a symbol, flat and the oldest first "
            f"({RECORDS * FEATURES} columns). It does not compile to kernels of the host and runs in ONNX Runtime; `tickforge run` gives models one "
            "record, so that it is for study.")
