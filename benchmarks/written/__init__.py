"""Documents with every personal value marked in the text."""
