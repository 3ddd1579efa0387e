"""What every page is given: the workspace, who asks, and in which language."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime

from daicho.pages.formats import Formats
from daicho.text import Translator, translator
from daicho.workspace import Workspace
from registry import accounts
from registry.assess import reassess
from registry.estate import MAY_COMPARE
from registry.model import Permission, Principal, UnitId
from registry.store import Tx
from registry.views import SensitiveList, note_view


@dataclass(frozen=True, slots=True)
class PageContext:
    """Everything a page needs; built afresh on every rerun."""

    workspace: Workspace
    principal: Principal
    language: str  # "ja" or "en"

    @property
    def text(self) -> Translator:
        """Return the translator of the page's language."""
        return translator(self.language)

    @property
    def formats(self) -> Formats:
        """Return the number and date formats of the page's language."""
        return Formats(self.language)

    def read(self) -> AbstractContextManager[Tx]:
        """Open a reading transaction in the name of the person who asks."""
        return self.workspace.registry.read(self.principal)

    def write(self, reason: str) -> AbstractContextManager[Tx]:
        """Open a writing transaction in the name of the person who asks; `reason` goes to the journal."""
        return self.workspace.registry.write(self.principal, reason=reason)

    def afresh(self) -> PageContext:
        """Return the same with the roles of this moment: a click may come long after its page."""
        principal = accounts.acting(self.workspace.registry, self.principal.user_id)
        return replace(self, principal=principal)

    def reassess(self) -> None:
        """Compare the ledger with what was found again, after a change was saved: nobody waits to edit.

        Left to the next scan for who may not have it compared.
        """
        if not any(map(self.may, MAY_COMPARE)):
            return
        reassess(self.workspace.registry, self.principal, self.workspace.findings, reason="ledger page")

    def viewed(self, what: SensitiveList, unit_id: UnitId | None = None) -> None:
        """Record that the person looks at a sensitive list, before it is shown: once per unit and day."""
        note_view(self.workspace.registry, self.principal, what, unit_id)

    def now(self) -> datetime:
        """Return the present moment by the registry's clock, UTC."""
        with self.read() as tx:
            return tx.now

    def may(self, permission: Permission) -> bool:
        """Tell whether the person holds a permission anywhere; services check it again for each unit."""
        return bool(self.principal.units_with(permission))
