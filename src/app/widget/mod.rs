//! Small parts that know nothing of logs.

pub mod copy;
pub mod shown;
pub mod sheet;

pub use copy::Copy;
pub use sheet::SheetFrame;
pub use shown::{Told, shown};
