"""Applications 取得・変更申請: what departments ask for, and the decision of somebody else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import streamlit as st

from daicho.pages import addresses, entry_form, frame, ledger_refusals, scope, tables
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from daicho.text import mark
from registry import applications, ledger, processors
from registry.access import allowed, units_allowed
from registry.applications import Application, ApplicationId, ApplicationState
from registry.errors import AccessDenied, Conflict, InvalidValue, NotFound
from registry.handling import ProcessorId
from registry.ledger_columns import EntryDraft, changed, column_text, column_value, draft_of, value_of
from registry.model import EntryId, LedgerEntry, Permission, Place, Unit, UnitId
from registry.store import Tx

_SAID = "application-said"
_REFUSED = (AccessDenied, Conflict, InvalidValue, NotFound)
STATE: Mapping[ApplicationState, str] = {
    ApplicationState.SUBMITTED: mark("申請中"),
    ApplicationState.APPROVED: mark("承認済み"),
    ApplicationState.RETURNED: mark("差戻し"),
    ApplicationState.WITHDRAWN: mark("取下げ"),
}


def processor_names(tx: Tx) -> dict[ProcessorId, str]:
    """Return the processors that the person asking can choose from."""
    return {each.id: each.draft.name for each in processors.processors(tx)}


def said() -> None:
    """Say what became of the last application."""
    if sentence := st.session_state.pop(_SAID, ""):
        frame.message(sentence)


def waiting(found: Sequence[Application], names: dict[UnitId, str], context: PageContext) -> None:
    """Show the applications that wait for a decision, above the list of the ledger."""
    text, formats = context.text, context.formats
    if not found:
        return
    rows = [
        tables.Row(
            str(each.id),
            [
                *_about(each, names, context),
                tables.Cell(each.applicant, below=formats.moment(each.submitted_at)),
            ],
        )
        for each in found
    ]
    table = tables.Table(
        caption=text("申請中 {number} 件", number=formats.number(len(found))),
        columns=[
            tables.Column(text("申請"), nowrap=True),
            tables.Column(text("内容と理由")),
            tables.Column(text("単位")),
            tables.Column(text("申請した方")),
        ],
        rows=rows,
    )
    if opened := tables.show(table, key="applications"):
        addresses.go(addresses.LEDGER, application=opened)


def _about(asked: Application, names: Mapping[UnitId, str], context: PageContext) -> list[tables.Cell]:
    text = context.text
    is_change = asked.base_version is not None
    return [
        tables.Cell(text("記載の変更") if is_change else text("新しい記載")),
        tables.Cell(
            asked.changes.get("name", "") or entry_form.listed(list(asked.changes), context),
            below=asked.reason,
            link=True,
        ),
        tables.Cell(names.get(asked.unit_id, text("ほかの単位"))),
    ]


def ended(found: Sequence[Application], names: Mapping[UnitId, str], context: PageContext) -> None:
    """Show what became of the latest applications, folded; a returned one leads to applying again."""
    text, formats = context.text, context.formats
    if not found:
        return
    rows = [
        tables.Row(
            str(each.id),
            [
                *_about(each, names, context),
                tables.Cell(text(STATE[each.state]), below=each.note),
                tables.Cell(
                    each.decider or each.applicant,
                    below=formats.moment(each.decided_at) if each.decided_at else "",
                ),
            ],
        )
        for each in found
    ]
    columns = [
        tables.Column(text("申請"), nowrap=True),
        tables.Column(text("内容と理由")),
        tables.Column(text("単位")),
        tables.Column(text("状態")),
        tables.Column(text("決めた方")),
    ]
    with st.expander(text("決まった申請（新しい順に {number} 件）", number=formats.number(len(found)))):
        opened = tables.show(tables.Table("", columns, rows), key="applications-ended")
    if opened:
        addresses.go(addresses.LEDGER, application=opened)


def show(application_id: ApplicationId, context: PageContext) -> None:
    """Show one application, what it changes, and the decision."""
    text = context.text
    frame.title(text("取得・変更の申請"), text("申請した方とは別の方が、内容を確かめて承認します。"))
    said()
    try:
        with context.read() as tx:
            seen = _seen(tx, application_id)
    except NotFound:
        frame.message(text("この申請は見つからないか、閲覧できません。"))
        return
    asked, own = seen.asked, seen.asked.applicant_id == context.principal.user_id
    unit = scope.full_names(seen.units, context.language).get(asked.unit_id, "")
    frame.facts(_facts(asked, unit, context))
    if asked.state is not ApplicationState.SUBMITTED:
        _ended(seen, unit, context, own=own)
        return
    start = entry_form.empty(asked.unit_id) if seen.entry is None else draft_of(seen.entry)
    _differences(start, asked, context)
    if own:
        if st.button(text("申請を取り下げる"), key="withdraw"):
            _withdraw(asked, context)
        frame.note(text("ご自身の申請は、別の方が承認します。"))
    elif not seen.may_decide:
        frame.note(text("承認は、この法人の個人情報保護管理者が行います。"))
    else:
        frame.heading(text("残りの項目"), text("部門の申請にない項目を入れてから承認します。"))
        form = entry_form.Asked(unit, seen.processors, seen.may_locate)
        _decision(asked, changed_by(start, asked), form, context)


@dataclass(frozen=True, slots=True)
class _Seen:
    """One application and what stands around it, read once in the name of the person."""

    asked: Application
    entry: LedgerEntry | None  # None: a new one, or one out of sight
    units: Sequence[Unit]
    processors: Mapping[ProcessorId, str]
    may_decide: bool
    may_locate: bool
    may_write: bool


def _seen(tx: Tx, application_id: ApplicationId) -> _Seen:
    asked = applications.application(tx, application_id)
    entry = None
    if asked.entry_id is not None:
        with suppress(NotFound):  # it may have moved away since
            entry = ledger.entry(tx, asked.entry_id)
    return _Seen(
        asked,
        entry,
        scope.units(tx),
        processor_names(tx),
        allowed(tx, Permission.APPROVE_LEDGER, asked.unit_id),
        allowed(tx, Permission.VIEW_LOCATIONS, asked.unit_id),
        allowed(tx, Permission.EDIT_LEDGER, asked.unit_id),
    )


def _facts(asked: Application, unit: str, context: PageContext) -> dict[str, str]:
    text, formats = context.text, context.formats
    facts = {
        text("単位"): unit,
        text("申請した方"): f"{asked.applicant}　{formats.moment(asked.submitted_at)}",
        text("理由"): asked.reason,
    }
    if asked.state is not ApplicationState.SUBMITTED:
        facts[text("状態")] = text(STATE[asked.state])
    if asked.decider:
        facts[text("決めた方")] = f"{asked.decider}　{formats.moment(asked.decided_at)}"
    if asked.note:
        facts[text("差し戻した理由")] = asked.note
    return facts


def _ended(seen: _Seen, unit: str, context: PageContext, *, own: bool) -> None:
    """Show what an application asked for and, to who made it, the way on."""
    text, asked = context.text, seen.asked
    if asked.state is ApplicationState.RETURNED and own and asked.base_version is None:
        frame.heading(text("もう一度申請する"), text("差し戻した理由を確かめ、直してから申請します。"))
        form = entry_form.Asked(unit, seen.processors, seen.may_locate, all_columns=seen.may_write)
        new_entry(changed_by(entry_form.empty(asked.unit_id), asked), form, f"again-{asked.id}", context)
        return
    _differences(entry_form.empty(asked.unit_id), asked, context, now=False)
    if seen.entry is not None and st.button(
        text("台帳の記載を開く"), key="application-entry", type="tertiary"
    ):
        addresses.go(addresses.LEDGER, entry=str(seen.entry.id))


def changed_by(start: EntryDraft, asked: Application) -> EntryDraft:
    """Return the draft with what an application asks for; places out of the person's sight are named so."""
    values = {name: column_value(name, each) for name, each in asked.changes.items()}
    if not start.places and "places" not in values:
        values["places"] = (Place(None, "", NONE),)
    return changed(start, values)


def _differences(start: EntryDraft, asked: Application, context: PageContext, *, now: bool = True) -> None:
    text = context.text
    rows = [
        tables.Row(
            "",
            [
                tables.Cell(entry_form.listed([column], context)),
                *(
                    [
                        tables.Cell(
                            entry_form.kept_text(column, column_text(value_of(start, column)), context)
                            if asked.entry_id is not None
                            else "—"
                        )
                    ]
                    if now
                    else []
                ),
                tables.Cell(entry_form.kept_text(column, asked.changes[column], context)),
            ],
        )
        for column in entry_form.NAMES
        if column in asked.changes
    ]
    columns = [text("項目"), *([text("いまの内容")] if now else []), text("申請の内容")]
    tables.show(tables.Table("", [tables.Column(name) for name in columns], rows), key="application")


def _decision(asked: Application, wanted: EntryDraft, form: entry_form.Asked, context: PageContext) -> None:
    text = context.text
    with st.form(f"application-{asked.id}-{asked.version}", border=False):
        after = entry_form.fields(wanted, form, context, f"application-{asked.id}")
        note = st.text_input(text("差し戻す理由（差し戻すときだけ）"))
        with st.container(horizontal=True):
            yes = st.form_submit_button(text("承認して台帳に登録"), type="primary", key="application-approve")
            no = st.form_submit_button(text("差し戻す"), key="application-return")
    completing = {
        column: value_of(after, column)
        for column in entry_form.NAMES
        if column not in ("approved_by", "unit_id", "last_checked")
        and value_of(after, column) != value_of(wanted, column)
    }
    try:
        if yes:
            with context.write("ledger page") as tx:
                entry = applications.approve(
                    tx, asked.id, expected_version=asked.version, completing=completing
                )
            context.reassess()
            st.session_state[entry_form.SAVED] = entry.id
            addresses.go(addresses.LEDGER, entry=str(entry.id))
        if no:
            with context.write("ledger page") as tx:
                applications.send_back(tx, asked.id, expected_version=asked.version, note=note)
            st.session_state[_SAID] = text("差し戻しました。")
            addresses.go(addresses.LEDGER)
    except _REFUSED as error:
        st.error(ledger_refusals.sentence(error, context))


def _withdraw(asked: Application, context: PageContext) -> None:
    try:
        with context.write("ledger page") as tx:
            applications.withdraw(tx, asked.id, expected_version=asked.version)
    except _REFUSED as error:
        st.error(ledger_refusals.sentence(error, context))
        return
    st.session_state[_SAID] = context.text("申請を取り下げました。")
    addresses.go(addresses.LEDGER)


def submit_change(
    entry_id: EntryId, version: int, changes: dict[str, object], reason: str, context: PageContext
) -> bool:
    """Apply for changes of an entry; False when it was refused, which is said."""
    try:
        with context.write("ledger page") as tx:
            applications.submit_change(tx, entry_id, expected_version=version, changes=changes, reason=reason)
    except _REFUSED as error:
        st.error(ledger_refusals.sentence(error, context))
        return False
    st.session_state[_SAID] = context.text("申請しました。別の方が承認すると、台帳が変わります。")
    return True


def show_new(context: PageContext) -> None:
    """Show the form of a new entry: written at once by who edits the ledger, applied for by the others."""
    text = context.text
    frame.title(text("新しい記載"), text("新しく取り扱う個人情報を台帳に載せます。"))
    with context.read() as tx:
        units = scope.units(tx)
        edits = units_allowed(tx, Permission.EDIT_LEDGER)
        states = edits | units_allowed(tx, Permission.APPLY_LEDGER)
        names = processor_names(tx)
    choices = [unit for unit in units if unit.id in states]
    if not choices:
        frame.no_right(text)
        return
    called = scope.full_names(units, context.language)
    unit = st.selectbox(
        text("どの単位の記載か"), choices, key="new-unit", format_func=lambda each: called[each.id]
    )
    asked = entry_form.Asked(called[unit.id], names, all_columns=unit.id in edits)
    new_entry(entry_form.empty(unit.id), asked, f"new-{unit.id}", context)


def new_entry(start: EntryDraft, asked: entry_form.Asked, key: str, context: PageContext) -> None:
    """Show the form of a new entry: who states all columns writes it, a department applies for it."""
    text, writes = context.text, asked.all_columns
    with st.form(key, border=False):
        after = entry_form.fields(start, asked, context, key)
        reason = "" if writes else st.text_input(text("申請の理由（必須）"))
        label = text("台帳に登録") if writes else text("申請する")
        sent = st.form_submit_button(label, type="primary", key="new-save")
    if not sent:
        return
    if lacking := entry_form.missing(after, context):
        st.error(text("必須の項目を入れてください：{names}", names=lacking))
        return
    try:
        with context.write("ledger page") as tx:
            if writes:
                made = ledger.create_entry(tx, after)
                st.session_state[entry_form.SAVED] = made.id
            else:
                applications.submit_new(tx, after, reason=reason)
                st.session_state[_SAID] = text("申請しました。別の方が承認すると、台帳に載ります。")
    except _REFUSED as error:
        st.error(ledger_refusals.sentence(error, context))
        return
    if writes:
        context.reassess()
    addresses.go(addresses.LEDGER, entry=str(made.id) if writes else "")
