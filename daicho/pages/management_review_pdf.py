"""The minutes of a review as PDF, in both languages; taking them out of the product leaves a record."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time
from functools import partial

import streamlit as st

from daicho.letters.minutes import InputLine, MinutesDocument, Part, minutes_document
from daicho.pages import confirmation_words, frame
from daicho.pages import management_review_words as words
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from privacy_mark.reviews.model import Input, Inputs, Review, State, Topic
from registry.views import note_export

_NAMED = 12  # so many rows of a topic are named in the document


def offer(of: Review, inputs: Inputs, unit: str, context: PageContext) -> None:
    """Offer the minutes of a review that was held."""
    text = context.text
    frame.heading(text("議事録の PDF"))
    with st.container(horizontal=True, gap="small"):
        for language, label in (("ja", text("日本語の PDF")), ("en", text("英語の PDF"))):
            st.download_button(
                label,
                partial(pdf, of, inputs, unit, replace(context, language=language)),
                file_name=f"{of.number}-minutes-{language}.pdf",
                mime="application/pdf",
                key=f"review-pdf-{language}",
                icon=":material/download:",
                on_click=_note,
                args=(of, language, context),
            )


def _note(of: Review, language: str, context: PageContext) -> None:
    details = {"review": of.number, "language": language}
    note_export(context.workspace.registry, context.principal, "review_minutes", of.unit_id, details)


def pdf(of: Review, inputs: Inputs, unit: str, context: PageContext) -> bytes:
    """Return the minutes as PDF in the language of the context."""
    return minutes_document(document(of, inputs, unit, context))


def document(of: Review, inputs: Inputs, unit: str, context: PageContext) -> MinutesDocument:
    """Return what stands in the document."""
    text, formats = context.text, context.formats
    changed = of.closed_at or of.submitted_at or _midday(inputs)
    parts = [Part(text("議事の内容"), of.minutes or text("まだ書かれていません。"))]
    if of.conclusion:
        parts.append(Part(text("トップマネジメントの総括"), of.conclusion))
    return MinutesDocument(
        language=context.language,
        number=of.number,
        title=text("マネジメントレビュー議事録"),
        notice="" if of.state is State.CLOSED else text("承認前の議事録です。"),
        facts=[
            (text("番号"), of.number),
            (text("見直す単位"), unit),
            (text("開催日"), formats.day(of.held_on)),
            (text("議長（トップマネジメント）"), of.chair),
            (text("出席者"), of.attendees or NONE),
            (text("見直した期間"), formats.period(inputs.since, inputs.as_of)),
        ],
        inputs_title=text("見直しへの入力"),
        inputs_note=text("{day} の時点で固定した記録です。", day=formats.day(inputs.as_of)),
        inputs_head=[text("入力の項目"), text("記録から分かることと補足")],
        inputs=[_input(each, context) for each in inputs.topics],
        parts=parts,
        decisions_title=text("見直しの決定"),
        decisions_head=[
            text("番号"),
            text("決めたこと"),
            text("担当する方"),
            text("実施期限"),
            text("決定の種類"),
        ],
        decisions=[
            [each.number, each.what, each.owner, formats.day(each.due_on), text(words.KIND[each.kind])]
            for each in of.decisions
        ],
        none=text("この見直しに決定はありません。"),
        signatures=[
            (text("議事録を書いた方"), _signed(of.recorder, of.submitted_at, context)),
            (text("承認した方"), _signed(of.approver, of.closed_at, context)),
        ],
        made_at=changed,
    )


def _midday(inputs: Inputs) -> datetime:
    """Return a moment of the day on which the inputs were frozen: minutes without approval have no other."""
    return datetime.combine(inputs.as_of, time(3), UTC)


def _signed(name: str, moment: datetime | None, context: PageContext) -> str:
    return NONE if moment is None else f"{name}　{context.formats.moment(moment)}"


def _input(of: Input, context: PageContext) -> InputLine:
    text = context.text
    rows = of.facts.rows if of.facts is not None else ()
    named = []
    for each in rows[:_NAMED]:
        number = confirmation_words.period(each.number, context) if of.topic is Topic.CHECKS else each.number
        said = [each for each in (words.code(of.topic, each, context),) if each != NONE]
        if each.day is not None:
            said.append(context.formats.day(each.day))
        if each.count is not None:
            said.append(words.counted(each, context))
        named.append(text("{name}（{unit}）", name=number, unit=text("、").join(said)) if said else number)
    left = len(rows) - len(named) + (of.facts.left if of.facts is not None else 0)
    if left:
        named.append(text("ほか {number} 件", number=context.formats.number(left)))
    # What people added says more than that the product has no record.
    known = "" if of.words and of.facts is None else words.told(of, context)
    return InputLine(text(words.TOPIC[of.topic]), known, text("、").join(named), of.words)
