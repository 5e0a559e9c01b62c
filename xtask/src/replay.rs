//! `cargo xtask replay`: recorded conversations, decoded frame by frame, and held again with our client.
//!
//! ```text
//! file ─conversation─▶ lines ─frames─▶ messages ─talk─▶ our client asks what was asked, hears what was answered
//! ```

mod conversation;
mod equivalence;
mod frames;
mod hdlc;
mod partner;
mod talk;
mod yielded;

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Result, bail};
use serde_json::{Value, json};

use self::{conversation::Conversation, frames::Frames};
use crate::{
    check::{Outcome, Settings},
    json_lines::json_lines,
    process::root,
};

#[derive(clap::Args)]
#[command(after_help = "Examples:\n  cargo xtask replay\n  cargo xtask replay -v\n  \
                        cargo xtask replay target/conversations --json")]
pub(crate) struct Arguments {
    /// The folder with the conversations; of its files those called *.jsonl are read
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
    /// One JSON object a line for each conversation
    #[arg(long)]
    json: bool,
    /// Tell everything that was noticed, on standard error
    #[arg(short, long)]
    verbose: bool,
}

const CONVERSATIONS: &str = "fixtures/conversations";

/// How what our client does compares with what was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Likeness {
    /// The same octets, and the same values.
    Same,
    /// The same questions in other words, and the same values.
    Equivalent,
    Different,
}

/// What came of our client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Client {
    Ran(Likeness),
    NotRun,
}

impl Client {
    const fn word(self) -> &'static str {
        match self {
            Self::Ran(Likeness::Same) => "same",
            Self::Ran(Likeness::Equivalent) => "equivalent",
            Self::Ran(Likeness::Different) => "different",
            Self::NotRun => "not_run",
        }
    }
}

/// What came of a conversation.
#[derive(Debug)]
struct Row {
    id: String,
    frames: usize,
    decoded: usize,
    refused: usize,
    client: Client,
    why: String,
    /// What is wrong; it makes the run fail.
    problems: Vec<String>,
    /// What was noticed.
    remarks: Vec<String>,
}

impl Row {
    /// A file that cannot be read as a conversation.
    fn broken(id: &str, why: String) -> Self {
        Self {
            id: id.to_owned(),
            frames: 0,
            decoded: 0,
            refused: 0,
            client: Client::NotRun,
            why: why.clone(),
            problems: vec![why],
            remarks: Vec::new(),
        }
    }

    const fn failed(&self) -> bool {
        !self.problems.is_empty() || matches!(self.client, Client::Ran(Likeness::Different))
    }

    fn to_json(&self) -> Value {
        json!({
            "id": self.id,
            "frames": self.frames,
            "decoded": self.decoded,
            "refused": self.refused,
            "client": self.client.word(),
            "why": self.why,
        })
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let folder = arguments.folder.clone().unwrap_or_else(|| root().join(CONVERSATIONS));
    let rows = rows(&folder)?;
    if rows.is_empty() {
        bail!("the folder {} holds no *.jsonl", folder.display());
    }
    for row in &rows {
        for problem in &row.problems {
            eprintln!("wrong    {}: {problem}", row.id);
        }
        for remark in row.remarks.iter().filter(|_| arguments.verbose) {
            eprintln!("noticed  {}: {remark}", row.id);
        }
    }
    let mut out = io::stdout().lock();
    for row in &rows {
        if arguments.json {
            writeln!(out, "{}", row.to_json())?;
        } else {
            let Row { id, frames, decoded, refused, client, why, .. } = row;
            let client = client.word();
            writeln!(
                out,
                "{id:48} {frames:>5} frames {decoded:>5} decoded {refused:>3} refused  \
                 {client:10}  {why}"
            )?;
        }
    }
    if !arguments.json {
        writeln!(out, "{}", sum(&rows))?;
    }
    Ok(if rows.iter().any(Row::failed) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The part of `cargo xtask check`.
pub(crate) fn check(_: Settings) -> Result<Outcome> {
    let rows = rows(&root().join(CONVERSATIONS))?;
    if rows.is_empty() {
        return Ok(Outcome::skipped(format!("{CONVERSATIONS} holds no conversation")));
    }
    let failed = rows.iter().filter(|row| row.failed());
    let problems: Vec<String> =
        failed.map(|row| format!("{}: {}; {}", row.id, row.why, row.problems.join("; "))).collect();
    Ok(Outcome::judged(&problems, sum(&rows)))
}

fn sum(rows: &[Row]) -> String {
    let all = [
        Client::Ran(Likeness::Same),
        Client::Ran(Likeness::Equivalent),
        Client::Ran(Likeness::Different),
        Client::NotRun,
    ];
    let count = |client: Client| rows.iter().filter(|row| row.client == client).count();
    let counted = all.map(|client| format!("{} {}", count(client), client.word()));
    let wrong = rows.iter().filter(|row| !row.problems.is_empty()).count();
    format!(
        "{} conversations: {}; {wrong} with frames that are wrong",
        rows.len(),
        counted.join(", ")
    )
}

fn rows(folder: &Path) -> Result<Vec<Row>> {
    let files = json_lines(folder)?;
    let row = |path: &PathBuf| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        match fs::read_to_string(path) {
            Ok(text) => replay(&name, &text),
            Err(error) => Row::broken(&name, format!("it cannot be read: {error}")),
        }
    };
    Ok(files.iter().map(row).collect())
}

/// One conversation.
fn replay(name: &str, text: &str) -> Row {
    let conversation = match Conversation::parse(name, text) {
        Ok(conversation) => conversation,
        Err(error) => return Row::broken(name, format!("{error:#}")),
    };
    let frames = Frames::decode(&conversation);
    let told = talk::hold(&conversation, &frames);
    let Frames { decoded, refused, problems, mut remarks, .. } = frames;
    remarks.extend(told.remarks);
    let mut why = told.why;
    // What is no DLMS, or comes back in another form, is reported with the conversation itself.
    for notable in &frames.notable {
        why = format!("{why}; {notable}");
    }
    Row {
        id: conversation.facts.id.clone(),
        frames: conversation.frames(),
        decoded,
        refused,
        client: told.client,
        why,
        problems,
        remarks,
    }
}

#[cfg(test)]
mod tests;
