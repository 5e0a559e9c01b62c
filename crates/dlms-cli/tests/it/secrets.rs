//! Where secrets come from, and that they are nowhere else.

use std::os::unix::fs::PermissionsExt;

use crate::support::{Folder, Meter, dlms, dlms_reader, plain, run};

fn key_file(folder: &Folder, text: &str, mode: u32) -> String {
    let file = folder.file("house.toml");
    std::fs::write(&file, text).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
    file
}

#[test]
fn a_key_file_gives_the_password() {
    let (meter, folder) = (Meter::start(), Folder::new());
    let text = "[house]\npassword = { text = \"12345678\" }\n[flat]\npassword = \"00\"\n";
    let file = key_file(&folder, text, 0o600);
    let named = format!("{}&keys=house", meter.reader());
    dlms(&["read", &named, "1-0:1.8.0", "--keys", &file]).ends_with(0).prints("Wh");
    let other = format!("{}&keys=flat", meter.reader());
    dlms(&["read", &other, "1-0:1.8.0", "--keys", &file]).ends_with(4).says("{ text =");
    let none = format!("{}&keys=garage", meter.reader());
    dlms(&["read", &none, "1-0:1.8.0", "--keys", &file]).ends_with(2).says("no table [garage]");
    dlms(&["read", &meter.reader(), "1-0:1.8.0", "--keys", &file])
        .ends_with(2)
        .says("[flat], [house]");
    dlms(&["read", &named, "1-0:1.8.0"]).ends_with(2).says("try: --keys FILE");
}

#[test]
fn a_key_file_that_others_may_read_is_refused() {
    let (meter, folder) = (Meter::start(), Folder::new());
    let file = key_file(&folder, "[house]\npassword = { text = \"12345678\" }\n", 0o644);
    dlms(&["read", &meter.reader(), "1-0:1.8.0", "--keys", &file])
        .ends_with(2)
        .says("mode 0644")
        .says("chmod 600");
    // Also where no password is needed: it is open all the same.
    dlms(&["read", &meter.public(), "0-0:1.0.0", "--keys", &file]).ends_with(2);
}

#[test]
fn no_password_is_asked_for_without_a_terminal() {
    let meter = Meter::start();
    dlms(&["read", &meter.reader(), "1-0:1.8.0"])
        .ends_with(2)
        .says("auth=low needs a password")
        .says("try: --keys FILE, or the password in DLMS_PASSWORD");
}

#[test]
fn no_secret_is_in_any_output() {
    let (meter, folder) = (Meter::start(), Folder::new());
    // A password that stands for itself, wrong or not.
    let secret = "c4nary-Pass77";
    let digits: String = secret.bytes().map(|octet| format!("{octet:02x}")).collect();
    let file = key_file(&folder, &format!("[house]\npassword = \"{digits}\"\n"), 0o600);
    let reader = meter.reader();
    let capture = folder.file("session.pcapng");
    for args in [
        vec!["read", &reader, "1-0:1.8.0", "-v"],
        vec!["read", &reader, "1-0:1.8.0", "-v", "--json", "--pcap", &capture],
        vec!["objects", &reader, "-v", "--keys", &file],
        vec!["call", &reader, "0-0:1.0.0", "adjust_to_minute", "--yes", "-v"],
        vec!["set", &reader, "0-0:1.0.0:2", "time:2026-01-01T00:00Z", "--dry-run"],
    ] {
        let ran = run(plain(&args).env("DLMS_PASSWORD", secret));
        let all = format!("{}{}", ran.out, ran.err);
        assert!(!all.contains(secret) && !all.to_lowercase().contains(&digits), "{args:?}: {all}");
        assert!(args[0] == "set" || all.contains('…'), "{args:?}: {all}");
    }
}

#[test]
fn a_capture_is_its_owners_and_says_that_it_holds_a_password() {
    let (meter, folder) = (Meter::start(), Folder::new());
    let file = folder.file("session.pcapng");
    dlms_reader(&["read", &meter.reader(), "1-0:1.8.0", "--pcap", &file])
        .ends_with(0)
        .says("holds the password as it was sent");
    let mode = std::fs::metadata(&file).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode, 0o600);
    let octets = std::fs::read(&file).unwrap();
    let holds = |text: &str| octets.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("12345678") && holds("This file holds a password"));

    let public = dlms(&["read", &meter.public(), "0-0:1.0.0", "--pcap", &file]).ends_with(0);
    assert!(public.err.is_empty(), "{}", public.err);
    let missing = folder.file("no/such/folder.pcapng");
    dlms(&["read", &meter.public(), "0-0:1.0.0", "--pcap", &missing])
        .ends_with(1)
        .says("cannot record");
}

#[test]
fn a_password_to_another_machine_is_warned_of_once() {
    // The documentation's network: nobody answers there.
    let far = "tcp://192.0.2.1:4059?client=2&auth=low&timeout=100ms";
    let ran = dlms_reader(&["read", far, "1-0:1.8.0", "1-0:2.8.0"]);
    assert_eq!(ran.err.matches("warning: auth=low sends the password").count(), 1, "{ran:?}");
    assert_eq!(ran.status, Some(3), "{ran:?}");
    let meter = Meter::start();
    let near = dlms_reader(&["read", &meter.reader(), "1-0:1.8.0"]).ends_with(0);
    assert!(!near.err.contains("warning"), "{near:?}");
}
