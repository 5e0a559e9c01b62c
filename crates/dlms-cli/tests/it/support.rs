//! A meter to talk to, and a way to run the command.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::process::{Pid, Signal, kill_process};

/// The binary.
pub(crate) const DLMS: &str = env!("CARGO_BIN_EXE_dlms");

/// The password of the simulated meter's reader.
pub(crate) const PASSWORD: &str = "12345678";

/// A `dlms simulate` on a free port.
pub(crate) struct Meter {
    child: Child,
    pub(crate) address: String,
}

impl Meter {
    pub(crate) fn start() -> Self {
        Self::start_with(&["--listen", "127.0.0.1:0"])
    }

    pub(crate) fn start_with(args: &[&str]) -> Self {
        let mut command = plain(&["simulate"]);
        let mut child = command.args(args).stdout(Stdio::piped()).spawn().unwrap();
        let mut first = String::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        lines.read_line(&mut first).unwrap();
        let address = first.trim().rsplit(' ').next().unwrap().to_owned();
        assert!(first.contains("listens on"), "{first}");
        // What it says later must not stop it.
        std::thread::spawn(move || lines.read_to_end(&mut Vec::new()));
        Self { child, address }
    }

    /// The connection string of the public client.
    pub(crate) fn public(&self) -> String {
        format!("tcp://{}", self.address)
    }

    /// The connection string of the reader.
    pub(crate) fn reader(&self) -> String {
        format!("tcp://{}?client=2&auth=low", self.address)
    }

    /// Presses Ctrl-C, and waits for the end.
    pub(crate) fn interrupt(mut self) -> Option<i32> {
        press_ctrl_c(&self.child);
        self.child.wait().unwrap().code()
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn press_ctrl_c(child: &Child) {
    kill_process(Pid::from_child(child), Signal::INT).unwrap();
}

/// What a run gave.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// Each line of standard output as JSON.
    pub(crate) fn json(&self) -> Vec<serde_json::Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[track_caller]
    pub(crate) fn ends_with(self, status: i32) -> Self {
        assert_eq!(self.status, Some(status), "{self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.err.contains(text), "no {text:?} in {self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn prints(self, text: &str) -> Self {
        assert!(self.out.contains(text), "no {text:?} in {self:#?}");
        self
    }
}

/// The command without what the developer's environment adds, and without a terminal.
pub(crate) fn plain(args: &[&str]) -> Command {
    let mut command = Command::new(DLMS);
    command.args(args).stdin(Stdio::null());
    for name in ["DLMS_PASSWORD", "NO_COLOR", "CLICOLOR", "COLUMNS"] {
        command.env_remove(name);
    }
    command
}

/// Runs the command without a password.
pub(crate) fn dlms(args: &[&str]) -> Ran {
    run(&mut plain(args))
}

/// Runs the command as the reader of the simulated meter.
pub(crate) fn dlms_reader(args: &[&str]) -> Ran {
    run(plain(args).env("DLMS_PASSWORD", PASSWORD))
}

pub(crate) fn run(command: &mut Command) -> Ran {
    let output = command.output().unwrap();
    Ran {
        status: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A folder that goes with the test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("dlms-it-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn file(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
