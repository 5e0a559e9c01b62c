//! The few BER shapes that ACSE needs: tag, definite length, contents.
//!
//! | octets | 0   | 1…     | …        |
//! |--------|-----|--------|----------|
//! | field  | tag | length | contents |
//!
//! Lengths have the same forms as in A-XDR, so the reader's routine serves both. The layouts that
//! are read nest four deep at most; what is unknown is skipped, never entered, so no input can make
//! them deeper (SEC-11 allows eight).

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use alloc::format;
use alloc::vec::Vec;

use cosem::bytes::{Problem, Reader, Result, Writer};

/// INTEGER.
pub(crate) const INTEGER: u8 = 0x02;
/// OCTET STRING.
pub(crate) const OCTET_STRING: u8 = 0x04;
/// OBJECT IDENTIFIER.
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;

/// The most octets of an ACSE APDU that are looked at.
pub(crate) const LIMIT: usize = 4_096;

/// The low bits of a first tag octet that say that the number follows in further octets.
const HIGH_NUMBER: u8 = 0x1f;

/// What a caller of [`fields`] has done with a field.
pub(crate) enum Field {
    /// It has read the field.
    Read,
    /// It does not know the tag and has read nothing.
    Unknown,
}

/// Reads a tag that has to be `tag`, that of a `wanted`; an error about another one blames `field`.
pub(crate) fn tag(
    r: &mut Reader<'_>,
    field: &'static str,
    tag: u8,
    wanted: &'static str,
) -> Result<()> {
    let at = r.at();
    let found = r.u8("tag")?;
    r.meaning(|| format!("0x{found:02x}"));
    if found == tag {
        Ok(())
    } else {
        Err(r.error_at(field, at, Problem::UnknownTag { tag: found, wanted }))
    }
}

/// Reads one element with this tag; `read` gets its contents and must use them up.
pub(crate) fn element<'a, T>(
    r: &mut Reader<'a>,
    name: &'static str,
    tag: u8,
    read: impl FnOnce(&mut Reader<'a>) -> Result<T>,
) -> Result<T> {
    r.group(name, |r| {
        self::tag(r, name, tag, name)?;
        let length = r.length("length")?;
        r.bounded(name, length, read)
    })
}

/// Reads one element and keeps its contents.
pub(crate) fn octets(r: &mut Reader<'_>, name: &'static str, tag: u8) -> Result<Vec<u8>> {
    element(r, name, tag, |r| Ok(r.rest("contents").to_vec()))
}

/// Reads an element that holds nothing but an OCTET STRING, and keeps the string.
pub(crate) fn octet_string(r: &mut Reader<'_>, name: &'static str, tag: u8) -> Result<Vec<u8>> {
    element(r, name, tag, |r| octets(r, "octet-string", OCTET_STRING))
}

/// Reads an integer with this tag, of one to four octets.
pub(crate) fn integer(r: &mut Reader<'_>, name: &'static str, tag: u8) -> Result<i32> {
    element(r, name, tag, |r| {
        let at = r.at();
        let octets = r.rest("contents");
        let wanted = "an integer of 1 to 4 octets";
        let [first, rest @ ..] = octets else {
            return Err(r.error_at(name, at, Problem::Truncated { wanted: 1, left: 0 }));
        };
        if rest.len() > 3 {
            let value = octets.len() as u64;
            return Err(r.error_at(name, at, Problem::OutOfRange { value, wanted }));
        }
        let start = i32::from(i8::from_be_bytes([*first]));
        let value = rest.iter().fold(start, |value, octet| (value << 8) | i32::from(*octet));
        r.meaning(|| format!("{value}"));
        Ok(value)
    })
}

/// Reads an element that holds nothing but an INTEGER.
pub(crate) fn explicit_integer(r: &mut Reader<'_>, name: &'static str, tag: u8) -> Result<i32> {
    element(r, name, tag, |r| integer(r, "integer", INTEGER))
}

/// Reads an integer that fits an octet without a sign.
pub(crate) fn small_integer(r: &mut Reader<'_>, name: &'static str, tag: u8) -> Result<u8> {
    let at = r.at();
    let value = integer(r, name, tag)?;
    u8::try_from(value).map_err(|_| {
        let value = u64::from(value.unsigned_abs());
        r.error_at(name, at, Problem::OutOfRange { value, wanted: "0 to 255" })
    })
}

/// Reads fields up to the end, in any order, each at most once; `read` is given the tag of each.
/// Fields that it does not know are skipped.
pub(crate) fn fields<'a>(
    r: &mut Reader<'a>,
    mut read: impl FnMut(&mut Reader<'a>, u8) -> Result<Field>,
) -> Result<()> {
    // At most LIMIT octets, so the few tags with numbers of several octets cost little.
    let mut seen: Vec<u32> = Vec::new();
    while let Some(first) = r.peek() {
        let at = r.at();
        let tag = peek_tag(r)?;
        if seen.contains(&tag) {
            return Err(r.error_at("field", at, Problem::Repeated));
        }
        seen.push(tag);
        if let Field::Unknown = read(r, first)? {
            skip(r, tag)?;
        }
    }
    Ok(())
}

/// The whole tag of the next element as a number, left in place.
fn peek_tag(r: &Reader<'_>) -> Result<u32> {
    let mut ahead = r.untraced();
    let first = ahead.u8("tag")?;
    let mut tag = u32::from(first);
    if first & HIGH_NUMBER == HIGH_NUMBER {
        loop {
            let octet = ahead.u8("tag")?;
            if tag > 0x00ff_ffff {
                let wanted = "a tag of at most 4 octets";
                return Err(r.error("tag", Problem::UnknownTag { tag: first, wanted }));
            }
            tag = (tag << 8) | u32::from(octet);
            if octet & 0x80 == 0 {
                break;
            }
        }
    }
    Ok(tag)
}

/// Reads over an element of any tag.
fn skip(r: &mut Reader<'_>, tag: u32) -> Result<()> {
    r.group("unknown-field", |r| {
        let length_of_tag =
            tag.to_be_bytes().iter().skip_while(|octet| **octet == 0).count().max(1);
        r.octets("tag", length_of_tag)?;
        let length = r.length("length")?;
        r.octets("contents", length).map(drop)
    })
}

/// Writes an element; `write` appends its contents.
pub(crate) fn put(w: &mut Writer<'_>, tag: u8, write: impl FnOnce(&mut Writer<'_>)) {
    let mut contents = Vec::new();
    write(&mut Writer::new(&mut contents));
    put_octets(w, tag, &contents);
}

/// Writes an element with these contents.
pub(crate) fn put_octets(w: &mut Writer<'_>, tag: u8, contents: &[u8]) {
    w.u8(tag);
    w.octet_string(contents);
}

/// Writes an element with these contents, when there are any.
pub(crate) fn put_optional(w: &mut Writer<'_>, tag: u8, contents: Option<&Vec<u8>>) {
    if let Some(contents) = contents {
        put_octets(w, tag, contents);
    }
}

/// Writes an element that holds nothing but an OCTET STRING, when there is one.
pub(crate) fn put_octet_string(w: &mut Writer<'_>, tag: u8, octets: Option<&Vec<u8>>) {
    if let Some(octets) = octets {
        put(w, tag, |w| put_octets(w, OCTET_STRING, octets));
    }
}

/// Writes an integer in its shortest form.
pub(crate) fn put_integer(w: &mut Writer<'_>, tag: u8, value: i32) {
    let octets = value.to_be_bytes();
    let mut shortest: &[u8] = &octets;
    // An octet can go while it only repeats the sign of the next.
    while let [first @ (0x00 | 0xff), second, ..] = shortest
        && (first ^ second) & 0x80 == 0
    {
        shortest = shortest.get(1..).unwrap_or_default();
    }
    put_octets(w, tag, shortest);
}

/// Writes an element that holds nothing but an INTEGER, when there is one.
pub(crate) fn put_explicit_integer(w: &mut Writer<'_>, tag: u8, value: Option<i32>) {
    if let Some(value) = value {
        put(w, tag, |w| put_integer(w, INTEGER, value));
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    #[test]
    fn integers_take_their_shortest_form_and_come_back() {
        for (value, octets) in [
            (0, vec![2, 1, 0]),
            (127, vec![2, 1, 0x7f]),
            (128, vec![2, 2, 0, 0x80]),
            (255, vec![2, 2, 0, 0xff]),
            (-1, vec![2, 1, 0xff]),
            (-128, vec![2, 1, 0x80]),
            (-129, vec![2, 2, 0xff, 0x7f]),
            (i32::MAX, vec![2, 4, 0x7f, 0xff, 0xff, 0xff]),
            (i32::MIN, vec![2, 4, 0x80, 0, 0, 0]),
        ] {
            let mut out = Vec::new();
            put_integer(&mut Writer::new(&mut out), INTEGER, value);
            assert_eq!(out, octets);
            assert_eq!(integer(&mut Reader::new(&out), "integer", INTEGER), Ok(value));
        }
    }

    #[test]
    fn a_field_that_comes_twice_is_refused_and_an_unknown_one_is_skipped() {
        let none =
            |r: &mut Reader<'_>, _: u8| r.peek().map_or(Ok(Field::Read), |_| Ok(Field::Unknown));
        let unknown = [0x00, 2, 6, 6, 0x9d, 1, 5, 0xbf, 0x81, 0x02, 1, 7, 0xbf, 0x02, 0];
        assert_eq!(fields(&mut Reader::new(&unknown), none), Ok(()));
        let error = fields(&mut Reader::new(&[0x9d, 1, 5, 0x9d, 1, 5]), none).unwrap_err();
        assert_eq!((error.at, error.problem), (3, Problem::Repeated));
        let error =
            fields(&mut Reader::new(&[0x9f, 0x81, 0x81, 0x81, 0x81, 1, 0]), none).unwrap_err();
        assert!(matches!(error.problem, Problem::UnknownTag { tag: 0x9f, .. }));
        assert!(fields(&mut Reader::new(&[0x9d, 0x80, 0, 0]), none).is_err());
        assert!(fields(&mut Reader::new(&[0x9d, 5, 0, 0]), none).is_err());
    }
}
