//! Everything that can be dropped, pasted or picked, as a list of named blobs.

use crate::engine::mapping::{MAX_TEXT, is_mapping};
use crate::engine::model::order::Order;
use std::rc::Rc;

use js_sys::{Array, Promise};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    Blob, DataTransfer, File, FileList, FileSystemDirectoryEntry, FileSystemDirectoryReader,
    FileSystemEntry, FileSystemFileEntry,
};
use yew::Callback;

use super::widget::bring;
use crate::worker::protocol::Dropped;

/// More entries than this are not a log folder but a whole disk, dropped by mistake.
const MAX_FILES: usize = 10_000;

/// Pasted or built-in text, as the blob that it is from now on.
pub fn text(name: &str, text: &str) -> Option<Dropped> {
    let blob = Blob::new_with_str_sequence(&Array::of1(&text.into())).ok()?;
    Some(Dropped {
        name: name.into(),
        n_bytes: blob.size() as u64,
        file: blob,
    })
}

pub fn files(list: &FileList) -> Vec<Dropped> {
    (0..list.length())
        .filter_map(|idx| list.get(idx))
        .map(|file| named(&file, file.name()))
        .collect()
}

fn named(file: &File, name: String) -> Dropped {
    Dropped {
        name,
        n_bytes: file.size() as u64,
        file: file.clone().into(),
    }
}

/// Tells mappings from logs: hands on the logs, and the last mapping among them.
pub fn sorted(dropped: Vec<Dropped>, then: impl FnOnce(Vec<Dropped>, Option<String>) + 'static) {
    // Nothing that is larger can be one, and most logs are.
    if dropped.iter().all(|one| one.n_bytes > MAX_TEXT as u64) {
        return then(dropped, None);
    }
    spawn_local(async move {
        let (mut logs, mut mapping) = (Vec::new(), None);
        for one in dropped {
            let text = if one.n_bytes > MAX_TEXT as u64 {
                None
            } else {
                let promise: Promise = one.file.text().unchecked_into();
                JsFuture::from(promise)
                    .await
                    .ok()
                    .and_then(|text| text.as_string())
            };
            match text.filter(|text| is_mapping(text.as_bytes())) {
                Some(text) => mapping = Some(text),
                None => logs.push(one),
            }
        }
        then(logs, mapping);
    });
}

/// Hands on what a drop or a paste holds: files and folders, else text.
pub fn transfer(data: &DataTransfer, pasted: &str, take: Callback<Vec<Dropped>>) {
    // All entries must be asked for now: after the event the list is empty.
    let items = data.items();
    let entries: Vec<FileSystemEntry> = (0..items.length())
        .filter_map(|idx| items.get(idx))
        .filter(|item| item.kind() == "file")
        .filter_map(|item| item.webkit_get_as_entry().ok().flatten())
        .collect();
    if entries.iter().any(FileSystemEntry::is_directory) {
        spawn_local(async move {
            let mut found = Vec::new();
            for entry in entries {
                walk(entry, &mut found).await;
            }
            found.order_by(|one, other| one.name.cmp(&other.name));
            take.emit(found);
        });
        return;
    }
    let dropped = data.files().map(|list| files(&list)).unwrap_or_default();
    if !dropped.is_empty() {
        take.emit(dropped);
        return;
    }
    let words = data.get_data("text/plain").unwrap_or_default();
    if !words.trim().is_empty() {
        take.emit(text(pasted, &words).into_iter().collect());
    }
}

/// All files below an entry. What cannot be opened is left out here and missed by nobody: the browser names it.
async fn walk(entry: FileSystemEntry, found: &mut Vec<Dropped>) {
    let mut waiting = vec![entry];
    while let Some(entry) = waiting.pop() {
        if found.len() >= MAX_FILES {
            return;
        }
        if entry.is_file() {
            let name = entry.full_path().trim_start_matches('/').to_string();
            if let Ok(file) = file_of(entry.unchecked_into()).await {
                found.push(named(&file, name));
            }
        } else if entry.is_directory() {
            let reader = entry
                .unchecked_into::<FileSystemDirectoryEntry>()
                .create_reader();
            // A reader hands out at most a hundred entries a time.
            while let Ok(batch) = entries_of(&reader).await {
                if batch.length() == 0 {
                    break;
                }
                waiting.extend(batch.iter().map(JsCast::unchecked_into::<FileSystemEntry>));
            }
        }
    }
}

async fn file_of(entry: FileSystemFileEntry) -> Result<File, JsValue> {
    let promise = Promise::new(&mut |resolve, reject| {
        entry.file_with_callback_and_callback(&resolve, &reject);
    });
    JsFuture::from(promise).await?.dyn_into()
}

async fn entries_of(reader: &FileSystemDirectoryReader) -> Result<Array, JsValue> {
    let promise = Promise::new(&mut |resolve, reject| {
        if let Err(error) = reader.read_entries_with_callback_and_callback(&resolve, &reject) {
            reject.call1(&JsValue::NULL, &error).ok();
        }
    });
    JsFuture::from(promise).await?.dyn_into()
}

/// Listens on the whole window. The listeners live as long as the page.
pub fn listen_everywhere(take: &Callback<Vec<Dropped>>, hovering: &Callback<bool>) {
    let Some(window) = web_sys::window() else {
        return;
    };
    let on = |name: &str, listener: Rc<dyn Fn(web_sys::Event)>| {
        let closure = Closure::<dyn FnMut(web_sys::Event)>::new(move |event| listener(event));
        window
            .add_event_listener_with_callback(name, closure.as_ref().unchecked_ref())
            .ok();
        closure.forget();
    };
    let hover = hovering.clone();
    on(
        "dragover",
        Rc::new(move |event| {
            event.prevent_default();
            hover.emit(!bring::is_own(&event));
        }),
    );
    let hover = hovering.clone();
    on(
        "dragleave",
        Rc::new(move |event| {
            // Leaving the window names no other element.
            if event
                .unchecked_ref::<web_sys::DragEvent>()
                .related_target()
                .is_none()
            {
                hover.emit(false);
            }
        }),
    );
    let (drop_take, hover) = (take.clone(), hovering.clone());
    on(
        "drop",
        Rc::new(move |event| {
            event.prevent_default();
            hover.emit(false);
            if bring::is_own(&event) {
                return;
            }
            if let Some(data) = event.unchecked_ref::<web_sys::DragEvent>().data_transfer() {
                transfer(&data, "dropped text", drop_take.clone());
            }
        }),
    );
    let paste_take = take.clone();
    on(
        "paste",
        Rc::new(move |event| {
            // A short paste into the filter or a setting is meant for that field.
            let typing = event
                .target()
                .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
                .is_some_and(|element| {
                    element
                        .closest("input:not([type=file]), [data-own-paste]")
                        .is_ok_and(|found| found.is_some())
                });
            if typing {
                return;
            }
            if let Some(data) = event
                .unchecked_ref::<web_sys::ClipboardEvent>()
                .clipboard_data()
            {
                event.prevent_default();
                transfer(&data, "pasted text", paste_take.clone());
            }
        }),
    );
}
