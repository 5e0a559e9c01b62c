//! Scalars that say their type, or whose type is known.

use cosem::bytes::from_hex;
use cosem::{BitString, ClockStatus, Data, DateTime, Obis, Tag};

use super::LiteralError;
use crate::text::{MOST_QUOTED, cut, quoted};
use crate::times::{self, Given};

/// The kinds of literal, by the short name and by that of the standard.
const KINDS: &[(&str, &str)] = &[
    ("i8", "integer"),
    ("i16", "long"),
    ("i32", "double-long"),
    ("i64", "long64"),
    ("u8", "unsigned"),
    ("u16", "long-unsigned"),
    ("u32", "double-long-unsigned"),
    ("u64", "long64-unsigned"),
    ("enum", "enum"),
    ("bcd", "bcd"),
    ("bool", "boolean"),
    ("f32", "float32"),
    ("f64", "float64"),
    ("octets", "octet-string"),
    ("text", "visible-string"),
    ("utf8", "utf8-string"),
    ("bits", "bit-string"),
    ("obis", "logical-name"),
    ("time", "date-time"),
];

/// The short name of a kind, if it is one.
pub(super) fn kind_of(word: &str) -> Option<&'static str> {
    KINDS.iter().find(|(short, long)| *short == word || *long == word).map(|(short, _)| *short)
}

/// A value that says its kind.
pub(super) fn typed(kind: &str, text: &str) -> Result<Data, LiteralError> {
    let wrong =
        |why: String| LiteralError::Wrong(format!("{kind}:{}: {why}", cut(text, MOST_QUOTED)));
    let Some(short) = kind_of(kind) else {
        let known: Vec<_> = KINDS.iter().map(|(short, _)| *short).collect();
        return Err(LiteralError::Wrong(format!(
            "{} is no type; there are {}",
            quoted(kind),
            known.join(", ")
        )));
    };
    Ok(match short {
        "octets" => Data::OctetString(from_hex(text).map_err(|error| wrong(error.to_string()))?),
        "text" if text.is_ascii() => Data::VisibleString(text.into()),
        "text" => {
            return Err(wrong(String::from("a visible-string is ASCII; write utf8: or octets:")));
        }
        "utf8" => Data::Utf8String(text.into()),
        "obis" => Data::from(text.parse::<Obis>().map_err(|error| wrong(error.to_string()))?),
        "bool" => match text {
            "true" | "1" => Data::Boolean(true),
            "false" | "0" => Data::Boolean(false),
            _ => return Err(wrong(String::from("true or false"))),
        },
        "bits" => bits(text).ok_or_else(|| wrong(String::from("only 0 and 1")))?,
        "time" => return time(text),
        "f32" => Data::Float32(text.parse().map_err(|_| wrong(String::from("no number")))?),
        "f64" => Data::Float64(text.parse().map_err(|_| wrong(String::from("no number")))?),
        "bcd" => match from_hex(text).as_deref() {
            Ok([digits]) if digits >> 4 < 10 && digits & 0xf < 10 => Data::Bcd(*digits),
            _ => return Err(wrong(String::from("two decimal digits"))),
        },
        "enum" => return number(text, Tag::ENUM),
        short => return number(text, integer_tag(short)),
    })
}

fn integer_tag(short: &str) -> Tag {
    match short {
        "i8" => Tag::INTEGER,
        "i16" => Tag::LONG,
        "i32" => Tag::DOUBLE_LONG,
        "i64" => Tag::LONG64,
        "u8" => Tag::UNSIGNED,
        "u16" => Tag::LONG_UNSIGNED,
        "u32" => Tag::DOUBLE_LONG_UNSIGNED,
        _ => Tag::LONG64_UNSIGNED,
    }
}

/// Whether a whole number can be of this type.
pub(super) const fn is_number(tag: Tag) -> bool {
    matches!(
        tag,
        Tag::INTEGER
            | Tag::LONG
            | Tag::DOUBLE_LONG
            | Tag::LONG64
            | Tag::UNSIGNED
            | Tag::LONG_UNSIGNED
            | Tag::DOUBLE_LONG_UNSIGNED
            | Tag::LONG64_UNSIGNED
            | Tag::ENUM
    )
}

/// A whole number, decimal or 0x, that fits the type.
pub(super) fn number(text: &str, tag: Tag) -> Result<Data, LiteralError> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let parsed = match digits.strip_prefix("0x") {
        Some(digits) => i128::from_str_radix(digits, 16),
        None => digits.parse::<i128>(),
    };
    let plain = digits.starts_with(|first: char| first.is_ascii_digit());
    let Some(number) = parsed.ok().filter(|_| plain) else {
        let text = quoted(text);
        return Err(LiteralError::Wrong(format!("{text} is no whole number; {tag} wanted")));
    };
    let number = if negative { -number } else { number };
    let data = match tag {
        Tag::INTEGER => i8::try_from(number).ok().map(Data::Integer),
        Tag::LONG => i16::try_from(number).ok().map(Data::Long),
        Tag::DOUBLE_LONG => i32::try_from(number).ok().map(Data::DoubleLong),
        Tag::LONG64 => i64::try_from(number).ok().map(Data::Long64),
        Tag::UNSIGNED => u8::try_from(number).ok().map(Data::Unsigned),
        Tag::LONG_UNSIGNED => u16::try_from(number).ok().map(Data::LongUnsigned),
        Tag::DOUBLE_LONG_UNSIGNED => u32::try_from(number).ok().map(Data::DoubleLongUnsigned),
        Tag::LONG64_UNSIGNED => u64::try_from(number).ok().map(Data::Long64Unsigned),
        _ => u8::try_from(number).ok().map(Data::Enum),
    };
    data.ok_or_else(|| LiteralError::Wrong(format!("{number} does not fit {tag}")))
}

fn bits(text: &str) -> Option<Data> {
    let mut octets = vec![0; text.len().div_ceil(8)];
    for (index, digit) in text.bytes().enumerate() {
        match digit {
            b'1' => octets[index / 8] |= 0x80 >> (index % 8),
            b'0' => {}
            _ => return None,
        }
    }
    Some(Data::BitString(Box::new(BitString::new(text.len(), octets))))
}

/// A date-time in its usual form, an octet-string. Without an offset the deviation is not specified.
pub(super) fn time(text: &str) -> Result<Data, LiteralError> {
    let time = match times::given(text).map_err(LiteralError::Wrong)? {
        Given::Instant { unix, deviation } => {
            DateTime::from_unix(unix, deviation, ClockStatus::UNSPECIFIED)
        }
        Given::Civil(local) => {
            // Counted as if it were UTC, which leaves the digits as they are.
            let unix = jiff::tz::Offset::UTC.to_timestamp(local).map(jiff::Timestamp::as_second);
            let unix = unix.map_err(|error| LiteralError::Wrong(error.to_string()))?;
            let civil = cosem::Civil::from_seconds(unix);
            DateTime::from_civil(civil, None, ClockStatus::UNSPECIFIED)
        }
    };
    Ok(Data::from(time))
}
