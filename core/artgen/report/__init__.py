"""The report page of a run folder: one self-contained HTML file."""

from artgen.report.page import write_report

__all__ = ["write_report"]
