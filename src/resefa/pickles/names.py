"""Names in pickles that stand for plain data, by patterns: what training code keeps beside the weights.

A name is never imported, so that these patterns decide about wording alone: a file that names nothing else opens, any other
name is told. Each pattern ends in one class or function; names that go on behind it (``...Module.sys``) are not meant.
"""

from __future__ import annotations

import re

_PACKAGE = r"(?:[A-Za-z_]\w*\.)*"
"""Forks carry NVIDIA's code within packages of their own."""

NVIDIA_MODULE = re.compile(_PACKAGE + r"persistence\._reconstruct_persistent_obj")
NVIDIA_NETWORK = re.compile(rf"{_PACKAGE}dnnlib\.tflib(\.network)?\.Network|{_PACKAGE}tfutil\.Network|network\.Network")

MAPPING = re.compile(
    r"collections\.(OrderedDict|defaultdict|Counter)|(builtins|__builtin__)\.dict|addict\.addict\.Dict"
    rf"|{_PACKAGE}\w+\.(EasyDict|AttrDict|AttributeDict|ConfigDict|CfgNode|DotDict|dotdict|Munch|Bunch)"
)
"""Subclasses of ``dict`` that mean no more than one, of any package."""

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
"""Classes whose objects are kept as stand-ins, and functions that a module holds as an attribute."""

GETATTR = frozenset({"builtins.getattr", "__builtin__.getattr"})
"""Old protocols write a method of a class, or a member of an enumeration, as a call of it."""
PARTIAL = "functools.partial"
"""Settings of training code hold it, such as an optimizer's class with its learning rate."""
REFERRING = GETATTR | {PARTIAL}
