"""`--countries`: whose personal numbers are looked for beside those of Japan."""

from __future__ import annotations

from collections.abc import Iterable

from daicho.cli.console import _, say
from daicho.cli.deep import install_command
from daicho.errors import UsageError
from scanners.presidio.countries import COUNTRIES, is_installed


def chosen_countries(written: str) -> tuple[str, ...]:
    """Read "US,GB"; raises `UsageError` for a country that nobody knows, or where Presidio is missing."""
    countries = tuple(sorted({each.strip().upper() for each in written.split(",") if each.strip()}))
    unknown = [country for country in countries if country not in COUNTRIES]
    if unknown:
        raise UsageError(
            _(
                "--countries: {unknown} の番号は分かりません。分かる国: {known}",
                unknown=", ".join(unknown),
                known=", ".join(sorted(COUNTRIES)),
            )
        )
    if countries and not is_installed():
        raise UsageError(
            _(
                "--countries には Presidio が要りますが、見つかりません。入れるには: {command}",
                command=install_command(),
            )
        )
    return countries


def tell_of_missing(countries: Iterable[str]) -> None:
    """Say whose numbers are recognised by their names alone because Presidio is missing."""
    found = sorted(COUNTRIES.keys() & set(countries))
    if found and not is_installed():
        say(
            _(
                "{countries} の本人番号は見出し語でだけ探します。検査数字でも探すには: {command}",
                countries=", ".join(found),
                command=install_command(),
            )
        )
