//! Lines as the file has them, read again from it, and what every field of them means.

use std::rc::Rc;

use yew::prelude::*;

use crate::app::state::{Change, LinesAsk};
use crate::app::widget::{SheetFrame, shown, told};
use crate::app::words;
use crate::worker::view::{Line, Lines};

/// Lines asked for at a time.
pub const PAGE_LINES: u32 = 50;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub ask: LinesAsk,
    pub lines: Option<Rc<Lines>>,
    /// Stands above the lines.
    #[prop_or_default]
    pub above: Html,
    pub on: Callback<Change>,
}

#[component]
pub fn LinesSheet(props: &Props) -> Html {
    // Which field of which line is explained below it.
    let pointed = use_state_eq(|| None::<(usize, usize)>);
    let onclose = {
        let on = props.on.clone();
        Callback::from(move |()| on.emit(Change::Sheet(None)))
    };
    let turn = |first: u32| {
        let (on, ask) = (
            props.on.clone(),
            LinesAsk {
                first,
                ..props.ask.clone()
            },
        );
        let pointed = pointed.clone();
        Callback::from(move |_: MouseEvent| {
            pointed.set(None);
            on.emit(Change::Show(ask.clone()));
        })
    };
    let content = match &props.lines {
        None => html! { <p class="soft">{"Reading them again from the file…"}</p> },
        Some(lines) if lines.lines.is_empty() => html! { <p class="soft">{"There are none."}</p> },
        Some(lines) => {
            let last = lines.first + lines.lines.len() as u32;
            html! {
                <>
                    <p class="soft">{"Every field can be pointed at; what it means is said below its line."}</p>
                    <ol class="raw" data-testid="raw-lines">
                        { for lines.lines.iter().enumerate().map(|(idx, line)| html! {
                            <li key={lines.first as usize + idx}>{
                                line_view(line, idx, (*pointed).filter(|(line, _)| *line == idx).map(|(_, piece)| piece), &pointed)
                            }</li>
                        }) }
                    </ol>
                    if lines.n_total > lines.lines.len() as u32 {
                        <div class="pager">
                            <button type="button" class="button small" disabled={lines.first == 0} onclick={turn(lines.first.saturating_sub(PAGE_LINES))}>{"Earlier"}</button>
                            <span class="soft">{format!("{}–{} of {}", words::count(u64::from(lines.first) + 1), words::count(u64::from(last)), words::count(u64::from(lines.n_total)))}</span>
                            <button type="button" class="button small" disabled={last >= lines.n_total} onclick={turn(last)}>{"Later"}</button>
                        </div>
                    }
                </>
            }
        }
    };
    html! { <SheetFrame title={props.ask.title.clone()} class="wide" {onclose}>{props.above.clone()}{content}</SheetFrame> }
}

/// `pointed`: the piece that the reader chose; `choice` takes the next.
fn line_view(
    line: &Line,
    nth: usize,
    pointed: Option<usize>,
    choice: &UseStateHandle<Option<(usize, usize)>>,
) -> Html {
    // Without a choice of the reader's the first telling field of the first line is explained, so that it is seen
    // that fields can be.
    let pointed = pointed.or_else(|| {
        let telling = || {
            line.pieces
                .iter()
                .enumerate()
                .rev()
                .max_by_key(|(_, piece)| piece.rank)
                .filter(|(_, piece)| piece.rank > 0)
        };
        if nth == 0 {
            telling().map(|(idx, _)| idx)
        } else {
            None
        }
    });
    html! {
        <>
            <p class="where">{told(&line.source)}{format!(", line {}", words::count(line.number))}
                if let Some(reason) = &line.reason { <strong class="reason">{format!(" · not understood: {reason}")}</strong> }
            </p>
            <p class="text" dir="ltr">
                { for line.pieces.iter().enumerate().map(|(idx, piece)| {
                    if piece.name.is_empty() {
                        return html! { <bdi>{shown(&piece.text)}</bdi> };
                    }
                    let onpoint = { let choice = choice.clone(); move || choice.set(Some((nth, idx))) };
                    let onclick = { let onpoint = onpoint.clone(); Callback::from(move |_: MouseEvent| onpoint()) };
                    let onfocus = Callback::from(move |_: FocusEvent| onpoint());
                    html! {
                        <button type="button" class={classes!("span", (piece.rank > 0).then_some("is-key"), (pointed == Some(idx)).then_some("is-pointed"))}
                            {onclick} {onfocus} title={piece.meaning.clone()}><bdi>{shown(&piece.text)}</bdi></button>
                    }
                }) }
                if line.is_cut { <span class="oddity">{" …cut here"}</span> }
            </p>
            if let Some(piece) = pointed.and_then(|idx| line.pieces.get(idx)) {
                <p class="gloss" data-testid="line-gloss" role="status"><b>{told(&piece.name)}</b>{" "}{told(&piece.value)}{": "}{shown(&piece.meaning)}</p>
            }
        </>
    }
}
