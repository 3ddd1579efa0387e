"""The processing flow of an entry 取扱いの流れ as a picture: what is in it, how it is laid out, its SVG."""
