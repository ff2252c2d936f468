"""Changing files of the user's safely: merge without touching foreign bytes, apply as one step, undo byte for byte."""
