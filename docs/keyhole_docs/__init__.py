"""What makes the documentation: extensions of Sphinx, and writers of the generated pages."""
