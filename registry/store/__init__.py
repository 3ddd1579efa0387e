"""The store: tables, engine, and transactions that carry who asks, the clock and the journal."""

from registry.store.transaction import Registry, Tx, utc_now

__all__ = ["Registry", "Tx", "utc_now"]
