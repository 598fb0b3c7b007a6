//! Directions, services, connections over time: each a picture whose marks filter, and a table with the same numbers.

use std::rc::Rc;

use yew::prelude::*;

use crate::app::state::Change;
use crate::app::takeaway;
use crate::app::widget::size::use_width;
use crate::app::widget::{Drawing, shown};
use crate::app::words;
use crate::chart;
use crate::chart::Palette;
use crate::chart::svg::Ink;
use crate::engine::dataset::Outcome;
use crate::engine::model::Micros;
use crate::engine::model::stamp::rfc3339;
use crate::engine::summary::directions::label;
use crate::engine::summary::filter::Filter;
use crate::engine::summary::filter::words::outcome_words;
use crate::engine::summary::split::STACK;
use crate::engine::summary::{Split, Summary};
use crate::worker::protocol::Numbers;

/// Before a card has been measured, and where there is nothing to measure with.
const USUAL_PX: u32 = 520;
/// Narrower than this no chart is drawn; the card scrolls instead.
const LEAST_PX: u32 = 280;
const PORT_HEADS: [&str; 5] = ["Service", "Registered name", "Askers", "Asked", "Note"];
/// Services with a bar of their own.
const MAX_SERVICES: usize = 10;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub numbers: Rc<Numbers>,
    /// Rows of the table below; the page adds them in turns.
    #[prop_or(usize::MAX)]
    pub n_rows: usize,
    /// Marks of the picture, likewise.
    #[prop_or(usize::MAX)]
    pub n_marks: usize,
    pub on: Callback<Change>,
}

#[component]
pub fn DirectionsPanel(props: &Props) -> Html {
    let summary = &props.numbers.summary;
    let rows: Vec<(Vec<String>, Split)> = summary
        .directions
        .rows
        .iter()
        .filter(|row| !row.split.is_empty())
        .map(|row| (vec![label(row.direction).to_string()], row.split))
        .collect();
    html! {
        <ChartCard title="Directions" note={format!("{} by who started them", connections(summary))} testid="chart-directions" is_empty={summary.directions.total() == 0}
            numbers={Rc::clone(&props.numbers)} draw={Draw::Directions} on={props.on.clone()}>
            {split_table(&["From whom to whom"], &rows, props.n_rows)}
        </ChartCard>
    }
}

#[component]
pub fn PortsPanel(props: &Props) -> Html {
    let summary = &props.numbers.summary;
    let mut rows: Vec<(Vec<String>, Split)> = summary
        .ports
        .rows
        .iter()
        .map(|row| {
            let name = row.name.clone().unwrap_or_default();
            let note = row.note.clone().unwrap_or_default();
            (
                vec![
                    row.label(),
                    name,
                    words::count(row.n_clients),
                    words::count(row.n_servers),
                    note,
                ],
                row.split,
            )
        })
        .collect();
    if !summary.ports.rest.is_empty() {
        let n_others = summary.ports.n_services - summary.ports.rows.len() as u64;
        let label = words::counted(n_others, "other service", "other services");
        rows.push((
            vec![
                label,
                String::new(),
                String::new(),
                String::new(),
                String::new(),
            ],
            summary.ports.rest,
        ));
    }
    html! {
        <ChartCard title="Ports" note="the service that was asked for" testid="chart-ports" is_empty={summary.ports.total() == 0}
            numbers={Rc::clone(&props.numbers)} draw={Draw::Ports} on={props.on.clone()}>
            {split_table(&PORT_HEADS, &rows, props.n_rows)}
        </ChartCard>
    }
}

#[component]
pub fn TimelinePanel(props: &Props) -> Html {
    let line = &props.numbers.summary.timeline;
    let mut rows: Vec<(Vec<String>, Split)> = line
        .bins
        .iter()
        .enumerate()
        .filter(|(_, bin)| !bin.is_empty() && props.n_rows > 0)
        .map(|(at, bin)| (vec![words::moment(&rfc3339(line.bin_start(at)))], *bin))
        .collect();
    if !line.untimed.is_empty() {
        rows.push((vec!["without a time".into()], line.untimed));
    }
    if !line.outside.is_empty() {
        rows.push((vec!["outside of this stretch".into()], line.outside));
    }
    let note = format!(
        "each bar {} · drag to narrow",
        words::duration((line.bin_us / 1_000_000).max(1) as u64)
    );
    html! {
        <ChartCard title="Connections over time" {note} testid="chart-timeline" is_empty={line.total() == 0}
            numbers={Rc::clone(&props.numbers)} draw={Draw::Timeline} n_marks={props.n_marks} on={props.on.clone()}>
            {split_table(&["Start (UTC)"], &rows, props.n_rows)}
        </ChartCard>
    }
}

fn connections(summary: &Summary) -> String {
    words::counted(summary.tally.matched.total(), "connection", "connections")
}

#[derive(Clone, Copy, PartialEq)]
enum Draw {
    Directions,
    Ports,
    Timeline,
}

#[derive(Properties, PartialEq)]
struct CardProps {
    title: AttrValue,
    note: AttrValue,
    testid: AttrValue,
    is_empty: bool,
    numbers: Rc<Numbers>,
    draw: Draw,
    #[prop_or(usize::MAX)]
    n_marks: usize,
    on: Callback<Change>,
    children: Html,
}

#[component]
fn ChartCard(props: &CardProps) -> Html {
    let place = use_node_ref();
    let width = use_width(&place, USUAL_PX).max(LEAST_PX);
    let scene = use_memo(
        (Rc::clone(&props.numbers), width, props.draw),
        |(numbers, width, draw)| match draw {
            Draw::Directions => chart::directions::scene(&numbers.summary.directions, *width),
            Draw::Ports => chart::ports::scene(&numbers.summary.ports, *width, MAX_SERVICES),
            Draw::Timeline => chart::timeline::scene(&numbers.summary.timeline, *width, 0),
        },
    );
    let onmark = {
        let on = props.on.clone();
        Callback::from(move |filter: String| on.emit(Change::Narrow(filter)))
    };
    // Saved pictures are for paper: dark ink on white, whatever the theme.
    let save = |as_pixels: bool| {
        let (scene, name) = (
            Rc::clone(&scene),
            format!("whichway-{}", props.title.to_lowercase().replace(' ', "-")),
        );
        Callback::from(move |_: MouseEvent| {
            let svg = scene.to_svg(&Ink::Fixed(&Palette::paper()));
            if as_pixels {
                takeaway::save_png(&format!("{name}.png"), &svg, scene.width, scene.height);
            } else {
                takeaway::save(&format!("{name}.svg"), "image/svg+xml", &svg);
            }
        })
    };
    let onstretch = (props.draw == Draw::Timeline).then(|| {
        let on = props.on.clone();
        Callback::from(move |(from, to): (Micros, Micros)| {
            let term = Filter::between(from, to);
            on.emit(Change::Narrow(Filter { terms: vec![term] }.to_string()));
        })
    });
    html! {
        <section class="card chart" data-testid={props.testid.clone()} aria-label={props.title.clone()}>
            <header><h2>{props.title.clone()}</h2><small>{props.note.clone()}</small></header>
            <div ref={place} class="picture">
                if props.is_empty {
                    <p class="soft">{"No connection is left to draw. Take a term out of the filter to see some."}</p>
                } else {
                    <Drawing scene={Rc::clone(&scene)} n_marks={props.n_marks} {onmark} {onstretch} />
                }
            </div>
            if !props.is_empty {
                <div class="below">
                    <details class="twin"><summary>{"The same as a table"}</summary>
                        <div class="table-wrap">{props.children.clone()}</div>
                    </details>
                    <span class="tools">
                        <button type="button" class="button quiet small" onclick={save(false)} aria-label={format!("Save {} as SVG", props.title)}>{"SVG"}</button>
                        <button type="button" class="button quiet small" onclick={save(true)} aria-label={format!("Save {} as PNG", props.title)} data-testid="export-png">{"PNG"}</button>
                    </span>
                </div>
            }
        </section>
    }
}

/// Rows with a column for every outcome that occurs; the first so many rows.
fn split_table(heads: &[&str], rows: &[(Vec<String>, Split)], n_rows: usize) -> Html {
    if n_rows == 0 {
        return html! { <p class="soft">{"The table comes with the whole answer."}</p> };
    }
    let used: Vec<Outcome> = STACK
        .into_iter()
        .filter(|outcome| rows.iter().any(|(_, split)| split.of(*outcome) > 0))
        .collect();
    html! {
        <table class="table">
            <thead><tr>
                { for heads.iter().map(|head| html! { <th>{*head}</th> }) }
                <th class="num">{"All"}</th>
                { for used.iter().map(|outcome| html! { <th class={classes!("num", format!("o-{}", outcome.name()))}><span class="dot" aria-hidden="true"></span>{outcome_words(*outcome)}</th> }) }
            </tr></thead>
            <tbody>
                { for rows.iter().take(n_rows).map(|(cells, split)| html! {
                    <tr>
                        { for cells.iter().map(|cell| html! { <td>{shown(cell)}</td> }) }
                        <td class="num">{words::count(split.total())}</td>
                        { for used.iter().map(|outcome| html! { <td class="num">{words::count(split.of(*outcome))}</td> }) }
                    </tr>
                }) }
            </tbody>
        </table>
    }
}
