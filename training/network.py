"""The trainable twin of `scanners.names_model.network`, in thinc."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from thinc.api import (
    Linear,
    Maxout,
    Model,
    NumpyOps,
    chain,
    clone,
    expand_window,
    residual,
    set_current_ops,
    set_dropout_rate,
    with_array,
)

from scanners.names_model.features import COLUMNS, HASHES, TABLE_ROWS, WIDTH
from scanners.names_model.labels import LABELS

VECTOR: Final = 96
DEPTH: Final = 4
PIECES: Final = 3
Arrays = dict[str, npt.NDArray[Any]]


def prepare() -> None:
    """Let thinc multiply with numpy's OpenBLAS, which is three times as fast here as its own BLIS."""
    set_current_ops(NumpyOps(use_blis=False))


def trainable() -> Model[Any, Any]:
    """Return the network: a list of row arrays (n, WIDTH) in, a list of label scores (n, labels) out."""
    mixer = Maxout(VECTOR, len(COLUMNS) * VECTOR, nP=PIECES, normalize=True, dropout=0.0)
    window = chain(
        expand_window(window_size=1),
        Maxout(VECTOR, VECTOR * 3, nP=PIECES, normalize=True, dropout=0.0),
    )
    encoder = clone(residual(window), DEPTH)
    network: Model[Any, Any] = chain(
        with_array(chain(_row_embedding(), mixer)),
        with_array(encoder, pad=DEPTH),
        with_array(Linear(len(LABELS), VECTOR)),
    )
    return network


def set_dropout(network: Model[Any, Any], rate: float) -> None:
    """Set the share of values that every maxout layer loses while it learns."""
    set_dropout_rate(network, rate)


def _row_embedding() -> Model[Any, Any]:
    return Model(
        "row_embedding",
        _embed,
        init=_start_embedding,
        params={"E": None},
        dims={"nO": len(COLUMNS) * VECTOR, "nI": None},
    )


def _start_embedding(model: Model[Any, Any], *_samples: Any, **_named: Any) -> None:
    random = np.random.default_rng(7)
    table = random.uniform(-0.1, 0.1, (TABLE_ROWS, VECTOR)).astype(np.float32)
    model.set_param("E", table)


def _embed(  # thinc passes `is_train` by name
    model: Model[Any, Any],
    rows: Any,
    is_train: bool,  # noqa: ARG001
) -> tuple[Any, Callable[[Any], Any]]:
    table = model.get_param("E")
    count = len(rows)
    vectors = table[rows].reshape(count, len(COLUMNS), HASHES, VECTOR).sum(axis=2)

    def backprop(slope: Any) -> Any:
        each = np.repeat(slope.reshape(count, len(COLUMNS), 1, VECTOR), HASHES, axis=2)
        collected = np.zeros_like(table)
        model.ops.scatter_add(
            collected, rows.reshape(-1).astype("i"), np.ascontiguousarray(each.reshape(count * WIDTH, VECTOR))
        )
        model.inc_grad("E", collected)
        return np.zeros(rows.shape, dtype=np.float32)

    return vectors.reshape(count, -1), backprop


def exported(network: Model[Any, Any], chain_weights: Arrays) -> Arrays:
    """Return all weights under the names that `scanners.names_model.network.Network.of` reads."""
    found: Arrays = dict(chain_weights)
    maxouts = [node for node in network.walk() if node.name == "maxout"]
    norms = [node for node in network.walk() if node.name == "layernorm"]
    for index, (maxout, norm) in enumerate(zip(maxouts, norms, strict=True)):
        name = "mix" if index == 0 else f"encoder{index - 1}"
        weights = maxout.get_param("W")  # (units, pieces, inputs)
        found[f"{name}.weights"] = weights.transpose(2, 1, 0).reshape(weights.shape[2], -1)
        found[f"{name}.bias"] = maxout.get_param("b").T.reshape(-1)
        found[f"{name}.gain"] = norm.get_param("G")
        found[f"{name}.shift"] = norm.get_param("b")
    embedding = next(node for node in network.walk() if node.name == "row_embedding")
    linear = next(node for node in network.walk() if node.name == "linear")
    found["table"] = embedding.get_param("E")
    found["output.weights"] = linear.get_param("W").T
    found["output.bias"] = linear.get_param("b")
    return found
