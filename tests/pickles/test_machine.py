"""Instructions one by one: what they make, and what is refused with its byte."""

from __future__ import annotations

import io

import pytest
import torch

from resefa.errors import WeightsError
from resefa.pickles.budget import Budget, key_of
from resefa.pickles.machine import Machine
from resefa.pickles.objects import Call, Global, Persistent
from resefa.pickles.storage import Storage, tensor_on


def read(data: bytes):
    return Machine(io.BytesIO(data), len(data), "f").read()


@pytest.mark.parametrize(
    ("data", "made"),
    [
        (b"(I1\nI2\nl.", [1, 2]), (b"(I1\nS'a'\nd.", {1: "a"}), (b"]K\x012.", None), (b"K\x01K\x020.", 1),
        (b"K\x05p7\n0g7\n.", 5), (b"K\x05\x94K\x06\x940h\x00\x86.", (5, 5)), (b"(K\x01K\x021K\x03.", 3),
        (b"I01\n.", True), (b"\x8f(K\x01\x90.", {1}), (b"(K\x01\x91.", frozenset({1})), (b"K\x05q\x09K\x06\x940h\x01.", 6),
    ],
)  # fmt: skip
def test_values(data, made):
    if made is not None:
        assert read(data) == made


def test_names_and_calls_are_kept():
    made = read(b"cos\nsystem\n(S'x'\ntR}S'a'\nK\x01sb.")
    assert isinstance(made, Call)
    assert isinstance(made.function, Global)
    assert (made.function.name, made.function.offset, made.args, made.state) == ("os.system", 0, ("x",), {"a": 1})
    assert read(b"(S'x'\nios\nsystem\n.").function.name == "os.system"
    pid = read(b"Pabc\n.")
    assert isinstance(pid, Persistent)
    assert pid.pid == "abc"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "byte 0"), (b"]", "byte"), (b".", "byte 0"), (b"\xff.", "byte 0"), (b"h\x05.", "entry 5 of the memo"),
        (b"K\x01p-1\n.", "a memo of -1"), (b"\x82\x01.", "EXT1"), (b"(.", "a mark"), (b"K\x01K\x02a.", "not a list"),
        (b"}]K\x01s.", "a key of type list"), (b"N}b.", "a state"), (b"K\x01t.", "no mark"), (b"K\x01\x90.", "byte 2"),
    ],
)  # fmt: skip
def test_damage_names_the_byte(data, reason):
    with pytest.raises(WeightsError, match=reason) as said:
        read(data)
    assert "byte" in str(said.value)


def test_keys():
    budget = Budget(keys=2)
    for key in ("a", b"a", 5, None, True):
        assert key_of(key, budget) == key
    assert key_of((1, "a"), budget) == (1, "a")
    assert key_of(2**40, budget) == 2**40
    for key in ((1, 2), 2**40, (1,) * 9, ((1,),), 2**70, 0.5):
        with pytest.raises(ValueError, match="key"):
            key_of(key, budget)


def test_tensors_lie_within_their_storage():
    storage = Storage(b"\0" * 16, torch.float32)
    assert tensor_on(storage, 1, (3,), (1,)).shape == (3,)
    assert tensor_on(storage, 0, (0, 5), (5, 1)).shape == (0, 5)
    for offset, size, stride in (
        (2, (3,), (1,)),
        (0, (5,), (0,)),
        (-1, (1,), (1,)),
        (0, (2, 2), (1,)),
        (0, (2,), (-1,)),
        (0, 4, 1),
    ):
        with pytest.raises(ValueError, match="a tensor of"):
            tensor_on(storage, offset, size, stride)
