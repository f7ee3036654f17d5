"""What a user can ask for: one method per wish, the only place where neighbours meet."""
