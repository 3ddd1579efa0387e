"""`daicho scan`: examine folders, files and databases."""

from __future__ import annotations

import contextlib
import enum
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, TextIO

import typer

from daicho.cli.abroad import chosen_countries, tell_of_missing
from daicho.cli.console import ExitCode, _, complain, examples, say, talk
from daicho.cli.deep import language_models
from daicho.cli.options import WorkspaceOption
from daicho.cli.progress import ScanProgress
from daicho.errors import UsageError
from daicho.scanning import FailOn, Target, scan_targets, targets_for
from daicho.settings import Settings
from daicho.workspace import Workspace
from registry.model import Principal
from registry.rotation import serve_new_fingerprints
from registry.views import note_export
from scanners.reports import report

HELP = (
    _("フォルダ、ファイル、データベースの個人情報を調べます。")
    + examples(
        "daicho scan ~/共有",
        "daicho scan /srv/share --unit TOWA-SYS --format jsonl --findings -o result.jsonl",
        "daicho scan postgresql://reader@db.example.internal/hr --fail-on MY_NUMBER",
        "daicho scan            # " + _("登録したすべての対象"),
    )
    + "\n\n"
    + _(
        "終了コード: 0 完了、1 --fail-on に当たる、2 使い方の誤り、3 調べきれないものがある、4 失敗。"
        "重なるときは大きい番号です。"
    )
)


class Format(enum.StrEnum):
    """How results are written."""

    TABLE = "table"
    JSONL = "jsonl"
    CSV = "csv"


def scan(
    target: Annotated[
        list[str] | None, typer.Argument(help=_("パス、データベースの URL、または登録した対象の名前"))
    ] = None,
    unit: Annotated[str, typer.Option(help=_("結果が属する組織単位の記号"))] = "",
    format: Annotated[Format, typer.Option("--format", help=_("出力の形"))] = Format.TABLE,  # noqa: A002
    findings: Annotated[bool, typer.Option("--findings", help=_("検出結果を一件ずつ出力する"))] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", help=_("出力先のファイル"))] = None,
    jobs: Annotated[int, typer.Option(min=0, help=_("同時に働くプロセスの数（0 はコアの数）"))] = 0,
    deep: Annotated[
        bool, typer.Option("--deep", help=_("入っている spaCy のモデルにも文章を読ませる（遅い）"))
    ] = False,
    countries: Annotated[
        str,
        typer.Option(help=_("この国々の本人番号も探す（US,GB,SG など。省くと各単位の国）")),
    ] = "",
    passwords: Annotated[
        Path | None,
        typer.Option(help=_("ロックされたファイルに試すパスワードのファイル（一行に一つ、権限 600）")),
    ] = None,
    fail_on: Annotated[
        list[str] | None, typer.Option(help=_("この種類が N 件以上あれば終了コード 1（種類[:N]）"))
    ] = None,
    workspace: WorkspaceOption = None,
) -> int:
    """Scan the targets, print the results and keep them in the workspace when there is one."""
    settings = Settings.load(workspace)
    settings = replace(
        settings, jobs=jobs or settings.jobs, password_file=passwords or settings.password_file
    )
    models = language_models() if deep else {}
    abroad = chosen_countries(countries)
    policies = [FailOn.parse(text) for text in fail_on or []]
    opened, principal, targets = _resolve(settings, target or [], unit)
    if not abroad:
        tell_of_missing(each.unit.country for each in targets if each.unit)
    if opened and principal:
        _note_export(opened, principal, targets, format, findings=findings)
    try:
        with (
            _writing(output, marked=format is Format.CSV) as stream,
            ScanProgress(live=sys.stderr.isatty()) as progress,
        ):
            outcome = scan_targets(
                targets,
                workspace=opened,
                principal=principal,
                settings=settings,
                models=models,
                countries=abroad,
                report=report(format.value, stream, findings=findings, translate=_),
                on_listed=progress.listed,
                on_result=progress.result,
            )
    finally:
        if opened:
            opened.close()
    broken = outcome.breaches(policies)
    for policy in broken:
        complain(
            _(
                "{category} が {count:,} 件あります（{limit:,} 件以上で不可）。",
                category=policy.category.value,
                count=outcome.counts[policy.category],
                limit=policy.threshold,
            )
        )
    for sentence in outcome.unavailable:
        complain(sentence)
    if outcome.unavailable:
        return ExitCode.FAILED
    if not outcome.totals.is_complete:
        say(_("調べきれなかったものがあります。理由は出力にあります。"))
        return ExitCode.INCOMPLETE
    return ExitCode.POLICY_BREACHED if broken else ExitCode.DONE


def _note_export(
    workspace: Workspace, principal: Principal, targets: list[Target], form: Format, *, findings: bool
) -> None:
    """Record, once for each unit, that what a scan finds leaves the product as lines of text."""
    if form is Format.TABLE and not findings:  # sums for the person at the terminal
        return
    details = {"format": form.value, "findings": findings}
    for unit_id in sorted({target.unit.id for target in targets if target.unit}):
        note_export(workspace.registry, principal, "scan_run", unit_id, details)


def _resolve(
    settings: Settings, locations: list[str], unit: str
) -> tuple[Workspace | None, Principal | None, list[Target]]:
    if Workspace.exists(settings):
        opened = Workspace.open(settings)
        owner = opened.owner()
        if not locations and not unit:
            serve_new_fingerprints(opened.keys())  # a full scan: now all runs get them together
        return opened, owner, targets_for(opened, owner, locations, unit)
    if not locations:
        raise UsageError(
            _("対象がありません。パスか URL を書くか、daicho init と daicho source add を使ってください。")
        )
    if unit:
        raise UsageError(_("--unit にはワークスペースが要ります。先に daicho init を実行してください。"))
    talk.print(_("ワークスペースがないため、結果は保存しません（daicho init で作れます）。"), markup=False)
    return None, None, [Target(location, None, None) for location in locations]


@contextlib.contextmanager
def _writing(output: Path | None, *, marked: bool) -> Iterator[TextIO]:
    """Give stdout, or a file that appears whole or not at all; `marked`: Excel sees that it is UTF-8."""
    if output is None:
        yield sys.stdout
        return
    if not output.parent.is_dir():
        raise UsageError(_("{path} というフォルダはありません。", path=output.parent))
    if output.is_dir():
        raise UsageError(_("{path} はフォルダです。ファイルの名前を書いてください。", path=output))
    try:
        handle, name = tempfile.mkstemp(dir=output.parent, prefix=f".{output.name}.", suffix=".part")
    except OSError as error:
        raise UsageError(
            _("{path} に書けません（{why}）。", path=output.parent, why=error.strerror or "")
        ) from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8-sig" if marked else "utf-8", newline="") as stream:
            yield stream
        Path(name).replace(output)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
