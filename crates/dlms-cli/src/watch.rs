//! Looks on while a client talks: `-v`, the demo's conversation, progress.

use std::io::{self, IsTerminal};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use dlms::link::{hdlc, wrapper};
use dlms_client::Observer;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::Form;
use crate::{explained, output, text};

/// Who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// This client.
    Sent,
    /// The meter.
    Received,
}

impl Direction {
    /// For people: out to the meter, in from it.
    pub(crate) const fn arrow(self) -> &'static str {
        match self {
            Self::Sent => "→",
            Self::Received => "←",
        }
    }
}

/// Sees the octets of every frame.
pub(crate) type Listener = Box<dyn FnMut(Direction, &[u8]) + Send>;

/// The link whose frames are to be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// Eight octets in front of each message.
    Wrapper,
    /// HDLC.
    Hdlc,
}

/// Finds the frames of one direction.
enum Cutter {
    Wrapper(wrapper::Decoder),
    Hdlc(hdlc::Decoder),
}

impl Cutter {
    fn new(framing: Framing) -> Self {
        match framing {
            Framing::Wrapper => Self::Wrapper(wrapper::Decoder::default()),
            Framing::Hdlc => Self::Hdlc(hdlc::Decoder::new()),
        }
    }

    /// Shows every frame that is complete now, as it was on the wire. What is no frame is the
    /// client's to speak of: it knows what to do about it.
    fn cut(&mut self, mut octets: &[u8], mut show: impl FnMut(&[u8])) {
        match self {
            Self::Wrapper(decoder) => {
                while !octets.is_empty() {
                    let taken = decoder.push(octets);
                    octets = octets.get(taken..).unwrap_or_default();
                    let Ok(frame) = decoder.next_frame() else { return };
                    let Some(wrapper::Frame { source, destination, apdu }) = frame else {
                        continue;
                    };
                    let mut whole = Vec::new();
                    if wrapper::encode(source, destination, &apdu, &mut whole).is_ok() {
                        show(&whole);
                    }
                }
            }
            Self::Hdlc(decoder) => {
                decoder.push(octets);
                while let Some(found) = decoder.next_found() {
                    let hdlc::Found::Frame(frame) = found else { continue };
                    let mut whole = Vec::new();
                    if frame.encode_into(&mut whole).is_ok() {
                        show(&whole);
                    }
                }
            }
        }
    }
}

/// Cuts what goes over the link into frames and shows them to a listener.
pub(crate) struct Watch {
    listener: Option<Listener>,
    sent: Cutter,
    received: Cutter,
    progress: Progress,
    /// Messages that answered nothing.
    strays: usize,
}

impl Watch {
    /// Shows frames to `listener` and the octets of long answers to `progress`.
    pub(crate) fn new(framing: Framing, listener: Option<Listener>, progress: Progress) -> Self {
        let (sent, received) = (Cutter::new(framing), Cutter::new(framing));
        Self { listener, sent, received, progress, strays: 0 }
    }

    fn take(&mut self, direction: Direction, octets: &[u8]) {
        let Some(listener) = &mut self.listener else { return };
        let cutter = match direction {
            Direction::Sent => &mut self.sent,
            Direction::Received => &mut self.received,
        };
        cutter.cut(octets, |frame| listener(direction, frame));
    }
}

impl Observer for Watch {
    fn sent(&mut self, octets: &[u8]) {
        self.take(Direction::Sent, octets);
    }

    fn received(&mut self, octets: &[u8]) {
        self.take(Direction::Received, octets);
    }

    fn progress(&mut self, octets: usize) {
        self.progress.octets(octets);
    }

    fn stray(&mut self, what: &str) {
        self.strays = self.strays.saturating_add(1);
        // A meter does not decide how much we write.
        match self.strays {
            ..=MOST_STRAYS => output::say(&format!("a message came that answers nothing: {what}")),
            FIRST_UNSAID => output::say("more messages came that answer nothing"),
            _ => {}
        }
    }
}

/// Every layer of every frame on standard error.
pub(crate) fn layers() -> Listener {
    let begun = Instant::now();
    Box::new(move |direction, octets| {
        let seconds = begun.elapsed().as_secs_f64();
        let arrow = direction.arrow();
        let count = text::count(octets.len(), "octet");
        output::say_plainly(&format!("{arrow} {count} at {seconds:.3} s"));
        for line in explained::lines(octets) {
            output::say_plainly(&format!("  {line}"));
        }
    })
}

/// How far a long answer has come: on standard error, when that is a terminal and the answer takes
/// its time.
#[derive(Clone, Default)]
pub(crate) struct Progress {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// What is being waited for, and since when.
    waiting: Option<(String, Instant)>,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// From now on a long answer is shown, unless `form` fills the same screen with data meanwhile.
    pub(crate) fn begin(&self, what: &str, form: Form) {
        let streams = form != Form::Table && io::stdout().is_terminal();
        if !streams {
            self.lock().waiting = Some((what.to_owned(), Instant::now()));
        }
    }

    /// What is being waited for.
    pub(crate) fn message(&self, what: String) {
        let mut state = self.lock();
        if let Some(bar) = &state.bar {
            bar.set_message(what.clone());
        }
        if let Some((message, _)) = &mut state.waiting {
            *message = what;
        }
    }

    /// Takes it off the screen.
    pub(crate) fn end(&self) {
        let mut state = self.lock();
        state.waiting = None;
        if let Some(bar) = state.bar.take() {
            bar.finish_and_clear();
        }
    }

    fn octets(&self, octets: usize) {
        let mut state = self.lock();
        if let (None, Some((what, since))) = (&state.bar, &state.waiting) {
            state.bar = (since.elapsed() > PATIENCE).then(|| bar(what));
        }
        if let Some(bar) = &state.bar {
            bar.set_position(octets as u64);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// indicatif draws on terminals only.
fn bar(what: &str) -> ProgressBar {
    let target = ProgressDrawTarget::stderr_with_hz(8);
    let bar = ProgressBar::with_draw_target(None, target).with_message(what.to_owned());
    // The template is a constant, and right.
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}: {bytes} after {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(125));
    bar
}

/// Messages that answer nothing are told of so many times.
const MOST_STRAYS: usize = 3;
const FIRST_UNSAID: usize = MOST_STRAYS + 1;

/// What comes sooner needs no bar.
const PATIENCE: Duration = Duration::from_millis(500);
