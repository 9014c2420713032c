"""Keys from HashiCorp Vault, OpenBao or pass: for keyhole, and as an apiKeyHelper."""
