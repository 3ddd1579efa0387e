"""Digests and webhooks, over real sockets."""
