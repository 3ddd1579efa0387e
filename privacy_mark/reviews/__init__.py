"""Management review マネジメントレビュー (J.6.3): assembled inputs, minutes, decisions."""
