"""`daicho cluster`: the machines that read for a scan which another one leads."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated

import typer

from daicho.cli.collected_words import in_words, passphrase_of
from daicho.cli.console import _, examples, say, tell
from daicho.credentials import credentials_of
from daicho.errors import UsageError
from daicho.password_file import read_passwords
from daicho.site import kit_at

app = typer.Typer(
    help=_("複数の機器で走査します: 証明書、スケジューラー、ワーカー。"),
    no_args_is_help=True,
    rich_markup_mode=None,
)
_Certificates = Annotated[Path, typer.Option("--certs", help=_("証明書と鍵のフォルダ"))]
_Host = Annotated[str, typer.Option(help=_("接続を受けるアドレス"))]


@app.command(
    "certs",
    help=_(
        "クラスターの認証局と、機器ごとの証明書を作ります。"
        "鍵 authority.key は、どの機器にも置かないでください。"
    )
    + examples("daicho cluster certs -o certs headquarters scheduler.example.internal worker-1 worker-2"),
)
def certs(
    names: Annotated[list[str], typer.Argument(help=_("機器の名前。走査を始める機器は headquarters"))],
    output: Annotated[Path, typer.Option("--output", "-o", help=_("書き込むフォルダ"))],
    host: Annotated[
        list[str] | None, typer.Option(help=_("証明書に加える名前かアドレス（何度でも）"))
    ] = None,
    years: Annotated[int, typer.Option(min=1, max=10, help=_("有効な年数"))] = 2,
) -> None:
    """Write the authority, when there is none yet, and a certificate and key for each machine."""
    from daicho.cluster.certificates import make

    for path in make(output, names, hosts=host or (), years=years):
        tell(str(path))


@app.command(
    "scheduler",
    help=_("ワーカーに仕事を渡す機器で動かします。終えるまで動き続けます。")
    + examples("daicho cluster scheduler --certs certs --name scheduler.example.internal --host 10.0.0.5"),
)
def scheduler(
    certs: _Certificates,
    name: Annotated[str, typer.Option(help=_("この機器の証明書の名前"))],
    host: _Host = "0.0.0.0",  # noqa: S104  whoever connects shows a certificate of this cluster
    port: Annotated[int, typer.Option(min=1, max=65535, help=_("ポート"))] = 8786,
) -> None:
    """Hand on work until a signal comes."""
    from daicho.cluster.connection import security
    from daicho.cluster.running import run_scheduler

    run_scheduler(host, port, security(certs, name), ready=lambda at: say(_("待っています: {at}", at=at)))


@app.command(
    "worker",
    help=_(
        "データを読む機器で動かします。持つのは拠点のキットだけで、マスター鍵はありません。"
        "認証情報は参照から、この機器で探します。"
    )
    + examples(
        "daicho cluster worker dask://scheduler.example.internal --certs certs --name worker-1 "
        "--kit site.dck --passphrase-file /etc/daicho/passphrase --site TOWA-HP"
    ),
)
def worker(
    address: Annotated[str, typer.Argument(help=_("スケジューラー: dask://名前[:ポート]"))],
    certs: _Certificates,
    name: Annotated[str, typer.Option(help=_("この機器の証明書の名前"))],
    kit: Annotated[Path, typer.Option(help=_("本部から届いたキット"))],
    passphrase_file: Annotated[
        Path | None, typer.Option(help=_("キットの合言葉のファイル（権限 600。省略するとたずねる）"))
    ] = None,
    site: Annotated[str, typer.Option(help=_("この名前の拠点のデータだけを読む"))] = "",
    jobs: Annotated[int, typer.Option(min=0, help=_("同時に働くプロセスの数（0 はコアの数）"))] = 0,
    passwords: Annotated[
        Path | None,
        typer.Option(help=_("ロックされたファイルに試すパスワードのファイル（一行に一つ、権限 600）")),
    ] = None,
    credentials: Annotated[
        Path | None,
        typer.Option(help=_("場所ごとの認証情報の参照（TOML の [credentials]: URL の始まり = 参照）")),
    ] = None,
) -> None:
    """Read what the scheduler gives until a signal comes."""
    from daicho.cluster.connection import address as scheduler_at
    from daicho.cluster.connection import security
    from daicho.cluster.running import run_worker
    from daicho.cluster.work import Place, Station, own_folder
    from scanners.options import ScanKeys
    from scanners.selection import Selection
    from scanners.sources import open_source
    from scanners.sources.interface import Source

    known = _references(credentials)

    def opened(place: Place) -> Source:
        own = [each for each in known if place.location.startswith(each)]
        reference = known[max(own, key=len)] if own else place.credential
        return open_source(
            place.location,
            left_out=own_folder(place),
            credentials=credentials_of(reference),
            selection=Selection(place.include, place.exclude),
        )

    with in_words():
        held = kit_at(kit, passphrase_of(passphrase_file))
    station = Station(
        # objects are named as one scan of headquarters names them, not as a collector's: by the first key
        ScanKeys(held.fingerprint, held.older, held.older[0] if held.older else held.fingerprint),
        held.headquarters,
        jobs or os.cpu_count() or 1,
        opened,
        passwords=read_passwords(passwords) if passwords else (),
        name=site,
    )
    run_worker(
        scheduler_at(address),
        security(certs, name),
        station,
        ready=lambda at: say(_("待っています: {at}", at=at)),
    )


def _references(path: Path | None) -> dict[str, str]:
    """Return where this machine's own credentials stand, by how addresses begin; `UsageError`."""
    if path is None:
        return {}
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8")).get("credentials", {})
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: {type(error).__name__}") from None
    if not isinstance(told, dict) or not all(isinstance(value, str) for value in told.values()):
        raise UsageError(_("{path}: [credentials] に URL の始まり = 参照 を書いてください。", path=path))
    return told
