"""Which permission each service of certification asks for: see registry/services.py, which this continues.

Services are named room.module.function. Every room has a `services.py` of its own, joined here.
"""

from __future__ import annotations

from collections.abc import Mapping

from privacy_mark.confirmations import services as confirmations
from privacy_mark.documents import services as documents
from privacy_mark.self_check import services as self_check
from registry.roles import Permission

SERVICES: Mapping[str, Permission] = {**confirmations.SERVICES, **documents.SERVICES, **self_check.SERVICES}

PARTS: Mapping[str, str] = {**confirmations.PARTS, **documents.PARTS, **self_check.PARTS}
"""Functions that take a transaction and are no services: each with its reason."""
