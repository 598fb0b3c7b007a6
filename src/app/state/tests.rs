//! What changes do to the state, tried without a browser.

use super::*;

fn state() -> Rc<State> {
    let answer = Answer {
        report: Rc::default(),
        edition: 1,
        is_whole: true,
    };
    let mut state = State::new(true, Theme::System, Filter::default(), Sort::default());
    state.answer = Some(answer);
    state.stage = Stage::Ready;
    Rc::new(state)
}

fn after(state: Rc<State>, changes: impl IntoIterator<Item = Change>) -> Rc<State> {
    changes.into_iter().fold(state, Reducible::reduce)
}

#[test]
fn undo_brings_back_the_filter_before() {
    let state = after(
        state(),
        [
            Change::Narrow("port:80".into()),
            Change::Narrow("dir:inbound".into()),
        ],
    );
    assert_eq!(state.filter.to_string(), "port:80 dir:inbound");
    let state = after(state, [Change::Undo]);
    assert_eq!(state.filter.to_string(), "port:80");
    let state = after(state, [Change::Undo, Change::Undo, Change::Undo]);
    assert!(state.filter.is_empty());
}

#[test]
fn a_filter_that_means_nothing_changes_nothing_and_says_so() {
    let before = after(state(), [Change::Narrow("port:80".into())]);
    let state = after(Rc::clone(&before), [Change::Narrow("nonsense:7".into())]);
    assert_eq!(
        (state.filter.clone(), state.turn),
        (before.filter.clone(), before.turn)
    );
    assert!(
        state
            .filter_fault
            .as_ref()
            .is_some_and(|fault| fault.contains("nonsense"))
    );
    let state = after(state, [Change::Narrow("dir:inbound".into())]);
    assert_eq!(state.filter_fault, None);
}

#[test]
fn answers_to_older_questions_are_dropped_without_a_render() {
    let state = after(state(), [Change::Narrow("port:80".into())]);
    let old = Kept::Rows {
        turn: state.turn - 1,
        rows: Rows::default(),
    };
    let same = after(Rc::clone(&state), [Change::Kept(old)]);
    assert!(Rc::ptr_eq(&state, &same));
    let new = Kept::Rows {
        turn: state.turn,
        rows: Rows {
            n_matching: 7,
            ..Rows::default()
        },
    };
    assert_eq!(
        after(state, [Change::Kept(new)])
            .rows
            .as_ref()
            .map(|rows| rows.n_matching),
        Some(7)
    );
}

#[test]
fn a_detail_is_kept_only_for_the_row_that_is_open() {
    let detail = |id: &str| {
        let row = crate::worker::view::Row {
            id: id.into(),
            ..Default::default()
        };
        Change::Kept(Kept::Detail(Box::new(Detail {
            row,
            ..Detail::default()
        })))
    };
    let state = after(state(), [Change::OpenRow(Some("b".into())), detail("a")]);
    assert!(state.detail.is_none());
    assert!(after(state, [detail("b")]).detail.is_some());
}

#[test]
fn an_added_log_keeps_the_answer_on_screen_and_another_one_does_not() {
    let opening = |adding| Change::Opening {
        sources: vec![Source {
            name: "a.log".into(),
            n_bytes: 10,
        }],
        at_ms: 1.0,
        nth: 2,
        n_workers: 2,
        adding,
    };
    let added = after(state(), [opening(true)]);
    assert!(added.answer.is_some() && matches!(added.stage, Stage::Reading(_)));
    assert!(after(state(), [opening(false)]).answer.is_none());
}

#[test]
fn starting_over_keeps_what_is_not_of_the_log() {
    let traffic = Traffic {
        n_requests: 0,
        n_refused: 3,
    };
    let state = after(
        state(),
        [
            Change::Counted(traffic),
            Change::Wear(Theme::Dark),
            Change::StartOver,
        ],
    );
    assert_eq!(
        (state.stage.clone(), state.traffic, state.theme),
        (Stage::Empty, traffic, Theme::Dark)
    );
    assert!(state.answer.is_none() && state.is_locked);
}
