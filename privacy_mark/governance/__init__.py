"""Governance 体制: committees, officers by unit and period, decisions conveyed down the tree."""
