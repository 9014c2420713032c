"""What the specification has as extensions: each a file beside the core flow, none a branch in it.

The steps are generators, like those of the core flow; `keyhole_mcp.granting` says which of them
serves which server.
"""
