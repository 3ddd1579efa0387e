"""Fields of forms by the names that mappings and answers use: `application.head_office`, or `head_office`.

A short name is enough where every document that has such a field takes it from the same place.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from privacy_mark.pack.forms import Field, FormSet, sets


@cache
def asked() -> Mapping[str, Field]:
    """Return every field that somebody answers in any set of forms, by its id."""
    return {
        field.id: field
        for each in sets()
        for document in each.documents
        for field in document.fields
        if field.asked
    }


def names(of: FormSet) -> Mapping[str, Field]:
    """Return the fields of a set that have one value, by their whole names, in the order of the forms."""
    return {
        f"{each.id}.{field.id}": field for each in of.documents for field in each.fields if not field.per_site
    }


def meant(of: FormSet, written: str) -> tuple[str, ...]:
    """Return the whole names that a name may mean: none when it is unknown, several when they differ."""
    known = names(of)
    if written in known:
        return (written,)
    same = {name: field for name, field in known.items() if field.id == written}
    return tuple({field.origin: name for name, field in reversed(same.items())}.values())[::-1]
