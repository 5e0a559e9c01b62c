//! What objects and classes are, in words.
//!
//! The codes that household meters have (IEC 62056-6-1); whatever is not among them is called by its
//! class. The names of classes that the library declares come from there.

use std::borrow::Cow;

use cosem::{Obis, class};

/// What an object is; its class's name where the code says nothing.
pub(crate) fn object(obis: Obis, class: Option<u16>) -> String {
    let Obis([a, b, c, d, e, f]) = obis;
    let name = match a {
        0 => abstract_object(b, c, d, e),
        1 => electricity(c, d, e),
        7 => gas(c, d, e),
        _ => None,
    };
    let name = name
        .unwrap_or_else(|| class.map_or_else(String::new, |class| class_name(class).into_owned()));
    // F counts billing periods, but names other things among abstract objects and profiles.
    match f {
        0..=99 if a != 0 && (1..96).contains(&c) => format!("{name}, billing period {f}"),
        _ => name,
    }
}

/// What an attribute of an object is: the object's name alone for the attribute that is its value.
pub(crate) fn attribute(obis: Obis, class: u16, index: i8) -> String {
    let object = object(obis, Some(class));
    match attribute_name(class, index) {
        _ if index == 2 => object,
        Some(name) => format!("{object}: {name}"),
        None => format!("{object}: attribute {index}"),
    }
}

/// The name of an attribute.
pub(crate) fn attribute_name(class: u16, index: i8) -> Option<&'static str> {
    class::newest(class)?.attribute(index).map(|attribute| &*attribute.name)
}

/// The name of a class.
pub(crate) fn class_name(class: u16) -> Cow<'static, str> {
    if let Some(descriptor) = class::newest(class) {
        return descriptor.name.clone();
    }
    match CLASSES.binary_search_by_key(&class, |(id, _)| *id) {
        Ok(at) => Cow::Borrowed(CLASSES[at].1),
        Err(_) => Cow::Owned(format!("class {class}")),
    }
}

/// The class that objects with this code have in every meter, for what must be said without asking
/// one.
pub(crate) fn usual_class(obis: Obis) -> Option<u16> {
    Some(match obis.0 {
        [0, 0, 1, 0, 0, 255] => 8,
        [0, 0, 40, 0, _, 255] => 15,
        [0, 0, 41, 0, 0, 255] => 17,
        [0, 0, 42, 0, 0, 255] => 1,
        [0 | 1, _, 98 | 99, _, _, _] => 7,
        [0, _, 96, 3, 10, 255] => 70,
        [1, _, 1..=92, 7..=10 | 17..=20 | 29 | 30, _, _] => 3,
        _ => return None,
    })
}

fn abstract_object(b: u8, c: u8, d: u8, e: u8) -> Option<String> {
    let channel = |name: &str| match b {
        0 => String::from(name),
        _ => format!("{name}, channel {b}"),
    };
    let numbered = |name: &str, number: u8| Some(channel(&format!("{name} {number}")));
    let named = |name: &str| Some(channel(name));
    match (c, d, e) {
        (1, 0, 0) => named("clock"),
        (10, 0, _) => named("script table"),
        (11, 0, _) => named("special days table"),
        (12, 0, _) => named("schedule"),
        (13, 0, _) => named("activity calendar"),
        (15, 0, _) => named("single action schedule"),
        (17, 0, _) => named("limiter"),
        (20, 0, _) => named("optical port setup"),
        (22, 0, 0) => named("HDLC setup"),
        (24, 2, _) => numbered("M-Bus value", e),
        (25, 0, 0) => named("TCP-UDP setup"),
        (25, 1, 0) => named("IPv4 setup"),
        (25, 9, _) => named("push setup"),
        (40, 0, 0) => named("current association"),
        (40, 0, _) => numbered("association", e),
        (41, 0, 0) => named("SAP assignment"),
        (42, 0, 0) => named("logical device name"),
        (43, 0, _) => numbered("security setup", e),
        (43, 1, _) => numbered("invocation counter", e),
        (44, 0, _) => numbered("image transfer", e),
        (96, 1, 0..=9) => numbered("device identifier", e + 1),
        (96, 1, 10) => named("metering point identifier"),
        (96, 3, 10) => named("supply disconnector"),
        (96, 5, _) => named("operating status"),
        (96, 6, 1) => named("battery charge"),
        (96, 7, _) => named("power failures"),
        (96, 8, 0) => named("time of operation"),
        (96, 10, 1..=10) => numbered("status register", e),
        (96, 11, _) => numbered("event code", e + 1),
        (96, 14, _) => numbered("active tariff", e + 1),
        (97, 97, _) => numbered("error register", e + 1),
        (98, 1, _) => named("billing profile"),
        (99, 98, _) => numbered("event log", e + 1),
        _ => None,
    }
}

fn electricity(c: u8, d: u8, e: u8) -> Option<String> {
    match (c, d) {
        (0, 0) => return Some(format!("meter identifier {}", e.saturating_add(1))),
        (0, 2) if e == 0 => return Some(String::from("active firmware identifier")),
        (96, 10) => return Some(format!("status register {e}")),
        (98, 1) => return Some(String::from("billing profile")),
        (99, 1 | 2) => return Some(format!("load profile {d}")),
        (99, 98) => return Some(String::from("event log")),
        _ => {}
    }
    let energy = matches!(d, 8..=10 | 17..=20 | 29 | 30);
    let quantity = quantity(c, energy)?;
    let processing = match d {
        2 | 12 | 22 => "cumulative maximum",
        3 | 13 | 23 => "minimum",
        4 | 14 | 24 | 27 | 28 => "average, current",
        5 | 15 | 25 => "average, last",
        6 | 16 | 26 => "maximum",
        7 | 8..=10 | 17..=20 => "",
        29 | 30 => "of the interval",
        _ => return None,
    };
    let tariff = match e {
        0 => String::new(),
        1..=63 if d != 7 => format!("tariff {e}"),
        _ => return None,
    };
    let parts = [quantity, processing.to_owned(), tariff];
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    Some(parts.join(", "))
}

/// Value group C of electricity. 1 to 20 are of all phases, 21 to 80 the same of one.
fn quantity(c: u8, energy: bool) -> Option<String> {
    let (phase, c) = match c {
        21..=40 => ("L1 ", c - 20),
        41..=60 => ("L2 ", c - 40),
        61..=80 => ("L3 ", c - 60),
        91 => ("neutral ", 11),
        92 => ("neutral ", 12),
        _ => ("", c),
    };
    let kind = if energy { "energy" } else { "power" };
    let name = match c {
        1 => format!("active {kind} import"),
        2 => format!("active {kind} export"),
        3 => format!("reactive {kind} import"),
        4 => format!("reactive {kind} export"),
        5..=8 => format!("reactive {kind} quadrant {}", c - 4),
        9 => format!("apparent {kind} import"),
        10 => format!("apparent {kind} export"),
        11 if !energy => String::from("current"),
        12 if !energy => String::from("voltage"),
        13 if !energy => String::from("power factor"),
        14 if !energy => String::from("frequency"),
        15 => format!("active {kind}, absolute"),
        16 => format!("active {kind}, net"),
        _ => return None,
    };
    Some(format!("{phase}{name}"))
}

fn gas(c: u8, d: u8, e: u8) -> Option<String> {
    match (c, d, e) {
        (3, 0, 0) => Some(String::from("gas volume")),
        (3, 1, 0) => Some(String::from("gas volume, corrected")),
        (43, 15, 0) => Some(String::from("gas flow")),
        (99, 99, _) => Some(String::from("load profile")),
        _ => None,
    }
}

/// Classes that object lists name and the library does not declare yet.
const CLASSES: &[(u16, &str)] = &[
    (5, "Demand register"),
    (6, "Register activation"),
    (10, "Schedule"),
    (11, "Special days table"),
    (12, "Association SN"),
    (15, "Association LN"),
    (18, "Image transfer"),
    (19, "IEC local port setup"),
    (20, "Activity calendar"),
    (21, "Register monitor"),
    (22, "Single action schedule"),
    (23, "IEC HDLC setup"),
    (27, "Modem configuration"),
    (28, "Auto answer"),
    (29, "Auto connect"),
    (40, "Push setup"),
    (41, "TCP-UDP setup"),
    (42, "IPv4 setup"),
    (43, "MAC address setup"),
    (44, "PPP setup"),
    (45, "GPRS modem setup"),
    (47, "GSM diagnostic"),
    (48, "IPv6 setup"),
    (61, "Register table"),
    (62, "Compact data"),
    (63, "Status mapping"),
    (64, "Security setup"),
    (65, "Parameter monitor"),
    (68, "Arbitrator"),
    (71, "Limiter"),
    (72, "M-Bus client"),
    (111, "Account"),
    (112, "Credit"),
    (113, "Charge"),
    (115, "Token gateway"),
];

#[cfg(test)]
mod tests {
    use cosem::obis;

    use super::*;

    #[test]
    fn the_codes_of_a_household_have_names() {
        for (code, name) in [
            (obis!("1-0:1.8.0"), "active energy import"),
            (obis!("1-0:2.8.2"), "active energy export, tariff 2"),
            (obis!("1-0:1.8.0*1"), "active energy import, billing period 1"),
            (obis!("1-0:16.7.0"), "active power, net"),
            (obis!("1-0:52.7.0"), "L2 voltage"),
            (obis!("1-0:14.7.0"), "frequency"),
            (obis!("1-0:1.6.0"), "active power import, maximum"),
            (obis!("1-0:99.1.0"), "load profile 1"),
            (obis!("0-0:1.0.0"), "clock"),
            (obis!("0-0:96.1.0"), "device identifier 1"),
            (obis!("7-0:3.0.0"), "gas volume"),
        ] {
            assert_eq!(object(code, Some(3)), name, "{code}");
        }
        assert_eq!(object(obis!("1-0:1.98.0"), Some(3)), "Register");
        assert_eq!(object(obis!("0-0:96.128.0"), Some(32_769)), "class 32769");
        assert_eq!(attribute(obis!("1-0:1.8.0"), 3, 3), "active energy import: scaler_unit");
    }

    #[test]
    fn classes_stand_in_order_and_once() {
        assert!(CLASSES.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
