"""Names of persons in English prose: a small published network, run by numpy."""
