"""Provision records 提供の記録: to whom data were given or from whom received, on what ground, until when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import streamlit as st

from daicho.pages import frame, provision_words, scope, tables
from daicho.pages.context import PageContext
from registry import ledger, provisions
from registry.access import allowed, today_in_japan
from registry.errors import RegistryError
from registry.model import LedgerEntry, Permission, Unit, UnitId
from registry.provision_rules import Abroad, Direction, Form, Ground
from registry.provisions import Provision, ProvisionDraft
from registry.views import SensitiveList

_SAID = "provisions-said"
OLDEST = date(2000, 1, 1)
EXEMPT_SHOWN = timedelta(days=3 * 365)  # what needs no record is offered for disposal after as long a time


def show(context: PageContext) -> None:
    """Show the page."""
    text = context.text
    frame.title(
        text("提供の記録"),
        text(
            "第三者への提供と受領を記録し、保存期間が終わるまで持ちます。要らないときは、その理由を残します。"
        ),
    )
    if not context.may(Permission.VIEW_PROVISIONS):
        frame.no_right(text)
        return
    with context.read() as tx:
        units = scope.units(tx)
        found = provisions.provisions(tx)
        entries = ledger.entries(tx)
        today = today_in_japan(tx.now)
        writers = [
            unit
            for unit in units
            if unit.closed_at is None and allowed(tx, Permission.RECORD_PROVISIONS, unit.id)
        ]
    said = st.session_state.pop(_SAID, "")
    if said:
        frame.message(said)
    names = scope.full_names(units, context.language)
    may_write = {unit.id for unit in writers}
    if found:
        context.viewed(SensitiveList.PROVISIONS)
        frame.verdict(_verdict(found, today, context))
        _table(found, names, today, context)
        _dispose([each for each in found if each.unit_id in may_write], today, context)
    else:
        frame.message(
            text("提供の記録はまだありません。下の「提供を記録する」から登録してください。")
            if writers
            else text("見られる提供の記録はまだありません。")
        )
    if writers:
        _form(writers, entries, names, today, context, expanded=not found)


def _verdict(found: Sequence[Provision], today: date, context: PageContext) -> str:
    text = context.text
    over = sum(each.may_dispose(today) and not each.exempt for each in found)
    checks = sum(each.check_due is not None and each.check_due < today for each in found)
    if checks:
        return text("**外国の相手方 {number} 件の定期の確認が遅れています。**", number=checks)
    if over:
        return text("**保存期間の終わった記録が {number} 件あります。**廃棄してください。", number=over)
    return text("記録 {number} 件はすべて保存期間の内にあります。", number=len(found))


def _table(
    found: Sequence[Provision], names: Mapping[UnitId, str], today: date, context: PageContext
) -> None:
    text, formats = context.text, context.formats
    rows = [
        tables.Row(
            str(each.id),
            [
                tables.Cell(formats.day(each.on_day), below=each.number),
                tables.Cell(text(provision_words.DIRECTION[each.direction]), below=each.country),
                tables.Cell(each.counterpart or text("（廃棄済み）"), below=each.address),
                tables.Cell(each.items or each.note or "—", below=_short(each.persons)),
                tables.Cell(text(provision_words.GROUND[each.ground]), below=_abroad(each, today, context)),
                tables.Cell(names.get(each.unit_id, "—")),
                tables.Cell(*_kept(each, today, context)),
            ],
        )
        for each in found
    ]
    labels = (
        text("日"),
        text("提供・受領"),
        text("相手方"),
        text("項目・本人"),
        text("根拠"),
        text("単位"),
        text("保存"),
    )
    caption = text("記録 {number} 件、新しい順", number=formats.number(len(found)))
    narrow = (labels[0], labels[1], labels[6])
    tables.show(
        tables.Table(caption, [tables.Column(label, nowrap=label in narrow) for label in labels], rows),
        key="provisions",
    )


def _short(persons: str) -> str:
    line = "、".join(persons.splitlines())
    return line if len(line) <= 30 else f"{line[:30]}…"


def _abroad(each: Provision, today: date, context: PageContext) -> str:
    text = context.text
    if each.check_due is not None:
        late = each.check_due < today
        words = text("次の確認 {day}（遅れています）") if late else text("次の確認 {day}")
        return words.format(day=context.formats.day(each.check_due))
    return text(provision_words.ABROAD[each.abroad]) if each.abroad else ""


def _kept(each: Provision, today: date, context: PageContext) -> tuple[str, str]:
    text = context.text
    if each.disposed_at is not None:
        return text("廃棄済み"), context.formats.moment(each.disposed_at)
    if each.exempt:
        return text("記録は不要"), ""
    if each.retain_until is None:
        return text("提供が続いている"), ""
    over = text("期間終了") if each.retain_until < today else ""
    return text("{day} まで", day=context.formats.day(each.retain_until)), over


def _dispose(found: Sequence[Provision], today: date, context: PageContext) -> None:
    text = context.text
    old = today - EXEMPT_SHOWN
    over = [each for each in found if each.may_dispose(today) and (not each.exempt or each.on_day < old)]
    if not over:
        return
    with st.expander(text("記録を廃棄する（{number} 件）", number=len(over))):
        frame.note(text("相手方、本人、項目を消します。番号、日、根拠は残ります。"))
        chosen = st.selectbox(
            text("廃棄する記録"),
            over,
            index=None,
            key="provision-over",
            placeholder=text("記録を選ぶ"),
            format_func=lambda each: "　".join(
                (
                    each.number,
                    context.formats.day(each.on_day),
                    each.counterpart,
                    *_kept(each, today, context),
                )
            ),
        )
        sure = st.checkbox(text("この記録の内容を消しますか？元に戻せません。"), key="provision-sure")
        pressed = st.button(
            text("記録の内容を消す"), key="provision-dispose", disabled=chosen is None or not sure
        )
        if not pressed or chosen is None:
            return
        try:
            with context.write("provisions page") as tx:
                provisions.dispose(tx, chosen.id, expected_version=chosen.version)
        except RegistryError as error:
            st.error(provision_words.refused(error, context))
            return
        st.session_state[_SAID] = text("記録 {number} の内容を消しました。", number=chosen.number)
        st.rerun()


def _form(
    writers: Sequence[Unit],
    entries: Sequence[LedgerEntry],
    names: Mapping[UnitId, str],
    today: date,
    context: PageContext,
    *,
    expanded: bool,
) -> None:
    text = context.text
    opened = st.expander(text("提供を記録する"), expanded=expanded)
    with opened, st.form("provision", border=False, clear_on_submit=False):
        left, right = st.columns(2)
        with left:
            unit = st.selectbox(text("単位"), writers, format_func=lambda each: names[each.id])
            directions: Sequence[Direction] = tuple(Direction)
            direction = st.selectbox(
                text("提供・受領"), directions, format_func=lambda each: text(provision_words.DIRECTION[each])
            )
            counterpart = st.text_input(text("相手方の氏名または名称（必須）"), max_chars=300)
            address = st.text_input(text("相手方の住所"), max_chars=500)
            representative = st.text_input(text("相手方の代表者（法人のとき）"), max_chars=200)
            persons = st.text_area(text("本人の氏名など（1 行に 1 人）"), max_chars=4000, height=104)
        with right:
            grounds: Sequence[Ground] = tuple(Ground)
            ground = st.selectbox(
                text("根拠"), grounds, format_func=lambda each: text(provision_words.GROUND[each])
            )
            forms: Sequence[Form] = tuple(Form)
            form = st.selectbox(
                text("記録の方法"), forms, format_func=lambda each: text(provision_words.FORM[each])
            )
            on_day = st.date_input(text("提供・受領の日"), today, min_value=OLDEST, format="YYYY/MM/DD")
            last_day = st.date_input(
                text("最後の提供の日（続いていれば空のまま）"), None, min_value=OLDEST, format="YYYY/MM/DD"
            )
            items = st.text_input(text("項目"), max_chars=1000)
            entry = st.selectbox(
                text("台帳の記載"),
                entries,
                index=None,
                placeholder=text("なし"),
                format_func=lambda each: f"{each.number} {each.name}",
            )
        acquired = st.text_input(text("相手方がデータを取得した経緯（受領のとき）"), max_chars=1000)
        note = st.text_input(text("記録が要らない理由（委託・承継・共同利用・例外・本人に代わる提供）"))
        left, middle, right = st.columns([1, 2, 2])
        country = left.text_input(text("相手方の国（外国のとき）"), max_chars=2, placeholder="US")
        grounds_abroad: Sequence[Abroad] = tuple(Abroad)
        abroad = middle.selectbox(
            text("外国への提供"), grounds_abroad, format_func=lambda each: text(provision_words.ABROAD[each])
        )
        checked_on = right.date_input(text("相手方を最後に確認した日"), None, format="YYYY/MM/DD")
        sent = st.form_submit_button(text("提供を登録"), type="primary", key="provision-record")
    if not sent or not isinstance(on_day, date):
        return
    draft = ProvisionDraft(
        unit_id=unit.id,
        direction=direction,
        ground=ground,
        form=form,
        on_day=on_day,
        counterpart=counterpart,
        last_day=last_day if isinstance(last_day, date) else None,
        address=address,
        representative=representative,
        persons=persons,
        items=items,
        acquired=acquired,
        note=note,
        country=country.strip().upper(),
        abroad=abroad,
        checked_on=checked_on if isinstance(checked_on, date) else None,
        entry_id=None if entry is None else entry.id,
    )
    try:
        with context.write("provisions page") as tx:
            made = provisions.record(tx, draft)
    except RegistryError as error:
        st.error(provision_words.refused(error, context))
        return
    kept, _ = _kept(made, today, context)
    st.session_state[_SAID] = text("{number} を登録しました。保存：{kept}", number=made.number, kept=kept)
    st.rerun()
