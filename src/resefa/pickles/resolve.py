"""``Resolver``: from stand-ins to plain data (dicts, lists, tensors, arrays); unknown objects stay stand-ins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from torch import Tensor

from resefa.errors import WeightsError, printable
from resefa.pickles.budget import DEEPEST, Budget, key_of, unusual
from resefa.pickles.builders import BUILDERS, ENCODE, PASSED_ON, VALUES, encoded
from resefa.pickles.names import MAPPING, NVIDIA_MODULE, SEQUENCE
from resefa.pickles.objects import LOAD_FROM_BYTES, Call, Global, NvidiaModule, Persistent, Unbuilt

_PENDING = object()


class Resolver:
    """Turns the trees of one file into plain data. Shared parts are made once, so that a small file cannot make a large tree.

    Args:
        name: name of the file, for messages.
        storage: function from the id of a persistent reference to its storage.
        from_bytes: function from the content of ``torch.storage._load_from_bytes`` to its storage, read as data.
        budget: remaining budget of the file.
        end: position of the end of the object, for messages about the whole object.
    """

    def __init__(
        self, name: str, storage: Callable[[Any], Any], from_bytes: Callable[[bytes], Any], budget: Budget, end: int
    ) -> None:
        self._name, self._storage, self._from_bytes, self._budget, self._end = name, storage, from_bytes, budget, end
        self._made: dict[int, Any] = {}
        self._contents: dict[tuple[str, int], Any] = {}
        self._sources: list[Any] = []  # referenced, so that no id is reused meanwhile

    def resolved(self, value: Any) -> Any:
        """Plain data from a tree of stand-ins.

        Raises:
            WeightsError: the tree is nested too deeply, contains itself, or a part does not fit its type.
        """
        return self._of(value, 0)

    def _of(self, value: Any, depth: int) -> Any:
        if isinstance(value, (str, bytes, bytearray, int, float, bool, type(None))):
            return value
        if depth > DEEPEST:
            raise self._damaged(f"the object that ends here is nested more than {DEEPEST} levels deep", self._end)
        made = self._made.get(id(value))
        if made is _PENDING:
            raise self._damaged("the object that ends here contains itself", self._end)
        if made is not None:
            return made
        self._made[id(value)] = _PENDING
        self._sources.append(value)
        self._made[id(value)] = made = self._new(value, depth + 1)
        return made

    def _new(self, value: Any, depth: int) -> Any:
        if isinstance(value, dict):
            return {self._key(key, depth): self._of(item, depth) for key, item in value.items()}
        if isinstance(value, list):
            return [self._of(item, depth) for item in value]
        if isinstance(value, tuple):
            return tuple(self._of(item, depth) for item in value)
        if isinstance(value, (set, frozenset)):
            return type(value)(self._key(item, depth) for item in value)
        if isinstance(value, Global):
            return VALUES.get(value.name, Unbuilt(value.name, (), None))
        if isinstance(value, Persistent):
            return self._guarded(value.offset, self._storage, value.pid)
        if isinstance(value, Call):
            return self._call(value, depth)
        raise self._damaged(f"it contains an object of type {type(value).__name__}", self._end)

    def _key(self, key: Any, depth: int) -> Any:
        made = self._of(key, depth)
        try:
            if isinstance(made, (str, bytes, int, tuple, type(None))):
                return key_of(made, self._budget)
            unusual(self._budget)
            hash(made)
        except (TypeError, ValueError) as error:
            raise self._damaged(f"an invalid key ({printable(error, 80)})", self._end) from None
        return made

    def _call(self, call: Call, depth: int) -> Any:
        function, raw = call.function, call.args
        if not isinstance(raw, tuple):
            raise self._damaged("arguments that are not a tuple", call.offset)
        if isinstance(function, Global) and function.name in PASSED_ON and raw:
            # (class, base, content of the base class): the items of a dict, or None.
            function, raw = raw[0], tuple(value for value in raw[2:3] if value is not None)
        if isinstance(function, Persistent) and isinstance(function.pid, tuple) and function.pid[:1] == ("module",):
            function = (*function.pid, None)[1]  # torch's stream: a class with its source code, which is ignored
        if not isinstance(function, Global):
            raise self._damaged("it calls the result of another call", call.offset)
        name = function.name
        args = self._of(raw, depth) if raw else ()
        state = self._of(call.state, depth)
        items = {self._key(key, depth): self._of(item, depth) for key, item in call.items}
        self._guarded(call.offset, self._budget.pass_on, args, *args, *(state if isinstance(state, tuple) else ()))
        if MAPPING.fullmatch(name):
            attributes = state if isinstance(state, dict) and not name.startswith("collections.") else {}
            return self._mapping(args, items, call.offset) or attributes
        if SEQUENCE.fullmatch(name):
            return [*(args[0] if args and isinstance(args[0], (list, tuple)) else ()), *self._of(call.appended, depth)]
        if name in BUILDERS:
            return self._counted(self._guarded(call.offset, BUILDERS[name], args, state), call.offset)
        if name in (LOAD_FROM_BYTES, ENCODE):
            return self._content(name, args, call.offset)
        if NVIDIA_MODULE.fullmatch(name):
            return self._nvidia_module(args, call.offset)
        return Unbuilt(
            name, args, state if state is not None else items or (call.appended and self._of(call.appended, depth))
        )

    def _content(self, name: str, args: tuple[Any, ...], offset: int) -> Any:
        """Result of a function that copies its argument, made only once per argument."""
        if not args or not isinstance(args[0], bytes if name == LOAD_FROM_BYTES else str):
            raise self._damaged(f"the argument of {name} is not bytes", offset)
        key = (name, id(args[0]))
        if key not in self._contents:
            self._sources.append(args[0])
            make = self._from_bytes if name == LOAD_FROM_BYTES else encoded
            self._contents[key] = self._guarded(offset, make, args[0] if name == LOAD_FROM_BYTES else args)
        return self._contents[key]

    def _counted(self, made: Any, offset: int) -> Any:
        """Charge the size of a tensor: shared tensors are free here but cost memory once they are copied."""
        if isinstance(made, (Tensor, np.ndarray)):
            self._guarded(offset, self._budget.make, made.nbytes)
        return made

    def _mapping(self, args: tuple[Any, ...], items: dict[Any, Any], offset: int) -> dict[Any, Any]:
        made: dict[Any, Any] = {}
        for arg in args:
            if isinstance(arg, dict):
                made.update(arg)
            elif isinstance(arg, list):
                made.update(self._guarded(offset, self._pairs, arg))
        return made | items

    def _nvidia_module(self, args: tuple[Any, ...], offset: int) -> NvidiaModule:
        meta = args[0] if args and isinstance(args[0], dict) else {}
        name, state = meta.get("class_name"), meta.get("state")
        if not isinstance(name, str) or not isinstance(state, dict):
            raise self._damaged("an object of NVIDIA's torch_utils.persistence without a class or state", offset)
        return NvidiaModule(name, state)

    def _guarded(self, offset: int, make: Callable[..., Any], *args: Any) -> Any:
        """Run a builder and report its failures as damage to the file."""
        try:
            return make(*args)
        except WeightsError:
            raise
        except (ValueError, TypeError, KeyError, IndexError, AttributeError, RuntimeError, OverflowError) as error:
            raise self._damaged(printable(error or type(error).__name__, 120), offset) from error

    def _pairs(self, pairs: list[Any]) -> dict[Any, Any]:
        return {key_of(key, self._budget): value for key, value in pairs}

    def _damaged(self, reason: str, offset: int) -> WeightsError:
        return WeightsError(
            f"{self._name} is damaged or not a weights file (byte {offset}: {reason}): download it again."
        )
