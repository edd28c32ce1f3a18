//! Texts as they are written: with marks in place of the names that the entry around them has anyway.
//!
//! "Brandname (substance) US prescribing information" stands at a rule about that substance, and Brandname is a name of it, so it is
//! written as "2 (1) US prescribing information", and then it is what stands at a thousand other rules. A mark is one of the
//! control characters U+0001 to U+0008 for the first four names, as they are and with a capital, or U+000E and a character
//! from the space on for further ones.

use super::columns::{MOST_TEXT, Unfit};

/// Marks that are one character.
const SHORT_MARKS: u8 = 8;
/// Stands before a further mark.
const LONG_MARK: char = '\u{e}';
/// Further marks.
const LONG_MARKS: u8 = 95;
/// Shorter names are not worth a mark.
const SHORTEST_NAME: usize = 3;

/// Whether names become marks or marks become names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Write,
    Read,
}

/// Changes texts between how they are and how they are written.
#[derive(Debug)]
pub(super) struct Texts {
    pub direction: Direction,
    /// How much text may still be read, so that bytes from elsewhere cannot fill the memory.
    budget: usize,
}

impl Texts {
    pub fn new(direction: Direction) -> Self {
        Self { direction, budget: MOST_TEXT }
    }

    /// Changes a text; the names are the same in both directions.
    pub fn change(&mut self, text: &mut String, names: &[impl AsRef<str>]) -> Result<(), Unfit> {
        match self.direction {
            Direction::Write => *text = with_marks(text, names),
            Direction::Read if text.bytes().any(|byte| byte < b' ') => {
                *text = with_names(text, names)?;
                self.budget = self.budget.checked_sub(text.len()).ok_or(Unfit)?;
            }
            Direction::Read => {}
        }
        Ok(())
    }
}

fn with_marks(text: &str, names: &[impl AsRef<str>]) -> String {
    let mut written = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let mut longest: Option<(usize, u8, bool)> = None;
        for (place, name) in (0_u8..).zip(names).take(usize::from((SHORT_MARKS + LONG_MARKS) / 2)) {
            let name = name.as_ref();
            if name.len() < SHORTEST_NAME || longest.is_some_and(|(length, ..)| length >= name.len()) {
                continue;
            }
            if rest.starts_with(name) {
                longest = Some((name.len(), place, false));
            } else if starts_with_capital(rest, name) {
                longest = Some((name.len(), place, true));
            }
        }
        let length = match longest {
            Some((length, place, capital)) => {
                push_mark(&mut written, place.saturating_mul(2).saturating_add(u8::from(capital)));
                length
            }
            None => {
                written.push(first);
                first.len_utf8()
            }
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    written
}

fn starts_with_capital(text: &str, name: &str) -> bool {
    let (mut text, mut name) = (text.chars(), name.chars());
    let first = name.next().filter(char::is_ascii_lowercase).map(|first| first.to_ascii_uppercase());
    first.is_some() && text.next() == first && text.as_str().starts_with(name.as_str())
}

fn push_mark(written: &mut String, mark: u8) {
    if mark < SHORT_MARKS {
        written.push(char::from(mark.saturating_add(1)));
    } else {
        written.push(LONG_MARK);
        written.push(char::from(mark.saturating_sub(SHORT_MARKS).saturating_add(b' ')));
    }
}

fn with_names(text: &str, names: &[impl AsRef<str>]) -> Result<String, Unfit> {
    let mut read = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let number = u32::from(character);
        let mark = match character {
            LONG_MARK => characters
                .next()
                .map(u32::from)
                .and_then(|number| number.checked_sub(b' '.into()))
                .ok_or(Unfit)?
                .saturating_add(SHORT_MARKS.into()),
            _ if (1..=SHORT_MARKS.into()).contains(&number) => number.saturating_sub(1),
            _ => {
                read.push(character);
                continue;
            }
        };
        let name = usize::try_from(mark / 2).ok().and_then(|place| names.get(place)).ok_or(Unfit)?.as_ref();
        let mut rest = name.chars();
        match rest.next() {
            Some(first) if mark % 2 == 1 => {
                read.push(first.to_ascii_uppercase());
                read.push_str(rest.as_str());
            }
            _ => read.push_str(name),
        }
        if read.len() > MOST_TEXT {
            return Err(Unfit);
        }
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 6] = ["alpha", "alpha sodium", "", "élan", "bravo", "charlie"];

    fn written(text: &str) -> String {
        let mut text = text.to_owned();
        Texts::new(Direction::Write).change(&mut text, &NAMES).unwrap();
        text
    }

    #[test]
    fn names_become_marks_and_marks_names() {
        assert_eq!(written("Alpha sodium with alpha and Bravo."), "\u{4} with \u{1} and \u{e}!.");
        for text in ["", "alphaalpha Alphabet élan Élan ALPHA", "µ charlie bravos", "Alph"] {
            let mut read = written(text);
            Texts::new(Direction::Read).change(&mut read, &NAMES).unwrap();
            assert_eq!(read, text);
        }
    }

    #[test]
    fn marks_without_a_name_and_too_much_text_are_refused() {
        for text in ["\u{e}", "\u{e}\u{1}", "\u{e}~", "\u{8}"] {
            assert_eq!(Texts::new(Direction::Read).change(&mut text.to_owned(), &NAMES[..3]), Err(Unfit), "{text:?}");
        }
        let long = ["x".repeat(MOST_TEXT / 4)];
        let mut texts = Texts::new(Direction::Read);
        assert_eq!(texts.change(&mut "\u{1}\u{1}\u{1}".to_owned(), &long), Ok(()));
        assert_eq!(texts.change(&mut "\u{1}\u{1}".to_owned(), &long), Err(Unfit));
        assert_eq!(texts.change(&mut "\u{1}".repeat(1000), &long), Err(Unfit));
    }
}
