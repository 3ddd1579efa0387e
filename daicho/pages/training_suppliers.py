"""Suppliers 委託先 that a course is for: which were taught since the round opened, and a form for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import streamlit as st

from daicho.pages import frame, tables, training_words
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from privacy_mark.training import suppliers
from privacy_mark.training.model import Course
from privacy_mark.training.suppliers import MOST_PEOPLE, SupplierRecord, SupplierStanding
from registry.access import allowed
from registry.errors import RegistryError
from registry.model import Permission, Unit, UnitId

_SAID = "supplier-taught-said"


def show(
    chosen: Course, unit: Unit, names: Mapping[UnitId, str], day: date, today: date, context: PageContext
) -> None:
    """Show the suppliers of the unit and below; nothing for who may not see whom was trained."""
    text, number = context.text, context.formats.number
    with context.read() as tx:
        if not allowed(tx, Permission.VIEW_TRAINING, unit.id):
            return
        manages = allowed(tx, Permission.MANAGE_TRAINING, unit.id)
        found = suppliers.standings(tx, unit.id, chosen.id, day)
    frame.heading(
        text("委託先ごとの実施"),
        text("常駐する委託先の従業者は名簿で管理します。それ以外は、委託先ごとに実施を記録します。"),
    )
    if said := st.session_state.pop(_SAID, ""):
        frame.message(said)
    if not found:
        frame.message(text("この日に契約中の委託先はありません。"))
        return
    missing = sum(not each.is_taught for each in found)
    frame.note(
        text(
            "契約中の委託先 {all} 件のうち、実施が未確認の委託先は {number} 件です。",
            all=number(len(found)),
            number=number(missing),
        )
    )
    _table(found, names, context)
    if manages:
        _form(found, chosen, today, context)


def _table(found: Sequence[SupplierStanding], names: Mapping[UnitId, str], context: PageContext) -> None:
    text, formats = context.text, context.formats
    labels = (
        text("委託先の名称"),
        text("委託する単位"),
        text("契約の終了日"),
        text("教育の実施"),
        text("受講した人数"),
        text("使った教材"),
        text("証拠と保管場所"),
    )
    rows = []
    for each in found:
        last: SupplierRecord | None = each.records[0] if each.records else None
        rows.append(
            tables.Row(
                str(each.processor_id),
                [
                    tables.Cell(each.name),
                    tables.Cell(names.get(each.unit_id, NONE)),
                    tables.Cell(formats.day(each.valid_until)),
                    tables.Cell(
                        text("確認済み") if each.is_taught else text("実施未確認"),
                        below=formats.day(last.taught_on) if last else "",
                    ),
                    tables.Cell(formats.number(last.people) if last else NONE),
                    tables.Cell(_material(last, context)),
                    tables.Cell(last.evidence if last else NONE, below=last.recorded_by if last else ""),
                ],
            )
        )
    columns = [
        tables.Column(label, right=place == 4, nowrap=place in (2, 3)) for place, label in enumerate(labels)
    ]
    tables.show(tables.Table("", columns, rows), key="training-suppliers")


def _material(last: SupplierRecord | None, context: PageContext) -> str:
    if last is None:
        return NONE
    text = context.text
    return text("委託先の教材") if last.revision is None else text("第 {revision} 版", revision=last.revision)


def _form(found: Sequence[SupplierStanding], chosen: Course, today: date, context: PageContext) -> None:
    text = context.text
    with (
        st.expander(text("委託先の実施を記録する")),
        st.form(f"supplier-{chosen.id}", border=False, clear_on_submit=True),
    ):
        supplier = st.selectbox(
            text("委託先（必須）"),
            found,
            index=None,
            placeholder=text("委託先を選ぶ"),
            format_func=lambda each: each.name,
            key=f"supplier-who-{chosen.id}",
        )
        left, right = st.columns(2)
        on = left.date_input(
            text("実施日"), today, max_value=today, format="YYYY/MM/DD", key=f"supplier-on-{chosen.id}"
        )
        people = right.number_input(
            text("受講した人数"), 1, MOST_PEOPLE, None, step=1, key=f"supplier-people-{chosen.id}"
        )
        ours = st.checkbox(text("このコースの教材を使った"), value=True, key=f"supplier-ours-{chosen.id}")
        evidence = st.text_input(
            text("証拠と保管場所（受講報告書など、必須）"),
            max_chars=1000,
            key=f"supplier-evidence-{chosen.id}",
        )
        sent = st.form_submit_button(text("実施を記録"), type="primary", key=f"supplier-save-{chosen.id}")
    if not sent:
        return
    if supplier is None or people is None or not evidence.strip():
        st.error(text("委託先、人数、証拠を入れてください。"))
        return
    try:
        with context.write("training page") as tx:
            suppliers.record(
                tx,
                supplier.processor_id,
                chosen.id,
                on=on,
                people=int(people),
                evidence=evidence,
                own_material=ours,
            )
    except RegistryError as error:
        st.error(training_words.refused(error, text))
        return
    st.session_state[_SAID] = text("委託先の実施を記録しました。")
    st.rerun()
