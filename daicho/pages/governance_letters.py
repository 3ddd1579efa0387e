"""Letters of appointment 任命書 of officers and of members of bodies, from what was recorded of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time

from daicho.letters.appointment import Letter, appointment_letters
from daicho.pages import governance_words, scope
from daicho.pages.context import PageContext
from daicho.pages.formats import NONE
from daicho.text import mark
from privacy_mark.governance import bodies
from privacy_mark.governance.model import AppointmentId, Post

DUTIES: Mapping[Post, Sequence[str]] = {
    Post.CHAIR: (
        mark("会議を招集し、議事を進めます。"),
        mark("決定事項を確かめ、配下の組織への伝達を指示します。"),
    ),
    Post.DEPUTY: (mark("委員長を補佐し、不在のときはその職務を代わります。"),),
    Post.MEMBER: (
        mark("会議に出席し、所属する組織の立場から意見を述べます。"),
        mark("決定事項を、所属する組織に伝えます。"),
    ),
    Post.SECRETARY: (mark("会議の準備、議事録、決定事項の伝達の記録を担います。"),),
    Post.TOP: (
        mark("個人情報保護方針と目的を定め、必要な資源を用意します。"),
        mark("マネジメントレビューを行い、改善を決定します。"),
    ),
    Post.PRIVACY_MANAGER: (
        mark("個人情報保護マネジメントシステムを実施し、運用を管理します。"),
        mark("台帳、リスク分析、委託先、事故への対応を統括し、トップマネジメントに報告します。"),
    ),
    Post.TRAINING_MANAGER: (mark("教育を計画して実施し、結果と理解度を確かめます。"),),
    Post.COMPLAINTS: (mark("苦情・相談と開示等の請求を受け付け、対応を管理します。"),),
    Post.DEPARTMENT: (
        mark("部門での個人情報の取扱いを管理し、運用の確認を行います。"),
        mark("漏えい等やそのおそれを、直ちに個人情報保護管理者に報告します。"),
    ),
}
"""What a post answers for; every letter ends with keeping secrets."""


def officer_letter(appointment_id: AppointmentId, context: PageContext) -> bytes:
    """Return the letter of one appointment that one may see, also of one that is over; raises NotFound."""
    with context.read() as tx:
        found = bodies.appointment(tx, appointment_id)
        known = {each.id: each for each in bodies.bodies(tx, found.unit_id)}
        names = scope.full_names(scope.units(tx), context.language)
    text, unit = context.text, names.get(found.unit_id, NONE)
    body = known.get(found.body_id) if found.body_id is not None else None
    place = unit
    if body is not None:
        named = body.name(context.language)
        place = f"{unit}　{named}" if context.language == "ja" else f"{named}, {unit}"
    post = text(governance_words.POST[found.post])
    letter = Letter(
        number=f"G-{found.valid_from:%Y}-{found.id:04d}",
        to=text("{name} 殿", name=found.person),
        body=text("あなたを、{place}の{post}に任命します。", place=place, post=post),
        facts=[
            (text("役職"), post),
            (text("組織・会議体"), place),
            (text("任期"), context.formats.period(found.valid_from, found.valid_until)),
        ],
        duties=[
            *(text(each) for each in DUTIES[found.post]),
            text("職務で知った個人情報と秘密を、任期の後も漏らしません。"),
        ],
        day=context.formats.day(found.valid_from),
        sender=[unit, text("{name}　印", name=found.appointer or "　" * 8)],
    )
    decided = datetime.combine(found.valid_from, time(), UTC)
    return appointment_letters(context.language, text("任命書"), [letter], decided=decided)
