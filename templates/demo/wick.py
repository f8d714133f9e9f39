"""A wick."""
