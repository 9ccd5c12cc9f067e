"""Exceptions, as people in operations know them: what needs somebody's eye. (Python has a word of
its own for "exception", so the slice is called issues.)"""
