"""A player that is made ready while another one plays, with nothing but what everyone else leaves of the processor.

The server runs this file by its path: ``python -m`` would load the package with the usual priority first, and for that long the
pictures of the run that is played would come late. On Linux a thread has a priority of its own, so this one loads and another
one plays later.
"""

import contextlib
import os
import threading


def _load() -> None:
    if hasattr(os, "SCHED_IDLE"):  # Linux; it steps back as soon as anyone else wants to go on, unlike a high niceness
        with contextlib.suppress(OSError):  # where a container forbids it, too
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    from artgen.studio.player import load

    load()


if __name__ == "__main__":
    # numpy's threads begin while it is loaded and would keep that thread's policy: on a busy machine products would wait for them
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    loading = threading.Thread(target=_load)
    loading.start()
    loading.join()
    from artgen.studio.player import main

    main()
