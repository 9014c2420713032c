"""Finding secrets in texts: by their shape, and by what a name says."""
