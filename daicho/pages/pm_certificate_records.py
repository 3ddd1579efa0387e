"""What belongs to one certificate on its page: its change reports, its assessments with their findings."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from daicho.pages import addresses, change_words, frame, pm_words, tables
from daicho.pages.context import PageContext
from privacy_mark.assessments.model import AssessmentLine
from privacy_mark.changes.model import ChangeLine

_LISTED = 5


def changes(found: Sequence[ChangeLine], code: str, context: PageContext) -> None:
    """List the change reports of the certificate, those to act on first; a press opens one."""
    text, formats = context.text, context.formats
    frame.heading(text("変更報告"))
    if not found:
        frame.note(text("変更報告はまだありません。組織の変更から自動で、または手で登録します。"))
    else:
        rows = [
            tables.Row(
                str(each.id),
                [
                    tables.Cell(each.number, below=change_words.kind(each.kind, context), link=True),
                    tables.Cell(formats.day(each.changed_on)),
                    tables.Cell(
                        text(change_words.STATE[each.state]),
                        below=text("作業 {done} / {all}", done=each.done, all=each.tasks),
                    ),
                    tables.Cell(formats.day(each.due_on)),
                ],
            )
            for each in found[:_LISTED]
        ]
        labels = (text("変更の内容"), text("変更日"), text("状態"), text("次の期限"))
        number = formats.number(len(found))
        opened = tables.show(
            tables.Table(
                text("変更報告 {number} 件", number=number), [tables.Column(each) for each in labels], rows
            ),
            key="certificate-changes",
        )
        if opened:
            addresses.go(addresses.CHANGES, change=opened)
    if code and st.button(
        text("この単位の変更報告を開く"), key="certificate-changes-all", icon=":material/open_in_new:"
    ):
        addresses.go(addresses.CHANGES, unit=code)


def assessed(found: Sequence[AssessmentLine], context: PageContext) -> None:
    """List the assessments of the certificate with their findings; a press opens one."""
    text, formats = context.text, context.formats
    if not found:
        return
    frame.heading(text("審査と指摘"))
    rows = [
        tables.Row(
            str(each.assessment.id),
            [
                tables.Cell(
                    each.assessment.number, below=text(pm_words.ROUND[each.assessment.round_state]), link=True
                ),
                tables.Cell(formats.number(each.findings)),
                tables.Cell(formats.number(each.open + each.answered)),
                tables.Cell(formats.day(each.next_due)),
            ],
        )
        for each in found
    ]
    labels = (text("審査"), text("指摘の件数"), text("承認前の指摘"), text("次の期限"))
    opened = tables.show(
        tables.Table(
            text("審査 {number} 件", number=formats.number(len(rows))),
            [tables.Column(label) for label in labels],
            rows,
        ),
        key="certificate-assessments",
    )
    if opened:
        addresses.go(addresses.ASSESSMENTS, assessment=opened)
