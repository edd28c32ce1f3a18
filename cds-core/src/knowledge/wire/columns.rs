//! serde values as columns: what stands in one field of one type stands together, numbers apart from texts.
//!
//! A general compressor finds far more in a column of titles followed by a column of tiers than in rules that hold both. Nothing
//! is written about the types: writer and reader walk the same ones in the same order and give columns the same numbers, in the
//! order in which they meet them.
//!
//! - Integers, truth values and the positions of enum variants are numbers of seven bits a byte, the lowest first; signed ones
//!   have their sign in the lowest bit.
//! - A text is a number: 0 for the next one of the column's texts, else how many texts of the column before it stands, counted from
//!   its first.
//!   Texts are written in [`words`](super::words).
//! - How long lists are, and whether what is optional is there, are columns beside the one of the field; so are a tuple's parts.
//!
//! The file: the number of columns and the lengths of each (numbers, texts), then the length of the words and these, then all texts,
//! then all numbers.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, Visitor};
use serde::ser::{self, Serialize};

use super::words::{END, Numbers, Words, words_of};

/// The greatest length of all texts together that is read, so that bytes from elsewhere cannot fill the memory: a text may be met
/// any number of times.
pub(super) const MOST_TEXT: usize = 64 << 20;
/// Stands for the variant where a type is no enum.
const NO_VARIANT: u32 = u32::MAX;

/// The bytes do not hold the type, or the type holds what columns cannot: maps, binary floats, texts with control characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the columns do not fit the type")]
pub(super) struct Unfit;

impl ser::Error for Unfit {
    fn custom<T: Display>(_: T) -> Self {
        Self
    }
}

impl de::Error for Unfit {
    fn custom<T: Display>(_: T) -> Self {
        Self
    }
}

/// Which column holds what.
#[derive(Debug, Default)]
struct Layout {
    beside: Vec<Beside>,
    /// First column of the fields of each type and variant.
    fields: BTreeMap<(&'static str, u32), usize>,
}

/// First of the columns that belong to a column, once they are met.
#[derive(Debug, Default, Clone, Copy)]
struct Beside {
    lengths: Option<usize>,
    presence: Option<usize>,
    parts: Option<usize>,
}

impl Layout {
    fn with_one_column() -> Self {
        Self { beside: vec![Beside::default()], fields: BTreeMap::new() }
    }

    fn more(&mut self, count: usize) -> usize {
        let first = self.beside.len();
        self.beside.resize(first.saturating_add(count), Beside::default());
        first
    }

    fn fields(&mut self, name: &'static str, variant: u32, count: usize) -> usize {
        if let Some(first) = self.fields.get(&(name, variant)) {
            return *first;
        }
        let first = self.more(count);
        self.fields.insert((name, variant), first);
        first
    }

    fn beside(&mut self, column: usize, which: fn(&mut Beside) -> &mut Option<usize>, count: usize) -> usize {
        let next = self.beside.len();
        let Some(place) = self.beside.get_mut(column).map(which) else { return usize::MAX };
        if let Some(first) = place {
            return *first;
        }
        *place = Some(next);
        self.more(count)
    }

    fn lengths(&mut self, column: usize) -> usize {
        self.beside(column, |beside| &mut beside.lengths, 1)
    }

    fn presence(&mut self, column: usize) -> usize {
        self.beside(column, |beside| &mut beside.presence, 1)
    }

    fn parts(&mut self, column: usize, count: usize) -> usize {
        self.beside(column, |beside| &mut beside.parts, count)
    }
}

/// Writes a value.
///
/// # Errors
/// [`Unfit`] where it holds what columns cannot hold.
pub(super) fn to_bytes(value: &impl Serialize) -> Result<Vec<u8>, Unfit> {
    let mut writer = Writer { layout: Layout::with_one_column(), columns: Vec::new() };
    value.serialize(Cell { to: &mut writer, column: 0 })?;
    let words = words_of(writer.columns.iter().flat_map(|column| &column.texts).map(String::as_str))?;
    let numbers = Numbers::of(&Words::new(words.as_bytes())?);
    let mut bytes = Vec::new();
    let mut texts = Vec::new();
    write_number(&mut bytes, length(writer.columns.len()));
    for column in &writer.columns {
        let before = texts.len();
        column.texts.iter().try_for_each(|text| numbers.write(text, &mut texts))?;
        write_number(&mut bytes, length(column.numbers.len()));
        write_number(&mut bytes, length(texts.len().saturating_sub(before)));
    }
    write_number(&mut bytes, length(words.len()));
    bytes.extend_from_slice(words.as_bytes());
    bytes.append(&mut texts);
    writer.columns.iter().for_each(|column| bytes.extend_from_slice(&column.numbers));
    Ok(bytes)
}

#[derive(Debug)]
struct Writer {
    layout: Layout,
    columns: Vec<Written>,
}

#[derive(Debug, Default, Clone)]
struct Written {
    numbers: Vec<u8>,
    texts: Vec<String>,
    /// The texts that were met, with their positions counted from one.
    known: BTreeMap<String, u64>,
}

impl Writer {
    fn column(&mut self, column: usize) -> &mut Written {
        if self.columns.len() <= column {
            self.columns.resize(column.saturating_add(1), Written::default());
        }
        #[expect(clippy::indexing_slicing, reason = "it was just made long enough")]
        &mut self.columns[column]
    }

    fn number(&mut self, column: usize, number: u64) {
        write_number(&mut self.column(column).numbers, number);
    }

    fn text(&mut self, column: usize, text: &str) {
        let written = self.column(column);
        let known = written.known.get(text).copied();
        write_number(&mut written.numbers, known.unwrap_or_default());
        if known.is_none() {
            written.texts.push(text.to_owned());
            written.known.insert(text.to_owned(), length(written.texts.len()));
        }
    }
}

fn length(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

fn write_number(bytes: &mut Vec<u8>, mut number: u64) {
    loop {
        let low = u8::try_from(number & 0x7F).unwrap_or_default();
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
    }
}

/// The place of one value.
struct Cell<'t, T> {
    to: &'t mut T,
    column: usize,
}

/// The places of values that follow each other: in one column for a list, in one each for fields and parts.
struct Cells<'t, T> {
    to: &'t mut T,
    column: usize,
    step: usize,
    left: usize,
}

impl<'t> Cell<'t, Writer> {
    fn number(self, number: u64) -> Result<(), Unfit> {
        self.to.number(self.column, number);
        Ok(())
    }

    fn cells(self, column: usize, step: usize) -> Result<Cells<'t, Writer>, Unfit> {
        Ok(Cells { to: self.to, column, step, left: 0 })
    }

    fn fields(self, name: &'static str, variant: u32, count: usize) -> Result<Cells<'t, Writer>, Unfit> {
        if variant != NO_VARIANT {
            self.to.number(self.column, variant.into());
        }
        let first = self.to.layout.fields(name, variant, count);
        self.cells(first, 1)
    }
}

/// Scalars that are written as one number.
macro_rules! numbers {
    ($($method:ident $type:ty),*) => {
        $(fn $method(self, value: $type) -> Result<(), Unfit> {
            self.number(value.into())
        })*
    };
}

/// What columns do not hold.
macro_rules! unfit {
    ($($method:ident $type:ty),*) => {
        $(fn $method(self, _: $type) -> Result<(), Unfit> {
            Err(Unfit)
        })*
    };
}

impl<'t> ser::Serializer for Cell<'t, Writer> {
    type Ok = ();
    type Error = Unfit;
    type SerializeSeq = Cells<'t, Writer>;
    type SerializeTuple = Cells<'t, Writer>;
    type SerializeTupleStruct = Cells<'t, Writer>;
    type SerializeTupleVariant = Cells<'t, Writer>;
    type SerializeMap = ser::Impossible<(), Unfit>;
    type SerializeStruct = Cells<'t, Writer>;
    type SerializeStructVariant = Cells<'t, Writer>;

    numbers!(serialize_bool bool, serialize_u8 u8, serialize_u16 u16, serialize_u32 u32, serialize_u64 u64);
    unfit!(serialize_f32 f32, serialize_f64 f64, serialize_char char, serialize_bytes &[u8]);

    fn serialize_i8(self, value: i8) -> Result<(), Unfit> {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<(), Unfit> {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<(), Unfit> {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<(), Unfit> {
        self.number(zigzag(value))
    }

    fn serialize_str(self, text: &str) -> Result<(), Unfit> {
        self.to.text(self.column, text);
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Unfit> {
        let presence = self.to.layout.presence(self.column);
        self.to.number(presence, 0);
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Unfit> {
        let presence = self.to.layout.presence(self.column);
        self.to.number(presence, 1);
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Unfit> {
        Err(Unfit)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Unfit> {
        Err(Unfit)
    }

    fn serialize_unit_variant(self, _: &'static str, variant: u32, _: &'static str) -> Result<(), Unfit> {
        self.number(variant.into())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Unfit> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        variant: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), Unfit> {
        let Cells { to, column, .. } = self.fields(name, variant, 1)?;
        value.serialize(Cell { to, column })
    }

    fn serialize_seq(self, count: Option<usize>) -> Result<Cells<'t, Writer>, Unfit> {
        let lengths = self.to.layout.lengths(self.column);
        self.to.number(lengths, length(count.ok_or(Unfit)?));
        let column = self.column;
        self.cells(column, 0)
    }

    fn serialize_tuple(self, count: usize) -> Result<Cells<'t, Writer>, Unfit> {
        let first = self.to.layout.parts(self.column, count);
        self.cells(first, 1)
    }

    fn serialize_tuple_struct(self, name: &'static str, count: usize) -> Result<Cells<'t, Writer>, Unfit> {
        self.fields(name, NO_VARIANT, count)
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        variant: u32,
        _: &'static str,
        count: usize,
    ) -> Result<Cells<'t, Writer>, Unfit> {
        self.fields(name, variant, count)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Unfit> {
        Err(Unfit)
    }

    fn serialize_struct(self, name: &'static str, count: usize) -> Result<Cells<'t, Writer>, Unfit> {
        self.fields(name, NO_VARIANT, count)
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        variant: u32,
        _: &'static str,
        count: usize,
    ) -> Result<Cells<'t, Writer>, Unfit> {
        self.fields(name, variant, count)
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

impl Cells<'_, Writer> {
    fn next<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unfit> {
        value.serialize(Cell { to: self.to, column: self.column })?;
        self.column = self.column.saturating_add(self.step);
        Ok(())
    }
}

/// serde has a trait for each kind of values that follow each other; here they are one.
macro_rules! follow {
    ($($name:ident $method:ident $($key:ident)?),*) => {
        $(impl ser::$name for Cells<'_, Writer> {
            type Ok = ();
            type Error = Unfit;

            fn $method<T: Serialize + ?Sized>(&mut self, $($key: &'static str,)? value: &T) -> Result<(), Unfit> {
                $(let _ = $key;)?
                self.next(value)
            }

            fn end(self) -> Result<(), Unfit> {
                Ok(())
            }
        })*
    };
}

follow!(
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field,
    SerializeStruct serialize_field key,
    SerializeStructVariant serialize_field key
);

pub(super) fn zigzag(value: i64) -> u64 {
    (value.cast_unsigned() << 1) ^ (value >> 63).cast_unsigned()
}

pub(super) fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ (value & 1).cast_signed().wrapping_neg()
}

/// Reads a value.
///
/// # Errors
/// [`Unfit`] where the bytes are not such a value and nothing else.
pub(super) fn from_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Unfit> {
    let mut reader = Reader::new(bytes)?;
    let value = T::deserialize(Cell { to: &mut reader, column: 0 })?;
    let read = |column: &Read<'_>| column.numbers.is_empty() && column.next == column.texts.len();
    if reader.columns.iter().all(read) { Ok(value) } else { Err(Unfit) }
}

#[derive(Debug)]
struct Reader<'b> {
    layout: Layout,
    columns: Vec<Read<'b>>,
    /// What is left of [`MOST_TEXT`].
    budget: usize,
}

#[derive(Debug, Default, Clone)]
struct Read<'b> {
    numbers: &'b [u8],
    /// All its texts, each with its [`END`].
    texts: String,
    /// Where the next text begins.
    next: usize,
    /// Where those before begin and end.
    known: Vec<(usize, usize)>,
}

impl<'b> Reader<'b> {
    fn new(mut bytes: &'b [u8]) -> Result<Self, Unfit> {
        let count = read_length(&mut bytes)?;
        let mut lengths = Vec::new();
        // A column costs two bytes at least, so the bytes bound the list.
        for _ in 0..count {
            lengths.push((read_length(&mut bytes)?, read_length(&mut bytes)?));
        }
        let words = read_length(&mut bytes)?;
        let mut take = |length: usize| {
            let (taken, rest) = bytes.split_at_checked(length).ok_or(Unfit)?;
            bytes = rest;
            Ok(taken)
        };
        let words = Words::new(take(words)?)?;
        let mut budget = MOST_TEXT;
        let mut columns = Vec::with_capacity(lengths.len());
        for (_, texts) in &lengths {
            columns.push(Read { texts: words.read(take(*texts)?, &mut budget)?, ..Read::default() });
        }
        for (column, (numbers, _)) in columns.iter_mut().zip(&lengths) {
            column.numbers = take(*numbers)?;
        }
        if bytes.is_empty() { Ok(Self { layout: Layout::with_one_column(), columns, budget }) } else { Err(Unfit) }
    }

    fn number(&mut self, column: usize) -> Result<u64, Unfit> {
        read_number(&mut self.columns.get_mut(column).ok_or(Unfit)?.numbers)
    }

    fn text(&mut self, column: usize) -> Result<&str, Unfit> {
        let read = self.columns.get_mut(column).ok_or(Unfit)?;
        let (start, end) = match read_length(&mut read.numbers)?.checked_sub(1) {
            Some(known) => *read.known.get(known).ok_or(Unfit)?,
            None => {
                let rest = read.texts.get(read.next..).ok_or(Unfit)?;
                let length = rest.find(char::from(END)).ok_or(Unfit)?;
                let space = usize::from(rest.starts_with(' '));
                let place = (read.next.saturating_add(space), read.next.saturating_add(length));
                read.next = place.1.saturating_add(1);
                read.known.push(place);
                place
            }
        };
        let text = read.texts.get(start..end).ok_or(Unfit)?;
        self.budget = self.budget.checked_sub(text.len()).ok_or(Unfit)?;
        Ok(text)
    }
}

fn read_length(bytes: &mut &[u8]) -> Result<usize, Unfit> {
    usize::try_from(read_number(bytes)?).map_err(|_| Unfit)
}

fn read_number(bytes: &mut &[u8]) -> Result<u64, Unfit> {
    let mut number = 0_u64;
    let mut shift = 0_u32;
    loop {
        let (byte, rest) = bytes.split_first().ok_or(Unfit)?;
        *bytes = rest;
        let low = u64::from(byte & 0x7F);
        let shifted = low.checked_shl(shift).ok_or(Unfit)?;
        if shifted >> shift != low {
            return Err(Unfit);
        }
        number |= shifted;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
        shift = shift.saturating_add(7);
    }
}

impl<'t, 'b> Cell<'t, Reader<'b>> {
    fn take(self) -> Result<u64, Unfit> {
        self.to.number(self.column)
    }

    fn cells(self, column: usize, step: usize, left: usize) -> Cells<'t, Reader<'b>> {
        Cells { to: self.to, column, step, left }
    }
}

/// Scalars that were written as one number.
macro_rules! scalars {
    ($($method:ident $visit:ident),*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
            visitor.$visit(self.take()?.try_into().map_err(|_| Unfit)?)
        })*
    };
}

/// Signed scalars.
macro_rules! signed {
    ($($method:ident $visit:ident),*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
            visitor.$visit(unzigzag(self.take()?).try_into().map_err(|_| Unfit)?)
        })*
    };
}

/// What columns do not hold.
macro_rules! never {
    ($($method:ident),*) => {
        $(fn $method<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Unfit> {
            Err(Unfit)
        })*
    };
}

impl<'de> de::Deserializer<'de> for Cell<'_, Reader<'_>> {
    type Error = Unfit;

    scalars!(deserialize_u8 visit_u8, deserialize_u16 visit_u16, deserialize_u32 visit_u32, deserialize_u64 visit_u64);
    signed!(deserialize_i8 visit_i8, deserialize_i16 visit_i16, deserialize_i32 visit_i32, deserialize_i64 visit_i64);
    never!(
        deserialize_any,
        deserialize_f32,
        deserialize_f64,
        deserialize_char,
        deserialize_bytes,
        deserialize_byte_buf,
        deserialize_unit,
        deserialize_map,
        deserialize_identifier,
        deserialize_ignored_any
    );

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.take()? {
            0 => visitor.visit_bool(false),
            1 => visitor.visit_bool(true),
            _ => Err(Unfit),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_str(self.to.text(self.column)?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        let presence = self.to.layout.presence(self.column);
        match self.to.number(presence)? {
            0 => visitor.visit_none(),
            1 => visitor.visit_some(self),
            _ => Err(Unfit),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, _: V) -> Result<V::Value, Unfit> {
        Err(Unfit)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        let lengths = self.to.layout.lengths(self.column);
        let count = usize::try_from(self.to.number(lengths)?).map_err(|_| Unfit)?;
        let column = self.column;
        visitor.visit_seq(self.cells(column, 0, count))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, count: usize, visitor: V) -> Result<V::Value, Unfit> {
        let first = self.to.layout.parts(self.column, count);
        visitor.visit_seq(self.cells(first, 1, count))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        count: usize,
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        let first = self.to.layout.fields(name, NO_VARIANT, count);
        visitor.visit_seq(self.cells(first, 1, count))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        self.deserialize_tuple_struct(name, fields.len(), visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        let variant = u32::try_from(self.to.number(self.column)?).map_err(|_| Unfit)?;
        visitor.visit_enum(Variant { to: self.to, name, variant })
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

impl<'de> de::SeqAccess<'de> for Cells<'_, Reader<'_>> {
    type Error = Unfit;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Unfit> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        let value = seed.deserialize(Cell { to: self.to, column: self.column })?;
        self.left = left;
        self.column = self.column.saturating_add(self.step);
        Ok(Some(value))
    }

    /// serde reserves no more than a megabyte on this, whatever it says.
    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

struct Variant<'t, 'b> {
    to: &'t mut Reader<'b>,
    name: &'static str,
    variant: u32,
}

impl<'t, 'b> Variant<'t, 'b> {
    fn cells(self, count: usize) -> Cells<'t, Reader<'b>> {
        let column = self.to.layout.fields(self.name, self.variant, count);
        Cells { to: self.to, column, step: 1, left: count }
    }
}

impl<'de> de::EnumAccess<'de> for Variant<'_, '_> {
    type Error = Unfit;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Unfit> {
        let variant = seed.deserialize(IntoDeserializer::<Unfit>::into_deserializer(self.variant))?;
        Ok((variant, self))
    }
}

impl<'de> de::VariantAccess<'de> for Variant<'_, '_> {
    type Error = Unfit;

    fn unit_variant(self) -> Result<(), Unfit> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Unfit> {
        let Cells { to, column, .. } = self.cells(1);
        seed.deserialize(Cell { to, column })
    }

    fn tuple_variant<V: Visitor<'de>>(self, count: usize, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_seq(self.cells(count))
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_seq(self.cells(fields.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::{Deserialize, Serialize};

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Row {
        name: String,
        parts: Vec<(String, i64)>,
        size: Option<u16>,
        kind: Kind,
        kinds: Vec<Kind>,
    }

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    enum Kind {
        Plain,
        Counted(u64),
        Pair(u8, bool),
        Named { name: String, within: Option<Box<Kind>> },
    }

    fn rows() -> Vec<Row> {
        let within = Some(Box::new(Kind::Pair(u8::MAX, true)));
        let row = Row {
            name: "a".to_owned(),
            parts: vec![("b".to_owned(), -1), (String::new(), i64::MIN), ("b".to_owned(), i64::MAX)],
            size: None,
            kind: Kind::Named { name: "a".to_owned(), within },
            kinds: vec![Kind::Plain, Kind::Counted(u64::MAX), Kind::Counted(0)],
        };
        vec![row.clone(), Row { size: Some(300), kinds: Vec::new(), ..row }]
    }

    #[test]
    fn what_was_written_is_read() {
        let bytes = to_bytes(&rows()).unwrap();
        assert_eq!(from_bytes::<Vec<Row>>(&bytes), Ok(rows()));
        assert_eq!(to_bytes(&Vec::<Row>::new()).and_then(|bytes| from_bytes::<Vec<Row>>(&bytes)), Ok(Vec::new()));
    }

    #[test]
    fn every_cut_and_every_more_is_refused_and_no_change_panics() {
        let bytes = to_bytes(&rows()).unwrap();
        for end in 0..bytes.len() {
            assert_eq!(from_bytes::<Vec<Row>>(&bytes[..end]), Err(Unfit), "cut at {end}");
        }
        assert_eq!(from_bytes::<Vec<Row>>(&[&bytes[..], &[0]].concat()), Err(Unfit));
        for position in 0..bytes.len() {
            for value in 0..=u8::MAX {
                let mut changed = bytes.clone();
                changed[position] = value;
                let _ = from_bytes::<Vec<Row>>(&changed);
            }
        }
    }

    #[test]
    fn a_text_that_is_met_too_often_is_refused() {
        let long = "x".repeat(MOST_TEXT / 64);
        let texts = |count: usize| to_bytes(&vec![&long; count]).unwrap();
        assert!(from_bytes::<Vec<String>>(&texts(62)).is_ok());
        assert_eq!(from_bytes::<Vec<String>>(&texts(64)), Err(Unfit));
    }

    #[test]
    fn what_columns_cannot_hold_is_refused() {
        assert_eq!(to_bytes(&"a\0b"), Err(Unfit));
        assert_eq!(to_bytes(&1.5), Err(Unfit));
        assert_eq!(to_bytes(&BTreeMap::from([(1, 2)])), Err(Unfit));
        assert_eq!(from_bytes::<u16>(&to_bytes(&70_000_u32).unwrap()), Err(Unfit));
        assert_eq!(from_bytes::<bool>(&to_bytes(&2_u32).unwrap()), Err(Unfit));
    }
}
