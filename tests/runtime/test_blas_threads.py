"""SciPy's threads are given back."""

from __future__ import annotations

import pytest
from threadpoolctl import ThreadpoolController

from resefa.runtime import blas_threads as module
from resefa.runtime.blas_threads import one_blas_thread


def test_the_number_of_threads_is_put_back_whatever_happens():
    libraries = module._libraries().lib_controllers
    if not libraries:
        pytest.skip("SciPy's BLAS is no OpenBLAS here")
    before = [library.num_threads for library in libraries]
    try:
        for library in libraries:
            library.set_num_threads(2)
        with pytest.raises(ZeroDivisionError), one_blas_thread() as quiet, one_blas_thread():
            assert quiet and all(library.num_threads == 1 for library in libraries)
            _ = 1 / 0
        assert all(library.num_threads == 2 for library in libraries)
    finally:
        for library, number in zip(libraries, before, strict=True):
            library.set_num_threads(number)


def test_another_library_is_left_alone(monkeypatch):
    none = ThreadpoolController().select(internal_api="no such library")
    monkeypatch.setattr(module, "_libraries", lambda: none)
    with one_blas_thread() as quiet:
        assert not quiet
