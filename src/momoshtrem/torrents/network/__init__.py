"""The libtorrent session, and which ways it may take to the peers."""
