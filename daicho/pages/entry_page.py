"""One entry of the ledger: its columns as a form, its differences beside them, its versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

import streamlit as st

from daicho.pages import (
    additions,
    addresses,
    applications,
    approval,
    difference,
    drawer,
    entry_form,
    frame,
    ledger_refusals,
    risk_words,
    scope,
    tables,
    words,
)
from daicho.pages import conflict as clash
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from registry import case_drafts, discrepancies, inventory, ledger, organisation, risk_analysis
from registry.access import allowed, require
from registry.case_states import CaseId
from registry.errors import AccessDenied, Conflict, Edited, InvalidValue, NotFound
from registry.ledger_columns import EntryDraft, column_text, draft_of
from registry.model import (
    Discrepancy,
    DiscrepancyKind,
    EntryId,
    LedgerEntry,
    LedgerVersion,
    ObjectId,
    Permission,
    UnitId,
)
from registry.risk_model import Analysis
from registry.store import Tx
from registry.topics import Topic

_CONFLICT = "ledger-conflict"
_UNDONE = "ledger-undone"
_OPENED = "ledger-opened"


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
            analysis = risk_analysis.analysis(tx, entry_id)
            may_edit = allowed(tx, Permission.EDIT_LEDGER, entry.unit_id)
            may_apply = allowed(tx, Permission.APPLY_LEDGER, entry.unit_id)
            may_approve = allowed(tx, Permission.APPROVE_LEDGER, entry.unit_id)
            processors = applications.processor_names(tx)
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
        applications.said()
        asked = entry_form.Asked(names.get(entry.unit_id, ""), processors, may_locate, all_columns=may_edit)
        refused = st.session_state.get(_CONFLICT)
        if may_edit and isinstance(refused, _Refused) and refused.entry_id == entry.id:
            _conflict(refused, context)
        elif may_edit or may_apply:
            _form(entry, asked, context)
        else:
            frame.facts(entry_form.shown(entry, names.get(entry.unit_id, ""), context))
        _versions(versions, context)
        additions.show(Topic.of_entry(entry.id), context)
    with right:
        approval.show(entry, may_approve, context)
        _risks(entry, analysis, context)
        _differences(found, names, context)


def _back(context: PageContext) -> None:
    if st.button(context.text("一覧に戻る"), key="back", icon=":material/arrow_back:", type="tertiary"):
        addresses.go(addresses.LEDGER, unit=str(st.session_state.get("scope", "")))


def _messages(entry: LedgerEntry, context: PageContext) -> None:
    """Say what became of the last attempt to save."""
    saved = st.session_state.pop(entry_form.SAVED, None)
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
    columns = words.listed((text(entry_form.NAMES.get(name, name)) for name in conflict.columns), text)
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
    fields = [
        clash.Field(
            column,
            text(entry_form.NAMES[column]),
            _kept(column, theirs, context, before=True),
            _kept(column, theirs, context, before=False),
            entry_form.kept_text(column, mine[column], context) if column in mine else None,
            by=_by(theirs[column], context) if column in theirs else "",
        )
        for column in entry_form.NAMES
        if column in theirs or column in mine
    ]
    chosen = clash.choose(fields, f"merge-{refused.entry_id}-{conflict.version}", context)
    if chosen is None:
        return
    if not chosen:
        del st.session_state[_CONFLICT]
        st.rerun()
    kept = {
        column: value
        for column, value in refused.changes.items()
        if mine[column] != (theirs[column].after if column in theirs else None)
        and chosen[column] is clash.Side.MINE
    }
    _merge(refused, kept, context)


def _kept(column: str, theirs: Mapping[str, Edited], context: PageContext, *, before: bool) -> str | None:
    if column not in theirs:
        return None
    edit = theirs[column]
    return entry_form.kept_text(column, edit.before if before else edit.after, context)


def _by(edit: Edited, context: PageContext) -> str:
    return f"{edit.who}　{context.formats.moment(edit.when)}"


def _merge(refused: _Refused, kept: Mapping[str, object], context: PageContext) -> None:
    """Save what the person keeps on top of the version that he was shown; another edit shows anew."""
    entry_id = refused.entry_id
    try:
        with context.write(reason="ledger page, merged") as tx:
            version = refused.conflict.version
            ledger.update_entry(tx, entry_id, expected_version=version, changes=kept)
        context.reassess()
    except Conflict as conflict:
        # Judged against what the person has now seen: earlier edits of others are no news any more.
        st.session_state[_CONFLICT] = _Refused(entry_id, conflict, kept)
    except (AccessDenied, NotFound):
        st.error(context.text("この記載を変更する権限がありません。個人情報保護管理者に確認してください。"))
        return
    else:
        del st.session_state[_CONFLICT]
        st.session_state[entry_form.SAVED] = entry_id
    st.rerun()


def _form(entry: LedgerEntry, asked: entry_form.Asked, context: PageContext) -> None:
    """Show the form: saved at once by who edits the ledger, sent as an application by a department."""
    text = context.text
    entry = _held(entry)
    key = _form_key(entry)
    with st.form(key, border=False):
        values = entry_form.fields(draft_of(entry), asked, context, key)
        reason = "" if asked.all_columns else st.text_input(text("申請の理由（必須）"), key=f"{key}-reason")
        with st.container(horizontal=True, vertical_alignment="center"):
            label = text("変更を保存") if asked.all_columns else text("変更を申請する")
            save = st.form_submit_button(label, type="primary", key=f"{key}-save")
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
    if save and asked.all_columns:
        _save(entry, values, context)
    elif save:
        _apply(entry, values, reason, context)


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


def _apply(entry: LedgerEntry, values: EntryDraft, reason: str, context: PageContext) -> None:
    changes = entry_form.changes(entry, values)
    if not changes:
        frame.note(context.text("変わった項目はありません。"))
    elif applications.submit_change(entry.id, entry.version, changes, reason, context):
        st.rerun()


def _save(entry: LedgerEntry, values: EntryDraft, context: PageContext) -> None:
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
        context.reassess()
    except Conflict as conflict:
        st.session_state[_CONFLICT] = _Refused(entry.id, conflict, changes)
    except AccessDenied:
        st.error(text("この記載を変更する権限がありません。個人情報保護管理者に確認してください。"))
        return
    except InvalidValue as refused:
        st.error(ledger_refusals.sentence(refused, context))
        return
    else:
        st.session_state[entry_form.SAVED] = entry.id
    st.rerun()


def show_draft(object_id: ObjectId, context: PageContext) -> None:
    """Show a new entry, filled in from an object that the ledger does not know."""
    text = context.text
    frame.title(text("新しい記載"), text("見つかったデータをもとに下書きしました。目的と責任者を入れます。"))
    try:
        with context.read() as tx:
            row = inventory.object_row(tx, context.workspace.findings, object_id)
            writes = _writes(tx, row.unit_id)
            unit = organisation.unit(tx, row.unit_id)
            source = drawer.visible_sources(tx).get(row.source_id) if row.source_id is not None else None
            processors = applications.processor_names(tx)
    except (AccessDenied, NotFound):
        frame.message(text("この対象は見つからないか、閲覧できません。"))
        return
    if not row.shown:  # in the ledger of another entity, or of a place out of sight, nothing is drafted
        frame.message(text("場所を閲覧できない対象からは下書きを作れません。"))
        return
    asked = entry_form.Asked(unit.name(context.language), processors, all_columns=writes)
    applications.new_entry(entry_form.of_object(row, source), asked, f"draft-{object_id}", context)


def show_case(case_id: CaseId, context: PageContext) -> None:
    """Show a new entry, filled in from what a difference found."""
    text = context.text
    frame.title(text("新しい記載"), text("見つかったデータをもとに下書きしました。目的と責任者を入れます。"))
    try:
        with context.read() as tx:
            made = case_drafts.draft_from(tx, context.workspace.findings, case_id)
            writes = _writes(tx, made.unit_id)
            unit = organisation.unit(tx, made.unit_id)
            processors = applications.processor_names(tx)
    except (AccessDenied, NotFound, InvalidValue):
        frame.message(text("この差異からは下書きを作れません。"))
        return
    asked = entry_form.Asked(unit.name(context.language), processors, all_columns=writes)
    applications.new_entry(made, asked, f"case-{case_id}", context)


def _writes(tx: Tx, unit_id: UnitId) -> bool:
    """Return whether the person writes into the ledger of a unit, or applies; AccessDenied for neither."""
    if allowed(tx, Permission.EDIT_LEDGER, unit_id):
        return True
    require(tx, Permission.APPLY_LEDGER, unit_id)
    return False


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
            text(entry_form.NAMES.get(column, column)),
            entry_form.kept_text(column, before, context),
            entry_form.kept_text(column, after, context),
        )
        for column, (before, after) in version.changes.items()
    ]


def _risks(entry: LedgerEntry, analysis: Analysis, context: PageContext) -> None:
    """Show how the risk analysis of the entry stands, and the way to it."""
    text = context.text
    frame.heading(text("リスク分析"))
    residual = analysis.worst_residual
    frame.facts(
        {
            text("状態"): text(risk_words.STATE[analysis.state]),
            text("残留リスク（最も高いもの）"): NONE
            if residual is None
            else risk_words.level(residual, text),
        }
    )
    for reason in risk_words.reasons(analysis.reopened, context):
        frame.note(reason)
    if st.button(text("リスク分析を開く"), key="risk-open"):
        addresses.go(addresses.RISKS, entry=str(entry.id))


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
