"""Which permission each service of certification asks for: see registry/services.py, which this continues.

Services are named room.module.function. Every room has a `services.py` of its own, joined here.
"""

from __future__ import annotations

from collections.abc import Mapping

from privacy_mark.actions import services as actions
from privacy_mark.audits import services as audits
from registry.roles import Permission

SERVICES: Mapping[str, Permission] = {**actions.SERVICES, **audits.SERVICES}

PARTS: Mapping[str, str] = {**actions.PARTS, **audits.PARTS}
"""Functions that take a transaction and are no services: each with its reason."""
