//! `dlms decode`: what octets mean, every layer with its ranges.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use cosem::bytes::{from_hex, hex};
use dlms::explain::{Explanation, Found, NOT_DECODED, explain};
use serde::Serialize;

use crate::exit::{Exit, Failure, Outcome};
use crate::{explained, output, text};

/// Explain octets: frames, messages and values, each field with its range
#[derive(Clone, Debug, clap::Args)]
#[command(help_template = HELP, after_help = AFTER)]
pub(crate) struct DecodeArgs {
    /// Hexadecimal, with blanks or without; or a file, also of one message a line; else standard
    /// input is read
    #[arg(value_name = "HEX|FILE")]
    input: Vec<String>,
    /// A file, whatever its name looks like: octets, or hexadecimal as text
    #[arg(long, value_name = "FILE", conflicts_with = "input")]
    file: Option<PathBuf>,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

const HELP: &str = crate::exit::help!(
    "\
Examples:
  dlms decode 0001 0010 0001 000d c001c100080000010000ff0200
  dlms decode c401c100090c07e9060f070c1e0000ff8880 --json
  echo c4 01 c1 01 04 | dlms decode"
);

const AFTER: &str = "\
Passwords and keys are shown as …, and so are their octets. With --json each field is an object with \
from, to, depth, name, value and octets; the last one says what was found, and the error if there was \
one.

Exit status:
  0  decoded to the last octet
  2  no hexadecimal
  7  not decoded to the end";

/// Runs it.
pub(crate) fn run(args: &DecodeArgs) -> Outcome {
    let messages = messages(args)?;
    let several = messages.len() > 1;
    for (index, octets) in messages.iter().enumerate() {
        let explanation = explain(octets);
        let number = several.then_some(index + 1);
        if args.json {
            print_json(&explanation, octets, number)?;
        } else {
            let number = number.map_or_else(String::new, |number| format!("{number}: "));
            let found = found(explanation.found);
            let count = text::count(octets.len(), "octet");
            output::line(&format!("{number}{found}, {count}"))?;
            for line in explained::of(&explanation, octets) {
                output::line(&line)?;
            }
        }
        outcome(&explanation)?;
    }
    Ok(())
}

/// Whether everything could be decoded.
fn outcome(explanation: &Explanation) -> Outcome {
    let missing = explanation.spans.iter().find(|span| span.name == NOT_DECODED);
    match (explanation.error, explanation.found, missing) {
        (Some(error), _, _) => Err(cannot(error.to_string())),
        (None, Found::Nothing, _) => {
            Err(cannot(String::from("octet 0 begins neither a frame nor an APDU nor a value")))
        }
        (None, _, Some(span)) => Err(cannot(format!("octets {}..{} are left", span.from, span.to))),
        (None, _, None) => Ok(()),
    }
}

fn cannot(why: String) -> Failure {
    Failure::new(Exit::CannotDecode, format!("cannot decode to the end: {why}"))
}

fn found(found: Found) -> String {
    match found {
        Found::Wrapper => String::from("wrapper frames"),
        Found::Hdlc => String::from("HDLC frames"),
        Found::Apdu(name) => format!("APDU {name}"),
        Found::Data => String::from("A-XDR value"),
        Found::Nothing => String::from("nothing known"),
    }
}

/// What is to be decoded: one message, or one for each line.
fn messages(args: &DecodeArgs) -> Outcome<Vec<Vec<u8>>> {
    let messages = if let Some(file) = &args.file {
        of_file(file)?
    } else {
        match args.input.as_slice() {
            [] => {
                let mut input = Vec::new();
                let read = io::stdin().lock().read_to_end(&mut input);
                read.map_err(|error| Failure::usage("read standard input", error))?;
                of_input(input, "standard input")?
            }
            [one] if from_hex(one).is_err() && Path::new(one).is_file() => of_file(Path::new(one))?,
            [one] => vec![from_hex(one).map_err(|error| {
                let reason = format!("{error}, and there is no file of that name");
                Failure::usage("read the octets as hexadecimal", reason)
            })?],
            words => vec![of_text(&words.join(" "), "the octets")?],
        }
    };
    if messages.iter().all(Vec::is_empty) {
        return Err(Failure::usage("decode", "there are no octets"));
    }
    Ok(messages)
}

fn of_file(file: &Path) -> Outcome<Vec<Vec<u8>>> {
    let name = file.display().to_string();
    let input = fs::read(file);
    of_input(input.map_err(|error| Failure::usage(format!("read the file {name}"), error))?, &name)
}

/// Text is hexadecimal; what holds anything but characters is octets.
fn of_input(input: Vec<u8>, name: &str) -> Outcome<Vec<Vec<u8>>> {
    if input.starts_with(&PCAPNG) {
        let refused = Failure::usage(format!("decode {name}"), "it is a capture (pcapng)");
        return Err(refused.hint("the octets of one message; Wireshark opens the capture"));
    }
    let is_text = |octet: &u8| matches!(octet, b' '..=b'~' | b'\t' | b'\r' | b'\n');
    // Some editors put the mark of UTF-8 in front of a text.
    let characters = input.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&input);
    if !characters.iter().all(is_text) {
        return Ok(vec![input]);
    }
    let text = text::of_octets(characters);
    let whole = of_text(&text, name)?;
    // A dump breaks a message into lines, a log has one message on each: whatever decodes is meant.
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let lines: Vec<_> = lines.filter_map(|line| from_hex(line).ok()).collect();
    let decodes = |octets: &Vec<u8>| outcome(&explain(octets)).is_ok();
    let are_messages = lines.len() > 1 && lines.concat() == whole && lines.iter().all(decodes);
    Ok(if are_messages && !decodes(&whole) { lines } else { vec![whole] })
}

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// How a section of a capture begins.
const PCAPNG: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];

fn of_text(text: &str, name: &str) -> Outcome<Vec<u8>> {
    from_hex(text).map_err(|error| Failure::usage(format!("read {name} as hexadecimal"), error))
}

#[derive(Serialize)]
struct Field<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<usize>,
    from: usize,
    to: usize,
    depth: usize,
    name: &'a str,
    value: &'a str,
    octets: Option<String>,
}

#[derive(Serialize)]
struct End {
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<usize>,
    found: String,
    octets: usize,
    error: Option<String>,
}

fn print_json(explanation: &Explanation, octets: &[u8], message: Option<usize>) -> io::Result<()> {
    for (index, span) in explanation.spans.iter().enumerate() {
        output::json(&Field {
            message,
            from: span.from,
            to: span.to,
            depth: span.depth,
            name: span.name,
            value: &span.value,
            octets: explanation.octets_of(index, octets).map(hex),
        })?;
    }
    let found = match explanation.found {
        Found::Wrapper => "wrapper",
        Found::Hdlc => "hdlc",
        Found::Apdu(name) => name,
        Found::Data => "data",
        Found::Nothing => "nothing",
    };
    output::json(&End {
        message,
        found: found.to_owned(),
        octets: octets.len(),
        error: explanation.error.map(|error| error.to_string()),
    })
}
