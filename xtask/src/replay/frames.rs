//! Every frame, decoded in its layer and written again.

use cosem::bytes::{DecodeError, Problem};
use dlms::{
    apdu::Apdu,
    link::wrapper::{self, Decoder, HEADER_LENGTH, Header, VERSION},
};

use super::{
    conversation::{Conversation, Direction, Line, Link, Recorded},
    hdlc::{self, Heard, Payload},
};

/// Source and destination of a frame.
pub(super) type Route = (u16, u16);

/// What one side said.
pub(super) enum Message {
    Apdu {
        number: usize,
        direction: Direction,
        route: Route,
        /// The APDU's octets.
        octets: Vec<u8>,
        apdu: Box<Apdu>,
    },
    /// An APDU of a later issue.
    NotBuilt { number: usize, tag: u8, name: &'static str },
    /// A frame that must be refused, as it came.
    Bad { direction: Direction, octets: Vec<u8> },
    /// Something is missing here.
    Gap,
}

/// All that was said, and what was noticed in reading it.
#[derive(Default)]
pub(super) struct Frames {
    pub(super) messages: Vec<Message>,
    pub(super) decoded: usize,
    pub(super) refused: usize,
    /// What should have been decoded or refused, and was not.
    pub(super) problems: Vec<String>,
    /// What is not hidden: payloads that are no DLMS, forms that are not kept.
    pub(super) notable: Vec<String>,
    pub(super) remarks: Vec<String>,
}

/// One direction of a stream of frames.
#[derive(Default)]
struct Stream {
    decoder: Decoder,
    /// The octets of the frame under way.
    raw: Vec<u8>,
    hdlc: hdlc::Stream,
    /// How many lines the frame under way has begun in or gone through.
    open: usize,
}

impl Stream {
    /// How many octets wait for the rest of their frame.
    const fn unfinished(&self) -> usize {
        self.raw.len() + self.hdlc.unfinished()
    }

    /// A line was taken; `begins` says that what is left began in it.
    const fn took_line(&mut self, begins: bool) {
        if begins {
            self.open = 0;
        }
        if self.unfinished() > 0 {
            self.open += 1;
        }
    }
}

impl Frames {
    pub(super) fn decode(conversation: &Conversation) -> Self {
        let mut frames = Self::default();
        let mut streams = [Stream::default(), Stream::default()];
        for line in &conversation.lines {
            let recorded = match line {
                Line::Frame(recorded) => recorded,
                Line::Gap => {
                    for stream in std::mem::take(&mut streams) {
                        let cut = frames.cut(&stream);
                        frames.remarks.extend(cut.map(|cut| format!("{cut} before a gap")));
                    }
                    frames.messages.push(Message::Gap);
                    continue;
                }
                Line::Empty(number, why) => {
                    frames.problems.push(format!("line {number} is no frame: {why}"));
                    continue;
                }
            };
            let stream = &mut streams[usize::from(recorded.direction == Direction::Tx)];
            match (&conversation.facts.link, &recorded.bad) {
                (Link::Other(_), _) => frames.plain(recorded),
                (link, Some(why)) => frames.bad(link, recorded, why),
                (Link::Apdu, None) => {
                    let (client, server) = conversation.facts.addresses;
                    let route = match recorded.direction {
                        Direction::Tx => (client, server),
                        Direction::Rx => (server, client),
                    };
                    frames.apdu(recorded, route, recorded.octets.clone());
                    frames.plain(recorded);
                }
                (Link::Hdlc, None) => {
                    frames.linked(recorded, stream);
                    frames.plain(recorded);
                }
                (Link::Wrapper, None) => {
                    frames.wrapped(recorded, stream);
                    frames.plain(recorded);
                }
            }
        }
        for stream in &streams {
            let cut = frames.cut(stream);
            frames.problems.extend(cut.map(|cut| format!("{cut} at the end")));
        }
        frames
    }

    /// Takes the lines of a frame back that does not come to its end, and says so.
    fn cut(&mut self, stream: &Stream) -> Option<String> {
        let unfinished = stream.unfinished();
        self.decoded = self.decoded.saturating_sub(stream.open);
        (unfinished > 0).then(|| format!("{unfinished} octets that are no whole frame"))
    }

    /// The frames of a stream, which may come in any pieces.
    fn wrapped(&mut self, recorded: &Recorded, stream: &mut Stream) {
        let number = recorded.number;
        let version = VERSION.to_be_bytes();
        let begins = recorded.octets.get(..2).unwrap_or(&recorded.octets);
        if stream.raw.is_empty() && !version.starts_with(begins) {
            let count = recorded.octets.len();
            self.notable.push(format!("line {number}: {count} octets that are no frame, kept"));
            return;
        }
        let problems = self.problems.len();
        let mut begins = false;
        let mut left = recorded.octets.as_slice();
        while !left.is_empty() {
            let taken = stream.decoder.push(left);
            let (now, later) = left.split_at(taken);
            stream.raw.extend_from_slice(now);
            left = later;
            match stream.decoder.next_frame() {
                Ok(None) => {}
                Ok(Some(frame)) => {
                    let raw = std::mem::take(&mut stream.raw);
                    begins = true;
                    let route = (frame.source, frame.destination);
                    let mut again = Vec::new();
                    let written = wrapper::encode(route.0, route.1, &frame.apdu, &mut again);
                    if written.is_err() || !raw.ends_with(&again) {
                        let text = format!("line {number}: the header is written in another form");
                        self.notable.push(text);
                    }
                    self.payload(recorded, route, frame.apdu);
                }
                Err(error) => {
                    self.problems.push(format!("line {number}: {error}"));
                    *stream = Stream::default();
                    break;
                }
            }
        }
        stream.took_line(begins);
        if self.problems.len() == problems {
            self.decoded += 1;
        } else {
            // It does not count already.
            stream.open = stream.open.saturating_sub(1);
        }
    }

    /// The frames of HDLC, which may come in any pieces.
    fn linked(&mut self, recorded: &Recorded, stream: &mut Stream) {
        let number = recorded.number;
        let problems = self.problems.len();
        let heard = stream.hdlc.hear(&recorded.octets);
        stream.took_line(!heard.is_empty());
        let is_none = !heard.is_empty()
            && heard.iter().all(|heard| matches!(heard, Heard::Notable(_)))
            && stream.hdlc.unfinished() == 0;
        for heard in heard {
            match heard {
                Heard::Message(route, Payload { octets, has_begun: true }) => {
                    match Apdu::decode(&octets) {
                        // The frame is right. What its meter does against the standard in the
                        // layers above needs the quirks that come with the link.
                        Err(error) if is_wrong_inside(&error) => {
                            self.notable.push(format!("line {number}: an APDU, kept: {error}"));
                        }
                        _ => self.payload(recorded, route, octets),
                    }
                }
                Heard::Message(route, Payload { octets, .. }) => match Apdu::decode(&octets) {
                    Ok(_) => self.payload(recorded, route, octets),
                    Err(DecodeError { problem: Problem::NotBuilt { .. }, .. }) => {
                        self.payload(recorded, route, octets);
                    }
                    Err(_) => self.notable.push(format!(
                        "line {number}: {} octets without LLC that are no APDU, kept",
                        octets.len()
                    )),
                },
                Heard::Notable(text) => self.notable.push(format!("line {number}: {text}")),
                Heard::Remark(text) => self.remarks.push(format!("line {number}: {text}")),
                Heard::Problem(text) => self.problems.push(format!("line {number}: {text}")),
            }
        }
        if self.problems.len() == problems && !is_none {
            self.decoded += 1;
        } else {
            stream.open = stream.open.saturating_sub(1);
        }
    }

    fn apdu(&mut self, recorded: &Recorded, route: Route, octets: Vec<u8>) {
        let problems = self.problems.len();
        self.payload(recorded, route, octets);
        if self.problems.len() == problems {
            self.decoded += 1;
        }
    }

    fn payload(&mut self, recorded: &Recorded, route: Route, octets: Vec<u8>) {
        let &Recorded { number, direction, .. } = recorded;
        match Apdu::decode(&octets) {
            Ok(apdu) => {
                self.compare(number, &apdu, &octets);
                let apdu = Box::new(apdu);
                self.messages.push(Message::Apdu { number, direction, route, octets, apdu });
            }
            Err(DecodeError { problem: Problem::NotBuilt { tag, name }, .. }) => {
                self.messages.push(Message::NotBuilt { number, tag, name });
            }
            // The first octet begins no APDU.
            Err(DecodeError { at: 0, problem: Problem::UnknownTag { tag, .. }, .. }) => {
                let count = octets.len();
                self.notable.push(format!(
                    "line {number}: a payload of {count} octets that is no DLMS (it begins with \
                     {tag:02x}), kept"
                ));
            }
            Err(error) => self.problems.push(format!("line {number}: {error}")),
        }
    }

    /// Writes an APDU again: it must be the same, or at least mean the same.
    fn compare(&mut self, number: usize, apdu: &Apdu, octets: &[u8]) {
        let again = apdu.encode();
        if again == octets {
            return;
        }
        let name = apdu.name();
        let (before, after) = (octets.len(), again.len());
        match Apdu::decode(&again) {
            Ok(same) if same == *apdu => self.notable.push(format!(
                "line {number}: {name} comes back in another form, {before} octets as {after}"
            )),
            _ => self.problems.push(format!(
                "line {number}: {name} means something else when it is written again"
            )),
        }
    }

    /// A frame that must be refused.
    fn bad(&mut self, link: &Link, recorded: &Recorded, why: &str) {
        let number = recorded.number;
        let outcome = match link {
            Link::Wrapper => whole_frame(&recorded.octets),
            Link::Hdlc => hdlc::whole_frame(&recorded.octets),
            _ => Apdu::decode(&recorded.octets).map(drop),
        };
        match outcome {
            Ok(()) => self.problems.push(format!("line {number} was not refused: {why}")),
            Err(DecodeError { problem: Problem::NotBuilt { name, .. }, .. }) => {
                self.remarks.push(format!("line {number}: {name} is not built yet ({why})"));
            }
            Err(error) => {
                self.refused += 1;
                self.remarks.push(format!("line {number} refused: {error} ({why})"));
            }
        }
        let Recorded { direction, octets, .. } = recorded;
        self.messages.push(Message::Bad { direction: *direction, octets: octets.clone() });
    }

    /// The APDU in clear, of a frame whose layer may not be built.
    fn plain(&mut self, recorded: &Recorded) {
        let Some(octets) = &recorded.plain else { return };
        let number = recorded.number;
        match Apdu::decode(octets) {
            Ok(apdu) => self.remarks.push(format!("line {number}: in clear {}", apdu.name())),
            Err(error) => self.remarks.push(format!("line {number}: in clear {error}")),
        }
    }
}

/// Reads exactly one frame with an APDU.
fn whole_frame(octets: &[u8]) -> Result<(), DecodeError> {
    let header = Header::decode(octets)?;
    let apdu = octets.get(HEADER_LENGTH..).unwrap_or_default();
    let wanted = usize::from(header.length);
    let error = |problem| DecodeError { context: "wrapper", field: "length", at: 6, problem };
    if apdu.len() < wanted {
        return Err(error(Problem::Truncated { wanted, left: apdu.len() }));
    }
    if apdu.len() > wanted {
        return Err(error(Problem::TrailingOctets { left: apdu.len() - wanted }));
    }
    Apdu::decode(apdu).map(drop)
}

/// Whether an APDU begins as one that we have and is wrong further on.
const fn is_wrong_inside(error: &DecodeError) -> bool {
    match error.problem {
        Problem::NotBuilt { .. } => false,
        Problem::UnknownTag { .. } => error.at > 0,
        _ => true,
    }
}
