//! `haven bench`: the figures of design §10.

use haven_app::AppError;
use haven_app::bench::{BenchAnswer, BenchOptions, bench};

use crate::answer::Answer;
use crate::arguments::bench::BenchArguments;

/// Measures in a temporary store; that of the user is not touched.
pub fn run(arguments: BenchArguments) -> Result<Answer, AppError> {
    let answer = bench(&BenchOptions {
        data: arguments.data,
        resources: arguments
            .resources
            .and_then(|resources| usize::try_from(resources).ok()),
    })?;
    let words = table(&answer);
    Ok(Answer::with_words(&answer, words))
}

fn table(answer: &BenchAnswer) -> String {
    let mut lines = vec![format!(
        "{:<32}{:>12} {:<12}{:>10}{:>9}{:>9}  met",
        "figure", "value", "unit", "target", "CPU ×", "target"
    )];
    for row in &answer.rows {
        let number = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |n| n.to_string());
        lines.push(format!(
            "{:<32}{:>12} {:<12}{:>10}{:>9}{:>9}  {}",
            row.name,
            number(row.value),
            row.unit,
            row.target,
            number(row.ratio),
            number(row.ratio_target),
            if row.met { "yes" } else { "NO" }
        ));
        if let Some(note) = &row.note {
            lines.push(format!("    {note}"));
        }
    }
    lines.push(format!("{}, commit {}", answer.machine, answer.commit));
    lines.join("\n")
}
