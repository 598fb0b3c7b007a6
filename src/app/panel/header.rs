//! The bar on top: what is open, that it stays here, and what can be done at any time.

use std::rc::Rc;

use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::app::state::{Change, Sheet, Source, Traffic};
use crate::app::theme::Theme;
use crate::app::widget::told;
use crate::app::words;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub sources: Rc<Vec<Source>>,
    pub traffic: Traffic,
    pub is_locked: bool,
    pub has_answer: bool,
    pub theme: Theme,
    pub on: Callback<Change>,
    pub onfiles: Callback<web_sys::FileList>,
}

#[component]
pub fn Header(props: &Props) -> Html {
    let picker = use_node_ref();
    let sheet = |sheet: Sheet| {
        let on = props.on.clone();
        Callback::from(move |_: MouseEvent| on.emit(Change::Sheet(Some(sheet))))
    };
    let pick = {
        let picker = picker.clone();
        Callback::from(move |_: MouseEvent| {
            if let Some(input) = picker.cast::<HtmlInputElement>() {
                input.click();
            }
        })
    };
    let onchange = {
        let onfiles = props.onfiles.clone();
        Callback::from(move |event: Event| {
            let input: HtmlInputElement = event.target_unchecked_into();
            if let Some(files) = input.files() {
                onfiles.emit(files);
            }
            // The same file may be picked again after it changed.
            input.set_value("");
        })
    };
    let wear = {
        let (on, next) = (props.on.clone(), props.theme.next());
        Callback::from(move |_: MouseEvent| on.emit(Change::Wear(next)))
    };
    let start_over = {
        let on = props.on.clone();
        Callback::from(move |_: MouseEvent| on.emit(Change::StartOver))
    };
    let theme_sign = match props.theme {
        Theme::System => "◐",
        Theme::Dark => "☾",
        Theme::Light => "☀",
    };
    html! {
        <header class="bar">
            <button type="button" class="logo" onclick={start_over} title="Close everything and start over">
                {"which"}<b>{"way"}</b>
            </button>
            <div class="sources">
                { for props.sources.iter().take(2).map(|source| html! {
                    <span class="chip">{told(&source.name)}<span>{format!("· {}", words::bytes(source.n_bytes))}</span></span>
                }) }
                if props.sources.len() > 2 {
                    <span class="chip">{format!("and {} more", props.sources.len() - 2)}</span>
                }
            </div>
            <span class="grow"></span>
            {safety(props.is_locked, props.traffic, sheet(Sheet::Privacy))}
            <input ref={picker} type="file" multiple=true hidden=true {onchange}
                data-testid={props.has_answer.then_some("file-input")} />
            if props.has_answer {
                <button type="button" class="button" onclick={pick}>{"Add a log"}</button>
                <button type="button" class="button primary" onclick={sheet(Sheet::Export)}>{"Take away"}</button>
                <button type="button" class="button wide-only" onclick={sheet(Sheet::Settings)} data-testid="settings">{"Settings"}</button>
            }
            <button type="button" class="button quiet icon" onclick={wear} data-testid="theme"
                aria-label={format!("Theme: {}. Change it", props.theme.word())} title={format!("Theme: {}", props.theme.word())}>
                {theme_sign}
            </button>
            <button type="button" class="button quiet icon wide-only" onclick={sheet(Sheet::Keys)} aria-label="Keys" title="Keys (?)">{"?"}</button>
        </header>
    }
}

fn safety(is_locked: bool, traffic: Traffic, onclick: Callback<MouseEvent>) -> Html {
    let requests = words::counted(u64::from(traffic.n_requests), "request", "requests");
    if is_locked {
        html! {
            <button type="button" class="chip safe" {onclick} title="What this means, and how to check it">
                <span aria-hidden="true">{"●"}</span><span class="wide-only">{"stays in this tab ·"}</span>{requests}
            </button>
        }
    } else {
        html! {
            <button type="button" class="chip alarm" {onclick}>
                {format!("NOT LOCKED: a test build · {requests}")}
            </button>
        }
    }
}
