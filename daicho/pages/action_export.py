"""The list of corrective actions 是正処置一覧 given out as CSV or Excel; each time is recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from daicho.pages import action_words, list_export
from daicho.pages.context import PageContext
from daicho.pages.list_export import Listing
from daicho.table_out import Value
from privacy_mark.actions import listing
from privacy_mark.actions.listing import Line, Wanted
from registry.access import today_in_japan
from registry.model import Unit, UnitId


def show(wanted: Wanted, unit: Unit, names: Mapping[UnitId, str], context: PageContext) -> None:
    """Offer what the filters leave, all pages of it."""
    text = context.text
    labels = {"xlsx": text("一覧を書き出す（Excel）"), "csv": text("一覧を書き出す（CSV）")}
    list_export.show(
        labels,
        f"corrective-actions-{unit.code}",
        "actions",
        lambda form: made(form, wanted, unit, names, context),
        "tertiary",
    )


def made(form: str, wanted: Wanted, unit: Unit, names: Mapping[UnitId, str], context: PageContext) -> bytes:
    """Return the file, after the journal has that it leaves the product."""
    with context.read() as tx:
        found, _ = listing.listed(tx, wanted, limit=None)
        today = today_in_japan(tx.now)
    rows = [_row(each, names, today.toordinal(), context) for each in found]
    title = context.text("是正処置")
    return list_export.made(form, Listing("corrective_action", unit.id, title, _head(context), rows), context)


def _head(context: PageContext) -> Sequence[str]:
    text = context.text
    return (
        text("番号"),
        text("単位"),
        text("見つかった場面"),
        text("もとの記録の番号"),
        text("要求事項"),
        text("重さ"),
        text("見つけた日"),
        text("指摘"),
        text("次の手順"),
        text("次の期限"),
        text("遅れた日数"),
        text("担当"),
        text("再発"),
        text("やり直した回数"),
    )


def _row(each: Line, names: Mapping[UnitId, str], today: int, context: PageContext) -> Sequence[Value]:
    text = context.text
    late = 0 if each.next_due is None else max(0, today - each.next_due.toordinal())
    return (
        each.number,
        names.get(each.unit_id, ""),
        text(action_words.SOURCE[each.source]),
        each.reference.partition("/")[0],
        each.requirement,
        text(action_words.GRADE[each.grade]),
        each.found_on,
        " ".join(f"{action_words.question(each.source, each.reference, context)} {each.finding}".split()),
        text(action_words.STATE[each.state]),
        each.next_due,
        late,
        each.owner,
        text(action_words.RECURRENCE[each.recurrence]) if each.recurrence else "",
        each.rounds,
    )
