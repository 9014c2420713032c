"""Real components that tests start. Import them as `components.NAME`: pytest's `pythonpath` has `tests`."""
