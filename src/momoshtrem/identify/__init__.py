"""From names to meaning: release names, and files to episodes. Pure."""
