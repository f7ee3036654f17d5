"""Open files: what each does with its file, and what is wanted for it."""
