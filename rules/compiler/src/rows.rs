//! Reading tables of rows: CSV that people write, tab-separated text that the importer writes. Every field keeps its place.

use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::{At, Findings, Place, TextFile};
use crate::problem::Problem;

/// A row's fields, and the place of the whole row.
pub(crate) struct Row {
    pub fields: Vec<At<String>>,
    pub place: Place,
}

impl Row {
    /// A field; empty where the row is too short, which was reported.
    pub fn field(&self, position: usize) -> At<String> {
        self.fields.get(position).cloned().unwrap_or_else(|| At::new(String::new(), self.place.clone()))
    }
}

/// Rows of a CSV file with these columns; comments begin with `#`.
pub(crate) fn csv(file: &Arc<TextFile>, columns: &[&str], findings: &Findings) -> Vec<Row> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .comment(Some(b'#'))
        .from_reader(file.text.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                findings.report(&Place::new(file, 0..0), Problem::Syntax { message: error.to_string().to_lowercase() });
                return rows;
            }
        };
        let start = record.position().and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or_default();
        let start = skip_blank(&file.text, start);
        let spans = field_spans(&file.text, start, &record);
        let end = spans.last().map_or(start, |span| span.end);
        let fields = record.iter().zip(&spans);
        let fields =
            fields.map(|(field, span)| At::new(field.trim().to_owned(), Place::new(file, span.clone()))).collect();
        rows.push(Row { fields, place: Place::new(file, start..end) });
    }
    with_heading(rows, file, columns, ",", findings)
}

/// Rows of a tab-separated file with these columns; comments begin with `#`.
pub(crate) fn tsv(file: &Arc<TextFile>, columns: &[&str], findings: &Findings) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut start = 0_usize;
    for line in file.text.split('\n') {
        let end = start.saturating_add(line.len());
        if !line.is_empty() && !line.starts_with('#') {
            let mut from = start;
            let mut fields = Vec::new();
            for field in line.split('\t') {
                let to = from.saturating_add(field.len());
                fields.push(At::new(field.to_owned(), Place::new(file, from..to)));
                from = to.saturating_add(1);
            }
            rows.push(Row { fields, place: Place::new(file, start..end) });
        }
        start = end.saturating_add(1);
    }
    with_heading(rows, file, columns, "\t", findings)
}

fn with_heading(
    mut rows: Vec<Row>,
    file: &Arc<TextFile>,
    columns: &[&str],
    separator: &str,
    findings: &Findings,
) -> Vec<Row> {
    let heading = rows.first().map(|row| row.fields.iter().map(|field| field.value.as_str()).collect::<Vec<_>>());
    if heading.as_deref() != Some(columns) {
        let place = rows.first().map_or_else(|| Place::new(file, 0..0), |row| row.place.clone());
        findings.report(
            &place,
            Problem::BadHeading { expected: columns.join(if separator == "\t" { " " } else { separator }) },
        );
        return Vec::new();
    }
    rows.remove(0);
    rows.retain(|row| {
        let right = row.fields.len() == columns.len();
        if !right {
            let problem = Problem::FieldCount { expected: columns.len(), found: row.fields.len() };
            findings.report(&row.place, problem);
        }
        right
    });
    rows
}

fn skip_blank(text: &str, mut start: usize) -> usize {
    // A record's position is where the reader stood: before the blank lines and comments that it skips.
    loop {
        let rest = text.get(start..).unwrap_or_default();
        let line = rest.find('\n').map_or(rest.len(), |newline| newline.saturating_add(1));
        let first = rest.get(..line).unwrap_or_default();
        if line == 0 || !(first.trim().is_empty() || first.starts_with('#')) {
            return start;
        }
        start = start.saturating_add(line);
    }
}

fn field_spans(text: &str, start: usize, record: &csv::StringRecord) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let mut from = start;
    for field in record {
        let quoted = text.get(from..).is_some_and(|rest| rest.starts_with('"'));
        let written =
            if quoted { field.len().saturating_add(field.matches('"').count()).saturating_add(2) } else { field.len() };
        let to = from.saturating_add(written).min(text.len());
        spans.push(from..to);
        from = to.saturating_add(1).min(text.len());
    }
    spans
}
