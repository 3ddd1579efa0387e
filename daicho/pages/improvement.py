"""The improvement report 改善報告書 on one document with findings, in words: as PDF in either language."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time

from daicho.letters.improvement import ReportDocument, ReportItem, improvement_report
from daicho.pages import action_words, assessment_words, scope
from daicho.pages.assessment_case import Case
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE, Formats
from daicho.text import translator
from privacy_mark.actions.model import ActionState
from privacy_mark.assessments import correcting, files
from privacy_mark.assessments.correcting import Link
from privacy_mark.assessments.model import Evidence, Finding, FindingState, Letter, LetterState
from privacy_mark.certificates.bodies import body_of
from privacy_mark.files import KeptFile


def pdf(case: Case, letter: Letter, language: str, context: PageContext) -> bytes:
    """Return the report over all findings of a document; one that is not ready says that it is a draft."""
    text, formats = translator(language), Formats(language)
    with context.read() as tx:
        kept, corrected = files.attached_to(tx, letter.findings), correcting.links(tx, letter.findings)
    reported = letter.reports[-1].sent_on if letter.reports else case.today
    sender = scope.full_names(case.units, language).get(case.of.unit_id, NONE)
    moments = [each.approved_at or each.answered_at for each in letter.findings]
    at = max((moment for moment in moments if moment is not None), default=None)
    return improvement_report(
        ReportDocument(
            language=language,
            title=text("改善報告書"),
            draft="" if letter.is_ready else text("下書き：承認されていない回答があります"),
            day=formats.day(reported),
            to=text("{body} 御中", body=body_of(case.of.body).name.of(language)),
            sender=sender,
            opening=text(
                "{stage}でいただいた指摘事項について、次のとおり改善しました。",
                stage=text(assessment_words.STAGE[letter.stage]),
            ),
            facts=[
                (text("指摘事項の文書"), text("{day} 付け", day=formats.day(letter.dated_on))),
                (text("報告書の期限"), formats.day(letter.due_on)),
                (text("指摘の数"), text("{number} 件", number=len(letter.findings))),
                (text("報告の回数"), text("第 {turn} 回", turn=_turn(letter))),
            ],
            items=[
                _item(
                    each,
                    kept[each.id],
                    corrected.get(each.id),
                    assessment_words.requirement(each.requirement, language, letter.dated_on, context),
                    language,
                )
                for each in letter.findings
            ],
            closing=text("証跡は、記録の番号と所在、ファイルの名称で示しました。求めに応じて提示します。"),
            footer=f"{case.of.number}　{sender}",
            made_at=at or datetime.combine(letter.received_on, time(), UTC),
        )
    )


def _turn(letter: Letter) -> int:
    """Return which report this is: the last one handed in, or the one that is being written."""
    return len(letter.reports) + (letter.state is LetterState.OPEN)


def _item(
    of: Finding, kept: Sequence[KeptFile], action: Link | None, requirement: str, language: str
) -> ReportItem:
    text, formats = translator(language), Formats(language)
    rows = [(text("指摘の内容"), of.text)]
    if of.cause:
        rows.append((text("原因"), of.cause))
    rows.append((text("改善した内容"), of.answer or text("未回答")))
    if action is not None and action.state is not ActionState.WITHDRAWN:
        rows.append((text("是正処置の状態"), f"{action.number}　{text(action_words.STANDING[action.state])}"))
    shown = [_evidence(each, language) for each in of.evidence]
    shown += [_file(each, language) for each in kept]
    rows.append((text("証跡"), "\n".join(shown) or NONE))
    if of.state is FindingState.APPROVED:
        rows.append((text("承認した方"), f"{of.approver}　{formats.moment(of.approved_at)}"))
    return ReportItem(
        text("指摘 {number}　{requirement}", number=of.number, requirement=requirement),
        rows,
    )


def _file(each: KeptFile, language: str) -> str:
    """Return a file by its name and hash; neither where the person asking may not read it."""
    text = translator(language)
    if not each.name:
        return text("ファイル（個人情報を含むため、名称は示しません）")
    return text("ファイル {name}、SHA-256：", name=each.name) + f"\n{each.sha256}"


def _evidence(each: Evidence, language: str) -> str:
    text = translator(language)
    name = f"{text(assessment_words.EVIDENCE[each.kind])} {each.reference}".strip()
    between = ": " if language == "en" else "："
    return f"{name}{between}{each.what}" if each.what else name
