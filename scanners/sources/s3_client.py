"""What talks to an object store: one client per sign-in and process, and what its refusals mean.

Only what the address names is used: neither keys, profiles, endpoints nor proxies of the environment.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import botocore.session
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, IncompleteReadError, SSLError

from scanners.errors import SourceError
from scanners.model import Gap, Reason
from scanners.sources.clients import Clients
from scanners.sources.retry import FIRST_WAIT, retried

SECONDS = 30
_wait = FIRST_WAIT
_Result = TypeVar("_Result")
_BUSY = frozenset(
    {
        *("SlowDown", "InternalError", "ServiceUnavailable", "RequestTimeout", "Throttling"),
        *(
            "ThrottlingException",
            "RequestLimitExceeded",
            "TooManyRequests",
            "503",
            "500",
            "502",
            "504",
            "429",
        ),
    }
)
_SIGN_IN = frozenset(
    {
        *("InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken"),
        *("AuthFailure", "TokenRefreshRequired", "RequestTimeTooSkewed", "InvalidSecurity", "401"),
    }
)
_REASONS = {
    "NoSuchKey": Reason.VANISHED,
    "NoSuchBucket": Reason.VANISHED,
    "404": Reason.VANISHED,
    "PreconditionFailed": Reason.CHANGED,
    "412": Reason.CHANGED,
    "InvalidRange": Reason.CHANGED,
    "416": Reason.CHANGED,
    "AccessDenied": Reason.DENIED,
    "AllAccessDisabled": Reason.DENIED,
    "403": Reason.DENIED,
}


class RefusedError(Exception):
    """The store answered no; `code` is its own word for it."""

    def __init__(self, code: str, *, sealed: bool = False) -> None:
        super().__init__(code)
        self.code, self.sealed = code, sealed

    @property
    def is_sign_in(self) -> bool:
        """Tell whether the keys themselves are refused."""
        return self.code in _SIGN_IN


class LostError(Exception):
    """The store did not answer, or was too busy, also after several tries."""


@dataclass(frozen=True, slots=True)
class Login:
    """Where a store is and who asks; an empty endpoint is Amazon's."""

    endpoint: str = ""
    region: str = ""
    path_style: bool = False
    ca: str = ""
    profile: str = ""
    anonymous: bool = False
    user: str = ""
    secret: str = field(default="", repr=False)
    token: str = field(default="", repr=False)


def client_of(login: Login) -> Any:
    """Return this process's client; raises `SourceError` for a profile or certificate that is not there."""
    return CLIENTS.of(login)


def _client(login: Login) -> Any:
    nothing = (None, None, os.devnull, None)
    variables = {} if login.profile else {"config_file": nothing, "credentials_file": nothing}
    fixed = {"profile": (None, None, login.profile or None, None), "ca_bundle": (None, None, None, None)}
    session = botocore.session.Session(session_vars={**variables, **fixed})
    config = Config(
        signature_version=UNSIGNED if login.anonymous else "s3v4",
        connect_timeout=SECONDS,
        read_timeout=SECONDS,
        retries={"mode": "standard", "total_max_attempts": 1},  # ours are told and tested
        s3={"addressing_style": "path" if login.path_style else "auto"},
        proxies={},
        ignore_configured_endpoint_urls=True,
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    region = login.region
    try:
        if login.profile:
            # keys of the environment would come before those of the profile that was asked for
            session.get_component("credential_provider").remove("env")
            region = region or session.get_scoped_config().get("region", "")
        return session.create_client(
            "s3",
            region_name=region or "us-east-1",
            endpoint_url=login.endpoint or None,
            verify=login.ca or True,
            aws_access_key_id=login.user or None,
            aws_secret_access_key=login.secret or None,
            aws_session_token=login.token or None,
            config=config,
        )
    except (BotoCoreError, ValueError, OSError) as error:
        raise SourceError(f"s3: {type(error).__name__}; check profile, region, endpoint and ca") from None


CLIENTS: Clients[Login, Any] = Clients(_client)


def asked(action: Callable[[], _Result]) -> _Result:
    """Return what the store answers, trying again what may pass.

    Raises `RefusedError` or `LostError`, whose texts are codes only.
    """
    try:
        return retried(action, _passes, first_wait=_wait)
    except ClientError as error:
        code = _code(error)
        if _passes(error):
            raise LostError(code) from None
        sealed = "server side encryption" in str(error.response.get("Error", {}).get("Message", "")).lower()
        raise RefusedError(code, sealed=sealed) from None
    except SSLError:
        raise LostError("certificate") from None
    except (BotoCoreError, OSError) as error:
        raise LostError(type(error).__name__) from None


def gap_of(error: RefusedError | LostError) -> Gap:
    """Return what a refusal to read an object means for it."""
    if isinstance(error, LostError):
        return Gap(Reason.UNREACHABLE, str(error))
    if error.sealed:
        return Gap(Reason.DENIED, f"{error.code}: encrypted with a customer's key")
    if error.code == "InvalidObjectState":
        return Gap(Reason.UNREADABLE, f"{error.code}: archived, never restored by a scan")
    if error.is_sign_in:
        return Gap(Reason.DENIED, error.code)
    return Gap(_REASONS.get(error.code, Reason.UNREADABLE), error.code)


def _code(error: ClientError) -> str:
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    code = str(error.response.get("Error", {}).get("Code", "") or status)
    return code if code.isalnum() and len(code) <= 64 else str(status)


def _passes(error: Exception) -> bool:
    if isinstance(error, ClientError):
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        return _code(error) in _BUSY or status == 429 or (status >= 500 and status not in (501, 505))
    return isinstance(error, (HTTPClientError, IncompleteReadError, OSError)) and not isinstance(
        error, SSLError
    )
