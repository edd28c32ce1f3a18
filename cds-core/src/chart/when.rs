//! FHIR dates and date-times, as precise as they were written and no more.

use jiff::civil::Date;

/// A FHIR `date`, `dateTime` or `instant` (R4 2.24.0.1): a year, a month, a day or a moment of a day.
///
/// The day is the one that was written, in the writer's own offset. A missing month or day stays missing: ask
/// [`When::earliest`] and [`When::latest`] for the days that it may mean.
///
/// ```
/// use cds_core::chart::When;
/// let may: When = "2020-05".parse().unwrap();
/// assert_eq!(may.earliest().to_string(), "2020-05-01");
/// assert_eq!(may.latest().to_string(), "2020-05-31");
/// assert_eq!("2020-05-04T23:30:00-05:00".parse::<When>().unwrap().to_string(), "2020-05-04");
/// assert!("2023-02-30".parse::<When>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct When {
    earliest: Date,
    precision: Precision,
}

/// How much of a date was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Precision {
    /// Only a year.
    Year,
    /// Year and month.
    Month,
    /// A whole day, or a moment of it.
    Day,
}

/// A text that is no FHIR date: the wrong form, or a day that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a date that exists, in one of the forms `YYYY`, `YYYY-MM`, `YYYY-MM-DD` or `YYYY-MM-DDThh:mm:ss+zz:zz`")]
pub struct NotADate;

impl When {
    /// A whole day.
    pub fn day(date: Date) -> Self {
        Self { earliest: date, precision: Precision::Day }
    }

    /// The first day that it may mean.
    pub fn earliest(self) -> Date {
        self.earliest
    }

    /// The last day that it may mean.
    pub fn latest(self) -> Date {
        match self.precision {
            Precision::Year => self.earliest.last_of_year(),
            Precision::Month => self.earliest.last_of_month(),
            Precision::Day => self.earliest,
        }
    }

    /// How much of it was written.
    pub fn precision(self) -> Precision {
        self.precision
    }
}

impl std::str::FromStr for When {
    type Err = NotADate;

    fn from_str(text: &str) -> Result<Self, NotADate> {
        let (date, time) = match text.split_once('T') {
            Some((date, time)) => (date, Some(time)),
            None => (text, None),
        };
        let mut parts = date.split('-');
        let year: i16 = digits(parts.next(), 4)?;
        let (month, precision) = match parts.next() {
            None => (1, Precision::Year),
            month => (digits(month, 2)?, Precision::Month),
        };
        let (day, precision) = match (parts.next(), precision) {
            (None, precision) => (1, precision),
            (day, _) => (digits(day, 2)?, Precision::Day),
        };
        let time_fits = match time {
            None => true,
            Some(time) => precision == Precision::Day && is_time_with_offset(time),
        };
        if parts.next().is_some() || !time_fits || year == 0 {
            return Err(NotADate);
        }
        let earliest = Date::new(year, month, day).map_err(|_| NotADate)?;
        Ok(Self { earliest, precision })
    }
}

impl std::fmt::Display for When {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let date = self.earliest;
        match self.precision {
            Precision::Year => write!(formatter, "{:04}", date.year()),
            Precision::Month => write!(formatter, "{:04}-{:02}", date.year(), date.month()),
            Precision::Day => write!(formatter, "{date}"),
        }
    }
}

fn digits<T: std::str::FromStr>(part: Option<&str>, length: usize) -> Result<T, NotADate> {
    let part = part.ok_or(NotADate)?;
    if part.len() != length || !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NotADate);
    }
    part.parse().map_err(|_| NotADate)
}

/// `hh:mm:ss`, a fraction and an offset or `Z`. Seconds and offset may lack: many systems leave them out, and no check here
/// reads a time of day.
fn is_time_with_offset(time: &str) -> bool {
    let (clock, offset) = match time.find(['Z', '+', '-']) {
        Some(position) => time.split_at(position),
        None => (time, ""),
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let numbers: Vec<Option<u8>> = clock.split(':').map(|part| digits(Some(part), 2).ok()).collect();
    let clock_fits = match numbers.as_slice() {
        [Some(hour), Some(minute)] => *hour < 24 && *minute < 60,
        [Some(hour), Some(minute), Some(second)] => *hour < 24 && *minute < 60 && *second <= 60,
        _ => false,
    };
    let offset_fits = match offset.split_at_checked(1) {
        None => true,
        Some(("Z", rest)) => rest.is_empty(),
        Some((_, rest)) => rest.split_once(':').is_some_and(|(hour, minute)| {
            digits::<u8>(Some(hour), 2).is_ok_and(|hour| hour <= 14)
                && digits::<u8>(Some(minute), 2).is_ok_and(|minute| minute < 60)
        }),
    };
    clock_fits && offset_fits && !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_fhir_allows_and_nothing_else() {
        for text in [
            "2020",
            "2020-02",
            "2020-02-29",
            "2015-02-07T13:28:17.239+02:00",
            "2017-01-01T00:00:00Z",
            "2020-02-29T10:00",
        ] {
            assert!(text.parse::<When>().is_ok(), "{text}");
        }
        for text in [
            "",
            "20",
            "2020-2",
            "2023-02-29",
            "2020-13",
            "2020-01-32",
            "2020-01T10:00:00Z",
            "2020-01-01T25:00:00Z",
            "2020-01-01 10:00",
            "0000-01-01",
            "２０２０",
            "-020",
            "2020-01-01-01",
            "2020-01-01T10:00:00+1",
        ] {
            assert!(text.parse::<When>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_partial_date_stays_partial() {
        let year: When = "2024".parse().unwrap();
        assert_eq!(year.latest().to_string(), "2024-12-31");
        assert_eq!(year.to_string(), "2024");
        let february: When = "2024-02".parse().unwrap();
        assert_eq!(february.latest().to_string(), "2024-02-29");
        assert_eq!(february.to_string(), "2024-02");
    }
}
