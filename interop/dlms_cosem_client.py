"""The client of the package dlms-cosem reads a meter of ours, over the TCP wrapper or HDLC.

    dlms_cosem_client.py --port N [--host 127.0.0.1] [--cases a,b] [--out FILE] [--record DIR]
                         [--timeout SECONDS] [--list] [--hdlc [--address-size 1|2|4]]

Prints one JSON line for each case (see harness.py) and ends with status 1 when one fails. Every
case runs behind a watchdog. The meter has the logical devices 1 and 16, the public client 16
without authentication and the client 2 with the password 12345678 (test value), who may besides
reading set the clock and call its methods. Over HDLC it is the physical device 17.
"""

import datetime
import importlib.metadata
import logging

import structlog

from dlms_cosem import cosem, dlms_data, exceptions, utils
from dlms_cosem.client import ActionError, DataResultError, DlmsClient
from dlms_cosem.cosem.capture_object import CaptureObject
from dlms_cosem.cosem.selective_access import RangeDescriptor
from dlms_cosem.enumerations import CosemInterface, DataAccessResult
from dlms_cosem.io import BlockingTcpIO, HdlcTransport, TcpTransport
from dlms_cosem.parsers import AssociationObjectListParser, ProfileGenericBufferParser
from dlms_cosem.protocol import acse, xdlms
from dlms_cosem.security import LowLevelSecurityAuthentication, NoSecurityAuthentication
from dlms_cosem.time import datetime_from_bytes, datetime_to_bytes

import harness
from harness import Failure, check

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))

suite = harness.Suite("dlms-cosem client", importlib.metadata.version("dlms-cosem"))

PUBLIC_CLIENT = 16
READER = 2
PASSWORD = b"12345678"
WATT_HOUR = 30
VOLT = 35
DAY = 96
SMALL_PDU = 128
PHYSICAL = 17

NAME = (CosemInterface.DATA, "0-0:42.0.0", 2)
ENERGY = (CosemInterface.REGISTER, "1-0:1.8.0", 2)
ENERGY_UNIT = (CosemInterface.REGISTER, "1-0:1.8.0", 3)
VOLTAGE = (CosemInterface.REGISTER, "1-0:32.7.0", 2)
VOLTAGE_UNIT = (CosemInterface.REGISTER, "1-0:32.7.0", 3)
NOWHERE = (CosemInterface.REGISTER, "1-0:200.7.0", 2)
TIME = (CosemInterface.CLOCK, "0-0:1.0.0", 2)
PROFILE = (CosemInterface.PROFILE_GENERIC, "1-0:99.1.0", 2)
COLUMNS = (CosemInterface.PROFILE_GENERIC, "1-0:99.1.0", 3)
OBJECT_LIST = (CosemInterface.ASSOCIATION_LN, "0-0:40.0.0", 2)


class Connection(BlockingTcpIO):
    """The package's TCP connection, keeping what goes over it."""

    recorder = None
    pending = b""
    flags_inside = 0

    def send(self, data):
        self.recorder.add("tx", data)
        super().send(data)

    def recv(self, amount=1):
        data = super().recv(amount)
        self.pending += data
        if self.complete():
            self.recorder.add("rx", self.pending)
            self.pending = b""
        return data

    def recv_until(self, end):
        """One HDLC frame, read by its length: a flag octet may stand inside it.

        The package tries each flag as the end of the frame and asks for more after each that is
        none. It has the whole frame then, so it gets nothing more.
        """
        if self.flags_inside:
            self.flags_inside -= 1
            return b""
        frame = self.recv(3)
        frame += self.recv(2 + int.from_bytes(frame[1:3]) % 0x800 - len(frame))
        self.flags_inside = frame[1:-1].count(end)
        return frame

    def complete(self):
        """Whether what came in is one whole frame."""
        if suite.arguments.hdlc:
            length = int.from_bytes(self.pending[1:3]) % 0x800
            return len(self.pending) > 3 and len(self.pending) == 2 + length
        # The package asks for the wrapper header first and for the APDU then.
        return len(self.pending) > 8 or self.pending[6:] == b"\x00\x00"


def transport(client, server, io):
    """The link of the package over the connection."""
    if not suite.arguments.hdlc:
        return TcpTransport(client, server, io)
    size = suite.arguments.address_size
    physical = None if size == 1 else PHYSICAL
    return HdlcTransport(client, server, io, physical, extended_addressing=size == 4)


class Talk:
    """One TCP connection with one application association."""

    def __init__(self, case, client=READER, server=1, password=PASSWORD, pdu=0xFFFF):
        public = client == PUBLIC_CLIENT
        self.io = Connection(suite.arguments.host, suite.arguments.port)
        self.io.recorder = self.recorder = harness.Recorder(
            suite.arguments.record, f"dlms-cosem-client-{suite.prefix()}{case}", client, server,
            "none" if public else "low", "hdlc" if suite.arguments.hdlc else "wrapper",
        )
        self.client = DlmsClient(
            transport=transport(client, server, self.io),
            authentication=(
                NoSecurityAuthentication() if public else LowLevelSecurityAuthentication(password)
            ),
            max_pdu_size=pdu,
            # Constant octets in place of random ones: two recordings are the same.
            client_system_title=b"INT00001",
        )
        self.answers = []
        self.client.transport.send_request = self.counted(self.client.transport.send_request)

    def __enter__(self):
        self.client.connect()
        try:
            self.aare = self.client.associate()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind, _value, _trace):
        try:
            if kind is None:
                self.release()
        finally:
            self.close()

    def close(self):
        try:
            self.client.disconnect()
        except exceptions.CommunicationError:
            pass  # The meter was quicker.
        self.recorder.save()

    def release(self):
        answer = self.client.release_association()
        check(isinstance(answer, acse.ReleaseResponse), f"no RLRE came back for RLRQ: {answer!r}")

    def get(self, attribute, selection=None):
        """The value of an attribute as Python values."""
        return utils.parse_as_dlms_data(self.octets(attribute, selection))

    def octets(self, attribute, selection=None):
        return self.client.get(reference(attribute), selection)

    def set(self, attribute, data):
        """The data-access-result of a SET."""
        return self.client.set(reference(attribute), data.to_bytes()).result

    def time(self):
        value, _ = datetime_from_bytes(self.get(TIME))
        check(value.tzinfo is not None, f"the clock has no deviation: {self.recorder.last('rx')}")
        return value

    def set_time(self, value):
        result = self.set(TIME, dlms_data.OctetStringData(datetime_to_bytes(value)))
        check(result == DataAccessResult.SUCCESS, f"setting the clock: {result.name}")

    def profile(self, first, last):
        """Octets of the load profile in a range, and its rows as (time, energy)."""
        columns = [
            cosem.CosemAttribute(CosemInterface(item[0]), cosem.Obis.from_bytes(item[1]), item[2])
            for item in self.get(COLUMNS)
        ]
        octets = self.octets(PROFILE, RangeDescriptor(CaptureObject(reference(TIME)), first, last))
        rows = ProfileGenericBufferParser(columns, 15).parse_bytes(octets)
        at = [column.instance.to_string() for column in columns].index("1-0:1.8.0.255")
        return octets, [(row[0].value, row[at].value) for row in rows]

    def counted(self, send_request):
        """Keeps the APDUs that come in, whatever frames they came in."""
        def request(octets):
            answer = send_request(octets)
            self.answers.append(bytes(answer))
            return answer

        return request


def reference(attribute):
    interface, name, number = attribute
    return cosem.CosemAttribute(interface, cosem.Obis.from_bytes(harness.octets(name)), number)


def yesterday(talk):
    """The first and the last quarter hour that belong to yesterday in the time of the meter."""
    midnight = talk.time().replace(hour=0, minute=0, second=0, microsecond=0)
    first = midnight - datetime.timedelta(days=1) + datetime.timedelta(minutes=15)
    return first, midnight


def refused(action, word, what):
    """Runs `action` and demands a refusal whose text holds `word`."""
    try:
        action()
    except (DataResultError, ActionError) as refusal:
        check(word in str(refusal), f"{what} was refused with {refusal}, not {word}")
        return
    raise Failure(f"{what} was not refused")


def seconds(delta):
    return abs(delta.total_seconds())


@suite.case("public-association")
def _():
    with Talk("public-association", PUBLIC_CLIENT) as talk:
        answer = talk.aare.user_information.content
    check(isinstance(answer, xdlms.InitiateResponse), f"no InitiateResponse: {answer!r}")
    conformance = answer.negotiated_conformance
    check(conformance.get, "GET is not negotiated")
    check(not conformance.general_protection, "general protection was not proposed")
    size = answer.server_max_receive_pdu_size
    check(size >= 64, f"maximum PDU size {size}")
    return f"PDU size {size}"


@suite.case("logical-device-name")
def _():
    with Talk("logical-device-name", PUBLIC_CLIENT) as talk:
        name = bytes(talk.get(NAME))
    check(8 <= len(name) <= 16, f"a logical device name has 8 to 16 octets, not {name.hex()}")
    check(name[:3].isalpha(), f"{name!r} does not begin with the three letters of a maker")
    return name.decode()


@suite.case("lls-association")
def _():
    with Talk("lls-association") as talk:
        conformance = talk.aare.user_information.content.negotiated_conformance
        value = talk.get(ENERGY)
    for bit in ("get", "set", "action", "selective_access", "multiple_references",
                "block_transfer_with_get_or_read"):
        check(getattr(conformance, bit), f"not negotiated: {bit}")
    check(value > 0, f"1-0:1.8.0 reads {value}")
    return f"1-0:1.8.0 reads {value}"


@suite.case("wrong-password")
def _():
    talk = Talk("wrong-password", password=b"87654321")
    talk.client.connect()
    try:
        talk.client.associate()
    except exceptions.DlmsClientException as error:
        for word in ("REJECTED_PERMANENT", "AUTHENTICATION_FAILED"):
            check(word in str(error), f"{word} is not in: {error}; {talk.recorder.last('rx')}")
        return str(error)
    finally:
        talk.close()
    raise Failure("a wrong password was accepted")


@suite.case("association-view")
def _():
    with Talk("association-view") as talk:
        objects = AssociationObjectListParser.parse_bytes(talk.octets(OBJECT_LIST))
    seen = {(int(item.interface), item.logical_name.to_string()): item for item in objects}
    wanted = [
        (15, "0-0:40.0.0.255"), (17, "0-0:41.0.0.255"), (1, "0-0:42.0.0.255"),
        (8, "0-0:1.0.0.255"), (3, "1-0:1.8.0.255"), (3, "1-0:2.8.0.255"),
        (3, "1-0:32.7.0.255"), (7, "1-0:99.1.0.255"),
    ]
    missing = [item for item in wanted if item not in seen]
    check(not missing, f"missing in the object list: {missing}")
    energy = seen[(3, "1-0:1.8.0.255")].attribute_access_rights[2].access_rights
    check([int(right) for right in energy] == [0], f"rights on the energy: {energy}, not read")
    time = seen[(8, "0-0:1.0.0.255")].attribute_access_rights[2].access_rights
    check([int(right) for right in time] == [0, 1], f"rights on the time: {time}, not read, write")
    return f"{len(objects)} objects"


@suite.case("register-with-unit")
def _():
    with Talk("register-with-unit") as talk:
        value, (scaler, unit) = talk.get(ENERGY), talk.get(ENERGY_UNIT)
        volts, (volt_scaler, volt_unit) = talk.get(VOLTAGE), talk.get(VOLTAGE_UNIT)
    check(unit == WATT_HOUR, f"the unit of 1-0:1.8.0 is {unit}, not Wh ({WATT_HOUR})")
    check(value > 0, f"1-0:1.8.0 reads {value}")
    check(volt_unit == VOLT, f"the unit of 1-0:32.7.0 is {volt_unit}, not V ({VOLT})")
    volts *= 10.0**volt_scaler
    check(150 < volts < 300, f"a voltage of {volts} V")
    return f"{value} times 10^{scaler} Wh, {volts:g} V"


@suite.case("clock-read")
def _():
    with Talk("clock-read", PUBLIC_CLIENT) as talk:
        first, second = talk.time(), talk.time()
    check(second >= first, f"the clock goes back: {first} then {second}")
    check(seconds(second - first) < 30, f"the clock jumps: {first} then {second}")
    check(2020 < first.year < 2100, f"the clock reads {first}")
    return str(first)


@suite.case("clock-set")
def _():
    with Talk("clock-set") as talk:
        before = talk.time()
        wanted = (before + datetime.timedelta(seconds=200)).replace(microsecond=0)
        talk.set_time(wanted)
        after = talk.time()
        talk.set_time(before)
    check(seconds(after - wanted) <= 5, f"set to {wanted}, reads {after}")
    return f"{before.time()} set to {wanted.time()}, read {after.time()}"


@suite.case("clock-action")
def _():
    adjust_to_quarter = cosem.CosemMethod(CosemInterface.CLOCK, cosem.Obis(0, 0, 1, 0, 0), 1)
    with Talk("clock-action") as talk:
        before = talk.time()
        quarter = before.replace(minute=before.minute // 15 * 15, second=0, microsecond=0)
        off = quarter + datetime.timedelta(minutes=5, seconds=20)
        talk.set_time(off)
        talk.client.action(adjust_to_quarter, dlms_data.IntegerData(0).to_bytes())
        after = talk.time()
        talk.set_time(before)
    check(seconds(after - quarter) <= 5, f"{off} adjusted to the quarter reads {after}")
    return f"{off.time()} became {after.time()}"


@suite.case("action-denied")
def _():
    adjust_to_quarter = cosem.CosemMethod(CosemInterface.CLOCK, cosem.Obis(0, 0, 1, 0, 0), 1)
    with Talk("action-denied", PUBLIC_CLIENT) as talk:
        refused(lambda: talk.client.action(adjust_to_quarter, dlms_data.IntegerData(0).to_bytes()),
                "READ_WRITE_DENIED", "a method of the clock, called by the public client")
    return "read-write-denied"


@suite.case("get-with-list")
def _():
    with Talk("get-with-list") as talk:
        items = [cosem.CosemAttributeWithSelection(reference(attribute), None)
                 for attribute in (NAME, ENERGY, NOWHERE, ENERGY_UNIT)]
        name, value, nothing, scaler_unit = talk.client.get_many(items).result
        alone = talk.get(NAME)
    check(bytes(name) == bytes(alone), f"in the list {name!r}, alone {alone!r}")
    check(value > 0, f"1-0:1.8.0 reads {value} in a list")
    check(nothing == DataAccessResult.OBJECT_UNDEFINED, f"an undefined object reads {nothing!r}")
    check(scaler_unit[1] == WATT_HOUR, f"scaler and unit read {scaler_unit} in a list")
    return "three values and one object-undefined in one answer"


@suite.case("profile-by-range")
def _():
    with Talk("profile-by-range") as talk:
        first, last = yesterday(talk)
        _, rows = talk.profile(first, last)
    check(len(rows) == DAY, f"a day has {len(rows)} rows, not {DAY}")
    times = [time for time, _ in rows]
    check([times[0], times[-1]] == [first, last],
          f"{times[0]} to {times[-1]}, not {first} to {last}")
    for one, next_one in zip(times, times[1:]):
        check(next_one - one == datetime.timedelta(minutes=15), f"{next_one} comes after {one}")
    counts = [count for _, count in rows]
    check(counts == sorted(counts), "the energy decreases")
    check(counts[-1] > counts[0], "the energy stands still")
    return f"{len(rows)} rows, {counts[-1] - counts[0]} Wh between the first and the last"


@suite.case("blocks")
def _():
    with Talk("blocks-large") as talk:
        first, last = yesterday(talk)
        large, _ = talk.profile(first, last)
    with Talk("blocks", pdu=SMALL_PDU) as talk:
        before = len(talk.answers)
        small, rows = talk.profile(first, last)
        blocks = len(talk.answers) - before
        longest = max(map(len, talk.answers))
    check(blocks > 10, f"{blocks} blocks for {len(rows)} rows with a PDU size of {SMALL_PDU}")
    check(longest <= SMALL_PDU, f"an APDU of {longest} octets where {SMALL_PDU} were agreed")
    check(small == large, "the octets read in small blocks are others")
    return f"{blocks} answers of at most {longest} octets"


@suite.case("write-denied")
def _():
    with Talk("write-denied") as talk:
        result = talk.set(ENERGY, dlms_data.DoubleLongUnsignedData(1))
        value = talk.get(ENERGY)
    check(result == DataAccessResult.READ_WRITE_DENIED, f"writing 1-0:1.8.0: {result.name}")
    check(value != 1, "1-0:1.8.0 was written")
    return "read-write-denied"


@suite.case("public-rights")
def _():
    with Talk("public-rights", PUBLIC_CLIENT) as talk:
        refused(lambda: talk.get(ENERGY), "READ_WRITE_DENIED",
                "reading 1-0:1.8.0 as the public client")
        result = talk.set(TIME, dlms_data.OctetStringData(datetime_to_bytes(talk.time())))
    check(result == DataAccessResult.READ_WRITE_DENIED,
          f"the public client sets the clock: {result.name}")
    return "read-write-denied"


@suite.case("object-undefined")
def _():
    with Talk("object-undefined") as talk:
        refused(lambda: talk.get(NOWHERE), "OBJECT_UNDEFINED",
                "reading an object that is not there")
        check(talk.get(ENERGY) > 0, "the association does not go on")
    return "object-undefined"


@suite.case("second-logical-device")
def _():
    names = {}
    for server in (1, 16):
        with Talk(f"second-logical-device-{server}", PUBLIC_CLIENT, server) as talk:
            names[server] = bytes(talk.get(NAME))
    check(names[1] != names[16], f"both logical devices are called {names[1]!r}")
    check(len(names[16]) >= 8, f"logical device 16 is called {names[16]!r}")
    return f"{names[1].decode()} and {names[16].decode()}"


@suite.case("release")
def _():
    with Talk("release") as talk:
        check(talk.get(ENERGY) > 0, "no value before the release")
        talk.release()
        talk.client.associate()
        check(talk.get(ENERGY) > 0, "no value after a second association")
    return "released and associated again on the same connection"


if __name__ == "__main__":
    suite.main(__doc__.splitlines()[0])
