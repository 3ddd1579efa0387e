"""Settings of the web server and of signing in: the sections [web], [sign_in] and [oidc] of `daicho.toml`."""

from __future__ import annotations

import ipaddress
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from daicho.errors import UsageError
from registry.identities import GroupRole, IdentityPolicy
from registry.model import Role
from registry.sign_in import Policy

SECTIONS: Mapping[str, frozenset[str]] = {
    "web": frozenset({"public_url", "trusted_proxies"}),
    "sign_in": frozenset({"second_factor"}),
    "oidc": frozenset(
        {"issuer", "client_id", "client_secret_file", "name", "groups_claim", "create_accounts", "groups"}
    ),
}
LOOPBACK = ("localhost", "127.0.0.1", "::1")

TEMPLATE = """\
[web]
# public_url = "https://daicho.example.internal"   # as browsers see it, when a proxy speaks TLS for it
# trusted_proxies = ["127.0.0.1"]                  # whose X-Forwarded-For and -Proto are believed

[sign_in]
# second_factor = ["administrator"]                # roles whose holders must use one-time codes

[oidc]                                             # secret: DAICHO_OIDC_CLIENT_SECRET, or a 0600 file
# issuer = "https://login.example.jp/realms/group"
# client_id = "daicho"
# client_secret_file = "keys/oidc-client-secret"
# name = "社内アカウント"                            # on the button of the sign-in page
# groups_claim = "groups"
# create_accounts = false                          # true: unknown people get an account without any role

[oidc.groups]
# "privacy-officers" = "officer@TOWA"              # or a list; recomputed at every sign-in
"""


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """The identity provider; its `repr` never shows the secret."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str = ""
    groups_claim: str = "groups"
    policy: IdentityPolicy = field(default_factory=IdentityPolicy)


@dataclass(frozen=True, slots=True)
class WebSettings:
    """How the dashboard is reached and how people sign in."""

    public_url: str = ""  # "https://host[:port]" without a path; "": served to this machine alone
    trusted_proxies: tuple[str, ...] = ()
    sign_in: Policy = field(default_factory=Policy)
    oidc: OidcSettings | None = None

    @property
    def is_secure(self) -> bool:
        """True when browsers reach the dashboard over TLS: cookies are Secure and bound to the host."""
        return self.public_url.startswith("https://")

    @property
    def public_host(self) -> str:
        """Return the host name browsers use, "" when none is set."""
        return urlsplit(self.public_url).hostname or ""


def load(raw: Mapping[str, Any], env: Mapping[str, str], config: Path, workspace: Path) -> WebSettings:
    """Read the sections; raises `UsageError` naming the key, never its value when that is secret."""
    web = raw.get("web", {})
    public_url = _public_url(str(web.get("public_url", "")), config)
    oidc = raw.get("oidc", {})
    return WebSettings(
        public_url,
        _proxies(web.get("trusted_proxies", []), config),
        _policy(raw.get("sign_in", {}), config),
        _oidc(oidc, env, config, workspace) if oidc.get("issuer") or oidc.get("client_id") else None,
    )


def _public_url(url: str, config: Path) -> str:
    if not url:
        return ""
    parts = urlsplit(url)
    whole = parts.hostname and not parts.username and parts.path in ("", "/") and not parts.query
    if not whole or not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)):
        raise UsageError(f'{config}: web.public_url is "https://host" or "https://host:port", nothing more.')
    return f"{parts.scheme}://{parts.netloc}"


def _proxies(given: object, config: Path) -> tuple[str, ...]:
    found = _texts(given, "web.trusted_proxies", config)
    for each in found:
        try:
            ipaddress.ip_network(each, strict=False)
        except ValueError:
            raise UsageError(
                f"{config}: web.trusted_proxies holds IP addresses or networks (10.0.0.0/24); every other"
                " computer could claim to be somebody else."
            ) from None
    return found


def _policy(section: Mapping[str, Any], config: Path) -> Policy:
    roles = _texts(section.get("second_factor", []), "sign_in.second_factor", config)
    return Policy(frozenset(_role(role, "sign_in.second_factor", config) for role in roles))


def _oidc(section: Mapping[str, Any], env: Mapping[str, str], config: Path, workspace: Path) -> OidcSettings:
    issuer, client_id = str(section.get("issuer", "")), str(section.get("client_id", ""))
    parts = urlsplit(issuer)
    encrypted = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    if not client_id or not parts.hostname or not encrypted or parts.query or parts.fragment:
        raise UsageError(f"{config}: oidc needs issuer (https://…) and client_id.")
    create = section.get("create_accounts", False)
    if not isinstance(create, bool):
        raise UsageError(f"{config}: oidc.create_accounts is true or false.")
    return OidcSettings(
        issuer,
        client_id,
        _secret(section, env, config, workspace),
        str(section.get("name", "")),
        str(section.get("groups_claim", "groups")),
        IdentityPolicy(create, _groups(section.get("groups", {}), config)),
    )


def _secret(section: Mapping[str, Any], env: Mapping[str, str], config: Path, workspace: Path) -> str:
    if secret := env.get("DAICHO_OIDC_CLIENT_SECRET", ""):
        return secret
    named = section.get("client_secret_file")
    if not isinstance(named, str) or not named:
        raise UsageError(
            f"{config}: oidc needs DAICHO_OIDC_CLIENT_SECRET in the environment, or oidc.client_secret_file."
        )
    path = workspace / named
    try:
        mode = path.stat().st_mode
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"{path} cannot be read as the secret of oidc.client_secret_file.") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise UsageError(f"{path} can be read by others; run: chmod 600 {path}")
    if not secret:
        raise UsageError(f"{path} is empty; put the client secret of the identity provider into it.")
    return secret


def _groups(section: object, config: Path) -> dict[str, tuple[GroupRole, ...]]:
    if not isinstance(section, dict):
        raise UsageError(f'{config}: [oidc.groups] holds lines like "group" = "officer@UNIT".')
    found: dict[str, tuple[GroupRole, ...]] = {}
    for group, given in section.items():
        wanted = _texts([given] if isinstance(given, str) else given, f"oidc.groups.{group}", config)
        found[group] = tuple(_group_role(each, f"oidc.groups.{group}", config) for each in wanted)
    return found


def _group_role(text: str, key: str, config: Path) -> GroupRole:
    role, _, unit = text.partition("@")
    if not unit:
        raise UsageError(f'{config}: {key} is "role@UNIT", with the code of a unit.')
    return GroupRole(_role(role, key, config), unit)


def _role(text: str, key: str, config: Path) -> Role:
    try:
        return Role(text)
    except ValueError:
        known = ", ".join(each.value for each in Role)
        raise UsageError(f"{config}: {key} names an unknown role. Known: {known}.") from None


def _texts(given: object, key: str, config: Path) -> tuple[str, ...]:
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        raise UsageError(f"{config}: {key} is a list of texts.")
    return tuple(given)
