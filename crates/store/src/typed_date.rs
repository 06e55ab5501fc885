//! Birth dates as people type them.

/// The ISO form, whole or cut to what was given (`1962`, `1962-07`, `1962-07-25`), of `1962`,
/// `1962-07`, `1962-07-25`, `25-Jul-1962`, `25 July 1962`, `25/07/1962` and `25.07.1962`; `None` for
/// anything else.
pub(crate) fn iso_prefix(text: &str) -> Option<String> {
    let parts: Vec<&str> = text
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|part| !part.is_empty())
        .collect();
    match *parts.as_slice() {
        [year] => year_text(year),
        [year, month] => Some(format!("{}-{}", year_text(year)?, two(month, 12)?)),
        [year, month, day] if year.len() == 4 => Some(format!(
            "{}-{}-{}",
            year_text(year)?,
            two(month, 12)?,
            two(day, 31)?
        )),
        [day, month, year] => {
            let month = month_number(month).or_else(|| two(month, 12))?;
            Some(format!("{}-{month}-{}", year_text(year)?, two(day, 31)?))
        }
        _ => None,
    }
}

fn year_text(text: &str) -> Option<String> {
    let plausible = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    (plausible && ("1800".."2200").contains(&text)).then(|| text.to_owned())
}

fn two(text: &str, most: u8) -> Option<String> {
    let number: u8 = text
        .parse()
        .ok()
        .filter(|number| (1..=most).contains(number))?;
    (text.len() <= 2).then(|| format!("{number:02}"))
}

fn month_number(text: &str) -> Option<String> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let typed = text.to_lowercase();
    let at = MONTHS
        .iter()
        .position(|month| typed.len() >= 3 && month.starts_with(&typed))?;
    Some(format!("{:02}", at + 1))
}

#[cfg(test)]
mod tests {
    use super::iso_prefix;

    #[test]
    fn a_birth_date_is_understood_however_it_is_written() {
        for typed in [
            "1962-07-25",
            "25-Jul-1962",
            "25 July 1962",
            "25/07/1962",
            "25.7.1962",
            "25 jul 1962",
        ] {
            assert_eq!(iso_prefix(typed).as_deref(), Some("1962-07-25"), "{typed}");
        }
        assert_eq!(iso_prefix("1962").as_deref(), Some("1962"));
        assert_eq!(iso_prefix("1962-07").as_deref(), Some("1962-07"));
        for other in ["Garcia", "9434765919", "45", "32/01/1962", "3000", ""] {
            assert_eq!(iso_prefix(other), None, "{other} is no date");
        }
    }
}
