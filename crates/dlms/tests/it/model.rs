//! The server against a model that is too simple to be wrong: whatever clients ask for in whatever
//! order, a block holds octets of the value that was asked for by that client under that id, the
//! ones that are next, and no others.

use std::collections::BTreeMap;

use cosem::bytes::Writer;
use cosem::{Data, Encoded, Obis};
use dlms::apdu::{
    ActionRequest, ActionResponse, ActionResult, Apdu, AttributeDescriptor, AttributeReference,
    DataAccessResult, DatablockResult, ExceptionResponse, GetDataResult, GetRequest, GetResponse,
    InvokeId, MethodDescriptor, Priority, Rlrq, ServiceClass, ServiceError, SetRequest,
    SetResponse, StateError,
};
use dlms::association::{
    Access, Answer, AssociationId, Authentication, ClientAddress, Output, Server, ServerAddress,
    ServerEvent, ServerOptions, ServerRequest,
};
use dlms::link::wrapper;
use dlms::time::Instant;

use crate::chance::Chance;
use crate::talk::octets;

const WALKS: u64 = 600;
const STEPS: u64 = 60;
/// What the clients accept.
const PDU: usize = 60;
/// Octets of a block: the APDU less tag, choice, id, last-block, number, result choice and length.
const SLICE: usize = PDU - 10;

#[test]
fn blocks_of_different_answers_are_never_mixed() {
    let mut outcomes = BTreeMap::new();
    for seed in 0..WALKS {
        let mut chance = Chance::new(seed);
        let mut meter = Meter::new();
        let mut model = Model::default();
        for step in 0..STEPS {
            let client = ClientAddress(16 + chance.below(2) as u16);
            let request = model.likely_request(client, &mut chance);
            let expected = model.answer(client, &request);
            let answers = meter.ask(client, &request);
            assert_eq!(answers, [expected], "walk {seed}, step {step}: {request:?}");
            *outcomes.entry(kind(&answers[0])).or_insert(0_u32) += 1;
        }
    }
    for what in [
        "aare",
        "rlre",
        "value",
        "list",
        "block",
        "last block",
        "no long get",
        "wrong number",
        "exception",
        "set",
        "action",
    ] {
        let count = outcomes.get(what).copied().unwrap_or_default();
        assert!(count > 100, "{what}: {count} times of {outcomes:?}");
    }
}

/// What has to be answered, by somebody who keeps a list of each client's open answer.
#[derive(Default)]
struct Model {
    /// Associated clients, and the answer of which blocks are left.
    clients: BTreeMap<ClientAddress, Option<Open>>,
    /// Makes every value different.
    asked: u32,
}

struct Open {
    id: u8,
    blocks: Vec<Vec<u8>>,
    /// The number of the last block that was sent.
    number: u32,
}

impl Model {
    /// Any request, but often one that goes on with an open answer.
    fn likely_request(&self, client: ClientAddress, chance: &mut Chance) -> Apdu {
        let invoke = |id: u64| InvokeId::new(id as u8, Priority::Normal, ServiceClass::Confirmed);
        let any = invoke(chance.below(4));
        match (chance.below(12), self.clients.get(&client)) {
            (0..=5, Some(Some(open))) => {
                let id = if chance.once_in(8) { any } else { invoke(open.id.into()) };
                let block = if chance.once_in(8) { chance.below(4) as u32 } else { open.number };
                GetRequest::Next { invoke: id, block }.into()
            }
            (_, None) if !chance.once_in(8) => aarq(),
            (6, _) => SetRequest::Normal {
                invoke: any,
                target: attribute(1),
                value: Encoded::from(Data::Unsigned(1)),
            }
            .into(),
            (7, _) => {
                ActionRequest::Normal { invoke: any, target: METHOD, parameters: None }.into()
            }
            (8, _) if chance.once_in(3) => aarq(),
            (8, _) if chance.once_in(3) => Rlrq::default().into(),
            (8, _) => GetRequest::Next { invoke: any, block: chance.below(3) as u32 }.into(),
            (9, _) => {
                let targets = (0..1 + chance.below(4)).map(|_| attribute(chance.below(200)));
                GetRequest::WithList { invoke: any, targets: targets.collect() }.into()
            }
            _ => GetRequest::Normal { invoke: any, target: attribute(chance.below(200)) }.into(),
        }
    }

    fn answer(&mut self, client: ClientAddress, request: &Apdu) -> Answered {
        if let Apdu::Aarq(_) = request {
            self.clients.insert(client, None);
            return Answered::Association;
        }
        let Some(open) = self.clients.get_mut(&client) else {
            let possible = ServiceError::OPERATION_NOT_POSSIBLE;
            return apdu(ExceptionResponse::new(StateError::SERVICE_NOT_ALLOWED, possible));
        };
        match request {
            Apdu::Rlrq(_) => {
                self.clients.remove(&client);
                Answered::Release
            }
            Apdu::GetRequest(GetRequest::Next { invoke, block }) => {
                apdu(next_block(open, *invoke, *block))
            }
            Apdu::GetRequest(GetRequest::Normal { invoke, target }) => {
                *open = None;
                self.asked += 1;
                let value = value_of(target, self.asked);
                let response = GetResponse::Normal {
                    invoke: *invoke,
                    result: GetDataResult::Data(value.clone()),
                };
                whole_or_blocks(open, *invoke, response, value.as_octets())
            }
            Apdu::GetRequest(GetRequest::WithList { invoke, targets }) => {
                *open = None;
                self.asked += 1;
                let value = |target| GetDataResult::Data(value_of(target, self.asked));
                let results: Vec<_> = targets.iter().map(value).collect();
                let mut raw = Vec::new();
                GetDataResult::encode_list(&results, &mut Writer::new(&mut raw));
                let response = GetResponse::WithList { invoke: *invoke, results };
                whole_or_blocks(open, *invoke, response, &raw)
            }
            Apdu::SetRequest(request) => {
                *open = None;
                let result = DataAccessResult::SUCCESS;
                apdu(SetResponse::Normal { invoke: request.invoke(), result })
            }
            Apdu::ActionRequest(request) => {
                *open = None;
                apdu(ActionResponse::Normal {
                    invoke: request.invoke(),
                    result: ActionResult::SUCCESS,
                    return_parameters: None,
                })
            }
            other => panic!("{other:?}"),
        }
    }
}

fn whole_or_blocks(
    open: &mut Option<Open>,
    invoke: InvokeId,
    response: GetResponse,
    raw: &[u8],
) -> Answered {
    let whole = Apdu::from(response);
    if whole.encode().len() <= PDU {
        return apdu(whole);
    }
    let mut blocks: Vec<_> = raw.chunks(SLICE).map(<[u8]>::to_vec).collect();
    let octets = blocks.remove(0);
    *open = Some(Open { id: invoke.id(), blocks, number: 1 });
    let result = DatablockResult::RawData(octets);
    apdu(GetResponse::WithDatablock { invoke, last: false, block: 1, result })
}

fn next_block(open: &mut Option<Open>, invoke: InvokeId, asked: u32) -> GetResponse {
    let error = match open {
        Some(open) if open.id != invoke.id() => DataAccessResult::NO_LONG_GET_IN_PROGRESS,
        None => DataAccessResult::NO_LONG_GET_IN_PROGRESS,
        Some(open) if open.number != asked => DataAccessResult::DATA_BLOCK_NUMBER_INVALID,
        Some(running) => {
            running.number += 1;
            let (octets, block) = (running.blocks.remove(0), running.number);
            let last = running.blocks.is_empty();
            if last {
                *open = None;
            }
            let result = DatablockResult::RawData(octets);
            return GetResponse::WithDatablock { invoke, last, block, result };
        }
    };
    *open = None;
    let result = DatablockResult::Error(error);
    GetResponse::WithDatablock { invoke, last: true, block: asked, result }
}

/// The server's machine, and a meter behind it whose values are those of the model.
struct Meter {
    server: Server,
    asked: u32,
}

impl Meter {
    fn new() -> Self {
        let access = |client| {
            Access::new(ClientAddress(client), ServerAddress::MANAGEMENT, Authentication::None)
        };
        let options =
            ServerOptions { accesses: vec![access(16), access(17)], ..ServerOptions::default() };
        Self { server: Server::new(options, Instant::default()), asked: 0 }
    }

    fn ask(&mut self, client: ClientAddress, request: &Apdu) -> Vec<Answered> {
        let mut frame = Vec::new();
        wrapper::encode(client.0, 1, &request.encode(), &mut frame).unwrap();
        self.server.handle_input(&frame, Instant::default());
        let mut answers = Vec::new();
        loop {
            match self.server.poll_output() {
                Output::Transmit(frame) => {
                    let header = wrapper::Header::decode(frame).unwrap();
                    assert_eq!((header.source, header.destination), (1, client.0));
                    let octets = &frame[wrapper::HEADER_LENGTH..];
                    answers.push(match Apdu::decode(octets).unwrap() {
                        Apdu::Aare(_) => Answered::Association,
                        Apdu::Rlre(_) => Answered::Release,
                        answer => apdu(answer),
                    });
                }
                Output::Event(ServerEvent::Request { association, request }) => {
                    let answer = self.answer(association, request);
                    self.server.answer(association, answer);
                }
                Output::Event(_) => {}
                Output::Wait(_) => return answers,
            }
        }
    }

    fn answer(&mut self, association: AssociationId, request: ServerRequest) -> Answer {
        assert_eq!(association.server, ServerAddress::MANAGEMENT);
        match request {
            ServerRequest::Get(targets) => {
                self.asked += 1;
                let value = |target| GetDataResult::Data(value_of(target, self.asked));
                Answer::Get(targets.iter().map(value).collect())
            }
            ServerRequest::Set { .. } => Answer::Set(DataAccessResult::SUCCESS),
            ServerRequest::Action { .. } => {
                Answer::Action { result: ActionResult::SUCCESS, return_parameters: None }
            }
        }
    }
}

#[derive(Debug, PartialEq)]
enum Answered {
    Association,
    Release,
    Apdu(Box<Apdu>),
}

fn apdu(apdu: impl Into<Apdu>) -> Answered {
    Answered::Apdu(Box::new(apdu.into()))
}

fn kind(answered: &Answered) -> &'static str {
    use DatablockResult::{Error, RawData};
    let apdu = match answered {
        Answered::Association => return "aare",
        Answered::Release => return "rlre",
        Answered::Apdu(apdu) => &**apdu,
    };
    match apdu {
        Apdu::ExceptionResponse(_) => "exception",
        Apdu::SetResponse(_) => "set",
        Apdu::ActionResponse(_) => "action",
        Apdu::GetResponse(GetResponse::Normal { .. }) => "value",
        Apdu::GetResponse(GetResponse::WithList { .. }) => "list",
        Apdu::GetResponse(GetResponse::WithDatablock { last, result, .. }) => match result {
            RawData(_) if *last => "last block",
            RawData(_) => "block",
            Error(DataAccessResult::NO_LONG_GET_IN_PROGRESS) => "no long get",
            Error(_) => "wrong number",
        },
        other => panic!("{other:?}"),
    }
}

const METHOD: MethodDescriptor =
    MethodDescriptor { class: 8, instance: Obis([0, 0, 1, 0, 0, 255]), method: 1 };

/// An attribute whose value has about that many octets.
fn attribute(size: u64) -> AttributeReference {
    let instance = Obis([0, 0, 96, 1, size as u8, 255]);
    AttributeDescriptor { class: 1, instance, attribute: 2 }.into()
}

/// A value in which every few octets say which answer they belong to, and where.
fn value_of(target: &AttributeReference, asked: u32) -> Encoded {
    let size = usize::from(target.attribute.instance.0[4]);
    let words = (0_u16..).flat_map(|place| {
        let [_, a, b, c] = asked.to_be_bytes();
        let [d, e] = place.to_be_bytes();
        [a, b, c, d, e]
    });
    Encoded::from(Data::OctetString(words.take(size).collect()))
}

fn aarq() -> Apdu {
    let text = format!("601D A109060760857405080101 BE10040E 01000000065F1F0400007E1F {PDU:04x}");
    Apdu::decode(&octets(&text)).unwrap()
}
