"""One unit of the organisation: changed, moved, merged, marked small, with its history."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import streamlit as st

from daicho.pages import addresses, frame, separation, tables, unit_form, words
from daicho.pages import conflict as clash
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from daicho.pages.unit_form import Values
from privacy_mark.certificates import register as certificates
from privacy_mark.certificates.model import State
from registry import ledger, organisation, reorganisation, sources
from registry.access import allowed
from registry.errors import AccessDenied, Conflict, InvalidValue, NotFound
from registry.model import Permission, Unit, UnitId
from registry.reorganisation import UnitState
from registry.store import Tx

_SAID, _CONFLICT, _OPENED = "unit-said", "unit-conflict", "unit-opened"
_NAMED = 8


@dataclass(frozen=True, slots=True)
class _Refused:
    """An edit that came too late: the unit as it was read, what was wanted, and who was faster."""

    read: Unit
    wanted: Values
    conflict: Conflict


def show(unit: Unit | None, units: Sequence[Unit], managed: Collection[int], context: PageContext) -> None:
    """Show one unit and what the person may do with it; None: there is no such unit for them."""
    text = context.text
    if st.button(text("一覧に戻る"), key="back", icon=":material/arrow_back:", type="tertiary"):
        addresses.go(addresses.UNITS)
    if unit is None:
        frame.title(text("組織"), text("単位を変更、移動、統合し、履歴を確かめます。"))
        frame.message(text("この単位は見つからないか、閲覧できません。"))
        return
    names = {each.id: each.name(context.language) for each in units}
    frame.title(
        f"{unit.name(context.language)}　{unit.code}", text("単位を変更、移動、統合し、履歴を確かめます。")
    )
    said = st.session_state.pop(_SAID, "")
    if said:
        frame.message(said)
    frame.facts(_facts(unit, names, context))
    if unit.id in managed:
        refused = st.session_state.get(_CONFLICT)
        if isinstance(refused, _Refused) and refused.read.id == unit.id:
            _conflict(refused, unit, names, context)
        else:
            _form(unit, context)
        with context.read() as tx:
            inside = frozenset(organisation.descendants(tx, unit.id))
        open_units = [
            each for each in units if each.id in managed and each.closed_at is None and each.id not in inside
        ]
        if unit.kind.is_entity:
            _small(unit, context)
        if unit.parent_id is not None and unit.parent_id in managed:
            _moving(unit, open_units, context)
            if unit.closed_at is None:
                _merging(unit, open_units, context)
    _history(unit, names, context)


def _facts(unit: Unit, names: Mapping[UnitId, str], context: PageContext) -> dict[str, str]:
    text = context.text
    state = text("使用中")
    if unit.closed_at is not None:
        into = names.get(unit.merged_into_id, NONE) if unit.merged_into_id is not None else NONE
        day = context.formats.moment(unit.closed_at)
        state = text("{when} に閉鎖（{into} が引き継ぎ）", when=day, into=into)
    entity = text("法人") if unit.kind.is_entity else text("法人ではない")
    small = text("小規模") if unit.small else text("小規模ではない")
    return {
        text("種類"): words.within(text(words.UNIT_KIND[unit.kind]), entity, text),
        text("上位の単位"): names.get(unit.parent_id, NONE) if unit.parent_id is not None else NONE,
        text("国"): unit.country,
        **_mark(unit, context),
        **({text("小規模"): small} if unit.kind.is_entity else {}),
        text("状態"): state,
    }


def _mark(unit: Unit, context: PageContext) -> dict[str, str]:
    """Return the marks in force by the register of certificates; what was entered before it held the unit.

    Nothing to who may not read certificates.
    """
    name = context.text("プライバシーマーク登録番号")
    with context.read() as tx:
        if not allowed(tx, Permission.VIEW_CERTIFICATION, unit.id):
            return {}
        found = [each for each in certificates.certificates(tx, unit_id=unit.id) if each.unit_id == unit.id]
    if not found and unit.privacy_mark:
        return {name: context.text("{number}（付与が登録されていません）", number=unit.privacy_mark)}
    held = [str(each.term.mark) for each in found if each.term is not None and each.state is State.HELD]
    return {name: words.listed(held, context.text) or NONE}


def _form(unit: Unit, context: PageContext) -> None:
    text = context.text
    unit = _held(unit)
    key = _key(unit)
    frame.heading(text("名称などを変更する"), text("以前の名称は履歴に残ります。"))
    with st.form(key, border=False):
        wanted = unit_form.fields(unit_form.of_unit(unit), context, key)
        sent = st.form_submit_button(text("変更を保存"), type="primary", key=f"{key}-save")
    if not sent:
        return
    if wanted == unit_form.of_unit(unit):
        frame.note(text("変わった項目はありません。"))
        return
    _save(unit, wanted, unit.version, context)


def _key(unit: Unit) -> str:
    return f"unit-{unit.id}-{unit.version}"


def _held(unit: Unit) -> Unit:
    """Return the unit as it was when its form was opened, until the form is sent."""
    held = st.session_state.get(_OPENED)
    if isinstance(held, Unit) and held.id == unit.id and st.session_state.get(f"{_key(held)}-save"):
        return held
    st.session_state[_OPENED] = unit
    return unit


def _save(read: Unit, wanted: Values, version: int, context: PageContext) -> None:
    text = context.text
    try:
        with context.write("units page") as tx:
            changed = reorganisation.change_unit(tx, read.id, expected_version=version, **wanted.as_columns())  # type: ignore[arg-type]  # the values are of these columns
    except Conflict as conflict:
        st.session_state[_CONFLICT] = _Refused(read, wanted, conflict)
        st.rerun()
    except (InvalidValue, AccessDenied, NotFound) as error:
        st.error(unit_form.refused(error, text))
        return
    st.session_state.pop(_CONFLICT, None)
    _done(changed, text("変更を保存しました。"))


def _conflict(refused: _Refused, now: Unit, names: Mapping[UnitId, str], context: PageContext) -> None:
    """Show what somebody else made of the unit since it was read; take over field by field, or give up."""
    text, conflict = context.text, refused.conflict
    when = context.formats.moment(conflict.when)
    st.error(
        text(
            "保存できませんでした。{when} に {who} さんが同じ単位を変更しています。"
            "項目ごとに確かめて統合するか、取りやめてください。",
            when=when,
            who=conflict.who,
        )
    )
    before, theirs, mine = (
        each.as_columns()
        for each in (unit_form.of_unit(refused.read), unit_form.of_unit(now), refused.wanted)
    )
    by = f"{conflict.who}　{when}"
    fields = []
    for column in before:
        one, two = theirs[column] != before[column], mine[column] != before[column]
        if one or two:
            field = clash.Field(
                column,
                text(unit_form.COLUMN[column]),
                unit_form.in_words(column, before[column], text),
                unit_form.in_words(column, theirs[column], text) if one else None,
                unit_form.in_words(column, mine[column], text) if two else None,
                by if one else "",
            )
            fields.append(field)
    if now.parent_id != refused.read.parent_id:
        old, new = (
            NONE if each is None else names.get(each, NONE)
            for each in (refused.read.parent_id, now.parent_id)
        )
        fields.append(clash.Field("parent", text(unit_form.COLUMN["parent"]), old, new, None, by))
    chosen = clash.choose(fields, f"merge-unit-{now.id}-{now.version}", context)
    if chosen is None:
        return
    if not chosen:
        del st.session_state[_CONFLICT]
        st.rerun()
    kept = {column: mine[column] for column, side in chosen.items() if side is clash.Side.MINE}
    # Against the version that is on the screen now: yet another edit shows anew.
    _save(now, replace(unit_form.of_unit(now), **kept), now.version, context)  # type: ignore[arg-type]  # its own columns


def _small(unit: Unit, context: PageContext) -> None:
    text = context.text
    frame.heading(text("小規模"), text("小規模の法人では、代表者が個人情報保護管理者を兼ねられます。"))
    label = text("小規模ではないとする") if unit.small else text("小規模とする")
    if st.button(label, key="unit-small"):
        _do(
            lambda tx: organisation.set_small(
                tx, unit.id, small=not unit.small, expected_version=unit.version
            ),
            text("変更を保存しました。"),
            context,
        )


def _moving(unit: Unit, places: Sequence[Unit], context: PageContext) -> None:
    text = context.text
    frame.heading(text("移動する"), text("下の単位、台帳、走査の結果、記録も一緒に移ります。"))
    others = [each for each in places if each.id != unit.parent_id]
    with st.form("unit-move", border=False):
        below = unit_form.choice(text("新しい上位の単位"), others, f"unit-move-{unit.id}", context)
        sent = st.form_submit_button(text("単位を移す"), key="unit-move-save")
    if sent and below is None:
        st.error(text("上位の単位を選んでください。"))
    elif sent and below is not None:
        said = text("{parent} の下へ移しました。", parent=below.name(context.language))
        _do(lambda tx: reorganisation.move_unit(tx, unit.id, below.id), said, context)


def _merging(unit: Unit, places: Sequence[Unit], context: PageContext) -> None:
    text = context.text
    frame.heading(
        text("統合する"),
        text("この単位を閉じ、選んだ単位に引き継ぎます。台帳、走査の結果、記録は元の単位のまま残ります。"),
    )
    with st.form("unit-merge", border=False):
        into = unit_form.choice(text("引き継ぐ単位"), places, f"unit-into-{unit.id}", context)
        sent = st.form_submit_button(text("引き継ぐものを確かめる"), key="unit-merge-ask")
    if sent and into is None:
        st.error(text("引き継ぐ単位を選んでください。"))
    elif sent and into is not None:
        _ask(unit, into, context)


def _ask(unit: Unit, into: Unit, context: PageContext) -> None:
    """Ask for confirmation, naming what passes to the other unit."""
    text, number = context.text, context.formats.number
    with context.read() as tx:
        inside = frozenset(organisation.descendants(tx, unit.id))
        below = [
            each.name(context.language)
            for each in organisation.units(tx)
            if each.id in inside and each.id != unit.id
        ]
        entries = len(ledger.entries(tx, unit_id=unit.id)) if context.may(Permission.VIEW_LEDGER) else None
        located = context.may(Permission.VIEW_LOCATIONS) and not inside & separation.closed(tx)
        places = sum(each.unit_id in inside for each in sources.list_sources(tx)) if located else None
    title = text(
        "{unit} を {into} に統合しますか？",
        unit=unit.name(context.language),
        into=into.name(context.language),
    )

    @st.dialog(title, width="medium")
    def confirm() -> None:
        frame.facts(
            {
                text("引き継ぐ単位"): into.name(context.language),
                text("下の単位"): words.listed(below, text, _NAMED) or NONE,
                text("台帳の記載"): NONE if entries is None else text("{number} 件", number=number(entries)),
                text("走査の対象"): NONE if places is None else text("{number} か所", number=number(places)),
            }
        )
        frame.note(text("閉じた単位には新しく加えられません。元に戻せません。"))
        with st.container(horizontal=True):
            # The harmless one first: it is where the keyboard stands.
            if st.button(text("キャンセル"), key="unit-merge-cancel"):
                st.rerun()
            st.button(
                text("単位を統合"),
                key="unit-merge-save",
                type="primary",
                on_click=_merge,
                args=(unit, into, context),
            )

    confirm()


def _merge(unit: Unit, into: Unit, context: PageContext) -> None:
    text = context.text
    try:
        with context.write("units page") as tx:
            reorganisation.merge_units(tx, unit.id, into.id)
        said = text("閉じました。{into} が引き継ぎました。", into=into.name(context.language))
    except (InvalidValue, AccessDenied, NotFound) as error:
        said = unit_form.refused(error, text)
    st.session_state[_SAID] = said


def _do(change: Callable[[Tx], Unit], said: str, context: PageContext) -> None:
    """Make one change at once and say so; what refuses it is told."""
    text = context.text
    try:
        with context.write("units page") as tx:
            changed = change(tx)
    except Conflict as conflict:
        st.error(
            text(
                "{when} に {who} さんが先に変更しています。内容を確かめてください。",
                when=context.formats.moment(conflict.when),
                who=conflict.who,
            )
        )
        return
    except (InvalidValue, AccessDenied, NotFound) as error:
        st.error(unit_form.refused(error, text))
        return
    _done(changed, said)


def _done(unit: Unit, said: str) -> None:
    st.session_state[_SAID] = said
    st.query_params["opened"] = unit.code  # it may have another one now
    st.rerun()


def _history(unit: Unit, names: Mapping[UnitId, str], context: PageContext) -> None:
    text = context.text
    with context.read() as tx:
        states = reorganisation.history(tx, unit.id)
    frame.heading(text("履歴"))
    labels = (text("いつまで"), text("名称"), text("記号"), text("種類"), text("上位の単位"))
    rows = [tables.Row("", _state(state, names, context)) for state in reversed(states)]
    columns = [tables.Column(label, nowrap=label == labels[0]) for label in labels]
    tables.show(tables.Table("", columns, rows), key="unit-history")


def _state(state: UnitState, names: Mapping[UnitId, str], context: PageContext) -> list[tables.Cell]:
    text = context.text
    parent = NONE if state.parent_id is None else names.get(state.parent_id, text("ほかの単位"))
    name = state.name_en if context.language == "en" and state.name_en else state.name_ja
    return [
        tables.Cell(text("現在") if state.until is None else context.formats.moment(state.until)),
        tables.Cell(name),
        tables.Cell(state.code, code=True),
        tables.Cell(text(words.UNIT_KIND[state.kind])),
        tables.Cell(parent),
    ]
