"""What a run sends: the client's own request shape, padded with words of ours, and whose credential goes with it."""
