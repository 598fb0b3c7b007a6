//! The page's end of one worker.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

use super::protocol::{Ask, Tell};

/// All that is needed to start a worker without the network.
#[derive(Clone)]
pub struct Parts {
    /// Address of the blob that holds the worker's source.
    pub address: String,
    /// The compiled `WebAssembly.Module`; it is shared, not compiled again.
    pub module: JsValue,
}

/// One running worker. Dropping it terminates the worker: that is the cancel button.
pub struct Link {
    worker: Worker,
    hello: Rc<Cell<bool>>,
    held_back: Rc<RefCell<Vec<Ask>>>,
    _inbox: Closure<dyn FnMut(MessageEvent)>,
    _fault: Closure<dyn FnMut(ErrorEvent)>,
}

impl Link {
    /// Starts a worker. `heard` gets everything it says; a worker that cannot even start says `Tell::Crashed`.
    pub fn spawn(parts: &Parts, heard: impl Fn(Tell) + 'static) -> Result<Self, JsValue> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(&parts.address, &options)?;
        let heard = Rc::new(heard);
        let hello = Rc::new(Cell::new(false));
        let held_back = Rc::new(RefCell::new(Vec::new()));

        let inbox = {
            let (heard, hello, held_back, worker) = (
                Rc::clone(&heard),
                Rc::clone(&hello),
                Rc::clone(&held_back),
                worker.clone(),
            );
            Closure::new(move |event: MessageEvent| {
                match serde_wasm_bindgen::from_value(event.data()) {
                    Ok(Tell::Hello) => {
                        hello.set(true);
                        for ask in held_back.borrow_mut().drain(..) {
                            post(&worker, &ask);
                        }
                    }
                    Ok(tell) => heard(tell),
                    Err(error) => heard(Tell::Crashed {
                        message: format!("a worker said something odd: {error}"),
                    }),
                }
            })
        };
        worker.set_onmessage(Some(inbox.as_ref().unchecked_ref()));

        let fault = Closure::new(move |event: ErrorEvent| {
            event.prevent_default();
            heard(Tell::Crashed {
                message: event.message(),
            });
        });
        worker.set_onerror(Some(fault.as_ref().unchecked_ref()));

        worker.post_message(&parts.module)?;
        Ok(Self {
            worker,
            hello,
            held_back,
            _inbox: inbox,
            _fault: fault,
        })
    }

    /// Sends a question, or keeps it until the worker has said hello.
    pub fn ask(&self, ask: Ask) {
        if self.hello.get() {
            post(&self.worker, &ask);
        } else {
            self.held_back.borrow_mut().push(ask);
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

/// Both ends are the same program, so encoding fails only for want of memory; then there is nobody to tell.
fn post(worker: &Worker, ask: &Ask) {
    if let Ok(message) = serde_wasm_bindgen::to_value(ask) {
        worker
            .post_message_with_transfer(&message, &ask.bulk())
            .ok();
    }
}
