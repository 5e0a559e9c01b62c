//! The table of classes against the registry, and classes of a user's own.

use std::fs;
use std::path::{Path, PathBuf};

use cosem::class::{
    self, AssociationLn, AssociationLnV1, AssociationLnV2, ClassAttribute, ClassDescriptor,
    ClassMethod, Clock, DisconnectControl, EntryDescriptor, ProfileGeneric, RangeDescriptor,
    Register,
};
use cosem::schema::{Enumeration, Label, Shared, Structure};
use cosem::{
    Array, Attribute, CosemType, Data, DateTime, InterfaceClass, Method, Obis, Schema, Tag, Unit,
    obis,
};
use toml::{Table, Value};

/// Every difference between the table and the registry that stays, with its reason.
const REASONS: &[(&str, &str)] = &[];

#[test]
fn the_table_says_what_the_registry_says() {
    let Some(registry) = Registry::read() else {
        eprintln!("not compared: there is no registry at {}", Registry::folder().display());
        return;
    };
    let differences: Vec<String> = class::ALL
        .iter()
        .flat_map(|class| registry.differences(class))
        .chain(registry.differences_of_selectors())
        .filter(|difference| REASONS.iter().all(|(known, _)| known != difference))
        .collect();
    assert!(differences.is_empty(), "\n{}", differences.join("\n"));
}

#[test]
fn a_difference_from_the_registry_is_named() {
    let Some(registry) = Registry::read() else {
        eprintln!("not compared: there is no registry at {}", Registry::folder().display());
        return;
    };
    let mut wrong = Register::CLASS.clone();
    let attributes = wrong.own_attributes.to_mut();
    attributes[1].name = "unit".into();
    attributes[1].short_name_offset = Some(24);
    attributes[1].schema = Schema::Type(Tag::UNSIGNED).into();
    wrong.own_methods.to_mut().clear();
    assert_eq!(
        registry.differences(&wrong),
        [
            "Register v0, attribute 3: named unit, scaler_unit in the registry",
            "Register v0, attribute 3: short name at Some(24), Some(16) in the registry",
            "Register v0, attribute 3: unsigned, scal_unit_type in the registry",
            "Register v0: method 1 reset is missing",
        ]
    );
}

#[test]
fn the_table_is_in_order_and_every_class_in_it_is_found() {
    let keys: Vec<_> = class::ALL.iter().map(|class| (class.id, class.version)).collect();
    assert!(keys.is_sorted_by(|a, b| a < b), "{keys:?}");
    for class in class::ALL {
        assert_eq!(class::find(class.id, class.version), Some(*class));
        assert!(!class.doc.is_empty() && !class.source.is_empty(), "{}", class.name);
        let attributes: Vec<_> = class.attributes().map(|attribute| attribute.index).collect();
        let methods: Vec<_> = class.methods().map(|method| method.index).collect();
        assert!(attributes.is_sorted_by(|a, b| a < b), "{} {attributes:?}", class.name);
        assert!(methods.is_sorted_by(|a, b| a < b), "{} {methods:?}", class.name);
        assert!(class.attributes().all(|attribute| !attribute.doc.is_empty()), "{}", class.name);
        assert!(class.methods().all(|method| !method.doc.is_empty()), "{}", class.name);
    }
    assert_eq!(class::newest(15), Some(AssociationLn::CLASS));
    assert_eq!(class::newest(70), Some(DisconnectControl::CLASS));
    assert_eq!(class::newest(2), None);
    assert_eq!(class::newest(0), None);
    assert_eq!(class::find(3, 1), None);
}

#[test]
fn a_handle_names_attributes_and_methods_with_their_types() {
    let clock = Clock::at(obis!("0-0:1.0.0"));
    let time: Attribute<DateTime> = clock.time();
    let shift: Method<i16, ()> = clock.shift_time();
    assert_eq!((time.class_id(), time.instance(), time.index()), (8, obis!("0-0:1.0.0"), 2));
    assert_eq!((shift.class_id(), shift.instance(), shift.index()), (8, obis!("0-0:1.0.0"), 6));
    assert_eq!(clock.logical_name().index(), 1);
    assert_eq!(time.untyped(), Attribute::raw(8, obis!("0-0:1.0.0"), 2));
    assert_eq!(time.to_string(), "class 8, 0-0:1.0.0*255, attribute 2");
    assert_eq!(format!("{shift:?}"), "Method(class 8, 0-0:1.0.0*255, method 6)");
    assert_eq!(<Clock as InterfaceClass>::at(clock.instance()), clock);
}

#[test]
fn a_version_that_extends_another_has_what_that_one_has() {
    let association = AssociationLnV2::at(obis!("0-0:40.0.0"));
    assert_eq!(
        association.object_list(),
        AssociationLnV1::at(association.instance()).object_list()
    );
    assert_eq!(association.current_user().index(), 11);
    let indices: Vec<_> = AssociationLnV2::CLASS.attributes().map(|a| a.index).collect();
    assert_eq!(indices, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    let methods: Vec<_> = AssociationLnV2::CLASS.methods().map(|m| m.index).collect();
    assert_eq!(methods, [1, 2, 3, 4, 5, 6]);
    assert_eq!(AssociationLnV2::CLASS.version, 2);
    let reply = AssociationLnV2::CLASS.method_named("reply_to_hls_authentication").unwrap();
    assert_eq!(reply.result.as_deref(), Some(&Schema::Type(Tag::OCTET_STRING)));
}

#[test]
fn a_profile_buffer_is_rows_or_a_compact_array() {
    let buffer = ProfileGeneric::CLASS.attribute_named("buffer").unwrap();
    assert!(buffer.schema.accepts(&Data::Array(vec![Data::Null])).is_ok());
    let error = buffer.schema.accepts(&Data::Structure(vec![])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "array of any data or compact-array wanted, structure of 0 found"
    );
}

cosem::enumeration! {
    /// What a door is made of.
    Material: u16 { 1 Wood, 2 Steel, }
}

cosem::flags! {
    /// Where a door lets through.
    Ways: u8 { 0 In, 1 Out, }
}

cosem::structure! {
    /// A key that fits.
    DoorKey {
        /// The holder.
        r#type: u8,
        from: DateTime,
        ways: Ways,
    }
}

cosem::choice! {
    /// Who may pass.
    Guests { Nobody, One: DoorKey, Many: Array<DoorKey>, }
}

cosem::interface_class! {
    /// A door, which no standard knows.
    DoorV0 "Door" = 40_000, version 0, source "manual of the door" {
        2 material: Material;
        /// Who may pass.
        3 @ 16 guests: Guests;
        methods {
            /// Opens it for so many seconds.
            1 @ 24 open(u16) -> bool;
        }
    }
}

cosem::interface_class! {
    /// A door with a bell.
    Door "Door" = 40_000, version 1, extends DoorV0, source "manual of the door" {
        /// How often the bell was rung.
        4 @ 40 r#type: u32;
    }
}

cosem::interface_class! {
    /// Has a name only.
    Plate "Plate" = 40_001, version 0, source "manual of the door" {}
}

#[test]
fn a_class_is_declared_outside_of_the_crate() {
    let door = Door::at(obis!("0-0:96.128.0"));
    let material: Attribute<Material> = door.material();
    let open: Method<u16, bool> = door.open();
    assert_eq!((material.class_id(), material.index(), open.index()), (40_000, 2, 1));
    assert_eq!(Door::CLASS.attribute_named("type").map(|a| a.index), Some(4));
    assert_eq!(Door::CLASS.attribute(2).unwrap().short_name_offset, None);
    assert_eq!(Door::CLASS.doc, "A door with a bell.");
    assert_eq!(Material::SCHEMA.tag(), Some(Tag::LONG_UNSIGNED));
    assert_eq!(Plate::CLASS.attributes().map(|a| &*a.name).collect::<Vec<_>>(), ["logical_name"]);

    let key = DoorKey::new(1, DateTime::UNSPECIFIED, Ways::In.with(Ways::Out));
    for guests in [Guests::Nobody, Guests::One(key.clone()), Guests::Many(Array(vec![key]))] {
        assert_eq!(Guests::from_data(guests.clone().into_data()), Ok(guests));
    }
    let error = Guests::from_data(Data::Structure(vec![
        Data::Unsigned(1),
        Data::OctetString(vec![0; 12]),
        Data::Enum(1),
    ]));
    assert_eq!(error.unwrap_err().to_string(), "ways: unsigned (Ways) wanted, enum 1 found");
}

#[test]
fn a_class_read_at_run_time_is_of_the_same_type_as_a_declared_one() {
    let material = Enumeration {
        name: String::from("Material").into(),
        doc: String::from("What a door is made of.").into(),
        carrier: Tag::LONG_UNSIGNED,
        labels: vec![
            Label { value: 1, name: String::from("Wood").into(), doc: String::new().into() },
            Label { value: 2, name: String::from("Steel").into(), doc: String::new().into() },
        ]
        .into(),
    };
    let owned = ClassDescriptor {
        id: 40_000,
        version: 0,
        name: String::from("Door").into(),
        doc: String::from("A door, which no standard knows.").into(),
        source: String::from("manual of the door").into(),
        extends: None,
        own_attributes: vec![
            ClassAttribute {
                index: 2,
                short_name_offset: None,
                name: String::from("material").into(),
                doc: String::new().into(),
                schema: Schema::Enumeration(material.into()).into(),
            },
            ClassAttribute {
                index: 3,
                short_name_offset: Some(16),
                name: String::from("guests").into(),
                doc: String::from("Who may pass.").into(),
                schema: Shared::Borrowed(Guests::SCHEMA),
            },
        ]
        .into(),
        own_methods: vec![ClassMethod {
            index: 1,
            short_name_offset: Some(24),
            name: String::from("open").into(),
            doc: String::from("Opens it for so many seconds.").into(),
            parameter: Schema::Type(Tag::LONG_UNSIGNED).into(),
            result: Some(Schema::Type(Tag::BOOLEAN).into()),
        }]
        .into(),
    };
    assert_eq!(&owned, DoorV0::CLASS);
    let schema = &owned.attribute_named("material").unwrap().schema;
    assert!(schema.accepts(&Data::LongUnsigned(7)).is_ok());
    assert!(schema.accepts_exactly(&Data::LongUnsigned(7)).is_err());
}

/// The registry of classes beside the repository.
struct Registry {
    classes: Vec<Value>,
    types: Vec<Value>,
    enums: Vec<Value>,
    units: Vec<Value>,
}

impl Registry {
    fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/spec/registry")
    }

    fn read() -> Option<Self> {
        let rows = |file: &str, key: &str| {
            let text = fs::read_to_string(Self::folder().join(file)).ok()?;
            let table: Table = text.parse().expect("the registry is TOML");
            table[key].as_array().cloned()
        };
        Some(Self {
            classes: rows("interface_classes.toml", "class")?,
            types: rows("interface_classes.toml", "type")?,
            enums: rows("enums.toml", "enum")?,
            units: rows("units.toml", "unit")?,
        })
    }

    /// What the class says otherwise than the registry.
    fn differences(&self, class: &ClassDescriptor) -> Vec<String> {
        let at = format!("{} v{}", class.name, class.version);
        let mut found = Vec::new();
        let Some(row) = by(&self.classes, "class_id", i64::from(class.id)) else {
            return vec![format!("{at}: class {} is not in the registry", class.id)];
        };
        if text(row, "name") != class.name {
            found.push(format!("{at}: named {} in the registry", text(row, "name")));
        }
        let versions = row["version"].as_array().expect("versions");
        let Some(version) = by(versions, "version", i64::from(class.version)) else {
            found.push(format!("{at}: the registry has no such version"));
            return found;
        };
        let attributes = class.attributes().map(|attribute| Part {
            index: attribute.index,
            name: &attribute.name,
            offset: attribute.short_name_offset,
            types: vec![("type", Some(&attribute.schema))],
        });
        let methods = class.methods().map(|method| Part {
            index: method.index,
            name: &method.name,
            offset: method.short_name_offset,
            types: vec![("param", Some(&method.parameter)), ("returns", method.result.as_ref())],
        });
        self.compare_parts(
            &at,
            class.id,
            ("attribute", version, "attributes"),
            attributes,
            &mut found,
        );
        self.compare_parts(&at, class.id, ("method", version, "methods"), methods, &mut found);
        found
    }

    /// What is no attribute's and no method's type of the classes declared, but that of a selector.
    fn differences_of_selectors(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (schema, name) in [
            (RangeDescriptor::SCHEMA, "range_descriptor"),
            (EntryDescriptor::SCHEMA, "entry_descriptor"),
        ] {
            self.compare(schema, name, "", name, &mut found);
        }
        found
    }

    fn compare_parts<'a>(
        &self,
        at: &str,
        class_id: u16,
        (kind, version, key): (&str, &Value, &str),
        parts: impl Iterator<Item = Part<'a>>,
        found: &mut Vec<String>,
    ) {
        let rows = version[key].as_array().expect("rows");
        let mut declared = Vec::new();
        for part in parts {
            declared.push(i64::from(part.index));
            let at = format!("{at}, {kind} {}", part.index);
            let Some(row) = by(rows, "i", i64::from(part.index)) else {
                found.push(format!("{at}: not in the registry"));
                continue;
            };
            if text(row, "name") != part.name {
                found.push(format!(
                    "{at}: named {}, {} in the registry",
                    part.name,
                    text(row, "name")
                ));
            }
            let offset = row.get("sn").and_then(Value::as_integer);
            if offset != part.offset.map(i64::from) {
                found.push(format!(
                    "{at}: short name at {:?}, {offset:?} in the registry",
                    part.offset
                ));
            }
            let used_by = format!("{class_id}.{}", part.index);
            for (key, schema) in part.types {
                match (schema, row.get(key).and_then(Value::as_str)) {
                    (None, None) => {}
                    (Some(schema), Some(expression)) => {
                        self.compare(schema, expression, &used_by, &at, found);
                    }
                    (schema, expression) => {
                        let schema = schema.map(ToString::to_string);
                        found.push(format!(
                            "{at}: {key} {schema:?}, {expression:?} in the registry"
                        ));
                    }
                }
            }
        }
        for row in rows {
            let index = row["i"].as_integer().expect("index");
            if !declared.contains(&index) {
                found.push(format!("{at}: {kind} {index} {} is missing", text(row, "name")));
            }
        }
    }

    /// Compares a type with a type expression of the registry, down to members and labels.
    fn compare(
        &self,
        schema: &Schema,
        expression: &str,
        used_by: &str,
        at: &str,
        found: &mut Vec<String>,
    ) {
        let named = self.types.iter().find(|row| text(row, "name") == expression);
        if let Some(alias) = named.filter(|row| text(row, "kind") == "alias") {
            return self.compare(schema, text(alias, "type"), used_by, at, found);
        }
        let (name, size, argument) = parse(expression);
        let same = match (schema, name, size, argument) {
            (Schema::Structure(structure), ..) if named.is_some() => {
                return self.compare_members(
                    structure,
                    &named.unwrap()["fields"],
                    used_by,
                    at,
                    found,
                );
            }
            (Schema::Array(element), "array", _, Some(argument)) => {
                return self.compare(element, argument, used_by, &format!("{at}[]"), found);
            }
            (Schema::Simple, "choice", _, Some(argument)) => {
                let simple = Schema::SIMPLE_TYPES.iter().filter_map(|tag| tag.name());
                split(argument).into_iter().eq(simple)
            }
            (Schema::Choice(choice), "choice", _, Some(argument)) => {
                let expressions = split(argument);
                for (alternative, expression) in choice.alternatives.iter().zip(&expressions) {
                    let at = format!("{at}.{}", alternative.name);
                    self.compare(&alternative.schema, expression, used_by, &at, found);
                }
                choice.alternatives.len() == expressions.len()
            }
            (Schema::Enumeration(unit), "enum", _, Some("unit")) => {
                let codes = self.units.iter().map(|row| row["code"].as_integer().expect("code"));
                codes.eq(unit.labels.iter().map(|label| label.value))
            }
            (Schema::Enumeration(enumeration), "enum", _, Some(argument)) => {
                enumeration.carrier == Tag::ENUM
                    && self.has_labels(argument, "enum", &enumeration.labels)
            }
            (Schema::Flags(flags), "enum", _, Some(argument)) => {
                flags.carrier == Tag::ENUM && self.has_labels(argument, "bits", &flags.labels)
            }
            (Schema::Flags(flags), primitive, None, None) => {
                flags.carrier.name() == Some(primitive)
                    && self.enums.iter().any(|row| {
                        uses(row, used_by)
                            && self.has_labels(text(row, "name"), "bits", &flags.labels)
                    })
            }
            (Schema::DateTime, "octet-string", _, Some("date-time"))
            | (Schema::Date, "octet-string", _, Some("date"))
            | (Schema::Time, "octet-string", _, Some("time"))
            | (Schema::Any, "any", None, None) => true,
            (Schema::Sized { tag, min, max }, name, Some(size), None) => {
                tag.name() == Some(name) && *size == format!("{min}") && min == max
            }
            (Schema::Type(tag), name, None, None) => tag.name() == Some(name),
            _ => false,
        };
        if !same {
            found.push(format!("{at}: {schema}, {expression} in the registry"));
        }
    }

    fn compare_members(
        &self,
        structure: &Structure,
        fields: &Value,
        used_by: &str,
        at: &str,
        found: &mut Vec<String>,
    ) {
        let fields = fields.as_array().expect("fields");
        let names = |rows: &[String]| rows.join(", ");
        let declared: Vec<_> =
            structure.members.iter().map(|member| member.name.to_string()).collect();
        let wanted: Vec<_> = fields.iter().map(|row| text(row, "name").to_owned()).collect();
        if declared != wanted {
            let (declared, wanted) = (names(&declared), names(&wanted));
            found.push(format!("{at}: members {declared}; {wanted} in the registry"));
            return;
        }
        for (member, row) in structure.members.iter().zip(fields) {
            let at = format!("{at}.{}", member.name);
            self.compare(&member.schema, text(row, "type"), used_by, &at, found);
        }
    }

    fn has_labels(&self, name: &str, kind: &str, labels: &[Label]) -> bool {
        let Some(row) = self.enums.iter().find(|row| text(row, "name") == name) else {
            return false;
        };
        let values = row["values"].as_array().expect("values").iter();
        let plain = |name: &str| name.replace('_', "").to_lowercase();
        text(row, "kind") == kind
            && values
                .map(|value| (value["value"].as_integer(), plain(text(value, "name"))))
                .eq(labels.iter().map(|label| (Some(label.value), plain(&label.name))))
    }
}

/// An attribute or a method.
struct Part<'a> {
    index: i8,
    name: &'a str,
    offset: Option<u16>,
    /// The key of the registry that gives the type, and the type.
    types: Vec<(&'static str, Option<&'a Shared<Schema>>)>,
}

fn by<'a>(rows: &'a [Value], key: &str, number: i64) -> Option<&'a Value> {
    rows.iter().find(|row| row[key].as_integer() == Some(number))
}

fn text<'a>(row: &'a Value, key: &str) -> &'a str {
    row.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn uses(row: &Value, used_by: &str) -> bool {
    let list = row.get("used_by").and_then(Value::as_array);
    list.is_some_and(|list| list.iter().any(|entry| entry.as_str() == Some(used_by)))
}

/// The name, the size and the argument of `name[size]<argument>`.
fn parse(expression: &str) -> (&str, Option<&str>, Option<&str>) {
    let (head, argument) = match expression.split_once('<') {
        Some((head, rest)) => (head, rest.strip_suffix('>')),
        None => (expression, None),
    };
    match head.split_once('[') {
        Some((name, size)) => (name, size.strip_suffix(']'), argument),
        None => (head, None, argument),
    }
}

/// The alternatives of a choice: what stands between the bars that are in no brackets.
fn split(argument: &str) -> Vec<&str> {
    let mut depth = 0_i32;
    argument
        .split(|character: char| {
            depth += i32::from(character == '<') - i32::from(character == '>');
            character == '|' && depth == 0
        })
        .collect()
}

#[test]
fn the_units_of_the_schema_are_those_of_the_table() {
    let Schema::Enumeration(units) = Unit::SCHEMA else {
        panic!("Unit is no enumeration");
    };
    assert_eq!(units.labels.len(), Unit::ALL.len());
    let watt_hour = units.label(30).unwrap();
    assert_eq!((&*watt_hour.name, &*watt_hour.doc), ("Wh", "active_energy: watt hour"));
    assert_eq!(Obis::SCHEMA.to_string(), "octet-string of 6 octets");
}
