"""The commands of `keyhole mcp`, one module for each few that belong together."""
