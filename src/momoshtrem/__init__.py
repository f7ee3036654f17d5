"""momoshtrem: a library-first media server that plays films out of a torrent swarm over WebDAV."""

__version__ = "0.1.0"
