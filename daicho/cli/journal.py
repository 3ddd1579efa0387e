"""`daicho journal`: the record of every change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from daicho.cli.console import ExitCode, _, complain, examples, say, tell
from daicho.cli.options import WorkspaceOption, open_workspace
from daicho.errors import UsageError
from daicho.journal_settings import anchor_folder, authority_of, outside
from registry import anchors, journal, proofs, retention
from registry.anchors import AnchorFault, Fault, Report
from registry.check_proof import ProofError, key_id, load_public_key
from registry.heads import SignedHead, public_pem
from registry.journal_check import Break, Verdict
from registry.store import Tx
from registry.views import SensitiveList, note_view

app = typer.Typer(
    help=_("変更の記録を確かめ、外に控え、証明します。"), no_args_is_help=True, rich_markup_mode=None
)

AnchorsOption = Annotated[
    Path | None,
    typer.Option("--anchors", help=_("アンカーのフォルダ（省略すると設定の [journal] anchors）")),
]
OutputOption = Annotated[Path, typer.Option("--output", "-o", help=_("出力先のファイル"))]

_BROKEN: Mapping[Break, str] = {
    Break.CHANGED: _("{seq} 番の記録が書き換えられています。"),
    Break.MISSING: _("{seq} 番の記録がなくなっています。"),
    Break.ADDED: _("{seq} 番に記録が差し込まれています。"),
    Break.SWAPPED: _("{seq} 番に別の場所の記録が置かれています。"),
    Break.TRUNCATED: _("{seq} 番から {until} 番までの記録が切り取られています。"),
    Break.REWRITTEN: _(
        "{seq} 番から {until} 番までのどこかで、記録が鍵を使って書き直されています（アンカーと合いません）。"
    ),
}
_FAULTS: Mapping[Fault, str] = {
    Fault.MISSING: _("アンカー {file} がフォルダにありません。"),
    Fault.UNREADABLE: _("アンカー {file} が読めないか、書き換えられています。"),
    Fault.FORGED: _("アンカー {file} の署名が正しくありません。"),
    Fault.DIFFERENT: _("アンカー {file} が登録されたものと違います。"),
    Fault.OTHER_JOURNAL: _("アンカー {file} は別の記録のものです。"),
    Fault.BAD_TIMESTAMP: _("アンカー {file} のタイムスタンプが正しくありません。"),
}


@app.command(
    "verify",
    help=_("記録の一件ごとの鎖と、外に控えたアンカーとの一致を確かめます。壊れていれば終了コード 4 です。")
    + examples(
        "daicho journal verify",
        "daicho journal verify --anchors /mnt/other/daicho --public-key journal.pem",
    ),
)
def verify(
    anchors_at: AnchorsOption = None,
    public_key: Annotated[
        Path | None,
        typer.Option(help=_("アンカーの署名を確かめる公開鍵（省略すると、このワークスペースの鍵）")),
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Walk the whole chain and compare it with the anchors; exit code 4 when anything is broken."""
    opened = open_workspace(workspace)
    folder = anchors_at if anchors_at is not None else anchor_folder(opened)
    keys = None
    if public_key is not None:
        try:
            key = load_public_key(public_key)
        except ProofError as error:
            raise UsageError(str(error)) from None
        keys = {key_id(key): key}
    report = anchors.check(opened.registry, folder, keys=keys, authority=authority_of(opened.settings))
    opened.close()
    if folder is None:
        say(
            _(
                "外に控えたアンカーなしでは、記録全体の書き直しは分かりません"
                "（--anchors か [journal] anchors を使ってください）。"
            )
        )
    tell_report(report)
    if not report.ok:
        raise typer.Exit(ExitCode.FAILED)


def tell_report(report: Report) -> None:
    """Say what verification came to."""
    for fault in report.faults:
        tell(_fault(fault))
    verdict = report.verdict
    if verdict.ok:
        tell(
            _(
                "記録 {count:,} 件の鎖に切れ目はありません。"
                "アンカー {files:,} 個（タイムスタンプ {stamped:,} 個）と一致します。",
                count=verdict.count,
                files=report.files,
                stamped=report.stamped,
            )
        )
    else:
        tell(_broken(verdict))


def _broken(verdict: Verdict) -> str:
    assert verdict.what is not None
    told = _BROKEN[verdict.what].format(seq=verdict.broken_seq, until=verdict.broken_until)
    return told + " " + _("その前の {count:,} 件は正しい記録です。", count=verdict.count)


def _fault(fault: AnchorFault) -> str:
    return _FAULTS[fault.what].format(file=fault.file)


@app.command(
    "anchor",
    help=_("記録全体を確かめ、署名した先頭（アンカー）を別の場所のフォルダに書きます。")
    + examples("daicho journal anchor --anchors /mnt/other/daicho"),
)
def anchor(anchors_at: AnchorsOption = None, workspace: WorkspaceOption = None) -> int:
    """Sign the present head and write it to a folder outside the workspace."""
    opened = open_workspace(workspace)
    folder = anchor_folder(opened) if anchors_at is None else outside(opened, anchors_at)
    if folder is None:
        raise UsageError(
            _("アンカーの置き場所がありません。--anchors か設定の [journal] anchors に書いてください。")
        )
    try:
        path, head = anchors.anchor(
            opened.registry, opened.owner(), folder, authority=authority_of(opened.settings)
        )
    except anchors.JournalBroken as broken:
        tell_report(broken.report)
        complain(_("記録が壊れているため、署名しませんでした。"))
        return ExitCode.FAILED
    finally:
        opened.close()
    tell(_("記録 {count:,} 件までに署名しました: {path}", count=head.tree_size, path=path))
    return ExitCode.DONE


@app.command(
    "key",
    help=_("アンカーの署名を確かめる公開鍵（PEM）を出力します。別の場所に保管してください。")
    + examples("daicho journal key > journal.pem"),
)
def key(workspace: WorkspaceOption = None) -> None:
    """Print the public key that anchors are signed with."""
    opened = open_workspace(workspace)
    tell(public_pem(opened.vault).rstrip())
    opened.close()


@app.command(
    "list",
    help=_("新しい記録から順に一覧します（この閲覧も記録されます）。")
    + examples("daicho journal list --limit 20"),
)
def list_lines(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help=_("表示する件数"))] = 50,
    below: Annotated[int | None, typer.Option(help=_("この番号より前の記録から"))] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Print records, one a line: number, time, who, what, where, reason, before and after."""
    opened = open_workspace(workspace)
    owner = opened.owner()
    note_view(opened.registry, owner, SensitiveList.JOURNAL, None)
    with opened.registry.read(owner) as tx:
        found = journal.lines(tx, limit=limit, below=below)
    for line in found:
        values = _values(line)
        moment = line.at.isoformat(timespec="seconds")
        place = f"{line.table}/{line.row_id}"
        tell("\t".join((str(line.seq), moment, line.actor, line.action, place, line.reason, values)))
    opened.close()


def _values(line: journal.JournalLine) -> str:
    if line.shredded:
        return _("（保存期間が終わり、読めません）")
    if line.closed:
        return _("（対象の記録を見る権限がなく、表示しません）")
    parts = (line.before, line.after)
    return " → ".join("-" if part is None else json.dumps(part, ensure_ascii=False) for part in parts)


@app.command(
    "proof",
    help=_("一件の記録が署名済みの記録全体に含まれることの証明を書きます。オフラインで確かめられます。")
    + examples(
        "daicho journal proof 1234 --output proof.json --verifier check_proof.py",
        "python check_proof.py --public-key journal.pem --anchor journal-….json --proof proof.json",
    ),
)
def proof(
    seq: Annotated[int, typer.Argument(min=1, help=_("記録の番号"))],
    output: OutputOption,
    anchor_file: Annotated[
        Path | None, typer.Option("--anchor", help=_("証明のもとにするアンカー（省略すると最も新しいもの）"))
    ] = None,
    readable: Annotated[
        bool,
        typer.Option("--readable", help=_("この一件だけを読める鍵を含める（氏名や変更前後の値が読めます）")),
    ] = False,
    verifier: Annotated[
        Path | None, typer.Option(help=_("確かめるためのプログラム（一つのファイル）もここに書く"))
    ] = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Write an inclusion proof that others check offline."""
    opened = open_workspace(workspace)
    with opened.registry.write(opened.owner(), reason="proof") as tx:
        head = _newest(tx) if anchor_file is None else anchors.read_anchor(anchor_file)
        text = proofs.inclusion(tx, seq, head, readable=readable)
    opened.close()
    _write(output, text)
    if verifier is not None:
        _write(verifier, proofs.verifier_source())
    say(
        _("{path} に書きました（記録 {count:,} 件のアンカーによる証明）。", path=output, count=head.tree_size)
    )


@app.command(
    "consistency",
    help=_("新しいアンカーが古いアンカーの続きであることの証明を書きます。")
    + examples("daicho journal consistency OLD.json NEW.json --output consistency.json"),
)
def consistency(
    older: Annotated[Path, typer.Argument(help=_("古いアンカー"))],
    newer: Annotated[Path, typer.Argument(help=_("新しいアンカー"))],
    output: OutputOption,
    workspace: WorkspaceOption = None,
) -> None:
    """Write a consistency proof that others check offline."""
    heads = anchors.read_anchor(older), anchors.read_anchor(newer)
    opened = open_workspace(workspace)
    with opened.registry.write(opened.owner(), reason="proof") as tx:
        text = proofs.consistency(tx, *heads)
    opened.close()
    _write(output, text)
    say(_("{path} に書きました。", path=output))


@app.command(
    "shred",
    help=_(
        "保存期間の過ぎた月の鍵を壊し、氏名を仮名にし、変更前後の値を読めなくします。"
        "記録は消えず、鎖は引き続き確かめられます。元に戻せません。"
    )
    + examples('daicho journal shred --before 2016-04-01 --reason "保存期間の満了"'),
)
def shred(
    before: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help=_("この日より前に終わった月が対象"))],
    reason: Annotated[str, typer.Option(help=_("理由（記録に残ります）"))],
    workspace: WorkspaceOption = None,
) -> None:
    """Destroy the keys of months whose retention has ended."""
    opened = open_workspace(workspace)
    with opened.registry.write(opened.owner(), reason=reason) as tx:
        done = retention.shred(tx, before.date(), years=opened.settings.retention_years)
    retention.forget_freed_space(opened.registry)
    opened.close()
    tell(
        _(
            "{months} か月分の鍵を壊し、承認 {approvals} 件の氏名を仮名にしました: {list}",
            months=len(done.months),
            approvals=done.approvals,
            list=", ".join(done.months) or "-",
        )
    )


def _newest(tx: Tx) -> SignedHead:
    heads = anchors.listed_heads(tx)
    if not heads:
        raise UsageError(_("アンカーがまだありません。先に daicho journal anchor を実行してください。"))
    return heads[-1]


def _write(path: Path, text: str) -> None:
    if path.exists():
        raise UsageError(_("{path} はすでにあります。別の名前を書いてください。", path=path))
    anchors.write_whole(path, text)
