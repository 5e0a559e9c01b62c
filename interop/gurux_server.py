# Imports gurux-dlms, a GPL-2.0 package: this file therefore stays in interop/ and is in no crate.
"""A meter served by the package gurux-dlms over TCP, for our client to read.

    gurux_server.py --port N [--pdu 200] [--rows 300] [--now ISO] [--facts FILE] [--events FILE]
                    [--record DIR] [--correct] [--wrong WHAT] [--hdlc [--max-info 128]]

--port N            listens on 127.0.0.1:N; 0 takes any free port
--pdu N             largest APDU the server takes and sends (default 200: long answers need blocks)
--rows N            rows of the load profile, 900 s apart, the last at the quarter hour before
                    the start
--now ISO           time of the meter at the start, e.g. 2026-03-04T10:07:30+01:00; default: now,
                    at UTC+1
--facts FILE        writes JSON of all that is served, the truth to compare with
--events FILE       appends a JSON line for each association, release, accepted write and method
--record DIR        writes each TCP connection as a conversation for `cargo xtask replay`
--correct           lays RLRE, a refused ACTION and the parameters in UA out as the standard has
                    them; without it they go out as the package builds them
--wrong WHAT        serves one wrong thing, to prove that a case can fail: see WRONG below
--hdlc              HDLC frames on the connection instead of the TCP wrapper; a server address of
                    two or four octets is a logical device and any physical address
--max-info N        largest information field that the server takes and sends, 32 to 240
                    (default 128: an APDU longer than that comes in segments)

Prints one line, `listening PORT`, when ready; ends on SIGTERM. Logical devices 1 and 16 (a gas
meter with its own name), public client 16 without authentication, client 2 with the password
12345678 (test value).

The package brings framing, AARQ and AARE, the services, the blocks and the encoding of objects. The
sockets, the values, the rights, the choice of rows and GET with a list are ours. The names that the
package expects of its surroundings stand in `complete_the_package`.
"""

import argparse
import datetime
import json
import os
import signal
import socket
import threading
import time

from gurux_dlms.GXByteBuffer import GXByteBuffer
from gurux_dlms.GXDateTime import GXDateTime
from gurux_dlms.GXDLMS import GXDLMS
from gurux_dlms.GXDLMSLNParameters import GXDLMSLNParameters
from gurux_dlms.GXDLMSLongTransaction import GXDLMSLongTransaction
from gurux_dlms.GXHdlcSettings import GXHdlcSettings
from gurux_dlms.GXServerReply import GXServerReply
from gurux_dlms.ValueEventArgs import ValueEventArgs
from gurux_dlms.enums import Authentication, Command, Conformance, DataType, ErrorCode
from gurux_dlms.enums import InterfaceType, ObjectType, SourceDiagnostic, Unit
from gurux_dlms.enums.AccessMode import AccessMode
from gurux_dlms.enums.MethodAccessMode import MethodAccessMode
from gurux_dlms.internal._GXCommon import _GXCommon
from gurux_dlms.internal._GXDataInfo import _GXDataInfo
from gurux_dlms.objects import GXDLMSAssociationLogicalName, GXDLMSClock, GXDLMSData
from gurux_dlms.objects import GXDLMSProfileGeneric, GXDLMSRegister, GXDLMSSapAssignment
from gurux_dlms.objects import GXDLMSScriptTable
from gurux_dlms.secure import GXDLMSSecureServer

import gurux_links
import harness

PUBLIC_CLIENT = 16
READER = 2
MANAGEMENT = 1
GAS = 16
PASSWORD = b"12345678"
PERIOD = 900
DEVICE_NAMES = {MANAGEMENT: b"GXS0000000000042", GAS: b"GXS0000000000043"}
SERIAL_NUMBER = b"00000042"
LOW_LEVEL_SECURITY = bytes.fromhex("60857405080201")
# What is offered to the client: no blocks for SET and ACTION.
NEGOTIABLE = (
    Conformance.GET
    | Conformance.SET
    | Conformance.ACTION
    | Conformance.SELECTIVE_ACCESS
    | Conformance.MULTIPLE_REFERENCES
    | Conformance.BLOCK_TRANSFER_WITH_GET_OR_READ
)

# What the public client may read; the reader reads everything.
PUBLIC_READS = {
    (15, "0.0.40.0.0.255"),
    (17, "0.0.41.0.0.255"),
    (1, "0.0.42.0.0.255"),
    (8, "0.0.1.0.0.255"),
    (1, "0.0.96.1.0.255"),
}
# Attributes and objects with methods that the reader may change or call.
READER_WRITES = {(8, "0.0.1.0.0.255", 2), (1, "0.0.96.1.10.255", 2)}
READER_CALLS = {(8, "0.0.1.0.0.255"), (9, "0.0.10.0.0.255")}
# What --wrong takes, and what is wrong then.
WRONG = {
    "clock": "setting the time changes nothing",
    "columns": "a choice of columns is ignored",
    "conformance": "GET is not negotiated",
    "energy": "1-0:1.8.0 reads 0",
    "entry": "a choice of entries gives two",
    "method": "methods of the clock change nothing",
    "name": "both logical device names are empty",
    "objects": "1-0:1.8.0 is not there",
    "partners": "the association names other partners",
    "password": "any password will do",
    "pdu": "the client's PDU size is ignored",
    "period": "the capture period reads 600",
    "range": "a choice by range lacks its first row",
    "release": "RLRQ is not answered with RLRE",
    "rights": "everybody may do everything",
    "sap": "the SAP assignment lacks logical device 16",
    "steady": "the energy goes back once in the profile",
    "step": "the rows are 899 s apart",
    "undefined": "an undefined object reads like 1-0:1.8.0",
    "unit": "the unit of 1-0:1.8.0 is another",
    "whole": "the whole profile lacks its last row",
    "year": "the clock reads 1999",
}


class Clock(GXDLMSClock):
    """The package's clock, running: its time is the time of the meter, its methods act on it."""

    def __init__(self, meter):
        super().__init__("0.0.1.0.0.255")
        self.meter = meter
        self.timeZone = -60
        self.deviation = 60

    def getValue(self, settings, e):
        if e.index == 2:
            now = self.meter.now()
            return date_time(now.replace(year=1999) if self.meter.wrong("year") else now)
        if e.index in (5, 6):
            return bytes.fromhex("ffffffffffffffffff800000")
        return super().getValue(settings, e)

    def setValue(self, settings, e):
        if e.index != 2:
            e.error = ErrorCode.READ_WRITE_DENIED
            return
        super().setValue(settings, e)
        if not self.meter.wrong("clock"):
            self.meter.set_time(self.time.value)

    def invoke(self, settings, e):
        if self.meter.wrong("method"):
            return
        now = self.meter.now()
        if e.index == 1:
            self.meter.set_time(nearest(now, 900))
        elif e.index == 2:
            self.meter.set_time(nearest(now, PERIOD))
        elif e.index == 3:
            self.meter.set_time(nearest(now, 60))
        elif e.index == 6 and isinstance(e.parameters, int) and -900 <= e.parameters <= 900:
            self.meter.set_time(now + datetime.timedelta(seconds=e.parameters))
        else:
            e.error = ErrorCode.OTHER_REASON


class ScriptTable(GXDLMSScriptTable):
    """A script table with one script, 1, that counts in 0-0:96.1.10."""

    def __init__(self, meter):
        super().__init__("0.0.10.0.0.255")
        self.meter = meter

    def getValue(self, settings, e):
        if e.index == 2:
            # One script, number 1, with one action: write (1) attribute 2 of 0-0:96.1.10.
            action = "0205 1601 120001 090600006001 0aff 0f02 00"
            return bytearray.fromhex("0101 0202 120001 0101" + action)
        return super().getValue(settings, e)

    def invoke(self, settings, e):
        if e.index != 1 or e.parameters != 1:
            e.error = ErrorCode.OTHER_REASON
            return
        self.meter.writable.value = b"script 1 executed"


class Profile(GXDLMSProfileGeneric):
    """The package's profile; which rows and columns are selected is decided here."""

    def __init__(self, meter):
        super().__init__("1.0.99.1.0.255")
        self.meter = meter

    def getValue(self, settings, e):
        if e.index != 2:
            return super().getValue(settings, e)
        rows, columns = self.buffer, None
        if e.selector == 1:
            first, last = (time_of(settings, e.parameters[index]) for index in (1, 2))
            rows = [row for row in rows if first <= row[0].value <= last]
            rows = rows[1:] if self.meter.wrong("range") else rows
            columns = self.getColumns(e.parameters[3]) if e.parameters[3] else None
        elif e.selector == 2:
            first, last, first_column, last_column = e.parameters
            last = first + 1 if self.meter.wrong("entry") else last
            rows = rows[max(first, 1) - 1 : last or None]
            columns = self.captureObjects[max(first_column, 1) - 1 : last_column or None]
        elif self.meter.wrong("whole"):
            rows = rows[:-1]
        if self.meter.wrong("columns"):
            columns = None
        settings.index = 0
        return bytearray(self.getData(settings, e, rows, columns))


class Meter:
    """The values that all connections share."""

    def __init__(self, arguments):
        self.arguments = arguments
        self.lock = threading.RLock()
        self.start = arguments.now
        self.started = time.monotonic()
        self.clock = Clock(self)
        volume = register("7.0.3.0.0.255", DataType.UINT32, 98_765, -2, Unit.VOLUME_CUBIC_METER)
        gas_name = data("0.0.42.0.0.255", DataType.OCTET_STRING, self.name(GAS))
        self.gas = [self.clock, gas_name, volume]
        self.objects = [self.clock]
        self.add(data("0.0.42.0.0.255", DataType.OCTET_STRING, self.name(MANAGEMENT)))
        self.add(data("0.0.96.1.0.255", DataType.OCTET_STRING, SERIAL_NUMBER))
        self.writable = self.add(data("0.0.96.1.10.255", DataType.OCTET_STRING, b"first value"))
        self.add(ScriptTable(self))
        sap = self.add(GXDLMSSapAssignment("0.0.41.0.0.255"))
        sap.sapAssignmentList.extend((sap, name.decode()) for sap, name in DEVICE_NAMES.items())
        if self.wrong("sap"):
            del sap.sapAssignmentList[1]
        unit = Unit.REACTIVE_ENERGY if self.wrong("unit") else Unit.ACTIVE_ENERGY
        energy = register("1.0.1.8.0.255", DataType.UINT32, 0, 0, unit)
        export = register("1.0.2.8.0.255", DataType.UINT32, 1_234, 0, Unit.ACTIVE_ENERGY)
        voltage = register("1.0.32.7.0.255", DataType.UINT16, 2_305, -1, Unit.VOLTAGE)
        status = data("0.0.96.10.1.255", DataType.UINT8, 0)
        self.profile = self.profile_of(status, energy, export)
        # The register stands where the last row left it: sum and difference agree.
        self.energy = energy
        energy.value = 0 if self.wrong("energy") else self.profile.buffer[-1][2]
        for thing in (energy, export, voltage, status, self.profile):
            self.add(thing)
        if self.wrong("objects"):
            self.objects.remove(energy)

    def wrong(self, what):
        return self.arguments.wrong == what

    def name(self, device):
        return b"" if self.wrong("name") else DEVICE_NAMES[device]

    def add(self, thing):
        self.objects.append(thing)
        return thing

    def profile_of(self, status, energy, export):
        profile = Profile(self)
        for thing in (self.clock, status, energy, export):
            profile.addCaptureObject(thing, 2, 0)
        profile.capturePeriod = 600 if self.wrong("period") else PERIOD
        profile.sortObject = self.clock
        profile.sortObjectAttributeIndex = 2
        profile.profileEntries = profile.entriesInUse = self.arguments.rows
        last = self.start.replace(minute=self.start.minute // 15 * 15, second=0, microsecond=0)
        total = 1_000_000
        for row in range(self.arguments.rows):
            # A load between 100 and 340 Wh a quarter, the same in every run.
            total += 100 + (row * 37) % 241
            if self.wrong("steady") and row == self.arguments.rows // 2:
                total -= 5_000
            back = self.arguments.rows - 1 - row
            step = 899 if self.wrong("step") and row else PERIOD
            stamp = last - datetime.timedelta(seconds=step * back)
            profile.buffer.append([date_time(stamp), 0, total, 1_234])
        return profile

    def now(self):
        return self.start + datetime.timedelta(seconds=time.monotonic() - self.started)

    def set_time(self, value):
        if value.tzinfo is None:
            value = value.replace(tzinfo=self.start.tzinfo)
        self.start, self.started = value, time.monotonic()

    def event(self, **what):
        if self.arguments.events:
            with open(self.arguments.events, "a", encoding="utf-8") as file:
                file.write(json.dumps(what) + "\n")

    def facts(self):
        """All that is served, from the objects themselves."""
        def code(thing):
            return harness.obis(_GXCommon.logicalNameToBytes(thing.logicalName))

        registers = {}
        for thing in self.objects:
            if isinstance(thing, GXDLMSRegister):
                event = ValueEventArgs(Server(self, MANAGEMENT), thing, 3)
                scaler = thing.getValue(None, event)[3]
                registers[code(thing)] = {
                    "value": thing.value,
                    "scaler": scaler - 256 if scaler > 127 else scaler,
                    "unit": int(thing.unit),
                }
        association = GXDLMSAssociationLogicalName()
        served = [association, *self.objects]
        return {
            "clients": {"public": PUBLIC_CLIENT, "reader": READER, "password": PASSWORD.decode()},
            "server": MANAGEMENT,
            "pdu": self.arguments.pdu,
            "logical_device_name": self.name(MANAGEMENT).decode(),
            "gas_logical_device_name": self.name(GAS).decode(),
            "serial_number": SERIAL_NUMBER.decode(),
            "sap_assignment": [[sap, name.decode()] for sap, name in DEVICE_NAMES.items()],
            "objects": [[int(thing.objectType), code(thing), thing.version] for thing in served],
            "registers": registers,
            "clock": octets_of(date_time(self.now())),
            "writable": {"object": code(self.writable), "value": self.writable.value.hex()},
            "profile": {
                "object": code(self.profile),
                "capture_period": PERIOD,
                "columns": [[int(k.objectType), code(k), v.attributeIndex, v.dataIndex]
                            for k, v in self.profile.captureObjects],
                "rows": [[octets_of(row[0]), *row[1:]] for row in self.profile.buffer],
            },
        }


class Reply(GXServerReply):
    """The package's reply with the accessors that its own server calls."""

    def setReply(self, value):
        self.reply = value

    def getConnectionInfo(self):
        return self.connectionInfo


class HdlcParameters(GXHdlcSettings):
    """The parameters of the link: what the server takes at most, and what is agreed.

    The package asks for both under names of two of its classes. It sends one frame and waits for
    the answer: the window is always 1.
    """

    inactivityTimeout = 0
    windowSizeTX = windowSizeRX = property(lambda _: 1, lambda *_: None)
    windowSizeReceive = windowSizeTransmit = 1

    def __init__(self, limit):
        super().__init__()
        self.maximumInfoLengthReceive = self.maximumInfoLengthTransmit = limit

    def update(self, _):
        """Where SNRM brings no parameters, the default of the standard holds."""
        self.maxInfoTX = self.maxInfoRX = self.DEFAULT_MAX_INFO_TX


class Server(GXDLMSSecureServer):
    """The package's server for one application association over one TCP connection."""

    def __init__(self, meter, device):
        hdlc = meter.arguments.hdlc
        super().__init__(True, InterfaceType.HDLC if hdlc else InterfaceType.WRAPPER)
        if hdlc:
            self.hdlc = self.settings.hdlc = HdlcParameters(meter.arguments.max_info)
        self.meter = meter
        self.settings.maxServerPDUSize = meter.arguments.pdu
        # Under this name the package looks it up when it goes on with a long answer.
        self.settings.gbtWndowSize = 1
        association = GXDLMSAssociationLogicalName()
        association.clientSAP, association.serverSAP = PUBLIC_CLIENT, device
        for thing in [association, *(meter.gas if device == GAS else meter.objects)]:
            self.items.append(thing)
            association.objectList.append(thing)
        self.association = association
        self.initialize()
        self.settings.proposedConformance = NEGOTIABLE
        if meter.wrong("conformance"):
            self.settings.proposedConformance = NEGOTIABLE & ~Conformance.GET

    def handleSnrmRequest(self, data):
        super().handleSnrmRequest(data)
        self.correct_parameters()

    def generateDisconnectRequest(self):
        super().generateDisconnectRequest()
        self.correct_parameters()

    def correct_parameters(self):
        """The length goes to its place in UA; the package has put the place where an octet of the
        last window size, always 1, stands."""
        if self.meter.arguments.correct:
            after = len(self.replyData) - 3
            self.replyData.setUInt8(after, 2)
            self.replyData.setUInt8(0, after)

    def handleCommand(self, cmd, data, sr):
        if cmd == Command.GET_REQUEST and len(data) > data.position:
            if data.getUInt8(data.position) == 3 and self.settings.acceptConnection():
                self.get_with_list(data)
                return self.frame(cmd)
        try:
            return super().handleCommand(cmd, data, sr)
        except UnboundLocalError:
            # An ACTION on an object that is not there: the answer is complete, the event is not.
            return self.frame(cmd)

    def frame(self, command):
        """The frame of the answer, or the first of its segments."""
        if self.meter.arguments.hdlc:
            return GXDLMS.getHdlcFrame(self.settings, 0, self.replyData)
        return GXDLMS.getWrapperFrame(self.settings, command, self.replyData)

    def get_with_list(self, data):
        """GET with a list: data or error for each attribute, in blocks where that is too long."""
        data.getUInt8()
        invoke = data.getUInt8()
        self.settings.updateInvokeId(invoke)
        self.settings.setCount(0)
        self.settings.setIndex(0)
        self.settings.resetBlockIndex()
        results = GXByteBuffer()
        count = _GXCommon.getObjectCount(data)
        _GXCommon.setObjectCount(count, results)
        for _ in range(count):
            self.append_result(data, results)
        fits = 3 + len(results) <= self.settings.maxPduSize
        # As type 1 the package cuts a long answer into blocks; a short one is of type 3.
        kind, status = (3, 0xFF) if fits else (1, ErrorCode.OK)
        parameters = GXDLMSLNParameters(
            self.settings, invoke, Command.GET_RESPONSE, kind, None, results, status
        )
        GXDLMS.getLNPdu(parameters, self.replyData)
        if len(results) != results.position:
            self.transaction = GXDLMSLongTransaction(None, Command.GET_REQUEST, results)

    def append_result(self, data, results):
        class_id = data.getUInt16()
        name = bytearray(6)
        data.get(name)
        attribute = data.getUInt8()
        selector, parameters = 0, None
        if data.getUInt8():
            selector = data.getUInt8()
            parameters = _GXCommon.getData(self.settings, data, _GXDataInfo())
        name = _GXCommon.toLogicalName(name)
        target = self.items.findByLN(ObjectType(class_id), name)
        target = target or self.onFindObject(class_id, 0, name)
        error = ErrorCode.UNDEFINED_OBJECT
        value = None
        if target is not None:
            e = ValueEventArgs(self, target, attribute, selector, parameters)
            error = ErrorCode.READ_WRITE_DENIED
            if self.onGetAttributeAccess(e) != AccessMode.NO_ACCESS:
                value = target.getValue(self.settings, e)
                error = e.error
        if error:
            results.setUInt8(1)
            results.setUInt8(error)
        else:
            results.setUInt8(0)
            GXDLMS.appendData(self.settings, target, attribute, results, value)

    # The hooks of the package.

    def isTarget(self, serverAddress, clientAddress):
        self.settings.password = None
        return gurux_links.logical_device(serverAddress) in DEVICE_NAMES

    def onValidateAuthentication(self, authentication, password):
        client = self.settings.clientAddress
        # What the client proposed, and not more than the server takes.
        limit = self.settings.maxServerPDUSize
        if self.meter.wrong("pdu"):
            self.settings.maxPduSize = limit
        self.settings.maxPduSize = min(self.settings.maxPduSize, limit)
        self.association.clientSAP = 99 if self.meter.wrong("partners") else client
        context = self.association.xDLMSContextInfo
        context.conformance = int(self.settings.negotiatedConformance)
        context.maxReceivePduSize = context.maxSendPduSize = self.settings.maxPduSize
        context.dlmsVersionNumber, context.cypheringInfo = 6, b""
        if client == PUBLIC_CLIENT and authentication == Authentication.NONE:
            return SourceDiagnostic.NONE
        if client != READER:
            return SourceDiagnostic.NOT_RECOGNISED
        if authentication != Authentication.LOW:
            return SourceDiagnostic.MECHANISM_NAME_REGUIRED
        if bytes(password or b"") != PASSWORD and not self.meter.wrong("password"):
            return SourceDiagnostic.AUTHENTICATION_FAILURE
        return SourceDiagnostic.NONE

    def onGetAttributeAccess(self, arg):
        if not 1 <= arg.index <= arg.target.getAttributeCount() or arg.selector not in (0, 1, 2):
            return AccessMode.NO_ACCESS
        key = (int(arg.target.objectType), arg.target.logicalName)
        if self.meter.wrong("rights"):
            return AccessMode.READ_WRITE
        if self.settings.clientAddress != READER:
            return AccessMode.READ if key in PUBLIC_READS else AccessMode.NO_ACCESS
        writable = (*key, arg.index) in READER_WRITES
        return AccessMode.READ_WRITE if writable else AccessMode.READ

    def onGetMethodAccess(self, arg):
        key = (int(arg.target.objectType), arg.target.logicalName)
        allowed = self.settings.clientAddress == READER and key in READER_CALLS
        allowed = allowed or self.meter.wrong("rights")
        return MethodAccessMode.ACCESS if allowed else MethodAccessMode.NO_ACCESS

    def onFindObject(self, objectType, sn, ln):
        return self.meter.energy if self.meter.wrong("undefined") else None

    def onPostWrite(self, args):
        for e in args:
            if not e.error:
                self.meter.event(event="set", client=self.settings.clientAddress,
                                 object=self.code(e), attribute=e.index, value=text_of(e.value))

    def onPostAction(self, args):
        for e in args:
            if not e.error:
                self.meter.event(event="action", client=self.settings.clientAddress,
                                 object=self.code(e), method=e.index, parameter=repr(e.parameters))

    def onConnected(self, connectionInfo):
        self.meter.event(event="associated", client=self.settings.clientAddress)

    def onDisconnected(self, connectionInfo):
        self.meter.event(event="released", client=self.settings.clientAddress)

    def onInvalidConnection(self, connectionInfo):
        self.meter.event(event="refused", client=self.settings.clientAddress)

    def onPreRead(self, args):
        pass

    onPostRead = onPreGet = onPostGet = onPreWrite = onPreAction = lambda *_: None

    # Names that the package calls on its server.

    def notifyRead(self):
        pass

    def getTransaction(self):
        return self.transaction

    def setTransaction(self, value):
        self.transaction = value

    @staticmethod
    def code(e):
        return harness.obis(_GXCommon.logicalNameToBytes(e.target.logicalName))


def complete_the_package():
    """Names that the package's command handler calls on its own helpers."""
    begin = ValueEventArgs.__init__

    def event_arguments(e, server, *rest):
        begin(e, server, *rest)
        # The access rights of an object list come from the server.
        e.server = server if isinstance(server, Server) else None

    def set_data(transaction, rest):
        transaction.data = GXByteBuffer()
        transaction.data.set(rest, rest.position, len(rest) - rest.position)

    ValueEventArgs.__init__ = event_arguments
    GXDLMSLongTransaction.setData = set_data
    GXDLMSLNParameters.setStatus = lambda parameters, value: setattr(parameters, "status", value)
    GXDLMSLNParameters.isMultipleBlocks = lambda parameters: parameters.multipleBlocks
    # The handler calls list(e) for a list of one.
    ValueEventArgs.__iter__ = lambda e: iter((e,))
    # The object list is built whole and cut into blocks like any long answer.
    ValueEventArgs.isSkipMaxPduSize = True


def data(name, kind, value):
    thing = GXDLMSData(name)
    thing.setDataType(2, kind)
    thing.value = value
    return thing


def register(name, kind, value, scaler, unit):
    thing = GXDLMSRegister(name)
    thing.setDataType(2, kind)
    thing.value, thing.scaler, thing.unit = value, 10.0**scaler, unit
    return thing


def date_time(value):
    return GXDateTime(value.replace(microsecond=0))


def octets_of(value):
    """The twelve octets, in hexadecimal, that the package sends for a time."""
    buffer = GXByteBuffer()
    _GXCommon.setDateTime(None, buffer, value)
    return bytes(buffer.array()).hex()


def text_of(value):
    """A written value for the events: octets and times in hexadecimal."""
    if isinstance(value, GXDateTime):
        return octets_of(value)
    return bytes(value).hex() if isinstance(value, (bytes, bytearray)) else str(value)


def time_of(settings, value):
    """A time from twelve octets or from a date-time, as a range gives it."""
    if isinstance(value, GXDateTime):
        return value.value
    return _GXCommon.getDateTime(settings, GXByteBuffer(value), _GXDataInfo()).value


def nearest(value, seconds):
    stamp = value.timestamp()
    return datetime.datetime.fromtimestamp((stamp + seconds / 2) // seconds * seconds, value.tzinfo)


def serve(meter, connection, number):
    """One TCP connection: frames in, frames out, until the client closes it."""
    link = gurux_links.Hdlc if meter.arguments.hdlc else gurux_links.Wrapper
    name = f"gurux-server-{number:03}"
    recorder = harness.Recorder(meter.arguments.record, name, 0, 0, "none", link.name)
    server = Server(meter, MANAGEMENT)
    try:
        while frame := link.receive(connection):
            if not recorder.frames:
                client, device = link.addresses(frame)
                recorder.facts["addr"] = {"client": client, "server": device}
            recorder.add("tx", frame)
            if link.begins(frame):
                server = Server(meter, link.addresses(frame)[1])
            if LOW_LEVEL_SECURITY in frame:
                recorder.facts["auth"] = "low"
            answer = corrected(meter, link, server, frame, answer_to(meter, server, frame))
            if answer:
                recorder.add("rx", answer, fault_of(link.apdu(answer)))
                connection.sendall(answer)
    except OSError:
        pass  # The client is gone.
    finally:
        connection.close()
        recorder.save()


def corrected(meter, link, server, request, answer):
    """The answer with the layout of the standard, where --correct asks for it."""
    if not answer:
        return answer
    built = wanted = link.apdu(answer)
    if link.apdu(request)[:1] == b"\x62":
        if meter.wrong("release"):
            wanted = bytes.fromhex("d80101")
        elif meter.arguments.correct:
            wanted = bytes.fromhex("6303800100")
    elif meter.arguments.correct and fault_of(built):
        # Action-Response-Normal: action-result, then no return parameters.
        wanted = built + b"\x00"
    return answer if wanted == built else link.with_apdu(server, answer, wanted)


def fault_of(apdu):
    """Why an APDU of the package is not laid out as the standard has it, or None."""
    if apdu[:1] == b"\x63" and apdu[1] != len(apdu) - 2:
        return f"RLRE declares {apdu[1]} octets, {len(apdu) - 2} follow"
    if apdu[:2] == b"\xc7\x01" and len(apdu) == 4:
        return "Action-Response-Normal ends before the usage flag of its return parameters"
    return None


def answer_to(meter, server, frame):
    with meter.lock:
        reply = Reply(bytearray(frame))
        server.handleRequest(reply)
        return bytes(reply.reply or b"")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--pdu", type=int, default=200)
    parser.add_argument("--rows", type=int, default=300)
    parser.add_argument("--now", type=datetime.datetime.fromisoformat)
    parser.add_argument("--facts")
    parser.add_argument("--events")
    parser.add_argument("--record")
    parser.add_argument("--correct", action="store_true")
    parser.add_argument("--wrong", choices=WRONG)
    parser.add_argument("--hdlc", action="store_true")
    parser.add_argument("--max-info", type=int, default=128)
    chosen = parser.parse_args()
    if chosen.now is None:
        zone = datetime.timezone(datetime.timedelta(hours=1))
        chosen.now = datetime.datetime.now(zone)
    if chosen.now.tzinfo is None:
        parser.error("--now wants an offset, for example 2026-03-04T10:07:30+01:00")
    if chosen.pdu < 64:
        parser.error("--pdu: the package refuses less than 64")
    if not 32 <= chosen.max_info <= 240:
        parser.error("--max-info: the package builds frames of 32 to 240 octets of information")
    if chosen.record:
        os.makedirs(chosen.record, exist_ok=True)
    return chosen


def main():
    chosen = arguments()
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    complete_the_package()
    meter = Meter(chosen)
    listener = socket.create_server(("127.0.0.1", chosen.port))
    if chosen.facts:
        with open(chosen.facts, "w", encoding="utf-8") as file:
            json.dump(meter.facts(), file, indent=1)
    print(f"listening {listener.getsockname()[1]}", flush=True)
    number = 0
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        number += 1
        threading.Thread(target=serve, args=(meter, connection, number), daemon=True).start()


if __name__ == "__main__":
    main()
