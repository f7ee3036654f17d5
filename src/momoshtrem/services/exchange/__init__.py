"""The library as a JSON document, for people and for other servers."""
