"""One change of many ledger entries まとめて変更: chosen, looked at, then made of all or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import streamlit as st

from daicho.pages import entry_form, frame, ledger_refusals, tables, words
from daicho.pages.context import PageContext
from daicho.text import mark
from registry import ledger_bulk
from registry.errors import AccessDenied, ChangedEntry, EntriesChanged, InvalidValue, NotFound
from registry.ledger_bulk import Change
from registry.ledger_columns import column_text
from registry.ledger_review import Seen
from registry.model import EntryId, LedgerEntry
from scanners.model import Exposure

_SAID, _PLAN = "bulk-said", "bulk-plan"
_SHOWN = 50
_EMPTY: Mapping[str, object] = {"owner": "", "access_holders": "", "next_review": None, "exposure": None}
_RULES: Mapping[tuple[str, str], str] = {
    ("changes", "required"): mark("変える項目を一つ以上入れてください。"),
    ("entries", "required"): mark("記載を選んでください。"),
    ("entries", "too_many"): mark("一度に変えられるのは 500 件までです。"),
}


@dataclass(frozen=True, slots=True)
class _Plan:
    """A change that was looked at, and the entries as they were then."""

    seen: Sequence[Seen]
    changes: Mapping[str, object]
    told: Sequence[Change]


@dataclass(frozen=True, slots=True)
class _Clash:
    """A change of which others changed the same meanwhile: the person chooses how to go on."""

    seen: Sequence[Seen]
    changes: Mapping[str, object]
    entries: Sequence[ChangedEntry]


def show(entries: Sequence[LedgerEntry], context: PageContext) -> None:
    """Show the choice of entries and columns, or the preview of what was chosen."""
    text = context.text
    if said := st.session_state.pop(_SAID, ""):
        frame.message(said)
    if not entries:
        return
    plan = st.session_state.get(_PLAN)
    with st.expander(text("まとめて変更"), expanded=isinstance(plan, _Plan | _Clash)):
        if isinstance(plan, _Plan):
            _preview(plan, context)
        elif isinstance(plan, _Clash):
            _clash(plan, context)
        else:
            _choice(entries, context)


def _choice(entries: Sequence[LedgerEntry], context: PageContext) -> None:
    text, number = context.text, context.formats.number
    known = {entry.id: entry for entry in entries}
    held = st.session_state.get("bulk-entries", [])
    if any(each not in known for each in held):  # another filter: what is not shown is not changed
        st.session_state["bulk-entries"] = [each for each in held if each in known]
    st.multiselect(
        text("変える記載"),
        list(known),
        key="bulk-entries",
        format_func=lambda key: f"{known[key].number} {known[key].name}",
        placeholder=text("記載を選ぶ"),
    )

    def every() -> None:
        st.session_state["bulk-entries"] = list(known)

    st.button(text("表示中の {number} 件を選ぶ", number=number(len(known))), key="bulk-all", on_click=every)
    frame.note(text("入れた項目だけを変えます。空のままの項目は、記載ごとの今の値のままです。"))
    left, right = st.columns(2)
    with left:
        st.text_input(text(entry_form.NAMES["owner"]), key="bulk-owner", max_chars=4000)
        st.date_input(
            text(entry_form.NAMES["next_review"]), None, format="YYYY/MM/DD", key="bulk-next_review"
        )
    with right:
        st.text_input(text(entry_form.NAMES["access_holders"]), key="bulk-access_holders", max_chars=4000)
        circles: Sequence[Exposure] = tuple(words.READERS)
        st.selectbox(
            text(entry_form.NAMES["exposure"]),
            circles,
            index=None,
            key="bulk-exposure",
            format_func=lambda each: text(words.READERS[each]),
            placeholder=text("変えない"),
        )
    versions = {entry.id: entry.version for entry in entries}  # as they are shown
    st.button(
        text("変わることを確かめる"),
        key="bulk-preview",
        type="primary",
        on_click=_look,
        args=(versions, context),
    )


def _wanted() -> dict[str, object]:
    """Return the columns that the person filled in."""
    held = st.session_state
    found: dict[str, object] = {
        column: value
        for column in ("owner", "access_holders")
        if (value := str(held.get(f"bulk-{column}") or "").strip())
    }
    if isinstance(day := held.get("bulk-next_review"), date):
        found["next_review"] = day
    if isinstance(circle := held.get("bulk-exposure"), Exposure):
        found["exposure"] = circle
    return found


def _look(versions: Mapping[EntryId, int], context: PageContext) -> None:
    changes = _wanted()
    chosen = (EntryId(each) for each in st.session_state["bulk-entries"])
    _examine([Seen(each, versions[each]) for each in chosen if each in versions], changes, context)


def _examine(seen: Sequence[Seen], changes: Mapping[str, object], context: PageContext) -> None:
    """Look at a change before it is made."""
    try:
        with context.read() as tx:
            told = ledger_bulk.preview(tx, seen, changes)
    except EntriesChanged as error:
        st.session_state[_PLAN] = _Clash(seen, changes, error.entries)
        return
    except (AccessDenied, InvalidValue, NotFound) as error:
        _back(seen, changes)
        st.session_state[_SAID] = _refused(error, context)
        return
    if not told:
        _back(seen, changes)
        st.session_state[_SAID] = context.text("選んだ記載は、どれもすでにこの値です。")
        return
    st.session_state[_PLAN] = _Plan(seen, changes, told)


def _preview(plan: _Plan, context: PageContext) -> None:
    text, number = context.text, context.formats.number
    approved = sum(each.loses_approval for each in plan.told)
    frame.verdict(
        text(
            "選んだ {chosen} 件のうち **{changed} 件が変わります**。",
            chosen=number(len(plan.seen)),
            changed=number(len(plan.told)),
        )
    )
    if approved:
        frame.note(text("{number} 件は承認済みで、変更すると承認し直しになります。", number=number(approved)))
    lines = [
        (each, column, before, after) for each in plan.told for column, (before, after) in each.moved.items()
    ]
    rows = [
        tables.Row(
            "",
            [
                tables.Cell(f"{each.number} {each.name}"),
                tables.Cell(text(entry_form.NAMES[column])),
                tables.Cell(entry_form.kept_text(column, before, context)),
                tables.Cell(entry_form.kept_text(column, after, context)),
            ],
        )
        for each, column, before, after in lines[:_SHOWN]
    ]
    caption = text("{all} か所のうち {shown} か所", all=number(len(lines)), shown=number(len(rows)))
    names = (text("記載"), text("変わる項目"), text("前"), text("後"))
    tables.show(tables.Table(caption, [tables.Column(name) for name in names], rows), key="bulk-lines")
    with st.container(horizontal=True, gap="small"):
        st.button(
            text("{number} 件を変更する", number=number(len(plan.told))),
            key="bulk-change",
            type="primary",
            on_click=_change,
            args=(plan, context),
        )
        st.button(text("やめる"), key="bulk-stop", on_click=_back, args=(plan.seen, plan.changes))


def _clash(clash: _Clash, context: PageContext) -> None:
    """List what others changed to something else, and ask how to go on; nothing is changed yet."""
    text, number = context.text, context.formats.number
    count = number(len(clash.entries))
    st.error(
        text(
            "{number} 件は、ほかの方が先に同じ項目を変更しているため、まだどれも変えていません。"
            "ほかの項目の変更とは合わせて保存できます。",
            number=count,
        )
    )
    lines = [(each, edit) for each in clash.entries for edit in each.edits]
    rows = [
        tables.Row(
            "",
            [
                tables.Cell(f"{each.number} {each.name}"),
                tables.Cell(text(entry_form.NAMES[edit.column])),
                tables.Cell(entry_form.kept_text(edit.column, edit.before, context)),
                tables.Cell(
                    entry_form.kept_text(edit.column, edit.after, context),
                    below=f"{edit.who}　{context.formats.moment(edit.when)}",
                ),
                tables.Cell(
                    entry_form.kept_text(edit.column, column_text(clash.changes[edit.column]), context)
                ),
            ],
        )
        for each, edit in lines[:_SHOWN]
    ]
    names = (
        text("記載"),
        text("変わった項目"),
        text("元の内容"),
        text("ほかの方の内容"),
        text("あなたの内容"),
    )
    caption = text("{all} か所のうち {shown} か所", all=number(len(lines)), shown=number(len(rows)))
    tables.show(tables.Table(caption, [tables.Column(name) for name in names], rows), key="bulk-clash")
    present = {each.entry_id: each.version for each in clash.entries}
    rest = [each for each in clash.seen if each.entry_id not in present]
    mine = [Seen(each.entry_id, present.get(each.entry_id, each.version)) for each in clash.seen]
    with st.container(horizontal=True, gap="small"):
        if rest:
            st.button(
                text("この {number} 件を除いて続ける", number=count),
                key="bulk-leave",
                type="primary",
                on_click=_examine,
                args=(rest, clash.changes, context),
            )
        st.button(
            text("あなたの内容にして続ける"),
            key="bulk-mine",
            on_click=_examine,
            args=(mine, clash.changes, context),
        )
        st.button(text("やめる"), key="bulk-stop", on_click=_back, args=(clash.seen, clash.changes))


def _back(seen: Sequence[Seen], changes: Mapping[str, object]) -> None:
    """Return to the choice with what was filled in."""
    held = st.session_state
    held.pop(_PLAN, None)
    held["bulk-entries"] = [each.entry_id for each in seen]
    for column in ledger_bulk.COLUMNS:
        held[f"bulk-{column}"] = changes.get(column, _EMPTY[column])


def _change(plan: _Plan, context: PageContext) -> None:
    text, number = context.text, context.formats.number
    _back(plan.seen, plan.changes)
    try:
        with context.write("ledger page, many entries") as tx:
            made = ledger_bulk.change_entries(tx, plan.seen, plan.changes)
    except EntriesChanged as error:
        st.session_state[_PLAN] = _Clash(plan.seen, plan.changes, error.entries)
        return
    except (AccessDenied, InvalidValue, NotFound) as error:
        st.session_state[_SAID] = _refused(error, context)
        return
    context.reassess()
    st.session_state["bulk-entries"] = []
    for column in ledger_bulk.COLUMNS:
        st.session_state[f"bulk-{column}"] = _EMPTY[column]
    said = [
        text(
            "{number} 件を変更しました。前の値は、記載ごとの「版の履歴」にあります。",
            number=number(len(made)),
        )
    ]
    if merged := sum(each.merged for each in made):
        said.append(text("うち {number} 件は、ほかの方の変更と合わせて保存しました。", number=number(merged)))
    told_before = {each.entry_id for each in plan.told if each.loses_approval}
    if lost := sum(each.loses_approval and each.entry_id not in told_before for each in made):
        said.append(
            text(
                "うち {number} 件は、確かめたあとに承認されており、承認し直しになります。",
                number=number(lost),
            )
        )
    st.session_state[_SAID] = "".join(said) if context.language == "ja" else " ".join(said)


def _refused(error: Exception, context: PageContext) -> str:
    text = context.text
    match error:
        case InvalidValue(column=column, rule=rule) if (column, rule) in _RULES:
            return text(_RULES[column, rule])
        case _:
            return ledger_refusals.sentence(error, context)
