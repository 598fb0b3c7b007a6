//! Settings that change the judgement: which networks are ours, which zone the stamps are in.

use std::rc::Rc;

use web_sys::{HtmlInputElement, HtmlTextAreaElement};
use yew::prelude::*;

use crate::app::state::Change;
use crate::app::widget::SheetFrame;
use crate::app::zone;
use crate::engine::settings::Settings;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub settings: Rc<Settings>,
    /// What the log itself shows to be ours.
    pub found: Vec<String>,
    pub on: Callback<Change>,
}

#[component]
pub fn SettingsSheet(props: &Props) -> Html {
    let ours_ref = use_node_ref();
    let zone_ref = use_node_ref();
    let fault = use_state_eq(|| None::<String>);
    let onclose = {
        let on = props.on.clone();
        Callback::from(move |()| on.emit(Change::Sheet(None)))
    };
    let apply = {
        let (ours_ref, zone_ref, fault, on, settings) = (
            ours_ref.clone(),
            zone_ref.clone(),
            fault.clone(),
            props.on.clone(),
            Rc::clone(&props.settings),
        );
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let text = ours_ref
                .cast::<HtmlTextAreaElement>()
                .map(|area| area.value())
                .unwrap_or_default();
            let zone_name = zone_ref
                .cast::<HtmlInputElement>()
                .map(|input| input.value())
                .unwrap_or_default();
            match networks(&text).and_then(|ours| zone::find(&zone_name).map(|zone| (ours, zone))) {
                Ok((ours, zone)) => {
                    on.emit(Change::Settings(Settings {
                        ours,
                        zone,
                        ..(*settings).clone()
                    }));
                    on.emit(Change::Sheet(None));
                }
                Err(reason) => fault.set(Some(reason)),
            }
        })
    };
    let ours = props
        .settings
        .ours
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n");
    html! {
        <SheetFrame title="Settings" {onclose}>
            <form class="settings-form" onsubmit={apply}>
                <label class="field"><span>{"Our networks, one a line. Empty: work it out from the log"}
                    if !props.found.is_empty() { {format!(" (found: {})", props.found.join(", "))} }
                    </span>
                    <textarea ref={ours_ref} class="input mono" rows="4" spellcheck="false" data-own-paste="" data-testid="ours-input"
                        placeholder="10.0.0.0/8" defaultvalue={ours} />
                </label>
                <label class="field"><span>{"Time zone of stamps that name none"}</span>
                    <input ref={zone_ref} class="input" type="text" list="zones" value={props.settings.zone.name.clone()} data-testid="zone-input" autocomplete="off" />
                </label>
                <datalist id="zones">{ for zone::offered().into_iter().map(|name| html! { <option value={name} /> }) }</datalist>
                <p class="soft">{"The log is judged again with this at once; it is not read again. Times are shown in UTC."}</p>
                if let Some(fault) = &*fault { <p class="fault" role="alert">{fault.clone()}</p> }
                <div class="actions"><button type="submit" class="button primary" data-testid="apply-settings">{"Judge again"}</button></div>
            </form>
        </SheetFrame>
    }
}

/// One network a line; a bare address is a network of one.
pub fn networks(text: &str) -> Result<Vec<ipnet::IpNet>, String> {
    text.split(|letter: char| letter.is_whitespace() || letter == ',' || letter == ';')
        .filter(|word| !word.is_empty())
        .map(|word| {
            let net = word
                .parse::<ipnet::IpNet>()
                .or_else(|_| word.parse::<std::net::IpAddr>().map(ipnet::IpNet::from));
            net.map(|net| net.trunc()).map_err(|_| {
                format!("“{word}” is no network. Write it like 10.20.0.0/16 or 2001:db8::/32.")
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::networks;

    #[test]
    fn networks_come_in_any_list() {
        let text = |input: &str| {
            networks(input).map(|nets| nets.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        assert_eq!(
            text("10.1.2.3/8, 192.0.2.7\n2001:db8::/32").unwrap(),
            ["10.0.0.0/8", "192.0.2.7/32", "2001:db8::/32"]
        );
        assert!(text("").unwrap().is_empty());
        assert!(text("10.0.0.0/40").unwrap_err().contains("10.0.0.0/40"));
    }
}
