"""What a model is worth on rows it was not trained on, beside what needs no model, and what is left of it after the spread."""
import numpy as np

from data import CLASSES


def log_loss(p, y):
    return float(-np.log(np.clip(p[np.arange(len(y)), y], 1e-12, 1.0)).mean())


def frequencies(key, y, key_test):
    """Class frequencies in training given `key`, for each row of the test."""
    table = np.ones((int(max(key.max(), key_test.max())) + 1, len(CLASSES)))
    np.add.at(table, (key, y), 1)
    return (table / table.sum(axis=1, keepdims=True))[key_test]


def traded(p, data, part, edge):
    """Mean of what a share brings per trade, 1/10000 dollar, after both half-spreads and before fees; how many trades."""
    lean = p[:, 2] - p[:, 0]
    gain = np.where(lean > 0, data.buy[part.index], data.sell[part.index])
    taken = (np.abs(lean) >= edge) & ~np.isnan(gain)
    return (float(gain[taken].mean()) if taken.any() else 0.0), int(taken.sum())


def best_edge(p, data, part):
    """The edge that brings most in total on the validation part, among those that trade there at least fifty times."""
    totals = []
    for edge in np.arange(0.05, 0.96, 0.05):
        mean, count = traded(p, data, part, edge)
        if count >= 50:
            totals.append((mean * count, float(edge)))
    return max(totals)[1] if totals else 0.95


def metrics(data, p_validation, p_test):
    train, validation, test = data.train.index, data.validation.index, data.test.index
    y, yt = data.y[train], data.y[test]
    prior = frequencies(np.zeros(len(y), dtype=int), y, np.zeros(len(yt), dtype=int))
    last = frequencies(data.last[train], y, data.last[test])
    edge = best_edge(p_validation, data, data.validation)
    mean, count = traded(p_test, data, data.test, edge)
    found = {
        "rows_train": len(train),
        "rows_validation": len(validation),
        "rows_test": len(test),
        "log_loss_model": log_loss(p_test, yt),
        "log_loss_validation": log_loss(p_validation, data.y[validation]),
        "log_loss_prior": log_loss(prior, yt),
        "log_loss_last_move": log_loss(last, yt),
        "accuracy_model": float((p_test.argmax(axis=1) == yt).mean()),
        "accuracy_prior": float((prior.argmax(axis=1) == yt).mean()),
        "accuracy_last_move": float((last.argmax(axis=1) == yt).mean()),
        "mean_abs_mid_move": float(np.abs(data.mid2[test]).mean() / 2),
        "mean_half_spread": float(data.half_spread[test].mean()),
        "edge_of_trades": edge,
        "trades": count,
        "mean_gain_a_share": mean,
    }
    return {k: round(v, 5) if isinstance(v, float) else v for k, v in found.items()}


def card(path, title, what, metrics, data, args):
    """Writes the model card."""
    rows = "\n".join(f"| {k} | {v} |" for k, v in metrics.items())
    verdict = "earns after the spread, before fees, on this data" if metrics["mean_gain_a_share"] > 0 and metrics["trades"] \
        else "does not earn the spread"
    sizes = {"gbdt": f"--trees {args.trees}", "sequence": f"--steps {args.steps}"}
    limits = [f"--symbol {args.symbol}" if args.symbol else "", sizes.get(args.model, "")]
    command = " ".join(["scripts/train/train.py", f"--model {args.model}", f"--horizon {args.horizon}", f"--seed {args.seed}", *filter(None, limits)])
    with open(path, "w") as f:
        f.write(f"""# Model card: {title}

{what} It gives `P(down), P(flat), P(up)` of the mid price over the horizon `{args.horizon}`, from the 16 core features as raw integers:
{", ".join(f"`{n}`" for n in data.names)}.

**Made by** `{command}` on what `tickforge record` wrote. {args.origin}

**Split** by time, 60/20/20; a row whose label looks to or past a border is left out. Figures are of the last 20 %, which neither training nor the
choice of the edge looked at.

| figure | value |
|---|---|
{rows}

`prior` predicts the class frequencies of the training part, `last_move` those given the direction of the last move of the mid price.

**Honest economics.** A trade is made where P(up) and P(down) differ by `edge_of_trades`, which was chosen on the validation part; `mean_gain_a_share` is what a
share brings that is bought at the ask (or sold at the bid) and given back at the other side at the horizon: after both half-spreads, before fees, with no wait and no
effect on the market. In 1/10000 dollar, as are the move and the half-spread. The model {verdict}.
""")
