//! The picture of an incident, calls in their rhythm or a scan as targets by ports, and its table.

use std::rc::Rc;

use yew::prelude::*;

use crate::app::state::Change;
use crate::app::widget::Drawing;
use crate::app::widget::size::use_width;
use crate::app::words;
use crate::chart::{raster, rhythm};
use crate::worker::look::{Looked, Picture};

use super::besides::TableView;
use crate::worker::look::{Line, Table};

const USUAL_PX: u32 = 560;
const LEAST_PX: u32 = 280;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub looked: Rc<Looked>,
    pub on: Callback<Change>,
}

#[component]
pub fn PicturePanel(props: &Props) -> Html {
    let place = use_node_ref();
    let width = use_width(&place, USUAL_PX).max(LEAST_PX);
    let scene = use_memo(
        (Rc::clone(&props.looked), width),
        |(looked, width)| match &looked.picture {
            Some(Picture::Rhythm(calls)) => rhythm::scene(calls, *width),
            Some(Picture::Raster(tries)) => raster::scene(tries, *width),
            None => crate::chart::Scene::default(),
        },
    );
    let onmark = {
        let on = props.on.clone();
        Callback::from(move |filter: String| on.emit(Change::Filter(filter)))
    };
    let Some(picture) = &props.looked.picture else {
        return Html::default();
    };
    html! {
        <figure class="story" data-testid="picture" aria-label={scene.title.clone()}>
            <figcaption>{scene.title.clone()}</figcaption>
            <div ref={place} class="picture"><Drawing scene={Rc::clone(&scene)} {onmark} /></div>
            <details class="twin"><summary>{"The same as a table"}</summary>
                <TableView table={table(picture)} on={props.on.clone()} />
            </details>
        </figure>
    }
}

/// The same numbers.
fn table(picture: &Picture) -> Table {
    let (heads, numeric, rows) = match picture {
        Picture::Rhythm(calls) => {
            let all = calls.rows();
            let rows = all.iter().map(|row| {
                vec![
                    row.calls
                        .first()
                        .map(|call| rhythm::label(*call))
                        .unwrap_or_default(),
                    words::count(row.calls.len() as u64),
                    row.calls
                        .last()
                        .map(|call| rhythm::label(*call))
                        .unwrap_or_default(),
                ]
            });
            (
                ["First (UTC)", "Calls", "Last"].as_slice(),
                0b10,
                rows.collect::<Vec<_>>(),
            )
        }
        Picture::Raster(tries) => {
            let rows = tries
                .rows
                .iter()
                .zip(tries.cells.chunks(tries.columns.len().max(1)));
            let rows = rows.map(|(row, cells)| {
                let n_columns = cells.iter().filter(|cell| cell.n > 0).count();
                vec![
                    row.label.clone(),
                    words::count(u64::from(row.n)),
                    words::count(n_columns as u64),
                    words::count(u64::from(row.n_answered)),
                ]
            });
            (
                ["Machine", "Attempts", "Columns tried", "Let in"].as_slice(),
                0b1110,
                rows.collect(),
            )
        }
    };
    Table {
        heads: heads.iter().map(ToString::to_string).collect(),
        numeric,
        rows: rows
            .into_iter()
            .map(|cells| Line {
                cells,
                filter: String::new(),
            })
            .collect(),
        ..Table::default()
    }
}
