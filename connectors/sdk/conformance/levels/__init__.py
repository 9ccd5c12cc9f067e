"""Levels: how far a connector can be relied on, and what its folder shows for it.

    report("easypost").earned          # "silver"
    report("easypost").missing         # what gold asks for and is not there

A level holds when its rules hold and those below it do. All of them are read off the files: that
the kit is green, on which every level rests, is for the kit to say.
"""

from connectors.sdk.conformance.levels.table import (
    LEVELS,
    NONE,
    LevelRule,
    Report,
    earned,
    lacking,
    of,
    report,
)

__all__ = ["LEVELS", "NONE", "LevelRule", "Report", "earned", "lacking", "of", "report"]
