"""The web door: sign-in gate and navigation map, nothing else."""

from daicho.pages import door

door.enter()
