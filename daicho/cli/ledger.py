"""`daicho ledger`: the ledger of personal information as a file, both ways."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from daicho.cli.console import ExitCode, _, examples, say, tell
from daicho.cli.options import WorkspaceOption, open_workspace
from daicho.errors import UsageError
from daicho.ledger_file import mapping
from daicho.ledger_file.exchange import Layout, Taken, give, take
from daicho.ledger_file.lines import Issue, unread
from daicho.ledger_file.mapping import How, Matched
from daicho.ledger_file.marked import marked_copy
from daicho.ledger_file.reasons import sentence, title
from daicho.ledger_file.table import letter, read_table
from daicho.settings import terminal_language
from daicho.text import LANGUAGES, translator
from daicho.workspace import Workspace
from registry import organisation
from registry.ledger_import import Step
from registry.model import Unit

app = typer.Typer(
    help=_("個人情報管理台帳を Excel や CSV から取り込み、書き出します。"),
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command(
    "import",
    help=_(
        "自社の台帳（Excel、または UTF-8 か Shift_JIS の CSV）を取り込みます。列は見出しから対応づけ、"
        "次回のために覚えます。台帳番号（L-0001）のある行は更新し、ない行は登録します。一つでも誤りがあれば何も変えません。"
    )
    + examples(
        "daicho ledger import daicho.xlsx --unit TOWA-SYS --dry-run",
        "daicho ledger import daicho.xlsx --unit TOWA-SYS --mark wrong.xlsx",
        "daicho ledger import daicho.csv --unit TOWA-SYS --map 内容=purpose --map 備考=-",
    ),
)
def import_ledger(
    file: Annotated[Path, typer.Argument(help=_("台帳のファイル"))],
    unit: Annotated[str, typer.Option(help=_("組織単位の記号（省略すると最上位）"))] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help=_("試すだけで、何も変えません"))] = False,
    mark: Annotated[
        Path | None, typer.Option(help=_("誤りのある欄に印をつけた写し（.xlsx）を書く所"))
    ] = None,
    maps: Annotated[
        list[str] | None, typer.Option("--map", help=_("見出し=列 の対応。列を - にすると読みません"))
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Bring the ledger to what a file says; exit code 2 when any cell is wrong."""
    table = read_table(file)
    given = dict(_pair(each) for each in maps or ())
    opened = open_workspace(workspace)
    try:
        at = _unit(opened, unit)
        matched = mapping.propose(table, mapping.recall(opened.path, at.code, table), given)
        _tell_mapping(matched)
        taken = take(
            opened.registry,
            opened.owner(),
            table,
            matched,
            at.id,
            dry_run=dry_run,
            reason="daicho ledger import",
        )
        if mark is not None and taken.issues:
            _mark(mark, marked_copy(table, taken.issues, translator(terminal_language())))
        _report(file, taken)
        if taken.is_refused:
            say(_("誤りのある欄があるため、何も変えていません。"))
            raise typer.Exit(ExitCode.USAGE)
        if not dry_run and not mapping.remember(opened.path, at.code, table, matched):
            say(_("列の対応を覚えられませんでした（{file}）。", file=opened.path / mapping.FILE))
        say(_("試しました。何も変えていません。") if dry_run else _("取り込みました。"))
    finally:
        opened.close()


@app.command(
    "export",
    help=_("個人情報管理台帳を、審査で使う様式の Excel、または CSV（UTF-8、BOM 付き）に書き出します。")
    + examples(
        "daicho ledger export daicho.xlsx --unit TOWA-SYS",
        "daicho ledger export daicho.csv",
        "daicho ledger export art30.xlsx --unit TOWA-DE --layout processing --language en",
    ),
)
def export_ledger(
    file: Annotated[Path, typer.Argument(help=_("書き出すファイル（.xlsx または .csv）"))],
    unit: Annotated[str, typer.Option(help=_("組織単位の記号（省略すると最上位）"))] = "",
    language: Annotated[str, typer.Option(help=_("言語（ja または en、省略すると端末の言語）"))] = "",
    layout: Annotated[
        Layout, typer.Option(help=_("様式（ledger 台帳、processing GDPR 第30条の処理活動の記録）"))
    ] = Layout.LEDGER,
    workspace: WorkspaceOption = None,
) -> None:
    """Write the ledger of a unit and all below it; the export is recorded."""
    chosen = language or terminal_language()
    if chosen not in LANGUAGES:
        raise UsageError(_("言語は ja か en です。"))
    opened = open_workspace(workspace)
    try:
        made = give(
            opened.registry,
            opened.owner(),
            file,
            _unit(opened, unit).id,
            language=chosen,
            layout=layout,
            desks=opened.settings.desks,
        )
    finally:
        opened.close()
    say(_("{count} 件を {file} に書き出しました。", count=len(made.rows), file=file))


def _unit(opened: Workspace, code: str) -> Unit:
    if not code:
        return opened.first_unit()
    with opened.registry.read(opened.owner()) as tx:
        found = organisation.unit_by_code(tx, code)
    if found is None:
        raise UsageError(_("{code} という単位はありません。daicho unit list で確かめてください。", code=code))
    return found


def _pair(text: str) -> tuple[str, str]:
    heading, separator, column = text.rpartition("=")
    if not separator:
        raise UsageError(_("--map は 見出し=列 と書いてください。"))
    return heading, column.strip()


def _tell_mapping(matched: Sequence[Matched]) -> None:
    words = {
        How.GIVEN: _("指定"),
        How.REMEMBERED: _("前回と同じ"),
        How.EXACT: _("見出しどおり"),
        How.SIMILAR: _("似た見出し"),
    }
    for each in matched:
        if each.column and each.how in words:
            named = title(each.column, terminal_language())
            say(f"{letter(each.index)} {each.heading} → {named}（{words[each.how]} {each.confidence:.0%}）")
    for each in unread(matched):
        say(_("{place} {heading} は読みません。", place=letter(each.index), heading=each.heading))


def _mark(path: Path, copy: bytes) -> None:
    if path.suffix.lower() != ".xlsx":
        raise UsageError(_("印をつけた写しは .xlsx に書きます。"))
    try:
        path.write_bytes(copy)
    except OSError as error:
        raise UsageError(
            _("{path} に書けません（{reason}）。", path=path, reason=error.strerror or type(error).__name__)
        ) from None
    say(_("誤りに印をつけた写し: {path}", path=path))


def _report(file: Path, taken: Taken) -> None:
    words = {
        Step.CREATED: _("新規登録"),
        Step.CHANGED: _("変更"),
        Step.UNCHANGED: _("変更なし"),
        Step.REFUSED: _("誤り"),
    }
    for outcome in taken.outcomes:
        tell(f"{file.name}:{outcome.number}\t{outcome.entry_number}\t{words[outcome.step]}")
    for issue in taken.issues:
        tell(f"{file.name}:{issue.place}\t{_kind(issue)}\t{sentence(issue, translator(terminal_language()))}")


def _kind(issue: Issue) -> str:
    return _("注意") if issue.is_note else _("誤り")
