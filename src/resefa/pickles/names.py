"""Patterns of names in pickles that are harmless: plain data that training code saves with the weights.

Names are never imported, so the patterns only decide which files open without a question: a file with other names is
refused with a list of them. Each pattern ends with one class or function; longer names (``...Module.sys``) do not match.
"""

from __future__ import annotations

import re

_PACKAGE = r"(?:[A-Za-z_]\w*\.)*"
"""NVIDIA's modules, which forks copy into other packages."""

NVIDIA_MODULE = re.compile(_PACKAGE + r"persistence\._reconstruct_persistent_obj")
NVIDIA_NETWORK = re.compile(rf"{_PACKAGE}dnnlib\.tflib(\.network)?\.Network|{_PACKAGE}tfutil\.Network|network\.Network")

MAPPING = re.compile(
    r"collections\.(OrderedDict|defaultdict|Counter)|(builtins|__builtin__)\.dict|addict\.addict\.Dict"
    rf"|{_PACKAGE}\w+\.(EasyDict|AttrDict|AttributeDict|ConfigDict|CfgNode|DotDict|dotdict|Munch|Bunch)"
)
"""Subclasses of ``dict`` in any package that are plain mappings."""

SEQUENCE = re.compile(r"collections\.deque|(builtins|__builtin__)\.(list|set|frozenset|tuple)")

_OF_TORCH = (
    r"torch\.nn\.modules\.[a-z_0-9]+\._?[A-Z]\w*",
    r"torch\.nn\.parallel\.(data_parallel\.DataParallel|distributed\.DistributedDataParallel)",
    r"torch\.nn\.utils\.(spectral_norm|weight_norm|parametrize|parametrizations)\._?[A-Z]\w*",
    r"torch\.nn\.parameter\.(Parameter|Buffer)",
    r"torch\.optim\.[a-z_0-9]+\.[A-Z]\w*",
    r"torch\._dynamo\.([a-z_]+\.)+[A-Z]\w*|torch\._TorchCompile\w*Wrapper",
    r"torch\.(nn\.functional\.)?(relu|leaky_relu|gelu|silu|elu|selu|tanh|sigmoid|softplus|softmax)",
)
_OF_PYTHON = (
    r"(builtins|__builtin__)\.(int|long|float|complex|bool|str|unicode|bytes|object|slice|range|xrange)",
    r"datetime\.(datetime|date|time|timedelta|timezone)",
    r"decimal\.Decimal|fractions\.Fraction|uuid\.UUID|random\.Random|contextlib\.nullcontext",
    r"pathlib(\._local)?\.(Pure)?(Posix|Windows)?Path",
    r"typing\.(Any|Dict|List|Tuple|Union|Optional)",
)
_OF_OTHERS = (
    r"numpy\.random\._pickle\.__(randomstate|generator|bit_generator)_ctor",
    r"numpy\.random\.(_(pcg64|mt19937|philox|sfc64)|bit_generator|mtrand)\.(__pyx_unpickle_)?[A-Z]\w*",
    r"omegaconf\.(dictconfig|listconfig|base|nodes)\.[A-Z]\w*",
    r"(pytorch_lightning|lightning\.pytorch)\.callbacks\.([a-z_]+\.)*[A-Z]\w*",
    r"mmengine\.logging\.history_buffer\.HistoryBuffer(\.[a-z]\w*)?",
)
DATA = re.compile("|".join((*_OF_TORCH, *_OF_PYTHON, *_OF_OTHERS)))
"""Classes whose objects become stand-ins, and functions that are attributes of a module."""

GETATTR = frozenset({"builtins.getattr", "__builtin__.getattr"})
"""Function that old protocols call for a method of a class or a member of an enumeration."""
PARTIAL = "functools.partial"
"""Function in the settings of training code, for example an optimizer's class with its learning rate."""
REFERRING = GETATTR | {PARTIAL}
