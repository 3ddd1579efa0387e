"""The drawer of one difference: what differs, what proves it, what can be done, and what happened so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape

import streamlit as st

from daicho.pages import additions, addresses, difference, drawer, frame, scope, tables, words
from daicho.pages.case_sentences import refused, what_next
from daicho.pages.context import PageContext
from daicho.text import mark
from registry import case_assignees, cases, disposals, inventory, organisation
from registry.access import allowed, today_in_japan
from registry.case_assignees import Assignee
from registry.case_states import CLAIMS, TO_DO, WAITING, Case, CaseEvent, CaseId, CaseState, Step
from registry.cases import LONGEST
from registry.disposal_states import Disposal
from registry.errors import AccessDenied, Conflict, InvalidValue, NotFound
from registry.model import DiscrepancyKind, ObjectRow, Permission, UnitId
from registry.store import Tx
from registry.topics import Topic

PROVING = 10
_ANSWERED_ELSEWHERE: Mapping[DiscrepancyKind, tuple[str, str]] = {
    DiscrepancyKind.COPIED: (addresses.DISCLOSURES, mark("提供の根拠を確かめる")),
    DiscrepancyKind.NO_CONTRACT: (addresses.PROCESSORS, mark("委託先の契約を確かめる")),
}
"""What no ledger entry puts right, and the page on which it is."""
_SAID = "case-said"


@dataclass(frozen=True, slots=True)
class _Seen:
    """Everything the drawer shows, read once in the name of the person."""

    case: Case
    events: Sequence[CaseEvent]
    objects: Sequence[ObjectRow]
    orders: Sequence[Disposal]
    people: Sequence[Assignee]
    unit: str
    unit_code: str
    names: Mapping[UnitId, str]
    handles: bool
    decides: bool
    drafts: bool
    today: date


def show(case_id: CaseId, context: PageContext) -> None:
    """Open the drawer on the right; it asks the registry anew in the name of the person."""
    text = context.text
    try:
        with context.read() as tx:
            seen = _seen(tx, case_id, context)
    except (AccessDenied, NotFound):
        frame.message(text("この差異は見つからないか、閲覧できません。"))
        return

    title = seen.case.found.subject or text(words.DISCREPANCY[seen.case.kind])

    @st.dialog(title, position="right", width="medium", on_dismiss=_closed)
    def opened() -> None:
        said = st.session_state.pop(_SAID, "")
        if said:
            frame.message(said)
        _head(seen, context)
        _actions(seen, context)
        _proof(seen, context)
        _history(seen, context)
        additions.show(Topic.of_case(seen.case.id), context, with_comments=False)

    opened()


def _seen(tx: Tx, case_id: CaseId, context: PageContext) -> _Seen:
    case = cases.case(tx, case_id)
    unit = organisation.unit(tx, case.unit_id)
    names = scope.full_names(organisation.units(tx), context.language)
    rows = inventory.rows_of(tx, context.workspace.findings, case.found.objects[:PROVING])
    decides = allowed(tx, Permission.DECIDE_CASES, case.unit_id)
    return _Seen(
        case=case,
        events=cases.history(tx, case_id),
        objects=[rows[key] for key in case.found.objects if key in rows],
        orders=disposals.disposals(tx, case_id=case_id) if context.may(Permission.VIEW_LEDGER) else [],
        people=case_assignees.assignees(tx, [case.unit_id]) if decides and case.state in TO_DO else [],
        unit=names[unit.id],
        unit_code=unit.code,
        names=names,
        handles=allowed(tx, Permission.HANDLE_CASES, case.unit_id),
        decides=decides,
        drafts=any(allowed(tx, each, case.unit_id) for each in drawer.DRAFTING),
        today=today_in_japan(tx.now),
    )


def _closed() -> None:
    """Take the case out of the address when the drawer is closed."""
    st.query_params.pop("case", None)


def _head(seen: _Seen, context: PageContext) -> None:
    text, formats, case = context.text, context.formats, seen.case
    chip = "" if case.kind is DiscrepancyKind.NOT_FOUND else frame.chip(case.found.score, text)
    state = escape(text(words.CASE_STATE[case.state]))
    st.html(
        f"{chip} <b>{state}</b> <span class='dc-muted'>{escape(text(words.DISCREPANCY[case.kind]))}</span>"
    )
    unknown = "" if case.kind is DiscrepancyKind.COPIED else text("ほかの単位")
    other = unknown
    if case.found.other_unit_id is not None:
        other = seen.names.get(case.found.other_unit_id, unknown)
    st.html(
        f"<div class='dc-step'><b>{escape(difference.sentence(case.found, other, context))}</b><br>"
        f"{escape(what_next(case, context))}</div>"
    )
    facts = {
        text("単位"): seen.unit,
        text("見つかった種類"): words.categories(case.found.categories, text),
        text("担当"): case.assignee or text("まだ決まっていません"),
    }
    if case.state in WAITING:
        late = text("（対応期限を超過）") if case.is_late(seen.today) else ""
        facts[text("対応期限")] = f"{formats.day(case.due_on)}{late}"
    if case.state in (CaseState.PROPOSED, CaseState.EXPLAINED):
        facts[text("説明")] = case.explanation or text("閲覧の権限がないため表示しません")
        facts[text("説明した方")] = case.proposer
        facts[text("受け入れる期限")] = formats.day(case.expires_on)
    if case.state is CaseState.EXPLAINED:
        facts[text("承認した方")] = case.approver
    for order in seen.orders:
        facts[text("廃棄")] = f"{text(words.DISPOSAL_STATE[order.state])}　{order.certificate_number}".strip()
    frame.facts(facts)


def _actions(seen: _Seen, context: PageContext) -> None:
    text, case = context.text, seen.case
    if not (seen.handles or seen.decides):
        return
    frame.heading(text("次にできること"))
    if seen.handles and case.state in TO_DO:
        _answers(seen, context)
        _explain(seen, context)
    if seen.decides and seen.people:
        _assign(seen, context)
    if case.state is CaseState.PROPOSED:
        _decide(seen, context)
    if seen.decides and (case.state in CLAIMS or case.state is CaseState.EXPLAINED):
        _withdraw(case, context)
    if seen.handles:
        _comment(case, context)


def _answers(seen: _Seen, context: PageContext) -> None:
    """Offer the ways that end a difference, each with one click."""
    text, case = context.text, seen.case
    with st.container(horizontal=True, gap="small"):
        if case.entry_id is not None:
            if st.button(text("台帳の記載を直す"), key="case-entry", type="primary"):
                addresses.go(addresses.LEDGER, entry=str(case.entry_id))
        elif case.kind in _ANSWERED_ELSEWHERE:
            address, label = _ANSWERED_ELSEWHERE[case.kind]
            if context.may(Permission.VIEW_LEDGER) and st.button(
                text(label), key="case-elsewhere", type="primary"
            ):
                addresses.go(address)
        elif (
            seen.drafts
            and case.is_found
            and case.located
            and st.button(text("台帳の下書きを作る"), key="case-draft", type="primary")
        ):
            addresses.go(addresses.LEDGER, unit=seen.unit_code, case=str(case.id))
        if (
            case.kind is not DiscrepancyKind.NOT_FOUND
            and case.is_found
            and st.button(text("廃棄を依頼する"), key="case-dispose")
        ):
            addresses.go(addresses.DISPOSALS, unit=seen.unit_code, case=str(case.id))
        st.button(
            text("データを除いた"),
            key="case-removed",
            on_click=_take,
            args=(context, lambda tx: _claim(tx, case), text("記録しました。次の走査で確認します。")),
        )


def _claim(tx: Tx, case: Case) -> None:
    cases.claim(tx, case.id, Step.REMOVE_DATA, expected_version=case.version)


def _explain(seen: _Seen, context: PageContext) -> None:
    text, case = context.text, seen.case
    with st.expander(text("理由を説明して受け入れる")):
        st.text_area(text("説明"), key="case-explanation", max_chars=2000, height=90)
        st.date_input(
            text("受け入れる期限"),
            seen.today + timedelta(days=90),
            min_value=seen.today,
            max_value=seen.today + LONGEST,
            format="YYYY/MM/DD",
            key="case-until",
        )
        frame.note(text("ほかの方の承認が要ります。期限を過ぎると、差異は再開します。"))

        def explain(tx: Tx) -> None:
            held = st.session_state
            until = held["case-until"]
            cases.explain(
                tx,
                case.id,
                expected_version=case.version,
                explanation=held["case-explanation"],
                expires_on=until if isinstance(until, date) else seen.today,
            )

        st.button(
            text("承認を依頼する"),
            key="case-explain",
            on_click=_take,
            args=(context, explain, text("依頼しました。ほかの方が承認すると説明済みになります。")),
        )


def _assign(seen: _Seen, context: PageContext) -> None:
    text, case = context.text, seen.case
    with st.expander(text("担当を決める")):
        st.selectbox(text("担当"), list(seen.people), key="case-who", format_func=lambda person: person.name)
        st.date_input(
            text("対応期限"),
            max(case.due_on, seen.today),
            min_value=seen.today,
            format="YYYY/MM/DD",
            key="case-due",
        )

        def assign(tx: Tx) -> None:
            held = st.session_state
            due = held["case-due"]
            cases.assign(
                tx,
                {case.id: case.version},
                assignee_id=held["case-who"].user_id,
                due_on=due if isinstance(due, date) else None,
            )

        st.button(
            text("担当を決める"),
            key="case-assign",
            on_click=_take,
            args=(context, assign, text("担当を決めました。")),
        )


def _decide(seen: _Seen, context: PageContext) -> None:
    text, case = context.text, seen.case
    own = case.proposer_id == context.principal.user_id
    if own:
        frame.note(text("ご自身の依頼は承認も却下もできません。"))
    if not seen.decides:
        return
    with st.container(horizontal=True, gap="small"):
        for approve, label, said in (
            (True, text("説明を承認"), text("承認しました。")),
            (False, text("差し戻す"), text("差し戻しました。差異は再開しています。")),
        ):

            def decide(tx: Tx, approve: bool = approve) -> None:
                cases.decide(tx, case.id, expected_version=case.version, approve=approve)

            st.button(
                label,
                key=f"case-{'approve' if approve else 'reject'}",
                type="primary" if approve else "secondary",
                disabled=own,
                on_click=_take,
                args=(context, decide, said),
            )


def _withdraw(case: Case, context: PageContext) -> None:
    text = context.text
    with st.expander(text("取り消して再開する")):
        st.text_input(text("再開する理由"), key="case-why", max_chars=2000)

        def withdraw(tx: Tx) -> None:
            cases.withdraw(tx, case.id, expected_version=case.version, note=st.session_state["case-why"])

        st.button(
            text("差異を再開"),
            key="case-withdraw",
            on_click=_take,
            args=(context, withdraw, text("差異を再開しました。")),
        )


def _comment(case: Case, context: PageContext) -> None:
    text = context.text
    st.text_input(text("コメント"), key="case-comment", max_chars=2000)

    def comment(tx: Tx) -> None:
        cases.comment(tx, case.id, st.session_state["case-comment"])
        st.session_state["case-comment"] = ""

    st.button(
        text("コメントを残す"),
        key="case-say",
        on_click=_take,
        args=(context, comment, text("コメントを残しました。")),
    )


def _take(context: PageContext, act: Callable[[Tx], None], said: str) -> None:
    """Take a step with what the fields hold now, and keep what became of it for the next run."""
    try:
        with context.write("differences page") as tx:
            act(tx)
    except (Conflict, InvalidValue, AccessDenied, NotFound) as error:
        said = refused(error, context)
    st.session_state[_SAID] = said


def _proof(seen: _Seen, context: PageContext) -> None:
    text, formats = context.text, context.formats
    if not seen.case.located:
        frame.note(text("対象の場所と見本は、個人情報保護管理者だけが見られます。"))
        return
    if not seen.objects:
        return
    caption = text(
        "{all} 件のうち上位 {shown} 件、リスクの高い順",
        all=formats.number(len(seen.case.found.objects)),
        shown=len(seen.objects),
    )
    frame.heading(text("根拠となる対象"))
    table = tables.Table(
        caption=caption,
        columns=[
            tables.Column(text("リスク"), nowrap=True),
            tables.Column(text("対象")),
            tables.Column(text("本人（人）"), right=True),
            tables.Column(text("読める人"), nowrap=True),
        ],
        rows=[
            tables.Row(
                row.id,
                [
                    tables.risk_cell(row.risk.score, text) if row.risk else tables.Cell("—"),
                    tables.Cell(row.name or text("場所は閲覧できません"), link=True),
                    tables.Cell(formats.persons(row.persons)),
                    tables.Cell(text(words.READERS[row.exposure])),
                ],
            )
            for row in seen.objects
        ],
    )
    opened = tables.show(table, key="case-objects")
    if opened:
        addresses.go(addresses.INVENTORY, unit=seen.unit_code, object=opened)


def _history(seen: _Seen, context: PageContext) -> None:
    text, formats = context.text, context.formats
    frame.heading(text("経過"))
    rows = [
        tables.Row(
            "",
            [
                tables.Cell(formats.moment(event.at)),
                tables.Cell(text(words.STEP[event.step]), below=event.note),
                tables.Cell(event.actor or text("走査")),
            ],
        )
        for event in reversed(seen.events)
    ]
    columns = [
        tables.Column(text("日付"), nowrap=True),
        tables.Column(text("したこと")),
        tables.Column(text("誰")),
    ]
    tables.show(tables.Table("", columns, rows), key="case-history")
