"""One entry of the ledger: its columns as a form, its differences beside them, its versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

import streamlit as st

from daicho.pages import addresses, difference, drawer, entry_form, frame, scope, tables, words
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from registry import assess, case_drafts, discrepancies, inventory, ledger, organisation
from registry.access import allowed
from registry.case_states import CaseId
from registry.errors import AccessDenied, Conflict, Edited, InvalidValue, NotFound
from registry.ledger_columns import column_text
from registry.model import (
    Discrepancy,
    DiscrepancyKind,
    EntryId,
    LedgerEntry,
    LedgerVersion,
    ObjectId,
    Permission,
    Unit,
    UnitId,
)

_SAVED = "ledger-saved"
_CONFLICT = "ledger-conflict"
_UNDONE = "ledger-undone"
_OPENED = "ledger-opened"
_MINE, _THEIRS = "mine", "theirs"


@dataclass(frozen=True, slots=True)
class _Refused:
    """An edit that came too late, and what it wanted to write."""

    entry_id: EntryId
    conflict: Conflict
    changes: Mapping[str, object]


def show(entry_id: EntryId, context: PageContext) -> None:
    """Show one entry; edit it when the person may."""
    text = context.text
    try:
        with context.read() as tx:
            entry = ledger.entry(tx, entry_id)
            versions = ledger.versions(tx, entry_id)
            found = discrepancies.open_discrepancies(tx, entry_id=entry_id)
            names = scope.full_names(organisation.units(tx), context.language)
            may_edit = allowed(tx, Permission.EDIT_LEDGER, entry.unit_id)
            may_locate = allowed(tx, Permission.VIEW_LOCATIONS, entry.unit_id)
    except (AccessDenied, NotFound):
        frame.title(
            text("個人情報管理台帳"), text("記載を直し、検出結果との差異を右で確かめながら保存します。")
        )
        frame.message(text("この記載は見つからないか、閲覧できません。"))
        return
    _back(context)
    left, right = st.columns([66, 34], gap="large")
    with left:
        purpose = text("記載を直し、検出結果との差異を右で確かめながら保存します。")
        frame.title(
            f"{entry.number} {entry.name}",
            purpose if may_edit else text("記載と、検出結果との差異を確かめます。"),
        )
        _messages(entry, context)
        refused = st.session_state.get(_CONFLICT)
        if may_edit and isinstance(refused, _Refused) and refused.entry_id == entry.id:
            _conflict(refused, context)
        elif may_edit:
            _form(entry, names.get(entry.unit_id, ""), may_locate, context)
        else:
            frame.facts(entry_form.shown(entry, names.get(entry.unit_id, ""), context))
        _versions(versions, context)
    with right:
        _differences(found, names, context)


def _back(context: PageContext) -> None:
    if st.button(context.text("一覧に戻る"), key="back", icon=":material/arrow_back:", type="tertiary"):
        addresses.go(addresses.LEDGER, unit=str(st.session_state.get("scope", "")))


def _messages(entry: LedgerEntry, context: PageContext) -> None:
    """Say what became of the last attempt to save."""
    saved = st.session_state.pop(_SAVED, None)
    if saved == entry.id:
        frame.message(
            context.text(
                "台帳 {number} を保存しました（第 {version} 版）。",
                number=entry.number,
                version=entry.version,
            )
        )


def _conflict(refused: _Refused, context: PageContext) -> None:
    """Show field by field what others and the person changed; merge as the person chooses, or give up."""
    text, conflict = context.text, refused.conflict
    columns = words.listed((text(words.COLUMN.get(name, name)) for name in conflict.columns), text)
    st.error(
        text(
            "保存できませんでした。{when} に {who} さんが同じ記載を変更しています（{columns}）。"
            "項目ごとに確かめて統合するか、取りやめてください。",
            when=context.formats.moment(conflict.when),
            who=conflict.who,
            columns=columns,
        )
    )
    theirs = {edit.column: edit for edit in conflict.edits}
    mine = {column: column_text(value) for column, value in refused.changes.items()}
    frame.heading(text("ほかの方とあなたの変更"))
    labels = [text("変わった項目"), text("元の内容"), text("ほかの方の内容"), text("あなたの内容")]
    rows = [
        tables.Row(
            "",
            [
                tables.Cell(text(words.COLUMN.get(column, column))),
                tables.Cell(_kept(column, theirs, context, before=True)),
                tables.Cell(
                    _kept(column, theirs, context, before=False),
                    below=_by(theirs[column], context) if column in theirs else "",
                ),
                tables.Cell(entry_form.kept_text(column, mine[column], context) if column in mine else NONE),
            ],
        )
        for column in words.COLUMN
        if column in theirs or column in mine
    ]
    tables.show(tables.Table("", [tables.Column(label) for label in labels], rows), key="conflict")
    both = [column for column in mine if column in theirs and mine[column] != theirs[column].after]
    with st.form(f"merge-{refused.entry_id}-{conflict.version}", border=False):
        chosen = {column: _choice(column, context) for column in both}
        with st.container(horizontal=True, vertical_alignment="center"):
            merge = st.form_submit_button(text("統合して保存"), type="primary", key="merge")
            give_up = st.form_submit_button(text("取りやめる"), key="give-up")
    if give_up:
        del st.session_state[_CONFLICT]
        st.rerun()
    if merge:
        if undecided := [column for column, choice in chosen.items() if choice is None]:
            names = words.listed((text(words.COLUMN[column]) for column in undecided), text)
            st.error(text("どちらを残すか選んでください：{names}", names=names))
            return
        kept = {
            column: value
            for column, value in refused.changes.items()
            if mine[column] != (theirs[column].after if column in theirs else None)
            and chosen.get(column, _MINE) == _MINE
        }
        _merge(refused, kept, context)


def _kept(column: str, theirs: Mapping[str, Edited], context: PageContext, *, before: bool) -> str:
    if column not in theirs:
        return NONE
    edit = theirs[column]
    return entry_form.kept_text(column, edit.before if before else edit.after, context)


def _by(edit: Edited, context: PageContext) -> str:
    return f"{edit.who}　{context.formats.moment(edit.when)}"


def _choice(column: str, context: PageContext) -> str | None:
    """Ask whose content stays; nothing is chosen beforehand, so that nobody overwrites unawares."""
    text = context.text
    label = {_THEIRS: text("ほかの方の内容"), _MINE: text("あなたの内容")}
    return st.radio(
        text(words.COLUMN[column]),
        [_THEIRS, _MINE],
        index=None,
        horizontal=True,
        format_func=lambda each: label[each],
        key=f"merge-{column}",
    )


def _merge(refused: _Refused, kept: Mapping[str, object], context: PageContext) -> None:
    """Save what the person keeps on top of the version that he was shown; another edit shows anew."""
    entry_id = refused.entry_id
    try:
        with context.write(reason="ledger page, merged") as tx:
            version = refused.conflict.version
            ledger.update_entry(tx, entry_id, expected_version=version, changes=kept)
            assess.assess(tx, context.workspace.findings, as_of=tx.now.date())
    except Conflict as conflict:
        # Judged against what the person has now seen: earlier edits of others are no news any more.
        st.session_state[_CONFLICT] = _Refused(entry_id, conflict, kept)
    except (AccessDenied, NotFound):
        st.error(context.text("この記載を変更する権限がありません。個人情報保護管理者に確認してください。"))
        return
    else:
        del st.session_state[_CONFLICT]
        st.session_state[_SAVED] = entry_id
    st.rerun()


def _form(entry: LedgerEntry, unit: str, may_locate: bool, context: PageContext) -> None:
    text = context.text
    entry = _held(entry)
    key = _form_key(entry)
    with st.form(key, border=False):
        values = entry_form.fields(entry_form.of_entry(entry), unit, context, key, may_locate=may_locate)
        with st.container(horizontal=True, vertical_alignment="center"):
            save = st.form_submit_button(text("変更を保存"), type="primary", key=f"{key}-save")
            undo = st.form_submit_button(text("取り消す"))
            frame.note(
                text(
                    "第 {version} 版 — {when} {who}",
                    version=entry.version,
                    when=context.formats.moment(entry.updated_at),
                    who=entry.updated_by,
                )
            )
    if undo:
        st.session_state[_UNDONE] = st.session_state.get(_UNDONE, 0) + 1
        st.rerun()
    if save:
        _save(entry, values, context)


def _held(entry: LedgerEntry) -> LedgerEntry:
    """Return the entry as it was when its form was opened, until the form is sent.

    Otherwise an edit of somebody else would exchange the form under the person's hands, without a word.
    """
    held = st.session_state.get(_OPENED)
    if (
        isinstance(held, LedgerEntry)
        and held.id == entry.id
        and st.session_state.get(f"{_form_key(held)}-save")
    ):
        return held
    st.session_state[_OPENED] = entry
    return entry


def _form_key(entry: LedgerEntry) -> str:
    """Return the key of an entry's widgets: another version, or 取り消す, starts them anew."""
    return f"entry-{entry.id}-{entry.version}-{st.session_state.get(_UNDONE, 0)}"


def _save(entry: LedgerEntry, values: entry_form.Values, context: PageContext) -> None:
    text = context.text
    changes = entry_form.changes(entry, values)
    if not changes:
        frame.note(text("変わった項目はありません。"))
        return
    if missing := entry_form.missing(values, context):
        st.error(text("必須の項目を入れてください：{names}", names=missing))
        return
    try:
        with context.write(reason="ledger page") as tx:
            ledger.update_entry(tx, entry.id, expected_version=entry.version, changes=changes)
            assess.assess(tx, context.workspace.findings, as_of=tx.now.date())
    except Conflict as conflict:
        st.session_state[_CONFLICT] = _Refused(entry.id, conflict, changes)
    except AccessDenied:
        st.error(text("この記載を変更する権限がありません。個人情報保護管理者に確認してください。"))
        return
    except InvalidValue as refused:
        st.error(
            text(
                "{column}の値を直してください。",
                column=text(words.COLUMN.get(refused.column, refused.column)),
            )
        )
        return
    else:
        st.session_state[_SAVED] = entry.id
    st.rerun()


def show_draft(object_id: ObjectId, context: PageContext) -> None:
    """Show a new entry, filled in from an object that the ledger does not know."""
    text = context.text
    frame.title(
        text("新しい記載"), text("見つかったデータをもとに下書きしました。目的と責任者を入れて保存します。")
    )
    if not context.may(Permission.EDIT_LEDGER):
        frame.no_right(text)
        return
    try:
        with context.read() as tx:
            row = inventory.object_row(tx, context.workspace.findings, object_id)
            unit = organisation.unit(tx, row.unit_id)
            source = drawer.visible_sources(tx).get(row.source_id) if row.source_id is not None else None
    except (AccessDenied, NotFound):
        frame.message(text("この対象は見つからないか、閲覧できません。"))
        return
    if not row.shown:  # in the ledger of another entity, or of a place out of sight, nothing is drafted
        frame.message(text("場所を閲覧できない対象からは下書きを作れません。"))
        return
    _new_entry(entry_form.of_object(row, source), unit, f"draft-{object_id}", context)


def show_case(case_id: CaseId, context: PageContext) -> None:
    """Show a new entry, filled in from what a difference found."""
    text = context.text
    frame.title(
        text("新しい記載"), text("見つかったデータをもとに下書きしました。目的と責任者を入れて保存します。")
    )
    if not context.may(Permission.EDIT_LEDGER):
        frame.no_right(text)
        return
    try:
        with context.read() as tx:
            made = case_drafts.draft_from(tx, context.workspace.findings, case_id)
            unit = organisation.unit(tx, made.unit_id)
    except (AccessDenied, NotFound, InvalidValue):
        frame.message(text("この差異からは下書きを作れません。"))
        return
    _new_entry(entry_form.of_draft(made), unit, f"case-{case_id}", context)


def _new_entry(start: entry_form.Values, unit: Unit, key: str, context: PageContext) -> None:
    text = context.text
    with st.form(key, border=False):
        values = entry_form.fields(start, unit.name(context.language), context, "draft")
        save = st.form_submit_button(text("台帳に登録"), type="primary")
    if not save:
        return
    if missing := entry_form.missing(values, context):
        st.error(text("必須の項目を入れてください：{names}", names=missing))
        return
    try:
        with context.write(reason="ledger page") as tx:
            created = ledger.create_entry(tx, entry_form.draft(values, unit.id))
            assess.assess(tx, context.workspace.findings, as_of=tx.now.date())
    except AccessDenied:
        st.error(text("この単位の台帳に登録する権限がありません。"))
        return
    st.session_state[_SAVED] = created.id
    addresses.go(addresses.LEDGER, entry=str(created.id))


def _versions(versions: list[LedgerVersion], context: PageContext) -> None:
    text = context.text
    frame.heading(text("版の履歴"))
    rows = [
        tables.Row(
            "",
            [
                tables.Cell(text("第 {version} 版", version=version.version)),
                tables.Cell(context.formats.moment(version.at)),
                tables.Cell(version.by),
                tables.Cell(name),
                tables.Cell(before),
                tables.Cell(after),
            ],
        )
        for version in sorted(versions, key=lambda each: -each.version)
        for name, before, after in _changed(version, context)
    ]
    if not rows:
        frame.note(text("まだ変更されていません。"))
        return
    columns = [text("版"), text("日付"), text("誰"), text("変わった項目"), text("前"), text("後")]
    tables.show(tables.Table("", [tables.Column(name) for name in columns], rows), key="versions")


def _changed(version: LedgerVersion, context: PageContext) -> list[tuple[str, str, str]]:
    """Return the changed columns of a version; the first one, where all are new, is one line."""
    text = context.text
    if all(not before for before, _ in version.changes.values()) and "name" in version.changes:
        return [(text("新しい記載"), NONE, entry_form.kept_text("name", version.changes["name"][1], context))]
    return [
        (
            text(words.COLUMN.get(column, column)),
            entry_form.kept_text(column, before, context),
            entry_form.kept_text(column, after, context),
        )
        for column, (before, after) in version.changes.items()
    ]


def _differences(found: list[Discrepancy], names: dict[UnitId, str], context: PageContext) -> None:
    text = context.text
    frame.heading(text("この記載との差異"))
    if not found:
        frame.note(text("この記載と検出結果に違いはありません。"))
    for each in found:
        other = (
            names.get(each.other_unit_id, text("ほかの単位")) if each.other_unit_id else text("ほかの単位")
        )
        chip = "" if each.kind is DiscrepancyKind.NOT_FOUND else frame.chip(each.score, text)
        st.html(
            f"<div class='dc-panel'>{chip}<b>{escape(text(words.DISCREPANCY[each.kind]))}</b>"
            f"<div class='dc-muted'>{escape(difference.sentence(each, other, context))}</div></div>"
        )
    proof = next((each.objects[0] for each in found if each.objects), None)
    if (
        proof is not None
        and context.may(Permission.VIEW_LOCATIONS)
        and st.button(text("根拠の対象を見る"), key="proof")
    ):
        addresses.go(addresses.INVENTORY, object=proof)
