"""Claude Code's login for keyhole, and a login of keyhole's own with OAuth 2.1."""
