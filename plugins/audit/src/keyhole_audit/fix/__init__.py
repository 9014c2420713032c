"""`keyhole audit --fix`: what is planned, shown, done, and taken back where it went wrong."""
