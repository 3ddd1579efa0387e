"""Who can read objects of a store, as far as its own answers tell: policy, public access block, grants.

What an account's own users may read is decided outside of the store and cannot be asked here: unknown.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from scanners.model import Exposure
from scanners.sources.interface import Readers
from scanners.sources.s3_client import LostError, RefusedError, asked

_GROUPS = "http://acs.amazonaws.com/groups/global/"
_ANYBODY = (_GROUPS + "AllUsers", _GROUPS + "AuthenticatedUsers")  # the second: any account of the world
_READS = ("READ", "FULL_CONTROL")


@dataclass(frozen=True, slots=True)
class BucketAccess:
    """What a bucket's own settings say; `told` is a digest of them all."""

    public: bool  # a policy lets anybody in, and nothing restricts it
    grants_count: bool  # grants to everybody, where an object has one, hold
    told: str

    @property
    def exposure(self) -> Exposure:
        """Everyone by a public policy; else nobody can tell from the bucket alone."""
        return Exposure.EVERYONE if self.public else Exposure.UNKNOWN


def bucket_access(client: Any, bucket: str) -> BucketAccess:
    """Ask for the settings of a bucket; what may not be asked counts as not restricting anything."""
    block = _answer(
        lambda: client.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"],
    )
    policy = _answer(lambda: client.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"])
    owned = _answer(lambda: client.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"])
    grants = _answer(lambda: {"Grants": client.get_bucket_acl(Bucket=bucket)["Grants"]})
    rules = owned.get("Rules", ())
    without_grants = any(rule.get("ObjectOwnership") == "BucketOwnerEnforced" for rule in rules)
    told = json.dumps([block, policy, owned, grants], sort_keys=True, default=str)
    return BucketAccess(
        public=bool(policy.get("IsPublic")) and not block.get("RestrictPublicBuckets"),
        grants_count=not (without_grants or block.get("IgnorePublicAcls")),
        told=hashlib.sha256(told.encode()).hexdigest()[:32],
    )


def object_readers(client: Any, bucket: str, key: str, access: BucketAccess) -> Readers:
    """Return who can read one object, by its bucket and its own grants."""
    found = _answer(lambda: {"Grants": client.get_object_acl(Bucket=bucket, Key=key)["Grants"]})
    everyone = access.public
    names: set[str] = set()
    for grant in found.get("Grants", ()):
        grantee = grant.get("Grantee", {})
        if grant.get("Permission") not in _READS:
            continue
        group = grantee.get("URI", "")
        if group in _ANYBODY:
            if access.grants_count:
                everyone = True
                names.add(group.removeprefix(_GROUPS))
        else:
            names.add(
                grantee.get("DisplayName") or grantee.get("EmailAddress") or group or grantee.get("ID", "")
            )
    return Readers(Exposure.EVERYONE if everyone else Exposure.UNKNOWN, tuple(sorted(names - {""})))


def _answer(ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return asked(ask)
    except (RefusedError, LostError, KeyError):
        return {}
