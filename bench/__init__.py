"""Benches: the real server against a reference in the same run, so that the ratios mean something."""
