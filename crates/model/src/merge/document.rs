//! The members of a text, unread, and which of them a side has exactly as the base has them.

use super::scan::Scanner;

/// With more members than these the quick way is none.
const MOST_MEMBERS: usize = 200;

/// How far ahead the base's items are looked at, where some were changed.
const MOST_MISSES: usize = 30;

/// One document, cut into the members of its outermost object.
pub(super) struct Document<'t> {
    pub members: Vec<Member<'t>>,
}

/// A member as it is written.
#[derive(Clone)]
pub(super) struct Member<'t> {
    pub name: &'t str,
    /// Name and value.
    pub text: &'t str,
    pub value: &'t str,
    /// The items, where it is a list that was cut up.
    pub items: Option<Vec<Item<'t>>>,
    /// The base's member that it repeats byte for byte.
    pub same: Option<usize>,
}

/// An item of a list, as it is written.
#[derive(Clone, Copy)]
pub(super) struct Item<'t> {
    pub text: &'t str,
    /// Where it stands in its document.
    pub start: usize,
    /// The base's item that it repeats byte for byte.
    pub same: Option<usize>,
}

impl<'t> Document<'t> {
    /// Cuts up a text, beside the base where it is a side's. `None` for what is no object, is not
    /// well-formed, repeats a name, has very many members or writes names with escapes.
    ///
    /// `lists` says whether lists are cut into items too.
    pub fn of(text: &'t str, base: Option<&Document<'t>>, lists: bool) -> Option<Self> {
        let mut scanner = Scanner::new(text);
        let mut members: Vec<Member<'t>> = Vec::with_capacity(16);
        let mut expected = 0;
        scanner.space();
        scanner.expect(b'{')?;
        scanner.space();
        if scanner.expect(b'}').is_none() {
            loop {
                let member = match base.and_then(|base| base.repeated(&mut scanner, expected)) {
                    Some(member) => member,
                    None => Self::own(&mut scanner, base, lists)?,
                };
                let twin = member.same.or_else(|| base?.place(member.name));
                if let Some(twin) = twin {
                    expected = twin + 1;
                }
                if members.len() >= MOST_MEMBERS
                    || members.iter().any(|other| other.name == member.name)
                {
                    return None;
                }
                members.push(member);
                if !scanner.another(b'}')? {
                    break;
                }
            }
        }
        scanner.space();
        scanner.peek().is_none().then_some(Self { members })
    }

    pub fn member(&self, name: &str) -> Option<&Member<'t>> {
        self.members.iter().find(|member| member.name == name)
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.members.iter().position(|member| member.name == name)
    }

    /// The member that should come next or the one behind it, where it stands here as it is.
    fn repeated(&self, scanner: &mut Scanner<'t>, expected: usize) -> Option<Member<'t>> {
        (expected..expected + 2).find_map(|at| {
            let member = self.members.get(at)?;
            scanner.repeats(member.text).then_some(Member {
                same: Some(at),
                items: None,
                ..*member
            })
        })
    }

    fn own(scanner: &mut Scanner<'t>, base: Option<&Self>, lists: bool) -> Option<Member<'t>> {
        let start = scanner.at();
        let name = scanner.name()?;
        let from = scanner.at();
        let mut items = None;
        if lists && scanner.peek()? == b'[' {
            let twin = base.and_then(|base| base.member(name)?.items.as_deref());
            items = Some(cut(scanner, twin.unwrap_or_default())?);
        } else {
            scanner.skip(1)?;
        }
        Some(Member {
            name,
            text: scanner.since(start)?,
            value: scanner.since(from)?,
            items,
            same: None,
        })
    }
}

/// Cuts a list into its items, beside the base's.
fn cut<'t>(scanner: &mut Scanner<'t>, base: &[Item<'t>]) -> Option<Vec<Item<'t>>> {
    let mut items = Vec::new();
    let (mut expected, mut misses) = (0, 0);
    scanner.expect(b'[')?;
    scanner.space();
    if scanner.expect(b']').is_some() {
        return Some(items);
    }
    loop {
        let start = scanner.at();
        let last = expected + misses + 2;
        let twin = (expected..last).find_map(|at| {
            let item = base.get(at)?;
            scanner.repeats(item.text).then_some((at, item.text))
        });
        let item = match twin {
            Some((at, text)) => {
                (expected, misses) = (at + 1, 0);
                Item {
                    text,
                    start,
                    same: Some(at),
                }
            }
            None => {
                scanner.skip(2)?;
                misses = (misses + 1).min(MOST_MISSES);
                Item {
                    text: scanner.since(start)?,
                    start,
                    same: None,
                }
            }
        };
        items.push(item);
        if !scanner.another(b']')? {
            return Some(items);
        }
    }
}
