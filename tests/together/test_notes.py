"""Comments and attachments: sealed, for who may see them, and removed for a reason that stays."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, text, update

from registry import attachments, comments, journal, resealing
from registry.access import bootstrap_principal
from registry.attachment_kinds import SUFFIXES, kind_of
from registry.errors import AccessDenied, Conflict, InvalidValue, NotFound, StoreError
from registry.model import Permission, Role
from registry.roles import PERMISSIONS
from registry.store.note_tables import AttachmentPart
from registry.topics import Topic
from tests.access.world import CLOSED, World, person

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 2_000  # more than two parts


def office(*names: str) -> bytes:
    """Return a zip with these members."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return made.getvalue()


def test_what_is_attached_comes_back_and_is_on_record(world: World) -> None:
    """The same bytes, under a name whose suffix tells what they are; the view is a record with the hash."""
    target = world.targets["A"]
    who, topic = person(Role.OFFICER, target.unit_id), Topic.of_entry(target.entry_id)
    with world.registry.write(who) as tx:
        made = attachments.add(tx, topic, "C:\\folder\\契約書\u202efdp.exe", PDF)
    assert (made.name, made.kind, made.size) == ("契約書fdp.exe", "pdf", len(PDF))
    with world.registry.write(who) as tx:
        file = attachments.content(tx, made.id)
    assert (file.name, file.data) == ("契約書fdp.exe.pdf", PDF)
    digest = hashlib.sha256(PDF).hexdigest()
    with world.registry.read(bootstrap_principal()) as tx:
        newest, before = journal.lines(tx, limit=2)
        stored = tx.session.execute(
            text("SELECT content_sealed, name_sealed FROM attachment_part, attachment")
        )
        assert all(
            PDF[:16] not in bytes(part) and "契約".encode() not in bytes(name) for part, name in stored
        )
    assert (newest.action, newest.after) == ("attachment_viewed", {"sha256": digest})
    assert (before.action, before.after and before.after["sha256"]) == ("attachment_added", digest)
    assert "契約書" not in repr((before.before, before.after))


def test_a_removed_file_is_gone_and_its_hash_stays(world: World) -> None:
    """No part is left; who, when, why and the hash are told; a second removal is refused or a conflict."""
    target = world.targets["A"]
    who, topic = person(Role.OFFICER, target.unit_id), Topic.of_entry(target.entry_id)
    with world.registry.write(who) as tx:
        with pytest.raises(InvalidValue, match="reason: required"):
            attachments.remove(tx, target.attachment_id, expected_version=1, reason=" ")
        gone = attachments.remove(tx, target.attachment_id, expected_version=1, reason="取り違え")
        left = tx.session.scalar(
            select(func.count(AttachmentPart.id)).where(AttachmentPart.attachment_id == target.attachment_id)
        )
    assert (left, gone.removal, gone.remover, len(gone.sha256)) == (0, "取り違え", who.name, 64)
    with world.registry.write(who) as tx:
        for version, error in ((1, Conflict), (gone.version, InvalidValue)):
            with pytest.raises(error):
                attachments.remove(tx, target.attachment_id, expected_version=version, reason="再")
        with pytest.raises(InvalidValue, match="state"):
            attachments.content(tx, target.attachment_id)
        assert attachments.room(tx, topic) == attachments.MOST
    with world.registry.read(bootstrap_principal()) as tx:
        newest = journal.lines(tx, limit=1)[0]
    assert newest.after is not None
    assert (newest.action, newest.after["reason"], newest.after["sha256"]) == (
        "attachment_removed",
        "取り違え",
        gone.sha256,
    )


def test_limits(world: World) -> None:
    """Ten mebibytes, twenty files, no file twice, nothing empty, no program."""
    target = world.targets["A"]
    topic = Topic.of_entry(target.entry_id)
    with world.registry.write(person(Role.OFFICER, target.unit_id)) as tx:
        refused = [
            ("a.txt", b"", "data: required"),
            ("a.txt", b"x" * (attachments.LIMIT + 1), "data: too_large"),
            ("a.txt", b"MZ\x00\x01", "data: kind"),
            ("/", b"x", "name: required"),
            ("あ" * 201, b"x", "name: too_long"),
            ("b.txt", CLOSED["A"].encode(), "data: taken"),
        ]
        for name, data, why in refused:
            with pytest.raises(InvalidValue, match=why):
                attachments.add(tx, topic, name, data)
        for number in range(attachments.MOST - 1):
            attachments.add(tx, topic, f"{number}.txt", f"{number}".encode())
        assert attachments.room(tx, topic) == 0
        with pytest.raises(InvalidValue, match="too_many"):
            attachments.add(tx, topic, "over.txt", b"over")


def test_who_may_not_see_places_gets_no_words_of_others(world: World) -> None:
    """Who reads the ledger without its places sees that there is something, not what."""
    target = world.targets["A"]
    topic = Topic.of_entry(target.entry_id)
    for role in Role:
        if Permission.VIEW_LEDGER not in PERMISSIONS[role]:
            continue
        with world.registry.read(person(role, target.unit_id)) as tx:
            (said,), (file,) = comments.comments(tx, topic), attachments.attachments(tx, topic)
        located = Permission.VIEW_LOCATIONS in PERMISSIONS[role]
        assert (CLOSED["A"] in said.text, CLOSED["A"] in file.name, bool(file.sha256)) == (located,) * 3
    team = replace(person(Role.CERTIFICATION_TEAM, target.unit_id))
    with world.registry.write(team) as tx:
        mine = comments.add(tx, topic, "確認済み")
        with pytest.raises(AccessDenied):
            attachments.content(tx, target.attachment_id)
    with world.registry.read(team) as tx:
        assert [each.text for each in comments.comments(tx, topic)] == ["", "確認済み"]
    assert mine.author == team.name


def test_a_removed_comment_loses_its_words_everywhere(world: World) -> None:
    """The list tells who removed it and why; neither the row nor the journal has the words any more."""
    target = world.targets["A"]
    who, topic = person(Role.OFFICER, target.unit_id), Topic.of_entry(target.entry_id)
    with world.registry.write(who) as tx:
        made = comments.add(tx, topic, "山田太郎のこと")
        world.clock.advance(timedelta(minutes=1))
        comments.remove(tx, made.id, expected_version=made.version, reason="氏名が入っていた")
    with world.registry.read(who) as tx:
        gone = comments.comments(tx, topic)[-1]
    assert (gone.text, gone.removal, gone.remover) == ("", "氏名が入っていた", who.name)
    with world.registry.read(bootstrap_principal()) as tx:
        assert "山田太郎" not in repr(journal.lines(tx, limit=10))
        row = tx.session.execute(text("SELECT text_sealed FROM comment ORDER BY id DESC LIMIT 1")).one()
    assert row == (None,)


def test_differences_take_comments_and_files_from_who_works_on_them(world: World) -> None:
    """A department adds to a difference; an executive of another company sees that there is none."""
    target = world.targets["A"]
    topic = Topic.of_case(target.case_id)
    with world.registry.write(person(Role.DEPARTMENT_MANAGER, target.unit_id)) as tx:
        comments.add(tx, topic, "移動の記録")
        attachments.add(tx, topic, "記録.txt", b"moved")
        with pytest.raises(AccessDenied):
            comments.add(tx, Topic.of_entry(target.entry_id), "台帳は直せない")
    with world.registry.read(person(Role.OFFICER, target.unit_id)) as tx:
        assert [each.text for each in comments.comments(tx, topic)] == ["移動の記録"]
    with pytest.raises(NotFound), world.registry.read(person(Role.OFFICER, world.units["B"])) as tx:
        attachments.attachments(tx, topic)


def test_parts_that_were_changed_are_noticed(world: World) -> None:
    """Two parts in each other's place open, and yet are not handed out."""
    target = world.targets["A"]
    who = person(Role.OFFICER, target.unit_id)
    with world.registry.write(who) as tx:
        made = attachments.add(tx, Topic.of_entry(target.entry_id), "a.pdf", PDF)
        ids = tx.session.scalars(
            select(AttachmentPart.id).where(AttachmentPart.attachment_id == made.id)
        ).all()
        for number, position in zip(ids, (9, 8, 7), strict=True):
            change = update(AttachmentPart).where(AttachmentPart.id == number).values(position=position)
            tx.session.execute(change)
    with pytest.raises(StoreError, match="not what was attached"), world.registry.write(who) as tx:
        attachments.content(tx, made.id)


def test_a_rotation_seals_files_anew() -> None:
    """Every sealed column of the new tables is one that a rotation writes again."""
    found = {table.name: {column.name for column in columns} for table, columns in resealing.resealable()}
    assert found["attachment_part"] == {"content_sealed"}
    assert {"text_sealed", "author_sealed", "remover_sealed", "removal_sealed"} == found["comment"]
    assert "name_sealed" in found["attachment"]
    assert found["saved_filter"] == {"name_sealed", "query_sealed"}


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.4", "pdf"),
        (b"\x89PNG\r\n\x1a\n", "png"),
        (b"\xff\xd8\xff\xe0", "jpeg"),
        (office("[Content_Types].xml", "word/document.xml"), "docx"),
        (office("[Content_Types].xml", "xl/workbook.xml"), "xlsx"),
        (office("[Content_Types].xml", "ppt/presentation.xml"), "pptx"),
        (office("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), None),
        (office("evil.exe"), None),
        (b"PK\x03\x04broken", None),
        ("議事録\n".encode("cp932"), "text"),
        ("\ufeff氏名,電話\n".encode(), "text"),
        (b"From: a@example.jp\r\nTo: b@example.jp\r\nSubject: x\r\n\r\nbody", "eml"),
        (b"<svg onload='x()'>", None),
        (b" <!DOCTYPE html><script>", None),
        (b"#!/bin/sh\nrm", None),
        (b"MZ\x90\x00", None),
        (b"\x7fELF\x02", None),
    ],
)
def test_kinds(data: bytes, kind: str | None) -> None:
    """The content decides, and only what people keep as proof is taken."""
    assert kind_of(data) == kind
    assert kind is None or kind in SUFFIXES


@given(st.binary(max_size=300))
def test_every_file_is_of_a_known_kind_or_none(data: bytes) -> None:
    """No content makes the look at it fail."""
    for head in (b"", b"PK\x03\x04"):
        kind = kind_of(head + data)
        assert kind is None or kind in SUFFIXES
