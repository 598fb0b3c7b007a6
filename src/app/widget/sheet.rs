//! A sheet over the page: the browser's own dialog, which keeps the focus and closes on Escape.

use web_sys::HtmlDialogElement;
use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub title: AttrValue,
    #[prop_or_default]
    pub class: Classes,
    #[prop_or_default]
    pub testid: Option<AttrValue>,
    pub onclose: Callback<()>,
    pub children: Html,
}

#[component]
pub fn SheetFrame(props: &Props) -> Html {
    let node = use_node_ref();
    use_effect_with((), {
        let node = node.clone();
        move |()| {
            if let Some(dialog) = node.cast::<HtmlDialogElement>()
                && !dialog.open()
            {
                dialog.show_modal().ok();
            }
        }
    });
    let close = {
        let onclose = props.onclose.clone();
        Callback::from(move |_: MouseEvent| onclose.emit(()))
    };
    // Both Escape and a click beside the sheet close it.
    let oncancel = {
        let onclose = props.onclose.clone();
        Callback::from(move |event: Event| {
            event.prevent_default();
            onclose.emit(());
        })
    };
    let onclick = {
        let (node, onclose) = (node.clone(), props.onclose.clone());
        Callback::from(move |event: MouseEvent| {
            if event
                .target()
                .is_some_and(|target| node.get().is_some_and(|node| *node == target))
            {
                onclose.emit(());
            }
        })
    };
    html! {
        <dialog ref={node} class={classes!("sheet", props.class.clone())} {oncancel} {onclick}
            data-testid={props.testid.clone()} aria-label={props.title.clone()}>
            <header>
                <h2>{props.title.clone()}</h2>
                <button type="button" class="button quiet icon" aria-label="Close" onclick={close}>{"✕"}</button>
            </header>
            <div class="body">{props.children.clone()}</div>
        </dialog>
    }
}
