"""Certificate of destruction 廃棄証明書 of a quarantined object as PDF: the same facts, the same bytes."""

from __future__ import annotations

from daicho.pages import words
from daicho.pages.certificate import compiled
from daicho.pages.formats import Formats
from daicho.text import translator
from registry.remediation_states import DestructionCertificate


def pdf(proof: DestructionCertificate, language: str) -> bytes:
    """Return the certificate in "ja" or "en"; no value in it is a raw personal one."""
    return compiled(_document(proof, language), proof.destroyed_at)


def file_name(proof: DestructionCertificate, language: str) -> str:
    """Return what the file is called when somebody keeps it."""
    return f"{proof.number}-{language}.pdf"


def _document(proof: DestructionCertificate, language: str) -> dict[str, object]:
    text, formats = translator(language), Formats(language)
    counts = words.listed(
        (
            f"{text(words.CATEGORY[category])} {formats.number(number)}"
            for category, number in sorted(proof.categories.items())
        ),
        text,
        limit=20,
    )
    facts = [
        (text("単位"), proof.unit_en if language == "en" else proof.unit_ja),
        (text("大きさ"), text("{number} バイト", number=formats.number(proof.size))),
        (text("見つかった種類と件数"), counts),
        (text("本人の数"), text("{number} 人以上", number=formats.number(proof.persons))),
        (text("廃棄の方法"), text("暗号化した写しの鍵を破壊し、写しを削除")),
        (text("理由"), proof.reason),
        (text("提案した方"), f"{proof.proposer}　{formats.moment(proof.proposed_at)}"),
        (text("承認した方"), f"{proof.decider}　{formats.moment(proof.decided_at)}"),
        (text("元の場所から除いた日時"), formats.moment(proof.removed_at)),
        (text("廃棄した日時"), formats.moment(proof.destroyed_at)),
        (text("内容の鍵付きハッシュ"), " ".join(proof.digest[at : at + 16] for at in range(0, 64, 16))),
    ]
    return {
        "language": language,
        "title": text("廃棄証明書"),
        "number": proof.number,
        "numbered": text("証明書番号 {number}", number=proof.number),
        "issued": formats.moment(proof.destroyed_at),
        "sentence": text("次の個人情報を廃棄したことを証明します。"),
        "facts": [[name, value] for name, value in facts],
        "listed": text("廃棄した対象"),
        "places": [proof.shown],
        "note": text("対象の名前に含まれる個人情報は伏せてあります。時刻は日本時間です。"),
    }
