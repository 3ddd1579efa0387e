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
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from daicho.cli.abroad import chosen_countries, tell_of_missing
from daicho.cli.collected_words import in_words, passphrase_of
from daicho.cli.confined import confined
from daicho.cli.console import ExitCode, _, complain, examples, say, talk
from daicho.cli.deep import language_models
from daicho.cli.options import WorkspaceOption
from daicho.cli.progress import ScanProgress
from daicho.errors import UsageError
from daicho.kept_scan import BusyPlace
from daicho.pages.source_words import BAR
from daicho.scanning import FailOn, ScanOutcome, Target, address_of, scan_targets, targets_for
from daicho.settings import Settings
from daicho.site import Site, kit_at, require_outside, site_scan
from daicho.workspace import Workspace
from registry.model import Principal
from registry.rotation import serve_new_fingerprints
from registry.scan_permission import NEVER
from registry.store import utc_now
from registry.views import note_export
from scanners.ocr.model import OcrMode
from scanners.reports import report

if TYPE_CHECKING:
    from daicho.cluster.executor import Executor

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
        "終了コード: 0 完了、1 --fail-on に当たる、2 使い方の誤り、3 調べきれないものがある、4 失敗、"
        "5 別の走査が進んでいる、6 途中で止められた。"
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
    ocr: Annotated[
        OcrMode | None,
        typer.Option(
            help=_("画像の文字を読む: off 読まない、auto 文字のないページと大きな画像、always 全ページも")
        ),
    ] = None,
    fail_on: Annotated[
        list[str] | None, typer.Option(help=_("この種類が N 件以上あれば終了コード 1（種類[:N]）"))
    ] = None,
    seconds: Annotated[
        float, typer.Option(min=0, help=_("一件にかける時間の上限（秒。0 は設定のとおり）"))
    ] = 0,
    memory_mib: Annotated[
        int, typer.Option(min=0, help=_("読み取りのプロセスのメモリーの上限（MiB。0 は設定のとおり）"))
    ] = 0,
    executor: Annotated[
        str, typer.Option(help=_("どこで読むか: local、または dask://スケジューラー[:ポート]"))
    ] = "local",
    certs: Annotated[
        Path | None, typer.Option(help=_("クラスターの証明書のフォルダ（daicho cluster certs）"))
    ] = None,
    site: Annotated[
        str, typer.Option(help=_("この拠点のワーカーだけが読む（データは拠点の外に出ない）"))
    ] = "",
    kit: Annotated[
        Path | None, typer.Option(help=_("本部から届いた拠点のキット。ワークスペースなしで走査する"))
    ] = None,
    export: Annotated[
        Path | None, typer.Option(help=_("--kit で走査した結果を書く、本部だけが読めるファイル"))
    ] = None,
    passphrase_file: Annotated[
        Path | None,
        typer.Option(help=_("キットの合言葉のファイル（権限 600。省略するとたずねる）")),
    ] = None,
    full: Annotated[bool, typer.Option("--full", help=_("前回から変わっていないものも読み直す"))] = False,
    workspace: WorkspaceOption = None,
) -> int:
    """Scan the targets, print the results and keep them in the workspace when there is one."""
    settings = Settings.load(workspace)
    limits = replace(
        settings.limits,
        seconds=seconds or settings.limits.seconds,
        memory_bytes=memory_mib << 20 or settings.limits.memory_bytes,
        ocr=ocr or settings.limits.ocr,
    )
    settings = replace(
        settings,
        jobs=jobs or settings.jobs,
        limits=limits,
        password_file=passwords or settings.password_file,
    )
    models = language_models() if deep else {}
    abroad = chosen_countries(countries)
    policies = [FailOn.parse(text) for text in fail_on or []]
    if kit or export:
        opened, principal, targets = None, None, _at_site(kit, export, target or [], unit)
    else:
        opened, principal, targets = _resolve(settings, target or [], unit)
    if not abroad:
        tell_of_missing(each.unit.country for each in targets if each.unit)
    if opened and principal:
        _note_export(opened, principal, targets, format, findings=findings)
    try:
        with (
            _writing(output, marked=format is Format.CSV) as stream,
            ScanProgress(live=sys.stderr.isatty()) as progress,
            _site(kit, export, targets, passphrase_file) as at_site,
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
                site=at_site,
                executor=_executor(executor, certs, site),
                whole=full,
            )
    finally:
        if opened:
            opened.close()
    empty = _exported(export, at_site)
    for held in outcome.confinements:
        say(_("読み取りの隔離: {held}", held=confined(held)))
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
    for error in outcome.refused:
        say(_("走査していません — {name}: {why}", name=error.name, why=_(BAR[error.bar])))
    if (unscanned := _unscanned(outcome)) is not None:
        return unscanned
    if empty or not outcome.totals.is_complete or any(error.bar not in NEVER for error in outcome.refused):
        say(_("調べきれなかったものがあります。理由は出力にあります。"))
        return ExitCode.INCOMPLETE
    return ExitCode.POLICY_BREACHED if broken else ExitCode.DONE


def _exported(export: Path | None, site: Site | None) -> bool:
    """Tell where the results of a site are, and at which places nothing is; return whether there are such."""
    if export is None or site is None:
        return False
    for place in site.empty:
        complain(_("{place} には何もありません。マウントされているか確かめてください。", place=place))
    say(_("結果を {path} に書きました。本部で daicho import を実行してください。", path=export))
    return bool(site.empty)


def _unscanned(outcome: ScanOutcome) -> ExitCode | None:
    """Tell of targets that were not scanned, or not to their end; None when there is none."""
    for sentence in outcome.unavailable:
        complain(sentence)
    for place in outcome.busy:
        complain(_busy(place))
    for name in outcome.stopped:
        say(_("{name} の走査は途中で止められました。次の走査が続きから始めます。", name=name))
    if outcome.stopped:
        return ExitCode.STOPPED
    if outcome.busy:
        return ExitCode.BUSY
    return ExitCode.FAILED if outcome.unavailable else None


def _busy(place: BusyPlace) -> str:
    """Say who is at a place since when and on which machine, as far as that is known."""
    if place.job is None:
        return _("{name} は別の走査が進んでいます。終わってから実行してください。", name=place.name)
    return _(
        "{name} は {who} が {host} で {since} から走査しています。終わってから実行してください。",
        name=place.name,
        who=place.job.who,
        host=place.job.host,
        since=f"{place.job.since.astimezone():%Y-%m-%d %H:%M}",
    )


def _note_export(
    workspace: Workspace, principal: Principal, targets: list[Target], form: Format, *, findings: bool
) -> None:
    """Record, once for each unit, that what a scan finds leaves the product as lines of text."""
    if form is Format.TABLE and not findings:  # sums for the person at the terminal
        return
    details = {"format": form.value, "findings": findings}
    for unit_id in sorted({target.unit.id for target in targets if target.unit}):
        note_export(workspace.registry, principal, "scan_run", unit_id, details)


def _executor(text: str, certificates: Path | None, site: str) -> Executor | None:
    """Return where entries are read; None for this machine."""
    if text == "local":
        if certificates or site:
            raise UsageError(_("--certs と --site は --executor dask://… と一緒に使います。"))
        return None
    if certificates is None:
        raise UsageError(_("--executor dask://… には --certs が要ります。daicho cluster certs で作れます。"))
    from daicho.cluster.executor import Executor  # loads Dask, which scans of one machine never need

    return Executor(text, certificates, site=site)


def _at_site(kit: Path | None, export: Path | None, locations: list[str], unit: str) -> list[Target]:
    """Return what is scanned with a kit, where no workspace is asked."""
    if kit is None or export is None:
        raise UsageError(_("--kit と --export は一緒に使います。"))
    if unit:
        raise UsageError(_("--unit は --kit と一緒に使えません。単位はキットで決まっています。"))
    if not locations:
        raise UsageError(_("走査するパスか URL を書いてください。"))
    require_outside(export, locations)
    return [Target(location, None, None) for location in locations]


@contextlib.contextmanager
def _site(
    kit: Path | None, export: Path | None, targets: list[Target], passphrase_file: Path | None
) -> Iterator[Site | None]:
    """Give what a scan with a kit is made with; None for other scans."""
    if kit is None or export is None:
        yield None
        return
    with in_words():
        opened = kit_at(kit, passphrase_of(passphrase_file))
        places = [address_of(target.location) for target in targets]
        with site_scan(opened, export.absolute(), places, clock=utc_now) as site:
            yield site


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
