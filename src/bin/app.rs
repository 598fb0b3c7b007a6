//! The page and its workers: one program, which becomes what its surroundings are.

fn main() {
    #[cfg(target_arch = "wasm32")]
    if whichway::worker::serve::is_worker() {
        whichway::worker::serve::run();
    } else {
        whichway::app::start();
    }
}
