"""The steps of a sign-in as generators: they yield requests, receive answers, and compose."""
