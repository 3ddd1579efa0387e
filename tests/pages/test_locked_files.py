"""The queue of locked files: what is in it, who decides, and what a later scan says to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from registry import journal, runs
from registry import locked_files as queue
from registry.access import bootstrap_principal
from registry.assess import assess
from registry.errors import AccessDenied, Conflict, InvalidValue, NotFound
from registry.locked_files import LockedChoice, LockedFile, LockedFiles
from registry.model import ObjectId
from scanners.model import Outcome, Reason, RunTotals
from tests.pages.group import SECOND_SCAN, Group, _result, object_id
from tests.pages.test_pages import EXECUTIVE, GERMANY, HOSPITAL, NO_RIGHT, OFFICER, opened, shown

LOCKED = ObjectId(object_id("HOSP-1", "業務/控え.zip"))
PAGE = "locked_files"


def seen(group: Group, login: str) -> LockedFiles:
    """Return the queue as somebody sees it."""
    with group.workspace.registry.read(group.principal(login)) as tx:
        return queue.locked(tx, group.workspace.findings)


def decided(
    group: Group, login: str = HOSPITAL, choice: LockedChoice = LockedChoice.PASSWORD, **given: object
) -> None:
    """Decide about the hospital's file."""
    with group.workspace.registry.write(group.principal(login)) as tx:
        queue.decide(tx, group.workspace.findings, LOCKED, choice, **given)  # type: ignore[arg-type]


def about(found: LockedFiles) -> LockedFile:
    """Return the hospital's file."""
    return next(each for each in found.files if each.row.id == LOCKED)


def scanned(group: Group, *, locked: bool, began: timedelta = timedelta(hours=1)) -> None:
    """Scan the hospital's main building once more."""
    registry, store, unit = group.workspace.registry, group.workspace.findings, group.units["HOSP-1"]
    with registry.write(bootstrap_principal(), reason="scan") as tx:
        at = tx.now + timedelta(hours=1)
        source = next(run.source_id for run in runs.latest_runs(tx) if run.unit_id == unit)
        run_id = runs.new_run_id(at)
        writer, totals = store.writer(run_id, unit, source), RunTotals()
        failed = _result(
            "HOSP-1", "業務/控え.zip", "zip", SECOND_SCAN, outcome=Outcome.FAILED, reason=Reason.ENCRYPTED
        )
        inside = replace(failed, id="a" * 32, uri=f"{failed.uri}!a.txt", shown=f"{failed.shown}!a.txt")
        book = replace(
            failed, id="b" * 32, uri="file:///b.zip!帳.xlsx", shown="b.zip!帳.xlsx", kind="ole-encrypted"
        )
        for each in (
            (failed, inside, book) if locked else (replace(failed, outcome=Outcome.COMPLETE, reason=None),)
        ):
            writer.add(each)
            totals = totals.plus(each)
        runs.record_run(
            tx,
            run_id=run_id,
            unit_id=unit,
            source_id=source,
            started_at=tx.now + began,
            finished_at=at,
            totals=totals,
            rules_version="test/1",
            files=writer.commit(),
        )
        assess(tx, store, as_of=at.date())


def test_the_page_lists_what_a_person_may_see(group: Group) -> None:
    """An officer sees their hospital's files with place, day and owner; of others nothing."""
    text = shown(opened(group, HOSPITAL, PAGE))
    for part in ("控え.zip", "HOSP-1 共有", "未決", "tanto", "2\u00a0件の扱いが決まっていません"):
        assert part in text
    assert "LOGI" not in text
    assert NO_RIGHT in shown(opened(group, EXECUTIVE, PAGE))
    assert "await a decision" in shown(opened(group, HOSPITAL, PAGE, "en"))
    assert {each.row.unit_id for each in seen(group, GERMANY).files} == {group.units["DE"]}
    assert all(not each.row.shown and not each.row.owner for each in seen(group, EXECUTIVE).files)


def test_an_officer_decides_in_the_drawer(changeable: Group) -> None:
    """A reason is asked for an exception; the decision stands in the queue and in the journal."""
    test = opened(changeable, HOSPITAL, PAGE, locked=LOCKED)
    test.radio(key="locked-choice").set_value(LockedChoice.EXCEPTED)
    test.button(key="locked-decide").click().run()
    assert "理由を入れてください" in shown(test)
    test.text_area(key="locked-reason").set_value("相手方の原本で、開けないまま保管する")
    test.button(key="locked-decide").click().run()
    assert "記録しました。" in shown(test)
    decision = about(seen(changeable, HOSPITAL)).decision
    assert decision is not None
    assert (decision.choice, decision.decider) == (LockedChoice.EXCEPTED, "中村 裕子")
    assert "1\u00a0件の扱いが決まっていません" in shown(opened(changeable, HOSPITAL, PAGE))
    with changeable.workspace.registry.read(bootstrap_principal()) as tx:
        (line,) = [each for each in journal.lines(tx, limit=1_000) if each.table == "locked_decision"]
    assert line.action == "locked_decided"
    hidden = about(seen(changeable, EXECUTIVE)).decision
    assert hidden is not None
    assert hidden.reason == ""


def test_only_who_handles_cases_decides(changeable: Group) -> None:
    """Executives see that there is a file, others not even that; an old page is a conflict."""
    with pytest.raises(AccessDenied):
        decided(changeable, EXECUTIVE)
    with pytest.raises(NotFound):
        decided(changeable, GERMANY)
    with pytest.raises(InvalidValue, match="required"):
        decided(changeable, choice=LockedChoice.EXCEPTED, reason=" ")
    decided(changeable)
    with pytest.raises(Conflict):
        decided(changeable, OFFICER)
    decided(changeable, OFFICER, LockedChoice.DELETED, expected_version=1)
    decision = about(seen(changeable, HOSPITAL)).decision
    assert decision is not None
    assert (decision.choice, decision.version) == (LockedChoice.DELETED, 2)


def test_a_decision_during_a_scan_is_not_refuted_by_it(changeable: Group) -> None:
    """The scan may have come by the file before: only one that begins later has a word on it."""
    decided(changeable)
    scanned(changeable, locked=True, began=timedelta(hours=-1))
    assert not about(seen(changeable, HOSPITAL)).is_open


def test_all_of_a_long_queue_is_listed(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are, none is out of reach of a decision."""
    whole = seen(group, OFFICER)
    monkeypatch.setattr(queue, "_AT_ONCE", 1)
    assert seen(group, OFFICER) == whole
    assert (whole.total, whole.open) == (len(whole.files), len(whole.files))
    assert whole.total > 1


def test_a_later_scan_has_the_last_word(changeable: Group) -> None:
    """Still locked: open again. Read: gone from the queue. An archive stands for what is locked in it."""
    decided(changeable)
    assert not about(seen(changeable, HOSPITAL)).is_open
    scanned(changeable, locked=True)
    found = seen(changeable, HOSPITAL)
    assert about(found).is_still_locked
    assert "後の走査でも開いていません" in shown(opened(changeable, HOSPITAL, PAGE))
    kept = sorted(each.row.shown for each in found.files if each.row.unit_id == changeable.units["HOSP-1"])
    assert kept == ["b.zip!帳.xlsx", "業務/控え.zip"]
    scanned(changeable, locked=False)
    assert LOCKED not in {each.row.id for each in seen(changeable, HOSPITAL).files}
    with pytest.raises(InvalidValue, match="not_locked"):
        decided(changeable, expected_version=1)
