//! Reads the generated tables.
//!
//! They are part of the program, so a line that cannot be read is a fault of the generator; it is
//! skipped here, and the tests beside count what was read.

use std::collections::HashMap;

use super::{
    CHOICE, Definitions, Element, ElementType, Member, Node, NodeId, Primitive, Target, TypeKind,
    ValueSet,
};

struct TypeLines {
    name: &'static str,
    kind: TypeKind,
    base: &'static str,
    /// Elements with their path within the type, in the order of the definition.
    elements: Vec<(&'static str, Element)>,
}

pub(super) fn definitions(structure: &'static str, codes: &'static str) -> Definitions {
    let (lines, patterns) = type_lines(structure);
    let mut layout = Layout::default();
    for type_lines in &lines {
        layout.reserve(type_lines);
    }
    let inherited: HashMap<&str, &TypeLines> =
        lines.iter().map(|lines| (lines.name, lines)).collect();
    let mut nodes: Vec<Node> = layout
        .slots
        .iter()
        .map(|slot| Node {
            path: slot.path.clone(),
            type_code: slot.type_code,
            elements: ancestors_elements(slot.base, &inherited),
            members: Vec::new(),
        })
        .collect();
    for type_lines in &lines {
        for (path, element) in &type_lines.elements {
            let parent = layout.parent(type_lines.name, path);
            if let Some(node) = parent.and_then(|id| nodes.get_mut(id.0 as usize)) {
                node.elements.push(element.clone());
            }
        }
    }
    for node in &mut nodes {
        node.members = layout.members(node);
    }
    Definitions {
        types: lines
            .iter()
            .filter_map(|lines| Some((lines.name, (lines.kind, *layout.paths.get(lines.name)?))))
            .collect(),
        paths: layout.paths,
        nodes,
        value_sets: value_sets(codes),
        patterns,
    }
}

type Patterns = HashMap<&'static str, &'static str>;

fn type_lines(structure: &'static str) -> (Vec<TypeLines>, Patterns) {
    let mut lines: Vec<TypeLines> = Vec::new();
    let mut patterns = HashMap::new();
    for line in structure.lines() {
        let mut fields = line.split('\t');
        let mut field = || fields.next().unwrap_or("");
        match field() {
            "P" => {
                patterns.insert(field(), field());
            }
            "T" => lines.push(TypeLines {
                name: field(),
                kind: match field() {
                    "resource" => TypeKind::Resource,
                    "abstract" => TypeKind::Abstract,
                    _ => TypeKind::Datatype,
                },
                base: field(),
                elements: Vec::new(),
            }),
            "E" => {
                let path = field();
                if let Some(owner) = lines.last_mut() {
                    owner.elements.push((path, element(path, &mut field)));
                }
            }
            _ => {}
        }
    }
    (lines, patterns)
}

fn element(path: &'static str, field: &mut impl FnMut() -> &'static str) -> Element {
    let (min, max) = field().split_once("..").unwrap_or(("0", "*"));
    let types = field();
    let flags = field();
    let content_reference = types.strip_prefix('#');
    Element {
        name: path.rsplit('.').next().unwrap_or(path),
        min: min.parse().unwrap_or(0),
        max: max.parse().ok(),
        types: match content_reference {
            Some(_) => Vec::new(),
            None => types.split(' ').map(element_type).collect(),
        },
        content_reference,
        is_modifier: flags.contains('!'),
        is_summary: flags.contains('s'),
        required_value_set: Some(field()).filter(|url| !url.is_empty()),
    }
}

fn element_type(text: &'static str) -> ElementType {
    match text.split_once('(') {
        None => ElementType {
            code: text,
            targets: Vec::new(),
        },
        Some((code, targets)) => ElementType {
            code,
            targets: targets.trim_end_matches(')').split('|').collect(),
        },
    }
}

/// What every heir of an abstract type has: `id`, `extension`, `contained`, …
fn ancestors_elements(base: &str, types: &HashMap<&str, &TypeLines>) -> Vec<Element> {
    let Some(lines) = types
        .get(base)
        .filter(|lines| lines.kind == TypeKind::Abstract)
    else {
        // `Age` is a `Quantity` that repeats all of its elements, and lacks only the root's.
        return match types.get(base) {
            Some(lines) => ancestors_elements(lines.base, types),
            None => Vec::new(),
        };
    };
    let mut elements = ancestors_elements(lines.base, types);
    elements.extend(lines.elements.iter().map(|(_, element)| element.clone()));
    elements
}

struct Slot {
    path: Box<str>,
    type_code: &'static str,
    base: &'static str,
}

/// Which node stands where.
#[derive(Default)]
struct Layout {
    slots: Vec<Slot>,
    paths: HashMap<Box<str>, NodeId>,
}

impl Layout {
    fn reserve(&mut self, lines: &TypeLines) {
        self.push(lines.name.into(), lines.name, lines.base);
        for (path, element) in &lines.elements {
            if let Some(kind) = element.types.first().filter(|kind| has_children(kind.code)) {
                let full = format!("{}.{path}", lines.name).into_boxed_str();
                self.push(full, kind.code, kind.code);
            }
        }
    }

    fn push(&mut self, path: Box<str>, type_code: &'static str, base: &'static str) {
        let id = NodeId(u32::try_from(self.slots.len()).unwrap_or(u32::MAX));
        self.paths.insert(path.clone(), id);
        self.slots.push(Slot {
            path,
            type_code,
            base,
        });
    }

    fn parent(&self, type_name: &str, path: &str) -> Option<NodeId> {
        match path.rsplit_once('.') {
            Some((parent, _)) => self.paths.get(format!("{type_name}.{parent}").as_str()),
            None => self.paths.get(type_name),
        }
        .copied()
    }

    fn members(&self, node: &Node) -> Vec<Member> {
        let mut members = Vec::with_capacity(node.elements.len());
        for (at, element) in node.elements.iter().enumerate() {
            if let Some(path) = element.content_reference {
                if let Some(id) = self.paths.get(path) {
                    members.push(Member {
                        name: element.name.into(),
                        element: at,
                        type_code: "BackboneElement",
                        type_index: 0,
                        target: Target::Node(*id),
                    });
                }
                continue;
            }
            for (type_index, kind) in element.types.iter().enumerate() {
                if let Some(target) = self.target(node, element, kind.code) {
                    members.push(Member {
                        name: member_name(element, kind.code),
                        element: at,
                        type_code: kind.code,
                        type_index,
                        target,
                    });
                }
            }
        }
        members.sort_by(|a, b| a.name.cmp(&b.name));
        members
    }

    fn target(&self, node: &Node, element: &Element, code: &str) -> Option<Target> {
        if has_children(code) {
            let path = format!("{}.{}", node.path, element.name);
            return self.paths.get(path.as_str()).map(|id| Target::Node(*id));
        }
        if code == "Resource" {
            return Some(Target::Resource);
        }
        if let Some(primitive) = Primitive::from_name(code) {
            return Some(Target::Primitive(primitive));
        }
        self.paths.get(code).map(|id| Target::Node(*id))
    }
}

/// `Element` and `BackboneElement` as a type mean: the children stand in the same definition.
fn has_children(type_code: &str) -> bool {
    matches!(type_code, "Element" | "BackboneElement")
}

/// `value[x]` as `Quantity` is `valueQuantity`.
fn member_name(element: &Element, code: &str) -> Box<str> {
    let Some(stem) = element.name.strip_suffix(CHOICE) else {
        return element.name.into();
    };
    let mut name = String::with_capacity(stem.len() + code.len());
    name.push_str(stem);
    let mut letters = code.chars();
    name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
    name.push_str(letters.as_str());
    name.into()
}

fn value_sets(codes: &'static str) -> HashMap<&'static str, ValueSet> {
    let mut sets = HashMap::new();
    let mut current = "";
    for line in codes.lines() {
        let mut fields = line.split('\t');
        match (fields.next(), fields.next()) {
            (Some("V"), Some(url)) => {
                current = url;
                sets.insert(
                    url,
                    ValueSet {
                        systems: Vec::new(),
                    },
                );
            }
            (Some("C"), Some(system)) => {
                if let Some(set) = sets.get_mut(current) {
                    set.systems.push((system, fields.collect()));
                }
            }
            _ => {}
        }
    }
    sets
}
