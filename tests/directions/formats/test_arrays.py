"""Bare arrays and lone tensors: every shape in use, and the sentence where one may mean two things."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch

import resefa
from resefa.errors import DirectionsError, LatentError
from resefa.latents.code import LatentCode


def drawn(*shape, seed=0):
    return np.random.RandomState(seed).randn(*shape).astype(np.float32)


def saved(tmp_path, array, name="smile.npy"):
    np.save(tmp_path / name, array)
    return tmp_path / name


@pytest.mark.parametrize(
    "shape, space, expected, where",
    [
        ((5, 12), None, (5, 12), "Z"),
        ((12,), "W", (1, 12), "W"),
        ((5, 1, 12), "w", (5, 12), "W"),
        ((8, 12), "W+", (1, 96), "W+"),
        ((1, 8, 12), "W+", (1, 96), "W+"),
        ((1, 8, 12), None, (1, 96), "W+"),
        ((3, 8, 12), "WP", (3, 96), "W+"),
        ((1, 96), "W+", (1, 96), "W+"),
        ((18, 512), "W+", (1, 9216), "W+"),
        ((18, 512), "W", (18, 512), "W"),
    ],
)
def test_shapes_without_a_model(tmp_path, shape, space, expected, where):
    array = drawn(*shape)
    found = resefa.Directions.load(saved(tmp_path, array), space=space)
    assert tuple(found.vectors.shape) == expected and found.provenance.space == where
    assert found.provenance.method == "imported from an array" and found[0].name == "smile #0"
    rows = array.reshape(expected)
    lengths = np.linalg.norm(rows, axis=1)
    assert np.allclose(found.vectors.numpy() * lengths[:, None], rows, atol=1e-6)
    assert np.allclose(found.provenance.steps, lengths)  # one step of the array is so long


def test_what_is_ambiguous_is_asked_for(tmp_path, styled):
    with pytest.raises(DirectionsError, match=r"18 directions in Z or W, or one direction in W\+"):
        resefa.Directions.load(saved(tmp_path, drawn(18, 512)))
    with pytest.raises(DirectionsError, match="each of 8 layers, but codes in W"):
        resefa.Directions.load(saved(tmp_path, drawn(1, 8, 12)), space="W")
    with pytest.raises(DirectionsError, match="choose one of"):
        resefa.Directions.load(saved(tmp_path, drawn(1, 8)), space="Y")
    torch.save(torch.ones(1, 12), tmp_path / "age.pt")
    with pytest.raises(DirectionsError, match="does not state the latent space"):
        from resefa.directions.directions import Directions
        from resefa.directions.storage import open_directions

        Directions.of(open_directions(tmp_path / "age.pt"))


def test_the_model_settles_it(tmp_path, styled):
    sizes = {name: space.shape for name, space in styled.spaces.items()}
    layers, width = sizes["W+"]
    known = [
        ((1, layers, width), "W+"),
        ((2, layers, width), "W+"),
        ((3, layers * width), "W+"),
        ((4, *sizes["S"]), "S"),
    ]
    for shape, space in known:
        found = resefa.Directions.load(saved(tmp_path, drawn(*shape)), generator=styled)
        assert found.provenance.space == space and found.provenance.fingerprint == styled.fingerprint
        assert found.dimensions == styled.spaces[space].dimensions
    assert (
        resefa.Directions.load(saved(tmp_path, drawn(layers, width)), space="W+", generator=styled).dimensions
        == layers * width
    )
    some = resefa.Directions.load(saved(tmp_path, drawn(layers, width)), space="W+", layers="1-2", generator=styled)
    assert some.provenance.layers == "1-2" and some.dimensions == 2 * width
    with pytest.raises(DirectionsError, match="fits no space"):
        resefa.Directions.load(saved(tmp_path, drawn(3, 7777)), generator=styled)
    for shape, spaces in [((3, width), "Z and W of"), ((layers, width), "Z and W and W\\+ of")]:
        with pytest.raises(DirectionsError, match=f"fits {spaces} .*choose"):
            resefa.Directions.load(saved(tmp_path, drawn(*shape)), generator=styled)
    assert resefa.Directions.load(saved(tmp_path, drawn(3, width)), space="W", generator=styled).provenance.space == "W"


def test_an_imported_array_moves_the_code_by_what_the_tool_adds(tmp_path, styled):
    """W+ array times its step, added row by row, as ``latent + direction`` does."""
    layers, width = styled.spaces["W+"].shape
    array = drawn(1, layers, width)
    found = resefa.Directions.load(saved(tmp_path, array), generator=styled)
    code = styled.sample(3, "W+")
    (image,) = resefa.edit(styled, code, found[0], [found.provenance.steps[0]])
    expected = LatentCode(code.values + torch.from_numpy(array.reshape(1, -1)).double(), "W+")
    assert torch.allclose(image, styled.synthesize(expected), atol=1e-5)


def test_layers_without_a_model(tmp_path):
    found = resefa.Directions.load(saved(tmp_path, drawn(8, 12)), space="W+", layers="0,2-4")
    assert found.dimensions == 48 and found.provenance.layers == "0,2-4"
    assert resefa.Directions.load(saved(tmp_path, drawn(4, 12)), space="W+", layers="4-7").dimensions == 48
    assert resefa.Directions.load(saved(tmp_path, drawn(2, 12)), space="W", layers="4-7").provenance.layers == "4-7"
    for layers, sentence in [
        ("16-64px", "give the model"),
        ("7-4", "descending"),
        ("6-9", "choose from 0-7"),
        ("x", "write 4-7"),
    ]:
        with pytest.raises(DirectionsError, match=sentence):
            resefa.Directions.load(saved(tmp_path, drawn(8, 12)), space="W+", layers=layers)


@pytest.mark.parametrize("kind", ["bare", "one key", "beside a number"])
def test_tensor_files(tmp_path, kind):
    tensor = torch.from_numpy(drawn(1, 12))
    content = {"bare": tensor, "one key": {"direction": tensor}, "beside a number": {"d": tensor.half(), "step": 3}}[
        kind
    ]
    torch.save(content, tmp_path / "age.pt")
    found = resefa.Directions.load(tmp_path / "age.pt", space="W", layers="4-7")
    assert found.provenance.method == "imported from a tensor file" and found.provenance.layers == "4-7"
    assert torch.allclose(found.vectors, tensor / tensor.norm(), atol=1e-3)


@pytest.mark.parametrize(
    "content, sentence",
    [
        ({"a": torch.ones(2, 3), "b": torch.ones(3)}, "2 tensors \\(a, b\\)"),
        ({"a": "text"}, "layout of directions"),
        ([1, 2], "layout of directions"),
        (torch.ones(2, 3, dtype=torch.complex64), "expected an array of numbers|unknown type"),
        (torch.ones(1, 128, 1), "expected \\(k, n\\)"),
        (torch.ones(2, 2, 2, 2), "expected \\(k, n\\)"),
        (torch.zeros(1, 3), "only zeros"),
        (torch.tensor([[1.0, float("nan")]]), "NaN"),
    ],
)
def test_other_tensor_files_get_one_sentence(tmp_path, content, sentence):
    torch.save(content, tmp_path / "a.pt")
    with pytest.raises(DirectionsError, match=sentence) as error:
        resefa.Directions.load(tmp_path / "a.pt", space="W")
    assert "\n" not in str(error.value)


def test_headers_that_claim_too_much_are_refused_before_memory_is_taken(tmp_path):
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(buffer, {"descr": "<f4", "fortran_order": False, "shape": (2**40, 4)})
    (tmp_path / "a.npy").write_bytes(buffer.getvalue())
    with pytest.raises(DirectionsError, match="damaged"):
        resefa.Directions.load(tmp_path / "a.npy")
    np.savez(tmp_path / "b.npz", lat_comp=np.ones((2, 1, 4)))
    data = (tmp_path / "b.npz").read_bytes()
    for length in range(0, len(data), 7):
        (tmp_path / "b.npz").write_bytes(data[:length])
        with pytest.raises(DirectionsError):
            resefa.Directions.load(tmp_path / "b.npz")


def test_w_plus_round_trip(tmp_path, styled):
    layers, width = styled.spaces["W+"].shape
    found = resefa.discover(styled, styled.sample(1), resefa.Region.parse("box:2,2,5,5"), k=2, space="W", layers="1-2")
    found.save(tmp_path / "a.npy", format="w+", generator=styled)
    array = np.load(tmp_path / "a.npy")
    assert array.shape == (2, layers, width) and not array[:, 0].any() and not array[:, 3:].any()
    assert np.array_equal(array[:, 1], array[:, 2]) and np.array_equal(array[:, 1], found.vectors.numpy())
    read = resefa.Directions.load(tmp_path / "a.npy", generator=styled)
    assert read.provenance.space == "W+"
    # A step along the file's rows is what a step along the direction was.
    codes = styled.sample(4, "W")
    before = resefa.edit(styled, codes, found[1], [2.0])
    after = resefa.edit(styled, styled.convert(codes, "W+"), read[1], [2.0 * read.provenance.steps[1]])
    assert torch.allclose(before, after, atol=1e-5)
    found.chosen([1]).save(tmp_path / "b.npy", format="w+", generator=styled)
    assert np.load(tmp_path / "b.npy").shape == (1, layers, width)
    with pytest.raises(DirectionsError, match="number of layers"):
        found.save(tmp_path / "c.npy", format="w+")
    with pytest.raises(LatentError):
        resefa.Directions(torch.eye(3), provenance=found.provenance).save(
            tmp_path / "c.npy", format="w+", generator=styled
        )
    assert not (tmp_path / "c.npy").exists()


def test_an_archive_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", lat_comp=np.zeros((2**10, 1, 2**13)))
    with pytest.raises(DirectionsError, match="unpacks to 67,"):
        resefa.Directions.load(tmp_path / "a.npz")


def test_an_array_that_is_not_wanted_may_be_of_any_size(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", lat_comp=np.eye(3)[:, None], act_comp=np.zeros((2**10, 1, 2**13)))
    assert len(resefa.Directions.load(tmp_path / "a.npz")) == 3


@pytest.mark.parametrize(
    "content", [np.ones((64, 64), np.uint8), np.random.rand(8, 8, 3), np.random.randint(0, 9, (3, 12))]
)
def test_pictures_and_masks_are_no_directions(tmp_path, content):
    np.save(tmp_path / "a.npy", content)
    with pytest.raises(DirectionsError, match="looks like a picture, mask or label map"):
        resefa.Directions.load(tmp_path / "a.npy")


@pytest.mark.parametrize(
    "name, shape",
    [("projected_w.npy", (1, 8, 12)), ("latents.npy", (3, 12)), ("z_7.npy", (1, 12)), ("0.pt", (1, 8, 12))],
)
def test_an_array_with_the_name_of_codes_is_asked_about(tmp_path, styled, name, shape):
    array = drawn(*shape)
    if name.endswith(".pt"):
        torch.save(torch.from_numpy(array), tmp_path / name)
    else:
        np.save(tmp_path / name, array)
    for generator in (None, styled):
        with pytest.raises(DirectionsError, match="latent codes"):
            resefa.Directions.load(tmp_path / name, generator=generator)
    space = "W+" if len(shape) == 3 else "W"
    assert resefa.Directions.load(tmp_path / name, space=space, generator=styled).provenance.space == space


def test_what_is_under_a_key_of_codes_is_never_directions(tmp_path, styled):
    np.savez(tmp_path / "a.npz", w=drawn(1, 8, 12))
    torch.save({"latents": torch.from_numpy(drawn(1, 12)), "step": 3}, tmp_path / "a.pt")
    for name in ("a.npz", "a.pt"):
        with pytest.raises(DirectionsError, match=r"latent codes \((w|latents)\), not directions.*code"):
            resefa.Directions.load(tmp_path / name, space="W+", generator=styled)


@pytest.mark.parametrize(
    "content",
    [
        {"g_ema": {"conv.weight": torch.zeros(3, 3)}, "latent_avg": torch.zeros(12)},
        {"state_dict": {"a.bias": torch.zeros(3)}, "latent_avg": torch.zeros(12)},
        {"a.weight": torch.zeros(3, 12)},
        torch.nn.Linear(3, 3),
    ],
)
def test_a_checkpoint_is_named(tmp_path, content):
    torch.save(content, tmp_path / "a.pt")
    with pytest.raises(DirectionsError, match="is a checkpoint, not a directions file"):
        resefa.Directions.load(tmp_path / "a.pt")


@pytest.mark.parametrize(
    "start, words",
    [
        (b"\xff\xd8\xff\xe0", "a JPEG picture"), (b"\x89PNG\r\n\x1a\n", "a PNG picture"), (b"II*\0", "a TIFF picture"), (b"%PDF-1", "a PDF"),
        (b"BM6000", "a BMP picture"), (b"\0\0\0\x18ftypheic", "a picture or a video"), (b"\x1f\x8b\x08", "a gzip archive"),
        (b"<html>", "a web page"), (b"hello", "text that begins with 'hello'"), (b"version https://git-lfs.", "a Git LFS pointer"),
    ],
)  # fmt: skip
def test_other_files_are_named(tmp_path, start, words):
    (tmp_path / "a").write_bytes(start + (bytes(50) if not start.isascii() or b"\0" in start else b""))
    with pytest.raises(DirectionsError, match=f"a is {words}"):
        resefa.Directions.load(tmp_path / "a")


def test_a_model_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DirectionsError, match="`resefa models info faces-dcgan`"):
        resefa.Directions.load("faces-dcgan")
