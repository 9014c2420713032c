"""The token stores that need nothing but the core."""
