"""One requirement of an entity in the drawer: why its state is so, its evidence, its confirmation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from html import escape

import streamlit as st

from daicho.pages import addresses, frame, requirement_words
from daicho.pages.context import PageContext
from daicho.pages.steps import take
from privacy_mark.requirements import evidence, readiness
from privacy_mark.requirements.evidence import Evidence, EvidenceDraft, EvidenceId, Shows
from privacy_mark.requirements.facts import Standing
from privacy_mark.requirements.model import Catalogue, Confidence
from privacy_mark.requirements.planned import Planned
from privacy_mark.requirements.readiness import Line, Met, NeedState, NotAssessed, NotMet, Unassessed
from registry import accounts
from registry.access import allowed, today_in_japan
from registry.model import Permission, Unit
from registry.sealed_files import LIMIT, File
from registry.store import Tx

_SAID = "requirement-said"


def show(line: Line, unit: Unit, catalogue: Catalogue, planned: Planned, context: PageContext) -> None:
    """Open the drawer of one requirement."""
    with context.read() as tx:
        manages = allowed(tx, Permission.MANAGE_CERTIFICATION, unit.id)
        confirms = allowed(tx, Permission.CONFIRM_READINESS, unit.id)
        located = allowed(tx, Permission.VIEW_LOCATIONS, unit.id)
        today = today_in_japan(tx.now)
    title = f"{line.requirement.id}　{line.requirement.title.of(context.language)}"

    @st.dialog(title, position="right", width="medium", on_dismiss=_closed)
    def drawer() -> None:
        if said := st.session_state.pop(_SAID, ""):
            frame.message(said)
        _head(line, unit, catalogue, planned, context)
        for need in line.needs:
            _need(need, unit, context, manages=manages, located=located)
        _confirmation(line, unit, catalogue, context, confirms=confirms)
        if manages:
            _form(line, unit, catalogue, today, context)

    drawer()


def _closed() -> None:
    st.query_params.pop("requirement", None)


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
        }
    )
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


def _need(need: NeedState, unit: Unit, context: PageContext, *, manages: bool, located: bool) -> None:
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
        _piece(each, need, context, manages=manages, located=located)


def _piece(each: Evidence, need: NeedState, context: PageContext, *, manages: bool, located: bool) -> None:
    text, formats = context.text, context.formats
    ends = [day for day in (each.valid_until, need.need.every.until(each.effective_on)) if day is not None]
    until = text("{day} まで有効", day=formats.day(min(ends))) if ends else text("改めるまで有効")
    if each not in need.counting:
        until = text("期限切れ（{day}）", day=formats.day(min(ends)) if ends else "")
    lines = (
        text("日付 {day}、{until}", day=formats.day(each.effective_on), until=until),
        text(
            "{who} が {at} に追加、{origin}",
            who=each.author,
            at=formats.moment(each.at),
            origin=text(requirement_words.ORIGIN[each.origin]),
        ),
        f"SHA-256 {each.sha256[:16]}…",
    )
    below = "<br>".join(escape(part) for part in lines)
    st.html(f"<div>{escape(each.number)}　{escape(each.title)}<div class='dc-muted'>{below}</div></div>")
    key = f"evidence-{each.id}-{need.need.id}"
    with st.container(horizontal=True, vertical_alignment="center"):
        if located or not each.personal:
            st.download_button(
                text("受け取る"),
                lambda: _taken(each.id, context).data,
                file_name=each.name,
                mime="application/octet-stream",
                key=key,
                icon=":material/download:",
                type="tertiary",
                on_click="ignore",
            )
        else:
            frame.note(text("個人情報を含むため、この法人の権限を持つ方だけが取り出せます。"))
        if manages:
            with st.popover(text("削除"), type="tertiary", key=f"{key}-more"):
                st.text_input(text("削除する理由（必須）"), key=f"{key}-why", max_chars=2000)
                if st.button(text("内容を消して削除する"), key=f"{key}-remove"):
                    _do(
                        lambda tx: evidence.remove(
                            tx, each.id, expected_version=each.version, reason=st.session_state[f"{key}-why"]
                        ),
                        text("証跡を削除しました。"),
                        context,
                    )


def _taken(evidence_id: EvidenceId, context: PageContext) -> File:
    registry = context.workspace.registry
    fresh = replace(context, principal=accounts.principal_of(registry, context.principal.user_id))
    with fresh.write("evidence") as tx:
        return evidence.content(tx, evidence_id)


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
                _do(
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
                    _do(
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

    _do(add, text("証跡を追加しました。ほかの方の確認を受けてください。"), context)


def _do(act: Callable[[Tx], object], said: str, context: PageContext) -> None:
    take(act, said, context, key=_SAID, refused=requirement_words.refused)
