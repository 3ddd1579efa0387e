"""Peers to compare with, each in a virtual environment of its own under build/."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[1]
SIDE = ROOT / "benchmarks" / "peer_sides.py"
ANSWERS = ROOT / "build" / "peers" / "answers"
_GINZA = ("ginza==5.3.0", "ja-ginza==5.3.0", "spacy==3.8.18", "thinc==8.3.14", "numpy==2.4.6")
_SUDACHI = ("sudachipy==0.6.11", "sudachidict-core==20260723")
Span = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Peer:
    """A program to compare with: what it is called, where it lives, what makes its environment."""

    key: str  # of benchmarks/peer_sides.py
    title: str
    environment: Path
    probe: str  # what must be importable there
    install: tuple[str, ...]  # arguments of pip


PEERS = (
    Peer(
        "presidio",
        "Presidio 2.2.366 + ja_ginza 5.3.0",
        ROOT / "build" / "bench-venv",
        "presidio_analyzer, ja_ginza",
        ("--require-hashes", "-r", str(ROOT / "requirements" / "bench.lock")),
    ),
    Peer(
        "kakushi",
        "kakushi 0.1.1 + ja_ginza 5.3.0",
        ROOT / "build" / "peers" / "kakushi",
        "kakushi, ja_ginza",
        ("kakushi==0.1.1", *_GINZA, *_SUDACHI),
    ),
    Peer(
        "datafog",
        "DataFog 4.9.0 (rules)",
        ROOT / "build" / "peers" / "datafog",
        "datafog",
        ("datafog==4.9.0",),
    ),
)


def python_of(peer: Peer) -> Path:
    """Return the Python of a peer's environment, which is made where it is not there yet."""
    python = peer.environment / "bin" / "python"
    probe = [str(python), "-c", f"import {peer.probe}"]
    if python.exists() and subprocess.run(probe, capture_output=True, check=False).returncode == 0:
        return python
    subprocess.run([sys.executable, "-m", "venv", str(peer.environment)], check=True)
    install = [str(python), "-m", "pip", "install", "-q", "--only-binary", ":all:", *peer.install]
    subprocess.run(install, check=True)
    return python


class PeerProcess:
    """A peer as a process that finds spans in texts; started when it is first needed.

    Answers are kept under build/peers (offsets only), because a peer answers the same texts the same way.
    """

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._process: subprocess.Popen[str] | None = None

    def find(self, texts: Sequence[str]) -> list[list[Span]]:
        """Return the spans of every text."""
        asked = hashlib.sha256(SIDE.read_bytes())
        asked.update(json.dumps([self._peer.title, list(texts)]).encode("utf-8"))
        kept = ANSWERS / f"{self._peer.key}-{asked.hexdigest()[:24]}.json"
        if not kept.exists():
            answer = self._asked(json.dumps(list(texts)))
            ANSWERS.mkdir(parents=True, exist_ok=True)
            part = kept.with_suffix(".part")
            part.write_text(answer, encoding="utf-8")
            part.replace(kept)
        answers = json.loads(kept.read_text(encoding="utf-8"))
        return [[(start, end, category) for start, end, category in spans] for spans in answers]

    def _started(self) -> subprocess.Popen[str]:
        peer = self._peer
        return subprocess.Popen(
            [python_of(peer), str(SIDE), peer.key],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": ""},
        )

    def _asked(self, question: str) -> str:
        if self._process is None:
            self._process = self._started()
        stdin: IO[str] | None = self._process.stdin
        stdout: IO[str] | None = self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(question + "\n")
        stdin.flush()
        answer = stdout.readline()
        if not answer:
            raise SystemExit(
                "a peer ended without an answer; run benchmarks/peer_sides.py by hand to see why"
            )
        return answer

    def close(self) -> None:
        """End the process."""
        if self._process is None:
            return
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(timeout=60)
