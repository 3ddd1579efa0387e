"""`daicho remediation`: what is to become of what scans found; two persons, and off until it is set."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from daicho import remediating
from daicho.cli.console import ExitCode, _, complain, examples, say, tell
from daicho.cli.options import WorkspaceOption, open_workspace
from daicho.cli.person import As, PasswordFile, signed_in
from daicho.cli.source_options import day
from daicho.errors import UsageError
from daicho.pages import destruction
from daicho.pages.remediation_words import FAULT, KIND, SEEN, STATE, refusal
from daicho.remediating import RemediationFailedError
from daicho.whole_file import replace
from daicho.workspace import Workspace
from registry import inventory, remediation, remediation_places, remediation_steps, sources
from registry.errors import InvalidValue
from registry.inventory import ObjectFilter
from registry.model import ObjectId, Principal, SourceRow
from registry.remediation_states import Remediation, RemediationId, RemediationKind, Request, Seen, Wish
from registry.store import Tx
from registry.views import SensitiveList, note_export, note_view

app = typer.Typer(
    help=_(
        "是正: 走査で見つかったものを隔離・除外するか、所有者に依頼します。提案と別の方の承認が要ります。"
        "[remediation] enabled = true にするまで、何も行いません。"
    ),
    no_args_is_help=True,
    rich_markup_mode=None,
)
Place = Annotated[str, typer.Argument(help=_("データの所在に出る場所の一部（一つに決まるもの）"))]
Number = Annotated[int, typer.Argument(help=_("是正の番号（daicho remediation list）"))]
Reason = Annotated[str, typer.Option(help=_("理由"))]
SourceName = Annotated[str, typer.Argument(help=_("走査対象の名前"))]


@contextmanager
def _opened(workspace: Path | None) -> Iterator[Workspace]:
    """Open a workspace in which remediation is on; what is refused is said in words."""
    opened = open_workspace(workspace)
    try:
        remediating.require_enabled(opened)
        yield opened
    except InvalidValue as error:
        complain(_(refusal(error.column, error.rule)))
        raise typer.Exit(ExitCode.USAGE) from None
    except RemediationFailedError as error:
        complain(_(FAULT[error.fault]))
        raise typer.Exit(ExitCode.FAILED) from None
    finally:
        opened.close()


@app.command("list", help=_("是正を一覧します。") + examples("daicho remediation list"))
def list_remediations(workspace: WorkspaceOption = None) -> None:
    """Print a line for each: number, kind, state, place, last day, what a later scan told, failure."""
    opened = open_workspace(workspace)
    with opened.registry.read(opened.owner()) as tx:
        found = remediation.remediations(tx)
    if found:
        note_view(opened.registry, opened.owner(), SensitiveList.LOCATIONS, None)
    for each in found:
        until = each.until.isoformat() if each.until else ""
        seen = _(SEEN[each.seen]) if each.seen is not Seen.NOTHING else ""
        told = (str(each.id), _(KIND[each.kind]), _(STATE[each.state]), each.facts.shown)
        tell("\t".join((*told, until, seen, each.failure)).rstrip())
    opened.close()


@app.command(
    "permit",
    help=_("走査対象での隔離を許します。ネットワーク上の場所には、走査と別の認証情報が要ります。")
    + examples("daicho remediation permit 人事共有 --credential file:/etc/daicho/hands-jinji"),
)
def permit(
    name: SourceName,
    credential: Annotated[str, typer.Option(help=_("認証情報の参照（走査のものとは別）"))] = "",
    workspace: WorkspaceOption = None,
) -> None:
    """Allow objects of a source to be removed."""
    with _opened(workspace) as opened, opened.registry.write(opened.owner(), reason="remediation") as tx:
        remediation_places.permit(tx, _source(tx, name).id, credential=credential)
    say(_("隔離を許しました: {name}", name=name))


@app.command(
    "forbid", help=_("走査対象での隔離を取り消します。") + examples("daicho remediation forbid 人事共有")
)
def forbid(name: SourceName, workspace: WorkspaceOption = None) -> None:
    """Take the permission back."""
    with _opened(workspace) as opened, opened.registry.write(opened.owner(), reason="remediation") as tx:
        remediation_places.forbid(tx, _source(tx, name).id)
    say(_("隔離を取り消しました: {name}", name=name))


@app.command(
    "quarantine",
    help=_("ファイルの隔離を提案します。")
    + examples(
        "daicho remediation quarantine 退職者一覧.xlsx --as sato@example.jp --reason 保管期限を過ぎたため"
    ),
)
def quarantine(
    place: Place,
    reason: Reason,
    login: As,
    password_file: PasswordFile = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Propose to put a file into quarantine."""
    with _signed_in(workspace, login, password_file) as by:
        _proposed(by, place, RemediationKind.QUARANTINE, reason)


@app.command(
    "exclude",
    help=_("ファイルかフォルダを、期限まで突合とリスクから外すことを提案します。")
    + examples(
        "daicho remediation exclude 記入例.xlsx --as sato@example.jp --until 2027-03-31 --reason 架空の値のみ"
    ),
)
def exclude(
    place: Place,
    reason: Reason,
    login: As,
    until: Annotated[str, typer.Option(help=_("この日まで外す（2027-03-31）"))],
    folder: Annotated[bool, typer.Option("--folder", help=_("そのファイルのあるフォルダごと"))] = False,
    password_file: PasswordFile = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Propose to leave an object or its folder out."""
    kind = RemediationKind.EXCLUDE_FOLDER if folder else RemediationKind.EXCLUDE_OBJECT
    last = day(until, "--until")
    with _signed_in(workspace, login, password_file) as by:
        _proposed(by, place, kind, reason, until=last)


@app.command(
    "ask",
    help=_("所有者へのメールの依頼を提案します。")
    + examples(
        "daicho remediation ask 名簿.xlsx --as sato@example.jp --to suzuki@example.jp --wish move"
        " --due 2026-12-25 --reason 共有フォルダに不要"
    ),
)
def ask(
    place: Place,
    reason: Reason,
    login: As,
    to: Annotated[str, typer.Option(help=_("所有者のメールアドレス"))],
    due: Annotated[str, typer.Option(help=_("回答の期限（2026-12-25）"))],
    wish: Annotated[Wish, typer.Option(help=_("求めること"))] = Wish.DELETE,
    language: Annotated[str, typer.Option(help=_("メールの言語（ja か en）"))] = "ja",
    password_file: PasswordFile = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Propose to ask the owner of an object by mail."""
    if language not in ("ja", "en"):
        raise UsageError(_("言語は ja か en です。"))
    request = Request(to.strip().lower(), wish, language)
    last = day(due, "--due")
    with _signed_in(workspace, login, password_file) as by:
        _proposed(by, place, RemediationKind.REQUEST, reason, until=last, request=request)


@app.command(
    "approve",
    help=_("別の方の提案を承認します。") + examples("daicho remediation approve 3 --as suzuki@example.jp"),
)
def approve(
    number: Number, login: As, password_file: PasswordFile = None, workspace: WorkspaceOption = None
) -> None:
    """Approve what somebody else proposed."""
    with _signed_in(workspace, login, password_file) as by:
        _decided(by, number, approve=True)


@app.command(
    "refuse",
    help=_("別の方の提案を却下します。") + examples("daicho remediation refuse 3 --as suzuki@example.jp"),
)
def refuse(
    number: Number, login: As, password_file: PasswordFile = None, workspace: WorkspaceOption = None
) -> None:
    """Refuse what somebody else proposed."""
    with _signed_in(workspace, login, password_file) as by:
        _decided(by, number, approve=False)


@app.command(
    "run",
    help=_("承認された隔離か依頼を実施します。途中で切れたものは続きから行います。")
    + examples("daicho remediation run 3"),
)
def run(number: Number, workspace: WorkspaceOption = None) -> None:
    """Carry out what was approved."""
    with _opened(workspace) as opened:
        _say(remediating.run(opened, opened.owner(), RemediationId(number)))


@app.command(
    "restore", help=_("隔離したものを元の場所に戻します。") + examples("daicho remediation restore 3")
)
def restore(number: Number, workspace: WorkspaceOption = None) -> None:
    """Put back what is in quarantine."""
    with _opened(workspace) as opened:
        _say(remediating.restore(opened, opened.owner(), RemediationId(number)))


@app.command("end", help=_("除外を期限の前に終えます。") + examples("daicho remediation end 3"))
def end(number: Number, workspace: WorkspaceOption = None) -> None:
    """End an exclusion."""
    with _opened(workspace) as opened:
        owner, remediation_id = opened.owner(), RemediationId(number)
        with opened.registry.read(owner) as tx:
            version = remediation.remediation(tx, remediation_id).version
        _say(remediating.withdraw(opened, owner, remediation_id, expected_version=version))


@app.command(
    "answer",
    help=_("所有者の回答を記録します。") + examples("daicho remediation answer 3 12 月に削除した"),
)
def answer(
    number: Number,
    text: Annotated[str, typer.Argument(help=_("回答"))],
    workspace: WorkspaceOption = None,
) -> None:
    """Keep the answer of an owner."""
    with _opened(workspace) as opened, opened.registry.write(opened.owner(), reason="remediation") as tx:
        version = remediation.remediation(tx, RemediationId(number)).version
        _say(remediation.answer(tx, RemediationId(number), text, expected_version=version))


@app.command(
    "certificate",
    help=_("廃棄証明書を PDF に書きます。") + examples("daicho remediation certificate 3 --output Q.pdf"),
)
def certificate(
    number: Number,
    output: Annotated[Path, typer.Option(help=_("書き出すファイル"))],
    language: Annotated[str, typer.Option(help=_("言語（ja か en）"))] = "ja",
    workspace: WorkspaceOption = None,
) -> None:
    """Write the certificate of destruction."""
    if language not in ("ja", "en"):
        raise UsageError(_("言語は ja か en です。"))
    opened = open_workspace(workspace)
    with opened.registry.read(opened.owner()) as tx:
        proof = remediation_steps.certificate(tx, RemediationId(number))
        unit = remediation.remediation(tx, RemediationId(number)).unit_id
    made = destruction.pdf(proof, language)
    note_export(
        opened.registry,
        opened.owner(),
        "remediation",
        unit,
        {"certificate": proof.number, "language": language},
    )
    replace(output, made)
    say(_("書きました: {path}", path=output))
    opened.close()


@contextmanager
def _signed_in(
    workspace: Path | None, login: str, password_file: Path | None
) -> Iterator[tuple[Workspace, Principal]]:
    """Open a workspace for a person who proves their account; who works at the machine is nobody here."""
    with _opened(workspace) as opened, signed_in(opened, login, password_file) as person:
        yield opened, person


def _proposed(
    by: tuple[Workspace, Principal],
    place: str,
    kind: RemediationKind,
    reason: str,
    *,
    until: date | None = None,
    request: Request | None = None,
) -> None:
    opened, person = by
    with opened.registry.write(person, reason="remediation") as tx:
        object_id = _found(tx, opened, place)
        made = remediation.propose(
            tx, opened.findings, object_id, kind, reason=reason, until=until, request=request
        )
        _say(made)
    say(_("ほかの方の承認が要ります。"))


def _decided(by: tuple[Workspace, Principal], number: int, *, approve: bool) -> None:
    opened, person = by
    remediation_id = RemediationId(number)
    with opened.registry.read(person) as tx:
        version = remediation.remediation(tx, remediation_id).version
    _say(remediating.decide(opened, person, remediation_id, expected_version=version, approve=approve))


def _found(tx: Tx, opened: Workspace, place: str) -> ObjectId:
    """Return the one object whose shown place holds a text."""
    found = inventory.objects(tx, opened.findings, ObjectFilter(text=place), limit=2)
    if found.total != 1:
        raise UsageError(
            _(
                "「{place}」に当たるものは {count} 件です。一つに決まるように書いてください。",
                place=place,
                count=found.total,
            )
        )
    return found.rows[0].id


def _source(tx: Tx, name: str) -> SourceRow:
    found = sources.source_by_name(tx, name)
    if found is None:
        raise UsageError(
            _("{name} という走査対象はありません。daicho source list で確かめてください。", name=name)
        )
    return found


def _say(made: Remediation) -> None:
    say(
        _(
            "{number}: {kind}、{state}　{place}",
            number=made.id,
            kind=_(KIND[made.kind]),
            state=_(STATE[made.state]),
            place=made.facts.shown,
        )
    )
