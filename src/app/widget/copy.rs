//! A button that copies a text.

use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub text: AttrValue,
    #[prop_or_else(|| "Copy".into())]
    pub label: AttrValue,
    #[prop_or_default]
    pub testid: Option<AttrValue>,
}

#[component]
pub fn Copy(props: &Props) -> Html {
    let done = use_state_eq(|| false);
    let onclick = {
        let (text, done) = (props.text.clone(), done.clone());
        Callback::from(move |_: MouseEvent| {
            crate::app::takeaway::to_clipboard(&text);
            done.set(true);
        })
    };
    let onblur = {
        let done = done.clone();
        Callback::from(move |_: FocusEvent| done.set(false))
    };
    html! {
        <button type="button" class="button quiet small" {onclick} {onblur} data-testid={props.testid.clone()}>
            { if *done { AttrValue::from("Copied") } else { props.label.clone() } }
        </button>
    }
}
