"""The system of record: organisation, access, ledger, inventory, reconciliation, risk and the journal."""
