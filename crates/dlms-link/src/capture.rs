//! A tap that records what went over a stream, as a pcapng file that Wireshark reads.
//!
//! The tap sits above the socket: octets, direction, time, addresses and ports are real, while Ethernet,
//! IP and TCP headers are made up around them, with right lengths, checksums and sequence numbers, and
//! with a handshake where the recording begins. The server's port is written as 4059 whatever it was, so
//! that analysers know what they see; a comment on the first packet gives the real one.
//!
//! | block | what it holds here |
//! |-------|--------------------|
//! | Section Header | byte order, and the comments of the file |
//! | Interface Description | Ethernet, nanoseconds |
//! | Enhanced Packet | time, octets, direction, perhaps a comment |
//!
//! Every packet is one write to the file, so that a program that is killed leaves a readable file behind.
//! The file is new, belongs to its owner alone (mode 0600), and is never reached through a symbolic link:
//! a capture holds what was on the wire, passwords included.
//!
//! The blocks are written by hand (format: IETF draft-ietf-opsawg-pcapng). Three block types take a
//! hundred lines, and the crate pcap-file, whose version for current compilers is a release candidate, would
//! bring derive macros into every user's build; the tests read the files back with it.

use std::error::Error;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

mod packet;
mod pcapng;

use packet::{Flags, Flow};
use pcapng::Direction;

use crate::connection::DEFAULT_PORT;

/// A capture file; clones write to the same one.
#[derive(Clone, Debug)]
pub struct Capture {
    recorder: Arc<Mutex<Recorder>>,
}

#[derive(Debug)]
struct Recorder {
    path: PathBuf,
    file: File,
    /// Octets of whole blocks in the file.
    length: u64,
    /// Time stamps follow the clock that cannot be set, from where the other one stood.
    started: Instant,
    started_at: SystemTime,
    comment: Option<String>,
    pipes: u16,
    failure: Option<io::Error>,
}

impl Capture {
    /// Creates the file; one that is there already is replaced.
    ///
    /// `comments` stand at its head: each is shown on a line of its own.
    ///
    /// # Errors
    ///
    /// [`CaptureError`]: the path names something else than a file, or the system refused.
    pub fn create(path: &Path, comments: &[&str]) -> Result<Self, CaptureError> {
        let failed = |source| CaptureError::Create { path: path.to_owned(), source };
        match fs::symlink_metadata(path) {
            Ok(found) if !found.is_file() => {
                return Err(CaptureError::NotAFile { path: path.to_owned() });
            }
            Ok(_) => fs::remove_file(path).map_err(failed)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(error)),
        }
        let mut recorder = Recorder {
            path: path.to_owned(),
            file: create_private(path).map_err(failed)?,
            length: 0,
            started: Instant::now(),
            started_at: SystemTime::now(),
            comment: None,
            pipes: 0,
            failure: None,
        };
        let head = pcapng::head(&[&[MADE_UP], comments].concat());
        recorder.write(&head);
        match recorder.failure.take() {
            Some(source) => Err(failed(source)),
            None => Ok(Self { recorder: Arc::new(Mutex::new(recorder)) }),
        }
    }

    /// Adds a comment to the next octets that are sent: a command says there that they hold a password.
    pub fn comment_next_sent(&self, comment: &str) {
        self.lock().comment = Some(comment.to_owned());
    }

    /// The name of the file.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        self.lock().path.clone()
    }

    /// Whether everything is in the file so far. A capture that fails does not disturb the conversation:
    /// it stops after the last whole packet, and says so here.
    ///
    /// # Errors
    ///
    /// [`CaptureError::Write`] with what the system said first.
    pub fn check(&self) -> Result<(), CaptureError> {
        let mut recorder = self.lock();
        match recorder.failure.as_ref().map(copied) {
            Some(source) => Err(CaptureError::Write { path: recorder.path.clone(), source }),
            None => recorder
                .file
                .flush()
                .map_err(|source| CaptureError::Write { path: recorder.path.clone(), source }),
        }
    }

    /// A tap for one stream.
    pub(crate) fn tap(
        &self,
        local: Option<SocketAddr>,
        peer: Option<SocketAddr>,
        opener: Opener,
    ) -> Tap {
        let mut recorder = self.lock();
        let (mut local, mut peer) = match (local, peer) {
            (Some(local), Some(peer)) => (canonical(local), canonical(peer)),
            _ => recorder.pipe_addresses(opener),
        };
        let server = match opener {
            Opener::Us => &mut peer,
            Opener::Peer => &mut local,
        };
        let note = (server.port() != DEFAULT_PORT)
            .then(|| format!("the server's port was {}, written as {DEFAULT_PORT}", server.port()));
        server.set_port(DEFAULT_PORT);
        let mut flow = Flow::new(local, peer);
        let (first, second) = match opener {
            Opener::Us => (Direction::Sent, Direction::Received),
            Opener::Peer => (Direction::Received, Direction::Sent),
        };
        recorder.packet(&flow.packet(first, Flags::SYN, &[]), first, note.as_deref());
        recorder.packet(&flow.packet(second, Flags::SYN_ACK, &[]), second, None);
        recorder.packet(&flow.packet(first, Flags::ACK, &[]), first, None);
        drop(recorder);
        Tap { capture: self.clone(), flow, ended: [false; 2] }
    }

    /// What a thread that panicked left behind is a whole number of blocks.
    fn lock(&self) -> MutexGuard<'_, Recorder> {
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recorder {
    fn packet(&mut self, octets: &[u8], direction: Direction, comment: Option<&str>) {
        let now = self.started_at + self.started.elapsed();
        let since_epoch = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        self.write(&pcapng::packet(octets, since_epoch, direction, comment));
    }

    fn write(&mut self, block: &[u8]) {
        if self.failure.is_some() {
            return;
        }
        match self.file.write_all(block) {
            Ok(()) => self.length += block.len() as u64,
            Err(error) => {
                // A reader stops at half a block. If even this fails, it stops there.
                let _ = self.file.set_len(self.length);
                self.failure = Some(error);
            }
        }
    }

    /// Addresses for a pipe in memory, which has none.
    fn pipe_addresses(&mut self, opener: Opener) -> (SocketAddr, SocketAddr) {
        self.pipes = self.pipes.wrapping_add(1);
        let client = SocketAddr::new(
            IpAddr::V4(Ipv4Addr::LOCALHOST),
            FIRST_PIPE_PORT | (self.pipes & 0x3fff),
        );
        let server = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), DEFAULT_PORT);
        match opener {
            Opener::Us => (client, server),
            Opener::Peer => (server, client),
        }
    }
}

/// Which end opened a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opener {
    /// This one.
    Us,
    /// The other one.
    Peer,
}

/// Records one stream.
#[derive(Debug)]
pub(crate) struct Tap {
    capture: Capture,
    flow: Flow,
    /// Whether we, and whether the peer, said that no more comes.
    ended: [bool; 2],
}

impl Tap {
    /// Octets that were sent.
    pub(crate) fn sent(&mut self, octets: &[u8]) {
        let comment = self.capture.lock().comment.take();
        self.data(Direction::Sent, octets, comment.as_deref());
    }

    /// A read has put `count` octets into `buffer`; none is the end of the stream, unless there was no
    /// room for any.
    pub(crate) fn received(&mut self, buffer: &[u8], count: usize) {
        match buffer.get(..count) {
            Some([]) if !buffer.is_empty() => self.end(Direction::Received),
            Some(octets @ [_, ..]) => self.data(Direction::Received, octets, None),
            _ => {}
        }
    }

    /// We close the stream.
    pub(crate) fn closed(&mut self) {
        self.end(Direction::Sent);
    }

    fn data(&mut self, direction: Direction, octets: &[u8], mut comment: Option<&str>) {
        let mut recorder = self.capture.lock();
        for segment in octets.chunks(SEGMENT) {
            let packet = self.flow.packet(direction, Flags::PUSH_ACK, segment);
            recorder.packet(&packet, direction, comment.take());
        }
    }

    fn end(&mut self, direction: Direction) {
        let [sent, received] = &mut self.ended;
        let ended = match direction {
            Direction::Sent => sent,
            Direction::Received => received,
        };
        if std::mem::replace(ended, true) {
            return;
        }
        let packet = self.flow.packet(direction, Flags::FIN_ACK, &[]);
        self.capture.lock().packet(&packet, direction, None);
    }
}

/// Why there is no capture, or no whole one.
#[derive(Debug)]
#[non_exhaustive]
pub enum CaptureError {
    /// The path names a folder, a device or a symbolic link.
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// The file cannot be created.
    Create {
        /// The path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A packet could not be written; what came before is in the file.
    Write {
        /// The path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl fmt::Display for CaptureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAFile { path } => write!(
                f,
                "capture {}: it is there and no plain file (a link would be followed with whatever it points \
                 to); give the name of a new file",
                path.display()
            ),
            Self::Create { path, source } => write!(
                f,
                "capture {}: cannot be created ({source}); give a file in a folder that you may write to",
                path.display()
            ),
            Self::Write { path, source } => write!(
                f,
                "capture {}: it ends early ({source}); what came before is in it",
                path.display()
            ),
        }
    }
}

impl Error for CaptureError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::NotAFile { .. } => None,
            Self::Create { source, .. } | Self::Write { source, .. } => Some(source),
        }
    }
}

/// `io::Error` cannot be cloned, and the failure stays with the recorder.
fn copied(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::from(error.kind()),
    }
}

/// `create_new` neither follows a link nor opens what someone else put there meanwhile.
fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// A listener for both families sees an IPv4 peer as an IPv6 address.
fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

const MADE_UP: &str = "Recorded above the socket: octets, times, addresses and client ports are real; Ethernet, IP and \
     TCP headers and the handshake are made up around them.";

/// The first of the ports that nobody assigns.
const FIRST_PIPE_PORT: u16 = 0xc000;

/// As much of a message as one packet carries: what fits an Ethernet frame under both families.
const SEGMENT: usize = 1_400;
