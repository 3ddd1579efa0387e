"""`daicho pack-form`: bodies' own Word and Excel forms, registered with their mapping, listed and ended."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from daicho.cli.console import ExitCode, _, complain, examples, say, tell
from daicho.cli.options import WorkspaceOption, open_workspace
from daicho.errors import UsageError
from daicho.originals.filling import opened as form_of
from daicho.originals.mapping import MappingLineError, lines_of, mapping_of
from daicho.originals.package import OriginalRefusedError
from daicho.pages import pack_words
from privacy_mark.pack import originals
from privacy_mark.pack.forms import set_for
from privacy_mark.pack.model import Purpose
from privacy_mark.pack.original_model import (
    LIMIT,
    MappingRefusedError,
    OriginalDraft,
    OriginalId,
    suggested,
)
from registry import organisation
from registry.access import today_in_japan
from registry.errors import Conflict, InvalidValue, NotFound
from registry.model import Unit
from registry.store import Tx, utc_now

app = typer.Typer(
    help=_("審査機関の Word・Excel 様式を登録し、証跡パックに記入した形で入れます。"),
    no_args_is_help=True,
    rich_markup_mode=None,
)
_LARGEST_MAPPING = 1 << 20


@app.command(
    "places",
    help=_("様式ファイルにある名前つきの場所を「場所 = 項目」の形で示します（対応づけの下書き）。")
    + examples("daicho pack-form places form.docx --body jipdec --purpose new"),
)
def places(
    file: Annotated[Path, typer.Argument(help=_("様式（.docx か .xlsx）"))],
    body: Annotated[str, typer.Option(help=_("審査機関"))],
    purpose: Annotated[Purpose, typer.Option(help=_("何のためのパックか"))] = Purpose.RENEWAL,
) -> int:
    """Print the draft of a mapping; 1 when the file is not taken."""
    try:
        form = form_of(_read(file, LIMIT))
    except OriginalRefusedError as error:
        complain(pack_words.refusal(error, _))
        return ExitCode.POLICY_BREACHED
    forms = set_for(body, purpose, today_in_japan(utc_now()))
    tell(lines_of(suggested(form, forms), form.found).rstrip())
    return ExitCode.DONE


@app.command(
    "add",
    help=_("様式ファイルを次の版として登録します。ない項目や場所があれば、すべて示して終了コード 1 です。")
    + examples(
        "daicho pack-form add TOWA-SYS form.xlsx --body jipdec --purpose renewal --document application "
        "--mapping form.txt --valid-from 2026-10-01"
    ),
)
def add(
    code: Annotated[str, typer.Argument(help=_("会社、病院かグループの記号（その下でも使います）"))],
    file: Annotated[Path, typer.Argument(help=_("様式（.docx か .xlsx）"))],
    body: Annotated[str, typer.Option(help=_("審査機関"))],
    document: Annotated[str, typer.Option(help=_("どの書類の様式か（data/pack_forms の id）"))],
    purpose: Annotated[Purpose, typer.Option(help=_("何のためのパックか"))] = Purpose.RENEWAL,
    mapping: Annotated[Path | None, typer.Option(help=_("対応づけ（一行に「場所 = 項目」、UTF-8）"))] = None,
    valid_from: Annotated[str, typer.Option(help=_("使用開始日（省略すると今日）"))] = "",
    workspace: WorkspaceOption = None,
) -> int:
    """Register a form; 1 and every reason when it or its mapping is not taken."""
    told = _mapping(mapping)
    first = _day(valid_from) if valid_from else today_in_japan(utc_now())
    data = _read(file, LIMIT)
    opened = open_workspace(workspace)
    try:
        with opened.registry.write(opened.owner(), reason="form of a body") as tx:
            draft = OriginalDraft(_unit(tx, code).id, body, purpose, document, first, told)
            kept = originals.register(tx, draft, file.name, data, form_of)
    except OriginalRefusedError as error:
        complain(pack_words.refusal(error, _))
        return ExitCode.POLICY_BREACHED
    except MappingRefusedError as error:
        for each in error.wrong:
            complain(pack_words.fault(each, _))
        return ExitCode.POLICY_BREACHED
    except InvalidValue as error:
        raise UsageError(pack_words.refused(error, _)) from None
    finally:
        opened.close()
    tell(str(kept.id))
    say(
        _(
            "登録しました（第 {number} 版、記入する場所 {places} か所）。",
            number=kept.number,
            places=len(kept.mapping),
        )
    )
    return ExitCode.DONE


@app.command(
    "list",
    help=_("会社や病院のパックで使える様式ファイルを一覧します。")
    + examples("daicho pack-form list TOWA-SYS"),
)
def list_forms(
    code: Annotated[str, typer.Argument(help=_("会社、病院かグループの記号"))],
    workspace: WorkspaceOption = None,
) -> None:
    """Print every version, one a line: id, unit, body, purpose, document, version, first and last day."""
    opened = open_workspace(workspace)
    try:
        with opened.registry.read(opened.owner()) as tx:
            found = originals.originals(tx, _unit(tx, code).id)
    finally:
        opened.close()
    for each in found:
        first, ended = each.valid_from.isoformat(), each.ended_on.isoformat() if each.ended_on else ""
        told = (each.unit_name[_.language == "en"], each.body, each.purpose, each.document)
        tell("\t".join((str(each.id), *told, str(each.number), first, ended, each.name)))


@app.command(
    "end",
    help=_("様式ファイルの版の使用を今日で終えます。前の版があれば、その版を使います。")
    + examples("daicho pack-form end 12"),
)
def end(
    number: Annotated[int, typer.Argument(help=_("様式ファイルの番号（一覧の 1 列目）"))],
    workspace: WorkspaceOption = None,
) -> None:
    """Use a version no longer from today on."""
    opened = open_workspace(workspace)
    try:
        with opened.registry.write(opened.owner(), reason="form of a body") as tx:
            originals.end(tx, OriginalId(number), expected_version=1)
    except NotFound:
        raise UsageError(_("様式ファイル {number} はありません。", number=number)) from None
    except (InvalidValue, Conflict):
        raise UsageError(pack_words.refused(InvalidValue("state", "decided"), _)) from None
    finally:
        opened.close()
    say(_("使用を終えました。"))


def _mapping(path: Path | None) -> dict[str, str]:
    if path is None:
        return {}
    try:
        return mapping_of(_read(path, _LARGEST_MAPPING).decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise UsageError(_("{path} は UTF-8 ではありません。", path=path)) from None
    except MappingLineError as error:
        raise UsageError(
            _(
                "{path} の {line} 行目は「場所 = 項目」の形ではないか、同じ場所の二行目です。",
                path=path,
                line=error.line,
            )
        ) from None


def _read(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(limit + 1)
    except OSError as error:
        raise UsageError(_("{path} を読めません（{why}）。", path=path, why=error.strerror)) from None


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise UsageError(_("日付は 2026-10-01 のように書いてください: {text}", text=written)) from None


def _unit(tx: Tx, code: str) -> Unit:
    found = organisation.unit_by_code(tx, code)
    if found is None:
        raise UsageError(_("組織単位 {code} はありません。一覧: daicho unit list", code=code))
    return found
