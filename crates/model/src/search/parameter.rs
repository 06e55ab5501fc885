//! The official search parameters of a resource type, typed and ready to be evaluated.

use serde_json::Value;

use crate::definitions::{SearchComponent, SearchParameter, r4, search_parameters};

use super::path::{Item, Path, paths};

/// What a parameter's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    String,
    /// A code, identifier, telecom or boolean.
    Token,
    /// A date or a period.
    Date,
    /// A reference.
    Reference,
    /// A number with a unit.
    Quantity,
    /// A number.
    Number,
    /// A URI.
    Uri,
    /// Several at once, of one thing.
    Composite,
}

/// A search parameter of one resource type.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// The name in a query, for example `birthdate`.
    pub code: &'static str,
    /// What its values are.
    pub kind: Kind,
    /// The types that a reference may lead to; empty for any.
    pub targets: Vec<&'static str>,
    /// What it selects.
    pub paths: Vec<Path>,
    /// Of a composite: what is asked of each thing it selects.
    pub parts: Vec<Parameter>,
    resource_type: &'static str,
}

impl Parameter {
    /// The parameter of that name; `None` where R4 has none, and for those Haven does not evaluate:
    /// special ones, composites whose parts lie elsewhere in the resource, and phonetic matching.
    #[must_use]
    pub fn of(resource_type: &str, code: &str) -> Option<Self> {
        let resource_type = r4().resource_types().find(|name| *name == resource_type)?;
        let own = |parameter: &&SearchParameter| parameter.base.contains(&resource_type);
        let named = || search_parameters(resource_type).filter(|found| found.code == code);
        let official = named().find(own).or_else(|| named().next())?;
        let kind = match official.kind {
            "string" if code == "phonetic" => return None,
            "string" => Kind::String,
            "token" => Kind::Token,
            "date" => Kind::Date,
            "reference" => Kind::Reference,
            "quantity" => Kind::Quantity,
            "number" => Kind::Number,
            "uri" => Kind::Uri,
            "composite" => Kind::Composite,
            _ => return None,
        };
        let paths = paths(official.expression, resource_type)?;
        let parts = official
            .components
            .iter()
            .map(|component| part(component, resource_type))
            .collect::<Option<Vec<_>>>()?;
        if kind == Kind::Composite && parts.len() < 2 {
            return None;
        }
        Some(Self {
            code: official.code,
            kind,
            targets: official.targets.clone(),
            paths,
            parts,
            resource_type,
        })
    }

    /// The resource type it searches.
    #[must_use]
    pub fn resource_type(&self) -> &'static str {
        self.resource_type
    }

    /// The types that its paths lead to, where each names one; else all its targets.
    pub(super) fn selected_targets(&self) -> Vec<&'static str> {
        let named: Option<Vec<_>> = self.paths.iter().map(Path::resolves_to).collect();
        named.unwrap_or_else(|| self.targets.clone())
    }

    /// The one element whose references it takes, where that is all it does, with the one type it
    /// takes of them.
    #[must_use]
    pub fn reference_member(&self) -> Option<(&'static str, Option<&'static str>)> {
        match self.paths.as_slice() {
            [path] if self.kind == Kind::Reference => path.member_resolving(),
            _ => None,
        }
    }

    /// Whether its references may lead to that type.
    #[must_use]
    pub fn may_refer_to(&self, target: &str) -> bool {
        self.kind == Kind::Reference && (self.targets.is_empty() || self.targets.contains(&target))
    }

    /// What it selects from an item on, as a part of a composite.
    pub(super) fn items_from<'a>(&self, item: Item<'a>) -> Vec<Item<'a>> {
        self.paths
            .iter()
            .flat_map(|path| path.select_from(item))
            .collect()
    }

    /// Of a composite of the resource itself: the code of the parameter that its first part is, which
    /// every match meets too.
    #[must_use]
    pub fn leading_part(&self) -> Option<&Parameter> {
        let whole = self.paths.iter().all(|path| path.is_whole());
        self.parts.first().filter(|_| whole)
    }

    /// What it selects of a resource of its type.
    #[must_use]
    pub fn items<'a>(&self, resource: &'a Value) -> Vec<Item<'a>> {
        self.paths
            .iter()
            .filter(|path| !path.presence)
            .flat_map(|path| path.select(resource, self.resource_type))
            .collect()
    }

    /// For a parameter that asks only whether there is something: whether there is.
    pub(super) fn presence(&self, resource: &Value) -> Option<bool> {
        let path = self.paths.iter().find(|path| path.presence)?;
        let found = path.select(resource, self.resource_type);
        Some(found.iter().any(|item| item.value != &Value::Bool(false)))
    }

    /// The one member of the resource that it searches, where that is all it does, as the type given.
    #[must_use]
    pub fn only_member(&self, type_code: &str) -> Option<&'static str> {
        let [path] = self.paths.as_slice() else {
            return None;
        };
        if let Some((stem, cast)) = path.only_member_as() {
            return (cast == type_code).then_some(stem);
        }
        let member = path.only_member()?;
        let node = r4().type_node(self.resource_type)?;
        (node.member(member)?.type_code == type_code).then_some(member)
    }
}

/// A part of a composite; `None` where it is told from elsewhere than the thing selected, or where the
/// published definition names parts of the wrong kinds (`relationship` of DocumentReference).
fn part(component: &SearchComponent, resource_type: &'static str) -> Option<Parameter> {
    let kind = match component.kind {
        "token" => Kind::Token,
        "quantity" => Kind::Quantity,
        "date" => Kind::Date,
        "string" => Kind::String,
        "number" => Kind::Number,
        _ => return None,
    };
    let paths = paths(component.expression, resource_type)?;
    (!component.expression.starts_with('%') && !paths.is_empty()).then(|| Parameter {
        code: component.code,
        kind,
        targets: Vec::new(),
        paths,
        parts: Vec::new(),
        resource_type,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_official_parameter_is_understood() {
        let (mut known, mut left_out) = (0, Vec::new());
        for resource_type in r4().resource_types() {
            for official in search_parameters(resource_type) {
                match Parameter::of(resource_type, official.code) {
                    Some(parameter) => {
                        assert!(
                            !parameter.paths.is_empty(),
                            "{resource_type}.{}",
                            official.code
                        );
                        known += 1;
                    }
                    None => left_out.push((official.kind, official.code)),
                }
            }
        }
        assert!(known > 2000, "{known} parameters of 146 types");
        left_out.retain(|(kind, code)| {
            let told_elsewhere = [
                "relationship",
                "chromosome-variant-coordinate",
                "referenceseqid-variant-coordinate",
            ];
            *kind != "special" && *code != "phonetic" && !told_elsewhere.contains(code)
        });
        assert!(left_out.is_empty(), "not understood: {left_out:?}");
    }

    #[test]
    fn expressions_select_what_they_say() {
        let patient = json!({"resourceType": "Patient", "id": "p",
            "telecom": [{"system": "phone", "value": "1"}, {"system": "email", "value": "2"}],
            "deceasedDateTime": "2020"});
        let selected = |code: &str| {
            let parameter = Parameter::of("Patient", code).expect("known");
            parameter.items(&patient).len()
        };
        assert_eq!(
            (selected("telecom"), selected("phone"), selected("email")),
            (2, 1, 1)
        );
        assert_eq!(selected("death-date"), 1, "a choice is cast");
        let deceased = Parameter::of("Patient", "deceased").expect("known");
        assert_eq!(deceased.presence(&patient), Some(true));
        assert_eq!(
            deceased.presence(&json!({"deceasedBoolean": false})),
            Some(false)
        );
        let visit = json!({"subject": {"reference": "Group/g"}});
        let patient = Parameter::of("Encounter", "patient").expect("known");
        assert!(patient.items(&visit).is_empty(), "a group is no patient");
        let subject = Parameter::of("Encounter", "subject").expect("known");
        assert_eq!(subject.items(&visit).len(), 1);
        assert_eq!(subject.only_member("Reference"), Some("subject"));
    }
}
