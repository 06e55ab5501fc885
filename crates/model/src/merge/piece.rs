//! Three versions of one thing, and the smallest piece that is merged as a whole.

use serde_json::{Map, Value};

/// The common ancestor and the two sides.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Three<T> {
    pub base: T,
    pub local: T,
    pub remote: T,
}

impl<T> Three<T> {
    pub fn map<'s, U>(&'s self, mut of: impl FnMut(&'s T) -> U) -> Three<U> {
        Three {
            base: of(&self.base),
            local: of(&self.local),
            remote: of(&self.remote),
        }
    }

    pub fn all(&self) -> [&T; 3] {
        [&self.base, &self.local, &self.remote]
    }

    pub fn of(&self, side: Side) -> &T {
        match side {
            Side::Base => &self.base,
            Side::Local => &self.local,
            Side::Remote => &self.remote,
        }
    }

    pub fn of_mut(&mut self, side: Side) -> &mut T {
        match side {
            Side::Base => &mut self.base,
            Side::Local => &mut self.local,
            Side::Remote => &mut self.remote,
        }
    }
}

/// One of the three versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Base,
    Local,
    Remote,
}

/// Members of an object that only move together (`birthDate` with `_birthDate`, all spellings of
/// one choice), or one list item, whose member name is empty. No member at all: absent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Piece<'a>(pub Vec<(&'a str, &'a Value)>);

impl<'a> Piece<'a> {
    pub fn item(value: Option<&'a Value>) -> Self {
        Self(value.map(|value| ("", value)).into_iter().collect())
    }

    pub fn is_absent(&self) -> bool {
        self.0.is_empty()
    }

    /// The value, where there is exactly one member and it is no sibling of a primitive.
    pub fn single(&self) -> Option<&'a Value> {
        match self.0.as_slice() {
            [(name, value)] if !name.starts_with('_') => Some(value),
            _ => None,
        }
    }

    /// The values of the members that are not siblings of a primitive.
    pub fn values(&self) -> impl Iterator<Item = &'a Value> {
        self.0
            .iter()
            .filter(|(name, _)| !name.starts_with('_'))
            .map(|(_, value)| *value)
    }

    fn member(&self, name: &str) -> Option<&'a Value> {
        self.0
            .iter()
            .find(|(member, _)| *member == name)
            .map(|(_, value)| *value)
    }

    /// As an object of its members, `null` when absent.
    fn wrapped(&self) -> Value {
        if self.is_absent() {
            return Value::Null;
        }
        let members: Map<String, Value> = self
            .0
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).clone()))
            .collect();
        Value::Object(members)
    }
}

impl PartialEq for Piece<'_> {
    /// Equal in content: member order does not matter, the digits of a number do.
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len()
            && self
                .0
                .iter()
                .all(|(name, value)| other.member(name) == Some(*value))
    }
}

impl Three<Piece<'_>> {
    /// The three as values for a person: plain where that says everything, else as objects that
    /// name the members (`{"valueString": "x"}`, `{"given": […], "_given": […]}`).
    pub fn shown(&self) -> Three<Value> {
        self.plain().unwrap_or_else(|| self.map(Piece::wrapped))
    }

    /// The three as plain values, `None` where that would hide a difference.
    pub fn plain(&self) -> Option<Three<Value>> {
        let visible = self.map(|piece| {
            let members = piece.0.iter().filter(|(name, value)| {
                !(name.starts_with('_')
                    && self
                        .all()
                        .iter()
                        .all(|other| other.member(name) == Some(*value)))
            });
            Piece(members.copied().collect())
        });
        let plain = visible.map(|piece| piece.single().cloned().unwrap_or(Value::Null));
        let hides = |one: Side, other: Side| {
            plain.of(one) == plain.of(other) && visible.of(one) != visible.of(other)
        };
        let unclear = visible
            .all()
            .iter()
            .any(|piece| !piece.is_absent() && piece.single().is_none())
            || hides(Side::Base, Side::Local)
            || hides(Side::Base, Side::Remote)
            || hides(Side::Local, Side::Remote);
        (!unclear).then_some(plain)
    }
}

/// One text for equal content: members sorted, numbers as written.
pub(crate) fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write_canonical(value, &mut text);
    text
}

fn write_canonical(value: &Value, text: &mut String) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(flag) => text.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => text.push_str(number.as_str()),
        Value::String(string) => write_string(string, text),
        Value::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                write_canonical(item, text);
            }
            text.push(']');
        }
        Value::Object(members) => {
            let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
            sorted.sort_unstable_by_key(|(name, _)| *name);
            text.push('{');
            for (at, (name, member)) in sorted.into_iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                write_string(name, text);
                text.push(':');
                write_canonical(member, text);
            }
            text.push('}');
        }
    }
}

/// Quotes so that no two texts are written alike; it need not be JSON.
fn write_string(string: &str, text: &mut String) {
    text.push('"');
    let mut rest = string;
    while let Some(at) = rest.find(['"', '\\']) {
        let (plain, special) = rest.split_at(at);
        text.push_str(plain);
        text.push('\\');
        text.push_str(special.get(..1).unwrap_or_default());
        rest = special.get(1..).unwrap_or_default();
    }
    text.push_str(rest);
    text.push('"');
}

/// Which of two values of equal content to keep, the same whichever side is called local.
pub(crate) fn earlier_text<'a>(one: &'a Value, other: &'a Value) -> &'a Value {
    if written_alike(one, other) || text_of(one) <= text_of(other) {
        one
    } else {
        other
    }
}

fn text_of(value: &Value) -> String {
    value.to_string()
}

/// Whether two values of equal content are also written in the same order.
fn written_alike(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Array(one), Value::Array(other)) => one
            .iter()
            .zip(other)
            .all(|(one, other)| written_alike(one, other)),
        (Value::Object(one), Value::Object(other)) => {
            one.iter()
                .zip(other)
                .all(|((name, one), (other_name, other))| {
                    name == other_name && written_alike(one, other)
                })
        }
        _ => true,
    }
}
