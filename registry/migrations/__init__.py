"""Schema versions of the registry, applied by Alembic."""
