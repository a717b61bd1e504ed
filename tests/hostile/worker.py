"""Opens files in a process of its own, which watches itself: what is run, imported or written, how much memory, how long.

    python worker.py FOLDER REPORT MEGABYTES [OPENERS]

Opens every file of the folder by every opener, by each in turn where OPENERS is "turns", or, to see the
watch at work, by a careless reader where it is "careless", and writes one line of JSON for each to the report. The canary of the
attacks would be made in the working folder.
"""

from __future__ import annotations

import json
import os
import pickle
import resource
import sys
import time
from pathlib import Path

WATCHED = (
    "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty", "os.startfile", "os.remove", "os.rename",
    "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.chmod", "os.putenv", "os.kill", "subprocess.Popen", "pty.spawn", "socket.",
    "ctypes.", "webbrowser.open", "shutil.", "pickle.find_class", "marshal.", "exec", "compile", "import", "urllib.Request",
    "code.__new__", "function.__new__", "tempfile.", "sys.settrace", "sys.setprofile", "http.client", "builtins.input",
    "builtins.breakpoint",
)  # fmt: skip
SLOW = 10.0


class Watch:
    """An audit hook, which cannot be taken off again; it records while ``on``."""

    def __init__(self) -> None:
        self.on = False
        self.seen: list[str] = []
        sys.addaudithook(self._hook)

    def _hook(self, event: str, args: tuple) -> None:
        if not self.on:
            return
        writes = event == "open" and (
            any(letter in str(args[1] or "") for letter in "wax+")
            or (args[2] or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        )
        if writes or event.startswith(WATCHED):
            self.seen.append(f"{event}{str(args)[:100]}")


def openers() -> dict:
    import resefa.generators.inspection  # noqa: F401 (imported before anything is watched)
    from resefa.checkpoints.open import open_checkpoint
    from resefa.pickles import named_globals, read_tree

    return {"read_tree": read_tree, "named_globals": named_globals, "open_checkpoint": open_checkpoint}


def limit(megabytes: int) -> None:
    """Address space above what the process has now."""
    with open("/proc/self/statm") as file:
        now = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + megabytes * 2**20,) * 2)


def opened(path: Path, opener, watch: Watch) -> dict:
    """What came of one file: ``outcome`` opened, refused or the exception's name; the message; events; seconds."""
    from resefa.errors import ResefaError

    watch.seen.clear()
    start = time.process_time()  # a busy machine is no fault of the file
    outcome, message, extra = "opened", "", []
    watch.on = True
    try:
        found = opener(path)
        if opener.__name__ == "named_globals":
            extra = [each.name for each in found[1] if not each.harmless][:5]
        del found
    except ResefaError as error:
        outcome, message = "refused", str(error)
    except BaseException as error:
        outcome, message = type(error).__name__, str(error)[:300]
    finally:
        watch.on = False
    seconds = time.process_time() - start
    return {
        "outcome": outcome,
        "message": message,
        "unknown": extra,
        "events": watch.seen[:5],
        "seconds": round(seconds, 3),
    }


def violation(result: dict) -> str:
    """What of a result breaks the promise, or nothing."""
    if result["outcome"] not in ("opened", "refused"):
        return f"{result['outcome']}: {result['message']}"
    if result["events"]:
        return f"it ran {result['events']}"
    if result["seconds"] > SLOW:
        return f"it took {result['seconds']} s"
    message = result["message"]
    if "\n" in message or len(message) > 500 or not message.isprintable():
        return f"the message is no line: {message!r}"
    return ""


def warm_up(tries: list[Path], found: dict) -> None:
    """What a first sound file of each kind imports is imported before anything is watched."""
    from resefa.errors import ResefaError

    for codec in ("raw_unicode_escape", "unicode_escape", "latin-1", "ascii", "cp437"):
        "".encode(codec)  # Python's own, imported when first used
    for path in tries:
        for opener in found.values():
            try:
                opener(path)
            except ResefaError:
                continue


def careless(path: Path) -> object:
    return pickle.loads(path.read_bytes())


def main(folder: str, report: str, megabytes: str, which: str = "every") -> None:
    found = {"careless": careless} if which == "careless" else openers()
    warm_up(sorted(Path(folder).glob("warm-up*")), found)
    files = sorted(path for path in Path(folder).iterdir() if not path.name.startswith("warm-up"))
    watch = Watch()
    limit(int(megabytes))
    with open(report, "w") as out:
        for i, path in enumerate(files):
            chosen = list(found.items()) if which != "turns" else [list(found.items())[i // 3 % len(found)]]
            for name, opener in chosen:
                out.write(json.dumps({"file": path.name, "opener": name}) + "\n")
                out.flush()
                result = opened(path, opener, watch)
                out.write(json.dumps({"file": path.name, "opener": name, **result}) + "\n")
                out.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
