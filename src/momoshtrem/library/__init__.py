"""The library in the database: the only SQL."""
