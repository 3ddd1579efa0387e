"""An invented corporate group with documents, databases and a ledger to demonstrate and test with."""

from daicho.demo.builder import SEED, build
from daicho.demo.model import (
    DemoAccount,
    DemoEntry,
    DemoGroup,
    DemoObject,
    DemoSource,
    DemoUnit,
    PlantedDifference,
)

__all__ = [
    "SEED",
    "DemoAccount",
    "DemoEntry",
    "DemoGroup",
    "DemoObject",
    "DemoSource",
    "DemoUnit",
    "PlantedDifference",
    "build",
]
