"""Directions files that lie, cost or deceive: one sentence in little time and memory, and nothing of theirs obeyed."""

from __future__ import annotations

import json
import os
import struct
import time
import tracemalloc

import numpy as np
import pytest
import torch
from safetensors.torch import save

import resefa
from resefa.errors import DirectionsError

EYE = torch.eye(2, 100)


def made(provenance=None, version="1", raw=None, certificate=None, facts=None, **tensors) -> bytes:
    text = raw if raw is not None else json.dumps({"space": "Z", **(provenance or {})})
    metadata = {"format": "resefa.directions", "format_version": version, "provenance": text}
    for name, value in (("certificate", certificate), ("facts", facts)):
        if value is not None:
            metadata[name] = value if isinstance(value, str) else json.dumps(value)
    return save({"vectors": EYE, **tensors}, metadata)


CERTIFICATE = {
    "solver": "matrix-free", "dimensions": 100, "searched": 40, "rank": 9, "condition": 9.0, "tau": 1e-3, "ridge": 0.1, "gaps": [0.1, 0.2],
    "ridge_errors": [0.0, 0.1], "inside": 0.9, "outside": 0.8, "forward": 40, "reverse": 41, "tolerance": 0.01,
}  # fmt: skip


def header(text: bytes) -> bytes:
    return struct.pack("<Q", len(text)) + text


HOSTILE = {
    "version-superscript": made(version="²"), "version-long": made(version="9" * 4301), "version-newer": made(version="3"),
    "version-empty": made(version=""), "nested": made(raw="[" * 5000), "nested-fact": made(raw='{"later": ' + "[" * 100_000),
    "surrogate": made(raw='{"model": "\\ud800"}'), "no-object": made(raw="7"), "no-json": made(raw="{"),
    "int-vectors": made(vectors=torch.ones(2, 100, dtype=torch.int64)), "bool-vectors": made(vectors=torch.ones(2, 100, dtype=torch.bool)),
    "float8-vectors": made(vectors=EYE.to(torch.float8_e4m3fn)), "no-rows": made(vectors=torch.zeros(0, 100)),
    "no-columns": made(vectors=torch.zeros(2, 0)), "three-axes": made(vectors=torch.zeros(2, 1, 100)),
    "nan": made(vectors=EYE * float("nan")), "zeros": made(vectors=EYE * 0), "eigenvalues": made(eigenvalues=torch.ones(3)),
    "nan-rate": made(inside_rate=torch.tensor([1.0, float("nan")])), "codes": made(codes=torch.zeros(1, 7)),
    "edit-alone": made(edit=torch.ones(4, 4)), "edit-zeros": made(edit=torch.zeros(4, 4), protect=torch.ones(4, 4)),
    "edit-small": made(edit=torch.ones(3, 3), protect=torch.ones(4, 4)), "edit-large": made(edit=torch.full((4, 4), 7.0), protect=torch.ones(4, 4)),
    "edit-other-size": made({"resolution": [8, 8]}, edit=torch.ones(4, 4), protect=torch.ones(4, 4)),
    "names-few": made({"names": ["a"]}), "names-number": made({"names": [1, 2]}), "names-long": made({"names": ["a" * 6000, "b"]}),
    "steps-few": made({"steps": [1.0]}), "steps-huge": made(raw='{"steps": [1e400, 1]}'), "seeds-negative": made({"seeds": [-1]}),
    "fingerprint-number": made({"fingerprint": 7}), "space-mapping": made({"space": {}}), "cutoff-text": made({"cutoff": "x"}),
    "noise-superscript": made({"noise": "²"}), "noise-word": made({"noise": "loud"}), "region-number": made({"region": 7}),
    "truncation-huge": made({"truncation": 10**400}), "truncation-nan": made(raw='{"truncation": NaN}'), "status-number": made({"status": 7}),
    "rank-negative": made({"tau": 0.1, "rank": -1}), "rank-huge": made({"tau": 0.1, "rank": 10**400}), "tau-text": made({"tau": "x"}),
    "nan-residuals": made(residuals=torch.tensor([1.0, float("nan")])), "residuals-few": made(residuals=torch.ones(1)),
    "certificate-number": made(version="2", certificate="7"), "certificate-no-json": made(version="2", certificate="{"),
    "certificate-nested": made(version="2", certificate="[" * 100_000), "certificate-nan": made(version="2", certificate='{"tau": NaN}'),
    "certificate-parts": made(version="2", certificate={"gaps": [1, 2]}), "certificate-half": made(version="2", certificate={"dimensions": 7}),
    "certificate-few": made(version="2", certificate={**CERTIFICATE, "gaps": [0.1], "ridge_errors": [0.1]}),
    "certificate-unequal": made(version="2", certificate={**CERTIFICATE, "gaps": [0.1, 0.1], "ridge_errors": [0.1]}),
    "certificate-solver": made(version="2", certificate={**CERTIFICATE, "solver": "x" * 201}),
    "certificate-text": made(version="2", certificate={**CERTIFICATE, "condition": "large"}),
    "facts-few": made(facts=[{}]), "facts-number": made(facts="7"), "facts-nested": made(facts="[" * 100_000),
    "facts-caption": made(facts=[{"caption": "x" * 201}, {}]), "facts-near": made(facts=[{"near": -1}, {}]),
    "facts-nan": made(facts='[{"near": NaN}, {}]'), "facts-huge": made(facts='[{"caption_details": {"a": 1e400}}, {}]'),
    "facts-details": made(facts=[{"caption_details": {str(i): i for i in range(100_000)}}, {}]),
    "facts-scores": made(facts=[{"transfer": {"scores": [1] * 100_000}}, {}]),
    "resolution-one": made({"resolution": [8]}), "resolution-huge": made({"resolution": [2**40, 8]}), "another-tensor": made(other=EYE.clone()),
    "no-vectors": save({"codes": EYE}, {"format": "resefa.directions", "format_version": "1"}),
    "header-claims": struct.pack("<Q", 2**62) + b"{", "header-long": struct.pack("<Q", 2**23 + 1) + b"{" + bytes(2**23 + 1),
    "header-nested": header(b'{"a":' + b"[" * 1_000_000), "header-no-json": header(b"{" * 100), "header-empty": header(b"{}"),
    "offsets-claimed": header(b'{"vectors":{"dtype":"F32","shape":[1099511627776],"data_offsets":[0,4398046511104]}}'),
    "offsets-negative": header(b'{"vectors":{"dtype":"F32","shape":[4],"data_offsets":[-16,0]}}'),
    "offsets-huge": header(b'{"vectors":{"dtype":"F32","shape":[4],"data_offsets":[0,' + b"9" * 5000 + b"]}}"),
    "shape-negative": header(b'{"vectors":{"dtype":"F32","shape":[-4],"data_offsets":[0,0]}}'),
    "shape-long": header(b'{"vectors":{"dtype":"F32","shape":[' + b"1099511627776," * 100_000 + b'1],"data_offsets":[0,0]}}'),
    "overlap": header(b'{"vectors":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},"codes":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}') + bytes(16),
    "two-headers": header(b'{"vectors":7}'), "metadata-numbers": header(b'{"__metadata__":{"format":7}}'),
    "brackets.txt": b"(1   2)" * 24 + b"!", "spaces.json": json.dumps(["1" + " " * 300_000 + "x"]).encode(),
    "nested.json": b"[" * 500_000, "digits.json": b"[[" + b"9" * 5000 + b", 1]]", "infinity.json": b"[[Infinity, 1]]",
    "spaces.txt": b"1" + b" " * 500_000 + b"2 3 4", "colons.txt": b":" * 500_000, "brackets-open.txt": b"(" * 500_000,
    "objects.npy": b"\x93NUMPY\x01\x00v\x00" + b"{'descr': '|O', 'fortran_order': False, 'shape': (4,), }".ljust(117) + b"\n" + b"\x80",
    "claimed.npy": b"\x93NUMPY\x01\x00v\x00" + b"{'descr': '<f4', 'fortran_order': False, 'shape': (999999999999,), }".ljust(117) + b"\n",
    "negative.npy": b"\x93NUMPY\x01\x00v\x00" + b"{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }".ljust(117) + b"\n" + bytes(64),
    "records.npy": b"\x93NUMPY\x01\x00v\x00" + b"{'descr': [('a','<f4')], 'fortran_order': False, 'shape': (4,), }".ljust(117) + b"\n" + bytes(64),
    "header.npy": b"\x93NUMPY\x02\x00\xff\xff\xff\x7f{", "nested.npy": b"\x93NUMPY\x01\x00\x10\x27" + b"(" * 10_000,
    "empty": b"", "byte": b"\x80", "zeros-file": bytes(100_000), "end-of-archive": b"PK\5\6" + bytes(18),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_one_sentence_in_little_time_and_memory(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(HOSTILE[name])
    tracemalloc.start()
    start = time.perf_counter()
    try:
        with pytest.raises(DirectionsError) as caught:
            resefa.Directions.load(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(str(caught.value)) <= 480 and str(caught.value).isprintable()
    assert time.perf_counter() - start < 5 and peak < 100e6


def test_no_pipe_is_waited_for_and_no_device_read(tmp_path):
    os.mkfifo(tmp_path / "pipe.safetensors")
    for path in (tmp_path / "pipe.safetensors", "/dev/zero", tmp_path, "n\0ul", "\ud800", "a" * 5000):
        with pytest.raises(DirectionsError):
            resefa.Directions.load(path)


def test_a_home_is_expanded(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    resefa.Directions(np.eye(2, 5)).save("~/a.safetensors")
    assert len(resefa.Directions.load("~/a.safetensors")) == 2 and (tmp_path / "a.safetensors").exists()


def test_equal_directions_are_equal_bytes(tmp_path):
    for name in "ab":
        resefa.Directions(np.eye(2, 5), eigenvalues=[2, 1]).save(tmp_path / f"{name}.safetensors")
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()


def test_later_facts_are_passed_over(tmp_path):
    (tmp_path / "a.safetensors").write_bytes(made({"later": {"x": [1, 2]}}))
    assert len(resefa.Directions.load(tmp_path / "a.safetensors")) == 2


@pytest.mark.parametrize(
    "facts", [{"model": "\ud800"}, {"truncation": float("nan")}, {"names": ("a\udcff", "b"), "region": "x\ud800"}]
)
def test_what_is_written_can_be_read(tmp_path, facts):
    from resefa.directions.provenance import Provenance

    resefa.Directions(EYE, provenance=Provenance(**facts)).save(tmp_path / "a.safetensors")
    assert len(resefa.Directions.load(tmp_path / "a.safetensors")) == 2


def test_what_could_not_be_read_is_not_written(tmp_path):
    from resefa.directions.provenance import Provenance

    with pytest.raises(DirectionsError, match="correct it before saving"):
        resefa.Directions(EYE, provenance=Provenance(noise="loud")).save(tmp_path / "a.safetensors")
    assert not list(tmp_path.iterdir())
