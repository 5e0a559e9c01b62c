//! compact-array: rows without tags behind one type description.
//!
//! | octets | 0    | 1…               | …      | …        |
//! |--------|------|------------------|--------|----------|
//! | field  | `13` | type description | length | contents |
//!
//! A type description is the tag of a scalar, `02` and a count and that many descriptions, or `01`,
//! two octets of element count and one description. The contents are the values back to back; how
//! many rows there are is not sent. Arrays inside rows are written in three ways ([`Layout`]).
//!
//! ```
//! use cosem::{Data, Encoded};
//! let array = Encoded::try_from([0x13, 0x12, 6, 0, 1, 0, 2, 0, 3].to_vec())?.to_data();
//! let Data::CompactArray(array) = array else { panic!() };
//! let rows = [1, 2, 3].map(Data::LongUnsigned).to_vec();
//! assert_eq!(array.as_compact_array().expand(), Data::Array(rows));
//! # Ok::<(), cosem::bytes::DecodeError>(())
//! ```

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use alloc::vec::Vec;

use super::tag::Tag;
use super::tree::Data;
use super::walker::DEFAULT_DEPTH;
use crate::bytes::{Problem, Reader, Result, Strictness, Writer};

/// How an array inside the rows is written. Sources differ; the Books were read in each way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Layout {
    /// The count in the type description only: the ASN.1 definition. This is what is sent.
    #[default]
    CountInDescription,
    /// The count in the type description and, equal, before the elements (Italian gas meters).
    CountInBoth,
    /// The count before the elements only (the example of class 62).
    CountInContents,
}

impl Layout {
    const ALL: [Self; 3] = [Self::CountInDescription, Self::CountInBoth, Self::CountInContents];

    const fn in_description(self) -> bool {
        !matches!(self, Self::CountInContents)
    }

    const fn in_contents(self) -> bool {
        !matches!(self, Self::CountInDescription)
    }
}

/// A compact-array whose contents are known to be whole rows of its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompactArray<'a> {
    description: &'a [u8],
    contents: &'a [u8],
    layout: Layout,
    rows: usize,
}

impl<'a> CompactArray<'a> {
    /// A template and a buffer that come apart, as class 62 (compact data) keeps them.
    ///
    /// # Errors
    /// [`Problem::CompactArray`] when the buffer is not made of whole rows in any [`Layout`].
    pub fn from_parts(description: &'a [u8], contents: &'a [u8]) -> Result<Self> {
        for layout in Layout::ALL {
            if let Some(rows) = fitting_rows(description, contents, layout) {
                return Ok(Self { description, contents, layout, rows });
            }
        }
        Err(Reader::new(description).error("compact-array", Problem::CompactArray))
    }

    /// Reads type description, length and contents; the layout is the first that fits. Of partial
    /// input, a layout that wants more octets is not passed over: they may still come.
    pub(super) fn read(r: &mut Reader<'a>) -> Result<Self> {
        let from = r.at();
        let mut first_error = None;
        for layout in Layout::ALL {
            // The same whatever the strictness is, so that the layout does not depend on it. The
            // other layouts are guesses, and what is guessed must be written as it came.
            let strictness = match layout {
                Layout::CountInDescription => Strictness::Lenient,
                _ => Strictness::Strict,
            };
            let mut attempt = r.clone().with_strictness(strictness);
            match Self::read_in(&mut attempt, layout) {
                Ok(array) => {
                    let refused = r.strictness() == Strictness::Strict
                        && attempt.deviations().non_minimal_length;
                    if refused {
                        return Err(r.error_at("compact-array", from, Problem::NonMinimalLength));
                    }
                    r.skip_to(&attempt);
                    return Ok(array);
                }
                Err(error) => {
                    let wanting = matches!(error.problem, Problem::Truncated { .. });
                    if wanting && r.is_partial() {
                        return Err(error);
                    }
                    first_error = first_error.or(Some(error));
                }
            }
        }
        Err(first_error.unwrap_or_else(|| r.error_at("compact-array", from, Problem::CompactArray)))
    }

    fn read_in(r: &mut Reader<'a>, layout: Layout) -> Result<Self> {
        let from = r.at();
        skip_description(r, layout)?;
        let description = r.since(from);
        let length = r.length("compact-array")?;
        let start = r.at();
        let unfit = r.error_at("compact-array", from, Problem::CompactArray);
        let rows = r.bounded("compact-array", length, |r| {
            count_rows(description, r, layout).ok_or(unfit)
        })?;
        Ok(Self { description, contents: r.since(start), layout, rows })
    }

    pub(super) fn write(&self, w: &mut Writer<'_>) {
        w.octets(self.description);
        w.octet_string(self.contents);
    }

    /// How many rows there are.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// The type description.
    #[must_use]
    pub const fn description(&self) -> &'a [u8] {
        self.description
    }

    /// The values without their tags.
    #[must_use]
    pub const fn contents(&self) -> &'a [u8] {
        self.contents
    }

    /// How arrays inside the rows are written; the standard's way when there are none.
    #[must_use]
    pub const fn layout(&self) -> Layout {
        self.layout
    }

    /// The same rows as an array with tags.
    #[must_use]
    pub fn expand(&self) -> Data {
        let mut octets = Vec::new();
        let mut w = Writer::new(&mut octets);
        w.u8(Tag::ARRAY.0);
        w.length(self.rows);
        let mut contents = Reader::new(self.contents);
        for _ in 0..self.rows {
            if walk_row(self.description, &mut contents, self.layout, Some(&mut w)).is_none() {
                break;
            }
        }
        Data::decode(&mut Reader::new(&octets)).unwrap_or_default()
    }

    /// The owned form.
    #[must_use]
    pub fn to_owned(&self) -> CompactArrayBuf {
        CompactArrayBuf {
            description: self.description.to_vec(),
            contents: self.contents.to_vec(),
            layout: self.layout,
            rows: self.rows,
        }
    }
}

/// A compact-array that owns its octets.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "Unchecked"))]
pub struct CompactArrayBuf {
    description: Vec<u8>,
    contents: Vec<u8>,
    layout: Layout,
    rows: usize,
}

/// The fields as somebody has written them.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(rename = "CompactArrayBuf")]
struct Unchecked {
    description: Vec<u8>,
    contents: Vec<u8>,
    layout: Layout,
    rows: usize,
}

#[cfg(feature = "serde")]
impl TryFrom<Unchecked> for CompactArrayBuf {
    type Error = &'static str;

    fn try_from(unchecked: Unchecked) -> core::result::Result<Self, Self::Error> {
        let Unchecked { description, contents, layout, rows } = unchecked;
        if fitting_rows(&description, &contents, layout) != Some(rows) {
            return Err("the contents of a compact-array are whole rows of its type");
        }
        Ok(Self { description, contents, layout, rows })
    }
}

impl CompactArrayBuf {
    /// Packs rows of one type, in the standard's layout. `None` when the rows differ in type, hold
    /// types that a compact-array cannot, nest too deep, or take no octets at all.
    #[must_use]
    pub fn from_rows(rows: &[Data]) -> Option<Self> {
        let mut description = Vec::new();
        describe(rows.first()?, &mut Writer::new(&mut description), 0)?;
        let mut contents = Vec::new();
        for row in rows {
            let mut same = Vec::new();
            describe(row, &mut Writer::new(&mut same), 0)?;
            if same != description {
                return None;
            }
            write_untagged(row, &mut Writer::new(&mut contents));
        }
        CompactArray::from_parts(&description, &contents)
            .ok()
            .filter(|array| array.layout == Layout::default() && array.rows == rows.len())
            .map(|array| array.to_owned())
    }

    /// The borrowed form.
    #[must_use]
    pub fn as_compact_array(&self) -> CompactArray<'_> {
        CompactArray {
            description: &self.description,
            contents: &self.contents,
            layout: self.layout,
            rows: self.rows,
        }
    }
}

/// The most types that one description may name.
const MOST_TYPES: usize = 1_024;

/// The most levels that one description may nest: the array of the rows is a level too.
const MOST_LEVELS: usize = DEFAULT_DEPTH - 1;

/// The most elements, arrays and structures included, that each octet of the contents may stand for
/// on average. Structures around structures around one octet would make much of little.
const MOST_ELEMENTS_AN_OCTET: usize = 4;

/// Reads over one type description. Its own stack holds, for each open structure, how many
/// descriptions are still to come.
fn skip_description(r: &mut Reader<'_>, layout: Layout) -> Result<()> {
    let mut open = [0_usize; MOST_LEVELS];
    let mut depth = 0_usize;
    for _ in 0..MOST_TYPES {
        let at = r.at();
        let tag = Tag(r.u8("compact-array")?);
        let components = match tag {
            Tag::STRUCTURE => r.count("compact-array")?,
            Tag::ARRAY => {
                if layout.in_description() {
                    r.u16("compact-array")?;
                }
                1
            }
            _ if Size::of(tag).is_some() => 0,
            Tag(tag) => {
                let wanted = "a type that a compact-array can hold";
                return Err(r.error_at("compact-array", at, Problem::UnknownTag { tag, wanted }));
            }
        };
        if components > 0 {
            let Some(slot) = open.get_mut(depth) else {
                let problem = Problem::TooDeep { limit: MOST_LEVELS };
                return Err(r.error_at("compact-array", at, problem));
            };
            *slot = components;
            depth = depth.saturating_add(1);
            continue;
        }
        loop {
            let Some(slot) = depth.checked_sub(1).and_then(|inner| open.get_mut(inner)) else {
                return Ok(());
            };
            *slot = slot.saturating_sub(1);
            if *slot > 0 {
                break;
            }
            depth = depth.saturating_sub(1);
        }
    }
    Err(r.error("compact-array", Problem::TooLarge { size: MOST_TYPES, limit: MOST_TYPES }))
}

/// How many rows the contents hold, when the description is one in this layout and they fit it.
fn fitting_rows(description: &[u8], contents: &[u8], layout: Layout) -> Option<usize> {
    let mut r = Reader::new(description);
    skip_description(&mut r, layout).ok().filter(|()| r.is_empty())?;
    count_rows(description, &mut Reader::new(contents), layout)
}

/// How many rows the contents hold; `None` when they are not whole rows.
fn count_rows(description: &[u8], contents: &mut Reader<'_>, layout: Layout) -> Option<usize> {
    let most = contents.remaining().saturating_mul(MOST_ELEMENTS_AN_OCTET);
    let (mut rows, mut elements) = (0_usize, 0_usize);
    while !contents.is_empty() {
        elements = elements.saturating_add(walk_row(description, contents, layout, None)?);
        rows = rows.saturating_add(1);
    }
    (elements <= most).then_some(rows)
}

/// How many octets a scalar takes in the contents.
enum Size {
    Octets(usize),
    /// A length field and that many octets.
    Counted,
    /// A length field and that many bits.
    CountedBits,
    /// Nothing: never valid in a row that must end.
    Nothing,
}

impl Size {
    const fn of(tag: Tag) -> Option<Self> {
        Some(match tag {
            Tag::NULL_DATA | Tag::DONT_CARE => Self::Nothing,
            Tag::BOOLEAN | Tag::BCD | Tag::INTEGER | Tag::UNSIGNED | Tag::ENUM => Self::Octets(1),
            Tag::DELTA_INTEGER | Tag::DELTA_UNSIGNED => Self::Octets(1),
            Tag::LONG | Tag::LONG_UNSIGNED => Self::Octets(2),
            Tag::DELTA_LONG | Tag::DELTA_LONG_UNSIGNED => Self::Octets(2),
            Tag::DOUBLE_LONG | Tag::DOUBLE_LONG_UNSIGNED | Tag::FLOAT32 => Self::Octets(4),
            Tag::DELTA_DOUBLE_LONG | Tag::DELTA_DOUBLE_LONG_UNSIGNED | Tag::TIME => Self::Octets(4),
            Tag::DATE => Self::Octets(5),
            Tag::LONG64 | Tag::LONG64_UNSIGNED | Tag::FLOAT64 => Self::Octets(8),
            Tag::DATE_TIME => Self::Octets(12),
            Tag::OCTET_STRING | Tag::VISIBLE_STRING | Tag::UTF8_STRING => Self::Counted,
            Tag::BIT_STRING => Self::CountedBits,
            _ => return None,
        })
    }
}

/// An array or structure of the row that is not complete.
#[derive(Clone, Copy)]
enum Frame {
    Structure {
        left: usize,
    },
    /// The description of the elements is read again for each of them, from `element`.
    Array {
        left: usize,
        element: usize,
    },
}

/// Reads one row, and writes it with tags where `out` is given: how many elements it has, itself
/// included. `None` when the contents do not fit the description.
///
/// Elements that take no octets are refused wherever they stand, and an array must have elements:
/// so each step of the walk is paid for by an octet of the contents, and time and what is written
/// stay linear in them.
fn walk_row(
    description: &[u8],
    contents: &mut Reader<'_>,
    layout: Layout,
    mut out: Option<&mut Writer<'_>>,
) -> Option<usize> {
    let mut types = Reader::new(description);
    let mut frames = [Frame::Structure { left: 0 }; MOST_LEVELS];
    let (mut depth, mut elements) = (0_usize, 0_usize);
    loop {
        let tag = Tag(types.u8("compact-array").ok()?);
        elements = elements.saturating_add(1);
        let frame = match tag {
            Tag::STRUCTURE => Some(Frame::Structure { left: types.length("compact-array").ok()? }),
            Tag::ARRAY => {
                let left = element_count(&mut types, contents, layout)?;
                Some(Frame::Array { left, element: types.at() })
            }
            _ => None,
        };
        if let Some(frame) = frame {
            let (Frame::Structure { left } | Frame::Array { left, .. }) = frame;
            if left == 0 {
                return None;
            }
            if let Some(w) = out.as_deref_mut() {
                w.u8(tag.0);
                w.length(left);
            }
            *frames.get_mut(depth)? = frame;
            depth = depth.saturating_add(1);
            continue;
        }
        let from = contents.at();
        skip_scalar(tag, contents)?;
        if let Some(w) = out.as_deref_mut() {
            w.u8(tag.0);
            w.octets(contents.since(from));
        }
        loop {
            let Some(frame) = depth.checked_sub(1).and_then(|inner| frames.get_mut(inner)) else {
                return Some(elements);
            };
            let (Frame::Structure { left } | Frame::Array { left, .. }) = frame;
            *left = left.saturating_sub(1);
            if *left > 0 {
                if let Frame::Array { element, .. } = *frame {
                    types.rewind(element);
                }
                break;
            }
            depth = depth.saturating_sub(1);
        }
    }
}

/// Reads over a scalar in the contents; one that takes no octets is refused.
fn skip_scalar(tag: Tag, contents: &mut Reader<'_>) -> Option<()> {
    let octets = match Size::of(tag)? {
        Size::Nothing => return None,
        Size::Octets(count) => contents.octets("compact-array", count),
        Size::Counted => contents.octet_string("compact-array"),
        Size::CountedBits => {
            let bits = contents.length("compact-array").ok()?;
            contents.octets("compact-array", bits.div_ceil(8))
        }
    };
    octets.ok().map(drop)
}

fn element_count(
    types: &mut Reader<'_>,
    contents: &mut Reader<'_>,
    layout: Layout,
) -> Option<usize> {
    let described =
        if layout.in_description() { Some(types.u16("compact-array").ok()?) } else { None };
    if !layout.in_contents() {
        return described.map(usize::from);
    }
    let counted = contents.length("compact-array").ok()?;
    described.is_none_or(|described| usize::from(described) == counted).then_some(counted)
}

/// Writes the type description of a value.
fn describe(data: &Data, w: &mut Writer<'_>, depth: usize) -> Option<()> {
    if depth > MOST_LEVELS {
        return None;
    }
    w.u8(data.tag().0);
    match data {
        Data::Structure(elements) => {
            w.length(elements.len());
            elements.iter().try_for_each(|element| describe(element, w, depth.saturating_add(1)))
        }
        Data::Array(elements) => {
            w.u16(u16::try_from(elements.len()).ok()?);
            let mut first = Vec::new();
            describe(elements.first()?, &mut Writer::new(&mut first), depth.saturating_add(1))?;
            // The first is described already: twice at every level would be exponential in the depth.
            let same = elements.iter().skip(1).all(|element| {
                let mut other = Vec::new();
                describe(element, &mut Writer::new(&mut other), depth.saturating_add(1)).is_some()
                    && other == first
            });
            w.octets(&first);
            same.then_some(())
        }
        scalar => Size::of(scalar.tag()).map(|_| ()),
    }
}

/// Writes the scalars of a value without their tags.
fn write_untagged(data: &Data, w: &mut Writer<'_>) {
    match data {
        Data::Structure(elements) | Data::Array(elements) => {
            for element in elements {
                write_untagged(element, w);
            }
        }
        scalar => w.octets(scalar.to_encoded().as_octets().get(1..).unwrap_or_default()),
    }
}
