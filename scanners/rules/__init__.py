"""Rules of a workspace: own patterns, label words, thresholds and allow lists, read from YAML files."""
