"""How a gateway runs where it is not started by hand: one module for each kind of place."""
