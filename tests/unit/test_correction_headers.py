"""Our own correction workbooks are known when they come back, older ones too."""

import pytest

from pipeline.domain.reading.correction_headers import ORIGIN, is_origin


@pytest.mark.parametrize("header", [ORIGIN, ORIGIN.upper(), "Ô trong tệp của Sở"])
def test_our_own_column_is_known(header) -> None:
    assert is_origin(header)


def test_others_are_not() -> None:
    assert not is_origin("Ô trong tệp")
