//! `dlms decode`: what octets mean, every layer with its ranges.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use cosem::bytes::{from_hex, hex};
use dlms::explain::{Explanation, Found, NOT_DECODED, explain};
use serde::Serialize;

use crate::exit::{Exit, Failure, Outcome};
use crate::{explained, output};

/// Explain octets: frames, messages and values, each field with its range
#[derive(Clone, Debug, clap::Args)]
#[command(help_template = HELP, after_help = AFTER)]
pub(crate) struct DecodeArgs {
    /// Hexadecimal, with blanks or without; or a file; else standard input is read
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
Passwords and keys are shown as …, and so are their octets. With --json each field is an object with
from, to, depth, name, value and octets; the last one says what was found, and the error if there was
one.

Exit status:
  0  decoded to the last octet
  2  no hexadecimal
  7  not decoded to the end";

/// Runs it.
pub(crate) fn run(args: &DecodeArgs) -> Outcome {
    let octets = octets(args)?;
    if octets.is_empty() {
        return Err(Failure::usage("decode", "there are no octets"));
    }
    let explanation = explain(&octets);
    if args.json {
        print_json(&explanation, &octets)?;
    } else {
        output::line(&format!("{}, {} octets", found(explanation.found), octets.len()))?;
        for line in explained::of(&explanation, &octets) {
            output::line(&line)?;
        }
    }
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
        Found::Apdu(name) => format!("APDU {name}"),
        Found::Data => String::from("A-XDR value"),
        Found::Nothing => String::from("nothing known"),
    }
}

fn octets(args: &DecodeArgs) -> Outcome<Vec<u8>> {
    if let Some(file) = &args.file {
        return of_file(file);
    }
    match args.input.as_slice() {
        [] => {
            let mut input = Vec::new();
            let read = io::stdin().lock().read_to_end(&mut input);
            read.map_err(|error| Failure::usage("read standard input", error))?;
            of_input(input, "standard input")
        }
        [one] if !is_hexadecimal(one) && Path::new(one).is_file() => of_file(Path::new(one)),
        words => of_text(&words.join(" "), "the octets"),
    }
}

fn of_file(file: &Path) -> Outcome<Vec<u8>> {
    let name = file.display().to_string();
    let input =
        fs::read(file).map_err(|error| Failure::usage(format!("read the file {name}"), error))?;
    of_input(input, &name)
}

/// Text is hexadecimal; what holds anything but characters is octets.
fn of_input(input: Vec<u8>, name: &str) -> Outcome<Vec<u8>> {
    let is_text = |octet: &u8| matches!(octet, b' '..=b'~' | b'\t' | b'\r' | b'\n');
    if !input.iter().all(is_text) {
        return Ok(input);
    }
    of_text(&crate::text::of_octets(&input), name)
}

fn of_text(text: &str, name: &str) -> Outcome<Vec<u8>> {
    from_hex(text).map_err(|error| Failure::usage(format!("read {name} as hexadecimal"), error))
}

fn is_hexadecimal(word: &str) -> bool {
    from_hex(word).is_ok()
}

#[derive(Serialize)]
struct Field<'a> {
    from: usize,
    to: usize,
    depth: usize,
    name: &'a str,
    value: &'a str,
    octets: Option<String>,
}

#[derive(Serialize)]
struct End {
    found: String,
    octets: usize,
    error: Option<String>,
}

fn print_json(explanation: &Explanation, octets: &[u8]) -> io::Result<()> {
    for (index, span) in explanation.spans.iter().enumerate() {
        output::json(&Field {
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
        Found::Apdu(name) => name,
        Found::Data => "data",
        Found::Nothing => "nothing",
    };
    output::json(&End {
        found: found.to_owned(),
        octets: octets.len(),
        error: explanation.error.map(|error| error.to_string()),
    })
}
