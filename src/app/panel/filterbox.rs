//! The filter: a box with suggestions, and a chip for every term.

use std::rc::Rc;

use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::app::filter;
use crate::app::state::Change;
use crate::app::widget::Told;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub terms: Rc<Vec<String>>,
    pub fault: Option<AttrValue>,
    /// Values that occur in the log, as terms, with a word on each.
    pub seen: Rc<Vec<(String, String)>>,
    pub can_undo: bool,
    pub on: Callback<Change>,
}

#[component]
pub fn FilterBox(props: &Props) -> Html {
    let typed = use_state_eq(String::new);
    let chosen = use_state_eq(|| None::<usize>);
    let is_listing = use_state_eq(|| false);
    let offers = if *is_listing { filter::suggest(&typed, &props.seen) } else { Vec::new() };

    let oninput = {
        let (typed, chosen, is_listing) = (typed.clone(), chosen.clone(), is_listing.clone());
        Callback::from(move |event: InputEvent| {
            let input: HtmlInputElement = event.target_unchecked_into();
            typed.set(input.value());
            chosen.set(None);
            is_listing.set(true);
        })
    };
    // An offer that ends in a colon waits for its value; any other is a whole term.
    let accept = {
        let (typed, chosen, on) = (typed.clone(), chosen.clone(), props.on.clone());
        Callback::from(move |offer: String| {
            chosen.set(None);
            let mut terms = filter::split(&typed);
            if !typed.ends_with(char::is_whitespace) {
                terms.pop();
            }
            terms.push(offer);
            let text = terms.join(" ");
            if text.ends_with(':') {
                typed.set(text);
            } else {
                typed.set(String::new());
                on.emit(Change::Narrow(text));
            }
        })
    };
    let onkeydown = {
        let (typed, chosen, is_listing, on, accept) =
            (typed.clone(), chosen.clone(), is_listing.clone(), props.on.clone(), accept.clone());
        let (offers, n_terms) = (offers.clone(), props.terms.len());
        Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
            "ArrowDown" if !offers.is_empty() => {
                event.prevent_default();
                chosen.set(Some(chosen.map_or(0, |idx| (idx + 1) % offers.len())));
            }
            "ArrowUp" if !offers.is_empty() => {
                event.prevent_default();
                chosen.set(Some(chosen.map_or(offers.len() - 1, |idx| (idx + offers.len() - 1) % offers.len())));
            }
            "Tab" if chosen.is_some() => {
                event.prevent_default();
                if let Some(offer) = chosen.and_then(|idx| offers.get(idx)) {
                    accept.emit(offer.0.clone());
                }
            }
            "Enter" => {
                event.prevent_default();
                match chosen.and_then(|idx| offers.get(idx)) {
                    Some(offer) => accept.emit(offer.0.clone()),
                    None if !typed.trim().is_empty() => {
                        on.emit(Change::Narrow((*typed).clone()));
                        typed.set(String::new());
                    }
                    None => {}
                }
            }
            "Escape" => {
                is_listing.set(false);
                chosen.set(None);
            }
            "Backspace" if typed.is_empty() && n_terms > 0 => on.emit(Change::Widen(n_terms - 1)),
            _ => {}
        })
    };
    let onfocus = {
        let is_listing = is_listing.clone();
        Callback::from(move |_: FocusEvent| is_listing.set(true))
    };
    let onblur = {
        let (is_listing, chosen) = (is_listing.clone(), chosen.clone());
        Callback::from(move |_: FocusEvent| {
            is_listing.set(false);
            chosen.set(None);
        })
    };
    let undo = {
        let on = props.on.clone();
        Callback::from(move |_: MouseEvent| on.emit(Change::Undo))
    };
    let clear = {
        let on = props.on.clone();
        Callback::from(move |_: MouseEvent| on.emit(Change::Filter(String::new())))
    };
    html! {
        <section class="filter" aria-label="Filter">
            { for props.terms.iter().enumerate().map(|(idx, term)| {
                let on = props.on.clone();
                let onclick = Callback::from(move |_: MouseEvent| on.emit(Change::Widen(idx)));
                html! { <span class="chip tag"><Told text={term.clone()} /><button type="button" {onclick} aria-label={format!("Remove {term}")}>{"×"}</button></span> }
            }) }
            <div class="filter-field">
                <input class="filter-input" type="text" data-testid="filter" value={(*typed).clone()} {oninput} {onkeydown} {onfocus} {onblur}
                    placeholder={ if props.terms.is_empty() { "Filter: host, port, rule, time, text…" } else { "and…" } }
                    autocomplete="off" autocapitalize="off" spellcheck="false" role="combobox" aria-label="Filter"
                    aria-expanded={(!offers.is_empty()).to_string()} aria-controls="filter-offers" aria-autocomplete="list"
                    aria-activedescendant={chosen.map(|idx| format!("offer-{idx}"))} />
                if !offers.is_empty() {
                    <ul class="offers" id="filter-offers" role="listbox">
                        { for offers.iter().enumerate().map(|(idx, (term, about))| {
                            let (accept, offer) = (accept.clone(), term.clone());
                            // Before the field loses the focus.
                            let onmousedown = Callback::from(move |event: MouseEvent| {
                                event.prevent_default();
                                accept.emit(offer.clone());
                            });
                            html! {
                                <li id={format!("offer-{idx}")} role="option" aria-selected={(*chosen == Some(idx)).to_string()} {onmousedown}>
                                    <Told text={term.clone()} /><small><Told text={about.clone()} /></small>
                                </li>
                            }
                        }) }
                    </ul>
                }
            </div>
            if props.can_undo { <button type="button" class="button quiet small" onclick={undo} title="Ctrl+Z">{"Undo"}</button> }
            if !props.terms.is_empty() { <button type="button" class="button quiet small" onclick={clear}>{"Clear"}</button> }
            if let Some(fault) = &props.fault { <p class="fault" role="alert">{fault.clone()}</p> }
        </section>
    }
}
