//! OBIS codes.

use cosem::{Obis, ObisError, obis};
use proptest::prelude::*;

const IMPORT: Obis = obis!("1-0:1.8.0");

#[test]
fn every_form_that_people_write_is_read() {
    for text in [
        "1-0:1.8.0*255",
        "1-0:1.8.0.255",
        "1-0:1.8.0",
        "1.0.1.8.0.255",
        "1.0.1.8.0",
        " 1-0:1.8.0\n",
        "01-00:001.008.000*255",
    ] {
        assert_eq!(text.parse(), Ok(IMPORT), "{text}");
    }
    assert_eq!("0-1:24.2.1*0".parse(), Ok(Obis([0, 1, 24, 2, 1, 0])));
    assert_eq!("255-255:255.255.255*255".parse(), Ok(Obis([255; 6])));
}

#[test]
fn what_is_no_code_is_refused_with_the_reason() {
    for text in ["1-0:990.1.0", "256.0.1.8.0.255", "1-0:1.8.0*65791", "1.0.99999999999999.8.0"] {
        assert_eq!(text.parse::<Obis>(), Err(ObisError::Group), "{text}");
    }
    for text in [
        "",
        "1.8.0",
        "1-0:1.8",
        "1.0.1.8.0.255.3",
        "1-0:1.8.0*255*1",
        "1:0-1.8.0",
        "1.0.1.8.0.",
        ".1.0.1.8.0",
        "1..0.1.8.0",
        "1-0:1.8.0 255",
        "1-0:1.8.x",
        "-1.0.1.8.0.255",
        "1*0.1.8.0.255",
        "1-0:1.8.é",
    ] {
        assert_eq!(text.parse::<Obis>(), Err(ObisError::Form), "{text:?}");
    }
    assert_eq!(ObisError::Group.to_string(), "an OBIS group is at most 255");
}

#[test]
fn codes_are_shown_in_both_forms_and_padded() {
    assert_eq!(IMPORT.to_string(), "1-0:1.8.0*255");
    assert_eq!(IMPORT.dotted().to_string(), "1.0.1.8.0.255");
    assert_eq!(
        format!("{IMPORT:>16}|{:<16}|", IMPORT.dotted()),
        "   1-0:1.8.0*255|1.0.1.8.0.255   |"
    );
}

proptest! {
    #[test]
    fn every_code_comes_back_from_both_forms(groups in any::<[u8; 6]>()) {
        let code = Obis(groups);
        prop_assert_eq!(code.to_string().parse(), Ok(code));
        prop_assert_eq!(code.dotted().to_string().parse(), Ok(code));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[0-9.:*-]{0,24}|.{0,12}") {
        if let Ok(code) = text.parse::<Obis>() {
            prop_assert_eq!(code.to_string().parse(), Ok(code));
        }
    }
}
