"""Bodies and officers on the page of governance: who holds which post, and the forms that appoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial

import streamlit as st

from daicho.pages import frame, governance_words, tables
from daicho.pages.audit_letters import manager_letter
from daicho.pages.context import PageContext
from daicho.pages.governance_letters import officer_letter
from daicho.pages.steps import take
from privacy_mark.audits.model import Appointment as AuditManager
from privacy_mark.governance import bodies
from privacy_mark.governance.model import (
    LONGEST_NAME,
    OF_BODIES,
    OF_UNITS,
    Appointment,
    AppointmentDraft,
    Body,
    BodyDraft,
    BodyId,
    BodyKind,
    Post,
)
from registry.model import Unit, UnitId

SAID = "governance-officers-said"


def show(
    known: Sequence[Body],
    held: Sequence[Appointment],
    auditing: Sequence[AuditManager],
    writers: Sequence[Unit],
    names: Mapping[UnitId, str],
    today: date,
    context: PageContext,
) -> None:
    """Show who holds which post, then what may be changed; audit managers are appointed on their own page."""
    text = context.text
    frame.heading(
        text("体制"), text("委員会・会議体の委員と、組織ごとの役職者です。任期の終わった方は出ません。")
    )
    bodies_by_id: dict[BodyId | None, Body] = {each.id: each for each in known}
    if held or auditing:
        _table(held, auditing, bodies_by_id, names, today, context)
        _letters(held, auditing, bodies_by_id, names, context)
    else:
        frame.message(text("任命の記録はまだありません。下の「任命を記録する」から記録してください。"))
    open_ = [each for each in known if each.ended_on is None]
    if not writers:
        return
    may = {each.id for each in writers}
    _appoint(writers, [each for each in open_ if each.unit_id in may], names, today, context)
    kept = [each for each in held if each.unit_id in may]
    if kept:
        _end_appointment(kept, bodies_by_id, names, today, context)
    _register(writers, names, context)
    ended = [each for each in open_ if each.unit_id in may]
    if ended:
        _end(ended, names, context)


def _of(
    each: Appointment, known: Mapping[BodyId | None, Body], names: Mapping[UnitId, str], language: str
) -> str:
    body = known.get(each.body_id)
    unit = names.get(each.unit_id, "—")
    return unit if body is None else f"{unit}　{body.name(language)}"


def _table(
    held: Sequence[Appointment],
    auditing: Sequence[AuditManager],
    known: Mapping[BodyId | None, Body],
    names: Mapping[UnitId, str],
    today: date,
    context: PageContext,
) -> None:
    text, formats = context.text, context.formats
    rows = [
        tables.Row(
            str(each.id),
            [
                tables.Cell(_of(each, known, names, context.language)),
                tables.Cell(text(governance_words.POST[each.post])),
                tables.Cell(each.person, below="" if each.holds(today) else text("これから")),
                tables.Cell(formats.period(each.valid_from, each.valid_until)),
                tables.Cell(each.appointer or "—"),
            ],
        )
        for each in held
    ]
    rows += [
        tables.Row(
            f"audit-{each.id}",
            [
                tables.Cell(names.get(each.unit_id, "—")),
                tables.Cell(text("個人情報保護監査責任者")),
                tables.Cell(each.name, below="" if each.holds(today) else text("これから")),
                tables.Cell(formats.period(each.valid_from, each.valid_until)),
                tables.Cell(each.appointer),
            ],
        )
        for each in auditing
    ]
    labels = (text("組織・会議体"), text("役職"), text("氏名"), text("任期"), text("任命者"))
    caption = text("任命 {number} 件", number=formats.number(len(rows)))
    columns = [tables.Column(label, nowrap=label == labels[3]) for label in labels]
    tables.show(tables.Table(caption, columns, rows), key="governance-officers")


def _letters(
    held: Sequence[Appointment],
    auditing: Sequence[AuditManager],
    known: Mapping[BodyId | None, Body],
    names: Mapping[UnitId, str],
    context: PageContext,
) -> None:
    """Offer the letter of one appointment: audit managers have that of their own page."""
    text = context.text
    with st.expander(text("任命書を作る")):
        listed: list[Appointment | AuditManager] = [*held, *auditing]
        chosen = st.selectbox(
            text("任命"),
            listed,
            format_func=lambda each: (
                _called(each, known, names, context)
                if isinstance(each, Appointment)
                else f"{each.name}　{text('個人情報保護監査責任者')}　{names.get(each.unit_id, '—')}"
            ),
            key="governance-letter",
        )
        if isinstance(chosen, Appointment):
            made, named = partial(officer_letter, chosen.id, context), f"appointment-G-{chosen.id}.pdf"
        else:
            made = partial(manager_letter, chosen.unit_id, chosen.id, context)
            named = f"appointment-{chosen.id}.pdf"
        st.download_button(
            text("任命書（PDF）"),
            made,
            file_name=named,
            mime="application/pdf",
            icon=":material/download:",
            key="governance-letter-pdf",
        )


def _called(
    each: Appointment, known: Mapping[BodyId | None, Body], names: Mapping[UnitId, str], context: PageContext
) -> str:
    post = context.text(governance_words.POST[each.post])
    return f"{each.person}　{post}　{_of(each, known, names, context.language)}"


def _appoint(
    writers: Sequence[Unit],
    open_: Sequence[Body],
    names: Mapping[UnitId, str],
    today: date,
    context: PageContext,
) -> None:
    text, language = context.text, context.language
    with st.expander(text("任命を記録する")):
        places: list[Unit | Body] = [*open_, *writers]
        left, right = st.columns(2)
        with left:
            place = st.selectbox(
                text("組織・会議体"),
                places,
                format_func=lambda each: (
                    f"{names.get(each.unit_id, '—')}　{each.name(language)}"
                    if isinstance(each, Body)
                    else names.get(each.id, "—")
                ),
                key="governance-place",
            )
            posts: Sequence[Post] = OF_BODIES if isinstance(place, Body) else OF_UNITS
            post = st.selectbox(
                text("役職"),
                posts,
                format_func=lambda each: text(governance_words.POST[each]),
                key=f"governance-post-{isinstance(place, Body)}",
            )
            person = st.text_input(text("氏名（必須）"), max_chars=LONGEST_NAME, key="governance-person")
        with right:
            appointer = st.text_input(text("任命者"), max_chars=LONGEST_NAME, key="governance-appointer")
            first = st.date_input(text("任期の始まり"), today, format="YYYY/MM/DD", key="governance-first")
            last = st.date_input(text("任期の終わり"), None, format="YYYY/MM/DD", key="governance-last")
        if st.button(text("任命を記録"), key="governance-appoint"):
            of_body = isinstance(place, Body)
            draft = AppointmentDraft(
                place.unit_id if isinstance(place, Body) else place.id,
                place.id if isinstance(place, Body) and of_body else None,
                post,
                person,
                appointer,
                first,
                last,
            )
            take(
                lambda tx: bodies.appoint(tx, draft),
                text("任命を記録しました。"),
                context,
                key=SAID,
                refused=governance_words.refused,
            )


def _end_appointment(
    kept: Sequence[Appointment],
    known: Mapping[BodyId | None, Body],
    names: Mapping[UnitId, str],
    today: date,
    context: PageContext,
) -> None:
    text = context.text
    with st.expander(text("任期を終える")):
        chosen = st.selectbox(
            text("任命"),
            kept,
            format_func=lambda each: _called(each, known, names, context),
            key="governance-ending",
        )
        last = st.date_input(
            text("任期の終わり"),
            max(today, chosen.valid_from),
            min_value=chosen.valid_from,
            format="YYYY/MM/DD",
            key="governance-ending-day",
        )
        frame.note(text("日を誤ったときは、もう一度記録して直せます。"))
        if st.button(text("任期の終わりを記録"), key="governance-end-appointment"):
            take(
                lambda tx: bodies.end_appointment(tx, chosen.id, last, expected_version=chosen.version),
                text("任期の終わりを記録しました。"),
                context,
                key=SAID,
                refused=governance_words.refused,
            )


def _register(writers: Sequence[Unit], names: Mapping[UnitId, str], context: PageContext) -> None:
    text = context.text
    kinds: Sequence[BodyKind] = tuple(BodyKind)
    with st.expander(text("会議体を登録する")), st.form("governance-body", border=False):
        unit = st.selectbox(
            text("組織"),
            [each.id for each in writers],
            format_func=lambda each: names.get(each, "—"),
            key="governance-body-unit",
        )
        kind = st.selectbox(
            text("種類"),
            kinds,
            format_func=lambda each: text(governance_words.BODY[each]),
            key="governance-body-kind",
        )
        name_ja = st.text_input(
            text("会議体の名称（必須）"), max_chars=LONGEST_NAME, key="governance-body-ja"
        )
        name_en = st.text_input(text("英語の名称"), max_chars=LONGEST_NAME, key="governance-body-en")
        sent = st.form_submit_button(text("会議体を登録"), key="governance-body-save")
    if sent:
        take(
            lambda tx: bodies.register(tx, BodyDraft(unit, kind, name_ja, name_en)),
            text("会議体を登録しました。"),
            context,
            key=SAID,
            refused=governance_words.refused,
        )


def _end(open_: Sequence[Body], names: Mapping[UnitId, str], context: PageContext) -> None:
    text, language = context.text, context.language
    with st.expander(text("会議体を廃止する")):
        chosen = st.selectbox(
            text("会議体"),
            open_,
            format_func=lambda each: f"{names.get(each.unit_id, '—')}　{each.name(language)}",
            key="governance-body-chosen",
        )
        frame.note(text("委員の任期も今日で終わります。これまでの決定事項と任命の記録は残ります。"))
        sure = st.checkbox(text("この会議体を今日廃止します"), key=f"governance-body-sure-{chosen.id}")
        if st.button(text("廃止する"), key="governance-body-end", disabled=not sure):
            take(
                lambda tx: bodies.end(tx, chosen.id, expected_version=chosen.version),
                text("会議体を廃止しました。"),
                context,
                key=SAID,
                refused=governance_words.refused,
            )
