"""Runs what the documentation shows: transcripts, Python, TOML, JSON and YAML."""
