"""One decision: what it says and where it has arrived; and one that arrived, to acknowledge and convey on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import streamlit as st

from daicho.pages import addresses, frame, governance_words, material, scope, tables, words
from daicho.pages.context import PageContext
from daicho.pages.steps import take
from privacy_mark.governance import arrivals, bodies, decisions, following
from privacy_mark.governance.arrivals import LONGEST_NOTE
from privacy_mark.governance.model import (
    LONGEST_NAME,
    Arrival,
    ArrivalId,
    Body,
    Decision,
    DecisionDraft,
    DecisionId,
)
from registry.access import allowed, today_in_japan
from registry.errors import NotFound
from registry.model import Permission, UnitId, UnitKind
from registry.sealing import LONGEST

_SAID = "governance-decision-said"
_KINDS = (
    UnitKind.HEADQUARTERS,
    UnitKind.COMPANY,
    UnitKind.HOSPITAL,
    UnitKind.OVERSEAS,
    UnitKind.SITE,
    UnitKind.DEPARTMENT,
)
_USUAL = (UnitKind.HEADQUARTERS, UnitKind.COMPANY, UnitKind.HOSPITAL, UnitKind.OVERSEAS)
_TERM = timedelta(days=14)
_MOST_NAMED = 10


def show(decision_id: DecisionId, context: PageContext) -> None:
    """Show one decision of a unit that one sees."""
    text, day = context.text, context.formats.day
    try:
        with context.read() as tx:
            of = decisions.decision(tx, decision_id)
            found = arrivals.arrivals(tx, decision_id)
            known = [each for each in bodies.bodies(tx) if each.unit_id == of.unit_id]
            units = scope.units(tx)
            today = today_in_japan(tx.now)
            may = allowed(tx, Permission.MANAGE_REVIEWS, of.unit_id)
            later = following.missing(tx, decision_id) if may else []
    except NotFound:
        _absent(context)
        return
    names = scope.full_names(units, context.language)
    frame.title(f"{of.number} {of.title}", _next_step(of, today, context))
    _back(context)
    if said := st.session_state.pop(_SAID, ""):
        frame.message(said)
    body = next((each for each in known if each.id == of.body_id), None)
    frame.facts(
        {
            text("決定した組織"): names.get(of.unit_id, "—"),
            text("会議体"): body.name(context.language) if body else "—",
            text("決定日"): day(of.decided_on),
            text("受領の期限"): day(of.due_on),
            text("伝達の状況"): governance_words.state(of, context),
        }
    )
    frame.heading(text("決定の内容"))
    with st.container(border=True):
        st.html(material.html(of.text))
    if found:
        _arrivals(of, found, names, today, context)
    if not may or of.withdrawn_at is not None:
        return
    if of.issued_at is None:
        _issue(of, today, context)
        _correct(of, [each for each in known if each.ended_on is None], names, today, context)
    if later:
        _widen(of, later, names, context)
    _withdraw(of, context)


def show_received(arrival_id: ArrivalId, context: PageContext) -> None:
    """Show one decision that arrived at a unit."""
    text, day = context.text, context.formats.day
    try:
        with context.read() as tx:
            of = arrivals.open_received(tx, arrival_id)
            found = arrivals.arrivals(tx, of.arrival.decision_id)
            units = scope.units(tx)
            may = allowed(tx, Permission.MANAGE_REVIEWS, of.arrival.unit_id)
    except NotFound:
        _absent(context)
        return
    names = scope.full_names(units, context.language)
    at = of.arrival
    frame.title(
        f"{of.number} {of.title}",
        text("{unit}に届いた決定事項です。", unit=names.get(at.unit_id, "—")),
    )
    _back(context)
    if said := st.session_state.pop(_SAID, ""):
        frame.message(said)
    frame.facts(
        {
            text("決定日"): day(of.decided_on),
            text("受領の期限"): day(of.due_on),
            text("伝達"): f"{context.formats.moment(at.conveyed_at)}　{at.conveyor}",
            text("状態"): governance_words.arrived(at, context),
        }
    )
    with st.container(border=True):
        st.html(material.html(of.text))
    if at.acknowledged_at is None and at.closed_at is None:
        _acknowledge(at, context)
    elif of.below_waiting and may:
        frame.message(text("配下の {number} 組織に、まだ伝達していません。", number=of.below_waiting))
        if st.button(text("配下の組織に伝達する"), type="primary", key="governance-convey"):
            take(
                lambda tx: arrivals.convey(tx, at.id),
                text("配下の組織に伝達しました。"),
                context,
                key=_SAID,
                refused=governance_words.refused,
            )
    _list(found, names, context)


def fields(
    units: Sequence[UnitId],
    known: Sequence[Body],
    names: Mapping[UnitId, str],
    today: date,
    context: PageContext,
    *,
    key: str,
    held: Decision | None = None,
) -> DecisionDraft:
    """Show the fields of a decision; return what they say now."""
    text, language = context.text, context.language
    left, middle, right = st.columns(3)
    with left:
        unit = st.selectbox(
            text("決定した組織"),
            units,
            format_func=lambda each: names.get(each, "—"),
            disabled=held is not None,
            key=f"{key}-unit",
        )
    of_unit = {each.id: each for each in known if each.unit_id == unit}
    choices = [None, *of_unit]
    with middle:
        body = st.selectbox(
            text("会議体"),
            choices,
            index=choices.index(held.body_id) if held and held.body_id in choices else 0,
            format_func=lambda each: (
                text("（会議体によらない）") if each is None else of_unit[each].name(language)
            ),
            key=f"{key}-body-{unit}",
        )
    with right:
        decided = st.date_input(
            text("決定日"),
            held.decided_on if held else today,
            max_value=today,
            format="YYYY/MM/DD",
            key=f"{key}-day",
        )
    title = st.text_input(
        text("決定事項の題（必須）"), held.title if held else "", max_chars=LONGEST_NAME, key=f"{key}-title"
    )
    words_ = st.text_area(
        text("決定の内容（必須）"),
        held.text if held else "",
        max_chars=LONGEST,
        height=140,
        key=f"{key}-text",
    )
    return DecisionDraft(unit, body, decided, title, words_)


def _absent(context: PageContext) -> None:
    frame.title(context.text("体制と決定事項"), "")
    frame.message(context.text("この決定事項は見つからないか、閲覧できません。"))
    _back(context)


def _back(context: PageContext) -> None:
    if st.button(
        context.text("一覧に戻る"), key="governance-back", type="tertiary", icon=":material/arrow_back:"
    ):
        addresses.go(addresses.GOVERNANCE)


def _next_step(of: Decision, today: date, context: PageContext) -> str:
    text = context.text
    if of.withdrawn_at is not None:
        return text("取り下げられました。")
    if of.issued_at is None or of.due_on is None:
        return text("次は、配下の組織に伝達します。")
    if of.reach.acknowledged == of.reach.units:
        return text("すべての組織に届きました。")
    if of.due_on < today:
        return text("期限を過ぎて、まだ届いていない組織があります。下の一覧で確かめてください。")
    return text("{day} までに、各組織が受領を記録します。", day=context.formats.day(of.due_on))


def _arrivals(
    of: Decision, found: Sequence[Arrival], names: Mapping[UnitId, str], today: date, context: PageContext
) -> None:
    text = context.text
    frame.heading(text("届いた組織"), text("届いていない組織が先です。"))
    meant = [each for each in found if each.closed_at is None]
    done, total = sum(each.acknowledged_at is not None for each in meant), len(meant)
    frame.bar(text("**{done} / {all} 組織**が受領しました", done=done, all=total), done / max(1, total))
    if of.due_on is not None and of.due_on < today and done < total and of.withdrawn_at is None:
        frame.message(text("期限を過ぎて、まだ {number} 組織に届いていません。", number=total - done))
    _list(found, names, context)


def _list(found: Sequence[Arrival], names: Mapping[UnitId, str], context: PageContext) -> None:
    text, formats = context.text, context.formats
    if not found:
        return
    rows = [
        tables.Row(
            str(each.id),
            [
                tables.Cell(names.get(each.unit_id, "—")),
                tables.Cell(governance_words.arrived(each, context)),
                tables.Cell(formats.moment(each.conveyed_at), below=each.conveyor),
                tables.Cell(formats.moment(each.acknowledged_at), below=each.acknowledger),
                tables.Cell(each.note or "—"),
            ],
        )
        for each in found
    ]
    labels = (text("組織"), text("状態"), text("伝達"), text("受領"), text("組織での対応"))
    caption = text("組織 {number} 件", number=formats.number(len(found)))
    columns = [tables.Column(label, nowrap=label in labels[1:4]) for label in labels]
    tables.show(tables.Table(caption, columns, rows), key="governance-arrivals")


def _acknowledge(at: Arrival, context: PageContext) -> None:
    text = context.text
    own = any(grant.unit_id == at.unit_id for grant in context.principal.grants_with(Permission.VIEW_REVIEWS))
    if not own:
        frame.note(text("受領は、この組織の中で役割を持つ方が記録します。"))
        return
    with st.form("governance-acknowledge", border=False):
        note = st.text_area(text("組織での対応"), max_chars=LONGEST_NOTE, height=90, key="governance-note")
        sent = st.form_submit_button(text("受領を記録"), type="primary", key="governance-acknowledge-save")
    if sent:
        take(
            lambda tx: arrivals.acknowledge(tx, at.id, note, expected_version=at.version),
            text("受領を記録しました。"),
            context,
            key=_SAID,
            refused=governance_words.refused,
        )


def _issue(of: Decision, today: date, context: PageContext) -> None:
    text = context.text
    frame.heading(text("伝達"), text("選んだ種類の組織のうち最も上のものに届き、そこから配下に伝達します。"))
    with st.form("governance-issue", border=False):
        kinds = st.pills(
            text("伝達する組織の種類"),
            _KINDS,
            default=_USUAL,
            selection_mode="multi",
            format_func=lambda each: text(words.UNIT_KIND[each]),
            key="governance-kinds",
        )
        due_on = st.date_input(
            text("受領の期限"), today + _TERM, min_value=today, format="YYYY/MM/DD", key="governance-due"
        )
        frame.note(text("伝達すると、内容は直せません。取り下げることはできます。"))
        sent = st.form_submit_button(
            text("配下の組織に伝達する"), type="primary", key="governance-issue-save"
        )
    if sent:
        take(
            lambda tx: decisions.issue(tx, of.id, kinds, due_on=due_on, expected_version=of.version),
            text("伝達しました。"),
            context,
            key=_SAID,
            refused=governance_words.refused,
        )


def _widen(of: Decision, later: Sequence[UnitId], names: Mapping[UnitId, str], context: PageContext) -> None:
    text = context.text
    frame.heading(
        text("伝達のあとにできた組織"),
        text("{number} 組織には、まだ届いていません。受領の期限は変わりません。", number=len(later)),
    )
    frame.note(words.listed((names.get(each, "—") for each in later), text, _MOST_NAMED))
    if st.button(text("この組織にも伝達する"), key="governance-widen"):
        take(
            lambda tx: following.add_missing(tx, of.id, expected_version=of.version),
            text("伝達しました。"),
            context,
            key=_SAID,
            refused=governance_words.refused,
        )


def _correct(
    of: Decision, known: Sequence[Body], names: Mapping[UnitId, str], today: date, context: PageContext
) -> None:
    text = context.text
    with st.expander(text("決定事項を直す")):
        draft = fields([of.unit_id], known, names, today, context, key="governance-correct", held=of)
        if st.button(text("変更を保存"), key="governance-correct-save"):
            take(
                lambda tx: decisions.correct(tx, of.id, draft, expected_version=of.version),
                text("変更を保存しました。"),
                context,
                key=_SAID,
                refused=governance_words.refused,
            )


def _withdraw(of: Decision, context: PageContext) -> None:
    text = context.text
    with st.expander(text("決定事項を取り下げる")):
        frame.note(text("取り下げると、伝達も受領も求められません。記録は残り、元には戻せません。"))
        sure = st.checkbox(text("この決定事項を取り下げます"), key="governance-withdraw-sure")
        if st.button(text("取り下げる"), key="governance-withdraw", disabled=not sure):
            take(
                lambda tx: decisions.withdraw(tx, of.id, expected_version=of.version),
                text("取り下げました。"),
                context,
                key=_SAID,
                refused=governance_words.refused,
            )
