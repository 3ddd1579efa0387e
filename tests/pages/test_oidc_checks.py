"""What an identity provider's answer must be like: each check of the standard fails on its own."""

from __future__ import annotations

import time

import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey, RSAKey

from daicho.sign_in.gate import Gate
from daicho.sign_in.oidc import Oidc, OidcError, Provider
from daicho.web_settings import OidcSettings
from registry.identities import Claims
from tests.pages.group import Group

ISSUER = "https://login.towa.example/realm"
NONCE = "the-nonce-of-this-browser"
SECRET = "a client secret that is long enough for HMAC"
pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    """Run on the standard event loop."""
    return "asyncio"


@pytest.fixture(scope="module")
def key() -> RSAKey:
    """Return the provider's key pair."""
    return RSAKey.generate_key(2048, {"kid": "k-1"})


@pytest.fixture
def oidc(group: Group, key: RSAKey) -> Oidc:
    """Return the routes with the provider's public key already read."""
    public = KeySet.import_key_set({"keys": [key.as_dict(private=False)]})
    made = Oidc(Gate(group.workspace.registry), OidcSettings(ISSUER, "daicho", SECRET))
    made._provider = Provider({}, public, time.monotonic())
    return made


def claims(**changes: object) -> dict[str, object]:
    """Return good claims with some changed; None takes a claim away."""
    now = int(time.time())
    good: dict[str, object] = {
        "iss": ISSUER,
        "sub": "s-1",
        "aud": "daicho",
        "exp": now + 300,
        "iat": now,
        "nonce": NONCE,
        "email": "tanaka@towa.example",
        "email_verified": True,
        "name": "田中 一郎",
        "groups": ["officers", 7],
    }
    return {name: value for name, value in (good | changes).items() if value is not None}


async def test_a_good_answer_tells_who_it_is(oidc: Oidc, key: RSAKey) -> None:
    """Signed by the provider's key, for us, just now, with our nonce."""
    token = jwt.encode({"alg": "RS256", "kid": "k-1"}, claims(), key)
    assert oidc._verified(await oidc._decoded(token), NONCE) == Claims(
        ISSUER, "s-1", "tanaka@towa.example", "田中 一郎", frozenset({"officers"})
    )


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"iss": "https://elsewhere.example"}, "iss"),
        ({"iss": None}, "iss"),
        ({"aud": "another-client"}, "aud"),
        ({"aud": ["another-client"], "azp": "daicho"}, "aud"),
        ({"aud": None}, "aud"),
        ({"aud": ["daicho", "another-client"]}, "azp"),
        ({"azp": "another-client"}, "azp"),
        ({"exp": 1}, "exp"),
        ({"exp": None}, "exp"),
        ({"iat": int(time.time()) + 3600}, "iat"),
        ({"nonce": "another"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"sub": ""}, "sub"),
        ({"sub": None}, "sub"),
    ],
)
async def test_each_check_refuses_on_its_own(oidc: Oidc, changes: dict[str, object], check: str) -> None:
    """One claim that does not hold is enough."""
    with pytest.raises(OidcError, match=f"^{check}$"):
        oidc._verified(claims(**changes), NONCE)


async def test_only_the_providers_own_key_counts(oidc: Oidc, key: RSAKey) -> None:
    """Neither a stranger's key, nor our client secret, nor no signature at all, nor a changed claim."""
    stranger = RSAKey.generate_key(2048, {"kid": "k-1"})
    good = jwt.encode({"alg": "RS256", "kid": "k-1"}, claims(), key)
    head, _, signature = good.split(".")
    other = jwt.encode({"alg": "RS256", "kid": "k-1"}, claims(sub="s-2"), key).split(".")[1]
    forged = [
        jwt.encode({"alg": "RS256", "kid": "k-1"}, claims(), stranger),
        jwt.encode({"alg": "HS256", "kid": "k-1"}, claims(), OctKey.import_key(SECRET)),
        f"eyJhbGciOiJub25lIn0.{good.split('.')[1]}.",
        f"{head}.{other}.{signature}",
        "",
        "a.b.c",
    ]
    for token in forged:
        with pytest.raises((JoseError, ValueError)):
            await oidc._decoded(token)


async def test_an_unverified_address_is_no_address(oidc: Oidc) -> None:
    """Only the word true makes it one."""
    for word in (False, "true", 1, None):
        assert oidc._verified(claims(email_verified=word), NONCE).email == ""
