"""What clients see: an immutable tree of names."""
