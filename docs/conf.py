"""Settings of the documentation site: ``sphinx-build -W docs docs/_build``."""

import shutil
import sys
from importlib import metadata
from pathlib import Path

from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "artgen"
author = "the artgen authors"
release = version = metadata.version("artgen-suite")

extensions = ["myst_parser", "sphinx.ext.autodoc", "from_code"]
exclude_patterns = ["_build"]
smartquotes = False  # --flag stays --flag
nitpicky = False  # torch and numpy are not linked: the site builds without a network
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_default_options = {"members": True}
autodoc_inherit_docstrings = False  # torch's own words on forward say nothing

html_theme = "furo"
html_title = f"artgen {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_copyright = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#8a3b12", "color-brand-content": "#8a3b12"},
    "dark_css_variables": {"color-brand-primary": "#f0a06b", "color-brand-content": "#f0a06b"},
}


def setup(app: Sphinx) -> None:
    """Sounds lie where the pages look for them; Sphinx itself copies pictures only."""

    def sounds(app: Sphinx, error: Exception | None) -> None:
        if error is None:
            shutil.copytree(app.srcdir / "_media", app.outdir / "_media", dirs_exist_ok=True)

    app.connect("build-finished", sounds)
