"""Answer sheets 答案: a list of a course, the weakest first, one sheet question by question, and its PDF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import streamlit as st

from daicho.letters.audit import AuditDocument, Grid, Section, audit_document
from daicho.pages import frame, scope, tables, words
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from privacy_mark.training import sheets
from privacy_mark.training.model import Comprehension, Course, ResultId
from privacy_mark.training.sheets import Line, Listed, Sheet
from registry.access import allowed
from registry.errors import NotFound
from registry.model import Permission, Unit, UnitId
from registry.views import SensitiveList

PAGE = 50
_TOPIC = "topic"
SHEET = "sheet"


def chosen_sheet() -> ResultId | None:
    """Return the sheet of the address."""
    wanted = st.query_params.get(SHEET, "")
    return ResultId(int(wanted)) if wanted.isdecimal() and len(wanted) < 10 else None


def listing(
    chosen: Course,
    unit: Unit,
    names: Mapping[UnitId, str],
    day: date,
    understood: Sequence[Comprehension],
    context: PageContext,
) -> None:
    """Show the sheets of a course in a unit, of one topic or all; nothing for who may not see workers."""
    text, number = context.text, context.formats.number
    with context.read() as tx:
        if not allowed(tx, Permission.VIEW_TRAINING, unit.id):
            return
    wanted = st.query_params.get(_TOPIC, "")
    with context.read() as tx:
        whole = sheets.sheets(tx, unit.id, chosen.id, day, limit=1).total
    if not whole:
        return
    with st.expander(text("答案（{number} 件）", number=number(whole)), expanded=bool(wanted)):
        frame.note(text("正答の少ない順です。氏名を選ぶと、問題ごとの答えを見られます。"))
        topics = {each.topic: each.name.of(context.language) for each in understood}
        topic = st.selectbox(
            text("項目で絞る"),
            list(topics),
            index=list(topics).index(wanted) if wanted in topics else None,
            key=f"sheets-topic-{chosen.id}-{wanted}",
            placeholder=text("すべての項目"),
            format_func=topics.__getitem__,
        )
        context.viewed(SensitiveList.TRAINING, unit.id)
        key = f"sheets-page-{unit.id}-{chosen.id}-{topic or ''}"
        offset = (int(st.session_state.get(key, 1)) - 1) * PAGE
        with context.read() as tx:
            page = sheets.sheets(tx, unit.id, chosen.id, day, topic=topic or "", offset=offset, limit=PAGE)
        caption = text("答案 {all} 件のうち {shown} 件", all=number(page.total), shown=number(len(page.rows)))
        opened = _table(page.rows, caption, names, context)
        if page.total > PAGE:
            st.pagination(-(-page.total // PAGE), key=key)
    if opened:
        st.query_params[SHEET] = opened
        st.rerun()


def _table(
    rows: Sequence[Listed], caption: str, names: Mapping[UnitId, str], context: PageContext
) -> str | None:
    text, formats = context.text, context.formats
    labels = (text("氏名"), text("所属"), text("受講日"), text("正答"), text("点数"), text("合否"))
    cells = [
        tables.Row(
            str(each.id),
            [
                tables.Cell(each.name, below=each.number, link=True),
                tables.Cell(names.get(each.unit_id, NONE)),
                tables.Cell(formats.day(each.taken_on)),
                tables.Cell(f"{each.correct} / {each.asked}"),
                tables.Cell(formats.number(each.score)),
                tables.Cell(text("合格") if each.passed else text("不合格")),
            ],
        )
        for each in rows
    ]
    columns = [
        tables.Column(label, right=place in (3, 4), nowrap=place > 1) for place, label in enumerate(labels)
    ]
    return tables.show(tables.Table(caption, columns, cells), key="answer-sheets")


def topic_link(each: Comprehension, context: PageContext) -> None:
    """Offer the sheets of one topic beside how well it was understood."""
    if st.button(context.text("答案を見る"), key=f"sheets-of-{each.topic}", type="tertiary"):
        st.query_params[_TOPIC] = each.topic
        st.rerun()


def one(result_id: ResultId, context: PageContext, *, own: bool) -> None:
    """Show one sheet, one's own or one of a unit whose training one may see, with the way back."""
    text = context.text
    if st.button(text("一覧に戻る"), key="sheet-back", icon=":material/arrow_back:", type="tertiary"):
        del st.query_params[SHEET]
        st.rerun()
    try:
        with context.read() as tx:
            found = sheets.own_sheet(tx, result_id) if own else sheets.sheet(tx, result_id)
            names = scope.full_names(scope.units(tx), context.language)
    except NotFound:
        frame.message(text("この答案は見つからないか、担当する範囲の外です。"))
        return
    if not own:
        context.viewed(SensitiveList.TRAINING, found.unit_id)
    frame.heading(text("答案　{course}", course=found.course.title(context.language)))
    frame.facts(dict(_facts(found, names, context)))
    st.download_button(
        text("PDF で保存"),
        lambda: pdf(found, names, context),
        file_name=f"{found.course.number}-{found.result.id}.pdf",
        mime="application/pdf",
        key="sheet-pdf",
        icon=":material/picture_as_pdf:",
    )
    if any(line.correct is None for line in found.lines):
        frame.note(text("正しい答えは、合格した後に示します。"))
    labels = (text("設問"), text("答え"), text("正誤"))
    rows = [
        tables.Row(
            str(number),
            [
                tables.Cell(
                    f"{number}. {line.text.of(context.language)}", below=line.topic.of(context.language)
                ),
                tables.Cell(line.answers[line.chosen].of(context.language), below=_correct(line, context)),
                tables.Cell(_mark(line, context)),
            ],
        )
        for number, line in enumerate(found.lines, 1)
    ]
    columns = [tables.Column(label, nowrap=place == 2) for place, label in enumerate(labels)]
    tables.show(tables.Table("", columns, rows), key="answer-sheet")


def pdf(found: Sheet, names: Mapping[UnitId, str], context: PageContext) -> bytes:
    """Return a sheet on paper, with every answer that there was to choose from."""
    text, language = context.text, context.language
    rows = [
        [
            str(number),
            line.text.of(language),
            "\n".join(
                f"{'■' if place == line.chosen else '□'} {each.of(language)}"
                for place, each in enumerate(line.answers)
            ),
            "\n".join(each for each in (_mark(line, context), _correct(line, context)) if each),
        ]
        for number, line in enumerate(found.lines, 1)
    ]
    head = [text("番号"), text("設問"), text("答え（■ が選んだもの）"), text("正誤")]
    return audit_document(
        AuditDocument(
            language,
            text("理解度テスト 答案"),
            found.course.number,
            context.formats.day(found.result.taken_on),
            "",
            "",
            [
                Section(text("1　受けた人とテスト"), facts=_facts(found, names, context)),
                Section(text("2　問題と答え"), grid=Grid(head, [0.9, 4, 5, 3], rows, "")),
            ],
            found.result.recorded_at,
        )
    )


def _facts(found: Sheet, names: Mapping[UnitId, str], context: PageContext) -> list[tuple[str, str]]:
    text, result = context.text, found.result
    right = sum(line.right for line in found.lines)
    return [
        (text("氏名"), words.within(found.name, found.number, text)),
        (text("所属"), names.get(found.unit_id, NONE)),
        (text("コース"), f"{found.course.title(context.language)}　{found.course.number}"),
        (
            text("教材"),
            text("第 {revision} 版（{digest}）", revision=result.revision, digest=found.digest[:12]),
        ),
        (text("受講日"), context.formats.day(result.taken_on)),
        (
            text("結果"),
            text(
                "{outcome}　{score} 点（{right} / {asked} 問、合格は {percent} 点から）",
                outcome=text("合格") if result.passed else text("不合格"),
                score=result.score,
                right=right,
                asked=len(found.lines),
                percent=found.pass_percent,
            ),
        ),
    ]


def _mark(line: Line, context: PageContext) -> str:
    return context.text("正解") if line.right else context.text("不正解")


def _correct(line: Line, context: PageContext) -> str:
    if line.right or line.correct is None:
        return ""
    return context.text("正しい答え：{answer}", answer=line.correct.of(context.language))
