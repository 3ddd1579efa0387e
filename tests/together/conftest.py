"""The group of the access tests, for what people do together on its entries and differences."""

from tests.access.conftest import (  # noqa: F401 - fixtures that this area shares
    postgres_template,
    sqlite_template,
    world,
)
