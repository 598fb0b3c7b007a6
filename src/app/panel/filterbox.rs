//! The filter: a box with suggestions, and a chip for every term.

use std::rc::Rc;

use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::app::filter;
use crate::app::state::Change;
use crate::app::widget::told;
use crate::engine::summary::filter::{Filter, Suggestion, Vocabulary, suggest};

#[derive(Properties, PartialEq)]
pub struct Props {
    pub filter: Rc<Filter>,
    pub fault: Option<AttrValue>,
    /// What occurs in the log.
    pub vocabulary: Rc<Vocabulary>,
    pub can_undo: bool,
    pub on: Callback<Change>,
}

#[component]
pub fn FilterBox(props: &Props) -> Html {
    let typed = use_state_eq(String::new);
    let chosen = use_state_eq(|| None::<usize>);
    let is_listing = use_state_eq(|| false);
    let offers = if *is_listing {
        suggest(&typed, typed.chars().count(), &props.vocabulary)
    } else {
        Vec::new()
    };
    let n_terms = props.filter.terms.len();

    let oninput = {
        let (typed, chosen, is_listing) = (typed.clone(), chosen.clone(), is_listing.clone());
        Callback::from(move |event: InputEvent| {
            let input: HtmlInputElement = event.target_unchecked_into();
            typed.set(input.value());
            chosen.set(None);
            is_listing.set(true);
        })
    };
    // An offer that ends in a space is a whole term; any other waits for its value.
    let accept = {
        let (typed, chosen, on) = (typed.clone(), chosen.clone(), props.on.clone());
        Callback::from(move |offer: Suggestion| {
            chosen.set(None);
            if offer.text.ends_with(' ') {
                typed.set(String::new());
                on.emit(Change::Narrow(offer.text));
            } else {
                typed.set(offer.text);
            }
        })
    };
    let onkeydown = {
        let (typed, chosen, is_listing, on, accept) = (
            typed.clone(),
            chosen.clone(),
            is_listing.clone(),
            props.on.clone(),
            accept.clone(),
        );
        let offers = offers.clone();
        Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
            "ArrowDown" if !offers.is_empty() => {
                event.prevent_default();
                chosen.set(Some(chosen.map_or(0, |idx| (idx + 1) % offers.len())));
            }
            "ArrowUp" if !offers.is_empty() => {
                event.prevent_default();
                chosen.set(Some(chosen.map_or(offers.len() - 1, |idx| {
                    (idx + offers.len() - 1) % offers.len()
                })));
            }
            "Tab" if chosen.is_some() => {
                event.prevent_default();
                if let Some(offer) = chosen.and_then(|idx| offers.get(idx)) {
                    accept.emit(offer.clone());
                }
            }
            "Enter" => {
                event.prevent_default();
                match chosen.and_then(|idx| offers.get(idx)) {
                    Some(offer) => accept.emit(offer.clone()),
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
            { for props.filter.chips().into_iter().map(|chip| {
                let on = props.on.clone();
                let onclick = Callback::from(move |_: MouseEvent| on.emit(Change::Widen(chip.term_idx)));
                let text = filter::chip_text(&chip).to_string();
                html! { <span class="chip tag" title={chip.text.clone()}>{told(&text)}<button type="button" {onclick} aria-label={format!("Remove {}", chip.text)}>{"×"}</button></span> }
            }) }
            <div class="filter-field">
                <input class="filter-input" type="text" data-testid="filter" value={(*typed).clone()} {oninput} {onkeydown} {onfocus} {onblur}
                    placeholder={ if n_terms == 0 { "Filter: host, port, rule, time, text…" } else { "and…" } }
                    autocomplete="off" autocapitalize="off" spellcheck="false" role="combobox" aria-label="Filter"
                    aria-expanded={(!offers.is_empty()).to_string()} aria-controls="filter-offers" aria-autocomplete="list"
                    aria-activedescendant={chosen.map(|idx| format!("offer-{idx}"))} />
                if !offers.is_empty() {
                    <ul class="offers" id="filter-offers" role="listbox">
                        { for offers.iter().enumerate().map(|(idx, offer)| {
                            let (accept, taken) = (accept.clone(), offer.clone());
                            // Before the field loses the focus.
                            let onmousedown = Callback::from(move |event: MouseEvent| {
                                event.prevent_default();
                                accept.emit(taken.clone());
                            });
                            html! {
                                <li id={format!("offer-{idx}")} role="option" aria-selected={(*chosen == Some(idx)).to_string()} {onmousedown}>
                                    {told(&offer.word)}<small>{told(&offer.hint)}</small>
                                </li>
                            }
                        }) }
                    </ul>
                }
            </div>
            if props.can_undo { <button type="button" class="button quiet small" onclick={undo} title="Ctrl+Z">{"Undo"}</button> }
            if n_terms > 0 { <button type="button" class="button quiet small" onclick={clear}>{"Clear"}</button> }
            if let Some(fault) = &props.fault { <p class="fault" role="alert">{fault.clone()}</p> }
        </section>
    }
}
