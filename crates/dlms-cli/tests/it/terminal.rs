//! On a terminal: tables, questions, colours; and none of it elsewhere.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

use crate::misbehaving::{TEXT_COLUMN, meter};
use crate::support::{Meter, PASSWORD, dlms_reader, plain, press_ctrl_c};

/// The command with a pseudo-terminal as all three of its streams.
struct Terminal {
    child: Child,
    keyboard: File,
    screen: Receiver<Vec<u8>>,
    shown: String,
    /// Kept open, so that its modes can be looked at.
    end: OwnedFd,
}

impl Terminal {
    fn run(command: &mut Command) -> Self {
        Self::of_width(80, command)
    }

    fn of_width(columns: u16, command: &mut Command) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let end = ioctl_tiocgptpeer(&master, OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        let size = Winsize { ws_row: 40, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&end, size).unwrap();
        let stream = || Stdio::from(end.try_clone().unwrap());
        command.stdin(stream()).stdout(stream()).stderr(stream());
        let child = command.env("TERM", "xterm").spawn().unwrap();
        let mut reader = File::from(master.try_clone().unwrap());
        let (sender, screen) = channel();
        thread::spawn(move || {
            let mut buffer = [0; 4_096];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { child, keyboard: File::from(master), screen, shown: String::new(), end }
    }

    /// Waits until the screen shows a text.
    #[track_caller]
    fn wait_for(&mut self, text: &str) {
        while !self.shown.contains(text) {
            match self.screen.recv_timeout(Duration::from_secs(10)) {
                Ok(octets) => self.shown.push_str(&String::from_utf8_lossy(&octets)),
                Err(_) => panic!("no {text:?} in {:?}", self.shown),
            }
        }
    }

    fn types(&mut self, text: &str) {
        self.keyboard.write_all(text.as_bytes()).unwrap();
    }

    fn echoes(&self) -> bool {
        tcgetattr(&self.end).unwrap().local_modes.contains(LocalModes::ECHO)
    }

    /// The status and everything that was shown.
    fn finish(mut self) -> (Option<i32>, String) {
        let status = self.child.wait().unwrap().code();
        while let Ok(octets) = self.screen.recv_timeout(Duration::from_millis(200)) {
            self.shown.push_str(&String::from_utf8_lossy(&octets));
        }
        (status, self.shown)
    }
}

fn reader(args: &[&str]) -> Terminal {
    Terminal::run(plain(args).env("DLMS_PASSWORD", PASSWORD))
}

#[test]
fn a_terminal_gets_a_table_that_fits_and_a_pipe_gets_records() {
    let meter = Meter::start();
    let args = ["objects", &meter.reader()];
    let (status, shown) = reader(&args).finish();
    assert_eq!(status, Some(0));
    assert!(shown.contains("object") && shown.contains("\u{1b}[1m"), "{shown:?}");
    let visible =
        |line: &str| line.replace("\u{1b}[1m", "").replace("\u{1b}[0m", "").chars().count();
    assert!(shown.lines().all(|line| visible(line.trim_end()) <= 80), "{shown}");
    let piped = dlms_reader(&args).ends_with(0).out;
    assert!(!piped.contains('\u{1b}') && !piped.contains("what it is"), "{piped}");
}

/// What a reader's run shows on a terminal of that width.
fn shown_on(columns: u16, args: &[&str]) -> String {
    let mut command = plain(args);
    command.env("DLMS_PASSWORD", PASSWORD).env("NO_COLOR", "1");
    let (status, shown) = Terminal::of_width(columns, &mut command).finish();
    assert_eq!(status, Some(0), "{shown}");
    assert!(shown.lines().all(|line| line.trim_end().chars().count() <= columns.into()), "{shown}");
    shown
}

#[test]
fn on_a_narrow_terminal_codes_and_numbers_stay_whole() {
    let meter = Meter::start();
    let rows = dlms_reader(&["profile", &meter.reader(), "1-0:99.1.0", "--last", "2h"]).out;
    let row: Vec<_> = rows.lines().next().unwrap().split('\t').collect();
    let profile =
        |columns| shown_on(columns, &["profile", &meter.reader(), "1-0:99.1.0", "--last", "2h"]);
    // A row takes one line, though the headings do not.
    let line = |shown: &str, time: &str| {
        shown.lines().find(|line| line.starts_with(time)).unwrap().to_owned()
    };
    let time = row[0].replace('T', " ");
    assert!(line(&profile(80), &time).contains(row[2]));
    for columns in [60, 40] {
        let shown = profile(columns);
        assert!(line(&shown, &time[..10]).contains(row[2]), "{shown}");
    }
    let shown = shown_on(60, &["objects", &meter.reader()]);
    assert!(shown.contains("0-0:96.10.1*255 ") && shown.contains("1-0:99.1.0*255 "), "{shown}");
}

#[test]
fn the_chart_of_the_demo_fits() {
    for (columns, says) in
        [(80, "mean power of each half an hour"), (40, "mean power of each hour")]
    {
        let mut command = plain(&["demo"]);
        let (status, shown) = Terminal::of_width(columns, &mut command).finish();
        assert_eq!(status, Some(0));
        assert!(shown.contains(says), "{shown}");
        let mut chart = shown.lines().filter(|line| line.contains('┤') || line.contains('┼'));
        assert!(chart.all(|line| line.trim_end().chars().count() <= columns.into()), "{shown}");
    }
}

#[test]
fn rows_that_came_before_a_failure_are_shown() {
    let captured = format!(
        "c403II 02 00 0102 0204 120008 09060000010000ff 0f02 120000 {TEXT_COLUMN} 00 0600000384"
    );
    // The first block of an array of two rows; then the meter is gone.
    let block = "c402II 00 00000001 00 15 0102 0202 090c07e9060f070c1e0000ff8880 0a0161";
    let meter = meter(&[&captured, block]);
    let (status, shown) = Terminal::run(&mut plain(&["profile", &meter, "1-0:99.1.0"])).finish();
    assert_eq!(status, Some(3), "{shown}");
    assert!(shown.contains("2025-06-15 12:30:00+02:00  a"), "{shown}");
}

#[test]
fn an_empty_password_is_not_sent() {
    let meter = Meter::start();
    let mut terminal = Terminal::run(&mut plain(&["read", &meter.reader(), "1-0:1.8.0"]));
    terminal.wait_for("Password of client 2: ");
    terminal.types("\n");
    let (status, shown) = terminal.finish();
    assert!(status == Some(2) && shown.contains("nothing was sent"), "{shown}");
}

#[test]
fn no_color_is_respected() {
    let meter = Meter::start();
    let mut command = plain(&["read", &meter.public(), "1-0:9.9.9"]);
    let (status, shown) = Terminal::run(command.env("NO_COLOR", "1")).finish();
    assert_eq!(status, Some(8));
    assert!(!shown.contains('\u{1b}') && shown.contains("dlms: cannot find"), "{shown:?}");
    let (_, shown) = Terminal::run(&mut plain(&["read", &meter.public(), "1-0:9.9.9"])).finish();
    assert!(shown.contains('\u{1b}'), "{shown:?}");
}

#[test]
fn a_call_is_asked_for_and_done_only_when_yes_is_said() {
    let meter = Meter::start();
    let args = ["call", &meter.reader(), "0-0:1.0.0", "shift_time", "100"];
    for (answer, status, says) in [("n\n", 1, "nothing was sent"), ("\n", 1, "nothing was sent")] {
        let mut terminal = reader(&args);
        terminal.wait_for("Send it? [y/N]");
        assert!(terminal.shown.contains("will call method 6 (shift_time)"), "{}", terminal.shown);
        terminal.types(answer);
        let (ended, shown) = terminal.finish();
        assert_eq!(ended, Some(status), "{shown}");
        assert!(shown.contains(says), "{shown}");
    }
    let mut terminal = reader(&args);
    terminal.wait_for("Send it? [y/N]");
    terminal.types("y\n");
    let (ended, shown) = terminal.finish();
    assert!(ended == Some(0) && shown.contains("called"), "{shown}");
}

#[test]
fn a_password_is_asked_for_and_not_shown() {
    let meter = Meter::start();
    let mut terminal = Terminal::run(&mut plain(&["read", &meter.reader(), "1-0:1.8.0", "-v"]));
    terminal.wait_for("Password of client 2: ");
    assert!(!terminal.echoes());
    terminal.types("12345678\n");
    terminal.wait_for("Wh");
    assert!(terminal.echoes());
    let (status, shown) = terminal.finish();
    assert_eq!(status, Some(0));
    assert!(!shown.contains("12345678"), "{shown}");
}

#[test]
fn ctrl_c_at_a_question_leaves_the_terminal_as_it_was() {
    let meter = Meter::start();
    let mut terminal = Terminal::run(&mut plain(&["read", &meter.reader(), "1-0:1.8.0"]));
    terminal.wait_for("Password");
    press_ctrl_c(&terminal.child);
    terminal.wait_for("interrupted");
    let status = terminal.child.wait().unwrap().code();
    assert_eq!(status, Some(130));
    assert!(terminal.echoes());

    let mut terminal = reader(&["call", &meter.reader(), "0-0:1.0.0", "1"]);
    terminal.wait_for("Send it?");
    press_ctrl_c(&terminal.child);
    let (status, shown) = terminal.finish();
    assert_eq!(status, Some(130), "{shown}");
}
