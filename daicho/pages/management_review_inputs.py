"""The inputs of a review on its page: every topic in one line, and one of them with its rows and words."""

from __future__ import annotations

import streamlit as st

from daicho.pages import addresses, confirmation_words, frame, tables
from daicho.pages import management_review_words as words
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from daicho.pages.steps import take
from privacy_mark.reviews import holding
from privacy_mark.reviews.model import Behind, Facts, Input, Inputs, Review, State, Topic
from registry.sealing import LONGEST

SAID = "review-said"


def show(of: Review, inputs: Inputs, code: str, context: PageContext, *, may: bool) -> None:
    """Show the topics, and the one of the address below them; `code` is that of the review's unit."""
    text, formats = context.text, context.formats
    period = formats.period(inputs.since, inputs.as_of)
    frame.heading(
        text("見直しへの入力"),
        text(
            "{period} の記録を、{day} の時点で固定したものです。",
            period=period,
            day=formats.day(inputs.as_of),
        )
        if inputs.frozen
        else text(
            "{period} の記録を、今の時点で集めたものです。開催を記録すると固定されます。", period=period
        ),
    )
    chosen = st.query_params.get("topic", "")
    asks = may and of.state in (State.PLANNED, State.HELD)
    rows = [
        tables.Row(
            each.topic.value,
            [
                tables.Cell(text(words.TOPIC[each.topic]), link=True),
                tables.Cell(
                    words.told(each, context, asks=asks), unknown=each.facts is None and not each.words
                ),
                tables.Cell(each.words or NONE),
            ],
        )
        for each in inputs.topics
    ]
    columns = [
        tables.Column(text("入力の項目")),
        tables.Column(text("記録から分かること")),
        tables.Column(text("補足")),
    ]
    caption = text("入力 {number} 項目。項目を選ぶと、元の記録を開けます", number=len(rows))
    opened = tables.show(tables.Table(caption, columns, rows, selected=chosen), key="review-inputs")
    if opened and opened != chosen:
        st.query_params["topic"] = opened
        st.rerun()
    topic = next((each for each in inputs.topics if each.topic.value == chosen), None)
    if topic is not None:
        _topic(of, topic, inputs, code, context, asks=asks)


def _topic(of: Review, topic: Input, inputs: Inputs, code: str, context: PageContext, *, asks: bool) -> None:
    text = context.text
    frame.heading(text(words.TOPIC[topic.topic]), text("{day} の時点", day=context.formats.day(inputs.as_of)))
    if topic.facts is None or not topic.facts.figures:
        frame.message(words.told(topic, context, asks=asks))
    else:
        frame.pairs_list([words.figure(topic.topic, each, context) for each in topic.facts.figures])
        _rows(topic.topic, topic.facts, context)
    page = words.PAGE.get(topic.topic)
    if page is not None and topic.topic is not Topic.FOLLOW_UP:
        go = st.button(
            text("この単位の今の記録を開く"), key="review-topic-page", icon=":material/open_in_new:"
        )
        if go:
            addresses.go(page[0], unit=code)
    if asks:
        with st.form(f"review-words-{topic.topic}", border=False):
            said = st.text_area(
                text("補足"),
                topic.words,
                max_chars=LONGEST,
                height=110,
                key=f"review-words-{topic.topic}-text",
            )
            sent = st.form_submit_button(text("補足を保存"), key=f"review-words-{topic.topic}-save")
        if sent:
            take(
                lambda tx: holding.set_words(tx, of.id, topic.topic, said, expected_version=of.version),
                text("補足を保存しました。"),
                context,
                key=SAID,
                refused=words.refused,
            )
    elif topic.words:
        frame.said(topic.words)


def _rows(topic: Topic, facts: Facts, context: PageContext) -> None:
    """Show the rows behind the numbers; each leads to its own page as it is today."""
    text, formats = context.text, context.formats
    if not facts.rows:
        return
    page = words.PAGE.get(topic)
    rows = [
        tables.Row(
            str(place),
            [
                tables.Cell(_number(topic, each, context), link=bool(each.row and page)),
                tables.Cell(words.code(topic, each, context)),
                tables.Cell(formats.day(each.day)),
                tables.Cell(words.counted(each, context)),
            ],
        )
        for place, each in enumerate(facts.rows)
    ]
    columns = [
        tables.Column(text("番号"), nowrap=True),
        tables.Column(text("内容")),
        tables.Column(text("日"), nowrap=True),
        tables.Column(text("件数"), nowrap=True, right=True),
    ]
    caption = text("元の記録 {number} 件", number=formats.number(len(rows)))
    if facts.left:
        caption = text(
            "元の記録 {number} 件（ほかに {left} 件）",
            number=formats.number(len(rows)),
            left=formats.number(facts.left),
        )
    opened = tables.show(tables.Table(caption, columns, rows), key=f"review-rows-{topic}")
    if opened and page is not None:
        addresses.go(page[0], **words.query(topic, facts.rows[int(opened)].row))


def _number(topic: Topic, each: Behind, context: PageContext) -> str:
    """Return how people call a row; a round of confirmations has no number but its period."""
    return confirmation_words.period(each.number, context) if topic is Topic.CHECKS else each.number
