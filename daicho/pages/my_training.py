"""One's own training 自分の教育: what to take, the material, the test and its result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import streamlit as st

from daicho.pages import answer_sheets, frame, joining, material, tables, training_words
from daicho.pages.context import PageContext
from privacy_mark.training import own
from privacy_mark.training.content import Content
from privacy_mark.training.model import Standing
from privacy_mark.training.own import Assignment, Paper, Past
from privacy_mark.training.paper import Asked, Marked
from registry.access import today_in_japan
from registry.errors import InvalidValue, RegistryError

_SAID = "my-training-said"
_DONE = "my-training-done"


def show(context: PageContext) -> None:
    """Show the list of one's courses, or the one in the address."""
    text = context.text
    frame.title(text("自分の教育"), text("受けるコースの教材を読み、理解度テストに答えます。"))
    with context.read() as tx:
        found = own.assignments(tx)
        past = own.results(tx)
        today = today_in_japan(tx.now)
    said = st.session_state.pop(_SAID, "")
    if said:
        frame.message(said)
    joining.own(context)
    sheet = answer_sheets.chosen_sheet()
    if sheet is not None:
        answer_sheets.one(sheet, context, own=True)
        return
    wanted = st.query_params.get("course", "")
    chosen = next((each for each in found if _key(each) == wanted), None)
    if chosen is not None:
        _course(chosen, context)
        return
    _list(found, today, context)
    _past(past, context)


def _key(each: Assignment) -> str:
    return f"{each.worker_id}-{each.course.id}"


def _list(found: Sequence[Assignment], today: date, context: PageContext) -> None:
    text, formats = context.text, context.formats
    if not found:
        frame.message(
            text(
                "今受けるコースはありません。受けるはずのコースがないときは、名簿のメールアドレスがサインイン名と同じか、"
                "教育責任者に確かめてください。"
            )
        )
        return
    waiting = [each for each in found if each.standing is not Standing.PASSED]
    late = [each for each in waiting if each.due_on < today]
    if late:
        frame.verdict(text("**{number} 件が期限を過ぎています。**今日受けてください。", number=len(late)))
    elif waiting:
        first = formats.day(min(each.due_on for each in waiting))
        frame.verdict(
            text(
                "受けるコースが **{number} 件**あります。最初の期限は {day} です。",
                number=len(waiting),
                day=first,
            )
        )
    else:
        frame.verdict(text("受けるコースはすべて合格しています。"))
    labels = (text("コース"), text("対象者"), text("状態"), text("いつまで"), text("残りの回数"))
    rows = [
        tables.Row(
            _key(each),
            [
                tables.Cell(each.course.title(context.language), below=each.course.number, link=True),
                tables.Cell(text(training_words.AUDIENCE[each.course.audience])),
                tables.Cell(
                    text(training_words.STANDING[each.standing]),
                    below=formats.day(each.passed_on) if each.passed_on else "",
                ),
                tables.Cell(formats.day(each.due_on)),
                tables.Cell(formats.number(each.tries_left)),
            ],
        )
        for each in found
    ]
    caption = text("コース {number} 件、期限の早い順", number=formats.number(len(found)))
    opened = tables.show(
        tables.Table(caption, [tables.Column(label, nowrap=label in labels[2:]) for label in labels], rows),
        key="my-courses",
    )
    if opened:
        st.query_params["course"] = opened
        st.rerun()


def _past(past: Sequence[Past], context: PageContext) -> None:
    text, formats = context.text, context.formats
    if not past:
        return
    frame.heading(text("これまでの結果"))
    labels = (text("コース"), text("受講日"), text("点数"), text("合否"), text("記録のもと"))
    rows = [
        tables.Row(
            str(each.id),
            [
                tables.Cell(
                    each.title_en if context.language == "en" and each.title_en else each.title_ja,
                    link=each.has_sheet,
                ),
                tables.Cell(formats.day(each.taken_on)),
                tables.Cell(formats.number(each.score)),
                tables.Cell(text("合格") if each.passed else text("不合格")),
                tables.Cell(text(training_words.SOURCE[each.source])),
            ],
        )
        for each in past
    ]
    opened = tables.show(tables.Table("", [tables.Column(label) for label in labels], rows), key="my-results")
    if opened and any(each.has_sheet for each in past if str(each.id) == opened):
        st.query_params[answer_sheets.SHEET] = opened
        st.rerun()


def _course(chosen: Assignment, context: PageContext) -> None:
    text, language = context.text, context.language
    if st.button(text("一覧に戻る"), key="my-back", icon=":material/arrow_back:", type="tertiary"):
        del st.query_params["course"]
        st.session_state.pop(f"paper-{_key(chosen)}", None)
        st.rerun()
    done = st.session_state.pop(_DONE, None)
    frame.heading(chosen.course.title(language))
    if isinstance(done, Marked):
        _result(done, chosen, context)
    with context.read() as tx:
        content = own.material(tx, chosen.worker_id, chosen.course.id)
    begun = st.session_state.get(f"paper-{_key(chosen)}")
    if isinstance(begun, Paper):
        _test(begun, chosen, context)
        return
    for number, page in enumerate(content.pages, 1):
        with st.expander(f"{number}. {page.title.of(language)}", expanded=number == 1):
            st.html(material.html(page.body.of(language)))
    _begin(chosen, context)


def _begin(chosen: Assignment, context: PageContext) -> None:
    text = context.text
    if chosen.standing is Standing.PASSED:
        frame.note(text("このコースは合格しています。教材はいつでも読み返せます。"))
        return
    if chosen.tries_left == 0:
        frame.message(text("受けられる回数を使い切りました。教育責任者に相談してください。"))
        return
    frame.note(
        text(
            "問題は {asked} 問です。{percent}% 以上で合格です。あと {tries} 回受けられます。",
            asked=chosen.asked,
            percent=chosen.pass_percent,
            tries=chosen.tries_left,
        )
    )
    if st.button(text("理解度テストを始める"), key="my-begin", type="primary"):
        try:
            with context.write("my training page") as tx:
                begun = own.begin(tx, chosen.worker_id, chosen.course.id)
        except RegistryError as error:
            st.error(training_words.refused(error, text))
            return
        st.session_state[f"paper-{_key(chosen)}"] = begun
        st.rerun()


def _test(begun: Paper, chosen: Assignment, context: PageContext) -> None:
    text, language = context.text, context.language
    with st.form(f"test-{begun.attempt_id}", border=False):
        chosen_answers: dict[str, int | None] = {}
        for number, question in enumerate(begun.questions, 1):
            chosen_answers[question.id] = st.radio(
                f"{number}. {question.text.of(language)}",
                range(len(question.answers)),
                index=None,
                key=f"answer-{begun.attempt_id}-{question.id}",
                format_func=_answers(question, language),
            )
        frame.note(text("提出すると、答えを変えられません。答案は封をして保存されます。"))
        sent = st.form_submit_button(text("提出する"), type="primary", key="my-submit")
    if not sent:
        return
    answers = {name: place for name, place in chosen_answers.items() if place is not None}
    try:
        with context.write("my training page") as tx:
            marked = own.submit(tx, begun.attempt_id, answers, language=language)
    except RegistryError as error:
        if isinstance(error, InvalidValue) and error.rule == "outdated":
            st.session_state.pop(f"paper-{_key(chosen)}", None)
            st.session_state[_SAID] = training_words.refused(error, text)
            st.rerun()
        st.error(training_words.refused(error, text))
        return
    st.session_state.pop(f"paper-{_key(chosen)}", None)
    st.session_state[_DONE] = marked
    st.rerun()


def _answers(question: Asked, language: str) -> Callable[[int], str]:
    return lambda place: question.answers[place].of(language)


def _result(done: Marked, chosen: Assignment, context: PageContext) -> None:
    """Show what a test came to; the right answers only to who passed, so that another try is worth it."""
    text, language = context.text, context.language
    with context.read() as tx:
        content: Content = own.material(tx, chosen.worker_id, chosen.course.id)
    if done.passed:
        frame.verdict(text("**合格です**（{score} 点）。", score=done.score))
        for each in done.answers:
            if not each.right and each.id in content.questions:
                question = content.questions[each.id]
                frame.note(
                    text(
                        "{question} → {right}　{why}",
                        question=question.text.of(language),
                        right=question.right.of(language),
                        why=question.why.of(language),
                    )
                )
        return
    weak = [topic for topic, (right, asked) in done.by_topic().items() if right < asked]
    names = "、".join(content.topics[topic].of(language) for topic in weak if topic in content.topics)
    frame.verdict(
        text(
            "**{score} 点で、合格に届きませんでした。**読み直すところ：{topics}",
            score=done.score,
            topics=names,
        )
    )
