"""`momoshtrem check`: whether this machine and its settings are fit for a server. Nothing is changed."""
