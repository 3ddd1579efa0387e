"""Settings: one frozen value, and the only place that reads the environment and `daicho.toml`."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from daicho import findings_settings, notify_settings, remediation_settings, scan_settings, web_settings
from daicho.errors import UsageError
from daicho.findings_settings import FindingsSettings
from daicho.notify_settings import NotifySettings
from daicho.remediation_settings import RemediationSettings
from daicho.web_settings import WebSettings
from registry.limits import DEFAULT_TARGET_DAYS
from registry.retention import DEFAULT_YEARS, LEAST_YEARS
from scanners.extractors.interface import Limits

DEFAULT_WORKSPACE = "workspace"
CONFIG_NAME = "daicho.toml"
_TARGET_AT_MOST = 365

CONFIG_TEMPLATE = (
    """\
# Settings of this Daicho workspace. What is left out keeps its default.

[registry]
# url = "postgresql+psycopg://daicho@db.example.internal/daicho"   # default: registry.db here, encrypted

"""
    + scan_settings.TEMPLATE
    + "\n"
    + findings_settings.TEMPLATE
    + remediation_settings.TEMPLATE
    + """
[journal]
# anchors = "/mnt/other-machine/daicho"      # where signed heads go, outside this workspace
# tsa_url = "https://tsa.example/"           # time-stamping authority (RFC 3161)
# tsa_certificates = "/etc/daicho/tsa.pem"   # its root certificates
# retention_years = 10                       # names and values of older records may be destroyed

[rights]
# target_days = 14        # until when requests of persons are to be answered; the law names no number

[rights.desks]
# "UNIT" = "お客様相談室 03-0000-0000"          # on reply letters of this company or hospital

[interface]
# language = "ja"         # "ja" or "en"; default: the browser's or the terminal's

"""
    + web_settings.TEMPLATE
    + notify_settings.TEMPLATE
)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be configured, with its default."""

    workspace: Path
    registry_url: str = ""  # empty: the encrypted SQLite file of the workspace
    master_key: str = ""  # hex; empty: the 0600 key file of the workspace
    jobs: int = 0  # 0: one worker per core
    at_once: int = 1  # scans that ticks run at once on one machine
    nice: int = 0  # of the workers of a scan
    limits: Limits = field(default_factory=Limits)
    password_file: Path | None = None  # tried on locked files; read when a scan starts
    language: str = "en"  # of the terminal; pages follow the browser
    demo_database_url: str = ""  # PostgreSQL for the demo's HR database; empty: SQLite
    anchors: Path | None = None  # folder of the journal's signed heads, in another place
    tsa_url: str = ""  # time-stamping authority (RFC 3161)
    tsa_certificates: Path | None = None  # its roots, PEM
    retention_years: int = DEFAULT_YEARS  # of the journal's names and values
    admin_password: str = ""  # first administrator's password for unattended set-up; empty: a one-time link
    rights_days: int = DEFAULT_TARGET_DAYS  # internal target for answering requests of persons
    desks: Mapping[str, str] = field(default_factory=dict)  # unit code -> what its letters call the desk
    findings: FindingsSettings = field(default_factory=FindingsSettings)
    remediation: RemediationSettings = field(default_factory=RemediationSettings)
    web: WebSettings = field(default_factory=WebSettings)
    notify: NotifySettings = field(default_factory=NotifySettings)

    def __repr__(self) -> str:
        """Show where the settings belong and nothing secret."""
        return f"Settings(workspace={str(self.workspace)!r})"

    @classmethod
    def load(cls, workspace: Path | None = None, env: Mapping[str, str] | None = None) -> Settings:
        """Read the environment and the workspace's `daicho.toml`; raises `UsageError` naming the bad key."""
        env = os.environ if env is None else env
        path = (workspace or Path(env.get("DAICHO_WORKSPACE") or DEFAULT_WORKSPACE)).absolute()
        settings = cls(
            workspace=path,
            registry_url=env.get("DAICHO_REGISTRY_URL", ""),
            master_key=env.get("DAICHO_MASTER_KEY", ""),
            language=terminal_language(env),
            demo_database_url=env.get("DAICHO_DEMO_DATABASE_URL", ""),
            admin_password=env.get("DAICHO_ADMIN_PASSWORD", ""),
        )
        config = path / CONFIG_NAME
        return _with_file(settings, config, env) if config.is_file() else settings


def terminal_language(env: Mapping[str, str] | None = None) -> str:
    """Return "ja" or "en" for the terminal: DAICHO_LANGUAGE, then the POSIX locale variables."""
    env = os.environ if env is None else env
    for name in ("DAICHO_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := env.get(name):
            return "ja" if value.lower().startswith("ja") else "en"
    return "en"


def _with_file(settings: Settings, config: Path, env: Mapping[str, str]) -> Settings:
    try:
        raw = tomllib.loads(config.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{config}: not valid TOML ({error}). Correct the file and try again.") from error
    known: dict[str, frozenset[str]] = {
        "registry": frozenset({"url"}),
        "scan": scan_settings.KEYS,
        "findings": findings_settings.KEYS,
        "remediation": remediation_settings.KEYS,
        "journal": frozenset({"anchors", "tsa_url", "tsa_certificates", "retention_years"}),
        "rights": frozenset({"target_days", "desks"}),
        "interface": frozenset({"language"}),
        **web_settings.SECTIONS,
        **notify_settings.SECTIONS,
    }
    for section, values in raw.items():
        if section not in known or not isinstance(values, dict):
            raise UsageError(f"{config}: unknown section [{section}]. Known: {', '.join(sorted(known))}.")
        if unknown := set(values) - known[section]:
            raise UsageError(f"{config}: unknown key {section}.{min(unknown)}.")
    scan = raw.get("scan", {})
    language = str(raw.get("interface", {}).get("language", settings.language))
    if language not in ("ja", "en"):
        raise UsageError(f'{config}: interface.language is "ja" or "en".')
    settings = _with_journal(settings, raw.get("journal", {}), config)
    settings = _with_rights(settings, raw.get("rights", {}), config)
    web = web_settings.load(raw, env, config, settings.workspace)
    return replace(
        settings,
        registry_url=settings.registry_url or str(raw.get("registry", {}).get("url", "")),
        jobs=int(scan_settings.number(scan, "jobs", config) or 0),
        at_once=scan_settings.whole(scan, "at_once", config) or 1,
        nice=scan_settings.whole(scan, "nice", config) or 0,
        limits=scan_settings.limits(scan, config, settings.limits),
        password_file=scan_settings.path(scan, "password_file", config),
        language=language,
        findings=findings_settings.load(raw.get("findings", {}), config),
        remediation=remediation_settings.load(raw.get("remediation", {}), config),
        web=web,
        notify=notify_settings.load(raw, env, config, web.public_url),
    )


def _with_journal(settings: Settings, section: Mapping[str, Any], config: Path) -> Settings:
    texts = {name: section.get(name, "") for name in ("anchors", "tsa_url", "tsa_certificates")}
    for name, value in texts.items():
        if not isinstance(value, str):
            raise UsageError(f"{config}: journal.{name} must be a text.")
    if texts["tsa_url"] and not texts["tsa_certificates"]:
        raise UsageError(
            f"{config}: journal.tsa_url needs journal.tsa_certificates: a time-stamp that nobody checks "
            "proves nothing."
        )
    years = section.get("retention_years", settings.retention_years)
    if type(years) is not int or years < LEAST_YEARS:
        raise UsageError(f"{config}: journal.retention_years is a whole number from {LEAST_YEARS}.")
    places = {name: config.parent / texts[name] if texts[name] else None for name in texts}
    return replace(
        settings,
        anchors=places["anchors"],
        tsa_url=texts["tsa_url"],
        tsa_certificates=places["tsa_certificates"],
        retention_years=years,
    )


def _with_rights(settings: Settings, section: Mapping[str, Any], config: Path) -> Settings:
    days = section.get("target_days", settings.rights_days)
    if type(days) is not int or not 1 <= days <= _TARGET_AT_MOST:
        raise UsageError(f"{config}: rights.target_days is a whole number from 1 to {_TARGET_AT_MOST}.")
    desks = section.get("desks", {})
    if not isinstance(desks, dict) or not all(isinstance(desk, str) for desk in desks.values()):
        raise UsageError(f'{config}: [rights.desks] holds lines like "UNIT" = "text".')
    return replace(settings, rights_days=days, desks=desks)
