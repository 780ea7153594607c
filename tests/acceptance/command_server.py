"""Runs `python -m MODULE ...` in children of a process that has imported `wsgi`: `python command_server.py SOCKET`.

A command (`python -m flask --app wsgi ...`) takes three seconds of processor for its imports, a server as many, and
these tests start dozens. Runs in the tree's folder and knows nothing of it but `wsgi`, whose settings each child
loads anew from the environment that it is given. One connection is one command: a line of JSON in; the child's id, and
how it ended, out.
"""

import ctypes
import json
import os
import resource
import runpy
import signal
import socket
import sys
import traceback
from typing import Any

_PR_SET_PDEATHSIG = 1


def main(path: str) -> None:
    """Answer until killed."""
    sys.path.insert(0, os.getcwd())
    __import__("wsgi")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps those who attend to a child
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        while True:
            connection, _ = listener.accept()
            if _fork() == 0:
                listener.close()
                _attend(connection)
            connection.close()


def _attend(connection: socket.socket) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with connection, connection.makefile("rw") as file:
        request = json.loads(file.readline())
        child = _fork()
        if child == 0:
            connection.close()
            _run(request)
        print(child, file=file, flush=True)
        _, status, usage = os.wait4(child, 0)
        ended = {
            "code": os.waitstatus_to_exitcode(status),
            "processor_s": usage.ru_utime + usage.ru_stime,
            "memory_kb": usage.ru_maxrss,
        }
        print(json.dumps(ended), file=file, flush=True)
    os._exit(0)


def _run(request: dict[str, Any]) -> None:
    """Become the program, with its files, its environment and its limit of processor time."""
    code = 1
    try:
        os.setsid()
        for name, number, flags in (
            ("stdin", 0, os.O_RDONLY),
            ("stdout", 1, os.O_WRONLY | os.O_APPEND),
            ("stderr", 2, os.O_WRONLY | os.O_APPEND),
        ):
            os.dup2(os.open(request[name], flags), number)
        os.environ.clear()
        os.environ.update(request["environment"])
        if request["processor_s"]:
            resource.setrlimit(resource.RLIMIT_CPU, (request["processor_s"], request["processor_s"]))
        sys.argv = [request["module"], *request["arguments"]]
        sys.modules.pop("wsgi")
        runpy.run_module(request["module"], run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        if isinstance(ended.code, str):
            print(ended.code, file=sys.stderr)
    except BaseException:  # noqa: BLE001  # whatever it is, this process ends below
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _fork() -> int:
    """Fork a child that ends with this process, however that comes about."""
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the kernel knew
            os._exit(1)
    return child


if __name__ == "__main__":
    main(sys.argv[1])
