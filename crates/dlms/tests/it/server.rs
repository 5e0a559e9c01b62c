//! The server's state machine against clients that keep to the book and clients that do not.

use core::time::Duration;

use cosem::{Encoded, obis};
use dlms::apdu::{
    Apdu, AttributeDescriptor, Conformance, DataAccessResult, DatablockResult, Diagnostic,
    GetDataResult, GetResponse, Mechanism, ServiceClass,
};
use dlms::association::{
    Access, Answer, AssociationId, Authentication, ClientAddress, CloseReason, ServerAddress,
    ServerEvent, ServerOptions, ServerRequest, Unconfirmed,
};
use dlms::security::Secret;

use crate::talk::{Service, octets};

const PUBLIC: AssociationId =
    AssociationId { client: ClientAddress::PUBLIC, server: ServerAddress::MANAGEMENT };
const READER: AssociationId =
    AssociationId { client: ClientAddress(2), server: ServerAddress::MANAGEMENT };

const AARQ: &str = "601D A109060760857405080101 BE10040E 01000000065F1F0400007E1F04B0";
const GET_CLOCK: &str = "C001C1 0008 0000010000FF 02 00";

fn options() -> ServerOptions {
    let password = Authentication::Low(Secret::from("12345678"));
    ServerOptions {
        accesses: vec![
            Access::new(PUBLIC.client, PUBLIC.server, Authentication::None),
            Access::new(READER.client, READER.server, password),
        ],
        ..ServerOptions::default()
    }
}

fn associated() -> Service {
    Service::new(options()).hears(16, 1, AARQ).forgets()
}

/// With a client that accepts `size` octets.
fn associated_with(size: u16) -> Service {
    let aarq = format!("601D A109060760857405080101 BE10040E 01000000065F1F0400007E1F {size:04x}");
    Service::new(options()).hears(16, 1, &aarq).forgets()
}

fn answered(service: Service, text: &str) -> Service {
    let value = Encoded::try_from(octets(text)).expect("a value");
    service.does(|server| server.answer(PUBLIC, Answer::Get(vec![GetDataResult::Data(value)])))
}

#[test]
fn a_public_client_is_let_in_with_what_both_sides_have() {
    let granted = Conformance(0x00_52_1d);
    Service::new(options())
        .hears(16, 1, AARQ)
        .sends("6129 A109060760857405080101 A203020100 A305A103020100 BE10040E 0800065F1F0400 00521D 0400 0007")
        .yields(&[ServerEvent::Associated {
            association: PUBLIC,
            mechanism: Mechanism::LOWEST,
            conformance: granted,
            client_max_receive_pdu_size: 1_200,
        }]);
}

#[test]
fn a_password_is_compared() {
    let aarq = |password: &str| {
        format!(
            "6036 A109060760857405080101 8A020780 8B0760857405080201 AC0A 8008 {password} \
             BE10040E01000000065F1F0400007E1F04B0"
        )
    };
    let service = Service::new(options()).hears(2, 1, &aarq("3132333435363738"));
    assert!(matches!(
        service.events[..],
        [ServerEvent::Associated { mechanism: Mechanism::LOW, .. }]
    ));
    Service::new(options()).hears(2, 1, &aarq("3132333435363739")).yields(&[
        ServerEvent::Refused {
            association: READER,
            diagnostic: Diagnostic::AUTHENTICATION_FAILURE,
        },
    ]);
}

#[test]
fn who_needs_a_password_and_gives_none_is_refused() {
    Service::new(options()).hears(2, 1, AARQ).yields(&[ServerEvent::Refused {
        association: READER,
        diagnostic: Diagnostic::AUTHENTICATION_REQUIRED,
    }]);
}

#[test]
fn an_unknown_client_is_refused_and_an_unknown_device_is_silent() {
    Service::new(options()).hears(99, 1, AARQ).yields(&[ServerEvent::Refused {
        association: AssociationId { client: ClientAddress(99), ..PUBLIC },
        diagnostic: Diagnostic::NO_REASON_GIVEN,
    }]);
    Service::new(options()).hears(16, 99, AARQ).sends_nothing().yields(&[]);
}

#[test]
fn a_refusal_says_what_the_client_would_be_granted() {
    let wrong = "6036 A109060760857405080101 8A020780 8B0760857405080201 AC0A 8008 3132333435363739 \
                 BE10040E01000000065F1F0400007E1F04B0";
    Service::new(options()).hears(2, 1, wrong).sends(
        "6129 A109060760857405080101 A203020101 A305A10302010D BE10040E 0800065F1F0400 00521D 0400 0007",
    );
    Service::new(options()).hears(99, 1, AARQ).sends(
        "6129 A109060760857405080101 A203020101 A305A103020101 BE10040E 0800065F1F0400 000000 0400 0007",
    );
}

#[test]
fn another_version_of_acse_is_refused_by_the_provider() {
    let aarq = |version: &str| {
        let octets =
            format!("{version} A109060760857405080101 BE10040E 01000000065F1F0400007E1F04B0");
        format!("60 {:02X} {octets}", self::octets(&octets).len())
    };
    let accepted = Service::new(options()).hears(16, 1, &aarq("80020780"));
    assert!(matches!(accepted.events[..], [ServerEvent::Associated { .. }]));
    for version in ["80020640", "80020700", "800107", "8000"] {
        Service::new(options())
            .hears(16, 1, &aarq(version))
            .sends("6117 A109060760857405080101 A203020101 A305A203020102")
            .yields(&[ServerEvent::Refused {
                association: PUBLIC,
                diagnostic: Diagnostic::NO_COMMON_ACSE_VERSION,
            }])
            .hears(16, 1, GET_CLOCK)
            .sends("D80101");
    }
}

#[test]
fn a_context_that_is_none_of_ours_is_refused_by_name() {
    // The application context of a conformance test tool that is no COSEM one, and short names.
    for context in ["5F857504070203", "60857405080102"] {
        let aarq = format!("601D A1090607 {context} BE10040E 01000000065F1F0400007E1F04B0");
        Service::new(options()).hears(16, 1, &aarq).yields(&[ServerEvent::Refused {
            association: PUBLIC,
            diagnostic: Diagnostic::APPLICATION_CONTEXT_NAME_NOT_SUPPORTED,
        }]);
    }
}

#[test]
fn an_initiate_that_cannot_be_served_is_refused_with_its_reason() {
    for (initiate, value) in [
        ("01000000055F1F0400007E1F04B0", "01"), // version 5
        ("01000000065F1F040000000004B0", "02"), // no service
        ("01000000065F1F0400007E1F000B", "03"), // 11 octets
    ] {
        let aarq = format!("601D A109060760857405080101 BE10040E {initiate}");
        Service::new(options()).hears(16, 1, &aarq).sends(&format!(
            "611F A109060760857405080101 A203020101 A305A103020101 BE0604040E0106{value}"
        ));
    }
}

#[test]
fn a_mechanism_needs_the_functional_unit_of_authentication() {
    let with = |requirements: &str, length: &str| {
        format!(
            "60{length} A109060760857405080101 {requirements} 8B0760857405080201 AC0A 8008 \
             3132333435363738 BE10040E01000000065F1F0400007E1F04B0"
        )
    };
    for (requirements, length) in [("", "32"), ("8A020700", "36")] {
        Service::new(options()).hears(2, 1, &with(requirements, length)).yields(&[
            ServerEvent::Refused {
                association: READER,
                diagnostic: Diagnostic::AUTHENTICATION_REQUIRED,
            },
        ]);
    }
    // The number of unused bits, which clients get wrong, does not matter.
    let service = Service::new(options()).hears(2, 1, &with("8A020680", "36"));
    assert!(matches!(service.events[..], [ServerEvent::Associated { .. }]));
}

#[test]
fn an_aarq_that_cannot_be_read_is_refused_by_the_provider() {
    Service::new(options())
        .hears(16, 1, "601D A109060760857405080101 BE10040E")
        .sends("6117 A109060760857405080101 A203020101 A305A203020101")
        .yields(&[ServerEvent::Refused {
            association: PUBLIC,
            diagnostic: Diagnostic::PROVIDER_NO_REASON_GIVEN,
        }]);
}

#[test]
fn who_wants_no_answers_may_not_ask_for_any() {
    let silent = "601E A109060760857405080101 BE11040F 01000100 00065F1F0400007E1F04B0";
    Service::new(options())
        .hears(16, 1, silent)
        .sends_nothing()
        .forgets()
        .hears(16, 1, GET_CLOCK)
        .sends("D80102")
        .yields(&[]);
}

#[test]
fn version_seven_is_answered_with_six() {
    let aarq = "601D A109060760857405080101 BE10040E 01000000075F1F0400007E1F04B0";
    let mut service = Service::new(options()).hears(16, 1, aarq);
    assert!(matches!(service.sent()[..], [Apdu::Aare(_)]));
    assert!(matches!(service.events[..], [ServerEvent::Associated { .. }]));
}

#[test]
fn without_association_nothing_is_possible() {
    for request in [GET_CLOCK, "C301C1 0008 0000010000FF 01 00", "6203800100", "FF00"] {
        Service::new(options()).hears(16, 1, request).sends("D80101").yields(&[]);
    }
}

#[test]
fn a_request_reaches_the_meter_and_its_answer_the_client() {
    let target = AttributeDescriptor { class: 8, instance: obis!("0-0:1.0.0"), attribute: 2 };
    let service = associated().hears(16, 1, GET_CLOCK).yields(&[ServerEvent::Request {
        association: PUBLIC,
        request: ServerRequest::Get(vec![target.into()]),
    }]);
    answered(service, "1107").sends("C401C1 00 1107");
}

#[test]
fn requests_are_answered_one_after_the_other() {
    let mut both = Vec::new();
    for request in [GET_CLOCK, "C001C2 0008 0000010000FF 03 00"] {
        dlms::link::wrapper::encode(16, 1, &octets(request), &mut both).expect("fits");
    }
    let service = associated().hears_octets(&both);
    assert_eq!(service.events.len(), 1);
    let service = answered(service, "1101").sends("C401C1 00 1101");
    assert_eq!(service.events.len(), 2);
    answered(service, "1102").sends("C401C2 00 1102");
}

#[test]
fn a_long_answer_goes_out_in_blocks_that_fit() {
    // spec/transfer.md 1.5: 52 octets of value, a client that accepts 40.
    let value = format!("0932{}", "ab".repeat(50));
    let service = associated_with(40).hears(16, 1, "C00181 0001 0000800000FF 02 00");
    let first = format!("C40281 00 00000001 00 1E {}", &value[..60]);
    let second = format!("C40281 01 00000002 00 16 {}", &value[60..]);
    answered(service, &value)
        .sends(&first)
        .hears(16, 1, "C00281 00000001")
        .sends(&second)
        .hears(16, 1, "C00281 00000002")
        .sends("C40281 01 00000002 01 10");
}

#[test]
fn blocks_of_every_size_join_to_the_value_and_fit() {
    let value = format!("09820190{}", "5a".repeat(400));
    for size in (12..300).chain([400, 410, 411, 412, 413, 414, 500]) {
        let service = associated_with(size).hears(16, 1, GET_CLOCK);
        let mut service = answered(service, &value);
        let mut joined = Vec::new();
        for number in 1.. {
            let sent = service.sent();
            assert!(sent.iter().all(|apdu| apdu.encode().len() <= usize::from(size)));
            match &sent[..] {
                [
                    Apdu::GetResponse(GetResponse::WithDatablock {
                        last,
                        block,
                        result: DatablockResult::RawData(raw),
                        ..
                    }),
                ] => {
                    assert_eq!(*block, number);
                    joined.extend_from_slice(raw);
                    if *last {
                        break;
                    }
                }
                [
                    Apdu::GetResponse(GetResponse::Normal {
                        result: GetDataResult::Data(data),
                        ..
                    }),
                ] => {
                    joined = data.as_octets().to_vec();
                    break;
                }
                other => panic!("{other:?}"),
            }
            service = service.hears(16, 1, &format!("C002C1 {number:08x}"));
        }
        assert_eq!(joined, octets(&value), "size {size}");
    }
}

#[test]
fn a_block_asked_for_out_of_turn_ends_the_transfer() {
    let value = format!("0932{}", "ab".repeat(50));
    let running = || answered(associated_with(40).hears(16, 1, GET_CLOCK), &value).forgets();
    for wrong in ["00000002", "00000000", "FFFFFFFF"] {
        running()
            .hears(16, 1, &format!("C002C1 {wrong}"))
            .sends(&format!("C402C1 01 {wrong} 01 13"))
            .hears(16, 1, "C002C1 00000001")
            .sends("C402C1 01 00000001 01 10");
    }
    // Another invoke-id is another transfer, which there is not.
    running().hears(16, 1, "C002C2 00000001").sends("C402C2 01 00000001 01 10");
    // Another request ends it too.
    answered(running().hears(16, 1, GET_CLOCK), "1101")
        .forgets()
        .hears(16, 1, "C002C1 00000001")
        .sends("C402C1 01 00000001 01 10");
}

#[test]
fn without_block_transfer_a_long_value_is_an_error_and_never_cut() {
    let aarq = "601D A109060760857405080101 BE10040E 01000000065F1F0400 000010 0028";
    let value = format!("0932{}", "ab".repeat(50));
    let service = Service::new(options()).hears(16, 1, aarq).forgets().hears(16, 1, GET_CLOCK);
    answered(service, &value).sends("C401C1 01 FA");
}

#[test]
fn a_service_that_was_not_granted_is_not_served() {
    let aarq = "601D A109060760857405080101 BE10040E 01000000065F1F0400 000010 0400";
    let service = || Service::new(options()).hears(16, 1, aarq).forgets();
    for request in [
        "C101C1 0001 0000800100FF 02 00 1101",
        "C301C1 0008 0000010000FF 01 00",
        "C003C1 01 0008 0000010000FF 02 00",
        "C001C1 0007 0100630100FF 02 01 02 0204 0600000001 0600000002 120001 120000",
    ] {
        service().hears(16, 1, request).sends("D80102").yields(&[]);
    }
}

#[test]
fn what_cannot_be_read_gets_an_exception_and_the_association_stands() {
    for (request, exception) in [
        ("C004C1 00000001", "D80103"),
        ("C001C1 0008 0000010000FF", "D80103"),
        ("C1", "D80103"),
        ("FE00", "D80202"),
        ("0501020100", "D80202"),
        ("C40181 00 1107", "D80202"),
    ] {
        let service = associated().hears(16, 1, request).sends(exception).hears(16, 1, GET_CLOCK);
        answered(service, "1107").sends("C401C1 00 1107");
    }
}

#[test]
fn a_request_above_the_size_that_was_agreed_is_too_long() {
    let long = format!("C101C1 0001 0000800100FF 02 00 098205DC{}", "00".repeat(1_500));
    associated().hears(16, 1, &long).sends("D80104").yields(&[]);
}

#[test]
fn a_frame_above_the_limit_and_octets_that_are_no_frame_close_the_link() {
    for octets in [&[0, 1, 0, 16, 0, 1, 0xff, 0xff][..], b"GET / HTTP/1.1\r\n", &[0x7e, 0xa0]] {
        let service = associated().hears_octets(octets).sends_nothing();
        assert!(matches!(
            service.events[..],
            [ServerEvent::Released { .. }, ServerEvent::Close(CloseReason::Broken(_))]
        ));
        // Nothing is looked at any more.
        service.forgets().hears(16, 1, AARQ).sends_nothing().yields(&[]);
    }
}

#[test]
fn a_quiet_link_is_closed() {
    associated().waits(Duration::from_secs(179)).yields(&[]).waits(Duration::from_secs(1)).yields(
        &[ServerEvent::Released { association: PUBLIC }, ServerEvent::Close(CloseReason::Inactive)],
    );
}

#[test]
fn release_ends_the_association_and_another_one_may_follow() {
    associated()
        .hears(16, 1, "6203800100")
        .sends("6303800100")
        .yields(&[ServerEvent::Released { association: PUBLIC }])
        .hears(16, 1, GET_CLOCK)
        .sends("D80101")
        .hears(16, 1, AARQ)
        .forgets()
        .hears(16, 1, GET_CLOCK)
        .sends_nothing();
}

#[test]
fn associations_on_one_link_do_not_touch_each_other() {
    let reader = "6036 A109060760857405080101 8A020780 8B0760857405080201 AC0A 8008 3132333435363738 \
                  BE10040E01000000065F1F0400007E1F04B0";
    let service = associated().hears(2, 1, reader).forgets().hears(16, 1, "6203800100").forgets();
    let service = service.hears(2, 1, GET_CLOCK);
    assert!(matches!(service.events[..], [ServerEvent::Request { association: READER, .. }]));
}

#[test]
fn an_unconfirmed_request_is_answered_unless_told_otherwise() {
    let request = "C00181 0008 0000010000FF 02 00";
    assert_eq!(dlms::apdu::InvokeId(0x81).service_class(), ServiceClass::Unconfirmed);
    answered(associated().hears(16, 1, request), "1107").sends("C40181 00 1107");
    let silent = ServerOptions { unconfirmed: Unconfirmed::Silent, ..options() };
    let service = Service::new(silent).hears(16, 1, AARQ).forgets().hears(16, 1, request);
    answered(service, "1107").sends_nothing();
}

#[test]
fn an_answer_of_another_kind_is_not_sent() {
    associated()
        .hears(16, 1, GET_CLOCK)
        .does(|server| server.answer(PUBLIC, Answer::Set(DataAccessResult::SUCCESS)))
        .sends("D80103");
}

#[test]
fn without_block_transfer_a_long_list_is_a_list_of_errors_or_too_long() {
    let aarq =
        |size| format!("601D A109060760857405080101 BE10040E 01000000065F1F0400 000210 {size}");
    let value = Encoded::from(cosem::Data::OctetString(vec![0xab; 50]));
    let answer = Answer::Get(vec![GetDataResult::Data(value); 8]);
    let list = format!("C003C1 08 {}", "0008 0000010000FF 02 00".repeat(8));
    let ask = |size| {
        let service = Service::new(options()).hears(16, 1, &aarq(size)).forgets();
        service.hears(16, 1, &list).does(|server| server.answer(PUBLIC, answer.clone()))
    };
    ask("0028").sends(&format!("C403C1 08 {}", "01FA".repeat(8)));
    ask("0010").sends("D80104");
}

#[test]
fn a_list_with_another_number_of_results_is_not_sent() {
    let list = format!("C003C1 02 {}", "0008 0000010000FF 02 00".repeat(2));
    for results in [1, 3] {
        let results = vec![GetDataResult::Error(DataAccessResult::OTHER_REASON); results];
        associated()
            .hears(16, 1, &list)
            .does(|server| server.answer(PUBLIC, Answer::Get(results)))
            .sends("D80103");
    }
}

#[test]
fn the_size_that_is_announced_is_the_one_that_is_accepted() {
    // What a server says, what its limit says, what the AARE says.
    for (size, limit, announced) in
        [(1_024, 4_096, "0400"), (8_000, 4_096, "1000"), (0, 4_096, "1000"), (0, 1 << 20, "0000")]
    {
        let mut options = ServerOptions { server_max_receive_pdu_size: size, ..options() };
        options.limits.apdu = limit;
        let service = Service::new(options).hears(16, 1, AARQ).sends(&format!(
            "6129 A109060760857405080101 A203020100 A305A103020100 BE10040E 0800065F1F0400 00521D {announced} 0007"
        ));
        let request = service.forgets().hears(16, 1, GET_CLOCK);
        assert!(matches!(request.events[..], [ServerEvent::Request { .. }]));
    }
}
