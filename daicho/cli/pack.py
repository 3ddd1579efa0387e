"""`daicho pack` and `daicho verify`: an evidence pack is built, and checked without a workspace."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from daicho import packs, whole_file
from daicho.cli.console import ExitCode, _, complain, examples, say, tell
from daicho.cli.options import WorkspaceOption, open_workspace
from daicho.errors import UsageError
from daicho.journal_settings import authority_of
from daicho.pages import pack_words
from daicho.requirements import catalogue_of
from privacy_mark.pack import building, check_pack
from privacy_mark.pack.check_pack import PackError
from privacy_mark.pack.model import Order, Purpose
from privacy_mark.pack.sheets import Sheet
from registry import organisation
from registry.errors import InvalidValue
from registry.model import Unit
from registry.store import Tx

PACK_HELP = _(
    "会社や病院の証跡パックを作ります: 申請様式の書類（PDF/A）、根拠の記録、操作記録の証明と署名。"
) + examples(
    "daicho pack TOWA-SYS --purpose renewal --output .",
    "daicho pack TOWA-SYS --purpose renewal --preview",
    "daicho pack TOWA-SYS --purpose renewal --as-of 2026-11-29T09:00:00+09:00 --head 1204 --output .",
)
VERIFY_HELP = _(
    "証跡パックをオフラインで確かめ、最初の異常を示します。異常があれば終了コード 4 です。"
) + examples("daicho verify pack-TOWA-SYS-renewal-….zip --public-key journal.pem")


def pack(
    code: Annotated[str, typer.Argument(help=_("会社か病院の記号"))],
    purpose: Annotated[Purpose, typer.Option(help=_("何のためのパックか"))] = Purpose.RENEWAL,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help=_("出力先のフォルダ（省略すると、いまのフォルダ）"))
    ] = None,
    language: Annotated[str, typer.Option(help=_("書類の言語（ja か en）"))] = "ja",
    body: Annotated[str, typer.Option(help=_("審査機関（付与の登録がない場合）"))] = "",
    field: Annotated[
        list[str] | None,
        typer.Option(help=_("記録にない項目の記入（項目=内容、繰り返せます。次のパックのために保存します）")),
    ] = None,
    as_of: Annotated[str, typer.Option(help=_("基準日時（ISO 8601、時差つき。省略すると、いま）"))] = "",
    head: Annotated[
        int | None, typer.Option(min=1, help=_("操作記録の件数（省略すると基準日時まで）"))
    ] = None,
    stamp: Annotated[
        bool, typer.Option("--timestamp", help=_("設定の時刻認証局のタイムスタンプを付ける"))
    ] = False,
    preview: Annotated[
        bool, typer.Option("--preview", help=_("作らずに、入る書類と足りないものを示す"))
    ] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Build the pack of a company and write it, or show what will be in it."""
    given, moment = _fields(field or []), _moment(as_of)
    opened = open_workspace(workspace)
    order = Order(purpose, language, body, given, moment, head, catalogue_of(opened.path))
    owner = opened.owner()
    authority = authority_of(opened.settings) if stamp else None
    if stamp and (authority is None or not authority.url):
        raise UsageError(_("時刻認証局が設定されていません（設定の [journal] tsa_url）。"))
    try:
        with opened.registry.read(owner) as tx:
            unit = _unit(tx, code)
            if preview:
                for each in building.preview(tx, unit.id, order).sheets:
                    tell(_line(each))
                return
        built = packs.make(opened.registry, owner, unit.id, order, authority=authority)
    except InvalidValue as error:
        raise UsageError(pack_words.refused(error, _)) from None
    finally:
        opened.close()
    path = (output or Path.cwd()) / f"{built.pack.name}.zip"
    try:
        whole_file.replace(path, built.pack.data)
    except OSError as error:
        raise UsageError(_("{path} に書けません（{why}）。", path=path, why=error.strerror)) from None
    tell(str(path))
    of = built.preview
    say(
        _(
            "書類 {documents} 点、引用した記録 {rows:,} 件（うち操作記録の証明 {proven:,} 件）。\n"
            "同じパックをもう一度作るには: --as-of {as_of} --head {head}\n同一性（SHA-256）: {digest}",
            documents=sum(bool(each.file) for each in of.sheets),
            rows=built.rows,
            proven=built.proven,
            as_of=of.subject.as_of.isoformat(),
            head=of.head,
            digest=built.pack.digest,
        )
    )


def verify(
    path: Annotated[Path, typer.Argument(metavar="PACK", help=_("証跡パック、または展開したフォルダ"))],
    public_key: Annotated[
        Path | None,
        typer.Option(help=_("信頼する公開鍵（PEM）。省略すると、パックの中の鍵で確かめます")),
    ] = None,
) -> int:
    """Check a pack as it lies there; 4 and the first fault when something does not hold."""
    if not path.exists():
        raise UsageError(_("{path} がありません。", path=path))
    try:
        trusted = None if public_key is None else check_pack.raw_key(public_key.read_bytes())
    except (OSError, PackError):
        raise UsageError(_("{path} を公開鍵（PEM）として読めません。", path=public_key)) from None
    try:
        seal = check_pack.check(path, trusted)
    except PackError as error:
        complain(_("パックは正しくありません。最初の異常: {fault}", fault=error))
        return ExitCode.FAILED
    except (KeyError, TypeError, ValueError, IndexError) as error:
        complain(
            _("パックは正しくありません。読めないファイルがあります（{kind}）。", kind=type(error).__name__)
        )
        return ExitCode.FAILED
    tell(
        _(
            "{name} は作られたときのままです（基準日時 {as_of}、操作記録 {size:,} 件、鍵 {key}）。",
            name=seal["pack"],
            as_of=seal["as_of"],
            size=seal["tree_size"],
            key=seal["key_id"],
        )
    )
    _tell_unchecked(seal)
    if trusted is None:
        say(
            _(
                "パックの中の鍵で確かめました。鍵の番号を、知っているものと比べてください"
                "（--public-key で鍵を指定できます）。"
            )
        )
    return ExitCode.DONE


def _tell_unchecked(seal: Mapping[str, Any]) -> None:
    """Tell what the verifier leaves open: none of it is a fault."""
    if seal["unproven"]:
        tell(
            _(
                "{rows} 行のうち {count} 行には、操作記録による証明がありません。",
                rows=seal["rows"],
                count=seal["unproven"],
            )
        )
    if seal["uncounted"]:
        tell(
            _(
                "{figures} 個の値のうち {count} 個は行数ではないため、行と照合していません。",
                figures=seal["figures"],
                count=seal["uncounted"],
            )
        )
    if seal["stamped"]:
        tell(_("タイムスタンプは付いていますが、確かめていません（openssl ts -verify で確かめられます）。"))


def _unit(tx: Tx, code: str) -> Unit:
    found = organisation.unit_by_code(tx, code)
    if found is None:
        raise UsageError(_("組織単位 {code} はありません。一覧: daicho unit list", code=code))
    return found


def _line(of: Sheet) -> str:
    language = _.language
    missing = "、".join(dict.fromkeys(each.of(language) for each in of.missing))
    return "\t".join(
        (
            str(of.place),
            of.document.number,
            of.document.title.of(language),
            _(pack_words.STATE[of.state]),
            missing,
        )
    )


def _fields(written: list[str]) -> dict[str, str]:
    found = {}
    for each in written:
        name, is_given, value = each.partition("=")
        if not is_given:
            raise UsageError(_("--field は 項目=内容 の形で書いてください: {text}", text=each))
        found[name.strip()] = value
    return found


def _moment(written: str) -> datetime | None:
    if not written:
        return None
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise UsageError(_("基準日時は 2026-11-29T09:00:00+09:00 のように、時差つきで書いてください。"))
    return found
