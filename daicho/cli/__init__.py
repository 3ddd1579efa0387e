"""The `daicho` command: one file per command group."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path

import typer
from typer.exceptions import Abort, Exit, TyperException

from daicho.cli import (
    account,
    backup,
    cluster,
    collector,
    demo,
    doctor,
    init,
    journal,
    key,
    ledger,
    locked,
    monitoring,
    notify,
    pack,
    pack_form,
    registry,
    remediation,
    rules,
    scan,
    serve,
    source,
    tick,
    unit,
)
from daicho.cli.console import ExitCode, _, complain, say
from daicho.errors import DaichoError, UsageError
from daicho.pages.source_words import BAR
from daicho.workspace import restrict_process
from registry.errors import InvalidValue, RegistryError
from registry.scan_permission import ScanRefusedError
from scanners.errors import RuleError, ScannerError

app = typer.Typer(
    name="daicho",
    help=_("台帳 Daicho: 個人情報の所在を調べ、個人情報管理台帳と突き合わせます。"),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("init", help=init.HELP)(init.init)
app.command("scan", help=scan.HELP)(scan.scan)
app.command("locked", help=locked.HELP)(locked.locked)
app.command("serve", help=serve.HELP)(serve.serve)
app.command("demo", help=demo.HELP)(demo.demo)
app.command("doctor", help=doctor.HELP)(doctor.doctor)
app.command("tick", help=tick.HELP)(tick.tick)
app.command("notify", help=notify.HELP)(notify.notify)
app.command("pack", help=pack.PACK_HELP)(pack.pack)
app.command("verify", help=pack.VERIFY_HELP)(pack.verify)
app.command("backup", help=backup.BACKUP_HELP)(backup.backup)
app.command("restore", help=backup.RESTORE_HELP)(backup.restore)
app.command("import", help=collector.IMPORT_HELP)(collector.take_in)
app.add_typer(source.app, name="source")
app.add_typer(collector.app, name="collector")
app.add_typer(monitoring.app, name="monitoring")
app.add_typer(cluster.app, name="cluster")
app.add_typer(unit.app, name="unit")
app.add_typer(account.app, name="account")
app.add_typer(journal.app, name="journal")
app.add_typer(key.app, name="key")
app.add_typer(ledger.app, name="ledger")
app.add_typer(pack_form.app, name="pack-form")
app.add_typer(registry.app, name="registry")
app.add_typer(remediation.app, name="remediation")
app.add_typer(rules.app, name="rules")


def main() -> None:
    """Run the command line and end with its exit code (0 done … 4 failed)."""
    restrict_process()
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code; nothing but the code leaves."""
    try:
        code = app(arguments, prog_name="daicho", standalone_mode=False)
    except Exit as error:
        return error.exit_code
    except Abort:
        say(_("中止しました。"))
        return ExitCode.FAILED
    except TyperException as error:
        message = error.format_message()
        if message.startswith("Usage:"):  # a group called without a command: its help is the answer
            say(message)
        else:
            complain(message)
        return ExitCode.USAGE
    except (UsageError, RuleError) as error:
        complain(str(error))
        return ExitCode.USAGE
    except InvalidValue as error:
        complain(str(error))
        return ExitCode.USAGE
    except ScanRefusedError as error:
        complain(f"{error.name}: {_(BAR[error.bar])}")
        return ExitCode.FAILED
    except (DaichoError, RegistryError, ScannerError) as error:
        complain(str(error))
        return ExitCode.FAILED
    except KeyboardInterrupt:
        say(_("中止しました。途中の結果は残していません。"))
        return ExitCode.FAILED
    except BrokenPipeError:
        return ExitCode.FAILED
    except Exception as error:  # noqa: BLE001 -- the last door: an unknown error's text may hold scanned values
        complain(_internal(error))
        return ExitCode.FAILED
    return int(code or ExitCode.DONE)


def _internal(error: Exception) -> str:
    """Say where an unforeseen error arose, without its message or any value."""
    frames = traceback.extract_tb(error.__traceback__)
    place = " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames[-4:]))
    return _(
        "内部の問題です（{kind}、{place}）。この行を添えて知らせてください。",
        kind=type(error).__name__,
        place=place,
    )
