"""Internal audits 内部監査 (J.6.2): one's own audits, the programmes of each year, the next one planned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import streamlit as st

from daicho.pages import (
    addresses,
    audit_managers,
    audit_page,
    audit_programme,
    audit_terms,
    audit_words,
    auditors,
    frame,
    scope,
    tables,
)
from daicho.pages.context import PageContext
from daicho.pages.steps import take
from privacy_mark.audits import audits, programmes, results
from privacy_mark.audits.model import (
    Audit,
    AuditId,
    AuditState,
    Programme,
    ProgrammeDraft,
    ProgrammeId,
    ProgrammeScope,
    fiscal_year,
)
from registry.access import today_in_japan, units_allowed
from registry.model import Permission, Unit, UnitId, UnitKind

_SAID = "audits-said"
_GROUPS = (UnitKind.GROUP,)


def show(context: PageContext) -> None:
    """Show the page, or a programme, an audit or a register of auditors of it."""
    text = context.text
    if (number := addresses.number("audit")) is not None:
        audit_page.show(AuditId(number), context)
        return
    if (number := addresses.number("programme")) is not None:
        audit_programme.show(ProgrammeId(number), context)
        return
    if (number := addresses.number("auditors")) is not None:
        auditors.show(UnitId(number), context)
        return
    if (number := addresses.number("managers")) is not None:
        audit_managers.show(UnitId(number), context)
        return
    if (number := addresses.number("terms")) is not None:
        audit_terms.show(UnitId(number), context)
        return
    frame.title(
        text("内部監査"),
        text("すべての部門を年 1 回、独立した監査員が、適合状況と運用状況に分けて監査します。"),
    )
    with context.read() as tx:
        units = scope.units(tx)
        today = today_in_japan(tx.now)
        mine = [each for each in audits.audits(tx, mine=True) if each.state is not AuditState.DONE]
        found = programmes.programmes(tx)
        audited = results.names(tx, context.language)
        planned = units_allowed(tx, Permission.PLAN_AUDITS)
        decided = units_allowed(tx, Permission.DECIDE_REVIEWS)
    said = st.session_state.pop(_SAID, "")
    if said:
        frame.message(said)
    names = {**scope.full_names(units, context.language), **audited}
    planners = [unit for unit in units if unit.id in planned and unit.closed_at is None and _plans(unit)]
    if mine:
        _own(mine, names, today, context)
    _programmes(found, names, today, context, may_plan=bool(planners))
    if planners:
        _plan(planners, names, today, context, expanded=not found)
        _registers(planners, names, context)
    deciders = [unit for unit in units if unit.id in decided and unit.closed_at is None and _plans(unit)]
    if deciders or planners:
        _managers(deciders or planners, names, context)


def _covered(unit: Unit) -> ProgrammeScope:
    """Return what a programme of a unit covers: an entity its departments, a group its companies."""
    return ProgrammeScope.DEPARTMENTS if unit.kind.is_entity else ProgrammeScope.COMPANIES


def has_own(context: PageContext) -> bool:
    """Tell whether the person is the auditor of some audit that is not done: for the menu."""
    with context.read() as tx:
        return audits.holds_open(tx)


def _plans(unit: Unit) -> bool:
    return unit.kind.is_entity or unit.kind in _GROUPS


def _own(mine: Sequence[Audit], names: Mapping[UnitId, str], today: date, context: PageContext) -> None:
    text = context.text
    frame.heading(text("自分が担当する監査"))
    rows = [
        tables.Row(
            str(each.id),
            [
                tables.Cell(each.number, link=True),
                tables.Cell(names.get(each.unit_id, "—")),
                tables.Cell(text(audit_words.KIND[each.kind])),
                tables.Cell(text(audit_words.AUDIT_STATE[each.state])),
                tables.Cell(
                    context.formats.day(each.due_on),
                    below=text("期限を超過") if each.days_late(today) else "",
                    order=float(each.due_on.toordinal()),
                ),
            ],
        )
        for each in mine
    ]
    labels = (text("番号"), text("監査する部門"), text("種類"), text("状態"), text("期限"))
    caption = text("{number} 件", number=context.formats.number(len(rows)))
    opened = tables.show(
        tables.Table(caption, [tables.Column(label) for label in labels], rows), key="audits-own"
    )
    if opened:
        addresses.go(addresses.AUDITS, audit=opened)


def _programmes(
    found: Sequence[Programme],
    names: Mapping[UnitId, str],
    today: date,
    context: PageContext,
    *,
    may_plan: bool,
) -> None:
    text = context.text
    frame.heading(text("監査計画"))
    if not found:
        frame.message(
            text("監査計画はまだありません。下から今年度の計画を作ってください。")
            if may_plan
            else text("見られる監査計画はまだありません。")
        )
        return
    rows = [
        tables.Row(
            str(each.id),
            [
                tables.Cell(
                    text("{year}年度", year=each.year), below=each.number, link=True, order=float(each.year)
                ),
                tables.Cell(names.get(each.unit_id, "—"), below=text(audit_words.SCOPE[each.scope])),
                tables.Cell(
                    text(audit_words.STATE[each.state]),
                    below=text("期限を超過") if each.received_on is None and today > each.last else "",
                ),
                tables.Cell(context.formats.period(each.first, each.last)),
                tables.Cell(context.formats.day(each.received_on) if each.received_on else "—"),
            ],
        )
        for each in found
    ]
    columns = [
        tables.Column(text("年度"), sortable=True),
        tables.Column(text("対象")),
        tables.Column(text("状態"), nowrap=True),
        tables.Column(text("期間")),
        tables.Column(text("報告の受領"), nowrap=True),
    ]
    caption = text("{number} 件、新しい年度から", number=context.formats.number(len(rows)))
    opened = tables.show(tables.Table(caption, columns, rows), key="audit-programmes")
    if opened:
        addresses.go(addresses.AUDITS, programme=opened)


def _plan(
    units: Sequence[Unit],
    names: Mapping[UnitId, str],
    today: date,
    context: PageContext,
    *,
    expanded: bool,
) -> None:
    text = context.text
    this = fiscal_year(today)
    with (
        st.expander(text("年度の監査を計画する"), expanded=expanded),
        st.form("audits-plan", border=False),
    ):
        left, right = st.columns(2)
        with left:
            unit, covers = st.selectbox(
                text("監査を行う組織と範囲"),
                [(each.id, _covered(each)) for each in units],
                format_func=lambda each: f"{names[each[0]]}　{text(audit_words.SCOPE[each[1]])}",
                key="audits-plan-unit",
            )
            first = st.date_input(text("始まりの日"), today, format="YYYY/MM/DD", key="audits-plan-first")
        with right:
            year = int(
                st.number_input(text("年度"), this - 1, this + 1, this, format="%d", key="audits-plan-year")
            )
            last = st.date_input(
                text("終わりの日"), date(this + 1, 3, 31), format="YYYY/MM/DD", key="audits-plan-last"
            )
        aim = st.text_area(
            text("目的と基準（必須）"),
            max_chars=1000,
            height=90,
            key="audits-plan-aim",
            placeholder=text("例：構築・運用指針と社内規程への適合、前年度の指摘の是正状況"),
        )
        with st.expander(text("独立性の条件")):
            recent = st.number_input(text("異動してから監査できない日数"), 0, 3650, 365)
            years = st.number_input(text("同じ監査員が続けてよい年数"), 1, 20, 3)
            apart = st.checkbox(text("適合状況と運用状況を分けて監査する"), value=True)
        if st.form_submit_button(text("計画を作る"), type="primary", key="audits-plan-save"):
            draft = ProgrammeDraft(unit, covers, year, first, last, aim, apart, int(recent), int(years))
            take(
                lambda tx: programmes.plan(tx, draft),
                text("計画を作りました。トップマネジメントの承認を待ちます。"),
                context,
                key=_SAID,
                refused=audit_words.refused,
            )


def _registers(units: Sequence[Unit], names: Mapping[UnitId, str], context: PageContext) -> None:
    text = context.text
    frame.heading(text("監査員名簿"), text("力量・言語・行える数を登録した方から、監査員を選びます。"))
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        unit = st.selectbox(
            text("監査を行う組織"),
            [each.id for each in units],
            format_func=lambda each: names[each],
            key="audits-register-unit",
        )
        if st.button(text("名簿を開く"), key="audits-register"):
            addresses.go(addresses.AUDITS, auditors=str(unit))
        if st.button(text("監査する単位の条件"), key="audits-terms"):
            addresses.go(addresses.AUDITS, terms=str(unit))


def _managers(units: Sequence[Unit], names: Mapping[UnitId, str], context: PageContext) -> None:
    text = context.text
    frame.heading(text("個人情報保護監査責任者"), text("組織ごとに、トップマネジメントが任命します。"))
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        unit = st.selectbox(
            text("監査を行う組織"),
            [each.id for each in units],
            format_func=lambda each: names[each],
            key="audits-managers-unit",
        )
        if st.button(text("任命を開く"), key="audits-managers"):
            addresses.go(addresses.AUDITS, managers=str(unit))
