"""Configurations of other tools, turned into the current form; ``registry.py`` lists the kinds. All of it is pure."""
