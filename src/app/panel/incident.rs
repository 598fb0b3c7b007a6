//! One thing that happened: the sentence, how sure, both arrows, reasons, alternatives, next steps, lines.

use std::fmt::Write;
use std::rc::Rc;

use yew::prelude::*;

use super::overrules;
use super::picture::PicturePanel;
use super::ways::ways_picture;
use crate::app::state::{Change, LinesAsk};
use crate::app::widget::{Copy, shown};
use crate::app::words;
use crate::worker::look::{Look, Looked, has_picture};
use crate::worker::view::{Check, Incident, LinesOf};

#[derive(Properties, PartialEq)]
pub struct Props {
    pub incident: Incident,
    /// The first one stands open; the others open on a click.
    pub is_open: bool,
    /// Its picture, once there is one.
    #[prop_or_default]
    pub looked: Option<Rc<Looked>>,
    pub on: Callback<Change>,
}

#[component]
pub fn IncidentCard(props: &Props) -> Html {
    let incident = &props.incident;
    let is_open = use_state_eq(|| props.is_open);
    let toggle = {
        let is_open = is_open.clone();
        Callback::from(move |_: MouseEvent| is_open.set(!*is_open))
    };
    {
        let (on, id) = (props.on.clone(), incident.id.clone());
        let wants = *is_open && has_picture(&incident.verdict);
        use_effect_with((wants, id), move |(wants, id)| {
            let look = Look::Picture(id.clone());
            if *wants {
                on.emit(Change::Look(look.clone(), true));
            }
            let wants = *wants;
            move || {
                if wants {
                    on.emit(Change::Look(look, false));
                }
            }
        });
    }
    let body_id = format!("incident-{}", incident.id);
    html! {
        <article class={classes!("card", "incident", format!("o-{}", incident.outcome), format!("s-{}", incident.severity))} data-testid="incident"
            data-verdict={incident.verdict.clone()}>
            <p class="badge"><span class="dot" aria-hidden="true"></span>{badge(incident)}</p>
            <h3>
                <button type="button" class="opener" aria-expanded={is_open.to_string()} aria-controls={body_id.clone()} onclick={toggle}>
                    {shown(&incident.headline)}
                </button>
            </h3>
            <ul class="meta">
                <li>{words::counted(incident.n_lines, "line", "lines")}</li>
                <li>{words::counted(incident.n_sessions, "connection", "connections")}</li>
                if let (Some(first), Some(last)) = (&incident.first, &incident.last) {
                    <li>{words::span(first, last)}</li>
                }
                <li>{"sure: "}<b>{band_word(&incident.band)}</b>{strongest(incident)}</li>
            </ul>
            if *is_open {
                <div id={body_id} class="incident-body">{body(incident, props.looked.as_ref(), &props.on)}</div>
            }
        </article>
    }
}

fn body(incident: &Incident, looked: Option<&Rc<Looked>>, on: &Callback<Change>) -> Html {
    let only = {
        let (on, filter) = (on.clone(), incident.filter.clone());
        Callback::from(move |_: MouseEvent| on.emit(Change::Filter(filter.clone())))
    };
    let lines = show(
        on,
        LinesOf::Incident {
            id: incident.id.clone(),
        },
        &incident.headline,
    );
    html! {
        <>
            if !incident.sentence.is_empty() {
                <p class="sentence">{shown(&incident.sentence)}</p>
            }
            if let Some(ways) = &incident.ways { {ways_picture(ways)} }
            if let Some(looked) = looked {
                <PicturePanel looked={Rc::clone(looked)} on={on.clone()} />
            }
            <div class="why" data-testid="evidence">
                {reasons(incident, false, on)}
                {reasons(incident, true, on)}
            </div>
            if !incident.alternatives.is_empty() {
                <div class="else">
                    <h4>{"What else it could be, and what would decide"}</h4>
                    <ul class="dots">{ for incident.alternatives.iter().map(|text| html! { <li>{shown(text)}</li> }) }</ul>
                </div>
            }
            if !incident.checks.is_empty() {
                <div class="checks" data-testid="checks">
                    <h4>{"What to check next"}</h4>
                    <ol>{ for incident.checks.iter().take(CHECKS_SHOWN).map(check) }</ol>
                    if incident.checks.len() > CHECKS_SHOWN {
                        <details class="twin">
                            <summary>{words::counted((incident.checks.len() - CHECKS_SHOWN) as u64, "more check", "more checks")}</summary>
                            <ol>{ for incident.checks.iter().skip(CHECKS_SHOWN).map(check) }</ol>
                        </details>
                    }
                </div>
            }
            <div class="actions">
                <button type="button" class="button" onclick={lines}>{
                    if incident.n_lines == 1 { "Show the line".to_string() } else { format!("Show the {} lines", words::count(incident.n_lines)) }
                }</button>
                <button type="button" class="button quiet" onclick={only}>{"Show only these"}</button>
                <Copy text={as_text(incident)} label="Copy as text" />
            </div>
            {overrules::offers(incident, on)}
        </>
    }
}

/// Statements for or against; each can show the lines that it stands on.
fn reasons(incident: &Incident, against: bool, on: &Callback<Change>) -> Html {
    let (title, list, nothing) = if against {
        (
            "What speaks against it",
            &incident.evidence_against,
            "Nothing in this log.",
        )
    } else {
        (
            "Why we think so",
            &incident.evidence_for,
            "Nothing but the shape of the traffic.",
        )
    };
    html! {
        <div>
            <h4>{title}</h4>
            if list.is_empty() {
                <p class="soft">{nothing}</p>
            }
            <ul class="dots">
                { for list.iter().enumerate().map(|(nth, reason)| {
                    let of = LinesOf::Reason { incident: incident.id.clone(), against, nth: nth as u32 };
                    html! {
                        <li>{shown(&reason.text)}
                            if reason.has_lines {
                                {" "}<button type="button" class="linkish" onclick={show(on, of, &reason.text)}>{"lines"}</button>
                            }
                        </li>
                    }
                }) }
            </ul>
        </div>
    }
}

fn check(check: &Check) -> Html {
    html! {
        <li>
            <p class="how">
                if check.command.is_empty() {
                    <span>{shown(&check.place)}</span>
                } else {
                    <code>{check.command.clone()}</code><Copy text={check.command.clone()} />
                }
            </p>
            <p class="soft">{with_code(&check.why)}</p>
        </li>
    }
}

fn show(on: &Callback<Change>, of: LinesOf, title: &str) -> Callback<MouseEvent> {
    let (on, ask) = (
        on.clone(),
        LinesAsk {
            of,
            title: title.to_string(),
            first: 0,
        },
    );
    Callback::from(move |_: MouseEvent| on.emit(Change::Show(ask.clone())))
}

/// Checks that stand open; more of them would push everything else off the screen.
const CHECKS_SHOWN: usize = 4;

fn badge(incident: &Incident) -> String {
    let severity = match incident.severity.as_str() {
        "act" => "do something",
        "look" => "worth a look",
        _ => "nothing to fear",
    };
    let name = incident.verdict_name.as_str();
    let what = match (&incident.words, incident.direction.as_str()) {
        (Some(words), _) => words,
        (None, "to_firewall") if name == "blocked_internal" => "Refused at the firewall",
        _ => verdict_words(name),
    };
    format!("{what} · {severity}")
}

/// A verdict in plain words.
pub fn verdict_words(name: &str) -> &str {
    match name {
        "orphaned_reply" => "Replies blocked",
        "blocked_inbound" => "Visitors refused",
        "blocked_outbound" => "Our machines refused",
        "blocked_internal" => "Refused inside",
        "scan" => "Scan",
        "backscatter" => "Echoes of a foreign attack",
        "allowed_normal" => "Worked normally",
        "allowed_unanswered" => "Allowed, no answer",
        "stateless_return_blocked" => "Answers blocked by a rule",
        "impossible_packet" => "Impossible packet",
        "refused" => "Refused by the server",
        "local_discovery" => "Local discovery",
        "network_error" => "Network error report",
        "late_datagram_reply" => "Late answer",
        "password_guessing" => "Password guessing",
        "beacon" => "Regular call-home",
        "peer_to_peer" => "Peer to peer",
        "heavy_transfer" => "Heavy transfer",
        "watch_list" => "On your watch list",
        "new_or_rare" => "New or rare",
        "service_port_as_source" => "Service port as sender",
        "helper_channel_blocked" => "Side channel blocked",
        "half_seen" => "Only half seen",
        "not_enough" => "Cannot tell",
        other => other,
    }
}

pub fn band_word(band: &str) -> &str {
    if band == "cannot_tell" {
        "cannot tell"
    } else {
        band
    }
}

fn strongest(incident: &Incident) -> Html {
    match incident
        .evidence_for
        .iter()
        .max_by_key(|reason| reason.weight.abs())
    {
        Some(reason) if !reason.text.is_empty() => {
            html! { <>{", "}{shown(&lowered(&reason.text))}</> }
        }
        _ => Html::default(),
    }
}

/// Words between backticks are commands.
fn with_code(text: &str) -> Html {
    text.split('`')
        .enumerate()
        .map(|(nth, part)| {
            if nth % 2 == 1 {
                html! { <code>{part.to_string()}</code> }
            } else {
                shown(part)
            }
        })
        .collect()
}

/// The first clause, fit to go on after a comma. Dots inside of addresses end nothing.
fn lowered(text: &str) -> String {
    let ends = [". ", "; "].iter().filter_map(|end| text.find(end)).min();
    let clause = text
        .get(..ends.unwrap_or(text.len()))
        .unwrap_or(text)
        .trim_end_matches(['.', ';']);
    let mut letters = clause.chars();
    match letters.next() {
        Some(first)
            if letters
                .as_str()
                .starts_with(|next: char| next.is_lowercase() || next == ' ') =>
        {
            first.to_lowercase().collect::<String>() + letters.as_str()
        }
        _ => clause.to_string(),
    }
}

/// For a ticket.
fn as_text(incident: &Incident) -> String {
    let mut text = format!("{}\n{}\n", incident.headline, incident.sentence);
    let mut list = |title: &str, items: Vec<String>| {
        if !items.is_empty() {
            let _ = writeln!(text, "\n{title}");
            for item in items {
                let _ = writeln!(text, "- {item}");
            }
        }
    };
    list(
        "Why we think so",
        incident
            .evidence_for
            .iter()
            .map(|reason| reason.text.clone())
            .collect(),
    );
    list(
        "What speaks against it",
        incident
            .evidence_against
            .iter()
            .map(|reason| reason.text.clone())
            .collect(),
    );
    list("What else it could be", incident.alternatives.clone());
    list(
        "What to check next",
        incident
            .checks
            .iter()
            .map(|check| {
                let what = if check.command.is_empty() {
                    &check.place
                } else {
                    &check.command
                };
                format!("{what}: {}", check.why)
            })
            .collect(),
    );
    text
}
