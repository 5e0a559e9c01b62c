//! `dlms objects`: what the association view shows.

use std::io;

use dlms_client::{AccessRight, ObjectEntry};
use serde::Serialize;

use crate::exit::Outcome;
use crate::interrupt::Interrupt;
use crate::names;
use crate::output::{self, Form};
use crate::session::{self, MeterArgs, Object};
use crate::table::{Sheet, Side};

/// List the objects that a client may see, with its rights
#[derive(Clone, Debug, clap::Args)]
#[command(help_template = HELP, after_help = AFTER)]
pub(crate) struct ObjectsArgs {
    #[command(flatten)]
    meter: MeterArgs,
}

const HELP: &str = crate::exit::help!(
    "\
Examples, against `dlms simulate`:
  dlms objects tcp://127.0.0.1:4059
  DLMS_PASSWORD=12345678 dlms objects 'tcp://127.0.0.1:4059?client=2&auth=low'
  DLMS_PASSWORD=12345678 dlms objects 'tcp://127.0.0.1:4059?client=2&server=16&auth=low' --json"
);

const AFTER: &str = "\
The columns read, write and call hold the numbers of attributes and methods.

Exit status: see dlms --help";

/// Runs it.
pub(crate) async fn run(args: &ObjectsArgs, interrupt: &Interrupt) -> Outcome {
    session::with(&args.meter, interrupt, async |session| {
        let form = Form::choose(args.meter.json, false);
        session.progress.begin("object list", Form::Table);
        let view = session.view().await?.to_vec();
        session.progress.end();
        Ok(print(&view, &session.meter, form)?)
    })
    .await
}

/// Prints the view in the form that was chosen.
pub(crate) fn print(view: &[ObjectEntry], meter: &str, form: Form) -> io::Result<()> {
    match form {
        Form::Json => view.iter().try_for_each(|entry| output::json(&Line::new(entry, meter))),
        Form::Table => {
            let columns = ["object", "class", "what it is", "read", "write", "call"];
            let mut sheet = Sheet::new(&columns.map(|name| (name, Side::Left)));
            for entry in view {
                sheet.row(&fields(entry));
            }
            sheet.print()
        }
        Form::Plain | Form::Csv => view.iter().try_for_each(|entry| output::fields(&fields(entry))),
    }
}

/// The fields of a row: object, class, name, rights to read, to write and to call.
pub(crate) fn fields(entry: &ObjectEntry) -> [String; 6] {
    let class = names::class_name(entry.class);
    let numbers = |rights: &[AccessRight], may: fn(AccessRight) -> bool| {
        ranges(rights.iter().filter(|right| may(**right)).map(|right| right.index))
    };
    [
        entry.instance.to_string(),
        format!("{} {class}, version {}", entry.class, entry.version),
        names::object(entry.instance, Some(entry.class)),
        numbers(&entry.attributes, AccessRight::may_read),
        numbers(&entry.attributes, AccessRight::may_write),
        numbers(&entry.methods, may_call),
    ]
}

/// By the modes of association versions 0 to 2: 0 no access, 1 access.
const fn may_call(right: AccessRight) -> bool {
    right.mode != 0
}

/// `1-3 5` for 1, 2, 3, 5.
fn ranges(numbers: impl Iterator<Item = i8>) -> String {
    let mut ranges: Vec<(i8, i8)> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(number) => *last = number,
            _ => ranges.push((number, number)),
        }
    }
    let ranges = ranges.into_iter().map(|(first, last)| match last == first {
        true => format!("{first}"),
        false => format!("{first}-{last}"),
    });
    ranges.collect::<Vec<_>>().join(" ")
}

/// An object as JSON: the keys that every record has, its class's name and the rights.
#[derive(Serialize)]
struct Line<'a> {
    meter: &'a str,
    class: u16,
    version: u8,
    obis: String,
    name: String,
    class_name: String,
    attributes: Vec<Right>,
    methods: Vec<Right>,
}

#[derive(Serialize)]
struct Right {
    index: i8,
    name: Option<String>,
    /// `read`, `write`, `read-write`, `call`, `none`, or the mode's number where it needs protection.
    access: String,
}

impl<'a> Line<'a> {
    fn new(entry: &ObjectEntry, meter: &'a str) -> Self {
        let object =
            Object { obis: entry.instance, class: entry.class, version: Some(entry.version) };
        let descriptor = object.descriptor();
        let attribute = |right: &AccessRight| Right {
            index: right.index,
            name: descriptor
                .and_then(|class| class.attribute(right.index))
                .map(|attribute| attribute.name.to_string()),
            access: match (right.may_read(), right.may_write(), right.mode) {
                (true, true, _) => String::from("read-write"),
                (true, false, _) => String::from("read"),
                (false, true, _) => String::from("write"),
                (_, _, 0) => String::from("none"),
                (_, _, mode) => format!("mode {mode}"),
            },
        };
        let method = |right: &AccessRight| Right {
            index: right.index,
            name: descriptor
                .and_then(|class| class.method(right.index))
                .map(|method| method.name.to_string()),
            access: String::from(if may_call(*right) { "call" } else { "none" }),
        };
        Self {
            meter,
            class: entry.class,
            version: entry.version,
            obis: entry.instance.to_string(),
            name: names::object(entry.instance, Some(entry.class)),
            class_name: names::class_name(entry.class).into_owned(),
            attributes: entry.attributes.iter().map(attribute).collect(),
            methods: entry.methods.iter().map(method).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_joined_to_ranges() {
        assert_eq!(ranges([1, 2, 3, 5, 7, 8].into_iter()), "1-3 5 7-8");
        assert_eq!(ranges([-128, 127].into_iter()), "-128 127");
        assert_eq!(ranges([].into_iter()), "");
    }
}
