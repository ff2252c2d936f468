"""One module for each model provider: its part of a gateway's file."""
