//! Questions on a terminal: a confirmation, a password that is not shown.

use std::io::{self, IsTerminal, Write};

use dlms::security::Secret;

use crate::exit::{Exit, Failure, Outcome};
use crate::interrupt::Interrupt;

/// Whether there is somebody to ask.
pub(crate) fn is_possible() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Refuses what must be asked for where nobody can be asked.
///
/// # Errors
/// No terminal and no `--yes`.
pub(crate) fn require(what: &str, yes: bool) -> Outcome {
    if yes || is_possible() {
        return Ok(());
    }
    let refused = Failure::usage(what, "it is asked for first, and there is no terminal to ask on");
    Err(refused.hint("--yes does it without asking, --dry-run shows the octets and sends nothing"))
}

/// Asks whether to go on.
///
/// # Errors
/// The answer was no; nobody can be asked.
pub(crate) async fn confirm(what: &str, yes: bool, interrupt: &Interrupt) -> Outcome {
    require(what, yes)?;
    if yes {
        return Ok(());
    }
    ask("Send it? [y/N] ");
    let answer = read_line(interrupt).await?;
    if !answer.ends_with('\n') {
        crate::output::say_plainly("");
    }
    match answer.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::new(Exit::Other, "not confirmed: nothing was sent")),
    }
}

/// Asks for a secret, which is not shown.
pub(crate) async fn secret(question: &str, interrupt: &Interrupt) -> Outcome<Secret> {
    let quiet = Quiet::begin()
        .map_err(|error| Failure::usage("ask for the password without showing it", error))?;
    ask(question);
    let answer = read_line(interrupt).await;
    drop(quiet);
    crate::output::say_plainly("");
    let mut answer = answer?;
    answer.truncate(answer.trim_end_matches(['\r', '\n']).len());
    Ok(Secret::new(answer.into_bytes()))
}

fn ask(question: &str) {
    let mut err = io::stderr().lock();
    let _ = write!(err, "{question}");
    let _ = err.flush();
}

/// A line of standard input; Ctrl-C ends the wait, and the thread that waits goes with the process.
async fn read_line(interrupt: &Interrupt) -> Outcome<String> {
    let line = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        io::stdin().read_line(&mut line).map(|_| line)
    });
    tokio::select! {
        line = line => match line {
            Ok(Ok(line)) => Ok(line),
            Ok(Err(error)) => Err(Failure::usage("read the answer", error)),
            Err(_) => Err(Failure::interrupted()),
        },
        () = interrupt.raised() => Err(Failure::interrupted()),
    }
}

/// While it lives, the terminal does not show what is typed.
#[cfg(unix)]
struct Quiet {
    before: rustix::termios::Termios,
}

#[cfg(unix)]
impl Quiet {
    fn begin() -> io::Result<Self> {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

        let before = tcgetattr(io::stdin())?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO);
        quiet.local_modes.remove(LocalModes::ECHONL);
        tcsetattr(io::stdin(), OptionalActions::Flush, &quiet)?;
        Ok(Self { before })
    }
}

#[cfg(unix)]
impl Drop for Quiet {
    fn drop(&mut self) {
        let now = rustix::termios::OptionalActions::Now;
        let _ = rustix::termios::tcsetattr(io::stdin(), now, &self.before);
    }
}

#[cfg(not(unix))]
struct Quiet;

#[cfg(not(unix))]
impl Quiet {
    fn begin() -> io::Result<Self> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "use DLMS_PASSWORD or --keys here"))
    }
}
