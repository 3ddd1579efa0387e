"""People from a table: what `daicho account import` does, line by line of the file."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import typer

from daicho.cli.console import ExitCode, _, say, tell
from daicho.cli.options import open_workspace
from daicho.errors import UsageError
from daicho.pages.refusals import DUTIES, comes_before, not_ready
from daicho.table_file import rows_of
from daicho.table_headings import PEOPLE_HEADINGS
from daicho.workspace import Workspace
from registry import links, people_import, people_lines
from registry.errors import InvalidValue
from registry.links import LinkToken
from registry.people_import import ImportRefusedError, ImportStoppedError
from registry.people_lines import Change, Outcome, PersonLine, Step, Unnamed
from registry.store import Tx

LOCAL_ADDRESS = "http://127.0.0.1:8501"  # where `daicho serve` listens when nothing else is said


def link_address(opened: Workspace, token: LinkToken) -> str:
    """Return a one-time link as its owner opens it."""
    return f"{opened.settings.web.public_url or LOCAL_ADDRESS}/sign-in/link/{token}"


def import_people(file: Path, links_file: Path | None, workspace: Path | None, *, dry_run: bool) -> None:
    """Take a table, or try it; the links of new accounts go to a file that only its owner reads."""
    lines, wrong = _lines(file)
    if wrong:
        raise _refused(file, wrong)
    opened = open_workspace(workspace)
    made = None if links_file is None or dry_run else _LinksFile(links_file)

    def link(tx: Tx, outcomes: Sequence[Outcome]) -> None:
        if made is not None:
            new = {each.created: each.login for each in outcomes if each.created is not None}
            tokens = links.issue_all(tx, list(new))
            # Before the accounts are committed: links that nobody has are worth nothing.
            made.write((login, link_address(opened, tokens[user_id])) for user_id, login in new.items())

    try:
        owner = opened.owner()
        if dry_run:
            with opened.registry.read(owner) as tx:
                outcomes = people_import.trial(tx, lines)
        else:
            outcomes = people_import.take_in_parts(
                opened.registry, owner, lines, reason="daicho account import", each=link
            )
        with opened.registry.read(owner) as tx:
            left = people_import.unnamed(tx, lines)
    except ImportRefusedError as error:
        raise _refused(file, error.outcomes) from None
    except ImportStoppedError as error:
        _report(file, error.outcomes)
        say(
            _(
                "{rows:,} 行のうち {taken:,} 行まで取り込んだところで、ほかの人の変更のため止まりました。"
                "誤りを直し、同じ表をもう一度取り込むと続きから進みます。",
                rows=error.rows,
                taken=error.taken,
            )
        )
        raise typer.Exit(ExitCode.INCOMPLETE) from None
    finally:
        if made is not None:
            made.close()
        opened.close()
    _report(file, outcomes)
    _tell_unnamed(left)
    say(_("試しました。何も変えていません。") if dry_run else _("取り込みました。"))


class _LinksFile:
    """One-time links in a new file of mode 0600: CSV, one person a line; without any line it goes away."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines = 0
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
            self._file = os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8", newline="")
        except FileExistsError:
            raise UsageError(_("{path} はすでにあります。別の名前を書いてください。", path=path)) from None
        except OSError as error:
            raise UsageError(_("{path} に書けません（{why}）。", path=path, why=error.strerror)) from None
        self._rows = csv.writer(self._file)

    def write(self, rows: Iterable[tuple[str, str]]) -> None:
        """Write logins and links down to the disk."""
        try:
            if not self._lines:
                self._rows.writerow(("login", "link"))
            for row in rows:
                self._rows.writerow(row)
                self._lines += 1
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise UsageError(
                _("{path} に書けません（{why}）。", path=self._path, why=error.strerror)
            ) from None

    def close(self) -> None:
        """Leave the file to its owner; without any line it goes away."""
        self._file.close()
        if not self._lines:
            self._path.unlink(missing_ok=True)


def _lines(file: Path) -> tuple[list[PersonLine], list[Outcome]]:
    lines, wrong = [], []
    for number, row in rows_of(file, PEOPLE_HEADINGS):
        try:
            lines.append(people_lines.line(number, row))
        except InvalidValue as error:
            wrong.append(people_lines.refusal(number, row.get("login", "").strip(), error))
    return lines, wrong


def _refused(file: Path, outcomes: Sequence[Outcome]) -> typer.Exit:
    _report(file, outcomes)
    say(_("誤りのある行があるため、何も変えていません。"))
    return typer.Exit(ExitCode.USAGE)


def _report(file: Path, outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        what = ", ".join(_change(change) for change in outcome.changes)
        why = ""
        if outcome.refused:
            why = f"\t{outcome.column}: {_why(outcome)}"
        elif outcome.before:
            why = f"\t{comes_before(outcome.before, _)}"
        tell(f"{file.name}:{outcome.number}\t{outcome.login}\t{what}{why}")


def _why(outcome: Outcome) -> str:
    if outcome.rule == people_lines.NOT_READY:
        return not_ready(outcome.before, _)
    return _(DUTIES[outcome.rule]) if outcome.rule in DUTIES else outcome.rule


def _change(change: Change) -> str:
    words = {
        Step.CREATED: _("新規登録"),
        Step.AFFILIATED: _("所属の追加"),
        Step.AFFILIATION_ENDED: _("所属の終了"),
        Step.ROLE_GRANTED: _("役割の追加"),
        Step.ROLE_ENDED: _("役割の終了"),
        Step.UNCHANGED: _("変更なし"),
        Step.REFUSED: _("誤り"),
    }
    return " ".join(filter(None, (words[change.step], _held(change))))


def _held(change: Change | Unnamed) -> str:
    days = ("" if day is None else day.isoformat() for day in (change.period.first, change.period.last))
    period = "–".join(days)
    return " ".join(filter(None, (str(change.what or ""), change.unit, period if len(period) > 1 else "")))


def _tell_unnamed(left: Sequence[Unnamed]) -> None:
    if not left:
        return
    say(_("表にない利用者や権限が {count:,} 件あります。そのまま残しました。", count=len(left)))
    for each in left:
        tell("\t".join(filter(None, ("-", each.login, _held(each)))))
