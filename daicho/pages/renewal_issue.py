"""The report 更新準備状況 on the page of requirements: issuing it, and taking those issued."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import streamlit as st

from daicho.pages import frame, paging, renewal_report
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from daicho.pages.steps import take, why_not
from daicho.text import mark
from privacy_mark.requirements import issued
from privacy_mark.requirements.issued import Issued, ReportId
from privacy_mark.requirements.model import Catalogue
from registry.access import allowed
from registry.errors import RegistryError
from registry.model import Permission, Unit
from registry.sealed_files import File

PAGE = 10
_SAID = "renewal-said"
_LANGUAGES: Mapping[str, str] = {"ja": "日本語", "en": "English"}
_REFUSED: Mapping[tuple[str, str], str] = {
    ("unit_id", "closed"): mark("この組織は閉じられています。"),
    ("data", "too_large"): mark("報告書が大きすぎて保存できません。"),
}


def show(unit: Unit, catalogue: Catalogue, context: PageContext, *, issues: bool) -> None:
    """Show the button that issues the report, where there is anything to report, and what was issued."""
    text, number = context.text, context.formats.number
    with context.read() as tx:
        may = issues and allowed(tx, Permission.MANAGE_CERTIFICATION, unit.id)
        found = paging.read(
            lambda offset: issued.issued(tx, unit.id, offset=offset, limit=PAGE), PAGE, "report"
        )
    said = st.session_state.pop(_SAID, "")
    if said:
        frame.message(said)
    if may:
        pressed = st.button(
            text("更新準備状況（PDF）を発行する"), key="renewal-issue", icon=":material/description:"
        )
        if pressed:
            _issue(unit, catalogue, context)
    if not found.total:
        return
    label = text("発行した更新準備状況 {number} 件", number=number(found.total))
    with st.expander(label, expanded=bool(said) or found.number > 1):
        for each in found.rows:
            _report(each, context)
        paging.turn(found, "renewal-reports", "report")


def _issue(unit: Unit, catalogue: Catalogue, context: PageContext) -> None:
    """Make the report with the rights of this moment, keep it and record that it was issued."""
    fresh = context.afresh()
    try:
        with st.spinner(context.text("更新準備状況を作っています。")):
            made, data = renewal_report.made(unit, catalogue, fresh)
    except RegistryError as error:
        st.error(_refused(error, context))
        return
    take(
        lambda tx: issued.issue(tx, made, fresh.language, data),
        context.text("発行し、操作記録に残しました。下の一覧から受け取れます。"),
        fresh,
        key=_SAID,
        refused=_refused,
        reason="readiness for renewal",
    )


def _report(each: Issued, context: PageContext) -> None:
    text, moment = context.text, context.formats.moment
    about = [
        text("基準日時 {moment}", moment=moment(each.as_of)),
        text("発行者 {name}", name=each.issuer),
        text("承認者 {name}", name=each.approver) if each.approved else text("未承認"),
        _LANGUAGES.get(each.language, NONE),
        context.formats.size(each.size),
    ]
    with st.container(horizontal=True, vertical_alignment="center"):
        below = escape("　".join(about))
        st.html(
            f"<div>{escape(each.number)}<div class='dc-muted'>{below}</div>"
            f"<div class='dc-muted dc-hash'>SHA-256 {escape(each.sha256)}</div></div>"
        )
        st.download_button(
            text("受け取る"),
            lambda: taken(each.id, context).data,
            file_name=f"{each.number}-{each.language}.pdf",
            mime="application/pdf",
            key=f"renewal-take-{each.id}",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
        )


def taken(report_id: ReportId, context: PageContext) -> File:
    """Return an issued report at the moment of the click, by the roles of that moment."""
    with context.afresh().read() as tx:
        return issued.content(tx, report_id)


def _refused(error: Exception, context: PageContext) -> str:
    return why_not(error, _REFUSED, context)
