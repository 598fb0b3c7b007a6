//! Small parts that know nothing of logs.

pub mod bring;
pub mod copy;
pub mod drawing;
pub mod sheet;
pub mod shown;
pub mod size;

pub use bring::Bring;
pub use copy::Copy;
pub use drawing::{Drawing, textures};
pub use sheet::SheetFrame;
pub use shown::{shown, told};
