//! The connections that match the filter: a window onto millions of rows, and one of them opened.

use std::rc::Rc;

use web_sys::HtmlElement;
use yew::prelude::*;

use super::incident::{band_word, verdict_words};
use crate::app::filter;
use crate::app::state::{Change, LinesAsk};
use crate::app::widget::{shown, told};
use crate::app::words;
use crate::worker::view::{Column, Detail, Evidence, LinesOf, Row, Rows, Sort};

/// Rows on screen; the style sheet gives each the height below.
pub const VISIBLE_ROWS: u32 = 14;
const ROW_PX: f64 = 36.0;
/// Browsers draw elements up to some 30 million pixels high; past this the scroll bar maps to rows by ratio.
const MAX_RUNWAY_PX: f64 = 8_000_000.0;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub rows: Option<Rc<Rows>>,
    pub n_all: u64,
    pub first_row: u32,
    pub sort: Sort,
    pub open_row: Option<AttrValue>,
    pub detail: Option<Rc<Detail>>,
    pub is_filtered: bool,
    pub on: Callback<Change>,
}

#[component]
pub fn SessionsPanel(props: &Props) -> Html {
    let scroller = use_node_ref();
    let runway = use_node_ref();
    let n_matching = props.rows.as_ref().map_or(0, |rows| rows.n_matching);
    let hidden_rows = n_matching.saturating_sub(VISIBLE_ROWS);
    let runway_px = (f64::from(hidden_rows) * ROW_PX).min(MAX_RUNWAY_PX);

    // The policy refuses `style` attributes; the object model is allowed to set one.
    use_effect_with(
        (runway_px as u64, scroller.clone(), runway.clone()),
        |(runway_px, scroller, runway)| {
            if let (Some(scroller), Some(runway)) =
                (scroller.cast::<HtmlElement>(), runway.cast::<HtmlElement>())
            {
                let height = scroller.client_height();
                let style = if *runway_px == 0 {
                    "auto".into()
                } else {
                    format!("{}px", *runway_px + height.max(0) as u64)
                };
                js_sys::Reflect::get(&runway, &"style".into())
                    .and_then(|css| js_sys::Reflect::set(&css, &"height".into(), &style.into()))
                    .ok();
            }
        },
    );
    // A new question starts at the top.
    use_effect_with(
        (props.first_row == 0, scroller.clone()),
        |(is_top, scroller)| {
            if let (true, Some(scroller)) = (*is_top, scroller.cast::<HtmlElement>())
                && scroller.scroll_top() > ROW_PX as i32
            {
                scroller.set_scroll_top(0);
            }
        },
    );
    let onscroll = {
        let (scroller, on) = (scroller.clone(), props.on.clone());
        Callback::from(move |_: Event| {
            if let Some(scroller) = scroller.cast::<HtmlElement>() {
                let ratio = if runway_px > 0.0 {
                    f64::from(scroller.scroll_top()) / runway_px
                } else {
                    0.0
                };
                let first = (ratio * f64::from(hidden_rows))
                    .round()
                    .clamp(0.0, f64::from(hidden_rows));
                on.emit(Change::Scroll(first as u32));
            }
        })
    };
    let count = if props.is_filtered {
        format!(
            "{} of {} match",
            words::count(u64::from(n_matching)),
            words::count(props.n_all)
        )
    } else {
        words::counted(props.n_all, "connection", "connections")
    };
    html! {
        <section class="card sessions" aria-labelledby="sessions-title">
            <header><h2 id="sessions-title">{"Connections"}</h2><small>{count}</small></header>
            if n_matching == 0 && props.rows.is_some() {
                <p class="soft">{ if props.is_filtered { "Every connection is filtered away. Take a term out of the filter to see some." } else { "This log holds no connections." } }</p>
            } else {
                <div class="scroller" ref={scroller} {onscroll} tabindex="0" role="region" aria-label="Connections, scrollable" data-testid="sessions-table">
                    <div class="runway" ref={runway}><div class="pane">
                        <table class="table" aria-rowcount={n_matching.to_string()}>
                            <thead><tr>
                                { for COLUMNS.iter().map(|(column, title, class)| head(*column, title, class, props)) }
                            </tr></thead>
                            <tbody>{ body(props) }</tbody>
                        </table>
                    </div></div>
                </div>
            }
            if let Some(detail) = &props.detail {
                {detail_view(detail, &props.on)}
            }
        </section>
    }
}

const COLUMNS: &[(Column, &str, &str)] = &[
    (Column::Started, "Started", "c-started"),
    (Column::Initiator, "Who started it", "c-initiator"),
    (Column::Service, "Asked for", "c-service"),
    (Column::Way, "Way", "c-way"),
    (Column::What, "What happened", "c-what"),
    (Column::Sure, "Sure", "c-sure"),
    (Column::Tries, "Tries", "c-tries num"),
    (Column::Lines, "Lines", "c-lines num"),
];

fn head(column: Column, title: &'static str, class: &'static str, props: &Props) -> Html {
    let is_sorted = props.sort.column == column;
    let next = Sort {
        column,
        descending: is_sorted && !props.sort.descending,
    };
    let on = props.on.clone();
    let onclick = Callback::from(move |_: MouseEvent| on.emit(Change::Sort(next)));
    let (state, sign) = match (is_sorted, props.sort.descending) {
        (false, _) => ("none", ""),
        (true, false) => ("ascending", " ↑"),
        (true, true) => ("descending", " ↓"),
    };
    html! { <th class={class} aria-sort={state}><button type="button" class="sorter" {onclick}>{title}{sign}</button></th> }
}

fn body(props: &Props) -> Html {
    let Some(rows) = &props.rows else {
        return Html::default();
    };
    let last = (props.first_row + VISIBLE_ROWS).min(rows.n_matching);
    (props.first_row..last)
        .map(|nth| match nth.checked_sub(rows.first).and_then(|idx| rows.rows.get(idx as usize)) {
            Some(row) => row_html(nth, row, props),
            None => html! { <tr key={nth} class="is-coming" aria-rowindex={(nth + 1).to_string()}><td colspan="8">{"…"}</td></tr> },
        })
        .collect()
}

fn row_html(nth: u32, row: &Row, props: &Props) -> Html {
    let is_open = props.open_row.as_deref() == Some(row.id.as_str());
    let toggle = {
        let (on, id) = (props.on.clone(), (!is_open).then(|| row.id.clone()));
        Callback::from(move |_: MouseEvent| on.emit(Change::OpenRow(id.clone())))
    };
    let narrow = |key: &str, value: &str| {
        let (on, term) = (props.on.clone(), filter::term(key, value));
        Callback::from(move |event: MouseEvent| {
            event.stop_propagation();
            on.emit(Change::Narrow(term.clone()));
        })
    };
    let started = row
        .started
        .as_deref()
        .map_or_else(|| "no time".to_string(), words::clock);
    let day = row.started.as_deref().map(words::moment);
    html! {
        <tr key={nth} class={classes!(format!("o-{}", row.outcome), is_open.then_some("is-open"))} aria-rowindex={(nth + 1).to_string()}
            onclick={toggle.clone()} data-testid="session-row">
            <td class="c-started" title={day}><button type="button" class="value" aria-expanded={is_open.to_string()}>{started}</button></td>
            <td class="c-initiator">
                if row.decided {
                    <button type="button" class="value" onclick={narrow("client", host(&row.initiator))} title="Show only what this one started">{told(&row.initiator)}</button>
                } else {
                    <span class="soft">{"cannot tell"}</span>
                }
            </td>
            <td class="c-service">
                <button type="button" class="value" onclick={narrow("server", host(&row.responder))} title="Show only what this one was asked for">{told(&row.responder)}</button>
                if let Some(service) = &row.service { {" "}<span class="soft">{told(service)}</span> }
            </td>
            <td class="c-way"><button type="button" class="value" onclick={narrow("dir", &row.direction)}>{direction_words(&row.direction)}</button></td>
            <td class="c-what"><button type="button" class="value" onclick={narrow("verdict", &row.verdict_name)}><span class="dot" aria-hidden="true"></span>{shown(&row.what)}</button></td>
            <td class="c-sure">{band_word(&row.band)}</td>
            <td class="c-tries num">{words::count(u64::from(row.n_tries))}</td>
            <td class="c-lines num">{words::count(u64::from(row.n_lines))}</td>
        </tr>
    }
}

pub fn direction_words(direction: &str) -> &str {
    match direction {
        "to_firewall" => "to the firewall",
        "from_firewall" => "from the firewall",
        "group" => "broadcast",
        "internal" => "inside",
        "transit" => "passing through",
        "unknown" => "cannot tell",
        other => other,
    }
}

/// The address of `192.0.2.7:443` or `[2001:db8::1]:443`.
fn host(endpoint: &str) -> &str {
    if let Some(rest) = endpoint.strip_prefix('[') {
        return rest.split_once(']').map_or(rest, |(host, _)| host);
    }
    match endpoint.rsplit_once(':') {
        Some((host, _)) if !host.contains(':') => host,
        _ => endpoint,
    }
}

fn detail_view(detail: &Detail, on: &Callback<Change>) -> Html {
    let row = &detail.row;
    let lines = {
        let (on, id) = (on.clone(), row.id.clone());
        let title = format!("{} → {}", row.initiator, row.responder);
        Callback::from(move |_: MouseEvent| {
            on.emit(Change::Show(LinesAsk {
                of: LinesOf::Session { id: id.clone() },
                title: title.clone(),
                first: 0,
            }));
        })
    };
    let close = {
        let on = on.clone();
        Callback::from(move |_: MouseEvent| on.emit(Change::OpenRow(None)))
    };
    let (decided, responder) = (row.decided, &row.responder);
    html! {
        <section class={classes!("detail", format!("o-{}", row.outcome))} aria-label="The opened connection">
            <header>
                <p class="badge"><span class="dot" aria-hidden="true"></span>{verdict_words(&row.verdict_name)}{" · sure: "}{band_word(&row.band)}</p>
                <button type="button" class="button quiet icon" onclick={close} aria-label="Close this connection">{"✕"}</button>
            </header>
            <h3>
                if decided {
                    {told(&row.initiator)}{" opened this connection to "}{told(responder)}
                } else {
                    {"Nobody can say from this log who opened this connection: "}{told(&row.initiator)}{" or "}{told(responder)}
                }
            </h3>
            if !detail.sentence.is_empty() { <p>{shown(&detail.sentence)}</p> }
            <div class="why" data-testid="evidence">
                <div>
                    <h4>{"Why we think so"}</h4>
                    {weighed(detail.evidence.iter().filter(|reason| reason.weight >= 0))}
                </div>
                <div>
                    <h4>{"What speaks against it"}</h4>
                    {weighed(detail.evidence.iter().filter(|reason| reason.weight < 0))}
                </div>
            </div>
            <dl class="pairs">
                { for detail.facts.iter().map(|(name, value)| html! { <div><dt>{name.clone()}</dt><dd>{shown(value)}</dd></div> }) }
            </dl>
            <div class="actions"><button type="button" class="button" onclick={lines}>{
                if row.n_lines == 1 { "Show the line".to_string() } else { format!("Show the {} lines", words::count(u64::from(row.n_lines))) }
            }</button></div>
        </section>
    }
}

/// Reasons with their weight as a bar, so that a glance tells which one decides.
fn weighed<'e>(evidence: impl Iterator<Item = &'e Evidence>) -> Html {
    let evidence: Vec<&Evidence> = evidence.collect();
    if evidence.is_empty() {
        return html! { <p class="soft">{"Nothing in this log."}</p> };
    }
    html! {
        <ul class="weighed">
            { for evidence.iter().map(|reason| html! {
                <li>
                    <meter min="0" max="700" value={reason.weight.abs().min(700).to_string()} title={format!("weight {:.1}", f64::from(reason.weight) / 100.0)}
                        aria-label="weight"></meter>
                    <span>{shown(&reason.text)}</span>
                </li>
            }) }
        </ul>
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_endpoint_names_its_host() {
        let check = |endpoint, expected| assert_eq!(super::host(endpoint), expected);
        check("192.0.2.7:443", "192.0.2.7");
        check("[2001:db8::1]:443", "2001:db8::1");
        check("2001:db8::1", "2001:db8::1");
        check("192.0.2.7", "192.0.2.7");
        check("db.example:22", "db.example");
    }
}
