"""The data sets: published ones from verified files, those built in, toys, and those that a user imported."""
