"""A key in HashiCorp Vault, OpenBao or pass: as a source, and as an apiKeyHelper.

The hooks are in `plugin`, and not here as elsewhere: the helper starts anew for every key, and what
hooks need is nothing that it needs.
"""
