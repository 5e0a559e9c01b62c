# Imports gurux-dlms, a GPL-2.0 package: this file therefore stays in interop/ and is in no crate.
"""The two kinds of frames in which the programs here talk: how one is received and taken apart."""

from gurux_dlms.GXByteBuffer import GXByteBuffer
from gurux_dlms.GXDLMS import GXDLMS
from gurux_dlms.internal._GXCommon import _GXCommon

import harness


def logical_device(address):
    """The logical device of a server address, as the package puts its octets together."""
    return address >> (14 if address >= 0x4000 else 7 if address >= 0x80 else 0)


class Wrapper:
    """Frames of the TCP wrapper."""

    name = "wrapper"
    receive = staticmethod(harness.receive_frame)

    @staticmethod
    def addresses(frame):
        return int.from_bytes(frame[2:4]), int.from_bytes(frame[4:6])

    @staticmethod
    def begins(frame):
        """Each association begins anew."""
        return frame[8:9] == b"\x60"

    @staticmethod
    def apdu(frame):
        return frame[8:]

    @staticmethod
    def apdus(frames):
        return [frame[8:] for frame in frames]

    @staticmethod
    def with_apdu(_, frame, apdu):
        return frame[:6] + len(apdu).to_bytes(2) + apdu


class Hdlc:
    """HDLC frames; an APDU in segments is not looked into."""

    name = "hdlc"
    SNRM = 0x93
    UA = 0x63

    @staticmethod
    def receive(connection):
        """One frame with both flags, or None where the other side has closed the connection."""
        frame, wanted = b"", 3
        while len(frame) < wanted:
            piece = connection.recv(wanted - len(frame))
            if not piece:
                return None
            frame += piece
            # What stands before the flag is passed over; two flags in a row are one.
            while frame and (frame[:1] != b"\x7e" or frame[:2] == b"\x7e\x7e"):
                frame = frame[1:]
            if len(frame) == 3:
                # The length counts what stands between the flags.
                wanted = 2 + int.from_bytes(frame[1:3]) % 0x800
        return frame

    @classmethod
    def parts(cls, frame):
        """The destination and the source, each as octets, and what follows them."""
        parts, rest = [], frame[3:]
        for _ in range(2):
            size = 1 + next((place for place, octet in enumerate(rest) if octet & 1), 0)
            parts.append(rest[:size])
            rest = rest[size:]
        return *parts, rest

    @classmethod
    def addresses(cls, frame):
        """The client and the logical device of a frame that the client has sent."""
        server, client, _ = cls.parts(frame)
        address = 0
        for octet in server:
            address = address << 7 | octet >> 1
        return client[0] >> 1, logical_device(address)

    @classmethod
    def begins(cls, frame):
        """Each link begins anew."""
        return cls.parts(frame)[2][:1] == bytes([cls.SNRM])

    @classmethod
    def apdu(cls, frame):
        """What follows the control octet, the check sequence and the LLC octets, if it is whole."""
        rest = cls.parts(frame)[2]
        information = rest[3:-3]
        whole = frame[1] & 0x08 == 0 and rest[0] & 1 == 0
        return information[3:] if whole and information[:1] == b"\xe6" else b""

    @classmethod
    def apdus(cls, frames):
        """The APDUs in the frames of one direction, each put together from its segments."""
        apdus, message = [], b""
        for frame in frames:
            rest = cls.parts(frame)[2]
            if rest[0] & 1 == 0:
                message += rest[3:-3]
                if frame[1] & 0x08 == 0:
                    apdus.append(message[3:])
                    message = b""
        return apdus

    @classmethod
    def control(cls, frame):
        """The control octet without its poll or final bit."""
        return cls.parts(frame)[2][0] & 0xEF

    @classmethod
    def with_apdu(cls, server, frame, apdu):
        data = GXByteBuffer()
        data.set(_GXCommon.LLC_REPLY_BYTES)
        data.set(apdu)
        return bytes(GXDLMS.getHdlcFrame(server.settings, cls.parts(frame)[2][0], data))
