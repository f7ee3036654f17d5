"""WebDAV for players (RFC 4918, read-only)."""
