"""How an answer is read: events, refusals and their causes, and the change that cures each."""
