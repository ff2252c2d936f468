"""A configuration text as a tree with places, and exact changes of it; for ``validate`` and ``change`` alike (pure)."""
