"""`daicho source`: the registered places that scans examine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from daicho.cli.console import ExitCode, _, complain, examples, say, tell
from daicho.cli.options import WorkspaceOption, open_workspace
from daicho.cli.source_options import (
    Bandwidth,
    ConsentBy,
    ConsentDocument,
    ConsentOn,
    Credential,
    Exclude,
    Include,
    Jobs,
    Kind,
    Mode,
    ObjectMib,
    Priority,
    Rows,
    ScheduleText,
    WindowText,
    changes_of,
    consent_of,
)
from daicho.errors import UsageError
from daicho.pages.source_words import BAR, COLUMN, KIND, MODE, refusal, schedule_words, step_words
from daicho.scanning import as_url
from daicho.source_opening import checks
from registry import organisation, scan_permission, sources
from registry.errors import InvalidValue
from registry.model import SourceRow
from registry.source_terms import SourceTerms
from registry.store import Tx

app = typer.Typer(
    help=_("走査の対象を登録・一覧・変更・確認・取り消します。"), no_args_is_help=True, rich_markup_mode=None
)
Name = Annotated[str, typer.Argument(help=_("対象の名前"))]


@app.command(
    "add",
    help=_("走査の対象を登録します。URL に認証情報は書けません。")
    + examples(
        "daicho source add --name 人事共有 --unit ROOT --owner 人事部 /srv/share/jinji",
        "daicho source add --name 総務共有 --credential file:/etc/daicho/soumu --schedule 'weekly SAT 22:00'"
        " smb://files.example.internal/soumu",
        "daicho source add --name hr-db --unit ROOT --owner 人事部 postgresql://db.example.internal/hr",
    ),
)
def add(
    url: Annotated[str, typer.Argument(help=_("フォルダ、ファイル、またはデータベースの URL"))],
    name: Annotated[str, typer.Option(help=_("名前（重ならないもの）"))],
    unit: Annotated[str, typer.Option(help=_("組織単位の記号（省略すると最上位）"))] = "",
    owner: Annotated[str, typer.Option(help=_("管理する部門や責任者"))] = "",
    kind: Kind = None,
    credential: Credential = None,
    schedule: ScheduleText = None,
    window: WindowText = None,
    include: Include = None,
    exclude: Exclude = None,
    bandwidth: Bandwidth = None,
    jobs: Jobs = None,
    object_mib: ObjectMib = None,
    mode: Mode = None,
    rows_per_second: Rows = None,
    priority: Priority = None,
    consent_by: ConsentBy = None,
    consent_on: ConsentOn = None,
    consent_document: ConsentDocument = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Register one source."""
    given = changes_of(
        kind=kind,
        credential=credential,
        schedule=schedule,
        window=window,
        include=include,
        exclude=exclude,
        bandwidth_mb=bandwidth,
        jobs=jobs,
        object_mib=object_mib,
        mode=mode,
        rows_per_second=rows_per_second,
        priority=priority,
    )
    terms = SourceTerms(**given, **consent_of(consent_by, consent_on, consent_document))  # type: ignore[arg-type]  # as the options say
    opened = open_workspace(workspace)
    place = as_url(url)
    with _told(), opened.registry.write(opened.owner(), reason="daicho source add") as tx:
        found = organisation.unit_by_code(tx, unit) if unit else opened.first_unit()
        if found is None:
            raise UsageError(
                _("{code} という単位はありません。daicho unit list で確かめてください。", code=unit)
            )
        made = sources.add_source(tx, unit_id=found.id, name=name, owner=owner, url=place, terms=terms)
        bar = scan_permission.bar(tx, made)
    say(_("登録しました: {name}", name=name))
    if bar is not None:
        say(_(BAR[bar]))
    opened.close()


@app.command("list", help=_("登録した対象を一覧します。") + examples("daicho source list"))
def list_sources(workspace: WorkspaceOption = None) -> None:
    """Print every registered source: name, unit, owner, URL, kind and schedule, separated by tabs."""
    opened = open_workspace(workspace)
    with opened.registry.read(opened.owner()) as tx:
        codes = {unit.id: unit.code for unit in organisation.units(tx)}
        for row in sources.list_sources(tx):
            terms = row.terms
            tell(
                "\t".join(
                    (row.name, codes[row.unit_id], row.owner, row.url, terms.kind.value, terms.schedule)
                )
            )
    opened.close()


@app.command("show", help=_("一つの対象の登録内容を示します。") + examples("daicho source show 人事共有"))
def show(name: Name, workspace: WorkspaceOption = None) -> None:
    """Print what is registered of one source, and why it may not be scanned."""
    opened = open_workspace(workspace)
    with opened.registry.read(opened.owner()) as tx:
        row = _named(tx, name)
        bar = scan_permission.bar(tx, row)
    terms = row.terms
    told = {"name": row.name, "owner": row.owner, "url": row.url, "kind": _(KIND[terms.kind])}
    told |= {"credential": terms.credential, "schedule": schedule_words(terms.schedule, _)}
    told |= {"window": terms.window, "priority": str(terms.priority)}
    told |= {"include": " ".join(terms.include), "exclude": " ".join(terms.exclude)}
    for column in ("bandwidth_mb", "jobs", "object_mib", "rows_per_second"):
        value = getattr(terms, column)
        told[column] = "" if value is None else f"{value:g}"
    told["paused"] = _("はい") if terms.paused else _("いいえ")
    told["mode"] = _(MODE[terms.mode])
    consent = terms.consent
    told["consent"] = f"{consent.by}, {consent.on.isoformat()}, {consent.document}" if consent else ""
    for column, value in told.items():
        tell(f"{_(COLUMN[column])}\t{value}")
    if terms.release:
        tell(_("除外を解いた理由") + f"\t{terms.release.reason} ({terms.release.by})")
    if bar is not None:
        say(_(BAR[bar]))
    opened.close()


@app.command(
    "edit",
    help=_("登録した内容を変えます。書いた項目だけが変わります。")
    + examples(
        "daicho source edit 人事共有 --schedule 'daily 23:00' --window 22:00-06:00",
        "daicho source edit CT装置 --release '保守中に書き出した複製のため'",
    ),
)
def edit(
    name: Name,
    new_name: Annotated[str | None, typer.Option(help=_("新しい名前"), show_default=False)] = None,
    owner: Annotated[str | None, typer.Option(help=_("管理する部門や責任者"), show_default=False)] = None,
    url: Annotated[str | None, typer.Option(help=_("新しい場所"), show_default=False)] = None,
    kind: Kind = None,
    credential: Credential = None,
    schedule: ScheduleText = None,
    window: WindowText = None,
    include: Include = None,
    exclude: Exclude = None,
    bandwidth: Bandwidth = None,
    jobs: Jobs = None,
    object_mib: ObjectMib = None,
    mode: Mode = None,
    rows_per_second: Rows = None,
    priority: Priority = None,
    consent_by: ConsentBy = None,
    consent_on: ConsentOn = None,
    consent_document: ConsentDocument = None,
    reason: Annotated[
        str, typer.Option(help=_("医療機器や稼働中の電子カルテ・PACS の種類を変える理由"))
    ] = "",
    release: Annotated[str, typer.Option(help=_("医療機器の除外を解く理由"))] = "",
    exclude_device: Annotated[
        bool, typer.Option("--exclude-device", help=_("解いた医療機器の除外を元に戻す"))
    ] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Change one source."""
    changes = changes_of(
        name=new_name,
        owner=owner,
        url=as_url(url) if url else None,
        kind=kind,
        credential=credential,
        schedule=schedule,
        window=window,
        include=include,
        exclude=exclude,
        bandwidth_mb=bandwidth,
        jobs=jobs,
        object_mib=object_mib,
        mode=mode,
        rows_per_second=rows_per_second,
        priority=priority,
    ) | consent_of(consent_by, consent_on, consent_document)
    opened = open_workspace(workspace)
    with _told(), opened.registry.write(opened.owner(), reason="daicho source edit") as tx:
        row = _named(tx, name)
        row = sources.change_source(tx, row.id, expected_version=row.version, changes=changes, reason=reason)
        if release:
            row = sources.release_device(tx, row.id, reason=release, expected_version=row.version)
        if exclude_device:
            row = sources.exclude_device(tx, row.id, expected_version=row.version)
    say(_("変更しました: {name}", name=row.name))
    opened.close()


@app.command(
    "test",
    help=_("対象に届くか、サインインできるか、一覧と読み取りの権限があるかを順に確かめます。")
    + "\n\n"
    + _("終了コード: 0 すべてよし、3 この種類には確認がない、4 どこかで失敗。")
    + examples("daicho source test 人事共有"),
)
def try_source(name: Name, workspace: WorkspaceOption = None) -> int:
    """Try one source step by step, and tell precisely what is wrong."""
    opened = open_workspace(workspace)
    try:
        with opened.registry.read(opened.owner()) as tx:
            row = _named(tx, name)
            bar = scan_permission.bar(tx, row)
        if bar is not None:  # not even to try it: a live system is not touched
            complain(f"{row.name}: {_(BAR[bar])}")
            return ExitCode.FAILED
        found = checks(row, opened.path)
        if found is None:
            say(_("この種類の対象には確認の手順がありません。走査で確かめてください。"))
            return ExitCode.INCOMPLETE
        passed = True
        for check in found:
            tell(step_words(check, _))
            passed = passed and check.passed
    finally:
        opened.close()
    return ExitCode.DONE if passed else ExitCode.FAILED


@app.command(
    "pause",
    help=_(
        "対象を一時停止します。予定や依頼による走査は始まらず、走査中なら休止して、再開後に続きから行います。"
    )
    + examples("daicho source pause 人事共有"),
)
def pause(name: Name, workspace: WorkspaceOption = None) -> None:
    """Let one source rest until it is resumed."""
    _set_paused(name, workspace, paused=True)
    say(_("一時停止しました: {name}", name=name))


@app.command(
    "resume",
    help=_("一時停止した対象を再開します。休止した走査は次の daicho tick が続きから行います。")
    + examples("daicho source resume 人事共有"),
)
def resume(name: Name, workspace: WorkspaceOption = None) -> None:
    """Let scans of one source begin and go on again."""
    _set_paused(name, workspace, paused=False)
    say(_("再開しました: {name}", name=name))


def _set_paused(name: str, workspace: WorkspaceOption, *, paused: bool) -> None:
    opened = open_workspace(workspace)
    with opened.registry.write(opened.owner(), reason="daicho source pause") as tx:
        row = _named(tx, name)
        sources.change_source(tx, row.id, expected_version=row.version, changes={"paused": paused})
    opened.close()


@app.command(
    "remove",
    help=_("登録を取り消します。走査の結果と記録は残ります。") + examples("daicho source remove 人事共有"),
)
def remove(name: Name, workspace: WorkspaceOption = None) -> None:
    """Remove one source by name."""
    opened = open_workspace(workspace)
    with opened.registry.write(opened.owner(), reason="daicho source remove") as tx:
        sources.remove_source(tx, _named(tx, name).id)
    say(_("取り消しました: {name}", name=name))
    opened.close()


@contextmanager
def _told() -> Iterator[None]:
    """Tell a refused value in the words of the terminal's language."""
    try:
        yield
    except InvalidValue as error:
        raise UsageError(refusal(error, _)) from None


def _named(tx: Tx, name: str) -> SourceRow:
    row = sources.source_by_name(tx, name)
    if row is None:
        raise UsageError(
            _("{name} という対象はありません。daicho source list で確かめてください。", name=name)
        )
    return row
