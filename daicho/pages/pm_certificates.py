"""Certificates 付与・更新 of the group, sorted by what comes next, with a calendar file and a form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from html import escape

import streamlit as st

from daicho.pages import addresses, frame, pm_certificate_form, pm_certificate_page, pm_words, scope, tables
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from privacy_mark.certificates import agenda, due, facts, ical
from privacy_mark.certificates.agenda import Event, EventKind, Line
from privacy_mark.certificates.bodies import body_of
from privacy_mark.certificates.correcting import FOLDER
from privacy_mark.certificates.model import CertificateId
from privacy_mark.due import Due
from registry.access import today_in_japan, units_allowed
from registry.corrections import files_of
from registry.errors import ReferenceFileError
from registry.model import Permission, UnitId, UnitKind

SAID = "certificates-said"


def show(context: PageContext) -> None:
    """Show the certificate of the address, else the calendar of all."""
    text = context.text
    if not context.may(Permission.VIEW_CERTIFICATION):
        frame.title(text("付与と更新"), _purpose(context))
        frame.no_right(text)
        return
    _corrections(context)
    wanted = addresses.number("certificate")
    if wanted is not None:
        pm_certificate_page.show(CertificateId(wanted), context)
    else:
        _calendar(context)


def _corrections(context: PageContext) -> None:
    """Say which line of which correction is wrong; until it is put right the product's facts hold."""
    try:
        facts.check(files_of(context.workspace.path / FOLDER))
    except ReferenceFileError as error:
        frame.message(
            context.text("訂正ファイルを読めないため、製品の規則で示しています。次の行を直してください。")
        )
        st.code(str(error), language=None)


def _purpose(context: PageContext) -> str:
    return context.text("各社・病院のプライバシーマークの付与、更新の受付期間、審査の日程を管理します。")


def _calendar(context: PageContext) -> None:
    text = context.text
    left, right = st.columns([7, 3], vertical_alignment="top")
    with left:
        frame.title(text("付与と更新"), _purpose(context))
    if said := st.session_state.pop(SAID, ""):
        frame.message(said)
    kind_box, soon_box, file_box = st.columns([3, 4, 3], vertical_alignment="bottom")
    with kind_box:
        kind = st.selectbox(
            text("次に来ること"),
            list(EventKind),
            index=None,
            key="certificates-kind",
            placeholder=text("すべて"),
            format_func=lambda each: text(pm_words.EVENT[each]),
        )
    with soon_box:
        urgent = st.checkbox(text("期限が近いもの・過ぎたものだけ"), key="certificates-soon")
    with context.read() as tx:
        units = scope.units(tx)
        with right:
            unit = scope.select(context, units, "certificates-scope", whole=len(units) > 1)
        today = today_in_japan(tx.now)
        lines = agenda.agenda(tx, today, unit_id=unit.id if unit else None)
        dues = _by_row(due.due(tx, today))
        may = units_allowed(tx, Permission.MANAGE_CERTIFICATION)
        now = tx.now
    names = scope.full_names(units, context.language)
    if lines:
        frame.verdict(_verdict(lines, today, context))
        with file_box:
            st.download_button(
                text("カレンダーに書き出す（iCalendar）"),
                ical.calendar(
                    lines,
                    lambda line, event: _summary(line, event, names, context),
                    name=text("プライバシーマークの予定"),
                    now=now,
                ),
                file_name="privacy-mark.ics",
                mime="text/calendar",
                key="certificates-ics",
                icon=":material/event:",
            )
            subscribe = escape(text("カレンダーで購読する"))
            st.html(
                f"<p><a href='/account' target='_self' style='color:var(--st-link-color)'>{subscribe}</a></p>"
            )
        shown = [
            each
            for each in lines
            if (kind is None or (each.next is not None and each.next.kind is kind))
            and (not urgent or each.missed or str(each.certificate.id) in dues or _late(each, today))
        ]
        if shown:
            _table(shown, len(lines), names, dues, today, context)
        else:
            frame.message(
                text("条件に合う付与はありません。条件を外すと {number} 件あります。", number=len(lines))
            )
    elif may:
        frame.message(text("付与はまだありません。下の「付与を登録する」から登録してください。"))
    else:
        frame.message(text("見られる付与はまだありません。"))
    writers = [
        each
        for each in units
        if each.id in may and each.closed_at is None and each.kind is not UnitKind.OVERSEAS
    ]
    if writers:
        pm_certificate_form.register(writers, names, SAID, context)


def _by_row(found: Sequence[Due]) -> dict[str, Due]:
    """Return per certificate what has risen highest."""
    worst: dict[str, Due] = {}
    for each in found:
        if each.kind.startswith("pms."):
            continue  # of yearly plans: their rows are no certificates
        held = worst.get(each.row)
        if held is None or each.raised > held.raised:
            worst[each.row] = each
    return worst


def _late(line: Line, today: date) -> bool:
    return line.next is not None and line.next.on < today


def _verdict(lines: Sequence[Line], today: date, context: PageContext) -> str:
    text, number = context.text, context.formats.number
    missed = sum(each.missed for each in lines)
    late = sum(_late(each, today) for each in lines)
    opened = sum(
        not each.missed
        and each.certificate.window is not None
        and each.certificate.window.is_open(today)
        and (each.round is None or each.round.applied_on is None)
        for each in lines
    )
    said = []
    if missed:
        said.append(
            text("**{number} 件が、更新の受付のうちに申請されませんでした。**", number=number(missed))
        )
    if late:
        said.append(text("**予定や期限を過ぎたものが {number} 件あります。**", number=number(late)))
    if opened:
        said.append(
            text("更新の受付期間中で、まだ申請していないものが {number} 件です。", number=number(opened))
        )
    if not said:
        said.append(
            text("付与 {number} 件に、遅れや受付期間中の未申請はありません。", number=number(len(lines)))
        )
    return ("" if context.language == "ja" else " ").join(said)


def _summary(line: Line, event: Event, names: Mapping[UnitId, str], context: PageContext) -> str:
    return f"{names.get(line.certificate.unit_id, NONE)}: {pm_words.event(event, context)}"


def _table(
    lines: Sequence[Line],
    total: int,
    names: Mapping[UnitId, str],
    dues: Mapping[str, Due],
    today: date,
    context: PageContext,
) -> None:
    text, formats = context.text, context.formats
    rows = []
    for line in lines:
        of, event = line.certificate, line.next
        term = of.term
        told = dues.get(str(of.id))
        rows.append(
            tables.Row(
                str(of.id),
                [
                    tables.Cell(names.get(of.unit_id, NONE), below=of.number, link=True),
                    tables.Cell(
                        str(term.mark) if term else NONE,
                        below=body_of(of.body).name.of(context.language),
                    ),
                    tables.Cell(
                        text(pm_words.STATE[of.state]),
                        below=text(
                            "{kind} {state}",
                            kind=text(pm_words.KIND[line.round.kind]),
                            state=text(pm_words.ROUND[line.round.state]),
                        )
                        if line.round
                        else "",
                    ),
                    tables.Cell(
                        formats.day(term.valid_until) if term else NONE,
                        below=text("次は {day} まで", day=formats.day(of.next_term.valid_until))
                        if of.next_term
                        else "",
                    ),
                    tables.Cell(
                        formats.day(of.window.opens) if of.window else NONE,
                        below=text("{day} まで", day=formats.day(of.window.closes)) if of.window else "",
                    ),
                    tables.Cell(
                        pm_words.event(event, context) if event else text("予定はありません"),
                        below=text("更新の受付を過ぎています")
                        if line.missed
                        else text("知らせる先：{level}", level=text(pm_words.LEVEL[told.level(today)]))
                        if told
                        else "",
                    ),
                    tables.Cell(
                        formats.day(event.on) if event else NONE,
                        below=pm_words.left(event.on, today, context) if event else "",
                    ),
                ],
            )
        )
    labels = (
        text("単位"),
        text("登録番号・審査機関"),
        text("状態"),
        text("満了日"),
        text("更新の受付"),
        text("次に来ること"),
        text("日付"),
    )
    mark_or_state = labels[1] if context.language == "en" else labels[2]  # bodies have short names in English
    narrow = (mark_or_state, labels[3], labels[4], labels[6])
    caption = text(
        "付与 {all} 件のうち {number} 件（次に来る日の早い順）",
        all=formats.number(total),
        number=formats.number(len(lines)),
    )
    opened = tables.show(
        tables.Table(caption, [tables.Column(each, nowrap=each in narrow) for each in labels], rows),
        key="certificates",
    )
    if opened:
        addresses.go(addresses.CERTIFICATES, certificate=opened)
