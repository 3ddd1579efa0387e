"""Research use 研究での利用, on the page of notices: approvals, key tables, refusals, disposal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import streamlit as st

from daicho.pages import frame, provision_words, tables
from daicho.pages.context import PageContext
from daicho.text import mark
from registry import research
from registry.access import allowed, today_in_japan
from registry.errors import AccessDenied, RegistryError
from registry.model import Permission, Unit, UnitId
from registry.notices import Notice
from registry.research import Research, ResearchBasis, ResearchDraft
from registry.store import Tx
from registry.views import SensitiveList

BASIS: Mapping[ResearchBasis, str] = {
    ResearchBasis.CONSENT: mark("本人の同意"),
    ResearchBasis.OPT_OUT: mark("オプトアウト（倫理指針）"),
    ResearchBasis.ANONYMISED: mark("特定できない情報だけ"),
}
_SAID = "research-said"


def show(
    writers: Sequence[Unit], published: Sequence[Notice], names: Mapping[UnitId, str], context: PageContext
) -> None:
    """Show the studies, one of them in detail, and the form for a new one."""
    text = context.text
    said = st.session_state.pop(_SAID, "")
    if said:
        frame.message(said)
    with context.read() as tx:
        found = research.studies(tx)
        today = today_in_japan(tx.now)
        disposers = {each.id for each in found if allowed(tx, Permission.EDIT_LEDGER, each.unit_id)}
        handlers = {each.id for each in found if allowed(tx, Permission.HANDLE_REQUESTS, each.unit_id)}
    if found:
        frame.verdict(_verdict(found, today, context))
        _table(found, names, today, context)
        _one(found, disposers, handlers, today, context)
    else:
        frame.message(
            text("研究での利用はまだありません。下の「研究を登録する」から登録してください。")
            if writers
            else text("見られる研究はまだありません。")
        )
    if writers:
        _form(writers, published, names, today, context)


def _verdict(found: Sequence[Research], today: date, context: PageContext) -> str:
    text = context.text
    late = sum(each.days_over(today) > 0 for each in found)
    waiting = sum(each.waiting for each in found)
    if late:
        return text("**研究 {number} 件の廃棄が期限を過ぎています。**", number=late)
    if waiting:
        return text("**拒否した方 {number} 人をまだ研究から除いていません。**", number=waiting)
    return text("研究 {number} 件に、遅れている廃棄や除外はありません。", number=len(found))


def _table(found: Sequence[Research], names: Mapping[UnitId, str], today: date, context: PageContext) -> None:
    text, formats = context.text, context.formats
    rows = []
    for each in found:
        over = each.days_over(today)
        disposal = (
            (text("廃棄済み"), formats.day(each.disposed_on))
            if each.disposed_on
            else (formats.day(each.dispose_by), text("{days} 日過ぎています", days=over) if over else "")
        )
        waiting = text("除外待ち {number} 人", number=each.waiting) if each.waiting else ""
        rows.append(
            tables.Row(
                str(each.id),
                [
                    tables.Cell(each.number),
                    tables.Cell(each.title, below=names.get(each.unit_id, "—")),
                    tables.Cell(each.approval, below=each.committee),
                    tables.Cell(text(BASIS[each.basis])),
                    tables.Cell(each.key_holder),
                    tables.Cell(text("{number} 人", number=each.refusals), below=waiting),
                    tables.Cell(formats.day(each.ends_on)),
                    tables.Cell(*disposal),
                ],
            )
        )
    labels = (
        text("番号"),
        text("研究"),
        text("承認番号"),
        text("本人の参加"),
        text("対応表の管理者"),
        text("拒否"),
        text("終了日"),
        text("廃棄の期限"),
    )
    narrow = (labels[0], labels[6], labels[7])
    caption = text("研究 {number} 件", number=formats.number(len(found)))
    tables.show(
        tables.Table(caption, [tables.Column(label, nowrap=label in narrow) for label in labels], rows),
        key="studies",
    )


def _one(
    found: Sequence[Research],
    disposers: set[research.ResearchId],
    handlers: set[research.ResearchId],
    today: date,
    context: PageContext,
) -> None:
    text = context.text
    with st.expander(text("拒否を記録する・廃棄を記録する")):
        chosen = st.selectbox(
            text("研究"),
            [each for each in found if each.disposed_on is None],
            index=None,
            key="study-chosen",
            placeholder=text("研究を選ぶ"),
            format_func=lambda each: f"{each.number}　{each.title}",
        )
        if chosen is None:
            return
        _refusals(chosen, today, context, may=chosen.id in handlers)
        if chosen.id in disposers:
            _disposal(chosen, today, context)


def _refusals(chosen: Research, today: date, context: PageContext, *, may: bool) -> None:
    text, formats = context.text, context.formats
    try:
        with context.read() as tx:
            refusals = research.refusals(tx, chosen.id)
    except AccessDenied:
        frame.note(text("拒否した方の一覧は、請求を扱う方だけが見られます。"))
        return
    if refusals:
        context.viewed(SensitiveList.REQUESTS, chosen.unit_id)
    rows = [
        tables.Row(
            str(each.id),
            [
                tables.Cell(each.person),
                tables.Cell(formats.day(each.received_on)),
                tables.Cell(
                    formats.day(each.excluded_on) if each.excluded_on else text("研究から除いた"),
                    link=may and each.excluded_on is None,
                    action=True,
                ),
            ],
        )
        for each in refusals
    ]
    labels = (text("拒否した方"), text("受付日"), text("除外"))
    caption = text("拒否 {number} 人", number=formats.number(len(refusals)))
    pressed = tables.show(
        tables.Table(caption, [tables.Column(label) for label in labels], rows), key=f"refusals-{chosen.id}"
    )
    if pressed and may:
        _do(lambda tx: research.exclude(tx, int(pressed), on=today), text("除外を記録しました。"), context)
    if not may:
        return
    with st.form("refusal", border=False, clear_on_submit=True):
        left, middle, right = st.columns([4, 2, 2], vertical_alignment="bottom")
        person = left.text_input(text("拒否した方の氏名または番号"), max_chars=200)
        received = middle.date_input(text("受付日"), today, format="YYYY/MM/DD")
        sent = right.form_submit_button(text("拒否を記録"), key="study-refuse")
    if sent and isinstance(received, date):
        _do(
            lambda tx: research.refuse(tx, chosen.id, person=person, received_on=received),
            text("拒否を記録しました。研究から除いたら、除外を記録してください。"),
            context,
        )


def _disposal(chosen: Research, today: date, context: PageContext) -> None:
    text = context.text
    frame.heading(text("終了後の廃棄"), text("データと対応表の廃棄を記録すると、この研究は閉じます。"))
    how = st.text_input(text("廃棄の方法（対応表を含む）"), max_chars=300, key="study-how")
    on = st.date_input(text("廃棄日"), today, format="YYYY/MM/DD", key="study-disposed")
    sure = st.checkbox(
        text("研究 {number} の廃棄を記録しますか？元に戻せません。", number=chosen.number), key="study-sure"
    )
    pressed = st.button(text("廃棄を記録"), key="study-dispose", disabled=not sure)
    if pressed and isinstance(on, date):
        _do(
            lambda tx: research.dispose(tx, chosen.id, how=how, on=on, expected_version=chosen.version),
            text("廃棄を記録しました。"),
            context,
        )


def _form(
    writers: Sequence[Unit],
    published: Sequence[Notice],
    names: Mapping[UnitId, str],
    today: date,
    context: PageContext,
) -> None:
    text = context.text
    with st.expander(text("研究を登録する")), st.form("study", border=False, clear_on_submit=False):
        left, right = st.columns(2)
        with left:
            unit = st.selectbox(text("単位"), writers, format_func=lambda each: names[each.id])
            title = st.text_input(text("研究の題名（必須）"), max_chars=300)
            committee = st.text_input(text("倫理審査委員会（必須）"), max_chars=200)
            approval = st.text_input(text("承認番号（必須）"), max_chars=64)
            approved = st.date_input(text("承認日"), today, format="YYYY/MM/DD")
        with right:
            bases: Sequence[ResearchBasis] = tuple(ResearchBasis)
            basis = st.selectbox(text("本人の参加"), bases, format_func=lambda each: text(BASIS[each]))
            notice = st.selectbox(
                text("公開した通知（オプトアウトのとき）"),
                published,
                index=None,
                placeholder=text("なし"),
                format_func=lambda each: f"{each.number} {each.title}",
            )
            holder = st.text_input(text("対応表の管理者（必須）"), max_chars=200)
            ends = st.date_input(text("終了日"), today, format="YYYY/MM/DD")
            dispose = st.date_input(text("廃棄の期限"), today, format="YYYY/MM/DD")
        sent = st.form_submit_button(text("研究を登録"), type="primary", key="study-register")
    days = (approved, ends, dispose)
    if not sent or not all(isinstance(day, date) for day in days):
        return
    assert isinstance(approved, date)
    assert isinstance(ends, date)
    assert isinstance(dispose, date)
    draft = ResearchDraft(
        unit_id=unit.id,
        title=title,
        committee=committee,
        approval=approval,
        approved_on=approved,
        basis=basis,
        key_holder=holder,
        ends_on=ends,
        dispose_by=dispose,
        notice_id=None if notice is None else notice.id,
    )
    _do(lambda tx: research.register(tx, draft), text("研究を登録しました。"), context)


def _do(act: Callable[[Tx], object], said: str, context: PageContext) -> None:
    try:
        with context.write("research") as tx:
            act(tx)
    except RegistryError as error:
        st.error(provision_words.refused(error, context))
        return
    st.session_state[_SAID] = said
    st.rerun()
