//! Our client reads a meter that we did not write.

use std::{
    cell::RefCell,
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, anyhow, bail};
use dlms::association::Negotiated;
use dlms_client::{Client, Connector, Conversation, Credentials, blocking};
use dlms_link::Connection;
use serde_json::Value;

use super::{
    Judgement, Run, Verdict, cases,
    program::Program,
    recording::{Parties, Recording},
};

const PEER: &str = "gurux-dlms server";
const PACKAGE: &str = "gurux-dlms";
/// A time that never changes, so that a recorded conversation is the same in every run.
const NOW: &str = "2026-03-04T10:07:30+01:00";
/// Small, so that long answers come in blocks.
const PDU: &str = "200";
const ROWS: &str = "200";
/// Information fields so short that requests too go out in segments.
const SHORT: &str = "32";
const START: Duration = Duration::from_secs(30);

/// How the frames on the TCP connection are built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    Wrapper,
    /// HDLC with the logical device as the whole server address, in one octet.
    Hdlc,
    /// HDLC with a server address of four octets, half of them for the physical device, and with the
    /// shortest information fields.
    HdlcPhysical,
}

impl Framing {
    const fn is_hdlc(self) -> bool {
        !matches!(self, Self::Wrapper)
    }

    /// What stands in front of the name of a case.
    const fn prefix(self) -> &'static str {
        match self {
            Self::Wrapper => "",
            Self::Hdlc => "hdlc-",
            Self::HdlcPhysical => "hdlc-4-octets-",
        }
    }

    const fn scheme(self) -> &'static str {
        if self.is_hdlc() { "hdlc+tcp" } else { "tcp" }
    }

    /// What the connection string says of the addresses.
    const fn addresses(self) -> &'static str {
        match self {
            Self::Wrapper => "",
            Self::Hdlc => "&address-size=1",
            Self::HdlcPhysical => "&physical=17&address-size=4",
        }
    }
}

/// The servers that are started, one after the other, and the cases that each has to bear.
const SERVERS: &[(Framing, bool, Cases)] = &[
    (Framing::Wrapper, CORRECTED, cases::CASES),
    (Framing::Wrapper, !CORRECTED, cases::AS_BUILT),
    (Framing::Hdlc, CORRECTED, cases::OVER_HDLC),
    (Framing::Hdlc, !CORRECTED, cases::AS_BUILT),
    (Framing::HdlcPhysical, CORRECTED, cases::OVER_HDLC),
];
/// Lays out as the standard has it what the package does not.
const CORRECTED: bool = true;

/// A meter of the peer, and what the cases need to talk to it.
pub(super) struct TheirMeter<'a> {
    port: u16,
    framing: Framing,
    /// All that it serves.
    pub(super) facts: Value,
    events: PathBuf,
    /// The command `dlms`.
    pub(super) command: &'a Path,
    /// The conversations of the case under way.
    talks: RefCell<Vec<(Recording, Parties)>>,
    /// Ends with the meter.
    _program: Program,
}

/// Which client asks.
#[derive(Clone, Copy)]
pub(super) enum Who {
    Public,
    Reader,
    /// The reader with this password.
    Guesser(&'static str),
}

/// What a case found.
pub(super) enum Found {
    /// All as it should be; a few words.
    Right(String),
    /// The peer is wrong in this.
    PeerFault(String),
}

pub(super) type Case = fn(&TheirMeter<'_>) -> Result<Found>;

/// Each with its name.
type Cases = &'static [(&'static str, Case)];

pub(super) fn read_by_us(run: &mut Run<'_>, command: &Path) -> Result<()> {
    let version = run.environment.version(PACKAGE)?;
    for (framing, corrected, cases) in SERVERS {
        let meter = TheirMeter::start(run, command, *framing, *corrected)?;
        for (name, case) in *cases {
            let name = format!("{}{name}", framing.prefix());
            let found = case(&meter);
            let talks = meter.talks.take();
            let last_answer = talks.last().map(|(talk, _)| talk.last_answer()).unwrap_or_default();
            let (result, why) = match found {
                Ok(Found::Right(why)) => (Judgement::Pass, why),
                Ok(Found::PeerFault(why)) => (Judgement::PeerFault, why),
                Err(error) => (Judgement::Fail, format!("{error:#}; last answer {last_answer}")),
            };
            if let Some(folder) = &run.record {
                let fault = (result == Judgement::PeerFault).then_some(why.as_str());
                save(&talks, folder, &name, fault)?;
            }
            run.report(Verdict {
                peer: PEER.into(),
                version: version.clone(),
                case: name,
                result,
                why,
            })?;
        }
    }
    Ok(())
}

fn save(
    talks: &[(Recording, Parties)],
    folder: &Path,
    case: &str,
    fault: Option<&str>,
) -> Result<()> {
    for (number, (talk, parties)) in (1..).zip(talks) {
        let mut id = format!("gurux-server-{case}");
        if talks.len() > 1 {
            id = format!("{id}-{number}");
        }
        let last = number == talks.len();
        talk.save(folder, &Parties { id, ..*parties }, fault.filter(|_| last))?;
    }
    Ok(())
}

impl<'a> TheirMeter<'a> {
    fn start(run: &Run<'_>, command: &'a Path, framing: Framing, corrected: bool) -> Result<Self> {
        let folder = crate::process::root().join("target/interop");
        fs::create_dir_all(&folder).context("cannot make the folder target/interop")?;
        let name = |what: &str| folder.join(format!("{}-{what}", std::process::id()));
        let (facts, events) = (name("facts.json"), name("events.jsonl"));
        fs::write(&events, "").context("cannot write into target/interop")?;
        let mut server = run.environment.program("gurux_server.py");
        server.args(["--port", "0", "--pdu", PDU, "--rows", ROWS, "--now", NOW]);
        server.arg("--facts").arg(&facts).arg("--events").arg(&events);
        if corrected {
            server.arg("--correct");
        }
        if framing.is_hdlc() {
            server.arg("--hdlc");
        }
        if framing == Framing::HdlcPhysical {
            server.args(["--max-info", SHORT]);
        }
        let mut program = Program::start(&mut server)?;
        let line = program.line(START)?;
        let port = line.strip_prefix("listening ").and_then(|port| port.trim().parse().ok());
        let port = port.with_context(|| format!("the server says `{line}` and no port"))?;
        let served = fs::read_to_string(&facts).context("the server wrote no facts")?;
        // What it serves is known now; the events are read as they come.
        fs::remove_file(&facts).context("cannot remove the facts")?;
        Ok(Self {
            port,
            framing,
            facts: serde_json::from_str(&served).context("the server's facts are no JSON")?,
            events,
            command,
            talks: RefCell::default(),
            _program: program,
        })
    }

    /// The connection string of a client; `more` are further settings.
    pub(super) fn connection(&self, who: Who, server: u16, more: &str) -> String {
        let (client, mechanism) = match who {
            Who::Public => (16, "none"),
            Who::Reader | Who::Guesser(_) => (2, "low"),
        };
        let (scheme, addresses) = (self.framing.scheme(), self.framing.addresses());
        format!(
            "{scheme}://127.0.0.1:{}?client={client}&server={server}{addresses}\
             &auth={mechanism}&timeout=5s{more}",
            self.port
        )
    }

    /// The password of the reader, a test value.
    pub(super) fn password(&self) -> &str {
        self.facts["clients"]["password"].as_str().unwrap_or_default()
    }

    fn prepare(&self, who: Who, server: u16, more: &str) -> Result<(Connector, Connection)> {
        let connection: Connection = self.connection(who, server, more).parse()?;
        let credentials = match who {
            Who::Public => Credentials::none(),
            Who::Reader => Credentials::password(self.password()),
            Who::Guesser(password) => Credentials::password(password),
        };
        let recording = Recording::new(self.framing.is_hdlc());
        let parties = Parties {
            id: String::new(),
            client: connection.client,
            server,
            authentication: connection.authentication.word(),
        };
        let connector = Connector::new(credentials).observed_by(recording.observer());
        self.talks.borrow_mut().push((recording, parties));
        Ok((connector, connection))
    }

    /// Associates, without a runtime.
    pub(super) fn connect(&self, who: Who, server: u16) -> Result<blocking::Client> {
        Ok(self.try_connect(who, server)??)
    }

    /// Associates with further settings of the connection string.
    pub(super) fn connect_with(
        &self,
        who: Who,
        server: u16,
        more: &str,
    ) -> Result<blocking::Client> {
        let (connector, connection) = self.prepare(who, server, more)?;
        Ok(blocking::Client::connect_with(connector, &connection)?)
    }

    /// As [`Self::connect`], with the client's own error.
    pub(super) fn try_connect(
        &self,
        who: Who,
        server: u16,
    ) -> Result<dlms_client::Result<blocking::Client>> {
        let (connector, connection) = self.prepare(who, server, "")?;
        Ok(blocking::Client::connect_with(connector, &connection))
    }

    /// Associates with the async client.
    pub(super) async fn connect_async(
        &self,
        who: Who,
        server: u16,
    ) -> Result<Client<Conversation<dlms_link::Stream>>> {
        let (connector, connection) = self.prepare(who, server, "")?;
        Ok(connector.connect(&connection).await?)
    }

    /// The figures of the last conversation: frames sent, octets of the longest answer.
    pub(super) fn figures(&self) -> (usize, usize) {
        self.talks.borrow().last().map(|(talk, _)| talk.figures()).unwrap_or_default()
    }

    /// The last answer in hexadecimal.
    pub(super) fn last_answer(&self) -> String {
        self.talks.borrow().last().map(|(talk, _)| talk.last_answer()).unwrap_or_default()
    }

    /// Waits until the server has noted an event like this: what reached it, not what it answered.
    pub(super) fn expect_event(&self, wanted: &[(&str, Value)]) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(2);
        loop {
            let text = fs::read_to_string(&self.events).context("the server wrote no events")?;
            let mut events = text.lines().map_while(|line| serde_json::from_str(line).ok());
            if events.any(|event: Value| wanted.iter().all(|(key, value)| event[*key] == *value)) {
                return Ok(());
            }
            if Instant::now() > deadline {
                let last = text.lines().last().unwrap_or("nothing");
                bail!("the server noted no event {wanted:?}; last it noted {last}");
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// A list of the facts.
    pub(super) fn list<'f>(&self, fact: &'f Value) -> Result<&'f [Value]> {
        let list = fact.as_array().ok_or_else(|| anyhow!("a fact is no list: {fact}"))?;
        Ok(list)
    }
}

impl Drop for TheirMeter<'_> {
    fn drop(&mut self) {
        // It only held what this run looked at.
        let _ = fs::remove_file(&self.events);
    }
}

/// What was agreed, in a few words.
pub(super) fn agreed(negotiated: Option<Negotiated>) -> Result<String> {
    let Some(Negotiated { conformance, server_max_receive_pdu_size, .. }) = negotiated else {
        bail!("nothing was agreed");
    };
    Ok(format!("PDU size {server_max_receive_pdu_size}, {conformance}"))
}
