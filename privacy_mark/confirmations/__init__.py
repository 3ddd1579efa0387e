"""Confirmations 運用の確認 (J.6.1): how operations handle personal data."""
