"""What is on disk: files and pieces, how much they may take, and what goes first."""
