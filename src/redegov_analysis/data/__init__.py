"""The raw tables: what they are, how they are read, and whether they are as they should be."""
