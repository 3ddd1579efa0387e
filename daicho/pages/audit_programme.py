"""One audit programme 監査計画: approved, auditors assigned with the proof, reported, received."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date

import streamlit as st

from daicho.pages import addresses, audit_findings, audit_words, frame, scope, tables
from daicho.pages.audit_letters import auditor_letters
from daicho.pages.audit_report import proof_pdf, report_pdf
from daicho.pages.context import PageContext
from daicho.pages.steps import take
from privacy_mark.audits import appointments, assigning, audits, profiles, programmes, results
from privacy_mark.audits.assigning import NO_GAPS, Gaps
from privacy_mark.audits.assignment import Assigned, Bottleneck, Impossible
from privacy_mark.audits.model import Audit, AuditState, Programme, ProgrammeId, ProgrammeState
from registry.access import allowed, today_in_japan
from registry.errors import NotFound
from registry.model import Permission, UnitId, UserId
from registry.store import Tx

_SAID, _TRIED = "audit-programme-said", "audit-programme-tried"
PER_PAGE = 50


def show(programme_id: ProgrammeId, context: PageContext) -> None:
    """Show one programme."""
    text = context.text
    try:
        with context.read() as tx:
            of = programmes.programme(tx, programme_id)
            rows = audits.audits(tx, programme_id=programme_id)
            names = {
                **scope.full_names(scope.units(tx), context.language),
                **results.names(tx, context.language),
            }
            found, before = results.results(tx, programme_id), results.before(tx, programme_id)
            today = today_in_japan(tx.now)
            appointed = any(
                each.user_id == of.planner_id and each.holds(today)
                for each in appointments.appointments(tx, of.unit_id)
            )
            plans = allowed(tx, Permission.PLAN_AUDITS, of.unit_id)
            leads = appointments.leads(of.unit_id, tx)
            decides = allowed(tx, Permission.DECIDE_REVIEWS, of.unit_id)
            gaps = assigning.gaps(tx, programme_id) if plans else NO_GAPS
            people = {each.user_id: each.name for each in profiles.profiles(tx, of.unit_id)} if plans else {}
    except NotFound:
        frame.title(text("監査計画"), "")
        frame.message(text("この監査計画は見つからないか、閲覧できません。"))
        _back(context)
        return
    title = text("{year}年度　{scope}の監査", year=of.year, scope=text(audit_words.SCOPE[of.scope]))
    frame.title(title, _next_step(of, rows, today, context))
    _back(context)
    said = st.session_state.pop(_SAID, "")
    if said:
        frame.message(said)
    frame.facts(_facts(of, rows, names, context))
    _steps(of, rows, context, leads=leads, decides=decides, appointed=appointed)
    if plans and not leads and of.state in (ProgrammeState.APPROVED, ProgrammeState.ASSIGNED):
        frame.note(text("割当てと報告は、任命中の個人情報保護監査責任者が行います。"))
    if leads and of.state in (ProgrammeState.APPROVED, ProgrammeState.ASSIGNED):
        _trial(of, rows, gaps, people, names, context)
    _documents(of, rows, context)
    opened = audit_findings.show(text("指摘事項"), found, names, context, key="programme-findings")
    if before is not None:
        opened = opened or audit_findings.show(
            text("前年度の指摘のその後"), before, names, context, key="programme-before"
        )
    if rows:
        opened = _audits(rows, names, today, context, key=f"programme-{of.id}") or opened
    if opened:
        addresses.go(addresses.AUDITS, audit=opened)


def _documents(of: Programme, rows: Sequence[Audit], context: PageContext) -> None:
    text = context.text
    if not rows:
        return
    with st.container(horizontal=True, gap="small"):
        if of.state in (ProgrammeState.REPORTED, ProgrammeState.RECEIVED):
            st.download_button(
                text("監査報告書（PDF）"),
                lambda: report_pdf(of.id, context),
                file_name=f"{of.number}.pdf",
                mime="application/pdf",
                icon=":material/download:",
                key="audit-report-pdf",
            )
        st.download_button(
            text("監査員割当表（PDF）"),
            lambda: proof_pdf(of.id, context),
            file_name=f"{of.number}-auditors.pdf",
            mime="application/pdf",
            icon=":material/download:",
            key="audit-proof-pdf",
        )
        st.download_button(
            text("監査員の任命書（PDF）"),
            lambda: auditor_letters(of.id, context),
            file_name=f"{of.number}-letters.pdf",
            mime="application/pdf",
            icon=":material/download:",
            key="audit-letters-pdf",
        )


def _back(context: PageContext) -> None:
    if st.button(
        context.text("内部監査に戻る"), type="tertiary", icon=":material/arrow_back:", key="programme-back"
    ):
        addresses.go(addresses.AUDITS)


def _next_step(of: Programme, rows: Sequence[Audit], today: date, context: PageContext) -> str:
    text, number = context.text, context.formats.number
    open_ = sum(each.state is not AuditState.DONE for each in rows)
    if of.state is ProgrammeState.PLANNED:
        return text("トップマネジメントの承認を待っています。")
    if of.state is ProgrammeState.APPROVED:
        return text("監査員を割り当ててください。")
    if of.state is ProgrammeState.ASSIGNED and open_:
        late = sum(bool(each.days_late(today)) for each in rows)
        told = text("{open} 件の監査が残っています。", open=number(open_))
        return told + text("{late} 件が期限を過ぎています。", late=number(late)) if late else told
    if of.state is ProgrammeState.ASSIGNED:
        return text("すべての監査が終わりました。トップマネジメントに報告してください。")
    if of.state is ProgrammeState.REPORTED:
        return text("トップマネジメントの受領を待っています。")
    return text("トップマネジメントが報告を受領しました。")


def _facts(
    of: Programme, rows: Sequence[Audit], names: Mapping[UnitId, str], context: PageContext
) -> dict[str, str]:
    text, number = context.text, context.formats.number
    done = sum(each.state is AuditState.DONE for each in rows)
    told = {
        text("番号"): of.number,
        text("監査を行う組織"): names.get(of.unit_id, "—"),
        text("期間"): context.formats.period(of.first, of.last),
        text("目的と基準"): of.aim,
        text("監査責任者（計画）"): of.planner,
        text("承認した方"): of.approver or "—",
    }
    if of.load is not None and of.load_bound is not None:
        told[text("終わった監査")] = f"{number(done)} / {number(len(rows))}"
        told[text("最も多い監査員の担当数")] = text(
            "{load} 件（これより少なくはできない数：{bound} 件）",
            load=number(of.load),
            bound=number(of.load_bound),
        )
    if of.overall:
        told[text("総評")] = of.overall
        told[text("報告")] = f"{of.reporter}　{context.formats.day(of.reported_on)}"
    if of.receiver:
        told[text("受領")] = f"{of.receiver}　{context.formats.day(of.received_on)}"
    return told


def _steps(
    of: Programme,
    rows: Sequence[Audit],
    context: PageContext,
    *,
    leads: bool,
    decides: bool,
    appointed: bool,
) -> None:
    text = context.text
    own = context.principal.user_id == of.planner_id
    if of.state is ProgrammeState.PLANNED and decides:
        if own:
            frame.note(text("ご自身の計画は承認できません。"))
        if not appointed:
            frame.message(
                text(
                    "{name} さんは、個人情報保護監査責任者に任命されていません。任命すると承認できます。",
                    name=of.planner,
                )
            )
            if st.button(text("任命を開く"), key="programme-managers"):
                addresses.go(addresses.AUDITS, managers=str(of.unit_id))
        if st.button(
            text("計画を承認"), type="primary", key="programme-approve", disabled=own or not appointed
        ):
            _take(
                lambda tx: programmes.approve(tx, of.id, expected_version=of.version),
                text("承認しました。監査員の割当てに進めます。"),
                context,
            )
    if of.state is ProgrammeState.REPORTED and decides:
        if of.reporter_id == context.principal.user_id:
            frame.note(text("ご自身の報告は受領できません。"))
        elif st.button(text("報告を受領"), type="primary", key="programme-receive"):
            _take(
                lambda tx: programmes.receive(tx, of.id, expected_version=of.version),
                text("受領しました。"),
                context,
            )
    finished = bool(rows) and all(each.state is AuditState.DONE for each in rows)
    if of.state is ProgrammeState.ASSIGNED and leads and finished:
        with st.form("programme-report"):
            overall = st.text_area(text("総評（必須）"), max_chars=1000, height=110, key="programme-overall")
            if st.form_submit_button(
                text("トップマネジメントに報告"), type="primary", key="programme-report-send"
            ):
                _take(
                    lambda tx: programmes.report(tx, of.id, overall=overall, expected_version=of.version),
                    text("報告しました。"),
                    context,
                )


def _trial(
    of: Programme,
    rows: Sequence[Audit],
    gaps: Gaps,
    people: Mapping[UserId, str],
    names: Mapping[UnitId, str],
    context: PageContext,
) -> None:
    """Let the planner see an assignment, or why there is none, before it is fixed."""
    text = context.text
    begun = any(each.state is not AuditState.PLANNED for each in rows)
    if begun and not gaps.uncovered and not gaps.gone:
        return
    if gaps.uncovered and rows:
        frame.message(
            text(
                "割当てのあとに増えた {number} 部門に、監査がありません：{units}",
                number=context.formats.number(len(gaps.uncovered)),
                units=("、" if context.language == "ja" else "; ").join(
                    names.get(unit, "—") for unit in gaps.uncovered[:10]
                ),
            )
        )
    if gaps.gone:
        frame.message(
            text(
                "統合された部門の未着手の監査が {number} 件あります。割り当て直すと外れます。",
                number=context.formats.number(len(gaps.gone)),
            )
        )
    frame.heading(
        text("監査員の割当て"),
        text("所属・管理・監査役・力量・言語・不在を確かめ、担当が偏らないように割り当てます。"),
    )
    if not begun and any(each.by_hand for each in rows):
        frame.note(text("手で変更した部門の割当ては、そのまま残ります。"))
    with st.container(horizontal=True, gap="small"):
        if st.button(text("割当てを試す"), key="programme-try"):
            st.session_state[_TRIED] = of.id
        if st.button(text("監査員名簿を開く"), key="programme-auditors"):
            addresses.go(addresses.AUDITS, auditors=str(of.unit_id))
    if st.session_state.get(_TRIED) != of.id:
        return
    with context.read() as tx:
        answer = assigning.propose(tx, of.id)
    if isinstance(answer, Impossible):
        _impossible(answer, people, names, context)
        return
    if not answer.proofs and not gaps.gone:
        frame.message(text("監査する部門がありません。組織を確かめてください。"))
        return
    if answer.proofs:
        _proposed(answer, people, context)
    if st.button(text("この割当てに決める"), type="primary", key="programme-fix"):
        st.session_state.pop(_TRIED, None)
        _take(
            lambda tx: assigning.fix(tx, of.id, expected_version=of.version),
            text("割り当てました。"),
            context,
        )


def _proposed(answer: Assigned, people: Mapping[UserId, str], context: PageContext) -> None:
    text, number = context.text, context.formats.number
    frame.verdict(
        text(
            "**{audits} 件をすべて割り当てられます。**最も多い方で {load} 件です"
            "（これより少なくはできない数：{bound} 件）。",
            audits=number(len(answer.proofs)),
            load=number(answer.load),
            bound=number(answer.load_bound),
        )
    )
    loads = Counter(proof.auditor_id for proof in answer.proofs)
    most = loads.most_common(20)
    frame.pairs_list([(people.get(who, "—"), text("{number} 件", number=number(load))) for who, load in most])
    if len(loads) > len(most):
        frame.note(text("ほか {number} 人", number=number(len(loads) - len(most))))


def _impossible(
    answer: Impossible, people: Mapping[UserId, str], names: Mapping[UnitId, str], context: PageContext
) -> None:
    text, number = context.text, context.formats.number
    frame.verdict(
        text("**{number} 件を割り当てられません。**独立性は緩めません。", number=number(answer.unassigned))
    )
    for each in answer.bottlenecks:
        _bottleneck(each, people, names, context)


def _bottleneck(
    of: Bottleneck, people: Mapping[UserId, str], names: Mapping[UnitId, str], context: PageContext
) -> None:
    text, number = context.text, context.formats.number
    joined = "、" if context.language == "ja" else "; "
    units = list(dict.fromkeys(names.get(task.unit_id, "—") for task in of.tasks))
    shown = joined.join(units[:5]) + (" …" if len(units) > 5 else "")
    able = joined.join(people.get(who, "—") for who in of.people[:8]) or text("いません")
    frame.message(
        text(
            "{units} を監査できるのは {able} だけです。{depending} 件に対して {capacity} 件しか行えず、"
            "{lacking} 件足りません。",
            units=shown,
            able=able,
            depending=number(of.depending),
            capacity=number(of.capacity),
            lacking=number(of.lacking),
        )
    )
    excluded = [
        (text(audit_words.RULE[rule]), text("{number} 人", number=count)) for rule, count in of.excluded
    ]
    if excluded:
        frame.note(text("ほかの方を選べない理由"))
        frame.pairs_list(excluded)
    frame.note(text("割り当てられるようにするには"))
    frame.pairs_list(
        [
            *(
                (audit_words.remedy(each.rule, len(each.people), each.audits, context), "")
                for each in of.remedies
            ),
            (text("独立した方を名簿に加える（{audits} 件分）", audits=number(of.lacking)), ""),
        ]
    )


def _audits(
    rows: Sequence[Audit], names: Mapping[UnitId, str], today: date, context: PageContext, *, key: str
) -> str | None:
    text, number = context.text, context.formats.number
    frame.heading(text("監査の一覧"))
    states = st.pills(
        text("状態"),
        list(AuditState),
        selection_mode="multi",
        format_func=lambda each: text(audit_words.AUDIT_STATE[each]),
        key=f"{key}-states",
    )
    rows = [each for each in rows if not states or each.state in states]
    if not rows:
        frame.message(text("この状態の監査はありません。"))
        return None
    pages = -(-len(rows) // PER_PAGE)
    page = st.pagination(pages, key=f"{key}-page-{len(rows)}") if pages > 1 else 1
    first = (page - 1) * PER_PAGE
    shown = [
        tables.Row(
            str(each.id),
            [
                tables.Cell(names.get(each.unit_id, "—"), below=each.number, link=True),
                tables.Cell(text(audit_words.KIND[each.kind])),
                tables.Cell(each.auditor, below=text("手で変更") if each.by_hand else ""),
                tables.Cell(
                    text(audit_words.AUDIT_STATE[each.state]),
                    below=text("期限を超過") if each.days_late(today) else "",
                ),
                tables.Cell(context.formats.day(each.done_on or each.due_on)),
            ],
        )
        for each in rows[first : first + PER_PAGE]
    ]
    labels = (text("監査する部門"), text("種類"), text("監査員"), text("状態"), text("終了日・期限"))
    caption = text(
        "{total} 件のうち {first}–{last} 件目",
        total=number(len(rows)),
        first=first + 1,
        last=first + len(shown),
    )
    return tables.show(
        tables.Table(caption, [tables.Column(label) for label in labels], shown), key="programme-audits"
    )


def _take(act: Callable[[Tx], object], said: str, context: PageContext) -> None:
    take(act, said, context, key=_SAID, refused=audit_words.refused)
