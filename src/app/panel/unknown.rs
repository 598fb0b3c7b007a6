//! Lines that no format knows, by what they look like; and for those of one kind, what their columns hold.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::app::state::{Change, TeachAsk};
use crate::app::widget::{Copy, shown, told};
use crate::app::{takeaway, words};
use crate::engine::format::generic_csv::Column;
use crate::engine::mapping::{self, Decision, Layout, Mapping};
use crate::worker::view::{Report, ShapeRow, TaughtColumn, Teaching};

pub struct Props {
    pub report: Rc<Report>,
    pub teaching: Option<Rc<Teaching>>,
    /// A kind of lines was chosen.
    pub is_asked: bool,
    /// What was learnt so far.
    pub mapping: AttrValue,
    pub on: Callback<Change>,
    /// Takes a mapping to learn; nothing forgets all.
    pub onlearn: Callback<String>,
}

pub fn unknown_panel(props: &Props) -> Html {
    let taught = if props.is_asked {
        props.teaching.clone()
    } else {
        None
    };
    let forget = {
        let onlearn = props.onlearn.clone();
        Callback::from(move |_: MouseEvent| onlearn.emit(String::new()))
    };
    html! {
        <section class="unknown" data-testid="unknown">
            if !props.mapping.is_empty() {
                <div class="learnt">
                    <p>{"A mapping is in use for this tab."}</p>
                    {export(&props.mapping)}
                    <button type="button" class="button quiet small" onclick={forget}>{"Forget it"}</button>
                </div>
            }
            if let Some(teaching) = taught {
                {teach(&teaching, &props.on, &props.onlearn)}
            } else if props.report.shapes.is_empty() {
                <p class="soft">{"No line is left that nobody knows."}</p>
            } else {
                <p class="soft">{"By what they look like. Say what the columns of a kind hold, and its lines count too."}</p>
                <ul class="shapes" data-testid="shapes">{ for props.report.shapes.iter().map(|shape| row(shape, &props.on)) }</ul>
            }
        </section>
    }
}

fn row(shape: &ShapeRow, on: &Callback<Change>) -> Html {
    let ask = TeachAsk {
        of: shape.of.clone(),
        draft: String::new(),
    };
    let on = on.clone();
    let onclick = Callback::from(move |_: MouseEvent| on.emit(Change::Teach(Some(ask.clone()))));
    let what = if shape.of.is_guess {
        " read by a guess, the first in "
    } else {
        ", the first in "
    };
    html! {
        <li>
            <code dir="ltr">{shown(&shape.pattern)}</code>
            <p class="soft">{words::counted(shape.n_lines, "line", "lines")}{what}{told(&shape.first.0)}{format!(", line {}", words::count(shape.first.1))}</p>
            <button type="button" class="button small" {onclick} data-testid="teach">{"Say what it holds"}</button>
        </li>
    }
}

fn teach(teaching: &Teaching, on: &Callback<Change>, onlearn: &Callback<String>) -> Html {
    let back = {
        let on = on.clone();
        Callback::from(move |_: MouseEvent| on.emit(Change::Teach(None)))
    };
    let back = html! { <button type="button" class="button quiet small" onclick={back}>{"Back to all kinds"}</button> };
    if teaching.splits.is_empty() {
        return html! {
            <>
                <p>{"These lines hold no columns with addresses: they are not about traffic, or too different from each other."}</p>
                {back}
            </>
        };
    }
    let ask = {
        let (on, of) = (on.clone(), teaching.of.clone());
        Callback::from(move |draft: String| {
            on.emit(Change::Teach(Some(TeachAsk {
                of: of.clone(),
                draft,
            })));
        })
    };
    let onchange = {
        let ask = ask.clone();
        Callback::from(move |split: String| ask.emit(format!("whichway mapping 1\n{split}\n")))
    };
    let splits: Vec<(AttrValue, AttrValue)> = teaching
        .splits
        .iter()
        .map(|(split, said)| (split.clone().into(), said.clone().into()))
        .collect();
    let use_it = {
        let (onlearn, draft) = (onlearn.clone(), teaching.draft.clone());
        Callback::from(move |_: MouseEvent| onlearn.emit(draft.clone()))
    };
    html! {
        <div class="teach">
            <label class="field"><span>{"How the lines are cut"}</span>
                <Choice name="split" value={teaching.split.clone()} options={splits} {onchange} />
            </label>
            <ol class="cells" data-testid="columns">
                { for teaching.columns.iter().map(|column| cell(column, teaching, &ask)) }
            </ol>
            { for teaching.words.iter().map(|word| decision(word, teaching, &ask)) }
            <div class="scroll-x" tabindex="0">
                <table class="preview" data-testid="preview">
                    <caption>{format!("As it would be read: {} of the first {}", teaching.n_read, words::counted(u64::from(teaching.n_lines), "line", "lines"))}</caption>
                    <thead><tr>{ for ["Time", "Source", "Destination", "Protocol", "Decision"].map(|name| html! { <th scope="col">{name}</th> }) }</tr></thead>
                    <tbody>
                        { for teaching.preview.iter().map(|line| match line {
                            Ok(cells) => html! { <tr>{ for cells.iter().map(|cell| html! { <td>{told(cell)}</td> }) }</tr> },
                            Err(reason) => html! { <tr><td colspan="5" class="soft">{format!("not read: {reason}")}</td></tr> },
                        }) }
                    </tbody>
                </table>
            </div>
            if !teaching.is_whole {
                <p class="fault" role="status">{"Source and destination (or client and server) need a column each."}</p>
            }
            <div class="actions">
                <button type="button" class="button primary" onclick={use_it} disabled={!teaching.is_whole} data-testid="learn">{"Read the log again with this"}</button>
                {export(&teaching.draft.clone().into())}
                {back}
            </div>
            <details><summary>{"The mapping as text"}</summary><pre class="mono" data-testid="mapping-text">{ for teaching.draft.lines().map(|line| html! { <>{shown(line)}{"\n"}</> }) }</pre>
                <p class="soft">{"Drop or paste it here another time, or give it to the command line with --mapping."}</p></details>
        </div>
    }
}

/// A column, the first of its values, and what it is.
fn cell(column: &TaughtColumn, teaching: &Teaching, ask: &Callback<String>) -> Html {
    let onchange = changed(teaching, ask, {
        let name = column.name.clone();
        move |layout, word| {
            if let Some(of) = layout.split.place(&name) {
                layout.assign(of, Column::of_word(word));
            }
        }
    });
    let label = format!("Column {}", column.name);
    let words = Column::words().map(|word| (AttrValue::from(word), AttrValue::from(word)));
    let options: Vec<(AttrValue, AttrValue)> = std::iter::once(("".into(), "not used".into()))
        .chain(words)
        .collect();
    html! {
        <li class={(!column.word.is_empty()).then_some("is-said")}>
            <span class="name">{told(&column.name)}</span>
            <span class="values">{told(&column.values.join(" · "))}</span>
            <Choice name={label} value={column.word.clone()} {options} {onchange} />
        </li>
    }
}

/// A word of the action that means nothing to us.
fn decision(
    (word, means): &(String, Option<bool>),
    teaching: &Teaching,
    ask: &Callback<String>,
) -> Html {
    let onchange = changed(teaching, ask, {
        let word = word.clone();
        move |layout, choice| {
            let decision = match choice {
                "allowed" => Some(Decision::Allowed),
                "denied" => Some(Decision::Denied),
                _ => None,
            };
            layout.decide(&word, decision);
        }
    });
    let options: [(AttrValue, AttrValue); 3] = [
        ("", "cannot tell"),
        ("allowed", "was let through"),
        ("denied", "was refused"),
    ]
    .map(|(value, said)| (value.into(), said.into()));
    let value = match means {
        None => "",
        Some(true) => "allowed",
        Some(false) => "denied",
    };
    html! {
        <label class="field word"><span>{"“"}{told(word)}{"” means that the traffic"}</span>
            <Choice name={format!("Word {word}")} {value} options={options.to_vec()} {onchange} />
        </label>
    }
}

/// Makes the chosen change to the draft and asks what becomes of the lines.
fn changed(
    teaching: &Teaching,
    ask: &Callback<String>,
    change: impl Fn(&mut Layout, &str) + 'static,
) -> Callback<String> {
    let (draft, ask) = (teaching.draft.clone(), ask.clone());
    Callback::from(move |value: String| {
        let mut layouts = mapping::draft(&draft).unwrap_or_default().layouts;
        if let Some(layout) = layouts.first_mut() {
            change(layout, &value);
        }
        ask.emit(Mapping { layouts }.to_string());
    })
}

#[derive(Properties, PartialEq)]
struct ChoiceProps {
    name: AttrValue,
    value: AttrValue,
    /// Value and what is shown for it.
    options: Vec<(AttrValue, AttrValue)>,
    onchange: Callback<String>,
}

/// One of several. What is chosen follows the value, also after a person has chosen something else.
#[component]
fn Choice(props: &ChoiceProps) -> Html {
    let node = use_node_ref();
    // All that is needed of a select is its value, which an input has too.
    use_effect_with((node.clone(), props.value.clone()), |(node, value)| {
        if let Some(node) = node.get() {
            node.unchecked_into::<HtmlInputElement>().set_value(value);
        }
    });
    let onchange = {
        let onchange = props.onchange.clone();
        Callback::from(move |event: Event| {
            if let Some(target) = event.target() {
                onchange.emit(target.unchecked_into::<HtmlInputElement>().value());
            }
        })
    };
    html! {
        <select ref={node} class="input" {onchange} aria-label={props.name.clone()}>
            { for props.options.iter().map(|(value, said)| html! {
                <option value={value.clone()} selected={*value == props.value}>{said.clone()}</option>
            }) }
        </select>
    }
}

fn export(text: &AttrValue) -> Html {
    let save = {
        let text = text.clone();
        Callback::from(move |_: MouseEvent| {
            takeaway::save("whichway.mapping", "text/plain", &text);
        })
    };
    html! {
        <>
            <Copy text={text.clone()} label="Copy it" />
            <button type="button" class="button quiet small" onclick={save} data-testid="save-mapping">{"Save as a file"}</button>
        </>
    }
}
