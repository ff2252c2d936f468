"""What the validator must know about LiteLLM, taken from an installed release. Run by that release's own Python."""
