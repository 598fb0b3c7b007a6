//! What can be taken away, and what is in it.

use yew::prelude::*;

use crate::app::state::Change;
use crate::app::widget::SheetFrame;
use crate::app::words;
use crate::worker::protocol::Document;

pub struct Props {
    pub n_matching: u64,
    pub n_all: u64,
    pub link: AttrValue,
    pub onsave: Callback<Document>,
    pub oncopy: Callback<()>,
    pub on: Callback<Change>,
}

pub fn export_sheet(props: &Props) -> Html {
    let onclose = {
        let on = props.on.clone();
        Callback::from(move |()| on.emit(Change::Sheet(None)))
    };
    let save = |document: Document| {
        let onsave = props.onsave.clone();
        Callback::from(move |_: MouseEvent| onsave.emit(document))
    };
    let copy = {
        let oncopy = props.oncopy.clone();
        Callback::from(move |_: MouseEvent| oncopy.emit(()))
    };
    let rows = if props.n_matching == props.n_all {
        format!(
            "all {}",
            words::counted(props.n_all, "connection", "connections")
        )
    } else {
        format!(
            "the {} that match the filter, of {}",
            words::count(props.n_matching),
            words::count(props.n_all)
        )
    };
    html! {
        <SheetFrame title="Take away" {onclose}>
            <p class="soft">{"Files are made in this tab and saved by your browser. They hold addresses and names from the log: look at them before you pass them on."}</p>
            <ul class="exports">
                <li><div><strong>{"The answer for a ticket"}</strong><p>{"Markdown: headline, incidents with reasons, next checks. No log lines."}</p></div>
                    <button type="button" class="button" onclick={save(Document::Markdown)} data-testid="export-markdown">{"Save Markdown"}</button></li>
                <li><div><strong>{"The answer as a page"}</strong><p>{"One HTML file with pictures that opens anywhere, without a network. No log lines."}</p></div>
                    <button type="button" class="button" onclick={save(Document::Html)} data-testid="export-html">{"Save HTML"}</button></li>
                <li><div><strong>{"The answer for a program"}</strong><p>{"JSON, the same document that “whichway report --json” prints."}</p></div>
                    <button type="button" class="button" onclick={save(Document::Report)} data-testid="export-json">{"Save JSON"}</button></li>
                <li><div><strong>{"The connections as a table"}</strong><p>{format!("CSV of {rows}: start, end, who started it, who was asked, service, direction, what happened, how sure, tries, lines. Text that a spreadsheet would take for a formula gets a ' in front.")}</p></div>
                    <button type="button" class="button" onclick={save(Document::Csv)} data-testid="export-csv">{"Save CSV"}</button></li>
                <li><div><strong>{"A link to this view"}</strong><p>{"Filter and order only; whoever opens it drops the log themselves: "}<code>{props.link.clone()}</code></p></div>
                    <button type="button" class="button" onclick={copy} data-testid="copy-link">{"Copy link"}</button></li>
            </ul>
        </SheetFrame>
    }
}
