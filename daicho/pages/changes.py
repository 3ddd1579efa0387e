"""Change reports 変更報告 of the group: what is left to do, a form for what the tree does not show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import streamlit as st

from daicho.pages import addresses, change_page, change_words, frame, registers, scope, tables
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from daicho.pages.steps import take
from privacy_mark.certificates import register as certificates
from privacy_mark.certificates.bodies import body_of
from privacy_mark.certificates.model import Certificate
from privacy_mark.certificates.model import State as CertificateState
from privacy_mark.changes import detection, register
from privacy_mark.changes.catalogue import Kind
from privacy_mark.changes.model import ChangeDraft, ChangeId, ChangeLine, State
from privacy_mark.changes.register import LONGEST_TEXT
from registry.model import Permission, UnitId

_KINDS = tuple(Kind)


def show(context: PageContext) -> None:
    """Show the change report in the address, else the register."""
    text = context.text
    change = addresses.number("change")
    if not context.may(Permission.VIEW_CERTIFICATION):
        frame.title(text("変更報告"), _purpose(context))
        frame.no_right(text)
    elif change is not None:
        change_page.show(ChangeId(change), context)
    else:
        _register(context)


def _purpose(context: PageContext) -> str:
    return context.text(
        "付与を受けた会社・病院の変更を審査機関に報告し、必要な作業を終えて、別の方が承認します。"
    )


def _register(context: PageContext) -> None:
    text = context.text
    head = registers.head(
        context,
        "changes",
        text("変更報告"),
        _purpose(context),
        view=Permission.VIEW_CERTIFICATION,
        write=Permission.MANAGE_CERTIFICATION,
    )
    of, names, today = head.unit_id, head.names, head.today
    may = {each.id for each in head.writers}
    only = st.checkbox(text("完了していないものだけ"), value=True, key="changes-open")
    with context.read() as tx:
        found = register.changes(tx, unit_id=of)
        held = [
            each
            for each in certificates.certificates(tx, unit_id=of)
            if each.unit_id in may and each.state in (CertificateState.HELD, CertificateState.APPLYING)
        ]
    shown = [each for each in found if not only or each.state is not State.CLOSED]
    if found:
        frame.verdict(_verdict(found, today, context))
    if shown:
        _table(shown, len(found), names, today, context)
    elif found:
        frame.message(
            text("対応中の変更報告はありません。条件を外すと {number} 件あります。", number=len(found))
        )
    elif held:
        frame.message(
            text(
                "変更報告はまだありません。名称などの組織の変更と役職者の交代からは自動で始まります。"
                "所在地などの変更は、下から登録してください。"
            )
        )
    else:
        frame.message(text("見られる変更報告はまだありません。"))
    if may:
        _look(context)
    if held:
        _form(held, names, today, context)


def _verdict(found: Sequence[ChangeLine], today: date, context: PageContext) -> str:
    text, number = context.text, context.formats.number
    open_ = [each for each in found if each.state is State.OPEN]
    late = sum(each.due_on is not None and each.due_on < today for each in open_)
    asked = sum(each.asked for each in open_)
    waiting = sum(each.state is State.SUBMITTED for each in found)
    if late:
        told = text(
            "**対応中の {all} 件のうち {late} 件で、作業が期限を過ぎています。**",
            all=number(len(open_)),
            late=number(late),
        )
    elif open_:
        told = text(
            "対応中の変更報告は {number} 件で、期限を過ぎた作業はありません。", number=number(len(open_))
        )
    else:
        told = text("対応中の変更報告はありません。")
    if asked:
        told += text("審査機関の回答を待つものは {number} 件です。", number=number(asked))
    if waiting:
        told += text("完了の承認を待つものは {number} 件です。", number=number(waiting))
    return told


def _table(
    shown: Sequence[ChangeLine], total: int, names: Mapping[UnitId, str], today: date, context: PageContext
) -> None:
    text, formats = context.text, context.formats
    rows = [
        tables.Row(
            str(each.id),
            [
                tables.Cell(formats.day(each.due_on), below=_left(each, today, context)),
                tables.Cell(each.number, below=text(change_words.ORIGIN[each.origin]), link=True),
                tables.Cell(change_words.kind(each.kind, context)),
                tables.Cell(
                    names.get(each.unit_id, NONE), below=body_of(each.body).name.of(context.language)
                ),
                tables.Cell(formats.day(each.changed_on)),
                tables.Cell(text("{done} / {all} 件", done=each.done, all=each.tasks), order=each.done),
                tables.Cell(
                    text(change_words.STATE[each.state]),
                    below=text("審査機関の回答待ち") if each.asked else "",
                ),
            ],
        )
        for each in shown
    ]
    labels = (
        text("次の期限"),
        text("番号"),
        text("変わったこと"),
        text("会社・病院"),
        text("変更日"),
        text("終えた作業"),
        text("状態"),
    )
    caption = text(
        "変更報告 {all} 件のうち {number} 件、期限の早いものから",
        all=formats.number(total),
        number=formats.number(len(shown)),
    )
    columns = [tables.Column(label, nowrap=label not in labels[2:4]) for label in labels]
    if opened := tables.show(tables.Table(caption, columns, rows), key="changes"):
        addresses.go(addresses.CHANGES, change=opened, unit=scope.chosen_code())


def _left(each: ChangeLine, today: date, context: PageContext) -> str:
    text = context.text
    if each.due_on is None or each.state is not State.OPEN:
        return ""
    days = (each.due_on - today).days
    if days < 0:
        return text("{days} 日過ぎています", days=-days)
    return text("今日まで") if days == 0 else text("あと {days} 日", days=days)


def _look(context: PageContext) -> None:
    text = context.text
    frame.note(
        text(
            "組織の名称・統合・移動と、代表者・個人情報保護管理者・監査責任者の交代は、毎日の処理で調べて変更報告を始めます。"
        )
    )
    if st.button(text("組織の変更を今調べる"), key="changes-look", icon=":material/search:"):
        take(
            detection.open_found,
            text("組織の変更を調べました。新しい変更があれば、一覧に加わっています。"),
            context,
            key=registers.said_key("changes"),
            refused=change_words.refused,
        )


def _form(
    held: Sequence[Certificate], names: Mapping[UnitId, str], today: date, context: PageContext
) -> None:
    text = context.text
    choices = {each.id: each for each in held}
    key = registers.form_key("changes")
    with st.expander(text("変更を登録する")), st.form("change", border=False):
        left, right = st.columns(2)
        with left:
            certificate = st.selectbox(
                text("付与"),
                list(choices),
                format_func=lambda each: (
                    f"{names.get(choices[each].unit_id, NONE)}　"
                    f"{body_of(choices[each].body).name.of(context.language)}"
                ),
                key=f"{key}-certificate",
            )
            kind = st.selectbox(
                text("変わったこと"),
                _KINDS,
                format_func=lambda each: change_words.kind(each, context),
                key=f"{key}-kind",
            )
        with right:
            on = st.date_input(text("変更日"), today, format="YYYY/MM/DD", key=f"{key}-on")
            owner = st.text_input(text("担当する人・部署"), max_chars=LONGEST_TEXT, key=f"{key}-owner")
        draft = change_page.texts(ChangeDraft(kind, on, owner=owner), context, key=key)
        frame.note(text("作業と期限は、審査機関ごとの決まりから作ります。期限は後から変えられます。"))
        sent = st.form_submit_button(text("変更を登録"), type="primary", key="change-enter")
    if sent:
        take(
            lambda tx: register.enter(tx, certificate, draft),
            text("登録しました。作業を期限までに終えます。"),
            context,
            key=registers.said_key("changes"),
            refused=change_words.refused,
        )
