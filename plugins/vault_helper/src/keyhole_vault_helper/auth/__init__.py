"""How keyhole logs in at a vault server: one small file for each method."""
