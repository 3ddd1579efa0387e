"""One audit 監査: its work paper 監査調書 question by question, samples, findings, and its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import streamlit as st

from daicho.pages import action_words, addresses, audit_findings, audit_words, frame, scope, tables
from daicho.pages.audit_report import paper_pdf
from daicho.pages.context import PageContext
from daicho.pages.steps import take
from daicho.requirements import catalogue_or_product
from privacy_mark.audits import appointments, assigning, audits, programmes, results
from privacy_mark.audits.checklist import ChecklistItem
from privacy_mark.audits.model import Audit, AuditId, AuditState, Paper, PaperDraft, PaperResult
from privacy_mark.audits.results import Results
from registry.access import today_in_japan
from registry.errors import NotFound
from registry.model import Permission, UnitId
from registry.store import Tx

_SAID, _ASKED, _ITEM = "audit-said", "audit-asked", "audit-item"
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class _Sight:
    """One audit with what the page shows beside it."""

    audit: Audit
    questions: Sequence[ChecklistItem]
    papers: Mapping[str, Paper]
    found: Results
    names: Mapping[UnitId, str]
    today: date
    fills: bool
    leads: bool

    @property
    def unit(self) -> str:
        """Return the audited unit's name."""
        return self.names.get(self.audit.unit_id, "—")

    @property
    def unanswered(self) -> list[ChecklistItem]:
        """Return the questions that nobody has answered."""
        return [item for item in self.questions if item.id not in self.papers]


def show(audit_id: AuditId, context: PageContext) -> None:
    """Show one audit."""
    text = context.text
    try:
        with context.read() as tx:
            sight = _seen(tx, audit_id, context)
    except NotFound:
        frame.title(text("監査"), "")
        frame.message(text("この監査は見つからないか、閲覧できません。"))
        _back("", context)
        return
    of = sight.audit
    frame.title(f"{sight.unit}　{text(audit_words.KIND[of.kind])}", _next_step(sight, context))
    _back(str(of.programme_id), context)
    if said := st.session_state.pop(_SAID, ""):
        frame.message(said)
    _facts(sight, context)
    if sight.leads and of.state is not AuditState.DONE:
        _change(sight, context)
        _schedule(sight, context)
    if of.state is AuditState.DONE:
        frame.heading(text("結論"))
        frame.message(of.conclusion)
    if sight.papers:
        st.download_button(
            text("監査調書（PDF）"),
            lambda: paper_pdf(audit_id, context),
            file_name=f"{of.number}.pdf",
            mime="application/pdf",
            icon=":material/download:",
            key="audit-paper-pdf",
        )
    audit_findings.show(text("指摘事項"), sight.found, None, context, key="audit-findings")
    if context.may(Permission.VIEW_AUDITS):
        known = {each.action.number: each.action.id for each in sight.found.findings if each.action}
        action_words.links(list(known), known, context)
    if sight.fills and of.state is not AuditState.DONE:
        _fill(sight, context)
    _table(sight, context)


def _seen(tx: Tx, audit_id: AuditId, context: PageContext) -> _Sight:
    language, known = context.language, catalogue_or_product(context.workspace.path)
    of = audits.audit(tx, audit_id)
    try:
        leads = appointments.leads(programmes.programme(tx, of.programme_id).unit_id, tx)
    except NotFound:  # an auditor who sees nothing but his own audits
        leads = False
    return _Sight(
        of,
        audits.questions(tx, audit_id, known),
        {paper.item: paper for paper in audits.papers(tx, audit_id)},
        results.of_audit(tx, audit_id),
        {**scope.full_names(scope.units(tx), language), **results.names(tx, language)},
        today_in_japan(tx.now),
        of.auditor_id == tx.principal.user_id,
        leads,
    )


def _back(programme: str, context: PageContext) -> None:
    text = context.text
    label = text("監査計画に戻る") if programme else text("内部監査に戻る")
    if st.button(label, type="tertiary", icon=":material/arrow_back:", key="audit-back"):
        addresses.go(addresses.AUDITS, programme=programme)


def _next_step(sight: _Sight, context: PageContext) -> str:
    text, of = context.text, sight.audit
    if of.state is AuditState.DONE:
        return text("{day} に終わりました。内容は変更できません。", day=context.formats.day(of.done_on))
    late = of.days_late(sight.today)
    if late:
        when = text("期限を {days} 日過ぎています。", days=late)
    else:
        day, left = context.formats.day(of.due_on), (of.due_on - sight.today).days
        when = text("期限 {day}（あと {days} 日）。", day=day, days=left)
    left = len(sight.unanswered)
    if left:
        return when + text("答えていない項目が {number} 問あります。", number=left)
    return when + text("すべて答えました。結論を書いて終えてください。")


def _facts(sight: _Sight, context: PageContext) -> None:
    text, of = context.text, sight.audit
    frame.facts(
        {
            text("番号"): of.number,
            text("監査員"): of.auditor,
            text("状態"): text(audit_words.AUDIT_STATE[of.state]),
            text("実施の期限"): context.formats.day(of.due_on),
            text("実施した日"): context.formats.period(of.started_on, of.done_on),
            text("独立性"): audit_words.independence(of, sight.names, context),
        }
    )
    if of.state is not AuditState.DONE:
        done, total = len(sight.papers), len(sight.questions)
        frame.bar(
            text("**答えた項目 {done} / {total}**", done=done, total=total), done / total if total else 0
        )


def _schedule(sight: _Sight, context: PageContext) -> None:
    text, of = context.text, sight.audit
    with st.expander(text("期限を変更する")), st.form("audit-schedule", border=False):
        on = st.date_input(text("新しい期限"), of.due_on, format="YYYY/MM/DD", key=f"audit-due-{of.id}")
        sent = st.form_submit_button(text("期限を変更"), key="audit-schedule")
    if sent:
        _take(
            lambda tx: assigning.schedule(tx, of.id, on, expected_version=of.version),
            text("期限を変更しました。"),
            context,
        )


def _change(sight: _Sight, context: PageContext) -> None:
    text, of = context.text, sight.audit
    with st.expander(text("監査員を変更する")):
        with context.read() as tx:
            people = assigning.suited(tx, of.id)
        able = {who: name for who, name, rules in people if not rules and who != of.auditor_id}
        if not able:
            frame.note(text("ほかに、この監査を行える方は名簿にいません。"))
        else:
            with st.form("audit-change", border=False):
                who = st.selectbox(
                    text("新しい監査員"),
                    list(able),
                    format_func=lambda each: able[each],
                    key=f"audit-auditor-{of.id}",
                )
                sent = st.form_submit_button(text("監査員を変更"), key="audit-change")
            if sent:
                _take(
                    lambda tx: assigning.change(tx, of.id, who, expected_version=of.version),
                    text("監査員を変更しました。独立性を確かめてあります。"),
                    context,
                )
        barred = [(name, text(audit_words.RULE[rules[0]])) for _, name, rules in people if rules]
        if barred:
            frame.note(text("この監査を行えない方"))
            frame.pairs_list(barred)


def _sure(item: ChecklistItem, context: PageContext) -> str:
    return "　" + context.text("出典との対応は未確認です。") if item.confidence == "low" else ""


def _fill(sight: _Sight, context: PageContext) -> None:
    """Show the chosen question, else the first that is open; after the last one the end."""
    text, of = context.text, sight.audit
    asked = st.session_state.get(_ASKED)
    if asked is not None and asked[0] == of.id:
        _confirm(asked[1], asked[2], context)
        return
    wanted = st.session_state.get(_ITEM)
    chosen = next((item for item in sight.questions if wanted == (of.id, item.id)), None)
    item = chosen or next(iter(sight.unanswered), None)
    if item is None:
        _end(sight, context)
        return
    paper = sight.papers.get(item.id)
    place = [each.id for each in sight.questions].index(item.id) + 1
    frame.heading(
        item.question(context.language),
        text(
            "{requirement}　{place} / {total} 問",
            requirement=action_words.requirement(item.requirement_id, context, sight.today),
            place=place,
            total=len(sight.questions),
        ),
    )
    if item.source is not None:
        frame.note(text("出典：{source}", source=item.source.of(context.language)) + _sure(item, context))
    key = f"audit-{of.id}-{item.id}-{0 if paper is None else paper.version}"
    with st.form(key, border=False):
        draft = _question(item, paper, key, context)
        with st.container(horizontal=True, gap="small"):
            sent = st.form_submit_button(text("保存して次へ"), type="primary", key=f"{key}-save")
            if chosen is not None and st.form_submit_button(text("戻る"), key=f"{key}-leave"):
                st.session_state.pop(_ITEM, None)
                st.rerun()
    if not sent:
        return
    if draft is None:
        st.error(text("結果を選んでください。"))
        return
    version = 0 if paper is None else paper.version
    if draft.result is PaperResult.NONCONFORMING and (paper is None or paper.action_id is None):
        if not draft.fact.strip():
            st.error(text("確かめた事実を入れてください。"))
            return
        st.session_state[_ASKED] = (of.id, draft, version)
        st.rerun()
    _keep(of.id, draft, version, context)


def _question(item: ChecklistItem, paper: Paper | None, key: str, context: PageContext) -> PaperDraft | None:
    text = context.text
    result = st.segmented_control(
        text("結果（必須）"),
        list(PaperResult),
        default=None if paper is None else paper.result,
        format_func=lambda each: text(audit_words.RESULT[each]),
        key=f"{key}-result",
        help=text("不適合にすると是正処置が始まります。"),
    )
    fact = st.text_area(
        text("確かめた事実（該当なしのほかは必須）"),
        "" if paper is None else paper.fact,
        max_chars=_LONGEST,
        height=90,
        placeholder=text("例：入退室記録 4 月分を確認。退室の記入漏れ 2 件"),
        key=f"{key}-fact",
    )
    left, middle, right = st.columns([2, 2, 6])
    with left:
        population = st.number_input(
            text("全体の数"), 0, None, None if paper is None else paper.population, key=f"{key}-all"
        )
    with middle:
        sample = st.number_input(
            text("確かめた数"), 0, None, None if paper is None else paper.sample, key=f"{key}-sample"
        )
    with right:
        sampled = st.text_input(
            text("何をどう選んだか（数を入れたら必須）"),
            "" if paper is None else paper.sampled,
            max_chars=_LONGEST,
            placeholder=text("例：4 月入社の 10 人から、社員番号の末尾 3 の方"),
            key=f"{key}-sampled",
        )
    major = False
    if paper is None or paper.action_id is None:
        major = st.checkbox(text("重大な不適合（結果が不適合のとき）"), key=f"{key}-major")
    if result is None:
        return None
    return PaperDraft(item.id, result, fact, sampled, population, sample, major)


def _confirm(draft: PaperDraft, version: int, context: PageContext) -> None:
    """Ask again before a nonconformity opens its corrective action."""
    text, of = context.text, st.session_state[_ASKED][0]
    grade = text("重大な不適合") if draft.major else text("軽微な不適合")
    st.warning(
        text("{grade}として是正処置を始めますか？始めると、この項目は不適合のままになります。", grade=grade)
    )
    frame.facts({text("確かめた事実"): draft.fact})
    with st.container(horizontal=True, gap="small"):
        if st.button(text("キャンセル"), key="audit-cancel"):
            st.session_state.pop(_ASKED, None)
            st.rerun()
        if st.button(text("是正処置を始める"), type="primary", key="audit-sure"):
            st.session_state.pop(_ASKED, None)
            _keep(of, draft, version, context)


def _keep(of: AuditId, draft: PaperDraft, version: int, context: PageContext) -> None:
    def act(tx: Tx) -> None:
        known = catalogue_or_product(context.workspace.path)
        audits.fill(tx, of, draft, expected_version=version, catalogue=known)
        st.session_state.pop(_ITEM, None)

    _take(act, context.text("保存しました。"), context)


def _end(sight: _Sight, context: PageContext) -> None:
    text, of = context.text, sight.audit
    frame.heading(text("監査を終える"), text("終えると、内容は変更できません。"))
    with st.form("audit-end", border=False):
        conclusion = st.text_area(
            text("結論（必須）"), max_chars=_LONGEST, height=110, key=f"audit-conclusion-{of.id}"
        )
        sure = st.checkbox(text("内容を確かめました。"), key=f"audit-end-sure-{of.id}")
        sent = st.form_submit_button(text("監査を終える"), type="primary", key="audit-end")
    if not sent:
        return
    if not sure:
        st.error(text("内容を確かめて、チェックを入れてください。"))
        return
    _take(
        lambda tx: audits.finish(
            tx,
            of.id,
            conclusion=conclusion,
            expected_version=of.version,
            catalogue=catalogue_or_product(context.workspace.path),
        ),
        text("監査を終えました。"),
        context,
    )


def _table(sight: _Sight, context: PageContext) -> None:
    text, of = context.text, sight.audit
    may = sight.fills and of.state is not AuditState.DONE
    frame.heading(text("監査調書"), text("項目を選ぶと、答えを直せます。") if may else "")
    rows = []
    for item in sight.questions:
        paper = sight.papers.get(item.id)
        rows.append(
            tables.Row(
                item.id,
                [
                    tables.Cell(item.requirement_id),
                    tables.Cell(item.question(context.language), link=may),
                    tables.Cell("—" if paper is None else text(audit_words.RESULT[paper.result])),
                    tables.Cell(
                        "—" if paper is None else paper.fact or "—",
                        below="" if paper is None else audit_words.sample(paper, context),
                    ),
                ],
            )
        )
    labels = (text("要求事項"), text("確かめること"), text("結果"), text("確かめた事実"))
    columns = [tables.Column(label, nowrap=label in (labels[0], labels[2])) for label in labels]
    caption = text("{total} 問のうち {done} 問に回答", total=len(rows), done=len(sight.papers))
    opened = tables.show(tables.Table(caption, columns, rows), key="audit-paper")
    if opened and may:
        st.session_state[_ITEM] = (of.id, opened)
        st.rerun()


def _take(act: Callable[[Tx], object], said: str, context: PageContext) -> None:
    take(act, said, context, key=_SAID, refused=audit_words.refused)
