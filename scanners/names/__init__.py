"""What persons' names look like in Japanese and Latin script, and what only looks like them."""
