"""Registered sources: the list, one source, and scans that are started, followed and stopped there."""

from __future__ import annotations

import errno
import re
from collections.abc import Mapping
from datetime import timedelta

import pytest

from daicho.credentials import CredentialError, Fault
from daicho.pages import source_progress
from daicho.pages.scan_failure_words import failure_words
from daicho.scan_failure import failure
from daicho.text import LANGUAGES, translator
from registry import scan_jobs
from registry import sources as registered
from registry.access import bootstrap_principal
from registry.errors import InvalidValue
from registry.model import SourceId, SourceRow
from registry.scan_failures import Failure
from registry.scan_jobs import PATIENCE, Held, Job, JobState, Progress
from registry.scan_permission import Bar, ScanRefusedError
from registry.source_terms import PlaceKind, SourceTerms
from scanners.errors import SourceError, Trouble
from tests.pages.group import Group
from tests.pages.test_pages import EXECUTIVE, GERMANY, HOSPITAL, NO_RIGHT, OFFICER, opened, shown

OWNER = bootstrap_principal()
PAGE = "sources"
SHARE = "HOSP-1 共有"


def known(group: Group) -> Mapping[str, SourceRow]:
    """Return all sources by name."""
    with group.workspace.registry.read(OWNER) as tx:
        return {each.name: each for each in registered.list_sources(tx)}


def jobs(group: Group) -> Mapping[SourceId, Job]:
    """Return the newest scan of each source."""
    with group.workspace.registry.read(OWNER) as tx:
        return scan_jobs.of_sources(tx)


def claimed(group: Group, source_id: SourceId) -> Held:
    """Take a source for a scan."""
    held = scan_jobs.claim(group.workspace.registry, OWNER, source_id)
    assert isinstance(held, Held)
    return held


def test_the_list_shows_what_a_person_may_see(group: Group) -> None:
    """Name, place, last run and state; nothing of other companies; executives see no addresses."""
    text = shown(opened(group, OFFICER, PAGE))
    for part in (SHARE, "file:///srv/HOSP-1", "情報システム部", "件のうち", "予定なし"):
        assert part in text
    english = shown(opened(group, GERMANY, PAGE, "en"))
    assert "DE 共有" in english
    assert "HOSP" not in english
    assert NO_RIGHT in shown(opened(group, EXECUTIVE, PAGE))
    foreign = str(known(group)[SHARE].id)
    assert "/srv/HOSP-1" not in shown(opened(group, GERMANY, PAGE, "en", source=foreign))


def test_the_list_is_searched_by_name(group: Group) -> None:
    """What does not match is out of the table."""
    test = opened(group, OFFICER, PAGE)
    test.text_input(key="sources-text").set_value("hosp-1").run()
    text = shown(test)
    assert "/srv/HOSP-1" in text
    assert "/srv/DE" not in text
    test.text_input(key="sources-text").set_value("どこにもない").run()
    assert "条件に合うものはありません" in shown(test)


def test_a_scan_is_started_followed_and_stopped(changeable: Group) -> None:
    """Started it waits, at work it tells how far it is, and stopped it says so."""
    source_id = known(changeable)[SHARE].id
    test = opened(changeable, HOSPITAL, PAGE, source=str(source_id))
    test.button(key="source-scan").click().run()
    assert "走査を依頼しました" in shown(test)
    assert jobs(changeable)[source_id].state is JobState.QUEUED
    held = claimed(changeable, source_id)
    scan_jobs.beat(changeable.workspace.registry, OWNER, held, Progress(listed=1_200, done=340, failed=7))
    for text in (shown(opened(changeable, OFFICER, PAGE)), shown(test.run())):
        assert "走査中" in text
        assert "一覧 1,200 件、処理 340 件（うち失敗 7 件）" in text
    test.button(key="source-stop").click().run()
    assert jobs(changeable)[source_id].state is JobState.STOPPING
    scan_jobs.finish(
        changeable.workspace.registry, OWNER, held, Progress(listed=1_200, done=341), outcome="stopped"
    )
    text = shown(test.run())
    assert "途中で停止" in text
    assert "毎秒" not in text
    assert test.button(key="source-scan")


def test_only_a_live_scan_is_looked_at_again(changeable: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page without one does not ask the registry every few seconds."""
    asked: list[float | None] = []
    real = source_progress.st.fragment

    def fragment(*, run_every: float | None) -> object:
        asked.append(run_every)
        return real(run_every=run_every)

    monkeypatch.setattr(source_progress.st, "fragment", fragment)
    opened(changeable, OFFICER, PAGE)
    with changeable.workspace.registry.write(OWNER) as tx:
        scan_jobs.request(tx, known(changeable)[SHARE].id)
    opened(changeable, OFFICER, PAGE)
    assert asked == [None, source_progress.EVERY]


def test_it_is_said_when_nothing_runs_scans(changeable: Group) -> None:
    """A scan that waits for minutes while nobody takes any is no silence."""
    source = known(changeable)[SHARE]
    registry = changeable.workspace.registry
    with registry.write(OWNER) as tx:
        job_id = scan_jobs.request(tx, source.id)
        now = tx.now
    assert "動いていません" not in shown(opened(changeable, OFFICER, PAGE))
    with registry.write(OWNER) as tx:
        row = tx.session.get_one(scan_jobs.ScanJobRecord, job_id)
        row.asked_at = now - PATIENCE - timedelta(minutes=1)
    for query in ({}, {"source": str(source.id)}):
        assert "走査を実行するプログラムが動いていません" in shown(opened(changeable, OFFICER, PAGE, **query))
    with registry.write(OWNER) as tx:
        registered.change_source(tx, source.id, expected_version=source.version, changes={"paused": True})
    text = shown(opened(changeable, OFFICER, PAGE))
    assert "動いていません" not in text
    assert "一時停止" in text


@pytest.mark.parametrize(
    ("outcome", "ja", "en"),
    [
        ("window", "時間帯の外で休止", "Resting outside its hours"),
        ("paused", "一時停止で休止", "Resting while paused"),
        ("complete", "走査完了", "Complete"),
    ],
)
def test_how_a_scan_ended_has_words(changeable: Group, outcome: str, ja: str, en: str) -> None:
    """One that rests goes on by itself, which is something else than one that somebody stopped."""
    source = known(changeable)[SHARE]
    held = claimed(changeable, source.id)
    scan_jobs.finish(changeable.workspace.registry, OWNER, held, Progress(), outcome=outcome)
    for language, words in (("ja", ja), ("en", en)):
        assert words in shown(opened(changeable, OFFICER, PAGE, language))


def test_a_scan_that_failed_tells_why(changeable: Group) -> None:
    """In both languages: the place, the step at which it went wrong, the code of it, and what to do."""
    source = known(changeable)[SHARE]
    held = claimed(changeable, source.id)
    why = failure(SourceError("smb://h/s: no", Trouble.SIGN_IN, place="smb://h/s", code="0xc000006d"))
    scan_jobs.finish(
        changeable.workspace.registry, OWNER, held, Progress(), outcome="failed", failed=True, why=why
    )
    text = shown(opened(changeable, OFFICER, PAGE, source=str(source.id)))
    assert "走査失敗" in text
    assert "smb://h/s：サインイン（0xc000006d） サインインを断られました。" in text
    assert "smb://h/s: no" not in text
    english = shown(opened(changeable, OFFICER, PAGE, "en", source=str(source.id)))
    assert "smb://h/s: Sign in (0xc000006d) The sign-in was refused." in english


@pytest.mark.parametrize("error", [*(SourceError("no", each, place="/p", code="7") for each in Trouble)])
def test_each_trouble_of_a_source_is_told_in_both_languages(error: SourceError) -> None:
    """Place and code stay; no English sentence is among Japanese words."""
    told = {each: failure_words(failure(error), translator(each)) for each in LANGUAGES}
    assert all("/p" in each and "7" in each for each in told.values())
    assert told["ja"].startswith("/p：")
    assert told["ja"].endswith(("。", "（7）"))
    assert not re.search("[ぁ-ん]", told["en"])


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (CredentialError(Fault.UNSET, "env:NAME"), "credential.UNSET", "env:NAME：認証情報 環境変数に値"),
        (ScanRefusedError(Bar.NO_CONSENT, "院内"), "bar.no_consent", "院内：ベンダーの同意"),
        (InvalidValue("url", "collected"), "collected", "この対象は拠点で走査し"),
        (
            OSError(errno.ENOSPC, "佐藤"),
            "system",
            "読み書きを断りました。空き容量と権限を確かめてください。（ENOSPC）",
        ),
        (KeyError("佐藤"), "unknown", "思いがけない誤りで走査が終わりました。"),
        (SourceError("smb: write # as %23"), "source.address", "確かめてください。（smb: write # as %23）"),
    ],
)
def test_other_reasons_have_words_without_what_was_read(error: Exception, code: str, words: str) -> None:
    """An unknown error is told by its type: its text may hold values."""
    why = failure(error)
    assert why.code == code
    assert words in failure_words(why, translator("ja"))
    assert "佐藤" not in repr(why)


def test_a_reason_kept_by_an_older_version_is_shown_as_it_is() -> None:
    """It was a sentence, without a code."""
    assert Failure.unpacked(failure(KeyError("a")).packed()) == failure(KeyError("a"))
    old = Failure.unpacked("/srv: gone; check it")
    assert failure_words(old, translator("ja")) == "走査できませんでした。（/srv: gone; check it）"


def test_what_may_not_be_scanned_says_why(changeable: Group) -> None:
    """A live chart has no button, and the page says what to register instead."""
    live = SourceTerms(PlaceKind.LIVE_CHART_OR_PACS)
    with changeable.workspace.registry.write(OWNER) as tx:
        unit_id = known(changeable)[SHARE].unit_id
        chart = registered.add_source(
            tx, unit_id=unit_id, name="電子カルテ", owner="", url="smb://chart/1", terms=live
        )
    test = opened(changeable, OFFICER, PAGE, source=str(chart.id))
    assert "複製や書出しを登録してください" in shown(test)
    assert not [each for each in test.button if each.key == "source-scan"]
    assert "走査しません" in shown(opened(changeable, OFFICER, PAGE))
