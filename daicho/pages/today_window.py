"""Days to opening, closing and expiry of a certificate, in one calm line that always stands on 今日の対応."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from daicho.pages import frame
from daicho.pages.context import PageContext
from privacy_mark.certificates.agenda import Line
from registry.model import UnitId

_MOST = 3
"""So many certificates of one entity are told of; most hold one."""


def show(lines: Sequence[Line], names: Mapping[UnitId, str], today: date, context: PageContext) -> None:
    """Show one line a certificate that is held; `names` are of units that stand in front of theirs."""
    text = context.text
    held = [each for each in lines if each.certificate.ended_on is None and each.certificate.granted]
    for each in held[:_MOST]:
        name = names.get(each.certificate.unit_id, "")
        frame.note("　".join(filter(None, (name, sentence(each, today, context)))))
    if len(held) > _MOST:
        frame.note(text("ほかの付与 {number} 件は「付与と更新」にあります。", number=len(held) - _MOST))


def sentence(line: Line, today: date, context: PageContext) -> str:
    """Return how far away opening, closing and expiry are; of what has passed that it has."""
    text, of = context.text, line.certificate
    window, term = of.window, of.granted
    said = []
    applied = line.round.applied_on if line.round is not None else None
    if applied is not None:
        said.append(text("更新を申請済み（{day}）", day=context.formats.day(applied)))
    elif window is not None and today > window.closes:
        said.append(text("更新の受付は {day} に終了", day=context.formats.day(window.closes)))
    elif window is not None:
        if window.is_open(today):
            said.append(text("更新の受付中"))
        else:
            said.append(_left(text("受付開始"), window.opens, today, context))
        said.append(_left(text("受付終了"), window.closes, today, context))
    if term is not None and today <= term.valid_until:
        said.append(_left(text("満了"), term.valid_until, today, context))
    elif term is not None:
        said.append(text("有効期間は {day} に満了", day=context.formats.day(term.valid_until)))
    mark = str(term.mark) if term is not None else of.number
    return text("{mark}：{said}", mark=mark, said=text("、").join(said))


def _left(what: str, on: date, today: date, context: PageContext) -> str:
    text, day = context.text, context.formats.day(on)
    days = (on - today).days
    if not days:
        return text("今日が{what}（{day}）", what=what, day=day)
    return text("{what}まで {days} 日（{day}）", what=what, days=days, day=day)
