//! A program that is started, listened to, and ended by its process id; every wait has an end.

use std::{
    io::{BufRead as _, BufReader, Read},
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

/// A running program. Dropping it ends it.
pub(super) struct Program {
    child: Child,
    name: String,
    lines: Receiver<String>,
    complaints: Option<JoinHandle<String>>,
}

/// What a program left behind.
pub(super) struct Finished {
    /// `None`: a signal ended it.
    pub(super) status: Option<i32>,
    /// Standard output.
    pub(super) lines: Vec<String>,
    /// Standard error.
    pub(super) complaints: String,
}

impl Program {
    pub(super) fn start(command: &mut Command) -> Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start `{name}`"))?;
        let (sender, lines) = mpsc::channel();
        if let Some(out) = child.stdout.take() {
            thread::spawn(move || {
                let lines = BufReader::new(out).lines().map_while(std::io::Result::ok);
                // Nobody listens any more: the program has been given up.
                lines.take_while(|line| sender.send(line.clone()).is_ok()).for_each(drop);
            });
        }
        let complaints = child.stderr.take().map(|mut error| {
            thread::spawn(move || {
                let mut octets = Vec::new();
                // As much as could be read is what there is to show.
                let _ = error.read_to_end(&mut octets);
                String::from_utf8_lossy(&octets).into_owned()
            })
        });
        Ok(Self { child, name, lines, complaints })
    }

    /// The next line of standard output.
    pub(super) fn line(&mut self, limit: Duration) -> Result<String> {
        match self.lines.recv_timeout(limit) {
            Ok(line) => Ok(line),
            Err(RecvTimeoutError::Timeout) => {
                bail!("`{}` says nothing for {} s", self.name, limit.as_secs())
            }
            Err(RecvTimeoutError::Disconnected) => {
                self.end();
                let said = self.said();
                bail!("`{}` has ended: {}", self.name, said.trim_end())
            }
        }
    }

    /// Waits for the end of the program; one that takes too long is ended, and that is an error.
    pub(super) fn finish(mut self, limit: Duration) -> Result<Finished> {
        let deadline = Instant::now() + limit;
        let mut lines = Vec::new();
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(line) => lines.push(line),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    bail!("`{}` does not end within {} s", self.name, limit.as_secs())
                }
            }
        }
        // Standard output is closed, so the end is near; a program that lingers is not waited for.
        while self.child.try_wait()?.is_none() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(5));
        }
        let status = self.child.try_wait()?.and_then(|status| status.code());
        self.end();
        Ok(Finished { status, lines, complaints: self.said() })
    }

    fn said(&mut self) -> String {
        self.complaints.take().and_then(|thread| thread.join().ok()).unwrap_or_default()
    }

    fn end(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.end();
    }
}
