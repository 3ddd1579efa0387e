"""Options of `daicho source add` and `edit`: the terms of a scan, as people write them."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from daicho.cli.console import _
from daicho.errors import UsageError
from registry.source_terms import PlaceKind, ReadMode, VendorConsent

Kind = Annotated[
    PlaceKind | None,
    typer.Option(
        help=_("場所の種類（live_chart_or_pacs と medical_device は台帳用で、走査しません）"),
        show_default=False,
    ),
]
Credential = Annotated[
    str | None,
    typer.Option(
        help=_("認証情報の参照: env:名前、file:/パス（権限 600）、keyring:サービス/利用者、systemd:名前"),
        show_default=False,
    ),
]
ScheduleText = Annotated[
    str | None,
    typer.Option(
        help=_("予定: off、daily HH:MM、weekly MON HH:MM、monthly N HH:MM（日本時間）"), show_default=False
    ),
]
WindowText = Annotated[
    str | None, typer.Option(help=_("走査してよい時間帯: 22:00-06:00（空は終日）"), show_default=False)
]
Include = Annotated[
    list[str] | None, typer.Option(help=_("対象のパターン（何度でも。省くとすべて）"), show_default=False)
]
Exclude = Annotated[list[str] | None, typer.Option(help=_("除外のパターン（何度でも）"), show_default=False)]
Bandwidth = Annotated[
    float | None, typer.Option(help=_("帯域の上限（MB/秒。0 は上限なし）"), show_default=False)
]
Jobs = Annotated[
    int | None, typer.Option(help=_("同時に働くプロセスの数（0 は設定のとおり）"), show_default=False)
]
ObjectMib = Annotated[
    int | None, typer.Option(help=_("一件の大きさの上限（MiB。0 は設定のとおり）"), show_default=False)
]
Mode = Annotated[ReadMode | None, typer.Option(help=_("データベースは標本か全件か"), show_default=False)]
Rows = Annotated[int | None, typer.Option(help=_("一秒に読む行の上限（0 は上限なし）"), show_default=False)]
Priority = Annotated[int | None, typer.Option(help=_("優先順位 1（先）〜9（後）"), show_default=False)]
ConsentBy = Annotated[
    str | None, typer.Option(help=_("複製を読むことに同意したベンダーの者"), show_default=False)
]
ConsentOn = Annotated[str | None, typer.Option(help=_("同意の日付（2026-04-01）"), show_default=False)]
ConsentDocument = Annotated[str | None, typer.Option(help=_("同意の文書とその保管場所"), show_default=False)]
_LIMITS = frozenset({"bandwidth_mb", "jobs", "object_mib", "rows_per_second"})


def changes_of(**given: object) -> dict[str, object]:
    """Return the terms that were given; 0 takes a limit away, an empty pattern all patterns."""
    found: dict[str, object] = {}
    for name, value in given.items():
        if value is None or value == []:
            continue
        if name in _LIMITS:
            found[name] = value or None
        elif isinstance(value, list):
            found[name] = tuple(each for each in value if each)
        else:
            found[name] = value
    return found


def day(text: str, option: str) -> date:
    """Return a date that an option gives; raises `UsageError`."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(_("{option}: 日付は 2026-04-01 の形で書いてください。", option=option)) from None


def consent_of(by: str | None, on: str | None, document: str | None) -> dict[str, object]:
    """Return the vendor's consent among the terms, when given; raises `UsageError` for a part of it."""
    if not (by or on or document):
        return {}
    if not (by and on and document):
        raise UsageError(_("--consent-by、--consent-on、--consent-document は三つとも書いてください。"))
    return {"consent": VendorConsent(by, day(on, "--consent-on"), document)}
