//! What the reader knows better: buttons at an incident, and a list of all that was said, to take it back.

use yew::prelude::*;

use crate::app::overrule::Overrule;
use crate::app::state::Change;
use crate::app::widget::shown;
use crate::engine::settings::Settings;
use crate::worker::view::Incident;

/// Scanners that one button names.
const MAX_SCANNERS: usize = 8;

/// What can be said about an incident.
pub fn offers(incident: &Incident, on: &Callback<Change>) -> Html {
    let Some(ways) = &incident.ways else {
        return Html::default();
    };
    let host = |text: &str| {
        text.rsplit_once(':')
            .map_or(text, |(host, _)| host)
            .trim_matches(['[', ']'])
            .to_string()
    };
    let is_address = |text: &String| text.parse::<std::net::IpAddr>().is_ok();
    let (initiator, responder) = (host(&ways.initiator), host(&ways.responder));
    let (from_ours, to_ours) = match incident.direction.as_str() {
        "inbound" | "to_firewall" => (false, true),
        "outbound" | "from_firewall" => (true, false),
        "internal" => (true, true),
        _ => (false, false),
    };
    let role = |host: &String, is_ours: bool| {
        let make = if is_ours {
            Overrule::Theirs
        } else {
            Overrule::Ours
        };
        is_address(host).then(|| make(host.clone()))
    };
    let mut all: Vec<Vec<Overrule>> = Vec::new();
    all.extend(role(&initiator, from_ours).map(|one| vec![one]));
    all.extend(role(&responder, to_ours).map(|one| vec![one]));
    all.extend(
        incident
            .service
            .clone()
            .filter(|text| text.contains(|letter: char| letter.is_ascii_digit()))
            .map(|text| vec![Overrule::Service(text)]),
    );
    let scanners: Vec<Overrule> = incident
        .initiators
        .iter()
        .filter(|text| is_address(text))
        .take(MAX_SCANNERS)
        .cloned()
        .map(Overrule::Scanner)
        .collect();
    if !scanners.is_empty() && incident.verdict != "V05" {
        all.push(scanners);
    }
    if all.is_empty() {
        return Html::default();
    }
    html! {
        <details class="twin overrule" data-testid="overrule">
            <summary>{"Not right? Say what you know"}</summary>
            <div class="actions">
                { for all.into_iter().map(|said| {
                    let label = match said.as_slice() {
                        [one] => one.words(),
                        some => format!("These {} are scanners", some.len()),
                    };
                    let on = on.clone();
                    let onclick = Callback::from(move |_: MouseEvent| {
                        for one in &said {
                            on.emit(Change::Overrule(one.clone(), true));
                        }
                    });
                    html! { <button type="button" class="button small" {onclick}>{shown(&label)}</button> }
                }) }
            </div>
            <p class="soft">{"Everything is judged again at once; what you said stands above the answer and can be taken back."}</p>
        </details>
    }
}

/// All that was said.
pub fn overrules_panel(settings: &Settings, on: &Callback<Change>) -> Html {
    let all = Overrule::all(settings);
    if all.is_empty() {
        return Html::default();
    }
    html! {
        <section class="said" aria-label="What you said" data-testid="overrules">
            <span class="soft">{"You said:"}</span>
            <ul class="chips">{ for all.into_iter().map(|one| {
                let text = one.words();
                let on = on.clone();
                let onclick = Callback::from(move |_: MouseEvent| on.emit(Change::Overrule(one.clone(), false)));
                html! { <li><button type="button" class="chip" {onclick} aria-label={format!("Take back: {text}")}>{shown(&text)}<span aria-hidden="true">{"×"}</span></button></li> }
            }) }</ul>
        </section>
    }
}
