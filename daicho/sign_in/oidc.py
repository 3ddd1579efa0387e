"""Sign-in through an identity provider: OpenID Connect Core 1.0, authorization code with PKCE.

What a sign-in needs to know until it comes back (state, nonce, code verifier, where to go) travels in a
cookie of this browser, sealed with a key of the vault and good for ten minutes: an answer is taken only from
the browser that asked. Nothing of the provider's tokens is kept.

Not defended against: a provider that lies. Whom it vouches for is who they are.
"""

from __future__ import annotations

import base64
import json
import logging
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2
from anyio import Lock
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from starlette.requests import Request
from starlette.responses import Response

from daicho.sign_in import html
from daicho.sign_in.gate import Gate, redirect, target
from daicho.sign_in.html import Page
from daicho.web_settings import OidcSettings
from registry import identities
from registry.errors import RegistryError
from registry.identities import Claims
from registry.sign_in import SignInRefused

STATE_COOKIE = "daicho_oidc"
STATE_SECONDS = 600
CALLBACK = "/sign-in/oidc/callback"
# Only signatures of the provider's own key pair: with HS* whoever knows the client secret could sign.
ALGORITHMS = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
)
LEEWAY = 60  # seconds between the provider's clock and ours
_TIMEOUT = 10.0  # seconds
_METADATA_SECONDS = 3600.0

_LOG = logging.getLogger(__name__)


class OidcError(Exception):
    """An answer of the provider, or of the browser, that does not hold; the message names the check."""


@dataclass(frozen=True, slots=True)
class Provider:
    """What the provider says of itself, and its public keys."""

    metadata: Mapping[str, Any]
    keys: KeySet
    loaded_at: float


@dataclass(slots=True)
class Oidc:
    """Routes of one identity provider."""

    gate: Gate
    settings: OidcSettings
    _provider: Provider | None = None
    _lock: Lock = field(default_factory=Lock)

    async def begin(self, request: Request) -> Response:
        """Answer GET /sign-in/oidc: send the browser to the provider."""
        try:
            provider = await self._load()
        except (httpx2.HTTPError, OidcError, JoseError, ValueError) as error:
            return self._failed(request, error)
        asked = {
            "state": secrets.token_urlsafe(32),
            "nonce": secrets.token_urlsafe(32),
            "verifier": secrets.token_urlsafe(48),
            "next": target(request.query_params.get("next", "/")),
            "until": int(time.time()) + STATE_SECONDS,
        }
        async with self._client(request) as client:
            address, _ = client.create_authorization_url(
                provider.metadata["authorization_endpoint"],
                state=asked["state"],
                nonce=asked["nonce"],
                code_verifier=asked["verifier"],
            )
        response = redirect(address)
        self.gate.set_cookie(response, request, STATE_COOKIE, self._seal(asked), max_age=STATE_SECONDS)
        return response

    async def finish(self, request: Request) -> Response:
        """Answer GET /sign-in/oidc/callback: open a session for whom the provider vouches for."""
        gate = self.gate
        try:
            asked = self._asked(request)
            claims = await self._claims(request, asked)
            answer = await gate.ask(
                identities.with_identity,
                gate.registry,
                claims,
                client=gate.client(request),
                policy=self.settings.policy,
            )
        except (httpx2.HTTPError, AuthlibBaseError, JoseError, OidcError, RegistryError, ValueError) as error:
            return self._failed(request, error)
        if isinstance(answer, SignInRefused):
            return self._unknown(request)
        response = await gate.enter(request, redirect(target(str(asked["next"]))), answer)
        gate.drop_cookie(response, request, STATE_COOKIE)
        return response

    async def _claims(self, request: Request, asked: Mapping[str, Any]) -> Claims:
        """Return what the provider says, after the checks of OpenID Connect Core 1.0 §3.1.2.7, §3.1.3.7."""
        # (1) the answer belongs to what this browser asked for
        given = request.query_params.get("state", "")
        if not secrets.compare_digest(given.encode(), str(asked["state"]).encode()):
            raise OidcError("state")
        # (2) it comes from the provider that was asked (RFC 9207), when it says so
        if request.query_params.get("iss", self.settings.issuer) != self.settings.issuer:
            raise OidcError("iss of the answer")
        if "error" in request.query_params or not request.query_params.get("code"):
            raise OidcError("no code")
        provider = await self._load()
        # (3) the code is exchanged over TLS, with our secret and the verifier (RFC 7636)
        async with self._client(request) as client:
            tokens = await client.fetch_token(
                provider.metadata["token_endpoint"],
                grant_type="authorization_code",
                code=request.query_params["code"],
                code_verifier=asked["verifier"],
            )
        return self._verified(await self._decoded(str(tokens.get("id_token", ""))), str(asked["nonce"]))

    async def _decoded(self, id_token: str) -> Mapping[str, Any]:
        # (4) the ID token is signed with a key that the provider publishes; unknown: it may have a new one
        provider = await self._load()
        try:
            return jwt.decode(id_token, provider.keys, algorithms=list(ALGORITHMS)).claims
        except (JoseError, ValueError):
            if time.monotonic() - provider.loaded_at < LEEWAY:
                raise
            provider = await self._load(afresh=True)
            return jwt.decode(id_token, provider.keys, algorithms=list(ALGORITHMS)).claims

    def _verified(self, claims: Mapping[str, Any], nonce: str) -> Claims:
        # (5) issuer, (6) audience, (7) authorized party, (8) times, (9) nonce
        if claims.get("iss") != self.settings.issuer:
            raise OidcError("iss")
        audience = claims.get("aud")
        audience = [audience] if isinstance(audience, str) else audience
        if not isinstance(audience, list) or self.settings.client_id not in audience:
            raise OidcError("aud")
        if claims.get("azp", self.settings.client_id) != self.settings.client_id:
            raise OidcError("azp")
        if len(audience) > 1 and "azp" not in claims:
            raise OidcError("azp")
        now, until, since = time.time(), claims.get("exp"), claims.get("iat")
        if not isinstance(until, int | float) or now > until + LEEWAY:
            raise OidcError("exp")
        if not isinstance(since, int | float) or since > now + LEEWAY:
            raise OidcError("iat")
        if not secrets.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
            raise OidcError("nonce")
        subject = claims.get("sub")
        if not isinstance(subject, str) or not subject:
            raise OidcError("sub")
        return Claims(
            self.settings.issuer,
            subject,
            email=str(claims.get("email", "")) if claims.get("email_verified") is True else "",
            name=str(claims.get("name", "")),
            groups=_groups(claims.get(self.settings.groups_claim)),
        )

    async def _load(self, *, afresh: bool = False) -> Provider:
        """Return the provider's metadata and keys, read once an hour (OpenID Connect Discovery 1.0)."""
        async with self._lock:
            known = self._provider
            if known and not afresh and time.monotonic() - known.loaded_at < _METADATA_SECONDS:
                return known
            async with httpx2.AsyncClient(timeout=_TIMEOUT, follow_redirects=False) as client:
                address = self.settings.issuer.rstrip("/") + "/.well-known/openid-configuration"
                metadata = _object(await client.get(address))
                if metadata.get("issuer") != self.settings.issuer:
                    raise OidcError("issuer of the metadata")
                for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                    if not self._is_safe(metadata.get(name)):
                        raise OidcError(name)
                keys = KeySet.import_key_set(_object(await client.get(metadata["jwks_uri"])))  # type: ignore[arg-type]  # checked there
            self._provider = Provider(metadata, keys, time.monotonic())
            return self._provider

    def _is_safe(self, address: object) -> bool:
        # As encrypted as the issuer's own address, which the settings checked.
        scheme = self.settings.issuer.partition("://")[0]
        return isinstance(address, str) and address.startswith(("https://", f"{scheme}://"))

    def _client(self, request: Request) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            self.settings.client_id,
            self.settings.client_secret,
            scope="openid email profile",
            redirect_uri=f"{self.gate.origin(request)}{CALLBACK}",
            code_challenge_method="S256",
            timeout=_TIMEOUT,
        )

    # The sealed cookie

    def _seal(self, asked: Mapping[str, Any]) -> str:
        nonce = secrets.token_bytes(12)
        key = AESGCM(self.gate.registry.vault.subkey("oidc state"))
        return base64.urlsafe_b64encode(nonce + key.encrypt(nonce, json.dumps(asked).encode(), None)).decode()

    def _asked(self, request: Request) -> Mapping[str, Any]:
        key = AESGCM(self.gate.registry.vault.subkey("oidc state"))
        try:
            raw = base64.urlsafe_b64decode(self.gate.cookie(request, STATE_COOKIE))
            asked: Mapping[str, Any] = json.loads(key.decrypt(raw[:12], raw[12:], None))
        except (InvalidTag, ValueError):
            raise OidcError("cookie") from None
        if time.time() > asked["until"]:
            raise OidcError("too late")
        return asked

    # What the reader sees

    def _failed(self, request: Request, error: Exception) -> Response:
        # Messages of libraries may quote tokens: our own name only the check that failed.
        check = str(error) if isinstance(error, OidcError) else ""
        _LOG.warning("sign-in through the identity provider failed: %s %s", type(error).__name__, check)
        text = self.gate.text(request)
        page = Page(
            text("サインインできませんでした"),
            html.link("/sign-in", text("最初からやり直す"), button=True),
            purpose=text("会社のアカウントを確認できませんでした。続くときは管理者に伝えてください。"),
        )
        response = self.gate.show(request, page, status=403)
        self.gate.drop_cookie(response, request, STATE_COOKIE)
        return response

    def _unknown(self, request: Request) -> Response:
        text = self.gate.text(request)
        page = Page(
            text("サインインできませんでした"),
            html.link("/sign-in", text("サインインへ戻る"), button=True),
            purpose=text("このアカウントはまだ登録されていません。管理者に登録を頼んでください。"),
        )
        response = self.gate.show(request, page, status=403)
        self.gate.drop_cookie(response, request, STATE_COOKIE)
        return response


def _object(response: httpx2.Response) -> dict[str, Any]:
    response.raise_for_status()
    found = response.json()
    if not isinstance(found, dict):
        raise OidcError("not an object")
    return found


def _groups(claim: object) -> frozenset[str]:
    given = [claim] if isinstance(claim, str) else claim
    return (
        frozenset(each for each in given if isinstance(each, str)) if isinstance(given, list) else frozenset()
    )
