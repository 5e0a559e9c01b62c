"""What the programs in this directory share: named cases with a watchdog, a record of the octets.

Nothing of a peer is imported here. A client program makes a `Suite`, registers its cases with
`@suite.case("name")` and calls `suite.main(...)`. Each case prints one JSON line

    {"peer": ..., "version": ..., "case": ..., "result": "pass" | "fail" | "peer_fault", "why": ...}

and the program ends with status 1 when a case failed, 0 otherwise, 2 on wrong usage. A case is
`pass` when its function returns; what it returns (a short text) becomes `why`.
"""

import argparse
import json
import os
import re
import signal
import struct
import sys
import traceback


class Failure(Exception):
    """Our end did something else than the case demands."""


class PeerFault(Exception):
    """The peer itself is wrong; the text gives the reason and the octets."""


class Deadline(BaseException):
    """The watchdog of a case. No `except Exception` of a peer can swallow it."""


def check(condition, text):
    """Fails the case with `text` unless `condition` holds."""
    if not condition:
        raise Failure(text)


def octets(text):
    """Six octets of an OBIS code written `1-0:1.8.0` or `1-0:1.8.0*255`."""
    parts = [int(part) for part in re.split(r"[-:.*]", text)]
    return bytes(parts if len(parts) == 6 else parts + [255])


def obis(value):
    """An OBIS code as `1-0:1.8.0*255`, from six octets."""
    return "{}-{}:{}.{}.{}*{}".format(*value)


class Recorder:
    """Keeps the frames of a conversation and writes them as `cargo xtask replay` reads them.

    The first line gives the facts of the conversation, each further line is one frame with its
    direction; `tx` is what the client sent. A frame that the peer is known to build wrongly is
    passed in with the reason, and its `checked` begins with BAD.
    """

    def __init__(self, directory, identifier, client, server, authentication, link="wrapper"):
        self.path = os.path.join(directory, identifier + ".jsonl") if directory else None
        self.facts = {
            "id": identifier,
            "referencing": "LN",
            "link": link,
            "addr": {"client": client, "server": server},
            "auth": authentication,
            "replay": "plain: recorded between our own end and the peer, test password 12345678",
            "complete": True,
            "keys": {},
        }
        self.frames = []

    def add(self, direction, frame, wrong=None):
        checked = f"BAD: {wrong}" if wrong else f"{self.facts['link']} length"
        self.frames.append({"dir": direction, "hex": bytes(frame).hex(), "checked": checked})

    def last(self, direction):
        """The hex of the last frame in this direction, for messages."""
        found = [frame["hex"] for frame in self.frames if frame["dir"] == direction]
        return found[-1] if found else "no octets"

    def save(self):
        if self.path and self.frames:
            with open(self.path, "w", encoding="utf-8") as file:
                for line in [self.facts, *self.frames]:
                    file.write(json.dumps(line) + "\n")


def receive_frame(socket):
    """One whole wrapper frame from a socket, or None where the other side has closed it."""
    frame = b""
    wanted = 8
    while len(frame) < wanted:
        piece = socket.recv(wanted - len(frame))
        if not piece:
            return None
        frame += piece
        if len(frame) == 8:
            wanted = 8 + struct.unpack(">H", frame[6:8])[0]
    return frame


class Suite:
    """The cases of one peer, in the order in which they were registered."""

    def __init__(self, peer, version):
        self.peer = peer
        self.version = version
        self.cases = {}
        self.arguments = None

    def case(self, name):
        def register(function):
            self.cases[name] = function
            return function

        return register

    def main(self, description):
        """Reads the command line, runs the cases, ends the process."""
        parser = argparse.ArgumentParser(description=description)
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, required=True)
        parser.add_argument("--cases", help="only these, separated by commas")
        parser.add_argument("--list", action="store_true", help="print the names and end")
        parser.add_argument("--timeout", type=float, default=20.0, help="seconds for one case")
        parser.add_argument("--out", default="-", help="file for the JSON lines, - is stdout")
        parser.add_argument("--record", metavar="DIR", help="write every conversation to DIR")
        parser.add_argument("--hdlc", action="store_true", help="HDLC in place of the wrapper")
        parser.add_argument("--address-size", type=int, choices=(1, 2, 4), default=1,
                            help="octets of the server address in HDLC")
        if "--list" in sys.argv[1:]:
            print("\n".join(self.cases))
            sys.exit(0)
        self.arguments = parser.parse_args()
        chosen = self.arguments.cases.split(",") if self.arguments.cases else list(self.cases)
        unknown = [name for name in chosen if name not in self.cases]
        if unknown:
            parser.error(f"no case {unknown[0]!r}; --list names them")
        if self.arguments.record:
            os.makedirs(self.arguments.record, exist_ok=True)
        # A peer prints where it likes; standard output holds the JSON lines only.
        if self.arguments.out == "-":
            out = os.fdopen(os.dup(1), "w", encoding="utf-8")
        else:
            out = open(self.arguments.out, "w", encoding="utf-8")
        os.dup2(2, 1)
        signal.signal(signal.SIGALRM, self._expired)
        failed = False
        with out:
            for name in chosen:
                result, why = self._run(self.cases[name])
                failed |= result == "fail"
                line = {"peer": self.peer, "version": self.version, "case": self.prefix() + name}
                out.write(json.dumps({**line, "result": result, "why": why}) + "\n")
                out.flush()
        sys.exit(1 if failed else 0)

    def prefix(self):
        """What stands in front of the name of a case: the link, where it is not the wrapper."""
        if not self.arguments.hdlc:
            return ""
        size = self.arguments.address_size
        return "hdlc-" if size == 1 else f"hdlc-{size}-octets-"

    def _run(self, function):
        # The timer repeats: a peer that loops inside a `finally` is interrupted as well.
        signal.setitimer(signal.ITIMER_REAL, self.arguments.timeout, 1.0)
        try:
            return "pass", " ".join((function() or "").split())
        except PeerFault as fault:
            return "peer_fault", str(fault)
        except Failure as failure:
            return "fail", str(failure)
        except Deadline:
            return "fail", f"no end within {self.arguments.timeout:g} s"
        except Exception as error:  # A peer raises anything: all of it is a failed case.
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{os.path.basename(place.filename)}:{place.lineno}"
            return "fail", f"{type(error).__name__} at {where}: {error}"
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0.0)

    @staticmethod
    def _expired(_number, _frame):
        raise Deadline()
