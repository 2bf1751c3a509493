"""Promise: the video plugin keeps every promise of the conformance kit, like anyone's."""

from artgen.testing import BoundCheck, parametrize_with_checks


@parametrize_with_checks("video")
def test_conformance(check: BoundCheck) -> None:
    check()
