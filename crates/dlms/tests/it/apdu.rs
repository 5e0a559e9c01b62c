//! The worked examples of the APDU digest, field by field, and what must be refused.

use std::time::{Duration, Instant};

use cosem::bytes::{Problem, Reader};
use cosem::{Data, DateTime, Encoded, obis};
use dlms::apdu::{
    Aare, Aarq, AccessResponse, AccessResult, AccessSpecification, ActionRequest, ActionResponse,
    ActionResult, Apdu, ApplicationContext, AssociationResult, AttributeDescriptor,
    AttributeReference, AuthenticationValue, CipheredService, ConfirmedServiceError, Conformance,
    DataAccessResult, DataBlock, DataNotificationConfirm, DatablockResult, DedicatedKey,
    Diagnostic, EventTime, EventTimeForm, ExceptionResponse, GetDataResult, GetRequest,
    GetResponse, InitiateError, InitiateRequest, InitiateResponse, InvokeId, LongInvokeId,
    Mechanism, MethodDescriptor, NotificationTime, ObjectIdentifier, ReadRequest, ReadResponse,
    ReadResult, ReleaseRequestReason, ReleaseResponseReason, Rlre, Rlrq, SecurityControl,
    Selection, ServiceError, SetRequest, SetResponse, ShortNameBlock, StateError, TAGS, TagRow,
    UnconfirmedWriteRequest, VariableAccess, WriteRequest, WriteResponse, WriteResult,
};
use dlms::association::{Request, ServerRequest};
use dlms::security::Secret;

use crate::octets::{decoded, octets};

const LN: ApplicationContext = ApplicationContext::LOGICAL_NAME;

fn request() -> InitiateRequest {
    InitiateRequest::new(Conformance(0x00_7e_1f), 1_200)
}

fn response() -> Apdu {
    Apdu::from(InitiateResponse::new(Conformance(0x00_50_1f), 500))
}

fn encoded(hex: &str) -> Encoded {
    Encoded::try_from(octets(hex)).unwrap()
}

fn attribute(class: u16, instance: cosem::Obis, attribute: i8) -> AttributeReference {
    AttributeReference::from(AttributeDescriptor { class, instance, attribute })
}

#[test]
fn an_association_request_without_security() {
    let hex = "601d a109060760857405080101 be10040e 01000000065f1f0400007e1f04b0";
    assert_eq!(decoded(&octets(hex)), Apdu::from(Aarq::new(LN, &request())));
}

#[test]
fn an_association_request_with_a_password() {
    let hex = "6036 a109060760857405080101 8a020780 8b0760857405080201 ac0a 8008 3132333435363738
               be10040e01000000065f1f0400007e1f04b0";
    let aarq = Aarq::new(LN, &request()).with_authentication(Mechanism::LOW, b"12345678");
    assert_eq!(decoded(&octets(hex)), Apdu::from(aarq));
}

#[test]
fn an_association_request_with_a_challenge() {
    let hex = "6036 a109060760857405080101 8a020780 8b0760857405080205 ac0a80084b35366956616759
               be10040e01000000065f1f0400007e1f04b0";
    let aarq = Aarq::new(LN, &request()).with_authentication(Mechanism::HIGH_GMAC, b"K56iVagY");
    assert_eq!(decoded(&octets(hex)), Apdu::from(aarq));
}

#[test]
fn an_empty_password() {
    let hex = "602e a109060760857405080101 8a020780 8b0760857405080201 ac028000
               be10040e01000000065f1f0400007e1f04b0";
    let aarq = Aarq::new(LN, &request()).with_authentication(Mechanism::LOW, b"");
    assert_eq!(decoded(&octets(hex)), Apdu::from(aarq));
}

#[test]
fn an_association_that_is_accepted() {
    let hex = "6129 a109060760857405080101 a203020100 a305a103020100
               be10040e 0800065f1f040000501f01f40007";
    let aare = Aare::new(LN.into(), AssociationResult::ACCEPTED, Diagnostic::NULL);
    assert_eq!(decoded(&octets(hex)), Apdu::from(aare.with_information(&response())));
}

#[test]
fn an_association_that_is_refused_for_its_context() {
    let hex = "6129 a109060760857405080101 a203020101 a305a103020102
               be10040e 0800065f1f040000501f01f40007";
    let aare = Aare::new(
        LN.into(),
        AssociationResult::REJECTED_PERMANENT,
        Diagnostic::APPLICATION_CONTEXT_NAME_NOT_SUPPORTED,
    );
    assert_eq!(decoded(&octets(hex)), Apdu::from(aare.with_information(&response())));
}

#[test]
fn an_association_that_is_refused_for_its_version_of_dlms() {
    let hex = "611f a109060760857405080101 a203020101 a305a103020101 be0604040e010601";
    let error = ConfirmedServiceError::initiate(InitiateError::DlmsVersionTooLow);
    let aare =
        Aare::new(LN.into(), AssociationResult::REJECTED_PERMANENT, Diagnostic::NO_REASON_GIVEN);
    let apdu = decoded(&octets(hex));
    assert_eq!(apdu, Apdu::from(aare.with_information(&Apdu::from(error))));
    let Apdu::Aare(aare) = apdu else { unreachable!() };
    assert_eq!(aare.information().unwrap(), Some(Apdu::from(error)));
    assert_eq!(error.to_string(), "initiate-error: initiate, dlms-version-too-low");
}

#[test]
fn an_association_that_is_refused_without_user_information() {
    let hex = "6117 a109060760857405080101 a203020101 a305a10302010d";
    let Apdu::Aare(aare) = decoded(&octets(hex)) else { unreachable!() };
    assert_eq!(aare.result, AssociationResult::REJECTED_PERMANENT);
    assert_eq!(aare.diagnostic, Diagnostic::AUTHENTICATION_FAILURE);
    assert_eq!(aare.information(), Ok(None));
}

#[test]
fn an_association_that_waits_for_the_client_to_answer_a_challenge() {
    let hex = "6142 a109060760857405080101 a203020100 a305a10302010e 88020780 890760857405080205
               aa0a8008503677524a323146 be10040e0800065f1f040000501f01f40007";
    let mut aare =
        Aare::new(LN.into(), AssociationResult::ACCEPTED, Diagnostic::AUTHENTICATION_REQUIRED);
    aare.responder_acse_requirements = Some(vec![0x07, 0x80]);
    aare.mechanism_name = Some(Mechanism::HIGH_GMAC.into());
    aare.responding_authentication_value = Some(AuthenticationValue::charstring(b"P6wRJ21F"));
    assert_eq!(decoded(&octets(hex)), Apdu::from(aare.with_information(&response())));
}

#[test]
fn ciphered_user_information_is_kept_and_named() {
    let hex = "6066 a109060760857405080103 a60a04084d4d4d0000bc614e 8a020780 8b0760857405080201
               ac0a80083132333435363738 be34 0432 21 30 30 01234567
               801302ff8a7874133d414ced25b42534d28db0047720606b175bd52211be68 41db204d39ee6fdb8e356855";
    let Apdu::Aarq(aarq) = decoded(&octets(hex)) else { unreachable!() };
    assert_eq!(aarq.calling_ap_title.as_deref(), Some(&b"MMM\0\0\xbc\x61\x4e"[..]));
    assert_eq!(
        aarq.application_context_name.application_context(),
        Some(ApplicationContext::LOGICAL_NAME_CIPHERED)
    );
    assert_eq!(
        aarq.information().unwrap_err().to_string(),
        "user-information.tag: glo-initiate-request (0x21) is not built yet"
    );
    let hex = "6328 800100 be23 0421 281f3001234567
               891214a0845e475714383f65bc19745ca235906525e4f3e1c893";
    let Apdu::Rlre(rlre) = decoded(&octets(hex)) else { unreachable!() };
    assert_eq!(rlre.reason, Some(ReleaseResponseReason::NORMAL));
    assert_eq!(rlre.user_information.map(|octets| octets.len()), Some(33));
}

#[test]
fn a_release_with_and_without_a_reason() {
    let rlrq = Rlrq { reason: Some(ReleaseRequestReason::NORMAL), user_information: None };
    assert_eq!(decoded(&octets("6203800100")), Apdu::from(rlrq));
    assert_eq!(decoded(&octets("6200")), Apdu::from(Rlrq::default()));
    assert_eq!(decoded(&octets("6300")), Apdu::from(Rlre::default()));
}

#[test]
fn every_field_of_acse_comes_back() {
    let mut aarq = Aarq::new(LN, &request()).with_authentication(Mechanism::LOW, b"12345678");
    aarq.protocol_version = Some(vec![0x07, 0x80]);
    aarq.called_ap_title = Some(vec![1; 8]);
    aarq.called_ae_qualifier = Some(vec![2; 3]);
    aarq.called_ap_invocation_id = Some(-1);
    aarq.called_ae_invocation_id = Some(256);
    aarq.calling_ap_title = Some(vec![3; 8]);
    aarq.calling_ae_qualifier = Some(vec![4; 300]);
    aarq.calling_ap_invocation_id = Some(i32::MIN);
    aarq.calling_ae_invocation_id = Some(200);
    let apdu = Apdu::from(aarq);
    assert_eq!(decoded(&apdu.encode()), apdu);
    let mut aare = Aare::new(LN.into(), AssociationResult(200), Diagnostic::NULL);
    aare.protocol_version = Some(vec![0x07, 0x80]);
    aare.responding_ap_title = Some(vec![1; 8]);
    aare.responding_ae_qualifier = Some(vec![2; 130]);
    aare.responding_ap_invocation_id = Some(1);
    aare.responding_ae_invocation_id = Some(2);
    let apdu = Apdu::from(aare);
    assert_eq!(decoded(&apdu.encode()), apdu);
}

#[test]
fn initiate_with_a_dedicated_key_and_with_everything() {
    let hex = "01 01 10 00112233445566778899aabbccddeeff 00 00 06 5f1f0400 007e1f 04b0";
    let key = octets("00112233445566778899aabbccddeeff");
    let mut initiate = request();
    initiate.dedicated_key = Some(DedicatedKey(Secret::new(key)));
    assert_eq!(decoded(&octets(hex)), Apdu::from(initiate.clone()));
    initiate.response_allowed = false;
    initiate.quality_of_service = Some(-1);
    let apdu = Apdu::from(initiate);
    assert_eq!(decoded(&apdu.encode()), apdu);
}

#[test]
fn the_old_tag_of_the_conformance_is_read_and_kept() {
    let hex = "6020 80020780 a109060760857405080102 be0f040d 01000000065f0400181a200000";
    let Apdu::Aarq(aarq) = decoded(&octets(hex)) else { unreachable!() };
    let Some(Apdu::InitiateRequest(initiate)) = aarq.information().unwrap() else { unreachable!() };
    assert_eq!(initiate.conformance_tag, dlms::apdu::ConformanceTag::Old);
    assert!(initiate.conformance.contains(Conformance::READ | Conformance::WRITE));
    assert_eq!(initiate.client_max_receive_pdu_size, 0);
}

#[test]
fn a_context_that_is_none_of_dlms_decodes() {
    let hex = "601d a10906075f857504070203 be10040e01000000065f1f04007c1ba0ffff";
    let Apdu::Aarq(aarq) = decoded(&octets(hex)) else { unreachable!() };
    assert_eq!(aarq.application_context_name.to_string(), "2.15.757.4.7.2.3");
    assert_eq!(aarq.application_context_name.application_context(), None);
    assert_eq!(ObjectIdentifier::from(Mechanism::HIGH_ECDSA).to_string(), "2.16.756.5.8.2.7");
}

#[test]
fn pass_3_and_4_of_an_authentication() {
    let hex = "c301c1 000f 0000280000ff 01 01 0911 1000000001 1a52fe7dd3e72748973c1e28";
    let target = MethodDescriptor { class: 15, instance: obis!("0-0:40.0.0"), method: 1 };
    let parameters = Some(encoded("0911 1000000001 1a52fe7dd3e72748973c1e28"));
    let invoke = InvokeId(0xc1);
    let apdu = ActionRequest::Normal { invoke, target, parameters };
    assert_eq!(decoded(&octets(hex)), Apdu::from(apdu));
    let hex = "c701c1 00 01 00 0911 1001234567 fe1466afb3dbcd4f9389e2b7";
    let returned = encoded("0911 1001234567 fe1466afb3dbcd4f9389e2b7");
    let return_parameters = Some(GetDataResult::Data(returned));
    let result = ActionResult::SUCCESS;
    let apdu = ActionResponse::Normal { invoke, result, return_parameters };
    assert_eq!(decoded(&octets(hex)), Apdu::from(apdu));
}

#[test]
fn a_string_is_written_and_accepted() {
    let hex = "c10181 0001 0000800100ff 02 00 0a03303030";
    let apdu = SetRequest::Normal {
        invoke: InvokeId(0x81),
        target: attribute(1, obis!("0-0:128.1.0"), 2),
        value: Encoded::from(Data::from("000")),
    };
    assert_eq!(decoded(&octets(hex)), Apdu::from(apdu));
    let result = DataAccessResult::SUCCESS;
    let apdu = SetResponse::Normal { invoke: InvokeId(0x81), result };
    assert_eq!(decoded(&octets("c5018100")), Apdu::from(apdu));
}

#[test]
fn a_list_of_two_is_asked_for() {
    let hex = "c00381 02 0001 0000800000ff 02 00 0001 0000800100ff 02 00";
    let targets =
        vec![attribute(1, obis!("0-0:128.0.0"), 2), attribute(1, obis!("0-0:128.1.0"), 2)];
    let apdu = GetRequest::WithList { invoke: InvokeId(0x81), targets };
    assert_eq!(decoded(&octets(hex)), Apdu::from(apdu));
    let apdu = decoded(&octets("c40381 02 00 0902 0102 01 04"));
    let results = vec![
        GetDataResult::Data(encoded("09020102")),
        GetDataResult::Error(DataAccessResult::OBJECT_UNDEFINED),
    ];
    assert_eq!(apdu, Apdu::from(GetResponse::WithList { invoke: InvokeId(0x81), results }));
}

#[test]
fn a_profile_is_read_by_range() {
    let parameters = "02 04 02 04 12 0008 09 06 0000010000ff 0f 02 12 0000
                      09 0c 07e9060f070c0000ff800000 09 0c 07e9060f070d0000ff800000 01 00";
    let hex = format!("c001c1 0007 0100630100ff 02 01 01 {parameters}");
    let mut target = attribute(7, obis!("1-0:99.1.0"), 2);
    target.selection = Some(Selection { selector: 1, parameters: encoded(parameters) });
    let apdu = GetRequest::Normal { invoke: InvokeId(0xc1), target };
    assert_eq!(decoded(&octets(&hex)), Apdu::from(apdu));
}

#[test]
fn a_transfer_in_blocks_of_40_octets() {
    let slice =
        |from: u8, to: u8| -> Vec<u8> { (from..=to).map(|n| n / 10 * 16 + n % 10).collect() };
    let invoke = InvokeId(0x81);
    let first = [vec![0x09, 0x32], slice(1, 28)].concat();
    let apdu = GetResponse::WithDatablock {
        invoke,
        last: false,
        block: 1,
        result: DatablockResult::RawData(first),
    };
    let sent = Apdu::from(apdu).encode();
    assert_eq!(sent.len(), 40);
    assert!(sent.starts_with(&octets("c40281 00 00000001 00 1e 0932 0102")));
    decoded(&sent);
    let apdu = GetRequest::Next { invoke, block: 1 };
    assert_eq!(decoded(&octets("c00281 00000001")), Apdu::from(apdu));
    let raw_data = [vec![0x09, 0x32], slice(1, 19)].concat();
    let apdu = SetRequest::WithFirstDatablock {
        invoke,
        target: attribute(1, obis!("0-0:128.0.0"), 2),
        datablock: DataBlock { last: false, block: 1, raw_data },
    };
    let sent = Apdu::from(apdu).encode();
    assert_eq!(sent.len(), 40);
    assert!(sent.starts_with(&octets("c10281 0001 0000800000ff 02 00 00 00000001 15 0932 01")));
    decoded(&sent);
    let datablock = DataBlock { last: true, block: 2, raw_data: slice(20, 50) };
    let sent = Apdu::from(SetRequest::WithDatablock { invoke, datablock }).encode();
    assert_eq!(sent.len(), 40);
    decoded(&sent);
    let apdu = SetResponse::Datablock { invoke, block: 1 };
    assert_eq!(decoded(&octets("c50281 00000001")), Apdu::from(apdu));
    let apdu = SetResponse::LastDatablock { invoke, result: DataAccessResult::SUCCESS, block: 2 };
    assert_eq!(decoded(&octets("c50381 00 00000002")), Apdu::from(apdu));
}

#[test]
fn an_access_to_four_things_and_its_answer() {
    let published = "da 40000000 00 00 04 0908 3030303030303031 090c 07dc030c07161e0000ff8880 00 00
                     04 0100 0100 0200 0200";
    let (read, written) = (DataAccessResult::SUCCESS, DataAccessResult::SUCCESS);
    let response = AccessResponse {
        invoke: LongInvokeId(0x4000_0000),
        date_time: None,
        specifications: None,
        data: ["0908 3030303030303031", "090c 07dc030c07161e0000ff8880", "00", "00"]
            .map(encoded)
            .to_vec(),
        results: vec![
            AccessResult::Get(read),
            AccessResult::Get(read),
            AccessResult::Set(written),
            AccessResult::Set(written),
        ],
    };
    assert_eq!(decoded(&octets(published)), Apdu::from(response));
    // Of the request the text leaves the two tables out; here they are empty.
    let request = "d9 40000000 00 04 01 0001 0000600100ff 02 01 0008 0000010000ff 02
                   02 0014 00000d0000ff 07 02 0014 00000d0000ff 08 04 00 00 0100 0100";
    let Apdu::AccessRequest(request) = decoded(&octets(request)) else { unreachable!() };
    let calendar = AttributeDescriptor { class: 20, instance: obis!("0-0:13.0.0"), attribute: 8 };
    assert_eq!(request.specifications[3], AccessSpecification::Set(calendar));
    assert_eq!(request.data[3], encoded("0100"));
    let every = "d9 f0000007 0c 07dc030c07161e0000ff8880 03 03 0046 00006003 0aff 01
                 04 0007 0100630100ff 02 02 0906 000000000000 05 0007 0100630100ff 02 01 00
                 03 0f00 00 1105";
    let Apdu::AccessRequest(request) = decoded(&octets(every)) else { unreachable!() };
    assert_eq!(
        request.invoke.to_string(),
        "id 7, confirmed, high priority, self-descriptive, break on error"
    );
}

#[test]
fn short_names_are_read_and_written() {
    // Pass 3 of an authentication: a method with its parameter.
    let hex = "05 01 04 fa58 00 0911 10000000011a52fe7dd3e72748973c1e28";
    let parameter = encoded("0911 10000000011a52fe7dd3e72748973c1e28");
    let variable = VariableAccess::Parameterized { name: 0xfa58, selector: 0, parameter };
    let request = ReadRequest { variables: vec![variable] };
    assert_eq!(decoded(&octets(hex)), Apdu::from(request));
    let hex = "05 04 02 0100 05 0001 06 00 0002 02 0102 07 01 0003";
    let block = ShortNameBlock { last: false, block: 2, raw_data: vec![1, 2] };
    let variables = vec![
        VariableAccess::Name(0x0100),
        VariableAccess::BlockNumber(1),
        VariableAccess::ReadDataBlock(block),
        VariableAccess::WriteDataBlock { last: true, block: 3 },
    ];
    assert_eq!(decoded(&octets(hex)), Apdu::from(ReadRequest { variables }));
    let block = ShortNameBlock { last: true, block: 1, raw_data: vec![1] };
    let results = vec![
        ReadResult::Data(encoded("1105")),
        ReadResult::Error(DataAccessResult::OBJECT_UNDEFINED),
        ReadResult::DataBlock(block),
        ReadResult::BlockNumber(4),
    ];
    let hex = "0c 04 00 1105 01 04 02 01 0001 01 01 03 0004";
    assert_eq!(decoded(&octets(hex)), Apdu::from(ReadResponse { results }));
    let (variables, values) = (vec![VariableAccess::Name(0x0100)], vec![encoded("0904 11223344")]);
    let unconfirmed =
        UnconfirmedWriteRequest { variables: variables.clone(), values: values.clone() };
    assert_eq!(decoded(&octets("16 01 02 0100 01 0904 11223344")), Apdu::from(unconfirmed));
    let request = WriteRequest { variables, values };
    assert_eq!(decoded(&octets("06 01 02 0100 01 0904 11223344")), Apdu::from(request));
    let results = vec![
        WriteResult::Success,
        WriteResult::Error(DataAccessResult::READ_WRITE_DENIED),
        WriteResult::BlockNumber(7),
    ];
    assert_eq!(decoded(&octets("0d 03 00 0103 020007")), Apdu::from(WriteResponse { results }));
}

#[test]
fn the_time_of_a_notification_is_kept_as_it_is_written() {
    let time = DateTime(*Reader::new(&octets("07e3020401173416ff800000")).array("time").unwrap());
    let push = |hex: &str| {
        let Apdu::DataNotification(push) = decoded(&octets(hex)) else { unreachable!() };
        push.date_time
    };
    let plain = "0f 8006870e 0c 07e3020401173416ff800000 0f05";
    assert_eq!(push(plain), NotificationTime::Plain(time));
    let tagged = "0f 40000000 09 0c 07e3020401173416ff800000 0f05";
    assert_eq!(push(tagged), NotificationTime::Tagged(time));
    assert_eq!(push(tagged).date_time(), Some(time));
    assert_eq!(push("0f 00000001 00 0f05"), NotificationTime::Absent);
    let confirm = "10 8006870e 0c 07e3020401173416ff800000";
    let confirm_apdu =
        DataNotificationConfirm { invoke: LongInvokeId(0x8006_870e), date_time: Some(time) };
    assert_eq!(decoded(&octets(confirm)), Apdu::from(confirm_apdu));
    for (head, form) in [
        ("01 0c", EventTimeForm::Standard),
        ("09 0c", EventTimeForm::Tagged),
        ("0c", EventTimeForm::Bare),
    ] {
        let expected = Some(EventTime { form, time });
        let hex = format!("c2 {head} 07e3020401173416ff800000 0003 0100010800ff 02 0600000001");
        let Apdu::EventNotificationRequest(event) = decoded(&octets(&hex)) else { unreachable!() };
        assert_eq!(event.time, expected);
        assert_eq!(event.attribute.to_string(), "3 1-0:1.8.0*255 2");
        let hex = format!("18 {head} 07e3020401173416ff800000 01 02 0100 01 0600000001");
        let Apdu::InformationReportRequest(report) = decoded(&octets(&hex)) else { unreachable!() };
        assert_eq!(report.current_time, expected);
        assert_eq!(report.variables, [VariableAccess::Name(0x0100)]);
    }
    let Apdu::EventNotificationRequest(event) = decoded(&octets("c2 00 0003 0100010800ff 02 00"))
    else {
        unreachable!()
    };
    assert_eq!(event.time, None);
}

#[test]
fn envelopes_are_opened_no_further_than_their_header() {
    // The first request of a published session, ciphered with the global key.
    let glo = "21 30 30 01234567
               801302ff8a7874133d414ced25b42534d28db0047720606b175bd52211be6841db204d39ee6fdb8e356855";
    let Apdu::ServiceCiphering(envelope) = decoded(&octets(glo)) else { unreachable!() };
    assert_eq!(envelope.name(), "glo-initiate-request");
    assert!(!envelope.service.is_dedicated());
    assert_eq!(envelope.content.security_control, SecurityControl(0x30));
    assert_eq!(envelope.content.invocation_counter, Some(0x0123_4567));
    assert_eq!(envelope.content.payload.len(), 43);
    let Apdu::ServiceCiphering(envelope) = decoded(&octets("d0 06 20 00000001 aa")) else {
        unreachable!()
    };
    assert!(envelope.service.is_dedicated());
    // What is neither authenticated nor encrypted has no invocation counter.
    let Apdu::GeneralDedCiphering(envelope) = decoded(&octets("dc 00 03 80 aabb")) else {
        unreachable!()
    };
    assert_eq!(envelope.content.invocation_counter, None);
    assert_eq!(
        SecurityControl(0xf1).to_string(),
        "suite 1, authenticated, encrypted, broadcast key, compressed"
    );
    for row in TAGS {
        let is_service = row.name.starts_with("glo-") || row.name.starts_with("ded-");
        assert_eq!(CipheredService::of(row.tag).is_some(), is_service, "{}", row.name);
        if is_service {
            let apdu = decoded(&[&[row.tag][..], &octets("06 20 00000001 aa")].concat());
            assert_eq!(apdu.name(), row.name);
        }
    }
}

#[test]
fn a_block_of_an_apdu_has_its_bits_by_name() {
    let Apdu::GeneralBlockTransfer(block) = decoded(&octets("e0 c3 0001 0000 04 c401c100")) else {
        unreachable!()
    };
    assert_eq!(block.control.to_string(), "last-block, streaming, window 3");
    assert_eq!((block.block, block.acknowledged, block.data.len()), (1, 0, 4));
}

#[test]
fn what_is_explained_shows_no_password_behind_new_tags() {
    for hex in [
        // change_HLS_secret of the Association SN, as a write and as a read; in an ACCESS.
        "06 01 02 fa48 01 0904 5a5b5c5d",
        "16 01 02 fa40 01 0904 5a5b5c5d",
        "05 01 04 fa48 00 0904 5a5b5c5d",
        "d9 40000000 00 01 03 000f 0000280000ff 02 01 0904 5a5b5c5d",
        // Authenticated only; in blocks.
        "cb 24 10 00000001 c301c1000f0000280000ff0201 0904 5a5b5c5d 000000000000000000000000",
        "e0 80 0002 0000 04 5a5b5c5d",
    ] {
        let octets = octets(hex);
        let debug = format!("{:?}", decoded(&octets));
        assert!(!debug.contains("90, 91") && !debug.contains("5a5b"), "{debug}");
        for end in 0..=octets.len() {
            let explanation = dlms::explain::explain(&octets[..end]);
            let text = explanation.to_string();
            assert!(!text.contains("5a"), "{text}");
            for index in 0..explanation.spans.len() {
                let shown = explanation.octets_of(index, &octets[..end]).unwrap_or_default();
                assert!(!shown.contains(&0x5a), "{explanation}");
            }
        }
    }
}

#[test]
fn refusals_are_named() {
    let apdu = ExceptionResponse::new(StateError::SERVICE_NOT_ALLOWED, ServiceError(1));
    assert_eq!(decoded(&octets("d80101")), Apdu::from(apdu));
    let Apdu::ExceptionResponse(apdu) = decoded(&octets("d80106 00000100")) else { unreachable!() };
    assert_eq!(apdu.invocation_counter, Some(256));
    assert_eq!(apdu.to_string(), "service-not-allowed, invocation-counter-error");
    let Apdu::ConfirmedServiceError(error) = decoded(&octets("0e050502")) else { unreachable!() };
    assert_eq!(error.to_string(), "read: access, object-access-violated");
    let Apdu::ConfirmedServiceError(error) = decoded(&octets("0e630963")) else { unreachable!() };
    assert_eq!(error.to_string(), "99 (not assigned): task, 99 (not assigned)");
    assert_eq!(DataAccessResult(7).to_string(), "7 (not assigned)");
}

#[test]
fn true_is_any_octet_but_zero() {
    let apdu = Apdu::decode(&octets("c40281 ff 00000001 01 05")).unwrap();
    let Apdu::GetResponse(GetResponse::WithDatablock { last, .. }) = apdu else { unreachable!() };
    assert!(last);
}

#[test]
fn errors_name_the_apdu_the_field_and_the_octet() {
    for (hex, text) in [
        ("", "tag: 1 octet wanted at octet 0, 0 left"),
        ("2a00", "tag: unknown tag 0x2a at octet 0 (wanted an APDU)"),
        ("dd00", "tag: general-ciphering (0xdd) is not built yet"),
        (
            "0f00",
            "data-notification.long-invoke-id-and-priority: 4 octets wanted at octet 1, 1 left",
        ),
        (
            "0f00000001 0b",
            "data-notification.date-time-length: 11 at octet 5 (wanted 0 or 12 octets)",
        ),
        (
            "0f00000001 0900",
            "data-notification.date-time-length: 9 at octet 5 (wanted 0 or 12 octets)",
        ),
        (
            "c202",
            "event-notification-request.time: unknown tag 0x02 at octet 1 (wanted 00 absent, 01 present, or 09 or 0c as some meters send)",
        ),
        (
            "c20100",
            "event-notification-request.date-time-length: 0 at octet 2 (wanted 0 or 12 octets)",
        ),
        (
            "05010300",
            "read-request.choice: unknown tag 0x03 at octet 2 (wanted 2 variable-name or 4 parameterized-access to 7 write-data-block-access)",
        ),
        (
            "c8 04 30000000",
            "glo-get-request.invocation-counter: 4 octets wanted at octet 3, 3 left",
        ),
        ("db 00 05 30 0000", "general-glo-ciphering.length: 5 octets wanted at octet 3, 3 left"),
        (
            "c004c100000001",
            "get-request.choice: unknown tag 0x04 at octet 1 (wanted 1 normal, 2 next or 3 with-list)",
        ),
        ("c401c1002a", "get-response.data: unknown tag 0x2a at octet 4 (wanted a data type)"),
        ("c401c10005000000", "get-response.double-long: 4 octets wanted at octet 5, 3 left"),
        ("c501c10000", "set-response.apdu: 1 octet too many at octet 4"),
        ("c003c109", "get-request.count: 9 elements announced at octet 3, 0 octets left"),
        ("6080", "aarq.length: indefinite length 0x80 at octet 1"),
        ("6082100100", "aarq.length: 4097 octets at octet 1, at most 4096 allowed"),
        ("6002be00", "aarq.tag: 1 octet wanted at octet 4, 0 left"),
        ("6000", "aarq.application-context-name: missing at octet 0"),
        ("6206800100800100", "rlrq.field: given a second time at octet 5"),
        ("620480020100", "rlrq.reason: 256 at octet 2 (wanted 0 to 255)"),
    ] {
        assert_eq!(Apdu::decode(&octets(hex)).unwrap_err().to_string(), text, "{hex}");
    }
}

#[test]
fn ber_is_bounded() {
    // A field again, in its own length and as an empty one.
    let twice = "6017 a109060760857405080101 a109060760857405080101 00";
    assert!(Apdu::decode(&octets(twice)).is_err());
    // A field that is not known is skipped, whatever is in it; one that runs over the end is not.
    let unknown = "6012 a109060760857405080101 9d02ffff bf0500";
    assert!(Apdu::decode(&octets(unknown)).is_ok());
    assert!(Apdu::decode(&octets("600f a109060760857405080101 9d03ffff")).is_err());
    // A length longer than needed is read, as in A-XDR.
    assert!(Apdu::decode(&octets("608200 0b a109060760857405080101")).is_ok());
    // Nothing nests: octets of constructed tags in each other cost nothing.
    let mut nested = vec![0x60, 0x82, 0x0f, 0xf0];
    nested.extend([0xbe, 0x80].repeat(2_040));
    assert!(Apdu::decode(&nested).is_err());
    let mut information = Apdu::from(Aarq::new(LN, &request())).encode();
    for _ in 0..20 {
        let mut aarq = Aarq::new(LN, &request());
        aarq.user_information = Some(information);
        information = Apdu::from(aarq).encode();
    }
    let started = Instant::now();
    decoded(&information);
    let _ = dlms::explain::explain(&information);
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn what_authenticates_is_never_printed() {
    let mut initiate = request();
    initiate.dedicated_key = Some(DedicatedKey(Secret::new(b"dedicated".to_vec())));
    let mut aarq = Aarq::new(LN, &request()).with_authentication(Mechanism::LOW, b"password");
    aarq.user_information = None;
    for text in [format!("{:?}", Apdu::from(aarq)), format!("{initiate:?}")] {
        assert!(text.contains('…'), "{text}");
        for octet in ["112, 97", "100, 101", "password", "dedicated\"", "7061", "6465"] {
            assert!(!text.contains(octet), "{text}");
        }
    }
}

#[test]
fn the_table_of_tags_is_in_order_and_true() {
    assert!(TAGS.is_sorted_by(|a, b| a.tag < b.tag));
    for row in TAGS {
        let error = Apdu::decode(&[row.tag]).unwrap_err();
        match row.file {
            Some(file) => {
                let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(file);
                assert!(path.is_file(), "{file}");
                assert_eq!(error.context, row.name);
            }
            None => {
                assert_eq!(error.problem, Problem::NotBuilt { tag: row.tag, name: row.name });
            }
        }
    }
    let unknown = (0..=u8::MAX).filter(|tag| TagRow::of(*tag).is_none());
    for tag in unknown {
        let problem = Apdu::decode(&[tag]).unwrap_err().problem;
        assert!(matches!(problem, Problem::UnknownTag { .. }), "{tag:02x}");
    }
}

#[test]
fn what_follows_an_apdu_stays_with_the_reader() {
    let octets = octets("c501c100 c501c203");
    let mut r = Reader::new(&octets);
    assert_eq!(Apdu::decode_from(&mut r).map(|apdu| apdu.name()), Ok("set-response"));
    assert_eq!(r.remaining(), 4);
}

#[test]
fn a_password_is_in_no_debug_text() {
    let secret = attribute(15, obis!("0-0:40.0.0"), 7);
    let method = MethodDescriptor { class: 15, instance: obis!("0-0:40.0.0"), method: 2 };
    let (invoke, value) = (InvokeId(0xc1), encoded("0904 5a5b5c5d"));
    let block = DataBlock { last: true, block: 1, raw_data: octets("0904 5a5b5c5d") };
    let (targets, methods) = (vec![secret.clone()], vec![method]);
    let texts = [
        format!(
            "{:?}",
            SetRequest::Normal { invoke, target: secret.clone(), value: value.clone() }
        ),
        format!("{:?}", SetRequest::WithList { invoke, targets, values: vec![value.clone()] }),
        format!("{:?}", SetRequest::WithDatablock { invoke, datablock: block.clone() }),
        format!(
            "{:?}",
            ActionRequest::Normal { invoke, target: method, parameters: Some(value.clone()) }
        ),
        format!(
            "{:?}",
            ActionRequest::WithList { invoke, targets: methods, parameters: vec![value.clone()] }
        ),
        format!("{:?}", ActionRequest::WithPblock { invoke, pblock: block }),
        format!("{:?}", Request::Set { target: secret.clone(), value: value.clone() }),
        format!("{:?}", Request::Action { target: method, parameters: Some(value.clone()) }),
        format!("{:?}", ServerRequest::Set { target: secret, value: value.clone() }),
        format!("{:?}", ServerRequest::Action { target: method, parameters: Some(value.clone()) }),
    ];
    for text in texts {
        // 5a is 90.
        assert!(!text.contains("90") && !text.contains("5a"), "{text}");
    }
    // What is no secret can be seen.
    let target = attribute(1, obis!("0-0:96.1.0"), 2);
    assert!(format!("{:?}", SetRequest::Normal { invoke, target, value }).contains("90"));
}
