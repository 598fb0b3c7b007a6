//! The whole page: one state, one desk, and the panels that show the state.

use std::rc::Rc;

use web_sys::FileList;
use yew::prelude::*;

use super::boot::Booted;
use super::desk::Desk;
use super::effects::{fragment, use_keys, use_mirrors, use_once, use_questions, use_turns};
use super::examples::Example;
use super::link::View;
use super::panel::besides::BesidesPanel;
use super::panel::charts::{DirectionsPanel, PortsPanel, TimelinePanel};
use super::panel::empty::Empty;
use super::panel::facts::{headline, tally_sentence};
use super::panel::filterbox::FilterBox;
use super::panel::header::Header;
use super::panel::incident::IncidentCard;
use super::panel::keys::keys_sheet;
use super::panel::lines::LinesSheet;
use super::panel::overrules::overrules_panel;
use super::panel::privacy::privacy;
use super::panel::reading::reading;
use super::panel::sessions::SessionsPanel;
use super::panel::settings::SettingsSheet;
use super::panel::takeaway::{self as export, export_sheet};
use super::panel::talk::TalkPanel;
use super::panel::unknown::{self, unknown_panel};
use super::state::{Answer, Change, Notice, Sheet, Stage, State};
use super::widget::{SheetFrame, textures};
use super::{intake, takeaway};
use crate::engine::mapping::{self, Mapping};
use crate::worker::look::Look;
use crate::worker::protocol::{Document, Dropped};
use crate::worker::view::LinesOf;

/// Incidents that stand on the page before a click shows the rest.
const INCIDENTS_SHOWN: usize = 6;

#[derive(Properties)]
pub struct Props {
    pub booted: Rc<Booted>,
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.booted, &other.booted)
    }
}

#[component]
pub fn App(props: &Props) -> Html {
    let is_locked = props.booted.locked;
    let state = use_reducer(|| {
        let view = View::parse(&fragment());
        State::new(is_locked, view.theme, view.filter, view.sort)
    });
    let on = {
        let dispatcher = state.dispatcher();
        use_callback((), move |change: Change, ()| dispatcher.dispatch(change))
    };
    let desk = {
        let (on, parts) = (on.clone(), props.booted.parts.clone());
        use_memo((), move |()| Desk::new(parts, on))
    };
    let desk: Desk = (*desk).clone();
    let is_hovering = use_state_eq(|| false);
    // A mapping from outside joins what was learnt before.
    let onlearn = {
        let (on, desk) = (on.clone(), desk.clone());
        use_callback((), move |text: String, ()| learn(&desk, &on, &text))
    };

    // What is open already is added to by the button in the bar; a drop or a paste at any time does the same, once
    // there is an answer. Before that it opens.
    let is_adding = use_mut_ref(|| false);
    *is_adding.borrow_mut() = matches!(state.stage, Stage::Ready | Stage::Reading(_));
    let ontake = {
        let (desk, is_adding) = (desk.clone(), Rc::clone(&is_adding));
        let onlearn = onlearn.clone();
        use_callback((), move |dropped: Vec<Dropped>, ()| {
            let (desk, is_adding, onlearn) = (desk.clone(), Rc::clone(&is_adding), onlearn.clone());
            intake::sorted(dropped, move |logs, mapping| {
                if let Some(mapping) = mapping {
                    onlearn.emit(mapping);
                }
                desk.open(logs, *is_adding.borrow());
            });
        })
    };
    let onfiles = {
        let ontake = ontake.clone();
        use_callback((), move |list: FileList, ()| {
            ontake.emit(intake::files(&list));
        })
    };
    let onpaste = {
        let ontake = ontake.clone();
        use_callback((), move |text: String, ()| {
            ontake.emit(intake::text("pasted text", &text).into_iter().collect());
        })
    };
    let onexample = {
        let ontake = ontake.clone();
        use_callback((), move |example: &'static Example, ()| {
            ontake.emit(
                intake::text(example.file, example.text)
                    .into_iter()
                    .collect(),
            );
        })
    };

    use_once(&desk, &on, &ontake, &is_hovering);
    use_questions(&state, &desk);
    use_turns(&state, &on);
    use_mirrors(&state);
    use_keys(&state, &desk, &on);

    let onstart = {
        let (on, desk) = (on.clone(), desk.clone());
        use_callback((), move |change: Change, ()| {
            if matches!(change, Change::StartOver) {
                desk.close();
            }
            on.emit(change);
        })
    };
    let oncancel = {
        let desk = desk.clone();
        use_callback((), move |(), ()| desk.cancel())
    };
    let shows_start =
        matches!(state.stage, Stage::Empty | Stage::Failed(_)) && state.answer.is_none();
    let error = match &state.stage {
        Stage::Failed(text) => Some(AttrValue::from(text.clone())),
        _ => None,
    };

    html! {
        <>
            <Header sources={Rc::clone(&state.sources)} traffic={state.traffic} {is_locked} has_answer={!shows_start}
                theme={state.theme} on={onstart} onfiles={onfiles.clone()} />
            <main>
                { for state.notices.iter().enumerate().map(|(idx, notice)| {
                    let on = on.clone();
                    let dismiss = Callback::from(move |_: MouseEvent| on.emit(Change::Dismiss(idx)));
                    html! {
                        <section class={classes!("notice", notice.is_alarm.then_some("alarm"))} role={if notice.is_alarm { "alert" } else { "status" }}
                            data-testid={notice.is_alarm.then_some("error")}>
                            <p>{super::widget::shown(&notice.text)}</p>
                            <button type="button" class="button quiet small" onclick={dismiss}>{"Close"}</button>
                        </section>
                    }
                }) }
                if let Stage::Reading(progress) = &state.stage {
                    {reading(*progress, state.answer.is_some(), state.n_workers, &oncancel)}
                }
                if shows_start {
                    <Empty traffic={state.traffic} {is_locked} is_hovering={*is_hovering} {error} {onfiles} {onpaste} {onexample} />
                } else if state.answer.is_some() {
                    <AnswerView state={Whole(Rc::new((*state).clone()))} desk={desk.clone()} on={on.clone()} />
                }
            </main>
            if *is_hovering && !shows_start {
                <div class="hover-veil" aria-hidden="true"><p>{"Drop to add to what is open"}</p></div>
            }
            <footer class="foot"><p>{"Whichway reads firewall logs in your browser and says who started each connection. It is a reading aid, not proof: every answer shows the lines it stands on."}</p></footer>
            { sheet(&state, &desk, &on, &onlearn) }
            if let Some(toast) = &state.toast {
                <div class="toast" role="status">{toast.to_string()}</div>
            }
        </>
    }
}

/// The state as a prop: compared by what the answer's panels show. Progress and notices draw none of them again.
#[derive(Clone)]
struct Whole(Rc<State>);

impl PartialEq for Whole {
    fn eq(&self, other: &Self) -> bool {
        let (one, other) = (&*self.0, &*other.0);
        one.edition() == other.edition()
            && one.drawn == other.drawn
            && one.cleaned == other.cleaned
            && (&one.filter, &one.filter_fault, one.earlier.len())
                == (&other.filter, &other.filter_fault, other.earlier.len())
            && (one.first_row, one.sort, &one.rows) == (other.first_row, other.sort, &other.rows)
            && (&one.open_row, &one.detail) == (&other.open_row, &other.detail)
            && (&one.looks, &one.watching, &one.normal_day, &one.settings)
                == (
                    &other.looks,
                    &other.watching,
                    &other.normal_day,
                    &other.settings,
                )
    }
}

#[derive(Properties, PartialEq)]
struct AnswerProps {
    state: Whole,
    desk: Desk,
    on: Callback<Change>,
}

#[component]
fn AnswerView(props: &AnswerProps) -> Html {
    let shows_all = use_state_eq(|| false);
    let state = &props.state.0;
    let on = &props.on;
    let vocabulary = use_memo(state.edition(), |_| {
        let answer = state.answer.as_ref();
        answer
            .map(|answer| answer.report.vocabulary.clone())
            .unwrap_or_default()
    });
    let Some(Answer { report, .. }) = &state.answer else {
        return Html::default();
    };
    let more = {
        let shows_all = shows_all.clone();
        Callback::from(move |_: MouseEvent| shows_all.set(true))
    };
    let n_shown = match (state.drawn.edition == state.edition(), *shows_all) {
        (false, _) if state.drawn.edition == 0 => 1,
        (_, true) => report.incidents.len(),
        _ => INCIDENTS_SHOWN,
    };
    let has_tools = state.drawn.tools_edition > 0;
    let chart = |nth: usize| state.drawn.charts[nth].clone();
    let n_rows = state.drawn.n_twin_rows;
    html! {
        <>
            {headline(report, "UTC", &state.cleaned, on)}
            if has_tools {
                <FilterBox filter={Rc::clone(&state.filter)} fault={state.filter_fault.clone().map(AttrValue::from)} {vocabulary}
                    can_undo={!state.earlier.is_empty()} on={on.clone()} />
            }
            {overrules_panel(&state.settings, on)}
            <div class="columns">
                <div class="incidents" aria-label="What happened">
                    { for report.incidents.iter().take(n_shown).enumerate().map(|(nth, incident)| html! {
                        <IncidentCard key={incident.id.clone()} incident={incident.clone()} is_open={nth == 0}
                            looked={state.looked(&Look::Picture(incident.id.clone()))} on={on.clone()} />
                    }) }
                    if report.incidents.is_empty() {
                        <section class="card"><p class="soft">{"Nothing in this log needs an explanation."}</p></section>
                    }
                    if n_shown < report.incidents.len() {
                        <button type="button" class="button" onclick={more}>{format!("Show {} more", report.incidents.len() - n_shown)}</button>
                    }
                </div>
                <div class="charts">
                    if let Some(numbers) = chart(0) { {textures()}<DirectionsPanel {numbers} {n_rows} on={on.clone()} /> }
                    if let Some(numbers) = chart(1) { <PortsPanel {numbers} {n_rows} on={on.clone()} /> }
                    if let Some(numbers) = chart(2) { <TimelinePanel {numbers} {n_rows} n_marks={state.drawn.n_marks} on={on.clone()} /> }
                    if let Some(numbers) = chart(3) { <TalkPanel {numbers} on={on.clone()} /> }
                </div>
            </div>
            if has_tools {
                {besides(state, &props.desk, on)}
                <SessionsPanel rows={state.rows.clone()} n_all={report.n_sessions} first_row={state.first_row} sort={state.sort}
                    open_row={state.open_row.clone().map(AttrValue::from)} detail={state.detail.clone()} is_filtered={!state.filter.is_empty()} on={on.clone()} />
                <p class="soft limit">{tally_sentence(report)}</p>
            }
        </>
    }
}

/// The normal day, another log, a watch list.
fn besides(state: &State, desk: &Desk, on: &Callback<Change>) -> Html {
    let panel = |look: Look, says: &Rc<str>, onbring: Callback<Vec<Dropped>>| {
        let (is_open, looked) = (state.is_looking(&look), state.looked(&look));
        html! { <BesidesPanel {look} {is_open} {looked} says={says.to_string()} {onbring} on={on.clone()} /> }
    };
    let (watching, comparing) = (desk.clone(), desk.clone());
    html! {
        <div class="besides">
            {panel(Look::Normal, &Rc::from(""), Callback::noop())}
            {panel(Look::Changes, &state.normal_day, Callback::from(move |days| comparing.compare(days)))}
            {panel(Look::Watch, &state.watching, Callback::from(move |lists| watching.watch(lists)))}
        </div>
    }
}

fn sheet(
    state: &UseReducerHandle<State>,
    desk: &Desk,
    on: &Callback<Change>,
    onlearn: &Callback<String>,
) -> Html {
    let onclose = {
        let on = on.clone();
        Callback::from(move |()| on.emit(Change::Sheet(None)))
    };
    let view = View {
        filter: (*state.filter).clone(),
        sort: state.sort,
        theme: state.theme,
    };
    match state.sheet {
        None => Html::default(),
        Some(Sheet::Keys) => keys_sheet(on),
        Some(Sheet::Privacy) => html! {
            <SheetFrame title="Your log stays here" {onclose}>{privacy(state.traffic, state.is_locked, true)}</SheetFrame>
        },
        Some(Sheet::Settings) => html! {
            <SettingsSheet settings={Rc::clone(&state.settings)} found={state.answer.as_ref().map(|answer| answer.report.ours.clone()).unwrap_or_default()} on={on.clone()} />
        },
        Some(Sheet::Lines) => match &state.lines_ask {
            Some(ask) => {
                let shapes = state.answer.as_ref().filter(|_| ask.of == LinesOf::Unread);
                let above = shapes.map_or_else(Html::default, |answer| {
                    unknown_panel(&unknown::Props {
                        report: Rc::clone(&answer.report),
                        teaching: state.teaching.clone(),
                        is_asked: state.teach_ask.is_some(),
                        mapping: AttrValue::from(state.settings.mapping.clone()),
                        on: on.clone(),
                        onlearn: onlearn.clone(),
                    })
                });
                html! { <LinesSheet ask={ask.clone()} lines={state.lines.clone()} {above} on={on.clone()} /> }
            }
            None => Html::default(),
        },
        Some(Sheet::Export) => {
            let onsave = {
                let (desk, filter) = (desk.clone(), state.filter.to_string());
                Callback::from(move |document: Document| save(&desk, document, filter.clone()))
            };
            let link = view.fragment();
            let oncopy = {
                let (on, link) = (on.clone(), link.clone());
                Callback::from(move |()| {
                    if let Some(address) = address_with(&link) {
                        takeaway::to_clipboard(&address);
                        on.emit(Change::Toast(Some(
                            "Link copied. It holds the view, not the log.".into(),
                        )));
                    }
                })
            };
            let n_all = state
                .answer
                .as_ref()
                .map_or(0, |answer| answer.report.n_sessions);
            let n_matching = state
                .rows
                .as_ref()
                .map_or(n_all, |rows| u64::from(rows.n_matching));
            export_sheet(&export::Props {
                n_matching,
                n_all,
                link: link.into(),
                onsave,
                oncopy,
                on: on.clone(),
            })
        }
    }
}

/// Adds to what was learnt, or forgets it all for an empty text, and has everything read again.
fn learn(desk: &Desk, on: &Callback<Change>, text: &str) {
    let mut known = mapping::parse(&desk.mapping()).unwrap_or_default();
    if text.is_empty() {
        known = Mapping::default();
    } else {
        match mapping::parse(text) {
            Ok(new) => new
                .layouts
                .into_iter()
                .rev()
                .for_each(|layout| known.learn(layout)),
            Err(fault) => {
                let text = format!("This mapping cannot be used: {fault}.");
                return on.emit(Change::Noted(Notice {
                    text,
                    is_alarm: true,
                }));
            }
        }
    }
    let text = if known.is_empty() {
        String::new()
    } else {
        known.to_string()
    };
    on.emit(Change::Learn(text.clone()));
    on.emit(Change::Toast(Some(if text.is_empty() {
        "Forgotten. Everything is read as it was before.".into()
    } else {
        "Learnt for this tab. What is open is read again.".into()
    })));
    desk.learn(text);
}

fn save(desk: &Desk, document: Document, filter: String) {
    let (name, kind) = match document {
        Document::Markdown => ("whichway.md", "text/markdown"),
        Document::Html => ("whichway.html", "text/html"),
        Document::Csv => ("whichway-connections.csv", "text/csv"),
        _ => ("whichway.json", "application/json"),
    };
    // The answer is of the whole log; the table is of what is shown.
    let filter = if document == Document::Csv {
        filter
    } else {
        String::new()
    };
    desk.print(document, filter, move |text| {
        if let Ok(text) = text {
            takeaway::save(name, kind, &text);
        }
    });
}

/// The page's own address with another fragment.
fn address_with(fragment: &str) -> Option<String> {
    let href = web_sys::window()?.location().href().ok()?;
    let bare = href.split('#').next().unwrap_or(&href);
    Some(format!("{bare}{fragment}"))
}
