//! Values to data and back, and what is refused.

use std::fs;
use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;

use cosem::bytes::{Reader, from_hex};
use cosem::class::{
    AccessRight, AccessRightV0, AccessRightV1, AccessSelectors, ActionSpecification,
    ApplicationContextName, ApplicationContextNameArcs, AssignmentElement, AssociatedPartners,
    AssociationStatus, AttributeAccessItem, AttributeAccessItemV0, AttributeAccessItemV1,
    AttributeAccessMode, AttributeAccessModeV0, AttributeAccessModeV1, Buffer, CaptureObject,
    ClockBase, ClockPresetTime, ControlMode, ControlState, EntryDescriptor, MechanismName,
    MechanismNameArcs, MethodAccessItem, MethodAccessItemV0, MethodAccessItemV1, MethodAccessMode,
    MethodAccessModeV1, ObjectListElement, ObjectListElementV0, ObjectListElementV1,
    RangeDescriptor, Script, ScriptServiceId, SortMethod, UserListEntry, XdlmsContext,
};
use cosem::schema::{Enumerated, SIMPLE, Words};
use cosem::{
    Array, BitString, ClockStatus, CosemType, Data, Date, DateTime, Obis, ScalerUnit, Schema, Tag,
    Time, Unit, Utf8String, VisibleString, obis,
};

fn data(hex: &str) -> Data {
    let octets = from_hex(hex).unwrap();
    let mut reader = Reader::new(&octets);
    let data = Data::decode(&mut reader).unwrap();
    assert!(reader.is_empty());
    data
}

fn octets(data: &Data) -> Vec<u8> {
    data.to_encoded().into_octets()
}

#[test]
fn a_capture_object_of_a_captured_request_is_read_by_its_members() {
    // dlms-cosem, tests/test_xdlms/test_selective_access.py: the restricting object of a range.
    let sent = data("020412000809060000010000ff0f02120000");
    let object = CaptureObject::from_data(sent.clone()).unwrap();
    assert_eq!(object, CaptureObject::new(8, obis!("0-0:1.0.0"), 2, 0));
    assert_eq!(object.into_data(), sent);
}

#[test]
fn the_range_of_a_captured_request_is_read_by_its_members() {
    // dlms-cosem, tests/test_xdlms/test_selective_access.py: a range without deviation.
    let sent = data(
        "0204 020412000809060000010000ff0f02120000 090c07e2020cff00000000800000 \
         090c07e3020cff00000000800000 0100",
    );
    let range = RangeDescriptor::from_data(sent.clone()).unwrap();
    assert_eq!(range.restricting_object, CaptureObject::new(8, obis!("0-0:1.0.0"), 2, 0));
    let from = DateTime::from_data(range.from_value.clone()).unwrap();
    assert_eq!(from.to_string(), "2018-02-12 00:00:00.00");
    assert!(range.selected_values.is_empty());
    assert_eq!(range.into_data(), sent);
}

#[test]
fn the_object_list_of_a_real_meter_is_read_whole_and_written_as_sent() {
    let file = "../../../shared/telegrams/apdu.jsonl";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let Ok(lines) = fs::read_to_string(&file) else {
        eprintln!("not read: there are no telegrams at {}", file.display());
        return;
    };
    let line = lines.lines().find(|line| line.contains("\"data-object-list-kamstrup\"")).unwrap();
    let (_, hex) = line.split_once("\"hex\": \"").unwrap();
    let sent = data(hex.split_once('"').unwrap().0);
    let list = Array::<ObjectListElementV1>::from_data(sent.clone()).unwrap();
    assert_eq!(list.len(), 123);
    assert_eq!((list[0].class_id, list[0].logical_name), (1, obis!("0-0:42.0.0")));
    let rights = &list[0].access_rights.attribute_access;
    assert_eq!(rights[1].access_mode, AttributeAccessModeV1::ReadOnly);
    assert_eq!(rights[1].access_selectors, AccessSelectors::None);
    assert_eq!(list.into_data(), sent);
}

#[test]
fn an_enumeration_value_without_a_name_survives() {
    let sent = Data::Enum(77);
    let mode = ControlMode::from_data(sent.clone()).unwrap();
    assert_eq!((mode, mode.label(), mode.to_string().as_str()), (ControlMode(77), None, "77"));
    assert_eq!(mode.into_data(), sent);
    assert!(ControlMode::SCHEMA.accepts(&sent).is_ok());
    let error = ControlMode::SCHEMA.accepts_exactly(&sent).unwrap_err();
    assert_eq!(error.to_string(), "enum (ControlMode) wanted, enum 77 found");
    assert!(ControlMode::SCHEMA.accepts_exactly(&Data::Enum(7)).is_ok());
    assert_eq!(Unit::from_data(Data::Enum(200)).map(Unit::into_data), Ok(Data::Enum(200)));
}

#[test]
fn a_bit_without_a_name_survives() {
    let mode = MethodAccessMode::from_data(Data::Enum(0x87)).unwrap();
    assert!(mode.contains(MethodAccessMode::Access));
    let named = "access, bit 1, authenticated request, digitally signed response";
    assert_eq!(mode.to_string(), named);
    assert_eq!(mode.into_data(), Data::Enum(0x87));
}

#[test]
fn surplus_members_survive() {
    let sent = data("020512000809060000010000ff0f021200001605");
    let object = CaptureObject::from_data(sent.clone()).unwrap();
    assert_eq!(object.surplus, [Data::Enum(5)]);
    assert_eq!(object.into_data(), sent);
    assert!(CaptureObject::SCHEMA.accepts(&sent).is_ok());
    let error = CaptureObject::SCHEMA.accepts_exactly(&sent).unwrap_err();
    assert_eq!(error.to_string(), "structure of 4 (CaptureObject) wanted, structure of 5 found");
}

#[test]
fn a_surplus_member_of_scaler_and_unit_is_refused_rather_than_dropped() {
    let error = ScalerUnit::from_data(data("02030fff161e1100")).unwrap_err();
    assert_eq!(error.to_string(), "structure of 2 (ScalerUnit) wanted, structure of 3 found");
}

#[test]
fn a_mismatch_names_the_path_the_type_wanted_and_the_type_found() {
    let mut list = Array(vec![
        ObjectListElement::new(
            3,
            0,
            obis!("1-0:1.8.0"),
            AccessRight::new(
                Array(vec![]),
                Array(vec![MethodAccessItem::new(1, MethodAccessMode::Access)]),
            ),
        );
        2
    ])
    .into_data();
    let Data::Array(elements) = &mut list else { panic!("an array") };
    let Data::Structure(element) = &mut elements[1] else { panic!("an element") };
    element[3] = data("0202 0100 0101 0202 0f01 0301");
    let error = Array::<ObjectListElement>::from_data(list.clone()).unwrap_err();
    assert_eq!(error.path(), "[1].access_rights.method_access[0].access_mode");
    assert_eq!(error.wanted(), "enum (MethodAccessMode)");
    assert_eq!(error.found(), "boolean");
    assert_eq!(
        error.to_string(),
        "[1].access_rights.method_access[0].access_mode: enum (MethodAccessMode) wanted, boolean \
         found"
    );
    assert_eq!(<Array<ObjectListElement>>::SCHEMA.accepts(&list), Err(error));
}

#[test]
fn a_mismatch_says_what_a_type_looks_like() {
    let said = |schema: &Schema, data: Data| schema.accepts(&data).unwrap_err().to_string();
    assert_eq!(
        said(Obis::SCHEMA, Data::OctetString(vec![1])),
        "octet-string of 6 octets wanted, octet-string of 1 octet found"
    );
    assert_eq!(
        said(DateTime::SCHEMA, Data::OctetString(vec![])),
        "octet-string of 12 octets (date-time) wanted, octet-string of 0 octets found"
    );
    assert_eq!(said(bool::SCHEMA, Data::Null), "boolean wanted, null-data found");
    assert_eq!(
        said(SIMPLE, Data::Structure(vec![])),
        "a type without elements wanted, structure of 0 found"
    );
    assert_eq!(
        said(XdlmsContext::SCHEMA, data("0206 0407ff 120400 120400 1106 0f00 0900")),
        "conformance: bit-string of 24 bits wanted, bit-string of 7 bits found"
    );
    assert_eq!(
        said(AccessSelectors::SCHEMA, data("0102 0f01 1102")),
        "[1]: integer wanted, unsigned 2 found"
    );
    let bounded = Schema::Sized { tag: Tag::OCTET_STRING, min: 1, max: 2 };
    assert_eq!(
        said(&bounded, Data::OctetString(vec![0; 3])),
        "octet-string of 1 to 2 octets wanted, octet-string of 3 octets found"
    );
}

#[test]
fn a_mismatch_never_prints_the_octets_of_a_string() {
    let secret = b"12345678".to_vec();
    for data in [
        Data::OctetString(secret.clone()),
        Data::VisibleString(secret.clone()),
        Data::Utf8String(secret),
    ] {
        let said = format!("{:?}", u16::from_data(data).unwrap_err());
        assert!(!said.contains("12345678") && !said.contains("3132"), "{said}");
    }
}

#[test]
fn a_date_time_is_read_in_both_forms_and_written_as_an_octet_string() {
    let time = DateTime::UNSPECIFIED;
    for data in [Data::DateTime(time), Data::OctetString(time.0.into())] {
        assert!(DateTime::SCHEMA.accepts(&data).is_ok());
        let read = DateTime::from_data(data).unwrap();
        assert_eq!((read, read.into_data()), (time, Data::OctetString(time.0.into())));
    }
    assert_eq!(Date::from_data(Data::Date(time.date())), Ok(time.date()));
    assert_eq!(Time::from_data(Data::OctetString(time.time().0.into())), Ok(time.time()));
}

#[test]
fn text_keeps_its_octets() {
    let sent = Data::VisibleString(vec![b'A', 0xe4]);
    let text = VisibleString::from_data(sent.clone()).unwrap();
    assert_eq!(text.to_string(), "A\u{fffd}");
    assert_eq!(text.into_data(), sent);
    assert_eq!(Utf8String::from("ä").into_data(), Data::Utf8String(vec![0xc3, 0xa4]));
    assert!(VisibleString::from_data(Data::OctetString(vec![])).is_err());
}

#[test]
fn what_a_method_without_a_result_returns_is_not_looked_at() {
    assert_eq!(<()>::from_data(Data::Integer(0)), Ok(()));
    assert_eq!(().into_data(), Data::Null);
}

#[test]
fn names_are_printed_as_words() {
    assert_eq!(ControlState::ReadyForReconnection.to_string(), "ready for reconnection");
    assert_eq!(ClockBase::Mains50Hz.to_string(), "mains 50 hz");
    assert_eq!(Words("sap_assignment_list").to_string(), "sap assignment list");
    assert_eq!(ControlMode::None.to_string(), "none");
}

/// Any data, small.
fn any_data() -> impl Strategy<Value = Data> {
    let leaf = prop_oneof![
        Just(Data::Null),
        any::<bool>().prop_map(Data::Boolean),
        any::<i8>().prop_map(Data::Integer),
        any::<i16>().prop_map(Data::Long),
        any::<i32>().prop_map(Data::DoubleLong),
        any::<i64>().prop_map(Data::Long64),
        any::<u8>().prop_map(Data::Unsigned),
        any::<u16>().prop_map(Data::LongUnsigned),
        any::<u32>().prop_map(Data::DoubleLongUnsigned),
        any::<u64>().prop_map(Data::Long64Unsigned),
        any::<f32>().prop_map(Data::Float32),
        any::<f64>().prop_map(Data::Float64),
        any::<u8>().prop_map(Data::Enum),
        any::<[u8; 12]>().prop_map(|octets| Data::DateTime(DateTime(octets))),
        any::<[u8; 6]>().prop_map(|octets| Data::OctetString(octets.into())),
        any::<[u8; 12]>().prop_map(|octets| Data::OctetString(octets.into())),
        vec(any::<u8>(), 0..16).prop_map(Data::OctetString),
        vec(any::<u8>(), 0..16).prop_map(Data::VisibleString),
        vec(any::<u8>(), 0..16).prop_map(Data::Utf8String),
        (0..40_usize, any::<[u8; 5]>()).prop_map(|(bits, octets)| bit_string(bits, &octets)),
    ];
    leaf.prop_recursive(3, 16, 4, |element| {
        prop_oneof![
            vec(element.clone(), 0..4).prop_map(Data::Array),
            vec(element, 0..4).prop_map(Data::Structure),
        ]
    })
}

fn bit_string(bits: usize, octets: &[u8]) -> Data {
    BitString::new(bits, octets.into()).into_data()
}

/// Data that fits a schema in its usual form, with values that have no name and surplus members;
/// where `flaw` is not 0, about one part in so many is any data.
fn data_of(schema: &'static Schema, flaw: u32) -> BoxedStrategy<Data> {
    let fitting = match schema {
        Schema::Any => any_data().boxed(),
        Schema::Simple => {
            any_data().prop_filter("no elements", |d| SIMPLE.accepts(d).is_ok()).boxed()
        }
        Schema::Type(tag) => of_type(*tag),
        Schema::Sized { tag, min, max } => of_size(*tag, *min, *max),
        Schema::DateTime => of_size(Tag::OCTET_STRING, 12, 12),
        Schema::Date => of_size(Tag::OCTET_STRING, 5, 5),
        Schema::Time => of_size(Tag::OCTET_STRING, 4, 4),
        Schema::Enumeration(_) | Schema::Flags(_) => of_type(schema.tag().unwrap()),
        Schema::Array(element) => vec(data_of(element, flaw), 0..4).prop_map(Data::Array).boxed(),
        Schema::Structure(structure) => {
            let members: Vec<_> =
                structure.members.iter().map(|member| data_of(&member.schema, flaw)).collect();
            // ScalerUnit has no room for surplus members, and a test of its own.
            let surplus = if structure.name == "ScalerUnit" { 0 } else { 2 };
            (members, vec(any_data(), 0..=surplus))
                .prop_map(|(members, surplus)| {
                    Data::Structure(members.into_iter().chain(surplus).collect())
                })
                .boxed()
        }
        Schema::Choice(choice) => {
            let alternatives = choice.alternatives.iter();
            proptest::strategy::Union::new(alternatives.map(|one| data_of(&one.schema, flaw)))
                .boxed()
        }
        other => panic!("no data for {other}"),
    };
    if flaw == 0 {
        return fitting;
    }
    prop_oneof![flaw => fitting, 1 => any_data()].boxed()
}

fn of_type(tag: Tag) -> BoxedStrategy<Data> {
    match tag {
        Tag::NULL_DATA => Just(Data::Null).boxed(),
        Tag::BOOLEAN => any::<bool>().prop_map(Data::Boolean).boxed(),
        Tag::BIT_STRING => of_size(tag, 0, 40),
        Tag::INTEGER => any::<i8>().prop_map(Data::Integer).boxed(),
        Tag::LONG => any::<i16>().prop_map(Data::Long).boxed(),
        Tag::DOUBLE_LONG => any::<i32>().prop_map(Data::DoubleLong).boxed(),
        Tag::LONG64 => any::<i64>().prop_map(Data::Long64).boxed(),
        Tag::UNSIGNED => any::<u8>().prop_map(Data::Unsigned).boxed(),
        Tag::LONG_UNSIGNED => any::<u16>().prop_map(Data::LongUnsigned).boxed(),
        Tag::DOUBLE_LONG_UNSIGNED => any::<u32>().prop_map(Data::DoubleLongUnsigned).boxed(),
        Tag::LONG64_UNSIGNED => any::<u64>().prop_map(Data::Long64Unsigned).boxed(),
        Tag::FLOAT32 => any::<f32>().prop_map(Data::Float32).boxed(),
        Tag::FLOAT64 => any::<f64>().prop_map(Data::Float64).boxed(),
        Tag::ENUM => any::<u8>().prop_map(Data::Enum).boxed(),
        Tag::OCTET_STRING => of_size(tag, 0, 20),
        Tag::VISIBLE_STRING => vec(any::<u8>(), 0..20).prop_map(Data::VisibleString).boxed(),
        Tag::UTF8_STRING => vec(any::<u8>(), 0..20).prop_map(Data::Utf8String).boxed(),
        // Two rows of a long-unsigned.
        Tag::COMPACT_ARRAY => Just(data("13 12 04 0001 0002")).boxed(),
        other => panic!("no data for {other}"),
    }
}

fn of_size(tag: Tag, min: usize, max: usize) -> BoxedStrategy<Data> {
    match tag {
        Tag::BIT_STRING => (min..=max, vec(any::<u8>(), max.div_ceil(8)))
            .prop_map(|(bits, octets)| {
                // The bits behind the last one are no part of the value.
                let mut octets = octets;
                octets.truncate(bits.div_ceil(8));
                bit_string(bits, &octets)
            })
            .boxed(),
        _ => vec(any::<u8>(), min..=max).prop_map(Data::OctetString).boxed(),
    }
}

/// Two properties of a type: what its schema generates comes back as it was, octet for octet; and
/// of other data `from_data` reads just what the schema accepts.
macro_rules! properties {
    ($($test:ident: $type:ty;)*) => {
        mod data_and_back {
            use super::*;

            proptest! {
                #![proptest_config(ProptestConfig::with_cases(32))]
                $(
                    #[test]
                    fn $test(fitting in data_of(<$type>::SCHEMA, 0)) {
                        prop_assert_eq!(<$type>::SCHEMA.accepts(&fitting), Ok(()));
                        let sent = octets(&fitting);
                        let back = <$type>::from_data(fitting).unwrap().into_data();
                        prop_assert_eq!(octets(&back), sent);
                    }
                )*
            }
        }

        mod read_as_the_schema_says {
            use super::*;

            proptest! {
                #![proptest_config(ProptestConfig::with_cases(32))]
                $(
                    #[test]
                    fn $test(other in data_of(<$type>::SCHEMA, 6)) {
                        let accepted = <$type>::SCHEMA.accepts(&other);
                        prop_assert_eq!(<$type>::from_data(other).map(|_| ()), accepted);
                    }
                )*
            }
        }
    };
}

properties! {
    boolean: bool;
    integer: i8;
    long: i16;
    double_long: i32;
    long64: i64;
    unsigned: u8;
    long_unsigned: u16;
    double_long_unsigned: u32;
    long64_unsigned: u64;
    float32: f32;
    float64: f64;
    octet_string: Vec<u8>;
    octet_string_of_16: [u8; 16];
    visible_string: VisibleString;
    utf8_string: Utf8String;
    bit_string_of_any_length: BitString;
    enumerated: Enumerated;
    any_type: Data;
    logical_name: Obis;
    date_time: DateTime;
    date: Date;
    time: Time;
    unit: Unit;
    clock_status: ClockStatus;
    array_of_arrays: Array<Array<u16>>;
    capture_object: CaptureObject;
    sort_method: SortMethod;
    buffer: Buffer;
    range_descriptor: RangeDescriptor;
    entry_descriptor: EntryDescriptor;
    clock_base: ClockBase;
    clock_preset_time: ClockPresetTime;
    script_service_id: ScriptServiceId;
    action_specification: ActionSpecification;
    scripts: Array<Script>;
    control_state: ControlState;
    control_mode: ControlMode;
    access_selectors: AccessSelectors;
    attribute_access_mode_v0: AttributeAccessModeV0;
    attribute_access_item_v0: AttributeAccessItemV0;
    method_access_item_v0: MethodAccessItemV0;
    access_right_v0: AccessRightV0;
    object_list_element_v0: ObjectListElementV0;
    attribute_access_mode_v1: AttributeAccessModeV1;
    method_access_mode_v1: MethodAccessModeV1;
    attribute_access_item_v1: AttributeAccessItemV1;
    method_access_item_v1: MethodAccessItemV1;
    access_right_v1: AccessRightV1;
    object_list_element_v1: ObjectListElementV1;
    attribute_access_mode: AttributeAccessMode;
    method_access_mode: MethodAccessMode;
    attribute_access_item: AttributeAccessItem;
    method_access_item: MethodAccessItem;
    access_right: AccessRight;
    object_list: Array<ObjectListElement>;
    associated_partners: AssociatedPartners;
    application_context_name_arcs: ApplicationContextNameArcs;
    application_context_name: ApplicationContextName;
    mechanism_name_arcs: MechanismNameArcs;
    mechanism_name: MechanismName;
    xdlms_context: XdlmsContext;
    association_status: AssociationStatus;
    user_list_entry: UserListEntry;
    sap_assignment_list: Array<AssignmentElement>;
}

proptest! {
    #[test]
    fn scaler_and_unit_come_back_as_they_were(fitting in data_of(ScalerUnit::SCHEMA, 0)) {
        let sent = octets(&fitting);
        let back = ScalerUnit::from_data(fitting).unwrap().into_data();
        prop_assert_eq!(octets(&back), sent);
    }

    /// A meter that lets a value in exactly can read it.
    #[test]
    fn what_is_accepted_exactly_is_accepted(data in data_of(<Array<Script>>::SCHEMA, 20)) {
        let schema = <Array<Script>>::SCHEMA;
        if schema.accepts_exactly(&data).is_ok() {
            prop_assert_eq!(schema.accepts(&data), Ok(()));
        }
    }
}
