//! Ctrl-C: the first one ends the conversation in good order, a second one leaves at once.

use std::io::{self, IsTerminal};

use tokio::sync::watch;

use crate::exit::{Exit, Failure, Outcome};
use crate::output;

/// Knows whether Ctrl-C was pressed.
#[derive(Clone, Debug)]
pub(crate) struct Interrupt {
    raised: watch::Receiver<bool>,
}

impl Interrupt {
    /// Takes Ctrl-C over. Needs a runtime with a thread of its own, so that a second one is seen
    /// whatever the first thread is stuck in.
    pub(crate) fn install() -> Self {
        let (raise, raised) = watch::channel(false);
        // Without a handler Ctrl-C ends the process at once, which is what is left to do then.
        if let Ok(mut presses) = presses() {
            tokio::spawn(async move {
                presses.recv().await;
                // The terminal shows ^C, or a question stands there.
                if io::stderr().is_terminal() {
                    output::say_plainly("");
                }
                // Said first: what waits for it may end the process.
                output::say("interrupted; Ctrl-C again leaves at once");
                let _ = raise.send(true);
                presses.recv().await;
                std::process::exit(Exit::Interrupted as i32);
            });
        }
        Self { raised }
    }

    /// Waits for Ctrl-C; for ever when it cannot be taken over.
    pub(crate) async fn raised(&self) {
        let mut raised = self.raised.clone();
        if raised.wait_for(|raised| *raised).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Whether it was pressed.
    pub(crate) fn is_raised(&self) -> bool {
        *self.raised.borrow()
    }

    /// Ends what goes on between two requests.
    pub(crate) fn check(&self) -> Outcome {
        if self.is_raised() { Err(Failure::interrupted()) } else { Ok(()) }
    }
}

/// Hears Ctrl-C from now on, not only from when somebody waits for it.
#[cfg(unix)]
fn presses() -> io::Result<tokio::signal::unix::Signal> {
    tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())
}

#[cfg(windows)]
fn presses() -> io::Result<tokio::signal::windows::CtrlC> {
    tokio::signal::windows::ctrl_c()
}
