//! The headline, and what the answer stands on.

use yew::prelude::*;

use crate::app::state::{Change, LinesAsk, Sheet};
use crate::app::widget::{shown, told};
use crate::app::words;
use crate::worker::view::{LinesOf, Report};

pub fn headline(report: &Report, zone: &str, cleaned: &[String], on: &Callback<Change>) -> Html {
    let settings = {
        let on = on.clone();
        Callback::from(move |_: MouseEvent| on.emit(Change::Sheet(Some(Sheet::Settings))))
    };
    let title_of_unread = if report.tally.n_unread() > 0 {
        "Lines that were not understood"
    } else {
        "Lines that were read by a guess"
    };
    let unread = {
        let on = on.clone();
        Callback::from(move |_: MouseEvent| {
            on.emit(Change::Show(LinesAsk {
                of: LinesOf::Unread,
                title: title_of_unread.into(),
                first: 0,
            }));
        })
    };
    let tally = report.tally;
    let (title, rest) = title(&report.headline);
    let span = match (&report.first, &report.last) {
        (Some(first), Some(last)) => Some(format!("{} {}", words::span(first, last), zone)),
        _ => None,
    };
    html! {
        <section class="headline" aria-live="polite">
            <div data-testid="headline">
                <h1>{shown(title)}</h1>
                if !rest.is_empty() {
                    {" "}<p class="lead">{shown(rest)}</p>
                }
            </div>
            <div class="chips facts" data-testid="tally">
                <span class="chip" title={tally_sentence(report)}>{words::counted(tally.lines, "line", "lines")}</span>
                <span class="chip">{words::counted(report.n_sessions, "connection", "connections")}</span>
                { for report.formats.iter().take(2).map(|(title, _)| html! { <span class="chip">{told(title)}</span> }) }
                { for report.devices.first().map(|device| html! { <span class="chip">{told(device)}</span> }) }
                if let Some(span) = span { <span class="chip">{span}</span> }
                <button type="button" class="chip" onclick={settings} data-testid="ours" title="Which networks are ours, and the time zone">
                    { ours(&report.ours) }<span aria-hidden="true">{"✎"}</span>
                </button>
                if tally.n_unread() > 0 {
                    <button type="button" class="chip" onclick={unread.clone()} data-testid="unread" title="Show them, with the reason for each">
                        {format!("{} not understood", words::counted(tally.n_unread(), "line", "lines"))}
                    </button>
                } else if report.n_guessed == 0 {
                    <span class="chip">{"every line understood"}</span>
                }
                if report.n_guessed > 0 && tally.n_unread() == 0 {
                    <button type="button" class="chip" onclick={unread} title="Show what they look like, and say what they hold">
                        {format!("{} read by a guess", words::counted(report.n_guessed, "line", "lines"))}
                    </button>
                }
            </div>
            if !cleaned.is_empty() {
                <p class="soft limit">{format!("Cleaned up before reading: {}.", cleaned.join("; "))}</p>
            }
            { for report.limits.iter().map(|limit| html! { <p class="soft limit">{shown(limit)}</p> }) }
        </section>
    }
}

/// The first sentence stands large; a short one takes the next along.
fn title(headline: &str) -> (&str, &str) {
    const LONG: usize = 70;
    const TOO_LONG: usize = 150;
    let ends = headline.match_indices(". ").map(|(at, _)| at + 1);
    let mut cut = None;
    for end in ends {
        match cut {
            Some(before) if end > TOO_LONG || before > LONG => break,
            _ => cut = Some(end),
        }
    }
    match cut {
        Some(at) => (&headline[..at], headline[at..].trim_start()),
        None => (headline, ""),
    }
}

fn ours(networks: &[String]) -> Html {
    match networks {
        [] => html! { {"ours: cannot tell"} },
        [one] => html! { <>{"ours: "}{told(one)}</> },
        [one, rest @ ..] => {
            html! { <>{"ours: "}{told(one)}{format!(" and {} more", rest.len())}</> }
        }
    }
}

/// All counts of lines in one sentence; they add up.
pub fn tally_sentence(report: &Report) -> String {
    let tally = report.tally;
    format!(
        "{} = {} with traffic + {} about other things + {} damaged + {} of no known format + {} blank; {}",
        words::counted(tally.lines, "line", "lines"),
        words::count(tally.event_lines),
        words::count(tally.other),
        words::count(tally.malformed),
        words::count(tally.foreign),
        words::count(tally.blank),
        words::counted(tally.events, "event", "events"),
    )
}
