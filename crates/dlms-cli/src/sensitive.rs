//! What is asked for before it is written: what locks out, switches off, or makes bills wrong.

use crate::session::Object;

/// Why a write needs a second look; `None` where it does not.
pub(crate) fn reason(object: Object, attribute: i8) -> Option<&'static str> {
    let by_class = CLASSES.binary_search_by_key(&object.class, |(class, _)| *class);
    match (object.class, attribute) {
        // Whoever renames an object is not heard of it again.
        (_, 1) => Some("the name of an object"),
        _ => by_class.ok().map(|at| CLASSES[at].1),
    }
}

const CLASSES: &[(u16, &str)] = &[
    (6, TARIFF),
    (8, "a clock"),
    (9, TARIFF),
    (10, TARIFF),
    (11, TARIFF),
    (12, PASSWORD),
    (15, PASSWORD),
    (17, ADDRESS),
    (19, ADDRESS),
    (20, TARIFF),
    (21, DISCONNECTOR),
    (22, TARIFF),
    (23, ADDRESS),
    (25, ADDRESS),
    (27, ADDRESS),
    (28, ADDRESS),
    (29, ADDRESS),
    (30, KEY),
    (40, ADDRESS),
    (41, ADDRESS),
    (42, ADDRESS),
    (43, ADDRESS),
    (44, PASSWORD),
    (45, ADDRESS),
    (46, ADDRESS),
    (48, ADDRESS),
    (64, KEY),
    (65, DISCONNECTOR),
    (68, DISCONNECTOR),
    (70, DISCONNECTOR),
    (71, DISCONNECTOR),
    (72, KEY),
    (74, ADDRESS),
    (76, ADDRESS),
    (111, TARIFF),
    (112, TARIFF),
    (113, TARIFF),
    (115, TARIFF),
    (122, DISCONNECTOR),
    (124, KEY),
    (8192, TARIFF),
];

const ADDRESS: &str = "an address or a way to reach the meter";
const DISCONNECTOR: &str = "what disconnects the supply";
const KEY: &str = "keys or security";
const PASSWORD: &str = "a password or an association";
const TARIFF: &str = "tariffs or what runs by itself";

#[cfg(test)]
mod tests {
    use cosem::obis;

    use super::*;

    #[test]
    fn what_does_harm_is_asked_for_and_the_rest_is_not() {
        let reason = |class, attribute| {
            reason(Object { obis: obis!("0-0:96.1.0"), class, version: None }, attribute)
        };
        for class in [8, 15, 20, 42, 64, 70] {
            assert!(reason(class, 2).is_some(), "class {class}");
        }
        assert_eq!(reason(1, 2), None);
        assert_eq!(reason(3, 3), None);
        assert!(reason(1, 1).is_some());
        assert!(CLASSES.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
