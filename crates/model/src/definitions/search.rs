//! The search parameters that R4 defines.

use std::sync::OnceLock;

/// One search parameter, as HL7 defines it.
#[derive(Debug)]
pub struct SearchParameter {
    /// The name in a query, for example `birthdate`.
    pub code: &'static str,
    /// `token`, `date`, `string`, `reference`, `quantity`, `number`, `uri`, `composite`, `special`.
    pub kind: &'static str,
    /// The resource types it searches; `Resource` and `DomainResource` stand for all.
    pub base: Vec<&'static str>,
    /// For a reference: the types it may lead to.
    pub targets: Vec<&'static str>,
    /// The FHIRPath of what it searches.
    pub expression: &'static str,
    /// Of a composite: what is asked at once of each thing that the expression selects.
    pub components: Vec<SearchComponent>,
}

/// A part of a composite search parameter.
#[derive(Debug)]
pub struct SearchComponent {
    /// The code of the parameter that defines it.
    pub code: &'static str,
    /// Its kind, as of a parameter.
    pub kind: &'static str,
    /// The FHIRPath of it, from what the composite selects on.
    pub expression: &'static str,
}

impl SearchParameter {
    fn searches(&self, resource_type: &str) -> bool {
        self.base
            .iter()
            .any(|base| [resource_type, "Resource", "DomainResource"].contains(base))
    }
}

/// The search parameters of a resource type, the common ones included, sorted by code.
pub fn search_parameters(
    resource_type: &str,
) -> impl Iterator<Item = &'static SearchParameter> + '_ {
    static ALL: OnceLock<Vec<SearchParameter>> = OnceLock::new();
    ALL.get_or_init(|| {
        include_str!("r4-search.tsv")
            .lines()
            .filter_map(read)
            .collect()
    })
    .iter()
    .filter(move |parameter| parameter.searches(resource_type))
}

fn component(text: &'static str) -> Option<SearchComponent> {
    let mut parts = text.splitn(3, ';');
    Some(SearchComponent {
        code: parts.next()?,
        kind: parts.next()?,
        expression: parts.next()?,
    })
}

fn read(line: &'static str) -> Option<SearchParameter> {
    let mut fields = line.strip_prefix("S\t")?.split('\t');
    let mut field = || fields.next();
    Some(SearchParameter {
        code: field()?,
        kind: field()?,
        base: field()?.split(' ').collect(),
        targets: field()?.split_whitespace().collect(),
        expression: field()?,
        components: fields.filter_map(component).collect(),
    })
}
