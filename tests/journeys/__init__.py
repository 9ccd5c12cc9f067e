"""Journeys: one story a file, against systems that really run."""
