"""Bodies' own Word and Excel forms: opened safely, their places found, filled in without other changes."""
