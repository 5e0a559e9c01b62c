//! The client's state machine against a meter that answers by the book, late, wrong, or not.

use core::time::Duration;

use cosem::bytes::{Deviations, Strictness};
use cosem::{Encoded, obis};
use dlms::apdu::{
    ActionResult, AssociationResult, AttributeDescriptor, AttributeReference,
    ConfirmedServiceError, DataAccessResult, Diagnostic, ErrorClass, ExceptionResponse,
    GetDataResult, MethodDescriptor, ServiceChoice, ServiceError, StateError,
};
use dlms::association::{Authentication, ClientAddress, Delivery, Event, Options, Request};
use dlms::error::{Error, Misuse, Phase, Refusal, Violation};
use dlms::security::Secret;

use crate::talk::{Talk, octets};

fn clock() -> AttributeReference {
    AttributeDescriptor { class: 8, instance: obis!("0-0:1.0.0"), attribute: 2 }.into()
}

fn name() -> AttributeReference {
    AttributeDescriptor { class: 1, instance: obis!("0-0:42.0.0"), attribute: 2 }.into()
}

fn get(targets: &[AttributeReference]) -> Request {
    Request::Get { targets: targets.to_vec(), delivery: Delivery::Whole }
}

fn in_parts(target: AttributeReference) -> Request {
    Request::Get { targets: vec![target], delivery: Delivery::Parts }
}

fn data(text: &str) -> GetDataResult {
    GetDataResult::Data(Encoded::try_from(octets(text)).expect("a value"))
}

const CLOCK_ANSWER: &str = "C401C1 00 090C07E9060F070C1E00FF800000";
const CLOCK_VALUE: &str = "090C07E9060F070C1E00FF800000";

#[test]
fn a_public_client_associates_as_in_the_worked_example() {
    let options = Options {
        conformance: dlms::apdu::Conformance(0x00_7e_1f),
        client_max_receive_pdu_size: 1_200,
        ..Options::default()
    };
    let talk = Talk::new(options)
        .asks(Request::Associate)
        .sends("60 1D A1 09 06 07 60857405080101 BE 10 04 0E 01000000065F1F0400007E1F04B0")
        .hears("6129 A109060760857405080101 A203020100 A305A103020100 BE10040E 0800065F1F040000501F01F40007");
    let negotiated = talk.client.negotiated().expect("associated");
    assert_eq!(negotiated.server_max_receive_pdu_size, 500);
    assert_eq!(negotiated.conformance, dlms::apdu::Conformance(0x00_50_1f));
}

#[test]
fn a_password_goes_out_as_in_the_worked_example() {
    let options = Options {
        client: ClientAddress(2),
        authentication: Authentication::Low(Secret::from("12345678")),
        conformance: dlms::apdu::Conformance(0x00_7e_1f),
        client_max_receive_pdu_size: 1_200,
        ..Options::default()
    };
    Talk::new(options).asks(Request::Associate).sends(
        "60 36 A109060760857405080101 8A020780 8B0760857405080201 AC0A 8008 3132333435363738 \
         BE10040E01000000065F1F0400007E1F04B0",
    );
}

#[test]
fn a_wrong_password_is_a_refusal_with_its_diagnostic() {
    Talk::new(Options::default())
        .asks(Request::Associate)
        .forgets()
        .hears("6129 A109060760857405080101 A203020101 A305A10302010D BE10040E 0800065F1F040000501F01F40007")
        .yields(&[Event::Failed(Error::Refused(Refusal::Association {
            result: AssociationResult::REJECTED_PERMANENT,
            diagnostic: Diagnostic::AUTHENTICATION_FAILURE,
            initiate: None,
        }))]);
}

#[test]
fn a_rejection_without_user_information_is_a_rejection_all_the_same() {
    // Landis+Gyr ZCXi120 and ZMXi320.
    Talk::new(Options::default())
        .asks(Request::Associate)
        .forgets()
        .hears("6117 A109060760857405080101 A203020101 A305A10302010D")
        .yields(&[Event::Failed(Error::Refused(Refusal::Association {
            result: AssociationResult::REJECTED_PERMANENT,
            diagnostic: Diagnostic::AUTHENTICATION_FAILURE,
            initiate: None,
        }))]);
}

#[test]
fn a_refused_initiate_tells_why() {
    Talk::new(Options::default())
        .asks(Request::Associate)
        .forgets()
        .hears("611F A109060760857405080101 A203020101 A305A103020101 BE0604040E010601")
        .yields(&[Event::Failed(Error::Refused(Refusal::Association {
            result: AssociationResult::REJECTED_PERMANENT,
            diagnostic: Diagnostic::NO_REASON_GIVEN,
            initiate: Some(ConfirmedServiceError {
                service: ServiceChoice::INITIATE_ERROR,
                class: ErrorClass::INITIATE,
                value: 1,
            }),
        }))]);
}

#[test]
fn an_attribute_is_read() {
    Talk::associated()
        .asks(get(&[clock()]))
        .sends("C001C1 0008 0000010000FF 02 00")
        .hears(CLOCK_ANSWER)
        .yields(&[Event::Got(vec![data(CLOCK_VALUE)])]);
}

#[test]
fn a_refused_attribute_is_a_result_and_no_error() {
    Talk::associated()
        .asks(get(&[clock()]))
        .forgets()
        .hears("C401C1 01 04")
        .yields(&[Event::Got(vec![GetDataResult::Error(DataAccessResult::OBJECT_UNDEFINED)])]);
}

#[test]
fn several_attributes_are_one_list() {
    Talk::associated_fully()
        .asks(get(&[name(), clock()]))
        .sends("C003C1 02 0001 00002A0000FF 02 00 0008 0000010000FF 02 00")
        .hears("C403C1 02 00 0903414243 01 03")
        .yields(&[Event::Got(vec![
            data("0903414243"),
            GetDataResult::Error(DataAccessResult::READ_WRITE_DENIED),
        ])]);
}

#[test]
fn a_list_needs_to_be_negotiated() {
    let mut talk = Talk::associated();
    let error = talk.client.request(get(&[name(), clock()]), talk.now);
    assert_eq!(error, Err(Misuse::NotNegotiated("multiple-references")));
    talk.sends_nothing();
}

#[test]
fn fewer_or_more_results_than_asked_for_are_an_error() {
    for (results, came) in [("01 00 0903414243", 1), ("03 01 03 01 03 01 03", 3), ("00", 0)] {
        Talk::associated_fully()
            .asks(get(&[name(), clock()]))
            .forgets()
            .hears(&format!("C403C1 {results}"))
            .yields(&[Event::Failed(Error::Peer(Violation::ListCount { asked: 2, came }))]);
    }
}

#[test]
fn a_long_answer_arrives_in_blocks() {
    // spec/transfer.md 1.5: blocks may be cut inside a value.
    Talk::associated()
        .asks(get(&[name()]))
        .forgets()
        .hears("C402C1 00 00000001 00 03 090541")
        .sends("C002C1 00000001")
        .yields(&[Event::Progress { octets: 3 }])
        .hears("C402C1 01 00000002 00 04 42434445")
        .sends_nothing()
        .yields(&[Event::Got(vec![data("09054142434445")])]);
}

#[test]
fn a_list_may_arrive_in_blocks_too() {
    Talk::associated_fully()
        .asks(get(&[name(), clock()]))
        .forgets()
        .hears("C402C1 00 00000001 00 03 020011")
        .hears("C402C1 01 00000002 00 03 070103")
        .forgets_sent_and_yields(&[
            Event::Progress { octets: 3 },
            Event::Got(vec![
                data("1107"),
                GetDataResult::Error(DataAccessResult::READ_WRITE_DENIED),
            ]),
        ]);
}

#[test]
fn a_meter_that_goes_on_counting_blocks_is_understood() {
    Talk::associated()
        .asks(get(&[name()]))
        .hears("C402C1 00 00000014 00 02 1107")
        .hears("C402C1 00 00000015 00 00")
        .forgets()
        .hears("C402C1 01 00000016 00 00")
        .yields(&[Event::Got(vec![data("1107")])]);
}

#[test]
fn a_block_out_of_turn_ends_the_transfer_and_nothing_is_spliced() {
    for number in ["00000001", "00000003", "00000000", "ffffffff"] {
        let talk = Talk::associated()
            .asks(get(&[name()]))
            .hears("C402C1 00 00000001 00 03 090541")
            .forgets()
            .hears(&format!("C402C1 01 {number} 00 04 42434445"));
        let found = u32::from_str_radix(number, 16).expect("a number");
        let violation = Violation::BlockNumber { wanted: 2, found };
        talk.yields(&[Event::Failed(Error::Peer(violation))])
            .asks(get(&[clock()]))
            .forgets()
            .hears("C401C2 00 1101")
            .yields(&[Event::Got(vec![data("1101")])]);
    }
}

#[test]
fn an_error_in_a_block_is_the_result() {
    Talk::associated()
        .asks(get(&[name()]))
        .hears("C402C1 00 00000001 00 03 090541")
        .forgets()
        .hears("C402C1 01 00000002 01 0F")
        .yields(&[Event::Got(vec![GetDataResult::Error(DataAccessResult::LONG_GET_ABORTED)])]);
}

#[test]
fn blocks_without_end_reach_the_limit_even_when_they_are_empty() {
    let mut options = Options::default();
    options.limits.transfer = 100;
    let mut talk = Talk::new(options).asks(Request::Associate).hears(
        "6129 A109060760857405080101 A203020100 A305A103020100 BE10040E 0800065F1F040000501F01F40007",
    );
    talk = talk.asks(get(&[name()])).forgets();
    for number in 1..=101_u32 {
        talk = talk.hears(&format!("C402C1 00 {number:08x} 00 00"));
    }
    let last = talk.events().last().cloned();
    assert_eq!(last, Some(Event::Failed(Error::Peer(Violation::TooLarge { limit: 100 }))));
}

#[test]
fn parts_are_fetched_one_by_one() {
    Talk::associated()
        .asks(in_parts(name()))
        .forgets()
        .hears("C402C1 00 00000001 00 03 090541")
        .sends_nothing()
        .yields(&[Event::Part { octets: octets("090541"), last: false }])
        .asks(Request::NextPart)
        .sends("C002C1 00000001")
        .hears("C402C1 01 00000002 00 04 42434445")
        .yields(&[Event::Part { octets: octets("42434445"), last: true }]);
}

#[test]
fn another_request_between_parts_ends_the_long_answer() {
    Talk::associated()
        .asks(in_parts(name()))
        .hears("C402C1 00 00000001 00 03 090541")
        .forgets()
        .asks(get(&[clock()]))
        .sends("C001C2 0008 0000010000FF 02 00")
        // The rest of what was given up answers nothing.
        .hears("C402C1 01 00000002 00 04 42434445")
        .yields(&[Event::Stray("get-response")])
        .hears("C401C2 00 1107")
        .yields(&[Event::Got(vec![data("1107")])]);
}

#[test]
fn an_answer_with_another_id_is_not_taken() {
    Talk::associated()
        .asks(get(&[clock()]))
        .forgets()
        .hears("C401C2 00 1107")
        .yields(&[Event::Stray("get-response")])
        .hears(CLOCK_ANSWER)
        .yields(&[Event::Got(vec![data(CLOCK_VALUE)])]);
}

#[test]
fn a_duplicate_answer_is_not_taken_for_the_next_one() {
    Talk::associated()
        .asks(get(&[clock()]))
        .hears(CLOCK_ANSWER)
        .asks(get(&[name()]))
        .forgets()
        .hears(CLOCK_ANSWER)
        .yields(&[Event::Stray("get-response")])
        .hears("C401C2 00 0903414243")
        .yields(&[Event::Got(vec![data("0903414243")])]);
}

#[test]
fn only_the_four_bits_of_the_id_are_compared() {
    // The Wirenboard test meter answers C1 with 81.
    Talk::associated()
        .asks(get(&[clock()]))
        .forgets()
        .hears("C40181 00 1107")
        .yields(&[Event::Got(vec![data("1107")])]);
}

#[test]
fn the_right_id_with_the_wrong_service_is_an_error() {
    Talk::associated().asks(get(&[clock()])).forgets().hears("C501C1 00").yields(&[Event::Failed(
        Error::Peer(Violation::Unexpected { wanted: "get-response", found: "set-response" }),
    )]);
}

#[test]
fn after_a_time_out_nothing_is_looked_at_any_more() {
    let talk = Talk::associated()
        .asks(get(&[clock()]))
        .forgets()
        .waits(Duration::from_millis(4_999))
        .yields(&[])
        .waits(Duration::from_millis(1))
        .yields(&[Event::Failed(Error::Timeout(Phase::Request))])
        .hears(CLOCK_ANSWER)
        .yields(&[]);
    let mut client = talk.client;
    assert_eq!(client.request(get(&[name()]), talk.now), Err(Misuse::Poisoned));
}

#[test]
fn each_block_gets_its_own_time() {
    Talk::associated()
        .asks(get(&[name()]))
        .waits(Duration::from_secs(4))
        .hears("C402C1 00 00000001 00 03 090541")
        .forgets()
        .waits(Duration::from_secs(4))
        .yields(&[])
        .waits(Duration::from_secs(1))
        .yields(&[Event::Failed(Error::Timeout(Phase::Blocks))]);
}

#[test]
fn a_frame_from_elsewhere_is_not_looked_at() {
    Talk::associated()
        .asks(get(&[clock()]))
        .forgets()
        .hears_from(17, 16, CLOCK_ANSWER)
        .yields(&[Event::Stray("a frame for another pair of addresses")]);
}

#[test]
fn an_exception_ends_the_request_and_not_the_association() {
    let exception =
        ExceptionResponse::new(StateError::SERVICE_NOT_ALLOWED, ServiceError::OTHER_REASON);
    Talk::associated()
        .asks(get(&[clock()]))
        .forgets()
        .hears("D8 01 03")
        .yields(&[Event::Failed(Error::Refused(Refusal::Exception(exception)))])
        .asks(get(&[clock()]))
        .sends("C001C2 0008 0000010000FF 02 00");
}

#[test]
fn an_unreadable_answer_ends_the_request_and_not_the_association() {
    let talk = Talk::associated().asks(get(&[clock()])).forgets().hears("C401C1 00 07");
    assert!(matches!(
        talk.events(),
        [Event::Failed(Error::Peer(Violation::Decode(error)))] if error.at == 4
    ));
    talk.forgets().asks(get(&[name()])).sends("C001C2 0001 00002A0000FF 02 00");
}

#[test]
fn an_attribute_is_written_and_a_method_called() {
    let value = Encoded::try_from(octets("0A03303030")).expect("a value");
    let target = AttributeDescriptor { class: 1, instance: obis!("0-0:128.1.0"), attribute: 2 };
    let method = MethodDescriptor { class: 8, instance: obis!("0-0:1.0.0"), method: 1 };
    let parameters = Encoded::try_from(octets("0F00")).expect("a value");
    Talk::associated()
        .asks(Request::Set { target: target.into(), value })
        .sends("C101C1 0001 0000800100FF 02 00 0A03303030")
        .hears("C501C1 03")
        .yields(&[Event::Set(DataAccessResult::READ_WRITE_DENIED)])
        .asks(Request::Action { target: method, parameters: Some(parameters) })
        .sends("C301C2 0008 0000010000FF 01 01 0F00")
        .hears("C701C2 00 01 00 1107")
        .yields(&[Event::Action {
            result: ActionResult::SUCCESS,
            return_parameters: Some(data("1107")),
        }]);
}

#[test]
fn a_request_that_the_meter_cannot_take_is_not_sent() {
    let long = Encoded::from(cosem::Data::OctetString(vec![0; 600]));
    let mut talk = Talk::associated();
    let request = Request::Set { target: name(), value: long };
    let error = talk.client.request(request, talk.now);
    assert_eq!(error, Err(Misuse::TooLong { size: 617, limit: 500 }));
    talk.sends_nothing();
}

#[test]
fn a_password_that_no_frame_can_hold_is_not_sent() {
    let options = Options {
        authentication: Authentication::Low(Secret::new(vec![b'x'; 65_535])),
        ..Options::default()
    };
    let mut talk = Talk::new(options);
    let error = talk.client.request(Request::Associate, talk.now);
    assert!(matches!(error, Err(Misuse::TooLong { limit: 65_535, .. })), "{error:?}");
    talk.sends_nothing();
}

#[test]
fn a_service_that_is_not_granted_is_used_only_under_its_quirk() {
    let mut options = Options::default();
    options.quirks.services_not_granted = dlms::apdu::Conformance::MULTIPLE_REFERENCES;
    Talk::new(options)
        .asks(Request::Associate)
        .hears("6129 A109060760857405080101 A203020100 A305A103020100 BE10040E 0800065F1F040000501F01F40007")
        .forgets()
        .asks(get(&[name(), clock()]))
        .sends("C003C1 02 0001 00002A0000FF 02 00 0008 0000010000FF 02 00");
}

#[test]
fn an_answer_above_the_size_that_was_proposed_ends_the_link() {
    let options = Options { client_max_receive_pdu_size: 64, ..Options::default() };
    let talk = Talk::new(options)
        .asks(Request::Associate)
        .hears("6129 A109060760857405080101 A203020100 A305A103020100 BE10040E 0800065F1F040000501F01F40007")
        .asks(get(&[name()]))
        .forgets()
        .hears(&format!("C401C1 00 093B{}", "41".repeat(59)));
    assert!(matches!(talk.events(), [Event::Failed(Error::Peer(Violation::Decode(_)))]));
    assert!(!talk.client.is_usable());
}

#[test]
fn a_length_longer_than_needed_is_read_and_reported_or_refused() {
    // A Kamstrup meter counts its object list so.
    let answer = "C401C1 00 09 820003 414243";
    Talk::associated().asks(get(&[name()])).forgets().hears(answer).yields(&[
        Event::Deviation(Deviations { non_minimal_length: true }),
        Event::Got(vec![data("09820003414243")]),
    ]);
    let options = Options { strictness: Strictness::Strict, ..Options::default() };
    let talk = Talk::new(options)
        .asks(Request::Associate)
        .hears("6129 A109060760857405080101 A203020100 A305A103020100 BE10040E 0800065F1F040000501F01F40007")
        .asks(get(&[name()]))
        .forgets()
        .hears(answer);
    assert!(matches!(talk.events(), [Event::Failed(Error::Peer(Violation::Decode(_)))]));
}

#[test]
fn an_association_with_a_mechanism_that_was_not_offered_is_not_open() {
    // HLS 5 is pending: the worked example of pass 2.
    let talk = Talk::new(Options::default()).asks(Request::Associate).forgets().hears(
        "6142 A109060760857405080101 A203020100 A305A10302010E 88020780 890760857405080205 \
         AA0A8008503677524A323146 BE10040E0800065F1F040000501F01F40007",
    );
    talk.yields(&[Event::Failed(Error::Peer(Violation::Mechanism))]);
}

#[test]
fn a_push_while_an_answer_is_awaited_is_not_taken_for_it() {
    Talk::associated()
        .asks(get(&[clock()]))
        .forgets()
        .hears("0F 00000001 00 1107")
        .yields(&[Event::Stray("data-notification")])
        .hears(CLOCK_ANSWER)
        .yields(&[Event::Got(vec![data(CLOCK_VALUE)])]);
}

#[test]
fn release_is_a_question_with_an_answer() {
    Talk::associated()
        .asks(Request::Release)
        .sends("62 03 800100")
        .hears("63 03 800100")
        .yields(&[Event::Released]);
}

#[test]
fn octets_that_are_no_frame_end_the_link() {
    let mut talk = Talk::associated().asks(get(&[clock()])).forgets();
    talk.client.handle_input(b"HTTP/1.1 400 Bad Request", talk.now);
    let talk = talk.hears(CLOCK_ANSWER);
    assert!(matches!(talk.events(), [Event::Failed(Error::Peer(Violation::Decode(_)))]));
    assert!(!talk.client.is_usable());
}

#[test]
fn every_cut_of_the_input_gives_the_same_events() {
    let mut answers = Vec::new();
    for apdu in ["C401C2 00 1101", CLOCK_ANSWER] {
        let framed = octets(apdu);
        dlms::link::wrapper::encode(1, 16, &framed, &mut answers).expect("fits");
    }
    for cut in 0..answers.len() {
        let mut talk = Talk::associated().asks(get(&[clock()])).forgets();
        let (first, second) = answers.split_at(cut);
        talk.client.handle_input(first, talk.now);
        talk.client.handle_input(second, talk.now);
        talk.look().yields(&[Event::Stray("get-response"), Event::Got(vec![data(CLOCK_VALUE)])]);
    }
}

#[test]
fn what_is_not_the_answer_to_the_aarq_is_not_looked_at_readable_or_not() {
    // A data-notification, half of one, a late answer, half an exception.
    for stray in ["0F00000001001105", "0F00000001000101", CLOCK_ANSWER, "D801"] {
        let talk = Talk::new(Options::default()).asks(Request::Associate).forgets().hears(stray);
        assert!(matches!(talk.events(), [Event::Stray(_)]), "{:?}", talk.events());
        let talk = talk.forgets().hears(
            "6129 A109060760857405080101 A203020100 A305A103020100 BE10040E 0800065F1F040000501F01F40007",
        );
        assert!(matches!(talk.events(), [Event::Associated(_)]));
        let talk = talk.asks(Request::Release).forgets().hears(stray);
        assert!(matches!(talk.events(), [Event::Stray(_)]), "{:?}", talk.events());
        talk.forgets().hears("6300").yields(&[Event::Released]);
    }
    let talk = Talk::new(Options::default()).asks(Request::Associate).hears("6129A1");
    assert!(matches!(talk.events(), [Event::Failed(Error::Peer(Violation::Decode(_)))]));
    assert!(!talk.client.is_usable());
}

#[test]
fn an_aare_need_not_keep_to_the_size_that_it_agrees_on() {
    let options = Options { client_max_receive_pdu_size: 12, ..Options::default() };
    let talk = Talk::new(options).asks(Request::Associate).forgets().hears(
        "6129 A109060760857405080101 A203020100 A305A103020100 BE10040E 0800065F1F040000501F01F40007",
    );
    assert!(matches!(talk.events(), [Event::Associated(_)]));
}

#[test]
fn a_release_may_be_refused_in_two_ways() {
    for refusal in ["D80101", "0E060301"] {
        let talk = Talk::associated().asks(Request::Release).forgets().hears(refusal);
        assert!(matches!(talk.events(), [Event::Failed(Error::Refused(_))]), "{:?}", talk.events());
    }
}

#[test]
fn several_targets_are_delivered_whole_even_when_parts_are_wanted() {
    let request = Request::Get { targets: vec![name(), clock()], delivery: Delivery::Parts };
    Talk::associated_fully()
        .asks(request)
        .hears("C402C1 00 00000001 00 03 020011")
        .forgets()
        .hears("C402C1 01 00000002 00 03 070103")
        .yields(&[Event::Got(vec![
            data("1107"),
            GetDataResult::Error(DataAccessResult::READ_WRITE_DENIED),
        ])]);
}
