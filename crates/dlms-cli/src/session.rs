//! A conversation of one run: options that every verb has, connecting, releasing, Ctrl-C.

use std::net::IpAddr;
use std::path::PathBuf;
use std::pin::pin;
use std::time::Duration;

use cosem::Obis;
use cosem::class::{self, ClassDescriptor};
use dlms::apdu::AttributeReference;
use dlms_client::{Client, Connector, Conversation, Credentials, ObjectEntry, ReadResult};
use dlms_link::capture::Capture;
use dlms_link::connection::Authentication;
use dlms_link::{Connection, Stream};

use crate::exit::{Exit, Failure, Outcome};
use crate::interrupt::Interrupt;
use crate::watch::{Framing, Listener, Progress, Watch, layers};
use crate::{names, output, secrets};

/// What every verb that talks to a meter takes.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct MeterArgs {
    /// The meter: tcp://HOST:PORT?client=16&server=1&auth=none|low&timeout=5s&keys=NAME; with HDLC
    /// hdlc+tcp://…&physical=17&address-size=2
    #[arg(value_name = "METER")]
    meter: String,
    /// Key file (TOML, mode 0600: [NAME] password = { text = "…" }); else DLMS_PASSWORD, else asked for
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    /// Print one JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
    /// Show every message on standard error, each layer decoded
    #[arg(short, long)]
    verbose: bool,
    /// Record the conversation as pcapng (mode 0600; holds passwords as they were on the wire)
    #[arg(long, value_name = "FILE")]
    pcap: Option<PathBuf>,
}

impl MeterArgs {
    /// The connection that is meant. No message repeats the text: it may hold a secret by mistake.
    pub(crate) fn connection(&self) -> Outcome<Connection> {
        let connection: Connection =
            self.meter.parse().map_err(|error| Failure::usage("reach the meter", error))?;
        let built = connection.check_built();
        built.map_err(|error| Failure::usage(format!("use {connection}"), error))?;
        Ok(connection)
    }
}

type Meter = Client<Conversation<Stream>>;

/// An association and what was learnt in it.
pub(crate) struct Session {
    client: Meter,
    /// The meter's name: the connection string in its canonical form.
    pub(crate) meter: String,
    pub(crate) connection: Connection,
    pub(crate) interrupt: Interrupt,
    pub(crate) progress: Progress,
    capture: Option<Capture>,
    view: Option<Vec<ObjectEntry>>,
}

/// What is needed to open a conversation.
pub(crate) struct Opening {
    pub(crate) connection: Connection,
    pub(crate) credentials: Credentials,
    /// Sees every frame.
    pub(crate) listener: Option<Listener>,
    pub(crate) pcap: Option<PathBuf>,
}

/// Connects, does what is to be done, releases the association whatever came of it.
///
/// # Errors
/// What went wrong first.
pub(crate) async fn with<T>(
    args: &MeterArgs,
    interrupt: &Interrupt,
    work: impl AsyncFnOnce(&mut Session) -> Outcome<T>,
) -> Outcome<T> {
    let connection = args.connection()?;
    let keys = args.keys.as_deref();
    let credentials = secrets::credentials(&connection, keys, interrupt).await?;
    let listener = args.verbose.then(layers);
    let pcap = args.pcap.clone();
    let opening = Opening { connection, credentials, listener, pcap };
    let outcome = hold(opening, interrupt, work).await;
    outcome.map_err(|failure| match failure.exit {
        // "12345678" is four octets.
        Exit::Refused if keys.is_some() => failure
            .also("in a key file a password is hexadecimal unless it is written { text = \"…\" }"),
        _ => failure,
    })
}

/// The same with everything at hand.
///
/// # Errors
/// What went wrong first.
pub(crate) async fn hold<T>(
    opening: Opening,
    interrupt: &Interrupt,
    work: impl AsyncFnOnce(&mut Session) -> Outcome<T>,
) -> Outcome<T> {
    let mut session = tokio::select! {
        session = Session::open(opening, interrupt) => session?,
        () = interrupt.raised() => return Err(Failure::interrupted()),
    };
    let outcome = {
        let grace = session.connection.timeout.min(LONGEST_GRACE);
        let mut work = pin!(work(&mut session));
        tokio::select! {
            outcome = &mut work => outcome,
            // An association cannot be released while an answer is on its way. The work ends by
            // itself before the next request; should the answer not come, the link is closed.
            () = interrupt.raised() => match tokio::time::timeout(grace, &mut work).await {
                Ok(outcome) => outcome,
                Err(_) => Err(Failure::interrupted()),
            },
        }
    };
    let interrupted = interrupt.is_raised();
    session.close().await;
    if interrupted { Err(Failure::interrupted()) } else { outcome }
}

impl Session {
    async fn open(opening: Opening, interrupt: &Interrupt) -> Outcome<Self> {
        let Opening { connection, credentials, listener, pcap } = opening;
        warn_of_readable_password(&connection).await;
        let capture = pcap.map(|path| capture(&path, &connection)).transpose()?;
        let progress = Progress::default();
        let framing = if connection.transport.is_hdlc() { Framing::Hdlc } else { Framing::Wrapper };
        let watch = Watch::new(framing, listener, progress.clone());
        let mut connector = Connector::new(credentials).observed_by(Box::new(watch));
        if let Some(capture) = &capture {
            connector = connector.recorded_in(capture.clone());
        }
        let client = connector.connect(&connection).await;
        if client.is_err() {
            check(capture.as_ref(), &connection);
        }
        Ok(Self {
            client: client?,
            meter: connection.to_string(),
            connection,
            interrupt: interrupt.clone(),
            progress,
            capture,
            view: None,
        })
    }

    /// The client, unless Ctrl-C was pressed.
    pub(crate) fn client(&mut self) -> Outcome<&mut Meter> {
        self.interrupt.check()?;
        Ok(&mut self.client)
    }

    /// Reads many attributes, a few at a time, so that Ctrl-C is heard in between.
    pub(crate) async fn read(
        &mut self,
        targets: &[AttributeReference],
    ) -> Outcome<Vec<ReadResult>> {
        let mut results = Vec::with_capacity(targets.len());
        for targets in targets.chunks(AT_ONCE) {
            results.extend(self.client()?.read(targets).await?);
        }
        Ok(results)
    }

    /// The objects that this client may see; asked for once a run.
    pub(crate) async fn view(&mut self) -> Outcome<&[ObjectEntry]> {
        if self.view.is_none() {
            self.view = Some(self.client()?.association_view().await?);
        }
        Ok(self.view.as_deref().unwrap_or_default())
    }

    /// The object with this code: its class when that was given, else what the association view
    /// says.
    pub(crate) async fn object(&mut self, obis: Obis, class: Option<u16>) -> Outcome<Object> {
        if let Some(class) = class {
            return Ok(Object { obis, class, version: None });
        }
        let view = self.view().await.map_err(|failure| {
            failure.or_hint(|| Some(format!("give the class, as in {obis}@3")))
        })?;
        let found: Vec<_> = view.iter().filter(|entry| entry.instance == obis).collect();
        match found.as_slice() {
            [entry] => Ok(Object { obis, class: entry.class, version: Some(entry.version) }),
            [] => {
                let what = format!("cannot find {obis}: this client does not see such an object");
                let hint = match usual_suspect(view, obis) {
                    Some(other) => format!("{other}, which it does see, or dlms objects"),
                    None => String::from("dlms objects METER, which lists what there is"),
                };
                Err(Failure::new(Exit::Undefined, what).hint(hint))
            }
            several => {
                let classes: Vec<_> =
                    several.iter().map(|e| format!("{obis}@{}", e.class)).collect();
                let reason = format!("several classes have it: {}", classes.join(", "));
                Err(Failure::usage(format!("tell which {obis} is meant"), reason))
            }
        }
    }

    /// Releases the association and closes the link. What comes of that changes nothing any more.
    async fn close(self) {
        self.progress.end();
        let _ = self.client.close().await;
        check(self.capture.as_ref(), &self.connection);
    }
}

/// An object of the meter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Object {
    pub(crate) obis: Obis,
    pub(crate) class: u16,
    /// `None` when only the class was given.
    pub(crate) version: Option<u8>,
}

impl Object {
    /// What the class is called, holds and can do, where that is known.
    pub(crate) fn descriptor(self) -> Option<&'static ClassDescriptor> {
        let exact = self.version.and_then(|version| class::find(self.class, version));
        exact.or_else(|| class::newest(self.class))
    }
}

/// The object that differs in its last group or its channel only.
fn usual_suspect(view: &[ObjectEntry], obis: Obis) -> Option<Obis> {
    let Obis([_, _, c, d, e, _]) = obis;
    view.iter()
        .map(|entry| entry.instance)
        .find(|Obis([_, _, x, y, z, _])| (c, d, e) == (*x, *y, *z))
}

/// SEC-30: once a run, and never in the way.
async fn warn_of_readable_password(connection: &Connection) {
    if connection.authentication != Authentication::Low {
        return;
    }
    let Some(endpoint) = connection.transport.endpoint() else { return };
    let addresses: Vec<IpAddr> = match endpoint.host.parse() {
        Ok(address) => vec![address],
        Err(_) => match tokio::net::lookup_host((endpoint.host.as_str(), endpoint.port)).await {
            Ok(addresses) => addresses.map(|address| address.ip()).collect(),
            // Connecting says the same, and why.
            Err(_) => return,
        },
    };
    let readable = |address: &IpAddr| {
        let peer = std::net::SocketAddr::new(*address, endpoint.port);
        dlms_client::password_is_readable(connection, Some(peer))
    };
    if addresses.iter().any(readable) {
        output::say(&format!(
            "warning: auth=low sends the password to {endpoint} readable for everybody on the way"
        ));
    }
}

fn capture(path: &std::path::Path, connection: &Connection) -> Outcome<Capture> {
    let has_password = connection.authentication == Authentication::Low;
    let comments: &[&str] = if has_password { &[HOLDS_PASSWORD] } else { &[] };
    let capture = Capture::create(path, comments)
        .map_err(|error| Failure::new(Exit::Other, format!("cannot record: {error}")))?;
    if has_password {
        capture.comment_next_sent("this message holds the password, readable");
    }
    Ok(capture)
}

/// Says whether the capture is whole, and what it holds.
fn check(capture: Option<&Capture>, connection: &Connection) {
    let Some(capture) = capture else { return };
    match capture.check() {
        Err(error) => output::say(&format!("warning: {error}")),
        Ok(()) if connection.authentication == Authentication::Low => {
            let path = capture.path();
            output::say(&format!("note: {} holds the password as it was sent", path.display()));
        }
        Ok(()) => {}
    }
}

/// What an object is called in messages.
pub(crate) fn title(object: Object) -> String {
    let class = names::class_name(object.class);
    format!("{} ({}, {class})", object.obis, names::object(object.obis, Some(object.class)))
}

const HOLDS_PASSWORD: &str = "This file holds a password: the association was opened with auth=low, which sends it readable.";

/// Attributes that are asked for between two looks at Ctrl-C.
const AT_ONCE: usize = 32;

/// How long an answer that is on its way may take after Ctrl-C.
const LONGEST_GRACE: Duration = Duration::from_secs(3);
