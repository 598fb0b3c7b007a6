//! Beside the answer: the normal day, a comparison with another log, a watch list. Each is worked out when it is opened.

use std::rc::Rc;

use yew::prelude::*;

use crate::app::state::Change;
use crate::app::widget::{Bring, shown, told};
use crate::worker::look::{Line, Look, Looked, Table};
use crate::worker::protocol::Dropped;

/// Rows before a click shows the rest.
const ROWS_SHOWN: usize = 8;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub look: Look,
    pub is_open: bool,
    pub looked: Option<Rc<Looked>>,
    /// What became of the list or the log that was brought.
    #[prop_or_default]
    pub says: AttrValue,
    #[prop_or_default]
    pub onbring: Callback<Vec<Dropped>>,
    pub on: Callback<Change>,
}

/// Title, what it is for, and where tests find it.
fn words(look: &Look) -> (&'static str, &'static str, &'static str) {
    match look {
        Look::Normal => (
            "The normal day",
            "Who talks to the internet and for what, which services you offer, what stands out.",
            "normal",
        ),
        Look::Changes => (
            "Beside another log",
            "Drop the log of a normal day: what is new, gone, much more or much less often.",
            "baseline",
        ),
        _ => (
            "Watch list",
            "Up to a million addresses, networks, ports and names: which of them this log meets.",
            "watch",
        ),
    }
}

#[component]
pub fn BesidesPanel(props: &Props) -> Html {
    let (title, about, testid) = words(&props.look);
    let toggle = {
        let (on, look, is_open) = (props.on.clone(), props.look.clone(), props.is_open);
        Callback::from(move |_: MouseEvent| on.emit(Change::Look(look.clone(), !is_open)))
    };
    let body_id = format!("besides-{testid}");
    html! {
        <section class={classes!("card", "beside", props.is_open.then_some("is-open"))} data-testid={testid} aria-label={title}>
            <h2><button type="button" class="opener" aria-expanded={props.is_open.to_string()} aria-controls={body_id.clone()} onclick={toggle}>{title}</button></h2>
            <p class="soft">{about}</p>
            if props.is_open {
                <div id={body_id} class="beside-body">
                    {bring(props, testid)}
                    {answer(props)}
                </div>
            }
        </section>
    }
}

/// The field for a list or a log.
fn bring(props: &Props, testid: &'static str) -> Html {
    let (placeholder, verb, name) = match props.look {
        Look::Changes => (
            "Drop or paste the log of a normal day here",
            "Compare",
            "pasted normal day",
        ),
        Look::Watch => (
            "Drop or paste a list here, one entry a line: 203.0.113.7, 198.51.100.0/24, :4444, host.example",
            "Watch",
            "pasted list",
        ),
        _ => return Html::default(),
    };
    let away = {
        let onbring = props.onbring.clone();
        Callback::from(move |_: MouseEvent| onbring.emit(Vec::new()))
    };
    html! {
        <>
            <Bring {name} {placeholder} {verb} {testid} ontake={props.onbring.clone()} />
            if !props.says.is_empty() {
                <p class="brought" role="status">{shown(&props.says)}{" "}
                    <button type="button" class="linkish" onclick={away}>{"Take it away"}</button>
                </p>
            }
        </>
    }
}

fn answer(props: &Props) -> Html {
    let needs_file = props.look != Look::Normal && props.says.is_empty();
    match &props.looked {
        _ if needs_file => Html::default(),
        None => html! { <p class="soft" role="status">{"Working it out…"}</p> },
        Some(looked) => html! {
            <>
                { for looked.says.iter().map(|text| html! { <p class="says">{shown(text)}</p> }) }
                { for looked.tables.iter().enumerate().map(|(nth, table)| html! {
                    <TableView key={nth} table={table.clone()} on={props.on.clone()} />
                }) }
            </>
        },
    }
}

#[derive(Properties, PartialEq)]
pub struct TableProps {
    pub table: Table,
    pub on: Callback<Change>,
}

/// Rows whose first cell narrows the page.
#[component]
pub fn TableView(props: &TableProps) -> Html {
    let shows_all = use_state_eq(|| false);
    let table = &props.table;
    let n_shown = if *shows_all {
        table.rows.len()
    } else {
        ROWS_SHOWN
    };
    let more = {
        let shows_all = shows_all.clone();
        Callback::from(move |_: MouseEvent| shows_all.set(true))
    };
    let is_number = |column: usize| table.numeric >> column & 1 == 1;
    let class = |column: usize| is_number(column).then_some("num");
    html! {
        <section class="looked">
            if !table.title.is_empty() { <h3>{table.title.clone()}</h3> }
            if table.rows.is_empty() {
                <p class="soft">{"Nothing in this log."}</p>
            } else {
                <div class="table-wrap">
                    <table class="table">
                        <thead><tr>{ for table.heads.iter().enumerate().map(|(at, head)| html! { <th class={class(at)}>{head.clone()}</th> }) }</tr></thead>
                        <tbody>{ for table.rows.iter().take(n_shown).map(|line| html! {
                            <tr>{ for line.cells.iter().enumerate().map(|(at, text)| html! { <td class={class(at)}>{cell(line, at, text, &props.on)}</td> }) }</tr>
                        }) }</tbody>
                    </table>
                </div>
            }
            if table.rows.len() > n_shown {
                <button type="button" class="button quiet small" onclick={more}>{format!("Show {} more", table.rows.len() - n_shown)}</button>
            }
            if table.n_beyond > 0 {
                <p class="soft">{format!("{} more are not listed.", crate::app::words::count(table.n_beyond))}</p>
            }
        </section>
    }
}

fn cell(line: &Line, at: usize, text: &str, on: &Callback<Change>) -> Html {
    if at > 0 || line.filter.is_empty() {
        return told(text);
    }
    let (on, filter) = (on.clone(), line.filter.clone());
    let onclick = Callback::from(move |_: MouseEvent| on.emit(Change::Filter(filter.clone())));
    html! { <button type="button" class="value" {onclick} title="Show only these">{told(text)}</button> }
}
