//! Walking a configuration's objects, noting what is wrong and going on.

use std::cell::RefCell;

use serde_json::{Map, Value};

use super::ConfigProblem;

/// Everything found wrong so far.
#[derive(Default)]
pub(super) struct Problems(RefCell<Vec<ConfigProblem>>);

impl Problems {
    pub(super) fn note(&self, path: &str, message: impl Into<String>) {
        self.0.borrow_mut().push(ConfigProblem {
            path: path.to_owned(),
            message: message.into(),
        });
    }

    pub(super) fn into_list(self) -> Vec<ConfigProblem> {
        self.0.into_inner()
    }
}

/// One object, and where it stands.
#[derive(Clone, Copy)]
pub(super) struct Object<'a> {
    path: &'a str,
    members: &'a Map<String, Value>,
    problems: &'a Problems,
}

impl<'a> Object<'a> {
    /// The object at `path`; anything else is noted.
    pub(super) fn at(path: &'a str, value: &'a Value, problems: &'a Problems) -> Option<Self> {
        match value {
            Value::Object(members) => Some(Self {
                path,
                members,
                problems,
            }),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_) => {
                problems.note(path, "must be an object, { … }");
                None
            }
        }
    }

    /// Notes every member that is none of `allowed`.
    pub(super) fn only(&self, allowed: &[&str]) {
        for name in self.members.keys() {
            if !allowed.contains(&name.as_str()) {
                self.problems.note(
                    &self.path_of(name),
                    format!("is not known here; allowed are {}", allowed.join(", ")),
                );
            }
        }
    }

    pub(super) fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    pub(super) fn problem(&self, name: &str, message: impl Into<String>) {
        self.problems.note(&self.path_of(name), message);
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a Value> {
        self.members.get(name)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'a String> + use<'a> {
        self.members.keys()
    }

    /// Works on the object that is the member `name`, if it is there.
    pub(super) fn within(&self, name: &str, work: impl FnOnce(Object<'_>)) {
        let Some(value) = self.members.get(name) else {
            return;
        };
        let path = self.path_of(name);
        if let Some(object) = Object::at(&path, value, self.problems) {
            work(object);
        }
    }

    pub(super) fn truth(&self, name: &str) -> Option<bool> {
        let value = self.members.get(name)?;
        let read = value.as_bool();
        if read.is_none() {
            self.problem(name, "must be true or false");
        }
        read
    }

    pub(super) fn whole(&self, name: &str, least: u32, most: u32) -> Option<u32> {
        let value = self.members.get(name)?;
        let read = value
            .as_u64()
            .and_then(|number| u32::try_from(number).ok())
            .filter(|number| (least..=most).contains(number));
        if read.is_none() {
            self.problem(
                name,
                format!("must be a whole number from {least} to {most}"),
            );
        }
        read
    }

    /// A word that `read` understands.
    pub(super) fn word<T>(
        &self,
        name: &str,
        allowed: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let value = self.members.get(name)?;
        let read = value.as_str().and_then(read);
        if read.is_none() {
            self.problem(name, format!("must be {allowed}"));
        }
        read
    }
}
