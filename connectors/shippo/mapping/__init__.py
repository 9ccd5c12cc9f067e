"""Shippo's JSON -> records. Pure.

Source: models.json (API 2018-02-08).
"""
