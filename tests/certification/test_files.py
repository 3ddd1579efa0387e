"""Files of findings and of rules: sealed, for who may read them, fixed with what was approved."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from sqlalchemy import select, text

from privacy_mark.assessments import files, findings
from privacy_mark.assessments.model import Finding, FindingId
from privacy_mark.documents import distribution, reading, versions
from privacy_mark.documents import files as originals
from privacy_mark.documents.model import RuleId, VersionId
from privacy_mark.files import MOST, FileId, KeptFile
from registry import accounts, journal, resealing
from registry.access import bootstrap_principal
from registry.errors import AccessDenied, Conflict, InvalidValue, NotFound, StoreError
from registry.model import Principal, Role
from registry.sealed_files import LIMIT
from registry.store.file_tables import FilePart
from tests.certification.test_assessments import answer, manager, officer, with_finding
from tests.certification.test_documents import DUE, approved, top, written
from tests.registry.world import PASSWORD, World, person

PDF = b"%PDF-1.7\n" + "写しの中身".encode() * 60_000
ON_SQLITE = pytest.mark.parametrize("world", ["sqlite"], indirect=True)


def team(world: World) -> Principal:
    """Return the certification team of the group: it may not see where another entity's data lie."""
    return person(31, Role.CERTIFICATION_TEAM, world.group.id)


def filed(world: World, *, personal: bool = True) -> tuple[Finding, KeptFile]:
    """Return a finding of the site, and a file that its manager attached."""
    _, of = with_finding(world)
    with world.registry.write(manager(world)) as tx:
        return of, files.add(tx, of.id, "C:\\folder\\山田の写し.exe", PDF, personal=personal)


def test_a_file_is_sealed_and_comes_back_as_it_was(world: World) -> None:
    """Name and content lie sealed; it is named for what it is; who took it is in the journal."""
    of, made = filed(world)
    digest = hashlib.sha256(PDF).hexdigest()
    assert (made.name, made.size, made.sha256) == ("山田の写し.exe.pdf", len(PDF), digest)
    with world.registry.write(officer(world)) as tx:
        assert files.content(tx, made.id).data == PDF
        newest = journal.newest_of(tx, "pm_file", made.id)
        assert (newest.action, newest.after) == ("attachment_viewed", {"sha256": digest})
        stored = tx.session.execute(text("SELECT content_sealed, name_sealed FROM pm_file_part, pm_file"))
        cells = [bytes(cell) for row in stored for cell in row]
    assert not any(PDF[:16] in cell or PDF[-16:] in cell or "山田".encode() in cell for cell in cells)
    names = {table.name: {column.name for column in found} for table, found in resealing.resealable()}
    assert names["pm_file_part"] == {"content_sealed"}
    assert "name_sealed" in names["pm_file"]
    assert of.version == 1


def test_personal_data_stay_with_who_may_see_locations_there(world: World) -> None:
    """The team of the group sees that there is a file; what has no personal data it may read."""
    of, made = filed(world)
    with world.registry.write(manager(world)) as tx:
        plain = files.add(tx, of.id, "手順書.txt", "第1条".encode(), personal=False)
    with world.registry.write(team(world)) as tx:
        hidden, open_ = files.attached(tx, of.id)
        assert (hidden.name, hidden.sha256, hidden.readable) == ("", "", False)
        assert (open_.name, open_.readable) == ("手順書.txt", True)
        with pytest.raises(AccessDenied):
            files.content(tx, made.id)
        assert files.content(tx, plain.id).data.decode() == "第1条"
    with world.registry.write(person(5, Role.OFFICER, world.b.unit.id)) as tx:
        for file_id in (made.id, FileId(99)):
            with pytest.raises(NotFound, match="pm_file"):
                files.content(tx, file_id)


@ON_SQLITE
def test_what_is_no_evidence_is_refused(world: World) -> None:
    """By its content, its size and its number; the same file is attached once."""
    of, _ = filed(world)
    with world.registry.write(manager(world)) as tx:
        for name, data, rule in (
            ("a.exe", b"MZ\x00\x01", "data: kind"),
            ("a.txt", b"", "data: required"),
            ("a.txt", b"x" * (LIMIT + 1), "data: too_large"),
            (" ", b"x", "name: required"),
            ("b.pdf", PDF, "data: taken"),
        ):
            with pytest.raises(InvalidValue, match=rule):
                files.add(tx, of.id, name, data, personal=True)
        for number in range(MOST - 1):
            files.add(tx, of.id, f"{number}.txt", f"{number}".encode(), personal=True)
        with pytest.raises(InvalidValue, match="too_many"):
            files.add(tx, of.id, "over.txt", b"over", personal=True)


def test_a_file_is_evidence_enough_and_fixed_with_the_approval(world: World) -> None:
    """Without any other record; a change meanwhile is a conflict, and an approved answer keeps its files."""
    of, made = filed(world)
    with world.registry.write(manager(world)) as tx:
        answered = answer(tx, of, evidence=(), version=2)
        files.remove(tx, made.id, expected_version=1, reason="取り違え")
    with world.registry.write(officer(world)) as tx:
        with pytest.raises(Conflict) as caught:
            findings.approve(tx, of.id, expected_version=answered.version)
        assert caught.value.who == manager(world).name
        with pytest.raises(InvalidValue, match="evidence: required"):
            findings.approve(tx, of.id, expected_version=answered.version + 1)
        (gone,) = files.attached(tx, of.id)
        assert (gone.removal, gone.sha256) == ("取り違え", made.sha256)
        with pytest.raises(InvalidValue, match="decided"):
            files.content(tx, made.id)
        assert not list(tx.session.scalars(select(FilePart.id)))
    with world.registry.write(manager(world)) as tx:
        again = files.add(tx, of.id, "写し.pdf", PDF, personal=True)
    with world.registry.write(officer(world)) as tx:
        done = findings.approve(tx, of.id, expected_version=answered.version + 2)
    with world.registry.write(manager(world)) as tx:
        with pytest.raises(InvalidValue, match="approved"):
            files.add(tx, of.id, "別.txt", b"x", personal=True)
        with pytest.raises(InvalidValue, match="approved"):
            files.remove(tx, again.id, expected_version=1, reason="別")
        answer(tx, of, evidence=(), version=done.version)  # takes the approval back
        files.remove(tx, again.id, expected_version=1, reason="別")


@ON_SQLITE
def test_only_who_answers_or_keeps_the_assessment_attaches(world: World) -> None:
    """A finding that a file belongs to is not taken out any more."""
    owner = answerer(world)
    _, of = with_finding(world, owner_id=owner.user_id)
    with world.registry.write(manager(world, 62)) as tx, pytest.raises(InvalidValue, match="not_yours"):
        files.add(tx, of.id, "写し.txt", b"x", personal=True)
    with world.registry.write(officer(world)) as tx:
        files.add(tx, of.id, "写し.txt", b"x", personal=True)
        with pytest.raises(InvalidValue, match="worked_on"):
            findings.remove(tx, FindingId(of.id), expected_version=2)
    with world.registry.write(top(world)) as tx, pytest.raises(AccessDenied):
        files.add(tx, of.id, "別.txt", b"y", personal=True)


def answerer(world: World) -> Principal:
    """Return an account that may answer findings of the site."""
    with world.registry.write(bootstrap_principal(), reason="test") as tx:
        made = accounts.create_account(tx, "kacho", "課長", PASSWORD, "ja", unit_id=world.a.site.id)
        accounts.grant(tx, made, Role.DEPARTMENT_MANAGER, world.a.site.id)
    return replace(manager(world), user_id=made)


def test_readers_get_the_document_that_was_approved_with_the_version(world: World) -> None:
    """Its author attaches it until it is decided; their word that they read it names its hash."""
    version = written(world)
    with world.registry.write(officer(world)) as tx:
        made = originals.add(tx, version, "規程.pdf", PDF)
    with world.registry.write(top(world)) as tx:
        with pytest.raises(Conflict):
            versions.approve(tx, version, expected_version=1)
        with pytest.raises(AccessDenied):
            originals.add(tx, version, "別.txt", b"x")
        versions.approve(tx, version, expected_version=2)
    reader = worker(world)
    with world.registry.write(reader) as tx, pytest.raises(NotFound, match="pm_file"):
        originals.content(tx, made.id)
    with world.registry.write(officer(world)) as tx:
        for act in (
            lambda: originals.add(tx, version, "別.txt", b"x"),
            lambda: originals.remove(tx, made.id, expected_version=1, reason="別"),
        ):
            with pytest.raises(InvalidValue, match="decided"):
                act()
        distribution.distribute(tx, version, world.a.site.id, due_on=DUE)
    with world.registry.write(reader) as tx:
        (seen,) = originals.attached(tx, version)
        assert (seen.name, seen.sha256) == ("規程.pdf", made.sha256)
        assert originals.content(tx, made.id).data == PDF
        reading.acknowledge(tx, version)
    with world.registry.read(bootstrap_principal()) as tx:
        read = next(line for line in journal.lines(tx) if line.action == "rule_read")
    assert read.after == {"version": version, "files": [made.sha256]}


def worker(world: World) -> Principal:
    """Return a worker of the site, with an account."""
    with world.registry.write(bootstrap_principal(), reason="test") as tx:
        made = accounts.create_account(tx, "yomu", "読む人", PASSWORD, "ja", unit_id=world.a.site.id)
        accounts.grant(tx, made, Role.WORKER, world.a.site.id)
    return person(made, Role.WORKER, world.a.site.id)


@ON_SQLITE
def test_a_new_version_begins_without_the_old_document(world: World) -> None:
    """A file of another person's version is not changed; one of a finding is none of a rule."""
    old = approved(world)
    second = written(world, of=versions_rule(world, old))
    other = replace(officer(world), user_id=top(world).user_id)
    with world.registry.write(other) as tx, pytest.raises(InvalidValue, match="other_person"):
        originals.add(tx, second, "別.txt", b"x")
    _, of = filed(world)
    with world.registry.write(officer(world)) as tx:
        assert originals.attached(tx, second) == []
        with pytest.raises(NotFound, match="pm_file"):
            originals.content(tx, of.id)
        mine = originals.add(tx, second, "規程.txt", b"x")
        with pytest.raises(NotFound, match="pm_file"):
            files.content(tx, mine.id)
        originals.remove(tx, mine.id, expected_version=1, reason="古い版")
        assert originals.attached(tx, second)[0].removal == "古い版"


def versions_rule(world: World, version_id: VersionId) -> RuleId:
    """Return the rule of a version."""
    with world.registry.read(officer(world)) as tx:
        return RuleId(versions.seen_version(tx, version_id).rule_id)


def test_a_file_that_was_damaged_is_not_handed_out(world: World) -> None:
    """Its hash tells."""
    _, made = filed(world)
    with world.registry.write(bootstrap_principal(), reason="test") as tx:
        part = tx.session.scalars(select(FilePart)).first()
        assert part is not None
        tx.session.delete(part)
    with world.registry.write(officer(world)) as tx, pytest.raises(StoreError, match="backup"):
        files.content(tx, made.id)
