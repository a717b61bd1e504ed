"""SciPy's threads are given back."""

from __future__ import annotations

import pytest

from resefa.solvers import one_blas_thread as module
from resefa.solvers.one_blas_thread import one_blas_thread


def test_the_number_of_threads_is_put_back_whatever_happens():
    if module._library() is None:
        pytest.skip("SciPy's BLAS is no OpenBLAS here")
    get, put = module._library()
    before = get()
    try:
        put(2)
        with pytest.raises(ZeroDivisionError), one_blas_thread() as quiet, one_blas_thread():
            assert quiet and get() == 1
            _ = 1 / 0
        assert get() == 2
    finally:
        put(before)


def test_another_library_is_left_alone(monkeypatch):
    monkeypatch.setattr(module, "_NAMES", ("no_such_{}",))
    module._library.cache_clear()
    try:
        with one_blas_thread() as quiet:
            assert not quiet
    finally:
        module._library.cache_clear()
