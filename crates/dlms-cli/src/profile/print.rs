//! Rows on standard output.

use std::io;

use super::columns::{Columns, Row};
use crate::output::{self, Form};
use crate::table::{Sheet, Side};
use crate::{text, times};

/// Prints rows as they come; a table when all are there.
pub(crate) struct Printer {
    form: Form,
    meter: String,
    sheet: Option<Sheet>,
    has_header: bool,
}

impl Printer {
    pub(crate) fn new(form: Form, meter: String) -> Self {
        Self { form, meter, sheet: None, has_header: false }
    }

    /// Prints a row.
    pub(crate) fn row(&mut self, columns: &Columns, row: &Row) -> io::Result<()> {
        match self.form {
            Form::Json => self.json(columns, row),
            Form::Csv => {
                self.header(columns)?;
                let values = self.values(columns, row, times::iso);
                let fields: Vec<_> =
                    values.iter().map(|(field, number)| text::csv(field, *number)).collect();
                output::line(&fields.join(","))
            }
            Form::Plain => {
                let values = self.values(columns, row, times::local);
                let fields: Vec<_> = values.into_iter().map(|(field, _)| field).collect();
                output::fields(&fields)
            }
            Form::Table => {
                let values = self.values(columns, row, times::local);
                let fields: Vec<_> = values.into_iter().map(|(field, _)| field).collect();
                self.sheet.get_or_insert_with(|| sheet(columns)).row(&fields);
                Ok(())
            }
        }
    }

    /// Prints what waits for the last row, also when it has not come: `columns` are those of rows that
    /// came to their end.
    pub(crate) fn finish(mut self, columns: Option<&Columns>) -> io::Result<()> {
        match (self.form, self.sheet.take()) {
            (Form::Csv, _) => columns.map_or(Ok(()), |columns| self.header(columns)),
            (Form::Table, Some(sheet)) if !sheet.is_empty() => sheet.print(),
            _ => Ok(()),
        }
    }

    fn json(&self, columns: &Columns, row: &Row) -> io::Result<()> {
        for (index, column) in columns.values() {
            if let Some(reading) = row.values.get(index) {
                column.record(reading, row.time).print_json(&self.meter)?;
            }
        }
        Ok(())
    }

    fn header(&mut self, columns: &Columns) -> io::Result<()> {
        if std::mem::replace(&mut self.has_header, true) {
            return Ok(());
        }
        let time = columns.clock.map(|_| String::from("time"));
        let captions = columns.values().map(|(_, column)| text::csv(&column.caption(), false));
        output::line(&time.into_iter().chain(captions).collect::<Vec<_>>().join(","))
    }

    /// The time and the values, each with whether it is a number.
    fn values(
        &self,
        columns: &Columns,
        row: &Row,
        show: fn(cosem::DateTime) -> String,
    ) -> Vec<(String, bool)> {
        let time = columns.clock.map(|_| (row.local.map_or_else(String::new, show), false));
        let values = columns.values().map(|(index, _)| match row.values.get(index) {
            Some(reading) => (reading.shown.text.clone(), reading.shown.is_number),
            None => (String::new(), false),
        });
        time.into_iter().chain(values).collect()
    }
}

fn sheet(columns: &Columns) -> Sheet {
    let time = columns.clock.map(|_| (String::from("time"), Side::Left));
    let captions = columns.values().map(|(_, column)| {
        let side = if column.scaler_unit.is_some() { Side::Right } else { Side::Left };
        (column.caption(), side)
    });
    Sheet::new(&time.into_iter().chain(captions).collect::<Vec<_>>())
}
