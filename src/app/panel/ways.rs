//! The small picture: who opened the connection, and which way the logged packet went.

use yew::prelude::*;

use crate::app::widget::told;
use crate::app::words;
use crate::worker::view::Ways;

pub fn ways_picture(ways: &Ways) -> Html {
    let packet = match (ways.packet_is_answer, ways.packet_fate.as_str()) {
        (true, "") => "this packet: an answer".to_string(),
        (true, fate) => format!("this packet: an answer, {fate}"),
        (false, "") => "this packet".to_string(),
        (false, fate) => format!("this packet: {fate}"),
    };
    let (opened, told_opened) = if ways.is_forged {
        (
            "the question: sent by somebody else".to_string(),
            "The question was sent by somebody else, with your address as a false sender."
                .to_string(),
        )
    } else {
        (
            format!("the connection: opened by {}", ways.initiator_word),
            format!(
                "The connection was opened by {} towards {}.",
                ways.initiator_word, ways.responder_word
            ),
        )
    };
    let spoken = format!(
        "{told_opened} The packet in the log went {}.",
        if ways.packet_is_answer {
            "the other way: it is an answer"
        } else {
            "the same way"
        }
    );
    // Both arrows point the way things went; the left end is who opened the connection.
    html! {
        <figure class="ways" aria-label={spoken}>
            <div class="end"><b>{ways.initiator_word.clone()}</b><small>{told(&ways.initiator)}{more(ways.n_more_initiators)}</small></div>
            <div class="arrows" aria-hidden="true">
                <div class="arrow connection"><span>{opened}</span>
                    <svg viewBox="0 0 400 12" preserveAspectRatio="none"><path d="M0 6H396" /></svg><svg class="head" viewBox="0 0 12 12"><path d="M1 1l10 5-10 5z" /></svg>
                </div>
                <div class={classes!("arrow", "packet", ways.packet_is_answer.then_some("is-answer"))}>
                    <svg viewBox="0 0 400 12" preserveAspectRatio="none"><path d="M4 6H400" /></svg><svg class="head" viewBox="0 0 12 12"><path d="M1 1l10 5-10 5z" /></svg>
                    <span>{packet}</span>
                </div>
            </div>
            <div class="end"><b>{ways.responder_word.clone()}</b><small>{told(&ways.responder)}{more(ways.n_more_responders)}</small></div>
        </figure>
    }
}

fn more(n_more: u64) -> Html {
    if n_more == 0 {
        Html::default()
    } else {
        html! { <span class="more">{format!("and {} more", words::count(n_more))}</span> }
    }
}
