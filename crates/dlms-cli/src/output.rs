//! What goes where: data to standard output, talk to standard error.

use std::io::{self, IsTerminal, Write};

use anstyle::{AnsiColor, Style};

use crate::text;

/// How data are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A table, for people at a terminal.
    Table,
    /// One record a line with tabs between its fields, for other programs.
    Plain,
    /// One JSON object a line.
    Json,
    /// Comma-separated values with a header.
    Csv,
}

impl Form {
    /// What was asked for; else a table on a terminal and plain lines elsewhere.
    pub(crate) fn choose(json: bool, csv: bool) -> Self {
        match (json, csv) {
            (true, _) => Self::Json,
            (_, true) => Self::Csv,
            _ if io::stdout().is_terminal() => Self::Table,
            _ => Self::Plain,
        }
    }
}

/// One line of data.
pub(crate) fn line(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.write_all(b"\n")
}

/// One record for other programs.
pub(crate) fn fields<T: AsRef<str>>(fields: &[T]) -> io::Result<()> {
    let fields: Vec<_> = fields.iter().map(|field| text::shown(field.as_ref())).collect();
    line(&fields.join("\t"))
}

/// One JSON object.
pub(crate) fn json(object: &impl serde::Serialize) -> io::Result<()> {
    line(&text::json(&serde_json::to_string(object)?))
}

/// A line of talk, introduced by the command's name.
pub(crate) fn say(what: &str) {
    let style = if has_colour(&io::stderr()) { RED } else { Style::new() };
    say_plainly(&format!("{style}dlms:{style:#} {}", text::shown_words(what)));
}

/// A line of talk. That nobody reads standard error is no reason to stop.
pub(crate) fn say_plainly(what: &str) {
    let _ = writeln!(io::stderr().lock(), "{what}");
}

/// Whether a stream shows colours: a terminal, and nobody said no (see no-color.org).
pub(crate) fn has_colour(stream: &impl IsTerminal) -> bool {
    let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    stream.is_terminal() && !refused && !dumb
}

/// How wide the terminal is; `None` where there is none.
pub(crate) fn width() -> Option<u16> {
    #[cfg(unix)]
    {
        let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
        Some(size.ws_col).filter(|columns| *columns > 0)
    }
    #[cfg(not(unix))]
    {
        std::env::var("COLUMNS").ok()?.parse().ok()
    }
}

/// Headings of tables.
pub(crate) const BOLD: Style = Style::new().bold();

const RED: Style = AnsiColor::Red.on_default().bold();
