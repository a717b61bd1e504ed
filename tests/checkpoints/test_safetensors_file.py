import json

import pytest

from resefa.checkpoints.safetensors_file import settings_in
from resefa.errors import WeightsError


def test_settings_of_a_part_count_where_none_stands_outside():
    given = {"mapping_kwargs": {"lr_multiplier": 0.1, "z_dim": 1}, "synthesis_kwargs": {"conv_clamp": 256}, "z_dim": 2}
    assert settings_in({"settings": json.dumps(given)}, "g") == {"lr_multiplier": 0.1, "conv_clamp": 256, "z_dim": 2}
    assert settings_in({"settings": json.dumps({"mapping_kwargs": 3})}, "g") == {}
    assert settings_in({}, "g") is None


def test_settings_that_are_no_object_are_refused():
    with pytest.raises(WeightsError, match="not a JSON object"):
        settings_in({"settings": "[1]"}, "g")
