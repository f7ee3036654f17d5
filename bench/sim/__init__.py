"""A modelled swarm, a modelled libtorrent and modelled readers, for `python -m bench.simulate`."""
