"""Backups (バックアップ) of a workspace: one signed, encrypted file, and the way back."""
