//! The answer for a person, told once: `page.rs` sets it as text, as Markdown, or as a document of its own.

use super::clean::visible;
use super::page::Page;
pub use super::page::Style;
use super::report::{devices, shown};
use super::sessions::places;
use crate::engine::dataset::{Dataset, Incident, Reasoned, Severity};
use crate::engine::explain::headline;
use crate::engine::explain::words::number;
use crate::engine::model::{Micros, ports, proto, stamp};
use crate::engine::normal::Changes;
use crate::engine::session::beat::NO_TIME;
use crate::engine::summary::directions::label;
use crate::engine::summary::filter::Filter;
use crate::engine::summary::filter::words::{incident_words, outcome_words, verdict_words};
use crate::engine::summary::{Index, Summary, summarize};
use std::io::{self, Write};

/// Incidents that are told in full; the rest are counted, because nobody reads more.
const MAX_INCIDENTS: usize = 12;
/// Changes that are told one by one.
const MAX_CHANGES: usize = 25;
/// Lines named for one statement.
const MAX_PLACES: usize = 5;
/// Shapes of unknown lines that are shown.
const MAX_SHAPES: usize = 5;

pub fn write(
    out: &mut dyn Write,
    data: &Dataset,
    index: &Index,
    filter: &Filter,
    style: Style,
) -> io::Result<()> {
    write_with(out, data, index, filter, style, Besides::default())
}

/// What an answer may hold beside the log's own story.
#[derive(Clone, Copy, Default)]
pub struct Besides<'a> {
    /// What differs from another log.
    pub changes: Option<&'a Changes>,
    /// Draws the numbers, for a document.
    pub draw: Option<Draw<'a>>,
}

pub type Draw<'a> = &'a dyn Fn(&Summary) -> Vec<Picture>;

/// SVG with the tokens of the page's style.
pub struct Picture {
    pub title: &'static str,
    pub svg: String,
}

pub fn write_with(
    out: &mut dyn Write,
    data: &Dataset,
    index: &Index,
    filter: &Filter,
    style: Style,
    besides: Besides<'_>,
) -> io::Result<()> {
    let summary = summarize(data, index, filter);
    let mut page = Page::new(style);
    page.title(&headline(data));
    page.facts(data, &summary);
    let list = shown(data, index, filter);
    for incident in list.iter().take(MAX_INCIDENTS) {
        page.incident(data, incident);
    }
    if list.len() > MAX_INCIDENTS {
        page.heading("More");
        for incident in &list[MAX_INCIDENTS..] {
            page.item(&format!(
                "{} ({})",
                visible(&incident.headline),
                count(incident.n_lines, "line")
            ));
        }
    }
    if let Some(changes) = besides.changes {
        page.changes(changes);
    }
    if let (Style::Html, Some(draw)) = (style, besides.draw) {
        page.heading("Pictures");
        for picture in draw(&summary) {
            page.label(picture.title);
            page.picture(&picture.svg);
        }
    }
    page.totals(data, &summary);
    if !data.limits.is_empty() {
        page.heading("Limits");
        data.limits
            .iter()
            .for_each(|limit| page.item(&visible(limit)));
    }
    out.write_all(page.finish().as_bytes())
}

impl Page {
    fn changes(&mut self, changes: &Changes) {
        self.heading("Beside the normal day");
        self.paragraph(&changes.headline());
        for change in changes.list.iter().take(MAX_CHANGES) {
            self.item(&change.sentence);
        }
        let n_more =
            (changes.list.len() as u64 + changes.n_beyond).saturating_sub(MAX_CHANGES as u64);
        if n_more > 0 {
            self.item(&format!("{} more; --json has them.", number(n_more)));
        }
        changes.limits.iter().for_each(|limit| self.item(limit));
    }

    fn facts(&mut self, data: &Dataset, summary: &Summary) {
        let tally = &summary.tally;
        let mut facts = vec![
            count(tally.lines, "line"),
            count(tally.n_sessions, "session"),
        ];
        if let (Some(first), Some(last)) = (tally.first, tally.last) {
            facts.push(span(first, last));
        }
        let formats: Vec<String> = data.format_lines.keys().map(|id| visible(id)).collect();
        if !formats.is_empty() {
            facts.push(formats.join(", "));
        }
        let devices = devices(data);
        match devices.as_slice() {
            [] => {}
            [one] => facts.push(format!("device {}", visible(one))),
            several => facts.push(count(several.len() as u64, "device")),
        }
        if !data.roles.ours.is_empty() {
            let shown: Vec<String> = data
                .roles
                .ours
                .iter()
                .take(4)
                .map(|network| visible(network))
                .collect();
            let more = if data.roles.ours.len() > 4 {
                ", …"
            } else {
                ""
            };
            facts.push(format!("ours: {}{more}", shown.join(", ")));
        }
        if tally.n_not_understood() > 0 {
            facts.push(format!(
                "{} not understood",
                count(tally.n_not_understood(), "line")
            ));
        }
        if !summary.filter.is_empty() {
            facts.push(format!(
                "filter: {} ({} match)",
                visible(&summary.filter.to_string()),
                count(tally.matched.total(), "session")
            ));
        }
        self.paragraph(&facts.join(" · "));
    }

    fn incident(&mut self, data: &Dataset, incident: &Incident) {
        self.heading(&visible(&incident.headline));
        let mut facts = vec![
            incident_words(incident)
                .unwrap_or_else(|| verdict_words(incident.verdict))
                .to_string(),
            match incident.severity {
                Severity::None => "nothing to do".into(),
                Severity::Look => "worth a look".into(),
                Severity::Act => "needs action".into(),
            },
            count(incident.n_lines, "line"),
            count(incident.sessions.len() as u64, "session"),
        ];
        if let Some(port) = incident.port {
            let name = ports::service_name(incident.proto, port)
                .map_or_else(String::new, |name| format!(" {name}"));
            facts.push(format!("{port}/{}{name}", proto::name(incident.proto)));
        }
        if incident.first != NO_TIME {
            facts.push(span(incident.first, incident.last));
        }
        if let Some(band) = incident.band {
            facts.push(format!("sure: {}", band.name().replace('_', " ")));
        }
        self.paragraph(&facts.join(" · "));
        self.paragraph(&visible(&incident.sentence));
        if !incident.evidence_for.is_empty() {
            self.label("Why we think so");
            incident
                .evidence_for
                .iter()
                .for_each(|reason| self.reason(data, reason));
        }
        if !incident.evidence_against.is_empty() {
            self.label("What speaks against it");
            incident
                .evidence_against
                .iter()
                .for_each(|reason| self.reason(data, reason));
        }
        if !incident.alternatives.is_empty() {
            self.label("What else it could be");
            incident
                .alternatives
                .iter()
                .for_each(|text| self.item(&visible(text)));
        }
        if !incident.checks.is_empty() {
            self.label("What to check next");
            for check in &incident.checks {
                let commands: Vec<String> = check.command.lines().map(visible).collect();
                self.check(&visible(&check.place), &commands, &visible(&check.why));
            }
        }
    }

    fn reason(&mut self, data: &Dataset, reason: &Reasoned) {
        let sessions = reason
            .sessions
            .iter()
            .filter_map(|at| data.sessions.get(*at as usize));
        let places = sessions
            .filter_map(|session| places(session, data).next())
            .take(MAX_PLACES);
        let shown: Vec<String> = places
            .map(|(place, line)| {
                let source = data
                    .sources
                    .get(usize::from(place.source()))
                    .map_or("?", |source| source.name.as_str());
                format!("{}:{}", visible(source), u64::from(line) + 1)
            })
            .collect();
        let lines = if shown.is_empty() {
            String::new()
        } else {
            format!(" [{}]", shown.join(", "))
        };
        self.item(&format!("{}{lines}", visible(&reason.text)));
    }

    fn totals(&mut self, data: &Dataset, summary: &Summary) {
        self.heading("Totals");
        let tally = &summary.tally;
        for row in summary
            .directions
            .rows
            .iter()
            .filter(|row| !row.split.is_empty())
        {
            let parts: Vec<String> = row
                .split
                .parts()
                .map(|(outcome, n)| format!("{} {}", number(n), outcome_words(outcome)))
                .collect();
            self.item(&format!(
                "{}: {} ({})",
                label(row.direction),
                count(row.split.total(), "session"),
                parts.join(", ")
            ));
        }
        let services: Vec<String> = summary
            .ports
            .rows
            .iter()
            .take(8)
            .map(|row| {
                let name = row
                    .name
                    .as_deref()
                    .map_or_else(String::new, |name| format!(" {name}"));
                format!("{}{name} {}", row.label(), number(row.split.total()))
            })
            .collect();
        if !services.is_empty() {
            self.item(&format!("services: {}", services.join(", ")));
        }
        self.item(&format!(
            "lines: {} = {} with events, {} other, {} malformed, {} foreign, {} blank",
            number(tally.lines),
            number(tally.event_lines),
            number(tally.other),
            number(tally.malformed),
            number(tally.foreign),
            number(tally.blank),
        ));
        let unknown = data.unknown.ranked();
        for (_, shape) in unknown.iter().take(MAX_SHAPES) {
            self.item(&format!(
                "{} of no known format like {}",
                count(shape.n_lines, "line"),
                visible(&shape.pattern)
            ));
        }
        if unknown.len() > MAX_SHAPES {
            self.item(&format!(
                "and {} more like these; summary has all",
                count((unknown.len() - MAX_SHAPES) as u64, "shape")
            ));
        }
    }
}

fn span(first: Micros, last: Micros) -> String {
    let minute = |ts: Micros| stamp::rfc3339(ts)[..19].replace('T', " ");
    let (first, last) = (minute(first), minute(last));
    match (first.split_once(' '), last.split_once(' ')) {
        _ if first == last => format!("{first} UTC"),
        (Some((day, _)), Some((last_day, time))) if day == last_day => {
            format!("{first} to {time} UTC")
        }
        _ => format!("{first} to {last} UTC"),
    }
}

fn count(n: u64, noun: &str) -> String {
    format!("{} {noun}{}", number(n), if n == 1 { "" } else { "s" })
}
