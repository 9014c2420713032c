"""`keyhole login`, `keyhole logout` and `keyhole setup-token`."""
