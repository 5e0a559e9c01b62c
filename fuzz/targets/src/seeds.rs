//! Inputs to begin from, made by code: small, and of every kind that a target knows.

use cosem::bytes::{Reader, from_hex};
use cosem::{BitString, CompactArrayBuf, Data, Date, DateTime, Encoded, Obis, Time, obis};
use dlms::apdu::{
    Aare, Aarq, ActionRequest, ActionResponse, ActionResult, Apdu, ApplicationContext,
    AssociationResult, AttributeDescriptor, AttributeReference, ConfirmedServiceError, Conformance,
    DataAccessResult, DatablockResult, Diagnostic, DiagnosticSource, ExceptionResponse,
    GetDataResult, GetRequest, GetResponse, InitiateError, InitiateRequest, InitiateResponse,
    InvokeId, Mechanism, MethodDescriptor, ObjectIdentifier, Rlre, Rlrq, Selection, ServiceError,
    SetRequest, SetResponse, StateError,
};
use dlms::link::wrapper;

/// The seeds of every target: its name, the seed's name, the octets.
#[must_use]
pub fn seeds() -> Vec<(&'static str, String, Vec<u8>)> {
    let mut seeds = Vec::new();
    let mut add = |target, name: &str, octets: Vec<u8>| {
        seeds.push((target, name.to_owned(), octets));
    };
    for (name, data) in values() {
        let octets = data.to_encoded().into_octets();
        if let Data::CompactArray(_) = data {
            add("z06", name, octets.clone());
        }
        add("z04", name, octets);
    }
    for (name, hex) in FOREIGN_VALUES {
        add("z04", name, octets(hex));
    }
    for (name, hex) in FOREIGN_COMPACT_ARRAYS {
        add("z06", name, octets(hex));
    }
    for (name, hex) in ENTROPY {
        add("z05", name, octets(hex));
    }
    let mut stream = vec![0];
    for (name, apdu) in apdus() {
        let octets = apdu.encode();
        wrapper::encode(16, 1, &octets, &mut stream).expect("a small APDU");
        if matches!(apdu, Apdu::Aarq(_) | Apdu::Aare(_) | Apdu::Rlrq(_) | Apdu::Rlre(_)) {
            add("z07", name, octets.clone());
            // The same fields, and the length made by the target.
            add("z07", &format!("{name}-fields"), [&[octets[0] | 0x80], &octets[2..]].concat());
        }
        add("z08", name, octets);
    }
    for (name, hex) in FOREIGN_APDUS {
        add("z07", name, octets(hex));
    }
    for (name, hex) in MADE_APDUS {
        add("z08", name, octets(hex));
    }
    add("z03", "every-apdu", stream);
    add("z03", "long-frame", octets("80 0001 0010 0001 ffff c401c100"));
    add("z03", "empty-frame", octets("01 0001 0010 0001 0000 0001 0010 0001 0001 00"));
    add("z03", "another-version", octets("00 0001 0010 0001 0001 00 0002"));
    for (name, hex) in HDLC_STREAMS {
        add("z01", name, octets(hex));
    }
    for (name, hex) in HDLC_FRAMES {
        add("z02", name, octets(hex));
    }
    for (name, hex) in DATE_TIMES {
        add("z17", name, octets(hex));
    }
    seeds
}

fn octets(hex: &str) -> Vec<u8> {
    from_hex(hex).expect("the seeds are hexadecimal")
}

const CLOCK: DateTime = DateTime([0x07, 0xe9, 6, 15, 7, 12, 30, 0, 0, 0xff, 0x88, 0x80]);

fn profile(rows: u32) -> Vec<Data> {
    let row = |number| {
        Data::Structure(vec![
            if number == 0 { Data::from(CLOCK) } else { Data::Null },
            Data::Unsigned(8),
            Data::DoubleLongUnsigned(12_345 + number),
        ])
    };
    (0..rows).map(row).collect()
}

fn values() -> Vec<(&'static str, Data)> {
    let rows = |rows: &[Data]| {
        Data::CompactArray(Box::new(CompactArrayBuf::from_rows(rows).expect("rows of one type")))
    };
    let pair = |a, b| {
        let array = Data::Array(vec![Data::Unsigned(a), Data::Unsigned(b)]);
        Data::Structure(vec![array, Data::LongUnsigned(3)])
    };
    let clocked = |hour| Data::Structure(vec![Data::from(CLOCK), Data::Unsigned(hour)]);
    let scalars = vec![
        Data::Null,
        Data::Boolean(true),
        Data::BitString(Box::new(BitString::new(12, vec![0xab, 0xc0]))),
        Data::DoubleLong(-1),
        Data::DoubleLongUnsigned(62_056),
        Data::OctetString(vec![1, 0, 1, 8, 0, 255]),
        Data::from("KFM"),
        Data::Utf8String("é".into()),
        Data::Bcd(0x42),
        Data::Integer(-1),
        Data::Long(-2),
        Data::Unsigned(8),
        Data::LongUnsigned(50),
        Data::Long64(-3),
        Data::Long64Unsigned(4),
        Data::Enum(30),
        Data::Float32(62_056.0),
        Data::Float64(62_056.0),
        Data::DateTime(CLOCK),
        Data::Date(Date([7, 0xe8, 11, 21, 255])),
        Data::Time(Time([8, 30, 15, 23])),
        Data::DeltaInteger(-1),
        Data::DeltaLong(-2),
        Data::DeltaDoubleLong(-3),
        Data::DeltaUnsigned(1),
        Data::DeltaLongUnsigned(2),
        Data::DeltaDoubleLongUnsigned(3),
        Data::DontCare,
    ];
    let nested = (0..16).fold(Data::Null, |inner, _| Data::Structure(vec![inner]));
    vec![
        ("every-scalar", Data::Structure(scalars)),
        ("profile", Data::Array(profile(12))),
        ("long-array", Data::Array(vec![Data::Null; 300])),
        ("long-string", Data::OctetString(vec![0x55; 300])),
        ("empty", Data::Array(vec![Data::Array(Vec::new()), Data::Structure(Vec::new())])),
        ("nested", nested),
        ("rows-of-numbers", rows(&[1, 2, 3].map(Data::LongUnsigned))),
        ("rows-of-arrays", rows(&[pair(1, 2), pair(4, 5)])),
        ("rows-with-clock", rows(&[clocked(1), clocked(2)])),
    ]
}

const FOREIGN_VALUES: &[(&str, &str)] = &[
    ("not-minimal", "0281 02 0982 0002 aabb 0384"),
    ("compact-array-layout-2", "1302020100021112 0a02010200030204050006"),
    ("compact-array-layout-3", "13 01 11 0304aabbccdd"),
    ("too-deep", "0201020102010201020102010201020102010201020102010201020102010201020100"),
    ("count-too-large", "0184ffffffff00"),
];

/// The first octet says how the rest is taken: off the wire, in two parts, or as rows to be made.
const FOREIGN_COMPACT_ARRAYS: &[(&str, &str)] = &[
    ("layout-1", "00 02020100021112 080102000304050006"),
    ("layout-2", "00 02020100021112 0a02010200030204050006"),
    ("layout-3", "00 020211 01 02020611 0c 0202 51ee530529 51ee530529"),
    ("strings", "00 02030904 0a 0b 02aabb 05f8 0141 00 00 00 00"),
    ("template-and-buffer", "80 08 020211 0102020611 0202 51ee530529 51ee530529"),
    ("made-from-rows", "ff 02 03 11 05 12 0102 09 03 aabbcc 04 0102030405060708090a0b0c0d0e"),
    ("made-from-arrays", "ff 02 02 00 03 11 01 11 02 11 03 06 00000001 05"),
];

const ENTROPY: &[(&str, &str)] = &[
    ("scalars", "020b 0501 0603aabbcc 0712345678 0a02aabb 0f01 100102 1605 1741200000 1907e9"),
    ("arrays", "000b 020311011102 0203 0800000001 0a03010203 0000 04020311051201 09"),
    ("compact", "0201 04 0203 1101 120102 0a02aabb 06 0102030405060708090a0b0c0d0e0f"),
    ("long-strings", "0203 0afb11 0cfe22 06ff33"),
];

const DATE_TIMES: &[(&str, &str)] = &[
    ("summer", "07e9060f070c1e0000ff8880 00000000684ea168 ff88"),
    ("unspecified", "ffffffffffffffffff8000ff ffffffffffffffff 8000"),
    ("leap-day", "07d0021dff17 3b3b63000000 0000000038bbb800 0000"),
    ("century", "076c021dff00000000ffc400 fffffffff0000000 0348"),
    ("last-sunday", "ffff03fe0702000000800000 7fffffffffffffff 7fff"),
    ("last-second", "fffe0c1fff173b3b63000000 8000000000000000 8001"),
];

fn apdus() -> Vec<(&'static str, Apdu)> {
    let mut apdus = requests();
    apdus.extend(responses());
    apdus.extend(association());
    for (name, hex) in BLOCKS_AND_LISTS {
        let octets = octets(hex);
        let mut r = Reader::new(&octets);
        apdus.push((name, Apdu::decode_from(&mut r).expect("the seeds are APDUs")));
    }
    apdus
}

const INVOKE: InvokeId = InvokeId(0xc1);

fn requests() -> Vec<(&'static str, Apdu)> {
    let invoke = INVOKE;
    let attribute = |class, instance: Obis| {
        AttributeReference::from(AttributeDescriptor { class, instance, attribute: 2 })
    };
    let clock = attribute(8, obis!("0-0:1.0.0"));
    let value = Data::from(CLOCK).to_encoded();
    let method = MethodDescriptor { class: 70, instance: obis!("0-0:96.3.10"), method: 1 };
    let parameters = Data::Structure(vec![
        Data::DoubleLongUnsigned(1),
        Data::DoubleLongUnsigned(96),
        Data::LongUnsigned(1),
        Data::LongUnsigned(0),
    ]);
    let mut selected = attribute(7, obis!("1-0:99.1.0"));
    selected.selection = Some(Selection { selector: 2, parameters: parameters.to_encoded() });
    let targets = vec![clock.clone(), selected.clone()];
    vec![
        ("get-normal", GetRequest::Normal { invoke, target: clock.clone() }.into()),
        ("get-selected", GetRequest::Normal { invoke, target: selected }.into()),
        ("get-next", GetRequest::Next { invoke, block: 3 }.into()),
        ("get-list", GetRequest::WithList { invoke, targets }.into()),
        ("set", SetRequest::Normal { invoke, target: clock, value: value.clone() }.into()),
        ("call", ActionRequest::Normal { invoke, target: method, parameters: Some(value) }.into()),
        ("call-bare", ActionRequest::Normal { invoke, target: method, parameters: None }.into()),
    ]
}

fn responses() -> Vec<(&'static str, Apdu)> {
    let invoke = INVOKE;
    let data = || GetDataResult::Data(Encoded::from(Data::Array(profile(2))));
    let error = || GetDataResult::Error(DataAccessResult::READ_WRITE_DENIED);
    let result = DatablockResult::RawData(vec![0x01, 0x02, 0x11]);
    let block = GetResponse::WithDatablock { invoke, last: false, block: 1, result };
    let called = ActionResponse::Normal {
        invoke,
        result: ActionResult::SUCCESS,
        return_parameters: Some(data()),
    };
    let exception = ExceptionResponse::new(StateError::SERVICE_UNKNOWN, ServiceError::PDU_TOO_LONG);
    vec![
        ("got", GetResponse::Normal { invoke, result: data() }.into()),
        ("got-error", GetResponse::Normal { invoke, result: error() }.into()),
        ("got-block", block.into()),
        ("got-list", GetResponse::WithList { invoke, results: vec![data(), error()] }.into()),
        ("set-done", SetResponse::Normal { invoke, result: DataAccessResult::SUCCESS }.into()),
        ("called", called.into()),
        ("exception", exception.into()),
        ("service-error", ConfirmedServiceError::initiate(InitiateError::PduSizeTooShort).into()),
    ]
}

const BLOCKS_AND_LISTS: &[(&str, &str)] = &[
    ("push", "0f 8006870e 0c 07e5091b01092f0f00ff8880 02 01 09 00"),
    ("push-tagged", "0f 40000000 09 0c 07e3020401173416ff800000 02 01 06000016dc"),
    ("push-confirm", "10 8006870e 00"),
    ("event", "c2 01 0c 07e3020401173416ff800000 0003 0100010800ff 02 0600000001"),
    ("event-tagged", "c2 09 0c 07e3020401173416ff800000 0003 0100010800ff 02 00"),
    ("report", "18 0c 07e3020401173416ff800000 01 02 0100 01 0600000001"),
    (
        "access",
        "d9 f0000007 00 02 03 0046 000060030aff 01 04 0007 0100630100ff 02 02 0100 02 0f00 00",
    ),
    ("accessed", "da 40000000 00 01 01 01 0001 0000600100ff 02 01 09023030 03 0100 0200 0300"),
    ("read", "05 04 02 0100 04 fa58 00 090110 06 00 0002 02 0102 07 01 0003"),
    ("read-done", "0c 04 00 1105 01 04 02 01 0001 01 01 03 0004"),
    ("write", "06 01 02 0100 01 0904 11223344"),
    ("write-unconfirmed", "16 01 05 0001 01 00"),
    ("write-done", "0d 03 00 0103 020007"),
    ("ciphered-get", "c8 08 30 01234567 aabbcc"),
    ("ciphered-dedicated", "d3 07 21 01234567 aabb"),
    ("ciphered-any", "db 08 4d4d4d0000bc614e 07 20 01234567 aabb"),
    ("compressed-any", "dc 00 03 80 aabb"),
    ("general-block", "e0 c3 0001 0000 04 c401c100"),
    ("set-first-block", "c102c1 0008 0000010000ff 02 00 00 00000001 03 090c07"),
    ("set-block", "c103c1 01 00000002 02 e906"),
    ("set-list", "c104c1 01 0001 0000800100ff 02 00 01 0a03303030"),
    ("set-list-first-block", "c105c1 01 0001 0000800100ff 02 00 00 00000001 02 010a"),
    ("set-block-done", "c502c1 00000001"),
    ("set-last-block-done", "c503c1 00 00000002"),
    ("set-list-last-block-done", "c504c1 02 00 03 00000002"),
    ("set-list-done", "c505c1 02 00 03"),
    ("call-next", "c302c1 00000001"),
    ("call-list", "c303c1 01 0046 000060030aff 01 01 0f00"),
    ("call-first-block", "c304c1 0046 000060030aff 01 00 00000001 01 0f"),
    ("call-list-first-block", "c305c1 01 0046 000060030aff 01 00 00000001 01 01"),
    ("call-block", "c306c1 01 00000002 01 00"),
    ("called-block", "c702c1 01 00000001 01 00"),
    ("called-list", "c703c1 02 00 00 0c 01 01 04"),
    ("called-next", "c704c1 00000001"),
    ("counter-exception", "d80106 00000017"),
];

fn association() -> Vec<(&'static str, Apdu)> {
    let initiate = InitiateRequest::new(Conformance::GET, 0x04b0);
    let response = Apdu::from(InitiateResponse::new(Conformance::GET, 0x0400));
    let aarq = Aarq::new(ApplicationContext::LOGICAL_NAME, &initiate);
    let name = ObjectIdentifier::from(ApplicationContext::LOGICAL_NAME);
    let diagnostic = Diagnostic { source: DiagnosticSource::ServiceUser, value: 0 };
    let aare = Aare::new(name, AssociationResult::ACCEPTED, diagnostic);
    let rlre = Rlre { reason: None, user_information: Some(response.encode()) };
    vec![
        ("initiate-request", initiate.into()),
        ("initiate-response", response.clone()),
        ("aarq-lls", aarq.clone().with_authentication(Mechanism::LOW, b"12345678").into()),
        ("aarq", aarq.into()),
        ("aare", aare.with_information(&response).into()),
        ("rlrq", Rlrq::default().into()),
        ("rlre", rlre.into()),
    ]
}

const MADE_APDUS: &[(&str, &str)] = &[
    ("made-get", "00 00c1 00070201 0100630100ff 02050603aabbcc 0712345678 0a02aabb"),
    ("made-list", "00 03c1 04 20 0203 08000000ff 0a03010203 30 0402031105120109 05 01 40 1707e9"),
    ("made-set", "00 06c1 02 00080200 0000010000ff 00010301 0000800100ff 0e42 02 0a04aabbccdd 16"),
    ("made-call", "00 0bc1 03 00 01 20 0b 01 00 05 01 02 07ffffffff"),
];

const FOREIGN_APDUS: &[(&str, &str)] = &[
    ("reason", "6203800100"),
    ("unknown-fields", "600f a109060760857405080101 bf810200 9d00"),
    (
        "all-fields",
        "6033 8002 0780 a109060760857405080101 a203040101 a403020105 a603040122 a803020107 8a020780 8b0760857405080202 ac028000",
    ),
    ("refused", "6117 a109060760857405080101 a203020101 a305a103020102"),
    ("indefinite", "6080 a180 0607608574050801010000 0000"),
    ("long-lengths", "6284 00000003 80 81 01 00"),
];

const HDLC_STREAMS: &[(&str, &str)] = &[
    ("snrm", "00 7ea0070321930f017e"),
    (
        "parameters",
        "00 7ea01e210373c37a8180120501800601800704000000010804 00000001533b7ea00703215303c77e7e",
    ),
    (
        "association",
        "00 7ea02b032110fbafe6e600601da109060760857405080101be10040e01000000065f1f0400007e1f04b0caea7e",
    ),
    ("request", "00 7ea0190321326fd8e6e600c001c100080000010000ff0200601a7e"),
    (
        "flag-inside",
        "00 7ea027010201105a87e6e7000f40000000090c07e4020f06011922ff8000000201060000157eea5e7e",
    ),
    ("garbage", "00 0600001fc7cec37ea00c0102011027a00201e7de7e7d7ea00801020110378d7e"),
    ("broken", "00 7ea0070321940f017ea7ff7ea0070321930f017e"),
    (
        "made",
        "01 00 00 0001 0000 0010 0000 93 04 00 2b 0001 0011 0010 0000 30 e6e700c401c10104 05 05 07 a0087e7d 00 00 0010 0000 0001 0000 73",
    ),
];

const HDLC_FRAMES: &[(&str, &str)] = &[
    ("snrm", "00 0001 0000 0010 0000 93"),
    ("parameters", "22 0001 0011 0010 0000 73 8180120501800601800704000000010804 00000001 0005 40"),
    ("segment", "37 0001 0011 1234 3fff 10 e6e700c401c100 0001 01"),
    ("three-octets", "2c 0000 0105 0010 0000 93 00"),
    ("longest", "e0 0010 0000 0001 0000 30 e6e700 c4"),
    ("as-received", "a008 02232193bd64"),
];
