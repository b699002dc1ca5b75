"""Runs the command in its arguments until standard input closes, then ends the command.

Standard input is a pipe from the test process. A normal exit and a kill of the test process both close
the pipe, so the command ends with the test process.
"""

import os
import signal
import subprocess
import sys
import threading

GRACE_S = 3


def end_with_the_pipe(child, ending):
    while os.read(0, 4096):
        pass
    ending.set()
    child.terminate()
    try:
        child.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        child.kill()
    os._exit(0)


def main():
    # A Ctrl-C reaches the whole process group. This process ignores the signal, because the test
    # process then ends and closes the pipe, and the other thread ends the child cleanly.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    ending = threading.Event()
    threading.Thread(target=end_with_the_pipe, args=(child, ending), daemon=True).start()
    status = child.wait()
    if ending.is_set():
        # The other thread terminated the child, and ends this process.
        threading.Event().wait()
    os._exit(status & 0xFF)


main()
