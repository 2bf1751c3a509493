"""What can be done with a trained run: ``run.py`` opens it; each other file is one verb."""

from artgen.play.run import Run, load, to_path

__all__ = ["Run", "load", "to_path"]
