"""The outside of the server: read the request, call one service method, shape the answer."""
