"""A terminal just good enough for Hone's display: what a user would see on the screen.

It knows printable characters, CR, LF, cursor up, erase to the end of the line and of the screen,
and colours (which it counts). Anything else is an error: the display should not need more.
"""
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

TOKEN = re.compile(r"\x1b\[(\d*(?:;\d+)*)([A-Za-z])|(\r)|(\n)|([^\x00-\x1f\x7f])")


class Screen:
    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.lines = [""]      # from the first one ever written
        self.row = self.column = 0
        self.n_colours = 0
        self.widest = 0        # column that was ever reached

    def feed(self, text):
        at = 0
        while at < len(text):
            token = TOKEN.match(text, at)
            assert token, f"the display writes {text[at:at + 10]!r}"
            number, letter, cr, lf, character = token.groups()
            if letter:
                self.escape(number, letter)
            elif cr:
                self.column = 0
            elif lf:
                self.row += 1
                if self.row == len(self.lines):
                    self.lines.append("")
            else:
                self.put(character)
            at = token.end()

    def put(self, character):
        if self.column == self.columns:  # wraps
            self.column = 0
            self.feed("\n")
        line = self.lines[self.row].ljust(self.column)
        self.lines[self.row] = line[:self.column] + character + line[self.column + 1:]
        self.column += 1
        self.widest = max(self.widest, self.column)

    def escape(self, number, letter):
        if letter == "A":
            up = int(number or 1)
            top = max(0, len(self.lines) - self.rows)
            assert self.row - up >= top, "the block is higher than the screen"
            self.row -= up
        elif letter == "K":
            self.lines[self.row] = self.lines[self.row][:self.column]
        elif letter == "J":
            self.lines[self.row] = self.lines[self.row][:self.column]
            del self.lines[self.row + 1:]
        elif letter == "m":
            self.n_colours += 1
        else:
            raise AssertionError(f"the display uses ESC[{number}{letter}")

    def text(self):
        return "\n".join(line.rstrip() for line in self.lines)


class Terminal:
    """A command on a terminal of its own."""

    def __init__(self, command, directory, environment, columns, rows):
        self.screen = Screen(columns, rows)
        self.raw = b""
        self.master, slave = pty.openpty()
        self.resize(columns, rows)
        self.process = subprocess.Popen(command, cwd=directory, env=environment, stdin=slave,
                                        stdout=slave, stderr=slave, start_new_session=True)
        os.close(slave)

    def resize(self, columns, rows):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, seconds):
        """What comes within some time; None at the end."""
        if not select.select([self.master], [], [], seconds)[0]:
            return b""
        try:
            data = os.read(self.master, 65536)
        except OSError:
            data = b""
        if not data:
            return None
        self.raw += data
        # A character that is cut at the end of the buffer comes whole the next time.
        text = self.raw.decode(errors="strict") if self.is_whole() else None
        if text is not None:
            self.screen.feed(text)
            self.raw = b""
        return data

    def is_whole(self):
        try:
            text = self.raw.decode()
        except UnicodeDecodeError:
            return False
        return not re.search(r"\x1b(\[[\d;]*)?$", text)

    def wait_for(self, pattern, seconds=30):
        deadline = time.monotonic() + seconds
        while not re.search(pattern, self.screen.text(), re.M):
            assert time.monotonic() < deadline, self.screen.text()
            assert self.read(0.1) is not None, self.screen.text()
        return self.screen.text()

    def end(self, seconds=30):
        deadline = time.monotonic() + seconds
        while self.read(0.1) is not None:
            assert time.monotonic() < deadline, self.screen.text()
        os.close(self.master)
        return self.process.wait(10)
