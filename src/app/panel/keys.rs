//! The keys.

use yew::prelude::*;

use crate::app::state::Change;
use crate::app::widget::SheetFrame;

const KEYS: &[(&str, &str)] = &[
    ("/", "go to the filter"),
    ("Ctrl V", "read what was copied"),
    ("Ctrl Z", "take back the last change of the filter"),
    ("Esc", "close what lies on top; cancel reading"),
    ("O", "open a log"),
    ("S", "settings: our networks, time zone"),
    ("E", "take the answer away"),
    ("T", "light, dark, or as the system says"),
    ("?", "this list"),
    ("Tab, Enter", "reach and use everything, charts included"),
];

pub fn keys_sheet(on: &Callback<Change>) -> Html {
    let onclose = {
        let on = on.clone();
        Callback::from(move |()| on.emit(Change::Sheet(None)))
    };
    html! {
        <SheetFrame title="Keys" class="narrow" {onclose}>
            <dl class="keys">{ for KEYS.iter().map(|(key, about)| html! { <div><dt><kbd>{*key}</kbd></dt><dd>{*about}</dd></div> }) }</dl>
        </SheetFrame>
    }
}
