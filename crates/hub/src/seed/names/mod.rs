//! Names, addresses and telephones as people of many languages write them.

mod africa_near_east;
mod asia;
mod east_europe;
mod west_europe;

use super::dice::Dice;

/// In which order a full name is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    GivenFirst,
    FamilyFirst,
    /// Family first and no space between.
    Joined,
}

/// A language's way with names and addresses.
///
/// A table of names is one string, parted by `, `. A name is written `native|latin`; one already in
/// plain Latin letters stands alone.
pub(super) struct Culture {
    pub(super) language: &'static str,
    pub(super) language_name: &'static str,
    pub(super) country: &'static str,
    /// How many patients of a hundred or so.
    pub(super) weight: u64,
    pub(super) order: Order,
    pub(super) two_surnames: bool,
    pub(super) families: &'static str,
    /// Where women's family names differ: in step with `families`. Else empty.
    pub(super) families_female: &'static str,
    pub(super) male: &'static str,
    pub(super) female: &'static str,
    pub(super) middle_male: &'static str,
    pub(super) middle_female: &'static str,
    /// `{n}` stands for the house number.
    pub(super) streets: &'static [&'static str],
    /// City, state or province (may be empty), postal code pattern.
    pub(super) cities: &'static [(&'static str, &'static str, &'static str)],
    pub(super) mobile: &'static str,
    pub(super) landline: &'static str,
    /// Pattern of a national identifier, where one is asked for.
    pub(super) national: &'static str,
}

/// Every culture of the clinic, the one most seen first.
pub(super) static CULTURES: &[&Culture] = &[
    &west_europe::SPANISH,
    &west_europe::ENGLISH,
    &west_europe::FRENCH,
    &west_europe::NORWEGIAN,
    &west_europe::GERMAN,
    &east_europe::POLISH,
    &east_europe::RUSSIAN,
    &east_europe::UKRAINIAN,
    &east_europe::GREEK,
    &africa_near_east::ARABIC,
    &africa_near_east::PERSIAN,
    &africa_near_east::TURKISH,
    &africa_near_east::AMHARIC,
    &africa_near_east::IGBO,
    &asia::HINDI,
    &asia::CHINESE,
    &asia::VIETNAMESE,
    &asia::KOREAN,
    &asia::BENGALI,
];

/// The culture of a language tag; the first one for an unknown tag.
pub(super) fn culture_of(language: &str) -> &'static Culture {
    CULTURES
        .iter()
        .find(|culture| culture.language == language)
        .copied()
        .unwrap_or(&west_europe::SPANISH)
}

/// A culture drawn by weight.
pub(super) fn draw_culture(dice: &mut Dice) -> &'static Culture {
    let total = CULTURES.iter().map(|culture| culture.weight).sum();
    let mut left = dice.below(total);
    for culture in CULTURES {
        if left < culture.weight {
            return culture;
        }
        left -= culture.weight;
    }
    &west_europe::SPANISH
}

/// A name as its owner writes it and in plain Latin letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) family: String,
    pub(super) given: Vec<String>,
    pub(super) latin_family: String,
    pub(super) latin_given: Vec<String>,
}

impl Name {
    /// Builds a name from `native|latin` pieces.
    pub(super) fn of(families: &[&str], given: &[&str]) -> Self {
        let native = |pieces: &[&str]| pieces.iter().map(|p| split(p).0.to_owned()).collect();
        let latin = |pieces: &[&str]| pieces.iter().map(|p| split(p).1.to_owned()).collect();
        let (family, latin_family): (Vec<String>, Vec<String>) =
            (native(families), latin(families));
        Self {
            family: family.join(" "),
            given: native(given),
            latin_family: latin_family.join(" "),
            latin_given: latin(given),
        }
    }

    /// The full name in reading order.
    pub(super) fn text(&self, order: Order) -> String {
        let given = self.given.join(" ");
        match order {
            Order::GivenFirst => format!("{given} {}", self.family),
            Order::FamilyFirst => format!("{} {given}", self.family),
            Order::Joined => format!("{}{}", self.family, self.given.concat()),
        }
    }

    /// Whether the native spelling lies outside the Latin script.
    pub(super) fn needs_latin(&self) -> bool {
        // The Latin blocks end at U+024F; Vietnamese adds U+1E00–U+1EFF.
        self.family.chars().any(|letter| {
            letter.is_alphabetic() && !matches!(u32::from(letter), 0..=0x24F | 0x1E00..=0x1EFF)
        })
    }
}

/// The names of a table.
fn rows(table: &'static str) -> Vec<&'static str> {
    table.split(", ").filter(|row| !row.is_empty()).collect()
}

fn split(piece: &str) -> (&str, &str) {
    piece.split_once('|').unwrap_or((piece, piece))
}

/// A name drawn from `culture`.
pub(super) fn draw_name(culture: &Culture, female: bool, dice: &mut Dice) -> Name {
    let families = if female && !culture.families_female.is_empty() {
        culture.families_female
    } else {
        culture.families
    };
    let families = rows(families);
    let mut family = vec![dice.pick(&families)];
    if culture.two_surnames {
        let second = dice.pick(&families);
        if second != family.first().copied().unwrap_or_default() {
            family.push(second);
        }
    }
    let (first, middle) = if female {
        (culture.female, culture.middle_female)
    } else {
        (culture.male, culture.middle_male)
    };
    let mut given = vec![dice.pick(&rows(first))];
    if !middle.is_empty() {
        given.push(dice.pick(&rows(middle)));
    }
    Name::of(&family, &given)
}

/// Another given name of the same culture that is easily mistaken for `name`'s: the next one that
/// begins with the same letter, else the same one again.
pub(super) fn lookalike_given(culture: &Culture, female: bool, name: &Name) -> String {
    let table = if female { culture.female } else { culture.male };
    let own = name.given.first().map_or("", String::as_str);
    let initial = own.chars().next();
    rows(table)
        .into_iter()
        .find(|piece| split(piece).0 != own && split(piece).0.chars().next() == initial)
        .map_or_else(|| paired(name), str::to_owned)
}

fn paired(name: &Name) -> String {
    let native = name.given.first().map_or("", String::as_str);
    let latin = name.latin_given.first().map_or("", String::as_str);
    format!("{native}|{latin}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_culture_is_complete() {
        for culture in CULTURES {
            let tag = culture.language;
            assert!(
                rows(culture.families).len() >= 8,
                "{tag}: enough family names"
            );
            assert!(
                rows(culture.male).len() >= 8 && rows(culture.female).len() >= 8,
                "{tag}: given names"
            );
            assert!(
                !culture.streets.is_empty() && !culture.cities.is_empty(),
                "{tag}: a place"
            );
            assert!(
                culture.families_female.is_empty()
                    || rows(culture.families_female).len() == rows(culture.families).len(),
                "{tag}: women's family names go in step with men's"
            );
            let all = [
                culture.families,
                culture.families_female,
                culture.male,
                culture.female,
                culture.middle_male,
                culture.middle_female,
            ];
            for piece in all.into_iter().flat_map(rows) {
                assert!(
                    split(piece).1.is_ascii(),
                    "{tag}: {piece} has an ASCII spelling"
                );
            }
        }
    }

    #[test]
    fn only_other_scripts_ask_for_a_latin_spelling() {
        assert!(
            !Name::of(&["Nguyễn|Nguyen"], &["Hồng|Hong"]).needs_latin(),
            "Vietnamese is Latin"
        );
        assert!(
            Name::of(&["ተስፋዬ|Tesfaye"], &["አበበ|Abebe"]).needs_latin(),
            "Ethiopic is not"
        );
    }
}
