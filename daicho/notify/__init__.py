"""Tells people by mail, and other programs by webhook, what there is to do: counts and links."""
