"""The state of a sign-in: kept in the token stores, so that it survives a restart."""
