//! Values made from octets: whatever the octets are, they stand for some value.

use cosem::{BitString, CompactArrayBuf, Data, Date, DateTime, Time};

/// Takes decisions from octets, first to last; when they run out, every decision is 0.
#[derive(Clone, Debug)]
pub struct Entropy<'a>(&'a [u8]);

impl<'a> Entropy<'a> {
    /// Decisions from the first octet on.
    #[must_use]
    pub const fn new(octets: &'a [u8]) -> Self {
        Self(octets)
    }

    /// Whether nothing is left to decide by.
    #[must_use]
    pub const fn is_used_up(&self) -> bool {
        self.0.is_empty()
    }

    /// One octet.
    pub fn octet(&mut self) -> u8 {
        let [octet] = self.array();
        octet
    }

    /// A fixed number of octets.
    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut octets = [0; N];
        let taken = self.slice(N);
        octets[..taken.len()].copy_from_slice(taken);
        octets
    }

    /// At most so many octets.
    pub fn slice(&mut self, most: usize) -> &'a [u8] {
        let (taken, left) = self.0.split_at(most.min(self.0.len()));
        self.0 = left;
        taken
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::from(self.octet()) % bound
    }
}

/// Where a stream is cut into pieces.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cuts {
    seed: u32,
    form: Form,
}

#[derive(Clone, Copy, Debug)]
enum Form {
    Mixed,
    SingleOctets,
    Whole,
}

impl Cuts {
    /// Cuts that follow from the octets themselves: some pieces are long, some are empty.
    pub(crate) fn of(input: &[u8]) -> Self {
        let seed = input
            .iter()
            .fold(1_u32, |seed, octet| seed.wrapping_mul(0x0100_0193) ^ u32::from(*octet));
        Self { seed, form: Form::Mixed }
    }

    pub(crate) const fn single_octets() -> Self {
        Self { seed: 0, form: Form::SingleOctets }
    }

    pub(crate) const fn none() -> Self {
        Self { seed: 0, form: Form::Whole }
    }

    /// How many of the octets that are left come next.
    pub(crate) fn next(&mut self, left: usize) -> usize {
        self.seed = self.seed.wrapping_mul(0x0019_660d).wrapping_add(0x3c6e_f35f);
        let most = match self.seed >> 30 {
            0 | 1 => 4,
            2 => 40,
            _ => 3_000,
        };
        match self.form {
            Form::Mixed => ((self.seed >> 8) as usize % most).min(left),
            Form::SingleOctets => 1,
            Form::Whole => left,
        }
    }
}

/// Any value of any type, of at most so many levels.
///
/// Containers take their elements from what is left, so that the size of the value is linear in the
/// number of octets.
pub fn any_data(entropy: &mut Entropy<'_>, levels: usize) -> Data {
    let kind = entropy.octet();
    match kind % 34 {
        0 if levels > 0 => Data::Array(elements(entropy, levels)),
        1..=3 if levels > 0 => Data::Structure(elements(entropy, levels)),
        4 if levels > 0 => rows(entropy, levels)
            .and_then(|rows| CompactArrayBuf::from_rows(&rows))
            .map_or(Data::Null, |array| Data::CompactArray(Box::new(array))),
        kind => any_scalar(entropy, kind),
    }
}

fn elements(entropy: &mut Entropy<'_>, levels: usize) -> Vec<Data> {
    let count = entropy.below(12);
    let mut elements = Vec::new();
    while elements.len() < count && !entropy.is_used_up() {
        elements.push(any_data(entropy, levels - 1));
    }
    elements
}

/// Values of one type, as a compact-array can hold them.
pub(crate) fn rows(entropy: &mut Entropy<'_>, levels: usize) -> Option<Vec<Data>> {
    let first = any_data(entropy, levels.min(3));
    let count = entropy.below(8);
    let mut rows = vec![first];
    while rows.len() < count && !entropy.is_used_up() {
        let row = alike(rows.first()?, entropy);
        rows.push(row);
    }
    Some(rows)
}

/// Another value of the same type.
fn alike(data: &Data, entropy: &mut Entropy<'_>) -> Data {
    match data {
        Data::Array(elements) => {
            Data::Array(elements.iter().map(|element| alike(element, entropy)).collect())
        }
        Data::Structure(elements) => {
            Data::Structure(elements.iter().map(|element| alike(element, entropy)).collect())
        }
        Data::CompactArray(_) => data.clone(),
        scalar => {
            let tag = scalar.tag();
            let other = (0..34).map(|kind| any_scalar(&mut entropy.clone(), kind));
            let other = other.into_iter().find(|other| other.tag() == tag);
            entropy.slice(2);
            other.unwrap_or_else(|| scalar.clone())
        }
    }
}

fn any_scalar(entropy: &mut Entropy<'_>, kind: u8) -> Data {
    match kind {
        5 => Data::Boolean(entropy.octet() & 1 == 1),
        6 => {
            let octets = string(entropy);
            let unused = entropy.below(8).min(octets.len() * 8);
            Data::BitString(Box::new(BitString::new(octets.len() * 8 - unused, octets)))
        }
        7 => Data::DoubleLong(i32::from_be_bytes(entropy.array())),
        8 | 9 => Data::DoubleLongUnsigned(u32::from_be_bytes(entropy.array())),
        10 | 11 => Data::OctetString(string(entropy)),
        12 => Data::VisibleString(string(entropy)),
        13 => Data::Utf8String(string(entropy)),
        14 => Data::Bcd(entropy.octet()),
        15 => Data::Integer(i8::from_be_bytes(entropy.array())),
        16 => Data::Long(i16::from_be_bytes(entropy.array())),
        17 => Data::Unsigned(entropy.octet()),
        18 => Data::LongUnsigned(u16::from_be_bytes(entropy.array())),
        19 => Data::Long64(i64::from_be_bytes(entropy.array())),
        20 => Data::Long64Unsigned(u64::from_be_bytes(entropy.array())),
        21 => Data::Enum(entropy.octet()),
        22 => Data::Float32(f32::from_be_bytes(entropy.array())),
        23 => Data::Float64(f64::from_be_bytes(entropy.array())),
        24 => Data::DateTime(DateTime(entropy.array())),
        25 => Data::Date(Date(entropy.array())),
        26 => Data::Time(Time(entropy.array())),
        27 => Data::DeltaInteger(i8::from_be_bytes(entropy.array())),
        28 => Data::DeltaLong(i16::from_be_bytes(entropy.array())),
        29 => Data::DeltaDoubleLong(i32::from_be_bytes(entropy.array())),
        30 => Data::DeltaUnsigned(entropy.octet()),
        31 => Data::DeltaLongUnsigned(u16::from_be_bytes(entropy.array())),
        32 => Data::DeltaDoubleLongUnsigned(u32::from_be_bytes(entropy.array())),
        33 => Data::DontCare,
        _ => Data::Null,
    }
}

/// Mostly a few octets, now and then so many that the length field needs several.
fn string(entropy: &mut Entropy<'_>) -> Vec<u8> {
    let length = entropy.octet();
    if length < 250 {
        return entropy.slice(usize::from(length % 14)).to_vec();
    }
    let filler = entropy.octet();
    vec![filler; 60 << (length - 249)]
}
