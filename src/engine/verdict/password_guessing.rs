//! V15: somebody tries passwords.
//!
//! Sees     What the detector of that name marked: many short, allowed connections to one login service.
//! Matters  The firewall lets them through, so only the password stands between them and the machine.
//! Misses   Slow guessing. The log of the service itself decides.

use super::Rule;
use super::group::Group;
use super::scene::{Case, Marks};
use crate::engine::dataset::{Direction, Incident, Outcome, Severity, Verdict};
use crate::engine::detect::password_guessing::{is_measured, is_short};
use crate::engine::explain::{checks, words};
use crate::engine::format::Topic;
use crate::engine::model::stamp;

pub struct PasswordGuessing;

impl Rule for PasswordGuessing {
    fn verdict(&self) -> Verdict {
        Verdict::PasswordGuessing
    }

    fn holds(&self, case: &Case<'_>) -> bool {
        case.marks.has(Marks::GUESSING)
    }

    fn outcome(&self, _case: &Case<'_>) -> Outcome {
        Outcome::Worked
    }

    fn severity(&self, group: &Group<'_>) -> Severity {
        let is_known = |idx: &u32| is_measured(group.data, *idx);
        match group.direction {
            Direction::Outbound | Direction::Internal if !group.sessions.iter().any(is_known) => {
                Severity::Look
            }
            _ => Severity::Act,
        }
    }

    fn tell(&self, group: &Group<'_>, incident: &mut Incident) {
        let ours = matches!(
            group.direction,
            Direction::Outbound | Direction::Internal | Direction::FromFirewall
        );
        let long: Vec<u32> = group
            .sessions
            .iter()
            .copied()
            .filter(|idx| !is_short(group.data, *idx))
            .collect();
        let n_tries = group.n() - long.len() as u64;
        incident.numbers.insert("attempts", n_tries as i64);
        let times = words::times(n_tries);
        let clients = words::capital(&group.clients());
        let length = group.span();
        let within = if length >= stamp::SECOND {
            format!(" within {}", group.spell(incident, length))
        } else {
            String::new()
        };
        incident.headline = if ours {
            format!(
                "{clients} opened {} {times}, as a program does that guesses passwords: find out which program it is.",
                group.servers()
            )
        } else {
            format!(
                "{clients} opened {} {times}; that looks like password guessing, and the firewall lets it through.",
                group.servers()
            )
        };
        let measured = |idx: &u32| is_measured(group.data, *idx);
        let (moment, each) = if group.sessions.iter().all(measured) {
            (
                ", each time only for a moment",
                "each over within seconds or with next to nothing moved",
            )
        } else {
            ("", "how long each of them took is not in the lines")
        };
        let mut sentence = format!(
            "{clients} tried {times} to log in by {} on {}{within}{moment}; people do not work like that, programs that \
             guess passwords do. {}",
            group.service(),
            group.targets(),
            if ours {
                "The machine that does it is yours: a backup or monitoring job with an old password, or a program that \
                 somebody else put there."
            } else {
                "Look into the login log of the service, and let only those reach it who need it."
            }
        );
        if !long.is_empty() {
            let n_long = long.len() as u64;
            incident.numbers.insert("long", n_long as i64);
            let lasted = words::count(n_long, "connection lasted", "connections lasted");
            let them = words::plural(n_long, "it", "them");
            sentence = format!(
                "{sentence} {lasted} longer than the others: look at {them} first, a guess may have been right."
            );
        }
        incident.sentence = sentence;
        let text = format!(
            "{} to the same login service, all allowed; {each}.",
            words::count(n_tries, "connection", "connections")
        );
        incident
            .evidence_for
            .insert(0, group.stated("short_logins", 0, text));
        if !long.is_empty() {
            let text = format!(
                "{} lasted longer, as after a login that worked.",
                words::count(long.len() as u64, "connection", "connections")
            );
            let mut reason = group.stated("long_login", 0, text);
            reason.sessions = long.into_iter().take(super::group::MAX_CITED).collect();
            incident.evidence_for.push(reason);
        }
        incident.alternatives.push(
            "A program that logs in by itself again and again (backup, monitoring, file transfer), perhaps with a password \
             that is no longer valid, makes the same picture; the login log shows which name was tried."
                .into(),
        );
        if ours {
            checks::look(
                incident,
                "on the machine that does it",
                "ss -tnp",
                "Names the program behind the connections (Windows: netstat -anob).",
            );
        }
        let (command, why) = if group.port == Some(3389) {
            (
                "Get-WinEvent -FilterHashtable @{LogName='Security'; Id=4625} -MaxEvents 50",
                "Lists failed logins with the name that was tried and the address it came from.",
            )
        } else {
            (
                "journalctl -u ssh -u sshd --since today | grep -E 'Failed|Accepted'",
                "Shows which names were tried, and whether one was let in. Other services have a log of their own.",
            )
        };
        checks::look(incident, "on the machine that is tried", command, why);
        checks::add(group, incident, &[Topic::Rules]);
    }
}
