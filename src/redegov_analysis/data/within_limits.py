"""A program that runs one reader of untrusted files within limits that the system holds it to; started by `apart`.

It imports nothing of the package, so that it starts at once and so that a reader can do no more than read.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import time


def main(reader: str, memory: int, seconds: int, *limits: int) -> None:
    """Write the processor time taken and, on the next line, what a reader says of standard input, as JSON.

    Parameters
    ----------
    reader
        The file of Python whose function `contents` is run.
    memory, seconds
        Bytes of memory and seconds of processor time that it may take.
    limits
        What the reader is given after the bytes.
    """
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    except (ImportError, ValueError, OSError):
        # Where the system has no such limits, the clock of the program that started this one still holds.
        pass
    spec = importlib.util.spec_from_file_location("reader", reader)
    if spec is None or spec.loader is None:
        raise ImportError(reader)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = json.dumps(module.contents(sys.stdin.buffer.read(), *limits))
    sys.stdout.write(f"{time.process_time():.3f}\n{found}")


if __name__ == "__main__":
    main(sys.argv[1], *(int(argument) for argument in sys.argv[2:]))
