//! The configuration of how records travel and stay.

use haven_app::{AppError, ConfigChangesAnswer, Session};

use super::tell;
use crate::answer::Answer;
use crate::arguments::ConfigCommand;

/// The exit status of a check that found something wrong: that of an invalid argument.
const EXIT_INVALID: u8 = 2;

/// Shows, checks, previews or applies.
pub fn run(session: &Session, command: &ConfigCommand) -> Result<Answer, AppError> {
    match command {
        ConfigCommand::Show => {
            let answer = session.config()?;
            if let Some(words) = answer.metered_words {
                tell(words);
            }
            Ok(Answer::of(&answer))
        }
        ConfigCommand::Check { file } => {
            let answer = session.check_config(file)?;
            for problem in &answer.problems {
                tell(&format!("{} {}", problem.path, problem.message));
            }
            let (words, status) = if answer.valid {
                ("The configuration can be applied.", 0)
            } else {
                ("The configuration cannot be applied.", EXIT_INVALID)
            };
            Ok(Answer::with_words(&answer, words).exiting(status))
        }
        ConfigCommand::Preview { file } => Ok(changes(&session.preview_config(file)?)),
        ConfigCommand::Apply { file } => Ok(changes(&session.apply_config(file)?)),
    }
}

fn changes(answer: &ConfigChangesAnswer) -> Answer {
    let lines: Vec<&str> = answer
        .changes
        .iter()
        .map(|change| change.words.as_str())
        .chain(answer.effects.iter().map(String::as_str))
        .collect();
    let lead = match (answer.applied, lines.is_empty()) {
        (_, true) => "Nothing changes.",
        (true, false) => "Applied:",
        (false, false) => "Applying it would mean:",
    };
    let words = std::iter::once(lead)
        .chain(lines)
        .collect::<Vec<_>>()
        .join("\n");
    Answer::with_words(answer, words)
}
