"""Letters to persons as PDF, set by typst from templates of our own."""
