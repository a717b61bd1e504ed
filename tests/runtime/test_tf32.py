from __future__ import annotations

import subprocess
import sys

import torch

from resefa.runtime.tf32 import no_tf32


def test_tf32_is_off_within_nested_blocks_and_restored_after_the_last():
    before = torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32
    torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32 = True, True
    try:
        with no_tf32():
            with no_tf32():
                assert not torch.backends.cudnn.allow_tf32 and not torch.backends.cuda.matmul.allow_tf32
            assert not torch.backends.cudnn.allow_tf32
        assert torch.backends.cudnn.allow_tf32 and torch.backends.cuda.matmul.allow_tf32
    finally:
        torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32 = before


# In a process of its own: torch cannot go back to the older settings.
NEWER_SETTINGS = """
import torch
from resefa.runtime.tf32 import no_tf32

if not hasattr(torch.backends.cudnn, "conv"):
    raise SystemExit
torch.backends.cudnn.conv.fp32_precision = "tf32"
torch.backends.cudnn.rnn.fp32_precision = "ieee"
with no_tf32():
    assert torch.backends.cudnn.conv.fp32_precision == "ieee"
assert torch.backends.cudnn.conv.fp32_precision == "tf32"
"""


def test_the_newer_settings_of_torch_are_restored_too():
    subprocess.run([sys.executable, "-c", NEWER_SETTINGS], check=True)
