"""One module (or package) for each way Claude Code can be set up; ``generate/registry.py`` lists them."""
