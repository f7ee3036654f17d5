"""The peers of a torrent, judged: who is slow, and why a piece does not come."""
