//! Tables for people: they fit the terminal, and no string of a meter can break out of them.

use std::io;

use comfy_table::presets::NOTHING;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table};

use crate::output::{self, BOLD};
use crate::text;

/// On which side the fields of a column stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// A table that is printed when it is complete.
pub(crate) struct Sheet {
    table: Table,
    sides: Vec<Side>,
}

impl Sheet {
    /// With these columns.
    pub(crate) fn new<T: AsRef<str>>(columns: &[(T, Side)]) -> Self {
        let mut table = Table::new();
        table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        if let Some(width) = output::width() {
            table.set_width(width);
        }
        let sides: Vec<_> = columns.iter().map(|(_, side)| *side).collect();
        let header = columns.iter().map(|(name, side)| cell(name.as_ref(), *side));
        table.set_header(header.collect::<Vec<_>>());
        Self { table, sides }
    }

    /// Adds a row.
    pub(crate) fn row<T: AsRef<str>>(&mut self, fields: &[T]) {
        let fields = fields.iter().zip(&self.sides);
        self.table
            .add_row(fields.map(|(field, side)| cell(field.as_ref(), *side)).collect::<Vec<_>>());
    }

    /// Whether there is no row.
    pub(crate) fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// Prints it.
    pub(crate) fn print(&self) -> io::Result<()> {
        let bold = output::has_colour(&io::stdout());
        for (index, line) in self.table.lines().enumerate() {
            // The style has a margin of one blank on the left.
            let line = line.strip_prefix(' ').unwrap_or(&line).trim_end().to_owned();
            match index {
                0 if bold => output::line(&format!("{BOLD}{line}{BOLD:#}"))?,
                _ => output::line(&line)?,
            }
        }
        Ok(())
    }
}

fn cell(field: &str, side: Side) -> Cell {
    let alignment = match side {
        Side::Left => CellAlignment::Left,
        Side::Right => CellAlignment::Right,
    };
    Cell::new(text::shown(field)).set_alignment(alignment)
}
