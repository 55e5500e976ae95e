"""Runs a command on a terminal of its own, does what a person does, and tells what came of it as JSON.

    terminal.py COLUMNS LINES STEPS COMMAND...

STEPS is a JSON list: {"wait": text} until the command has written that since the last step, {"key": text},
{"size": [columns, lines]}, {"signal": number}, {"for": seconds}, {"close": true}: the terminal is gone, and nothing follows.
"""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

PATIENCE = 15


def resize(terminal, columns, lines):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))


def main():
    columns, lines, steps, command = int(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3]), sys.argv[4:]
    terminal, inner = pty.openpty()
    resize(terminal, columns, lines)
    before = termios.tcgetattr(inner)
    child = os.fork()
    if child == 0:
        os.setsid()
        fcntl.ioctl(inner, termios.TIOCSCTTY, 0)
        for stream in range(3):
            os.dup2(inner, stream)
        os.execvp(command[0], command)
    written = bytearray()

    def read(wait):
        ready, _, _ = select.select([terminal] if terminal else [], [], [], wait)
        if ready:
            written.extend(os.read(terminal, 65536))

    missed, seen, restored = None, 0, None
    for step in steps:
        if "wait" in step:
            end = time.monotonic() + PATIENCE
            while step["wait"].encode() not in written[seen:] and time.monotonic() < end:
                read(0.05)
            if step["wait"].encode() not in written[seen:]:
                missed = step["wait"]
                break
            continue
        seen = len(written)
        if "key" in step:
            os.write(terminal, step["key"].encode())
        elif "size" in step:
            resize(terminal, *step["size"])
            os.kill(child, signal.SIGWINCH)
        elif "signal" in step:
            os.kill(child, step["signal"])
        elif "close" in step:
            os.close(inner)
            os.close(terminal)
            terminal = None
        elif "for" in step:
            end = time.monotonic() + step["for"]
            while time.monotonic() < end:
                read(0.05)
    end = time.monotonic() + PATIENCE
    code = None
    while time.monotonic() < end:
        read(0.02)
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
            break
    if code is None:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    if terminal:
        read(0)
        restored = termios.tcgetattr(inner) == before
    print(json.dumps({
        "code": code,
        "missed": missed,
        "written": written.decode(errors="replace"),
        "restored": restored,
    }))


main()
