"""What the programs' own schemas and catalogues say, in the form in which the rules ask."""
