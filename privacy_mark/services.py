"""Which permission each service of certification asks for: see registry/services.py, which this continues.

Services are named room.module.function. Every room has a `services.py` of its own, joined here.
"""

from __future__ import annotations

from collections.abc import Mapping

from privacy_mark.actions import services as actions
from privacy_mark.assessments import services as assessments
from privacy_mark.audits import services as audits
from privacy_mark.certificates import services as certificates
from privacy_mark.changes import services as changes
from privacy_mark.complaints import services as complaints
from privacy_mark.confirmations import services as confirmations
from privacy_mark.documents import services as documents
from privacy_mark.governance import services as governance
from privacy_mark.laws import services as laws
from privacy_mark.pack import services as pack
from privacy_mark.processors import services as processors
from privacy_mark.requirements import services as requirements
from privacy_mark.reviews import services as reviews
from privacy_mark.self_check import services as self_check
from privacy_mark.training import services as training
from registry.roles import Permission

SERVICES: Mapping[str, Permission] = {
    **assessments.SERVICES,
    **actions.SERVICES,
    **audits.SERVICES,
    **certificates.SERVICES,
    **changes.SERVICES,
    **complaints.SERVICES,
    **confirmations.SERVICES,
    **pack.SERVICES,
    **processors.SERVICES,
    **documents.SERVICES,
    **governance.SERVICES,
    **reviews.SERVICES,
    **laws.SERVICES,
    **requirements.SERVICES,
    **self_check.SERVICES,
    **training.SERVICES,
}

PARTS: Mapping[str, str] = {
    "responsible.responsible": "tells of lines that one may act on; a name only to who reads appointments",
    "cycle_digest.counted": "asks each room what the person may act on; of what has risen counts alone",
    "cycle_digest.counts": "for the machine's owner, who tells each person what that person may act on",
    "cycle_digest.running": "asked through the principal of each person, as cycle_digest.counts",
    "about.about": "tells of lines that one may act on; of people only to who may see their training",
    "agenda.agenda": "asks of each kind of work for the permission that doing it needs",
    "files.told": "a file of a record that the caller has checked",
    **changes.PARTS,
    **assessments.PARTS,
    **actions.PARTS,
    **audits.PARTS,
    **complaints.PARTS,
    **confirmations.PARTS,
    **certificates.PARTS,
    **pack.PARTS,
    **processors.PARTS,
    **documents.PARTS,
    **governance.PARTS,
    **reviews.PARTS,
    **laws.PARTS,
    **requirements.PARTS,
    **self_check.PARTS,
    **training.PARTS,
}
"""Functions that take a transaction and are no services: each with its reason."""
