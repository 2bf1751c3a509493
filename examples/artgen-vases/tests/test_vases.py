import numpy as np

from artgen.testing import parametrize_with_checks
from artgen_vases.plugin import ROWS, silhouette


@parametrize_with_checks("vases")
def test_conformance(check):
    check()


def test_a_silhouette_is_as_wide_as_its_numbers():
    widths = np.arange(0, 256, 8, dtype=np.uint8)
    dark = np.asarray(silhouette(widths)) < 150
    assert dark.shape == (4 * ROWS, 256)
    assert np.abs(dark.sum(1)[::4] - widths.astype(int)).max() <= 1
