//! What follows from the state: questions to the engine, the next part of the answer, attributes that others may
//! read, keys. Hooks of the one component that holds the state.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::KeyboardEvent;
use yew::prelude::*;

use super::desk::Desk;
use super::link::View;
use super::measure::{after_paint, in_a_task_of_its_own, measure, now_ms};
use super::panel::lines::PAGE_LINES;
use super::panel::sessions::VISIBLE_ROWS;
use super::state::{Change, Sheet, Stage, State, TeachAsk};
use super::theme::Theme;
use super::{hooks, intake, traffic};
use crate::worker::look::Look;
use crate::worker::protocol::{Ask, Dropped};

/// Rows asked for beyond both ends of the window, so that scrolling by a line shows no gap.
const ROWS_AROUND: u32 = 24;

/// Listeners of the window, the request counter and the test hooks; once.
#[hook]
pub fn use_once(
    desk: &Desk,
    on: &Callback<Change>,
    ontake: &Callback<Vec<Dropped>>,
    is_hovering: &UseStateHandle<bool>,
) {
    let (desk, on, ontake, setter) = (
        desk.clone(),
        on.clone(),
        ontake.clone(),
        is_hovering.setter(),
    );
    use_effect_with((), move |()| {
        hooks::install(&desk);
        traffic::watch(Callback::from(move |traffic| {
            on.emit(Change::Counted(traffic));
        }));
        intake::listen_everywhere(
            &ontake,
            &Callback::from(move |hovering| setter.set(hovering)),
        );
    });
}

/// Whatever the state points at is asked for.
#[hook]
pub fn use_questions(state: &UseReducerHandle<State>, desk: &Desk) {
    let (turn, edition, filter, sort) = (
        state.turn,
        state.edition(),
        state.filter.to_string(),
        state.sort,
    );
    {
        let (desk, filter) = (desk.clone(), filter.clone());
        let asked_ms = use_mut_ref(|| 0.0);
        let measured = use_mut_ref(|| 0_u32);
        *asked_ms.borrow_mut() = if *measured.borrow() == turn {
            *asked_ms.borrow()
        } else {
            now_ms()
        };
        *measured.borrow_mut() = turn;
        use_effect_with((turn, edition), move |(turn, edition)| {
            if *edition > 0 {
                desk.ask(Ask::Summarize {
                    turn: *turn,
                    filter,
                });
            }
        });
        let asked_ms = *asked_ms.borrow();
        let is_reading = matches!(state.stage, Stage::Reading(_));
        let n_terms_changed = !state.earlier.is_empty();
        use_effect_with(
            state.numbers.as_ref().map(|numbers| numbers.turn),
            move |arrived| {
                if arrived.is_some() && !is_reading && n_terms_changed {
                    after_paint(move || measure("whichway:query", asked_ms, &[]));
                }
            },
        );
    }
    {
        let desk = desk.clone();
        let first = state.first_row.saturating_sub(ROWS_AROUND);
        // Windows move by steps, so that scrolling does not ask for each row.
        let first = first - first % ROWS_AROUND;
        use_effect_with((turn, edition, first), move |(turn, edition, first)| {
            if *edition > 0 {
                desk.ask_rows(Ask::Rows {
                    turn: *turn,
                    filter,
                    sort,
                    first: *first,
                    count: VISIBLE_ROWS + 3 * ROWS_AROUND,
                });
            }
        });
    }
    {
        let desk = desk.clone();
        use_effect_with((state.open_row.clone(), edition), move |(id, _)| {
            if let Some(id) = id {
                desk.ask(Ask::Detail { id: id.clone() });
            }
        });
    }
    {
        let desk = desk.clone();
        use_effect_with(state.teach_ask.clone(), move |ask| {
            if let Some(TeachAsk { of, draft }) = ask.clone() {
                desk.ask(Ask::Teach { of, draft });
            }
        });
    }
    {
        let desk = desk.clone();
        use_effect_with(Rc::clone(&state.settings), move |settings| {
            desk.judge((**settings).clone());
        });
    }
    {
        let desk = desk.clone();
        let asked = use_mut_ref(Vec::<(Look, u32)>::new);
        let looks: Vec<Look> = state
            .looks
            .iter()
            .filter(|looking| looking.n_lookers > 0)
            .map(|looking| looking.look.clone())
            .collect();
        use_effect_with((looks, edition), move |(looks, edition)| {
            let mut asked = asked.borrow_mut();
            asked.retain(|(look, of)| of == edition && looks.contains(look));
            for look in looks {
                if *edition > 0 && !asked.iter().any(|(known, _)| known == look) {
                    asked.push((look.clone(), *edition));
                    desk.ask(Ask::Look { look: look.clone() });
                }
            }
        });
    }
    {
        let desk = desk.clone();
        use_effect_with(state.lines_ask.clone(), move |ask| {
            if let Some(ask) = ask {
                desk.ask(Ask::Lines {
                    of: ask.of.clone(),
                    first: ask.first,
                    count: PAGE_LINES,
                });
            }
        });
    }
}

/// Puts the answer on the page a part at a time.
#[hook]
pub fn use_turns(state: &UseReducerHandle<State>, on: &Callback<Change>) {
    let on = on.clone();
    use_effect_with(state.drawn_further(), move |next| {
        if next.is_some() {
            in_a_task_of_its_own(move || on.emit(Change::Draw));
        }
    });
}

/// What others may read off the document: the phase, the theme, the fragment, the time it took.
#[hook]
pub fn use_mirrors(state: &UseReducerHandle<State>) {
    // The answer is complete on screen once its numbers are.
    let is_painted = state.stage == Stage::Ready
        && state.answer.as_ref().is_some_and(|answer| answer.is_whole)
        && state.is_drawn()
        && (state.filter_fault.is_some()
            || state
                .numbers
                .as_ref()
                .is_some_and(|numbers| numbers.turn == state.turn));
    // Later questions draw their charts again; the page stays ready meanwhile.
    let painted_nth = use_mut_ref(|| None);
    if is_painted {
        *painted_nth.borrow_mut() = Some(state.opening.nth);
    }
    let is_drawing = state.stage == Stage::Ready
        && state.answer.as_ref().is_some_and(|answer| answer.is_whole)
        && *painted_nth.borrow() != Some(state.opening.nth);
    let phase = if is_drawing {
        "reading"
    } else {
        state.stage.name()
    };
    // While rendering, not after: what comes after may wait behind everything else that the page has to do, and the
    // nodes that go with the phase are in place before anybody can look.
    use_memo(phase, |phase| root_attribute("data-phase", Some(phase)));
    use_effect_with(state.theme, |theme| {
        let word = (*theme != Theme::System).then(|| theme.word());
        root_attribute("data-theme", word);
    });
    let view = View {
        filter: (*state.filter).clone(),
        sort: state.sort,
        theme: state.theme,
    };
    use_effect_with(view.fragment(), |fragment| {
        let empty = fragment == "#v1";
        if let Some(window) = web_sys::window()
            && !(empty && self::fragment().is_empty())
            && let Ok(history) = window.history()
        {
            // Without an entry of its own: going back leaves the page as one expects.
            history
                .replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(fragment))
                .ok();
        }
    });
    let opening = state.opening;
    let detail = state.answer.as_ref().map(|answer| {
        let bytes: u64 = state.sources.iter().map(|source| source.n_bytes).sum();
        [
            ("bytes", bytes as f64),
            ("lines", answer.report.tally.lines as f64),
            ("events", answer.report.tally.events as f64),
            ("sessions", answer.report.n_sessions as f64),
            ("workers", f64::from(state.n_workers)),
        ]
    });
    let measured_ms = use_mut_ref(|| -1.0);
    use_effect_with(
        (is_painted, opening.at_ms.to_bits()),
        move |(is_painted, _)| {
            if let (true, Some(detail)) = (*is_painted, detail)
                && *measured_ms.borrow() < opening.at_ms
            {
                *measured_ms.borrow_mut() = opening.at_ms;
                after_paint(move || measure("whichway:open", opening.at_ms, &detail));
            }
        },
    );
}

/// Keys that work anywhere outside of text fields.
#[hook]
pub fn use_keys(state: &UseReducerHandle<State>, desk: &Desk, on: &Callback<Change>) {
    let (on, desk) = (on.clone(), desk.clone());
    let has_answer = state.answer.is_some();
    let is_reading = matches!(state.stage, Stage::Reading(_));
    let has_sheet = state.sheet.is_some();
    let theme = state.theme;
    use_effect_with((has_answer, is_reading, has_sheet, theme), move |_| {
        let closure = Closure::<dyn FnMut(KeyboardEvent)>::new(move |event: KeyboardEvent| {
            let is_typing = event
                .target()
                .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
                .is_some_and(|element| element.matches("input, textarea, select").unwrap_or(false));
            let key = event.key();
            if (event.ctrl_key() || event.meta_key()) && key == "z" && !is_typing && has_answer {
                event.prevent_default();
                on.emit(Change::Undo);
                return;
            }
            if is_typing || event.ctrl_key() || event.meta_key() || event.alt_key() {
                return;
            }
            let sheet = |sheet: Sheet| {
                event.prevent_default();
                on.emit(Change::Sheet(Some(sheet)));
            };
            match key.as_str() {
                "Escape" if is_reading && !has_sheet => desk.cancel(),
                _ if has_sheet => {}
                "?" => sheet(Sheet::Keys),
                "s" if has_answer => sheet(Sheet::Settings),
                "e" if has_answer => sheet(Sheet::Export),
                "t" => on.emit(Change::Wear(theme.next())),
                "/" if has_answer => {
                    event.prevent_default();
                    focus("[data-testid=filter]");
                }
                "o" => click("[data-testid=file-input]"),
                _ => {}
            }
        });
        let window = web_sys::window();
        if let Some(window) = &window {
            window
                .add_event_listener_with_callback("keydown", closure.as_ref().unchecked_ref())
                .ok();
        }
        move || {
            if let Some(window) = window {
                window
                    .remove_event_listener_with_callback(
                        "keydown",
                        closure.as_ref().unchecked_ref(),
                    )
                    .ok();
            }
        }
    });
}

fn element(selector: &str) -> Option<web_sys::HtmlElement> {
    web_sys::window()?
        .document()?
        .query_selector(selector)
        .ok()??
        .dyn_into()
        .ok()
}

fn focus(selector: &str) {
    if let Some(element) = element(selector) {
        element.focus().ok();
    }
}

fn click(selector: &str) {
    if let Some(element) = element(selector) {
        element.click();
    }
}

/// The part of the address behind `#`: the view, never the log.
pub fn fragment() -> String {
    web_sys::window()
        .and_then(|window| window.location().hash().ok())
        .unwrap_or_default()
}

fn root_attribute(name: &str, value: Option<&str>) {
    let root = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.document_element());
    if let Some(root) = root {
        match value {
            Some(value) => root.set_attribute(name, value).ok(),
            None => root.remove_attribute(name).ok(),
        };
    }
}
