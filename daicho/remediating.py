"""Remediation 是正 put together: settings, credentials, the hands at places, the mail to an owner.

The one module, beside the package `remediation` itself, that knows both the registry and the hands.
"""

from __future__ import annotations

import hmac
from functools import partial

from daicho.credentials import credentials_of
from daicho.errors import DaichoError, UsageError
from daicho.notify.deliver import missing
from daicho.notify.errors import NotifyError
from daicho.notify.mail import Envelope
from daicho.notify.owner import message
from daicho.notify.post import Post
from daicho.settings import CONFIG_NAME
from daicho.workspace import Workspace
from registry import exclusions, remediation, remediation_steps
from registry.assess import reassess
from registry.model import Principal
from registry.remediation_states import Remediation, RemediationId, RemediationKind
from remediation.copies import Copies
from remediation.errors import Fault, RemediationError
from remediation.work import Hands


class RemediationFailedError(DaichoError):
    """What was approved could not be done; nothing was lost by it."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"remediation: {fault.value}")
        self.fault = fault


def is_enabled(workspace: Workspace) -> bool:
    """Tell whether anything may be done at places."""
    return workspace.settings.remediation.enabled


def require_enabled(workspace: Workspace) -> None:
    """Raise UsageError that names the setting while remediation is off."""
    if not is_enabled(workspace):
        raise UsageError(
            f"remediation is off: set [remediation] enabled = true and quarantine = "
            f'"/path/outside" in {workspace.path / CONFIG_NAME}'
        )


def run(workspace: Workspace, principal: Principal, remediation_id: RemediationId) -> Remediation:
    """Carry out what was approved: a quarantine, or a request by mail.

    Raises UsageError when it is off or no mail server is set, RemediationFailedError with the reason, and
    what `registry.remediation_steps` raises.
    """
    hands = _hands(workspace)
    with workspace.registry.read(principal) as tx:
        kind = remediation.remediation(tx, remediation_id).kind
    if kind is RemediationKind.REQUEST:
        return _send(workspace, principal, remediation_id)
    try:
        hands.quarantine(principal, remediation_id)
    except RemediationError as error:
        raise RemediationFailedError(error.fault) from None
    return _now(workspace, principal, remediation_id)


def restore(workspace: Workspace, principal: Principal, remediation_id: RemediationId) -> Remediation:
    """Put an object back. Raises as `run`."""
    try:
        _hands(workspace).restore(principal, remediation_id)
    except RemediationError as error:
        raise RemediationFailedError(error.fault) from None
    return _now(workspace, principal, remediation_id)


def decide(
    workspace: Workspace,
    principal: Principal,
    remediation_id: RemediationId,
    *,
    expected_version: int,
    approve: bool,
) -> Remediation:
    """Approve or refuse what somebody else proposed; an exclusion counts at once."""
    with workspace.registry.write(principal, reason="remediation") as tx:
        made = remediation.decide(tx, remediation_id, expected_version=expected_version, approve=approve)
    if approve and made.kind.is_exclusion:
        _compare(workspace)
    return made


def withdraw(
    workspace: Workspace, principal: Principal, remediation_id: RemediationId, *, expected_version: int
) -> Remediation:
    """End an exclusion: what it left out counts again at once."""
    with workspace.registry.write(principal, reason="remediation") as tx:
        made = remediation.withdraw_exclusion(tx, remediation_id, expected_version=expected_version)
    _compare(workspace)
    return made


def destroy_due(workspace: Workspace, principal: Principal) -> int:
    """Destroy copies whose period is over, with certificates; return how many."""
    try:
        return _hands(workspace).destroy_due(principal)
    except RemediationError as error:
        raise RemediationFailedError(error.fault) from None


def end_exclusions(workspace: Workspace, principal: Principal) -> int:
    """End exclusions whose last day is over, and compare anew when there were some; return how many."""
    with workspace.registry.write(principal, reason="tick") as tx:
        ended = exclusions.expire(tx)
    if ended:
        _compare(workspace)
    return ended


def _compare(workspace: Workspace) -> None:
    reassess(workspace.registry, workspace.owner(), workspace.findings, reason="remediation")


def _hands(workspace: Workspace) -> Hands:
    settings = workspace.settings.remediation
    require_enabled(workspace)
    assert settings.quarantine is not None
    return Hands(
        workspace.registry,
        Copies(settings.quarantine),
        partial(credentials_of, own=workspace.path),
        settings.keep_days,
    )


def _send(workspace: Workspace, principal: Principal, remediation_id: RemediationId) -> Remediation:
    settings, mail = workspace.settings, workspace.settings.notify.mail
    lacking = missing(settings) if mail is not None else "set [notify] host and sender to send mails"
    if mail is None or lacking:
        raise UsageError(lacking)
    with workspace.registry.write(principal, reason="remediation") as tx:
        asked, now = remediation_steps.begin_request(tx, remediation_id), tx.now
    assert asked.request is not None
    named = hmac.digest(workspace.vault.subkey("message"), f"remediation {remediation_id}".encode(), "sha256")
    envelope = Envelope(mail.sender, asked.request.address, named.hex()[:32], now)
    failure = ""
    try:
        with Post(mail) as post:
            post.send(message(asked, envelope, asked.request.language))
    except NotifyError:
        failure = Fault.MAIL.value
    with workspace.registry.write(principal, reason="remediation") as tx:
        made = remediation_steps.sent(tx, remediation_id, expected_version=asked.version, failure=failure)
    if failure:
        raise RemediationFailedError(Fault.MAIL)
    return made


def _now(workspace: Workspace, principal: Principal, remediation_id: RemediationId) -> Remediation:
    with workspace.registry.read(principal) as tx:
        return remediation.remediation(tx, remediation_id)
