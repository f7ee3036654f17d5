"""The engine: from a file reference to its bytes. The only place that knows libtorrent."""
