"""Steps as CUDA graphs, which launch all kernels of a step at once; on the CPU a step is called as it is."""

from __future__ import annotations

from collections.abc import Callable

import torch

_WARM_UP = 3
"""Calls before the capture, in which libraries choose their kernels and the optimizer makes its state."""


class CapturedStep:
    """A step that is captured at its fourth call; the calls before train as usual.

    The step must read and write the same tensors at each call, and must not read values on the host.
    """

    def __init__(self, step: Callable[[], None], device: torch.device) -> None:
        self._step, self._device = step, device
        self._calls = 0
        self._graph: torch.cuda.CUDAGraph | None = None

    def __call__(self) -> None:
        if self._device.type != "cuda":
            self._step()
            return
        if self._graph is None and self._calls >= _WARM_UP:
            torch.cuda.synchronize(self._device)
            self._graph = torch.cuda.CUDAGraph()
            # Capturing records the kernels without running them.
            with torch.cuda.graph(self._graph):
                self._step()
        if self._graph is not None:
            self._graph.replay()
            return
        self._calls += 1
        # Work on another stream than the default one, as a capture requires.
        stream = torch.cuda.Stream(self._device)
        stream.wait_stream(torch.cuda.current_stream(self._device))
        with torch.cuda.stream(stream):
            self._step()
        torch.cuda.current_stream(self._device).wait_stream(stream)
