//! What our client asks a meter that we did not write, and what must come back.
//!
//! What is right is read from the facts and events of the server, not from our own decoder alone.

use std::{process::Command, time::Duration};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use cosem::{
    Attribute, Data, DateTime, Flat, Item, Obis,
    bytes::{from_hex, hex},
    class::{self, Clock, ProfileGeneric, Register, SapAssignment, ScriptTable},
    obis,
};
use dlms::{
    apdu::{AttributeDescriptor, AttributeReference, DataAccessResult, Diagnostic},
    error::Refusal,
};
use dlms_client::{Cause, RowSelection};
use serde_json::Value;

use super::{
    program::Program,
    their_meter::{Case, Found, TheirMeter, Who, agreed},
};

/// Against a server that lays RLRE out as the standard has it.
pub(super) const CASES: &[(&str, Case)] = &[
    ("public-association", public_association),
    ("lls-association", lls_association),
    ("wrong-password", wrong_password),
    ("association-view-async", association_view),
    ("registers-with-unit-async", registers_with_unit),
    ("clock-read", clock_read),
    ("get-with-list", get_with_list),
    ("profile-columns", profile_columns),
    ("profile-by-range", profile_by_range),
    ("profile-by-range-async", profile_by_range_async),
    ("profile-by-entry", profile_by_entry),
    ("profile-in-blocks", profile_in_blocks),
    ("small-pdu", small_pdu),
    ("sap-assignment", sap_assignment),
    ("second-logical-device", second_logical_device),
    ("object-undefined", object_undefined),
    ("read-denied", read_denied),
    ("write-denied", write_denied),
    ("method-denied", method_denied),
    ("set", set),
    ("method-call", method_call),
    ("clock-set", clock_set),
    ("release", release),
    ("dlms-read", dlms_read),
];

/// Against the same server in HDLC frames: what can go wrong below the APDUs. Every answer longer
/// than an information field comes in segments.
pub(super) const OVER_HDLC: &[(&str, Case)] = &[
    ("public-association", public_association),
    ("lls-association", lls_association),
    ("wrong-password", wrong_password),
    ("association-view-async", association_view),
    ("registers-with-unit-async", registers_with_unit),
    ("clock-read", clock_read),
    ("get-with-list", get_with_list),
    ("profile-by-range", profile_by_range),
    ("profile-by-entry", profile_by_entry),
    ("second-logical-device", second_logical_device),
    ("set", set),
    ("method-call", method_call),
    ("release", release),
    ("dlms-read", dlms_read),
];

/// Against the server as the package builds it.
pub(super) const AS_BUILT: &[(&str, Case)] = &[("release-as-built", release_as_built)];

const CLOCK: Obis = obis!("0-0:1.0.0");
const NAME: Obis = obis!("0-0:42.0.0");
const ENERGY: Obis = obis!("1-0:1.8.0");
const PROFILE: Obis = obis!("1-0:99.1.0");
const SAPS: Obis = obis!("0-0:41.0.0");
const SCRIPTS: Obis = obis!("0-0:10.0.0");
const MANAGEMENT: u16 = 1;
const GAS: u16 = 16;

fn right(why: impl Into<String>) -> Result<Found> {
    Ok(Found::Right(why.into()))
}

fn public_association(meter: &TheirMeter<'_>) -> Result<Found> {
    let mut client = meter.connect(Who::Public, MANAGEMENT)?;
    let agreed = agreed(client.negotiated())?;
    let name = client.get(class::Data::at(NAME).value())?;
    same("the logical device name", &text(&name), &meter.facts["logical_device_name"])?;
    client.close()?;
    right(agreed)
}

fn lls_association(meter: &TheirMeter<'_>) -> Result<Found> {
    let client = meter.connect(Who::Reader, MANAGEMENT)?;
    let agreed = agreed(client.negotiated())?;
    meter.expect_event(&[("event", "associated".into()), ("client", 2.into())])?;
    client.close()?;
    right(agreed)
}

fn wrong_password(meter: &TheirMeter<'_>) -> Result<Found> {
    let Err(error) = meter.try_connect(Who::Guesser("87654321"), MANAGEMENT)? else {
        bail!("a wrong password was accepted");
    };
    let Cause::Refused(Refusal::Association { diagnostic, .. }) = error.cause() else {
        bail!("another error than a refusal: {error}");
    };
    ensure!(*diagnostic == Diagnostic::AUTHENTICATION_FAILURE, "the diagnostic is {diagnostic}");
    let hint = error.hint().context("there is no hint")?;
    ensure!(hint.contains("password"), "the hint does not speak of the password: {hint}");
    right(error.to_string())
}

fn association_view(meter: &TheirMeter<'_>) -> Result<Found> {
    let objects = waiting(async {
        let mut client = meter.connect_async(Who::Reader, MANAGEMENT).await?;
        let objects = client.association_view().await?;
        client.close().await?;
        Ok(objects)
    })?;
    let facts = meter.list(&meter.facts["objects"])?;
    for fact in facts {
        let found = objects.iter().any(|object| {
            let (class, instance) = (object.class, object.instance.to_string());
            *fact == serde_json::json!([class, instance, object.version])
        });
        ensure!(found, "{fact} is served and not in the view");
    }
    ensure!(objects.len() == facts.len(), "{} objects, {} are served", objects.len(), facts.len());
    let energy = objects.iter().find(|object| object.instance == ENERGY);
    let right_to_value = energy.and_then(|object| object.attribute(2));
    ensure!(
        right_to_value.is_some_and(|right| right.may_read() && !right.may_write()),
        "the right to the value of {ENERGY} is {right_to_value:?}"
    );
    right(format!("{} objects", objects.len()))
}

fn registers_with_unit(meter: &TheirMeter<'_>) -> Result<Found> {
    let registers = meter.facts["registers"].as_object().context("no registers in the facts")?;
    let read = waiting(async {
        let mut client = meter.connect_async(Who::Reader, MANAGEMENT).await?;
        let mut read = Vec::new();
        for code in registers.keys() {
            let register = Register::at(code.parse::<Obis>()?);
            read.push(client.get((register.value(), register.scaler_unit())).await?);
        }
        client.close().await?;
        Ok(read)
    })?;
    let mut shown = Vec::new();
    for ((code, fact), (value, scaler_unit)) in registers.iter().zip(read) {
        let number = value.head().as_integer().with_context(|| format!("{code}: no number"))?;
        same(code, &number.to_string(), &fact["value"])?;
        same("the scaler", &scaler_unit.scaler.to_string(), &fact["scaler"])?;
        same("the unit", &scaler_unit.unit.0.to_string(), &fact["unit"])?;
        shown.push(format!("{} {}", scaler_unit.scale(number), scaler_unit.unit));
    }
    right(shown.join(", "))
}

fn clock_read(meter: &TheirMeter<'_>) -> Result<Found> {
    let mut client = meter.connect(Who::Public, MANAGEMENT)?;
    let time = client.clock()?;
    client.close()?;
    let started = date_time(&meter.facts["clock"])?;
    let late = seconds_between(started, time)?;
    ensure!((0..120).contains(&late), "{time} was read, {started} was served at the start");
    ensure!(time.deviation() == started.deviation(), "{time} has another deviation: {started}");
    right(time.to_string())
}

fn get_with_list(meter: &TheirMeter<'_>) -> Result<Found> {
    let undefined = AttributeDescriptor { class: 3, instance: NOWHERE, attribute: 2 };
    let energy = Register::at(ENERGY);
    let targets = [
        reference(class::Data::at(NAME).value().untyped()),
        reference(energy.value()),
        AttributeReference::from(undefined),
        reference(energy.scaler_unit().untyped()),
        reference(Clock::at(CLOCK).time().untyped()),
    ];
    let mut client = meter.connect(Who::Reader, MANAGEMENT)?;
    let before = meter.figures().0;
    let results = client.read(&targets)?;
    let requests = meter.figures().0 - before;
    client.close()?;
    ensure!(requests == 1, "{requests} requests for one list");
    ensure!(results.len() == targets.len(), "{} results", results.len());
    let [Ok(name), Ok(value), Err(DataAccessResult::OBJECT_UNDEFINED), Ok(_), Ok(time)] =
        results.as_slice()
    else {
        bail!("the results are {results:?}");
    };
    same("the logical device name", &text(&name.to_data()), &meter.facts["logical_device_name"])?;
    let number = value.to_data().head().as_integer().unwrap_or_default();
    same(
        "the energy",
        &number.to_string(),
        &meter.facts["registers"][ENERGY.to_string()]["value"],
    )?;
    ensure!(time.to_data().head().as_date_time().is_some(), "the time is {time:?}");
    right("four values and object-undefined in one answer")
}

fn profile_columns(meter: &TheirMeter<'_>) -> Result<Found> {
    let profile = ProfileGeneric::at(PROFILE);
    let mut client = meter.connect(Who::Reader, MANAGEMENT)?;
    let columns = client.get(profile.capture_objects())?;
    let (period, entries) = client.get((profile.capture_period(), profile.entries_in_use()))?;
    client.close()?;
    let facts = &meter.facts["profile"];
    let wanted = meter.list(&facts["columns"])?;
    ensure!(columns.0.len() == wanted.len(), "{} columns", columns.0.len());
    for (column, fact) in columns.0.iter().zip(wanted) {
        let read = serde_json::json!([
            column.class_id,
            column.logical_name.to_string(),
            column.attribute_index,
            column.data_index
        ]);
        ensure!(read == *fact, "{read} was read as a column, {fact} is served");
    }
    same("the capture period", &period.to_string(), &facts["capture_period"])?;
    let rows = meter.list(&facts["rows"])?.len();
    ensure!(usize::try_from(entries) == Ok(rows), "{entries} entries in use, {rows} are served");
    right(format!("{} columns, {entries} entries", columns.0.len()))
}

/// The rows from place 20 to place 60, counted from 0.
fn a_range<'f>(meter: &TheirMeter<'f>) -> Result<(RowSelection, Vec<Value>)> {
    let rows = meter.list(&meter.facts["profile"]["rows"])?;
    let wanted = rows.get(20..=60).context("the server has fewer than 61 rows")?.to_vec();
    let time = |row: Option<&Value>| date_time(&row.context("there is no row")?[0]);
    let (from, to) = (time(wanted.first())?, time(wanted.last())?);
    Ok((RowSelection::Range { from, to }, wanted))
}

fn profile_by_range(meter: &TheirMeter<'_>) -> Result<Found> {
    let (range, wanted) = a_range(meter)?;
    let mut client = meter.connect(Who::Reader, MANAGEMENT)?;
    let rows = client.rows(PROFILE, range)?.collect::<dlms_client::Result<Vec<Flat>>>()?;
    client.close()?;
    compare_rows(&rows, &wanted)?;
    right(format!("{} rows", rows.len()))
}

fn profile_by_range_async(meter: &TheirMeter<'_>) -> Result<Found> {
    let (range, wanted) = a_range(meter)?;
    let rows = waiting(async {
        let mut client = meter.connect_async(Who::Reader, MANAGEMENT).await?;
        let mut arriving = client.rows(PROFILE, range)?;
        let mut rows = Vec::new();
        while let Some(row) = arriving.next().await? {
            rows.push(row);
        }
        client.close().await?;
        Ok(rows)
    })?;
    compare_rows(&rows, &wanted)?;
    right(format!("{} rows", rows.len()))
}

fn profile_by_entry(meter: &TheirMeter<'_>) -> Result<Found> {
    let wanted = meter.list(&meter.facts["profile"]["rows"])?;
    let wanted = wanted.get(3..9).context("the server has fewer than 9 rows")?;
    let mut client = meter.connect(Who::Reader, MANAGEMENT)?;
    let rows = client.rows(PROFILE, RowSelection::Entries { from: 4, to: 9 })?;
    let rows = rows.collect::<dlms_client::Result<Vec<Flat>>>()?;
    client.close()?;
    compare_rows(&rows, wanted)?;
    right(format!("rows 4 to 9 of {}", meter.facts["profile"]["object"]))
}

fn profile_in_blocks(meter: &TheirMeter<'_>) -> Result<Found> {
    let wanted = meter.list(&meter.facts["profile"]["rows"])?;
    let mut client = meter.connect(Who::Reader, MANAGEMENT)?;
    let before = meter.figures().0;
    let rows = client.rows(PROFILE, RowSelection::All)?;
    let rows = rows.collect::<dlms_client::Result<Vec<Flat>>>()?;
    let (after, longest) = meter.figures();
    client.close()?;
    compare_rows(&rows, wanted)?;
    let blocks = after - before;
    ensure!(blocks > 10, "{blocks} blocks for {} rows", rows.len());
    right(format!("{} rows in {blocks} blocks of at most {longest} octets", rows.len()))
}

fn small_pdu(meter: &TheirMeter<'_>) -> Result<Found> {
    let wanted = meter.list(&meter.facts["profile"]["rows"])?;
    let wanted = wanted.get(..40).context("the server has fewer than 40 rows")?;
    let mut client = meter.connect_with(Who::Reader, MANAGEMENT, "&max-pdu=64")?;
    let rows = client.rows(PROFILE, RowSelection::Entries { from: 1, to: 40 })?;
    let rows = rows.collect::<dlms_client::Result<Vec<Flat>>>()?;
    let (sent, longest) = meter.figures();
    client.close()?;
    compare_rows(&rows, wanted)?;
    ensure!(longest <= 64, "an APDU of {longest} octets where 64 were proposed");
    right(format!("{} rows, {sent} requests, no APDU above {longest} octets", rows.len()))
}

fn sap_assignment(meter: &TheirMeter<'_>) -> Result<Found> {
    let mut client = meter.connect(Who::Public, MANAGEMENT)?;
    let list = client.get(SapAssignment::at(SAPS).sap_assignment_list())?;
    client.close()?;
    let read = list.0.iter().map(|element| {
        let name = String::from_utf8_lossy(&element.logical_device_name);
        serde_json::json!([element.sap, name])
    });
    let read = Value::Array(read.collect());
    same("the list", &read.to_string(), &Value::String(meter.facts["sap_assignment"].to_string()))?;
    right(read.to_string())
}

fn second_logical_device(meter: &TheirMeter<'_>) -> Result<Found> {
    let mut names = Vec::new();
    for (device, fact) in [(MANAGEMENT, "logical_device_name"), (GAS, "gas_logical_device_name")] {
        let mut client = meter.connect(Who::Public, device)?;
        let name = text(&client.get(class::Data::at(NAME).value())?);
        client.close()?;
        same("the logical device name", &name, &meter.facts[fact])?;
        names.push(name);
    }
    right(names.join(" and "))
}

fn object_undefined(meter: &TheirMeter<'_>) -> Result<Found> {
    let mut client = meter.connect(Who::Reader, MANAGEMENT)?;
    let refused = client.get(Register::at(NOWHERE).value());
    let error = object_error(refused, DataAccessResult::OBJECT_UNDEFINED)?;
    // The association goes on.
    client.get(Register::at(ENERGY).value())?;
    client.close()?;
    right(error)
}

fn read_denied(meter: &TheirMeter<'_>) -> Result<Found> {
    let mut client = meter.connect(Who::Public, MANAGEMENT)?;
    let refused = client.get(Register::at(ENERGY).value());
    let error = object_error(refused, DataAccessResult::READ_WRITE_DENIED)?;
    client.close()?;
    right(error)
}

fn write_denied(meter: &TheirMeter<'_>) -> Result<Found> {
    let mut client = meter.connect(Who::Reader, MANAGEMENT)?;
    let energy = Register::at(ENERGY).value();
    let refused = client.set(energy, Data::DoubleLongUnsigned(1));
    let error = object_error(refused, DataAccessResult::READ_WRITE_DENIED)?;
    let value = client.get(energy)?;
    client.close()?;
    ensure!(value != Data::DoubleLongUnsigned(1), "{ENERGY} was written");
    right(error)
}

fn method_denied(meter: &TheirMeter<'_>) -> Result<Found> {
    let mut client = meter.connect(Who::Public, MANAGEMENT)?;
    let refused = client.call(Clock::at(CLOCK).adjust_to_quarter(), 0);
    let Err(error) = refused else { bail!("the public client may adjust the clock") };
    ensure!(matches!(error.cause(), Cause::Method(_)), "another error than a refusal: {error}");
    client.close()?;
    right(error.to_string())
}

fn set(meter: &TheirMeter<'_>) -> Result<Found> {
    let object = meter.facts["writable"]["object"].as_str().context("nothing can be written")?;
    let value = class::Data::at(object.parse::<Obis>()?).value();
    let new = b"written by dlms";
    let mut client = meter.connect(Who::Reader, MANAGEMENT)?;
    client.set(value, Data::OctetString(new.to_vec()))?;
    let read = client.get(value)?;
    client.close()?;
    ensure!(read == Data::OctetString(new.to_vec()), "read back: {read:?}");
    meter.expect_event(&[
        ("event", "set".into()),
        ("object", object.into()),
        ("attribute", 2.into()),
        ("value", hex(new).into()),
    ])?;
    right(format!("{object} reads what was written, and the server noted it"))
}

fn method_call(meter: &TheirMeter<'_>) -> Result<Found> {
    let object = meter.facts["writable"]["object"].as_str().context("nothing can be written")?;
    let mut client = meter.connect(Who::Reader, MANAGEMENT)?;
    client.call(ScriptTable::at(SCRIPTS).execute(), 1)?;
    let effect = client.get(class::Data::at(object.parse::<Obis>()?).value())?;
    client.close()?;
    ensure!(text(&effect) == "script 1 executed", "the script did nothing: {effect:?}");
    meter.expect_event(&[
        ("event", "action".into()),
        ("object", SCRIPTS.to_string().into()),
        ("method", 1.into()),
        ("parameter", "1".into()),
    ])?;
    right("the script ran, and the server noted it")
}

fn clock_set(meter: &TheirMeter<'_>) -> Result<Found> {
    let mut client = meter.connect(Who::Reader, MANAGEMENT)?;
    let before = client.clock()?;
    let new = from_unix(before, 7_200)?;
    client.set_clock(new)?;
    let after = client.clock()?;
    let quarter = client.call(Clock::at(CLOCK).shift_time(), -600);
    let shifted = client.clock()?;
    client.set_clock(before)?;
    client.close()?;
    quarter?;
    let off = seconds_between(new, after)?;
    ensure!((0..10).contains(&off), "set to {new}, reads {after}");
    let shift = seconds_between(shifted, after)?;
    ensure!((590..=600).contains(&shift), "{after} shifted by 600 s reads {shifted}");
    meter.expect_event(&[
        ("event", "set".into()),
        ("object", CLOCK.to_string().into()),
        ("value", hex(&new.0).into()),
    ])?;
    right(format!("{before} set to {new}, read {after}"))
}

fn release(meter: &TheirMeter<'_>) -> Result<Found> {
    meter.connect(Who::Reader, MANAGEMENT)?.close()?;
    meter.expect_event(&[("event", "released".into()), ("client", 2.into())])?;
    right("released, and the server noted it")
}

fn release_as_built(meter: &TheirMeter<'_>) -> Result<Found> {
    match meter.connect(Who::Reader, MANAGEMENT)?.close() {
        Ok(()) => right("the server's RLRE is in order"),
        Err(error) if matches!(error.cause(), Cause::Peer(_)) => {
            let octets = meter.last_answer();
            Ok(Found::PeerFault(format!("RLRE declares another length than it has: {octets}")))
        }
        Err(error) => bail!("another error than a broken RLRE: {error}"),
    }
}

/// The command that people use, as a process of its own.
fn dlms_read(meter: &TheirMeter<'_>) -> Result<Found> {
    let connection = meter.connection(Who::Reader, MANAGEMENT, "");
    let mut command = Command::new(meter.command);
    command.args(["read", &connection, &ENERGY.to_string(), "--json"]);
    command.env("DLMS_PASSWORD", meter.password());
    let finished = Program::start(&mut command)?.finish(Duration::from_secs(30))?;
    ensure!(
        finished.status == Some(0),
        "`dlms read` ended with {:?}: {}",
        finished.status,
        finished.complaints.trim_end()
    );
    let lines = finished.lines.iter().map(|line| serde_json::from_str::<Value>(line));
    let lines = lines.collect::<Result<Vec<_>, _>>().context("`dlms read` printed no JSON")?;
    let fact = &meter.facts["registers"][ENERGY.to_string()];
    let shown = lines.iter().find(|line| line["attribute"] == 2).context("no value was printed")?;
    same("the value", shown["value"].as_str().unwrap_or_default(), &fact["value"])?;
    ensure!(shown["unit"] == "Wh", "the unit is {}", shown["unit"]);
    right(format!("{} {}", shown["value"], shown["unit"]))
}

const NOWHERE: Obis = obis!("1-0:200.7.0");

/// Runs the async client to its end.
fn waiting<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.context("no runtime can be started")?.block_on(work)
}

fn reference(attribute: Attribute<Data>) -> AttributeReference {
    AttributeReference::from(AttributeDescriptor {
        class: attribute.class_id(),
        instance: attribute.instance(),
        attribute: attribute.index(),
    })
}

/// Compares what was read with a fact, a number or a text.
fn same(what: &str, read: &str, fact: &Value) -> Result<()> {
    let served = fact.as_str().map_or_else(|| fact.to_string(), str::to_owned);
    ensure!(read == served, "{what}: {read} was read, {served} is served");
    Ok(())
}

/// An octet-string of characters.
fn text(data: &Data) -> String {
    let octets = data.head().as_octets().unwrap_or_default();
    String::from_utf8_lossy(octets).into_owned()
}

fn date_time(fact: &Value) -> Result<DateTime> {
    let octets = from_hex(fact.as_str().unwrap_or_default())?;
    let octets = octets.try_into().map_err(|_| anyhow!("{fact} is no date-time"))?;
    Ok(DateTime(octets))
}

fn seconds_between(one: DateTime, other: DateTime) -> Result<i64> {
    let seconds =
        |time: DateTime| time.unix_seconds().with_context(|| format!("{time} is no moment of UTC"));
    Ok(seconds(other)? - seconds(one)?)
}

/// So many seconds later, at the same deviation.
fn from_unix(time: DateTime, later: i64) -> Result<DateTime> {
    let seconds = time.unix_seconds().with_context(|| format!("{time} is no moment of UTC"))?;
    let deviation = time.deviation().unwrap_or_default();
    Ok(DateTime::from_unix(seconds + later, deviation, time.status()))
}

fn object_error<T>(result: dlms_client::Result<T>, wanted: DataAccessResult) -> Result<String> {
    match result {
        Ok(_) => bail!("{wanted} should have come back"),
        Err(error) => match error.cause() {
            Cause::Object(result) if *result == wanted => Ok(error.to_string()),
            _ => bail!("{wanted} should have come back: {error}"),
        },
    }
}

/// Rows of a time and numbers, with those that the server holds.
fn compare_rows(rows: &[Flat], wanted: &[Value]) -> Result<()> {
    ensure!(rows.len() == wanted.len(), "{} rows came, not {}", rows.len(), wanted.len());
    for (place, (row, wanted)) in (1..).zip(rows.iter().zip(wanted)) {
        let read = Value::Array(row.root().items().map(as_json).collect());
        ensure!(read == *wanted, "row {place} reads {read}, {wanted} is served");
    }
    Ok(())
}

fn as_json(item: Item<'_>) -> Value {
    match (item.value().as_octets(), item.value().as_integer()) {
        (Some(octets), _) => Value::from(hex(octets)),
        (None, Some(number)) => i64::try_from(number).map_or(Value::Null, Value::from),
        (None, None) => Value::Null,
    }
}
