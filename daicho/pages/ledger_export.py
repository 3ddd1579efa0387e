"""The ledger given out 台帳の書出し: a file is made when somebody asks for it, and recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from daicho.ledger_file.exchange import FORMS, Layout, Wanted, made
from daicho.pages import frame
from daicho.pages.context import PageContext
from daicho.pages.list_export import MIME
from daicho.text import mark
from registry.model import Unit

_LAYOUT: Mapping[Layout, str] = {
    Layout.LEDGER: mark("個人情報管理台帳（審査の様式）"),
    Layout.PROCESSING: mark("処理活動の記録（GDPR 第30条）"),
}
_FORM: Mapping[str, str] = {"xlsx": mark("Excel"), "csv": mark("CSV（UTF-8、BOM 付き）")}
_LANGUAGES = {"ja": "日本語", "en": "English"}


def show(unit: Unit | None, units: Sequence[Unit], context: PageContext) -> None:
    """Show what can be written of the chosen unit; None means all units, which needs one above them all."""
    text = context.text
    seen = {each.id for each in units}
    tops = [each for each in units if each.parent_id not in seen]
    of = unit or (tops[0] if len(tops) == 1 else None)
    with st.expander(text("台帳を書き出す"), icon=":material/download:"):
        if of is None:
            frame.note(text("対象範囲で単位を一つ選んでください。"))
            return
        wanted = _wanted(context)
        frame.note(
            text(
                "{unit}とその下の単位の記載を、見られる項目だけ書き出します。操作記録に残ります。",
                unit=of.name(context.language),
            )
        )
        if not st.button(text("ファイルを作る"), key="ledger-make"):
            return
        registry, desks = context.workspace.registry, context.workspace.settings.desks
        sheet, data = made(registry, context.principal, of.id, wanted, desks)
        name = "ledger" if wanted.layout is Layout.LEDGER else "processing"
        st.download_button(
            text("{rows} 件のファイルを受け取る", rows=context.formats.number(len(sheet.rows))),
            data,
            file_name=f"{name}-{of.code}-{sheet.as_of.isoformat()}.{wanted.form}",
            mime=MIME[wanted.form],
            key="ledger-download",
            type="primary",
        )


def _wanted(context: PageContext) -> Wanted:
    text = context.text
    layouts: Sequence[Layout] = tuple(Layout)
    left, middle, right = st.columns(3)
    with left:
        layout = st.selectbox(
            text("様式"), layouts, key="ledger-layout", format_func=lambda each: text(_LAYOUT[each])
        )
    with middle:
        form = st.selectbox(
            text("ファイルの種類"), FORMS, key="ledger-form", format_func=lambda each: text(_FORM[each])
        )
    with right:
        language = st.selectbox(
            text("言語"),
            list(_LANGUAGES),
            index=list(_LANGUAGES).index(context.language),
            key="ledger-language",
            format_func=lambda each: _LANGUAGES[each],
        )
    return Wanted(form, language, layout)
