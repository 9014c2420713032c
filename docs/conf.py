"""How Sphinx builds the site; `./dev docs` runs it.

The source folder is the whole repository, so that a link from a page to a plugin's README is the
same link on a git host and on the site.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

project = "keyhole"
author = "The keyhole authors"
copyright = "The keyhole authors, MIT licence"  # noqa: A001  # Sphinx's own name for it
html_title = "keyhole"

extensions = [
    "myst_parser",
    "keyhole_docs.contents",
    "keyhole_docs.mermaid",
    "keyhole_docs.pictures",
]
root_doc = "docs/index"
include_patterns = [
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "docs/**",
    "plugins/*/README.md",
]
exclude_patterns = [
    ".*",
    "**/.*",
    "**/__pycache__",
    "**/node_modules",
    "**/templates",
    "core",
    "benchmarks",
    "tests",
]

nitpicky = True
myst_fence_as_directive = ["mermaid"]
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]
suppress_warnings = ["myst.header"]  # a generated section may begin below the level above it

html_theme = "furo"
html_static_path = ["_static"]
html_extra_path = ["_root"]
html_css_files = ["keyhole.css"]
html_show_sphinx = False
html_use_index = False
html_copy_source = False
html_show_sourcelink = False
pygments_style = "friendly"
pygments_dark_style = "native"
html_theme_options = {
    "light_css_variables": {
        "color-brand-primary": "#8a4b08",
        "color-brand-content": "#8a4b08",
        "font-stack": "system-ui, -apple-system, 'Segoe UI', sans-serif",
    },
    "dark_css_variables": {
        "color-brand-primary": "#f0b35a",
        "color-brand-content": "#f0b35a",
    },
}
