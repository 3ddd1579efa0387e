"""One registered source 走査の対象: its scan, started and stopped here, and on which terms it is scanned."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from daicho.pages import addresses, frame, scope, source_form, source_progress, source_steps, steps
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from daicho.pages.scan_failure_words import failure_words
from daicho.pages.source_words import BAR, COLLECTED, COLUMN, KIND, MODE, schedule_words
from registry import runs, scan_jobs, scan_permission, sources
from registry.access import allowed
from registry.errors import NotFound
from registry.model import Permission, Run, SourceId, SourceRow, Unit
from registry.scan_jobs import Job, JobState
from registry.scan_permission import Bar
from registry.schedules import schedule
from registry.views import SensitiveList


@dataclass(frozen=True, slots=True)
class Case:
    """One source as its page shows it, and what the person may do with it."""

    of: SourceRow
    unit: Unit
    name: str  # of the unit, in full
    bar: Bar | None
    run: Run | None
    job: Job | None
    may_manage: bool
    may_scan: bool
    machine: bool  # may name credentials and places of the machine that scans
    now: datetime


def show(source_id: SourceId, context: PageContext) -> None:
    """Show one source, or that it cannot be seen."""
    text = context.text
    case = _read(source_id, context)
    if st.button(text("一覧に戻る"), key="source-back", icon=":material/arrow_back:", type="tertiary"):
        addresses.go(addresses.SOURCES, unit=scope.chosen_code())
    if case is None:
        frame.title(text("走査の対象"), "")
        frame.message(text("この対象は見つからないか、閲覧できません。"))
        return
    context.viewed(SensitiveList.LOCATIONS, case.of.unit_id)
    frame.title(text("走査の対象　{name}", name=case.of.name), case.of.url)
    if said := st.session_state.pop(source_steps.SAID, ""):
        frame.message(said)
    left, right = st.columns([58, 42], gap="large")
    with left:
        _scan(case, context)
        if case.may_scan and not sources.is_collected(case.of.url) and case.bar is None:
            source_steps.test(case.of, context)
    with right:
        _terms(case, context)
        if case.may_manage:
            source_steps.device(case.of, context)
    if not case.may_manage:
        return
    with st.expander(text("登録の内容を変える")):
        source_steps.edit(case.of, context, machine=case.machine)
    source_steps.remove(case.of, context)


def _read(source_id: SourceId, context: PageContext) -> Case | None:
    with context.read() as tx:
        try:
            found = sources.source(tx, source_id)
        except NotFound:
            return None
        units = scope.units(tx)
        newest = [each for each in runs.latest_runs(tx) if each.source_id == source_id]
        return Case(
            found,
            next(unit for unit in units if unit.id == found.unit_id),
            scope.full_names(units, context.language)[found.unit_id],
            scan_permission.bar(tx, found),
            max(newest, key=lambda each: each.finished_at, default=None),
            scan_jobs.of_sources(tx).get(source_id),
            allowed(tx, Permission.MANAGE_SOURCES, found.unit_id),
            allowed(tx, Permission.RUN_SCANS, found.unit_id),
            source_steps.names_machine(tx),
            tx.now,
        )


def outcome(run: Run, context: PageContext) -> str:
    """Return how much of what a run listed it examined."""
    text, number, totals = context.text, context.formats.number, run.totals
    if totals.is_complete:
        return text("{listed} 件をすべて調べました", listed=number(totals.listed))
    return text(
        "{listed} 件のうち {open} 件は調べ終えていません",
        listed=number(totals.listed),
        open=number(totals.listed - totals.complete - totals.by_policy),
    )


def _scan(case: Case, context: PageContext) -> None:
    text, of = context.text, case.of
    frame.heading(text("走査"))
    collected = sources.is_collected(of.url)
    if collected:
        frame.message(text(COLLECTED))
    elif case.bar is not None:
        frame.message(text(BAR[case.bar]))
    began = {of.id: case.job} if case.job else {}

    def live(jobs: Mapping[SourceId, Job], left: bool) -> None:
        job = jobs.get(of.id)
        if left:
            frame.message(text(source_progress.NOBODY))
        frame.facts(_facts(case, job, context))
        if case.may_scan:
            _buttons(job, context, barred=collected or case.bar is not None, source_id=of.id)

    source_progress.followed(began, live, context)
    if not case.may_scan:
        frame.note(text("走査の開始と停止は、走査の権限を持つ方が行います。"))


def _facts(case: Case, job: Job | None, context: PageContext) -> dict[str, str]:
    text, formats = context.text, context.formats
    found = {text("状態"): source_progress.state(job, context)}
    if job is not None:
        if told := source_progress.counts(job, context):
            found[text("進み具合")] = told
        if told := source_progress.volume(job):
            found[text("読んだ量")] = told
        if told := source_progress.elapsed(job, context.now()):
            found[text("経過時間")] = told
        if job.started_at is not None:
            found[text("開始")] = "　".join(filter(None, (formats.moment(job.started_at), job.host)))
        found[text("依頼した人")] = job.who
        if job.why is not None:
            found[text("失敗の内容")] = failure_words(job.why, text)
    run = case.run
    found[text("前回の走査")] = (
        f"{formats.moment(run.finished_at)}　{outcome(run, context)}" if run else text("まだありません")
    )
    found[text("次の走査")] = _next(case, context)
    return found


def _next(case: Case, context: PageContext) -> str:
    if case.of.terms.paused:
        return context.text("一時停止")
    begins = schedule(case.of.terms.schedule).next_after(case.now) if case.bar is None else None
    return context.formats.moment(begins) if begins else context.text("予定なし")


def _buttons(job: Job | None, context: PageContext, *, barred: bool, source_id: SourceId) -> None:
    text = context.text
    if job is not None and source_progress.is_live(job):
        stopping = job.state is JobState.STOPPING
        if st.button(text("走査を停止"), key="source-stop", icon=":material/stop:", disabled=stopping):
            _take(
                lambda tx: scan_jobs.ask_to_stop(tx, job.id),
                text("停止を依頼しました。次の走査はそこから続きます。"),
                context,
            )
    elif not barred and st.button(
        text("今すぐ走査"), key="source-scan", type="primary", icon=":material/play_arrow:"
    ):
        _take(
            lambda tx: scan_jobs.request(tx, source_id),
            text("走査を依頼しました。"),
            context,
        )


def _take(act: steps.Act, said: str, context: PageContext) -> None:
    """Do something with the roles of this moment, as a page renews itself for hours."""
    steps.take(
        act,
        said,
        context.afresh(),
        key=source_steps.SAID,
        refused=source_steps.refused,
        reason="sources page",
    )


def _terms(case: Case, context: PageContext) -> None:
    text, of, terms = context.text, case.of, case.of.terms
    frame.heading(text("登録の内容"))
    found = {
        text("単位"): case.name,
        text(COLUMN["owner"]): of.owner,
        text(COLUMN["url"]): of.url,
        text(COLUMN["kind"]): text(KIND[terms.kind]),
        text(COLUMN["credential"]): terms.credential,
        text(COLUMN["schedule"]): schedule_words(terms.schedule, text),
        text(COLUMN["window"]): terms.window or text("終日"),
        text(COLUMN["priority"]): str(terms.priority),
        text(COLUMN["include"]): text("、").join(terms.include) or text("すべて"),
        text(COLUMN["exclude"]): text("、").join(terms.exclude),
        text(COLUMN["mode"]): text(MODE[terms.mode]) if source_form.is_database(of.url) else "",
    }
    for column in ("bandwidth_mb", "jobs", "object_mib", "rows_per_second"):
        value = getattr(terms, column)
        found[text(COLUMN[column])] = "" if value is None else f"{value:g}"
    if terms.consent:
        consent = terms.consent
        told = (consent.by, context.formats.day(consent.on), consent.document)
        found[text(COLUMN["consent"])] = text("、").join(told)
    if terms.release:
        release = terms.release
        found[text("除外を解いた理由")] = (
            f"{release.reason}　{release.by}　{context.formats.moment(release.at)}"
        )
    frame.facts({name: value for name, value in found.items() if value and value != NONE})
