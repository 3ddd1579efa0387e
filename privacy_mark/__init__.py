"""Certification: the Privacy Mark cycle of every legal entity, and the evidence of it.

Each subject has a room of its own. Rooms keep their rows through `registry.store`, check who asks through
`registry.access`, and journal what they change. Source: JIS Q 15001:2023 and the guideline 構築・運用指針.
"""
