"""`keyhole vault`: one module for each command."""
