//! Before anything is open: what this does, where to drop, examples, formats, the promise.

use web_sys::{HtmlInputElement, HtmlTextAreaElement};
use yew::prelude::*;

use super::privacy::privacy;
use crate::app::examples::{EXAMPLES, Example, formats};
use crate::app::state::Traffic;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub traffic: Traffic,
    pub is_locked: bool,
    pub is_hovering: bool,
    /// Why the last attempt gave nothing.
    #[prop_or_default]
    pub error: Option<AttrValue>,
    pub onfiles: Callback<web_sys::FileList>,
    pub onpaste: Callback<String>,
    pub onexample: Callback<&'static Example>,
}

#[component]
pub fn Empty(props: &Props) -> Html {
    html! {
        <>
            <section class="hero">
                <h1>{"Who really opened these connections?"}</h1>
                <p>{"Drop a firewall log and read, in plain words, which side started each blocked connection, why it was blocked, and whether it matters."}</p>
            </section>
            if let Some(error) = &props.error {
                <section class="notice alarm" role="alert" data-testid="error"><p>{error.clone()}</p></section>
            }
            <div class="start">
                <DropArea is_hovering={props.is_hovering} onfiles={props.onfiles.clone()} onpaste={props.onpaste.clone()} />
                <section class="examples" aria-labelledby="examples-title">
                    <h2 id="examples-title">{"Or try one of these"}</h2>
                    <ul>
                        { for EXAMPLES.iter().map(|example| {
                            let onexample = props.onexample.clone();
                            let onclick = Callback::from(move |_: MouseEvent| onexample.emit(example));
                            html! {
                                <li><button type="button" class="example" data-testid="example" {onclick}>
                                    <strong>{example.title}</strong><span>{example.about}</span>
                                </button></li>
                            }
                        }) }
                    </ul>
                </section>
            </div>
            <div class="start-foot">
                <section class="card">{privacy(props.traffic, props.is_locked, false)}</section>
                <section class="card formats">
                    <header><h2>{"Logs it understands"}</h2></header>
                    <ul class="names">{ for formats().into_iter().map(|title| html! { <li>{title}</li> }) }</ul>
                    <p class="soft">{"As files, .gz, .zip or .zst, folders, or pasted lines. What is not understood is counted, and can be looked at."}</p>
                </section>
            </div>
        </>
    }
}

#[derive(Properties, PartialEq)]
struct DropProps {
    is_hovering: bool,
    onfiles: Callback<web_sys::FileList>,
    onpaste: Callback<String>,
}

/// Drop area, paste box and picker in one.
#[component]
fn DropArea(props: &DropProps) -> Html {
    let picker = use_node_ref();
    let paper = use_node_ref();
    let has_text = use_state_eq(|| false);
    let onpick = {
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
        })
    };
    let oninput = {
        let (has_text, onpaste) = (has_text.clone(), props.onpaste.clone());
        Callback::from(move |event: InputEvent| {
            let area: HtmlTextAreaElement = event.target_unchecked_into();
            let text = area.value();
            has_text.set(!text.trim().is_empty());
            // Pasted where no paste event told of it (a phone's menu, a drop of text): it is what we were given to read.
            if matches!(
                event.input_type().as_str(),
                "insertFromPaste" | "insertFromDrop"
            ) {
                onpaste.emit(text);
            }
        })
    };
    let read = {
        let (paper, onpaste) = (paper.clone(), props.onpaste.clone());
        Callback::from(move |()| {
            if let Some(area) = paper.cast::<HtmlTextAreaElement>() {
                let text = area.value();
                if !text.trim().is_empty() {
                    onpaste.emit(text);
                }
            }
        })
    };
    let onread = {
        let read = read.clone();
        Callback::from(move |_: MouseEvent| read.emit(()))
    };
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            read.emit(());
        }
    });
    html! {
        <section class={classes!("drop", props.is_hovering.then_some("is-hovering"))} data-testid="dropzone" aria-label="Open a log">
            <div class="drop-head">
                <svg class="drop-sign" viewBox="0 0 48 48" aria-hidden="true">
                    <path d="M8 17h26M27 9l9 8-9 8" /><path class="back" d="M40 33H14M21 25l-9 8 9 8" />
                </svg>
                <div>
                    <p class="drop-title">{"Drop log files or a folder anywhere on this page"}</p>
                    <p class="soft">{"of any size; several at once are read as one log"}</p>
                </div>
                <button type="button" class="button primary" onclick={onpick}>{"Choose files"}</button>
                <input ref={picker} type="file" multiple=true hidden=true {onchange} data-testid="file-input" />
            </div>
            <label class="sr-only" for="paper">{"Log lines"}</label>
            <textarea ref={paper} id="paper" class="paper" rows="7" spellcheck="false" autocomplete="off" {oninput} {onkeydown} data-testid="paste"
                placeholder="…or paste lines here (Ctrl+V works anywhere). Quoted mails, numbered lists and wrapped lines are fine." />
            if *has_text {
                <div class="drop-foot"><button type="button" class="button primary" onclick={onread}>{"Read these lines"}</button>
                <small class="wide-only">{"or Ctrl+Enter"}</small></div>
            }
        </section>
    }
}
