//! Where an entry is bad, and how that is shown.

use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};

use crate::problem::Problem;

/// Longest piece of a line that is shown.
const WINDOW: usize = 160;

/// A bad entry: what is wrong, where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {problem}")]
pub struct Diagnostic {
    /// The file's path within the knowledge folder, with forward slashes.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub problem: Problem,
    /// What to do about it.
    pub help: String,
    place: Place,
}

impl Diagnostic {
    fn new(place: Place, problem: Problem) -> Self {
        let (line, column) = place.line_and_column();
        Self { file: place.file.path.clone(), line, column, help: problem.help(), problem, place }
    }

    /// Shows the entry with what is wrong and what to do, as `rustc` would; without colors.
    pub fn render(&self) -> String {
        let title = Level::ERROR.primary_title(self.problem.to_string()).id(self.problem.code());
        let (shown, line, span) = self.place.excerpt();
        let group = if self.place.file.text.is_empty() {
            title.element(Origin::path(self.file.as_str()))
        } else {
            let snippet = Snippet::source(shown).line_start(line).path(self.file.as_str());
            title.element(snippet.annotation(AnnotationKind::Primary.span(span)))
        };
        Renderer::plain().render(&[group.element(Level::HELP.message(self.help.as_str()))])
    }
}

/// Shows every diagnostic, one after the other, and how many there are.
pub fn render(diagnostics: &[Diagnostic]) -> String {
    let mut text = String::new();
    for diagnostic in diagnostics {
        text.push_str(&diagnostic.render());
        text.push_str("\n\n");
    }
    let count = diagnostics.len();
    text.push_str(&format!("{count} bad {}\n", if count == 1 { "entry" } else { "entries" }));
    text
}

/// A file's path within the folder, and its text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TextFile {
    pub path: String,
    pub text: String,
}

/// A piece of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub file: Arc<TextFile>,
    pub span: Range<usize>,
}

impl Place {
    pub fn new(file: &Arc<TextFile>, span: Range<usize>) -> Self {
        Self { file: Arc::clone(file), span }
    }

    /// The whole of a file that is not there or cannot be read.
    pub fn of_absent(path: &str) -> Self {
        Self { file: Arc::new(TextFile { path: path.to_owned(), text: String::new() }), span: 0..0 }
    }

    /// `file:line`, for messages about another place.
    pub fn name(&self) -> String {
        format!("{}:{}", self.file.path, self.line_and_column().0)
    }

    fn before(&self) -> &str {
        self.file.text.get(..self.span.start).unwrap_or_default()
    }

    pub fn line_and_column(&self) -> (usize, usize) {
        let before = self.before();
        let line_start = before.rfind('\n').map_or(0, |newline| newline.saturating_add(1));
        let column = before.get(line_start..).unwrap_or_default().chars().count();
        (before.matches('\n').count().saturating_add(1), column.saturating_add(1))
    }

    /// The lines of the place, cut where they are very long, with the first one's number and the span within them.
    fn excerpt(&self) -> (&str, usize, Range<usize>) {
        let text = self.file.text.as_str();
        let line_start = self.before().rfind('\n').map_or(0, |newline| newline.saturating_add(1));
        let after = text.get(self.span.end..).unwrap_or_default();
        let line_end = self.span.end.saturating_add(after.find('\n').unwrap_or(after.len()));
        let start = boundary(text, line_start.max(self.span.start.saturating_sub(WINDOW)));
        let end = boundary(text, line_end.min(self.span.start.saturating_add(WINDOW).max(self.span.start)));
        let shown = |position: usize| boundary(text, position.min(end)).saturating_sub(start);
        let span = shown(self.span.start)..shown(self.span.end);
        (text.get(start..end).unwrap_or_default(), self.line_and_column().0, span)
    }
}

fn boundary(text: &str, mut position: usize) -> usize {
    while !text.is_char_boundary(position) {
        position = position.saturating_sub(1);
    }
    position
}

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct At<T> {
    pub value: T,
    pub place: Place,
}

impl<T> At<T> {
    pub fn new(value: T, place: Place) -> Self {
        Self { value, place }
    }
}

impl At<String> {
    /// A piece of the text with its own place, which is inside the quotes if it has some.
    pub fn part(&self, piece: &str) -> Self {
        let before = piece.as_ptr().addr().saturating_sub(self.value.as_ptr().addr());
        let mut place = self.place.clone();
        let quote = match place.span.len().checked_sub(self.value.len()) {
            Some(0) => Some(0),
            Some(2) => Some(1),
            // Escaped characters: the places of the text and of the file differ.
            _ => None,
        };
        if let Some(quote) = quote {
            let start = place.span.start.saturating_add(quote).saturating_add(before);
            place.span = start..start.saturating_add(piece.len());
        }
        Self::new(piece.to_owned(), place)
    }
}

/// Collects what is wrong; a bad entry never hides another one.
#[derive(Debug, Default)]
pub(crate) struct Findings(RefCell<Vec<Diagnostic>>);

impl Findings {
    pub fn report(&self, place: &Place, problem: Problem) {
        self.0.borrow_mut().push(Diagnostic::new(place.clone(), problem));
    }

    pub fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    pub fn take_over(&self, other: Self) {
        self.0.borrow_mut().extend(other.0.into_inner());
    }

    /// Everything that was found, ordered by file and line.
    pub fn into_diagnostics(self) -> Vec<Diagnostic> {
        let mut found = self.0.into_inner();
        found.sort_by(|a, b| {
            (&a.file, a.place.span.start, a.problem.code()).cmp(&(&b.file, b.place.span.start, b.problem.code()))
        });
        found.dedup();
        found
    }
}
