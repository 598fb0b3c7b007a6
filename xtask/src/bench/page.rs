//! The page.
use anyhow::Result;
pub fn page() -> Result<()> {
    Ok(())
}
