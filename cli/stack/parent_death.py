"""Runs a program that may not outlive its supervisor: ``python parent_death.py SUPERVISOR_PID PROGRAM ARGUMENTS…``.

It turns into the program, which so has the pid that the supervisor knows. On Linux the kernel ends the program
when its supervisor dies, however that dies; elsewhere a small watcher looks for the supervisor and does it.
It imports nothing of ours, because it runs before everything else and stands alone.
"""

import os
import signal
import sys
import time

PR_SET_PDEATHSIG = 1
LOOK_EVERY = 0.5


def main() -> None:
    """Tie this process to its supervisor, then become the program."""
    supervisor, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    elif os.fork() == 0:
        watch(supervisor, os.getppid())
        os._exit(0)
    if os.getppid() != supervisor:
        # It died before the tie was made.
        os._exit(1)
    os.execvp(command[0], command)


def watch(supervisor: int, program: int) -> None:
    """Wait until either is gone; the program may not be the one that is left."""
    while os.getppid() == program:
        try:
            os.kill(supervisor, 0)
        except ProcessLookupError:
            os.kill(program, signal.SIGKILL)
            return
        time.sleep(LOOK_EVERY)


if __name__ == "__main__":
    main()
