"""Keyhole's token store on the keyring of the operating system."""
