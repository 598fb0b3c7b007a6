//! The page.

pub mod boot;
pub mod desk;
pub mod drawn;
pub mod effects;
pub mod examples;
pub mod filter;
pub mod hooks;
pub mod intake;
pub mod link;
pub mod measure;
pub mod overrule;
pub mod panel;
pub mod shell;
pub mod state;
pub mod takeaway;
pub mod theme;
pub mod traffic;
pub mod widget;
pub mod words;
pub mod zone;

/// Boots, locks, and only then renders.
#[cfg(target_arch = "wasm32")]
pub fn start() {
    use wasm_bindgen_futures::spawn_local;
    std::panic::set_hook(Box::new(|info| {
        web_sys::window().and_then(|window| hooks::fall_over(&window, &info.to_string()));
    }));
    spawn_local(async {
        let Some(window) = web_sys::window() else {
            return;
        };
        match boot::boot(&window).await {
            Ok(booted) => {
                words::learn_locale();
                yew::Renderer::<shell::App>::with_props(shell::Props {
                    booted: std::rc::Rc::new(booted),
                })
                .render();
                if let Some(root) = window
                    .document()
                    .and_then(|document| document.document_element())
                {
                    root.set_attribute("data-booted", "yes").ok();
                }
            }
            Err(error) => {
                hooks::fall_over(&window, &desk::sentence(&error));
            }
        }
    });
}
