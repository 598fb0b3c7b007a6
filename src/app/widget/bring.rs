//! A field to drop, paste or pick something that is not the log: what lands here is not read as one.

use wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, HtmlTextAreaElement};
use yew::prelude::*;

use crate::app::intake;
use crate::worker::protocol::Dropped;

#[derive(Properties, PartialEq)]
pub struct Props {
    /// What pasted text is called.
    pub name: AttrValue,
    pub placeholder: AttrValue,
    /// What the button that takes pasted text says.
    pub verb: AttrValue,
    pub testid: AttrValue,
    pub ontake: Callback<Vec<Dropped>>,
}

#[component]
pub fn Bring(props: &Props) -> Html {
    let paper = use_node_ref();
    let picker = use_node_ref();
    let onpick = {
        let picker = picker.clone();
        Callback::from(move |_: MouseEvent| {
            if let Some(input) = picker.cast::<HtmlInputElement>() {
                input.click();
            }
        })
    };
    let onchange = {
        let ontake = props.ontake.clone();
        Callback::from(move |event: Event| {
            let input: HtmlInputElement = event.target_unchecked_into();
            if let Some(files) = input.files() {
                ontake.emit(intake::files(&files));
            }
            input.set_value("");
        })
    };
    let take = {
        let (paper, ontake, name) = (paper.clone(), props.ontake.clone(), props.name.clone());
        Callback::from(move |()| {
            if let Some(area) = paper.cast::<HtmlTextAreaElement>() {
                let text = area.value();
                if !text.trim().is_empty() {
                    ontake.emit(intake::text(&name, &text).into_iter().collect());
                }
            }
        })
    };
    let onclick = {
        let take = take.clone();
        Callback::from(move |_: MouseEvent| take.emit(()))
    };
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            take.emit(());
        }
    });
    let ondrop = {
        let (ontake, name) = (props.ontake.clone(), props.name.clone());
        Callback::from(move |event: DragEvent| {
            event.prevent_default();
            if let Some(data) = event.data_transfer() {
                intake::transfer(&data, &name, ontake.clone());
            }
        })
    };
    html! {
        <div class="bring" data-own-paste="" data-own-drop="" {ondrop}>
            <textarea ref={paper} class="input mono" rows="3" spellcheck="false" aria-label={props.placeholder.clone()}
                placeholder={props.placeholder.clone()} {onkeydown} data-testid={format!("{}-text", props.testid)} />
            <div class="actions">
                <button type="button" class="button primary" {onclick}>{props.verb.clone()}</button>
                <button type="button" class="button" onclick={onpick}>{"Choose files"}</button>
                <input ref={picker} type="file" multiple=true hidden=true {onchange} data-testid={format!("{}-file", props.testid)} />
            </div>
        </div>
    }
}

/// Whether an event happened on such a field.
pub fn is_own(event: &web_sys::Event) -> bool {
    let target = event.target();
    target
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
        .is_some_and(|element| {
            element
                .closest("[data-own-drop]")
                .is_ok_and(|found| found.is_some())
        })
}
