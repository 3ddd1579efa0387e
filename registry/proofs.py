"""Proofs from the journal that others check offline with `registry/check_proof.py` and a public key."""

from __future__ import annotations

import json
from importlib import resources

from registry import merkle
from registry.access import EVERYWHERE, top_unit
from registry.check_proof import CONSISTENCY_FORMAT, PROOF_FORMAT
from registry.errors import AccessDenied, InvalidValue, NotFound
from registry.heads import SignedHead
from registry.journal import Action
from registry.journal_check import leaf_hashes
from registry.model import Permission
from registry.store import Tx
from registry.store.journal_rows import canonical_row, stored_row
from registry.store.month_keys import is_month_sealed, month_keys, record_key

_AT, _ACTOR, _HASH = 3, 5, 13  # places in a stored row


def inclusion(tx: Tx, seq: int, head: SignedHead, *, readable: bool = False) -> str:
    """Return the proof (JSON) that record `seq` is in the journal of a signed head, and record the export.

    `readable` adds the key of this one record, so that who gets the proof can read names and values in it.
    Raises AccessDenied for who may not see the whole journal, InvalidValue when the head is older than the
    record (`seq`) or does not fit the journal (`head`), or when the record's key was destroyed (`readable`).
    """
    _require_whole_journal(tx)
    if not 1 <= seq <= head.tree_size:
        raise InvalidValue("seq", "not_in_this_anchor")
    leaves = _leaves(tx, head)
    row = stored_row(tx.session, seq)
    if row is None:
        raise NotFound("journal_record")
    key = None
    if readable:
        month_key = month_keys(tx.session, tx.vault).get(row[_AT][:7].decode())
        if month_key is None or not is_month_sealed(row[_ACTOR]):
            raise InvalidValue("readable", "record_has_no_key")
        key = record_key(month_key, row[1].decode()).hex()
    path = merkle.audit_path(leaves, seq - 1)
    proof = {
        "format": PROOF_FORMAT,
        "seq": seq,
        "tree_size": head.tree_size,
        "record": canonical_row(row).hex(),
        "hash": row[_HASH].hex(),
        "path": [step.hex() for step in path],
        "record_key": key,
    }
    _exported(tx, seq, {"seq": seq, "tree_size": head.tree_size, "readable": readable})
    return json.dumps(proof, indent=2) + "\n"


def consistency(tx: Tx, older: SignedHead, newer: SignedHead) -> str:
    """Return the proof (JSON) that the journal of a newer head continues that of an older one."""
    _require_whole_journal(tx)
    if not 0 < older.tree_size <= newer.tree_size:
        raise InvalidValue("anchors", "wrong_order")
    leaves = _leaves(tx, newer)
    path = merkle.consistency_path(leaves, older.tree_size)
    proof = {
        "format": CONSISTENCY_FORMAT,
        "first_size": older.tree_size,
        "second_size": newer.tree_size,
        "path": [step.hex() for step in path],
    }
    _exported(tx, "", {"first_size": older.tree_size, "second_size": newer.tree_size})
    return json.dumps(proof, indent=2) + "\n"


def verifier_source() -> str:
    """Return the stand-alone program that checks proofs: one file to hand over with them."""
    return resources.files("registry").joinpath("check_proof.py").read_text(encoding="utf-8")


def _leaves(tx: Tx, head: SignedHead) -> list[bytes]:
    leaves = leaf_hashes(tx.session, head.tree_size)
    if len(leaves) != head.tree_size or merkle.root(leaves).hex() != head.root:
        raise InvalidValue("head", "not_of_this_journal")
    return leaves


def _require_whole_journal(tx: Tx) -> None:
    # A path is made of hashes of all units' records, and the journal belongs to no single unit.
    if EVERYWHERE not in tx.principal.units_with(Permission.VIEW_JOURNAL):
        raise AccessDenied(Permission.VIEW_JOURNAL)


def _exported(tx: Tx, row_id: object, after: dict[str, object]) -> None:
    tx.record(Action.JOURNAL_EXPORTED, "journal_record", row_id, top_unit(tx), None, after)
