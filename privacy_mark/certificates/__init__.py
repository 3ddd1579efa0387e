"""Certificates and the yearly turn: marks held, applications with their steps, accidents, plans of a year.

Sources: privacymark.jp (renewal, fees, accidents); the guideline 構築・運用指針 J.3.2, J.3.3.
"""
