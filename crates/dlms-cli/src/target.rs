//! Objects and attributes as they are named on the command line: `CODE[:ATTRIBUTE][@CLASS]`.

use std::str::FromStr;

use cosem::Obis;
use cosem::class::ClassDescriptor;

use crate::text;

/// An attribute or a method, by number or by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Index {
    /// By number.
    Number(i8),
    /// By the name that the class gives it.
    Name(String),
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// The object.
    pub(crate) obis: Obis,
    /// The attribute; `None`: the value.
    pub(crate) attribute: Option<Index>,
    /// The class; `None`: what the association view says.
    pub(crate) class: Option<u16>,
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (rest, class) = match text.rsplit_once('@') {
            None => (text, None),
            Some((rest, class)) => match class.parse() {
                Ok(class) => (rest, Some(class)),
                Err(_) => {
                    let class = text::quoted(class);
                    return Err(format!("{class} is no class; write its number, as in @3"));
                }
            },
        };
        // A code holds a colon itself, and an attribute no point: 1-0:1.8.0:2.
        let (code, attribute) = match rest.rsplit_once(':') {
            Some((code, attribute)) if !attribute.contains('.') => (code, Some(attribute)),
            _ => (rest, None),
        };
        let obis = code.parse().map_err(|error| format!("{}: {error}", text::quoted(code)))?;
        let Some(attribute) = attribute else {
            return Ok(Self { obis, attribute: None, class });
        };
        Ok(Self { obis, attribute: Some(attribute.parse()?), class })
    }
}

impl FromStr for Index {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(number) = text.parse() {
            return Ok(Self::Number(number));
        }
        let is_name = |text: &str| {
            text.starts_with(|first: char| first.is_ascii_lowercase())
                && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        // As the standard writes some: reply_to_HLS_authentication.
        let name = text.replace('-', "_").to_ascii_lowercase();
        if is_name(&name) {
            return Ok(Self::Name(name));
        }
        Err(format!(
            "{} is neither the number (-128 to 127) nor the name of an attribute or method",
            text::quoted(text)
        ))
    }
}

impl Index {
    /// The number of an attribute.
    pub(crate) fn of_attribute(&self, class: Option<&ClassDescriptor>) -> Result<i8, String> {
        self.number(class, "attribute", |class, name| {
            (
                class.attribute_named(name).map(|attribute| attribute.index),
                class.attributes().map(|attribute| attribute.name.to_string()).collect(),
            )
        })
    }

    /// The number of a method.
    pub(crate) fn of_method(&self, class: Option<&ClassDescriptor>) -> Result<i8, String> {
        self.number(class, "method", |class, name| {
            (
                class.method_named(name).map(|method| method.index),
                class.methods().map(|method| method.name.to_string()).collect(),
            )
        })
    }

    fn number(
        &self,
        class: Option<&ClassDescriptor>,
        kind: &str,
        find: impl Fn(&ClassDescriptor, &str) -> (Option<i8>, Vec<String>),
    ) -> Result<i8, String> {
        let name = match self {
            Self::Number(number) => return Ok(*number),
            Self::Name(name) => name,
        };
        let Some(class) = class else {
            return Err(format!("this class is not known here: give the {kind}'s number"));
        };
        match find(class, name) {
            (Some(index), _) => Ok(index),
            (None, known) if known.is_empty() => Err(format!("{} has no {kind}s", class.name)),
            (None, known) => {
                let (name, known) = (text::quoted(name), known.join(", "));
                Err(format!("{} has no {kind} {name}; it has {known}", class.name))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use cosem::class;

    use super::*;

    #[test]
    fn a_target_is_a_code_an_attribute_and_a_class() {
        let target = |text: &str| text.parse::<Target>();
        let obis = cosem::obis!("1-0:1.8.0");
        for text in ["1-0:1.8.0", "1.0.1.8.0.255", "1-0:1.8.0*255"] {
            assert_eq!(target(text), Ok(Target { obis, attribute: None, class: None }));
        }
        let attribute = Some(Index::Number(3));
        assert_eq!(target("1-0:1.8.0:3@3"), Ok(Target { obis, attribute, class: Some(3) }));
        let attribute = Some(Index::Name(String::from("scaler_unit")));
        assert_eq!(
            target("1.0.1.8.0.255:scaler-unit"),
            Ok(Target { obis, attribute, class: None })
        );
        assert!(target("1-0:990.8.0").unwrap_err().contains("at most 255"));
        assert!(target("1-0:1.8.0:300").unwrap_err().contains("-128 to 127"));
        assert!(target("1-0:1.8.0@register").is_err());
        assert!(target("import").is_err());
    }

    #[test]
    fn a_name_is_looked_up_in_the_class() {
        let clock = class::newest(8);
        let name = |name: &str| Index::Name(String::from(name));
        assert_eq!(name("time_zone").of_attribute(clock), Ok(3));
        assert!(
            name("tiem").of_attribute(clock).unwrap_err().contains("it has logical_name, time")
        );
        assert_eq!(name("adjust_to_quarter").of_method(clock), Ok(1));
        assert!(name("time").of_attribute(None).is_err());
    }
}
