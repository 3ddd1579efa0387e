"""Carries out what was approved: quarantine, putting back, destruction when the period is over.

Before anything at a place is touched the registry says how far it came (`registry.remediation_steps`), so
that a kill at any point is gone on from, and never is there neither object nor verified copy.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass

from registry import remediation_steps as steps
from registry.model import Principal
from registry.remediation_states import Copy, RemediationId, Step
from registry.remediation_steps import Order
from registry.sources import source
from registry.store import Registry
from remediation.copies import Copies
from remediation.errors import Fault, RemediationError
from remediation.interface import Place, Standing
from remediation.table import open_place
from scanners.credentials import Credentials

_WHY = "daicho remediation"
_TAG = "tag"
_REFUSALS = frozenset({Fault.CHANGED, Fault.LINKED, Fault.VERSIONED, Fault.NOT_REGULAR})


class _RefusedError(RemediationError):
    """A place did not remove an object, and nothing was done there."""


class _BusyError(RemediationError):
    """Somebody else is at it."""


@dataclass(frozen=True, slots=True)
class Hands:
    """What acts: the registry it asks and tells, the folder of the copies, and whence credentials come."""

    registry: Registry
    copies: Copies
    credentials: Callable[[str], Credentials]
    keep_days: int
    place: Callable[[str, Credentials], Place] = open_place

    def quarantine(self, principal: Principal, remediation_id: RemediationId) -> Order:
        """Copy, verify and remove an object, or go on where it was cut short.

        Raises RemediationError, which is written down too, and what `steps.begin` raises.
        """
        with self.copies.at(self._uid(principal, remediation_id)):
            with self.registry.write(principal, reason=_WHY) as tx:
                order = steps.begin(tx, remediation_id)
                url = source(tx, order.source_id).url
            try:
                with closing(self.place(url, self.credentials(order.credential))) as place:
                    if order.step is Step.NONE:
                        order = self._copied(principal, order, place)
                    if order.step is Step.COPIED:
                        order = self._verified(principal, order)
                    # Also when it goes on on another day: the copy must be here, and whole.
                    self.copies.verify(order.uid, _copy(order), order.key)
                    resumed = order.step is Step.REMOVING
                    if not resumed:
                        with self.registry.write(principal, reason=_WHY) as tx:
                            order = steps.removing(tx, order)
                    order = self._removed(principal, order, place, resumed=resumed)
            except _RefusedError as error:
                self._fail(principal, order, error.fault, forget=True)
                raise RemediationError(error.fault) from None
            except RemediationError as error:
                self._fail(principal, order, error.fault, forget=order.step is not Step.REMOVING)
                raise
        return order

    def restore(self, principal: Principal, remediation_id: RemediationId) -> Order:
        """Put an object back where it lay, verify it there, and destroy its copy."""
        with self.copies.at(self._uid(principal, remediation_id)):
            with self.registry.write(principal, reason=_WHY) as tx:
                order = steps.begin_restore(tx, remediation_id)
                url = source(tx, order.source_id).url
            try:
                copy = _copy(order)
                self.copies.verify(order.uid, copy, order.key)
                with closing(self.place(url, self.credentials(order.credential))) as place:
                    if not _lies_there(place, order, copy):  # it does when this was cut short before
                        pieces = self.copies.read(order.uid, copy, order.key)
                        place.put_back(order.facts.uri, pieces, copy.kept, order.facts.mtime_ns)
                        _require_there(place, order, copy)
            except RemediationError as error:
                with self.registry.write(principal, reason=_WHY) as tx:
                    steps.failed(tx, order, error.fault, forget=False)
                raise
            with self.registry.write(principal, reason=_WHY) as tx:
                done = steps.restored(tx, order)
            self._cleared(principal, done)
        return done

    def destroy_due(self, principal: Principal) -> int:
        """Destroy the copies whose period is over, each with its certificate; return how many.

        Also deletes files whose key is gone already.
        """
        with self.registry.read(principal) as tx:
            due, left = steps.over(tx), steps.left_over(tx)
        count = 0
        for order in due:
            with suppress(_BusyError), self._held(order):
                self.copies.delete(order.copy)
                with self.registry.write(principal, reason=_WHY) as tx:
                    steps.destroyed(tx, order)
                count += 1
        for order in left:
            with suppress(_BusyError), self._held(order):
                self._cleared(principal, order)
        return count

    def _uid(self, principal: Principal, remediation_id: RemediationId) -> str:
        with self.registry.read(principal) as tx:
            return steps.uid_of(tx, remediation_id)

    @contextmanager
    def _held(self, order: Order) -> Iterator[None]:
        """Keep others from a copy; the next day's call takes what somebody is at now."""
        with ExitStack() as stack:
            try:
                stack.enter_context(self.copies.at(order.uid))
            except RemediationError as error:
                raise (_BusyError(error.fault) if error.fault is Fault.BUSY else error) from None
            yield

    def _copied(self, principal: Principal, order: Order, place: Place) -> Order:
        self.copies.clear(order.uid)
        uri = order.facts.uri
        before = place.standing(uri)
        if (before.size, before.mtime_ns) != (order.facts.bytes, order.facts.mtime_ns):
            raise RemediationError(Fault.CHANGED)
        written = self.copies.write(order.uid, place.read(uri), lambda: _kept(before))
        if place.standing(uri) != before or written.copy.size != before.size:
            self.copies.delete(written.copy)
            raise RemediationError(Fault.CHANGED)
        with self.registry.write(principal, reason=_WHY) as tx:
            return steps.copied(tx, order, written.copy, written.key)

    def _verified(self, principal: Principal, order: Order) -> Order:
        self.copies.verify(order.uid, _copy(order), order.key)
        with self.registry.write(principal, reason=_WHY) as tx:
            return steps.verified(tx, order)

    def _removed(self, principal: Principal, order: Order, place: Place, *, resumed: bool) -> Order:
        copy = _copy(order)
        kept = {name: value for name, value in copy.kept.items() if name != _TAG}
        expected = Standing(copy.size, order.facts.mtime_ns, copy.kept.get(_TAG, ""), kept)
        try:
            place.remove(order.facts.uri, expected, copy.sha256)
        except RemediationError as error:
            # An earlier attempt that was cut short may have removed it: then the copy is the only one, also
            # where something new lies at its place. One that was just refused removed nothing.
            if not resumed and error.fault in _REFUSALS:
                raise _RefusedError(error.fault) from None
            if error.fault is not Fault.GONE:
                raise
        with self.registry.write(principal, reason=_WHY) as tx:
            return steps.removed(tx, order, keep_days=self.keep_days)

    def _fail(self, principal: Principal, order: Order, fault: Fault, *, forget: bool) -> None:
        """Write down why it failed; `forget` gives the copy up, as its original lies where it lay."""
        with self.registry.write(principal, reason=_WHY) as tx:
            told = steps.failed(tx, order, fault, forget=forget)
        if forget:
            self._cleared(principal, told)

    def _cleared(self, principal: Principal, order: Order) -> None:
        self.copies.delete(order.copy)
        if order.copy is not None:
            with self.registry.write(principal, reason=_WHY) as tx:
                steps.cleared(tx, order)


def _copy(order: Order) -> Copy:
    if order.copy is None or not order.key:
        raise RemediationError(Fault.COPY_MISSING)
    return order.copy


def _kept(standing: Standing) -> dict[str, str]:
    return {**standing.kept, _TAG: standing.tag}


def _require_there(place: Place, order: Order, copy: Copy) -> None:
    if not _lies_there(place, order, copy):
        raise RemediationError(Fault.CHANGED)


def _lies_there(place: Place, order: Order, copy: Copy) -> bool:
    """Tell whether exactly this object lies at its place; `occupied` when another one does."""
    digest = hashlib.sha256()
    try:
        for piece in place.read(order.facts.uri):
            digest.update(piece)
    except RemediationError as error:
        if error.fault is Fault.GONE:
            return False
        raise
    if digest.hexdigest() != copy.sha256:
        raise RemediationError(Fault.OCCUPIED)
    return True
