"""How long a test waits for what has to come. It promises nothing: it only ends a test whose condition never comes. So it is long
enough for a machine that does many other things too, and shorter than the limit of pytest (``timeout`` in pyproject.toml)."""

PATIENCE = 300.0  # seconds
