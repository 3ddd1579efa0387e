"""One requirement of an entity in the drawer: why its state is so, its evidence, its confirmation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import streamlit as st

from daicho.pages import addresses, frame, requirement_evidence, requirement_words
from daicho.pages.context import PageContext
from daicho.pages.requirement_evidence import SAID, Rights, do
from privacy_mark.requirements import evidence, readiness
from privacy_mark.requirements.earlier import EarlierNeed
from privacy_mark.requirements.evidence import Evidence, EvidenceDraft, Shows
from privacy_mark.requirements.facts import Standing
from privacy_mark.requirements.model import Catalogue, Confidence
from privacy_mark.requirements.planned import Planned
from privacy_mark.requirements.readiness import Line, Met, NeedState, NotAssessed, NotMet, Unassessed
from registry.access import allowed, today_in_japan
from registry.model import Permission, Unit
from registry.sealed_files import LIMIT
from registry.store import Tx


def show(
    line: Line,
    before: Sequence[EarlierNeed],
    unit: Unit,
    catalogue: Catalogue,
    planned: Planned,
    context: PageContext,
) -> None:
    """Open the drawer of one requirement, with what was asked of it `before`."""
    with context.read() as tx:
        rights = requirement_evidence.rights(tx, unit.id)
        confirms = allowed(tx, Permission.CONFIRM_READINESS, unit.id)
        today = today_in_japan(tx.now)
    title = f"{line.requirement.id}　{line.requirement.title.of(context.language)}"

    @st.dialog(title, position="right", width="medium", on_dismiss=requirement_evidence.closed)
    def drawer() -> None:
        if said := st.session_state.pop(SAID, ""):
            frame.message(said)
        _head(line, unit, catalogue, planned, context)
        for need in line.needs:
            _need(need, unit, rights, context)
        requirement_evidence.earlier(before, rights, context)
        _confirmation(line, unit, catalogue, context, confirms=confirms)
        if rights.manages:
            _form(line, unit, catalogue, today, context)

    drawer()


def _head(line: Line, unit: Unit, catalogue: Catalogue, planned: Planned, context: PageContext) -> None:
    text, requirement = context.text, line.requirement
    frame.verdict(frame.bold(requirement_words.state(line.state, text)))
    frame.note(_why(line, context))
    if line.missing:
        frame.note(requirement_words.planned(planned, context))
    sources = catalogue.sets[requirement.set_id].sources
    frame.facts(
        {
            text("法人"): unit.name(context.language),
            text("基準"): catalogue.sets[requirement.set_id].title.of(context.language),
            text("出典"): sources.get(requirement.source, requirement.source),
            text("原典との確認"): text(requirement_words.CONFIDENCE[requirement.confidence]),
            text("適用期間"): requirement_words.period(requirement, context),
        }
    )
    if requirement.corrected_by:
        told = requirement_words.corrected(requirement.corrected_by, context)
        frame.note(text("自社で訂正（{files}）", files=told))
    if requirement.note is not None:
        frame.note(requirement.note.of(context.language))
    if requirement.confidence is not Confidence.READ and not requirement.corrected_by:
        frame.note(
            text("原典を確かめたら、ワークスペースの requirements フォルダーのファイルで訂正できます。")
        )


def _why(line: Line, context: PageContext) -> str:
    text = context.text
    match line.state:
        case Met(confirmation=done):
            day = context.formats.moment(done.at)
            return text("必要な証跡がそろい、{who} が {day} に確認しました。", who=done.by, day=day)
        case NotMet(missing=missing):
            listed = text("、").join(requirement_words.lacking(each, context) for each in missing)
            return text("足りない記録：{listed}", listed=listed)
        case NotAssessed(why=Unassessed.NOT_CONFIRMED):
            return text("必要な証跡はそろっています。個人情報保護管理者の確認を待っています。")
        case _:
            return text("証跡はまだ一つもありません。下から追加してください。")


def _need(need: NeedState, unit: Unit, rights: Rights, context: PageContext) -> None:
    text, of = context.text, need.need
    mark = text("証跡不足") if need.lack is not None else text("証跡あり")
    below = text(
        "{kind}、{every}",
        kind=text(requirement_words.KIND[of.kind]),
        every=text(requirement_words.FREQUENCY[of.every]),
    )
    frame.heading(text("{name}：{why}", name=mark, why=of.name.of(context.language)), below)
    if need.fact is not None and of.supplier is not None:
        said = requirement_words.fact(need.fact, of.supplier, context)
        known = need.fact.standing is not Standing.UNKNOWN
        frame.note(
            text("本製品の記録：{said}", said=said) + (f"　SHA-256 {need.fact.sha256[:16]}…" if known else "")
        )
        if st.button(
            text("数えた記録を開く"),
            key=f"requirement-rows-{of.id}",
            icon=":material/open_in_new:",
            type="tertiary",
        ):
            addresses.go(requirement_words.PLACE[of.supplier], unit=unit.code)
    if need.lack is not None:
        frame.note(text(requirement_words.LACK[need.lack]))
    for each in need.evidence:
        requirement_evidence.piece(each, of.id, _held(each, need, context), context, rights)


def _held(each: Evidence, need: NeedState, context: PageContext) -> str:
    """Return until when a piece of evidence holds."""
    text, day = context.text, context.formats.day
    ends = [end for end in (each.valid_until, need.need.every.until(each.effective_on)) if end is not None]
    if each not in need.counting:
        return text("期限切れ（{day}）", day=day(min(ends)) if ends else "")
    return text("{day} まで有効", day=day(min(ends))) if ends else text("改めるまで有効")


def _confirmation(
    line: Line, unit: Unit, catalogue: Catalogue, context: PageContext, *, confirms: bool
) -> None:
    text = context.text
    match line.state:
        case NotAssessed(why=Unassessed.NOT_CONFIRMED):
            frame.heading(
                text("確認"), text("証跡の内容が要求事項を示していることを、個人情報保護管理者が確認します。")
            )
            if not confirms:
                frame.note(text("確認できるのは、この法人の個人情報保護管理者だけです。"))
            elif st.button(text("証跡を確認した"), type="primary", key="requirement-confirm"):
                do(
                    lambda tx: readiness.confirm(
                        tx, catalogue, unit.id, line.requirement.id, basis=line.basis
                    ),
                    text("確認しました。証跡が変わるか期限が切れると、確認は無効になります。"),
                    context,
                )
        case Met(confirmation=done) if confirms:
            with st.popover(text("確認を取り消す"), type="tertiary", key="requirement-withdraw-more"):
                frame.note(text("取り消すと未確認に戻ります。"))
                if st.button(text("確認を取り消す"), key="requirement-withdraw"):
                    do(
                        lambda tx: readiness.withdraw(tx, done.id, expected_version=done.version),
                        text("確認を取り消しました。"),
                        context,
                    )


def _form(line: Line, unit: Unit, catalogue: Catalogue, today: date, context: PageContext) -> None:
    text = context.text
    frame.heading(text("証跡を追加する"))
    ways = {"file": text("ファイル")}
    if any(need.fact is not None and need.fact.standing is Standing.SHOWN for need in line.needs):
        ways["rows"] = text("本製品の記録を引用")
    if any(need.need.if_any for need in line.needs):
        ways["none"] = text("該当する取扱いがない")
    way = st.radio(
        text("証跡の種類"),
        list(ways),
        format_func=lambda each: ways[each],
        horizontal=True,
        key="evidence-way",
    )
    needs = [
        need.need
        for need in line.needs
        if way == "file"
        or (way == "none" and need.need.if_any)
        or (way == "rows" and need.fact is not None and need.fact.standing is Standing.SHOWN)
    ]
    with st.form("evidence", border=False):
        shown = st.multiselect(
            text("何を示すか"),
            needs,
            default=needs[:1],
            format_func=lambda each: each.name.of(context.language),
        )
        title = st.text_input(text("題名（必須）"), max_chars=evidence.TITLE_LENGTH)
        left, right = st.columns(2)
        effective = left.date_input(
            text("証跡の日付（実施・制定した日）"),
            today,
            max_value=today,
            format="YYYY/MM/DD",
            disabled=way == "rows",  # what the product says is of today
        )
        ends = right.date_input(text("有効期限（頻度より早いとき）"), None, format="YYYY/MM/DD")
        note = st.text_area(
            text("理由（必須）") if way == "none" else text("補足"), max_chars=2000, height=80
        )
        file = None
        personal = False
        if way == "file":
            file = st.file_uploader(text("ファイル（10 MB まで）"), max_upload_size=LIMIT >> 20)
            personal = st.checkbox(text("個人情報を含む"), value=True)
        sent = st.form_submit_button(text("証跡を追加"), type="primary", key="evidence-add")
    if not sent or not isinstance(effective, date):
        return
    draft = EvidenceDraft(
        unit_id=unit.id,
        title=title,
        shows=frozenset(Shows(line.requirement.id, each.id) for each in shown),
        effective_on=effective,
        valid_until=ends if isinstance(ends, date) else None,
        note=note,
        personal=personal,
    )

    def add(tx: Tx) -> Evidence:
        if way == "none":
            return evidence.state_none(tx, catalogue, draft)
        if way == "rows":
            return evidence.cite(tx, catalogue, draft)
        name, data = (file.name, file.getvalue()) if file is not None else ("file", b"")
        return evidence.add_file(tx, catalogue, draft, name, data)

    do(add, text("証跡を追加しました。ほかの方の確認を受けてください。"), context)
