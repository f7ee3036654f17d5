"""momoshtrem: a library-first media server that plays films out of a torrent swarm over WebDAV."""

from importlib.metadata import version

__version__ = version("momoshtrem")
