//! Tables for people: they fit the terminal, and no string of a meter can break out of them.

use std::io;

use comfy_table::presets::NOTHING;
use comfy_table::{Cell, CellAlignment, ColumnConstraint, ContentArrangement, Table, Width};

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
    widths: Vec<Widths>,
}

/// What a column would like to be at least, in characters.
#[derive(Clone, Copy, Default)]
struct Widths {
    /// So that no word of the heading is broken.
    heading: usize,
    /// So that no short value is broken: a time, a code.
    value: usize,
    /// So that no word is broken.
    word: usize,
    /// So that no number is broken, which would read as two.
    number: usize,
}

impl Widths {
    fn take(&mut self, field: &str) {
        let length = field.chars().count();
        let longest = |is_wanted: fn(&str) -> bool| {
            let words = field.split_whitespace().filter(|word| is_wanted(word));
            words.map(|word| word.chars().count()).max().unwrap_or(0)
        };
        let word = longest(|_| true);
        self.value = self.value.max(if length > SHORT { word } else { length });
        self.word = self.word.max(word);
        self.number = self.number.max(longest(is_number));
    }
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|octet| octet.is_ascii_digit() || matches!(octet, b'.' | b'-'))
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
        let widths = columns.iter().map(|(name, _)| {
            let mut heading = Widths::default();
            heading.take(name.as_ref());
            Widths { heading: heading.word, ..Widths::default() }
        });
        let widths = widths.collect();
        Self { table, sides, widths }
    }

    /// Adds a row.
    pub(crate) fn row<T: AsRef<str>>(&mut self, fields: &[T]) {
        for (field, widths) in fields.iter().zip(&mut self.widths) {
            widths.take(field.as_ref());
        }
        let fields = fields.iter().zip(&self.sides);
        self.table
            .add_row(fields.map(|(field, side)| cell(field.as_ref(), *side)).collect::<Vec<_>>());
    }

    /// Whether there is no row.
    pub(crate) fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// Where not everything fits, values give way first, then headings, then words. The first
    /// column is copied and pasted, so it comes before words; numbers come before all.
    fn arrange(&mut self) {
        let room = self.table.width().map_or(usize::MAX, usize::from);
        let of_all = |wanted: fn(usize, &Widths) -> usize| {
            self.widths.iter().enumerate().map(|(index, w)| wanted(index, w).max(1)).collect()
        };
        let wishes: [Vec<usize>; 5] = [
            of_all(|_, w| w.value.max(w.heading)),
            of_all(|_, w| w.word.max(w.heading)),
            of_all(|_, w| w.word),
            of_all(|index, w| if index == 0 { w.word } else { w.number }),
            of_all(|_, w| w.number),
        ];
        let fits = |wish: &Vec<usize>| wish.iter().map(|w| w + PADDING).sum::<usize>() <= room;
        let Some(widths) = wishes.into_iter().find(fits) else { return };
        for (index, width) in widths.into_iter().enumerate() {
            let width = u16::try_from(width + PADDING).unwrap_or(u16::MAX);
            if let Some(column) = self.table.column_mut(index) {
                column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(width)));
            }
        }
    }

    /// Prints it.
    pub(crate) fn print(mut self) -> io::Result<()> {
        self.arrange();
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

/// A value of so many characters stays in one piece where there is room: a time with its offset.
const SHORT: usize = 28;

/// A blank on either side of a column.
const PADDING: usize = 2;

fn cell(field: &str, side: Side) -> Cell {
    let alignment = match side {
        Side::Left => CellAlignment::Left,
        Side::Right => CellAlignment::Right,
    };
    Cell::new(text::shown(field)).set_alignment(alignment)
}
