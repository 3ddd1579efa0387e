"""Certificate of disposal 廃棄証明書 as an A4 PDF: the same facts give the same bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from daicho.letters.compiler import compiler
from daicho.pages import words
from daicho.pages.formats import Formats
from daicho.text import translator
from registry.disposal_states import Certificate, DisposalState

_PLACES = 200  # so many fit on some pages; the rest is counted

_PAGE = """
#let data = json(bytes(sys.inputs.document))
#set document(title: data.title, date: none)
#set page(paper: "a4", margin: (x: 24mm, y: 24mm), footer: context [
  #set text(size: 8pt, fill: luma(90))
  #data.number #h(1fr) #counter(page).display("1 / 1", both: true)
])
#set text(font: "Noto Sans CJK JP", size: 10.5pt, lang: data.language)
#set par(leading: 0.75em)
#align(center, text(size: 18pt, data.title))
#v(4mm)
#align(right)[#data.numbered \\ #data.issued]
#v(6mm)
#data.sentence
#v(4mm)
#table(
  columns: (42mm, 1fr), stroke: 0.5pt + luma(180), inset: 7pt, align: left + horizon,
  ..data.facts.map(((name, value)) => (text(fill: luma(60), name), value)).flatten(),
)
#if data.places.len() > 0 [
  #v(4mm)
  #text(size: 12pt, data.listed)
  #v(1mm)
  #set text(size: 9pt)
  #for place in data.places [+ #place]
]
#v(6mm)
#text(size: 8.5pt, fill: luma(60), data.note)
"""


def pdf(certificate: Certificate, language: str) -> bytes:
    """Return the certificate in "ja" or "en"; no value in it is a raw personal one."""
    return compiled(_document(certificate, language), certificate.executed_at)


def compiled(document: Mapping[str, object], at: datetime) -> bytes:
    """Return a certificate as PDF: the words of its page, and the moment that it was issued."""
    made: bytes = compiler().compile(
        input=_PAGE.encode("utf-8"),
        format="pdf",
        sys_inputs={"document": json.dumps(document, ensure_ascii=False, sort_keys=True)},
        timestamp=at.replace(microsecond=0),  # PDF knows whole seconds
    )
    return made


def file_name(certificate: Certificate, language: str) -> str:
    """Return what the file is called when somebody keeps it."""
    return f"{certificate.number}-{language}.pdf"


def _document(certificate: Certificate, language: str) -> dict[str, object]:
    text, formats = translator(language), Formats(language)
    places = list(certificate.places[:_PLACES])
    if rest := len(certificate.places) - len(places):
        places.append(text("ほか {number} 件", number=formats.number(rest)))
    facts = [
        (text("単位"), certificate.unit_en if language == "en" else certificate.unit_ja),
        (text("台帳の記載"), certificate.entry or text("台帳に記載なし")),
        (text("対象の数"), text("{number} 件", number=formats.number(certificate.objects))),
        (text("本人の数"), text("{number} 人以上", number=formats.number(certificate.persons))),
        (text("廃棄の方法"), text(words.DISPOSAL_METHOD[certificate.method])),
        (text("廃棄の理由"), certificate.reason or text("閲覧の権限がないため表示しません")),
        (text("依頼した方"), f"{certificate.orderer}　{formats.moment(certificate.ordered_at)}"),
        (text("承認した方"), f"{certificate.approver}　{formats.moment(certificate.decided_at)}"),
        (text("実施した方"), f"{certificate.executor}　{formats.moment(certificate.executed_at)}"),
        (text("再走査による確認"), confirmed(certificate.state, certificate.examined_at, language)),
    ]
    return {
        "language": language,
        "title": text("廃棄証明書"),
        "number": certificate.number,
        "numbered": text("証明書番号 {number}", number=certificate.number),
        "issued": formats.moment(certificate.executed_at),
        "sentence": text("次の個人情報を廃棄したことを証明します。"),
        "facts": [[name, value] for name, value in facts],
        "listed": text("廃棄した対象"),
        "places": places,
        "note": text("対象の名前に含まれる個人情報は伏せてあります。時刻は日本時間です。"),
    }


def confirmed(state: DisposalState, examined_at: datetime | None, language: str) -> str:
    """Return what later scans say of a disposal, as a sentence."""
    text, formats = translator(language), Formats(language)
    match state:
        case DisposalState.CONFIRMED:
            return text(
                "{when} の走査で、データがなくなったことを確認しました。",
                when=formats.moment(examined_at),
            )
        case DisposalState.NOT_CONFIRMED:
            return text("{when} の走査で、データが残っていました。", when=formats.moment(examined_at))
        case _:
            return text("まだ確認していません。")
