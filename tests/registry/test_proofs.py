"""Proofs that somebody else checks with one copied file, a public key and nothing of ours."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from registry import anchors, proofs
from registry.access import bootstrap_principal
from registry.errors import AccessDenied, InvalidValue
from registry.heads import SignedHead, public_pem
from tests.registry.services import WRITES
from tests.registry.world import World


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What an auditor was given: a folder with the verifier, the public key and two anchors."""

    path: Path
    older: SignedHead
    newer: SignedHead

    def check(self, *arguments: str) -> tuple[int, str]:
        """Run the copied verifier, isolated from our code, and return exit code and output."""
        command = [sys.executable, "-I", "check_proof.py", "--public-key", "journal.pem", *arguments]
        done = subprocess.run(command, cwd=self.path, capture_output=True, encoding="utf-8", check=False)
        assert not done.stderr, done.stderr
        return done.returncode, done.stdout

    def give(self, name: str, content: str | dict[str, Any]) -> str:
        """Put a file into the folder and return its name."""
        text = content if isinstance(content, str) else json.dumps(content)
        (self.path / name).write_text(text, encoding="utf-8")
        return name


@pytest.fixture
def elsewhere(world: World, tmp_path: Path) -> Elsewhere:
    """Sign two heads with changes between and after them, and hand over what an auditor needs."""
    folder = tmp_path / "auditor"
    kept = tmp_path / "kept"
    for place in (folder, kept):
        place.mkdir()
    heads = []
    for name in ("older.json", "newer.json"):
        path, head = anchors.anchor(world.registry, bootstrap_principal(), kept)
        shutil.copy(path, folder / name)
        heads.append(head)
        world.clock.advance(timedelta(days=1))
        with world.registry.write(world.personas()["administrator"], reason="秘密の理由") as tx:
            WRITES["ledger.create_entry"](tx, world, world.b)
    (folder / "journal.pem").write_text(public_pem(world.registry.vault), encoding="ascii")
    (folder / "check_proof.py").write_text(proofs.verifier_source(), encoding="utf-8")
    return Elsewhere(folder, *heads)


def proof_of(world: World, seq: int, head: SignedHead, *, readable: bool = False) -> dict[str, Any]:
    """Return a proof as the owner exports it."""
    with world.registry.write(bootstrap_principal(), reason="audit") as tx:
        found: dict[str, Any] = json.loads(proofs.inclusion(tx, seq, head, readable=readable))
        return found


def test_each_record_is_proven_offline(world: World, elsewhere: Elsewhere) -> None:
    """The verifier says that the record is in the signed journal, and shows who did what, without names."""
    for seq in (1, elsewhere.older.tree_size + 2, elsewhere.newer.tree_size):
        name = elsewhere.give("proof.json", proof_of(world, seq, elsewhere.newer))
        code, told = elsewhere.check("--anchor", "newer.json", "--proof", name)
        assert code == 0
        assert f'"seq": "{seq}"' in told
        assert "秘密の理由" not in told


def test_a_readable_proof_opens_one_record_and_no_other(world: World, elsewhere: Elsewhere) -> None:
    """Its key shows this record's reason and values; with the key of another record nothing opens."""
    seq = elsewhere.older.tree_size + 2
    proof = proof_of(world, seq, elsewhere.newer, readable=True)
    code, told = elsewhere.check("--anchor", "newer.json", "--proof", elsewhere.give("p.json", proof))
    assert (code, "秘密の理由" in told) == (0, True)
    other = proof_of(world, seq - 1, elsewhere.newer) | {"record_key": proof["record_key"]}
    code, told = elsewhere.check("--anchor", "newer.json", "--proof", elsewhere.give("o.json", other))
    assert (code, "does not open" in told) == (4, True)


def test_any_changed_part_of_a_proof_breaks_it(world: World, elsewhere: Elsewhere) -> None:
    """Another record, number, hash, path or size, and a changed or foreign anchor are all refused."""
    proof = proof_of(world, 5, elsewhere.newer)
    flipped = proof["record"][:-1] + ("0" if proof["record"][-1] != "0" else "1")
    anchor = elsewhere.newer.as_mapping()
    attempts: list[tuple[dict[str, Any], dict[str, Any]]] = [
        (proof | {"record": flipped}, anchor),
        (proof | {"record": proof["record"] + "00"}, anchor),
        (proof | {"record": proof["record"][:6]}, anchor),
        (proof | {"seq": 6}, anchor),
        (proof | {"hash": "00" * 32}, anchor),
        (proof | {"path": proof["path"][:-1]}, anchor),
        (proof | {"path": ["zz"]}, anchor),
        (proof | {"format": "other"}, anchor),
        (proof, elsewhere.older.as_mapping()),
        (proof, anchor | {"root": "00" * 32}),
        (proof, anchor | {"key_id": "0" * 16}),
        (proof, anchor | {"format": "other"}),
        (proof, {"format": anchor["format"]}),
    ]
    for number, (changed, head) in enumerate(attempts):
        arguments = ("--anchor", elsewhere.give("a.json", head), "--proof", elsewhere.give("p.json", changed))
        code, told = elsewhere.check(*arguments)
        assert (code, told.startswith("BROKEN")) == (4, True), number


def test_a_newer_anchor_is_proven_to_continue_an_older_one(world: World, elsewhere: Elsewhere) -> None:
    """The consistency file joins the two heads; the wrong way round or changed it does not."""
    with world.registry.write(bootstrap_principal(), reason="audit") as tx:
        text = proofs.consistency(tx, elsewhere.older, elsewhere.newer)
        with pytest.raises(InvalidValue, match="wrong_order"):
            proofs.consistency(tx, elsewhere.newer, elsewhere.older)
    pair = ("--anchor", "older.json", "--newer", "newer.json", "--consistency")
    assert elsewhere.check(*pair, elsewhere.give("c.json", text))[0] == 0
    changed = json.loads(text)
    changed["path"][0] = "00" * 32
    code, told = elsewhere.check(*pair, elsewhere.give("c.json", changed))
    assert (code, "rewritten" in told) == (4, True)
    turned = ("--anchor", "newer.json", "--newer", "older.json", "--consistency", "c.json")
    assert elsewhere.check(*turned)[0] == 4


def test_proofs_are_for_who_sees_the_whole_journal_and_leave_a_record(
    world: World, elsewhere: Elsewhere
) -> None:
    """An administrator of one company gets none; a head that is too old or not ours proves nothing."""
    for who in ("administrator of A", "officer of A", "administrator"):
        with world.registry.write(world.personas()[who]) as tx, pytest.raises(AccessDenied):
            proofs.inclusion(tx, 1, elsewhere.newer)
    with pytest.raises(InvalidValue, match="not_in_this_anchor"):
        proof_of(world, elsewhere.older.tree_size + 1, elsewhere.older)
    foreign = SignedHead(
        **{**{n: getattr(elsewhere.older, n) for n in SignedHead.__slots__}, "root": "0" * 64}
    )
    with pytest.raises(InvalidValue, match="not_of_this_journal"):
        proof_of(world, 1, foreign)
    proof_of(world, 1, elsewhere.older)
    with world.registry.read(bootstrap_principal()) as tx:
        from registry import journal

        line = journal.lines(tx, limit=1)[0]
    assert (line.action, line.row_id, line.reason) == ("journal_exported", "1", "audit")
