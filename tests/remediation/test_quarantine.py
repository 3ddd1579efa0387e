"""Quarantine of files: copied, verified, removed; put back or destroyed; never lost by a kill."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from registry import ledger, remediation_places, remediation_steps
from registry import remediation as book
from registry.errors import AccessDenied, Conflict, Duplicate, InvalidValue, NotFound
from registry.journal import Action
from registry.model import Role
from registry.remediation_states import RemediationState, Seen, Step
from registry.store.remediation_tables import RemediationRecord
from registry.store.tables import JournalRecord
from remediation.copies import Copies
from remediation.errors import Fault, RemediationError
from remediation.local import LocalPlace
from tests.registry.world import draft, person
from tests.remediation.bench import OWNER, Bench, missing

SECRET = "架空 太郎 090-0000-0000\n".encode() * 200_000  # more than one piece


class KilledError(BaseException):
    """Stands for a process that ends here."""


def test_a_file_is_copied_encrypted_removed_and_put_back_as_it_was(bench: Bench) -> None:
    """The bytes, mode and time are the same; nothing lay in the clear; the copy is gone afterwards."""
    path = bench.file("人事/名簿.txt", SECRET)
    path.chmod(0o640)
    os.utime(path, ns=(1, 1_700_000_000_123_456_789))
    bench.scan()
    remediation_id = bench.approved(path)
    bench.hands.quarantine(bench.one, remediation_id)
    now = bench.now(remediation_id)
    assert (now.state, now.step) == (RemediationState.DONE, Step.REMOVED)
    assert now.until == bench.clock.now.date() + timedelta(days=30)
    assert not path.exists()
    (copy,) = bench.copies()
    assert copy.stat().st_mode & 0o777 == 0o600
    assert SECRET[:20] not in copy.read_bytes()
    assert bench.references == ["env:HANDS"]

    bench.hands.restore(bench.one, remediation_id)
    assert path.read_bytes() == SECRET
    assert (path.stat().st_mode & 0o777, path.stat().st_mtime_ns) == (0o640, 1_700_000_000_123_456_789)
    assert bench.now(remediation_id).state is RemediationState.RESTORED
    assert bench.copies() == []
    assert list(path.parent.iterdir()) == [path]
    with bench.registry.read(OWNER) as tx:
        row = tx.session.scalars(select(RemediationRecord)).one()
        assert (row.key_sealed, row.copy_sealed) == (None, None)
        done = list(
            tx.session.scalars(select(JournalRecord.action).where(JournalRecord.table_name == "remediation"))
        )
    assert [each for each in done if each != Action.REMEDIATION_STEP] == [
        Action.REMEDIATION_PROPOSED,
        Action.REMEDIATION_APPROVED,
        Action.REMEDIATION_DONE,
        Action.REMEDIATION_RESTORED,
    ]


def test_nothing_is_removed_or_destroyed_while_evidence_is_held(bench: Bench) -> None:
    """A hold that came after the approval stops the removal, and later the destruction, until it ends."""
    paths = [bench.file("a.txt"), bench.file("b.txt")]
    bench.scan()
    first, second = (bench.approved(path) for path in paths)
    bench.hands.quarantine(bench.one, first)
    with bench.registry.write(OWNER) as tx:
        entry = ledger.create_entry(tx, draft(bench.source.unit_id, bench.source))
        held = {"legal_hold": True, "legal_hold_reason": "訴訟"}
        entry = ledger.update_entry(tx, entry.id, expected_version=entry.version, changes=held)
    with pytest.raises(InvalidValue, match="held"):
        bench.hands.quarantine(bench.one, second)
    assert paths[1].exists()
    bench.clock.advance(timedelta(days=60))
    assert bench.hands.destroy_due(bench.one) == 0
    with bench.registry.write(OWNER) as tx:
        free = {"legal_hold": False, "legal_hold_reason": ""}
        ledger.update_entry(tx, entry.id, expected_version=entry.version, changes=free)
    assert bench.hands.destroy_due(bench.one) == 1


POINTS = ("copy_written", "copied", "verified", "removing", "removed_at_place", "removed")


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_at_any_point_loses_nothing_and_is_gone_on_from(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    """After the kill the file or a verified copy is there; the next run ends as an undisturbed one."""
    path = bench.file("a.txt", SECRET)
    bench.scan()
    remediation_id = bench.approved(path)
    with monkeypatch.context() as patch:
        _kill_at(patch, point)
        with pytest.raises(KilledError):
            bench.hands.quarantine(bench.one, remediation_id)
    assert path.exists() == (point not in ("removed_at_place", "removed"))
    bench.hands.quarantine(bench.one, remediation_id)
    assert bench.now(remediation_id).state is RemediationState.DONE
    assert not path.exists()
    assert len(bench.copies()) == 1
    bench.hands.restore(bench.one, remediation_id)
    assert path.read_bytes() == SECRET


def _kill_at(patch: pytest.MonkeyPatch, point: str) -> None:
    """End the process before a step is written down, or right after it acted."""
    match point:
        case "copy_written":
            patch.setattr(remediation_steps, "copied", _killed)
        case "copied":
            patch.setattr(remediation_steps, "verified", _killed)
        case "verified":
            patch.setattr(remediation_steps, "removing", _killed)
        case "removing":
            patch.setattr(LocalPlace, "remove", _killed)
        case "removed_at_place":
            real = LocalPlace.remove

            def remove(self: LocalPlace, *args: object) -> None:
                real(self, *args)  # type: ignore[arg-type]
                raise KilledError

            patch.setattr(LocalPlace, "remove", remove)
        case "removed":
            patch.setattr(remediation_steps, "removed", _killed)


def _killed(*_: object, **__: object) -> None:
    raise KilledError


def test_what_appears_at_its_place_after_a_kill_costs_no_copy(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old file was removed and this was not written down yet: its copy stays, the new file too."""
    path = bench.file("a.txt", SECRET)
    bench.scan()
    remediation_id = bench.approved(path)
    with monkeypatch.context() as patch:
        _kill_at(patch, "removed_at_place")
        with pytest.raises(KilledError):
            bench.hands.quarantine(bench.one, remediation_id)
    path.write_bytes(b"new")
    with pytest.raises(RemediationError):
        bench.hands.quarantine(bench.one, remediation_id)
    assert path.read_bytes() == b"new"
    assert len(bench.copies()) == 1
    path.unlink()
    bench.hands.quarantine(bench.one, remediation_id)
    bench.hands.restore(bench.one, remediation_id)
    assert path.read_bytes() == SECRET


def test_another_version_is_not_touched(bench: Bench) -> None:
    """Size or time differ from what was found, or it changes after the copy: it stays, and no copy does."""
    path = bench.file("a.txt", b"found")
    bench.scan()
    remediation_id = bench.approved(path)
    path.write_bytes(b"other")
    with pytest.raises(RemediationError) as refused:
        bench.hands.quarantine(bench.one, remediation_id)
    assert refused.value.fault is Fault.CHANGED
    assert (path.read_bytes(), bench.copies()) == (b"other", [])
    now = bench.now(remediation_id)
    assert (now.state, now.failure, now.step) == (RemediationState.FAILED, "changed", Step.NONE)


@pytest.mark.parametrize("same_look", [False, True])
def test_a_change_between_copy_and_removal_is_seen(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, same_look: bool
) -> None:
    """Also one that leaves size and time as they were: the bytes are read once more."""
    path = bench.file("a.txt", b"found")
    bench.scan()
    remediation_id = bench.approved(path)
    real, facts = remediation_steps.removing, path.stat()

    def removing(*args: object) -> object:
        path.write_bytes(b"FOUND" if same_look else b"longer than that")
        if same_look:
            os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(remediation_steps, "removing", removing)
    with pytest.raises(RemediationError) as refused:
        bench.hands.quarantine(bench.one, remediation_id)
    assert refused.value.fault is Fault.CHANGED
    assert path.read_bytes() == (b"FOUND" if same_look else b"longer than that")
    assert bench.copies() == []


def test_links_and_other_names_are_refused(bench: Bench, tmp_path: Path) -> None:
    """A file with a second name would stay under it; a folder that became a link leads out of the source."""
    path = bench.file("人事/a.txt")
    bench.scan()
    os.link(path, bench.folder / "again.txt")
    remediation_id = bench.approved(path)
    with pytest.raises(RemediationError) as refused:
        bench.hands.quarantine(bench.one, remediation_id)
    assert refused.value.fault is Fault.LINKED
    (bench.folder / "again.txt").unlink()
    path.parent.rename(tmp_path / "elsewhere")
    (bench.folder / "人事").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RemediationError):
        bench.hands.quarantine(bench.one, remediation_id)
    assert (tmp_path / "elsewhere" / "a.txt").exists()


def test_putting_back_never_overwrites(bench: Bench) -> None:
    """Something else lies there: it stays, and so does the copy."""
    path = bench.file("a.txt", b"found")
    bench.scan()
    remediation_id = bench.approved(path)
    bench.hands.quarantine(bench.one, remediation_id)
    path.write_bytes(b"new")
    with pytest.raises(RemediationError) as refused:
        bench.hands.restore(bench.one, remediation_id)
    assert refused.value.fault is Fault.OCCUPIED
    assert path.read_bytes() == b"new"
    assert len(bench.copies()) == 1
    with pytest.raises(RemediationError) as late:
        LocalPlace(bench.folder).put_back(path.as_uri(), iter([b"x"]), {}, 0)
    assert late.value.fault is Fault.OCCUPIED
    assert [each.name for each in bench.folder.iterdir()] == ["a.txt"]


def test_a_damaged_copy_keeps_the_file(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read back differs: nothing is removed."""
    path = bench.file("a.txt", SECRET)
    bench.scan()
    remediation_id = bench.approved(path)
    real = remediation_steps.copied

    def copied(*args: object) -> object:
        (copy,) = bench.copies()
        held = bytearray(copy.read_bytes())
        held[1_000] ^= 1
        copy.write_bytes(held)
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(remediation_steps, "copied", copied)
    with pytest.raises(RemediationError) as refused:
        bench.hands.quarantine(bench.one, remediation_id)
    assert refused.value.fault is Fault.COPY_DAMAGED
    assert path.read_bytes() == SECRET


def test_two_at_once_and_another_machine(bench: Bench, tmp_path: Path) -> None:
    """The second on this machine is told; one without the copy neither removes nor forgets."""
    path = bench.file("a.txt", SECRET)
    bench.scan()
    remediation_id = bench.approved(path)
    with bench.registry.read(OWNER) as tx:
        uid = remediation_steps.uid_of(tx, remediation_id)
    with bench.hands.copies.at(uid), pytest.raises(RemediationError) as busy:
        bench.hands.quarantine(bench.one, remediation_id)
    assert busy.value.fault is Fault.BUSY
    bench.hands.quarantine(bench.one, remediation_id)
    elsewhere = replace(bench.hands, copies=Copies(tmp_path / "elsewhere"))
    with pytest.raises(RemediationError) as lost:
        elsewhere.restore(bench.one, remediation_id)
    assert lost.value.fault is Fault.COPY_MISSING
    bench.hands.restore(bench.one, remediation_id)
    assert path.read_bytes() == SECRET


def test_when_its_period_is_over_the_copy_is_destroyed_with_a_certificate(bench: Bench) -> None:
    """Not a day earlier; the certificate names who, what and when; nothing can be put back."""
    path = bench.file("a.txt", SECRET)
    bench.scan()
    remediation_id = bench.approved(path)
    bench.hands.quarantine(bench.one, remediation_id)
    bench.clock.advance(timedelta(days=30))
    assert bench.hands.destroy_due(OWNER) == 0
    bench.clock.advance(timedelta(days=1))
    with pytest.raises(InvalidValue, match="not_restorable"):
        bench.hands.restore(bench.one, remediation_id)
    assert bench.hands.destroy_due(OWNER) == 1
    assert bench.hands.destroy_due(OWNER) == 0
    assert bench.copies() == []
    now = bench.now(remediation_id)
    assert now.state is RemediationState.DESTROYED
    with bench.registry.read(bench.one) as tx:
        proof = remediation_steps.certificate(tx, remediation_id)
        row = tx.session.scalars(select(RemediationRecord)).one()
    assert (row.key_sealed, row.copy_sealed) == (None, None)
    assert (proof.number, proof.proposer, proof.decider) == ("Q-2026-0001", "officer 21", "officer 22")
    assert (proof.size, proof.persons, proof.shown) == (len(SECRET), 3, now.facts.shown)
    assert len(proof.digest) == 64
    assert proof.destroyed_at == bench.clock.now


def test_a_later_scan_confirms_or_finds_it_again(bench: Bench) -> None:
    """Gone only when its folder was examined; a scan that did not get there tells nothing."""
    path, other = bench.file("人事/a.txt"), bench.file("人事/b.txt")
    bench.scan()
    remediation_id = bench.approved(path)
    bench.hands.quarantine(bench.one, remediation_id)
    bench.scan([missing(path.parent)])
    assert bench.now(remediation_id).seen is Seen.NOTHING
    bench.scan([])
    assert bench.now(remediation_id).seen is Seen.NOTHING
    bench.scan([bench.found(other), missing(bench.folder)])
    assert bench.now(remediation_id).seen is Seen.NOTHING
    bench.scan([bench.found(other), missing(bench.folder / "営業")])
    assert bench.now(remediation_id).seen is Seen.CONFIRMED
    path.write_bytes(b"again")
    bench.scan()
    assert bench.now(remediation_id).seen is Seen.REAPPEARED


def test_nobody_approves_their_own_and_nothing_happens_unapproved(bench: Bench) -> None:
    """Two persons; roles count; a second proposal of the same is refused; versions are kept."""
    path = bench.file("a.txt")
    bench.scan()
    made = bench.propose(path)
    with pytest.raises(InvalidValue, match="not_approved"):
        bench.hands.quarantine(bench.one, made.id)
    with pytest.raises(InvalidValue, match="same_person"), bench.registry.write(bench.one) as tx:
        book.decide(tx, made.id, expected_version=made.version, approve=True)
    with pytest.raises(Duplicate):
        bench.propose(path)
    with pytest.raises(Conflict), bench.registry.write(bench.other) as tx:
        book.decide(tx, made.id, expected_version=made.version + 1, approve=True)
    stranger = person(31, Role.OFFICER, bench.world.b.unit.id)
    with pytest.raises(NotFound), bench.registry.write(stranger) as tx:
        book.decide(tx, made.id, expected_version=made.version, approve=True)
    handler = person(32, Role.DEPARTMENT_MANAGER, bench.world.a.unit.id)
    with pytest.raises(AccessDenied), bench.registry.write(handler) as tx:
        book.decide(tx, made.id, expected_version=made.version, approve=True)
    assert path.exists()


def test_a_place_is_allowed_with_a_credential_of_its_own(bench: Bench) -> None:
    """Never the scanner's; without it nothing is proposed; taken back, what was approved stops."""
    path = bench.file("a.txt")
    bench.scan()
    remediation_id = bench.approved(path)
    with bench.registry.write(OWNER) as tx:
        remediation_places.forbid(tx, bench.source.id)
    with pytest.raises(InvalidValue, match="not_permitted"):
        bench.hands.quarantine(bench.one, remediation_id)
    assert path.exists()
    with pytest.raises(AccessDenied), bench.registry.write(bench.one) as tx:
        remediation_places.permit(tx, bench.source.id, credential="env:HANDS")
