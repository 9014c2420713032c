"""OAuth 2.1 as a client: for a login of keyhole's own, and for remote MCP servers.

Each flow is a synchronous generator that yields what it wants done and receives the outcome, so
that one body serves every kind of caller and can be tested without a network.
"""
