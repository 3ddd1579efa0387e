"""Registered sources 走査の対象: what is scanned, when it was, how far it is, and when it is next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import streamlit as st

from daicho.pages import addresses, frame, scope, source_page, source_progress, source_steps, tables, words
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from daicho.pages.source_words import KIND, schedule_words
from registry import runs, scan_jobs, scan_permission
from registry import sources as registered
from registry.access import units_allowed
from registry.model import Permission, Run, SourceId, SourceRow, Unit, UnitId
from registry.scan_jobs import Job, JobState
from registry.scan_permission import Bar
from registry.schedules import schedule
from registry.store import Tx
from registry.views import SensitiveList

PAGE = 50


@dataclass(frozen=True, slots=True)
class _Shown:
    found: Sequence[SourceRow]
    runs: Mapping[SourceId, Run]
    bars: Mapping[SourceId, Bar | None]
    jobs: Mapping[SourceId, Job]
    names: Mapping[UnitId, str]
    now: datetime


def show(context: PageContext) -> None:
    """Show the source of the address, else all of them."""
    text = context.text
    if not context.may(Permission.VIEW_LOCATIONS):
        frame.title(text("走査の対象"), _purpose(context))
        frame.no_right(text)
        return
    wanted = addresses.number("source")
    if wanted is not None:
        source_page.show(SourceId(wanted), context)
    else:
        _list(context)


def _purpose(context: PageContext) -> str:
    return context.text("個人情報を探す場所を登録し、いつ走査し、どこまで進んだかを示します。")


def _list(context: PageContext) -> None:
    text = context.text
    left, right = st.columns([7, 3], vertical_alignment="top")
    with left:
        frame.title(text("走査の対象"), _purpose(context))
    with context.read() as tx:
        units = scope.units(tx)
        with right:
            unit = scope.select(context, units, "sources-scope", whole=len(units) > 1)
        shown = _read(tx, _inside(units, unit), scope.full_names(units, context.language))
        managed = units_allowed(tx, Permission.MANAGE_SOURCES)
        machine = source_steps.names_machine(tx)
    mine = [each for each in units if each.id in managed and each.closed_at is None]
    if said := st.session_state.pop(source_steps.SAID, ""):
        frame.message(said)
    if shown.found:
        _registered(shown, unit, context)
    else:
        frame.message(text("走査の対象はまだ登録されていません。"))
    if mine:
        with st.expander(text("走査の対象を登録する"), expanded=not shown.found):
            source_steps.add(mine, context, machine=machine)


def _registered(shown: _Shown, unit: Unit | None, context: PageContext) -> None:
    text = context.text
    context.viewed(SensitiveList.LOCATIONS, unit.id if unit else None)
    frame.verdict(_verdict(shown, context))
    search, _rest = st.columns([4, 8])
    with search:
        part = st.text_input(
            text("検索"), key="sources-text", placeholder=text("名前や場所の一部"), icon=":material/search:"
        )
    _table(shown, part.strip().casefold(), context)


def _inside(units: Sequence[Unit], unit: Unit | None) -> frozenset[UnitId]:
    """Return the ids of a unit and all below it; `units` has each before those below it."""
    if unit is None:
        return frozenset(each.id for each in units)
    found = {unit.id}
    for each in units:
        if each.parent_id in found:
            found.add(each.id)
    return frozenset(found)


def _read(tx: Tx, inside: frozenset[UnitId], names: Mapping[UnitId, str]) -> _Shown:
    found = [each for each in registered.list_sources(tx) if each.unit_id in inside]
    ids = {each.id for each in found}
    return _Shown(
        found,
        newest_runs(tx),
        {each.id: scan_permission.bar(tx, each) for each in found},
        {key: job for key, job in scan_jobs.of_sources(tx).items() if key in ids},
        names,
        tx.now,
    )


def newest_runs(tx: Tx) -> dict[SourceId, Run]:
    """Return the newest run of each source."""
    newest: dict[SourceId, Run] = {}
    for run in sorted(runs.latest_runs(tx), key=lambda each: each.finished_at):
        if run.source_id is not None:
            newest[run.source_id] = run
    return newest


def _verdict(shown: _Shown, context: PageContext) -> str:
    text, number = context.text, context.formats.number
    jobs = shown.jobs
    working = sum(job.state in (JobState.RUNNING, JobState.STOPPING) for job in jobs.values())
    waiting = sum(job.state is JobState.QUEUED for job in jobs.values())
    failed = sum(job.state is JobState.FAILED for job in jobs.values())
    barred = sum(bar is not None and bar not in scan_permission.NEVER for bar in shown.bars.values())
    never = sum(each.id not in shown.runs and shown.bars[each.id] is None for each in shown.found)
    said = [
        text("走査中が {number} 件", number=number(working)) if working else "",
        text("待機中が {number} 件", number=number(waiting)) if waiting else "",
        text("失敗が {number} 件", number=number(failed)) if failed else "",
        text("走査の前に記録の要るものが {number} 件", number=number(barred)) if barred else "",
        text("まだ走査していないものが {number} 件", number=number(never)) if never else "",
    ]
    total = number(len(shown.found))
    if not any(said):
        return text("走査の対象 {number} 件は、どれも一度は走査しました。", number=total)
    return text(
        "走査の対象 {number} 件のうち、**{listed}あります。**",
        number=total,
        listed=words.listed(filter(None, said), text),
    )


def _table(shown: _Shown, part: str, context: PageContext) -> None:
    text, formats = context.text, context.formats
    found = [each for each in shown.found if part in f"{each.name}\n{each.url}".casefold()]
    if not found:
        frame.message(
            text(
                "条件に合うものはありません。検索の言葉を外すと {number} 件あります。",
                number=len(shown.found),
            )
        )
        return
    pages = -(-len(found) // PAGE)
    key = f"sources-page-{part}"
    first = (min(int(st.session_state.get(key, 1)), pages) - 1) * PAGE
    rows = found[first : first + PAGE]

    def live(jobs: Mapping[SourceId, Job], left: bool) -> None:
        if left:
            frame.message(text(source_progress.NOBODY))
        caption = text(
            "{all} 件のうち {first}–{last} 件目、単位と名前の順",
            all=formats.number(len(found)),
            first=formats.number(first + 1),
            last=formats.number(first + len(rows)),
        )
        lines = [_row(each, shown, jobs.get(each.id), context) for each in rows]
        opened = tables.show(tables.Table(caption, _columns(context), lines), key="sources")
        if opened:
            addresses.go(addresses.SOURCES, unit=scope.chosen_code(), source=opened)

    source_progress.followed(shown.jobs, live, context)
    if pages > 1:
        st.pagination(pages, key=key)


def _columns(context: PageContext) -> list[tables.Column]:
    text = context.text
    return [
        tables.Column(text("名前")),
        tables.Column(text("単位")),
        tables.Column(text("場所の種類")),
        tables.Column(text("前回の走査")),
        tables.Column(text("次の走査")),
        tables.Column(text("状態")),
    ]


def _row(of: SourceRow, shown: _Shown, job: Job | None, context: PageContext) -> tables.Row:
    run = shown.runs.get(of.id)
    return tables.Row(
        str(of.id),
        [
            tables.Cell(of.name, below=of.url, link=True),
            tables.Cell(shown.names.get(of.unit_id, NONE), below=of.owner),
            tables.Cell(context.text(KIND[of.terms.kind])),
            tables.Cell(
                context.formats.moment(run.finished_at) if run else context.text("まだありません"),
                below=source_page.outcome(run, context) if run else "",
            ),
            _next(of, shown.bars[of.id], shown.now, context),
            tables.Cell(
                source_progress.state(job, context),
                # what a whole scan read stands beside the time of the last one
                below=source_progress.counts(job, context) if job and job.outcome != "complete" else "",
            ),
        ],
    )


def _next(of: SourceRow, bar: Bar | None, now: datetime, context: PageContext) -> tables.Cell:
    text = context.text
    if registered.is_collected(of.url):
        return tables.Cell(text("拠点の走査"))
    if bar is not None:
        return tables.Cell(
            text("走査しません") if bar in scan_permission.NEVER else text("まだ走査できません")
        )
    if of.terms.paused:
        return tables.Cell(text("一時停止"))
    begins = schedule(of.terms.schedule).next_after(now)
    if begins is None:
        return tables.Cell(text("予定なし"))
    return tables.Cell(context.formats.moment(begins), below=schedule_words(of.terms.schedule, text))
