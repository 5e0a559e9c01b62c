//! Our client asks what was asked in a recorded conversation, and hears what was answered then.
//!
//! The state machine alone: no socket, no clock. Answers carry the invoke-id of the recorded request; where our
//! client has another one, the answer gets it, so that an answer which fitted then fits now and no other does.

use std::collections::{BTreeMap, BTreeSet};

use dlms::{
    apdu::{
        ActionRequest, Apdu, ApplicationContext, GetRequest, GetResponse, Mechanism, SetRequest,
    },
    association::{ClientAddress, Options, ServerAddress},
    link::wrapper::{self, HEADER_LENGTH},
};

use super::{
    Client, Likeness,
    conversation::{Conversation, Direction, Link, word},
    equivalence,
    frames::{Frames, Message, Route},
    partner::{Heard, Partner, Waiting, invoke, is_answer, options, request},
    yielded::Yield,
};

/// What came of holding a conversation again.
pub(super) struct Told {
    pub(super) client: Client,
    pub(super) why: String,
    pub(super) remarks: Vec<String>,
}

pub(super) fn hold(conversation: &Conversation, frames: &Frames) -> Told {
    if let Some(why) = later(conversation, frames) {
        return Told { client: Client::NotRun, why, remarks: Vec::new() };
    }
    let mut talk = Talk::default();
    for (place, message) in frames.messages.iter().enumerate() {
        match message {
            Message::Apdu { number, direction: Direction::Tx, route, octets, apdu } => {
                let later = frames.messages.get(place + 1..).unwrap_or_default();
                talk.asks(&Asked { number: *number, route: *route, octets, apdu, later });
            }
            Message::Apdu { number, route: (source, destination), octets, apdu, .. } => {
                talk.hears(*number, (*destination, *source), octets, apdu);
            }
            Message::NotBuilt { number, name, .. } => {
                talk.remarks.push(format!("line {number}: {name} passes by"));
            }
            Message::Bad { direction: Direction::Tx, .. } => {}
            Message::Bad { octets, .. } => talk.hears_badly(&conversation.facts.link, octets),
            Message::Gap => talk.partners.values_mut().for_each(Partner::lose),
        }
    }
    talk.end(conversation.facts.complete)
}

/// Why the conversation cannot be held yet.
fn later(conversation: &Conversation, frames: &Frames) -> Option<String> {
    let facts = &conversation.facts;
    match &facts.link {
        Link::Hdlc => return Some("the replay of HDLC links is of a later issue".to_owned()),
        Link::Other(link) => return Some(format!("link {link}: not known")),
        Link::Wrapper | Link::Apdu => {}
    }
    if facts.short_names {
        return Some("short names: a later issue".to_owned());
    }
    let words = facts.replay.as_str();
    match word(words) {
        "plain" => {}
        "pinned" | "HLS-recorded" => {
            return Some(format!("high-level security: a later issue ({words})"));
        }
        "" => return Some("the facts do not say how to replay it".to_owned()),
        _ => return Some(words.to_owned()),
    }
    let mut requests = 0;
    for message in &frames.messages {
        let reason = match message {
            Message::NotBuilt { tag, .. } if NOTIFICATIONS.contains(tag) => None,
            Message::NotBuilt { name, .. } => Some((*name).to_owned()),
            Message::Apdu { direction: Direction::Tx, apdu, .. } => {
                requests += 1;
                beyond(apdu)
            }
            _ => None,
        };
        if let Some(reason) = reason {
            return Some(format!("{reason}: a later issue"));
        }
    }
    (requests == 0).then(|| "no request was recorded".to_owned())
}

/// What a meter sends unasked: it disturbs no conversation.
const NOTIFICATIONS: [u8; 3] = [0x0f, 0x18, 0xc2];

/// What our client cannot ask for yet.
fn beyond(apdu: &Apdu) -> Option<String> {
    match apdu {
        Apdu::Aarq(aarq) => {
            let name = &aarq.application_context_name;
            let mechanism = aarq.mechanism_name.as_ref();
            match (name.application_context(), mechanism.map(|name| name.mechanism())) {
                (Some(ApplicationContext::LOGICAL_NAME), None | Some(Some(Mechanism::LOWEST))) => {}
                (Some(ApplicationContext::LOGICAL_NAME), Some(Some(Mechanism::LOW))) => {}
                (Some(ApplicationContext::LOGICAL_NAME), mechanism) => {
                    let name = mechanism.flatten().and_then(Mechanism::name);
                    return Some(format!("authentication {}", name.unwrap_or("unknown")));
                }
                (Some(context), _) => return Some(format!("application context {context}")),
                (None, _) => return Some(format!("application context {name}")),
            }
            match equivalence::initiate(aarq) {
                None => Some("the user-information of the AARQ".to_owned()),
                Some(initiate) => initiate.dedicated_key.map(|_| "a dedicated key".to_owned()),
            }
        }
        Apdu::GetRequest(_)
        | Apdu::SetRequest(SetRequest::Normal { .. })
        | Apdu::ActionRequest(ActionRequest::Normal { .. })
        | Apdu::Rlrq(_) => None,
        Apdu::SetRequest(_) => Some("SET with lists or blocks".to_owned()),
        Apdu::ActionRequest(_) => Some("ACTION with lists or blocks".to_owned()),
        other => Some(format!("{} from a client", other.name())),
    }
}

const END: &str = "the recording ends";

/// A recorded request.
struct Asked<'a> {
    number: usize,
    route: Route,
    octets: &'a [u8],
    apdu: &'a Apdu,
    /// What follows it.
    later: &'a [Message],
}

/// Our client's conversations with one recorded meter.
#[derive(Default)]
struct Talk {
    /// By the addresses of client and server.
    partners: BTreeMap<Route, Partner>,
    /// The partner of the last request.
    last: Option<Route>,
    asked: usize,
    yielded: usize,
    /// In what our requests differ, though they ask for the same.
    equivalent: BTreeSet<&'static str>,
    different: Vec<String>,
    /// What is said whatever comes out, because the outcome alone would hide it.
    notes: Vec<String>,
    remarks: Vec<String>,
}

impl Talk {
    fn asks(&mut self, asked: &Asked<'_>) {
        self.last = Some(asked.route);
        if let Apdu::GetRequest(GetRequest::Next { block, .. }) = asked.apdu {
            return self.asks_for_block(asked, *block);
        }
        self.settle(asked.route, "another request comes");
        if let Apdu::Aarq(aarq) = asked.apdu {
            let partner = Partner::new(options(asked.route, aarq, asked.later));
            self.partners.insert(asked.route, partner);
        }
        self.asked += 1;
        let partner = self.partners.entry(asked.route).or_insert_with(|| {
            let (client, server) = asked.route;
            Partner::new(Options {
                client: ClientAddress(client),
                server: ServerAddress(server),
                ..Options::default()
            })
        });
        if !matches!(asked.apdu, Apdu::Aarq(_)) && !partner.ready {
            if partner.aare.is_none() {
                let number = asked.number;
                self.remarks.push(format!("line {number}: the association is taken for granted"));
            }
            partner.resume();
        }
        if partner.exceeds_what_was_granted(asked.apdu) {
            let number = asked.number;
            let remark = "uses a service that was not granted (quirk services_not_granted)";
            self.remarks.push(format!("line {number}: {remark}"));
        }
        let (request, targets) = request(asked.apdu);
        partner.ready = false;
        partner.given_up = None;
        partner.lost = false;
        let now = partner.now();
        if let Err(misuse) = partner.machine.request(request, now) {
            let number = asked.number;
            return self
                .different
                .push(format!("line {number}: our client sends nothing: {misuse}"));
        }
        partner.drain();
        let frame = partner.sent.pop_front().unwrap_or_default();
        let ours = Apdu::decode(frame.get(HEADER_LENGTH..).unwrap_or_default());
        let ids = invoke(asked.apdu).zip(ours.ok().as_ref().and_then(invoke));
        partner.waiting = Some(Waiting {
            number: asked.number,
            targets,
            ids: ids.map(|(recorded, ours)| (recorded.id(), ours.id())),
            answers: Vec::new(),
            untaken: None,
        });
        self.compare(asked, &frame);
    }

    /// Our client has asked for the block as soon as it had the one before.
    fn asks_for_block(&mut self, asked: &Asked<'_>, acknowledged: u32) {
        let partner = self.partners.get_mut(&asked.route);
        let goes_on = goes_on(partner.as_deref(), acknowledged);
        let (sent, refused) = partner.map_or((None, None), |partner| {
            let untaken = partner.waiting.as_ref().and_then(|waiting| waiting.untaken);
            (partner.sent.pop_front(), partner.given_up.or(untaken))
        });
        let number = asked.number;
        match (sent, refused) {
            (Some(frame), _) => {
                self.asked += 1;
                self.compare(asked, &frame);
            }
            // The recorded client goes on with what ours has refused.
            (None, Some(block)) => {
                let text = format!("our client does not take line {block}, the recorded one does");
                if !self.different.contains(&text) {
                    self.different.push(text);
                }
            }
            (None, None) => match goes_on {
                Ok(how) => {
                    self.equivalent.insert("block pacing");
                    self.notes.push(format!("line {number} asks for a block of {how}"));
                }
                Err(why) => self.different.push(format!("line {number} {why}")),
            },
        }
    }

    fn compare(&mut self, asked: &Asked<'_>, ours: &[u8]) {
        let mut recorded = Vec::new();
        let (source, destination) = asked.route;
        let framed = wrapper::encode(source, destination, asked.octets, &mut recorded);
        if framed.is_ok() && recorded == ours {
            return;
        }
        let number = asked.number;
        let ours = Apdu::decode(ours.get(HEADER_LENGTH..).unwrap_or_default());
        match ours
            .map_err(|error| error.to_string())
            .and_then(|ours| equivalence::differences(asked.apdu, &ours))
        {
            Ok(differences) if differences.is_empty() => {
                self.equivalent.insert("form of the encoding");
            }
            Ok(differences) => self.equivalent.extend(differences),
            Err(why) => self.different.push(format!("line {number}: {why}")),
        }
    }

    fn hears(&mut self, number: usize, key: Route, octets: &[u8], apdu: &Apdu) {
        let partner = self.partners.get_mut(&key).filter(|partner| partner.waiting.is_some());
        let Some(partner) = partner.filter(|_| is_answer(apdu)) else {
            return self.hears_unasked(number, apdu);
        };
        let ids = partner.waiting.as_ref().and_then(|waiting| waiting.ids);
        let mut answer = octets.to_vec();
        if let (Some((recorded, ours)), Some(_), Some(octet)) =
            (ids, invoke(apdu), answer.get_mut(2))
        {
            // What differed from the recorded request differs from ours in the same bits.
            *octet ^= recorded ^ ours;
        }
        let frame = partner.framed(&answer);
        let yielded = match partner.listen(&frame) {
            Heard::Stray => {
                if let Some(waiting) = &mut partner.waiting {
                    waiting.untaken = Some(number);
                }
                return self.remarks.push(format!("line {number}: {} is not taken", apdu.name()));
            }
            Heard::More => return partner.keep(apdu),
            Heard::End(yielded) => yielded,
        };
        partner.keep(apdu);
        let Some(Waiting { targets, answers, .. }) = partner.waiting.take() else { return };
        if let Yield::Associated { .. } = yielded {
            partner.aare = Some(frame);
        }
        partner.ready = partner.machine.negotiated().is_some();
        if let (Yield::Nothing(_), Apdu::GetResponse(GetResponse::WithDatablock { .. })) =
            (&yielded, apdu)
        {
            partner.given_up = Some(number);
        }
        self.yielded += 1;
        let proposed = partner.options.conformance;
        let said = Yield::of_answers(&answers, targets, proposed);
        if yielded == said {
            return;
        }
        let text =
            format!("line {number}: {} came, our client has {}", said.kind(), yielded.kind());
        if said.is_useful() || yielded.is_useful() {
            self.different.push(text);
        } else if partner.given_up.is_some() {
            // No client can make a value of it; that it was asked for and not had is not hidden.
            self.notes.push(text);
        } else {
            self.remarks.push(text);
        }
    }

    /// Something that answers nothing at these addresses. Where somebody waits for an answer, it may be
    /// the answer in the eyes of the recorded client: ours does not take it.
    fn hears_unasked(&mut self, number: usize, apdu: &Apdu) {
        self.remarks.push(format!("line {number}: {} unasked", apdu.name()));
        let partner = self.last.and_then(|route| self.partners.get_mut(&route));
        let waiting = partner.and_then(|partner| partner.waiting.as_mut());
        if let Some(waiting) = waiting.filter(|_| is_answer(apdu)) {
            waiting.untaken = Some(number);
        }
    }

    /// A frame that must be refused: nothing may come of it.
    fn hears_badly(&mut self, link: &Link, octets: &[u8]) {
        let partner = self.last.and_then(|route| self.partners.get_mut(&route));
        let Some(partner) = partner.filter(|partner| partner.waiting.is_some()) else { return };
        let frame = match link {
            Link::Wrapper => octets.to_vec(),
            _ => partner.framed(octets),
        };
        if let Heard::End(yielded) = partner.listen(&frame)
            && yielded.is_useful()
        {
            let text = format!("our client takes {} from a frame that is BAD", yielded.kind());
            self.different.push(text);
        }
        partner.lose();
    }

    /// Ends what is under way in an association, before something else is asked for.
    fn settle(&mut self, route: Route, when: &str) {
        let Some(partner) = self.partners.get_mut(&route) else { return };
        if let Some(waiting @ Waiting { number, untaken, .. }) = &partner.waiting {
            if let Some(block) = waiting.block() {
                let text = format!("{when} in the middle of a transfer");
                self.notes.push(format!("{text} (line {number}, after block {block})"));
            }
            if let Some(answer) = untaken {
                let text = format!("line {answer}: the answer to line {number} is not taken");
                self.different.push(text);
            } else if partner.sent.is_empty() {
                self.remarks.push(format!("no answer to line {number} was recorded"));
            } else {
                // The recorded client had enough; ours goes on to the end.
                self.equivalent.insert("block pacing");
            }
            partner.lose();
        }
        partner.sent.clear();
    }

    fn end(mut self, is_called_complete: bool) -> Told {
        let routes: Vec<Route> = self.partners.keys().copied().collect();
        for route in routes {
            self.settle(route, END);
        }
        if is_called_complete && self.notes.iter().any(|note| note.starts_with(END)) {
            self.notes.push("it is called complete all the same".to_owned());
        }
        let (likeness, mut why) = if !self.different.is_empty() {
            (Likeness::Different, self.different.join("; "))
        } else if !self.equivalent.is_empty() {
            let differences: Vec<&str> = self.equivalent.iter().copied().collect();
            (Likeness::Equivalent, format!("other {}", differences.join(", ")))
        } else {
            (Likeness::Same, format!("{} requests, {} results", self.asked, self.yielded))
        };
        for note in &self.notes {
            why = format!("{why}; {note}");
        }
        Told { client: Client::Ran(likeness), why, remarks: self.remarks }
    }
}

/// Of which transfer a block may be asked for that our client does not ask for; an `Err` says that the recorded
/// client goes on where ours has stopped.
fn goes_on(partner: Option<&Partner>, acknowledged: u32) -> Result<&'static str, String> {
    let Some(partner) = partner.filter(|partner| !partner.lost) else {
        return Ok("a transfer whose beginning was not recorded");
    };
    match &partner.waiting {
        None => Err("asks for another block, our client has its answer".to_owned()),
        Some(waiting) if waiting.block() == Some(acknowledged) => Ok("this transfer again"),
        Some(_) => Err(format!(
            "asks for the block after block {acknowledged}, which was not recorded: our client \
             waits for it"
        )),
    }
}
