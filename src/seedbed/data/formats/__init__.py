"""How data sets are written in files: one format per module, bytes in, arrays out."""
