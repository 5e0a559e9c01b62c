//! What is encoded decodes to the same; whatever arrives is read without a panic.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use cosem::{Data, DateTime, Encoded, Obis};
use dlms::apdu::{
    Aare, Aarq, AccessRequest, AccessResponse, AccessResult, AccessSpecification, ActionRequest,
    ActionResponse, ActionResponseItem, ActionResult, Apdu, ApplicationContext, AssociationResult,
    AttributeDescriptor, AttributeReference, AuthenticationForm, AuthenticationValue, BlockControl,
    CipheredService, ConfirmedServiceError, Conformance, ConformanceTag, DataAccessResult,
    DataBlock, DataNotification, DataNotificationConfirm, DatablockResult, DedicatedKey,
    Diagnostic, DiagnosticSource, ErrorClass, EventNotificationRequest, EventTime, EventTimeForm,
    ExceptionResponse, GeneralBlockTransfer, GeneralDedCiphering, GeneralGloCiphering,
    GetDataResult, GetRequest, GetResponse, InformationReportRequest, InitiateRequest,
    InitiateResponse, InvokeId, LongInvokeId, Mechanism, MethodDescriptor, NotificationTime,
    ProtectedContent, ReadRequest, ReadResponse, ReadResult, ReleaseRequestReason,
    ReleaseResponseReason, Rlre, Rlrq, SecurityControl, Selection, ServiceChoice, ServiceCiphering,
    ServiceError, SetRequest, SetResponse, ShortNameBlock, StateError, TAGS,
    UnconfirmedWriteRequest, VariableAccess, WriteRequest, WriteResponse, WriteResult,
};
use dlms::explain::explain;
use dlms::security::Secret;

fn octets() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..40)
}

fn value() -> impl Strategy<Value = Encoded> {
    let leaf = prop_oneof![
        Just(Data::Null),
        any::<bool>().prop_map(Data::Boolean),
        any::<u32>().prop_map(Data::DoubleLongUnsigned),
        any::<i16>().prop_map(Data::Long),
        any::<u8>().prop_map(Data::Enum),
        octets().prop_map(Data::OctetString),
    ];
    let tree = leaf.prop_recursive(3, 20, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Data::Structure),
            vec(inner, 0..5).prop_map(Data::Array),
        ]
    });
    tree.prop_map(|data| data.to_encoded())
}

fn invoke() -> impl Strategy<Value = InvokeId> {
    any::<u8>().prop_map(InvokeId)
}

fn reference() -> impl Strategy<Value = AttributeReference> {
    let selection = option::of((any::<u8>(), value()));
    (any::<u16>(), any::<[u8; 6]>(), any::<i8>(), selection).prop_map(
        |(class, instance, attribute, selection)| AttributeReference {
            attribute: AttributeDescriptor { class, instance: Obis(instance), attribute },
            selection: selection.map(|(selector, parameters)| Selection { selector, parameters }),
        },
    )
}

fn method() -> impl Strategy<Value = MethodDescriptor> {
    (any::<u16>(), any::<[u8; 6]>(), any::<i8>()).prop_map(|(class, instance, method)| {
        MethodDescriptor { class, instance: Obis(instance), method }
    })
}

fn access_result() -> impl Strategy<Value = DataAccessResult> {
    any::<u8>().prop_map(DataAccessResult)
}

fn data_result() -> impl Strategy<Value = GetDataResult> {
    prop_oneof![
        value().prop_map(GetDataResult::Data),
        access_result().prop_map(GetDataResult::Error)
    ]
}

fn datablock() -> impl Strategy<Value = DataBlock> {
    (any::<bool>(), any::<u32>(), octets()).prop_map(|(last, block, raw_data)| DataBlock {
        last,
        block,
        raw_data,
    })
}

fn get() -> impl Strategy<Value = Apdu> {
    let block_result = prop_oneof![
        octets().prop_map(DatablockResult::RawData),
        access_result().prop_map(DatablockResult::Error),
    ];
    prop_oneof![
        (invoke(), reference())
            .prop_map(|(invoke, target)| GetRequest::Normal { invoke, target }.into()),
        (invoke(), any::<u32>())
            .prop_map(|(invoke, block)| GetRequest::Next { invoke, block }.into()),
        (invoke(), vec(reference(), 0..4)).prop_map(|(invoke, targets)| GetRequest::WithList {
            invoke,
            targets
        }
        .into()),
        (invoke(), data_result()).prop_map(|(invoke, result)| GetResponse::Normal {
            invoke,
            result
        }
        .into()),
        (invoke(), any::<bool>(), any::<u32>(), block_result).prop_map(
            |(invoke, last, block, result)| {
                GetResponse::WithDatablock { invoke, last, block, result }.into()
            }
        ),
        (invoke(), vec(data_result(), 0..4)).prop_map(|(invoke, results)| GetResponse::WithList {
            invoke,
            results
        }
        .into()),
    ]
}

fn set_request() -> impl Strategy<Value = Apdu> {
    prop_oneof![
        (invoke(), reference(), value()).prop_map(|(invoke, target, value)| {
            SetRequest::Normal { invoke, target, value }.into()
        }),
        (invoke(), reference(), datablock()).prop_map(|(invoke, target, datablock)| {
            SetRequest::WithFirstDatablock { invoke, target, datablock }.into()
        }),
        (invoke(), datablock()).prop_map(|(invoke, datablock)| SetRequest::WithDatablock {
            invoke,
            datablock
        }
        .into()),
        (invoke(), vec(reference(), 0..4), vec(value(), 0..4)).prop_map(
            |(invoke, targets, values)| SetRequest::WithList { invoke, targets, values }.into()
        ),
        (invoke(), vec(reference(), 0..4), datablock()).prop_map(|(invoke, targets, datablock)| {
            SetRequest::WithListAndFirstDatablock { invoke, targets, datablock }.into()
        }),
    ]
}

fn set_response() -> impl Strategy<Value = Apdu> {
    let results = || vec(access_result(), 0..4);
    prop_oneof![
        (invoke(), access_result()).prop_map(|(invoke, result)| SetResponse::Normal {
            invoke,
            result
        }
        .into()),
        (invoke(), any::<u32>()).prop_map(|(invoke, block)| SetResponse::Datablock {
            invoke,
            block
        }
        .into()),
        (invoke(), access_result(), any::<u32>()).prop_map(|(invoke, result, block)| {
            SetResponse::LastDatablock { invoke, result, block }.into()
        }),
        (invoke(), results(), any::<u32>()).prop_map(|(invoke, results, block)| {
            SetResponse::LastDatablockWithList { invoke, results, block }.into()
        }),
        (invoke(), results()).prop_map(|(invoke, results)| SetResponse::WithList {
            invoke,
            results
        }
        .into()),
    ]
}

fn action_request() -> impl Strategy<Value = Apdu> {
    prop_oneof![
        (invoke(), method(), option::of(value())).prop_map(|(invoke, target, parameters)| {
            ActionRequest::Normal { invoke, target, parameters }.into()
        }),
        (invoke(), any::<u32>()).prop_map(|(invoke, block)| ActionRequest::NextPblock {
            invoke,
            block
        }
        .into()),
        (invoke(), vec(method(), 0..4), vec(value(), 0..4)).prop_map(
            |(invoke, targets, parameters)| {
                ActionRequest::WithList { invoke, targets, parameters }.into()
            }
        ),
        (invoke(), method(), datablock()).prop_map(|(invoke, target, pblock)| {
            ActionRequest::WithFirstPblock { invoke, target, pblock }.into()
        }),
        (invoke(), vec(method(), 0..4), datablock()).prop_map(|(invoke, targets, pblock)| {
            ActionRequest::WithListAndFirstPblock { invoke, targets, pblock }.into()
        }),
        (invoke(), datablock()).prop_map(|(invoke, pblock)| ActionRequest::WithPblock {
            invoke,
            pblock
        }
        .into()),
    ]
}

fn action_response() -> impl Strategy<Value = Apdu> {
    let item = || (any::<u8>().prop_map(ActionResult), option::of(data_result()));
    let items = vec(item(), 0..4).prop_map(|items| {
        let items = items.into_iter();
        items
            .map(|(result, return_parameters)| ActionResponseItem { result, return_parameters })
            .collect()
    });
    prop_oneof![
        (invoke(), item()).prop_map(|(invoke, (result, return_parameters))| {
            ActionResponse::Normal { invoke, result, return_parameters }.into()
        }),
        (invoke(), datablock()).prop_map(|(invoke, pblock)| ActionResponse::WithPblock {
            invoke,
            pblock
        }
        .into()),
        (invoke(), items).prop_map(|(invoke, results)| ActionResponse::WithList {
            invoke,
            results
        }
        .into()),
        (invoke(), any::<u32>()).prop_map(|(invoke, block)| ActionResponse::NextPblock {
            invoke,
            block
        }
        .into()),
    ]
}

fn conformance() -> impl Strategy<Value = (Conformance, ConformanceTag)> {
    let tag = prop_oneof![Just(ConformanceTag::Standard), Just(ConformanceTag::Old)];
    ((0..1_u32 << 24).prop_map(Conformance), tag)
}

fn initiate_request() -> impl Strategy<Value = InitiateRequest> {
    let key = option::of(octets().prop_map(|key| DedicatedKey(Secret::new(key))));
    let rest = (any::<bool>(), any::<Option<i8>>(), any::<u8>(), any::<u16>());
    (key, conformance(), rest).prop_map(
        |(dedicated_key, (conformance, conformance_tag), (allowed, quality, version, size))| {
            InitiateRequest {
                dedicated_key,
                response_allowed: allowed,
                quality_of_service: quality,
                dlms_version: version,
                conformance,
                conformance_tag,
                client_max_receive_pdu_size: size,
            }
        },
    )
}

fn initiate_response() -> impl Strategy<Value = InitiateResponse> {
    let rest = (any::<Option<i8>>(), any::<u8>(), any::<u16>(), any::<u16>());
    (conformance(), rest).prop_map(|((conformance, tag), (quality, version, size, name))| {
        InitiateResponse {
            quality_of_service: quality,
            dlms_version: version,
            conformance,
            conformance_tag: tag,
            server_max_receive_pdu_size: size,
            vaa_name: name,
        }
    })
}

fn refusal() -> impl Strategy<Value = Apdu> {
    prop_oneof![
        (any::<u8>(), any::<u8>(), any::<u32>()).prop_map(|(state, service, counter)| {
            let service_error = ServiceError(service);
            let counts = service_error == ServiceError::INVOCATION_COUNTER_ERROR;
            let invocation_counter = counts.then_some(counter);
            let state_error = StateError(state);
            ExceptionResponse { state_error, service_error, invocation_counter }.into()
        }),
        (any::<u8>(), any::<u8>(), any::<u8>()).prop_map(|(service, class, value)| {
            let (service, class) = (ServiceChoice(service), ErrorClass(class));
            ConfirmedServiceError { service, class, value }.into()
        }),
    ]
}

fn authentication() -> impl Strategy<Value = AuthenticationValue> {
    let form = prop_oneof![
        Just(AuthenticationForm::CHARSTRING),
        Just(AuthenticationForm::BITSTRING),
        Just(AuthenticationForm::OTHER),
    ];
    (form, octets())
        .prop_map(|(form, value)| AuthenticationValue { form, value: Secret::new(value) })
}

fn aarq() -> impl Strategy<Value = Apdu> {
    let titles = vec(option::of(octets()), 6);
    let numbers = vec(any::<Option<i32>>(), 4);
    let names = (0..128_u8, option::of(0..128_u8));
    (names, titles, numbers, option::of(authentication()), option::of(initiate_request())).prop_map(
        |((context, mechanism), mut titles, mut numbers, authentication, initiate)| {
            let mut next = || titles.pop().flatten();
            let mut number = || numbers.pop().flatten();
            let mut aarq = Aarq::new(ApplicationContext(context), &InitiateRequest::default());
            aarq.protocol_version = next();
            aarq.called_ap_title = next();
            aarq.called_ae_qualifier = next();
            aarq.calling_ap_title = next();
            aarq.calling_ae_qualifier = next();
            aarq.sender_acse_requirements = next();
            aarq.called_ap_invocation_id = number();
            aarq.called_ae_invocation_id = number();
            aarq.calling_ap_invocation_id = number();
            aarq.calling_ae_invocation_id = number();
            aarq.mechanism_name = mechanism.map(|mechanism| Mechanism(mechanism).into());
            aarq.calling_authentication_value = authentication;
            aarq.user_information = initiate.map(|initiate| Apdu::from(initiate).encode());
            aarq.into()
        },
    )
}

fn aare() -> impl Strategy<Value = Apdu> {
    let source =
        prop_oneof![Just(DiagnosticSource::ServiceUser), Just(DiagnosticSource::ServiceProvider)];
    let outcome = (0..128_u8, any::<u8>(), source, any::<u8>());
    let titles = vec(option::of(octets()), 4);
    let numbers = any::<[Option<i32>; 2]>();
    let mechanism = option::of((0..128_u8, authentication()));
    (outcome, titles, numbers, mechanism, option::of(initiate_response())).prop_map(
        |((context, result, source, value), mut titles, numbers, mechanism, initiate)| {
            let mut next = || titles.pop().flatten();
            let diagnostic = Diagnostic { source, value };
            let context = ApplicationContext(context).into();
            let mut aare = Aare::new(context, AssociationResult(result), diagnostic);
            aare.protocol_version = next();
            aare.responding_ap_title = next();
            aare.responding_ae_qualifier = next();
            aare.responder_acse_requirements = next();
            [aare.responding_ap_invocation_id, aare.responding_ae_invocation_id] = numbers;
            if let Some((mechanism, value)) = mechanism {
                aare.mechanism_name = Some(Mechanism(mechanism).into());
                aare.responding_authentication_value = Some(value);
            }
            aare.user_information = initiate.map(|initiate| Apdu::from(initiate).encode());
            aare.into()
        },
    )
}

fn release() -> impl Strategy<Value = Apdu> {
    (any::<bool>(), any::<Option<u8>>(), option::of(octets())).prop_map(
        |(is_request, reason, user_information)| {
            if is_request {
                let reason = reason.map(ReleaseRequestReason);
                Rlrq { reason, user_information }.into()
            } else {
                let reason = reason.map(ReleaseResponseReason);
                Rlre { reason, user_information }.into()
            }
        },
    )
}

fn long_invoke() -> impl Strategy<Value = LongInvokeId> {
    any::<u32>().prop_map(LongInvokeId)
}

fn time() -> impl Strategy<Value = DateTime> {
    any::<[u8; 12]>().prop_map(DateTime)
}

fn notification() -> impl Strategy<Value = Apdu> {
    let notified = prop_oneof![
        Just(NotificationTime::Absent),
        time().prop_map(NotificationTime::Plain),
        time().prop_map(NotificationTime::Tagged),
    ];
    let event_time = || {
        let form = prop_oneof![
            Just(EventTimeForm::Standard),
            Just(EventTimeForm::Tagged),
            Just(EventTimeForm::Bare),
        ];
        option::of((form, time()).prop_map(|(form, time)| EventTime { form, time }))
    };
    prop_oneof![
        (long_invoke(), notified, value()).prop_map(|(invoke, date_time, body)| {
            DataNotification { invoke, date_time, body }.into()
        }),
        (long_invoke(), option::of(time())).prop_map(|(invoke, date_time)| {
            DataNotificationConfirm { invoke, date_time }.into()
        }),
        (event_time(), reference(), value()).prop_map(|(time, reference, value)| {
            EventNotificationRequest { time, attribute: reference.attribute, value }.into()
        }),
        (event_time(), vec(variable(), 0..4), vec(value(), 0..4)).prop_map(
            |(current_time, variables, values)| {
                InformationReportRequest { current_time, variables, values }.into()
            }
        ),
    ]
}

fn specification() -> impl Strategy<Value = AccessSpecification> {
    let attribute = || reference().prop_map(|reference| reference.attribute);
    let selection = || {
        (any::<u8>(), value()).prop_map(|(selector, parameters)| Selection { selector, parameters })
    };
    prop_oneof![
        attribute().prop_map(AccessSpecification::Get),
        attribute().prop_map(AccessSpecification::Set),
        method().prop_map(AccessSpecification::Action),
        (attribute(), selection())
            .prop_map(|(attribute, part)| AccessSpecification::GetWithSelection(attribute, part)),
        (attribute(), selection())
            .prop_map(|(attribute, part)| AccessSpecification::SetWithSelection(attribute, part)),
    ]
}

fn access() -> impl Strategy<Value = Apdu> {
    let head = || (long_invoke(), option::of(time()));
    let specifications = || vec(specification(), 0..4);
    let result = prop_oneof![
        access_result().prop_map(AccessResult::Get),
        access_result().prop_map(AccessResult::Set),
        any::<u8>().prop_map(|result| AccessResult::Action(ActionResult(result))),
    ];
    prop_oneof![
        (head(), specifications(), vec(value(), 0..4)).prop_map(
            |((invoke, date_time), specifications, data)| {
                AccessRequest { invoke, date_time, specifications, data }.into()
            }
        ),
        (head(), option::of(specifications()), vec(value(), 0..4), vec(result, 0..4)).prop_map(
            |((invoke, date_time), specifications, data, results)| {
                AccessResponse { invoke, date_time, specifications, data, results }.into()
            }
        ),
    ]
}

fn short_name_block() -> impl Strategy<Value = ShortNameBlock> {
    (any::<bool>(), any::<u16>(), octets()).prop_map(|(last, block, raw_data)| ShortNameBlock {
        last,
        block,
        raw_data,
    })
}

fn variable() -> impl Strategy<Value = VariableAccess> {
    prop_oneof![
        any::<u16>().prop_map(VariableAccess::Name),
        (any::<u16>(), any::<u8>(), value()).prop_map(|(name, selector, parameter)| {
            VariableAccess::Parameterized { name, selector, parameter }
        }),
        any::<u16>().prop_map(VariableAccess::BlockNumber),
        short_name_block().prop_map(VariableAccess::ReadDataBlock),
        (any::<bool>(), any::<u16>())
            .prop_map(|(last, block)| VariableAccess::WriteDataBlock { last, block }),
    ]
}

fn short_names() -> impl Strategy<Value = Apdu> {
    let read = prop_oneof![
        value().prop_map(ReadResult::Data),
        access_result().prop_map(ReadResult::Error),
        short_name_block().prop_map(ReadResult::DataBlock),
        any::<u16>().prop_map(ReadResult::BlockNumber),
    ];
    let written = prop_oneof![
        Just(WriteResult::Success),
        access_result().prop_map(WriteResult::Error),
        any::<u16>().prop_map(WriteResult::BlockNumber),
    ];
    let lists = || (vec(variable(), 0..4), vec(value(), 0..4));
    prop_oneof![
        vec(variable(), 0..4).prop_map(|variables| ReadRequest { variables }.into()),
        vec(read, 0..4).prop_map(|results| ReadResponse { results }.into()),
        lists().prop_map(|(variables, values)| WriteRequest { variables, values }.into()),
        lists()
            .prop_map(|(variables, values)| UnconfirmedWriteRequest { variables, values }.into()),
        vec(written, 0..4).prop_map(|results| WriteResponse { results }.into()),
    ]
}

fn envelope() -> impl Strategy<Value = Apdu> {
    let content = || {
        (any::<u8>(), any::<u32>(), octets()).prop_map(|(control, counter, payload)| {
            let security_control = SecurityControl(control);
            let invocation_counter = security_control.is_counted().then_some(counter);
            ProtectedContent { security_control, invocation_counter, payload }
        })
    };
    let services: Vec<CipheredService> =
        TAGS.iter().filter_map(|row| CipheredService::of(row.tag)).collect();
    prop_oneof![
        (proptest::sample::select(services), content())
            .prop_map(|(service, content)| ServiceCiphering { service, content }.into()),
        (octets(), content()).prop_map(|(system_title, content)| {
            GeneralGloCiphering { system_title, content }.into()
        }),
        (octets(), content()).prop_map(|(system_title, content)| {
            GeneralDedCiphering { system_title, content }.into()
        }),
        (any::<u8>(), any::<u16>(), any::<u16>(), octets()).prop_map(
            |(control, block, acknowledged, data)| {
                let control = BlockControl(control);
                GeneralBlockTransfer { control, block, acknowledged, data }.into()
            }
        ),
    ]
}

fn apdu() -> impl Strategy<Value = Apdu> {
    prop_oneof![
        notification(),
        access(),
        short_names(),
        envelope(),
        get(),
        set_request(),
        set_response(),
        action_request(),
        action_response(),
        initiate_request().prop_map(Apdu::from),
        initiate_response().prop_map(Apdu::from),
        refusal(),
        aarq(),
        aare(),
        release(),
    ]
}

/// Octets that look like something.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let tags: Vec<u8> = TAGS.iter().map(|row| row.tag).collect();
    let tag = prop_oneof![4 => proptest::sample::select(tags), 1 => any::<u8>()];
    let octet = prop_oneof![2 => 0..8_u8, 1 => any::<u8>()];
    (tag, vec(octet, 0..60)).prop_map(|(tag, rest)| [vec![tag], rest].concat())
}

proptest! {
    #[test]
    fn what_is_encoded_decodes_to_the_same(apdu in apdu()) {
        let octets = apdu.encode();
        prop_assert_eq!(Apdu::decode(&octets), Ok(apdu));
    }

    #[test]
    fn no_part_of_an_apdu_is_an_apdu(apdu in apdu(), at in any::<prop::sample::Index>()) {
        let octets = apdu.encode();
        prop_assert!(Apdu::decode(&octets[..at.index(octets.len())]).is_err());
    }

    #[test]
    fn what_decodes_comes_back_in_the_same_words(octets in noise()) {
        if let Ok(apdu) = Apdu::decode(&octets) {
            prop_assert_eq!(Apdu::decode(&apdu.encode()), Ok(apdu));
        }
    }

    #[test]
    fn every_octet_is_explained_once(octets in prop_oneof![noise(), apdu().prop_map(|apdu| apdu.encode())]) {
        crate::explain::every_octet_is_explained_once(&octets, &explain(&octets));
    }
}
