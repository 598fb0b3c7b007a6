//! Who talks, to whom, and by which rule: the same sessions as the charts, as three tables.

use std::rc::Rc;

use yew::prelude::*;

use crate::app::filter::term;
use crate::app::state::Change;
use crate::app::widget::told;
use crate::app::words;
use crate::engine::dataset::Outcome;
use crate::engine::summary::{Split, Summary};
use crate::worker::protocol::Numbers;

/// Rows before a click shows the rest.
const ROWS_SHOWN: usize = 6;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub numbers: Rc<Numbers>,
    pub on: Callback<Change>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Table {
    Hosts,
    Pairs,
    Rules,
}

const TABLES: [(Table, &str); 3] = [
    (Table::Hosts, "Machines"),
    (Table::Pairs, "Pairs"),
    (Table::Rules, "Rules"),
];

#[component]
pub fn TalkPanel(props: &Props) -> Html {
    let chosen = use_state_eq(|| Table::Hosts);
    let shows_all = use_state_eq(|| false);
    let rows = rows(&props.numbers.summary, *chosen);
    let n_shown = if *shows_all { rows.len() } else { ROWS_SHOWN };
    let heads: [&str; 2] = match *chosen {
        Table::Hosts => ["Machine", "Connections, as asker / asked"],
        Table::Pairs => ["Who asked whom", "Connections"],
        Table::Rules => ["Rule", "Events let pass / stopped"],
    };
    let more = {
        let shows_all = shows_all.clone();
        Callback::from(move |_: MouseEvent| shows_all.set(true))
    };
    html! {
        <section class="card talk" aria-label="Machines, pairs and rules">
            <header>
                <div class="tabs" role="tablist">
                    { for TABLES.iter().map(|(table, title)| {
                        let (chosen, shows_all, table) = (chosen.clone(), shows_all.clone(), *table);
                        let is_chosen = *chosen == table;
                        let onclick = Callback::from(move |_: MouseEvent| {
                            chosen.set(table);
                            shows_all.set(false);
                        });
                        html! { <button type="button" class="tab" role="tab" aria-selected={is_chosen.to_string()} {onclick}>{*title}</button> }
                    }) }
                </div>
            </header>
            if rows.is_empty() {
                <p class="soft">{"Nothing is left. Take a term out of the filter to see some."}</p>
            } else {
                <div class="table-wrap">
                    <table class="table">
                        <thead><tr><th>{heads[0]}</th><th class="num">{heads[1]}</th></tr></thead>
                        <tbody>{ for rows.iter().take(n_shown).map(|row| {
                            let cell = match &row.filter {
                                Some(filter) => {
                                    let (on, filter) = (props.on.clone(), filter.clone());
                                    let onclick = Callback::from(move |_: MouseEvent| on.emit(Change::Narrow(filter.clone())));
                                    html! { <button type="button" class="value" {onclick} title="Show only these">{told(&row.name)}</button> }
                                }
                                None => html! { {told(&row.name)} },
                            };
                            html! {
                                <tr>
                                    <td>{cell}if !row.note.is_empty() { {" "}<small>{told(&row.note)}</small> }</td>
                                    <td class="num">{row.count.clone()}
                                        if row.n_stopped > 0 { {" "}<small class="stopped">{format!("{} stopped", words::count(row.n_stopped))}</small> }
                                    </td>
                                </tr>
                            }
                        }) }</tbody>
                    </table>
                </div>
                if rows.len() > n_shown {
                    <button type="button" class="button quiet small" onclick={more}>{format!("Show {} more", rows.len() - n_shown)}</button>
                }
            }
        </section>
    }
}

struct Row {
    name: String,
    note: String,
    count: String,
    n_stopped: u64,
    filter: Option<String>,
}

fn rows(summary: &Summary, table: Table) -> Vec<Row> {
    let stopped = |split: &Split| split.of(Outcome::Blocked) + split.of(Outcome::ReplyBlocked);
    match table {
        Table::Hosts => summary
            .hosts
            .rows
            .iter()
            .map(|row| Row {
                filter: Some(term("host", &row.host)),
                name: row.host.clone(),
                note: match row.role.as_str() {
                    "ours" => "ours".into(),
                    _ => String::new(),
                },
                count: format!(
                    "{} / {}",
                    words::count(row.as_client.total()),
                    words::count(row.as_server.total())
                ),
                n_stopped: stopped(&row.as_client) + stopped(&row.as_server),
            })
            .collect(),
        Table::Pairs => summary
            .pairs
            .rows
            .iter()
            .map(|row| Row {
                name: format!("{} → {}", row.left, row.right),
                note: row.services.join(", "),
                count: words::count(row.split.total()),
                n_stopped: stopped(&row.split),
                filter: Some(format!(
                    "{} {}",
                    term("client", &row.left),
                    term("server", &row.right)
                ))
                .filter(|_| row.n_undecided == 0),
            })
            .collect(),
        Table::Rules => summary
            .rules
            .rows
            .iter()
            .map(|row| Row {
                name: row.label(),
                note: row.device.clone().unwrap_or_default(),
                count: format!(
                    "{} / {}",
                    words::count(row.n_allowed),
                    words::count(row.n_denied)
                ),
                n_stopped: 0,
                filter: row
                    .rule
                    .as_ref()
                    .or(row.name.as_ref())
                    .map(|rule| term("rule", rule)),
            })
            .collect(),
    }
}
