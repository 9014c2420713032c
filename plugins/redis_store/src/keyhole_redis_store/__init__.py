"""Keyhole's token store on Redis or Valkey, shared by many machines."""
