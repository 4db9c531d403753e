import numpy as np
import pytest

from conftest import synthetic_photo
from locard.forge import Photo
from locard.forge.operations import recapture

HOST = Photo(synthetic_photo(140, 190), "0" * 64, "a.jpg")


@pytest.mark.parametrize("run", [recapture.screen, recapture.print_scan])
def test_the_whole_picture_changes_and_keeps_its_size(run):
    severities = set()
    for seed in range(4):
        forged = run(HOST, [], np.random.default_rng(seed))
        assert forged.rgb.shape == HOST.rgb.shape
        assert forged.rgb.dtype == np.uint8
        assert (forged.mask == 1).all()
        assert 3 < np.abs(forged.rgb.astype(int) - HOST.rgb).mean() < 90
        assert forged.says.startswith("the whole picture was")
        severities.add(forged.parameters["severity"])
    assert len(severities) > 1
    one, two = (run(HOST, [], np.random.default_rng(9)) for _ in range(2))
    assert np.array_equal(one.rgb, two.rgb)
    assert one.parameters == two.parameters
