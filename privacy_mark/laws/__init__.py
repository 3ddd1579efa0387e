"""The list of laws and norms 法令等一覧 (J.1.3): which apply and why, what changed, yearly review."""
