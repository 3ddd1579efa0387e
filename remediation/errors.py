"""Why something could not be done at a place: a closed vocabulary, and never a name or a value."""

from __future__ import annotations

import enum


class Fault(enum.StrEnum):
    """What stood in the way; the ids are public API."""

    NOT_SUPPORTED = "not_supported"  # nothing is removed at this kind of place
    GONE = "gone"  # it no longer lies there
    CHANGED = "changed"  # it is another version than the one that was found
    LINKED = "linked"  # it has other names, under which it would stay
    VERSIONED = "versioned"  # the store keeps earlier versions, which would stay
    NOT_REGULAR = "not_regular"  # a link, a pipe, a device
    OUTSIDE = "outside"  # it does not lie below the source
    OCCUPIED = "occupied"  # something lies where it is to be put back: never overwritten
    NO_FOLDER = "no_folder"  # the folder to put it back into is gone
    DENIED = "denied"  # no right to read, remove or write
    UNREACHABLE = "unreachable"
    NO_SPACE = "no_space"
    UNREADABLE = "unreadable"
    COPY_DAMAGED = "copy_damaged"  # what was read back is not what was written
    COPY_MISSING = "copy_missing"  # it lies on another machine, or is lost
    BUSY = "busy"  # somebody else is at it
    MAIL = "mail"  # the mail server did not take the request


class RemediationError(Exception):
    """Something could not be done; nothing was lost by it."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault
