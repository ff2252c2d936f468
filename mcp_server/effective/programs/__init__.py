"""Which proxy, which trust and which client certificate each program of the machine would use (pure)."""
