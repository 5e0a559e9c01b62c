# Imports gurux-dlms, a GPL-2.0 package: this file therefore stays in interop/ and is in no crate.
"""The client of the package gurux-dlms reads a meter of ours, over the TCP wrapper or HDLC.

    gurux_client.py --port N [--host 127.0.0.1] [--cases a,b] [--out FILE] [--record DIR]
                    [--timeout SECONDS] [--list] [--hdlc [--address-size 1|2|4]]

Prints one JSON line for each case (see harness.py) and ends with status 1 when one fails. The meter
has the logical devices 1 and 16, the public client 16 without authentication and the client 2 with
the password 12345678 (test value), who may besides reading set the clock and call its methods.
Over HDLC it is the physical device 17.
"""

import datetime
import importlib.metadata
import socket

from gurux_dlms import GXByteBuffer, GXDateTime, GXDLMSClient, GXDLMSConfirmedServiceError
from gurux_dlms import GXDLMSException, GXDLMSExceptionResponse, GXReplyData
from gurux_dlms.enums import Authentication, Conformance, DataType, ErrorCode, InterfaceType
from gurux_dlms.enums import ObjectType, Unit
from gurux_dlms.enums.AccessMode import AccessMode
from gurux_dlms.objects import GXDLMSAssociationLogicalName, GXDLMSClock, GXDLMSData
from gurux_dlms.objects import GXDLMSProfileGeneric, GXDLMSRegister, GXDLMSSapAssignment

import harness
from gurux_links import Hdlc, Wrapper
from harness import Failure, check

suite = harness.Suite("gurux-dlms client", importlib.metadata.version("gurux-dlms"))

PUBLIC_CLIENT = 16
READER = 2
PASSWORD = "12345678"
DAY = 96
ENERGY = "1.0.1.8.0.255"
PROFILE = "1.0.99.1.0.255"
SMALL_PDU = 128
PHYSICAL = 17


class Refused(Exception):
    """The meter answered with a data-access-result or action-result other than success."""

    def __init__(self, code):
        super().__init__(ErrorCode(code).name)
        self.code = code


class Talk:
    """One TCP connection with one application association at a time."""

    def __init__(self, case, client=READER, server=1, password=PASSWORD, pdu=0xFFFF):
        level = Authentication.NONE if client == PUBLIC_CLIENT else Authentication.LOW
        secret = None if client == PUBLIC_CLIENT else password
        self.link = Hdlc if suite.arguments.hdlc else Wrapper
        self.gurux = GXDLMSClient(True, client, server, level, secret, InterfaceType.WRAPPER)
        if self.link is Hdlc:
            size = suite.arguments.address_size
            self.gurux.interfaceType = InterfaceType.HDLC
            self.gurux.serverAddressSize = size
            if size > 1:
                self.gurux.serverAddress = GXDLMSClient.getServerAddress(server, PHYSICAL, size)
        self.gurux.maxReceivePDUSize = pdu
        self.pdu = pdu
        self.recorder = harness.Recorder(
            suite.arguments.record, f"gurux-client-{suite.prefix()}{case}", client, server,
            "none" if client == PUBLIC_CLIENT else "low", self.link.name,
        )
        self.connected = False
        self.socket = socket.create_connection((suite.arguments.host, suite.arguments.port), 10)

    def __enter__(self):
        try:
            self.associate()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind, _value, _trace):
        try:
            if kind is None:
                self.release()
                self.disconnect()
        finally:
            self.close()

    def close(self):
        self.socket.close()
        self.recorder.save()

    def connect(self):
        """SNRM, if the link has one and is not up; the answer must be UA."""
        if self.link is Hdlc and not self.connected:
            reply = self.exchange(self.gurux.snrmRequest())
            self.acknowledged("SNRM")
            self.gurux.parseUAResponse(reply.data)
            self.connected = True

    def disconnect(self):
        """DISC; the answer must be UA."""
        if self.connected:
            self.exchange(self.gurux.disconnectRequest(True))
            self.acknowledged("DISC")
            self.connected = False

    def acknowledged(self, what):
        answer = self.received()
        check(Hdlc.control(answer) == Hdlc.UA, f"no UA came back for {what}: {answer.hex()}")

    def received(self):
        """The frame that came in last."""
        return bytes.fromhex(self.recorder.last("rx"))

    def associate(self):
        self.connect()
        self.gurux.maxReceivePDUSize = self.pdu
        reply = self.exchange(self.gurux.aarqRequest())
        self.gurux.parseAareResponse(reply.data)

    def release(self):
        """RLRQ; the answer must be an RLRE."""
        request = self.gurux.releaseRequest()
        if request:
            self.exchange(request)
            answer = self.link.apdu(self.received())
            check(answer[:1] == b"\x63", f"no RLRE came back for RLRQ: {answer.hex()}")
            check(answer[1] == len(answer) - 2, f"RLRE with a wrong length: {answer.hex()}")

    def exchange(self, requests):
        """Sends each request and collects its answer, block by block."""
        reply = GXReplyData()
        for request in requests if isinstance(requests, list) else [requests]:
            reply.clear()
            self.transfer(request, reply)
            while reply.isMoreData():
                self.transfer(self.gurux.receiverReady(reply), reply)
        if reply.error:
            raise Refused(reply.error)
        return reply

    def transfer(self, request, reply):
        self.recorder.add("tx", request)
        self.socket.sendall(bytes(request))
        complete = False
        while not complete:
            frame = self.link.receive(self.socket)
            check(frame, f"the meter closed the connection after {bytes(request).hex()}")
            self.recorder.add("rx", frame)
            complete = self.gurux.getData(GXByteBuffer(frame), reply)

    def read(self, item, attribute):
        reply = self.exchange(self.gurux.read(item, attribute))
        return self.gurux.updateValue(item, attribute, reply.value)

    def profile(self):
        """The load profile with its columns; the energy is counted in units of its register."""
        profile = GXDLMSProfileGeneric(PROFILE)
        self.read(profile, 3)
        return profile

    def rows(self, profile, requests):
        reply = self.exchange(requests)
        self.gurux.updateValue(profile, 2, reply.value)
        return profile.buffer

    def apdus(self, direction):
        """The APDUs that have come in or gone out."""
        frames = [frame["hex"] for frame in self.recorder.frames if frame["dir"] == direction]
        return self.link.apdus([bytes.fromhex(frame) for frame in frames])


def the_clock(talk):
    """Time of the meter as a datetime with its offset."""
    value = talk.read(GXDLMSClock("0.0.1.0.0.255"), 2).value
    check(value.tzinfo is not None, f"the clock has no deviation: {talk.recorder.last('rx')}")
    return value


def set_clock(talk, value):
    clock = GXDLMSClock("0.0.1.0.0.255")
    clock.time = GXDateTime(value)
    talk.exchange(talk.gurux.write(clock, 2))


def yesterday(talk):
    """The first and the last quarter hour that belong to yesterday in the time of the meter."""
    midnight = the_clock(talk).replace(hour=0, minute=0, second=0, microsecond=0)
    first = midnight - datetime.timedelta(days=1) + datetime.timedelta(minutes=15)
    return first, midnight


def column(profile, name):
    """The place of a column in the rows."""
    for place, (item, _) in enumerate(profile.captureObjects):
        if item.logicalName == name:
            return place
    raise Failure(f"{name} is no column of the profile")


def refused(action, code, what):
    """Runs `action` and demands the given refusal."""
    try:
        action()
    except Refused as refusal:
        check(refusal.code == code, f"{what} was refused with {refusal}, not {code.name}")
        return
    raise Failure(f"{what} was not refused")


def seconds(delta):
    return abs(delta.total_seconds())


def plain(rows):
    """Rows as comparable values."""
    return [[str(v.value) if isinstance(v, GXDateTime) else v for v in row] for row in rows]


@suite.case("public-logical-device-name")
def _():
    with Talk("public-logical-device-name", PUBLIC_CLIENT) as talk:
        name = bytes(talk.read(GXDLMSData("0.0.42.0.0.255"), 2))
    check(8 <= len(name) <= 16, f"a logical device name has 8 to 16 octets, not {name.hex()}")
    check(name[:3].isalpha(), f"{name!r} does not begin with the three letters of a maker")
    return name.decode()


@suite.case("association-view")
def _():
    with Talk("association-view") as talk:
        reply = talk.exchange(talk.gurux.getObjectsRequest())
        objects = talk.gurux.parseObjects(reply.data, False)
    seen = {(int(item.objectType), item.logicalName): item for item in objects}
    wanted = [
        (15, "0.0.40.0.0.255"), (17, "0.0.41.0.0.255"), (1, "0.0.42.0.0.255"),
        (8, "0.0.1.0.0.255"), (1, "0.0.96.1.0.255"), (3, ENERGY), (3, "1.0.2.8.0.255"),
        (3, "1.0.32.7.0.255"), (7, PROFILE),
    ]
    missing = [item for item in wanted if item not in seen]
    check(not missing, f"missing in the object list: {missing}")
    access = seen[(3, ENERGY)].getAccess(2)
    check(access == AccessMode.READ, f"access to {ENERGY} attribute 2 is {access!r}, not read")
    access = seen[(8, "0.0.1.0.0.255")].getAccess(2)
    check(access == AccessMode.READ_WRITE, f"access to the time is {access!r}, not read-write")
    return f"{len(objects)} objects"


@suite.case("lls-association")
def _():
    with Talk("lls-association") as talk:
        negotiated = talk.gurux.negotiatedConformance
        for bit in (Conformance.GET, Conformance.SET, Conformance.ACTION,
                    Conformance.SELECTIVE_ACCESS, Conformance.MULTIPLE_REFERENCES,
                    Conformance.BLOCK_TRANSFER_WITH_GET_OR_READ):
            check(negotiated & bit, f"not negotiated: {bit.name}")
        beyond = int(negotiated) & ~int(talk.gurux.proposedConformance)
        check(not beyond, f"negotiated what was not proposed: {beyond:#x}")
        size = talk.gurux.maxReceivePDUSize
        check(64 <= size, f"maximum PDU size {size}")
        value = talk.read(GXDLMSRegister(ENERGY), 2)
        check(value > 0, f"{ENERGY} reads {value}")
    return f"PDU size {size}"


@suite.case("wrong-password")
def _():
    talk = Talk("wrong-password", password="87654321")
    try:
        talk.associate()
    except GXDLMSException as error:
        answer = talk.link.apdu(talk.received())
        check(answer[:1] == b"\x61", f"no AARE: {answer.hex()}")
        check(bytes.fromhex("a203020101") in answer, f"not rejected-permanent: {answer.hex()}")
        check(bytes.fromhex("a305a10302010d") in answer,
              f"not acse-service-user authentication-failure: {answer.hex()}")
        return str(error)
    finally:
        talk.close()
    raise Failure("a wrong password was accepted")


@suite.case("register-with-unit")
def _():
    with Talk("register-with-unit") as talk:
        energy = GXDLMSRegister(ENERGY)
        talk.read(energy, 3)
        value = talk.read(energy, 2)
        voltage = GXDLMSRegister("1.0.32.7.0.255")
        talk.read(voltage, 3)
        volts = talk.read(voltage, 2)
    check(energy.unit == Unit.ACTIVE_ENERGY, f"the unit of {ENERGY} is {energy.unit!r}, not Wh")
    check(value > 0, f"{ENERGY} reads {value}")
    check(voltage.unit == Unit.VOLTAGE, f"the unit of the voltage is {voltage.unit!r}, not V")
    check(150 < volts < 300, f"a voltage of {volts} V")
    return f"{value:g} Wh, {volts:g} V"


@suite.case("clock-read")
def _():
    with Talk("clock-read", PUBLIC_CLIENT) as talk:
        first = the_clock(talk)
        second = the_clock(talk)
    check(second >= first, f"the clock goes back: {first} then {second}")
    check(seconds(second - first) < 30, f"the clock jumps: {first} then {second}")
    check(2020 < first.year < 2100, f"the clock reads {first}")
    return str(first)


@suite.case("clock-set")
def _():
    with Talk("clock-set") as talk:
        before = the_clock(talk)
        wanted = (before + datetime.timedelta(seconds=200)).replace(microsecond=0)
        set_clock(talk, wanted)
        after = the_clock(talk)
        set_clock(talk, before)
    check(seconds(after - wanted) <= 5, f"set to {wanted}, reads {after}")
    return f"{before.time()} set to {wanted.time()}, read {after.time()}"


@suite.case("clock-method")
def _():
    with Talk("clock-method") as talk:
        before = the_clock(talk)
        quarter = before.replace(minute=before.minute // 15 * 15, second=0, microsecond=0)
        off = quarter + datetime.timedelta(minutes=5, seconds=20)
        set_clock(talk, off)
        talk.exchange(GXDLMSClock("0.0.1.0.0.255").adjustToQuarter(talk.gurux))
        after = the_clock(talk)
        set_clock(talk, before)
    check(seconds(after - quarter) <= 5, f"{off} adjusted to the quarter reads {after}")
    return f"{off.time()} became {after.time()}"


@suite.case("get-with-list")
def _():
    with Talk("get-with-list") as talk:
        energy = GXDLMSRegister(ENERGY)
        items = [(GXDLMSData("0.0.42.0.0.255"), 2), (energy, 2), (energy, 3),
                 (GXDLMSClock("0.0.1.0.0.255"), 2)]
        reply = talk.exchange(talk.gurux.readList(items)[0])
        name, value, scaler_unit, time = reply.value
        alone = talk.read(GXDLMSData("0.0.42.0.0.255"), 2)
    check(bytes(name) == bytes(alone), f"in the list {name!r}, alone {alone!r}")
    check(value > 0, f"{ENERGY} reads {value} in a list")
    check(scaler_unit[1] == Unit.ACTIVE_ENERGY, f"scaler and unit read {scaler_unit} in a list")
    check(len(time) == 12, f"the time reads {time!r} in a list")
    return f"{len(reply.value)} attributes in one request"


@suite.case("get-with-list-one-undefined")
def _():
    with Talk("get-with-list-one-undefined") as talk:
        items = [(GXDLMSRegister(ENERGY), 2), (GXDLMSRegister("1.0.200.7.0.255"), 2),
                 (GXDLMSRegister(ENERGY), 3)]
        reply = GXReplyData()
        talk.transfer(talk.gurux.readList(items)[0][0], reply)
    check(reply.error == ErrorCode.UNDEFINED_OBJECT, f"error {reply.error}, not object-undefined")
    check(reply.value[0] is not None and reply.value[2] is not None,
          f"one undefined object takes the others along: {reply.value}")
    return "the others are there"


@suite.case("profile-columns")
def _():
    with Talk("profile-columns") as talk:
        profile = talk.profile()
        period = talk.read(profile, 4)
        entries = talk.read(profile, 7)
    names = [item.logicalName for item, _ in profile.captureObjects]
    for name in ("0.0.1.0.0.255", "0.0.96.10.1.255", ENERGY, "1.0.2.8.0.255"):
        check(name in names, f"{name} is no column: {names}")
    check(period == 900, f"a capture period of {period} s")
    check(entries > DAY, f"{entries} entries in use")
    return f"{len(names)} columns, {entries} entries"


@suite.case("profile-by-range")
def _():
    with Talk("profile-by-range") as talk:
        profile = talk.profile()
        first, last = yesterday(talk)
        rows = talk.rows(profile, talk.gurux.readRowsByRange(profile, first, last))
    check(len(rows) == DAY, f"a day has {len(rows)} rows, not {DAY}")
    at = column(profile, "0.0.1.0.0.255")
    times = [row[at].value for row in rows]
    check([times[0], times[-1]] == [first, last],
          f"{times[0]} to {times[-1]}, not {first} to {last}")
    for one, next_one in zip(times, times[1:]):
        check(next_one - one == datetime.timedelta(minutes=15), f"{next_one} comes after {one}")
    at = column(profile, ENERGY)
    counts = [row[at] for row in rows]
    check(counts == sorted(counts), "the energy decreases")
    check(counts[-1] > counts[0], "the energy stands still")
    return f"{len(rows)} rows, {counts[-1] - counts[0]} Wh between the first and the last"


@suite.case("profile-by-range-columns")
def _():
    # Longer than an information field of HDLC, so that the request itself goes out in segments.
    with Talk("profile-by-range-columns") as talk:
        profile = talk.profile()
        first, last = yesterday(talk)
        columns = profile.captureObjects[:]
        rows = talk.exchange(talk.gurux.readRowsByRange(profile, first, last, columns)).value
        longest = max(map(len, talk.apdus("tx")))
    check(longest > 128, f"a request of {longest} octets is not long")
    check(len(rows) == DAY, f"a day has {len(rows)} rows, not {DAY}")
    check(all(len(row) == len(columns) for row in rows), f"{len(columns)} columns, {rows[0]}")
    return f"a request of {longest} octets"


@suite.case("profile-by-entry")
def _():
    with Talk("profile-by-entry") as talk:
        profile = talk.profile()
        ten = plain(talk.rows(profile, talk.gurux.readRowsByEntry(profile, 1, 10)))
        three = plain(talk.rows(profile, talk.gurux.readRowsByEntry(profile, 4, 3)))
    check(len(ten) == 10, f"entries 1 to 10 are {len(ten)} rows")
    check(three == ten[3:6], "entries 4 to 6 are not rows 4 to 6 of entries 1 to 10")
    check(ten[0] != ten[1], "two rows are the same")
    return f"first row {ten[0]}"


@suite.case("profile-by-entry-columns")
def _():
    with Talk("profile-by-entry-columns") as talk:
        profile = talk.profile()
        at = column(profile, ENERGY)
        whole = plain(talk.rows(profile, talk.gurux.readRowsByEntry(profile, 1, 5)))
        chosen = [profile.captureObjects[0]]
        reply = talk.exchange(talk.gurux.readRowsByEntry(profile, 1, 5, chosen))
    check(all(len(row) == 1 for row in reply.value), f"one column asked for: {reply.value}")
    check(len(reply.value) == len(whole), f"{len(reply.value)} rows, not {len(whole)}")
    return f"energy is column {at + 1} of {len(whole[0])}"


@suite.case("blocks")
def _():
    with Talk("blocks-one-answer") as talk:
        profile = talk.profile()
        first, last = yesterday(talk)
        large = plain(talk.rows(profile, talk.gurux.readRowsByRange(profile, first, last)))
    with Talk("blocks", pdu=SMALL_PDU) as talk:
        profile = talk.profile()
        before = len(talk.apdus("rx"))
        small = plain(talk.rows(profile, talk.gurux.readRowsByRange(profile, first, last)))
        blocks = len(talk.apdus("rx")) - before
        longest = max(map(len, talk.apdus("rx") + talk.apdus("tx")))
    check(blocks > 10, f"{blocks} blocks for {len(small)} rows with a PDU size of {SMALL_PDU}")
    check(longest <= SMALL_PDU, f"an APDU of {longest} octets where {SMALL_PDU} were agreed")
    check(small == large, "the rows read in small blocks are others")
    return f"{blocks} blocks of at most {longest} octets"


@suite.case("whole-profile")
def _():
    with Talk("whole-profile") as talk:
        profile = talk.profile()
        before = talk.read(profile, 7)
        rows = talk.rows(profile, talk.gurux.read(profile, 2))
        after = talk.read(profile, 7)
    check(before <= len(rows) <= after, f"{len(rows)} rows, {before} entries in use")
    return f"{len(rows)} rows"


@suite.case("write-denied")
def _():
    with Talk("write-denied") as talk:
        energy = GXDLMSRegister(ENERGY)
        energy.setDataType(2, DataType.UINT32)
        energy.value = 1
        refused(lambda: talk.exchange(talk.gurux.write(energy, 2)),
                ErrorCode.READ_WRITE_DENIED, f"writing {ENERGY}")
        value = talk.read(GXDLMSRegister(ENERGY), 2)
    check(value != 1, f"{ENERGY} was written")
    return "read-write-denied"


@suite.case("public-rights")
def _():
    with Talk("public-rights", PUBLIC_CLIENT) as talk:
        refused(lambda: talk.read(GXDLMSRegister(ENERGY), 2), ErrorCode.READ_WRITE_DENIED,
                f"reading {ENERGY} as the public client")
        refused(lambda: set_clock(talk, the_clock(talk)), ErrorCode.READ_WRITE_DENIED,
                "setting the clock as the public client")
    return "read-write-denied"


@suite.case("object-undefined")
def _():
    with Talk("object-undefined") as talk:
        refused(lambda: talk.read(GXDLMSRegister("1.0.200.7.0.255"), 2),
                ErrorCode.UNDEFINED_OBJECT, "reading an object that is not there")
        check(talk.read(GXDLMSRegister(ENERGY), 2) > 0, "the association does not go on")
    return "object-undefined"


@suite.case("sap-assignment")
def _():
    with Talk("sap-assignment", PUBLIC_CLIENT) as talk:
        table = talk.read(GXDLMSSapAssignment("0.0.41.0.0.255"), 2)
    saps = [sap for sap, _ in table]
    check(1 in saps and 16 in saps, f"the SAP assignment lists {table}")
    return str(table)


@suite.case("second-logical-device")
def _():
    names = {}
    for server in (1, 16):
        with Talk(f"second-logical-device-{server}", PUBLIC_CLIENT, server) as talk:
            names[server] = bytes(talk.read(GXDLMSData("0.0.42.0.0.255"), 2))
    check(names[1] != names[16], f"both logical devices are called {names[1]!r}")
    check(len(names[16]) >= 8, f"logical device 16 is called {names[16]!r}")
    return f"{names[1].decode()} and {names[16].decode()}"


@suite.case("current-association")
def _():
    with Talk("current-association") as talk:
        association = GXDLMSAssociationLogicalName()
        partners = talk.exchange(talk.gurux.read(association, 3)).value
        status = talk.read(association, 8)
    check(list(partners) == [READER, 1], f"the associated partners are {partners}")
    check(int(status) == 2, f"the association status is {status!r}, not associated")
    return "client 2, server 1, associated"


@suite.case("release")
def _():
    with Talk("release") as talk:
        check(talk.read(GXDLMSRegister(ENERGY), 2) > 0, "no value before the release")
        talk.release()
        # The link stays up and counts on; the client itself has no association any more.
        request = talk.gurux.read(GXDLMSRegister(ENERGY), 2)[0]
        try:
            talk.transfer(request, GXReplyData())
        except (GXDLMSConfirmedServiceError, GXDLMSExceptionResponse):
            pass  # What came back is looked at in its octets.
        answer = talk.link.apdu(talk.received())
        check(answer[:1] in (b"\x0e", b"\xd8"), f"answered without association: {answer.hex()}")
        talk.associate()
        check(talk.read(GXDLMSRegister(ENERGY), 2) > 0, "no value after a second association")
    return "released, refused without association, associated again on the same connection"


if __name__ == "__main__":
    suite.main(__doc__.splitlines()[0])
